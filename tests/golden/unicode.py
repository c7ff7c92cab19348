"""Writes src/text/unicode.rs: the letters, numbers and marks that Hugging Face `tokenizers` sees.

Asks its pre-tokenizers about every code point: to ByteLevel a letter stays with the letter before it, a
number with the number before it; Split finds a mark by its category. Run in a virtual environment with `pip install tokenizers` (made
with 0.23.3), then `cargo fmt`.
"""

from pathlib import Path

from tokenizers import Regex, pre_tokenizers

split = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True).pre_tokenize_str
split_marks = pre_tokenizers.Split(Regex(r"\p{M}"), "isolated").pre_tokenize_str


def boundaries(is_member):
    """Code points where membership of a class changes."""
    inside, found = False, []
    for code in [*range(0xD800), *range(0xE000, 0x110000)]:
        member = is_member(chr(code))
        if member != inside:
            inside = member
            found.append(code)
    assert not inside
    return found


def table(name, what, is_member):
    numbers = ", ".join(f"0x{code:X}" for code in boundaries(is_member))
    count = numbers.count(",") + 1
    return f"/// General category {what}.\npub(super) const {name}: [u32; {count}] = [{numbers}];\n"


text = f"""//! Character classes of Unicode 16, as Hugging Face `tokenizers` has them.
//!
//! Written by tests/golden/unicode.py. A class is the list of code points at which membership changes,
//! so a character is in it if an odd number of them lies at or below it. The standard library has no
//! letters in this sense (`char::is_alphabetic` takes in marks), and its tables move with the compiler.

{table("LETTERS", "L, letters", lambda c: len(split("a" + c)) == 1)}
{table("NUMBERS", "N, numbers", lambda c: len(split("1" + c)) == 1)}
{table("MARKS", "M, marks that combine with the character before", lambda c: len(split_marks("a" + c)) == 2)}"""

Path(__file__).parents[2].joinpath("src/text/unicode.rs").write_text(text)
