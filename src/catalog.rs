//! The catalog: the knobs and presets that the page, the URL, the runner and the tests iterate over.

use crate::platform;
use crate::spec::{Decay, Digits, ExecutorChoice, Mixture, RunSpec, TextChoice, TokenizerKind};

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
    Integer {
        least: u32,
        most: u32,
    },
    Number {
        least: f32,
        most: f32,
    },
    Choice(&'static [&'static str]),
    Switch,
    /// A whole number from 0 to 99 for each, not all 0.
    Shares(&'static [&'static str]),
}

/// One setting of a [`RunSpec`].
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// The field's name in the spec, and the key in the URL.
    pub key: &'static str,
    pub label: &'static str,
    /// One plain sentence on what it does.
    #[cfg(feature = "page")]
    pub help: &'static str,
    /// The unit shown beside the value, or nothing.
    pub unit: &'static str,
    pub group: Group,
    pub range: Range,
    /// Whether it stands among the first few; the others are behind "more".
    pub prominent: bool,
    /// Whether it may be left to follow from `depth`.
    pub derived: bool,
    get: fn(&RunSpec) -> Value,
    put: fn(&mut RunSpec, Value),
}

/// What a knob stands at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Left to follow from `depth`.
    Derived,
    Integer(u32),
    Number(f32),
    /// The place among the choices.
    Choice(usize),
    Switch(bool),
    Shares(Mixture),
}

