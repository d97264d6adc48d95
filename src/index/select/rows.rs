//! Sets of rows, made to be asked about runs of rows.

use crate::index::BLOCK_ROWS;
use crate::index::tree::{FAN, row_shift};

/// Rows a word of a bitmap stands for.
pub(in crate::index) const WORD_ROWS: usize = 64;

/// Words that are passed by together where a set has nothing in them.
pub(super) const PAGE_WORDS: usize = 64;

/// A set that holds fewer than one row in this many is kept as a list. A list then costs at most
/// twice what a bitmap does to go through, and all bitmaps of sets without a row in common take
/// no more than 16 bytes a row.
const FEW_SHARE: usize = 128;

/// A set of rows.
///
/// Rows are numbered in [`spatial_order`](crate::index::spatial_order), so that a node of the tree
/// is a run of rows: whether a set has a row below a node is a question about a run.
#[derive(Clone, Debug)]
pub struct RowSet(Held);

#[derive(Clone, Debug)]
enum Held {
    /// Every row, and how many there are.
    All(usize),
    Few(List),
    Many {
        /// A bit a row.
        words: Box<[u64]>,
        /// A bit for each [`PAGE_WORDS`] words: whether any is not zero.
        pages: Box<[u64]>,
        /// For each height of the tree but that of its root, a bit a node: whether a row is below.
        nodes: Box<[Box<[u64]>]>,
        count: usize,
    },
}

/// Ascending rows, and where to find them.
#[derive(Clone, Debug, Default)]
struct List {
    rows: Box<[u32]>,
    /// Of each run of `1 << shift` rows from the first on, and of the one after the last, where in
    /// the list it begins; nothing for a short list.
    starts: Box<[u32]>,
    shift: u32,
}

impl List {
    /// Rows a list has at least to be given starts: fewer are as soon searched.
    const WITH_STARTS: usize = 32;

    /// Rows a run has on average.
    const ROWS_A_RUN: usize = 8;

    fn new(rows: Vec<u32>) -> Self {
        let rows = rows.into_boxed_slice();
        let (Some(&first), Some(&last), Self::WITH_STARTS..) =
            (rows.first(), rows.last(), rows.len())
        else {
            return Self { rows, ..Self::default() };
        };
        let rows_apart = (last - first) as usize / (rows.len() / Self::ROWS_A_RUN) + 1;
        let shift = rows_apart.next_power_of_two().trailing_zeros();
        let mut starts = vec![0; ((last - first) >> shift) as usize + 2];
        for row in &rows {
            starts[((row - first) >> shift) as usize + 1] += 1;
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        Self { rows, starts: starts.into(), shift }
    }

    /// The rows from one on.
    #[inline]
    fn from(&self, row: usize) -> &[u32] {
        let search = |from: usize, to: usize| {
            let run = self.rows.get(from..to).unwrap_or_default();
            from + run.partition_point(|&one| (one as usize) < row)
        };
        let ahead = self.rows.first().map_or(0, |&first| row.saturating_sub(first as usize));
        let run = ahead >> self.shift;
        let from = match self.starts.get(run..).unwrap_or_default() {
            [start, end, ..] => search(*start as usize, *end as usize),
            [_] | [] if !self.starts.is_empty() => self.rows.len(),
            _ => search(0, self.rows.len()),
        };
        self.rows.get(from..).unwrap_or_default()
    }
}

impl Default for RowSet {
    fn default() -> Self {
        Self(Held::Few(List::default()))
    }
}

impl RowSet {
    /// The set of these ascending rows, of `row_count` there are.
    #[must_use]
    pub fn from_ascending(rows: Vec<u32>, row_count: usize) -> Self {
        debug_assert!(rows.is_sorted());
        if rows.len() < row_count.div_ceil(FEW_SHARE) || rows.is_empty() {
            return Self(Held::Few(List::new(rows)));
        }
        let mut words = vec![0; row_count.div_ceil(WORD_ROWS)];
        for row in rows {
            if let Some(word) = words.get_mut(row as usize / WORD_ROWS) {
                *word |= 1 << (row as usize % WORD_ROWS);
            }
        }
        Self::from_words(words, row_count)
    }

