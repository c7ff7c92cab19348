"""Holds our Word2Vec against gensim's on the built-in world: same text, same settings, several seeds.

    pip install gensim
    cargo build --release && cargo build --release -p seven-steps-embeddings --example word2vec
    python word2vec_gensim.py HEADLESS WORD2VEC [WORDS [SEEDS [FIRST]]]

HEADLESS and WORD2VEC are the two programs. Prints words/s and, for each relation that the world knows, how many in a hundred of the
questions "a is to b as c is to d" either answers: seed by seed, and in the end the means with their standard errors. gensim gets the
text as lists of words and two workers: of a file, each of several workers measures its progress through an epoch by its own words
against those of all, so that the learning rate does not fall as far as is set.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gensim.models import KeyedVectors, Word2Vec

SETTINGS = dict(vector_size=100, window=5, min_count=5, sg=1, negative=5, sample=1e-3, epochs=5)


def sentences(text):
    """The words of each sentence, in lower case."""
    for line in text.lower().split("\n"):
        for sentence in re.split(r"[.?!:;]+", line):
            words = re.findall(r"[a-z]+(?:'[a-z]+)*|\d+", sentence)
            if len(words) > 1:
                yield words


def measured(vectors, rate, questions):
    """What is told of a run, by name; all but the words/s in a hundred."""
    _, sections = vectors.evaluate_word_analogies(questions)
    counts = {section["section"]: [len(section[kind]) for kind in ("correct", "incorrect")] for section in sections[:-1]}
    is_first = lambda word, positive, negative: 100 * (vectors.most_similar(positive, [negative], topn=1)[0][0] == word)
    return {
        "words/s": rate,
        **{name: 100 * right / (right + wrong) for name, (right, wrong) in counts.items() if right + wrong},
        "king - man + woman": is_first("queen", ["king", "woman"], "man"),
        "paris - france + italy": is_first("rome", ["paris", "italy"], "france"),
    }


def main():
    headless, ours, *rest = sys.argv[1:]
    words, seeds, first = (rest + ["5000000", "10", "1"][len(rest) :])[:3]
    world = lambda *options: subprocess.run([headless, "world", *options], check=True, capture_output=True, text=True).stdout
    found = {}

    def tell(name, seed, vectors, rate):
        rows = found.setdefault(name, [])
        rows.append(measured(vectors, rate, questions))
        print(f"{name}, seed {seed}:", ", ".join(f"{what} {value:,.1f}" for what, value in rows[-1].items()), flush=True)

    with tempfile.TemporaryDirectory() as folder:
        text, questions, out = (str(Path(folder, name)) for name in ("text", "questions", "vectors"))
        lines = list(sentences(world("--seed", "7", "--words", words)))
        Path(text).write_text("".join(" ".join(line) + "\n" for line in lines))
        Path(questions).write_text(world("--questions"))
        for seed in range(int(first), int(first) + int(seeds)):
            rate = subprocess.run([ours, text, out, f"seed={seed}"], check=True, capture_output=True, text=True).stdout
            tell("ours", seed, KeyedVectors.load_word2vec_format(out), float(rate))
            begun = time.time()
            model = Word2Vec(lines, seed=seed, workers=2, **SETTINGS)
            rate = model.corpus_total_words * SETTINGS["epochs"] / (time.time() - begun)
            tell("gensim", seed, model.wv, rate)
    for name, rows in found.items():
        print(f"\n{name}")
        for what in rows[0]:
            values = [row[what] for row in rows]
            error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0
            print(f"  {what:24} {statistics.mean(values):12,.1f} ± {error:,.1f}")


main()
