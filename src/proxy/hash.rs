//! A hash for keys that nobody outside chooses: places in memory, ids, addresses of endpoints. Fast, and no defence.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A map by such keys.
pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// Multiplies and rotates what comes.
#[derive(Default)]
pub(super) struct Mix(u64);

impl Mix {
    fn add(&mut self, word: u64) {
        // An odd number without a pattern in its bits: 2^64 divided by the golden ratio.
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(8) {
            let mut word = [0; 8];
            if let Some(front) = word.get_mut(..piece.len()) {
                front.copy_from_slice(piece);
            }
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    /// The low bits choose the place and the high ones tell neighbours apart: both must depend on all.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        hash::{BuildHasher as _, BuildHasherDefault},
        net::SocketAddr,
    };

    use super::*;

    #[test]
    fn neighbours_are_spread_over_low_and_high_bits() {
        let build = BuildHasherDefault::<Mix>::default();
        let places = (0..4096_usize).map(|at| build.hash_one((at * 64, 7_usize, at % 3)));
        let endpoints = (0..4096_u16).map(|at| {
            let [high, low] = at.to_be_bytes();
            build.hash_one(SocketAddr::from(([10, 0, high, low], 8080)))
        });
        for hashes in [places.collect::<Vec<_>>(), endpoints.collect()] {
            assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 4096);
            let low: HashSet<_> = hashes.iter().map(|hash| hash & 0xfff).collect();
            let high: HashSet<_> = hashes.iter().map(|hash| hash >> 57).collect();
            // Chance alone gives 63 per cent of the places.
            assert!(low.len() > 2000 && high.len() == 128, "{} low, {} high", low.len(), high.len());
        }
    }
}
