//! The chapter's service on word vectors, driven as its page drives it.

use std::collections::HashMap;
use std::future::Future;

use seven_steps::protocol::chapter::Source;
use seven_steps::protocol::words::{Answer, Built, Command, Event, Form, Learnt, Line, Map, Method, Near, Question, Setup, View};
use seven_steps::protocol::{TextSource, version};
use seven_steps::worker::local::{Client, beside};
use seven_steps::worker::message::{Attachment, Request};
use seven_steps::worker::words::serve;

type Worker = Client<Command, Event>;

const SETUP: Setup = Setup { dimensions: 24, epochs: 12, least: 1, subsample: false, ..Setup::USUAL };

fn with_worker<T, F: Future<Output = T>>(script: impl FnOnce(Worker) -> F) -> T {
    let storage = Err("there is no folder to keep it in.".to_owned());
    beside(
        |inbox, sink| serve(inbox, sink, Box::pin(std::future::ready(storage))),
        |client| {
            client.send(Command::Hello { version: version() });
            script(client)
        },
    )
}

/// Animals that eat and things that are used, and a word of both kinds.
fn text() -> String {
    let [animals, things] = [["fox", "dog", "cat", "hen"], ["hammer", "spade", "needle", "broom"]];
    let line = |n: usize| {
        let (animal, thing) = (animals[n % 4], things[n / 4 % 4]);
        let both = if n.is_multiple_of(2) {
            "The seal eats fish and sleeps by the river."
        } else {
            "He uses the seal to close a letter with wax."
        };
        format!("The {animal} eats bread and sleeps in the barn. He uses the {thing} to mend a chair with care. {both}\n")
    };
    (0..400).map(|n| line(n * n + n / 7)).collect()
}

