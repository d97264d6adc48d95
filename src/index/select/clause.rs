//! One condition of a question as a set of rows, put together from sets that are there.

use std::fmt;
use std::sync::Arc;

use super::mask::States;
use super::rows::{PAGE_WORDS, RowSet, WORD_ROWS, rows_from};
use super::symbols::{Judge, SymbolColumn};
use crate::domain::Row;
use crate::index::{Entry, Live};

/// Most rows of a run whose symbols are looked at to find an accepted one. Where none of so many
/// is, the run is taken to have one all the same.
const SYMBOLS_TRIED_MAX: usize = 32;

/// A set of rows a clause is made from.
#[derive(Clone)]
pub enum Part<'s> {
    /// Rows known beforehand.
    Rows(&'s RowSet),
    /// Rows whose data states some value, which live statuses may overrule; see
    /// [`Index::clause`](crate::index::Index::clause).
    Values(&'s RowSet),
    /// Rows whose symbol the question accepts.
    Symbols(&'s SymbolColumn, Arc<dyn Judge + 's>),
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) | Self::Values(rows) => write!(f, "{} rows", rows.len()),
            Self::Symbols(..) => f.write_str("symbols"),
        }
    }
}

impl<'s> Part<'s> {
    /// The rows it stands for by data.
    fn rows(&self) -> Option<&'s RowSet> {
        match self {
            Self::Rows(rows) | Self::Values(rows) => Some(rows),
            Self::Symbols(..) => None,
        }
    }

    fn contains(&self, row: u32) -> bool {
        match self {
            Self::Rows(rows) | Self::Values(rows) => rows.contains(row),
            Self::Symbols(column, judge) => column.symbol(row).is_some_and(|s| judge.accepts(s)),
        }
    }

    /// Adds its rows to `words`, or at least those that are in `among` too.
    fn add_to(&self, first_word: usize, among: &[u64], words: &mut [u64]) {
        let (column, judge) = match self {
            Self::Rows(rows) | Self::Values(rows) => return rows.add_to(first_word, words),
            Self::Symbols(column, judge) => (column, judge),
        };
        for (place, (word, among)) in words.iter_mut().zip(among).enumerate() {
            let mut open = among & !*word;
            while open != 0 {
                let bit = open.trailing_zeros();
                open &= open - 1;
                let row = u32::try_from((first_word + place) * WORD_ROWS).unwrap_or(u32::MAX);
                let symbol = column.symbol(row.saturating_add(bit));
                let accepted = symbol.is_some_and(|symbol| judge.accepts(symbol));
                *word |= u64::from(accepted) << bit;
            }
        }
    }
}

/// Accepts the rows of any of its parts, or with `is_complement` every row of none of them.
#[derive(Clone, Debug)]
pub struct Clause<'s> {
    parts: Vec<Part<'s>>,
    is_complement: bool,
    /// The values of bits that its parts of [`Part::Values`] come to.
    values: States,
    /// `None` when no live status states any of these bits.
    amending: Option<Amending<'s>>,
}

/// What it takes to tell what a row states now.
#[derive(Clone, Copy)]
struct Amending<'s> {
    live: Live<'s>,
    entries: &'s [Entry],
}

impl fmt::Debug for Amending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("live")
    }
}

impl Amending<'_> {
    fn states(&self, row: u32) -> States {
        let mask = self.entries.get(row as usize).map(|entry| entry.mask).unwrap_or_default();
        self.live.mask(Row(row), mask).into()
    }
}

impl<'s> Clause<'s> {
    /// Accepts the rows of any of these parts.
    #[must_use]
    pub fn any_of(parts: Vec<Part<'s>>) -> Self {
        Self { parts, is_complement: false, values: States::default(), amending: None }
    }

    /// Accepts the rows that are in none of these parts.
    #[must_use]
    pub fn none_of(parts: Vec<Part<'s>>) -> Self {
        Self { is_complement: true, ..Self::any_of(parts) }
    }

    /// Says which values of bits its parts of [`Part::Values`] come to.
    pub(super) fn meaning(mut self, values: States) -> Self {
        self.values = values;
        self
    }

