//! The registry of figures, `www/figures.json`, says what the pages and the programs have. Each test names every breach.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use seven_steps::ui::{model_settings, settings, tuning_settings, word_settings};

/// What every chapter has a place for besides its figures: the colours, and the choice of a text.
const BESIDE: [&str; 2] = ["corpus", "theme"];

#[test]
fn a_page_shows_the_figures_that_are_registered_in_their_order() {
    for chapter in registry() {
        let page = text(&chapter, "page");
        let body = fs::read_to_string(format!("www/chapters/{page}.html")).unwrap();
        let shown: Vec<String> = quoted_after(&body, "{{ figure(").collect();
        assert_eq!(shown, names(&chapter), "www/chapters/{page}.html and the registry");
        for name in names(&chapter) {
            assert!(
                body.contains(&format!("<section id=\"{name}\">")),
                "the figure {name} of {page} needs a section of its name, to stand alone"
            );
        }
    }
}

#[test]
fn a_program_draws_the_figures_that_are_registered() {
    let mut breaches = Vec::new();
    for chapter in registry() {
        let (page, step) = (text(&chapter, "page"), &chapter["step"]);
        let module = format!("src/ui/chapters/c{step}_{page}/mod.rs");
        let drawn: BTreeSet<String> = quoted_after(&fs::read_to_string(&module).unwrap(), "put(").collect();
        let drawn: BTreeSet<String> = drawn.into_iter().filter(|name| !BESIDE.contains(&name.as_str())).collect();
        let registered: BTreeSet<String> = names(&chapter).into_iter().collect();
        breaches.extend(registered.difference(&drawn).map(|name| format!("{module} does not put {name}")));
        breaches.extend(drawn.difference(&registered).map(|name| format!("{module} puts {name}, which is not registered")));
    }
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn every_chapter_is_told_in_full() {
    let pages: BTreeSet<String> = fs::read_dir("www/chapters").unwrap().map(|file| stem(&file.unwrap().path())).collect();
    let registered: BTreeSet<String> = registry().iter().map(|chapter| text(chapter, "page")).collect();
    assert_eq!(pages, registered, "the files in www/chapters and the registry");
    for (chapter, step) in registry().iter().zip(1..) {
        assert_eq!(chapter["step"], step, "chapters stand in the order of their steps");
        assert!(text(chapter, "nav").starts_with(&step.to_string()));
        for style in chapter["styles"].as_array().unwrap() {
            assert!(Path::new(&format!("www/styles/{}.css", style.as_str().unwrap())).exists(), "there is no style {style}");
        }
        assert!(Path::new(&format!("src/bin/{}.rs", text(chapter, "program"))).exists());
        assert_eq!(names(chapter).len(), names(chapter).iter().collect::<BTreeSet<_>>().len(), "two figures of one name on a page");
        for figure in chapter["figures"].as_array().unwrap() {
            let sentence = text(figure, "sentence");
            assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "\"{sentence}\" is not a sentence");
            assert!(!text(figure, "title").is_empty() && !text(figure, "cost").is_empty());
        }
    }
}

#[test]
fn addresses_know_the_settings_that_are_registered() {
    for chapter in registry() {
        for figure in chapter["figures"].as_array().unwrap() {
            for key in figure["settings"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()) {
                let notes = match text(&chapter, "page").as_str() {
                    "ngrams" => settings::from_fragment(&format!("{key}=?")).unwrap().1,
                    "words" => word_settings::from_fragment(&format!("{key}=?")).1,
                    "pretraining" => model_settings::from_fragment(&format!("{key}=?")).unwrap().notes,
                    "tuning" => tuning_settings::from_fragment(&format!("{key}=?")).unwrap().notes,
                    page => panic!("nothing reads the address of {page}, so that {key} is no setting"),
                };
                assert!(notes.iter().all(|note| !note.contains("does not exist")), "{key}: {notes:?}");
            }
        }
    }
}

fn registry() -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string("www/figures.json").unwrap()).unwrap()
}

fn names(chapter: &Value) -> Vec<String> {
    chapter["figures"].as_array().unwrap().iter().map(|figure| text(figure, "name")).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}")).into()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into()
}

/// What stands in quotation marks right after `mark`, wherever `source` has it.
fn quoted_after(source: &str, mark: &str) -> impl Iterator<Item = String> {
    source.split(mark).skip(1).filter_map(|rest| Some(rest.strip_prefix('"')?.split_once('"')?.0.to_string()))
}
