//! What each method of smoothing takes from the counts, and from held-out text.

use std::sync::Arc;

use crate::counts::Counts;
use crate::model::{GOOD_TURING, Model, Parameters, SIZES, Smoothing, size_of};
use crate::predict::Predictor;
use crate::trie::{BEGIN, END, MOST_ORDER, Node, ROOT};

/// Contexts or held-out tokens done in one [`Fit::advance`]: a few milliseconds.
const SLICE: usize = 1 << 15;
/// Passes over the held-out text (Jelinek & Mercer); the weights hardly move after these.
const PASSES: usize = 12;
/// What each weight begins with, so that one that was never come to is a half.
const REACHED: f64 = 2.0;
const TAKEN: f64 = 1.0;

/// Fits a model in slices.
pub struct Fit<'a> {
    model: Model,
    /// Text that was not counted, for weights that counts alone cannot give.
    held_out: &'a [u32],
    /// What each held-out token is to each context that it follows: where its weight is, and its maximum-likelihood share.
    tokens: Vec<[(u8, f32); MOST_ORDER]>,
    /// By order and size, how often this pass came to a weight, and how often its own order was taken.
    reached: Vec<[f64; SIZES]>,
    taken: Vec<[f64; SIZES]>,
    /// The order of the contexts in work, or the pass.
    round: usize,
    at: usize,
}

impl<'a> Fit<'a> {
    /// Begins to fit a model of order `order`. `held_out`, whose sentences end in [`END`], is only looked at by Jelinek &
    /// Mercer's method.
    ///
    /// # Errors
    /// An order that was not counted, and a k that is not above 0.
    pub fn new(counts: Arc<Counts>, order: usize, smoothing: Smoothing, held_out: &'a [u32]) -> Result<Self, String> {
        if !(1..=counts.order()).contains(&order) {
            return Err(format!("There is no model of N = {order}: n-grams were counted up to N = {}.", counts.order()));
        }
        if matches!(smoothing, Smoothing::AddK(k) if !(k > 0.0 && k.is_finite())) {
            return Err("Add-k needs a number above 0 to add to every count.".into());
        }
        let [halves, reached, taken] = [0.5, REACHED, TAKEN].map(|each| vec![[each; SIZES]; order]);
        let parameters = Parameters { weights: halves, ..Parameters::default() };
        let model = Model { counts, order, smoothing, parameters };
        Ok(Self { model, held_out, tokens: vec![], reached, taken, round: 0, at: 0 })
    }

    /// Does a part of the work; whether some is left.
    pub fn advance(&mut self) -> bool {
        match self.model.smoothing {
            Smoothing::MaximumLikelihood | Smoothing::AddK(_) | Smoothing::WittenBell => false,
            Smoothing::JelinekMercer => self.weigh(),
            Smoothing::Katz | Smoothing::KneserNey | Smoothing::ModifiedKneserNey => self.share_out(),
        }
    }

    /// Does what is left and returns the model.
    pub fn finish(mut self) -> Model {
        while self.advance() {}
        self.model
    }

    /// Goes through the contexts, shorter ones first, and finds what each leaves.
    fn share_out(&mut self) -> bool {
        let order = self.round;
        if order == self.model.order {
            return false;
        }
        let contexts = if order == 0 { 1 } else { self.model.counts.trie.levels[order - 1].words.len() };
        if self.at == 0 {
            self.begin_order(order, contexts);
        }
        let to = contexts.min(self.at + SLICE);
        for index in self.at..to {
            let context = Node { order, index };
            let (left, total) = match self.model.smoothing {
                Smoothing::Katz => self.back_off(context),
                _ => self.discount(context),
            };
            self.model.parameters.left[order].push(left as f32);
            if let Some(totals) = self.model.parameters.totals.get_mut(order) {
                totals.push(total as f32);
            }
        }
        self.at = to;
        if to == contexts {
            (self.round, self.at) = (order + 1, 0);
        }
        true
    }

