//! The catalog: the knobs and presets that the page, the URL, the runner and the tests iterate over.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::spec::RunSpec;

/// Where the page shows a knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Text,
    Model,
    Training,
}

/// What a knob can be set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    Integer { least: u32, most: u32 },
    Number { least: f32, most: f32 },
    Choice(&'static [&'static str]),
    Switch,
}

/// One setting of a [`RunSpec`].
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// The field's name in the spec, and the key in the URL.
    pub key: &'static str,
    pub label: &'static str,
    /// One plain sentence on what it does.
    pub help: &'static str,
    /// The unit shown beside the value, or nothing.
    pub unit: &'static str,
    pub group: Group,
    pub range: Range,
    /// Whether it stands among the first few; the others are behind "more".
    pub prominent: bool,
    /// Whether it may be left to follow from `depth`.
    pub derived: bool,
}

const fn knob(key: &'static str, label: &'static str, help: &'static str, unit: &'static str, group: Group, range: Range) -> Knob {
    Knob { key, label, help, unit, group, range, prominent: false, derived: false }
}

impl Knob {
    const fn prominent(self) -> Self {
        Self { prominent: true, ..self }
    }

    const fn derived(self) -> Self {
        Self { derived: true, ..self }
    }
}

const fn integer(least: u32, most: u32) -> Range {
    Range::Integer { least, most }
}

const fn number(least: f32, most: f32) -> Range {
    Range::Number { least, most }
}

use Group::{Model, Text, Training};

/// Every field of [`RunSpec`], once.
pub const KNOBS: &[Knob] = &[
    knob("text", "Text", "What the model reads: the built-in text, or yours.", "", Text, Range::Choice(&["starter", "own"])),
    knob("held_out", "Held out", "The share of the text kept for testing, which the model never trains on.", "", Text, number(0.01, 0.5)),
    knob(
        "tokenizer",
        "Tokens",
        "What the model reads at a time: pieces of words, single characters, or bytes.",
        "",
        Text,
        Range::Choice(&["bpe", "chars", "bytes"]),
    )
    .prominent(),
    knob("vocab", "Vocabulary", "How many different pieces the text is cut into.", "tokens", Text, integer(257, 16_384)).prominent(),
    knob("depth", "Depth", "The one dial for size: more layers, each of them wider.", "layers", Model, integer(1, 24)).prominent(),
    knob("width", "Width", "How many numbers carry each token's meaning.", "channels", Model, integer(8, 2048)).derived(),
    knob("heads", "Heads", "How many places each layer looks at once.", "heads", Model, integer(1, 64)).derived(),
    knob("kv_heads", "Key/value heads", "Fewer than heads lets heads share what they look at.", "heads", Model, integer(1, 64)).derived(),
    knob("ffn", "Feed-forward width", "The room for thought inside each layer.", "channels", Model, integer(8, 8192)).derived(),
    knob("context", "Context", "How far back the model can see.", "tokens", Model, integer(8, 2048)).derived(),
    knob("tied", "Tied embeddings", "Use one table both to read tokens and to predict them.", "", Model, Range::Switch),
    knob("batch", "Batch", "Sequences read side by side.", "sequences", Training, integer(1, 256)),
    knob("accumulation", "Accumulation", "Batches added up before each update.", "batches", Training, integer(1, 64)),
    knob("steps", "Steps", "How many updates the run makes.", "steps", Training, integer(1, 1_000_000)).prominent(),
    knob("lr", "Learning rate", "How large each update is at its peak.", "", Training, number(1e-6, 1.0)).prominent(),
    knob("warmup", "Warm-up", "Updates over which the learning rate rises to its peak.", "steps", Training, integer(0, 100_000)),
    knob("decay", "Decay", "How the learning rate falls afterwards.", "", Training, Range::Choice(&["cosine", "linear", "constant"])),
    knob("final_lr", "Final rate", "The learning rate at the end, as a share of the peak.", "", Training, number(0.0, 1.0)),
    knob("beta1", "AdamW β₁", "How long the average of the gradient remembers.", "", Training, number(0.0, 0.9999)),
    knob("beta2", "AdamW β₂", "How long the average of its square remembers.", "", Training, number(0.0, 0.99999)),
    knob("epsilon", "AdamW ε", "Keeps the update finite where the gradient vanishes.", "", Training, number(1e-12, 1e-2)),
    knob("weight_decay", "Weight decay", "How strongly weights are pulled towards zero.", "", Training, number(0.0, 1.0)),
    knob("clip", "Gradient clip", "The longest gradient an update may follow; 0 for any.", "", Training, number(0.0, 1000.0)),
    knob("validate_every", "Validate every", "Updates between two tests on the held-out text.", "steps", Training, integer(1, 100_000)),
    knob("seed", "Seed", "The same seed gives the same run.", "", Training, integer(0, u32::MAX)),
    knob(
        "executor",
        "Runs on",
        "The graphics processor, the main processor, or whichever suits this device.",
        "",
        Training,
        Range::Choice(&["auto", "gpu", "cpu"]),
    )
    .prominent(),
];

/// A starting point, named by what it costs.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub key: &'static str,
    pub label: &'static str,
    pub depth: u32,
    pub vocab: u32,
    pub steps: u32,
    pub lr: f32,
}

