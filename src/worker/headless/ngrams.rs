//! `headless ngrams`: the chapter's comparison of smoothing methods in the terminal, and its model as a file.

use std::fs;
use std::path::PathBuf;

use super::refuse;
use crate::protocol::chapter::Source;
use crate::protocol::ngrams::{
    Answer, Built, Command, Compared, Distance, Event, Line, MOST_ORDER, Question, Scored, Setup, Smoothing, Unit, Wall,
};
use crate::protocol::{TextSource, version};
use crate::worker::local::{Client, beside};
use crate::worker::message::{Attachment, Request};
use crate::worker::ngrams::serve;
use crate::worker::source::File as TextFile;

/// What is asked for.
struct Arguments {
    texts: Vec<PathBuf>,
    words: u32,
    setup: Setup,
    states: Option<u32>,
    wall: bool,
    score: Option<String>,
    arpa: Option<PathBuf>,
    /// The ARPA file that is asked instead of a text.
    open: Option<PathBuf>,
}

type Worker = Client<Command, Event>;

/// Does what the arguments after `ngrams` say.
///
/// # Errors
/// A sentence on what was wrong.
pub fn main(parser: &mut lexopt::Parser) -> Result<(), String> {
    let arguments = parse(parser)?;
    let storage = || Err("there is no folder to keep it in.".to_owned());
    beside(|inbox, sink| serve(inbox, sink, Box::pin(async move { storage() })), |client| script(client, arguments))
}

fn parse(parser: &mut lexopt::Parser) -> Result<Arguments, String> {
    use lexopt::prelude::*;
    let hint = |error: lexopt::Error| format!("{error}; see headless --help.");
    let setup = Setup { unit: Unit::Word, order: 5 };
    let mut parsed =
        Arguments { texts: Vec::new(), words: 1_000_000, setup, states: None, wall: false, score: None, arpa: None, open: None };
    let mut given = Vec::new();
    while let Some(argument) = parser.next().map_err(hint)? {
        if let Long(name) = argument {
            given.push(name.to_owned());
        }
        match argument {
            Long("text") => parsed.texts.push(parser.value().map_err(hint)?.into()),
            Long("words") => parsed.words = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("order") => parsed.setup.order = parser.value().and_then(|value| value.parse()).map_err(hint)?,
            Long("states") => parsed.states = Some(parser.value().and_then(|value| value.parse()).map_err(hint)?),
            Long("wall") => parsed.wall = true,
            Long("score") => parsed.score = Some(parser.value().and_then(|value| value.string()).map_err(hint)?),
            Long("open") => parsed.open = Some(parser.value().map_err(hint)?.into()),
            Long("arpa") => parsed.arpa = Some(parser.value().map_err(hint)?.into()),
            Long("unit") => {
                let value = parser.value().map_err(hint)?;
                let units = [("word", Unit::Word), ("piece", Unit::Piece), ("character", Unit::Character)];
                let named = units.iter().find(|(name, _)| *name == value);
                parsed.setup.unit = named.ok_or_else(|| format!("--unit takes word, piece or character, not “{}”.", value.display()))?.1;
            }
            other => return Err(hint(other.unexpected())),
        }
    }
    refuse(&given, "open", |name| name != "score")?;
    refuse(&given, "text", |name| name == "words")?;
    Ok(parsed)
}

async fn script(mut client: Worker, arguments: Arguments) -> Result<(), String> {
    let Arguments { texts, words, setup, states, wall, score, arpa, open } = arguments;
    client.send(Command::Hello { version: version() });
    if let Some(path) = open {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let request = Request { command: Command::Import { name }, attachments: vec![Attachment::File(TextFile(path))] };
        client.send(request);
        let built = wait(&mut client, |event, _| if let Event::Built(built) = event { Some(built) } else { None }).await?;
        say!("{} in the vocabulary; n-grams of each order: {:?}", built.vocabulary, built.ngrams);
        return match score {
            Some(text) => tell_score(&mut client, text, built.setup.order).await,
            None => Ok(()),
        };
    }
    let source = if texts.is_empty() { Source::World { words } } else { Source::Given(TextSource::Files) };
    let attachments = texts.into_iter().map(|path| Attachment::File(TextFile(path))).collect();
    client.send(Request { command: Command::Load { source, setup }, attachments });
    let hear = |event, _| match event {
        Event::Built(built) => Some(built),
        Event::Text(text) => {
            text.notes.iter().for_each(|note| warn!("{note}"));
            None
        }
        _ => None,
    };
    let built = wait(&mut client, hear).await?;
    say!("{}", summary(&built));
    if let Some(states) = states {
        let question = Question::Hidden { states, iterations: 20, seed: 1 };
        ask(&mut client, Line::Hidden, question, |_| ()).await?;
    }
    say!("{:22} {:>10} {:>11} {:>11}", "method", "perplexity", "bits/byte", "impossible");
    ask(&mut client, Line::Comparison, Question::Compare { order: setup.order }, |answer| {
        if let Answer::Compared(compared) = answer {
            say!("{}", row(&compared));
        }
    })
    .await?;
    if wall {
        say!("\nright, by the distance to the word that decides");
        let smoothing = Smoothing::ModifiedKneserNey;
        ask(&mut client, Line::Wall, Question::Wall { smoothing }, |answer| {
            if let Answer::Wall(Wall { order, agreement, reference, .. }) = answer {
                say!("N = {order}, one or many: {}", shares(&agreement));
                say!("N = {order}, he or she:   {}", shares(&reference));
            }
        })
        .await?;
    }
    if let Some(text) = score {
        tell_score(&mut client, text, setup.order).await?;
    }
    if let Some(path) = arpa {
        client.send(Command::Export { order: setup.order, smoothing: Smoothing::ModifiedKneserNey });
        let bytes = wait(&mut client, |event, bytes| matches!(event, Event::Exported { .. }).then_some(bytes)).await?;
        fs::write(&path, bytes).map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    }
    Ok(())
}

