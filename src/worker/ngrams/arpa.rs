//! Models as ARPA files.

use std::rc::Rc;

use seven_steps_markov::Predictor;
use seven_steps_markov::arpa::{Writer, read};

use super::lexicon::Lexicon;
use super::offers;
use super::pace::Pace;
use super::stand::{Stand, Way};
use crate::platform::now;
use crate::protocol::ngrams::{Built, Setup};
use crate::text::{ARPA, kind_of, read_text};
use crate::worker::message::Attachment;
use crate::worker::source;

/// Bytes that an n-gram takes in memory: its token, two links, and two numbers.
const BYTES: u64 = 28;
/// Bytes of the largest file, and of the numbers in a line.
const MOST_FILE: u64 = 400_000_000;
const NUMBERS: u64 = 20;

/// The model as a file, and the file's name.
///
/// # Errors
/// Of an imported model, and of one that no such file can hold.
pub async fn export(stand: &Stand, way: Way) -> Result<(String, Vec<u8>), String> {
    let mut fit = stand.data()?.fit(way)?;
    let mut pace = Pace::new();
    while fit.advance() {
        pace.breathe().await;
    }
    let model = fit.finish();
    let text: u64 = (0..stand.lexicon.len() as u32).map(|id| stand.lexicon.bytes(id).len() as u64 + 1).sum();
    let each = text / stand.lexicon.len() as u64;
    let size: u64 = (1..).zip(&stand.built.ngrams).take(way.order).map(|(order, count)| count * (NUMBERS + order * each)).sum();
    if size > MOST_FILE {
        let [size, most] = [size, MOST_FILE].map(|bytes| bytes / 1_000_000);
        return Err(format!(
            "As a file this model would take about {size} MB, and at most {most} can be written here: choose a smaller N."
        ));
    }
    let names: Vec<String> = (0..stand.lexicon.len() as u32).map(|id| stand.lexicon.name(id)).collect();
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&model, &mut bytes)?;
    while writer.advance(|id| &names[id as usize], &mut bytes) {
        pace.breathe().await;
    }
    Ok((format!("{}-grams.arpa", way.order), bytes))
}

/// Reads a file.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub async fn import(name: String, attachments: Vec<Attachment>, progress: &dyn Fn(&str, f32)) -> Result<Stand, String> {
    let begun = now();
    let attachment = attachments.into_iter().next().ok_or("No file came: choose an ARPA file.")?;
    let bytes = source::bytes(attachment, MOST_FILE, |done| progress("Reading the model", done)).await?;
    progress("Taking the model in", 0.0);
    let text = read_text(&name, bytes).map_err(|refusal| refusal.0)?;
    let mut model = read(&text).map_err(|problem| match kind_of(text.as_bytes()) {
        Some(kind) if kind != ARPA => format!("{name} is {kind}: choose an ARPA file."),
        _ => problem,
    })?;
    drop(text);
    let lexicon = Lexicon::of_names(std::mem::take(&mut model.words));
    let ngrams: Vec<u64> = model.ngrams().into_iter().map(|count| count as u64).collect();
    let built = Built {
        setup: Setup { unit: lexicon.unit(), order: model.order() as u32 },
        imported: Some(name),
        world: false,
        tokens: 0,
        held_out_tokens: 0,
        vocabulary: model.vocabulary() as u32,
        memory: BYTES * ngrams.iter().sum::<u64>(),
        ngrams,
        seconds: ((now() - begun) / 1000.0) as f32,
        contexts: offers::likely(&lexicon, &model),
        sentence: String::new(),
    };
    Ok(Stand::imported(Rc::new(model), lexicon, built))
}
