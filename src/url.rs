//! A run spec as the fragment of an address, short enough to read: `depth=6&lr=0.001`.

use crate::{
    catalog::{KNOBS, Knob},
    spec::{RunSpec, TextChoice},
};

/// What differs from the default, as `key=value` pairs joined by `&`, without the `#`; empty for the default.
pub fn to_fragment(spec: &RunSpec) -> String {
    let default = RunSpec::default();
    pairs(spec, |knob, value| value != knob.show(&default))
}

/// All that is set, default or not: what stays true when a later version has other defaults.
pub fn in_full(spec: &RunSpec) -> String {
    pairs(spec, |_, value| !value.is_empty())
}

fn pairs(spec: &RunSpec, says: impl Fn(&Knob, &str) -> bool) -> String {
    let mut pairs = Vec::new();
    for knob in KNOBS {
        let value = knob.show(spec);
        if says(knob, &value) {
            pairs.push(format!("{}={value}", knob.key));
        }
    }
    pairs.join("&")
}

/// The spec that `fragment` (with or without its `#`) describes, and a sentence for everything in it that could not be followed.
/// What is unknown or bad counts as not said.
pub fn from_fragment(fragment: &str) -> (RunSpec, Vec<String>) {
    let default = RunSpec::default();
    let mut notes = Vec::new();
    let mut spec = default.clone();
    for pair in fragment.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(knob) = KNOBS.iter().find(|knob| knob.key == key) else {
            notes.push(format!("The address names a setting “{}”, which does not exist: it is left out.", shorten(key)));
            continue;
        };
        match knob.parse(value) {
            Ok(value) => knob.put(&mut spec, value),
            Err(problem) => {
                let usual = knob.show(&default);
                let usual = if usual.is_empty() { "what follows from the depth".into() } else { usual };
                notes.push(format!("The address says {key}={}. {problem} It is set to {usual}.", shorten(value)));
            }
        }
    }
    // Shapes fit or fail together, so they are given up together.
    if let Some((_, problem)) = spec.model(spec.vocab).problem() {
        notes.push(format!("The address describes a model that cannot be built. {problem} Its shape follows from the depth instead."));
        (spec.width, spec.heads, spec.kv_heads, spec.ffn) = (None, None, None, None);
    }
    (spec, notes)
}

/// `fragment` without the settings that this version does not know, and the keys of those: an older or a newer one knows them.
pub fn without_unknown(fragment: &str) -> (String, Vec<String>) {
    let key = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let pairs = fragment.split('&').filter(|pair| !pair.is_empty());
    let (known, unknown): (Vec<&str>, Vec<&str>) = pairs.partition(|pair| KNOBS.iter().any(|knob| knob.key == key(pair)));
    (known.join("&"), unknown.into_iter().map(key).collect())
}

/// What the settings of a link that is followed say of the text, and a sentence where it is not the text that was meant, or may not be:
/// a link carries none.
pub fn text_of_link(settings: &str) -> (TextChoice, Option<String>) {
    match settings.split('&').filter_map(|pair| pair.strip_prefix("text=")).next_back() {
        _ if settings.is_empty() => (TextChoice::Own, None),
        None => (TextChoice::Starter, Some("The address names no text, so it is the built-in one; your own last text stays kept.".into())),
        Some("own") => (
            TextChoice::Own,
            Some("The address asks for a text of its own, which it cannot carry: give it here. Until then it is the one below.".into()),
        ),
        Some("starter") => (TextChoice::Starter, None),
        Some(other) => (
            TextChoice::Starter,
            Some(format!("The address asks for the text “{}”, which is not read here: it is the built-in one.", shorten(other))),
        ),
    }
}

