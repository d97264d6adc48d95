//! Judged rows on their way from the cores that judge to the one that admits.
//!
//! Each batch of rows is judged by one core, which packs what is sound at once: the texts it lends
//! from the rows are copied a single time, and those that recur are looked up in a small table of
//! the parcel's own. Whoever takes the parcel looks each different text up once and copies the
//! records with its own numbers in their place.

use std::ops::Range;
use std::sync::Arc;

use super::admission::Admitted;
use super::country::CountryCode;
use super::digest::{RecordDigest, content_digest, id_digest, record_digest};
use super::judge::{Frame, RowWarnings, Sound, Unsound, judge};
use super::packed::{self, Codes, NOT_STATED, Symbol, Symbols};
use super::record::Event;
use crate::domain::{Atm, NamedField, Position, RowRef, Source, WarningKind};

/// How many fields are named.
const NAMED: usize = NamedField::ALL.len();

/// The numbers of a row's texts by which it is named, in the order of [`NamedField::ALL`].
pub(crate) type NameNumbers = [Symbol; NAMED];

/// What became of one event.
#[derive(Debug)]
pub(super) enum Verdict {
    Sound(SoundRow),
    Unsound(Box<Unsound>),
    NotAtms(u64),
    FileWarning(WarningKind, String),
}

/// A row that stands on its own as an ATM, its texts in the parcel.
#[derive(Debug)]
pub(super) struct SoundRow {
    pub(super) position: Position,
    pub(super) codes: Codes,
    /// Whether the source gives it an id.
    pub(super) has_id: bool,
    pub(super) id_digest: RecordDigest,
    /// Digest of everything it states, its id apart.
    pub(super) content: RecordDigest,
    /// Digest of everything it states.
    pub(super) digest: RecordDigest,
    /// Where it stands in its file.
    pub(super) row: RowRef,
    /// The source `convert` wrote with it.
    pub(super) source: Option<Arc<Source>>,
    /// What is suspicious about it.
    pub(super) warnings: RowWarnings,
    names: NameNumbers,
    record: Range<usize>,
    original: Range<usize>,
}

/// The rows of one batch, judged.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) verdicts: Vec<Verdict>,
    symbols: Symbols,
    records: Vec<u8>,
    originals: String,
}

impl Parcel {
    /// Judges what a format found next.
    pub(super) fn judge<T: AsRef<str>>(&mut self, event: &Event<T>, frame: &Frame<'_>) {
        let verdict = match event {
            Event::Record(raw) => match judge(raw, frame) {
                Ok(sound) => {
                    let (row, original) = (raw.row.clone(), raw.original.as_ref());
                    Verdict::Sound(self.pack(sound, row, original, raw.source.clone()))
                }
                Err(unsound) => Verdict::Unsound(unsound),
            },
            Event::Rejected { row, reason, detail, original } => {
                Verdict::Unsound(Box::new(Unsound {
                    row: row.clone(),
                    original: original.clone(),
                    reason: *reason,
                    detail: detail.clone(),
                }))
            }
            Event::NotAtms(count) => Verdict::NotAtms(*count),
            Event::FileWarning(kind, detail) => Verdict::FileWarning(*kind, detail.clone()),
        };
        self.verdicts.push(verdict);
    }

    /// Adds an ATM of an earlier snapshot.
    pub(super) fn keep(&mut self, atm: Atm<'_>, country: Option<CountryCode>) {
        let sound = Sound { atm, country, warnings: RowWarnings::new() };
        let row = self.pack(sound, RowRef::Line(0), "", None);
        self.verdicts.push(Verdict::Sound(row));
    }

