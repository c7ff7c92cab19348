//! The program on the command line, run as one runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_headless");

/// A folder of its own with a file in it, and the file.
fn file(name: &str, text: &str) -> (PathBuf, PathBuf) {
    let folder = std::env::temp_dir().join(format!("seven-steps-headless-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    (folder, file)
}

fn headless(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Whether it ends well though nobody reads what it prints.
fn ends_unread(arguments: &[&str]) -> bool {
    let mut child = Command::new(PROGRAM).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child.wait().unwrap().success()
}

#[test]
fn a_closed_pipe_ends_the_printing_and_not_the_work() {
    let sentences: String = (0..400).map(|n| format!("The fox saw {} hens, and {} of them ran.\n", n % 7, n % 5)).collect();
    let (folder, text) = file("text.txt", &sentences);
    let text = text.to_str().unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (arpa, vectors, out, spec) = (path("model.arpa"), path("words.txt"), path("out"), path("spec.json"));
    assert!(ends_unread(&["ngrams", "--text", text, "--order", "2", "--score", "The fox ran.", "--arpa", &arpa]));
    assert!(fs::read_to_string(arpa).unwrap().ends_with("\\end\\\n"));
    assert!(ends_unread(&["words", "--text", text, "--dimensions", "4", "--epochs", "1", "--near", "fox", "--out", &vectors]));
    assert!(fs::read_to_string(vectors).unwrap().lines().count() > 10);
    // A byte order mark before the spec is no harm either.
    let settings = "\u{FEFF}{\"text\": \"own\", \"depth\": 1, \"width\": 16, \"heads\": 2, \"context\": 16, \"batch\": 2, \"steps\": 3, \
                    \"tokenizer\": \"bytes\"}";
    fs::write(&spec, settings).unwrap();
    assert!(ends_unread(&["pretrain", &spec, "--text", text, "--executor", "cpu", "--out", &out]));
    assert!(folder.join("out/model/model.safetensors").is_file() && folder.join("out/checkpoint.safetensors").is_file());
    assert!(ends_unread(&["--help"]) && !ends_unread(&["walk"]));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_opened_model_is_asked() {
    let (folder, arpa) = file("a.arpa", "\\data\\\nngram 1=4\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\n-0.5\t</s>\n-0.25\tfox\n\n\\end\\\n");
    let said = printed(&headless(&["ngrams", "--open", arpa.to_str().unwrap(), "--score", "fox hen"]));
    // KenLM 0.3.0: -0.25 - 1 - 0.5.
    let bits = 1.75 * 10_f32.log2();
    assert!(said.contains(&format!("{bits:.3} bits for 3 tokens, 1 of them unknown")), "{said}");
    fs::remove_dir_all(folder).unwrap();

    let (folder, vectors) = file("a.vec", "4 2\nfox 1 0\ncat 1 1\ndog 0 1\nfox -1 0.5\n");
    let output = headless(&["words", "--open", vectors.to_str().unwrap(), "--near", "fox"]);
    assert_eq!(printed(&output), "3 words of 2 dimensions\n 0.7071  cat\n 0.0000  dog\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("It has “fox” twice; the first counts."));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_option_that_would_do_nothing_is_refused() {
    for (arguments, sentence) in [
        (&["ngrams", "--open", "a.arpa", "--wall"][..], "--wall does nothing beside --open: leave out one of the two."),
        (&["ngrams", "--order", "3", "--open", "a.arpa"], "--order does nothing beside --open: leave out one of the two."),
        (&["ngrams", "--text", "a.txt", "--words", "9"], "--words does nothing beside --text: leave out one of the two."),
        (&["words", "--open", "a.vec", "--out", "b.vec"], "--out does nothing beside --open: leave out one of the two."),
        (&["words", "--counts", "--gpu"], "--gpu does nothing beside --counts: leave out one of the two."),
        (&["bake", "--pack", "recipes/base.json"], "With --pack no recipe is made: leave out --pack or the recipes."),
    ] {
        let refused = headless(arguments);
        assert!(!refused.status.success());
        assert_eq!(String::from_utf8_lossy(&refused.stderr).trim(), sentence);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_said() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(PROGRAM).arg("--help").stdout(full).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("Not all could be printed: No space left on device"), "{said}");
}

#[test]
fn lines_of_json_are_read_as_lines_of_json() {
    let lines = "{\"text\": \"Mira hid a kite.\\nNia lost a \\ud83d kite \\u201chere\\u201d.\"}\n".repeat(30);
    let (folder, path) = file("lines.jsonl", &lines);
    let output = headless(&["words", "--text", path.to_str().unwrap(), "--dimensions", "4", "--epochs", "1"]);
    // mira, hid, a, kite, nia, lost, and here; half an emoji is a mark.
    assert!(printed(&output).starts_with("270 words, 7 different ones"), "{}", printed(&output));
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(notes.contains("29 of the 30 documents repeat an earlier one"), "{notes}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_checkpoint_that_cannot_be_read_is_said_to_be_there() {
    let header = r#"{"__metadata__":{"step":7}}"#;
    let (folder, path) = file("step-0000007-00000000000000.safetensors", "");
    let run = folder.join("runs/one");
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join(path.file_name().unwrap()), [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()).unwrap();
    let refused = headless(&["pretrain", "--resume", folder.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("holds no checkpoint to resume from:"), "{said}");
    assert!(said.contains("has 7 under “step”, where safetensors allows only strings"), "{said}");
    fs::remove_dir_all(folder).unwrap();
}
