//! The whole model against PyTorch: logits, loss, every gradient, and ten AdamW steps, on each executor.
//!
//! The numbers come from Transformers' `LlamaForCausalLM` in double precision (`golden/llama.py`).

use bytemuck::{Pod, pod_collect_to_vec};
use safetensors::SafeTensors;
use seven_steps::engine::cpu::Cpu;
use seven_steps::engine::device::Device;
use seven_steps::engine::gpu::Gpu;
use seven_steps::engine::program::StepParams;
use seven_steps::nn::layout::Tensor;
use seven_steps::nn::model::{Batch, Model, State};
use seven_steps::spec::ModelConfig;

/// Greatest difference allowed in a tensor, relative to its greatest magnitude.
const TOLERANCE: f32 = 1e-4;

struct Golden {
    bytes: &'static [u8],
    settings: serde_json::Value,
}

impl Golden {
    fn new(bytes: &'static [u8]) -> Self {
        let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
        let settings = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["golden"]).unwrap();
        Self { bytes, settings }
    }

    fn tensor<T: Pod>(&self, name: &str) -> Vec<T> {
        pod_collect_to_vec(SafeTensors::deserialize(self.bytes).unwrap().tensor(name).unwrap().data())
    }

    /// B and T.
    fn shape(&self) -> [u32; 2] {
        let tensors = SafeTensors::deserialize(self.bytes).unwrap();
        [0, 1].map(|axis| tensors.tensor("ids").unwrap().shape()[axis] as u32)
    }

    fn config(&self) -> ModelConfig {
        let number = |key: &str| self.settings["config"][key].as_f64().unwrap_or_else(|| panic!("the golden config lacks {key}"));
        let [vocab, width, layers, heads, kv_heads, ffn] =
            ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size"]
                .map(|key| number(key) as u32);
        ModelConfig {
            vocab,
            width,
            layers,
            heads,
            kv_heads,
            ffn,
            context: self.shape()[1],
            recompute: false,
            tied: self.settings["config"]["tie_word_embeddings"].as_bool().unwrap(),
            rope_theta: number("rope_theta") as f32,
            norm_eps: number("rms_norm_eps") as f32,
        }
    }

    fn batch(&self) -> Batch {
        Batch { ids: self.tensor("ids"), targets: self.tensor("targets"), weights: self.tensor("weights") }
    }

    fn step(&self, step: u32) -> StepParams {
        let optimizer = &self.settings["optimizer"];
        let number = |key: &str| optimizer[key].as_f64().unwrap_or_else(|| panic!("the golden optimizer lacks {key}")) as f32;
        StepParams {
            lr: number("lr"),
            beta1: optimizer["betas"][0].as_f64().unwrap() as f32,
            beta2: optimizer["betas"][1].as_f64().unwrap() as f32,
            epsilon: number("eps"),
            weight_decay: number("weight_decay"),
            clip: number("clip"),
            step,
            ..StepParams::default()
        }
    }
}

fn relative_error(ours: &[f32], golden: &[f32]) -> f32 {
    assert_eq!(ours.len(), golden.len());
    let scale = golden.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let difference = ours.iter().zip(golden).map(|(a, b)| (a - b).abs());
    assert!(ours.iter().all(|x| x.is_finite()));
    difference.fold(0.0, f32::max) / scale
}

/// Asserts that what lies at each tensor's place is what the golden file has under `prefix` and its name; the greatest error.
fn compare(tensors: &[Tensor], ours: &[f32], golden: &Golden, prefix: &str) -> f32 {
    let errors = tensors.iter().map(|tensor| {
        let name = format!("{prefix}{}", tensor.name);
        let error = relative_error(&ours[tensor.range.clone()], &golden.tensor::<f32>(&name));
        assert!(error < TOLERANCE, "{name}: relative error {error:e}");
        error
    });
    errors.fold(0.0, f32::max)
}

async fn agrees(device: Device, golden: &Golden) {
    let mut model = Model::new(device, golden.config(), golden.shape()[0]).await.unwrap();
    let mut state =
        State { parameters: vec![0.0; model.layout.len], moment1: vec![0.0; model.layout.len], moment2: vec![0.0; model.layout.len] };
    for tensor in &model.layout.tensors {
        state.parameters[tensor.range.clone()].copy_from_slice(&golden.tensor::<f32>(&tensor.name));
    }
    model.set_state(&state);
    let batch = golden.batch();

    let mut logits = Vec::new();
    for sequence in batch.ids.chunks(model.config.context as usize) {
        for (position, &token) in sequence.iter().enumerate() {
            let step = StepParams { position: position as u32, ..StepParams::default() };
            logits.extend(model.decode(token, &step).await.unwrap().logits);
        }
    }
    let logits = relative_error(&logits, &golden.tensor("logits"));
    assert!(logits < TOLERANCE, "logits, decoded through the cache: relative error {logits:e}");

    let weighted = |losses: &[f32]| losses.iter().zip(&batch.weights).map(|(loss, weight)| loss * weight).sum::<f32>();
    let loss = relative_error(&[weighted(&model.losses(&batch).await.unwrap())], &golden.tensor("loss"));
    assert!(loss < TOLERANCE, "loss: relative error {loss:e}");

    model.accumulate(&batch).await.unwrap();
    let gradients = model.gradients().await.unwrap();
    let gradient = compare(&model.layout.tensors, &gradients, golden, "grad.");

    model.update(&golden.step(1)).await.unwrap();
    for step in 2..=10 {
        model.accumulate(&batch).await.unwrap();
        model.update(&golden.step(step)).await.unwrap();
    }
    let trained = model.state().await.unwrap().parameters;
    let after = compare(&model.layout.tensors, &trained, golden, "after.");
    let (losses, norms): (Vec<f32>, Vec<f32>) =
        model.results(1, 10).await.unwrap().into_iter().map(|result| (result.loss, result.gradient_norm)).unzip();
    let losses = relative_error(&losses, &golden.tensor("step.losses"));
    let norms = relative_error(&norms, &golden.tensor("step.norms"));
    assert!(losses < TOLERANCE && norms < TOLERANCE, "losses {losses:e}, norms {norms:e}");
    println!(
        "{:?}: relative error of logits {logits:.1e}, loss {loss:.1e}, gradients {gradient:.1e}; after ten steps of weights {after:.1e}, \
         losses {losses:.1e}, norms {norms:.1e}",
        model.device.kind()
    );
}

fn goldens() -> [Golden; 2] {
    [Golden::new(include_bytes!("golden/llama_tied.safetensors")), Golden::new(include_bytes!("golden/llama_untied.safetensors"))]
}

#[test]
fn the_cpu_agrees_with_pytorch() {
    for golden in goldens() {
        pollster::block_on(agrees(Device::Cpu(Cpu::default()), &golden));
    }
}

#[test]
fn the_gpu_agrees_with_pytorch() {
    for golden in goldens() {
        let gpu = pollster::block_on(Gpu::new());
        let gpu = gpu.unwrap_or_else(|error| panic!("{error} This test needs Vulkan: install mesa-vulkan-drivers."));
        pollster::block_on(agrees(Device::Gpu(gpu), &golden));
    }
}
