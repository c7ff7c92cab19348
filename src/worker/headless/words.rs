//! `headless words`: word vectors of a text, tried out on the relations of the built-in world, and as a file.

use std::fs;
use std::path::PathBuf;

use seven_steps_embeddings::cooccurrence::{count, ppmi};
use seven_steps_embeddings::files::{Form, append, decimals, header};
use seven_steps_embeddings::svd::Svd;
use seven_steps_embeddings::train::{Method, Settings, Softmax, Trainer};
use seven_steps_embeddings::vectors::Vectors;

use super::refuse;
use crate::engine::EngineError;
use crate::engine::device::Device;
use crate::engine::gpu::Gpu;
use crate::platform::now;
use crate::protocol::words::{Answer, Command, Event, Line, Question};
use crate::protocol::{TextSource, version};
use crate::stages::word2vec::Word2Vec;
use crate::stages::words::{Reader, Words};
use crate::text::stretches::stretches;
use crate::worker::local::{Client, beside};
use crate::worker::message::{Attachment, Request};
use crate::worker::source::{File as TextFile, load};
use crate::worker::words::serve;
use crate::world::{Relation, World};

/// What is asked for.
struct Arguments {
    texts: Vec<PathBuf>,
    words: usize,
    least: u64,
    settings: Settings,
    counts: bool,
    /// The word whose neighbours are asked for.
    near: Option<String>,
    /// The file that is asked instead of a text.
    open: Option<PathBuf>,
    /// Whether a GPU trains.
    gpu: bool,
    out: Option<PathBuf>,
}

/// Rounds of [`Svd`] until the vectors stand.
const ROUNDS: usize = 5;
/// Words that are learnt between two looks at the clock.
const SLICE: usize = 100_000;
/// Words near one that are told.
const NEAREST: usize = 10;
/// Words that have a vector, at most.
const MOST: usize = 100_000;

/// Does what the arguments after `words` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(parser: &mut lexopt::Parser) -> Result<(), String> {
    let arguments = parse(parser)?;
    if let Some(path) = arguments.open {
        return with_file(path, arguments.near);
    }
    let world = World::built_in();
    let words = read(&world, &arguments)?;
    let Settings { dimensions, window, epochs, .. } = arguments.settings;
    if words.names.len() < 4 {
        return Err("The text has fewer than four words that occur often enough: choose a longer one, or a smaller --least.".into());
    }
    let begun = now();
    let (numbers, stride) = if arguments.counts {
        let matrix = ppmi(&count(&words.text, words.names.len(), window as usize));
        let mut svd = Svd::new(words.names.len(), dimensions, arguments.settings.seed);
        (0..ROUNDS).for_each(|_| svd.iterate(&matrix));
        let (numbers, values) = svd.finish(&matrix);
        (numbers, values.len())
    } else {
        train(&arguments, &words)?
    };
    let seconds = (now() - begun) / 1000.0;
    let read: u64 = words.counts.iter().sum::<u64>() * if arguments.counts { 1 } else { u64::from(epochs) };
    say!("{} words, {} different ones; {:.0} words/s", words.counts.iter().sum::<u64>(), words.names.len(), read as f64 / seconds);
    let vectors = Vectors::new(&numbers, stride, dimensions.min(stride));
    if let Some(word) = &arguments.near {
        let found = words
            .find(word)
            .ok_or_else(|| format!("“{word}” has no vector: choose a word that is more frequent, or a smaller --least."))?;
        for (word, cosine) in vectors.nearest(vectors.row(found), &[found], NEAREST) {
            say!("{cosine:7.4}  {}", words.names[word as usize]);
        }
    }
    for relation in world.relations() {
        say!("{}", line(&relation, &words, &vectors));
    }
    for three in [["king", "man", "woman"], ["paris", "france", "italy"]] {
        if let [Some(a), Some(b), Some(c)] = three.map(|word| words.find(word)) {
            let found = vectors.analogy([a, b, c], 5).into_iter();
            let found: Vec<String> = found.map(|(word, cosine)| format!("{} {cosine:.2}", words.names[word as usize])).collect();
            say!("{} - {} + {} = {}", three[0], three[1], three[2], found.join(", "));
        }
    }
    let Some(path) = arguments.out else { return Ok(()) };
    let mut bytes = header(words.names.len(), dimensions.min(stride));
    for (name, row) in words.names.iter().zip(numbers.chunks(stride)) {
        append(name, &row[..dimensions.min(stride)], Form::Text, decimals, &mut bytes);
    }
    fs::write(&path, bytes).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

/// Asks the vectors of a file what is near a word.
fn with_file(path: PathBuf, near: Option<String>) -> Result<(), String> {
    let storage = std::future::ready(Err("there is no folder to keep it in.".to_owned()));
    beside(
        |inbox, sink| serve(inbox, sink, Box::pin(storage)),
        async |mut client: Client<Command, Event>| {
            client.send(Command::Hello { version: version() });
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            client.send(Request { command: Command::Import { name }, attachments: vec![Attachment::File(TextFile(path))] });
            let mut near = near;
            while let Some((event, _)) = client.next().await {
                match event {
                    Event::Built(built) => {
                        say!("{} words of {} dimensions", built.vocabulary, built.setup.dimensions);
                        built.note.iter().for_each(|note| warn!("{note}"));
                    }
                    // What stood before has ended: now the file is asked.
                    Event::Learnt(_) => match near.take() {
                        Some(word) => client.send(Command::Ask { line: Line::Near, question: Question::Near { word } }),
                        None => return Ok(()),
                    },
                    Event::Answer { answer: Answer::Near(found), .. } => {
                        found.near.iter().for_each(|near| say!("{:7.4}  {}", near.cosine, near.word));
                    }
                    Event::Answered { line: Line::Near } => return Ok(()),
                    Event::Refused { message, .. } => return Err(message),
                    _ => {}
                }
            }
            Err("The worker ended before its work was done.".into())
        },
    )
}