/// Prints what each token of a text costs, a sentence a line.
async fn tell_score(client: &mut Worker, text: String, order: u32) -> Result<(), String> {
    let smoothing = Smoothing::ModifiedKneserNey;
    ask(client, Line::Score, Question::Score { text, order, smoothing }, |answer| {
        let Answer::Scored(Scored { tokens, bits, perplexity }) = answer else { return };
        for token in &tokens {
            let text = if token.text == "\n" { "</s>" } else { token.text.trim_start() };
            say!("{:8.3}  {text}{}", token.bits, if token.known { "" } else { "  (unknown)" });
        }
        let unknown = tokens.iter().filter(|token| !token.known).count();
        say!("{bits:8.3} bits for {} tokens, {unknown} of them unknown; perplexity {}", tokens.len(), power(perplexity));
    })
    .await
}

/// A number as large as it may be.
fn power(x: f64) -> String {
    if x < 1e6 || x.is_infinite() { format!("{x:.3}") } else { format!("{x:.3e}") }
}

/// Waits for an event that `take` has a use for.
async fn wait<T>(client: &mut Worker, mut take: impl FnMut(Event, Vec<u8>) -> Option<T>) -> Result<T, String> {
    loop {
        match client.next().await.ok_or("The worker ended before its work was done.")? {
            (Event::Refused { message, .. }, _) => return Err(message),
            (event, bytes) => {
                if let Some(taken) = take(event, bytes) {
                    return Ok(taken);
                }
            }
        }
    }
}

async fn ask(client: &mut Worker, line: Line, question: Question, mut take: impl FnMut(Answer)) -> Result<(), String> {
    client.send(Command::Ask { line, question });
    wait(client, |event, _| match event {
        Event::Answer { answer, .. } => {
            take(answer);
            None
        }
        event => matches!(event, Event::Answered { .. }).then_some(()),
    })
    .await
}

fn summary(built: &Built) -> String {
    let Built { tokens, held_out_tokens, vocabulary, ngrams, memory, seconds, .. } = built;
    let all: u64 = ngrams.iter().sum();
    let each = *memory as f64 / all as f64;
    format!(
        "{tokens} tokens counted in {seconds:.2} s, {held_out_tokens} held out; {vocabulary} in the vocabulary; {all} n-grams \
         ({ngrams:?}), {each:.1} bytes each"
    )
}

/// The nearest; what lies farther no N sees.
fn shares(distances: &[Distance]) -> String {
    let share = |distance: &Distance| format!("{:5.1} %", 100.0 * distance.right / distance.of as f32);
    distances[..distances.len().min(MOST_ORDER as usize)].iter().map(share).collect::<Vec<_>>().join(" ")
}

fn row(compared: &Compared) -> String {
    let name = match compared.smoothing {
        Some(Smoothing::None) => "none",
        Some(Smoothing::AddK) => "add-k",
        Some(Smoothing::JelinekMercer) => "Jelinek–Mercer",
        Some(Smoothing::Katz) => "Katz",
        Some(Smoothing::WittenBell) => "Witten–Bell",
        Some(Smoothing::KneserNey) => "Kneser–Ney",
        Some(Smoothing::ModifiedKneserNey) => "modified Kneser–Ney",
        None => "hidden Markov model",
    };
    format!("{name:22} {:10.2} {:11.4} {:11}", compared.perplexity, compared.bits_per_byte, compared.impossible)
}
