//! Words as vectors, whose geometry comes from the company that words keep.
//!
//! - [`sampling`]: which words are skipped, and which are drawn as noise.
//! - [`huffman`]: the tree of hierarchical softmax.
//! - [`train`]: the training of Word2Vec.
//! - [`cooccurrence`], [`svd`]: the same geometry from counts.
//! - [`company`]: which words stand near a word.
//! - [`plane`], [`tsne`]: pictures of vectors in two dimensions.
//! - [`files`]: those of word2vec and gensim.
//! - [`vectors`]: neighbours, and arithmetic with words.

pub mod company;
pub mod cooccurrence;
pub mod files;
pub mod huffman;
pub mod lists;
pub mod plane;
pub mod sampling;
pub mod svd;
pub mod train;
pub mod tsne;
pub mod vectors;

/// Between two sentences of a corpus of word ids.
pub const END: u32 = u32::MAX;
