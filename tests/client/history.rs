//! What a run measures, to hold one against another.

use seven_steps::protocol::{Command, Event, History, Phase};
use seven_steps::spec::RunSpec;
use seven_steps::worker::local::{Client, Places, with_session};

use crate::client::load;

/// Everything that a run says until it enters `phase`, as a history.
pub async fn history(client: &mut Client, phase: Phase) -> History {
    let mut history = History::default();
    let take = |event, _| {
        match event {
            Event::Run(info) => history = info.history,
            Event::Steps(steps) => history.steps.extend(steps),
            Event::Validation(validation) => history.validations.push(validation),
            Event::Phase(entered) => return entered == phase,
            _ => {}
        }
        false
    };
    client.until(take).await.expect("the phase");
    history
}

/// Every number but the times, which differ between two runs.
pub fn losses(history: &History) -> Vec<(u32, u64, u32)> {
    let steps = history.steps.iter().map(|step| (step.step, step.tokens, step.bits_per_byte.to_bits()));
    let norms = history.steps.iter().map(|step| (step.step, 0, step.gradient_norm.to_bits() ^ step.lr.to_bits()));
    let validations = history.validations.iter().map(|validation| (validation.step, validation.tokens, validation.bits_per_byte.to_bits()));
    steps.chain(norms).chain(validations).collect()
}

/// A whole run without a break.
pub fn unbroken(spec: RunSpec) -> History {
    with_session(Places::default(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec });
        history(&mut client, Phase::Finished).await
    })
}
