//! Sets of rows, made to be asked about runs of rows.

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
    /// Ascending.
    Few(Box<[u32]>),
    Many {
        /// A bit a row.
        words: Box<[u64]>,
        /// A bit for each [`PAGE_WORDS`] words: whether any is not zero.
        pages: Box<[u64]>,
        count: usize,
    },
}

impl Default for RowSet {
    fn default() -> Self {
        Self(Held::Few(Box::default()))
    }
}

impl RowSet {
    /// The set of these ascending rows, of `row_count` there are.
    #[must_use]
    pub fn from_ascending(rows: Vec<u32>, row_count: usize) -> Self {
        debug_assert!(rows.is_sorted());
        if rows.len() < row_count.div_ceil(FEW_SHARE) || rows.is_empty() {
            return Self(Held::Few(rows.into_boxed_slice()));
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
            return Self(Held::Few(rows_of(&words).collect()));
        }
        let mut pages = vec![0; words.len().div_ceil(PAGE_WORDS * WORD_ROWS)];
        for (page, words) in words.chunks(PAGE_WORDS).enumerate() {
            if words.iter().any(|&word| word != 0) {
                pages[page / WORD_ROWS] |= 1 << (page % WORD_ROWS);
            }
        }
        Self(Held::Many { words: words.into_boxed_slice(), pages: pages.into(), count })
    }

    /// How many rows it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Few(rows) => rows.len(),
            Held::All(count) | Held::Many { count, .. } => *count,
        }
    }

    /// Whether it holds no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
            Held::Few(rows) => rows.binary_search(&row).is_ok(),
            Held::Many { words, .. } => words
                .get(row as usize / WORD_ROWS)
                .is_some_and(|word| word >> (row as usize % WORD_ROWS) & 1 == 1),
        }
    }

    /// The rows of a list from `first_row` to before `end_row`; `None` when it is no list.
    pub(super) fn listed(&self, first_row: u32, end_row: u32) -> Option<&[u32]> {
        let Held::Few(rows) = &self.0 else { return None };
        let from = rows.partition_point(|&row| row < first_row);
        let rest = rows.get(from..).unwrap_or_default();
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
            Held::Few(rows) => {
                let from = rows.partition_point(|&row| row < first_row);
                rows.get(from).is_some_and(|&row| row < end_row)
            }
            Held::Many { words, pages, .. } => any_bit(words, pages, first_row, end_row),
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
            Held::Few(rows) => {
                let first_row = first_word * WORD_ROWS;
                let from = rows.partition_point(|&row| (row as usize) < first_row);
                for &row in rows.get(from..).unwrap_or_default() {
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
            Held::Few(rows) => Box::new(rows.iter().copied()),
            Held::Many { words, .. } => Box::new(rows_of(words)),
        }
    }
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
