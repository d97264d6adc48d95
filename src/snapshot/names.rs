//! The names ATMs are filtered by: who runs them, brand, networks, country, currencies.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::domain::{LIST_SEPARATOR, Name, NamedField, Row, name_key};
use crate::index::RowSet;

use super::table::{NOT_STATED, Symbol, Symbols};

/// One named field of every row, by name.
#[derive(Debug, Default)]
pub(super) struct NameColumn {
    /// The text of each row, until the names are indexed; of a list field the whole list.
    texts: Vec<Symbol>,
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
    /// Appends a row's text.
    pub(super) fn push(&mut self, symbol: Symbol) {
        self.texts.push(symbol);
    }

    /// Indexes the names once all rows are in, and hands out the text of each row.
    ///
    /// # Cost
    ///
    /// Linear in the rows. What stays is 4 bytes a row and name at most.
    fn index_names(&mut self, symbols: &Symbols) -> Vec<Symbol> {
        let texts = std::mem::take(&mut self.texts);
        let mut counts = vec![0_u32; symbols.len() + 1];
        for &symbol in &texts {
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
                let place = *self.by_key.entry(name_key(name).into()).or_insert(next);
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
        for (row, &symbol) in (0..).zip(&texts) {
            if symbol == NOT_STATED {
                unstated.push(row);
            }
            for &name in &names_of[symbol as usize] {
                rows[name as usize].push(row);
            }
        }
        self.rows =
            rows.into_iter().map(|rows| RowSet::from_ascending(rows, texts.len())).collect();
        self.unstated = RowSet::from_ascending(unstated, texts.len());
        self.vocabulary = spellings
            .into_iter()
            .filter_map(|written| {
                let total = written.values().sum();
                let (name, _) = written
                    .into_iter()
                    .max_by_key(|&(name, rows)| (rows, std::cmp::Reverse(name)))?;
                Some((name.into(), total))
            })
            .collect();
        self.vocabulary.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        texts
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
    /// The country of each row, once the names are indexed.
    countries: Vec<Symbol>,
}

impl Names {
    /// The column of a field.
    pub(super) fn column(&self, field: NamedField) -> &NameColumn {
        &self.columns[field as usize]
    }

    /// The column of a field, to add to.
    pub(super) fn column_mut(&mut self, field: NamedField) -> &mut NameColumn {
        &mut self.columns[field as usize]
    }

    /// Brings the rows into a new order, as `Table::reorder` does, and indexes the names: every
    /// column on a core of its own.
    pub(super) fn index(&mut self, order: &[u32], symbols: &Symbols) {
        let mut texts: Vec<Vec<Symbol>> = self
            .columns
            .par_iter_mut()
            .map(|column| {
                column.texts = order.iter().map(|&row| column.texts[row as usize]).collect();
                column.index_names(symbols)
            })
            .collect();
        self.countries = std::mem::take(&mut texts[NamedField::Country as usize]);
    }

    /// The text of a row's country.
    pub(super) fn country(&self, row: Row) -> Symbol {
        self.countries[row.index()]
    }
}
