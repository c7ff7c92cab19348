//! Files to take away.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::checkpoint::{Raw, parts};
use super::model_files::{CARD, Files, Opened, WEIGHTS};
use crate::nn::layout::{Layout, Tensor};
use crate::protocol::{History, StepMetrics, Validation};
use crate::spec::{ModelConfig, Roles, RunSpec};
use crate::text::Tokenizer;

/// A file's name, type and bytes.
pub struct Export {
    pub name: String,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

const JSON: &str = "application/json";
pub const BINARY: &str = "application/octet-stream";

/// The folder that Hugging Face's `LlamaForCausalLM` and `PreTrainedTokenizerFast` load. `parameters` are in the layout's order.
pub fn model(config: &ModelConfig, parameters: &[f32], tokenizer: &Tokenizer) -> [Export; 4] {
    let layout = Layout::new(config);
    let mut tensors = BTreeMap::new();
    for Tensor { name, shape, range } in &layout.tensors {
        tensors.insert(name.clone(), Raw::words(shape, &parameters[range.clone()]));
    }
    let weights = parts(&tensors, &[("format", "pt")]).concat();
    let separator = tokenizer.separator();
    let piece = separator.map(|id| tokenizer.token_text(id));
    let roles: Vec<String> = tokenizer.roles().iter().flat_map(Roles::ids).map(|id| tokenizer.token_text(id)).collect();
    let tokenizer_config = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": piece,
        "eos_token": piece,
        "additional_special_tokens": roles,
        "model_max_length": config.context,
        "clean_up_tokenization_spaces": false,
    });
    [
        file("config.json", JSON, llama_config(config, separator)),
        Export { name: "model.safetensors".into(), mime: BINARY, bytes: weights },
        self::tokenizer(tokenizer),
        file("tokenizer_config.json", JSON, format!("{tokenizer_config:#}\n")),
    ]
}

/// A model's card, and the folder that Hugging Face loads, with the weights that the card was written for.
pub fn folder(opened: &Opened) -> Vec<Export> {
    let Files { card, weights, .. } = opened.to_files();
    let mut files = vec![Export { name: CARD.into(), mime: JSON, bytes: card }];
    files.extend(model(&opened.card.config, &opened.parameters, &opened.tokenizer));
    files.iter_mut().filter(|file| file.name == WEIGHTS).for_each(|file| file.bytes.clone_from(&weights));
    files
}

/// `config.json` as `LlamaConfig` reads it.
fn llama_config(config: &ModelConfig, separator: Option<u32>) -> String {
    // In f64's digits the nearest f32 to 1e-5 would be 9.999999747378752e-6.
    let exact = |number: f32| (f64::from(number) * 1e9).round() / 1e9;
    let value = json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "vocab_size": config.vocab,
        "hidden_size": config.width,
        "intermediate_size": config.ffn,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim(),
        "max_position_embeddings": config.context,
        "rms_norm_eps": exact(config.norm_eps),
        "rope_theta": exact(config.rope_theta),
        "attention_bias": false,
        "mlp_bias": false,
        "tie_word_embeddings": config.tied,
        "initializer_range": 0.02,
        "bos_token_id": separator,
        "eos_token_id": separator,
        "torch_dtype": "float32",
    });
    format!("{value:#}\n")
}

pub fn tokenizer(tokenizer: &Tokenizer) -> Export {
    file("tokenizer.json", JSON, tokenizer.to_json())
}

/// One JSON object a line: `{"step": {…}}` for each step, `{"validation": {…}}` for each validation.
pub fn metrics(history: &History) -> Export {
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Line<'a> {
        Step(&'a StepMetrics),
        Validation(&'a Validation),
    }
    let lines = history.steps.iter().map(Line::Step).chain(history.validations.iter().map(Line::Validation));
    let lines: Vec<String> = lines.flat_map(|line| serde_json::to_string(&line)).collect();
    file("metrics.jsonl", "application/jsonl", lines.join("\n") + "\n")
}

pub fn spec(spec: &RunSpec) -> Export {
    file("spec.json", JSON, serde_json::to_string_pretty(spec).unwrap_or_default() + "\n")
}

fn file(name: &str, mime: &'static str, text: String) -> Export {
    Export { name: name.into(), mime, bytes: text.into_bytes() }
}
