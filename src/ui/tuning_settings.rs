//! A run of instruction tuning, and the model that the figures ask, as an address says them: `#model=sft&pairs=300&rate=5e-4`.

use super::model_settings::{model_apart, to_model};
use crate::protocol::models::Which;
use crate::protocol::tuning::{Start, TuneSpec};

/// The model that the figures ask if the address names none.
pub const USUAL: &str = "sft";
/// Where a run may begin: the name in the address, what a page calls it, and the model.
pub const STARTS: [(&str, &str); 3] = [("base", "the base model"), ("fresh", "fresh weights"), ("base-general", "a weak base")];

/// What an address says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    pub model: Option<Which>,
    pub spec: Option<TuneSpec>,
    /// What could not be followed, as sentences.
    pub notes: Vec<String>,
}

/// The start of this name.
pub fn start(name: &str) -> Option<Start> {
    match name {
        "fresh" => Some(Start::Fresh(Which::Baked("base".into()))),
        "base" | "base-general" => Some(Start::Model(Which::Baked(name.into()))),
        _ => None,
    }
}

/// The name of a start.
pub fn start_name(start: &Start) -> &str {
    match start {
        Start::Fresh(_) => "fresh",
        Start::Model(Which::Baked(name) | Which::Own(name)) => name,
        Start::Model(Which::Run) => "base",
    }
}

/// What stands after the `#`; nothing where all is as usual.
pub fn to_fragment(model: &Which, spec: &TuneSpec) -> String {
    let usual = TuneSpec::default();
    let mut parts = Vec::new();
    if *model != Which::Baked(USUAL.into()) {
        parts.push(to_model(model));
    }
    let mut say = |differs: bool, key: &str, value: String| {
        if differs {
            parts.push([key, "=", &value].concat());
        }
    };
    say(spec.start != usual.start, "start", start_name(&spec.start).into());
    say(spec.pairs != usual.pairs, "pairs", spec.pairs.to_string());
    say(spec.lr != usual.lr, "rate", millionths(spec.lr).to_string());
    say(spec.replay != usual.replay, "replay", percent(spec.replay).to_string());
    say(spec.seed != usual.seed, "seed", spec.seed.to_string());
    parts.retain(|part| !part.is_empty());
    parts.join("&")
}

/// Reads a fragment; none if it says nothing of settings, as a place's name does.
pub fn from_fragment(fragment: &str) -> Option<Address> {
    if !fragment.contains('=') {
        return None;
    }
    let (model, rest) = model_apart(fragment);
    let (mut spec, mut notes) = (TuneSpec::default(), Vec::new());
    for pair in rest.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let number = |least: u32, most: u32| value.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
        let taken = match key {
            "start" => start(value).map(|start| spec.start = start),
            "pairs" => number(0, 50_000).map(|pairs| spec.pairs = pairs),
            "rate" => number(1, 100_000).map(|rate| spec.lr = rate as f32 / 1e6),
            "replay" => number(0, 90).map(|replay| spec.replay = replay as f32 / 100.0),
            "seed" => number(0, u32::MAX).map(|seed| spec.seed = seed),
            _ => {
                notes.push(format!("The address asks for “{key}”, which does not exist here: the rest is followed."));
                continue;
            }
        };
        if taken.is_none() {
            notes.push(format!("The address asks for {key} “{value}”, which cannot be: the usual one is taken."));
        }
    }
    Some(Address { model, spec: (!rest.is_empty()).then_some(spec), notes })
}

/// A learning rate in millionths, and a share in hundredths, as a person reads and writes them.
pub fn millionths(rate: f32) -> u32 {
    (f64::from(rate) * 1e6).round() as u32
}

pub fn percent(share: f32) -> u32 {
    (f64::from(share) * 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_was_said() {
        let spec = TuneSpec { start: start("fresh").unwrap(), pairs: 300, lr: 5e-4, replay: 0.25, seed: 7, ..TuneSpec::default() };
        let said = to_fragment(&Which::Baked("sft-small".into()), &spec);
        assert_eq!(said, "model=sft-small&start=fresh&pairs=300&rate=500&replay=25&seed=7");
        assert_eq!(from_fragment(&said), Some(Address { model: Some(Which::Baked("sft-small".into())), spec: Some(spec), notes: vec![] }));
        assert_eq!(to_fragment(&Which::Baked(USUAL.into()), &TuneSpec::default()), "");
        assert_eq!(from_fragment("refusals"), None);
    }

    #[test]
    fn what_cannot_be_followed_is_noted() {
        let read = from_fragment("pairs=many&speed=9&replay=50").unwrap();
        assert_eq!(read.notes.len(), 2);
        assert!(read.notes[0].contains("pairs “many”") && read.notes[1].contains("“speed”"), "{:?}", read.notes);
        assert_eq!(read.spec, Some(TuneSpec::default()));
        for (name, _) in STARTS {
            assert_eq!(start_name(&start(name).unwrap()), name);
        }
    }
}
