//! Judged rows on their way from the cores that judge to the one that admits.
//!
//! Each batch of rows is judged by one core, which packs what is sound at once: the texts it lends
//! from the rows are copied a single time, and those that recur are looked up in a table of the
//! core's own. A parcel brings those that are new in it; whoever takes the parcels looks each of
//! them up once and copies the records with its own numbers in their place.

use std::ops::Range;
use std::sync::Arc;

use super::admission::{Admitted, may_be_alike};
use super::country::CountryCode;
use super::digest::{Digest, RecordDigest};
use super::judge::{Frame, RowWarnings, Sound, Unsound, judge};
use super::packed::{self, Codes, NOT_STATED, Symbol, Symbols};
use super::record::{Event, RawRecord};
use crate::domain::{Atm, NamedField, Position, RowRef, Source, TEXT_FIELD_COUNT, WarningKind};

/// Most texts a judge keeps from one parcel to the next; it begins anew with more, so that a file
/// in which every text is another takes little more memory than its snapshot.
const TEXTS_MAX: usize = 1 << 16;

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

/// For each text field, its place among the names of a row.
const PLACES: [Option<usize>; TEXT_FIELD_COUNT] = {
    let mut places = [None; TEXT_FIELD_COUNT];
    let mut place = 0;
    while place < NAMED {
        places[NamedField::ALL[place].field() as usize] = Some(place);
        place += 1;
    }
    places
};

/// A row that stands on its own as an ATM, its texts in the parcel.
#[derive(Debug)]
pub(super) struct SoundRow {
    pub(super) position: Position,
    pub(super) codes: Codes,
    /// Where the source gives it no id, a digest of what one is to be derived from.
    pub(super) identity: Option<RecordDigest>,
    /// Digest of everything it states, its id apart, where it may be compared with others'.
    pub(super) content: Option<RecordDigest>,
    /// Digest of everything it states.
    pub(super) digest: RecordDigest,
    /// Where it stands in its file.
    pub(super) row: RowRef,
    /// What is suspicious about it.
    pub(super) warnings: RowWarnings,
    /// The source `convert` wrote with it, by its place in the parcel.
    source: Option<u32>,
    names: NameNumbers,
    record: Range<usize>,
    original: Original,
}

/// Where a row's own text lies.
#[derive(Clone, Debug)]
enum Original {
    /// In the text the rows were read from.
    Read(Range<usize>),
    /// Among those that were copied.
    Copied(Range<usize>),
}

/// The rows of one batch, judged.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) verdicts: Vec<Verdict>,
    /// Which judge it comes from; the parcels of one come in the order it made them.
    judge: usize,
    /// Whether the judge has begun its numbers anew.
    is_anew: bool,
    /// The texts that got the judge's next numbers.
    new_texts: Vec<Box<str>>,
    sources: Vec<Arc<Source>>,
    records: Vec<u8>,
    read: String,
    copied: String,
}

/// One core that judges.
#[derive(Debug, Default)]
pub(super) struct Judge {
    number: usize,
    /// The texts that recur, from parcel to parcel.
    texts: Symbols,
    /// How many of these the parcels before have brought.
    brought: usize,
    digest: Digest,
}

