//! A hash table that knows n-grams by their numbers.

use super::build::Found;

/// No number.
const EMPTY: u32 = u32::MAX;
const LEAST: usize = 1 << 10;

/// Open addressing with linear probing; at most half of the slots are taken.
#[derive(Default)]
pub struct Table {
    slots: Vec<u32>,
    taken: usize,
}

impl Table {
    /// Bytes an n-gram, at most.
    pub const BYTES: usize = 16;

    pub fn bytes(&self) -> usize {
        4 * self.slots.capacity()
    }

    /// Empties it, with room for about as many n-grams.
    pub fn clear(&mut self, many: usize) {
        self.slots.clear();
        self.slots.resize((2 * many).next_power_of_two().max(LEAST), EMPTY);
        self.taken = 0;
    }

    /// The number of the n-gram (`parent`, `token`), which is the next new one if it was not among the `found` yet. Those whose
    /// parent was seen once are not in the table.
    #[inline]
    pub fn find_or_add(&mut self, found: &[Found], seen: &[u32], parent: u32, token: u32) -> u32 {
        let mut slot = self.first(parent, token);
        while self.slots[slot] != EMPTY {
            let number = self.slots[slot];
            let known = &found[number as usize];
            if known.parent == parent && known.token == token {
                return number;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        let new = found.len() as u32;
        self.slots[slot] = new;
        self.taken += 1;
        if 2 * self.taken > self.slots.len() {
            self.grow(found, seen, parent, token);
        }
        new
    }

    /// Where to look first: by the product's high bits (Knuth, The Art of Computer Programming, volume 3, section 6.4).
    #[inline]
    fn first(&self, parent: u32, token: u32) -> usize {
        let key = u64::from(parent) << 32 | u64::from(token);
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    /// Doubles the slots; the n-gram added last is not among the `found` yet.
    #[cold]
    fn grow(&mut self, found: &[Found], seen: &[u32], parent: u32, token: u32) {
        let slots = 2 * self.slots.len();
        self.slots.clear();
        self.slots.resize(slots, EMPTY);
        let known = found.iter().map(|known| (known.parent, known.token)).chain([(parent, token)]);
        for (number, (parent, token)) in known.enumerate() {
            if seen[parent as usize] == 1 {
                continue;
            }
            let mut slot = self.first(parent, token);
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (slots - 1);
            }
            self.slots[slot] = number as u32;
        }
    }
}
