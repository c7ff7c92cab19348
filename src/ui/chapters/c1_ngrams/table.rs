//! The table: what follows a context, and how often.

use leptos::prelude::*;

use super::{
    Replies,
    desk::Desk,
    token::{followed, is_mark, shown},
};
use crate::{
    protocol::ngrams::{Answer, Follower, Followers, Line, Piece, Question, Unit},
    ui::{
        controls::{flag, live, nothing, press, refusal, typed},
        format,
    },
};

/// Rows shown.
const MOST: u32 = 10;
/// How many times longer than the longest the bar of all others may be.
const TORN: f32 = 1.75;
/// Pieces of the context shown, the last ones.
const SHOWN: usize = 12;
/// To begin with. A text of the visitor's own brings others.
const FIRST: [&str; 2] = ["The quick brown", "The capital of"];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let context = RwSignal::new(FIRST[1].to_string());
    let before = RwSignal::new(Vec::<String>::new());
    let replies = desk.keep_asking(Line::Table, move || {
        let (order, smoothing) = desk.chosen();
        near.get().then(|| Question::Followers { context: context.get(), order, smoothing, most: MOST })
    });
    begin_anew(desk, context, before);
    let go = Callback::new(move |next: String| {
        before.update(|before| before.push(context.get_untracked()));
        context.set(next);
    });
    let back = move || {
        if let Some(last) = before.try_update(Vec::pop).flatten() {
            context.set(last);
        }
    };
    view! {
        <div class="table" data-testid="table">
            <div class="table-ask">
                <label for="table-context">"What comes after"</label>
                <div class="table-field">
                    <input
                        id="table-context"
                        data-testid="table-context"
                        type="text"
                        autocomplete="off"
                        maxlength="2000"
                        spellcheck="false"
                        prop:value=context
                        on:input=typed(move |text| context.set(text))
                    />
                    <button
                        type="button"
                        data-testid="table-back"
                        disabled=flag(move || before.with(Vec::is_empty))
                        on:click=press(back)
                    >
                        "Back"
                    </button>
                </div>
                {live(move || chips(desk, go))}
            </div>
            {refusal("table-refusal", move || replies.refusal())}
            {live(move || answer(desk, replies, context, go))}
        </div>
    }
    .into_any()
}

/// Another text may know nothing of what was asked of the one before.
fn begin_anew(desk: Desk, context: RwSignal<String>, before: RwSignal<Vec<String>>) {
    Effect::new(move |last: Option<Option<(Unit, Vec<String>)>>| {
        let now = desk.built.with(|built| built.as_ref().map(|built| (built.setup.unit, built.contexts.clone())));
        let (unit, offered) = now.as_ref()?;
        let is_unknown = match last.flatten() {
            Some((unit_before, offered_before)) => *unit == unit_before && *offered != offered_before,
            None => context.with_untracked(|context| context == FIRST[1] && !offered.contains(context)),
        };
        if is_unknown {
            before.set(vec![]);
            context.set(offered.first().cloned().unwrap_or_default());
        }
        now
    });
}

fn chips(desk: Desk, go: Callback<String>) -> AnyView {
    let contexts = desk.built.with(|built| built.as_ref().map(|built| built.contexts.clone()));
    let contexts = contexts.unwrap_or_else(|| FIRST.map(String::from).to_vec());
    let chip = |text: String| {
        let label = text.clone();
        view! { <button type="button" class="chip" data-testid="table-chip" on:click=press(move || go.run(text.clone()))>{label}</button> }
            .into_any()
    };
    let chips: Vec<AnyView> = contexts.into_iter().take(8).map(chip).collect();
    view! { <div class="chips" role="group" aria-label="Contexts to try">{chips}</div> }.into_any()
}

fn answer(desk: Desk, replies: Replies, context: RwSignal<String>, go: Callback<String>) -> AnyView {
    let found = replies.last(|answer| match answer {
        Answer::Followers(followers) => Some(followers.clone()),
        _ => None,
    });
    let Some(followers) = found else {
        return view! { <p class="waiting">{if replies.is_asking() { "Looking it up…" } else { desk.waits() }}</p> }.into_any();
    };
    let unit = untrack(|| desk.unit());
    let choose = Callback::new(move |token: String| go.run(followed(&context.get_untracked(), &token, unit)));
    view! {
        {sight(&followers, unit)}
        <p class="table-says" role="status" data-testid="table-says">{says(&followers, unit)}</p>
        {bars(followers, unit, choose)}
    }
    .into_any()
}

