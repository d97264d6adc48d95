//! Which rows a search accepts, and how it goes about finding them.
//!
//! A question is a [`Requirement`] on masks and any number of [`Clause`]s, all of which a row must
//! fulfil. The masks that the tree carries decide one attribute exactly, for rows and whole
//! subtrees, but of two attributes that are common and never meet they say no more than that each
//! is there. Therefore every value of every attribute is kept as a [`RowSet`] too: a node of the
//! tree is a run of rows, and whether a run has a row in every set is a matter of and-ing words.

mod clause;
mod mask;
mod rows;
mod symbols;

pub use clause::{Clause, Part};
pub use mask::{Mask, Requirement, States};
pub use rows::RowSet;
pub use symbols::{Judge, SymbolColumn};

pub(super) use rows::WORD_ROWS;

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use super::{Index, Live};
use crate::domain::{Plan, Row, Tri};

/// Most rows that are looked at one by one rather than found by walking the tree.
const SCAN_ROWS_MAX: usize = 500;

/// How many questions are remembered whose conditions meet often.
pub(super) const REMEMBERED: usize = 256;

/// What is known of whether rows below a node are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing but what masks say.
    ByMasks,
    /// Every condition accepts a row below.
    Each,
    /// A row below is accepted by all, as far as can be told.
    All,
}

/// Which rows a search accepts, and the plan to find them. Made by [`Index::select`].
#[derive(Clone, Debug)]
pub struct Selection<'s> {
    requirement: Requirement,
    /// What every accepted row fulfils, the most selective first, and last what goes by symbols.
    clauses: Vec<Clause<'s>>,
    /// How many of the clauses do not go by symbols.
    early: usize,
    /// Every row that these accept, where that was found out and they are few.
    few: Option<Vec<u32>>,
    plan: Plan,
    live: Option<Live<'s>>,
}

impl Index {
    /// Prepares a search for the rows that fulfil `requirement` and every one of `clauses`, and
    /// chooses how to go about it by how many rows fulfil each:
    ///
    /// - none, also where each fulfils some and no row all: [`Plan::Nothing`];
    /// - a few hundred or fewer: [`Plan::Scan`], these are looked at one by one;
    /// - one attribute asks for something: [`Plan::MaskedWalk`], the masks in the tree are exact;
    /// - else [`Plan::CheckedWalk`]: of every node to be opened, whether a row below it fulfils all.
    ///
    /// What rows state is taken as `live` amends it, and rows that it leaves out are not accepted;
    /// these are passed over one by one.
    ///
    /// # Cost
    ///
    /// Less than a microsecond where conditions often meet; at worst, where several common ones
    /// hardly or never do, a word a condition for every 64 rows.
    #[must_use]
    pub fn select<'s>(
        &'s self,
        requirement: Requirement,
        clauses: Vec<Clause<'s>>,
        live: Option<Live<'s>>,
    ) -> Selection<'s> {
        let row_count = self.len();
        let by_masks_alone = clauses.is_empty();
        if by_masks_alone && requirement.accepts_everything() {
            let plan = if row_count == 0 { Plan::Nothing } else { Plan::Walk };
            return Selection { requirement, clauses, early: 0, few: None, plan, live };
        }
        let mut all = clauses;
        self.add_clauses(&requirement, &mut all);
        if let Some(live) = live {
            for clause in &mut all {
                clause.amend(live, &self.entries);
            }
        }
        all.retain(|clause| !clause.accepts_everything());
        all.sort_by_cached_key(|one| (one.has_symbols(), one.count_at_most(row_count)));
        let early = all.iter().position(Clause::has_symbols).unwrap_or(all.len());
        let least = all.iter().map(|one| one.count_at_most(row_count)).min().unwrap_or(row_count);
        let is_known = all.first().is_some_and(|clause| clause.known_rows().is_some());
        let few = match all.get(..early) {
            Some(sets @ [first, _, ..])
                if least > 0 && !(is_known && first.count_at_most(row_count) <= SCAN_ROWS_MAX) =>
            {
                self.few_accepted(sets)
            }
            _ => None,
        };
        let plan = match all.len() {
            _ if least == 0 || few.as_ref().is_some_and(Vec::is_empty) => Plan::Nothing,
            0 => Plan::Walk,
            _ if is_known && least <= SCAN_ROWS_MAX || few.is_some() => Plan::Scan,
            1 if by_masks_alone && all.iter().all(|one| !one.is_amended()) => Plan::MaskedWalk,
            _ => Plan::CheckedWalk,
        };
        Selection { requirement, clauses: all, early, few, plan, live }
    }

    /// Every row that all of these clauses accept, where these are few. Where they were many the last
    /// time, they are taken to be many still; only the plan depends on it.
    fn few_accepted(&self, sets: &[Clause<'_>]) -> Option<Vec<u32>> {
        let question =
            sets.iter().fold(1, |mixed: u64, set| mixed.rotate_left(17) ^ set.fingerprint()) | 1;
        let place = usize::try_from(question >> 32).unwrap_or_default() % self.often.len().max(1);
        let remembered = self.often.get(place)?;
        if remembered.load(Ordering::Relaxed) == question {
            return None;
        }
        let few = clause::few_accepted(sets, self.len(), SCAN_ROWS_MAX);
        if few.is_none() {
            remembered.store(question, Ordering::Relaxed);
        }
        few
    }

    /// The rows of which bit `bit` of the mask says `value`; `None` when there is no such bit.
    #[must_use]
    pub fn rows_where(&self, bit: u32, value: Tri) -> Option<&RowSet> {
        Some(&self.values.get(bit as usize)?[value as usize])
    }

    /// Accepts the rows of any of `parts`, and those of which a bit of the mask says a value that
    /// is among `values`.
    #[must_use]
    pub fn clause<'s>(&'s self, parts: Vec<Part<'s>>, values: States) -> Clause<'s> {
        let by_value = (0..u64::BITS).flat_map(|bit| self.parts_of(values, bit));
        Clause::any_of(parts.into_iter().chain(by_value).collect()).meaning(values)
    }

    /// The rows of which a bit says a value among `values`, a set for each value.
    fn parts_of(&self, values: States, bit: u32) -> impl Iterator<Item = Part<'_>> {
        [(values.yes, Tri::Yes), (values.no, Tri::No), (values.unknown, Tri::Unknown)]
            .into_iter()
            .filter(move |(side, _)| side >> bit & 1 == 1)
            .filter_map(move |(_, value)| self.rows_where(bit, value).map(Part::Values))
    }

    /// What a requirement says, as clauses.
    fn add_clauses<'s>(&'s self, requirement: &Requirement, clauses: &mut Vec<Clause<'s>>) {
        let States { yes, no, unknown } = requirement.all;
        for bit in (0..u64::BITS).filter(|bit| (yes & no & unknown) >> bit & 1 == 0) {
            let here = 1_u64 << bit;
            let accepted = States { yes: yes & here, no: no & here, unknown: unknown & here };
            let refused = States { yes: !yes & here, no: !no & here, unknown: !unknown & here };
            let parts: Vec<Part<'s>> = self.parts_of(refused, bit).collect();
            clauses.push(match parts.len() {
                1 => Clause::none_of(parts).meaning(accepted),
                _ => self.clause(Vec::new(), accepted),
            });
        }
        clauses.extend(requirement.any.iter().map(|&pairs| self.clause(Vec::new(), pairs)));
    }
}

