//! Knobs, drawn from the catalog. A bad value is refused in its place with a sentence, and the old one stays.

use leptos::{html::Input, prelude::*};

use super::{Choice, flag, ticked, typed, when, words};
use crate::{
    catalog::{Group, KNOBS, Knob, Range},
    spec::{RunSpec, TokenizerKind},
    ui::{
        format,
        state::{State, Topic},
    },
};

/// The knobs of `group` that are prominent, or those that are not. The text is chosen in its own section.
#[component]
pub fn Knobs(group: Group, prominent: bool) -> AnyView {
    let chosen = KNOBS.iter().filter(|knob| knob.group == group && knob.prominent == prominent && knob.key != "text");
    chosen.map(knob_where_it_counts).collect::<Vec<_>>().into_any()
}

/// Bytes and characters have the vocabulary that they have, and cut every number into digits.
fn knob_where_it_counts(knob: &'static Knob) -> AnyView {
    let state: State = expect_context();
    match knob.key {
        "vocab" | "digits" => {
            when(move || state.see(Topic::Spec, |facts| facts.spec.tokenizer == TokenizerKind::Bpe), move || knob_field(knob))
        }
        _ => knob_field(knob),
    }
}

fn knob_field(knob: &'static Knob) -> AnyView {
    let state: State = expect_context();
    let refusal = RwSignal::new(String::new());
    let value = Memo::new(move |_| state.see(Topic::Spec, |facts| knob.show(&facts.spec)));
    let set = Callback::new(move |text: String| match state.peek(|facts| knob.set(&facts.spec, &text)) {
        Ok(changed) => {
            refusal.set(String::new());
            state.change(Topic::Spec, |facts| (facts.spec, facts.refused) = (changed, None));
        }
        Err(problem) => {
            state.put(|facts| facts.refused = Some((knob.key, problem.clone())));
            refusal.set(problem);
        }
    });
    let forget = move || {
        refusal.set(String::new());
        state.put(|facts| facts.refused = facts.refused.take().filter(|(key, _)| *key != knob.key));
    };
    // What was refused is forgotten once a good value comes, from elsewhere too, a preset say.
    Effect::new(move |_| {
        value.track();
        forget();
    });
    let shown: Signal<String> = value.into();
    let id = format!("knob-{}", knob.key);
    let label = match knob.range {
        Range::Choice(_) => view! { <span class="knob-label">{knob.label}</span> }.into_any(),
        _ => view! { <label class="knob-label" for=id.clone()>{knob.label}</label> }.into_any(),
    };
    let input = match knob.range {
        Range::Choice(choices) => {
            let options = choices.iter().map(|choice| (*choice, in_words(choice))).collect();
            view! { <Choice name=knob.key label=knob.label options value=shown on_choose=set/> }.into_any()
        }
        Range::Switch => view! {
            <input
                type="checkbox"
                role="switch"
                id=id.clone()
                data-testid=id.clone()
                prop:checked=flag(move || shown.with(|value| value == "true"))
                on:change=ticked(move |on| set.run(on.to_string()))
            />
        }
        .into_any(),
        Range::Integer { least, most } if knob.key == "depth" => {
            let layers = |value: &str| value.parse().map_or(String::new(), |n| format::counted(n, "layer"));
            let [least, most] = [least, most].map(|n| n.to_string());
            view! { <Slider id=id.clone() range=[least, most, "1".into()] value=shown set say=layers/> }.into_any()
        }
        _ => field(knob, &id, shown, set, refusal, Callback::new(move |()| forget())),
    };
    let refused = format!("{id}-refusal");
    view! {
        <div class="knob">
            {label}
            {input}
            <p class="help" id=format!("{id}-help")>{knob.help}</p>
            <p class="refusal" role="alert" data-testid=refused>{refusal}</p>
        </div>
    }
    .into_any()
}

/// A range input and its value in words. `range` is least, most and step.
#[component]
pub fn Slider(
    /// Also the test id; `id-help` describes it.
    #[prop(into)]
    id: String,
    range: [String; 3],
    value: Signal<String>,
    set: Callback<String>,
    say: fn(&str) -> String,
) -> AnyView {
    let said = words(move || value.with(|value| say(value)));
    let help = format!("{id}-help");
    let [least, most, step] = range;
    view! {
        <span class="field slider">
            <input
                type="range"
                id=id.clone()
                data-testid=id
                min=least
                max=most
                step=step
                aria-describedby=help
                aria-valuetext=said
                prop:value=value
                on:input=typed(move |text| set.run(text))
            />
            <output class="unit">{said}</output>
        </span>
    }
    .into_any()
}

/// `forget` takes a refusal back.
fn field(
    knob: &'static Knob,
    id: &str,
    value: Signal<String>,
    set: Callback<String>,
    refusal: RwSignal<String>,
    forget: Callback<()>,
) -> AnyView {
    let state: State = expect_context();
    let node = NodeRef::<Input>::new();
    let derived = words(move || match knob.derived {
        true => state.see(Topic::Spec, |facts| follows(&facts.spec, knob.key)),
        false => String::new(),
    });
    let commit = move |text| {
        set.run(text);
        if let Some(input) = node.get_untracked() {
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
                aria-describedby=format!("{id}-help")
                aria-invalid=words(move || refusal.with(|refusal| !refusal.is_empty()).to_string())
                placeholder=derived
                prop:value=value
                on:input=typed(move |_| forget.run(()))
                on:change=typed(commit)
            />
            <span class="unit">{knob.unit}</span>
        </span>
    }
    .into_any()
}

/// What a knob is when it is left to follow from the depth.
fn follows(spec: &RunSpec, key: &str) -> String {
    let model = spec.model(spec.expected_vocab());
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
        "gpu" => "GPU",
        "cpu" => "CPU",
        other => other,
    }
}