    /// The set of the rows whose bit is set, of `row_count` there are.
    #[must_use]
    pub fn from_words(mut words: Vec<u64>, row_count: usize) -> Self {
        words.resize(row_count.div_ceil(WORD_ROWS), 0);
        if let (Some(last), 1..) = (words.last_mut(), row_count % WORD_ROWS) {
            *last &= (1 << (row_count % WORD_ROWS)) - 1;
        }
        let count = words.iter().map(|word| word.count_ones() as usize).sum();
        if count == row_count && count > 0 {
            return Self(Held::All(count));
        }
        if count < row_count.div_ceil(FEW_SHARE) || count == 0 {
            return Self(Held::Few(List::new(rows_of(&words).collect())));
        }
        let mut pages = vec![0; words.len().div_ceil(PAGE_WORDS * WORD_ROWS)];
        for (page, words) in words.chunks(PAGE_WORDS).enumerate() {
            if words.iter().any(|&word| word != 0) {
                pages[page / WORD_ROWS] |= 1 << (page % WORD_ROWS);
            }
        }
        let nodes = nodes_of(&words, row_count);
        Self(Held::Many { words: words.into_boxed_slice(), pages: pages.into(), nodes, count })
    }

    /// How many rows it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Few(list) => list.rows.len(),
            Held::All(count) | Held::Many { count, .. } => *count,
        }
    }

    /// Whether it holds no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is kept as a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.0, Held::Few(_))
    }

    /// Whether it holds every row there is.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self.0, Held::All(_))
    }

    /// Whether it holds `row`.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        match &self.0 {
            Held::All(count) => (row as usize) < *count,
            Held::Few(list) => list.from(row as usize).first() == Some(&row),
            Held::Many { words, .. } => words
                .get(row as usize / WORD_ROWS)
                .is_some_and(|word| word >> (row as usize % WORD_ROWS) & 1 == 1),
        }
    }

    /// The rows of a list from `first_row` to before `end_row`; `None` when it is no list.
    pub(super) fn listed(&self, first_row: u32, end_row: u32) -> Option<&[u32]> {
        let Held::Few(list) = &self.0 else { return None };
        let rest = list.from(first_row as usize);
        // Most runs asked about are short, and have few rows or none.
        let to = match rest.iter().take(8).position(|&row| row >= end_row) {
            Some(place) => place,
            None => rest.partition_point(|&row| row < end_row),
        };
        rest.get(..to)
    }

    /// Whether it holds a row of the run from `first_row` to before `end_row`.
    pub(super) fn any_in(&self, first_row: u32, end_row: u32) -> bool {
        match &self.0 {
            Held::All(_) => first_row < end_row,
            Held::Few(list) => {
                list.from(first_row as usize).first().is_some_and(|&row| row < end_row)
            }
            Held::Many { words, pages, .. } => any_bit(words, pages, first_row, end_row),
        }
    }

    /// Below which of the children of a node it holds a row, a bit a child: those of one height, the
    /// first of which has this place.
    pub(super) fn lanes(&self, height: usize, first_place: usize) -> u8 {
        match &self.0 {
            Held::All(_) => !0,
            Held::Few(list) => few_lanes(list, height, first_place),
            Held::Many { nodes, .. } => {
                let words = nodes.get(height).map(|words| &**words).unwrap_or_default();
                let word = words.get(first_place / WORD_ROWS).copied().unwrap_or(0);
                word.to_le_bytes()[first_place % WORD_ROWS / FAN]
            }
        }
    }

    /// Whether it may hold a row of a page of [`PAGE_WORDS`] words; never wrongly no.
    pub(super) fn page_may_hold(&self, page: usize) -> bool {
        match &self.0 {
            Held::All(_) | Held::Few(_) => true,
            Held::Many { pages, .. } => bit(pages, page),
        }
    }

    /// Sets the bits of its rows in `words`, the first of which is word `first_word` of all rows.
    /// Beyond the last row there is may be bits set.
    pub(super) fn add_to(&self, first_word: usize, words: &mut [u64]) {
        match &self.0 {
            Held::All(_) => words.fill(!0),
            Held::Few(list) => {
                let first_row = first_word * WORD_ROWS;
                for &row in list.from(first_row) {
                    let place = row as usize - first_row;
                    let Some(word) = words.get_mut(place / WORD_ROWS) else { break };
                    *word |= 1 << (place % WORD_ROWS);
                }
            }
            Held::Many { words: mine, .. } => {
                for (word, mine) in words.iter_mut().zip(mine.get(first_word..).unwrap_or_default())
                {
                    *word |= mine;
                }
            }
        }
    }

    /// Its words from one on, where it is kept as a bitmap that has so many.
    pub(super) fn words(&self, first_word: usize, count: usize) -> Option<&[u64]> {
        let Held::Many { words, .. } = &self.0 else { return None };
        words.get(first_word..first_word + count)
    }

    /// Its rows, ascending.
    #[must_use]
    pub fn rows(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match &self.0 {
            Held::All(count) => Box::new((0..=u32::MAX).take(*count)),
            Held::Few(list) => Box::new(list.rows.iter().copied()),
            Held::Many { words, .. } => Box::new(rows_of(words)),
        }
    }
}

