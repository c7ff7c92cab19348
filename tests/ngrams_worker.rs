//! The chapter's service on n-grams, driven as its page drives it.

use std::collections::HashMap;
use std::fs;
use std::future::Future;

use seven_steps::protocol::chapter::Source;
use seven_steps::protocol::ngrams::{Answer, Built, Command, Event, Followers, Line, Question, Setup, Smoothing, Unit, Written};
use seven_steps::protocol::{self, TextSource, version};
use seven_steps::worker::local::{Client, Places, beside, with_session};
use seven_steps::worker::message::{Attachment, Request};
use seven_steps::worker::ngrams::serve;
use seven_steps::worker::storage::Storage;

type Worker = Client<Command, Event>;

const WORDS: Setup = Setup { unit: Unit::Word, order: 3 };
const METHOD: Smoothing = Smoothing::ModifiedKneserNey;

fn with_worker<T, F: Future<Output = T>>(storage: Option<Storage>, script: impl FnOnce(Worker) -> F) -> T {
    let storage = storage.ok_or_else(|| "there is no folder to keep it in.".to_owned());
    beside(
        |inbox, sink| serve(inbox, sink, Box::pin(std::future::ready(storage))),
        |client| {
            client.send(Command::Hello { version: version() });
            script(client)
        },
    )
}

/// Lines of a few words that follow each other in several ways.
fn text() -> String {
    let animals = ["fox", "dog", "cat", "hen", "owl"];
    let places = ["hill", "road", "barn"];
    let line = |n: usize| {
        let (animal, other, place) = (animals[n % 5], animals[n / 5 % 5], places[n % 3]);
        format!("The quick brown {animal} saw {n} {other}s, and went to the {place}.\n")
    };
    (0..400).map(|n| line((n * n + n / 7) % 150)).collect()
}

async fn load(client: &mut Worker, text: &str, setup: Setup) -> Result<Built, String> {
    let source = Source::Given(TextSource::Pasted { text: text.into() });
    client.send(Command::Load { source, setup });
    built(client).await
}

/// What the next text amounts to, or why it was refused.
async fn built(client: &mut Worker) -> Result<Built, String> {
    loop {
        match client.next().await.expect("the worker lives").0 {
            Event::Built(built) => return Ok(built),
            Event::Refused { line: Line::Corpus, message } => return Err(message),
            _ => {}
        }
    }
}

/// All answers to a question, or why it was refused.
async fn ask(client: &mut Worker, line: Line, question: Question) -> Result<Vec<Answer>, String> {
    client.send(Command::Ask { line, question });
    let mut answers = Vec::new();
    loop {
        match client.next().await.expect("the worker lives").0 {
            Event::Answer { line: on, answer } if on == line => answers.push(answer),
            Event::Answered { line: on } if on == line => return Ok(answers),
            Event::Refused { line: on, message } if on == line => return Err(message),
            _ => {}
        }
    }
}

async fn followers(client: &mut Worker, context: &str, order: u32, smoothing: Smoothing) -> Followers {
    let question = Question::Followers { context: context.into(), order, smoothing, most: 1000 };
    match ask(client, Line::Table, question).await.unwrap().remove(0) {
        Answer::Followers(followers) => followers,
        other => panic!("{other:?}"),
    }
}

fn written(answers: Vec<Answer>) -> Vec<Written> {
    let written = answers.into_iter().map(|answer| match answer {
        Answer::Written(written) => written,
        other => panic!("{other:?}"),
    });
    written.collect()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
}

