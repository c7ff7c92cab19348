//! Which tiles a matmul gets on this device: found by a contest for each sort of product, once, and remembered.

use std::cell::Cell;
use std::iter;

use super::shaders::Tiles;
use crate::engine::kernels::Kernel::{self, *};
use crate::engine::program::Dims;

/// The kernels that come in tiles.
pub const KERNELS: [Kernel; 3] = [MatmulForward, MatmulInputBackward, MatmulWeightBackward];
/// Outputs from which a product counts as of the next size.
const SIZES: [u64; 4] = [1 << 15, 1 << 17, 1 << 19, 1 << 21];
/// Sorts of products: [`KERNELS`] in each size.
pub const SORTS: usize = KERNELS.len() * (SIZES.len() + 1);

/// What is known of a device; shared by all that open it.
#[derive(Debug, Default)]
pub struct Tuning {
    /// For everything, without a contest.
    fixed: Option<Tiles>,
    picks: [Cell<Option<Tiles>>; SORTS],
    /// Whether a contest was held since the picks were last asked for.
    news: Cell<bool>,
}

impl Tuning {
    /// These tiles for everything.
    pub fn fixed(tiles: Tiles) -> Self {
        Self { fixed: Some(tiles), ..Self::default() }
    }

    /// The tiles for a call; small ones until a contest was held.
    pub fn tiles(&self, kernel: Kernel, dims: &Dims) -> Tiles {
        let pick = || self.picks[sort(kernel, dims)?].get();
        self.fixed.or_else(pick).unwrap_or(Tiles::Small)
    }

    /// Whether a contest would tell something new about such a call.
    pub fn is_open(&self, kernel: Kernel, dims: &Dims) -> bool {
        self.fixed.is_none() && sort(kernel, dims).is_some_and(|sort| self.picks[sort].get().is_none())
    }

    pub fn settle(&self, kernel: Kernel, dims: &Dims, tiles: Tiles) {
        if let Some(sort) = sort(kernel, dims) {
            self.picks[sort].set(Some(tiles));
            self.news.set(true);
        }
    }

    /// Whether there is more than the last [`Self::picks`] said.
    pub fn is_news(&self) -> bool {
        self.news.get()
    }

    /// What the contests found, sort by sort: each a place in [`Tiles::ALL`], or one beyond.
    pub fn picks(&self) -> [u8; SORTS] {
        self.news.set(false);
        let place = |pick: &Cell<Option<Tiles>>| pick.get().map_or(Tiles::ALL.len() as u8, |tiles| tiles as u8);
        self.picks.each_ref().map(place)
    }

    /// For each sort with a pick, or for all: the kernel, outputs from which its products are of that size, and the tiles.
    pub fn report(&self) -> Vec<(Kernel, u64, Tiles)> {
        let sizes = || iter::once(0).chain(SIZES);
        let sorts = KERNELS.into_iter().flat_map(|kernel| sizes().map(move |size| (kernel, size)));
        sorts.zip(&self.picks).filter_map(|((kernel, size), pick)| Some((kernel, size, self.fixed.or(pick.get())?))).collect()
    }

    /// Takes over what [`Self::picks`] said before.
    pub fn recall(&self, picks: &[u8]) {
        for (known, &place) in self.picks.iter().zip(picks) {
            known.set(Tiles::ALL.get(usize::from(place)).copied());
        }
    }
}

/// The number of a product's sort. None of what is no matmul, or of so few rows that there is but one form.
fn sort(kernel: Kernel, &[m, n, k, ..]: &Dims) -> Option<usize> {
    let [rows, columns] = match kernel {
        MatmulForward if m >= 4 => [m, n],
        MatmulInputBackward if m >= 4 => [m, k],
        MatmulWeightBackward => [n, k],
        _ => return None,
    };
    let outputs = u64::from(rows) * u64::from(columns);
    let place = KERNELS.iter().position(|&known| known == kernel)?;
    Some((SIZES.len() + 1) * place + SIZES.iter().filter(|&&size| outputs >= size).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sort_has_its_pick_and_what_was_picked_can_be_recalled() {
        let dims = |m, n, k| [m, n, k, 0, 0, 0, 0, 0];
        let [few, small, large] = [dims(1, 512, 512), dims(8, 64, 64), dims(1024, 1024, 64)];
        let tuning = Tuning::default();
        assert!(!tuning.is_open(MatmulForward, &few) && !tuning.is_open(Rope, &large));
        tuning.settle(MatmulForward, &large, Tiles::Wide64);
        tuning.settle(MatmulWeightBackward, &large, Tiles::Split32);
        assert!(!tuning.is_open(MatmulForward, &large) && tuning.is_open(MatmulForward, &small));
        let again = Tuning::default();
        again.recall(&tuning.picks());
        assert_eq!(again.tiles(MatmulForward, &large), Tiles::Wide64);
        assert_eq!(again.tiles(MatmulWeightBackward, &large), Tiles::Split32);
        assert_eq!(again.tiles(MatmulForward, &small), Tiles::Small);
        let fixed = Tuning::fixed(Tiles::Large);
        assert!(!fixed.is_open(MatmulForward, &small));
        assert_eq!(fixed.tiles(MatmulForward, &large), Tiles::Large);
    }
}
