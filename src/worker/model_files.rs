//! A model as files: `card.json`, `model.safetensors` with its weights in half precision, `tokenizer.json`.

use std::collections::BTreeMap;
use std::fmt::Write;

use half::f16;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::checkpoint::{Raw, parts};
use crate::nn::layout::{Layout, Tensor};
use crate::protocol::models::{Card, FORMAT};
use crate::spec::ModelConfig;
use crate::text::Tokenizer;

/// The names of the three files.
pub const CARD: &str = "card.json";
pub const WEIGHTS: &str = "model.safetensors";
pub const TOKENIZER: &str = "tokenizer.json";
/// Bytes of hash in an id.
const ID: usize = 8;

/// A model, opened: weights, tokenizer and card.
#[derive(Clone, Debug)]
pub struct Opened {
    pub card: Card,
    /// In [`Layout`]'s order.
    pub parameters: Vec<f32>,
    pub tokenizer: Tokenizer,
}

/// The three files' bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    pub card: Vec<u8>,
    pub weights: Vec<u8>,
    pub tokenizer: Vec<u8>,
}

impl Opened {
    /// With `card` as it stands but for its id, which follows from weights and tokenizer, and the weights rounded as the files
    /// hold them.
    pub fn new(card: Card, parameters: &[f32], tokenizer: Tokenizer) -> Self {
        let parameters = parameters.iter().map(|&weight| f16::from_f32(weight).to_f32()).collect();
        let mut opened = Self { card, parameters, tokenizer };
        opened.card.id = id(&opened.weights(), opened.tokenizer.to_json().as_bytes());
        opened
    }

    pub fn to_files(&self) -> Files {
        let card = serde_json::to_string(&self.card).unwrap_or_default() + "\n";
        Files { card: card.into(), weights: self.weights(), tokenizer: self.tokenizer.to_json().into() }
    }

    /// Reads the files back.
    ///
    /// # Errors
    /// What is wrong with them, as the rest of a sentence.
    pub fn from_files(Files { card, weights, tokenizer }: &Files) -> Result<Self, String> {
        let card: Card = from_json(card).map_err(|error| format!("its card cannot be read ({error})"))?;
        if card.format > FORMAT {
            return Err("it was saved by a later version of this program".into());
        }
        if card.id != id(weights, tokenizer) {
            return Err("its weights or its tokenizer are not those that its card was written for".into());
        }
        let json = std::str::from_utf8(tokenizer).map_err(|_| "its tokenizer is no text".to_owned())?;
        let tokenizer = Tokenizer::from_json(json).map_err(|refusal| refusal.0)?;
        if let Some((_, problem)) = card.config.problem() {
            return Err(problem);
        }
        if tokenizer.vocab_size() != card.config.vocab as usize {
            return Err(format!("its tokenizer has {} tokens and its weights are for {}", tokenizer.vocab_size(), card.config.vocab));
        }
        let parameters = read_weights(&card.config, weights)?;
        Ok(Self { card, parameters, tokenizer })
    }

    fn weights(&self) -> Vec<u8> {
        let mut tensors = BTreeMap::new();
        for Tensor { name, shape, range } in &Layout::new(&self.card.config).tensors {
            tensors.insert(name.clone(), Raw::halves(shape, &self.parameters[range.clone()]));
        }
        parts(&tensors, &[("format", "pt")]).concat()
    }
}

/// What JSON says. By way of a string, since a reader of bytes would be a second one to load.
///
/// # Errors
/// What is wrong with the bytes.
pub fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Weights under Hugging Face's names, in half or single precision, in [`Layout`]'s order.
///
/// # Errors
/// What is wrong with them, as the rest of a sentence.
fn read_weights(config: &ModelConfig, bytes: &[u8]) -> Result<Vec<f32>, String> {
    // A file holds two bytes a weight at least, so sizes beyond it need no memory to be refused.
    if config.parameters() > bytes.len() as u64 / 2 {
        return Err("its weights are cut short".into());
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| format!("its weights cannot be read ({error})"))?;
    let layout = Layout::new(config);
    let mut parameters = vec![0.0; layout.len];
    for Tensor { name, shape, range } in &layout.tensors {
        let tensor = tensors.tensor(name).ok().filter(|tensor| tensor.shape() == shape);
        let tensor = tensor.ok_or_else(|| format!("its tensor {name} is missing or of another shape"))?;
        let words = &mut parameters[range.clone()];
        match tensor.dtype() {
            Dtype::F16 => {
                let halves = tensor.data().as_chunks().0;
                words.iter_mut().zip(halves).for_each(|(word, half)| *word = f16::from_le_bytes(*half).to_f32());
            }
            Dtype::F32 => bytemuck::cast_slice_mut(words).copy_from_slice(tensor.data()),
            other => return Err(format!("its tensor {name} is of the type {other:?}; F16 and F32 can be read")),
        }
    }
    if parameters.iter().all(|weight| weight.is_finite()) { Ok(parameters) } else { Err("some of its weights are not finite".into()) }
}

fn id(weights: &[u8], tokenizer: &[u8]) -> String {
    let hash = Sha256::new().chain_update(weights).chain_update(tokenizer).finalize();
    hash[..ID].iter().fold(String::new(), |mut id, byte| {
        // A string takes whatever is written to it.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::models::{Exam, Stage};
    use crate::spec::RunSpec;

    fn opened() -> Opened {
        let tokenizer = Tokenizer::bytes();
        let spec = RunSpec { depth: 1, width: Some(8), heads: Some(1), ffn: Some(8), ..RunSpec::default() };
        let config = spec.model(tokenizer.vocab_size() as u32);
        let card = Card {
            format: FORMAT,
            id: String::new(),
            name: "A model".into(),
            stage: Stage::Pretraining,
            config: config.clone(),
            roles: None,
            parents: vec![],
            recipe: "depth=1".into(),
            tokens: 1000,
            made: 0.0,
            exam: Exam::default(),
        };
        Opened::new(card, &Layout::new(&config).init(1), tokenizer)
    }

    #[test]
    fn a_model_comes_back_from_its_files() {
        let opened = opened();
        let read = Opened::from_files(&opened.to_files()).unwrap();
        assert_eq!((&read.card, &read.parameters), (&opened.card, &opened.parameters));
        assert_eq!(opened.card.id.len(), 2 * ID);
    }

    #[test]
    fn what_was_tampered_with_is_refused_with_a_reason() {
        let files = opened().to_files();
        let tamper = |change: &dyn Fn(&mut Files)| {
            let mut files = files.clone();
            change(&mut files);
            Opened::from_files(&files).map(|_| ()).unwrap_err()
        };
        let last = files.weights.len() - 1;
        assert!(tamper(&|files| files.weights[last] ^= 1).contains("not those that its card was written for"));
        assert!(tamper(&|files| files.tokenizer.push(b' ')).contains("not those that its card was written for"));
        assert!(tamper(&|files| files.card.truncate(20)).contains("card cannot be read"));
        let other = |files: &mut Files, from: &str, to: &str| {
            files.card = String::from_utf8_lossy(&files.card).replace(from, to).into_bytes();
        };
        assert!(tamper(&|files| other(files, "\"width\":8", "\"width\":16")).contains("cut short"));
        assert!(tamper(&|files| other(files, "\"format\":1", "\"format\":2")).contains("later version"));
    }
}
