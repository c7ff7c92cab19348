//! Checkpoints: one safetensors file that holds everything needed to go on exactly.
//!
//! Tensors: the weights under Hugging Face's names, both AdamW moments under `moment1.NAME` and `moment2.NAME`, and, in files
//! that are handed out, the text as `corpus`. Metadata: what the run is and where it stands (`run`), the tokenizer, a short
//! entry for lists (`kept`), and a checksum of all of it. Randomness is counter-based, so its state and the position in the
//! data are the step.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use super::prepare::Text;
use crate::nn::layout::{Layout, Tensor};
use crate::nn::model::State;
use crate::protocol::{KeptRun, RunInfo};

/// A run at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub meta: Meta,
    /// `tokenizer.json`.
    pub tokenizer: String,
    pub state: State,
}

/// What the run is and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Spec, shape and history.
    pub info: RunInfo,
    /// Steps done; also the position in the data.
    pub step: u32,
    /// Peak of the learning rate's schedule.
    pub lr: f32,
    /// Seconds trained.
    pub seconds: f64,
    /// [`Text::checksum`].
    pub text: u32,
    pub text_name: String,
    /// Milliseconds since 1970.
    pub saved: f64,
}

/// Metadata keys.
const RUN: &str = "run";
const TOKENIZER: &str = "tokenizer";
const KEPT: &str = "kept";
const CHECKSUM: &str = "checksum";
/// The tensor that holds the text.
const CORPUS: &str = "corpus";

/// The file of a run that stands as `meta` says, with `corpus` ([`Text::to_bytes`]) inside if given.
pub fn to_bytes(meta: &Meta, tokenizer: &str, state: &State, corpus: Option<&[u8]>) -> Vec<u8> {
    let layout = Layout::new(&meta.info.model);
    let mut tensors = BTreeMap::new();
    for (prefix, words) in parts(state) {
        for Tensor { name, shape, range } in &layout.tensors {
            let bytes = bytemuck::cast_slice(&words[range.clone()]);
            tensors.insert(format!("{prefix}{name}"), Raw { dtype: Dtype::F32, shape: shape.clone(), bytes });
        }
    }
    if let Some(corpus) = corpus {
        tensors.insert(CORPUS.into(), Raw { dtype: Dtype::U8, shape: vec![corpus.len()], bytes: corpus });
    }
    let texts = [json(meta), tokenizer.to_owned(), json(&meta.kept())];
    let checksum = checksum(&texts, tensors.iter().map(|(name, raw)| (name.as_str(), raw.bytes)));
    let [run, tokenizer, kept] = texts;
    let metadata = [(RUN, run), (TOKENIZER, tokenizer), (KEPT, kept), (CHECKSUM, checksum)];
    let metadata = metadata.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
    // Fails only where a name occurs twice or a tensor is not of its shape.
    safetensors::serialize(tensors, Some(metadata)).unwrap_or_default()
}

impl Checkpoint {
    /// Reads a file back, and the text in it if there is one.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Option<Text>), String> {
        let damaged = |what: String| format!("it is cut short or damaged ({what})");
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
        let metadata = metadata.metadata().as_ref().ok_or("it is no checkpoint of a run")?;
        let text = |key: &str| metadata.get(key).cloned().ok_or_else(|| "it is no checkpoint of a run".to_owned());
        let texts = [text(RUN)?, text(TOKENIZER)?, text(KEPT)?];
        let named: BTreeMap<String, &[u8]> = tensors.tensors().into_iter().map(|(name, tensor)| (name, tensor.data())).collect();
        if text(CHECKSUM)? != checksum(&texts, named.iter().map(|(name, bytes)| (name.as_str(), *bytes))) {
            return Err(damaged("its checksum differs".into()));
        }
        let [run, tokenizer, _] = texts;
        let meta: Meta = serde_json::from_str(&run).map_err(|error| format!("it is of another version of this program ({error})"))?;
        if meta.info.model.problem().is_some() || meta.info.parameters != meta.info.model.parameters() {
            return Err("its model cannot be built".into());
        }
        let layout = Layout::new(&meta.info.model);
        let mut state = State { parameters: vec![0.0; layout.len], moment1: vec![0.0; layout.len], moment2: vec![0.0; layout.len] };
        let State { parameters, moment1, moment2 } = &mut state;
        for (prefix, words) in [("", parameters), ("moment1.", moment1), ("moment2.", moment2)] {
            for Tensor { name, range, .. } in &layout.tensors {
                let bytes = named.get(&format!("{prefix}{name}")).filter(|bytes| bytes.len() == 4 * range.len());
                let bytes = bytes.ok_or_else(|| format!("its tensor {prefix}{name} is missing or of another shape"))?;
                bytemuck::cast_slice_mut(&mut words[range.clone()]).copy_from_slice(bytes);
            }
        }
        let corpus = named.get(CORPUS).map(|bytes| Text::from_bytes(bytes)).transpose()?;
        Ok((Self { meta, tokenizer, state }, corpus))
    }
}

