//! Checkpoints: one safetensors file that holds everything needed to go on exactly.
//!
//! Tensors: the weights under Hugging Face's names, both AdamW moments under `moment1.NAME` and `moment2.NAME`, what was
//! measured (`history.steps` [n,6] and `history.validations` [n,4], the fields of [`StepMetrics`] and [`Validation`] in their
//! order), and, in files that are handed out, the text as `corpus`. Metadata: what the run is and where it stands (`run`), the
//! tokenizer, and a checksum of all of it. Randomness is counter-based, so its state and the position in the data are the step.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::str::from_utf8;

use bytemuck::{cast_slice, pod_collect_to_vec};
use half::f16;
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::prepare::Text;
use crate::nn::layout::{Layout, Tensor};
use crate::nn::model::State;
use crate::protocol::{History, KeptRun, Sample, StepMetrics, Validation};
use crate::spec::{ModelConfig, RunSpec};
use crate::{text, url};

/// Says which entry of a file's metadata is no string, as safetensors needs, if that is what is wrong with its header.
fn odd_metadata(bytes: &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_at_checked(8)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let header: serde_json::Value = serde_json::from_slice(rest.get(..length)?).ok()?;
    let (key, value) = header.get("__metadata__")?.as_object()?.iter().find(|(_, value)| !value.is_string())?;
    Some(format!("its metadata has {value} under “{key}”, where safetensors allows only strings"))
}

/// A run at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub meta: Meta,
    pub spec: RunSpec,
    /// Settings that it was made with and that this version does not have.
    pub retired: Vec<String>,
    pub model: ModelConfig,
    pub history: History,
    /// `tokenizer.json`.
    pub tokenizer: String,
    pub state: State,
}

/// What the run is and where it stands, as JSON in the file's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The run's name in storage.
    pub run: String,
    /// As an address says it, in full.
    pub spec: String,
    /// Tokens in the vocabulary.
    pub vocab: u32,
    /// Tokens to train on and to validate on.
    pub tokens: [u64; 2],
    /// Steps done; also the position in the data.
    pub step: u32,
    /// Where an endless text is read on.
    #[serde(default)]
    pub reading: [u64; 2],
    /// Steps planned.
    pub steps: u32,
    /// Peak of the learning rate's schedule.
    pub lr: f32,
    /// Seconds trained.
    pub seconds: f64,
    pub parameters: u64,
    /// Last validation, or else training loss.
    pub bits_per_byte: Option<f32>,
    /// What it wrote on the way.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// [`Text::checksum`].
    pub text: u32,
    pub text_name: String,
    /// Milliseconds since 1970.
    pub saved: f64,
}

/// Metadata keys.
const RUN: &str = "run";
const TOKENIZER: &str = "tokenizer";
const CHECKSUM: &str = "checksum";
/// Tells damage (CRC-32, as in ZIP).
pub(super) const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
/// The tensor that holds the text.
const CORPUS: &str = "corpus";
const STEPS: &str = "history.steps";
const VALIDATIONS: &str = "history.validations";

/// What a checkpoint's file is made of.
pub struct Snapshot<'a> {
    pub meta: Meta,
    pub model: &'a ModelConfig,
    pub history: &'a History,
    /// `tokenizer.json`.
    pub tokenizer: String,
    pub state: &'a State,
}