async fn load(client: &mut Worker, text: &str, setup: Setup) -> Result<Built, String> {
    client.send(Command::Load { source: Source::Given(TextSource::Pasted { text: text.into() }), setup });
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

/// Waits for the end of the training.
async fn learnt(client: &mut Worker) -> Learnt {
    learnt_until(client, |learnt| learnt.ended).await
}

async fn learnt_until(client: &mut Worker, is_enough: impl Fn(&Learnt) -> bool) -> Learnt {
    loop {
        if let Event::Learnt(learnt) = client.next().await.expect("the worker lives").0
            && is_enough(&learnt)
        {
            return learnt;
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

async fn near(client: &mut Worker, word: &str) -> Vec<Near> {
    match ask(client, Line::Near, Question::Near { word: word.into() }).await.unwrap().remove(0) {
        Answer::Near(found) => found.near,
        other => panic!("{other:?}"),
    }
}

async fn export(client: &mut Worker, form: Form) -> Vec<u8> {
    client.send(Command::Export { form });
    loop {
        if let (Event::Exported { .. }, bytes) = client.next().await.expect("the worker lives") {
            return bytes;
        }
    }
}

async fn import(client: &mut Worker, name: &str, bytes: Vec<u8>) -> Result<Built, String> {
    client.send(Request { command: Command::Import { name: name.into() }, attachments: vec![Attachment::Bytes(bytes)] });
    built(client).await
}

#[test]
fn every_method_brings_words_of_a_kind_together() {
    for (method, noise, gpu) in [
        (Method::SkipGram, 5, false),
        (Method::SkipGram, 0, false),
        (Method::Cbow, 5, false),
        (Method::Counting, 5, false),
        (Method::SkipGram, 5, true),
        (Method::Cbow, 5, true),
    ] {
        with_worker(async |mut client| {
            let built = load(&mut client, &text(), Setup { method, noise, gpu, ..SETUP }).await.unwrap();
            assert_eq!((built.setup.method, built.world, built.imported), (method, false, None));
            assert_eq!(learnt(&mut client).await.done, 1.0);
            let animals: Vec<String> = near(&mut client, "Fox").await.into_iter().take(3).map(|near| near.word).collect();
            for animal in ["dog", "cat", "hen"] {
                assert!(animals.contains(&animal.into()), "{method:?} with noise {noise}, GPU {gpu}: {animals:?}");
            }
        });
    }
}

#[test]
fn figures_are_answered_while_words_are_learnt() {
    with_worker(async |mut client| {
        let built = load(&mut client, &text(), Setup { epochs: 40, ..SETUP }).await.unwrap();
        let maps = ask(&mut client, Line::Map, Question::Map { view: View::All }).await.unwrap();
        let done: Vec<f32> = maps
            .iter()
            .map(|answer| match answer {
                Answer::Map(Map { done, places, .. }) if places.len() == built.names.len() => *done,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(done.len() > 2 && done.is_sorted() && done.last() == Some(&1.0), "{done:?}");

        let unfolded = ask(&mut client, Line::Map, Question::Map { view: View::Unfolded }).await.unwrap();
        let Some(Answer::Map(last)) = unfolded.last() else { panic!("no picture") };
        let place = |word: &str| last.places[built.names.iter().position(|name| name == word).expect("it is in the text")];
        let far = |a: &str, b: &str| (place(a)[0] - place(b)[0]).hypot(place(a)[1] - place(b)[1]);
        assert!(far("fox", "dog") < far("fox", "spade") && far("hammer", "spade") < far("hammer", "hen"), "{last:?}");

        let words = ["Fox", "dog", "hammer", "carburetor"].map(String::from).to_vec();
        let Answer::Alike(alike) = ask(&mut client, Line::OneHot, Question::Alike { words }).await.unwrap().remove(0) else {
            panic!("another answer")
        };
        assert_eq!((alike.words[0].0.as_str(), alike.words[3].1), ("fox", None));
        assert!(alike.cosines[1] > alike.cosines[2] + 0.2 && alike.cosines[3] == 0.0, "{:?}", alike.cosines);

        let words = ["fox", "dog"].map(String::from);
        let Answer::Company(company) = ask(&mut client, Line::Company, Question::Company { words }).await.unwrap().remove(0) else {
            panic!("another answer")
        };
        assert!(company.overlap > 0.9, "{company:?}");
        assert!(company.rows.iter().any(|row| row.word == "eats" && row.times.iter().all(|times| *times > 2.0)), "{company:?}");

        let Answer::Senses(senses) =
            ask(&mut client, Line::Senses, Question::Senses { word: "seal".into(), cues: ["fox", "spade"].map(String::from) })
                .await
                .unwrap()
                .remove(0)
        else {
            panic!("another answer")
        };
        let uses: Vec<String> = senses.uses.iter().map(|found| [&*found.before, "seal", &*found.after].join(" ")).collect();
        assert_eq!(senses.count, 400);
        assert!(uses[0].contains("eats") && uses[1].contains("uses"), "{uses:?}");

        let sentences = ["The fox uses the dog", "the dog uses the fox"].map(String::from);
        let Answer::Order(order) = ask(&mut client, Line::Order, Question::Order { sentences }).await.unwrap().remove(0) else {
            panic!("another answer")
        };
        assert!(order.cosine > 0.99999);
        let ends = order.paths.map(|path| path.last().expect("five steps").place);
        assert!((0..2).all(|axis| (ends[0][axis] - ends[1][axis]).abs() < 1e-4), "{ends:?}");

        let words = ["fox", "dog", "cat"].map(String::from);
        let Answer::Sum(sum) = ask(&mut client, Line::Arithmetic, Question::Sum { words }).await.unwrap().remove(0) else {
            panic!("another answer")
        };
        assert_eq!((sum.words, sum.found.len()), (["fox", "dog", "cat"].map(String::from), 5));
        assert!(sum.found.iter().all(|near| !["fox", "dog", "cat"].contains(&near.word.as_str())));
        let [a, b, c, d, _] = sum.places;
        assert!((0..2).all(|axis| (a[axis] - b[axis] + c[axis] - d[axis]).abs() < 1e-4), "a parallelogram");
    });
}

#[test]
fn the_world_is_known_and_tested() {
    with_worker(async |mut client| {
        client.send(Command::Load { source: Source::World { words: 150_000 }, setup: Setup { epochs: 3, ..Setup::USUAL } });
        let built = built(&mut client).await.unwrap();
        let place = |word: &str| built.names.iter().position(|name| name == word).expect("it is frequent");
        assert_eq!(["king", "dog", "france", "paris"].map(|word| built.groups[place(word)]), [0, 2, 3, 4]);
        let genders = built.relations.iter().position(|relation| relation.name == "male to female").expect("it has pairs");
        assert!(built.relations[genders].pairs.contains(&[place("king") as u32, place("queen") as u32]));

        let tests = ask(&mut client, Line::Test, Question::Test).await.unwrap();
        let Some(Answer::Tested(last)) = tests.last() else { panic!("no test") };
        let right: Vec<u32> =
            tests.iter().map(|answer| if let Answer::Tested(tested) = answer { tested.right[genders][0] } else { 0 }).collect();
        assert_eq!(last.done, 1.0);
        assert!(right[0] < 10 && *right.last().unwrap() > 50, "{right:?} of {}", last.right[genders][1]);

        let mut pictures = Vec::new();
        for view in [View::All, View::Relation(genders as u32), View::All] {
            let Some(Answer::Map(last)) = ask(&mut client, Line::Map, Question::Map { view }).await.unwrap().pop() else {
                panic!("no map")
            };
            assert!(last.reach[0].max(last.reach[1]) == 1.0 && last.reach[0].min(last.reach[1]) > 0.1, "{:?}", last.reach);
            pictures.push(last.places);
        }
        let moved = pictures[0].iter().zip(&pictures[2]).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).fold(0.0, f32::max);
        assert!(moved < 0.05, "all words lie where they lay before another view: {moved}");
    });
}

#[test]
fn a_training_that_is_stopped_leaves_what_was_learnt() {
    with_worker(async |mut client| {
        load(&mut client, &text(), Setup { epochs: 50, dimensions: 300, ..SETUP }).await.unwrap();
        client.send(Command::Stop);
        let learnt = learnt(&mut client).await;
        assert!(learnt.done < 1.0, "{learnt:?}");
        assert_eq!(near(&mut client, "fox").await.len(), 10);
        client.send(Command::Train { setup: SETUP });
        assert_eq!(built(&mut client).await.unwrap().setup, SETUP);
    });
}

#[test]
fn a_training_that_goes_on_after_a_stop_learns_the_same() {
    let setup = Setup { epochs: 50, dimensions: 300, ..SETUP };
    with_worker(async |mut client| {
        load(&mut client, &text(), setup).await.unwrap();
        assert!(!learnt(&mut client).await.can_go_on);
        let whole = export(&mut client, Form::Text).await;
        client.send(Command::Train { setup });
        built(&mut client).await.unwrap();
        let before = learnt_until(&mut client, |learnt| learnt.done > 0.0).await;
        client.send(Command::Stop);
        let stopped = learnt(&mut client).await;
        assert!(!before.ended && stopped.can_go_on && stopped.done < 1.0, "{before:?} {stopped:?}");
        client.send(Command::GoOn);
        let after = learnt(&mut client).await;
        assert!(after.done == 1.0 && after.seconds > stopped.seconds && !after.can_go_on, "{after:?}");
        assert_eq!(whole, export(&mut client, Form::Text).await);
        // There is no more to learn, and from a file there never was.
        client.send(Command::GoOn);
        import(&mut client, "vectors", whole).await.unwrap();
        assert!(!learnt(&mut client).await.can_go_on);
        client.send(Command::GoOn);
        assert_eq!(near(&mut client, "fox").await.len(), 10);
    });
}

#[test]
fn vectors_come_back_from_files() {
    with_worker(async |mut client| {
        load(&mut client, &text(), SETUP).await.unwrap();
        learnt(&mut client).await;
        let before = near(&mut client, "fox").await;
        for form in [Form::Text, Form::Binary] {
            let bytes = export(&mut client, form).await;
            let built = import(&mut client, "vectors", bytes.clone()).await.unwrap();
            assert_eq!((built.imported.as_deref(), built.setup.dimensions, built.note), (Some("vectors"), SETUP.dimensions, None));
            for (before, now) in before.iter().zip(near(&mut client, "fox").await) {
                assert!(before.word == now.word && (before.cosine - now.cosine).abs() < 1e-4, "{before:?} {now:?}");
            }
            let refusal = ask(&mut client, Line::Senses, Question::Senses { word: "fox".into(), cues: ["dog", "hen"].map(String::from) })
                .await
                .unwrap_err();
            assert!(refusal.contains("choose a text"), "{refusal}");
            let cut = import(&mut client, "cut", bytes[..bytes.len() / 2].to_vec()).await.unwrap_err();
            assert!(cut.contains("is cut short") || cut.contains("instead of 24"), "{cut}");
        }
    });
}

/// `tests/golden/word2vec_files.py` made the files, and asked gensim for the same words.
#[test]
fn files_of_gensim_are_read_and_their_words_have_the_same_neighbours() {
    type Nearest = HashMap<String, Vec<(String, f32)>>;
    let expected: Nearest = serde_json::from_slice(include_bytes!("golden/word2vec.json")).unwrap();
    with_worker(async |mut client| {
        for bytes in [&include_bytes!("golden/word2vec.txt")[..], include_bytes!("golden/word2vec.bin")] {
            import(&mut client, "vectors", bytes.to_vec()).await.unwrap();
            for (word, expected) in &expected {
                for (found, (word, cosine)) in near(&mut client, word).await.iter().zip(expected) {
                    assert!(found.word == *word && (found.cosine - cosine).abs() < 1e-5, "{found:?}, {word} {cosine}");
                }
            }
        }
    });
}

#[test]
fn what_words_cannot_be_learnt_from_is_refused_with_a_sentence() {
    with_worker(async |mut client| {
        for (text, setup, part) in [
            ("one two three one two three", SETUP, "3 different words occur in this text, and 10 are needed: take a longer text."),
            (&*text(), Setup { least: 900, ..SETUP }, "so that words count that occur only"),
            (&*text(), Setup { dimensions: 301, ..SETUP }, "from 2 to 300, not 301"),
            (&*text(), Setup { window: 0, ..SETUP }, "from 1 to 20, not 0"),
            ("", SETUP, "no text"),
        ] {
            let refusal = load(&mut client, text, setup).await.unwrap_err();
            assert!(refusal.contains(part), "{refusal}");
        }
        let question = Question::Near { word: "fox".into() };
        assert!(ask(&mut client, Line::Near, question.clone()).await.unwrap_err().contains("choose a text first"));
        load(&mut client, &text(), SETUP).await.unwrap();
        let refusal = ask(&mut client, Line::Near, Question::Near { word: "carburetor".into() }).await.unwrap_err();
        assert!(refusal.contains("“carburetor” is not among the"), "{refusal}");
        let refusal = ask(&mut client, Line::Test, Question::Test).await.unwrap_err();
        assert!(refusal.contains("built-in world"), "{refusal}");
        assert!(import(&mut client, "story.txt", b"Once upon a time\n".to_vec()).await.unwrap_err().contains("no file of word2vec"));
        assert!(ask(&mut client, Line::Near, question).await.is_ok(), "what stood stands");
    });
}
