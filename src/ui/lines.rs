//! A few lines in one chart, one of them lit: where everything lies.

use super::{curves::path, plot::Axis};

/// What a chart of a few lines shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    pub series: Vec<Series>,
    /// Which of the series is lit; the others are quiet.
    pub lit: Option<usize>,
    pub x: Axis,
    pub y: Axis,
    /// (value, label)
    pub x_ticks: Vec<(f64, String)>,
    pub y_ticks: Vec<(f64, String)>,
    /// What luck alone would do.
    pub chance: Option<Chance>,
    /// A line's name stands where it last falls below this y, or above where another name is there; else at its end.
    pub fall: Option<f64>,
    /// The x at which something can be told, rising.
    pub stops: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Short: it stands beside the line.
    pub name: String,
    /// (x, y), x rising.
    pub points: Vec<(f64, f64)>,
}

/// A value that needs no skill, and how far from it luck leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Chance {
    pub name: &'static str,
    pub value: f64,
    pub spread: f64,
}

/// Names that are closer than these shares of the chart's width and height would cover each other.
const ASIDE: f64 = 0.065;
const APART: f64 = 0.085;

impl Lines {
    /// A path for each series, in a square of 10,000 with y downwards.
    pub fn paths(&self) -> Vec<String> {
        let place = |(x, y): &(f64, f64)| (self.x.place(*x), self.y.place(*y));
        self.series.iter().map(|series| path(series.points.iter().map(place))).collect()
    }

    /// Where each series' name stands.
    pub fn names(&self) -> Vec<Option<Name>> {
        let mut names: Vec<Option<Name>> = Vec::new();
        for series in &self.series {
            let is_free = |name: &Name| !names.iter().flatten().any(|other| name.covers(other));
            let fall = self.fall(series);
            let above = |floor: u32| fall.map(|name| Name { stem: f64::from(floor) * APART, y: name.y + f64::from(floor) * APART, ..name });
            let name = (0..5).filter_map(above).find(is_free).or(fall).or_else(|| self.end(series));
            names.push(name);
        }
        let mut ends: Vec<&mut Name> = names.iter_mut().flatten().filter(|name| name.at_end).collect();
        ends.sort_unstable_by(|a, b| a.y.total_cmp(&b.y));
        for i in 1..ends.len() {
            let stem = (ends[i - 1].y + APART - ends[i].y).max(0.0);
            (ends[i].y, ends[i].stem) = (ends[i].y + stem, stem);
        }
        names
    }

    fn fall(&self, series: &Series) -> Option<Name> {
        let level = self.fall?;
        let pair = series.points.windows(2).rfind(|pair| pair[0].1 >= level && pair[1].1 < level)?;
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        Some(Name { x: self.x.place(x0 + (x1 - x0) * (y0 - level) / (y0 - y1)), y: self.y.place(level), stem: 0.0, at_end: false })
    }

    /// The end of a line, so high that the name does not reach what is written along the bottom.
    fn end(&self, series: &Series) -> Option<Name> {
        series.points.last().map(|(x, y)| Name { x: self.x.place(*x), y: self.y.place(*y).max(APART / 2.0), stem: 0.0, at_end: true })
    }

    /// The stop nearest to `place`, from 0 to 1 along the bottom.
    pub fn nearest(&self, place: f64) -> Option<usize> {
        let far = |stop: &f64| (self.x.place(*stop) - place).abs();
        let stops = self.stops.iter().enumerate();
        stops.min_by(|(_, a), (_, b)| far(a).total_cmp(&far(b))).map(|(index, _)| index)
    }
}

/// A place from 0 to 1 along either axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Name {
    pub x: f64,
    pub y: f64,
    /// How far above its line it stands.
    pub stem: f64,
    /// Whether it is at its line's end.
    pub at_end: bool,
}

impl Name {
    fn covers(&self, other: &Self) -> bool {
        // Whatever touches does not cover.
        (self.x - other.x).abs() < ASIDE && (self.y - other.y).abs() < 0.99 * APART
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(series: &[&[(f64, f64)]]) -> Lines {
        let axis = |to| Axis { from: 0.0, to, log: false };
        let series = series.iter().map(|points| Series { name: String::new(), points: points.to_vec() }).collect();
        Lines {
            series,
            lit: None,
            x: axis(10.0),
            y: axis(1.0),
            x_ticks: vec![],
            y_ticks: vec![],
            chance: None,
            fall: Some(0.75),
            stops: vec![1.0, 2.0, 9.0],
        }
    }

    #[test]
    fn a_name_stands_where_its_line_falls_last() {
        let falling: &[_] = &[(1.0, 1.0), (2.0, 0.6), (3.0, 1.0), (5.0, 0.5)];
        let chart = chart(&[falling, falling, &[(1.0, 0.5), (10.0, 0.5)]]);
        let [Some(low), Some(high), Some(flat)] = chart.names()[..] else { panic!("a name each") };
        assert!((low.y - 0.75).abs() < 1e-12 && (low.x - 0.4).abs() < 1e-12, "halfway down from 3 to 5");
        assert!((high.x - low.x).abs() < 1e-12 && (high.y - low.y - APART).abs() < 1e-12, "above the name that stands there already");
        assert_eq!(flat, Name { x: 1.0, y: 0.5, stem: 0.0, at_end: true });
        assert_eq!(chart.paths()[0], "M1000 0L2000 4000L3000 0L5000 5000");
    }

    #[test]
    fn names_at_the_end_keep_apart() {
        let names = chart(&[&[(10.0, 0.5)], &[(10.0, 0.52)], &[(10.0, 0.1)], &[]]).names();
        let heights: Vec<f64> = names.iter().flatten().map(|name| name.y).collect();
        let expected = [0.5, 0.5 + APART, 0.1];
        assert!(heights.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{heights:?}");
        assert_eq!(names[3], None);
    }

    #[test]
    fn the_pointer_finds_the_nearest_stop() {
        assert_eq!([0.0, 0.16, 0.5, 0.6, 1.0].map(|place| chart(&[]).nearest(place)), [0, 1, 1, 2, 2].map(Some));
        assert_eq!(Lines { stops: vec![], ..chart(&[]) }.nearest(0.5), None);
    }
}
