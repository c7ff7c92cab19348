//! Axes, ticks and the thinning of long curves to what a screen can show.

/// One direction of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub from: f64,
    pub to: f64,
    /// Whether equal ratios, not equal differences, have equal lengths; `from` is above 0 then.
    pub log: bool,
}

impl Axis {
    /// Where `value` lies: 0 at `from`, 1 at `to`, and within these.
    pub fn place(&self, value: f64) -> f64 {
        let [from, to, value] = [self.from, self.to, value].map(|x| self.scale(x));
        if to > from { ((value - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The value at `place`.
    pub fn value(&self, place: f64) -> f64 {
        let [from, to] = [self.from, self.to].map(|x| self.scale(x));
        let value = from + place * (to - from);
        if self.log { value.exp() } else { value }
    }

    /// Round values on the axis, about `count` of them.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if !(self.to > self.from && self.to.is_finite()) {
            return vec![];
        }
        if self.log { self.log_ticks(count) } else { self.linear_ticks(count) }
    }

    fn linear_ticks(&self, count: usize) -> Vec<f64> {
        let rough = (self.to - self.from) / count.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough);
        let [first, last] = [(self.from / step - 1e-9).ceil() as i64, (self.to / step + 1e-9).floor() as i64];
        (first..=last).map(|n| n as f64 * step).collect()
    }

    fn log_ticks(&self, count: usize) -> Vec<f64> {
        let [first, last] = [self.from.log10().floor() as i32, self.to.log10().ceil() as i32];
        let within = |factors: &[f64]| -> Vec<f64> {
            let decades = (first..=last).flat_map(|power| factors.iter().map(move |n| n * 10_f64.powi(power)));
            decades.filter(|tick| (self.from * 0.999..=self.to * 1.001).contains(tick)).collect()
        };
        [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]]
            .into_iter()
            .map(within)
            .find(|ticks| ticks.len() <= count)
            .unwrap_or_else(|| within(&[1.0]))
    }

    fn scale(&self, x: f64) -> f64 {
        if self.log { x.max(f64::MIN_POSITIVE).ln() } else { x }
    }
}

/// What lies in one column of the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// The mean place along the axis.
    pub place: f64,
    pub low: f64,
    pub mean: f64,
    pub high: f64,
}

/// `points` (x, y), x rising, gathered into at most `count` columns along `axis`; points without a finite y are left out.
pub fn columns(points: impl Iterator<Item = (f64, f64)>, axis: &Axis, count: usize) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let (mut current, mut members) = (usize::MAX, 0.0);
    for (x, y) in points.filter(|(_, y)| y.is_finite()) {
        let place = axis.place(x);
        let index = ((place * count as f64) as usize).min(count - 1);
        match columns.last_mut() {
            Some(column) if index == current => {
                members += 1.0;
                column.place += (place - column.place) / members;
                column.mean += (y - column.mean) / members;
                column.low = column.low.min(y);
                column.high = column.high.max(y);
            }
            _ => {
                (current, members) = (index, 1.0);
                columns.push(Column { place, low: y, mean: y, high: y });
            }
        }
    }
    columns
}

/// Each value averaged with its neighbours up to `reach` away on both sides: as many on either side, except at the end, where
/// only what is there counts.
pub fn smooth(values: &[f64], reach: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += if value.is_finite() { *value } else { 0.0 };
        sums.push(sum);
    }
    let mean = |i: usize| {
        let first = i - reach.min(i);
        let last = (i + (i - first)).min(values.len() - 1);
        (sums[last + 1] - sums[first]) / (last + 1 - first) as f64
    };
    (0..values.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINEAR: Axis = Axis { from: 0.0, to: 1000.0, log: false };
    const LOG: Axis = Axis { from: 1.0, to: 1000.0, log: true };

    #[test]
    fn places_and_values_are_inverse() {
        for axis in [LINEAR, LOG] {
            for place in [0.0, 0.25, 0.5, 1.0] {
                assert!((axis.place(axis.value(place)) - place).abs() < 1e-12);
            }
        }
        assert!((LOG.place(10.0) - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(LINEAR.ticks(5), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        assert_eq!(LOG.ticks(5), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(LOG.ticks(7), [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0].map(|x: f64| x));
        assert!(Axis { from: 1.0, to: 1.0, log: false }.ticks(5).is_empty());
        assert!(Axis { from: 1.0, to: f64::NAN, log: false }.ticks(5).is_empty());
    }

    #[test]
    fn columns_keep_the_extremes() {
        let points = (0..10_000).map(|i| (f64::from(i) / 10.0, if i == 5_555 { 9.0 } else { f64::from(i % 3) }));
        let columns = columns(points, &LINEAR, 100);
        assert_eq!(columns.len(), 100);
        assert!((columns.iter().map(|c| c.high).fold(0.0, f64::max) - 9.0).abs() < 1e-12);
        assert!(columns.iter().all(|c| c.low == 0.0 && (0.9..1.2).contains(&c.mean)));
        assert!(columns.windows(2).all(|pair| pair[0].place < pair[1].place));
    }

    #[test]
    fn smoothing_keeps_a_straight_line_until_the_end() {
        let line: Vec<f64> = (0..50).map(f64::from).collect();
        let smoothed = smooth(&line, 5);
        assert!(line.iter().zip(&smoothed).take(45).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!((smoothed[49] - 46.5).abs() < 1e-9, "the mean of 44 to 49");
        assert_eq!(smooth(&[], 3), Vec::<f64>::new());
    }
}
