//! Worked sums with their scratch work: most right, some wrong, some wrong and then noticed.

use super::grammar::{Grammar, SUM};
use super::teller::Teller;

/// A sum as a document works it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub question: String,
    /// The scratch work, up to and with the answer.
    pub working: String,
    /// The answer given.
    pub answer: u32,
    /// The answer that is right.
    pub truth: u32,
    pub course: Course,
}

impl Sum {
    pub fn is_right(&self) -> bool {
        self.answer == self.truth
    }
}

/// How the scratch work goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Course {
    Right,
    /// A step is wrong, and so is the answer.
    Wrong,
    /// A step is wrong, but it is noticed, and the answer is right.
    Corrected,
}

/// One step of the scratch work.
#[derive(Clone, Copy)]
struct Step(Operand, char, Operand);

#[derive(Clone, Copy)]
enum Operand {
    Number(u32),
    /// What the step of this index gave.
    Result(usize),
}
use Operand::{Number, Result};

/// Sums in a document.
const SUMS: [u32; 2] = [2, 4];

/// Says some sums, each after an empty line.
pub(super) fn tell(grammar: &Grammar, teller: &mut Teller) -> Vec<Sum> {
    let count = teller.between(SUMS);
    (0..count).map(|_| tell_one(grammar, teller)).collect()
}

fn tell_one(grammar: &Grammar, teller: &mut Teller) -> Sum {
    let say = |teller: &mut Teller, rule: &str| {
        if let Some(rule) = grammar.rule(rule) {
            teller.rule(rule);
        }
    };
    let (rule, numbers, steps) = draw(teller);
    for (field, number) in ["a", "b", "c"].into_iter().zip(numbers) {
        teller.set_number(SUM, field, number);
    }
    teller.push("\n\n");
    let start = teller.len();
    say(teller, rule);
    let question = teller.since(start);
    teller.push("\n");
    let start = teller.len();

    let course = match teller.below(20) {
        0..12 => Course::Right,
        12..15 => Course::Wrong,
        _ => Course::Corrected,
    };
    let right = worked(&steps, None);
    let slip = teller.below(steps.len() as u32) as usize;
    let near = [right[slip] + 1, right[slip].saturating_sub(1), right[slip] + 10, right[slip] + 2];
    let near: Vec<u32> = near.into_iter().filter(|wrong| *wrong != right[slip]).collect();
    let wrong_there = near[teller.below(near.len() as u32) as usize];
    let wrong = worked(&steps, Some((slip, wrong_there)));

    let step = |teller: &mut Teller, index: usize, values: &[u32]| {
        let Step(left, operator, other) = steps[index];
        let value = |operand| match operand {
            Number(number) => number,
            Result(index) => values[index],
        };
        teller.set(SUM, "left", format!("{} {operator} {}", value(left), value(other)));
        teller.set_number(SUM, "right", values[index]);
        teller.set_number(SUM, "wrong", wrong[index]);
    };
    let spoken = |index: usize| match index {
        0 => "sum-first",
        index if index + 1 == steps.len() => "sum-last",
        _ => "sum-next",
    };
    // The slip is noticed at once or at the end.
    let noticed = if teller.below(2) == 0 { slip } else { steps.len() - 1 };
    let before = match course {
        Course::Right => &right,
        _ => &wrong,
    };
    let said_first = if course == Course::Corrected { noticed + 1 } else { steps.len() };
    for index in 0..said_first {
        step(teller, index, before);
        say(teller, spoken(index));
        teller.push(" ");
    }
    if course == Course::Corrected {
        step(teller, slip, &right);
        say(teller, if noticed == slip { "sum-doubt" } else { "sum-check" });
        teller.push(" ");
        for index in slip + 1..steps.len() {
            step(teller, index, &right);
            say(teller, spoken(index));
            teller.push(" ");
        }
    }
    let last = steps.len() - 1;
    let (answer, truth) = (if course == Course::Wrong { wrong[last] } else { right[last] }, right[last]);
    teller.set_number(SUM, "answer", answer);
    say(teller, "sum-answer");
    Sum { question, working: teller.since(start), answer, truth, course }
}

/// What each step gives, with another result where it slips.
fn worked(steps: &[Step], slip: Option<(usize, u32)>) -> Vec<u32> {
    let mut values: Vec<u32> = Vec::new();
    for (index, Step(left, operator, right)) in steps.iter().enumerate() {
        let value = |operand: &Operand| match operand {
            Number(number) => *number,
            Result(index) => values[*index],
        };
        let (left, right) = (value(left), value(right));
        let result = match operator {
            '+' => left + right,
            '-' => left.saturating_sub(right),
            _ => left * right,
        };
        values.push(slip.filter(|slip| slip.0 == index).map_or(result, |slip| slip.1));
    }
    values
}

/// The rule of a question, its numbers, and the steps to its answer.
fn draw(teller: &mut Teller) -> (&'static str, [u32; 3], Vec<Step>) {
    let (tens, ones) = (|number| Number(number / 10 * 10), |number| Number(number % 10));
    let halves = Step(Result(0), '+', Result(1));
    match teller.below(9) {
        0 => {
            let (a, b) = (teller.between([3, 19]), teller.between([2, 9]));
            ("sum-add", [a, b, 0], vec![Step(Number(a), '+', Number(b))])
        }
        1 => {
            let (a, b) = (two_digits(teller, 8), two_digits(teller, 8));
            ("sum-add", [a, b, 0], vec![Step(tens(a), '+', tens(b)), Step(ones(a), '+', ones(b)), halves])
        }
        2 => {
            let (a, b) = (teller.between([11, 20]), teller.between([2, 9]));
            ("sum-take", [a, b, 0], vec![Step(Number(a), '-', Number(b))])
        }
        3 => {
            let b = two_digits(teller, 4);
            let a = b + teller.between([13, 48]);
            ("sum-take", [a, b, 0], vec![Step(Number(a), '-', tens(b)), Step(Result(0), '-', ones(b))])
        }
        4 => {
            let (a, b) = (teller.between([3, 9]), teller.between([3, 9]));
            ("sum-times", [a, b, 0], vec![Step(Number(a), 'x', Number(b))])
        }
        5 => {
            let (a, b) = (teller.between([3, 9]), two_digits(teller, 4));
            ("sum-times", [a, b, 0], vec![Step(Number(a), 'x', tens(b)), Step(Number(a), 'x', ones(b)), halves])
        }
        6 => {
            let (a, b, c) = (teller.between([2, 9]), teller.between([3, 9]), teller.between([2, 19]));
            ("sum-times-add", [a, b, c], vec![Step(Number(a), 'x', Number(b)), Step(Result(0), '+', Number(c))])
        }
        7 => {
            let (a, b) = (teller.between([3, 9]), teller.between([4, 9]));
            let c = teller.between([2, a * b - 4]);
            ("sum-times-take", [a, b, c], vec![Step(Number(a), 'x', Number(b)), Step(Result(0), '-', Number(c))])
        }
        _ => {
            let (a, b, c) = (teller.between([6, 30]), teller.between([5, 20]), teller.between([2, 9]));
            ("sum-add-take", [a, b, c], vec![Step(Number(a), '+', Number(b)), Step(Result(0), '-', Number(c))])
        }
    }
}

/// A number from 11 on whose last digit is not 0 and whose first is at most `most`.
fn two_digits(teller: &mut Teller, most: u32) -> u32 {
    10 * teller.between([1, most]) + teller.between([1, 9])
}
