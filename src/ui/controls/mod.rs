//! The small parts that the sections are made of.

mod choice;
mod giving;
mod knob;
mod live;
mod messages;
mod presets;
mod theme;

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

pub use choice::Choice;
pub use giving::{DropZone, Give, SOURCES, own_text};
pub use knob::{Knobs, Slider};
pub use live::{flag, follow, live, nothing, press, text_of, ticked, typed, when, words};
pub use messages::{AddressNotes, Messages, broken, close, noted, refusal, said};
pub use presets::Presets;
pub use theme::ThemeSwitch;

/// Hands `bytes` to the visitor as a file.
pub fn download(name: &str, mime: &str, bytes: &JsValue) {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let address =
        Blob::new_with_u8_array_sequence_and_options(&Array::of1(bytes), &options).and_then(|blob| Url::create_object_url_with_blob(&blob));
    let anchor = document().create_element("a").map(|element| element.unchecked_into::<HtmlAnchorElement>());
    if let (Ok(address), Ok(anchor)) = (address, anchor) {
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.click();
        // The browser has its own hold on the blob once the download was begun; it needs the address until then.
        set_timeout(move || drop(Url::revoke_object_url(&address)), std::time::Duration::from_secs(30));
    }
}
