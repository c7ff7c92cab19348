"""Holds our modified Kneser–Ney against KenLM on a real text: how KenLM reads our ARPA file, and what lmplz estimates itself.

    python ngram_kenlm.py TEXT --lmplz PATH [--orders 3 5]

TEXT is cut into lines and at spaces; its first 90 % train, the rest is held out. Needs `pip install kenlm` (made with 0.3.0,
whose source holds lmplz) and cargo.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import kenlm

ROOT = Path(__file__).parents[2]
EXAMPLE = ["cargo", "run", "-q", "--release", "-p", "seven-steps-markov", "--example", "ngram", "--"]


def ours(order, train, held_out, arpa):
    out = subprocess.run([*EXAMPLE, "mkn", str(order), train, held_out, arpa], cwd=ROOT, check=True, capture_output=True)
    return [float(line) for line in out.stdout.split()]


def lmplz(path, order, train, arpa, *more):
    options = ["-o", str(order), "--skip_symbols", "--interpolate_unigrams", "-S", "10%", "--text", train, "--arpa", arpa]
    subprocess.run([path, *options, *more], check=True, stderr=subprocess.DEVNULL)


def scores(arpa, held_out):
    """log10 of the probability of every token of every line, the line's end included."""
    model = kenlm.Model(str(arpa))
    return [score for line in held_out.read_text().splitlines() for score, _, _ in model.full_scores(line)]


def greatest(a, b):
    assert len(a) == len(b)
    return max(abs(x - y) for x, y in zip(a, b))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("text", type=Path)
    arguments.add_argument("--lmplz", required=True)
    arguments.add_argument("--orders", type=int, nargs="+", default=[3, 5])
    arguments = arguments.parse_args()
    lines = [" ".join(line.split()) for line in arguments.text.read_text().splitlines() if line.strip()]
    cut = len(lines) * 9 // 10
    with tempfile.TemporaryDirectory() as folder:
        train, held_out, our_arpa, their_arpa = (Path(folder) / name for name in ["train", "held_out", "ours", "theirs"])
        train.write_text("\n".join(lines[:cut]) + "\n")
        held_out.write_text("\n".join(lines[cut:]) + "\n")
        for order in arguments.orders:
            own = ours(order, train, held_out, our_arpa)
            lmplz(arguments.lmplz, order, train, their_arpa)
            read, estimated = scores(our_arpa, held_out), scores(their_arpa, held_out)
            print(
                f"order {order}, {len(own)} held-out tokens, greatest difference in log10: "
                f"{greatest(own, read):.1e} to KenLM's reading of our file, {greatest(own, estimated):.1e} to lmplz's estimate; "
                f"perplexity {10 ** (-sum(own) / len(own)):.3f}"
            )


if __name__ == "__main__":
    main()
