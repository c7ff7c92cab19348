//! Figures, each usable alone: they take signals and give callbacks, and know nothing of the page around them.

mod distribution;
mod line_chart;
mod loss_chart;
mod model_sketch;
mod surprise;
mod token_strip;

pub use distribution::Distribution;
pub use line_chart::{Cursor, Labels, LineChart, lines};
pub use loss_chart::LossChart;
pub use model_sketch::ModelSketch;
pub use surprise::{Legend, SurpriseStrip, level};
pub use token_strip::TokenStrip;

/// A token's text with its spaces and line ends made visible, to stand alone.
pub fn visible(text: &str) -> String {
    if text.is_empty() {
        return "(part of a character)".into();
    }
    text.chars()
        .map(|c| match c {
            ' ' => '␣',
            '\n' => '↵',
            '\t' => '⇥',
            '\r' => '␍',
            c => c,
        })
        .collect()
}
