//! Answers that were measured in advance by the headless runner, and lie beside the page: as JSON, for people and later versions,
//! and packed, for the page of this version, which would have to load a reader of JSON for each type otherwise.

use serde::de::DeserializeOwned;

use crate::platform::site_file;
use crate::protocol::figures::Baked;
#[cfg(target_arch = "wasm32")]
use crate::protocol::{BUILD, decode};

/// A file in `www/results/`: the word on when and how, and the answers, of type A.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Results<A> {
    #[serde(flatten)]
    pub baked: Baked,
    pub answers: Vec<A>,
}

#[cfg(not(target_arch = "wasm32"))]
impl<A: serde::Serialize> Results<A> {
    /// As the page reads it.
    pub fn packed(&self) -> Vec<u8> {
        crate::protocol::encode(&(&self.baked, &self.answers))
    }
}

/// What was answered under `name`, and a word on when and how.
///
/// # Errors
/// Why it cannot be had, as a sentence.
pub async fn read<A: DeserializeOwned>(name: &str) -> Result<(Baked, Vec<A>), String> {
    fetched(name).await.map_err(|reason| {
        format!(
            "What was measured in advance cannot be read, since {reason}: check the connection and reload the page, or measure it here."
        )
    })
}

#[cfg(not(target_arch = "wasm32"))]
async fn fetched<A: DeserializeOwned>(name: &str) -> Result<(Baked, Vec<A>), String> {
    let bytes = site_file(&format!("results/{name}.json")).await?;
    let Results { baked, answers } = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    Ok((baked, answers))
}

#[cfg(target_arch = "wasm32")]
async fn fetched<A: DeserializeOwned>(name: &str) -> Result<(Baked, Vec<A>), String> {
    // The stamp keeps a browser from taking another build's results out of its cache.
    decode(&site_file(&format!("results/{name}.bin?{BUILD}")).await?)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::fs;

    use super::*;
    use crate::protocol::{figures, post_training};

    #[test]
    fn the_page_reads_what_the_json_says() {
        let files = fs::read_dir("www/results").unwrap().map(|file| file.unwrap().path());
        let results: Vec<_> = files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
        assert!(!results.is_empty());
        for path in results {
            let json = fs::read(&path).unwrap();
            let of_figures = serde_json::from_slice::<Results<figures::Answer>>(&json).map(|results| results.packed());
            let expected = of_figures.unwrap_or_else(|_| serde_json::from_slice::<Results<post_training::Answer>>(&json).unwrap().packed());
            let packed = fs::read(path.with_extension("bin")).unwrap_or_default();
            assert!(packed == expected, "{} is not what its JSON says: run `headless bake --pack`", path.display());
        }
    }
}