/// For each height of the tree but that of its root, a bit a node: whether any of these words has a
/// bit below it.
fn nodes_of(words: &[u64], row_count: usize) -> Box<[Box<[u64]>]> {
    /// Gathers into a word, bit by bit, whether groups of bits have any: 64 groups at a time.
    fn gathered(words: &[u64], group: usize) -> Box<[u64]> {
        let groups_a_word = WORD_ROWS / group;
        let lowest = !0 >> (WORD_ROWS - group);
        let gather = |words: &[u64]| {
            (0..).zip(words).fold(0, |gathered, (place, word)| {
                (0..groups_a_word).fold(gathered, |gathered, inside| {
                    let any = u64::from(word >> (inside * group) & lowest != 0);
                    gathered | any << (place * groups_a_word + inside)
                })
            })
        };
        words.chunks(group).map(gather).collect()
    }
    let mut nodes = vec![gathered(words, BLOCK_ROWS)];
    let mut count = row_count.div_ceil(BLOCK_ROWS);
    while count > FAN {
        let above = nodes.last().map(|below| gathered(below, FAN));
        nodes.extend(above);
        count = count.div_ceil(FAN);
    }
    nodes.into()
}

/// [`RowSet::lanes`] of a list.
fn few_lanes(list: &List, height: usize, first_place: usize) -> u8 {
    let shift = row_shift(height);
    let place_of = |row: u32| (row as usize) >> shift;
    let mut rest = list.from(first_place << shift);
    let mut lanes = 0;
    while let [row, ..] = rest {
        let place = place_of(*row);
        let lane = place - first_place;
        if lane >= FAN {
            break;
        }
        lanes |= 1 << lane;
        // Most nodes asked about are small, and have few rows below a child.
        rest = match rest.iter().take(8).position(|&row| place_of(row) > place) {
            Some(next) => rest.get(next..).unwrap_or_default(),
            None if rest.len() <= 8 => break,
            None => list.from((place + 1) << shift),
        };
    }
    lanes
}

fn bit(words: &[u64], place: usize) -> bool {
    words.get(place / WORD_ROWS).is_some_and(|word| word >> (place % WORD_ROWS) & 1 == 1)
}

/// The rows whose bits are set.
fn rows_of(words: &[u64]) -> impl Iterator<Item = u32> {
    rows_from(0, words)
}

/// The rows whose bits are set in words, the first of which is word `first_word` of all rows.
pub(super) fn rows_from(first_word: usize, words: &[u64]) -> impl Iterator<Item = u32> {
    let first_row = u32::try_from(first_word * WORD_ROWS).unwrap_or(u32::MAX);
    (first_row..=u32::MAX).step_by(WORD_ROWS).zip(words).flat_map(|(first_row, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            Some(first_row + place)
        })
    })
}

/// The bits of the words of a run that are rows of it: those of the first and the last word.
pub(super) fn ends(first_row: u32, end_row: u32) -> (u64, u64) {
    let last_row = end_row.saturating_sub(1);
    (!0 << (first_row as usize % WORD_ROWS), !0 >> (WORD_ROWS - 1 - last_row as usize % WORD_ROWS))
}