macro_rules! knob {
    ($field:ident, $label:literal, $help:literal, $unit:literal, $group:ident, $range:expr $(,)?) => {
        Knob {
            key: stringify!($field),
            label: $label,
            #[cfg(feature = "page")]
            help: $help,
            unit: $unit,
            group: $group,
            range: $range,
            prominent: false,
            derived: false,
            get: |spec| spec.$field.get(),
            put: |spec, value| spec.$field.put(value),
        }
    };
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

/// The genres of the built-in world, in the order of `world::GENRES`.
pub const GENRES: &[&str] = &["stories", "sentences", "sums", "entries", "quizzes", "threads", "recipes", "letters", "chats", "usage"];

/// Every field of [`RunSpec`], once.
pub const KNOBS: &[Knob] = &[
    knob!(
        text,
        "Text",
        "What the model reads: the built-in text, yours, or the built-in world told without end.",
        "",
        Text,
        Range::Choice(&["starter", "own", "world"]),
    ),
    knob!(mixture, "Mixture", "How many documents of each kind the endless world tells.", "", Text, Range::Shares(GENRES)),
    knob!(held_out, "Held out", "The share of the text kept for testing, which the model never trains on.", "", Text, number(0.01, 0.5)),
    knob!(
        tokenizer,
        "Tokens",
        "What the model reads at a time: pieces of words, single characters, or bytes.",
        "",
        Text,
        Range::Choice(&["bpe", "chars", "bytes"]),
    )
    .prominent(),
    knob!(vocab, "Vocabulary", "How many different pieces the text is cut into.", "tokens", Text, integer(264, 16_384)).prominent(),
    knob!(
        digits,
        "Digits",
        "Whether each digit is a token of its own, which is better for sums, or numbers are cut like words.",
        "",
        Text,
        Range::Choice(&["single", "grouped"]),
    ),
    knob!(depth, "Depth", "The one dial for size: more layers, each of them wider.", "layers", Model, integer(1, 24)).prominent(),
    knob!(width, "Width", "How many numbers carry each token's meaning.", "channels", Model, integer(8, 2048)).derived(),
    knob!(heads, "Heads", "How many places each layer can look to at once.", "heads", Model, integer(1, 64)).derived(),
    knob!(kv_heads, "Key/value heads", "Fewer than heads lets heads share what they look at.", "heads", Model, integer(1, 64)).derived(),
    knob!(ffn, "Feed-forward width", "The room for thought inside each layer.", "channels", Model, integer(8, 8192)).derived(),
    knob!(context, "Context", "How far back the model can see.", "tokens", Model, integer(8, 2048)).derived(),
    knob!(tied, "Tied embeddings", "Use one table both to read tokens and to predict them.", "", Model, Range::Switch),
    knob!(
        recompute,
        "Gradient checkpointing",
        "Compute each layer twice instead of remembering it: slower, but a larger model fits.",
        "",
        Training,
        Range::Switch,
    ),
    knob!(batch, "Batch", "Sequences read side by side.", "sequences", Training, integer(1, 256)),
    knob!(accumulation, "Accumulation", "Batches added up before each update.", "batches", Training, integer(1, 64)),
    knob!(steps, "Steps", "How many updates the run makes.", "steps", Training, integer(1, 1_000_000)).prominent(),
    knob!(lr, "Learning rate", "How large each update is at its peak.", "", Training, number(1e-6, 1.0)).prominent(),
    knob!(warmup, "Warm-up", "Updates over which the learning rate rises to its peak.", "steps", Training, integer(0, 100_000)),
    knob!(decay, "Decay", "How the learning rate falls afterwards.", "", Training, Range::Choice(&["cosine", "linear", "constant"])),
    knob!(final_lr, "Final rate", "The learning rate at the end, as a share of the peak.", "", Training, number(0.0, 1.0)),
    knob!(beta1, "AdamW β₁", "How long the average of the gradient remembers.", "", Training, number(0.0, 0.9999)),
    knob!(beta2, "AdamW β₂", "How long the average of its square remembers.", "", Training, number(0.0, 0.99999)),
    knob!(epsilon, "AdamW ε", "Keeps the update finite where the gradient vanishes.", "", Training, number(1e-12, 1e-2)),
    knob!(weight_decay, "Weight decay", "How strongly weights are pulled towards zero.", "", Training, number(0.0, 1.0)),
    knob!(clip, "Gradient clip", "The longest gradient an update may follow; 0 for any.", "", Training, number(0.0, 1000.0)),
    knob!(validate_every, "Validate every", "Updates between two tests on the held-out text.", "steps", Training, integer(1, 100_000)),
    knob!(seed, "Seed", "The same seed gives the same run.", "", Training, integer(0, u32::MAX)),
    knob!(
        executor,
        "Runs on",
        "The graphics processor, the main processor, or whichever suits this device.",
        "",
        Training,
        Range::Choice(&["auto", "gpu", "cpu"]),
    )
    .prominent(),
    knob!(
        threads,
        "Threads",
        "How many workers share each batch on the main processor; 0 for as many as suit this device.",
        "",
        Training,
        integer(0, 16),
    ),
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
    /// `spec` with this preset's size; the visitor's text, kind of tokens, seed, executor and threads stay.
    pub fn apply(&self, spec: &RunSpec) -> RunSpec {
        let RunSpec { text, held_out, tokenizer, digits, seed, executor, threads, .. } = *spec;
        let Self { depth, vocab, steps, lr, .. } = *self;
        RunSpec { text, held_out, tokenizer, digits, seed, executor, threads, depth, vocab, steps, lr, ..RunSpec::default() }
    }
}

impl Knob {
    /// `text` as a value of this knob, or what it must be instead: one sentence.
    /// An empty text leaves a derived knob to follow from `depth`.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        let value = match self.range {
            _ if self.derived && text.is_empty() => Some(Value::Derived),
            Range::Integer { least, most } => text.parse().ok().filter(|n| (least..=most).contains(n)).map(Value::Integer),
            Range::Number { least, most } => platform::number(text).filter(|x| (least..=most).contains(x)).map(Value::Number),
            Range::Choice(choices) => choices.iter().position(|choice| *choice == text).map(Value::Choice),
            Range::Switch => match text {
                "true" | "on" | "1" => Some(Value::Switch(true)),
                "false" | "off" | "0" => Some(Value::Switch(false)),
                _ => None,
            },
            Range::Shares(names) => shares(text, names.len()).map(Value::Shares),
        };
        value.ok_or_else(|| self.must_be())
    }

    /// Whether a spec that came from elsewhere stays within the range, or what it must be: one sentence.
    pub fn check(&self, spec: &RunSpec) -> Result<(), String> {
        let inside = match (self.range, (self.get)(spec)) {
            (Range::Integer { least, most }, Value::Integer(n)) => (least..=most).contains(&n),
            (Range::Number { least, most }, Value::Number(x)) => (least..=most).contains(&x),
            (Range::Shares(_), Value::Shares(Mixture(shares))) => is_mixture(&shares),
            _ => true,
        };
        if inside { Ok(()) } else { Err(self.must_be()) }
    }

    /// What [`Knob::parse`] accepts, in words.
    fn must_be(&self) -> String {
        let (label, space) = (self.label, if self.unit.is_empty() { "" } else { " " });
        match self.range {
            Range::Integer { least, most } => format!("{label} must be a whole number from {least} to {most}{space}{}.", self.unit),
            Range::Number { least, most } => {
                let [least, most] = [least, most].map(platform::digits);
                format!("{label} must be a number from {least} to {most}{space}{}.", self.unit)
            }
            Range::Choice(choices) => format!("{label} must be one of {}.", choices.join(", ")),
            Range::Switch => format!("{label} must be on or off."),
            Range::Shares(names) => {
                format!(
                    "{label} must be {} whole numbers from 0 to 99 with points between, not all 0: one each for {}.",
                    names.len(),
                    names.join(", ")
                )
            }
        }
    }

    /// This knob's value in `spec`, as [`Knob::parse`] reads it; empty where it follows from `depth`.
    pub fn show(&self, spec: &RunSpec) -> String {
        match ((self.get)(spec), self.range) {
            (Value::Integer(n), _) => n.to_string(),
            (Value::Number(x), _) => platform::digits(x),
            (Value::Switch(on), _) => on.to_string(),
            (Value::Choice(place), Range::Choice(choices)) => choices[place].to_owned(),
            (Value::Shares(Mixture(shares)), _) => shares.map(|share| share.to_string()).join("."),
            _ => String::new(),
        }
    }

    /// Sets this knob in `spec`, whether or not a model of that shape can be built.
    pub fn put(&self, spec: &mut RunSpec, value: Value) {
        (self.put)(spec, value);
    }

    /// `spec` with this knob set to `text`, or why that cannot be: one sentence.
    pub fn set(&self, spec: &RunSpec, text: &str) -> Result<RunSpec, String> {
        let mut changed = spec.clone();
        self.put(&mut changed, self.parse(text)?);
        match changed.model(changed.vocab).problem() {
            Some((_, problem)) => Err(problem),
            None => Ok(changed),
        }
    }
}