    /// Goes by live statuses, where these can change what it accepts.
    pub(super) fn amend(&mut self, live: Live<'s>, entries: &'s [Entry]) {
        let bits = self.values.yes | self.values.no | self.values.unknown;
        let stated = live.states();
        if bits & (stated.yes | stated.no) != 0 {
            self.amending = Some(Amending { live, entries });
        }
    }

    /// Whether live statuses can change what it accepts.
    pub(super) fn is_amended(&self) -> bool {
        self.amending.is_some()
    }

    /// How many rows it accepts at most, of `row_count` there are.
    pub(super) fn count_at_most(&self, row_count: usize) -> usize {
        if self.is_amended() {
            return row_count;
        }
        let otherwise = if self.is_complement { 0 } else { row_count };
        let counts = self.parts.iter().map(|part| part.rows().map_or(otherwise, RowSet::len));
        if self.is_complement {
            row_count - counts.max().unwrap_or(0).min(row_count)
        } else {
            counts.sum::<usize>().min(row_count)
        }
    }

    /// Whether it certainly accepts every row.
    pub(super) fn accepts_everything(&self) -> bool {
        let mut rows = self.parts.iter().map(Part::rows);
        !self.is_amended()
            && if self.is_complement {
                rows.all(|rows| rows.is_some_and(RowSet::is_empty))
            } else {
                rows.any(|rows| rows.is_some_and(RowSet::is_everything))
            }
    }

    /// The rows it accepts, in no order and some perhaps twice, where they are known without
    /// looking at others.
    pub(super) fn known_rows(&self) -> Option<impl Iterator<Item = u32>> {
        if self.is_complement || self.is_amended() {
            return None;
        }
        let parts: Option<Vec<&RowSet>> = self.parts.iter().map(Part::rows).collect();
        Some(parts?.into_iter().flat_map(RowSet::rows))
    }

    /// Whether it accepts `row`.
    #[must_use]
    pub fn accepts(&self, row: u32) -> bool {
        match self.amending {
            Some(amending) => self.accepts_now(row, amending),
            None => self.parts.iter().any(|part| part.contains(row)) != self.is_complement,
        }
    }

    /// Whether it accepts a row of which a live status may say otherwise than the data. A clause
    /// on values and other parts is never a complement.
    fn accepts_now(&self, row: u32, amending: Amending<'_>) -> bool {
        let is_other = |part: &Part<'_>| !matches!(part, Part::Values(_));
        self.values.shared_bits(amending.states(row)) != 0
            || self.parts.iter().any(|part| is_other(part) && part.contains(row))
    }

    /// Whether it accepts a row of a run. Exact but for symbols, and never wrongly no.
    pub(super) fn may_hold(&self, first_row: u32, end_row: u32) -> bool {
        let stated = |live: Live<'_>| live.states_of(first_row, end_row);
        if self.amending.is_some_and(|now| self.values.shared_bits(stated(now.live)) != 0) {
            return true;
        }
        if !self.is_complement {
            return self.parts.iter().any(|part| match part {
                Part::Rows(rows) | Part::Values(rows) => rows.any_in(first_row, end_row),
                Part::Symbols(column, judge) => column.may_hold(first_row, end_row, &**judge),
            });
        }
        // Short lists cannot cover a long run.
        let lists = self.parts.iter().map(|part| part.rows()?.listed(first_row, end_row));
        let listed: Option<usize> = lists.map(|list| list.map(<[u32]>::len)).sum();
        listed.is_some_and(|listed| listed < (end_row - first_row) as usize)
            || any_accepted(std::slice::from_ref(self), first_row, end_row)
    }