fn any_bit(words: &[u64], pages: &[u64], first_row: u32, end_row: u32) -> bool {
    if first_row >= end_row {
        return false;
    }
    let (head, tail) = ends(first_row, end_row);
    let (first, last) = (first_row as usize / WORD_ROWS, (end_row as usize - 1) / WORD_ROWS);
    let word = |place: usize| words.get(place).copied().unwrap_or(0);
    if first == last {
        return word(first) & head & tail != 0;
    }
    if word(first) & head != 0 || word(last) & tail != 0 {
        return true;
    }
    let mut place = first + 1;
    while place < last {
        let page_end = (place / PAGE_WORDS + 1) * PAGE_WORDS;
        let run = words.get(place..page_end.min(last)).unwrap_or_default();
        if bit(pages, place / PAGE_WORDS) && run.iter().any(|&word| word != 0) {
            return true;
        }
        place = page_end;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(row_count: u32) -> Vec<(RowSet, Vec<u32>)> {
        let shares: [fn(u32) -> bool; 6] = [
            |_| true,
            |_| false,
            |row| row % 3 == 0,
            |row| row % 1_009 == 5,
            |row| (9_000..9_040).contains(&row),
            |row| !(100..13_000).contains(&row),
        ];
        let both = |holds: fn(u32) -> bool| {
            let rows: Vec<u32> = (0..row_count).filter(|&row| holds(row)).collect();
            (RowSet::from_ascending(rows.clone(), row_count as usize), rows)
        };
        shares.into_iter().map(both).collect()
    }

    #[test]
    fn a_set_holds_what_it_was_made_of_whichever_way_it_is_kept() {
        for row_count in [0, 1, 63, 64, 65, 20_001] {
            for (set, rows) in sets(row_count) {
                assert_eq!(set.len(), rows.len());
                assert!(set.rows().eq(rows.iter().copied()));
                let mut words = vec![0; (row_count as usize).div_ceil(WORD_ROWS)];
                set.add_to(0, &mut words);
                let again = RowSet::from_words(words, row_count as usize);
                assert!(again.rows().eq(rows.iter().copied()));
                for row in 0..row_count + 70 {
                    assert_eq!(set.contains(row), rows.binary_search(&row).is_ok(), "{row}");
                }
            }
        }
    }

    #[test]
    fn the_children_of_every_node_are_asked_about_exactly() {
        for row_count in [1, 17, 130, 1_025, 20_001] {
            for (set, rows) in sets(row_count) {
                let nodes = |height: usize| (row_count as usize).div_ceil(1 << row_shift(height));
                // The node over everything is nobody's child.
                for height in (0..4).filter(|&height| height == 0 || nodes(height - 1) > FAN) {
                    let node_rows = 1_usize << row_shift(height);
                    for first_place in (0..(row_count as usize).div_ceil(node_rows)).step_by(FAN) {
                        let lanes = set.lanes(height, first_place);
                        for lane in 0..FAN {
                            let first = (first_place + lane) * node_rows;
                            if first >= row_count as usize {
                                break;
                            }
                            let run = first..first + node_rows;
                            let holds = rows.iter().any(|&row| run.contains(&(row as usize)));
                            assert_eq!(lanes >> lane & 1 == 1, holds, "{height} {first_place}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_run_is_asked_about_exactly() {
        let bounds = [0, 1, 63, 64, 99, 100, 4_095, 4_096, 8_999, 9_040, 12_999, 13_000, 20_000];
        for (set, rows) in sets(20_001) {
            for first_row in bounds {
                for end_row in bounds.map(|bound| bound + 1) {
                    let inside: Vec<u32> = rows
                        .iter()
                        .copied()
                        .filter(|row| (first_row..end_row).contains(row))
                        .collect();
                    assert_eq!(set.any_in(first_row, end_row), !inside.is_empty());
                    assert!(set.listed(first_row, end_row).is_none_or(|listed| listed == inside));
                    let page = first_row as usize / (WORD_ROWS * PAGE_WORDS);
                    assert!(inside.first() != Some(&first_row) || set.page_may_hold(page));
                }
            }
        }
    }
}
