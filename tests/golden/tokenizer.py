"""Writes tokenizer.json: what Hugging Face `tokenizers` learns from tokenizer.txt, and how it encodes.

Run in a virtual environment with `pip install tokenizers` (made with 0.23.3).
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

here = Path(__file__).parent
text = here.joinpath("tokenizer.txt").read_bytes().decode()

control = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"] + [f"<|reserved_{n}|>" for n in range(4)]
single_digits = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

samples = [
    "The lighthouse keeper wouldn't count the ships; they'd counted themselves.",
    "  two before,   three between,\n\n\tand a tab\r\n and trailing   ",
    "IT'S SHE'LL 'twas ''s rock'n'roll we'veven I'd're",
    "3.14159 + 2,718 = 5.85959, x²+½, Ⅳ and ١٢٣",
    "Zürich, Łódź, Ångström: e\u0301 is not é; हिन्दी, ไทย, עברית",
    "今天的海很大。「海」と言った。한국어도",
    "🐟🐦👩‍🚀🏴‍☠️🙂👍🏽 and a flag 🇨🇭 too",
    "fn main() { println!(\"{:?}\", ships.iter().map(|s| s.tons).sum::<u64>()); }",
    "one<|endoftext|>two <|endoftext|> three<|endoftext|>",
    "<|user|>17 + 25 = <|assistant|> 42<|end|><|reserved_0|> <|reserved_3|>",
    " 7  88   999\n\n12'34's 5pm x2  ½",
    "no\u00a0break\u2003em\u3000wide\u2028line \u200bzero\u0000nul\u0085next",
    "aaaaaaaaaaaaaaa bananananananana",
    "",
]


def pre_tokenizer(digits):
    if digits == "grouped":
        return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    split = pre_tokenizers.Split(Regex(single_digits), behavior="isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def train(size, digits):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer(digits)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=control,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    # What looks like a control token in a text is text.
    tokenizer.encode_special_tokens = True
    return tokenizer


def golden(size, digits):
    tokenizer = train(size, digits)
    model = json.loads(tokenizer.to_str())["model"]
    return {
        "asked": size,
        "digits": digits,
        "size": tokenizer.get_vocab_size(),
        "merges": [" ".join(pair) for pair in model["merges"]],
        "ids": [tokenizer.encode(sample).ids for sample in samples],
    }


def lines(items):
    return "[\n" + ",\n".join(json.dumps(item, ensure_ascii=True) for item in items) + "\n]"


sizes = lines(golden(size, digits) for digits in ["single", "grouped"] for size in [264, 300, 512, 1000, 4096])
here.joinpath("tokenizer.json").write_text(f'{{"samples": {lines(samples)},\n"trained": {sizes}}}\n')
