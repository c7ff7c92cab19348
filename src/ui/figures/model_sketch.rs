//! The model's shape: a block for each layer, as wide as it is, cut into its heads.

use std::fmt::Write;

use leptos::prelude::*;

use crate::spec::ModelConfig;

/// Layers from bottom to top, in the width of [`WIDEST`] channels.
#[component]
pub fn ModelSketch(model: ModelConfig) -> AnyView {
    let label = format!("{} layers, each {} channels wide with {} heads", model.layers, model.width, model.heads);
    view! {
        <svg class="sketch" viewBox="0 0 800 400" preserveAspectRatio="none" role="img" aria-label=label>
            <path d=blocks(&model)/>
        </svg>
    }
    .into_any()
}

/// Channels that fill the figure: what 24 layers have.
const WIDEST: f32 = 768.0;
const GAP: f32 = 4.0;

fn blocks(model: &ModelConfig) -> String {
    // The square root, since otherwise the small models were slivers.
    let width = 800.0 * (model.width as f32 / WIDEST).sqrt().min(1.0);
    let pitch = (400.0 / model.layers as f32).min(64.0);
    let head = width / model.heads as f32;
    let [w, h] = [(head - GAP).max(1.0), (pitch - GAP).max(2.0)].map(|x| x as i32);
    let mut path = String::new();
    for layer in 0..model.layers {
        let y = 400.0 - (layer + 1) as f32 * pitch;
        for i in 0..model.heads {
            let x = 400.0 - width / 2.0 + i as f32 * head;
            let _ = write!(path, "M{} {}h{w}v{h}h-{w}z", x as i32, y as i32);
        }
    }
    path
}