impl Judge {
    /// One of several judges, each of which has a number of its own, from zero on.
    pub(super) fn new(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    /// Begins the next parcel, in the room that one before took.
    pub(super) fn begin(&mut self, room: Parcel) -> Parcel {
        let Parcel { mut verdicts, mut records, mut copied, .. } = room;
        verdicts.clear();
        records.clear();
        copied.clear();
        let is_anew = self.brought == 0 || self.brought > TEXTS_MAX;
        if is_anew {
            self.texts = Symbols::default();
            self.brought = 0;
        }
        Parcel { verdicts, records, copied, judge: self.number, is_anew, ..Parcel::default() }
    }

    /// Finishes a parcel, with the text its rows were read from where there is one.
    pub(super) fn finish(&mut self, parcel: &mut Parcel, read: String) {
        parcel.read = read;
        let texts = self.texts.texts();
        parcel.new_texts = texts.get(self.brought..).unwrap_or_default().to_vec();
        self.brought = texts.len();
    }

    /// Judges what a format found next.
    pub(super) fn judge(&mut self, parcel: &mut Parcel, event: &Event, frame: &Frame<'_>) {
        let verdict = match event {
            Event::Record(raw) => return self.record(parcel, raw, None, frame),
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
        parcel.verdicts.push(verdict);
    }

    /// Judges a record. `read` is where its row lies in the text the parcel is finished with.
    pub(super) fn record<T: AsRef<str>>(
        &mut self,
        parcel: &mut Parcel,
        raw: &RawRecord<T>,
        read: Option<Range<usize>>,
        frame: &Frame<'_>,
    ) {
        let verdict = match judge(raw, frame) {
            Ok(sound) => {
                let original =
                    read.map_or_else(|| parcel.copied(raw.original.as_ref()), Original::Read);
                let source = raw.source.as_ref().map(|source| parcel.source_place(source));
                let row = self.pack(parcel, sound, raw.row.clone(), frame.source_name);
                Verdict::Sound(SoundRow { source, original, ..row })
            }
            Err(unsound) => Verdict::Unsound(unsound),
        };
        parcel.verdicts.push(verdict);
    }

    /// Adds an ATM of an earlier snapshot.
    pub(super) fn keep(&mut self, parcel: &mut Parcel, atm: Atm<'_>, country: Option<CountryCode>) {
        let sound = Sound { atm, country, warnings: RowWarnings::new() };
        let row = self.pack(parcel, sound, RowRef::Line(0), "");
        parcel.verdicts.push(Verdict::Sound(row));
    }

    fn pack(
        &mut self,
        parcel: &mut Parcel,
        Sound { atm, country, warnings }: Sound<'_>,
        row: RowRef,
        source_name: &str,
    ) -> SoundRow {
        let Self { texts, digest, .. } = self;
        let from = parcel.records.len();
        let mut names = [NOT_STATED; NAMED];
        packed::pack(&mut parcel.records, &atm, |field, text| {
            let number = texts.intern(text);
            if let Some(place) = PLACES[field as usize] {
                names[place] = number;
            }
            number
        });
        let country = country.as_ref().map(CountryCode::as_str);
        names[NamedField::Country as usize] =
            country.map_or(NOT_STATED, |country| texts.intern(country));
        let identity = atm.id.is_empty().then(|| digest.of_identity(&atm, source_name));
        // One digest of all is faster than a digest of a digest, and by its id a record is always
        // digested in the same way.
        let content = may_be_alike(&atm.id).then(|| digest.of_content(&atm));
        let whole = match content {
            Some(content) => digest.of_record(&atm.id, content),
            None => digest.of_whole(&atm),
        };
        SoundRow {
            position: atm.position,
            codes: Codes::from(&atm),
            identity,
            content,
            digest: whole,
            row,
            source: None,
            warnings,
            names,
            record: from..parcel.records.len(),
            original: Original::Read(0..0),
        }
    }
}

impl Parcel {
    /// The id the source gives a row, empty where it gives none.
    pub(super) fn id(&self, row: &SoundRow) -> &str {
        packed::Unpacking::begin(self.record(row)).map_or("", |record| record.id())
    }

    /// The source `convert` wrote with a row.
    pub(super) fn source(&self, row: &SoundRow) -> Option<&Arc<Source>> {
        self.sources.get(row.source? as usize)
    }

    /// A row's own text.
    pub(super) fn original(&self, row: &SoundRow) -> &str {
        let text = match &row.original {
            Original::Read(place) => self.read.get(place.clone()),
            Original::Copied(place) => self.copied.get(place.clone()),
        };
        text.unwrap_or_default()
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

    /// The room of the text the rows were read from, once nobody looks at it any more.
    pub(super) fn take_room(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.read).into_bytes()
    }

    fn record(&self, row: &SoundRow) -> &[u8] {
        self.records.get(row.record.clone()).unwrap_or_default()
    }

    fn copied(&mut self, original: &str) -> Original {
        let from = self.copied.len();
        self.copied.push_str(original);
        Original::Copied(from..self.copied.len())
    }

    /// The place of a source; rows of one source mostly stand together, and share it.
    fn source_place(&mut self, source: &Arc<Source>) -> u32 {
        if !self.sources.last().is_some_and(|last| Arc::ptr_eq(last, source)) {
            self.sources.push(Arc::clone(source));
        }
        u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX)
    }
}

/// The receiver's numbers of the texts that judges have numbered, judge by judge.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    of_judge: Vec<Vec<Symbol>>,
}