    fn begin_order(&mut self, order: usize, contexts: usize) {
        let Model { counts, order: most, smoothing, parameters } = &mut self.model;
        let katz = *smoothing == Smoothing::Katz;
        parameters.left.push(Vec::with_capacity(contexts));
        if katz || order + 1 < *most {
            parameters.totals.push(Vec::with_capacity(contexts));
        }
        let of = if katz { &counts.raw[order] } else { counts.adjusted(order + 1, *most) };
        let kinds = counts_of_counts(of, order == 0);
        match smoothing {
            Smoothing::Katz => parameters.ratios.push(good_turing(&kinds)),
            Smoothing::KneserNey => parameters.discounts.push([absolute(&kinds); 3]),
            _ => parameters.discounts.push(modified(&kinds)),
        }
    }

    /// What a context leaves to the shorter one, and the total that it divides by (Kneser & Ney).
    fn discount(&self, context: Node) -> (f64, f64) {
        let counts = self.model.counts.adjusted(context.order + 1, self.model.order);
        let discounts = &self.model.parameters.discounts[context.order];
        let (mut left, mut total) = (0.0, 0);
        for index in self.followers(context) {
            let count = counts[index];
            if count > 0 {
                left += discounts[count.min(3) as usize - 1];
                total += u64::from(count);
            }
        }
        // A context that nothing follows is never asked.
        if total == 0 { (1.0, 1.0) } else { (left / total as f64, total as f64) }
    }

    /// What a context gives to each unseen token, as a factor of the shorter context's probability, and the total that it
    /// divides by (Katz). Where no count is discounted, one more keeps something for the unseen.
    fn back_off(&self, context: Node) -> (f64, f64) {
        let Model { counts, parameters, .. } = &self.model;
        let trie = &counts.trie;
        let (mut total, mut kept, mut below) = (0, 0.0, 0.0);
        for index in self.followers(context) {
            let count = counts.raw[context.order][index];
            if count == 0 {
                continue;
            }
            total += u64::from(count);
            kept += parameters.ratios[context.order].get(count as usize).unwrap_or(&1.0) * f64::from(count);
            let token = trie.levels[context.order].words[index];
            let child = Node { order: context.order + 1, index };
            below += match trie.suffix_of_child(context, child, token) {
                Some(shorter) => self.model.own(trie.suffix(context), shorter),
                None => 1.0 / (counts.vocabulary() - 1) as f64,
            };
        }
        if total == 0 {
            return (1.0, 1.0);
        }
        if kept > total as f64 - 1e-9 {
            total += 1;
        }
        if below > 1.0 - 1e-9 {
            // All tokens were seen: they share it all.
            return (0.0, kept);
        }
        ((1.0 - kept / total as f64) / (1.0 - below), total as f64)
    }

    /// The nodes of what follows a context and can be predicted.
    fn followers(&self, context: Node) -> impl Iterator<Item = usize> {
        let begin = (context.order == 0).then_some(BEGIN as usize);
        self.model.counts.trie.followers(context).filter(move |&index| Some(index) != begin)
    }

    /// Looks the held-out text up, then improves the weights by expectation and maximisation (Jelinek & Mercer 1980).
    fn weigh(&mut self) -> bool {
        if self.at < self.held_out.len() {
            self.look_up();
            return true;
        }
        if self.round == PASSES || self.tokens.is_empty() {
            return false;
        }
        // Behind the text's end, places are those of the pass.
        let from = self.at - self.held_out.len();
        let to = self.tokens.len().min(from + SLICE);
        self.expect(from, to);
        self.at += to - from;
        if to == self.tokens.len() {
            self.maximise();
            self.round += 1;
            self.at = self.held_out.len();
        }
        true
    }

    /// Shares some tokens out among the orders that explain them.
    fn expect(&mut self, from: usize, to: usize) {
        let weights = &self.model.parameters.weights;
        let uniform = 1.0 / (self.model.counts.vocabulary() - 1) as f64;
        for token in &self.tokens[from..to] {
            let many = token.iter().take_while(|(size, _)| *size != NONE).count();
            let mut below = [uniform; MOST_ORDER + 1];
            for (order, &(size, share)) in token[..many].iter().enumerate() {
                let weight = weights[order][usize::from(size)];
                below[order + 1] = weight * f64::from(share) + (1.0 - weight) * below[order];
            }
            let mut arrives = 1.0;
            for (order, &(size, share)) in token[..many].iter().enumerate().rev() {
                let size = usize::from(size);
                let takes = weights[order][size] * f64::from(share) / below[order + 1];
                self.reached[order][size] += arrives;
                self.taken[order][size] += arrives * takes;
                arrives *= 1.0 - takes;
            }
        }
    }

