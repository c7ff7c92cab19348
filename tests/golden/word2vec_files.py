"""Writes word2vec.txt, word2vec.bin and word2vec.json: vectors as gensim writes them, and each word's nearest words by gensim.

    pip install gensim
    python word2vec_files.py [HEADLESS]

With HEADLESS, our program, also trains vectors with it, loads its file by gensim, and holds what both find against each other.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

HERE = Path(__file__).parent
WORDS = "the of dog cat river house bread water naïve Zürich can't e-mail 42 green walk".split()
DIMENSIONS = 6
NEAREST = 5


def write_golden():
    vectors = KeyedVectors(DIMENSIONS)
    vectors.add_vectors(WORDS, np.random.default_rng(5).normal(size=(len(WORDS), DIMENSIONS)).astype(np.float32))
    vectors.save_word2vec_format(HERE / "word2vec.txt")
    vectors.save_word2vec_format(HERE / "word2vec.bin", binary=True)
    nearest = {word: vectors.most_similar(word, topn=NEAREST) for word in WORDS}
    (HERE / "word2vec.json").write_text(json.dumps(nearest, ensure_ascii=False, indent=0) + "\n")


def compare(headless):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vectors")
        said = subprocess.run([headless, "words", "--words", "300000", "--out", path], check=True, capture_output=True, text=True).stdout
        vectors = KeyedVectors.load_word2vec_format(path)
    for a, b, c, found in re.findall(r"^(\w+) - (\w+) \+ (\w+) = (.*)$", said, re.M):
        gensim = vectors.most_similar(positive=[a, c], negative=[b], topn=NEAREST)
        gensim = ", ".join(f"{word} {cosine:.2f}" for word, cosine in gensim)
        print(f"{a} - {b} + {c}\n  ours:   {found}\n  gensim: {gensim}\n  {'the same' if found == gensim else 'NOT THE SAME'}")


write_golden()
if len(sys.argv) > 1:
    compare(sys.argv[1])
