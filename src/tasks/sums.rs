//! Sums with clean scratch work, in steps as the world works them.

use crate::rng;

/// How a sum is asked for: the numbers stand in brackets, `x` for the sign.
pub const ASKS: &[&str] =
    &["What is [sum]?", "Work out [sum].", "How much is [sum]?", "Can you tell me what [sum] is?", "I need the answer to [sum]."];
pub const NEW_ASKS: &[&str] = &["My teacher wrote [sum] on the board. What comes out?", "Help me with my sums: [sum]."];
/// One sum in so many is never demonstrated.
const HELD_OUT: u64 = 5;
const SPLIT: u32 = 0x7375_6d73;

/// A sum of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sum {
    pub a: u32,
    pub sign: char,
    pub b: u32,
}

impl Sum {
    /// A draw: two-digit numbers added or subtracted, or one digit times two.
    pub fn drawn(stream: u64) -> Self {
        let below = |index, n| rng::below(stream, index, n) as u32;
        let two_digits = |index| 11 + below(index, 89);
        match below(0, 3) {
            0 => Self { a: two_digits(1), sign: '+', b: two_digits(2) },
            1 => {
                let (a, b) = (two_digits(1), two_digits(2));
                Self { a: a.max(b) + 1, sign: '-', b: a.min(b) }
            }
            _ => Self { a: 2 + below(1, 8), sign: 'x', b: two_digits(2) },
        }
    }

    /// Whether it is never demonstrated. The order of what is added or multiplied makes no difference.
    pub fn is_held_out(self) -> bool {
        let (low, high) = if self.sign == '-' { (self.a, self.b) } else { (self.a.min(self.b), self.a.max(self.b)) };
        rng::bits(rng::stream(SPLIT, u64::from(u32::from(self.sign))), u64::from(low << 8 | high)).is_multiple_of(HELD_OUT)
    }

    pub fn text(self) -> String {
        format!("{} {} {}", self.a, self.sign, self.b)
    }

    pub fn result(self) -> u32 {
        self.step(self.a, self.b)
    }

    fn step(self, a: u32, b: u32) -> u32 {
        match self.sign {
            '+' => a + b,
            '-' => a - b,
            _ => a * b,
        }
    }

    /// Tens first, then ones.
    pub fn working(self) -> String {
        let Self { a, sign, b } = self;
        let (tens, ones) = (b / 10 * 10, b % 10);
        let say = |a: u32, sign: char, b: u32, result: u32| format!("{a} {sign} {b} = {result}. ");
        let mut said = String::new();
        if ones == 0 {
            said += &say(a, sign, b, self.result());
        } else {
            match sign {
                '+' => {
                    let (a_tens, a_ones) = (a / 10 * 10, a % 10);
                    let halves = [a_tens + tens, a_ones + ones];
                    said += &say(a_tens, '+', tens, halves[0]);
                    said += &say(a_ones, '+', ones, halves[1]);
                    said += &say(halves[0], '+', halves[1], self.result());
                }
                '-' => {
                    said += &say(a, '-', tens, a - tens);
                    said += &say(a - tens, '-', ones, self.result());
                }
                _ => {
                    let halves = [a * tens, a * ones];
                    said += &say(a, 'x', tens, halves[0]);
                    said += &say(a, 'x', ones, halves[1]);
                    said += &say(halves[0], '+', halves[1], self.result());
                }
            }
        }
        said + &format!("The answer is {}.", self.result())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scratch_work_is_right_at_every_step() {
        for index in 0..5000 {
            let sum = Sum::drawn(rng::stream(3, index));
            let working = sum.working();
            for step in working.split(". ").filter(|step| step.contains('=')) {
                let words: Vec<&str> = step.split(' ').collect();
                let number = |place: usize| words[place].parse::<i64>().unwrap();
                let result = match words[1] {
                    "+" => number(0) + number(2),
                    "-" => number(0) - number(2),
                    _ => number(0) * number(2),
                };
                assert_eq!(result, number(4), "{working}");
            }
            assert!(working.ends_with(&format!("The answer is {}.", sum.result())), "{working}");
        }
    }

    #[test]
    fn a_fifth_is_held_out_whatever_the_order() {
        let held_out = (0..5000).filter(|&index| Sum::drawn(rng::stream(4, index)).is_held_out()).count();
        assert!((900..1100).contains(&held_out), "{held_out}");
        for index in 0..1000 {
            let Sum { a, sign, b } = Sum::drawn(rng::stream(5, index));
            if sign == '+' {
                assert_eq!(Sum { a, sign, b }.is_held_out(), Sum { a: b, sign, b: a }.is_held_out());
            }
        }
    }
}
