// What changes from step to step: `StepParams` of src/engine/cpu/step.rs, then what the executor derives from it in double
// precision.
struct StepParams {
    lr: f32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    weight_decay: f32,
    clip: f32,
    step: u32,
    position: u32,
    seed: u32,
    temperature: f32,
    top_k: u32,
    top_p: f32,
    // 1 − beta1^step and 1 − beta2^step.
    correction1: f32,
    correction2: f32,
}
@group(0) @binding(1) var<uniform> params: StepParams;
