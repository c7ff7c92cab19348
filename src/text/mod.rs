//! Text: corpora, tokenizers.