/// The beginning of what an address says, short enough to quote in a note.
pub fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST {
        return text.into();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Decay, Digits, ExecutorChoice, TokenizerKind};
    use proptest::{option, prelude::*, sample::select};

    #[test]
    fn a_fragment_says_only_what_differs() {
        assert_eq!(to_fragment(&RunSpec::default()), "");
        let spec = RunSpec { depth: 6, lr: 1e-3, tied: false, decay: Decay::Linear, width: Some(64), ..RunSpec::default() };
        assert_eq!(to_fragment(&spec), "depth=6&width=64&tied=false&lr=0.001&decay=linear");
        assert_eq!(from_fragment("#depth=6&width=64&tied=false&lr=0.001&decay=linear"), (spec, vec![]));
    }

    #[test]
    fn shapes_that_fit_only_together_are_read_together() {
        let (spec, notes) = from_fragment("width=100&heads=5");
        assert_eq!((spec.width, spec.heads, notes), (Some(100), Some(5), vec![]));
    }

    #[test]
    fn what_is_bad_falls_back_with_a_note() {
        let (spec, notes) = from_fragment("#depth=1000&lr=&colour=red&steps=20&width=30");
        assert_eq!(spec, RunSpec { steps: 20, ..RunSpec::default() });
        assert_eq!(
            notes,
            [
                "The address says depth=1000. Depth must be a whole number from 1 to 24 layers. It is set to 4.",
                "The address says lr=. Learning rate must be a number from 0.000001 to 1. It is set to 0.002.",
                "The address names a setting “colour”, which does not exist: it is left out.",
                "The address describes a model that cannot be built. A width of 30 over 1 head gives 30 channels a head: \
                 it must be a multiple of 4. Its shape follows from the depth instead.",
            ]
        );
    }

    #[test]
    fn a_link_says_what_becomes_of_the_text() {
        let said = |settings| {
            let (text, note) = text_of_link(settings);
            (text, note.map(|note| note.split([',', ':', ';']).next().unwrap_or_default().to_owned()))
        };
        // Whoever comes without settings finds their own text.
        assert_eq!(said(""), (TextChoice::Own, None));
        assert_eq!(said("steps=20"), (TextChoice::Starter, Some("The address names no text".into())));
        assert_eq!(said("text=own&steps=20"), (TextChoice::Own, Some("The address asks for a text of its own".into())));
        assert_eq!(said("steps=20&text=starter"), (TextChoice::Starter, None));
        assert_eq!(said("text=world"), (TextChoice::Starter, Some("The address asks for the text “world”".into())));
    }

    prop_compose! {
        fn sizes()(
            depth in 1..=24_u32, head_dim in (1..=8_u32).prop_map(|n| 4 * n), kv_heads in 1..=4_u32, shared in 1..=4_u32,
            shaped in any::<bool>(), ffn in option::of((2..=2048_u32).prop_map(|n| 4 * n)), context in option::of(8..=2048_u32),
            tied in any::<bool>(), vocab in 264..=16_384_u32,
        ) -> RunSpec {
            let heads = kv_heads * shared;
            let spec = RunSpec { depth, ffn, context, tied, vocab, ..RunSpec::default() };
            if !shaped {
                return spec;
            }
            RunSpec { width: Some((heads * head_dim).max(8)), heads: Some(heads), kv_heads: Some(kv_heads), ..spec }
        }
    }

    prop_compose! {
        fn rates()(
            lr in 1e-6..=1.0_f32, final_lr in 0.0..=1.0_f32, beta1 in 0.0..=0.9999_f32, beta2 in 0.0..=0.99999_f32,
            epsilon in 1e-12..=1e-2_f32, weight_decay in 0.0..=1.0_f32, clip in 0.0..=1000.0_f32, held_out in 0.01..=0.5_f32,
            warmup in 0..=100_000_u32, decay in select(vec![Decay::Cosine, Decay::Linear, Decay::Constant]),
        ) -> RunSpec {
            RunSpec { lr, final_lr, beta1, beta2, epsilon, weight_decay, clip, held_out, warmup, decay, ..RunSpec::default() }
        }
    }

    prop_compose! {
        fn specs()(
            sizes in sizes(), rates in rates(), batch in 1..=256_u32, accumulation in 1..=64_u32, steps in 1..=1_000_000_u32,
            validate_every in 1..=100_000_u32, seed in any::<u32>(),
            text in select(vec![TextChoice::Starter, TextChoice::Own]),
            tokenizer in select(vec![TokenizerKind::Bpe, TokenizerKind::Chars, TokenizerKind::Bytes]),
            digits in select(vec![Digits::Single, Digits::Grouped]),
            executor in select(vec![ExecutorChoice::Auto, ExecutorChoice::Gpu, ExecutorChoice::Cpu]),
        ) -> RunSpec {
            let RunSpec { depth, width, heads, kv_heads, ffn, context, tied, vocab, .. } = sizes;
            RunSpec {
                depth, width, heads, kv_heads, ffn, context, tied, vocab,
                batch, accumulation, steps, validate_every, seed, text, tokenizer, digits, executor, ..rates
            }
        }
    }

    proptest! {
        #[test]
        fn a_fragment_gives_its_spec_back(spec in specs()) {
            prop_assert_eq!(from_fragment(&in_full(&spec)), (spec.clone(), vec![]));
            prop_assert_eq!(from_fragment(&to_fragment(&spec)), (spec, vec![]));
        }

        #[test]
        fn garbage_gives_a_note_and_a_model_that_can_be_built(garbage in "[^&#]{1,60}", value in "\\PC{0,12}", pick in 0..KNOBS.len()) {
            let known = KNOBS[pick];
            let (spec, notes) = from_fragment(&format!("#{garbage}&{}={value}", known.key));
            prop_assert!(!notes.is_empty() || KNOBS.iter().any(|knob| garbage.starts_with(knob.key)));
            prop_assert_eq!(spec.model(spec.vocab).problem(), None);
            prop_assert!(known.set(&spec, &known.show(&spec)).is_ok());
        }
    }
}
