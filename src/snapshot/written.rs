//! What answers say of an ATM whatever was asked, as JSON.
//!
//! Of a small estate it is written once, before the snapshot is published, and answers copy it; of
//! a large one it is written into each answer from the packed records. Both are the same bytes:
//! [`Record::add`] writes them either way.

use crate::domain::Row;
use crate::json::Members;

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

    /// Those from this one to another, in the order in which answers have them.
    fn to(self, last: Self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().skip(self as usize).take(last as usize + 1 - self as usize)
    }
}

/// Every part of every ATM of a snapshot, one behind the other, each member with a comma before it.
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
                record.add(part, &mut Members::following(&mut written.bytes));
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

    /// The parts of a row from one to another.
    #[inline]
    fn parts(&self, row: Row, first: AtmPart, last: AtmPart) -> &[u8] {
        let ends = self.ends.as_flattened();
        let place = row.index() * AtmPart::ALL.len();
        let before = (place + first as usize).checked_sub(1);
        let start = before.and_then(|before| ends.get(before)).map_or(0, |end| *end);
        let end = ends.get(place + last as usize).copied().unwrap_or(start);
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl Snapshot {
    /// Writes what answers say of each ATM whatever is asked, so that they copy it, where that takes
    /// at most [`WRITTEN_BYTES_MAX`], and tells whether it is. Answers are the same without, and take
    /// longer.
    ///
    /// # Cost
    ///
    /// The first call takes up to a tenth of a second; whoever publishes a snapshot makes it before.
    pub fn write_beforehand(&self) -> bool {
        self.written.get_or_init(|| Written::of(self.len(), |row| self.record(row))).is_some()
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
        self.table.record(row, self.names.country(row), &self.sources)
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
        self.add_all(part, part, members);
    }

    /// Adds the parts from one to another, in their order.
    #[inline]
    pub(crate) fn add_all(&self, first: AtmPart, last: AtmPart, members: &mut Members<'_>) {
        match self {
            Self::Written(WrittenRow { written, row }) => {
                members.add_run(written.parts(*row, first, last));
            }
            Self::Record(record) => first.to(last).for_each(|part| record.add(part, members)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Atm, Position, Source, SourceIndex, TextField};
    use crate::ingest::packed::{self, Codes, NOT_STATED};
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
        let record = |_row: Row| table.record(Row(0), NOT_STATED, &sources);
        let written = Written::of(3, record).unwrap();
        for row in (0..3).map(Row) {
            for first in AtmPart::ALL {
                for last in AtmPart::ALL.into_iter().filter(|&last| last as u8 >= first as u8) {
                    let [mut copied, mut expected] = [Vec::new(), Vec::new()];
                    let whole = Described::written(&written, row);
                    whole.add_all(first, last, &mut Members::of(&mut copied));
                    let whole = Described::Record(record(row));
                    whole.add_all(first, last, &mut Members::of(&mut expected));
                    assert!(copied == expected, "{first:?} to {last:?} of {row:?}");
                }
            }
        }
        // The name stands in two parts.
        assert!(Written::of(31, record).is_some());
        assert!(Written::of(33, record).is_none());
        assert!(Written::of(WRITTEN_BYTES_MAX, |_row| unreachable!("not tried")).is_none());
    }
}