/// The context as the model reads it: what is out of its sight, what it sees, and what of that was seen together.
fn sight(followers: &Followers, unit: Unit) -> AnyView {
    let Followers { context, window, matched, .. } = followers;
    let hidden = context.len().saturating_sub(SHOWN);
    let part = |(place, piece): (usize, &Piece)| {
        let from_end = (context.len() - place) as u32;
        let (class, said) = match from_end {
            n if n <= *matched => ("part together", ""),
            n if n <= *window => ("part alone", " (in sight, but never seen together with the rest)"),
            _ => ("part out", " (out of sight)"),
        };
        let unknown = (!piece.known && !is_mark(&piece.text)).then(|| view! { <em>"unknown"</em> }.into_any());
        view! {
            <li class=class class:special=is_mark(&piece.text)><span>{shown(&piece.text, unit)}</span>{unknown}<span class="hidden">{said}</span></li>
        }
        .into_any()
    };
    let parts: Vec<AnyView> = context.iter().enumerate().skip(hidden).map(part).collect();
    let more = (hidden > 0).then(|| view! { <li class="part out" aria-label="more before">"…"</li> }.into_any());
    view! {
        <ol class="sight" aria-label="What the model sees of it" data-testid="sight">
            {more}
            {parts}
            <li class="part next"><span aria-hidden="true">"?"</span><span class="hidden">"what comes next"</span></li>
        </ol>
    }
    .into_any()
}

fn says(followers: &Followers, unit: Unit) -> String {
    let Followers { context, window, matched, seen, kinds, .. } = followers;
    let last = |n: u32| {
        let first = context.len().saturating_sub(n as usize);
        let pieces = context.get(first..).unwrap_or_default();
        if let [Piece { text, .. }] = pieces
            && text == "<s>"
        {
            return "The beginning of a line".into();
        }
        let pieces = pieces.iter().map(|piece| shown(&piece.text, unit));
        ["“", &pieces.collect::<Vec<_>>().join(if unit == Unit::Word { " " } else { "" }), "”"].concat()
    };
    let times = match seen {
        1 => "once".into(),
        2 => "twice".into(),
        n => format::integer(*n) + " times",
    };
    let after = match kinds {
        1 if *seen == 1 => "one thing came next".into(),
        1 => "the same came next each time".into(),
        n => format::integer((*n).into()) + " different ones came next",
    };
    match (*matched, *window) {
        (_, window) if followers.rows.is_empty() => format!("{} was never seen, and nothing is kept for the unseen.", last(window)),
        // A model from a file has probabilities, and has forgotten the counts.
        (matched, _) if matched > 0 && *seen == 0 => format!("The model from the file knows {}.", last(matched)),
        (0, 0) => {
            format!("It looks at nothing before. So it always guesses what is frequent anyway, among {}.", format::integer((*kinds).into()))
        }
        (0, window) => {
            format!("{} was never seen in the text, not even its end. The model falls back on what may follow anything.", last(window))
        }
        (matched, window) if matched == window => format!("{} was seen {times}, and {after}.", last(matched)),
        (matched, window) => {
            format!("{} was never seen. The model falls back on {}: seen {times}, and {after}.", last(window), last(matched))
        }
    }
}

fn bars(followers: Followers, unit: Unit, choose: Callback<String>) -> AnyView {
    let Followers { rows, rest, seen, .. } = followers;
    if rows.is_empty() {
        return view! { <p class="empty" data-testid="table-nothing">"It has nothing to say here: no word gets any probability. Give something to the unseen, at the top of the page."</p> }
            .into_any();
    }
    // All others together may be many times the likeliest: their bar is torn off, so that the others can be told apart.
    let likeliest = rows.iter().map(|row| row.probability).fold(1e-6, f32::max);
    let top = likeliest.max(rest.min(TORN * likeliest));
    let length = move |share: f32| format!("--length:{}%", format::fixed(f64::from(share / top).clamp(0.0, 1.0) * 100.0, 1));
    let row = |Follower { text, count, probability }: Follower| {
        let label = shown(&text, unit);
        let glyphs = if is_mark(&text) { "glyphs special" } else { "glyphs" };
        let count = match count {
            0 if seen == 0 => String::new(),
            0 => "never".into(),
            n => format::integer(n) + "×",
        };
        view! {
            <li>
                <button type="button" class="bar" style=length(probability) data-testid="follower" on:click=press(move || choose.run(text.clone()))>
                    <span class=glyphs>{label}</span>
                    <span class="count">{count}</span>
                    <span class="share">{format::percent(probability.into())}</span>
                </button>
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = rows.into_iter().map(row).collect();
    let rest = match rest > 5e-4 {
        true => view! {
            <li class="bar rest" class:torn=(rest > top) style=length(rest) data-testid="follower-rest">
                <span class="glyphs special">"all others"</span>
                <span class="share">{format::percent(rest.into())}</span>
            </li>
        }
        .into_any(),
        false => nothing(),
    };
    view! {
        <div class="bars-head" aria-hidden="true"><span>"next"</span><span>"seen"</span><span>"probability"</span></div>
        <ol class="bars" data-testid="followers">{rows}{rest}</ol>
    }
    .into_any()
}