impl Snapshot<'_> {
    /// The file in [`parts`], with `corpus` ([`Text::to_bytes`]) inside if given.
    pub fn parts<'a>(&'a self, corpus: Option<&'a [u8]>) -> Vec<Cow<'a, [u8]>> {
        let layout = Layout::new(self.model);
        let mut tensors = BTreeMap::new();
        let State { parameters, moment1, moment2 } = self.state;
        for (prefix, words) in [("", parameters), ("moment1.", moment1), ("moment2.", moment2)] {
            for Tensor { name, shape, range } in &layout.tensors {
                tensors.insert(format!("{prefix}{name}"), Raw::words(shape, &words[range.clone()]));
            }
        }
        let steps: Vec<[f64; 6]> = self.history.steps.iter().map(step_row).collect();
        let validations: Vec<[f64; 4]> = self.history.validations.iter().map(validation_row).collect();
        let rows = |rows: &[f64], width| {
            let bytes = Cow::Owned(pod_collect_to_vec(rows));
            Raw { dtype: Dtype::F64, shape: vec![rows.len() / width, width], bytes }
        };
        tensors.insert(STEPS.into(), rows(steps.as_flattened(), 6));
        tensors.insert(VALIDATIONS.into(), rows(validations.as_flattened(), 4));
        if let Some(corpus) = corpus {
            tensors.insert(CORPUS.into(), Raw { dtype: Dtype::U8, shape: vec![corpus.len()], bytes: corpus.into() });
        }
        let texts = [serde_json::to_string(&self.meta).unwrap_or_default(), self.tokenizer.clone()];
        let checksum = checksum(&texts, tensors.iter().map(|(name, raw)| (name.as_str(), &*raw.bytes)));
        parts(&tensors, &[(RUN, &texts[0]), (TOKENIZER, &texts[1]), (CHECKSUM, &checksum)])
    }
}

impl Checkpoint {
    /// Reads a file back, and the text in it if there is one.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Option<Text>), String> {
        let damaged = |what: String| format!("it is cut short or damaged ({what})");
        let foreign = |what: String| format!("it is of another version of this program ({what})");
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| match text::kind_of(bytes) {
            Some(kind) => format!("it is {kind}"),
            None => odd_metadata(bytes).unwrap_or_else(|| damaged(error.to_string())),
        })?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
        let metadata = metadata.metadata().as_ref().ok_or("it is no checkpoint of a run")?;
        let text = |key: &str| metadata.get(key).cloned().ok_or_else(|| "it is no checkpoint of a run".to_owned());
        let texts = [text(RUN)?, text(TOKENIZER)?];
        let mut named = BTreeMap::new();
        for (name, tensor) in tensors.tensors() {
            named.insert(name, tensor.data());
        }
        if text(CHECKSUM)? != checksum(&texts, named.iter().map(|(name, bytes)| (name.as_str(), *bytes))) {
            return Err(damaged("its checksum differs".into()));
        }
        let [run, tokenizer] = texts;
        let meta: Meta = serde_json::from_str(&run).map_err(|error| foreign(error.to_string()))?;
        let (known, retired) = url::without_unknown(&meta.spec);
        let (spec, notes) = url::from_fragment(&known);
        if let Some(note) = notes.into_iter().next() {
            return Err(foreign(note));
        }
        let model = spec.model(meta.vocab);
        // A file holds its weights and both moments, so sizes beyond it need no memory to be refused.
        let fits = |parameters: u64| parameters == meta.parameters && parameters <= bytes.len() as u64 / 12;
        if model.problem().is_some() || !fits(model.parameters()) {
            return Err("its model cannot be built".into());
        }
        if meta.step > spec.steps || !(meta.lr > 0.0 && meta.lr <= 1.0) || !meta.seconds.is_finite() {
            return Err(foreign("its step or its learning rate is out of bounds".into()));
        }
        let layout = Layout::new(&model);
        let mut state = State { parameters: vec![0.0; layout.len], moment1: vec![0.0; layout.len], moment2: vec![0.0; layout.len] };
        let State { parameters, moment1, moment2 } = &mut state;
        for (prefix, words) in [("", parameters), ("moment1.", moment1), ("moment2.", moment2)] {
            for Tensor { name, range, .. } in &layout.tensors {
                let bytes = named.get(&format!("{prefix}{name}")).filter(|bytes| bytes.len() == 4 * range.len());
                let bytes = bytes.ok_or_else(|| format!("its tensor {prefix}{name} is missing or of another shape"))?;
                bytemuck::cast_slice_mut(&mut words[range.clone()]).copy_from_slice(bytes);
            }
        }
        let numbers = |name: &str| pod_collect_to_vec::<u8, f64>(named.get(name).copied().unwrap_or_default());
        let history = History {
            steps: numbers(STEPS).as_chunks().0.iter().map(step_of).collect(),
            validations: numbers(VALIDATIONS).as_chunks().0.iter().map(validation_of).collect(),
            samples: meta.samples.clone(),
        };
        let corpus = named.get(CORPUS).map(|bytes| Text::from_bytes(bytes)).transpose()?;
        Ok((Self { meta, spec, retired, model, history, tokenizer, state }, corpus))
    }
}