impl Numbers {
    /// For each number of a text that a parcel's judge has given, from zero on, the one that
    /// `number` gives it.
    pub(super) fn learn(
        &mut self,
        parcel: &Parcel,
        number: impl FnMut(&str) -> Symbol,
    ) -> &[Symbol] {
        if self.of_judge.len() <= parcel.judge {
            self.of_judge.resize_with(parcel.judge + 1, Vec::new);
        }
        let numbers = &mut self.of_judge[parcel.judge];
        if parcel.is_anew {
            numbers.clear();
            numbers.push(NOT_STATED);
        }
        numbers.extend(parcel.new_texts.iter().map(AsRef::as_ref).map(number));
        numbers
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
        let (mut judge, mut numbers) = (Judge::new(1), Numbers::default());
        let (mut symbols, mut asked) = (Symbols::default(), 0);
        symbols.intern("something that was there before");
        for batch in 0..3 {
            let mut parcel = judge.begin(Parcel::default());
            for number in 0..100 {
                let mut raw = RawRecord::<String>::new(RowRef::Line(number), "row".to_owned());
                raw.native_id = Some(format!("{batch}-{number}"));
                raw.position = RawPosition::LatLon { lat: 60.171_9, lon: 24.941_4 };
                for (field, text) in [
                    (TextField::Operator, "Example Bank".to_owned()),
                    (TextField::City, format!("City {}", number % (3 + batch))),
                    (TextField::Street, format!("Street {number}")),
                ] {
                    raw.values.push((Field::Text(field), text));
                }
                judge.record(&mut parcel, &raw, None, &frame);
            }
            judge.finish(&mut parcel, String::new());
            let numbers = numbers.learn(&parcel, |text| {
                asked += 1;
                symbols.intern(text)
            });
            for (verdict, line) in parcel.verdicts.iter().zip(0..) {
                let Verdict::Sound(row) = verdict else { panic!("{verdict:?}") };
                let mut record = Vec::new();
                let admitted = parcel.admitted(row, parcel.id(row), numbers);
                packed::renumber(&mut record, &admitted).unwrap();
                let atm = packed::atm(&record, row.position, &row.codes, &symbols);
                assert_eq!(atm.id, format!("a:{batch}-{line}"));
                assert_eq!(atm.text(TextField::Operator), Some("Example Bank"));
                let city = format!("City {}", line % (3 + batch));
                assert_eq!(atm.text(TextField::City), Some(city.as_str()));
                assert_eq!(atm.text(TextField::Street), Some(format!("Street {line}").as_str()));
                assert_eq!(symbols.text(admitted.names[NamedField::Country as usize]), Some("FI"));
                assert_eq!(parcel.original(row), "row");
            }
        }
        assert_eq!(asked, 7, "an operator, five cities and the country they are in");
    }

    #[test]
    fn a_judge_that_has_met_very_many_texts_begins_its_numbers_anew() {
        let frame = Frame { source_name: "a", defaults: &[] };
        let (mut judge, mut numbers) = (Judge::new(0), Numbers::default());
        let mut symbols = Symbols::default();
        let mut room = Parcel::default();
        for batch in 0..4 {
            let mut parcel = judge.begin(room);
            assert_eq!(parcel.is_anew, batch % 2 == 0);
            for number in 0..TEXTS_MAX {
                let mut raw = RawRecord::<String>::new(RowRef::Line(0), String::new());
                raw.position = RawPosition::LatLon { lat: 60.171_9, lon: 24.941_4 };
                let city = format!("{} in {batch}", number % (TEXTS_MAX - 10));
                raw.values.push((Field::Text(TextField::City), city));
                judge.record(&mut parcel, &raw, None, &frame);
            }
            judge.finish(&mut parcel, String::new());
            let numbers = numbers.learn(&parcel, |text| symbols.intern(text));
            let Some(Verdict::Sound(row)) = parcel.verdicts.get(7) else { panic!() };
            let mut record = Vec::new();
            packed::renumber(&mut record, &parcel.admitted(row, "", numbers)).unwrap();
            let atm = packed::atm(&record, row.position, &row.codes, &symbols);
            assert_eq!(atm.text(TextField::City), Some(format!("7 in {batch}").as_str()));
            room = parcel;
        }
    }
}
