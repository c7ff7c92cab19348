//! How long a run has trained, and how fast.

use crate::platform::now;

/// A stopwatch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    before: f64,
    since: Option<f64>,
}

impl Clock {
    /// Stopped at `seconds`.
    pub fn at(seconds: f64) -> Self {
        Self { before: seconds, since: None }
    }

    pub fn start(&mut self) {
        self.since.get_or_insert_with(now);
    }

    pub fn stop(&mut self) {
        *self = Self::at(self.seconds());
    }

    pub fn seconds(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| (now() - since) / 1000.0)
    }
}

/// Tokens a second of pure training time, smoothed over a few seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    /// Milliseconds of work not yet measured.
    pending: f64,
    rate: f64,
}

impl Meter {
    const SMOOTHING: f64 = 3000.0;

    pub fn worked(&mut self, milliseconds: f64) {
        self.pending += milliseconds;
    }

    /// Notes that `tokens` were trained in the work since the last call; the smoothed rate.
    pub fn measured(&mut self, tokens: u64) -> f64 {
        let spent = std::mem::take(&mut self.pending).max(1e-3);
        let rate = 1000.0 * tokens as f64 / spent;
        let share = if self.rate == 0.0 { 1.0 } else { 1.0 - (-spent / Self::SMOOTHING).exp() };
        self.rate += share * (rate - self.rate);
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_follows_the_work() {
        let mut meter = Meter::default();
        meter.worked(500.0);
        assert_eq!(meter.measured(1000), 2000.0);
        for _ in 0..100 {
            meter.worked(250.0);
            meter.measured(1000);
        }
        meter.worked(250.0);
        assert!((meter.measured(1000) - 4000.0).abs() < 10.0);
    }

    #[test]
    fn a_stopped_clock_stands() {
        let mut clock = Clock::at(5.0);
        assert_eq!(clock.seconds(), 5.0);
        clock.start();
        clock.stop();
        let seconds = clock.seconds();
        assert!(seconds >= 5.0);
        assert_eq!(clock.seconds(), seconds);
    }
}
