//! A filter in the two forms a search can use: a requirement on attribute masks, by which whole
//! subtrees are passed by, and conditions on names
//! and opening hours as sets of rows.

use jiff::Timestamp;

use crate::domain::{
    AtmFilter, Attribute, Attributes, Condition, Fee, LocationType, OutOfService, Plan, Row, Tri,
    UnknownPolicy,
};
use crate::index::{Clause, Index, Live, Mask, Part, Requirement, Selection, States};
use crate::ingest::packed::Codes;

use super::Snapshot;
use super::hours::Hours;
use super::names::Names;

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
pub(super) fn mask_of(codes: &Codes) -> Mask {
    let mut mask = Mask { yes: codes.attributes.yes_bits(), no: codes.attributes.no_bits() };
    if codes.location_type != LocationType::Unknown {
        for &kind in LocationType::STATED {
            let side = if kind == codes.location_type { &mut mask.yes } else { &mut mask.no };
            *side |= location_bit(kind);
        }
    }
    match codes.fee {
        Fee::Free => mask.yes |= FREE_BIT,
        Fee::Everyone => mask.no |= FREE_BIT,
        Fee::SomeCustomers | Fee::Unknown => {}
    }
    mask
}

/// What of a snapshot a filter goes by.
#[derive(Clone, Copy)]
pub(super) struct Parts<'s> {
    pub(super) names: &'s Names,
    pub(super) hours: &'s Hours,
    pub(super) index: &'s Index,
}

/// A filter prepared for one snapshot.
#[derive(Clone, Debug)]
pub struct CompiledFilter<'s> {
    selection: Selection<'s>,
}

impl<'s> CompiledFilter<'s> {
    /// Every condition becomes the set of rows of which it is not refused; with
    /// [`UnknownPolicy::Only`] and several conditions, one of them must be unknown besides.
    pub(super) fn new(
        filter: &AtmFilter,
        Parts { names, hours, index }: Parts<'s>,
        live: Option<Live<'s>>,
        now: Timestamp,
    ) -> Self {
        let mut compiling = Compiling {
            names,
            hours,
            now,
            index,
            accepted: Accepted::of(filter),
            requirement: Requirement::default(),
            clauses: Vec::new(),
            unknown_bits: 0,
            unknown_parts: Vec::new(),
        };
        for condition in &filter.conditions {
            compiling.add(condition);
        }
        if filter.unknown == UnknownPolicy::Only && filter.conditions.len() != 1 {
            compiling.demand_something_unknown();
        }
        let live = match filter.out_of_service {
            OutOfService::Exclude => live.map(Live::leaving_out),
            OutOfService::Include => live,
        };
        Self { selection: index.select(compiling.requirement, compiling.clauses, live) }
    }

    /// How the rows that pass are found.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.selection.plan()
    }

    /// Which rows pass.
    pub(super) fn selection(&self) -> &Selection<'s> {
        &self.selection
    }
}

impl Snapshot {
    /// Whether a condition holds for a row's ATM at `now`.
    #[must_use]
    pub fn verdict(&self, condition: &Condition, row: Row, now: Timestamp) -> Tri {
        self.verdict_of(condition, row, self.attributes(row), now)
    }

    /// The same where the ATM's attributes are these.
    #[must_use]
    pub fn verdict_of(
        &self,
        condition: &Condition,
        row: Row,
        attributes: Attributes,
        now: Timestamp,
    ) -> Tri {
        match condition {
            Condition::Open(when) => self.hours.is_open(row, *when, now),
            Condition::Has(attribute) => attributes.get(*attribute),
            Condition::Lacks(attribute) => !attributes.get(*attribute),
            Condition::Named(..)
            | Condition::NotNamed(..)
            | Condition::At(_)
            | Condition::NotAt(_)
            | Condition::Free => condition.verdict(&self.atm(row), self.country(row)),
        }
    }

    /// Prepares a filter for this snapshot and what is known of its rows right now, `now`.
    #[must_use]
    pub fn compile<'s>(
        &'s self,
        filter: &AtmFilter,
        live: Option<Live<'s>>,
        now: Timestamp,
    ) -> CompiledFilter<'s> {
        let parts = Parts { names: &self.names, hours: &self.hours, index: &self.index };
        CompiledFilter::new(filter, parts, live, now)
    }

    /// Whether a row passes a filter.
    #[must_use]
    pub fn passes(&self, filter: &CompiledFilter<'_>, row: Row) -> bool {
        filter.selection().accepts(row.0)
    }

    /// For every name in `filter` that no ATM has, a sentence that says so and what is similar.
    #[must_use]
    pub fn unknown_names(&self, filter: &AtmFilter) -> Vec<String> {
        let named = filter.conditions.iter().filter_map(|condition| match condition {
            Condition::Named(field, names) | Condition::NotNamed(field, names) => {
                Some((*field, names))
            }
            Condition::Has(_)
            | Condition::Lacks(_)
            | Condition::At(_)
            | Condition::NotAt(_)
            | Condition::Free
            | Condition::Open(_) => None,
        });
        let missing = named.flat_map(|(field, names)| {
            names
                .iter()
                .map(move |name| (field, name))
                .filter(|(field, name)| !self.names.column(*field).has(name))
        });
        missing
            .map(|(field, name)| {
                let similar: Vec<_> = self
                    .names
                    .column(field)
                    .similar(name)
                    .take(3)
                    .map(|n| format!("{n:?}"))
                    .collect();
                let hint = match similar.as_slice() {
                    [] => "see /v1/vocabulary".to_owned(),
                    some => format!("similar: {}", some.join(", ")),
                };
                format!("no ATM here has {} {:?}; {hint}", field.parameter(), name.written)
            })
            .collect()
    }
}

