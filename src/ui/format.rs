//! Numbers for people, with their units. Written with whole-number arithmetic: the float formatting of `std` is the largest
//! single piece that a page would carry.

/// Whole numbers with separators: `1,234,567`.
pub fn integer(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `x` with so many decimals: `2.45`.
pub fn fixed(x: f64, decimals: u32) -> String {
    if !x.is_finite() {
        return if x.is_nan() { "not a number".into() } else { "∞".into() };
    }
    let unit = 10_u64.pow(decimals);
    if x.abs() >= 1e15 || x.abs() * unit as f64 >= 1e18 {
        return power(x);
    }
    let scaled = (x.abs() * unit as f64).round() as u64;
    let mut text = integer(scaled / unit);
    if decimals > 0 {
        let fraction = (scaled % unit).to_string();
        text.push('.');
        text.extend(std::iter::repeat_n('0', decimals as usize - fraction.len()));
        text += &fraction;
    }
    if x < 0.0 && scaled > 0 { format!("−{text}") } else { text }
}

/// A number too large for its digits to be read: `1.8 × 10²⁰`.
fn power(x: f64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let exponent = x.abs().log10().floor() as i32;
    let tenths = fixed(x / 10_f64.powi(exponent), 1);
    let (tenths, exponent) = if tenths.ends_with("10.0") { (tenths.replace("10.0", "1.0"), exponent + 1) } else { (tenths, exponent) };
    let raised = exponent.to_string().bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect::<String>();
    format!("{tenths} × 10{raised}")
}

/// `x` with so many significant digits, without trailing zeros: `0.00194`, `12.3`, `4,560`.
pub fn significant(x: f64, digits: i32) -> String {
    if x == 0.0 || !x.is_finite() {
        return fixed(x, 0);
    }
    let decimals = (digits - 1 - x.abs().log10().floor() as i32).clamp(0, 12) as u32;
    let text = fixed(x, decimals);
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').into() }
}

/// A share as a percentage: `41 %`, `0.3 %`, `< 0.1 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".into(),
        p if p < 0.1 => "< 0.1 %".into(),
        p if p < 9.95 => fixed(p, 1) + " %",
        p => fixed(p, 0) + " %",
    }
}

/// A probability, however small: `41 %`, `0.0021 %`.
pub fn share(p: f64) -> String {
    if (0.0..0.001).contains(&p) { significant(p * 100.0, 2) + " %" } else { percent(p) }
}

/// So many nats as a factor: `3.2 times`, `about 40 million times`.
pub fn times(nats: f64) -> String {
    const LARGE: [&str; 8] = ["million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion", "octillion"];
    let thousands = (nats / 1000f64.ln()).floor();
    let factor = |nats: f64, digits| significant(nats.exp(), digits);
    match LARGE.get((thousands as usize).wrapping_sub(2)) {
        _ if thousands < 2.0 => factor(nats, 2) + " times",
        Some(name) => format!("about {} {name} times", factor(nats - thousands * 1000f64.ln(), 1)),
        None => "more than an octillion times".into(),
    }
}

/// A size in bytes: `812 bytes`, `1.1 MB`.
pub fn bytes(n: u64) -> String {
    if n < 1000 { counted(n, "byte") } else { prefixed(n as f64, "B") }
}

/// A rate or amount with a metric prefix: `13.2 GFLOP/s`.
pub fn prefixed(x: f64, unit: &str) -> String {
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let (size, prefix) = steps.into_iter().find(|(size, _)| x >= *size).unwrap_or((1.0, ""));
    format!("{} {prefix}{unit}", significant(x / size, 3))
}

/// An amount in words where it is large: `840`, `54,200`, `0.92 million`.
pub fn amount(n: u64) -> String {
    if n < 100_000 { integer(n) } else { significant(n as f64 / 1e6, 2 + i32::from(n >= 10_000_000)) + " million" }
}

/// An amount of any size in words: `2,916`, `8.5 million`, `72 trillion`.
pub fn huge(x: f64) -> String {
    const NAMES: [(f64, &str); 7] = [
        (1e24, " septillion"),
        (1e21, " sextillion"),
        (1e18, " quintillion"),
        (1e15, " quadrillion"),
        (1e12, " trillion"),
        (1e9, " billion"),
        (1e6, " million"),
    ];
    let (size, name) = NAMES.into_iter().find(|(size, _)| x >= *size).unwrap_or((1.0, ""));
    if name.is_empty() { fixed(x, 0) } else { significant(x / size, 2) + name }
}

/// A probability as people bet: `12 %`, `1 in 3,100`.
pub fn odds(p: f64) -> String {
    if p >= 0.0995 {
        return percent(p);
    }
    let each = 1.0 / p;
    let step = 10_f64.powf((each.log10().floor() - 1.0).max(0.0));
    format!("1 in {}", huge((each / step).round() * step))
}

/// `1 word`, `2,000 words`.
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", integer(n), if n == 1 { "" } else { "s" })
}

