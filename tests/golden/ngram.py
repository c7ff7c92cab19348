"""Writes ngram.json: what the characters of held-out lines get from n-gram models of tokenizer.txt, by several hands.

    python ngram.py --lmplz PATH

Maximum likelihood and add-k are NLTK's; modified Kneser–Ney is the estimate of KenLM's lmplz; the others are computed here from
their equations, in the plainest way.

lmplz takes the last word of its vocabulary, and what ends in it, into its counts of counts by how often it occurs, not by the words
before it. In this text, without the lines held out, both are the same for the last character.

Needs `pip install kenlm nltk` (made with 0.3.0, whose source holds lmplz, and 3.10.4).
"""

import argparse
import json
import math
import subprocess
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import kenlm
from nltk.lm import MLE, Lidstone, Vocabulary

HERE = Path(__file__).parent
HELD_OUT, ORDERS, K = [6, 8], [1, 3, 5], 0.05  # Lines of the text that are not blank, from the first to before the second.
BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"


def word(character):
    return f"U+{ord(character):04X}"


class Text:
    """Sentences of words, and the n-grams of each with one <s> before it."""

    def __init__(self, lines):
        self.sentences = [[BEGIN, *map(word, line), END] for line in lines]

    def ngrams(self, n):
        return (tuple(s[i : i + n]) for s in self.sentences for i in range(len(s) - n + 1) if (n > 1 or s[i] != BEGIN))

    def contexts(self, order):
        """Every token with the words before it, as far as a model of this order looks."""
        return [(tuple(s[max(0, i - order + 1) : i]), s[i]) for s in self.sentences for i in range(1, len(s))]


class Method:
    """p(w | h) by recursion to h without its first word, ending in the uniform distribution."""

    def __init__(self, text, order, vocabulary):
        self.order, self.uniform = order, 1 / len(vocabulary)
        self.counts = [None, *(self.count(text, n) for n in range(1, order + 1))]
        self.after = defaultdict(dict)
        for counts in self.counts[1:]:
            for ngram, count in counts.items():
                self.after[ngram[:-1]][ngram[-1]] = count

    def count(self, text, n):
        return Counter(text.ngrams(n))

    def probability(self, context, w):
        shorter = self.probability(context[1:], w) if context else self.uniform
        return self.share(context, w, self.after[context], shorter) if context in self.after else shorter


class WittenBell(Method):
    def share(self, context, w, after, shorter):
        return (after.get(w, 0) + len(after) * shorter) / (sum(after.values()) + len(after))


class KneserNey(Method):
    def __init__(self, text, order, vocabulary):
        super().__init__(text, order, vocabulary)
        kinds = [Counter(counts.values()) for counts in self.counts[1:]]
        self.discount = [k[1] / (k[1] + 2 * k[2]) for k in kinds]

    def count(self, text, n):
        own = Counter(text.ngrams(n))
        if n == self.order:
            return own
        ways = Counter(ngram[1:] for ngram in set(text.ngrams(n + 1)))
        return ways + Counter({ngram: count for ngram, count in own.items() if ngram[0] == BEGIN})

    def share(self, context, w, after, shorter):
        d, total = self.discount[len(context)], sum(after.values())
        return (max(after.get(w, 0) - d, 0) + d * len(after) * shorter) / total


class Katz(Method):
    """Good–Turing discounts of counts up to 5, an absolute one where these are out of bounds; where nothing is discounted, one
    more is added to the total, so that something is left for the unseen."""

    def __init__(self, text, order, vocabulary):
        super().__init__(text, order, vocabulary)
        self.vocabulary = vocabulary
        self.ratios = [self.fit(Counter(counts.values())) for counts in self.counts[1:]]

    def fit(self, n):
        common = 6 * n[6] / n[1]
        turing = {r: ((r + 1) * n[r + 1] / n[r] / r - common) / (1 - common) if n[r] else -1 for r in range(1, 6)}
        if all(0 < ratio < 1 for ratio in turing.values()):
            return turing
        return {r: 1 - n[1] / (n[1] + 2 * n[2]) / r for r in range(1, 6)}

    def share(self, context, w, after, shorter):
        kept = {v: self.ratios[len(context)].get(count, 1) * count for v, count in after.items()}
        total = sum(after.values()) + (1 if math.isclose(sum(kept.values()), sum(after.values())) else 0)
        if w in after:
            return kept[w] / total
        below = sum(self.probability(context[1:], v) if context else self.uniform for v in after)
        return (1 - sum(kept.values()) / total) / (1 - below) * shorter


