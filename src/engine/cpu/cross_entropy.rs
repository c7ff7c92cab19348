//! Softmax cross-entropy and its gradient, in place of the logits.

/// losses = −log softmax(logits)[target], in nats; with `gradient`, logits become weight · (softmax − onehot(target)).
/// `targets` [M] (`u32` bits, below V), `weights` [M], `logits` [M,V], `losses` [M].
pub fn cross_entropy(targets: &[f32], weights: &[f32], logits: &mut [f32], losses: &mut [f32], vocab: usize, gradient: bool) {
    for (((target, &weight), logits), loss) in targets.iter().zip(weights).zip(logits.chunks_exact_mut(vocab)).zip(losses) {
        let target = target.to_bits() as usize;
        let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|x| (x - greatest).exp()).sum();
        *loss = (greatest - logits[target]) + sum.ln();
        if gradient {
            for x in logits.iter_mut() {
                *x = weight * ((*x - greatest).exp() / sum);
            }
            logits[target] -= weight;
        }
    }
}
