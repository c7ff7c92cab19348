//! The project's own commands, `cargo xtask serve | test | build | bake | bench`. They install what they need and say so.

mod bake;
mod bench;
mod build;
mod dirs;
mod pages;
mod serve;
mod shell;
mod test;
mod tools;

use std::process::ExitCode;

use dirs::Dirs;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  serve             build the page, serve it and print its address; rebuild when a file changes
  test [STAGE…]     run everything that the continuous integration runs, or only the stages named:
                    fmt, clippy, native, build, browser
  build             write the static site to dist/
  bake [NAME…]      make the models and the measurements that the pages find beside them, from recipes/; takes long
  bench [cpu|gpu]   measure this machine without a browser: products, every kernel against the least possible, scaling

Tools and build files live in the user's cache folder ($XDG_CACHE_HOME or ~/.cache)/seven-steps; delete it to start afresh.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = Dirs::find().and_then(|dirs| match command {
        "serve" => serve::serve(&dirs),
        "test" => test::test(&dirs, rest),
        "build" => build::build(&dirs),
        "pages" => pages::pages(&dirs),
        "bake" => bake::bake(&dirs, rest),
        "bench" => bench::bench(&dirs, rest),
        "help" | "-h" | "--help" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => Err(format!("There is no command \"{unknown}\".\n\n{HELP}")),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}
