//! What answers say of an ATM whatever was asked, as JSON.
//!
//! Of a small estate it is written once, before the snapshot is published, and answers copy it; of
//! a large one it is written into each answer from the packed records. Both are the same bytes:
//! [`Record::add`] writes them either way.

use std::sync::LazyLock;

use crate::domain::{
    Access, Attribute, AttributeGroup, Attributes, LIST_SEPARATOR, LocationType, Row, TextField,
    Tri,
};
use crate::json::{Joined, LatLon, List, Members};

use super::Snapshot;
use super::table::Record;

/// Most bytes kept for what is written beforehand: that of some hundred thousand ATMs. Of an estate
/// that needs more nothing is kept.
pub const WRITTEN_BYTES_MAX: usize = 64 << 20;

/// Bytes of an ATM of which nothing is known, rounded down: what has so many rows that even of such
/// ATMs too much would be kept need not be tried.
const LEAST_BYTES: usize = 160;

/// What is said of an ATM, in the parts between which answers say what depends on the question.
/// Each part is members of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtmPart {
    /// Where it stands.
    Position,
    /// The site that is named after it.
    Site,
    /// Which machine it is.
    Identity,
    /// What can be done at it, by whom and for how much.
    Abilities,
    /// How many machines it stands for, and when that was seen.
    Survey,
    /// Whose record it is.
    Source,
}

impl AtmPart {
    const ALL: [Self; 6] =
        [Self::Position, Self::Site, Self::Identity, Self::Abilities, Self::Survey, Self::Source];
}

/// Every part of every ATM of a snapshot, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Written {
    bytes: Vec<u8>,
    /// Where each part of each row ends.
    ends: Vec<[u32; AtmPart::ALL.len()]>,
}

impl Written {
    /// Writes everything; `None` when that is too much to be kept.
    ///
    /// # Cost
    ///
    /// Less than a microsecond a row; some 600 bytes a row stay.
    pub(super) fn of<'s>(row_count: usize, record: impl Fn(Row) -> Record<'s>) -> Option<Self> {
        if row_count > WRITTEN_BYTES_MAX / LEAST_BYTES {
            return None;
        }
        let mut written = Self::default();
        for row in 0..u32::try_from(row_count).ok()? {
            let record = record(Row(row));
            let mut ends = [0; AtmPart::ALL.len()];
            for (end, part) in ends.iter_mut().zip(AtmPart::ALL) {
                record.add(part, &mut Members::of(&mut written.bytes));
                *end = u32::try_from(written.bytes.len()).ok()?;
            }
            written.ends.push(ends);
            if written.bytes.len() + size_of_val(written.ends.as_slice()) > WRITTEN_BYTES_MAX {
                return None;
            }
        }
        written.bytes.shrink_to_fit();
        written.ends.shrink_to_fit();
        Some(written)
    }

    fn part(&self, row: Row, part: AtmPart) -> &[u8] {
        let ends = self.ends.as_flattened();
        let place = row.index() * AtmPart::ALL.len() + part as usize;
        let start = place.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| *end);
        let end = ends.get(place).copied().unwrap_or(start);
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl Snapshot {
    /// Writes what answers say of each ATM whatever is asked, so that they copy it, where that takes
    /// at most [`WRITTEN_BYTES_MAX`]. Answers are the same without, and take longer.
    ///
    /// # Cost
    ///
    /// The first call takes up to a tenth of a second; whoever publishes a snapshot makes it before.
    pub fn write_beforehand(&self) {
        self.written.get_or_init(|| Written::of(self.len(), |row| self.record(row)));
    }

    /// A row's ATM as an answer describes it.
    #[inline]
    pub(crate) fn described(&self, row: Row) -> Described<'_> {
        match self.written.get() {
            Some(Some(written)) => Described::written(written, row),
            Some(None) | None => Described::Record(self.record(row)),
        }
    }

    /// A row's ATM with the country it stands in, its texts lent.
    pub(crate) fn record(&self, row: Row) -> Record<'_> {
        self.table.record(row, self.country(row), &self.sources)
    }
}

/// An ATM that an answer is to say something of.
#[expect(clippy::large_enum_variant, reason = "one at a time, where it is written")]
pub(crate) enum Described<'s> {
    /// It is written already.
    Written(WrittenRow<'s>),
    /// It is to be written.
    Record(Record<'s>),
}

/// The parts of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenRow<'s> {
    written: &'s Written,
    row: Row,
}

