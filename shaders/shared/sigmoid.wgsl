// σ(z) = 1 / (1 + e⁻ᶻ); the exponent is held where its exponential is finite, which no f32 result shows.
fn sigmoid(z: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp(min(-z, vec4(87.0))));
}
