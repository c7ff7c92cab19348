use std::path::{Path, PathBuf};
use std::{env, fs};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, context, path_loader};

use crate::dirs::Dirs;
use crate::shell::Result;

/// Renders the pages that share a frame, from the templates in `www/` and the registry of figures there, into the folder that Trunk
/// is building the site in. Trunk calls this when all else is built, also whenever `serve` builds anew.
pub fn pages(dirs: &Dirs) -> Result {
    let staging = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let staging = staging.ok_or("`cargo xtask pages` is called by Trunk: run `cargo xtask build` or `cargo xtask serve`.")?;
    let www = dirs.root.join("www");
    for (name, html) in render(&www)? {
        let file = staging.join(format!("{name}.html"));
        fs::write(&file, html).map_err(|e| format!("{} cannot be written: {e}.", file.display()))?;
    }
    Ok(())
}

/// Every page by its name: the road, the workshop, and each chapter of the registry.
fn render(www: &Path) -> Result<Vec<(String, String)>> {
    let registry = www.join("figures.json");
    let text = fs::read_to_string(&registry).map_err(|e| format!("{} cannot be read: {e}.", registry.display()))?;
    let chapters: Vec<Value> = serde_json::from_str(&text).map_err(|e| format!("{} is not a list in JSON: {e}.", registry.display()))?;

    let mut templates = Environment::new();
    templates.set_loader(path_loader(www));
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.add_function("unknown_figure", |name: String| -> std::result::Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, format!("www/figures.json has no figure \"{name}\" in this chapter")))
    });
    templates.add_global("chapters", chapters.clone());
    let page = |template: &str, page: Value| {
        let html = templates.get_template(template).and_then(|template| template.render(page));
        html.map_err(|e| format!("www/{template} does not render: {e:#}"))
    };

    let road = context! {
        page => "index", kind => "road", program => "", styles => ["base", "layout", "chapter"],
        title => "Seven Steps: make a language model in your browser",
        description => "See, and do, how a language model is really made: every step trains in your own browser tab.",
    };
    let workshop = context! {
        page => "workshop", kind => "workshop", program => "workshop", styles => ["base", "layout", "controls", "figures", "shelf"],
        title => "The workshop · Seven Steps",
        description => "Train a small language model in your browser, and watch it learn to write.",
    };
    let mut pages = vec![("index".into(), page("road.html", road)?), ("workshop".into(), page("workshop.html", workshop)?)];
    for chapter in chapters {
        let name = chapter.get_attr("page").ok().and_then(|name| Some(name.as_str()?.to_owned()));
        pages.push((name.ok_or("A chapter in www/figures.json has no \"page\".")?, page("chapter.html", chapter)?));
    }
    Ok(pages)
}
