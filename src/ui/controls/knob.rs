//! Knobs, drawn from the catalog. A bad value is refused in its place with a sentence, and the old one stays.

use leptos::{html::Input, prelude::*};

use super::Choice;
use crate::{
    catalog::{Group, KNOBS, Knob, Range},
    spec::RunSpec,
    ui::{format, state::State},
};

/// The knobs of `group` that are prominent, or those that are not. The text is chosen in its own section.
#[component]
pub fn Knobs(group: Group, prominent: bool) -> AnyView {
    let chosen = KNOBS.iter().filter(|knob| knob.group == group && knob.prominent == prominent && knob.key != "text");
    chosen.map(|knob| view! { <KnobField knob/> }).collect_view().into_any()
}

#[component]
pub fn KnobField(knob: &'static Knob) -> AnyView {
    let spec = expect_context::<State>().spec;
    let refusal = RwSignal::new(None::<String>);
    let value = Memo::new(move |_| spec.with(|spec| knob.show(spec)));
    let set = Callback::new(move |text: String| {
        let changed = spec.with_untracked(|spec| knob.set(spec, &text));
        refusal.set(changed.as_ref().err().cloned());
        if let Ok(changed) = changed {
            spec.set(changed);
        }
    });
    // What was refused is forgotten once a good value comes from elsewhere, a preset say.
    Effect::new(move |_| {
        value.track();
        refusal.set(None);
    });
    let id = format!("knob-{}", knob.key);
    let help = format!("help-{}", knob.key);
    let input = match knob.range {
        Range::Choice(choices) => {
            let options = choices.iter().map(|choice| (*choice, in_words(choice))).collect();
            view! { <Choice name=knob.key label=knob.label options value on_choose=set/> }.into_any()
        }
        Range::Switch => switch(&id, value, set),
        Range::Integer { least, most } if knob.key == "depth" => slider(&id, &help, least, most, value, set),
        _ => field(knob, &id, &help, value, set, refusal),
    };
    let refused = format!("{id}-refusal");
    view! {
        <div class="knob" class:refused=move || refusal.with(Option::is_some)>
            {match knob.range {
                Range::Choice(_) => view! { <span class="knob-label">{knob.label}</span> }.into_any(),
                _ => view! { <label class="knob-label" for=id.clone()>{knob.label}</label> }.into_any(),
            }}
            {input}
            <p class="help" id=help>{knob.help}</p>
            <p class="refusal" role="alert" data-testid=refused>{refusal}</p>
        </div>
    }
    .into_any()
}

fn field(
    knob: &'static Knob,
    id: &str,
    help: &str,
    value: Memo<String>,
    set: Callback<String>,
    refusal: RwSignal<Option<String>>,
) -> AnyView {
    let spec = expect_context::<State>().spec;
    let node = NodeRef::<Input>::new();
    let placeholder = move || if knob.derived { spec.with(|spec| follows(spec, knob.key)) } else { String::new() };
    let commit = move || {
        if let Some(input) = node.get_untracked() {
            set.run(input.value());
            input.set_value(&value.get_untracked());
        }
    };
    let inputmode = if matches!(knob.range, Range::Integer { .. }) { "numeric" } else { "decimal" };
    view! {
        <span class="field">
            <input
                type="text"
                node_ref=node
                id=id.to_string()
                data-testid=id.to_string()
                inputmode=inputmode
                autocomplete="off"
                spellcheck="false"
                aria-describedby=help.to_string()
                aria-invalid=move || refusal.with(Option::is_some).to_string()
                placeholder=placeholder
                prop:value=value
                on:change=move |_| commit()
            />
            <span class="unit">{knob.unit}</span>
        </span>
    }
    .into_any()
}

fn slider(id: &str, help: &str, least: u32, most: u32, value: Memo<String>, set: Callback<String>) -> AnyView {
    view! {
        <span class="field slider">
            <input
                type="range"
                id=id.to_string()
                data-testid=id.to_string()
                min=least
                max=most
                aria-describedby=help.to_string()
                aria-valuetext=move || format!("{} layers", value.get())
                prop:value=value
                on:input=move |event| set.run(event_target_value(&event))
            />
            <output class="unit">{move || value.with(|value| value.parse().map_or(String::new(), |n| format::counted(n, "layer")))}</output>
        </span>
    }
    .into_any()
}

fn switch(id: &str, value: Memo<String>, set: Callback<String>) -> AnyView {
    view! {
        <input
            type="checkbox"
            class="switch"
            role="switch"
            id=id.to_string()
            data-testid=id.to_string()
            prop:checked=move || value.with(|value| value == "true")
            on:change=move |event| set.run(event_target_checked(&event).to_string())
        />
    }
    .into_any()
}

/// What a knob is when it is left to follow from the depth.
fn follows(spec: &RunSpec, key: &str) -> String {
    let model = spec.model(spec.vocab);
    let derived = match key {
        "width" => model.width,
        "heads" => model.heads,
        "kv_heads" => model.kv_heads,
        "ffn" => model.ffn,
        _ => model.context,
    };
    derived.to_string()
}

fn in_words(choice: &'static str) -> &'static str {
    match choice {
        "bpe" => "pieces of words",
        "chars" => "characters",
        "auto" => "what suits",
        "gpu" => "GPU",
        "cpu" => "CPU",
        other => other,
    }
}
