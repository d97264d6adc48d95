//! The ATMs of a snapshot in little memory: texts that recur are kept once, everything else lies
//! packed in one arena, and reading a record allocates nothing.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::domain::{
    Access, Atm, Attributes, Fee, LocationType, Position, Row, Source, SourceIndex, TextField,
};

/// A text that recurs, by number. Zero means "not stated".
pub(super) type Symbol = u32;

/// The symbol of a text that is not stated.
pub(super) const NOT_STATED: Symbol = 0;

/// Marks `extra` among the packed fields; no text field has this discriminant.
const EXTRA_TAG: u8 = u8::MAX;

/// Whether the texts of a field recur so often that they are kept once and referred to.
const fn recurs(field: TextField) -> bool {
    match field {
        TextField::Operator
        | TextField::Brand
        | TextField::Networks
        | TextField::Sponsor
        | TextField::City
        | TextField::Subdivision
        | TextField::Country
        | TextField::Level
        | TextField::OpeningHours
        | TextField::Currencies
        | TextField::MinAmount
        | TextField::Denominations
        | TextField::Charges
        | TextField::SurchargeFreeNetworks
        | TextField::Schemes
        | TextField::Languages
        | TextField::MachineCount
        | TextField::CheckedAt => true,
        TextField::Name
        | TextField::SiteRef
        | TextField::BranchId
        | TextField::AddressLines
        | TextField::HouseNumber
        | TextField::Street
        | TextField::Postcode => false,
    }
}

/// The closed values of one record, together because they are read together.
#[derive(Clone, Copy, Debug)]
struct Codes {
    attributes: Attributes,
    location_type: LocationType,
    fee: Fee,
    access: Access,
    source: SourceIndex,
}

/// Every recurring text once.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, Symbol>,
}

impl Symbols {
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

    /// How many there are; the greatest number of a text.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The text with this number, `None` for [`NOT_STATED`].
    pub(super) fn text(&self, symbol: Symbol) -> Option<&str> {
        let place = (symbol as usize).checked_sub(1)?;
        self.texts.get(place).map(AsRef::as_ref)
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
        self.codes.push(Codes {
            attributes: atm.attributes,
            location_type: atm.location_type,
            fee: atm.fee,
            access: atm.access,
            source: atm.source,
        });
        push_text(&mut self.arena, &atm.id);
        let fields_at = self.arena.len();
        self.arena.push(0);
        let mut fields = 0;
        for &field in TextField::ALL {
            let Some(text) = atm.text(field) else { continue };
            fields += 1;
            self.arena.push(field as u8);
            if recurs(field) {
                let symbol = self.symbols.intern(text);
                push_number(&mut self.arena, u64::from(symbol));
            } else {
                push_text(&mut self.arena, text);
            }
        }
        if let Some(extra) = &atm.extra {
            fields += 1;
            self.arena.push(EXTRA_TAG);
            push_text(&mut self.arena, extra);
        }
        self.arena[fields_at] = fields;
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

    /// Gives back the memory kept for growing.
    pub(super) fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// The source of a record.
    pub(super) fn source(&self, row: Row) -> SourceIndex {
        self.codes[row.index()].source
    }

    /// The id of a record.
    pub(super) fn id(&self, row: Row) -> &str {
        Reader { bytes: self.packed(row) }.text()
    }

    /// A record, its texts lent.
    pub(super) fn atm(&self, row: Row) -> Atm<'_> {
        let codes = self.codes[row.index()];
        let mut packed = Reader { bytes: self.packed(row) };
        let mut atm = Atm::new(packed.text(), self.positions[row.index()], codes.source);
        atm.attributes = codes.attributes;
        atm.location_type = codes.location_type;
        atm.fee = codes.fee;
        atm.access = codes.access;
        for _ in 0..packed.byte() {
            let tag = packed.byte();
            if tag == EXTRA_TAG {
                atm.extra = Some(Cow::Borrowed(packed.text()));
            } else if let Some(&field) = TextField::ALL.get(usize::from(tag)) {
                let text = if recurs(field) {
                    let symbol = Symbol::try_from(packed.number()).unwrap_or(NOT_STATED);
                    self.symbols.text(symbol)
                } else {
                    Some(packed.text())
                };
                atm.set_text(field, text.map(Cow::Borrowed));
            }
        }
        atm
    }

    /// The symbol of a record's field of texts that recur.
    pub(super) fn symbol(&self, row: Row, wanted: TextField) -> Symbol {
        let mut packed = Reader { bytes: self.packed(row) };
        packed.text();
        for _ in 0..packed.byte() {
            let tag = packed.byte();
            match TextField::ALL.get(usize::from(tag)) {
                Some(&field) if recurs(field) => {
                    let symbol = Symbol::try_from(packed.number()).unwrap_or(NOT_STATED);
                    if field == wanted {
                        return symbol;
                    }
                }
                _ => packed.skip_text(),
            }
        }
        NOT_STATED
    }

    /// A record's source fields that are not understood, as the text of a JSON object.
    pub(super) fn extra(&self, row: Row) -> Option<&str> {
        let mut packed = Reader { bytes: self.packed(row) };
        packed.text();
        for _ in 0..packed.byte() {
            match TextField::ALL.get(usize::from(packed.byte())) {
                None => return Some(packed.text()),
                Some(&field) if recurs(field) => packed.skip_number(),
                Some(_) => packed.skip_text(),
            }
        }
        None
    }

    /// A record's yes and no, and what kind of place it stands at.
    pub(super) fn stated(&self, row: Row) -> (Attributes, LocationType) {
        let codes = &self.codes[row.index()];
        (codes.attributes, codes.location_type)
    }

    fn packed(&self, row: Row) -> &[u8] {
        let start = usize::try_from(self.starts[row.index()]).unwrap_or(usize::MAX);
        self.arena.get(start..).unwrap_or_default()
    }
}

/// Appends a number in as few bytes as it needs (LEB128).
fn push_number(arena: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        arena.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    arena.push((number & 0x7f) as u8);
}

fn push_text(arena: &mut Vec<u8>, text: &str) {
    push_number(arena, text.len() as u64);
    arena.extend_from_slice(text.as_bytes());
}

/// Reads what [`Table::push`] wrote. The arena is written by this file alone, so the reader
/// answers damage with empty values instead of an error.
struct Reader<'t> {
    bytes: &'t [u8],
}

impl<'t> Reader<'t> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        first
    }

    fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        number
    }

    fn skip_number(&mut self) {
        self.number();
    }

    fn skip_text(&mut self) {
        self.text();
    }

    fn text(&mut self) -> &'t str {
        let length = usize::try_from(self.number()).unwrap_or(usize::MAX);
        let Some((text, rest)) = self.bytes.split_at_checked(length) else { return "" };
        self.bytes = rest;
        std::str::from_utf8(text).unwrap_or_default()
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