class JelinekMercer(Method):
    """A weight for contexts of each length whose count has as many bits, by twelve rounds of expectation maximisation."""

    def __init__(self, text, order, vocabulary, held_out):
        super().__init__(text, order, vocabulary)
        self.weights = defaultdict(lambda: 0.5)
        for _ in range(12):
            taken, reached = defaultdict(lambda: 1.0), defaultdict(lambda: 2.0)
            for context, w in held_out.contexts(order):
                arrives = 1.0
                for start in range(len(context) + 1):
                    h = context[start:]
                    if h in self.after:
                        key, after = self.key(h, self.after[h]), self.after[h]
                        own = self.weights[key] * after.get(w, 0) / sum(after.values())
                        reached[key] += arrives
                        taken[key] += arrives * own / self.probability(h, w)
                        arrives *= 1 - own / self.probability(h, w)
            self.weights = defaultdict(lambda: 0.5, {key: taken[key] / reached[key] for key in reached})

    def key(self, context, after):
        return len(context), sum(after.values()).bit_length()

    def share(self, context, w, after, shorter):
        weight = self.weights[self.key(context, after)]
        return weight * after.get(w, 0) / sum(after.values()) + (1 - weight) * shorter


def nltk(method, text, order, vocabulary):
    model = method(order, vocabulary=Vocabulary([*vocabulary, BEGIN], unk_label=UNKNOWN))
    model.fit([[(w,) for s in text.sentences for w in s[1:]], *(list(text.ngrams(n)) for n in range(2, order + 1))])
    # <s> is in the vocabulary to be a context, but is not predicted, so that add-k must not give it a share.
    model.vocab.__class__ = type("Predicted", (Vocabulary,), {"__len__": lambda self: len(vocabulary)})
    return lambda context, w: model.score(w, context)


def lmplz(path, text, order, folder):
    train, arpa = folder / "train", folder / "arpa"
    train.write_text("".join(" ".join(s[1:-1]) + "\n" for s in text.sentences))
    options = ["-o", str(order), "--discount_fallback", "-S", "10%", "--text", train, "--arpa", arpa]
    subprocess.run([path, *options], check=True, stderr=subprocess.DEVNULL)
    return kenlm.Model(str(arpa))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--lmplz", required=True)
    arguments = arguments.parse_args()
    lines = [line for line in (HERE / "tokenizer.txt").read_text().split("\n") if line]
    first, end = HELD_OUT
    text, held_out = Text(lines[:first] + lines[end:]), Text(lines[first:end])
    seen = {w for s in text.sentences for w in s[1:]}
    vocabulary = [*sorted(seen), UNKNOWN]
    known = Text([])
    known.sentences = [[w if w in seen or w == BEGIN else UNKNOWN for w in s] for s in held_out.sentences]
    golden = {"held_out": HELD_OUT, "k": K, "log10": {}}
    for order in ORDERS:
        made = {
            "ml": nltk(MLE, text, order, vocabulary),
            "add-k": nltk(lambda *a, **b: Lidstone(K, *a, **b), text, order, vocabulary),
            "jm": JelinekMercer(text, order, vocabulary, known).probability,
            "katz": Katz(text, order, vocabulary).probability,
            "wb": WittenBell(text, order, vocabulary).probability,
            "kn": KneserNey(text, order, vocabulary).probability,
        }
        for method, probability in made.items():
            scores = [probability(context, w) for context, w in known.contexts(order)]
            golden["log10"][f"{method} {order}"] = [round(math.log10(p), 6) if p > 0 else None for p in scores]
        if order > 1:  # KenLM reads no unigram models.
            with tempfile.TemporaryDirectory() as folder:
                model = lmplz(arguments.lmplz, text, order, Path(folder))
                scores = [score for s in known.sentences for score, _, _ in model.full_scores(" ".join(s[1:-1]))]
            golden["log10"][f"mkn {order}"] = [round(score, 6) for score in scores]
    (HERE / "ngram.json").write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    main()