    fn maximise(&mut self) {
        let (reached, taken) = (self.reached.as_flattened_mut(), self.taken.as_flattened_mut());
        for (at, weight) in self.model.parameters.weights.as_flattened_mut().iter_mut().enumerate() {
            *weight = taken[at] / reached[at];
            (reached[at], taken[at]) = (REACHED, TAKEN);
        }
    }

    fn look_up(&mut self) {
        let to = self.held_out.len().min(self.at + SLICE);
        // A slice begins with a sentence's beginning, or in the middle of one with what came before.
        let from = self.at.saturating_sub(MOST_ORDER);
        let begun = self.held_out[from..self.at].iter().rposition(|&token| token == END).map_or(from, |end| from + end + 1);
        let mut state = if begun == 0 || begun > from { self.model.start() } else { self.model.state(&[]) };
        state = self.held_out[begun..self.at].iter().fold(state, |state, &token| self.model.push(state, token));
        let counts = Arc::clone(&self.model.counts);
        for &token in &self.held_out[self.at..to] {
            let mut seen = [(NONE, 0.0); MOST_ORDER];
            let known = counts.trie.known(token);
            let mut context = state.node;
            loop {
                let total = counts.occurrences(context);
                let count = counts.trie.child(context, known).map_or(0, |node| counts.occurrences(node));
                seen[context.order] = (size_of(total) as u8, (count as f64 / total as f64) as f32);
                if context == ROOT {
                    break;
                }
                context = counts.trie.suffix(context);
            }
            self.tokens.push(seen);
            state = if token == END { self.model.start() } else { self.model.push(state, token) };
        }
        self.at = to;
    }
}

/// No such context.
const NONE: u8 = u8::MAX;

/// How many n-grams have each count up to one more than is asked for: index r holds n_r.
fn counts_of_counts(counts: &[u32], unigrams: bool) -> [f64; GOOD_TURING + 2] {
    let mut kinds = [0.0; GOOD_TURING + 2];
    for (index, &count) in counts.iter().enumerate() {
        if count as usize <= GOOD_TURING + 1 && !(unigrams && index == BEGIN as usize) {
            kinds[count as usize] += 1.0;
        }
    }
    kinds
}

/// n1 / (n1 + 2·n2) (Ney, Essen & Kneser 1994), or a half if there is nothing to tell it from.
fn absolute(kinds: &[f64]) -> f64 {
    let discount = kinds[1] / (kinds[1] + 2.0 * kinds[2]);
    if discount > 0.0 && discount < 1.0 { discount } else { 0.5 }
}

/// D1, D2 and D3+ (Chen & Goodman 1998, equation 26), or what `lmplz` falls back to where they are out of bounds.
fn modified(kinds: &[f64]) -> [f64; 3] {
    let y = kinds[1] / (kinds[1] + 2.0 * kinds[2]);
    let discount = |count: usize| count as f64 - (count + 1) as f64 * y * kinds[count + 1] / kinds[count];
    let discounts = [1, 2, 3].map(discount);
    let sound = discounts.iter().zip(1..).all(|(discount, count)| (0.0..=f64::from(count)).contains(discount));
    if sound { discounts } else { [0.5, 1.0, 1.5] }
}

/// d of counts up to 5, after Good and Turing (Katz 1987), or an absolute discount where it is out of bounds.
fn good_turing(kinds: &[f64; GOOD_TURING + 2]) -> [f64; GOOD_TURING + 1] {
    let most = (GOOD_TURING + 1) as f64 * kinds[GOOD_TURING + 1] / kinds[1];
    let ratio = |count: usize| {
        let turing = (count + 1) as f64 * kinds[count + 1] / (count as f64 * kinds[count]);
        (turing - most) / (1.0 - most)
    };
    let ratios: [f64; GOOD_TURING + 1] = std::array::from_fn(|count| if count == 0 { 0.0 } else { ratio(count) });
    if ratios[1..].iter().all(|ratio| *ratio > 0.0 && *ratio < 1.0) {
        return ratios;
    }
    let discount = absolute(kinds);
    std::array::from_fn(|count| if count == 0 { 0.0 } else { 1.0 - discount / count as f64 })
}
