//! The Markov wall: how often each N is right, by how far before it the word stands that decides.

use leptos::prelude::*;

use super::{Replies, desk::Desk};
use crate::{
    protocol::ngrams::{Answer, Distance, Line, Pair, Question, Unit, Wall},
    ui::{
        controls::{Choice, live, nothing, refusal, words},
        figures::{Cursor, Labels, LineChart},
        format,
        lines::{Chance, Lines, Series},
        passage::{Part, Window, parts},
        plot::Axis,
    },
};

const FARTHEST: usize = 25;
const ORDERS: [(&str, &str); 7] = [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5"), ("6", "6"), ("7", "7")];

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let question = move || near.get().then(|| Question::Wall { smoothing: desk.chosen().1 });
    let figure = Figure {
        desk,
        replies: desk.keep_asking(Line::Wall, question),
        kind: RwSignal::new("agreement".into()),
        place: RwSignal::new(None),
    };
    let Figure { kind, replies, .. } = figure;
    let cursor = Cursor {
        at: Signal::derive(move || Some(figure.distance() - 1)),
        set: Callback::new(move |stop: usize| figure.place.set(Some(stop + 1))),
        said: words(move || figure.reading()),
        hovers: true,
    };
    let labels = Labels {
        name: "wall",
        label: "How often the right word is the likelier one, by the distance in words to the word that decides",
        x: "words back to the one that decides",
        y: "how often right",
        values: format::percent,
        empty: "The lines appear here as each N is tried on hundreds of sentences.",
    };
    view! {
        <div class="wall" data-testid="wall">
            <div class="chart-head">
                <Choice
                    name="wall-kind"
                    label="What has to be remembered"
                    options=vec![("agreement", "one or many?"), ("reference", "he or she?")]
                    value=kind.into()
                    on_choose=Callback::new(move |name| kind.set(name))
                />
                <div class="row"><span class="unit" aria-hidden="true">"N ="</span>{live(move || figure.orders())}</div>
            </div>
            <LineChart lines=Memo::new(move |_| figure.lines()) labels=labels cursor=Some(cursor)/>
            {refusal("wall-refusal", move || replies.refusal())}
            <div data-testid="wall-example">{live(move || figure.example().map_or_else(nothing, |pair| figure.show(pair)))}</div>
        </div>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    replies: Replies,
    /// Which pairs are tried: `agreement` or `reference`.
    kind: RwSignal<String>,
    /// The distance that the visitor looks at.
    place: RwSignal<Option<usize>>,
}

impl Figure {
    fn order(&self) -> u32 {
        self.desk.chosen().0
    }

    /// Until the visitor points somewhere, the first distance that the N chosen does not see.
    fn distance(&self) -> usize {
        self.place.get().unwrap_or(self.order().max(1) as usize).clamp(1, FARTHEST)
    }

    fn is_reference(&self) -> bool {
        self.kind.with(|kind| kind == "reference")
    }

    fn each<T>(&self, take: impl Fn(&Wall) -> T) -> Vec<T> {
        let wall = |answer: &Answer| match answer {
            Answer::Wall(wall) => Some(take(wall)),
            _ => None,
        };
        self.replies.all(wall)
    }

    fn of_order<T>(&self, take: impl Fn(&Wall) -> Option<T>) -> Option<T> {
        let order = self.order();
        self.each(|wall| if wall.order == order { take(wall) } else { None }).into_iter().flatten().next()
    }

    fn tries<'a>(&self, wall: &'a Wall) -> &'a [Distance] {
        if self.is_reference() { &wall.reference } else { &wall.agreement }
    }

    fn lines(&self) -> Lines {
        let order = self.order();
        let series = |wall: &Wall| {
            let right = |d: &Distance| (f64::from(d.words), f64::from(d.right) / f64::from(d.of.max(1)));
            let points = self.tries(wall).iter().filter(|d| d.of > 0).map(right).collect();
            (wall.order, Series { name: wall.order.to_string(), points })
        };
        let (orders, series): (Vec<u32>, Vec<Series>) = self.each(series).into_iter().unzip();
        let of = self.each(|wall| self.tries(wall).iter().map(|d| d.of).min()).into_iter().flatten().min();
        Lines {
            series,
            lit: orders.iter().position(|known| *known == order),
            x: Axis { from: 1.0, to: FARTHEST as f64, log: true },
            y: Axis { from: 0.0, to: 1.0, log: false },
            x_ticks: [1, 2, 3, 4, 5, 7, 10, 15, 25].map(|x| (f64::from(x), x.to_string())).into(),
            y_ticks: [0.0, 0.25, 0.5, 0.75, 1.0].map(|y| (y, format::percent(y))).into(),
            // Nineteen of twenty coins that are tossed as often fall within twice the standard deviation.
            chance: Some(Chance { name: "a coin toss", value: 0.5, spread: of.map_or(0.0, |of| 1.0 / f64::from(of.max(1)).sqrt()) }),
            fall: Some(0.59),
            stops: (1..=FARTHEST).map(|stop| stop as f64).collect(),
        }
    }

    /// The chapter's N, to be turned here too.
    fn orders(&self) -> AnyView {
        let desk = self.desk;
        let (most, only) =
            desk.built.with(|built| built.as_ref().map_or((5, false), |built| (built.setup.order, built.imported.is_some())));
        let most = (most as usize).min(ORDERS.len());
        let least = if only { most } else { 1 };
        let choose = move |order: String| {
            if let Ok(order) = order.parse() {
                desk.settings.update(|settings| settings.order = order);
            }
        };
        view! {
            <Choice
                name="wall-order"
                label="N"
                options=ORDERS.get(least.saturating_sub(1)..most).unwrap_or_default().to_vec()
                value=words(move || desk.order().to_string())
                on_choose=Callback::new(choose)
            />
        }
        .into_any()
    }

    fn reading(&self) -> String {
        let (order, distance) = (self.order(), self.distance());
        let there = self.of_order(|wall| self.tries(wall).iter().find(|d| d.words as usize == distance && d.of > 0).copied());
        let Some(Distance { right, of, .. }) = there else {
            return if self.replies.is_asking() { format!("Trying N = {order} …") } else { String::new() };
        };
        let back = if distance == 1 { "the word just before".into() } else { format!("a word {distance} words back") };
        let right = format::percent(f64::from(right) / f64::from(of));
        format!("When {back} decides, N = {order} is right {right} of the time, of {}.", format::counted(of.into(), "sentence"))
    }

    /// The pair nearest to the distance that is looked at.
    fn example(&self) -> Option<Pair> {
        let (distance, reference) = (self.distance(), self.is_reference());
        self.of_order(|wall| {
            let pairs = wall.examples.iter().filter(|pair| pair.reference == reference);
            pairs.min_by_key(|pair| (pair.distance as usize).abs_diff(distance)).cloned()
        })
    }

    fn window(&self) -> Window {
        let seen = self.order().saturating_sub(1) as usize;
        match self.desk.unit() {
            Unit::Word => Window::Words(seen),
            Unit::Character => Window::Characters(seen),
            Unit::Piece => Window::Unclear,
        }
    }

    fn show(&self, pair: Pair) -> AnyView {
        let window = self.window();
        let parts = parts(&pair.prefix, pair.distance as usize, window);
        let decider = parts.iter().filter(|part| part.deciding).map(|part| part.text.as_str()).collect::<String>();
        let sees = parts.iter().any(|part| part.deciding && part.seen);
        let [right, wrong] = pair.given.map(f64::from);
        let chosen = right.partial_cmp(&wrong).unwrap_or(std::cmp::Ordering::Equal);
        let memory = match window {
            Window::Unclear => String::new(),
            _ if sees => format!(" “{decider}” is in its window."),
            _ => format!(" “{decider}” is out of its window."),
        };
        let (mark, verdict) = match chosen {
            std::cmp::Ordering::Greater if sees || window == Window::Unclear => ("✓", format!("Right: “{}” it is.{memory}", pair.right)),
            std::cmp::Ordering::Greater => ("✓", format!("Right, but by luck.{memory}")),
            std::cmp::Ordering::Less => ("✗", format!("Wrong: it finds “{}” likelier.{memory}", pair.wrong)),
            std::cmp::Ordering::Equal => ("≈", format!("It cannot tell.{memory}")),
        };
        let top = right.max(wrong).max(f64::MIN_POSITIVE);
        let row = |class: &'static str, word: String, given: f64, note: &'static str| {
            let length = format!("--length:{}%", format::fixed(given / top * 100.0, 1));
            view! {
                <li class=class style=length>
                    <span class="given-word">{word}</span>
                    <span class="given-note">{note}</span>
                    <span class="given-bar" aria-hidden="true"></span>
                    <span class="given-share">{format::share(given)}</span>
                </li>
            }
            .into_any()
        };
        let sentence: Vec<AnyView> = framed(parts);
        let order = self.order();
        let sight = match window {
            Window::Words(seen) => format!(" of {}", format::counted(seen as u64, "word")),
            Window::Characters(seen) => format!(" of {}", format::counted(seen as u64, "character")),
            Window::Unclear => String::new(),
        };
        let head = format!("{} back. N = {order} looks through a window{sight}:", format::counted(pair.distance.into(), "word"));
        view! {
            <div class="example">
                <h3>{head}</h3>
                <p class="probed">{sentence}<b class="decided">"?"</b></p>
                <ul class="given">
                    {row("given-row right", pair.right.clone(), right, "fits")}
                    {row("given-row", pair.wrong.clone(), wrong, "does not fit")}
                </ul>
                <p class="verdict"><span class="sign" data-sign=mark aria-hidden="true">{mark}</span>{verdict}</p>
            </div>
        }
        .into_any()
    }
}

/// The passage with the word that decides marked, and a frame around what the window holds.
fn framed(parts: Vec<Part>) -> Vec<AnyView> {
    let part = |part: &Part| match part.deciding {
        true => view! { <mark>{part.text.clone()}</mark> }.into_any(),
        false => part.text.clone().into_any(),
    };
    let (mut seen, unseen): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| part.seen);
    // The frame ends with a word, not with the space behind it.
    if let Some(last) = seen.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    let frame = match seen.is_empty() {
        true => nothing(),
        false => view! { <span class="window">{seen.iter().map(part).collect::<Vec<_>>()}</span> }.into_any(),
    };
    unseen.iter().map(part).chain([frame]).collect()
}