/// Shares as `3.17.0`, so many of them.
fn shares(text: &str, count: usize) -> Option<Mixture> {
    let shares: Vec<u8> = text.split('.').map(|share| share.parse().ok()).collect::<Option<_>>()?;
    let shares = shares.try_into().ok().filter(|shares: &[u8; 10]| shares.len() == count && is_mixture(shares))?;
    Some(Mixture(shares))
}

fn is_mixture(shares: &[u8]) -> bool {
    shares.iter().all(|share| *share < 100) && shares.iter().any(|share| *share > 0)
}

/// A field of the spec, to and from a knob's value; a value of another kind changes nothing.
trait Field {
    fn get(&self) -> Value;
    fn put(&mut self, value: Value);
}

macro_rules! field {
    ($type:ty, $kind:ident) => {
        impl Field for $type {
            fn get(&self) -> Value {
                Value::$kind(*self)
            }

            fn put(&mut self, value: Value) {
                if let Value::$kind(value) = value {
                    *self = value;
                }
            }
        }
    };
}

field!(u32, Integer);
field!(f32, Number);
field!(bool, Switch);
field!(Mixture, Shares);

impl Field for Option<u32> {
    fn get(&self) -> Value {
        self.map_or(Value::Derived, Value::Integer)
    }

    fn put(&mut self, value: Value) {
        match value {
            Value::Derived => *self = None,
            Value::Integer(n) => *self = Some(n),
            _ => {}
        }
    }
}

/// The choices of an enum in the order of their declaration, which is that of their names in [`KNOBS`].
macro_rules! choices {
    ($type:ident: $($choice:ident),+) => {
        impl Field for $type {
            fn get(&self) -> Value {
                Value::Choice(*self as usize)
            }

            fn put(&mut self, value: Value) {
                if let Value::Choice(place) = value {
                    *self = [$(Self::$choice),+][place];
                }
            }
        }
    };
}

choices!(TextChoice: Starter, Own, World);
choices!(TokenizerKind: Bpe, Chars, Bytes);
choices!(Digits: Single, Grouped);
choices!(Decay: Cosine, Linear, Constant);
choices!(ExecutorChoice: Auto, Gpu, Cpu);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_knob_and_every_default_is_accepted() {
        let spec = RunSpec::default();
        let fields = serde_json::to_value(&spec).unwrap();
        assert_eq!(fields.as_object().unwrap().len(), KNOBS.len());
        for knob in KNOBS {
            assert!(fields.get(knob.key).is_some(), "{} is not a field", knob.key);
            assert_eq!(knob.set(&spec, &knob.show(&spec)), Ok(spec.clone()), "{}", knob.key);
        }
    }

    #[test]
    fn choices_have_the_names_that_json_gives_them() {
        for knob in KNOBS {
            let Range::Choice(choices) = knob.range else { continue };
            for choice in choices {
                let spec = knob.set(&RunSpec::default(), choice).unwrap();
                assert_eq!(serde_json::to_value(&spec).unwrap()[knob.key], *choice);
                assert_eq!(knob.show(&spec), *choice);
            }
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
