"""Writes hmm.json: what hmmlearn makes of a small hidden Markov model and a text of several sentences.

Run in a virtual environment with `pip install hmmlearn` (made with 0.3.3).
"""

import json
from pathlib import Path

import numpy as np
from hmmlearn import hmm

STATES, VOCAB, END = 5, 9, 2
LENGTHS = [7, 1, 12, 2, 30, 1, 4, 19]  # The last sentence lacks its end.

random = np.random.default_rng(1)
start = random.dirichlet(np.ones(STATES))
transition = random.dirichlet(np.ones(STATES), STATES)
emission = random.dirichlet(np.ones(VOCAB), STATES)
emission[:, 1] = 0  # <s> is never emitted.
emission /= emission.sum(1, keepdims=True)


def sentence(length, ends):
    words = random.choice([0, *range(3, VOCAB)], length - ends)
    return [*map(int, words), *[END] * ends]


def model():
    made = hmm.CategoricalHMM(STATES, n_features=VOCAB, n_iter=1, tol=-np.inf, init_params="", implementation="scaling")
    made.startprob_, made.transmat_, made.emissionprob_ = start.copy(), transition.copy(), emission.copy()
    return made


sentences = [sentence(length, index < len(LENGTHS) - 1) for index, length in enumerate(LENGTHS)]
column = np.concatenate(sentences)[:, None]
before, after = model(), model().fit(column, LENGTHS)
score, path = before.decode(column, LENGTHS, algorithm="viterbi")


def parameters(made):
    return {"start": made.startprob_.tolist(), "transition": made.transmat_.ravel().tolist(), "emission": made.emissionprob_.T.ravel().tolist()}




def long_sentence(length):
    """Too long to commit; the test makes it again."""
    tokens, number = [], 1
    for _ in range(length):
        number = (75 * number + 74) % 65537
        tokens.append([0, *range(3, VOCAB)][number % (VOCAB - 2)])
    return np.array(tokens)[:, None]


long_column = long_sentence(3000)
golden = {
    "before": parameters(before),
    "tokens": column[:, 0].tolist(),
    "log_likelihood": before.score(column, LENGTHS),
    "sentence_log_likelihoods": [before.score(np.array(tokens)[:, None]) for tokens in sentences],
    "posterior": before.predict_proba(column, LENGTHS).ravel().tolist(),
    "viterbi": {"path": path.tolist(), "log_probability": score},
    "after": parameters(after),
    "log_likelihood_after": after.score(column, LENGTHS),
    "long": {"length": len(long_column), "log_likelihood": before.score(long_column), "after": parameters(model().fit(long_column))},
}
text = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items())
Path(__file__).with_suffix(".json").write_text(f"{{\n{text}\n}}\n")