    /// The rows of a run it accepts, where it is no more than a list.
    pub(super) fn list(&self, first_row: u32, end_row: u32) -> Option<&'s [u32]> {
        match (self.parts.as_slice(), self.is_complement || self.is_amended()) {
            ([part], false) => part.rows()?.listed(first_row, end_row),
            _ => None,
        }
    }

    /// Below which of the children of a node it may accept a row, a bit a child, as for
    /// [`RowSet::lanes`]; `None` where that takes more than looking sets up.
    pub(super) fn lanes(&self, height: usize, first_place: usize) -> Option<u8> {
        if self.is_complement || self.is_amended() {
            return None;
        }
        self.parts
            .iter()
            .try_fold(0, |lanes, part| Some(lanes | part.rows()?.lanes(height, first_place)))
    }

    /// The places in memory of what it is made from, by which the same question is known again.
    pub(super) fn fingerprint(&self) -> u64 {
        let mark = |part: &Part<'_>| part.rows().map_or(0, |rows| std::ptr::from_ref(rows).addr());
        self.parts.iter().map(mark).fold(u64::from(self.is_complement), |mixed, place| {
            (mixed ^ place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        })
    }

    /// Whether it may accept a row of a page; never wrongly no.
    fn page_may_hold(&self, page: usize) -> bool {
        self.is_complement
            || self.is_amended()
            || self.parts.iter().any(|part| part.rows().is_none_or(|rows| rows.page_may_hold(page)))
    }

    /// Clears in `words` the bits of rows it does not accept.
    fn narrow(&self, first_word: usize, words: &mut [u64]) {
        if let Some((mine, flip)) = self.bitmap(first_word, words.len()) {
            for (word, mine) in words.iter_mut().zip(mine) {
                *word &= mine ^ flip;
            }
            return;
        }
        match words.len() {
            0..=1 => self.narrow_by::<1>(first_word, words),
            2..=4 => self.narrow_by::<4>(first_word, words),
            _ => self.narrow_by::<PAGE_WORDS>(first_word, words),
        }
    }

    /// Its words from one on, where it is no more than a bitmap, and what to flip in each.
    fn bitmap(&self, first_word: usize, count: usize) -> Option<(&'s [u64], u64)> {
        match (self.parts.as_slice(), self.amending) {
            ([Part::Rows(rows) | Part::Values(rows)], None) => {
                Some((rows.words(first_word, count)?, if self.is_complement { !0 } else { 0 }))
            }
            _ => None,
        }
    }

    /// Narrows at most `N` words.
    fn narrow_by<const N: usize>(&self, first_word: usize, words: &mut [u64]) {
        let mut accepted = [0; N];
        let accepted = accepted.get_mut(..words.len()).unwrap_or_default();
        for part in &self.parts {
            part.add_to(first_word, words, accepted);
        }
        let flip = if self.is_complement { !0 } else { 0 };
        for (place, (word, accepted)) in words.iter_mut().zip(accepted).enumerate() {
            let mut now = *accepted ^ flip;
            if let Some(amending) = self.amending {
                self.amend_word(first_word + place, *word, &mut now, amending);
            }
            *word &= now;
        }
    }

    /// Corrects a word of accepted rows by live statuses, at least where `among` has a bit.
    fn amend_word(&self, place: usize, among: u64, accepted: &mut u64, amending: Amending<'_>) {
        let mut open = among & amending.live.amended_in(place);
        while open != 0 {
            let bit = open.trailing_zeros();
            open &= open - 1;
            let row = u32::try_from(place * WORD_ROWS).unwrap_or(u32::MAX).saturating_add(bit);
            let is_accepted = self.accepts_now(row, amending);
            *accepted = *accepted & !(1 << bit) | u64::from(is_accepted) << bit;
        }
    }

    /// Whether one of its sets is kept as a list.
    pub(super) fn has_list(&self) -> bool {
        self.parts.iter().any(|part| part.rows().is_some_and(RowSet::is_list))
    }

    /// Whether it goes by symbols, which take longer to judge than rows of a set to look up.
    pub(super) fn has_symbols(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Symbols(..)))
    }
}

