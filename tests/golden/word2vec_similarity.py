"""Holds the similarities of our word vectors against gensim's on a real text: does a pair of words rank alike?

    pip install gensim
    cargo build --release -p seven-steps-embeddings --example word2vec
    python word2vec_similarity.py WORD2VEC TEXT

TEXT is a file with a sentence a line, words between spaces. Prints Spearman's rank correlation of the cosines of 1,000 pairs of
words between two runs, for each two of two seeds of ours and two of gensim's.
"""

import itertools
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from gensim.models import KeyedVectors, Word2Vec
from scipy.stats import spearmanr

SETTINGS = dict(vector_size=100, window=5, min_count=5, sg=1, negative=5, sample=1e-3, epochs=5, workers=2)
PAIRS = 1000
FREQUENT = 5000


def main():
    program, text = sys.argv[1:]
    sentences = [line.split() for line in open(text)]
    runs = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "vectors")
        for seed in (1, 2):
            subprocess.run([program, text, out, f"seed={seed}"], check=True, capture_output=True)
            runs[f"ours {seed}"] = KeyedVectors.load_word2vec_format(out)
            runs[f"gensim {seed}"] = Word2Vec(sentences, seed=seed, **SETTINGS).wv
    words = runs["gensim 1"].index_to_key[:FREQUENT]
    draw = random.Random(1)
    pairs = [draw.sample(words, 2) for _ in range(PAIRS)]
    cosines = {name: [vectors.similarity(a, b) for a, b in pairs] for name, vectors in runs.items()}
    for one, other in itertools.combinations(sorted(runs), 2):
        print(f"{one} and {other}: {spearmanr(cosines[one], cosines[other]).statistic:.3f}")


main()
