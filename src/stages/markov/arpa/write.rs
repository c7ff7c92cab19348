use super::decimal::write_log10;
use crate::model::{Model, Smoothing};
use crate::predict::Predictor;
use crate::trie::{BEGIN, END, Node, ROOT, UNKNOWN};

/// N-grams written in one [`Writer::advance`].
const SLICE: usize = 1 << 15;

/// Writes a model in slices.
pub struct Writer<'a> {
    model: &'a Model,
    /// p(w given h) of the n-grams of the order before, and of those written of the order in work; `<s>` has 1, whose logarithm
    /// stands for it.
    shorter: Vec<f64>,
    written: Vec<f64>,
    order: usize,
    /// The node in work, and those that it hangs below, by their orders.
    path: Vec<usize>,
}

impl<'a> Writer<'a> {
    /// Begins a file: what is written at once is appended to `out`.
    ///
    /// # Errors
    /// Models whose probabilities are not a weight times those of the shorter context.
    pub fn new(model: &'a Model, out: &mut Vec<u8>) -> Result<Self, String> {
        let method = match model.smoothing() {
            Smoothing::MaximumLikelihood => Some("A model without smoothing"),
            Smoothing::AddK(_) => Some("An add-k model"),
            _ => None,
        };
        if let Some(method) = method {
            return Err(format!(
                "{method} has no shorter contexts to fall back on, as an ARPA file needs: choose another method, such as modified Kneser–Ney."
            ));
        }
        out.extend_from_slice(b"\\data\\\n");
        for order in 1..=model.order() {
            out.extend_from_slice(format!("ngram {order}={}\n", model.trie().levels[order - 1].words.len()).as_bytes());
        }
        let mut writer = Self { model, shorter: vec![], written: vec![], order: 0, path: vec![] };
        writer.begin_order(out);
        Ok(writer)
    }

    /// Writes some n-grams; whether any are left. `name` says a token as one word without spaces.
    pub fn advance<'n>(&mut self, name: impl Fn(u32) -> &'n str, out: &mut Vec<u8>) -> bool {
        let level = &self.model.trie().levels[self.order - 1];
        let from = self.path[self.order - 1];
        let to = level.words.len().min(from + SLICE);
        for index in from..to {
            self.climb(index);
            let probability = self.probability(index);
            self.written.push(probability);
            write_log10(probability, out);
            for (order, &index) in self.path.iter().enumerate() {
                out.push(if order == 0 { b'\t' } else { b' ' });
                let token = self.model.trie().levels[order].words[index];
                out.extend_from_slice(match token {
                    UNKNOWN => b"<unk>",
                    BEGIN => b"<s>",
                    END => b"</s>",
                    token => name(token).as_bytes(),
                });
            }
            if self.order < self.model.order() {
                out.push(b'\t');
                write_log10(self.weight(Node { order: self.order, index }), out);
            }
            out.push(b'\n');
        }
        self.path[self.order - 1] = to;
        if to < level.words.len() {
            return true;
        }
        if self.order < self.model.order() {
            self.begin_order(out);
            return true;
        }
        out.extend_from_slice(b"\n\\end\\\n");
        false
    }

    /// What an n-gram's shorter context is weighed with; 1 where nothing follows it, which leaves all.
    fn weight(&self, context: Node) -> f64 {
        let trie = self.model.trie();
        if trie.followers(context).is_empty() { 1.0 } else { self.model.left(context).max(f64::MIN_POSITIVE) }
    }

    /// Moves the path on to this node.
    fn climb(&mut self, index: usize) {
        self.path[self.order - 1] = index;
        for order in (1..self.order).rev() {
            let ends = &self.model.trie().levels[order - 1].children;
            while ends[self.path[order - 1] + 1] as usize <= self.path[order] {
                self.path[order - 1] += 1;
            }
        }
    }

    /// p(w given h) of the node that the path leads to, from that of its shorter n-gram.
    fn probability(&self, index: usize) -> f64 {
        let trie = self.model.trie();
        let token = trie.levels[self.order - 1].words[index];
        if self.order == 1 && token == BEGIN {
            return 1.0;
        }
        let node = Node { order: self.order, index };
        let context = if self.order == 1 { ROOT } else { Node { order: self.order - 1, index: self.path[self.order - 2] } };
        let own = self.model.own(context, node);
        if self.model.backs_off() && own > 0.0 {
            return own;
        }
        let below = match trie.suffix_of_child(context, node, token) {
            Some(shorter) => self.shorter[shorter.index],
            None => 1.0 / (trie.vocabulary() - 1) as f64,
        };
        (own + self.model.left(context) * below).max(f64::MIN_POSITIVE)
    }

    /// Goes on to the n-grams one longer.
    fn begin_order(&mut self, out: &mut Vec<u8>) {
        self.order += 1;
        self.path = vec![0; self.order];
        self.shorter = std::mem::take(&mut self.written);
        self.written.reserve_exact(self.model.trie().levels[self.order - 1].words.len());
        out.extend_from_slice(format!("\n\\{}-grams:\n", self.order).as_bytes());
    }
}