impl<'s> Described<'s> {
    pub(super) fn written(written: &'s Written, row: Row) -> Self {
        Self::Written(WrittenRow { written, row })
    }

    /// Adds a part.
    #[inline]
    pub(crate) fn add(&self, part: AtmPart, members: &mut Members<'_>) {
        match self {
            Self::Written(WrittenRow { written, row }) => {
                members.add_members(written.part(*row, part));
            }
            Self::Record(record) => record.add(part, members),
        }
    }
}

impl Record<'_> {
    /// Adds a part.
    pub(super) fn add(&self, part: AtmPart, members: &mut Members<'_>) {
        match part {
            AtmPart::Position => members.add("position", LatLon(self.position)),
            AtmPart::Site => self.add_site(members),
            AtmPart::Identity => self.add_identity(members),
            AtmPart::Abilities => self.add_abilities(members, false),
            AtmPart::Survey => self.add_survey(members),
            AtmPart::Source => members.add_object("source", |members| self.add_source(members)),
        }
    }

    /// Adds the site that is named after it.
    fn add_site(&self, members: &mut Members<'_>) {
        let name = [TextField::Name, TextField::Brand, TextField::Operator];
        members.add_object("site", |members| {
            members.add("id", Joined(["site:", self.id]));
            members.add_some("name", name.into_iter().find_map(|field| self.text(field)));
            members.add_object("address", |members| self.add_address(members));
        });
    }

    /// Adds the members of its address.
    pub(crate) fn add_address(&self, members: &mut Members<'_>) {
        self.add_list(members, "lines", TextField::AddressLines);
        for field in [
            TextField::HouseNumber,
            TextField::Street,
            TextField::City,
            TextField::Subdivision,
            TextField::Postcode,
        ] {
            self.add_text(members, field);
        }
        members.add_some("country", self.country);
    }

    /// Adds which machine it is.
    pub(crate) fn add_identity(&self, members: &mut Members<'_>) {
        members.add("id", self.id);
        for field in [TextField::Name, TextField::Operator, TextField::Brand] {
            self.add_text(members, field);
        }
        self.add_list(members, TextField::Networks.code(), TextField::Networks);
    }

    /// Adds what can be done at it, by whom and for how much; `with_unknown` what is not stated too.
    pub(crate) fn add_abilities(&self, members: &mut Members<'_>, with_unknown: bool) {
        let codes = self.codes;
        if codes.location_type != LocationType::Unknown || with_unknown {
            members.add("location_type", codes.location_type.code());
        }
        self.add_text(members, TextField::Level);
        if codes.access != Access::Unknown || with_unknown {
            members.add("access", codes.access.code());
        }
        add_attributes(members, codes.attributes, with_unknown);
        members.add("fee", codes.fee.code());
        for field in [
            TextField::Charges,
            TextField::SurchargeFreeNetworks,
            TextField::Currencies,
            TextField::Denominations,
            TextField::Schemes,
            TextField::Languages,
        ] {
            self.add_list(members, field.code(), field);
        }
        self.add_text(members, TextField::MinAmount);
        self.add_text(members, TextField::OpeningHours);
        for attribute in [Attribute::AlwaysOpen, Attribute::Chip] {
            let value = codes.attributes.get(attribute);
            if value != Tri::Unknown || with_unknown {
                members.add(attribute.code(), value.as_str());
            }
        }
    }

    /// Adds how many machines it stands for, and when that was seen.
    pub(crate) fn add_survey(&self, members: &mut Members<'_>) {
        self.add_text(members, TextField::MachineCount);
        self.add_text(members, TextField::CheckedAt);
    }

    /// Adds the members of whose record it is.
    pub(crate) fn add_source(&self, members: &mut Members<'_>) {
        members.add("name", self.source.name.as_str());
        members.add("as_of", self.source.as_of.as_deref());
    }

    /// Adds a text field, if it is stated.
    #[inline]
    pub(crate) fn add_text(&self, members: &mut Members<'_>, field: TextField) {
        members.add_some(field.code(), self.text(field));
    }

    /// Adds a list field under a name, if it is stated.
    #[inline]
    fn add_list(&self, members: &mut Members<'_>, name: &'static str, field: TextField) {
        if let Some(text) = self.text(field) {
            members.add(name, List(text.split(LIST_SEPARATOR)));
        }
    }
}