impl Selection<'_> {
    /// How rows will be found.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Whether masks are asked for anything.
    pub(super) fn asks_masks(&self) -> bool {
        !self.requirement.accepts_everything()
    }

    /// Whether `row` is accepted.
    #[must_use]
    pub fn accepts(&self, row: u32) -> bool {
        !self.leaves_out(row) && self.clauses.iter().all(|clause| clause.accepts(row))
    }

    /// Whether what goes by symbols accepts `row`: the last thing to be asked of a row, because it
    /// may take longest.
    #[inline]
    pub(super) fn accepts_late(&self, row: u32) -> bool {
        let late = self.clauses.get(self.early..).unwrap_or_default();
        late.iter().all(|clause| clause.accepts(row))
    }

    /// Whether `row` is out of service and therefore not accepted, whatever else is asked.
    #[inline]
    pub(super) fn leaves_out(&self, row: u32) -> bool {
        self.live.is_some_and(|live| live.is_left_out(Row(row)))
    }

    /// Whether masks and live statuses leave it open that a row of a node is accepted, by what is
    /// stated below it and the run of rows it holds.
    #[inline]
    pub(super) fn may_match(&self, stated: States, run: impl FnOnce() -> (u32, u32)) -> bool {
        self.requirement.may_match(stated)
            || self.live.is_some() && self.may_match_now(stated, run())
    }

    /// The same where the data alone says no.
    #[inline(never)]
    fn may_match_now(&self, stated: States, (first_row, end_row): (u32, u32)) -> bool {
        self.live.is_some_and(|live| {
            // What no status anywhere can change is not asked of the statuses below.
            let with = |states: States| self.requirement.may_match(stated.union(states));
            with(live.states()) && with(live.states_of(first_row, end_row))
        })
    }

    /// Whether a row of a run may be accepted, where masks do not say so already.
    #[inline]
    pub(super) fn may_hold(&self, first_row: u32, end_row: u32) -> bool {
        matches!(self.plan, Plan::Walk | Plan::MaskedWalk) || self.checked(first_row, end_row)
    }

    #[inline(never)]
    fn checked(&self, first_row: u32, end_row: u32) -> bool {
        self.clauses.iter().all(|clause| clause.may_hold(first_row, end_row))
            && self.may_meet(first_row, end_row)
    }

    /// Below which of the children of a node rows may be accepted, a bit a child, and what is known
    /// of those: children of one height, the first of which has this place.
    #[inline]
    pub(super) fn lanes(&self, height: usize, first_place: usize) -> (u8, Known) {
        if self.plan == Plan::Walk {
            return (!0, Known::All);
        }
        // Masks lie beside the boxes, while a list is searched.
        if self.plan == Plan::MaskedWalk && self.clauses.iter().any(Clause::has_list) {
            return (!0, Known::ByMasks);
        }
        let mut known = if self.clauses.len() == 1 { Known::All } else { Known::Each };
        let mut lanes = !0;
        for clause in &self.clauses {
            match clause.lanes(height, first_place) {
                Some(0) => return (0, known),
                Some(accepted) => lanes &= accepted,
                None => known = Known::ByMasks,
            }
        }
        (lanes, known)
    }

    /// Whether a row of a run, of which every condition accepts one, may be accepted by all.
    #[inline(never)]
    pub(super) fn may_meet(&self, first_row: u32, end_row: u32) -> bool {
        let [first, others @ ..] = self.clauses.as_slice() else { return true };
        if others.is_empty() {
            return true;
        }
        // A few rows of a long run are sooner looked at by themselves, and of many some.
        if let Some(rows) = first.list(first_row, end_row) {
            let is_short = rows.len() <= 64 || rows.len() * 512 <= (end_row - first_row) as usize;
            let apart = if is_short { 1 } else { rows.len() / 32 };
            let accepted = |&row: &u32| others.iter().all(|clause| clause.accepts(row));
            if is_short || rows.iter().step_by(apart).any(accepted) {
                return !is_short || rows.iter().any(accepted);
            }
        }
        clause::any_accepted(&self.clauses, first_row, end_row)
    }

    /// Which of the rows from `first_row` on are accepted, but for what goes by symbols: bit by bit,
    /// up to the end of their word of [`WORD_ROWS`].
    pub(super) fn accepted_from(&self, first_row: u32) -> u64 {
        let mut words = [!0_u64 << (first_row as usize % WORD_ROWS)];
        let early = self.clauses.get(..self.early).unwrap_or_default();
        clause::narrow(early, first_row as usize / WORD_ROWS, &mut words);
        words[0] >> (first_row as usize % WORD_ROWS)
    }

    /// The accepted rows, ascending and each once, for a [`Plan::Scan`]; those left out and those
    /// [`accepts_late`](Self::accepts_late) refuses are among them.
    pub(super) fn listed(&self) -> Cow<'_, [u32]> {
        if let Some(few) = &self.few {
            return Cow::Borrowed(few);
        }
        let (early, _) = self.clauses.split_at(self.early.min(self.clauses.len()));
        let [first, others @ ..] = early else { return Cow::default() };
        let Some(known) = first.known_rows() else { return Cow::default() };
        let mut rows: Vec<u32> =
            known.filter(|&row| others.iter().all(|clause| clause.accepts(row))).collect();
        rows.sort_unstable();
        rows.dedup();
        Cow::Owned(rows)
    }
}

/// The rows of each value (yes, no, unknown) of each bit.
pub(super) fn value_rows(masks: impl ExactSizeIterator<Item = Mask>) -> Vec<[RowSet; 3]> {
    let row_count = masks.len();
    let word_count = row_count.div_ceil(WORD_ROWS);
    let mut stated = [const { [const { Vec::new() }; 2] }; u64::BITS as usize];
    for (row, mask) in masks.enumerate() {
        for (side, bits) in [mask.yes, mask.no & !mask.yes].into_iter().enumerate() {
            let mut left = bits;
            while left != 0 {
                let words: &mut Vec<u64> = &mut stated[left.trailing_zeros() as usize][side];
                words.resize(word_count, 0);
                words[row / WORD_ROWS] |= 1 << (row % WORD_ROWS);
                left &= left - 1;
            }
        }
    }
    let of_bit = |[mut yes, mut no]: [Vec<u64>; 2]| {
        yes.resize(word_count, 0);
        no.resize(word_count, 0);
        let unknown = yes.iter().zip(&no).map(|(yes, no)| !(yes | no)).collect();
        [yes, no, unknown].map(|words| RowSet::from_words(words, row_count))
    };
    stated.into_iter().map(of_bit).collect()
}