#[test]
fn what_follows_a_context_is_what_was_counted() {
    with_worker(None, async |mut client| {
        let built = load(&mut client, &text(), WORDS).await.unwrap();
        assert_eq!((built.setup, built.world, built.contexts[0].as_str()), (WORDS, false, "The quick brown"));
        // The tail of a single text is held out, from a line's beginning.
        let lines: Vec<String> = text().lines().map(|line| line.replace(',', " ,").replace('.', " .")).collect();
        let tokens = |line: &String| line.split(' ').count() as u64 + 1;
        let mut counted = 0;
        let train: Vec<&String> = lines
            .iter()
            .take_while(|line| {
                counted += tokens(line);
                counted <= built.tokens
            })
            .collect();
        assert_eq!(train.iter().map(|line| tokens(line)).sum::<u64>(), built.tokens);
        assert!((340..370).contains(&train.len()), "{}", train.len());

        let mut expected: HashMap<&str, u64> = HashMap::new();
        for line in &train {
            let words: Vec<&str> = line.split(' ').collect();
            for three in words.windows(3).filter(|three| three[..2] == ["quick", "brown"]) {
                *expected.entry(three[2]).or_default() += 1;
            }
        }
        let found = followers(&mut client, "The quick brown", 3, Smoothing::None).await;
        assert_eq!((found.window, found.matched, found.kinds as usize), (2, 2, expected.len()));
        assert_eq!(found.seen, train.len() as u64);
        assert_eq!(found.rows.iter().map(|row| (row.text.as_str(), row.count)).collect::<HashMap<_, _>>(), expected);
        for row in &found.rows {
            near(row.probability.into(), row.count as f64 / found.seen as f64);
        }
        for smoothing in Smoothing::ALL {
            for context in ["The quick brown", "brown the", "", "zebra hill"] {
                let found = followers(&mut client, context, 3, smoothing).await;
                let sum = found.rows.iter().map(|row| f64::from(row.probability)).sum::<f64>() + f64::from(found.rest);
                let is_nothing = smoothing == Smoothing::None && found.matched < found.window;
                near(sum, if is_nothing { 0.0 } else { 1.0 });
            }
        }
        let unknown = followers(&mut client, "a zebra", 2, METHOD).await;
        assert_eq!((unknown.context[1].text.as_str(), unknown.context[1].known, unknown.matched), ("zebra", false, 0));
    });
}

#[test]
fn the_dice_fall_on_what_is_written() {
    with_worker(None, async |mut client| {
        for unit in [Unit::Word, Unit::Piece, Unit::Character] {
            load(&mut client, &text(), Setup { unit, order: 3 }).await.unwrap();
            let question = |temperature, seed| Question::Write {
                prompt: "The quick brown".into(),
                order: 3,
                smoothing: METHOD,
                temperature,
                length: 200,
                seed,
            };
            let tokens = written(ask(&mut client, Line::Writing, question(1.0, 1)).await.unwrap());
            assert_eq!(tokens.len(), 200);
            for token in &tokens {
                let before: f32 = token.options[..token.drawn as usize].iter().map(|option| option.probability).sum();
                let drawn = &token.options[token.drawn as usize];
                assert!((before - 1e-5..before + drawn.probability + 1e-5).contains(&token.dice), "{token:?}");
                near(f64::from(token.options.iter().map(|option| option.probability).sum::<f32>() + token.rest), 1.0);
                assert_eq!((&drawn.text, token.window), (&token.token, token.window.min(2)));
                assert_eq!(token.text == "\n", token.token == "</s>");
            }
            assert_eq!(written(ask(&mut client, Line::Writing, question(1.0, 1)).await.unwrap()), tokens);
            let told = |tokens: &[Written]| tokens.iter().map(|token| token.text.as_str()).collect::<String>();
            assert_ne!(told(&written(ask(&mut client, Line::Writing, question(1.0, 2)).await.unwrap())), told(&tokens));
            let greedy = written(ask(&mut client, Line::Writing, question(0.0, 3)).await.unwrap());
            assert!(greedy.iter().all(|token| token.drawn == 0 && token.options.len() == 1), "{:?}", greedy[0]);
            let line = told(&tokens).lines().nth(1).unwrap().to_owned();
            assert!(unit != Unit::Word || (line.contains("s, and ") && line.ends_with('.')), "{line}");
        }
    });
}

