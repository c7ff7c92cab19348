//! One of a few, side by side.

use leptos::prelude::*;

use super::{flag, typed};

/// Radio buttons drawn as one strip. `options` are (value, label).
#[component]
pub fn Choice(
    /// Also the start of each option's test id: `name-value`.
    name: &'static str,
    label: &'static str,
    options: Vec<(&'static str, &'static str)>,
    value: Signal<String>,
    on_choose: Callback<String>,
) -> AnyView {
    let option = move |(key, text): (&'static str, &'static str)| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name=name
                    value=key
                    data-testid=format!("{name}-{key}")
                    prop:checked=flag(move || value.with(|value| value == key))
                    on:change=typed(move |key| on_choose.run(key))
                />
                <span>{text}</span>
            </label>
        }
        .into_any()
    };
    let options: Vec<AnyView> = options.into_iter().map(option).collect();
    view! { <div class="choice" role="radiogroup" aria-label=label>{options}</div> }.into_any()
}
