//! Answers that were measured in advance by the headless runner, and lie beside the page: as JSON, for people and later versions,
//! and packed, for the page of this version, which would have to load a reader of JSON for each type otherwise.

use crate::platform::site_file;
use crate::protocol::figures::{Answer, Baked};
#[cfg(target_arch = "wasm32")]
use crate::protocol::{BUILD, decode};

/// A file in `www/results/`: the word on when and how, and the answers.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Results {
    #[serde(flatten)]
    pub baked: Baked,
    pub answers: Vec<Answer>,
}

#[cfg(not(target_arch = "wasm32"))]
impl Results {
    /// As the page reads it.
    pub fn packed(&self) -> Vec<u8> {
        crate::protocol::encode(&(&self.baked, &self.answers))
    }
}

/// What was answered under `name`, after a word on when and how.
///
/// # Errors
/// Why it cannot be had, as a sentence.
pub async fn baked(name: &str, say: &impl Fn(Answer)) -> Result<(), String> {
    let (baked, answers) = read(name).await.map_err(|reason| {
        format!(
            "What was measured in advance cannot be read, since {reason}: check the connection and reload the page, or measure it here."
        )
    })?;
    say(Answer::Baked(baked));
    answers.into_iter().for_each(say);
    Ok(())
}

#[cfg(not(target_arch = "wasm32"))]
async fn read(name: &str) -> Result<(Baked, Vec<Answer>), String> {
    let bytes = site_file(&format!("results/{name}.json")).await?;
    let Results { baked, answers } = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    Ok((baked, answers))
}

#[cfg(target_arch = "wasm32")]
async fn read(name: &str) -> Result<(Baked, Vec<Answer>), String> {
    // The stamp keeps a browser from taking another build's results out of its cache.
    decode(&site_file(&format!("results/{name}.bin?{BUILD}")).await?)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_page_reads_what_the_json_says() {
        let files = fs::read_dir("www/results").unwrap().map(|file| file.unwrap().path());
        let results: Vec<_> = files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
        assert!(!results.is_empty());
        for path in results {
            let results: Results = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let packed = fs::read(path.with_extension("bin")).unwrap_or_default();
            assert!(packed == results.packed(), "{} is not what its JSON says: run `headless bake --pack`", path.display());
        }
    }
}
