"""Writes src/text/unicode.rs: the letters and numbers that Hugging Face `tokenizers` sees.

Asks its ByteLevel pre-tokenizer about every code point: a letter stays with the letter before it, a
number with the number before it. Run in a virtual environment with `pip install tokenizers` (made
with 0.23.3), then `cargo fmt`.
"""

from pathlib import Path

from tokenizers import pre_tokenizers

split = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True).pre_tokenize_str


def boundaries(neighbour):
    """Code points where membership of the neighbour's class changes."""
    inside, found = False, []
    for code in [*range(0xD800), *range(0xE000, 0x110000)]:
        member = len(split(neighbour + chr(code))) == 1
        if member != inside:
            inside = member
            found.append(code)
    assert not inside
    return found


def table(name, what, neighbour):
    numbers = ", ".join(f"0x{code:X}" for code in boundaries(neighbour))
    count = numbers.count(",") + 1
    return f"/// General category {what}.\npub(super) const {name}: [u32; {count}] = [{numbers}];\n"


text = f"""//! Character classes of Unicode 16, as Hugging Face `tokenizers` has them.
//!
//! Written by tests/golden/unicode.py. A class is the list of code points at which membership changes,
//! so a character is in it if an odd number of them lies at or below it. The standard library has no
//! letters in this sense (`char::is_alphabetic` takes in marks), and its tables move with the compiler.

{table("LETTERS", "L, letters", "a")}
{table("NUMBERS", "N, numbers", "1")}"""

Path(__file__).parents[2].joinpath("src/text/unicode.rs").write_text(text)
