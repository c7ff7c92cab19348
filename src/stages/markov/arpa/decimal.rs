//! Decimal numbers of seven places, without the tables that exact ones need.

const PLACES: usize = 7;
const SCALE: f64 = 1e7;

/// Appends log10 of `x`, which is above 0.
pub fn write_log10(x: f64, out: &mut Vec<u8>) {
    let scaled = (x.log10() * SCALE).round() as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    let mut digits = [b'0'; 20];
    let (mut left, mut first) = (scaled.unsigned_abs(), digits.len());
    while left > 0 || first > digits.len() - PLACES - 1 {
        first -= 1;
        digits[first] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let (whole, places) = digits[first..].split_at(digits.len() - PLACES - first);
    let places = places.len() - places.iter().rev().take_while(|digit| **digit == b'0').count();
    out.extend_from_slice(whole);
    if places > 0 {
        out.push(b'.');
        out.extend_from_slice(&digits[digits.len() - PLACES..][..places]);
    }
}

/// The number that `text` says, if it says one; minus infinity, which other tools write as the logarithm of 0, is one too.
pub fn parse(text: &str) -> Option<f64> {
    if ["-inf", "-infinity"].iter().any(|infinite| text.eq_ignore_ascii_case(infinite)) {
        return Some(f64::NEG_INFINITY);
    }
    let (number, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let power: i32 = power.strip_prefix('+').unwrap_or(power).parse().ok().filter(|power| (-300..=300).contains(power))?;
    let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
    let (whole, places) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut value = 0.0;
    let digits = || whole.bytes().chain(places.bytes());
    if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits().for_each(|digit| value = value * 10.0 + f64::from(digit - b'0'));
    value *= 10_f64.powi(power - places.len() as i32);
    Some(if number.starts_with('-') { -value } else { value }).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for x in [1.0, 0.5, 2.0, 1e-9, 0.1, 0.999_999_9, 3e-30, 12_345.0, 1e-7, 0.000_000_100_1] {
            let mut out = vec![];
            write_log10(x, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert!((text.parse::<f64>().unwrap() - x.log10()).abs() < 1e-7, "{text}");
            assert!((parse(&text).unwrap() - x.log10()).abs() < 1e-7, "{text}");
        }
    }

    #[test]
    fn numbers_are_told_from_others() {
        for (text, number) in [
            ("-99", -99.0),
            ("0", 0.0),
            ("-1.5", -1.5),
            ("+2.25", 2.25),
            ("1e-3", 0.001),
            ("-2.5E+2", -250.0),
            (".5", 0.5),
            ("-inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse(text), Some(number));
        }
        for text in ["", "-", ".", "x", "1.2.3", "--1", "1e", "nan", "inf", "1e999", "1 "] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
