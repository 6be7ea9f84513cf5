//! Chance that can be repeated: the seed is printed, and `VESTIBULE_TEST_SEED` gives it again.

use vestibule::crypto::random_string;

use super::chosen;

/// `SplitMix64`.
pub struct Chance(u64);

impl Chance {
    /// From the caller's seed, or from one that a failure shows.
    pub fn chosen() -> Self {
        let seed = chosen("SEED", random_string(9, b"0123456789").parse().expect("digits"));
        println!("ledger: VESTIBULE_TEST_SEED={seed}");
        Self(seed)
    }

    /// Another, for a thread of its own.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// A number from 0 up to and without `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// One of the items.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(items.len()).expect("few items");
        if count == 0 { None } else { items.get(usize::try_from(self.below(count)).expect("few items")) }
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
