//! A modified Kneser–Ney model of a text, one sentence a line, words between spaces, from the file to its probabilities, and to an
//! ARPA file besides: `TEXT=FILE cargo bench -p seven-steps-markov --bench ngram`, with `ORDER=5`. With `LMPLZ` and
//! `BUILD_BINARY` set to KenLM's programs they do the same side by side.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use seven_steps_markov::{Builder, END, Evaluation, Fit, Model, Smoothing, arpa};

/// Runs of each, of which the fastest counts.
const RUNS: usize = 3;

fn main() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(path) = variable("TEXT") else {
        println!("Set TEXT to a file to count.");
        return;
    };
    let order: usize = variable("ORDER").map_or(5, |order| order.parse().expect("ORDER is a number"));
    let folder = std::env::temp_dir();
    let file = folder.join(format!("ngram-bench-{}.arpa", std::process::id()));
    let runs: Vec<Ours> = (0..RUNS).map(|_| ours(&path, order, &file)).collect();
    let best = |of: fn(&Ours) -> f64| runs.iter().map(of).fold(f64::INFINITY, f64::min);
    let Ours { tokens, ngrams, bytes, building, .. } = runs[0];
    println!("{tokens} tokens, {ngrams} n-grams of orders 1 to {order}");
    println!("ours, read and cut: {:.2} s", best(|run| run.cut));
    println!("ours, counted: {:.2} s more, at most {} MB held", best(|run| run.counted), building >> 20);
    println!("ours, fitted: {:.2} s more", best(|run| run.fitted));
    let estimated = best(|run| run.cut + run.counted + run.fitted);
    println!("ours, all of it: {estimated:.2} s, {:.2} M tokens/s", tokens as f64 / 1e6 / estimated);
    let written = best(|run| run.cut + run.counted + run.fitted + run.written);
    println!("ours, to an ARPA file: {written:.2} s, {:.2} M tokens/s", tokens as f64 / 1e6 / written);
    println!("ours, read again as a score: {:.2} M tokens/s", tokens as f64 / 1e6 / best(|run| run.scored));
    println!("ours, bytes an n-gram: {:.1}", bytes as f64 / ngrams as f64);
    if let Some(lmplz) = variable("LMPLZ") {
        let run = |arpa: &str| {
            let order = order.to_string();
            let started = Instant::now();
            quietly(Command::new(&lmplz).args([
                "-o",
                &order,
                "--skip_symbols",
                "--discount_fallback",
                "-S",
                "50%",
                "--text",
                &path,
                "--arpa",
                arpa,
            ]));
            started.elapsed().as_secs_f64()
        };
        for (name, arpa) in [("to an ARPA file", file.to_str().expect("it is UTF-8")), ("to nowhere", "/dev/null")] {
            let seconds = (0..RUNS).map(|_| run(arpa)).fold(f64::INFINITY, f64::min);
            println!("lmplz, {name}: {seconds:.2} s, {:.2} M tokens/s", tokens as f64 / 1e6 / seconds);
        }
    }
    if let Some(build) = variable("BUILD_BINARY") {
        let binary = file.with_extension("binary");
        for structure in ["probing", "trie"] {
            quietly(Command::new(&build).arg(structure).args([&file, &binary]));
            let bytes = binary.metadata().map_or(0, |metadata| metadata.len());
            println!("KenLM, {structure}, bytes an n-gram: {:.1}", bytes as f64 / ngrams as f64);
        }
        std::fs::remove_file(&binary).expect("it was written");
    }
    std::fs::remove_file(&file).expect("it was written");
}

/// Seconds of each part, and sizes.
struct Ours {
    cut: f64,
    counted: f64,
    fitted: f64,
    written: f64,
    scored: f64,
    tokens: usize,
    ngrams: usize,
    bytes: usize,
    building: usize,
}

fn ours(path: &str, order: usize, file: &std::path::Path) -> Ours {
    let mut last = Instant::now();
    let mut lap = || std::mem::replace(&mut last, Instant::now()).elapsed().as_secs_f64();
    let text = std::fs::read_to_string(path).expect("TEXT can be read");
    let mut names = vec!["<unk>", "<s>", "</s>"];
    let mut ids: HashMap<&str, u32> = HashMap::new();
    let mut tokens = Vec::new();
    for line in text.lines() {
        for word in line.split_ascii_whitespace() {
            tokens.push(*ids.entry(word).or_insert_with(|| {
                names.push(word);
                names.len() as u32 - 1
            }));
        }
        tokens.push(END);
    }
    let cut = lap();
    let mut builder = Builder::new(&tokens, names.len(), order).expect("it can be counted");
    let mut building = builder.bytes();
    while builder.advance() {
        building = building.max(builder.bytes());
    }
    let counts = Arc::new(builder.finish());
    let counted = lap();
    let model = Fit::new(Arc::clone(&counts), order, Smoothing::ModifiedKneserNey, &[]).expect("it was counted").finish();
    let fitted = lap();
    write(&model, &names, file).expect("there is room for the file");
    let written = lap();
    let mut evaluation = Evaluation::new(&model, counts.unknown_share());
    evaluation.advance(&model, &tokens, usize::MAX);
    let scored = lap();
    println!("perplexity of the text itself: {:.3}", evaluation.perplexity());
    let ngrams = (1..=order).map(|order| counts.ngrams(order)).sum();
    Ours { cut, counted, fitted, written, scored, tokens: tokens.len(), ngrams, bytes: counts.bytes() + model.bytes(), building }
}

fn write(model: &Model, names: &[&str], file: &std::path::Path) -> io::Result<()> {
    let mut file = std::fs::File::create(file)?;
    let mut part = Vec::new();
    let mut writer = arpa::Writer::new(model, &mut part).map_err(io::Error::other)?;
    while writer.advance(|token| names[token as usize], &mut part) {
        file.write_all(&part)?;
        part.clear();
    }
    file.write_all(&part)
}

fn quietly(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program runs");
    assert!(status.success(), "{command:?} failed");
}
