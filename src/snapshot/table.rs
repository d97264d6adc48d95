//! The ATMs of a snapshot in little memory: texts that recur are kept once, everything else lies
//! packed in one arena, and reading a record allocates nothing.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::domain::{
    Access, Atm, Attributes, Fee, LocationType, Position, Row, Source, SourceIndex, TextField,
};

use super::packed::{self, NOT_STATED, Piece, Symbol, Unpacking};

/// The closed values of one record, together because they are read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codes {
    pub(crate) attributes: Attributes,
    pub(crate) location_type: LocationType,
    pub(crate) fee: Fee,
    pub(crate) access: Access,
    pub(crate) source: SourceIndex,
}

impl From<&Atm<'_>> for Codes {
    fn from(atm: &Atm<'_>) -> Self {
        Self {
            attributes: atm.attributes,
            location_type: atm.location_type,
            fee: atm.fee,
            access: atm.access,
            source: atm.source,
        }
    }
}

/// Every recurring text once.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    texts: Vec<Box<str>>,
    /// The number of each text, while texts are added.
    numbers: HashMap<Box<str>, Symbol>,
}

impl Symbols {
    /// These texts, to which more can be added.
    pub(super) fn of(texts: Vec<Box<str>>) -> Self {
        let numbers = (1..).zip(&texts).map(|(number, text)| (text.clone(), number)).collect();
        Self { texts, numbers }
    }

    /// The texts alone, in the order of their numbers.
    pub(super) fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }

    /// The number of `text`, a new one if it is seen for the first time.
    pub(super) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.numbers.get(text) {
            return symbol;
        }
        self.texts.push(text.into());
        let symbol = Symbol::try_from(self.texts.len()).unwrap_or(Symbol::MAX);
        self.numbers.insert(text.into(), symbol);
        symbol
    }

    /// The text with this number, `None` for [`packed::NOT_STATED`].
    pub(super) fn text(&self, symbol: Symbol) -> Option<&str> {
        let place = (symbol as usize).checked_sub(1)?;
        self.texts.get(place).map(AsRef::as_ref)
    }

    /// Every text, in the order of their numbers, which begin at 1.
    pub(super) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}

/// The packed records, by row.
#[derive(Debug, Default)]
pub(super) struct Table {
    symbols: Symbols,
    arena: Vec<u8>,
    starts: Vec<u64>,
    positions: Vec<Position>,
    codes: Vec<Codes>,
}

impl Table {
    /// A table of records that are packed already, `arena` holding them one after the other, each
    /// of them beginning at one of `starts`.
    pub(super) fn of_packed(
        texts: Vec<Box<str>>,
        arena: Vec<u8>,
        starts: Vec<u64>,
        positions: Vec<Position>,
        codes: Vec<Codes>,
    ) -> Self {
        let symbols = Symbols { texts, numbers: HashMap::new() };
        Self { symbols, arena, starts, positions, codes }
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The recurring texts.
    pub(super) fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// The recurring texts, to add to.
    pub(super) fn symbols_mut(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// Every position, by row.
    pub(super) fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Appends a record.
    pub(super) fn push(&mut self, atm: &Atm<'_>) {
        self.starts.push(self.arena.len() as u64);
        self.positions.push(atm.position);
        self.codes.push(Codes::from(atm));
        packed::pack(&mut self.arena, atm, |text| self.symbols.intern(text));
    }

    /// Brings the records into a new order: row `n` becomes what was row `order[n]`.
    pub(super) fn reorder(&mut self, order: &[u32]) {
        self.starts = order.iter().map(|&row| self.starts[row as usize]).collect();
        self.positions = order.iter().map(|&row| self.positions[row as usize]).collect();
        self.codes = order.iter().map(|&row| self.codes[row as usize]).collect();
    }

    /// Drops sources no record comes from and renumbers the rest; answers with those that stay.
    pub(super) fn retain_sources(&mut self, sources: Vec<Source>) -> Vec<Source> {
        let mut is_used = vec![false; sources.len()];
        for codes in &self.codes {
            is_used[codes.source.0 as usize] = true;
        }
        let mut next = 0;
        let numbers: Vec<SourceIndex> = is_used
            .iter()
            .map(|&is_used| {
                let number = SourceIndex(next);
                next += u32::from(is_used);
                number
            })
            .collect();
        for codes in &mut self.codes {
            codes.source = numbers[codes.source.0 as usize];
        }
        sources.into_iter().zip(is_used).filter_map(|(s, is_used)| is_used.then_some(s)).collect()
    }

    /// Gives back the memory kept for adding records and texts.
    pub(super) fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.symbols.texts.shrink_to_fit();
        self.symbols.numbers = HashMap::new();
    }

    /// The closed values of every record, by row.
    pub(super) fn codes(&self) -> &[Codes] {
        &self.codes
    }

    /// The source of a record.
    pub(super) fn source(&self, row: Row) -> SourceIndex {
        self.codes[row.index()].source
    }

    /// The id of a record.
    pub(super) fn id(&self, row: Row) -> &str {
        Unpacking::begin(self.packed_from(row)).map_or("", |record| record.id())
    }

    /// A record, its texts lent. The arena is written by this crate alone and checked when it comes
    /// from a file, so damage is answered with what can be read instead of an error.
    pub(super) fn atm(&self, row: Row) -> Atm<'_> {
        let codes = self.codes[row.index()];
        let record = Unpacking::begin(self.packed_from(row));
        let id = record.as_ref().map_or("", |record| record.id());
        let mut atm = Atm::new(id, self.positions[row.index()], codes.source);
        atm.attributes = codes.attributes;
        atm.location_type = codes.location_type;
        atm.fee = codes.fee;
        atm.access = codes.access;
        let Some(mut record) = record else { return atm };
        while let Some(piece) = record.next(packed::meaning) {
            match piece {
                Piece::Number(field, number) => {
                    atm.set_text(field, self.symbols.text(number).map(Cow::Borrowed));
                }
                Piece::Text(field, text) => atm.set_text(field, Some(Cow::Borrowed(text))),
                Piece::Extra(extra) => atm.extra = Some(Cow::Borrowed(extra)),
            }
        }
        atm
    }