/// Clears in at most [`PAGE_WORDS`] words the bits of rows that not all clauses accept.
pub(super) fn narrow(clauses: &[Clause<'_>], first_word: usize, words: &mut [u64]) {
    for clause in clauses {
        if words.iter().all(|&word| word == 0) {
            return;
        }
        clause.narrow(first_word, words);
    }
}

/// Whether the first two or three clauses that are bitmaps have a row in common in these words;
/// true where there are no two. Nothing is written, so that where they have none it takes half the
/// time of finding out which.
fn may_meet(clauses: &[Clause<'_>], first_word: usize, count: usize) -> bool {
    let mut bitmaps = clauses.iter().filter_map(|clause| clause.bitmap(first_word, count));
    let (Some((one, flip)), Some((other, other_flip))) = (bitmaps.next(), bitmaps.next()) else {
        return true;
    };
    let both = one.iter().zip(other).map(|(word, other)| (word ^ flip) & (other ^ other_flip));
    let shared = match bitmaps.next() {
        Some((third, third_flip)) => {
            both.zip(third).fold(0, |any, (word, third)| any | word & (third ^ third_flip))
        }
        None => both.fold(0, |any, word| any | word),
    };
    shared != 0
}

/// Every row that all of these clauses accept, ascending, or `None` when there are more than `most`.
/// None of them goes by symbols.
///
/// # Cost
///
/// A word a clause for every 64 rows at most, in vector instructions; where many rows are accepted
/// it ends early.
pub(super) fn few_accepted(
    clauses: &[Clause<'_>],
    row_count: usize,
    most: usize,
) -> Option<Vec<u32>> {
    let word_count = row_count.div_ceil(WORD_ROWS);
    let mut rows = Vec::new();
    for (page, first_word) in (0..word_count).step_by(PAGE_WORDS).enumerate() {
        let count = PAGE_WORDS.min(word_count - first_word);
        if !clauses.iter().all(|clause| clause.page_may_hold(page))
            || !may_meet(clauses, first_word, count)
        {
            continue;
        }
        let mut words = [!0; PAGE_WORDS];
        let words = words.get_mut(..count).unwrap_or_default();
        narrow(clauses, first_word, words);
        // Beyond the last row there is may be bits set.
        let here = rows_from(first_word, words).take_while(|&row| (row as usize) < row_count);
        rows.extend(here.take(most + 1 - rows.len()));
        if rows.len() > most {
            return None;
        }
    }
    Some(rows)
}

/// Whether a row of a run is accepted by all of these clauses; never wrongly no. Exact where none of
/// them goes by symbols: of these so many are tried and no more.
///
/// # Cost
///
/// A word a clause for every 64 rows at most, in vector instructions; a run that has such a row
/// near its beginning ends there.
pub(super) fn any_accepted(clauses: &[Clause<'_>], first_row: u32, end_row: u32) -> bool {
    const PAGE_ROWS: usize = PAGE_WORDS * WORD_ROWS;
    if first_row >= end_row {
        return false;
    }
    let late_from = clauses.iter().position(Clause::has_symbols).unwrap_or(clauses.len());
    let (clauses, late) = clauses.split_at(late_from);
    let mut tried = 0;
    let (first_word, last_word) =
        (first_row as usize / WORD_ROWS, (end_row as usize - 1) / WORD_ROWS);
    let (head, tail) = super::rows::ends(first_row, end_row);
    for page in first_row as usize / PAGE_ROWS..=(end_row as usize - 1) / PAGE_ROWS {
        if !clauses.iter().all(|clause| clause.page_may_hold(page)) {
            continue;
        }
        let mut from = first_word.max(page * PAGE_WORDS);
        let end = (last_word + 1).min((page + 1) * PAGE_WORDS);
        let mut step = 4;
        while from < end {
            let count = step.min(end - from);
            step = (step * 4).min(PAGE_WORDS);
            if !may_meet(clauses, from, count) {
                from += count;
                continue;
            }
            let mut words = [!0; PAGE_WORDS];
            let words = words.get_mut(..count).unwrap_or_default();
            if let (Some(first), true) = (words.first_mut(), from == first_word) {
                *first &= head;
            }
            if let (true, Some(last)) = (from + words.len() > last_word, words.last_mut()) {
                *last &= tail;
            }
            narrow(clauses, from, words);
            for row in rows_from(from, words) {
                if late.iter().all(|clause| clause.accepts(row)) || tried == SYMBOLS_TRIED_MAX {
                    return true;
                }
                tried += 1;
            }
            from += count;
        }
    }
    false
}
