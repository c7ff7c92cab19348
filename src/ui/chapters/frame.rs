//! What the bars of all chapters show: whether its worker is there, what was refused, and a way to open a file.

use js_sys::Array;
use leptos::{html::Input, prelude::*};

use crate::ui::controls::{broken, close, nothing, typed};

/// A chapter's worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Connection {
    Starting,
    Ready,
    /// What happened, and what to do.
    Broken(String),
}

/// The worker is gone, or the text was refused.
pub fn trouble(
    connection: Connection,
    problem: Option<String>,
    restart: impl FnMut() + 'static,
    dismiss: impl FnMut() + 'static,
) -> AnyView {
    if let Connection::Broken(sentence) = connection {
        return broken(sentence, restart);
    }
    let Some(problem) = problem else { return nothing() };
    view! {
        <div class="message refusal" role="alert" data-testid="corpus-refusal">
            <p>{problem}</p>
            {close(dismiss)}
        </div>
    }
    .into_any()
}

/// A button for a file, which `take` gets with its name.
pub fn open_file(label: &'static str, accept: &'static str, take: Callback<(String, Array)>) -> AnyView {
    let node = NodeRef::<Input>::new();
    let chosen = move |_: String| {
        let Some(input) = node.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            take.run((file.name(), Array::of1(&file)));
        }
        // So that the same file can be chosen again.
        input.set_value("");
    };
    view! {
        <label class="pick desk-import">
            <input type="file" class="hidden" node_ref=node accept=accept data-testid="import" on:change=typed(chosen)/>
            <strong>{label}</strong>
        </label>
    }
    .into_any()
}