/// What the file says of its run that begins with `head`: at least [`head_len`] of its bytes.
pub fn read_meta(head: &[u8]) -> Option<Meta> {
    #[derive(Deserialize)]
    struct Header {
        __metadata__: HashMap<String, String>,
    }
    let header: Header = serde_json::from_str(from_utf8(head.get(8..head_len(head)?)?).ok()?).ok()?;
    serde_json::from_str(header.__metadata__.get(RUN)?).ok()
}

/// Bytes of a safetensors file before its tensors, from the first eight. A file that was not finished has none.
pub fn head_len(head: &[u8]) -> Option<usize> {
    let len = u64::from_le_bytes(head.get(..8)?.try_into().ok()?);
    usize::try_from(len).ok().filter(|&len| len > 0)?.checked_add(8)
}

impl Meta {
    /// The entry for lists.
    pub fn kept(&self) -> KeptRun {
        let Self { step, steps, parameters, bits_per_byte, saved, .. } = *self;
        KeptRun { run: self.run.clone(), text: self.text_name.clone(), step, steps, parameters, bits_per_byte, saved }
    }
}

fn step_row(metrics: &StepMetrics) -> [f64; 6] {
    let StepMetrics { step, tokens, bits_per_byte, gradient_norm, lr, seconds } = *metrics;
    [step.into(), tokens as f64, bits_per_byte.into(), gradient_norm.into(), lr.into(), seconds.into()]
}

fn step_of(&[step, tokens, bits_per_byte, gradient_norm, lr, seconds]: &[f64; 6]) -> StepMetrics {
    let [bits_per_byte, gradient_norm, lr, seconds] = [bits_per_byte, gradient_norm, lr, seconds].map(|x| x as f32);
    StepMetrics { step: step as u32, tokens: tokens as u64, bits_per_byte, gradient_norm, lr, seconds }
}

fn validation_row(validation: &Validation) -> [f64; 4] {
    let Validation { step, tokens, bits_per_byte, seconds } = *validation;
    [step.into(), tokens as f64, bits_per_byte.into(), seconds.into()]
}

fn validation_of(&[step, tokens, bits_per_byte, seconds]: &[f64; 4]) -> Validation {
    Validation { step: step as u32, tokens: tokens as u64, bits_per_byte: bits_per_byte as f32, seconds: seconds as f32 }
}

/// Over the metadata, and the tensors in the order of their names.
fn checksum<'a>(texts: &[String], tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hasher = CRC.digest();
    texts.iter().for_each(|text| hasher.update(text.as_bytes()));
    for (name, bytes) in tensors {
        hasher.update(name.as_bytes());
        hasher.update(bytes);
    }
    format!("{:08x}", hasher.finalize())
}

/// A tensor for writing.
pub(super) struct Raw<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Raw<'a> {
    pub fn words(shape: &[usize], words: &'a [f32]) -> Self {
        Self { dtype: Dtype::F32, shape: shape.to_vec(), bytes: cast_slice(words).into() }
    }

    /// The same in half precision.
    pub fn halves(shape: &[usize], words: &[f32]) -> Self {
        let bytes: Vec<u8> = words.iter().flat_map(|word| f16::from_f32(*word).to_le_bytes()).collect();
        Self { dtype: Dtype::F16, shape: shape.to_vec(), bytes: bytes.into() }
    }
}

