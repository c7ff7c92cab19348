//! The catalog: the knobs and presets that the page, the URL, the runner and the tests iterate over.

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