/// What a list shows of the checkpoint whose file begins with `head`: at least [`head_len`] of its bytes.
pub fn read_kept(head: &[u8]) -> Option<KeptRun> {
    #[derive(Deserialize)]
    struct Header {
        __metadata__: BTreeMap<String, String>,
    }
    let header: Header = serde_json::from_slice(head.get(8..head_len(head)?)?).ok()?;
    serde_json::from_str(header.__metadata__.get(KEPT)?).ok()
}

/// Bytes of a safetensors file before its tensors, from the first eight. A file that was not finished has none.
pub fn head_len(head: &[u8]) -> Option<usize> {
    let len = u64::from_le_bytes(head.get(..8)?.try_into().ok()?);
    usize::try_from(len).ok().filter(|&len| len > 0)?.checked_add(8)
}

impl Meta {
    /// The entry for lists.
    pub fn kept(&self) -> KeptRun {
        let history = &self.info.history;
        let validated = history.validations.last().map(|validation| validation.bits_per_byte);
        KeptRun {
            run: self.info.run.clone(),
            text: self.text_name.clone(),
            step: self.step,
            steps: self.info.spec.steps,
            parameters: self.info.parameters,
            bits_per_byte: validated.or(history.steps.last().map(|step| step.bits_per_byte)),
            saved: self.saved,
        }
    }
}

/// Each part of a state with the prefix of its tensors' names.
fn parts(state: &State) -> [(&'static str, &Vec<f32>); 3] {
    [("", &state.parameters), ("moment1.", &state.moment1), ("moment2.", &state.moment2)]
}

/// Over the metadata, and the tensors in the order of their names.
fn checksum<'a>(texts: &[String], tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hasher = crc32fast::Hasher::new();
    texts.iter().for_each(|text| hasher.update(text.as_bytes()));
    for (name, bytes) in tensors {
        hasher.update(name.as_bytes());
        hasher.update(bytes);
    }
    format!("{:08x}", hasher.finalize())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A tensor for writing.
pub(super) struct Raw<'a> {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub bytes: &'a [u8],
}

impl View for Raw<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ExecutorKind, History};
    use crate::spec::RunSpec;

    fn checkpoint() -> Checkpoint {
        let spec = RunSpec { depth: 1, vocab: 257, width: Some(8), heads: Some(1), ffn: Some(8), ..RunSpec::default() };
        let model = spec.model(spec.vocab);
        let layout = Layout::new(&model);
        let mut state = State { parameters: layout.init(1), moment1: vec![0.0; layout.len], moment2: vec![0.0; layout.len] };
        for tensor in &layout.tensors {
            state.moment1[tensor.range.clone()].fill(0.5);
            state.moment2[tensor.range.clone()].fill(0.25);
        }
        let info = RunInfo {
            run: "run-1".into(),
            executor: ExecutorKind::Cpu,
            why: String::new(),
            parameters: model.parameters(),
            memory: 0,
            train_tokens: 1,
            validation_tokens: 1,
            bytes_per_token: 1.5,
            flops_per_token: 2.0,
            history: History::default(),
            model,
            spec,
        };
        let meta = Meta { info, step: 7, lr: 1e-3, seconds: 2.5, text: 9, text_name: "A text".into(), saved: 1e12 };
        Checkpoint { meta, tokenizer: "{}".into(), state }
    }

    fn bytes_of(checkpoint: &Checkpoint) -> Vec<u8> {
        to_bytes(&checkpoint.meta, &checkpoint.tokenizer, &checkpoint.state, None)
    }

    #[test]
    fn a_checkpoint_gives_back_what_it_was_given() {
        let checkpoint = checkpoint();
        let bytes = bytes_of(&checkpoint);
        let (read, text) = Checkpoint::from_bytes(&bytes).expect("a checkpoint");
        assert_eq!(read, checkpoint);
        assert!(text.is_none());
        let head = head_len(&bytes).expect("a head");
        assert_eq!(read_kept(&bytes[..head]), Some(checkpoint.meta.kept()));
    }

    #[test]
    fn any_cut_and_any_flipped_bit_is_noticed() {
        let bytes = bytes_of(&checkpoint());
        for len in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
            assert!(Checkpoint::from_bytes(&bytes[..len]).is_err(), "cut to {len}");
        }
        let head = head_len(&bytes).expect("a head");
        for place in (0..head).step_by(7).chain((head..bytes.len()).step_by(1013)) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            // A flip in the padding of the header changes nothing.
            let same = Checkpoint::from_bytes(&damaged).map_or(true, |(read, _)| read == checkpoint());
            assert!(same, "a flip at {place} was not noticed");
        }
    }
}