/// From a quick look to an overnight run: about 0.2, 1, 5 and 20 million parameters.
pub const PRESETS: &[Preset] = &[
    Preset { key: "tiny", label: "A quick look", depth: 2, vocab: 1024, steps: 1000, lr: 4e-3 },
    Preset { key: "small", label: "A coffee break", depth: 4, vocab: 1024, steps: 1000, lr: 2e-3 },
    Preset { key: "medium", label: "An evening", depth: 7, vocab: 2048, steps: 3000, lr: 1e-3 },
    Preset { key: "large", label: "A night, on a good graphics processor", depth: 12, vocab: 4096, steps: 6000, lr: 6e-4 },
];

impl Preset {
    /// `spec` with this preset's size; the visitor's text, seed and executor stay.
    pub fn apply(&self, spec: &RunSpec) -> RunSpec {
        let RunSpec { text, held_out, tokenizer, seed, executor, .. } = *spec;
        let Self { depth, vocab, steps, lr, .. } = *self;
        RunSpec { text, held_out, tokenizer, seed, executor, depth, vocab, steps, lr, ..RunSpec::default() }
    }
}

impl Knob {
    /// `text` as this knob's value in a spec's JSON, or what it must be instead: one sentence.
    /// An empty text leaves a derived knob to follow from `depth`.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        let value = match self.range {
            _ if self.derived && text.is_empty() => Some(Value::Null),
            Range::Integer { least, most } => text.parse().ok().filter(|n| (least..=most).contains(n)).map(Value::from),
            // JSON reads the digits as written, so that 0.002 stays 0.002 and does not become the nearest f32 in f64's digits.
            Range::Number { least, most } => {
                let inside = text.parse().is_ok_and(|x: f32| (least..=most).contains(&x));
                text.parse().ok().filter(|x: &f64| inside && x.is_finite()).map(Value::from)
            }
            Range::Choice(choices) => choices.contains(&text).then(|| Value::from(text)),
            Range::Switch => match text {
                "true" | "on" | "1" => Some(Value::Bool(true)),
                "false" | "off" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
        };
        value.ok_or_else(|| format!("{} must be {}.", self.label, self.expected()))
    }

    /// What [`Knob::parse`] accepts, in words.
    fn expected(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        match self.range {
            Range::Integer { least, most } => format!("a whole number from {least} to {most}{unit}"),
            Range::Number { least, most } => format!("a number from {} to {}{unit}", digits(&least), digits(&most)),
            Range::Choice(choices) => format!("one of {}", choices.join(", ")),
            Range::Switch => "on or off".into(),
        }
    }

    /// This knob's value in `spec`, as [`Knob::parse`] reads it; empty where it follows from `depth`.
    pub fn show(&self, spec: &RunSpec) -> String {
        match fields(spec).get(self.key) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => digits(value),
        }
    }

    /// `spec` with this knob set to `text`, or why that cannot be: one sentence.
    pub fn set(&self, spec: &RunSpec, text: &str) -> Result<RunSpec, String> {
        let mut fields = fields(spec);
        fields.insert(self.key.into(), self.parse(text)?);
        let spec: RunSpec = serde_json::from_value(Value::Object(fields)).map_err(|e| format!("{}: {e}.", self.label))?;
        match spec.model(spec.vocab).problem() {
            Some((_, problem)) => Err(problem),
            None => Ok(spec),
        }
    }
}

/// The spec's JSON object. By way of text, which keeps the shortest digits of each f32.
fn fields(spec: &RunSpec) -> Map<String, Value> {
    serde_json::from_str(&json(spec)).unwrap_or_default()
}

/// A number without the `.0` that JSON gives to whole ones.
fn digits(number: &impl Serialize) -> String {
    let digits = json(number);
    digits.strip_suffix(".0").map(String::from).unwrap_or(digits)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_knob_and_every_default_is_accepted() {
        let spec = RunSpec::default();
        let fields = fields(&spec);
        assert_eq!(fields.len(), KNOBS.len());
        for knob in KNOBS {
            assert!(fields.contains_key(knob.key), "{} is not a field", knob.key);
            assert_eq!(knob.set(&spec, &knob.show(&spec)), Ok(spec.clone()), "{}", knob.key);
        }
    }

    #[test]
    fn bad_values_are_refused_with_a_sentence() {
        let knob = |key| KNOBS.iter().find(|k| k.key == key).expect("a knob");
        let spec = RunSpec::default();
        for (key, text, sentence) in [
            ("depth", "99", "Depth must be a whole number from 1 to 24 layers."),
            ("depth", "", "Depth must be a whole number from 1 to 24 layers."),
            ("lr", "NaN", "Learning rate must be a number from 0.000001 to 1."),
            ("lr", "-inf", "Learning rate must be a number from 0.000001 to 1."),
            ("decay", "steep", "Decay must be one of cosine, linear, constant."),
            ("tied", "maybe", "Tied embeddings must be on or off."),
            ("heads", "7", "7 heads do not divide a width of 128: choose a divisor of 128."),
        ] {
            assert_eq!(knob(key).set(&spec, text), Err(sentence.to_string()));
        }
    }

    #[test]
    fn presets_are_models_of_the_sizes_they_name() {
        for (preset, millions) in PRESETS.iter().zip([0.2, 1.0, 5.0, 20.0]) {
            let spec = preset.apply(&RunSpec::default());
            let model = spec.model(spec.vocab);
            assert_eq!(model.problem(), None);
            let ratio = model.parameters() as f64 / (millions * 1e6);
            assert!((0.6..1.4).contains(&ratio), "{}: {} parameters", preset.key, model.parameters());
        }
    }
}