/// Which verdicts of a single condition do not refuse an ATM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepted {
    Yes,
    YesOrUnknown,
    Unknown,
}

impl Accepted {
    fn of(filter: &AtmFilter) -> Self {
        match filter.unknown {
            UnknownPolicy::Exclude => Self::Yes,
            UnknownPolicy::Only if filter.conditions.len() == 1 => Self::Unknown,
            UnknownPolicy::Include | UnknownPolicy::Only => Self::YesOrUnknown,
        }
    }
}

/// A filter on its way to a selection.
struct Compiling<'s> {
    names: &'s Names,
    hours: &'s Hours,
    now: Timestamp,
    index: &'s Index,
    accepted: Accepted,
    requirement: Requirement,
    clauses: Vec<Clause<'s>>,
    /// Bits and rows that make an ATM unknown: rows of which a named field or the hours are.
    unknown_bits: u64,
    unknown_parts: Vec<Part<'s>>,
}

impl Compiling<'_> {
    fn add(&mut self, condition: &Condition) {
        let bits_of =
            |kinds: &[LocationType]| kinds.iter().fold(0, |bits, &kind| bits | location_bit(kind));
        match condition {
            Condition::Has(attribute) => self.demand(attribute.bit(), 0),
            Condition::Lacks(attribute) => self.demand(0, attribute.bit()),
            Condition::Free => self.demand(FREE_BIT, 0),
            Condition::NotAt(kinds) => self.demand(0, bits_of(kinds)),
            Condition::At(kinds) => {
                let bits = bits_of(kinds);
                // All kinds are unknown together: one bit tells.
                let one = bits & bits.wrapping_neg();
                self.unknown_bits |= one;
                let pairs = match self.accepted {
                    Accepted::Yes => States { yes: bits, ..States::default() },
                    Accepted::YesOrUnknown => States { yes: bits, no: 0, unknown: one },
                    Accepted::Unknown => States { unknown: one, ..States::default() },
                };
                self.require(|requirement| requirement.any_of(pairs));
            }
            Condition::Named(field, names) => {
                let column = self.names.column(*field);
                let unstated = column.unstated();
                self.unknown_parts.push(Part::Rows(unstated));
                let those = column.rows_with(names).filter(|_| self.accepted != Accepted::Unknown);
                let or_unknown = Some(unstated).filter(|_| self.accepted != Accepted::Yes);
                let parts = those.chain(or_unknown).map(Part::Rows).collect();
                self.clauses.push(Clause::any_of(parts));
            }
            Condition::NotNamed(field, names) => {
                let column = self.names.column(*field);
                let unstated = column.unstated();
                self.unknown_parts.push(Part::Rows(unstated));
                let those = column.rows_with(names);
                self.clauses.push(match self.accepted {
                    Accepted::Yes => {
                        let parts = those.chain(Some(unstated)).map(Part::Rows);
                        Clause::none_of(parts.collect())
                    }
                    Accepted::YesOrUnknown => Clause::none_of(those.map(Part::Rows).collect()),
                    Accepted::Unknown => Clause::any_of(vec![Part::Rows(unstated)]),
                });
            }
            Condition::Open(when) => {
                let accepted: &[Tri] = match self.accepted {
                    Accepted::Yes => &[Tri::Yes],
                    Accepted::YesOrUnknown => &[Tri::Yes, Tri::Unknown],
                    Accepted::Unknown => &[Tri::Unknown],
                };
                self.clauses.extend(self.hours.clauses(*when, self.now, accepted));
                self.unknown_parts.extend(self.hours.parts(*when, self.now, &[Tri::Unknown]));
            }
        }
    }

    /// The one condition on all of these bits holds where those of `yes` are yes and those of `no`
    /// are no.
    fn demand(&mut self, yes: u64, no: u64) {
        let bits = yes | no;
        self.unknown_bits |= bits;
        let accepted = match self.accepted {
            Accepted::Yes => States { yes, no, unknown: 0 },
            Accepted::YesOrUnknown => States { yes, no, unknown: bits },
            Accepted::Unknown => States { yes: 0, no: 0, unknown: bits },
        };
        self.require(|requirement| requirement.all_of(bits, accepted));
    }

    fn require(&mut self, narrowed: impl FnOnce(Requirement) -> Requirement) {
        self.requirement = narrowed(std::mem::take(&mut self.requirement));
    }

    /// At least one of the conditions must be unknown.
    fn demand_something_unknown(&mut self) {
        if self.unknown_parts.is_empty() {
            let unknown = self.unknown_bits;
            self.require(|requirement| requirement.any_of(States { unknown, ..States::default() }));
            return;
        }
        let by_rows = std::mem::take(&mut self.unknown_parts);
        let by_bit = States { unknown: self.unknown_bits, ..States::default() };
        self.clauses.push(self.index.clause(by_rows, by_bit));
    }
}
