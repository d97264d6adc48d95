//! The ATMs of a snapshot in little memory: texts that recur are kept once, everything else lies
//! packed in one arena, and reading a record allocates nothing.

mod quoted;
mod record;

use crate::domain::{Atm, Attributes, LocationType, Position, Row, Source, SourceIndex, TextField};
use crate::ingest::packed::{self, Codes, NOT_STATED, Piece, Symbol, Symbols, Unpacking};

use quoted::Quoted;

pub(crate) use record::Record;

/// The packed records, by row.
#[derive(Debug, Default)]
pub(super) struct Table {
    symbols: Symbols,
    /// The same texts as answers have them.
    quoted: Quoted,
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
        let quoted = Quoted::of(&texts);
        let symbols = Symbols::fixed(texts);
        Self { symbols, quoted, arena, starts, positions, codes }
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The recurring texts.
    pub(super) fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Every position, by row.
    pub(super) fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// The closed values of every record, by row.
    pub(super) fn codes(&self) -> &[Codes] {
        &self.codes
    }

    /// The source of a record.
    pub(super) fn source(&self, row: Row) -> SourceIndex {
        self.codes[row.index()].source
    }

    /// The first byte of a record's place, codes and position, added up: whoever reads many of them
    /// in a row has them all fetched at once.
    #[inline]
    pub(super) fn glance(&self, row: Row) -> u64 {
        let place = row.index();
        let codes = self.codes.get(place).map_or(0, |codes| codes.attributes.yes_bits());
        let position = self.positions.get(place).map_or(0, |position| position.lat_deg().to_bits());
        codes ^ position ^ self.starts.get(place).copied().unwrap_or(0)
    }

    /// The same of what is packed: its first byte, and one a cache line behind.
    #[inline]
    pub(super) fn glance_packed(&self, row: Row) -> u64 {
        let packed = self.packed_from(row);
        let byte = |place: usize| packed.get(place).copied().map_or(0, u64::from);
        byte(0) ^ byte(64)
    }

    /// The id of a record.
    pub(super) fn id(&self, row: Row) -> &str {
        Unpacking::begin(self.packed_from(row)).map_or("", |record| record.id())
    }

    /// A record, its texts lent.
    pub(super) fn atm(&self, row: Row) -> Atm<'_> {
        let (position, codes) = (self.positions[row.index()], &self.codes[row.index()]);
        packed::atm(self.packed_from(row), position, codes, &self.symbols)
    }

    /// The same as answers tell of it, of a machine that stands in a country, among these sources.
    pub(super) fn record<'s>(
        &'s self,
        row: Row,
        country: Symbol,
        sources: &'s [Source],
    ) -> Record<'s> {
        let codes = &self.codes[row.index()];
        let start = usize::try_from(self.starts[row.index()]).unwrap_or(usize::MAX);
        let source = &sources[codes.source.0 as usize];
        let position = self.positions[row.index()];
        Record::new((&self.arena, start), &self.quoted, position, country, codes, source)
    }

    /// The symbol of a record's field of texts that recur, and its source fields that are not
    /// understood, as the text of a JSON object.
    pub(super) fn symbol_and_extra(&self, row: Row, wanted: TextField) -> (Symbol, Option<&str>) {
        let (mut symbol, mut extra) = (NOT_STATED, None);
        let Some(mut record) = Unpacking::begin(self.packed_from(row)) else {
            return (symbol, extra);
        };
        while let Some(piece) = record.next_but_texts(packed::meaning) {
            match piece {
                Piece::Number(field, number) if field == wanted => symbol = number,
                Piece::Extra(text) => extra = Some(text),
                Piece::Number(..) | Piece::Text(..) => {}
            }
        }
        (symbol, extra)
    }

    /// The fields of a record.
    pub(super) fn pieces(&self, row: Row) -> impl Iterator<Item = Piece<'_>> {
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
        let end = self.starts.get(row.index() + 1).copied().unwrap_or(self.arena.len() as u64);
        let length = end - self.starts[row.index()];
        from.get(..usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or_default()
    }

    fn packed_from(&self, row: Row) -> &[u8] {
        let start = usize::try_from(self.starts[row.index()]).unwrap_or(usize::MAX);
        self.arena.get(start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Access, Attribute, Fee, Field, Tri};

    #[test]
    fn a_record_reads_back_as_it_was_packed() {
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

        let (mut symbols, mut arena, mut starts) = (Symbols::default(), Vec::new(), Vec::new());
        for atm in [&full, &bare] {
            starts.push(arena.len() as u64);
            packed::pack(&mut arena, atm, |_field, text| symbols.intern(text));
        }
        let codes = vec![Codes::from(&full), Codes::from(&bare)];
        let texts = symbols.into_texts();
        let table = Table::of_packed(texts, arena.clone(), starts, vec![position; 2], codes);
        assert_eq!(table.atm(Row(0)), full);
        assert_eq!(table.atm(Row(1)), bare);
        assert_eq!(table.id(Row(1)), "b:2");
        assert_eq!([table.packed(Row(0)), table.packed(Row(1))].concat(), arena);
        let (hours, extra) = table.symbol_and_extra(Row(0), TextField::OpeningHours);
        assert_eq!(table.symbols().text(hours), full.text(TextField::OpeningHours));
        assert_eq!(extra, full.extra.as_deref());
    }
}
