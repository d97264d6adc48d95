//! A filter in the two forms a search can use: a requirement on attribute masks, by which whole
//! subtrees are passed by, and conditions on names, asked of single rows.

use crate::domain::{
    Atm, AtmFilter, Attribute, Condition, Fee, LocationType, OutOfService, Row, Tri, UnknownPolicy,
};
use crate::index::{Live, Mask, Requirement, States};

use super::names::{NameCondition, Names};

/// The first bit of the location types; below it are the attributes.
const LOCATION_BITS_FROM: usize = Attribute::ALL.len();

/// The bit that says whether an ATM is free.
const FREE_BIT: u64 = 1 << (LOCATION_BITS_FROM + LocationType::STATED.len());

const _: () = assert!(LOCATION_BITS_FROM + LocationType::STATED.len() < 64);

fn location_bit(kind: LocationType) -> u64 {
    1 << (LOCATION_BITS_FROM + kind as usize)
}

/// What an ATM states, in the bits searches go by. A stated location type is yes for its own bit
/// and no for every other.
pub(super) fn mask_of(atm: &Atm<'_>) -> Mask {
    let mut mask = Mask { yes: atm.attributes.yes_bits(), no: atm.attributes.no_bits() };
    if atm.location_type != LocationType::Unknown {
        for &kind in LocationType::STATED {
            let side = if kind == atm.location_type { &mut mask.yes } else { &mut mask.no };
            *side |= location_bit(kind);
        }
    }
    match atm.fee {
        Fee::Free => mask.yes |= FREE_BIT,
        Fee::Everyone => mask.no |= FREE_BIT,
        Fee::SomeCustomers | Fee::Unknown => {}
    }
    mask
}

/// A filter prepared for one snapshot.
#[derive(Clone, Debug)]
pub struct CompiledFilter<'s> {
    requirement: Requirement,
    names: Vec<NameCondition<'s>>,
    policy: UnknownPolicy,
    /// Bits that make an ATM unknown when they are.
    doubtful_bits: u64,
    /// The live statuses it goes by, when there are any.
    live: Option<Live<'s>>,
}

impl<'s> CompiledFilter<'s> {
    pub(super) fn new(filter: &AtmFilter, names: &'s Names, live: Option<Live<'s>>) -> Self {
        let may_be_unknown = filter.unknown != UnknownPolicy::Exclude;
        let accept = |yes: u64, no: u64| {
            let unknown = if may_be_unknown { yes | no } else { 0 };
            States { yes, no, unknown }
        };
        let mut compiled = Self {
            requirement: Requirement::default(),
            names: Vec::new(),
            policy: filter.unknown,
            doubtful_bits: 0,
            live: match filter.out_of_service {
                OutOfService::Exclude => live.map(Live::leaving_out),
                OutOfService::Include => live,
            },
        };
        for condition in &filter.conditions {
            match condition {
                Condition::Has(attribute) => compiled.demand(accept(attribute.bit(), 0)),
                Condition::Lacks(attribute) => compiled.demand(accept(0, attribute.bit())),
                Condition::Free => compiled.demand(accept(FREE_BIT, 0)),
                Condition::NotAt(kinds) => {
                    let bits = kinds.iter().fold(0, |bits, &kind| bits | location_bit(kind));
                    compiled.demand(accept(0, bits));
                }
                Condition::At(kinds) => {
                    let bits = kinds.iter().fold(0, |bits, &kind| bits | location_bit(kind));
                    compiled.doubtful_bits |= bits;
                    compiled.requirement = compiled.requirement.any_of(accept(bits, 0));
                }
                Condition::Named(field, wanted) => {
                    compiled.names.push(names.column(*field).condition(wanted, false));
                }
                Condition::NotNamed(field, unwanted) => {
                    compiled.names.push(names.column(*field).condition(unwanted, true));
                }
            }
        }
        if filter.unknown == UnknownPolicy::Only && compiled.names.is_empty() {
            // Something must be unknown, and only the mask can be.
            let unknown = compiled.doubtful_bits;
            compiled.requirement =
                compiled.requirement.any_of(States { unknown, ..States::default() });
        }
        compiled
    }

    /// All of these bits must have one of these states.
    fn demand(&mut self, accepted: States) {
        let bits = accepted.yes | accepted.no;
        self.doubtful_bits |= bits;
        self.requirement = std::mem::take(&mut self.requirement).all_of(bits, accepted);
    }

    /// What masks must fulfil; exact for single ATMs, necessary for subtrees.
    pub(super) fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// The live statuses it goes by.
    pub(super) fn live(&self) -> Option<Live<'s>> {
        self.live
    }

    /// What a row states, live state before data; `None` when the row is left out.
    pub(super) fn stated(&self, row: Row, mask: Mask) -> Option<Mask> {
        self.live.map_or(Some(mask), |live| live.mask(row, mask))
    }

    /// Whether a row whose mask fulfils the requirement passes the conditions on names too.
    pub(super) fn admits_names(&self, row: Row, mask: Mask) -> bool {
        if self.names.is_empty() {
            return true;
        }
        let is_mask_doubtful = self.doubtful_bits & !(mask.yes | mask.no) != 0;
        let by_mask = if is_mask_doubtful { Tri::Unknown } else { Tri::Yes };
        let verdict = self
            .names
            .iter()
            .fold(by_mask, |verdict, condition| verdict.and(condition.verdict(row)));
        self.policy.admits(verdict)
    }
}
