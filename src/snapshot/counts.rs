//! How often attributes and codes occur, for the vocabulary.

use std::collections::BTreeMap;

use crate::domain::{Access, Atm, Attribute, Fee, LocationType};

/// How often attributes and codes occur.
#[derive(Debug)]
pub(super) struct Counts {
    /// For each attribute, by its bit: yes, no, unknown.
    pub(super) attributes: [[u32; 3]; Attribute::ALL.len()],
    location_types: BTreeMap<LocationType, u32>,
    fees: BTreeMap<Fee, u32>,
    accesses: BTreeMap<Access, u32>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            attributes: [[0; 3]; Attribute::ALL.len()],
            location_types: BTreeMap::new(),
            fees: BTreeMap::new(),
            accesses: BTreeMap::new(),
        }
    }
}

impl Counts {
    /// Counts one more ATM.
    pub(super) fn add(&mut self, atm: &Atm<'_>) {
        for (&attribute, counts) in Attribute::ALL.iter().zip(&mut self.attributes) {
            counts[atm.attributes.get(attribute) as usize] += 1;
        }
        *self.location_types.entry(atm.location_type).or_default() += 1;
        *self.fees.entry(atm.fee).or_default() += 1;
        *self.accesses.entry(atm.access).or_default() += 1;
    }

    /// Each code that occurs, with its count, by what the vocabulary calls its field.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&'static str, Vec<(&'static str, u32)>)> {
        let location_types =
            self.location_types.iter().map(|(kind, n)| (kind.code(), *n)).collect();
        let fees = self.fees.iter().map(|(fee, n)| (fee.code(), *n)).collect();
        let accesses = self.accesses.iter().map(|(access, n)| (access.code(), *n)).collect();
        [("location_types", location_types), ("fees", fees), ("accesses", accesses)].into_iter()
    }
}
