//! The files that a headless run leaves.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::protocol::{Event, Phase, RunInfo};
use crate::worker::local::Client;

/// A directory, with the metrics and samples in it open.
pub struct Out {
    directory: PathBuf,
    metrics: File,
    samples: File,
}

impl Out {
    /// Makes the directory; the metrics of a run that goes on are added to those that are there.
    ///
    /// # Errors
    /// What cannot be written, as a sentence; of the other functions too.
    pub fn new(directory: &Path, goes_on: bool) -> Result<Self, String> {
        let open = || {
            fs::create_dir_all(directory)?;
            let mut options = File::options();
            let options = options.create(true).append(goes_on).write(true).truncate(!goes_on);
            Ok((options.open(directory.join("metrics.jsonl"))?, File::create(directory.join("samples.txt"))?))
        };
        let (metrics, samples) = open().map_err(|error| cannot(directory, &error))?;
        Ok(Self { directory: directory.into(), metrics, samples })
    }

    /// Writes and prints what a run says until it enters one of `phases`, and gives that one.
    pub async fn follow(&mut self, client: &mut Client, phases: &[Phase]) -> Result<Phase, String> {
        let mut reached = Ok(Phase::Idle);
        let mut take = |event: Event| {
            if let Err(error) = self.note(&event) {
                reached = Err(cannot(&self.directory, &error));
                return true;
            }
            match event {
                Event::Phase(phase) if phases.contains(&phase) => {
                    reached = Ok(phase);
                    true
                }
                _ => false,
            }
        };
        client.until(|event, _| take(event)).await?;
        reached
    }

    /// Says what should be known about a text that was read; whether one was.
    pub fn hears_text(&self, event: &Event) -> bool {
        let Event::TextReady(text) = event else { return false };
        text.notes.iter().for_each(|note| warn!("{note}"));
        true
    }

    pub fn sample(&mut self, text: &str) -> Result<(), String> {
        super::print(&mut io::stdout(), format_args!("{text}"));
        self.samples.write_all(text.as_bytes()).map_err(|error| cannot(&self.directory, &error))
    }

    /// Writes a file, whose name may hold a folder.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.directory.join(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| cannot(&path, &error))
    }

    fn note(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Steps(steps) => steps.iter().try_for_each(|step| self.line("step", step)),
            Event::Validation(validation) => {
                let (step, bits, seconds) = (validation.step, validation.bits_per_byte, validation.seconds);
                say!("step {step:6}  validation {bits:.4} bits/byte  {seconds:.1} s");
                self.line("validation", validation)
            }
            Event::Run(info) => {
                say!("{}", summary(info));
                self.line("run", info)
            }
            Event::Speed(speed) => self.line("speed", speed),
            Event::Note { message, .. } => {
                warn!("{message}");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn line(&mut self, kind: &str, value: &impl Serialize) -> io::Result<()> {
        // Through text, not a JSON value, which would show each f32 in the digits of an f64.
        let line = serde_json::to_string(&BTreeMap::from([(kind, value)]))?;
        writeln!(self.metrics, "{line}")
    }
}

fn summary(info: &RunInfo) -> String {
    let RunInfo { parameters, memory, train_tokens, validation_tokens, why, .. } = info;
    let mib = memory.div_ceil(1 << 20);
    format!("{parameters} parameters, {mib} MiB; {train_tokens} tokens to train on, {validation_tokens} held out. {why}")
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}.", path.display())
}
