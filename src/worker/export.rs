//! Files to take away.

use std::collections::BTreeMap;

use safetensors::Dtype;
use serde_json::json;

use super::checkpoint::Raw;
use crate::nn::layout::Layout;
use crate::protocol::History;
use crate::spec::{ModelConfig, RunSpec};
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
    let tensors: BTreeMap<&str, Raw> = layout
        .tensors
        .iter()
        .map(|tensor| {
            let bytes = bytemuck::cast_slice(&parameters[tensor.range.clone()]);
            (tensor.name.as_str(), Raw { dtype: Dtype::F32, shape: tensor.shape.clone(), bytes })
        })
        .collect();
    let metadata = [("format".to_owned(), "pt".to_owned())].into_iter().collect();
    // Fails only where a name occurs twice or a tensor is not of its shape.
    let weights = safetensors::serialize(tensors, Some(metadata)).unwrap_or_default();
    let separator = tokenizer.separator();
    let piece = separator.map(|id| tokenizer.token_text(id));
    let tokenizer_config = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": piece,
        "eos_token": piece,
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

/// `config.json` as `LlamaConfig` reads it.
fn llama_config(config: &ModelConfig, separator: Option<u32>) -> String {
    // By way of text, so that 1e-5 stays 1e-5 and does not become the nearest f32 in f64's digits.
    let exact = |number: f32| number.to_string().parse::<f64>().unwrap_or_default();
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
    let steps = history.steps.iter().map(|step| serde_json::to_string(&BTreeMap::from([("step", step)])));
    let validations = history.validations.iter().map(|validation| serde_json::to_string(&BTreeMap::from([("validation", validation)])));
    let lines: Vec<String> = steps.chain(validations).flatten().collect();
    file("metrics.jsonl", "application/jsonl", lines.join("\n") + "\n")
}

pub fn spec(spec: &RunSpec) -> Export {
    file("spec.json", JSON, serde_json::to_string_pretty(spec).unwrap_or_default() + "\n")
}

fn file(name: &str, mime: &'static str, text: String) -> Export {
    Export { name: name.into(), mime, bytes: text.into_bytes() }
}
