"""Holds our Word2Vec against gensim's on the built-in world: same text, same settings, several seeds.

    pip install gensim
    cargo build --release && cargo build --release -p seven-steps-embeddings --example word2vec
    python word2vec_gensim.py HEADLESS WORD2VEC [WORDS [SEEDS]]

HEADLESS and WORD2VEC are the two programs. Prints words/s and how many of the questions "a is to b as c is to d" either answers;
in the end the means over all seeds. gensim is asked twice: with two workers, its fastest way, and with one. Each of two measures
its progress through an epoch by its own words against those of all, so that the learning rate ends at about half of what it was when
the last epoch began; one ends at the rate that is set.
"""

import itertools
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gensim.models import KeyedVectors, Word2Vec

SETTINGS = dict(vector_size=100, window=5, min_count=5, sg=1, negative=5, sample=1e-3, epochs=5)
FEMALE = """he she,man woman,boy girl,son daughter,brother sister,father mother,grandfather grandmother,husband wife,uncle aunt,
nephew niece,king queen,prince princess,actor actress"""


def sentences(text):
    """Lower case, without punctuation, a sentence a line."""
    for line in text.lower().split("\n"):
        for sentence in re.split(r"[.?!:;]+", line):
            words = re.findall(r"[a-z]+(?:'[a-z]+)*|\d+", sentence)
            if len(words) > 1:
                yield " ".join(words)


def questions(lines):
    """The pairs of each relation: capitals from the text itself."""
    capitals = {}
    for line in lines:
        for capital, country in re.findall(r"^([a-z]+) is the capital of ([a-z]+)$", line):
            if country != "the" and capital not in ("city", "what"):
                capitals[country] = capital
    return {
        "country to capital": sorted(capitals.items()),
        "male to female": [tuple(pair.split()) for pair in FEMALE.replace("\n", "").split(",")],
    }


def accuracy(vectors, pairs):
    pairs = [pair for pair in pairs if pair[0] in vectors and pair[1] in vectors]
    asked = list(itertools.permutations(pairs, 2))
    right = sum(vectors.most_similar(positive=[b, c], negative=[a], topn=1)[0][0] == d for (a, b), (c, d) in asked)
    return right / len(asked)


def rank_of(vectors, expected, positive, negative):
    found = [word for word, _ in vectors.most_similar(positive=positive, negative=[negative], topn=10)]
    return found.index(expected) + 1 if expected in found else ">10"


def report(name, seed, vectors, rate, relations, found):
    shares = {relation: 100 * accuracy(vectors, pairs) for relation, pairs in relations.items()}
    queen = rank_of(vectors, "queen", ["king", "woman"], "man")
    rome = rank_of(vectors, "rome", ["paris", "italy"], "france")
    said = ", ".join(f"{relation} {share:.1f} %" for relation, share in shares.items())
    print(f"{name:19} seed {seed}: {rate:9,.0f} words/s; {said}; queen {queen}, Rome {rome}", flush=True)
    found.setdefault(name, []).append({"words/s": rate, **shares})


def main():
    headless, ours, *rest = sys.argv[1:]
    words, seeds = (rest + ["5000000", "10"][len(rest) :])[:2]
    text = subprocess.run([headless, "world", "--seed", "7", "--words", words], check=True, capture_output=True, text=True).stdout
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "text"), Path(folder, "vectors")
        lines = list(sentences(text))
        path.write_text("\n".join(lines) + "\n")
        relations = questions(lines)
        for seed in range(1, int(seeds) + 1):
            rate = subprocess.run([ours, path, out, f"seed={seed}"], check=True, capture_output=True, text=True).stdout
            report("ours", seed, KeyedVectors.load_word2vec_format(out), float(rate), relations, found)
            for workers in (2, 1):
                begun = time.time()
                model = Word2Vec(corpus_file=str(path), seed=seed, workers=workers, **SETTINGS)
                rate = model.corpus_total_words * SETTINGS["epochs"] / (time.time() - begun)
                report(f"gensim, {workers} at work", seed, model.wv, rate, relations, found)
    for name, rows in found.items():
        means = ", ".join(f"{what} {statistics.mean(row[what] for row in rows):,.1f}" for what in rows[0])
        print(f"{name:19} in the mean: {means}")


main()
