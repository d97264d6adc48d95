//! A symbol for every row, of which each question decides anew what is accepted.

/// Rows of the runs whose symbols are known, from short to long: few leaves of the tree, many, and
/// large subtrees.
const RUN_ROWS: [usize; 3] = [1 << 6, 1 << 10, 1 << 15];

/// Decides which symbols a question accepts. Asked as often as a symbol or run is met, it should
/// answer in nanoseconds.
pub trait Judge: Send + Sync {
    /// Whether a symbol is accepted.
    fn accepts(&self, symbol: u32) -> bool;

    /// Whether any symbol of a run is. A run of a column has one number, at most
    /// [`SymbolColumn::run_count`], and always the same symbols.
    fn accepts_any(&self, _run: usize, symbols: &[u32]) -> bool {
        symbols.iter().any(|&symbol| self.accepts(symbol))
    }
}

impl<F: Fn(u32) -> bool + Send + Sync> Judge for F {
    fn accepts(&self, symbol: u32) -> bool {
        self(symbol)
    }
}

/// One symbol a row, and which symbols occur in which runs of rows.
///
/// For what a question decides symbol by symbol, such as whether hours are those of a machine that
/// is open at some instant: rows are only looked at where an accepted symbol occurs near.
#[derive(Clone, Debug, Default)]
pub struct SymbolColumn {
    of_row: Box<[u32]>,
    runs: [Runs; RUN_ROWS.len()],
}

/// The symbols of runs of the same length, each once a run.
#[derive(Clone, Debug, Default)]
struct Runs {
    /// Where the symbols of each run start; one more than there are runs.
    starts: Box<[u32]>,
    symbols: Box<[u32]>,
}

impl SymbolColumn {
    /// A column of these symbols, by row.
    #[must_use]
    pub fn new(of_row: Vec<u32>) -> Self {
        let runs = RUN_ROWS.map(|run_rows| Runs::of(&of_row, run_rows));
        Self { of_row: of_row.into_boxed_slice(), runs }
    }

    /// The symbol of a row; `None` when there is no such row.
    #[must_use]
    pub fn symbol(&self, row: u32) -> Option<u32> {
        self.of_row.get(row as usize).copied()
    }

    /// How many runs a [`Judge`] may be asked about.
    #[must_use]
    pub fn run_count(&self) -> usize {
        self.runs.iter().map(Runs::len).sum()
    }

    /// Whether a row of the run from `first_row` to before `end_row` may have an accepted symbol;
    /// never wrongly no.
    pub(super) fn may_hold(&self, first_row: u32, end_row: u32, judge: &dyn Judge) -> bool {
        let (first, end) = (first_row as usize, end_row as usize);
        let size = RUN_ROWS.iter().rposition(|&rows| rows <= end - first).unwrap_or(0);
        let numbered_from: usize = self.runs[..size].iter().map(Runs::len).sum();
        let mut runs = first / RUN_ROWS[size]..end.div_ceil(RUN_ROWS[size]);
        runs.any(|run| judge.accepts_any(numbered_from + run, self.runs[size].symbols(run)))
    }
}

impl Runs {
    fn of(of_row: &[u32], run_rows: usize) -> Self {
        let (mut starts, mut symbols) = (vec![0], Vec::new());
        for run in of_row.chunks(run_rows) {
            let mut here = run.to_vec();
            here.sort_unstable();
            here.dedup();
            symbols.extend(here);
            starts.push(u32::try_from(symbols.len()).unwrap_or(u32::MAX));
        }
        Self { starts: starts.into(), symbols: symbols.into() }
    }

    fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn symbols(&self, run: usize) -> &[u32] {
        let ends = self.starts.get(run).zip(self.starts.get(run + 1));
        ends.and_then(|(&from, &to)| self.symbols.get(from as usize..to as usize))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_an_accepted_symbol_is_known_and_none_with_one_is_passed_by() {
        let of_row: Vec<u32> = (0..100_000).map(|row| row / 5_000 % 7 + row % 2).collect();
        let column = SymbolColumn::new(of_row.clone());
        for accepted in 0..9 {
            for (first, end) in
                [(0, 16), (4_992, 5_008), (1_024, 2_048), (0, 40_000), (99_999, 100_000)]
            {
                let holds = of_row[first..end].contains(&accepted);
                let may = column.may_hold(
                    u32::try_from(first).unwrap(),
                    u32::try_from(end).unwrap(),
                    &|symbol| symbol == accepted,
                );
                assert!(may || !holds);
            }
        }
        assert!(!column.may_hold(0, 100_000, &|symbol| symbol == 8));
        assert!(!column.may_hold(1_024, 2_048, &|symbol| symbol > 1));
        assert_eq!((column.symbol(99_999), column.symbol(100_000)), (Some(of_row[99_999]), None));
    }
}
