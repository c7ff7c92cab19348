//! Answers that were measured in advance by the headless runner, and lie beside the page as JSON.

use serde::{Deserialize, Serialize};

use crate::platform::site_file;
use crate::protocol::BUILD;
use crate::protocol::figures::{Answer, Baked};

/// A file in `www/results/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    #[serde(flatten)]
    pub baked: Baked,
    pub answers: Vec<Answer>,
}

/// What was answered under `name`, after a word on when and how.
///
/// # Errors
/// Why it cannot be had, as a sentence.
pub async fn baked(name: &str, say: &impl Fn(Answer)) -> Result<(), String> {
    let unreadable = |reason: String| {
        format!(
            "What was measured in advance cannot be read, since {reason}: check the connection and reload the page, or measure it here."
        )
    };
    // The stamp keeps a browser from taking another build's results out of its cache.
    let stamp = if cfg!(target_arch = "wasm32") { format!("?{BUILD}") } else { String::new() };
    let bytes = site_file(&format!("results/{name}.json{stamp}")).await.map_err(unreadable)?;
    let Results { baked, answers } = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    say(Answer::Baked(baked));
    answers.into_iter().for_each(say);
    Ok(())
}
