//! Work on all cores natively; a page has one thread to compute on.

/// Does `work` on each part, in any order, and the last of them on this thread.
#[cfg(not(target_arch = "wasm32"))]
pub fn each<T: Send>(mut parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
    let work = &work;
    let Some(mut waiting) = parts.next() else { return };
    rayon::in_place_scope(|scope| {
        for part in parts {
            let ready = std::mem::replace(&mut waiting, part);
            scope.spawn(move |_| work(ready));
        }
        work(waiting);
    });
}

/// Does `work` on each part.
#[cfg(target_arch = "wasm32")]
pub fn each<T>(parts: impl Iterator<Item = T>, work: impl Fn(T)) {
    parts.for_each(work);
}

/// Does both, at the same time where there are threads.
#[cfg(not(target_arch = "wasm32"))]
pub fn both(one: impl FnOnce() + Send, other: impl FnOnce() + Send) {
    rayon::join(one, other);
}

/// Does both.
#[cfg(target_arch = "wasm32")]
pub fn both(one: impl FnOnce(), other: impl FnOnce()) {
    one();
    other();
}

/// Rows of a part, where rows are independent: some ten microseconds of work.
pub const ROWS: usize = 64;
