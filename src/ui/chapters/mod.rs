//! The chapters: their words are in `www/chapters/`, one page each, with places into which the live figures are put. A figure can stand
//! alone: `ngrams.html?figure=wall` shows nothing but the one, for a page that embeds it.

mod c1_ngrams;
mod c2_words;
mod c3_pretraining;
mod c4_tuning;
mod desk;
mod frame;
mod guess;
mod model_bar;
mod place;
mod replies;
mod service;
mod source;
mod steps;

pub use c1_ngrams::mount as ngrams;
pub use c2_words::mount as words;
pub use c3_pretraining::mount as pretraining;
pub use c4_tuning::mount as tuning;
