//! Fits an n-gram model to a text, one sentence a line, words between spaces, and scores another: for scripts that hold it
//! against other programs.
//!
//!     ngram METHOD ORDER TEXT HELD_OUT [ARPA] > SCORES
//!
//! METHOD is one of ml, add:K, jm, katz, wb, kn, mkn. A line a token of HELD_OUT, `</s>` included: log10 of its probability.
//! Jelinek & Mercer's weights are fitted to HELD_OUT too. With ARPA the model is written there.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use seven_steps_markov::{Builder, END, Fit, Model, Predictor, Smoothing, UNKNOWN, arpa};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, order, text, held_out, file @ ..] = &arguments[..] else {
        return Err("ngram METHOD ORDER TEXT HELD_OUT [ARPA]".into());
    };
    let read = |path: &String| std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let (text, held_out) = (read(text)?, read(held_out)?);
    let mut names = vec!["<unk>", "<s>", "</s>"];
    let mut tokens: HashMap<&str, u32> = HashMap::new();
    let text = cut(&text, |word| {
        *tokens.entry(word).or_insert_with(|| {
            names.push(word);
            names.len() as u32 - 1
        })
    });
    let held_out = cut(&held_out, |word| tokens.get(word).copied().unwrap_or(UNKNOWN));
    let order = order.parse().map_err(|_| format!("{order} is no order"))?;
    let counts = Arc::new(Builder::new(&text, names.len(), order)?.finish());
    let model = Fit::new(counts, order, smoothing(method)?, &held_out)?.finish();
    if let Some(path) = file.first() {
        let file = std::fs::File::create(path).map_err(|error| format!("{path}: {error}"))?;
        write_arpa(&model, &names, file).map_err(|error| format!("{path}: {error}"))?;
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut state = model.start();
    for token in held_out {
        let (score, next) = model.score(state, token);
        writeln!(out, "{}", score.probability.log10()).map_err(|error| error.to_string())?;
        state = if token == END { model.start() } else { next };
    }
    Ok(())
}

fn smoothing(method: &str) -> Result<Smoothing, String> {
    Ok(match method.split_once(':').unwrap_or((method, "")) {
        ("ml", "") => Smoothing::MaximumLikelihood,
        ("add", k) => Smoothing::AddK(k.parse().map_err(|_| format!("{k} is no number"))?),
        ("jm", "") => Smoothing::JelinekMercer,
        ("katz", "") => Smoothing::Katz,
        ("wb", "") => Smoothing::WittenBell,
        ("kn", "") => Smoothing::KneserNey,
        ("mkn", "") => Smoothing::ModifiedKneserNey,
        _ => return Err(format!("{method} is no method: choose ml, add:K, jm, katz, wb, kn or mkn")),
    })
}

fn cut<'a>(text: &'a str, mut token: impl FnMut(&'a str) -> u32) -> Vec<u32> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        tokens.extend(line.split_ascii_whitespace().map(&mut token));
        tokens.push(END);
    }
    tokens
}

fn write_arpa(model: &Model, names: &[&str], mut file: std::fs::File) -> Result<(), String> {
    let mut part = Vec::new();
    let mut writer = arpa::Writer::new(model, &mut part)?;
    loop {
        let left = writer.advance(|token| names[token as usize], &mut part);
        file.write_all(&part).map_err(|error| error.to_string())?;
        part.clear();
        if !left {
            return Ok(());
        }
    }
}