    /// The symbol of a record's field of texts that recur.
    pub(super) fn symbol(&self, row: Row, wanted: TextField) -> Symbol {
        let mut pieces = self.pieces(row);
        let found = pieces.find_map(|piece| match piece {
            Piece::Number(field, number) if field == wanted => Some(number),
            Piece::Number(..) | Piece::Text(..) | Piece::Extra(_) => None,
        });
        found.unwrap_or(NOT_STATED)
    }

    /// A record's source fields that are not understood, as the text of a JSON object.
    pub(super) fn extra(&self, row: Row) -> Option<&str> {
        self.pieces(row).find_map(|piece| match piece {
            Piece::Extra(extra) => Some(extra),
            Piece::Number(..) | Piece::Text(..) => None,
        })
    }

    fn pieces(&self, row: Row) -> impl Iterator<Item = Piece<'_>> {
        let mut record = Unpacking::begin(self.packed_from(row));
        std::iter::from_fn(move || record.as_mut()?.next(packed::meaning))
    }

    /// A record's yes and no, and what kind of place it stands at.
    pub(super) fn stated(&self, row: Row) -> (Attributes, LocationType) {
        let codes = &self.codes[row.index()];
        (codes.attributes, codes.location_type)
    }

    /// The bytes of a record.
    pub(super) fn packed(&self, row: Row) -> &[u8] {
        let from = self.packed_from(row);
        let Some(mut record) = Unpacking::begin(from) else { return &[] };
        while record.next(packed::meaning).is_some() {}
        let behind = record.rest().map_or(0, <[u8]>::len);
        &from[..from.len() - behind]
    }

    fn packed_from(&self, row: Row) -> &[u8] {
        let start = usize::try_from(self.starts[row.index()]).unwrap_or(usize::MAX);
        self.arena.get(start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attribute, Field, Tri};

    #[test]
    fn a_record_reads_back_as_it_was_pushed_in_any_order() {
        let position = Position::from_lat_lon(60.171_9, 24.941_4).unwrap();
        let mut full = Atm::new("osm:node/1", position, SourceIndex(3));
        for field in Field::all() {
            if let Field::Text(_) = field {
                full.set_value(field, &format!("{} ünïcode {}", field.code(), "x".repeat(200)))
                    .unwrap();
            }
        }
        full.location_type = LocationType::Airport;
        full.fee = Fee::Everyone;
        full.access = Access::Customers;
        full.attributes.set(Attribute::CashIn, Tri::No);
        full.extra = Some("{\"note\":\"a\"}".into());
        let bare = Atm::new("b:2", position, SourceIndex(0));

        let mut table = Table::default();
        table.push(&full);
        table.push(&bare);
        assert_eq!(table.atm(Row(0)), full);
        assert_eq!(table.atm(Row(1)), bare);
        table.reorder(&[1, 0]);
        assert_eq!(table.atm(Row(1)), full);
        assert_eq!(table.id(Row(0)), "b:2");
    }
}
