//! How much work goes into one submit: a long one freezes the screen or trips the driver's watchdog.

use crate::platform;

/// Milliseconds that a submit should take.
const TARGET: f64 = 40.0;
/// Spans shorter than this, in milliseconds, say more about waiting than about working: only that the device is at least as fast.
const SHORTEST: f64 = 4.0;

/// The device's measured speed, in work ([`super::shaders::work`]) per millisecond.
pub struct Pace {
    speed: f64,
    /// When the work began that has not been waited for, and how much it is.
    since: Option<f64>,
    work: f64,
}

impl Default for Pace {
    /// Begins with the speed of a software adapter.
    fn default() -> Self {
        Self { speed: 1e6, since: None, work: 0.0 }
    }
}

impl Pace {
    /// The work that a submit should hold.
    pub fn budget(&self) -> f64 {
        TARGET * self.speed
    }

    /// Some work is about to be submitted; that may itself take longer than the work.
    pub fn begins(&mut self, work: f64) {
        self.since.get_or_insert_with(platform::now);
        self.work += work;
    }

    /// All submitted work has been done.
    pub fn finished(&mut self) {
        let work = std::mem::take(&mut self.work);
        if let Some(since) = self.since.take() {
            let span = platform::now() - since;
            let speed = work / span.max(SHORTEST);
            self.speed = if span > SHORTEST { 0.5 * self.speed + 0.5 * speed } else { self.speed.max(speed) };
        }
    }
}
