//! What went wrong on a device, gathered from its callbacks.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::EngineError;

/// The device's first error and its loss; cheap to clone into callbacks.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lost: Option<String>,
    error: Option<String>,
}

impl Health {
    /// Listens to a device.
    pub fn watch(device: &wgpu::Device) -> Self {
        let health = Self::default();
        let (on_error, on_loss) = (health.clone(), health.clone());
        device.on_uncaptured_error(Arc::new(move |error| on_error.with(|state| _ = state.error.get_or_insert(error.to_string()))));
        device.set_device_lost_callback(move |_, message| on_loss.lose(&message));
        health
    }

    /// Notes that the device is gone.
    pub fn lose(&self, message: &str) {
        let message = if message.is_empty() { "the browser or its driver took it back." } else { message };
        self.with(|state| _ = state.lost.get_or_insert(message.to_owned()));
    }

    /// # Errors
    /// [`EngineError::DeviceLost`] from the loss on; an error of another kind once.
    pub fn check(&self) -> Result<(), EngineError> {
        self.with(|state| match (&state.lost, state.error.take()) {
            (Some(lost), _) => Err(EngineError::DeviceLost(lost.clone())),
            (None, Some(error)) => Err(EngineError::Rejected(error)),
            (None, None) => Ok(()),
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
