//! A small tuned model against a base model many times its size: judged blind by the visitor, and by the judge of the world.

use leptos::prelude::*;

use super::desk::{Desk, Replies};
use crate::{
    protocol::{
        post_training::{Answer, Line},
        tuning::{Bout, Contest},
    },
    ui::{
        controls::{Choice, live, nothing, press, refusal},
        format,
    },
};

/// Contests that were held in advance: the small model, and the tiny one.
const HELD: [&str; 2] = ["tuning-contest", "tuning-contest-tiny"];
/// Pairs of answers that the visitor judges.
const ROUNDS: usize = 10;

#[derive(Clone, Copy)]
struct Figure {
    desk: Desk,
    contests: StoredValue<Vec<Replies>>,
    which: RwSignal<String>,
    /// The visitor's verdicts: the tuned one, the base model, neither.
    verdicts: RwSignal<Vec<usize>>,
}

pub fn view(desk: Desk, near: Signal<bool>) -> AnyView {
    let contests: Vec<Replies> = (0..).zip(HELD).map(|(at, name)| desk.baked(Line::Tuned(2 + at), name, near)).collect();
    let figure = Figure { desk, contests: StoredValue::new(contests), which: RwSignal::new("0".into()), verdicts: RwSignal::new(vec![]) };
    let Figure { which, verdicts, contests, .. } = figure;
    let choose = move |name| {
        verdicts.set(vec![]);
        which.set(name);
    };
    view! {
        <div class="tuning" data-testid="hundredth">
            <Choice
                name="hundredth-which"
                label="Which tuned model"
                options=vec![("0", "a twelfth of the size"), ("1", "a hundredth of the size")]
                value=which.into()
                on_choose=Callback::new(choose)
            />
            {refusal("hundredth-refusal", move || contests.with_value(|all| all.iter().map(|replies| replies.refusal()).find(|said| !said.is_empty())).unwrap_or_default())}
            {live(move || figure.score())}
            <div role="status" data-testid="hundredth-round">{live(move || figure.round())}</div>
        </div>
    }
    .into_any()
}

impl Figure {
    fn contest(&self) -> Option<Contest> {
        let at = usize::from(self.which.with(|which| which == "1"));
        let replies = self.contests.with_value(|all| all[at]);
        replies.last(|answer| if let Answer::Contest(contest) = answer { Some(contest.clone()) } else { None })
    }

    /// What the judge preferred, and what each of the two knows.
    fn score(&self) -> AnyView {
        let Some(Contest { names, parameters, preferred, knows, of, .. }) = self.contest() else {
            return view! { <p class="waiting">{self.desk.waits()}</p> }.into_any();
        };
        let all: u32 = preferred.iter().sum();
        let share = |n: u32, of: u32| f64::from(n) / f64::from(of.max(1));
        let bar = |class: &'static str, n: u32, said: String| {
            let width = format!("flex-grow:{n}");
            view! { <span class=["bar-part ", class].concat() style=width><b>{format::percent(share(n, all))}</b>" "{said}</span> }
                .into_any()
        };
        let size = |at: usize| format!("{} ({} parameters)", names[at], format::amount(parameters[at]));
        let known = format!(
            "Of {} facts put as a choice, “{}” finds the true one likeliest in {}, “{}” in {}.",
            format::integer(of.into()),
            names[0],
            format::percent(share(knows[0], of)),
            names[1],
            format::percent(share(knows[1], of))
        );
        view! {
            <p>{format!("The judge of the world, over {} prompts, preferred", format::integer(all.into()))}</p>
            <div class="bar" data-testid="hundredth-judge">
                {bar("first", preferred[0], size(0))}
                {bar("neither", preferred[2], "neither".into())}
                {bar("second", preferred[1], size(1))}
            </div>
            <p data-testid="hundredth-knows">{known}</p>
        }
        .into_any()
    }

    /// A pair of answers to judge without names, or what came of ten.
    fn round(&self) -> AnyView {
        let Some(contest) = self.contest() else { return nothing() };
        let verdicts = self.verdicts.get();
        let chosen = self.verdicts;
        if verdicts.len() >= ROUNDS.min(contest.bouts.len()) {
            let count = |which: usize| verdicts.iter().filter(|verdict| **verdict == which).count();
            let said = format!(
                "Of {} pairs you preferred the small tuned model in {}, the large base model in {}, and neither in {}.",
                verdicts.len(),
                count(0),
                count(1),
                count(2)
            );
            return view! {
                <p class="verdict" data-testid="hundredth-verdict">{said}</p>
                <button type="button" on:click=press(move || chosen.set(vec![]))>"Once more"</button>
            }
            .into_any();
        }
        let round = verdicts.len();
        // Spread over all kinds; each side has the tuned one in half of the rounds.
        let bout: &Bout = &contest.bouts[round * contest.bouts.len() / ROUNDS % contest.bouts.len()];
        let swapped = (round * 7 + 3) % 4 < 2;
        let sides = if swapped { [1, 0] } else { [0, 1] };
        let answer = |side: usize| bout.answers[sides[side]].clone();
        let judge = move |side: usize| chosen.update(|chosen| chosen.push(if side == 2 { 2 } else { sides[side] }));
        view! {
            <p class="help">{format!("You judge: {} of {ROUNDS}. Which answer is more use to whoever asked?", round + 1)}</p>
            <p class="asked">{["“", &bout.prompt, "”"].concat()}</p>
            <div class="sides">
                <button type="button" class="side" data-testid="hundredth-left" on:click=press(move || judge(0))>{answer(0)}</button>
                <button type="button" class="side" data-testid="hundredth-right" on:click=press(move || judge(1))>{answer(1)}</button>
            </div>
            <button type="button" class="quiet" data-testid="hundredth-neither" on:click=press(move || judge(2))>"I cannot say"</button>
        }
        .into_any()
    }
}
