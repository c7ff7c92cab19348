//! The world's texts, fetched from beside the page.

use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, WorkerGlobalScope};

use super::{FILES, World};

/// # Errors
/// Which text could not be had, and what to do.
pub async fn load() -> Result<World, String> {
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    // The stamp keeps a browser from taking another build's texts out of its cache.
    let stamp = option_env!("SEVEN_STEPS_BUILD").unwrap_or("dev");
    // All are on their way before the first is waited for.
    let fetches: Vec<Promise> = FILES.iter().map(|name| global.fetch_with_str(&format!("world/{name}.txt?{stamp}"))).collect();
    let mut texts = Vec::new();
    for (name, fetch) in FILES.iter().zip(fetches) {
        let text = text(fetch).await;
        texts.push((
            *name,
            text.ok_or_else(|| {
                format!(
                    "The built-in text “{name}” could not be fetched: check the connection and reload the page, or use a text of your own."
                )
            })?,
        ));
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    World::parse(&texts)
}

async fn text(fetch: Promise) -> Option<String> {
    let response: Response = JsFuture::from(fetch).await.ok()?.unchecked_into();
    let text = response.ok().then(|| response.text().ok())??;
    JsFuture::from(text).await.ok()?.as_string()
}