/// A safetensors file in parts, one after the other: the tensors are where they were, so that no block of memory is as large as
/// the file.
pub(super) fn parts<'a>(tensors: &BTreeMap<String, Raw<'a>>, metadata: &[(&str, &str)]) -> Vec<Cow<'a, [u8]>> {
    let (mut infos, mut parts, mut end) = (Vec::new(), vec![Cow::default()], 0);
    // What needs the most alignment comes first.
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::U8] {
        for (name, raw) in tensors.iter().filter(|(_, raw)| raw.dtype == dtype) {
            let start = end;
            end += raw.bytes.len();
            infos.push((name.clone(), TensorInfo { dtype, shape: raw.shape.clone(), data_offsets: (start, end) }));
            parts.push(raw.bytes.clone());
        }
    }
    let metadata = metadata.iter().map(|(key, text)| (key.to_string(), text.to_string())).collect();
    // Fails only where a tensor is not of its shape.
    let header = Metadata::new(Some(metadata), infos).ok().and_then(|header| serde_json::to_string(&header).ok()).unwrap_or_default();
    let len = header.len().next_multiple_of(8);
    let mut head = [&(len as u64).to_le_bytes(), header.as_bytes()].concat();
    head.resize(8 + len, b' ');
    parts[0] = head.into();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    fn checkpoint() -> Checkpoint {
        let spec = RunSpec { depth: 1, vocab: 264, width: Some(8), heads: Some(1), ffn: Some(8), ..RunSpec::default() };
        let model = spec.model(spec.vocab);
        let layout = Layout::new(&model);
        let mut state = State { parameters: layout.init(1), moment1: vec![0.0; layout.len], moment2: vec![0.0; layout.len] };
        for tensor in &layout.tensors {
            state.moment1[tensor.range.clone()].fill(0.5);
            state.moment2[tensor.range.clone()].fill(0.25);
        }
        let metrics = StepMetrics { step: 7, tokens: 1 << 40, bits_per_byte: 3.1, gradient_norm: 0.3, lr: 1e-3, seconds: 2.4 };
        let validation = Validation { step: 7, tokens: 1 << 40, bits_per_byte: 3.3, seconds: 2.5 };
        let meta = Meta {
            run: "run-1".into(),
            spec: url::in_full(&spec),
            vocab: spec.vocab,
            tokens: [1000, 100],
            step: 7,
            reading: [3, 5],
            steps: spec.steps,
            lr: 1e-3,
            seconds: 2.5,
            parameters: model.parameters(),
            bits_per_byte: Some(3.3),
            samples: vec![Sample { step: 1, text: "A text".into() }],
            text: 9,
            text_name: "A text".into(),
            saved: 1e12,
        };
        let history = History { steps: vec![metrics], validations: vec![validation], samples: meta.samples.clone() };
        Checkpoint { meta, spec, retired: Vec::new(), model, history, tokenizer: "{}".into(), state }
    }

    fn bytes_of(Checkpoint { meta, model, history, tokenizer, state, .. }: &Checkpoint) -> Vec<u8> {
        Snapshot { meta: meta.clone(), model, history, tokenizer: tokenizer.clone(), state }.parts(None).concat()
    }

    #[test]
    fn a_checkpoint_gives_back_what_it_was_given() {
        let checkpoint = checkpoint();
        let bytes = bytes_of(&checkpoint);
        let (read, text) = Checkpoint::from_bytes(&bytes).expect("a checkpoint");
        assert_eq!(read, checkpoint);
        assert!(text.is_none());
        let head = head_len(&bytes).expect("a head");
        assert_eq!(read_meta(&bytes[..head]), Some(checkpoint.meta));
    }

    #[test]
    fn a_setting_too_many_or_too_few_makes_no_checkpoint_unreadable() {
        let mut checkpoint = checkpoint();
        let spec = checkpoint.meta.spec.split('&').filter(|pair| !pair.starts_with("clip="));
        checkpoint.meta.spec = ["colour=red"].into_iter().chain(spec).collect::<Vec<_>>().join("&");
        let (read, _) = Checkpoint::from_bytes(&bytes_of(&checkpoint)).expect("a checkpoint");
        assert_eq!((&read.spec, read.retired), (&checkpoint.spec, vec!["colour".to_owned()]));
        checkpoint.meta.spec += "&clip=-1";
        let refused = Checkpoint::from_bytes(&bytes_of(&checkpoint)).err().expect("no clip that can be");
        assert!(refused.starts_with("it is of another version of this program (The address says clip=-1."), "{refused}");
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
