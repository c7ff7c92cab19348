//! At equal compute, several sizes: the valley of each budget, the line through them and the formula beside it, and two named runs.

use leptos::prelude::*;

use super::{
    super::desk::Replies,
    runs::{NAMED, Runs, dots, made, ran, rings},
};
use crate::{
    protocol::{
        figures::{Line, Question},
        scaling::{Interval, Parametric, ScalingFits, ScalingRun},
    },
    ui::{
        controls::{live, nothing, refusal, words},
        figures::{Cursor, Labels, LineChart, lines},
        format,
        lines::Lines,
        scaling::{Over, exponent, short},
    },
};

pub fn view(runs: Runs, near: Signal<bool>) -> AnyView {
    runs.want(near);
    let at = RwSignal::new(None);
    let named = runs.desk.keep_asking(Line::LargeAndSmall, move || near.get().then(|| Question::Baked { name: NAMED.into() }));
    let lines = lines(move || runs.cloud().valleys(runs.count(), runs.fits().as_ref()));
    let cursor = Cursor {
        at: at.into(),
        set: Callback::new(move |stop: usize| at.set(Some(stop))),
        said: words(move || reading(runs, at.get())),
        hovers: true,
    };
    let labels = Labels {
        name: "valleys",
        label: "Loss over the size of the model, a curve for each budget of compute",
        x: "parameters",
        y: "bits per byte",
        values: |bits| format::fixed(bits, 3),
        empty: "",
    };
    let around = live(move || lines.with(|lines| points(runs, lines)));
    view! {
        <div class="law" data-testid="valleys">
            <div class="chart-head">{runs.counting("valleys-count")}</div>
            <LineChart lines labels=labels cursor=Some(cursor) over=around/>
            <ul class="kinds">
                <li class="baked" data-testid="valleys-standing">{words(move || runs.standing())}</li>
                <li class="own">"made here"</li>
                <li class="ring">"the bottom of a budget's valley"</li>
            </ul>
            {refusal("valleys-refusal", move || runs.refused())}
            <dl class="figures laws" data-testid="optima">{live(move || optima(runs))}</dl>
            <h3>"At equal compute: a large model, and a smaller one that read more"</h3>
            {live(move || sides(named))}
            {refusal("named-refusal", move || named.refusal())}
        </div>
    }
    .into_any()
}

fn points(runs: Runs, lines: &Lines) -> AnyView {
    let (cloud, count) = (runs.cloud(), runs.count());
    let of = |which| cloud.points(lines, Over::Parameters, count, which);
    let bottoms = lines.lit.map_or(&[][..], |lit| &lines.series[lit].points);
    let rings = rings(bottoms.iter().map(|(x, y)| (lines.x.place(*x), lines.y.place(*y))));
    let empty = runs.empty("The valleys appear here: at each budget, the loss of models of several sizes.");
    view! { {empty} {dots([("baked", of("baked")), ("own", of("own"))])} {rings} }.into_any()
}

/// The bottom of a valley in words, the last if none is pointed at.
fn reading(runs: Runs, at: Option<usize>) -> String {
    let valleys = runs.fits().and_then(|fits| fits.isoflop.ok()).map_or_else(Vec::new, |isoflop| isoflop.valleys);
    let inside: Vec<_> = valleys.into_iter().filter(|valley| valley.inside).collect();
    let Some(valley) = at.and_then(|at| inside.get(at)).or(inside.last()) else { return String::new() };
    format!(
        "With {} operations, the best has {} parameters and reads {} tokens, {} for each parameter.",
        short(valley.flops),
        format::amount(valley.parameters as u64),
        format::amount(valley.tokens as u64),
        format::significant(valley.tokens / valley.parameters, 2),
    )
}

/// How size and text grow with compute, by both ways.
fn optima(runs: Runs) -> AnyView {
    let Some(ScalingFits { isoflop, parametric, .. }) = runs.fits() else {
        return view! { <div><dt>"The best sizes"</dt><dd>{runs.waits()}</dd></div> }.into_any();
    };
    let valleys = isoflop.and_then(|isoflop| isoflop.optimal).map(|optimal| {
        let [size, text] = [optimal.parameters, optimal.tokens].map(|law| exponent(law.exponent, law.exponent_interval));
        (size, text, String::new())
    });
    let formula = parametric.map(|fit| {
        // D* is what C leaves of N*, so its exponent follows.
        let Parametric { e, alpha, beta, gamma, size_exponent_interval: interval, .. } = fit;
        let rest = |b: f64| 1.0 - gamma * b;
        let text = interval.map(|of| Interval { low: rest(of.high), high: rest(of.low) });
        let [e, alpha, beta] = [e, alpha, beta].map(|x| format::fixed(x, 2));
        let rest_said = format!("E = {e} nats a token, α = {alpha}, β = {beta}, R² {}", format::fixed(fit.r_squared, 3));
        (exponent(fit.size_exponent(), interval), exponent(rest(fit.size_exponent()), text), rest_said)
    });
    let row = |label: &'static str, fit: Result<([String; 2], [String; 2], String), String>| {
        let said = match fit {
            Ok(([size, sizes], [text, texts], more)) => {
                view! { <b>"N* ∝ C"<sup>{size}</sup></b>" "{sizes}<b>"D* ∝ C"<sup>{text}</sup></b>" "{texts}<span>{more}</span> }.into_any()
            }
            Err(reason) => view! { <span class="refusal">{reason}</span> }.into_any(),
        };
        view! { <div><dt>"by the "{label}</dt><dd>{said}</dd></div> }.into_any()
    };
    view! { {row("valleys", valleys)} {row("formula L(N, D)", formula)} }.into_any()
}

/// The two runs beside each other.
fn sides(named: Replies) -> AnyView {
    let runs = ran(&named);
    let [large, small] = &runs[..] else { return nothing() };
    let side = |title: &'static str, run: &ScalingRun| {
        let read = format!("{} parameters read {} tokens", format::amount(run.parameters), format::amount(run.tokens));
        let bits = format::fixed(run.bits_per_byte, 3);
        view! { <div><dt>{title}</dt><dd><b>{bits}" bits per byte"</b>{read}</dd></div> }.into_any()
    };
    let less = 1.0 - small.bits_per_byte / large.bits_per_byte;
    let verdict = format!(
        "Both took {} operations{}. The smaller one that read more is {} by {}.",
        short(small.flops),
        made(&named).map_or(String::new(), |day| [", measured in advance on ", &day].concat()),
        if less > 0.0 { "better" } else { "worse" },
        format::percent(less.abs()),
    );
    view! {
        <dl class="figures laws" data-testid="named">{side("large, and read little", large)}{side("smaller, and read more", small)}</dl>
        <p data-testid="named-verdict">{verdict}</p>
    }
    .into_any()
}
