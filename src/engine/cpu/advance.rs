//! The next token of many sequences at once.

/// Marks a place in a sequence that no token was given for: a place beyond every vocabulary.
pub const FREE: u32 = 1 << 31;

/// The token after `position` of each sequence: the one that is given there, or else the one drawn, which takes its place.
/// `choices` [B], `tokens` [B,T], `ids` [B] (all `u32` bits).
pub fn advance(choices: &[f32], tokens: &mut [f32], ids: &mut [f32], time: usize, position: usize) {
    for ((row, choice), id) in tokens.chunks_exact_mut(time).zip(choices).zip(ids) {
        let next = &mut row[position + 1];
        if next.to_bits() == FREE {
            *next = *choice;
        }
        *id = *next;
    }
}
