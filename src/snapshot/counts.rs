//! How often attributes and codes occur, for the vocabulary.

use rayon::prelude::*;

use crate::domain::{Access, Attribute, Fee, LocationType};
use crate::ingest::packed::Codes;

/// Rows counted at a time.
const CHUNK_ROWS: usize = 1 << 16;

/// How often attributes and codes occur.
#[derive(Debug)]
pub(super) struct Counts {
    /// For each attribute, by its bit: yes, no, unknown.
    pub(super) attributes: [[u32; 3]; Attribute::ALL.len()],
    location_types: [u32; LocationType::STATED.len() + 1],
    fees: [u32; Fee::STATED.len() + 1],
    accesses: [u32; Access::STATED.len() + 1],
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            attributes: [[0; 3]; Attribute::ALL.len()],
            location_types: [0; LocationType::STATED.len() + 1],
            fees: [0; Fee::STATED.len() + 1],
            accesses: [0; Access::STATED.len() + 1],
        }
    }
}

impl Counts {
    /// Counts every row.
    pub(super) fn of(codes: &[Codes]) -> Self {
        codes.par_chunks(CHUNK_ROWS).map(Self::of_chunk).reduce(Self::default, Self::plus)
    }

    fn of_chunk(codes: &[Codes]) -> Self {
        let mut counts = Self::default();
        for row in codes {
            let (mut yes, mut no) = (row.attributes.yes_bits(), row.attributes.no_bits());
            // Most attributes are unknown, so it is faster to go from one stated bit to the next.
            for (stated, bits) in [(0, &mut yes), (1, &mut no)] {
                while *bits != 0 {
                    counts.attributes[bits.trailing_zeros() as usize][stated] += 1;
                    *bits &= *bits - 1;
                }
            }
            counts.location_types[row.location_type as usize] += 1;
            counts.fees[row.fee as usize] += 1;
            counts.accesses[row.access as usize] += 1;
        }
        let rows = u32::try_from(codes.len()).unwrap_or(u32::MAX);
        for [yes, no, unknown] in &mut counts.attributes {
            *unknown = rows - *yes - *no;
        }
        counts
    }

    #[expect(clippy::needless_pass_by_value, reason = "rayon folds values")]
    fn plus(mut self, other: Self) -> Self {
        let add = |one: &mut [u32], other: &[u32]| {
            one.iter_mut().zip(other).for_each(|(one, other)| *one += other);
        };
        add(self.attributes.as_flattened_mut(), other.attributes.as_flattened());
        add(&mut self.location_types, &other.location_types);
        add(&mut self.fees, &other.fees);
        add(&mut self.accesses, &other.accesses);
        self
    }

    /// Each code that occurs, with its count, by what the vocabulary calls its field.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&'static str, Vec<(&'static str, u32)>)> {
        /// Codes in the order of their values, the last of which is for what is not stated.
        fn occurring(
            stated: impl Iterator<Item = &'static str>,
            counts: &[u32],
        ) -> Vec<(&'static str, u32)> {
            stated.chain(["unknown"]).zip(counts.iter().copied()).filter(|&(_, n)| n > 0).collect()
        }
        let location_types =
            occurring(LocationType::STATED.iter().map(|kind| kind.code()), &self.location_types);
        let fees = occurring(Fee::STATED.iter().map(|fee| fee.code()), &self.fees);
        let accesses = occurring(Access::STATED.iter().map(|access| access.code()), &self.accesses);
        [("location_types", location_types), ("fees", fees), ("accesses", accesses)].into_iter()
    }
}
