//! The law: loss over compute, parameters and text on axes that count in tenfolds, the law along the best runs, and where it leads.
//!
//! - `sweep`: runs that are made here. `larger`: one that is foretold, locked and made.

mod larger;
mod sweep;

use leptos::prelude::*;

use super::runs::{Runs, dots, rings};
use crate::{
    protocol::scaling::{Frontier, ScalingFits},
    ui::{
        controls::{Choice, live, refusal, when, words},
        figures::{Cursor, Labels, LineChart, lines},
        format,
        lines::Lines,
        scaling::{Over, certainty},
    },
};

/// What the loss may be drawn over: name, symbol, what it is called, and what stands along the axis.
const OVER: [(&str, &str, &str, &str); 3] = [
    ("compute", "C", "compute", "C, operations of the training"),
    ("parameters", "N", "parameters", "N, parameters"),
    ("tokens", "D", "text", "D, tokens read"),
];

/// How the runs are looked at.
#[derive(Clone, Copy)]
struct View {
    runs: Runs,
    /// [`Over`] by name.
    over: RwSignal<String>,
    at: RwSignal<Option<usize>>,
}

pub fn view(runs: Runs, near: Signal<bool>) -> AnyView {
    runs.want(near);
    let view = View { runs, over: RwSignal::new("compute".into()), at: RwSignal::new(None) };
    let View { over, at, .. } = view;
    let lines = lines(move || runs.cloud().law(view.over(), runs.count(), runs.fits().as_ref()));
    view! {
        <div class="law" data-testid="law">
            <div class="chart-head">
                <Choice
                    name="law-x"
                    label="Along the bottom"
                    options=OVER.map(|(name, _, label, _)| (name, label)).into()
                    value=over.into()
                    on_choose=Callback::new(move |name| {
                        at.set(None);
                        over.set(name);
                    })
                />
                {runs.counting("law-count")}
            </div>
            {live(move || view.chart(lines))}
            <ul class="kinds">
                <li class="baked" data-testid="law-standing">{words(move || runs.standing())}</li>
                <li class="best">"the best so far, which the law goes along"</li>
                {when(move || view.over() == Over::Compute, || view! { <li class="led">"the law, led on to what it foretells"</li> }.into_any())}
                <li class="own" data-testid="law-own">{words(move || format!("{} made here", format::counted(runs.made.with(|made| made.own.len()) as u64, "run")))}</li>
                <li class="ring">"foretold"</li>
                <li class="made">"what came of it"</li>
            </ul>
            {refusal("law-refusal", move || runs.refused())}
            <dl class="figures laws" data-testid="laws">{live(move || view.laws())}</dl>
            <h3>"A run that nobody has made yet"</h3>
            {larger::view(runs)}
            <h3>"Runs of your own"</h3>
            {sweep::view(runs)}
        </div>
    }
    .into_any()
}

impl View {
    fn over(&self) -> Over {
        self.over.with(|name| Over::named(name))
    }

    /// The chart, anew for each axis.
    fn chart(&self, lines: Memo<Lines>) -> AnyView {
        let (view, at) = (*self, self.at);
        let said = move || match view.runs.fits() {
            Some(_) => lines.with(|lines| view.runs.cloud().best(lines, at.get(), view.over(), view.runs.count())),
            None => view.runs.waits().into(),
        };
        let cursor = Cursor { at: at.into(), set: Callback::new(move |stop: usize| at.set(Some(stop))), said: words(said), hovers: true };
        let along = self.over.with(|name| OVER.iter().find(|over| over.0 == name).map_or("", |over| over.3));
        let labels = Labels {
            name: "law",
            label: "Loss of finished runs and the law along the best of them",
            x: along,
            y: "bits per byte",
            values: |bits| format::fixed(bits, 3),
            empty: "",
        };
        let around = live(move || lines.with(|lines| view.points(lines)));
        view! { <LineChart lines labels=labels cursor=Some(cursor) over=around/> }.into_any()
    }

    fn points(&self, lines: &Lines) -> AnyView {
        let (cloud, over, count) = (self.runs.cloud(), self.over(), self.runs.count());
        let of = |which| cloud.points(lines, over, count, which);
        let best = cloud.best_points(lines, over, self.runs.fits().as_ref());
        let empty = self.runs.empty("The runs appear here: a point for each, its loss on held-out text over what was spent on it.");
        let rings = rings(cloud.marks(over, count).into_iter().map(|(x, y)| (lines.x.place(x), lines.y.place(y))));
        view! { {empty} {dots([("baked", of("baked")), ("best", best), ("own", of("own"))])} {rings} {dots([("made", of("made"))])} }
            .into_any()
    }

    fn laws(&self) -> AnyView {
        let Some(ScalingFits { over_compute, over_parameters, over_tokens, .. }) = self.runs.fits() else {
            return view! { <div><dt>"The law"</dt><dd>{self.runs.waits()}</dd></div> }.into_any();
        };
        let fits = [over_compute, over_parameters, over_tokens];
        OVER.into_iter().zip(fits).map(|((name, symbol, label, _), fit)| law(name, symbol, label, fit)).collect::<Vec<_>>().into_any()
    }
}

/// A law of the loss, or why there is none.
fn law(name: &'static str, symbol: &'static str, label: &'static str, fit: Result<Frontier, String>) -> AnyView {
    let said = match fit {
        Ok(Frontier { law, .. }) => {
            let [exponent, rest] = certainty(&law);
            view! { <b data-testid=["law-of-", name].concat()>"L ∝ "{symbol}<sup>{exponent}</sup></b> {rest} }.into_any()
        }
        Err(reason) => view! { <span class="refusal">{reason}</span> }.into_any(),
    };
    view! { <div><dt>{["over ", label, ", ", symbol].concat()}</dt><dd>{said}</dd></div> }.into_any()
}