/// The bits of the attributes of one group.
const fn bits_of(group: AttributeGroup) -> u64 {
    let (mut bits, mut place) = (0, 0);
    while place < Attribute::ALL.len() {
        if Attribute::ALL[place].group() as u8 == group as u8 {
            bits |= Attribute::ALL[place].bit();
        }
        place += 1;
    }
    bits
}

/// Groups of attributes, by what answers call them.
const GROUPS: [(&str, u64); 3] = [
    ("services", bits_of(AttributeGroup::Service)),
    ("accessibility", bits_of(AttributeGroup::Accessibility)),
    ("features", bits_of(AttributeGroup::Feature)),
];

/// Attributes whose absence could be read as a no.
const ALWAYS_SHOWN: u64 = Attribute::CashOut.bit() | Attribute::CashIn.bit();

/// Every attribute as a member with each of its values: yes, no, unknown, and limited. Lists of
/// banks state dozens a machine.
static ATTRIBUTE_MEMBERS: LazyLock<Vec<[Vec<u8>; 4]>> = LazyLock::new(|| {
    let member = |attribute: Attribute, value: &str| {
        let mut out = Vec::new();
        Members::of(&mut out).add(attribute.code(), value);
        out
    };
    let of_attribute = |&attribute: &Attribute| {
        ["yes", "no", "unknown", "limited"].map(|value| member(attribute, value))
    };
    Attribute::ALL.iter().map(of_attribute).collect()
});

/// Adds the groups of attributes: those stated, and those whose absence could mislead.
fn add_attributes(members: &mut Members<'_>, attributes: Attributes, with_unknown: bool) {
    let stated = attributes.yes_bits() | attributes.no_bits();
    let is_limited = attributes.get(Attribute::WheelchairLimited) == Tri::Yes;
    let limited = if is_limited { Attribute::Wheelchair.bit() } else { 0 };
    let shown = if with_unknown { u64::MAX } else { stated | ALWAYS_SHOWN | limited };
    for (name, group) in GROUPS {
        if shown & group == 0 {
            continue;
        }
        members.add_object(name, |members| {
            let mut rest = shown & group;
            while rest != 0 {
                let place = rest.trailing_zeros() as usize;
                let (attribute, by_value) = (Attribute::ALL[place], &ATTRIBUTE_MEMBERS[place]);
                rest &= rest - 1;
                let is_limited = attribute.bit() & limited != 0;
                let value = if is_limited { 3 } else { attributes.get(attribute) as usize };
                members.add_members(&by_value[value]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Atm, Position, Source, SourceIndex};
    use crate::ingest::packed::{self, Codes};
    use crate::snapshot::table::Table;

    /// A table of one machine with a name of so many letters.
    fn table(letters: usize) -> Table {
        let position = Position::from_lat_lon(60.171_9, 24.941_4).unwrap();
        let mut atm = Atm::new("t:1", position, SourceIndex::default());
        atm.set_text(TextField::Name, Some("x".repeat(letters).into()));
        let mut arena = Vec::new();
        packed::pack(&mut arena, &atm, |_field, _text| unreachable!("names do not recur"));
        Table::of_packed(Vec::new(), arena, vec![0], vec![position], vec![Codes::from(&atm)])
    }

    #[test]
    fn parts_are_found_again_and_an_estate_that_needs_too_much_is_not_kept() {
        let (table, sources) = (table(1 << 20), [Source::default()]);
        let record = |_row: Row| table.record(Row(0), Some("FI"), &sources);
        let written = Written::of(3, record).unwrap();
        for row in (0..3).map(Row) {
            for part in AtmPart::ALL {
                let mut expected = Vec::new();
                record(row).add(part, &mut Members::of(&mut expected));
                assert!(written.part(row, part) == expected, "{part:?} of {row:?}");
            }
        }
        // The name stands in two parts.
        assert!(Written::of(31, record).is_some());
        assert!(Written::of(33, record).is_none());
        assert!(Written::of(WRITTEN_BYTES_MAX, |_row| unreachable!("not tried")).is_none());
    }
}
