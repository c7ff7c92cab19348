//! Trains Word2Vec on a text, one sentence a line, words between spaces: for scripts that hold it against other programs.
//!
//!     word2vec TEXT OUT [method=sg|cbow] [negative=K, 0 for hierarchical softmax] [dimensions=D] [window=W] [sample=T]
//!         [epochs=E] [rate=R] [least=COUNT] [seed=S]
//!
//! OUT gets the vectors, in word2vec's text format; the standard output the words of the text trained on a second.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::time::Instant;

use seven_steps_embeddings::END;
use seven_steps_embeddings::train::{Method, Settings, Softmax, Trainer};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, out, options @ ..] = &arguments[..] else { return Err("word2vec TEXT OUT [OPTION=VALUE …]".into()) };
    let mut settings = Settings::default();
    let mut least = 5;
    for option in options {
        let (name, value) = option.split_once('=').ok_or_else(|| format!("{option} is no option: write OPTION=VALUE"))?;
        let number = || value.parse::<f64>().map_err(|_| format!("{name} takes a number, not {value}"));
        match name {
            "method" => settings.method = if value == "cbow" { Method::Cbow } else { Method::SkipGram },
            "negative" if number()? == 0.0 => settings.softmax = Softmax::Hierarchical,
            "negative" => settings.softmax = Softmax::Negative(number()? as u32),
            "dimensions" => settings.dimensions = number()? as usize,
            "window" => settings.window = number()? as u32,
            "sample" => settings.subsample = number()?,
            "epochs" => settings.epochs = number()? as u32,
            "rate" => settings.rates[0] = number()? as f32,
            "least" => least = number()? as u64,
            "seed" => settings.seed = number()? as u32,
            _ => return Err(format!("there is no option {name}")),
        }
    }
    let text = std::fs::read_to_string(text).map_err(|error| format!("{text}: {error}"))?;
    let began = Instant::now();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    text.split_whitespace().for_each(|word| *counts.entry(word).or_default() += 1);
    let mut words: Vec<(&str, u64)> = counts.into_iter().filter(|&(_, count)| count >= least).collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    if words.is_empty() {
        return Err(format!("No word of the text occurs {least} times: give a longer one, or a smaller least."));
    }
    let ids: HashMap<&str, u32> = words.iter().map(|&(word, _)| word).zip(0..).collect();
    let sentence = |line: &'_ str| line.split_whitespace().filter_map(|word| ids.get(word).copied()).chain([END]).collect::<Vec<u32>>();
    let tokens: Vec<u32> = text.lines().flat_map(sentence).collect();
    let counts: Vec<u64> = words.iter().map(|&(_, count)| count).collect();
    let mut trainer = Trainer::new(settings.clone(), &counts);
    while trainer.advance(&tokens, 100_000) {}
    let seconds = began.elapsed().as_secs_f64();
    println!("{:.0}", counts.iter().sum::<u64>() as f64 * f64::from(settings.epochs) / seconds);

    let file = std::fs::File::create(out).map_err(|error| format!("{out}: {error}"))?;
    let mut file = BufWriter::new(file);
    let mut write = || -> std::io::Result<()> {
        writeln!(file, "{} {}", words.len(), settings.dimensions)?;
        for ((word, _), row) in words.iter().zip(trainer.inputs().chunks(trainer.stride())) {
            write!(file, "{word}")?;
            row[..settings.dimensions].iter().try_for_each(|x| write!(file, " {x}"))?;
            writeln!(file)?;
        }
        file.flush()
    };
    write().map_err(|error| format!("{out}: {error}"))
}
