//! Writing, one token drawn after the other.

use seven_steps_markov::hmm::{Belief, Hmm};

use super::lexicon::{Appender, Cut, Lexicon};
use super::pace::Pace;
use super::stand::{Seen, Stand, Way};
use super::table::best;
use super::{BEGIN, END, UNKNOWN};
use crate::protocol::ngrams::{Follower, Written};
use crate::rng;

/// Tokens written at most for one question.
const LONGEST: u32 = 10_000;
/// Options shown beside a drawn token.
const OPTIONS: usize = 12;

/// Goes on from the last line of `prompt`.
pub async fn write(
    stand: &Stand,
    prompt: &str,
    way: Way,
    temperature: f32,
    length: u32,
    seed: u32,
    say: &dyn Fn(Written),
) -> Result<(), String> {
    let model = stand.model(way).await?;
    let mut appender = Appender::new(&stand.lexicon);
    let mut state = model.start();
    for Cut { id, text } in stand.lexicon.cut_last(prompt) {
        appender.push(&stand.lexicon, id, &text);
        state = model.push(state, id);
    }
    let mut pace = Pace::new();
    for index in 0..length.min(LONGEST) {
        let probabilities = at_temperature(model.distribution_in(state), temperature).ok_or_else(|| {
            "These words were never seen in this order, so without smoothing nothing can follow: choose a smoothing, or a smaller N."
                .to_owned()
        })?;
        let draw = draw(&probabilities, rng::uniform(rng::stream(seed, 0), index.into()));
        let written = draw.written(&stand.lexicon, &mut appender, &stand.seen(state), &probabilities);
        say(Written { window: state.window() as u32, matched: state.matched() as u32, ..written });
        // After the end of a sentence another begins, which knows nothing of the first.
        state = if draw.id == END { model.start() } else { model.push(state, draw.id) };
        pace.breathe().await;
    }
    Ok(())
}

/// A hidden Markov model writes: a state is drawn, and then a token from it.
pub async fn write_hidden(lexicon: &Lexicon, hmm: &Hmm, length: u32, seed: u32, say: &dyn Fn(Written)) -> Result<(), String> {
    let mut appender = Appender::new(lexicon);
    let mut belief = Belief::new(hmm);
    let mut pace = Pace::new();
    for index in 0..length.min(LONGEST) {
        let dice = |of: u64| rng::uniform(rng::stream(seed, of), index.into());
        let state = pick(belief.states(), dice(1));
        belief.settle(state as usize);
        let probabilities = at_temperature(belief.next_distribution(), 1.0)
            .ok_or("This state says nothing but unknown words: train with fewer states, or on more text.")?;
        let draw = draw(&probabilities, dice(0));
        let written = draw.written(lexicon, &mut appender, &Seen::default(), &probabilities);
        say(Written { state: Some(state), ..written });
        belief.observe(draw.id);
        pace.breathe().await;
    }
    Ok(())
}

/// Sharpens or flattens a distribution over what can be written; 0 leaves only the likeliest. None where there is nothing.
fn at_temperature(mut probabilities: Vec<f64>, temperature: f32) -> Option<Vec<f64>> {
    probabilities[BEGIN as usize] = 0.0;
    probabilities[UNKNOWN as usize] = 0.0;
    let greatest = probabilities.iter().copied().fold(0.0, f64::max);
    if greatest <= 0.0 {
        return None;
    }
    if temperature <= 0.0 {
        let likeliest = probabilities.iter().position(|p| *p == greatest)?;
        probabilities.fill(0.0);
        probabilities[likeliest] = 1.0;
    } else if temperature != 1.0 {
        let power = 1.0 / f64::from(temperature);
        probabilities.iter_mut().for_each(|p| *p = ((*p / greatest).ln() * power).exp());
    }
    let sum: f64 = probabilities.iter().sum();
    probabilities.iter_mut().for_each(|p| *p /= sum);
    Some(probabilities)
}

/// The index that `dice`, uniform from 0 to 1, falls on.
fn pick(probabilities: &[f64], mut dice: f64) -> u32 {
    let falls = |p: &f64| {
        dice -= p;
        dice < 0.0
    };
    let last = probabilities.len().saturating_sub(1);
    probabilities.iter().position(falls).unwrap_or(last) as u32
}

/// What the dice chose.
struct Draw {
    id: u32,
    /// The likeliest, and the drawn one if it is not among them.
    options: Vec<u32>,
    /// Which of them it is.
    drawn: usize,
    /// Where the dice fell when the options stand one after the other.
    dice: f64,
}

/// Draws by `dice`, uniform from 0 to 1. The likeliest stand first on its scale, then all others by their numbers; the drawn one of
/// these is then moved to the front of them, and the dice with it.
fn draw(probabilities: &[f64], dice: f64) -> Draw {
    let mut options = best(probabilities, OPTIONS);
    let mut below = 0.0;
    for (drawn, id) in options.iter().copied().enumerate() {
        let p = probabilities[id as usize];
        if dice < below + p {
            return Draw { id, options, drawn, dice };
        }
        below += p;
    }
    let front = below;
    let others = (0..).zip(probabilities).filter(|(id, p)| **p > 0.0 && !options.contains(id));
    let mut last = None;
    for (id, p) in others {
        last = Some((id, dice - below));
        if dice < below + p {
            break;
        }
        below += p;
    }
    // Where the sum of all falls short of 1 by rounding, the last of them is drawn.
    let drawn = options.len();
    match last {
        Some((id, within)) => {
            options.push(id);
            Draw { id, options, drawn, dice: front + within }
        }
        None => Draw { id: options[drawn - 1], options, drawn: drawn - 1, dice: front },
    }
}

impl Draw {
    fn written(&self, lexicon: &Lexicon, appender: &mut Appender, seen: &Seen, probabilities: &[f64]) -> Written {
        let token = lexicon.text(self.id);
        let follower =
            |id: &u32| Follower { text: lexicon.text(*id), count: seen.count(*id), probability: probabilities[*id as usize] as f32 };
        let options: Vec<Follower> = self.options.iter().map(follower).collect();
        let rest = (1.0 - options.iter().map(|option| option.probability).sum::<f32>()).max(0.0);
        Written {
            text: appender.push(lexicon, self.id, &token),
            token,
            window: 0,
            matched: 0,
            dice: self.dice as f32,
            options,
            drawn: self.drawn as u32,
            rest,
            state: None,
        }
    }
}