#[test]
fn every_question_is_answered() {
    with_worker(None, async |mut client| {
        load(&mut client, &text(), WORDS).await.unwrap();
        let compared = ask(&mut client, Line::Comparison, Question::Compare { order: 3 }).await.unwrap();
        assert_eq!(compared.len(), Smoothing::ALL.len());
        for (answer, smoothing) in compared.iter().zip(Smoothing::ALL) {
            let Answer::Compared(compared) = answer else { panic!("{answer:?}") };
            assert_eq!(compared.smoothing, Some(smoothing));
            assert!((compared.impossible > 0) == compared.perplexity.is_infinite(), "{compared:?}");
            assert!(compared.perplexity.is_infinite() || (1.0..20.0).contains(&compared.perplexity), "{compared:?}");
        }

        // A sentence's surprise is the sum of what the table gives to each of its words.
        let score = Question::Score { text: "The cat saw 4 hens".into(), order: 3, smoothing: METHOD };
        let answers = ask(&mut client, Line::Score, score).await.unwrap();
        let Answer::Scored(scored) = &answers[0] else { panic!("{answers:?}") };
        assert_eq!(scored.tokens.iter().map(|token| token.text.as_str()).collect::<String>(), "The cat saw 4 hens\n");
        let found = followers(&mut client, "The cat", 3, METHOD).await;
        let saw = found.rows.iter().find(|row| row.text == "saw").unwrap();
        near(scored.tokens[2].bits.into(), -f64::from(saw.probability).log2());
        near(scored.bits.into(), scored.tokens.iter().map(|token| f64::from(token.bits)).sum());

        let unseen = Question::Unseen { context: "The quick brown".into(), word: "hill".into(), order: 3 };
        let answers = ask(&mut client, Line::Unseen, unseen).await.unwrap();
        let Answer::Unseen(shares) = &answers[0] else { panic!("{answers:?}") };
        assert!(
            shares.iter().all(|share| share.count == 0 && (share.probability > 0.0) == (share.smoothing != Smoothing::None)),
            "{shares:?}"
        );

        let growth = ask(&mut client, Line::Explosion, Question::Explosion).await.unwrap();
        assert_eq!(growth.len(), 5);
        let mut seen = 0;
        for answer in &growth {
            let Answer::Growth(growth) = answer else { panic!("{answer:?}") };
            let [one, two, three] = growth.orders[..] else { panic!("{growth:?}") };
            assert_eq!((one.possible, one.seen, one.unseen_held_out), (1.0, 1, 0.0));
            // A context of one word: any of the vocabulary but </s>, or <s>.
            assert_eq!((two.possible, two.seen), (growth.vocabulary as f64, growth.vocabulary));
            assert!(three.seen > seen && two.unseen_held_out <= three.unseen_held_out, "{growth:?}");
            seen = three.seen;
        }

        let refused = ask(&mut client, Line::Wall, Question::Wall { smoothing: METHOD }).await.unwrap_err();
        assert!(refused.contains("probe sentences"), "{refused}");
    });
}

#[test]
fn hidden_states_are_learned_and_shown_while_others_ask() {
    with_worker(None, async |mut client| {
        load(&mut client, &text(), WORDS).await.unwrap();
        let early = ask(&mut client, Line::Tagging, Question::Tag { text: "The fox".into() }).await.unwrap_err();
        assert!(early.contains("train one first"), "{early}");
        client.send(Command::Ask { line: Line::Hidden, question: Question::Hidden { states: 6, iterations: 60, seed: 1 } });
        let question = Question::Score { text: "The fox".into(), order: 2, smoothing: METHOD };
        client.send(Command::Ask { line: Line::Score, question });
        let mut bits = Vec::new();
        let mut scored_after = None;
        loop {
            match client.next().await.expect("the worker lives").0 {
                Event::Answer { answer: Answer::Iteration { bits_per_token, .. }, .. } => bits.push(bits_per_token),
                Event::Answer { answer: Answer::States(states), .. } => {
                    near(states.shares.iter().sum::<f32>().into(), 1.0);
                    assert_eq!((states.words.len(), states.transitions.len()), (6, 36));
                }
                Event::Answered { line: Line::Score } => scored_after = Some(bits.len()),
                Event::Answered { line: Line::Hidden } => break,
                _ => {}
            }
        }
        assert_eq!(bits.len(), 60);
        assert!(bits.windows(2).all(|two| two[1] <= two[0] + 1e-3), "{bits:?}");
        assert!(scored_after.is_some_and(|iterations| iterations < 60), "{scored_after:?}");

        let answers = ask(&mut client, Line::Tagging, Question::Tag { text: "The quick brown fox".into() }).await.unwrap();
        let Answer::Tagged(tagged) = &answers[0] else { panic!("{answers:?}") };
        assert_eq!(tagged.iter().map(|token| token.text.as_str()).collect::<String>(), "The quick brown fox\n");
        let tokens = written(ask(&mut client, Line::HiddenWriting, Question::HiddenWrite { length: 30, seed: 1 }).await.unwrap());
        assert!(tokens.len() == 30 && tokens.iter().all(|token| token.state.is_some_and(|state| state < 6)));
        let compared = ask(&mut client, Line::Comparison, Question::Compare { order: 2 }).await.unwrap();
        assert!(matches!(compared.last(), Some(Answer::Compared(compared)) if compared.smoothing.is_none() && compared.impossible == 0));
    });
}

