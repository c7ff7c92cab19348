//! Markov models of text: what comes next follows from the last few tokens, or from a hidden state.
