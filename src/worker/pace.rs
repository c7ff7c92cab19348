//! How long a question computes at a stretch.

use crate::platform::{now, yield_now};

/// Milliseconds that a task computes before the others go on.
const STRETCH: f64 = 20.0;
/// Looks at the clock are a few hundredths of a microsecond natively, but more in a browser.
const STRIDE: u32 = 32;

/// A task's own clock.
pub struct Pace {
    until: f64,
    asked: u32,
}

impl Pace {
    pub fn new() -> Self {
        Self { until: now() + STRETCH, asked: 0 }
    }

    pub fn is_over(&self) -> bool {
        now() >= self.until
    }

    /// Lets the others go on if it is time, and says whether it was. To be asked after some microseconds' work, or more.
    pub async fn breathe(&mut self) -> bool {
        let is_time = self.is_over();
        if is_time {
            yield_now().await;
            self.until = now() + STRETCH;
        }
        is_time
    }

    /// The same after work so short that the look at the clock would take as long.
    pub async fn breathe_rarely(&mut self) -> bool {
        self.asked += 1;
        self.asked.is_multiple_of(STRIDE) && self.breathe().await
    }
}