#[test]
fn a_hushed_question_is_not_answered_any_more() {
    with_worker(None, async |mut client| {
        load(&mut client, &text(), WORDS).await.unwrap();
        client.send(Command::Ask { line: Line::Hidden, question: Question::Hidden { states: 64, iterations: 500, seed: 1 } });
        client.send(Command::Ask { line: Line::Hidden, question: Question::Hidden { states: 2, iterations: 1, seed: 1 } });
        client.send(Command::Ask { line: Line::HiddenWriting, question: Question::HiddenWrite { length: 1, seed: 1 } });
        client.send(Command::Hush { line: Line::HiddenWriting });
        // Each question ends once, the hushed ones without an answer.
        let (mut shares, mut ended) = (Vec::new(), Vec::new());
        while ended.len() < 3 {
            match client.next().await.expect("the worker lives").0 {
                Event::Answer { line: Line::Hidden, answer: Answer::States(states) } => shares.push(states.shares.len()),
                Event::Answered { line } => ended.push(line),
                Event::Answer { line: Line::Hidden, .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((shares, ended), (vec![2], vec![Line::Hidden, Line::HiddenWriting, Line::Hidden]));
    });
}

#[test]
fn an_n_gram_sees_nothing_beyond_its_window() {
    with_worker(None, async |mut client| {
        client.send(Command::Load { source: Source::World { words: 300_000 }, setup: WORDS });
        assert!(built(&mut client).await.unwrap().world);
        let walls = ask(&mut client, Line::Wall, Question::Wall { smoothing: METHOD }).await.unwrap();
        for (order, answer) in (1..).zip(&walls) {
            let Answer::Wall(wall) = answer else { panic!("{answer:?}") };
            assert_eq!((wall.order, wall.agreement.len(), wall.reference.len()), (order, 25, 25));
            for distance in wall.agreement.iter().chain(&wall.reference) {
                let share = distance.right / distance.of as f32;
                let expected = match distance.words {
                    1 if order > 1 => 0.9..=1.0,
                    // Seen, but with words between that were seldom seen with it.
                    words if words < order => 0.5..=1.0,
                    // Each pair has a twin with the words the other way round: who does not see what decides is right once.
                    _ => 0.5..=0.5,
                };
                assert!(expected.contains(&share), "N = {order}: {distance:?}");
            }
        }
    });
}

#[test]
fn what_cannot_be_counted_is_refused_with_a_sentence() {
    with_worker(None, async |mut client| {
        let setup = |unit, order| Setup { unit, order };
        let solid = "abcdefgh".repeat(125_000);
        let cases: [(&str, Setup, &str); 10] = [
            ("", WORDS, "no text in it"),
            ("Hello", WORDS, "held out, 1 word to count is left"),
            ("again ".repeat(500).leak(), WORDS, "over and over"),
            (&solid, WORDS, "hardly any spaces"),
            ("a b c d\n".repeat(50).leak(), setup(Unit::Word, 7), "choose an N up to 6"),
            ("a b c d\n".repeat(50).leak(), setup(Unit::Word, 0), "N is from 1 to 7"),
            ("a b c d\n".repeat(50).leak(), setup(Unit::Word, 8), "N is from 1 to 7"),
            ("我".repeat(300).leak(), WORDS, "over and over"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", setup(Unit::Character, 2), "over and over"),
            (" .\n\n", setup(Unit::Piece, 2), "too short"),
        ];
        for (text, setup, expected) in cases {
            let refused = load(&mut client, text, setup).await.unwrap_err();
            assert!(refused.contains(expected) && refused.ends_with('.'), "{refused}");
        }
        let refused = ask(&mut client, Line::Table, Question::Compare { order: 2 }).await.unwrap_err();
        assert!(refused.contains("choose a text first"), "{refused}");
        // Without spaces, letter by letter.
        let built = load(&mut client, &solid, setup(Unit::Character, 4)).await.unwrap();
        assert_eq!((built.vocabulary, &built.ngrams[..]), (8 + 3, &[9, 10, 10, 10][..]));
        let refused = ask(&mut client, Line::Table, Question::Compare { order: 5 }).await.unwrap_err();
        assert!(refused.contains("N cannot be 5"), "{refused}");
        client.send(Command::Load { source: Source::World { words: 0 }, setup: WORDS });
        assert!(built_refused(&mut client).await.contains("million words"));
    });
}

async fn built_refused(client: &mut Worker) -> String {
    built(client).await.unwrap_err()
}

#[test]
fn a_model_goes_out_and_comes_in_again() {
    with_worker(None, async |mut client| {
        let import = |name: &str, bytes: Vec<u8>| Request {
            command: Command::Import { name: name.into() },
            attachments: vec![Attachment::Bytes(bytes)],
        };
        // Names in a file have no white space, and no two are the same.
        let text = "odd\tones ▁ _ <s> </s> <unk> c\u{A0}d \u{B}x <U+0041> 😀 ü\n".repeat(3) + &text();
        for unit in [Unit::Word, Unit::Piece, Unit::Character] {
            let before = load(&mut client, &text, Setup { unit, order: 3 }).await.unwrap();
            let score =
                || Question::Score { text: "The cat, saw 4 zebras.\nthe end\t▁ 😀 <s>\u{A0}ü".into(), order: 3, smoothing: METHOD };
            let scored = ask(&mut client, Line::Score, score()).await.unwrap();
            client.send(Command::Export { order: 3, smoothing: METHOD });
            let arpa = loop {
                match client.next().await.expect("the worker lives") {
                    (Event::Exported { name, .. }, bytes) => break (name, bytes),
                    (Event::Refused { message, .. }, _) => panic!("{message}"),
                    _ => {}
                }
            };
            assert_eq!(arpa.0, "3-grams.arpa");
            let line = arpa.1[..arpa.1.len() / 2].iter().rposition(|byte| *byte == b'\n').unwrap();
            client.send(import("cut.arpa", arpa.1[..=line].to_vec()));
            assert!(built(&mut client).await.unwrap_err().contains("cut short"));
            assert_eq!(ask(&mut client, Line::Score, score()).await.unwrap(), scored);

            client.send(import("mine.arpa", arpa.1));
            let after = built(&mut client).await.unwrap();
            assert_eq!((after.imported.as_deref(), after.setup, after.vocabulary), (Some("mine.arpa"), before.setup, before.vocabulary));
            let answers = ask(&mut client, Line::Score, score()).await.unwrap();
            let [Answer::Scored(before), Answer::Scored(after)] = [&scored[0], &answers[0]] else { panic!("{answers:?}") };
            for (before, after) in before.tokens.iter().zip(&after.tokens) {
                near(after.bits.into(), before.bits.into());
                assert_eq!((&after.text, after.known), (&before.text, before.known));
            }
            let write = Question::Write { prompt: String::new(), order: 3, smoothing: METHOD, temperature: 1.0, length: 9, seed: 1 };
            assert_eq!(written(ask(&mut client, Line::Writing, write).await.unwrap()).len(), 9);
            let refused = ask(&mut client, Line::Comparison, Question::Compare { order: 3 }).await.unwrap_err();
            assert!(refused.contains("choose a text"), "{refused}");
        }
        client.send(import("no.arpa", b"hello".to_vec()));
        assert!(built(&mut client).await.unwrap_err().ends_with('.'));
    });
}

#[test]
fn a_text_is_found_again_on_the_next_page_until_the_built_in_one_is_chosen() {
    let folder = std::env::temp_dir().join(format!("seven-steps-{}-texts", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let kept = || Command::Load { source: Source::Kept { words: 20_000 }, setup: WORDS };
    let first = with_worker(Some(Storage::new(&folder)), async |mut client| {
        client.send(kept());
        assert!(built(&mut client).await.unwrap().world);
        let first = load(&mut client, &text(), WORDS).await.unwrap();
        // What cannot be counted is not kept, and does not take the place of what is.
        assert!(load(&mut client, "Hello", WORDS).await.is_err());
        client.send(Command::Build { setup: WORDS });
        assert_eq!(Built { seconds: first.seconds, ..built(&mut client).await.unwrap() }, first);
        first
    });
    let workshop = |source: TextSource| {
        with_session(Places { texts: Some(Storage::new(&folder)), ..Places::default() }, async |mut client| {
            client.send(protocol::Command::LoadText(source));
            let mut name = String::new();
            let ready = |event| if let protocol::Event::TextReady(summary) = event { Some(summary.name) } else { None };
            client.until(|event, _| ready(event).map(|found| name = found).is_some()).await.unwrap();
            name
        })
    };
    assert_eq!(workshop(TextSource::Kept), "Pasted text");
    with_worker(Some(Storage::new(&folder)), async |mut client| {
        client.send(kept());
        assert_eq!(Built { seconds: first.seconds, ..built(&mut client).await.unwrap() }, first);
        client.send(Command::Load { source: Source::World { words: 20_000 }, setup: WORDS });
        assert!(built(&mut client).await.unwrap().world);
    });
    assert_eq!(workshop(TextSource::Kept), "Built-in text");
    workshop(TextSource::Pasted { text: text() });
    with_worker(Some(Storage::new(&folder)), async |mut client| {
        client.send(kept());
        assert_eq!(Built { seconds: first.seconds, ..built(&mut client).await.unwrap() }, first);
    });
    // What cannot be read now may be read another time: it stays.
    let file = folder.join("last/text");
    fs::write(&file, "cut short").unwrap();
    assert_eq!(workshop(TextSource::Kept), "Built-in text");
    assert_eq!(fs::read(&file).unwrap(), b"cut short");
    fs::remove_dir_all(&folder).unwrap();
}
