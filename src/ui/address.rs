//! What follows the `#` in the page's address.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

pub fn fragment() -> String {
    location().hash().unwrap_or_default().trim_start_matches('#').to_string()
}

/// Whether what stands there is what the page put there, in this visit or before it was loaded anew, and no link that was followed.
pub fn is_ours() -> bool {
    window().history().and_then(|history| history.state()).is_ok_and(|state| state.is_truthy())
}

/// Puts `wanted` into the place of what stands there, without a jump and without a step in the history.
pub fn set_fragment(wanted: &str) {
    let path = location().pathname().unwrap_or_default() + &location().search().unwrap_or_default();
    let address = if wanted.is_empty() { path } else { format!("{path}#{wanted}") };
    // A browser refuses very frequent changes; the next one then brings the address up to date.
    let _ = window().history().and_then(|history| history.replace_state_with_url(&JsValue::TRUE, "", Some(&address)));
}
