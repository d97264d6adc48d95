//! The names ATMs are filtered by: who runs them, brand, networks, country, currencies.

use hashbrown::HashMap;

use crate::domain::{LIST_SEPARATOR, Name, NamedField, Row, Tri, name_key};

use super::table::{NOT_STATED, Symbol, Symbols};

/// One named field of every row, and which of its texts a name is or is part of.
#[derive(Debug, Default)]
pub(super) struct NameColumn {
    /// The text of each row; for a list field the whole list is one text.
    symbols: Vec<Symbol>,
    /// For each name's key, the texts that are it or, for lists, contain it; ascending.
    by_key: HashMap<Box<str>, Vec<Symbol>>,
    /// Every name as most often written, with the number of ATMs that have it, most frequent first.
    vocabulary: Vec<(Box<str>, u32)>,
}

/// A condition on a named field, ready to be asked of rows.
#[derive(Clone, Debug)]
pub(super) struct NameCondition<'s> {
    column: &'s NameColumn,
    /// Texts that are, or contain, a wanted name; ascending.
    hits: Vec<Symbol>,
    is_excluding: bool,
}

impl NameColumn {
    /// Appends a row's text.
    pub(super) fn push(&mut self, symbol: Symbol) {
        self.symbols.push(symbol);
    }

    /// Brings the rows into a new order, as `Table::reorder` does.
    pub(super) fn reorder(&mut self, order: &[u32]) {
        self.symbols = order.iter().map(|&row| self.symbols[row as usize]).collect();
    }

    /// Indexes the names once all rows are in.
    pub(super) fn index_names(&mut self, symbols: &Symbols) {
        let mut rows_of: HashMap<Symbol, u32> = HashMap::new();
        for &symbol in self.symbols.iter().filter(|&&symbol| symbol != NOT_STATED) {
            *rows_of.entry(symbol).or_default() += 1;
        }
        let mut texts: Vec<(Symbol, u32)> = rows_of.into_iter().collect();
        texts.sort_unstable();
        let mut spellings: HashMap<Box<str>, HashMap<&str, u32>> = HashMap::new();
        for &(symbol, rows) in &texts {
            for name in symbols.text(symbol).into_iter().flat_map(|text| text.split(LIST_SEPARATOR))
            {
                let key = name_key(name).into_boxed_str();
                let hits = self.by_key.entry(key.clone()).or_default();
                if hits.last() != Some(&symbol) {
                    hits.push(symbol);
                }
                *spellings.entry(key).or_default().entry(name).or_default() += rows;
            }
        }
        self.vocabulary = spellings
            .into_values()
            .filter_map(|written| {
                let total = written.values().sum();
                let (name, _) = written
                    .into_iter()
                    .max_by_key(|&(name, rows)| (rows, std::cmp::Reverse(name)))?;
                Some((name.into(), total))
            })
            .collect();
        self.vocabulary.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }

    /// Every name with the number of ATMs that have it, most frequent first.
    pub(super) fn vocabulary(&self) -> &[(Box<str>, u32)] {
        &self.vocabulary
    }

    /// The text of a row.
    pub(super) fn symbol(&self, row: Row) -> Symbol {
        self.symbols[row.index()]
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

    /// Prepares a condition: any of `names`, or with `is_excluding` none of them.
    pub(super) fn condition(&self, names: &[Name], is_excluding: bool) -> NameCondition<'_> {
        let mut hits: Vec<Symbol> = names
            .iter()
            .filter_map(|name| self.by_key.get(name.key.as_str()))
            .flatten()
            .copied()
            .collect();
        hits.sort_unstable();
        hits.dedup();
        NameCondition { column: self, hits, is_excluding }
    }
}

impl NameCondition<'_> {
    /// Whether the condition holds for a row.
    pub(super) fn verdict(&self, row: Row) -> Tri {
        let symbol = self.column.symbol(row);
        if symbol == NOT_STATED {
            return Tri::Unknown;
        }
        let is_hit = match self.hits.as_slice() {
            [] => false,
            [only] => symbol == *only,
            hits => hits.binary_search(&symbol).is_ok(),
        };
        Tri::from(is_hit != self.is_excluding)
    }
}

/// One column for each named field, in the order of [`NamedField::ALL`].
#[derive(Debug, Default)]
pub(super) struct Names {
    columns: [NameColumn; NamedField::ALL.len()],
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

    /// All columns.
    pub(super) fn columns_mut(&mut self) -> impl Iterator<Item = &mut NameColumn> {
        self.columns.iter_mut()
    }
}
