//! The explosion: contexts that there could be, those that were seen, and those of a new text that were not, as the text grows.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::{
    Replies,
    desk::Desk,
    token::{plural, tokens_of},
};
use crate::{
    protocol::ngrams::{Answer, Contexts, Growth, Line, Question},
    ui::{
        controls::{live, press, refusal, words},
        figures::{Cursor, Labels, LineChart},
        format,
        lines::{Lines, Series},
        plot::Axis,
    },
};

/// How long each size of the text is shown while it plays.
const BEAT: u32 = 900;

/// What there are fewer of than the first number says. People: United Nations, 2024. Stars of the galaxy: at most 400 billion.
/// Cells: Sender, Fuchs & Milo 2016, Hatton et al. 2023. The universe: 13.8 billion years; at most 10^24 stars that we could see.
const FEWER: [(f64, &str); 9] = [
    (3e4, "days in a long life"),
    (8e5, "words in the Bible"),
    (3.2e7, "seconds in a year"),
    (2.6e9, "seconds in a long life"),
    (8.5e9, "people on Earth"),
    (4e11, "stars in our galaxy"),
    (4e13, "cells in your body"),
    (4.4e17, "seconds since the Big Bang"),
    (1e24, "stars in the universe that we can see"),
];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let figure = Figure {
        desk,
        replies: desk.keep_asking(Line::Explosion, move || near.get().then_some(Question::Explosion)),
        place: RwSignal::new(None),
        playing: RwSignal::new(false),
        next: StoredValue::new_local(None),
    };
    let Figure { replies, playing, .. } = figure;
    let choose = move |stop: usize| {
        playing.set(false);
        figure.place.set(Some(stop));
    };
    let cursor = Cursor {
        at: Signal::derive(move || figure.shown()),
        set: Callback::new(choose),
        said: words(move || figure.reading()),
        hovers: false,
    };
    let labels = Labels {
        name: "explosion",
        label: "Share of a new text’s contexts that were never seen, for each N, by the size of the text that was read",
        x: "read so far",
        y: "contexts of a new text never seen before, for each N",
        values: format::percent,
        empty: "The lines appear here as more and more of the text is read.",
    };
    view! {
        <div class="explosion" data-testid="explosion">
            <div class="row">
                <button type="button" data-testid="explosion-play" on:click=press(move || figure.play())>
                    {words(move || if playing.get() { "Pause".into() } else { "Let the text grow".into() })}
                </button>
                <p class="figure" data-testid="explosion-size">{words(move || figure.size())}</p>
            </div>
            {refusal("explosion-refusal", move || replies.refusal())}
            {figure.table()}
            <LineChart lines=Memo::new(move |_| figure.lines()) labels=labels cursor=Some(cursor)/>
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    replies: Replies,
    /// Which of the sizes is looked at; the largest until the visitor chooses.
    place: RwSignal<Option<usize>>,
    playing: RwSignal<bool>,
    /// Goes on to the next size while it plays.
    next: StoredValue<Option<Timeout>, LocalStorage>,
}

impl Figure {
    fn growths(&self) -> Vec<Growth> {
        let growth = |answer: &Answer| match answer {
            Answer::Growth(growth) => Some(growth.clone()),
            _ => None,
        };
        self.replies.all(growth)
    }

    fn shown(&self) -> Option<usize> {
        let last = self.replies.answers.with(Vec::len).checked_sub(1)?;
        Some(self.place.get().map_or(last, |place| place.min(last)))
    }

    fn growth(&self) -> Option<Growth> {
        self.growths().into_iter().nth(self.shown()?)
    }

    /// From the smallest size to the largest, unless it plays already.
    fn play(&self) {
        let plays = !self.playing.get_untracked();
        self.playing.set(plays);
        if plays {
            self.place.set(Some(0));
            self.grow_soon();
        }
    }

    fn grow_soon(&self) {
        let figure = *self;
        let grow = move || {
            let last = figure.replies.answers.with_untracked(Vec::len).saturating_sub(1);
            let next = figure.place.get_untracked().map_or(0, |place| place + 1);
            if !figure.playing.get_untracked() {
                return;
            }
            figure.place.set((next < last).then_some(next));
            match next < last {
                true => figure.grow_soon(),
                false => figure.playing.set(false),
            }
        };
        // One of an earlier time ends here.
        self.next.set_value(Some(Timeout::new(BEAT, grow)));
    }

    fn size(&self) -> String {
        match self.growth() {
            Some(growth) => {
                let read = format!("{} {} read", format::amount(growth.tokens), tokens_of(self.desk.unit()));
                format!("{read}, {} different ones", format::integer(growth.vocabulary))
            }
            None if self.replies.is_asking() => "Counting …".into(),
            None => String::new(),
        }
    }

    fn reading(&self) -> String {
        let order = self.desk.chosen().0.max(2) as usize;
        let Some(growth) = self.growth() else { return String::new() };
        let Some(contexts) = growth.orders.get(order - 1) else { return String::new() };
        let never = format::percent(f64::from(contexts.unseen_held_out));
        let read = format::amount(growth.tokens);
        format!(
            "After {read} {}, N = {order} has never seen {never} of the contexts that it meets in a new text.",
            tokens_of(self.desk.unit())
        )
    }