/// A time span: `0.4 s`, `45 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        return fixed(seconds.max(0.0), 1) + " s";
    }
    let whole = seconds.min(1e9).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        60..600 => format!("{} min {} s", whole / 60, whole % 60),
        600..3600 => format!("{} min", (whole + 30) / 60),
        3600..172_800 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} days", whole / 86_400),
    }
}

/// A time span that is only guessed: `about 20 s`, `about 25 min`.
pub fn roughly(seconds: f64) -> String {
    let rounded = match seconds {
        s if s < 10.0 => return "a few seconds".into(),
        s if s < 100.0 => (s / 10.0).round() * 10.0,
        s if s < 3600.0 => (s / 60.0).round() * 60.0,
        s if s < 36_000.0 => (s / 900.0).round() * 900.0,
        s => (s / 3600.0).round() * 3600.0,
    };
    let (hours, minutes) = (rounded as u64 / 3600, rounded as u64 % 3600 / 60);
    match (hours, minutes) {
        (0, _) if rounded < 100.0 => format!("about {} s", rounded as u64),
        (0, _) => format!("about {minutes} min"),
        (_, 0) => format!("about {hours} h"),
        _ => format!("about {hours} h {minutes} min"),
    }
}

/// How long ago something was, of which `seconds` have passed.
pub fn ago(seconds: f64) -> String {
    if seconds < 60.0 {
        return "just now".into();
    }
    let (n, unit) = match seconds as u64 / 60 {
        minutes @ 0..60 => (minutes, "minute"),
        minutes @ 60..1440 => (minutes / 60, "hour"),
        minutes => (minutes / 1440, "day"),
    };
    counted(n, unit) + " ago"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(integer), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [(2.4499, 2), (0.005, 2), (-1.5, 1), (-0.001, 1), (1234.5, 1)].map(|(x, d)| fixed(x, d)),
            ["2.45", "0.01", "−1.5", "0.0", "1,234.5"]
        );
        assert_eq!([0.00194, 12.34, 4560.0, 0.002, 1.0, 0.0].map(|x| significant(x, 3)), ["0.00194", "12.3", "4,560", "0.002", "1", "0"]);
        assert_eq!(
            [9.96e19, 1.84e19, -2e300, f64::MAX].map(|x| significant(x, 3)),
            ["1.0 × 10²⁰", "1.8 × 10¹⁹", "−2.0 × 10³⁰⁰", "1.8 × 10³⁰⁸"]
        );
        assert_eq!((fixed(1e14, 2), huge(5e28)), ("100,000,000,000,000.00".into(), "50,000 septillion".into()));
        assert_eq!([0.0, 0.0004, 0.003, 0.414, 1.0].map(percent), ["0 %", "< 0.1 %", "0.3 %", "41 %", "100 %"]);
        assert_eq!([0.0, 0.000_021, 0.003, 0.414].map(share), ["0 %", "0.0021 %", "0.3 %", "41 %"]);
    }

    #[test]
    fn amounts_carry_their_units() {
        assert_eq!([1, 812, 1_115_394].map(bytes), ["1 byte", "812 bytes", "1.12 MB"]);
        assert_eq!(
            [1.0, 54_200.0, 8_503_056.0, 7.23e13, 6.1e20, 1.56e28].map(huge),
            ["1", "54,200", "8.5 million", "72 trillion", "610 quintillion", "15,600 septillion"]
        );
        assert_eq!([0.12, 0.05, 3.2e-4, 5.74e-6, 1e-12].map(odds), ["12 %", "1 in 20", "1 in 3,100", "1 in 170,000", "1 in 1 trillion"]);
        assert_eq!(prefixed(13.24e9, "FLOP/s"), "13.2 GFLOP/s");
        assert_eq!([840, 54_200, 921_344, 20_300_000].map(amount), ["840", "54,200", "0.92 million", "20.3 million"]);
        assert_eq!(
            [0.42, 45.2, 200.0, 120.0, 1501.0, 7500.0, 1e6].map(duration),
            ["0.4 s", "45 s", "3 min 20 s", "2 min", "25 min", "2 h 5 min", "11 days"]
        );
        assert_eq!(
            [3.0, 23.0, 83.0, 1510.0, 5500.0, 9e4].map(roughly),
            ["a few seconds", "about 20 s", "about 80 s", "about 25 min", "about 1 h 30 min", "about 25 h"]
        );
        assert_eq!([12.0, 61.0, 7300.0, 2e5].map(ago), ["just now", "1 minute ago", "2 hours ago", "2 days ago"]);
    }

    #[test]
    fn factors_are_said_in_words() {
        assert_eq!(
            [3.2_f64, 300.0, 250_000.0, 4e7, 6e13, 1e40].map(|factor| times(factor.ln())),
            [
                "3.2 times",
                "300 times",
                "250,000 times",
                "about 40 million times",
                "about 60 trillion times",
                "more than an octillion times"
            ]
        );
    }

    #[test]
    fn what_is_no_number_is_said() {
        assert_eq!(fixed(f64::NAN, 2), "not a number");
        assert_eq!(significant(f64::INFINITY, 3), "∞");
    }
}
