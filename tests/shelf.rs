//! What stays of runs: their texts, and their models.

mod client;

use std::fs;

use client::{folder, load, pause_after, spec, write};
use seven_steps::protocol::{Command, Event, GenerateRequest, TextSource};
use seven_steps::spec::TextChoice;
use seven_steps::worker::local::{Client, Places, with_session};
use seven_steps::worker::storage::Storage;

#[test]
fn a_text_is_kept_once_and_goes_with_its_last_run() {
    let kept = folder("texts");
    let folders = |start: &str| {
        let names = fs::read_dir(&kept).expect("a folder").map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(start)).collect::<Vec<_>>()
    };
    with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
        load(&mut client).await;
        for _ in 0..2 {
            client.send(Command::Start { spec: spec() });
            pause_after(&mut client, 2).await;
        }
    });
    assert_eq!((folders("run-").len(), folders("text-").len()), (2, 1));
    for left in [1, 0] {
        with_session(Places::of_runs(Storage::new(&kept)), async |mut client: Client| {
            client.send(Command::Forget { run: folders("run-").remove(0) });
            client.until(|event, _| matches!(event, Event::Kept { .. })).await.expect("it is deleted");
        });
        assert_eq!((folders("run-").len(), folders("text-").len()), (left, left));
    }
    fs::remove_dir_all(kept).expect("the folder goes");
}

#[test]
fn a_link_that_names_the_built_in_text_leaves_the_visitors_own_one_kept() {
    let texts = folder("named");
    let places = || Places { texts: Some(Storage::new(&texts)), ..Places::default() };
    with_session(places(), async |mut client: Client| load(&mut client).await);
    for (source, expected) in [
        (TextSource::Kept, TextChoice::Own),
        (TextSource::Named, TextChoice::Starter),
        (TextSource::Kept, TextChoice::Own),
        (TextSource::Starter, TextChoice::Starter),
        (TextSource::Kept, TextChoice::Starter),
    ] {
        with_session(places(), async |mut client: Client| {
            client.send(Command::LoadText(source.clone()));
            let is_expected = |event, _| match event {
                Event::TextReady(summary) => {
                    assert_eq!(summary.choice, expected, "{source:?}");
                    true
                }
                _ => false,
            };
            client.until(is_expected).await.expect("a text");
        });
    }
    fs::remove_dir_all(texts).expect("the folder goes");
}

#[test]
fn a_finished_model_is_on_the_shelf_and_writes_without_its_run() {
    let shelf = folder("shelf");
    let places = || Places { models: Some(Storage::new(&shelf)), ..Places::default() };
    let entry = with_session(places(), async |mut client: Client| {
        load(&mut client).await;
        client.send(Command::Start { spec: spec() });
        let mut entries = Vec::new();
        let take = |event, _| match event {
            Event::Shelf(own) => {
                entries = own;
                true
            }
            _ => false,
        };
        client.until(take).await.expect("a shelf");
        entries.remove(0)
    });
    with_session(places(), async |mut client: Client| {
        client.send(Command::OpenModel { which: entry.which.clone() });
        let mut card = None;
        let take = |event, _| match event {
            Event::Opened { card: opened, .. } => {
                card = Some(opened);
                true
            }
            _ => false,
        };
        client.until(take).await.expect("a model");
        assert_eq!(card, Some(entry.card.clone()));
        let request =
            GenerateRequest { prompt: "The".into(), temperature: 0.0, top_k: 0, top_p: 1.0, length: 20, stop: String::new(), seed: 1 };
        let written: String = write(&mut client, request).await.iter().map(|token| token.text.as_str()).collect();
        assert!(written.starts_with("The") && written.len() > 3, "{written}");
        client.send(Command::RenameModel { id: entry.card.id.clone(), name: "Sheep".into() });
        let is_renamed = |event, _| matches!(event, Event::Shelf(own) if own[0].card.name == "Sheep");
        client.until(is_renamed).await.expect("another name");
        fs::write(shelf.join(&entry.card.id).join("tokenizer.json"), "{}").expect("it is damaged");
        client.send(Command::OpenModel { which: entry.which.clone() });
        let refusal = client.until(|event, _| matches!(event, Event::Opened { .. })).await.expect_err("it is refused");
        assert!(refusal.starts_with("The model “Sheep” cannot be opened, since its weights or its tokenizer are not those"), "{refusal}");
        client.send(Command::DeleteModel { id: entry.card.id.clone() });
        client.until(|event, _| matches!(event, Event::Shelf(own) if own.is_empty())).await.expect("an empty shelf");
    });
    fs::remove_dir_all(shelf).expect("the folder goes");
}