/// The vectors, and the numbers from one to the next.
fn train(arguments: &Arguments, words: &Words) -> Result<(Vec<f32>, usize), String> {
    let settings = arguments.settings.clone();
    if arguments.gpu {
        let trained: Result<_, EngineError> = pollster::block_on(async {
            let mut model = Word2Vec::new(Device::Gpu(Gpu::new().await?), settings, &words.counts).await?;
            while model.advance(&words.text).await? {}
            model.vectors().await
        });
        return Ok((trained.map_err(|error| error.to_string())?, arguments.settings.dimensions));
    }
    let mut trainer = Trainer::new(settings, &words.counts);
    while trainer.advance(&words.text, SLICE) {}
    Ok((trainer.inputs().to_vec(), trainer.stride()))
}

fn parse(parser: &mut lexopt::Parser) -> Result<Arguments, String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let mut parsed = Arguments {
        texts: Vec::new(),
        words: 1_000_000,
        least: 5,
        settings: Settings::default(),
        counts: false,
        near: None,
        open: None,
        gpu: false,
        out: None,
    };
    let mut given = Vec::new();
    while let Some(argument) = parser.next().map_err(hint)? {
        if let Long(name) = argument {
            given.push(name.to_owned());
        }
        let settings = &mut parsed.settings;
        match argument {
            Long("text") => parsed.texts.push(parser.value().map_err(hint)?.into()),
            Long("words") => parsed.words = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("least") => parsed.least = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("dimensions") => settings.dimensions = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("window") => settings.window = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("negative") => settings.softmax = Softmax::Negative(parser.value().and_then(|value| value.parse()).map_err(hint)?),
            Long("hierarchical") => settings.softmax = Softmax::Hierarchical,
            Long("cbow") => settings.method = Method::Cbow,
            Long("epochs") => settings.epochs = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("seed") => settings.seed = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("counts") => parsed.counts = true,
            Long("near") => parsed.near = Some(parser.value().and_then(|value| value.string()).map_err(hint)?),
            Long("open") => parsed.open = Some(parser.value().map_err(hint)?.into()),
            Long("gpu") => parsed.gpu = true,
            Long("out") => parsed.out = Some(parser.value().map_err(hint)?.into()),
            other => return Err(hint(other.unexpected())),
        }
    }
    let Settings { dimensions, window, epochs, .. } = parsed.settings;
    if !(2..=300).contains(&dimensions) || !(1..=50).contains(&window) || !(1..=100).contains(&epochs) {
        return Err("Choose 2 to 300 dimensions, a window of 1 to 50 words, and 1 to 100 epochs.".into());
    }
    refuse(&given, "open", |name| name != "near")?;
    refuse(&given, "text", |name| name == "words")?;
    refuse(&given, "counts", |name| ["gpu", "negative", "hierarchical", "cbow", "epochs"].contains(&name))?;
    Ok(parsed)
}

fn read(world: &World, arguments: &Arguments) -> Result<Words, String> {
    let mut reader = Reader::default();
    if !arguments.texts.is_empty() {
        let files = arguments.texts.iter().map(|path| Attachment::File(TextFile(path.clone()))).collect();
        let text = pollster::block_on(load(TextSource::Files, files, |_, _| ())).map_err(|problem| problem.message)?;
        text.summary.notes.iter().for_each(|note| warn!("{note}"));
        let documents: Vec<&str> = text.corpus.documents.iter().map(String::as_str).collect();
        stretches(&documents).for_each(|stretch| reader.read(stretch.text));
    }
    if arguments.texts.is_empty() {
        let mut told = 0;
        let documents = world.documents(1).take_while(|document| {
            let goes_on = told < arguments.words;
            told += document.text.split_ascii_whitespace().count();
            goes_on
        });
        documents.for_each(|document| document.text.lines().for_each(|line| reader.read(line)));
    }
    Ok(reader.finish(arguments.least, MOST))
}

/// How many of the questions "a is to b as c is to what?" a relation's pairs answer.
fn line(relation: &Relation, words: &Words, vectors: &Vectors) -> String {
    let pairs: Vec<[u32; 2]> = relation.pairs.iter().filter_map(|(a, b)| Some([words.find(a)?, words.find(b)?])).collect();
    let (mut right, mut asked) = (0, 0);
    for [a, b] in &pairs {
        for [c, d] in pairs.iter().filter(|[c, _]| c != a) {
            asked += 1;
            right += u32::from(vectors.analogy([*b, *a, *c], 1).first().is_some_and(|(found, _)| found == d));
        }
    }
    format!("{:24} {:>5.1} % of {asked}", relation.name, 100.0 * f64::from(right) / f64::from(asked.max(1)))
}
