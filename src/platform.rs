//! The few things that differ between a browser and a native process.

/// The number that `text` says in decimal digits, if it says a finite one.
pub fn number(text: &str) -> Option<f32> {
    #[cfg(target_arch = "wasm32")]
    // The browser can do it already; the tables of Rust's own would be ten thousand bytes of download.
    let number = wasm_bindgen::JsValue::from_str(text).unchecked_into_f64() as f32;
    #[cfg(not(target_arch = "wasm32"))]
    let number: f32 = text.parse().ok()?;
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    Some(number).filter(|number| plain && number.is_finite())
}

/// The fewest decimal digits that [`number`] reads as `x` again.
pub fn digits(x: f32) -> String {
    #[cfg(not(target_arch = "wasm32"))]
    return x.to_string();
    #[cfg(target_arch = "wasm32")]
    browser::digits(x)
}

/// `text` in lower case.
pub fn lower_case(text: &str) -> String {
    #[cfg(not(target_arch = "wasm32"))]
    return text.to_lowercase();
    // The browser can do it already, as above.
    #[cfg(target_arch = "wasm32")]
    String::from(js_sys::JsString::from(text).to_lower_case())
}

/// The string under `key` of a JSON object, if it has one there; none if `text` is not JSON. Half a pair of UTF-16 becomes U+FFFD.
pub fn json_string(text: &str, key: &str) -> Option<Option<String>> {
    #[cfg(not(target_arch = "wasm32"))]
    return json::string(text, key);
    // The browser can do it already, as above.
    #[cfg(target_arch = "wasm32")]
    Some(js_sys::Reflect::get(&js_sys::JSON::parse(text).ok()?, &key.into()).ok().and_then(|value| value.as_string()))
}

/// Why a browser lends this page neither graphics processor nor storage, if its address is the cause: a sentence.
pub fn insecure() -> Option<&'static str> {
    #[cfg(not(target_arch = "wasm32"))]
    return None;
    #[cfg(target_arch = "wasm32")]
    browser::insecure()
}

/// What the browser calls itself, with its version; nothing natively.
pub fn agent() -> String {
    #[cfg(not(target_arch = "wasm32"))]
    return String::new();
    #[cfg(target_arch = "wasm32")]
    browser::agent()
}

/// Milliseconds from a fixed moment, monotonic.
#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

/// Milliseconds since 1970.
#[cfg(not(target_arch = "wasm32"))]
pub fn unix_time() -> f64 {
    use std::time::SystemTime;
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_millis() as f64)
}

/// Lets the event loop run, so that messages arrive; natively other futures of the same thread.
#[cfg(not(target_arch = "wasm32"))]
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[cfg(not(target_arch = "wasm32"))]
mod json;

#[cfg(target_arch = "wasm32")]
pub use browser::{now, unix_time, yield_now};

/// The bytes of a file of the site, by its path from the page's folder; natively from `www/` in the working directory or, if that
/// has none, in the repository that this was built from.
///
/// # Errors
/// The reason, as the rest of a sentence.
#[cfg(not(target_arch = "wasm32"))]
pub async fn site_file(path: &str) -> Result<Vec<u8>, String> {
    let folders = ["www".into(), std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www")];
    let found = folders.iter().map(|folder| folder.join(path)).find(|file| file.exists());
    found.ok_or_else(|| "it is not there".to_owned()).and_then(|file| std::fs::read(file).map_err(|error| error.to_string()))
}

#[cfg(target_arch = "wasm32")]
pub use browser::site_file;

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    use futures::channel::oneshot;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn performance_now() -> f64;

        #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = userAgent)]
        static USER_AGENT: String;
    }

    /// See [`super::insecure`].
    pub fn insecure() -> Option<&'static str> {
        let is_secure = js_sys::Reflect::get(&js_sys::global(), &"isSecureContext".into()).is_ok_and(|value| value.is_truthy());
        (!is_secure).then_some(
            "browsers lend the graphics processor, and room to keep things, only to pages that come by https or from localhost, and this one \
             came by plain http: open it by https.",
        )
    }

    /// See [`super::agent`].
    pub fn agent() -> String {
        USER_AGENT.with(Clone::clone)
    }

    /// See [`super::digits`]; the browser's own shortest digits are those of the f64.
    pub fn digits(x: f32) -> String {
        let number = js_sys::Number::from(f64::from(x));
        let rounded = (6..=9).filter_map(|precision| number.to_precision(precision).ok());
        let mut close = rounded.map(|text| JsValue::from(text).unchecked_into_f64());
        let shortest = close.find(|&value| value as f32 == x).unwrap_or(f64::from(x));
        js_sys::Number::from(shortest).to_string_with_radix(10).map_or_else(|_| String::new(), String::from)
    }

    /// See [`super::site_file`]; for workers.
    pub async fn site_file(path: &str) -> Result<Vec<u8>, String> {
        use wasm_bindgen_futures::JsFuture;
        use web_sys::{Response, WorkerGlobalScope};
        let global: WorkerGlobalScope = js_sys::global().unchecked_into();
        let unreachable = |_: JsValue| "it could not be reached".to_owned();
        let response: Response = JsFuture::from(global.fetch_with_str(path)).await.map_err(unreachable)?.unchecked_into();
        if !response.ok() {
            return Err(format!("the server answered {}", response.status()));
        }
        let buffer = JsFuture::from(response.array_buffer().map_err(unreachable)?).await.map_err(unreachable)?;
        Ok(js_sys::Uint8Array::new(&buffer).to_vec())
    }

    /// Milliseconds from a fixed moment, monotonic.
    pub fn now() -> f64 {
        performance_now()
    }

    /// Milliseconds since 1970.
    pub fn unix_time() -> f64 {
        js_sys::Date::now()
    }

    /// A task queue through a message channel: `setTimeout` would wait at least 4 ms, and a second in a hidden tab.
    struct Ticker {
        port: web_sys::MessagePort,
        waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>>,
        _wake: Closure<dyn FnMut()>,
    }

    impl Ticker {
        fn new() -> Self {
            let channel = web_sys::MessageChannel::new().expect("every worker has message channels");
            let waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>> = Rc::default();
            let queue = Rc::clone(&waiting);
            let wake = Closure::<dyn FnMut()>::new(move || {
                if let Some(sender) = queue.borrow_mut().pop_front() {
                    let _ = sender.send(());
                }
            });
            channel.port2().set_onmessage(Some(wake.as_ref().unchecked_ref()));
            Self { port: channel.port1(), waiting, _wake: wake }
        }
    }

    thread_local! {
        static TICKER: Ticker = Ticker::new();
    }

    /// Lets the event loop run, so that messages arrive.
    pub async fn yield_now() {
        let (sender, receiver) = oneshot::channel();
        TICKER.with(|ticker| {
            ticker.waiting.borrow_mut().push_back(sender);
            ticker.port.post_message(&JsValue::NULL).expect("a channel of our own takes messages");
        });
        let _ = receiver.await;
    }
}