    fn lines(&self) -> Lines {
        let growths = self.growths();
        let orders = growths.iter().map(|growth| growth.orders.len()).max().unwrap_or(0);
        let series = |order: usize| {
            let never = |growth: &Growth| Some((growth.tokens as f64, f64::from(growth.orders.get(order - 1)?.unseen_held_out)));
            Series { name: order.to_string(), points: growths.iter().filter_map(never).collect() }
        };
        let stops: Vec<f64> = growths.iter().map(|growth| growth.tokens as f64).collect();
        let [from, to] = [stops.first(), stops.last()].map(|stop| stop.copied().unwrap_or(1.0).max(1.0));
        let series: Vec<Series> = (2..=orders).map(series).collect();
        let most = series.iter().flat_map(|series| &series.points).map(|(_, never)| *never).fold(0.0, f64::max);
        let y = Axis { from: 0.0, to: [0.05, 0.1, 0.2, 0.5].into_iter().find(|to| most <= *to).unwrap_or(1.0), log: false };
        Lines {
            series,
            lit: (self.desk.chosen().0 as usize).checked_sub(2),
            x: Axis { from, to, log: true },
            y,
            x_ticks: [from, (from * to).sqrt(), to].map(|stop| (stop, format::prefixed(stop, "").trim_end().into())).into(),
            y_ticks: y.ticks(5).into_iter().map(|tick| (tick, format::percent(tick))).collect(),
            chance: None,
            fall: None,
            stops,
        }
    }

    /// A row for each N that looks back at all. Rows stay while numbers change, so that bars grow.
    fn table(&self) -> AnyView {
        let figure = *self;
        let orders = Memo::new(move |_| figure.growth().map_or(0, |growth| growth.orders.len()));
        let rows = move || (2..=orders.get()).map(|order| figure.row(order)).collect::<Vec<_>>().into_any();
        view! {
            <ol class="contexts" aria-label="Contexts for each N" data-testid="explosion-contexts">{live(rows)}</ol>
            {live(move || figure.scale_marks())}
        }
        .into_any()
    }

    /// All sizes of the text on one scale, so that growing is seen.
    fn scale(&self) -> Axis {
        let growths = self.growths();
        let possible = growths.iter().flat_map(|growth| &growth.orders).map(|contexts| contexts.possible);
        Axis { from: 1.0, to: possible.fold(10.0, f64::max), log: true }
    }

    fn scale_marks(&self) -> AnyView {
        let scale = self.scale();
        let mark = |value: f64| {
            let place = format!("left:{}%", format::fixed(scale.place(value) * 100.0, 2));
            view! { <span style=place>{format::huge(value)}</span> }.into_any()
        };
        let thousands = (1..=10).map(|step| 1e3_f64.powi(step)).filter(|value| *value <= scale.to);
        view! {
            <p class="scale" aria-hidden="true">{thousands.map(mark).collect::<Vec<_>>()}</p>
            <p class="help">"Pale: what could stand there. Full: what did. Each step of the scale is a thousand times the one before."</p>
        }
        .into_any()
    }

    fn row(&self, order: usize) -> AnyView {
        let figure = *self;
        let contexts = move || figure.growth().and_then(|growth| growth.orders.get(order - 1).copied());
        let say = move |say: fn(Contexts) -> String| words(move || contexts().map_or(String::new(), say));
        let style = move || {
            let Some(Contexts { possible, seen, unseen_held_out }) = contexts() else { return String::new() };
            let scale = figure.scale();
            let [possible, seen] = [possible, seen as f64].map(|value| format::fixed(scale.place(value.max(1.0)) * 100.0, 2));
            format!("--possible:{possible}%;--seen:{seen}%;--never:{}%", format::fixed(f64::from(unseen_held_out) * 100.0, 1))
        };
        let class = move || match figure.desk.chosen().0 as usize == order {
            true => "contexts-row lit".into(),
            false => "contexts-row".into(),
        };
        let looks = move || format!("looks at {}", format::counted(order as u64 - 1, plural(figure.desk.unit()).trim_end_matches('s')));
        view! {
            <li class=words(class) style=words(style)>
                <p class="contexts-order"><b>{format!("N = {order}")}</b>" "<span>{words(looks)}</span></p>
                <div class="contexts-bars">
                    <p><b>{say(|contexts| format::huge(contexts.possible))}</b>" possible"{say(|contexts| compared(contexts.possible))}</p>
                    <span class="track" aria-hidden="true"><i class="possible"></i><i class="seen"></i></span>
                    <p><b>{say(|contexts| format::huge(contexts.seen as f64))}</b>" seen"{say(rarity)}</p>
                </div>
                <p class="never">
                    <b>{say(|contexts| format::percent(f64::from(contexts.unseen_held_out)))}</b>
                    <i aria-hidden="true"></i>
                    <span>"of a new text’s contexts never seen"</span>
                </p>
            </li>
        }
        .into_any()
    }
}

/// Which share of the possible contexts was seen.
fn rarity(Contexts { possible, seen, .. }: Contexts) -> String {
    let share = seen as f64 / possible;
    if seen == 0 || share > 0.7 { String::new() } else { format!(", {}", format::odds(share)) }
}

/// What a number is larger than.
fn compared(possible: f64) -> String {
    let fewer = FEWER.into_iter().rev().find(|(number, _)| possible > *number);
    fewer.map_or(String::new(), |(_, what)| format!(", more than there are {what}"))
}
