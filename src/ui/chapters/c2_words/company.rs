//! The company that two words keep, side by side.

use leptos::prelude::*;

use super::{
    desk::Desk,
    parts::{Inquiry, chips, field, first, waiting},
};
use crate::{
    protocol::words::{Answer, Companion, Company, Line, Question},
    ui::{
        controls::{live, refusal, words},
        format,
        offers::Offers,
    },
};

const OFFERS: Offers = Offers {
    usual: &[&["cat", "dog"], &["cat", "hammer"], &["king", "queen"], &["france", "italy"]],
    of: |[a, b, _]| vec![a.into(), b.into()],
    label: |words| words.join(" and "),
};

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let pair = first(&OFFERS);
    let inquiry = Inquiry::about(&pair, desk, Line::Company, near, move || Question::Company { words: pair.map(|word| word.get()) });
    let answer = move || inquiry.answer(|answer| if let Answer::Company(company) = answer { Some(company.clone()) } else { None });
    view! {
        <div class="company" data-testid="company">
            <div class="word-fields">{field("company-first", "One word", pair[0])}{field("company-second", "Another", pair[1])}</div>
            {chips(desk, "company", OFFERS, &pair)}
            {refusal("company-refusal", move || inquiry.refusal())}
            {live(move || answer().map_or_else(|| waiting(desk), |company| draw(&company)))}
            <p class="verdict" role="status" data-testid="company-verdict">{words(move || answer().map_or_else(String::new, |company| verdict(&company)))}</p>
        </div>
    }
    .into_any()
}

fn draw(Company { words: [first, second], counts, rows, .. }: &Company) -> AnyView {
    // A thousand times as often as by chance fills a bar.
    let length = |times: f32| format::fixed(f64::from((times.max(1.0).ln() / 1000f32.ln()).min(1.0)), 3);
    let says = |times: f32| if times > 0.0 { format!("{}×", format::significant(times.into(), 2)) } else { "never".into() };
    let row = |Companion { word, times: [a, b] }: &Companion| {
        let style = format!("--left:{};--right:{}", length(*a), length(*b));
        let is_shared = (*a > 2.0 && *b > 2.0).to_string();
        view! {
            <tr style=style data-shared=is_shared>
                <td class="first"><span>{says(*a)}</span><i aria-hidden="true"></i></td>
                <th scope="row">{word.clone()}</th>
                <td class="second"><i aria-hidden="true"></i><span>{says(*b)}</span></td>
            </tr>
        }
        .into_any()
    };
    let head = |word: &String, count: u64| format!("{word}, {} times in the text", format::integer(count));
    view! {
        <table class="fingerprints" data-testid="company-rows">
            <caption class="hidden">"How many times as often as by chance each word stands near the two"</caption>
            <thead><tr><th scope="col">{head(first, counts[0])}</th><td></td><th scope="col">{head(second, counts[1])}</th></tr></thead>
            <tbody>{rows.iter().map(row).collect::<Vec<_>>()}</tbody>
        </table>
        <p class="help">"How many times as often as by chance each word stands near the two: a third of a bar is 10 times, two thirds 100 times, a whole one 1,000 times. Filled: more than twice as often near both."</p>
    }
    .into_any()
}

/// A word that occurs less often than this keeps company by accident.
const FEW: u64 = 20;

fn verdict(Company { words: [first, second], counts, overlap, .. }: &Company) -> String {
    let rarer = if counts[0] <= counts[1] { (first, counts[0]) } else { (second, counts[1]) };
    if rarer.1 < FEW {
        return format!("{} occurs {} only: too seldom to say what company it keeps.", rarer.0, format::counted(rarer.1, "time"));
    }
    let how = match overlap {
        o if *o > 0.35 => "keep much the same company",
        o if *o > 0.15 => "share some of their company",
        _ => "keep different company",
    };
    format!("{first} and {second} {how}: an overlap of {}.", format::percent((*overlap).into()))
}