    fn pack(
        &mut self,
        Sound { atm, country, warnings }: Sound<'_>,
        row: RowRef,
        original: &str,
        source: Option<Arc<Source>>,
    ) -> SoundRow {
        let content = content_digest(&atm);
        let from = self.records.len();
        let mut names = [NOT_STATED; NAMED];
        packed::pack(&mut self.records, &atm, |field, text| {
            let number = self.symbols.intern(text);
            if let Some(place) = NamedField::ALL.iter().position(|it| it.field() == field) {
                names[place] = number;
            }
            number
        });
        let country = country.as_ref().map(CountryCode::as_str);
        names[NamedField::Country as usize] =
            country.map_or(NOT_STATED, |country| self.symbols.intern(country));
        let original_from = self.originals.len();
        self.originals.push_str(original);
        SoundRow {
            position: atm.position,
            codes: Codes::from(&atm),
            has_id: !atm.id.is_empty(),
            id_digest: id_digest(&atm.id),
            content,
            digest: record_digest(&atm.id, content),
            row,
            source,
            warnings,
            names,
            record: from..self.records.len(),
            original: original_from..self.originals.len(),
        }
    }

    /// The id the source gives a row, empty where it gives none.
    pub(super) fn id(&self, row: &SoundRow) -> &str {
        packed::Unpacking::begin(self.record(row)).map_or("", |record| record.id())
    }

    /// A row's ATM.
    pub(super) fn atm(&self, row: &SoundRow) -> Atm<'_> {
        packed::atm(self.record(row), row.position, &row.codes, &self.symbols)
    }

    /// A row's own text.
    pub(super) fn original(&self, row: &SoundRow) -> &str {
        self.originals.get(row.original.clone()).unwrap_or_default()
    }

    /// For each number of a text here, from zero on, the one that `number` gives it.
    pub(super) fn numbers(&self, number: impl FnMut(&str) -> Symbol) -> Vec<Symbol> {
        let texts = self.symbols.texts().iter().map(AsRef::as_ref);
        std::iter::once(NOT_STATED).chain(texts.map(number)).collect()
    }

    /// A row as it is handed on under its id.
    pub(super) fn admitted<'p>(
        &'p self,
        row: &SoundRow,
        id: &'p str,
        numbers: &'p [Symbol],
    ) -> Admitted<'p> {
        Admitted {
            id,
            record: self.record(row),
            numbers,
            position: row.position,
            codes: row.codes,
            names: row.names.map(|name| numbers.get(name as usize).copied().unwrap_or(NOT_STATED)),
            digest: row.digest,
        }
    }

    fn record(&self, row: &SoundRow) -> &[u8] {
        self.records.get(row.record.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Field, TextField};
    use crate::ingest::record::{RawPosition, RawRecord};

    #[test]
    fn a_text_that_recurs_is_handed_on_once_and_records_are_copied_with_other_numbers() {
        let frame = Frame { source_name: "a", defaults: &[] };
        let mut parcel = Parcel::default();
        for number in 0..100 {
            let mut raw = RawRecord::<String>::new(RowRef::Line(number), "row".to_owned());
            raw.native_id = Some(number.to_string());
            raw.position = RawPosition::LatLon { lat: 60.171_9, lon: 24.941_4 };
            for (field, text) in [
                (TextField::Operator, "Example Bank".to_owned()),
                (TextField::City, format!("City {}", number % 3)),
                (TextField::Street, format!("Street {number}")),
            ] {
                raw.values.push((Field::Text(field), text));
            }
            parcel.judge(&Event::Record(Box::new(raw)), &frame);
        }
        let (mut symbols, mut asked) = (Symbols::default(), 0);
        symbols.intern("something that was there before");
        let numbers = parcel.numbers(|text| {
            asked += 1;
            symbols.intern(text)
        });
        assert_eq!(asked, 5, "an operator, three cities and the country they are in");
        for verdict in &parcel.verdicts {
            let Verdict::Sound(row) = verdict else { panic!("{verdict:?}") };
            let mut record = Vec::new();
            let admitted = parcel.admitted(row, parcel.id(row), &numbers);
            packed::renumber(&mut record, &admitted).unwrap();
            let atm = packed::atm(&record, row.position, &row.codes, &symbols);
            assert_eq!(atm, parcel.atm(row));
            assert_eq!(symbols.text(admitted.names[NamedField::Country as usize]), Some("FI"));
            assert_eq!(parcel.original(row), "row");
        }
    }
}
