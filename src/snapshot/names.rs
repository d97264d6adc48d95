//! The names ATMs are filtered by: who runs them, brand, networks, country, currencies.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::domain::{LIST_SEPARATOR, Name, NamedField, Row, name_key};
use crate::index::RowSet;
use crate::ingest::NameNumbers;
use crate::ingest::packed::{NOT_STATED, Symbol, Symbols};

/// Rows whose names are gathered together.
const CHUNK_ROWS: usize = 1 << 13;

/// One named field of every row, by name.
#[derive(Debug, Default)]
pub(super) struct NameColumn {
    /// For each name's key its place in `rows`.
    by_key: HashMap<Box<str>, usize>,
    /// The rows that have each name; of a list field a row may be among those of several.
    rows: Vec<RowSet>,
    /// The rows of which the field is not stated.
    unstated: RowSet,
    /// Every name as most often written, with the number of ATMs that have it, most frequent first.
    vocabulary: Vec<(Box<str>, u32)>,
}

impl NameColumn {
    /// Indexes the names in the texts of all rows; in a list field, of whole lists.
    ///
    /// # Cost
    ///
    /// Linear in the rows. What stays is 4 bytes a row and name at most.
    fn of(texts: &[Symbol], symbols: &Symbols) -> Self {
        let mut by_key: HashMap<Box<str>, usize> = HashMap::new();
        let mut counts = vec![0_u32; symbols.texts().len() + 1];
        for &symbol in texts {
            counts[symbol as usize] += 1;
        }
        // The places of the names in each text, each once.
        let mut names_of: Vec<Vec<u32>> = vec![Vec::new(); counts.len()];
        let mut totals: Vec<u32> = Vec::new();
        let mut spellings: Vec<HashMap<&str, u32>> = Vec::new();
        for (symbol, &count) in (0..).zip(&counts).filter(|(_, count)| **count > 0) {
            for name in symbols.text(symbol).into_iter().flat_map(|text| text.split(LIST_SEPARATOR))
            {
                let next = totals.len();
                let place = *by_key.entry(name_key(name).into()).or_insert(next);
                if place == next {
                    totals.push(0);
                    spellings.push(HashMap::new());
                }
                let names = &mut names_of[symbol as usize];
                let number = u32::try_from(place).unwrap_or(u32::MAX);
                if !names.contains(&number) {
                    names.push(number);
                    totals[place] += count;
                }
                *spellings[place].entry(name).or_default() += count;
            }
        }
        let mut rows: Vec<Vec<u32>> =
            totals.iter().map(|&total| Vec::with_capacity(total as usize)).collect();
        let mut unstated = Vec::with_capacity(counts[NOT_STATED as usize] as usize);
        for (row, &symbol) in (0..).zip(texts) {
            if symbol == NOT_STATED {
                unstated.push(row);
            }
            for &name in &names_of[symbol as usize] {
                rows[name as usize].push(row);
            }
        }
        let rows = rows.into_iter().map(|rows| RowSet::from_ascending(rows, texts.len())).collect();
        let unstated = RowSet::from_ascending(unstated, texts.len());
        let mut vocabulary: Vec<(Box<str>, u32)> = spellings
            .into_iter()
            .filter_map(|written| {
                let total = written.values().sum();
                let (name, _) = written
                    .into_iter()
                    .max_by_key(|&(name, rows)| (rows, std::cmp::Reverse(name)))?;
                Some((name.into(), total))
            })
            .collect();
        vocabulary.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Self { by_key, rows, unstated, vocabulary }
    }

    /// Every name with the number of ATMs that have it, most frequent first.
    pub(super) fn vocabulary(&self) -> &[(Box<str>, u32)] {
        &self.vocabulary
    }

    /// Whether any row has this name.
    pub(super) fn has(&self, name: &Name) -> bool {
        self.by_key.contains_key(name.key.as_str())
    }

    /// Names that contain the key of `name`, or are contained in it, most frequent first: what a
    /// person may have meant by a name no row has.
    pub(super) fn similar<'s>(&'s self, name: &'s Name) -> impl Iterator<Item = &'s str> {
        self.vocabulary.iter().map(|(known, _)| known.as_ref()).filter(|known| {
            let key = name_key(known);
            key.contains(&name.key) || (key.len() > 2 && name.key.contains(&key))
        })
    }

    /// The rows that have any of `names`: a set for each name that a row has.
    pub(super) fn rows_with(&self, names: &[Name]) -> impl Iterator<Item = &RowSet> {
        let place = |name: &Name| self.by_key.get(name.key.as_str()).copied();
        let mut places: Vec<usize> = names.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.rows.get(place))
    }

    /// The rows of which the field is not stated.
    pub(super) fn unstated(&self) -> &RowSet {
        &self.unstated
    }
}

/// One column for each named field, in the order of [`NamedField::ALL`].
#[derive(Debug, Default)]
pub(super) struct Names {
    columns: [NameColumn; NamedField::ALL.len()],
    /// The country of each row.
    countries: Vec<Symbol>,
}

/// The text of every row for each named field, in the order of [`NamedField::ALL`].
pub(super) type NameSymbols = [Vec<Symbol>; NamedField::ALL.len()];

/// The names of rows as `of_row` has them, given something of each row; `None` where it has none of
/// a row. All cores gather.
pub(super) fn gather<T: Send>(
    rows: impl IndexedParallelIterator<Item = T>,
    of_row: impl Fn(T) -> Option<NameNumbers> + Sync + Send,
) -> Option<NameSymbols> {
    let mut names: NameSymbols = std::array::from_fn(|_| vec![NOT_STATED; rows.len()]);
    let [operator, brand, network, country, currency] = names.each_mut().map(|column| column);
    let columns = (operator, brand, network, country, currency).into_par_iter();
    let are_known = columns.zip(rows).with_min_len(CHUNK_ROWS).all(|(columns, row)| {
        let (operator, brand, network, country, currency) = columns;
        let Some(names) = of_row(row) else { return false };
        [*operator, *brand, *network, *country, *currency] = names;
        true
    });
    are_known.then_some(names)
}

impl Names {
    /// Indexes the names of all rows, every column on a core of its own.
    pub(super) fn of(mut texts: NameSymbols, symbols: &Symbols) -> Self {
        let mut columns: [NameColumn; NamedField::ALL.len()] =
            std::array::from_fn(|_| NameColumn::default());
        columns
            .par_iter_mut()
            .zip(&texts)
            .for_each(|(column, texts)| *column = NameColumn::of(texts, symbols));
        Self { columns, countries: std::mem::take(&mut texts[NamedField::Country as usize]) }
    }

    /// The column of a field.
    pub(super) fn column(&self, field: NamedField) -> &NameColumn {
        &self.columns[field as usize]
    }

    /// The country of every row.
    pub(super) fn countries(&self) -> &[Symbol] {
        &self.countries
    }

    /// The text of a row's country.
    pub(super) fn country(&self, row: Row) -> Symbol {
        self.countries[row.index()]
    }
}
