//! The settings of the chapters from step 3 on as the fragment of their address: `model=base-large&depth=3&steps=2000`. A fragment
//! without `=` is the name of a place in the page and says nothing about settings.

use crate::{protocol::models::Which, spec::RunSpec, url};

/// The model that the figures ask when the address says nothing.
pub const USUAL: &str = "base";
const KEY: &str = "model=";

/// What an address says.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    pub model: Option<Which>,
    /// How the next run learns.
    pub spec: Option<RunSpec>,
    /// A sentence for everything that could not be followed.
    pub notes: Vec<String>,
}

/// A model as an address names it; nothing for a run, which is gone with its page.
pub fn to_model(which: &Which) -> String {
    match which {
        Which::Baked(name) | Which::Own(name) => [KEY, name].concat(),
        Which::Run => String::new(),
    }
}

/// The fragment, without the `#`, for a model that is not the usual one and a run that usually is `usual`; empty if there is nothing
/// to say.
pub fn to_fragment(model: Option<&Which>, spec: &RunSpec, usual: &RunSpec) -> String {
    let model = model.map(to_model).unwrap_or_default();
    let settings = if spec == usual { String::new() } else { url::to_fragment(spec) };
    let parts = [model, settings];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("&")
}

/// What `fragment` (with or without its `#`) describes; `None` if it is empty or names a place in the page.
pub fn from_fragment(fragment: &str) -> Option<Address> {
    let fragment = fragment.trim_start_matches('#');
    if !fragment.contains('=') {
        return None;
    }
    let (model, settings) = model_apart(fragment);
    let (spec, notes) = if settings.is_empty() { (None, vec![]) } else { some(url::from_fragment(&settings)) };
    Some(Address { model, spec, notes })
}

/// The model that `fragment` (with or without its `#`) names, and what else it says.
pub fn model_apart(fragment: &str) -> (Option<Which>, String) {
    let pairs = fragment.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty());
    let (models, settings): (Vec<&str>, Vec<&str>) = pairs.partition(|pair| pair.starts_with(KEY));
    (models.last().map(|pair| which(&pair[KEY.len()..])), settings.join("&"))
}

fn some((spec, notes): (RunSpec, Vec<String>)) -> (Option<RunSpec>, Vec<String>) {
    (Some(spec), notes)
}

/// The name of a model made in advance, or the id of one on the shelf: 16 hexadecimal digits.
pub fn which(name: &str) -> Which {
    let is_id = name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { Which::Own(name.into()) } else { Which::Baked(name.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TextChoice;

    fn usual() -> RunSpec {
        RunSpec { text: TextChoice::World, depth: 2, ..RunSpec::default() }
    }

    #[test]
    fn a_fragment_says_only_what_is_not_usual() {
        let usual = usual();
        assert_eq!(to_fragment(None, &usual, &usual), "");
        assert_eq!(to_fragment(Some(&Which::Run), &usual, &usual), "");
        let longer = RunSpec { steps: 2000, ..usual.clone() };
        assert_eq!(
            to_fragment(Some(&Which::Baked("base-large".into())), &longer, &usual),
            "model=base-large&text=world&depth=2&steps=2000"
        );
    }

    #[test]
    fn what_is_said_comes_back() {
        let usual = usual();
        for model in [Which::Baked("base-small".into()), Which::Own("8b0c2ab55191b62b".into())] {
            for spec in [usual.clone(), RunSpec { depth: 3, seed: 7, ..usual.clone() }] {
                let said = from_fragment(&format!("#{}", to_fragment(Some(&model), &spec, &usual))).expect("it describes settings");
                assert_eq!(said.model.as_ref(), Some(&model));
                assert_eq!((said.spec.unwrap_or_else(|| usual.clone()), said.notes), (spec, vec![]));
            }
        }
    }

    #[test]
    fn a_place_in_the_page_is_no_setting() {
        assert_eq!(from_fragment("#wall"), None);
        assert_eq!(from_fragment(""), None);
    }

    #[test]
    fn what_is_unknown_is_noted() {
        let said = from_fragment("#model=base&colour=red").expect("it describes settings");
        assert_eq!((said.model, said.notes.len()), (Some(Which::Baked("base".into())), 1));
    }
}
