//! From the bytes of a source to admitted ATMs and a report that accounts for every row.
//!
//! ```text
//! Input ─ detect ─▶ formats::*::read ─ RawRecord ─▶ judge ─ Parcel ─▶ admission ─▶ Admitted
//!                        │ Rejected                   │ Unsound          │ duplicate
//!                        └────────────────────────────┴──────────────────┴──▶ FileReport
//! ```
//!
//! A format hands over records as found; `judge` makes an ATM of each or gives the one reason why
//! not, a parcel of rows on each core; `admission` settles in file order what one record cannot
//! know alone. Of a large CSV file the format only finds where rows begin, and the cores that judge
//! take them apart. Memory is bounded by a few batches and what duplicates are known by, 16 bytes a
//! row.

mod admission;
mod centroid;
mod columns;
mod country;
mod crs;
mod detect;
mod digest;
pub mod formats;
mod hours;
mod input;
mod judge;
mod options;
pub(crate) mod packed;
mod parcel;
mod pipeline;
mod record;
mod symbols;
mod text_encoding;
pub mod transports;
mod values;

use hashbrown::HashMap;

pub use admission::Admitted;
pub use country::{CountryCode, country_of};
pub use digest::RecordDigest;
pub(crate) use digest::source_digest;
pub use input::{FILE_BYTES_MAX, Input};
pub use options::{Crs, Format, ReadOptions};
pub(crate) use parcel::NameNumbers;
pub use record::{Event, FileFacts, FormatError, ROW_BYTES_MAX, RawPosition, RawRecord, Sink};

use crate::domain::{
    Atm, Field, FileReport, IngestReport, RejectReason, RejectedRow, RowRef, Source, SourceIndex,
    Warning,
};
use admission::Admission;
use judge::{Frame, Unsound};
use packed::Symbol;
use parcel::{Judge, Numbers, Parcel, SoundRow, Verdict};

/// ATMs of an earlier snapshot that are taken over together.
const KEPT_AT_ONCE: usize = 4096;

/// The files of one source and how to read them.
#[derive(Clone, Debug)]
pub struct SourceFiles {
    /// The source's name: namespace of its ids and credit in answers.
    pub name: String,
    /// Its files, in the order they are read.
    pub inputs: Vec<Input>,
    /// How to read them.
    pub options: ReadOptions,
    /// Whether the files were found in a directory rather than named one by one; a file without
    /// records is then passed over and reported instead of being an error.
    pub found_in_directory: bool,
}

/// What takes the rows that ingest has judged.
pub trait Receiving {
    /// Its number for a text that recurs.
    fn number(&mut self, text: &str) -> Symbol;

    /// Takes an admitted ATM.
    fn admit(&mut self, admitted: Admitted<'_>);

    /// The id of the ATM it took as number `place`, from zero on.
    fn id(&self, place: u32) -> &str;

    /// Takes a rejected row of a configured source; every one, not only the examples a report keeps.
    fn reject(&mut self, configured: &str, row: &RejectedRow);
}

/// The outcome of ingesting all sources.
#[derive(Clone, Debug, Default)]
pub struct Ingested {
    /// Every row accounted for.
    pub report: IngestReport,
    /// The sources, in the order the ATMs count them.
    pub sources: Vec<Source>,
}

/// A source that cannot be read. Nothing of it is used: partial is never complete.
#[derive(Debug, thiserror::Error)]
#[error("{file} {error}")]
pub struct IngestError {
    /// Name of the configured source the file belongs to.
    pub configured: String,
    /// The file's name.
    pub file: String,
    /// What is wrong with it.
    #[source]
    pub error: FormatError,
}

/// Ingests source after source, in the order of the configuration, reading its files or keeping
/// what an earlier snapshot has of it.
pub struct Ingestion<'r> {
    admission: Admission,
    report: IngestReport,
    receiver: &'r mut dyn Receiving,
}

impl<'r> Ingestion<'r> {
    /// Nothing ingested yet. What is admitted and rejected goes to `receiver`.
    pub fn new(receiver: &'r mut dyn Receiving) -> Self {
        Self { admission: Admission::default(), report: IngestReport::default(), receiver }
    }

    /// Reads every file of a source, in order, for the configured source of that name.
    ///
    /// # Errors
    ///
    /// [`IngestError`] names the first file that cannot be read to its end, and why. What was
    /// handed to the receiver until then is to be thrown away.
    pub fn read(&mut self, configured: &str, source: &SourceFiles) -> Result<(), IngestError> {
        self.admission.begin(configured);
        for input in &source.inputs {
            let file = match ingest_file(input, source, &mut self.admission, self.receiver) {
                Ok(file) => file,
                Err(error) if source.found_in_directory && error.holds_no_records() => {
                    FileReport { passed_over: Some(error.to_string()), ..new_report(input, source) }
                }
                Err(error) => {
                    let (configured, file) = (configured.to_owned(), input.name().to_owned());
                    return Err(IngestError { configured, file, error });
                }
            };
            self.report.files.push(FileReport { configured: configured.to_owned(), ..file });
        }
        Ok(())
    }

    /// Keeps what an earlier snapshot has of one configured source: the reports of its files, and
    /// its ATMs, each with its source and the country it stands in. The outcome is that of reading
    /// the same bytes again, short of records that were duplicates then and would be none now.
    ///
    /// An ATM whose id a source before it has by now becomes a rejected duplicate.
    pub fn keep<'a>(
        &mut self,
        configured: &str,
        files: impl IntoIterator<Item = FileReport>,
        atms: impl IntoIterator<Item = (Atm<'a>, &'a Source, Option<CountryCode>)>,
    ) {
        let first_file = self.report.files.len();
        self.admission.begin(configured);
        self.report.files.extend(files);
        let mut numbers: HashMap<*const Source, SourceIndex> = HashMap::new();
        let (mut judge, mut of_texts) = (Judge::default(), Numbers::default());
        let mut parcel = judge.begin(Parcel::default());
        for (mut atm, source, country) in atms {
            let admission = &mut self.admission;
            atm.source = *numbers
                .entry(std::ptr::from_ref(source))
                .or_insert_with(|| admission.keep_source(source.clone()));
            judge.keep(&mut parcel, atm, country);
            if parcel.verdicts.len() == KEPT_AT_ONCE {
                judge.finish(&mut parcel, String::new());
                self.take_kept(&parcel, &mut of_texts, first_file);
                parcel = judge.begin(parcel);
            }
        }
        judge.finish(&mut parcel, String::new());
        self.take_kept(&parcel, &mut of_texts, first_file);
    }

    fn take_kept(&mut self, parcel: &Parcel, numbers: &mut Numbers, first_file: usize) {
        let numbers = numbers.learn(parcel, |text| self.receiver.number(text));
        for verdict in &parcel.verdicts {
            let Verdict::Sound(row) = verdict else { continue };
            let id = parcel.id(row);
            if self.admission.keep(row, id, self.receiver) {
                self.receiver.admit(parcel.admitted(row, id, numbers));
            } else if let Some(file) = self.report.files.get_mut(first_file) {
                let rejected = RejectedRow {
                    file: file.file.clone(),
                    row: RowRef::Element(id.to_owned()),
                    reason: RejectReason::DuplicateId,
                    detail: id.to_owned(),
                    original: String::new(),
                };
                self.receiver.reject(self.admission.configured(), &rejected);
                file.rows -= 1;
                file.admitted -= 1;
                file.reject(rejected);
            }
        }
    }

    /// What was ingested.
    #[must_use]
    pub fn finish(self) -> Ingested {
        Ingested { report: self.report, sources: self.admission.into_sources() }
    }
}

impl std::fmt::Debug for Ingestion<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ingestion({} files)", self.report.files.len())
    }
}

impl FormatError {
    /// Whether the file is sound but simply is no list of ATMs.
    fn holds_no_records(&self) -> bool {
        matches!(self, Self::UnknownFormat | Self::NoRecords { .. } | Self::NoPositionColumn { .. })
    }
}

fn new_report(input: &Input, source: &SourceFiles) -> FileReport {
    FileReport {
        file: input.name().to_owned(),
        source: source.name.clone(),
        ..FileReport::default()
    }
}

fn ingest_file(
    input: &Input,
    source: &SourceFiles,
    admission: &mut Admission,
    receiver: &mut dyn Receiving,
) -> Result<FileReport, FormatError> {
    let format = detect::detect(input, &source.options)?;
    let defaults: Vec<(Field, String)> = source
        .options
        .defaults
        .iter()
        .filter_map(|(name, value)| Some((Field::from_code(name)?, value.clone())))
        .collect();
    let frame = Frame { source_name: &source.name, defaults: &defaults };
    let index = admission.open_source(&source.name);
    let mut report = FileReport { format: format.code().to_owned(), ..new_report(input, source) };

    let mut numbers = Numbers::default();
    let facts = pipeline::run(format, input, &source.options, &frame, &mut |parcel| {
        let numbers = numbers.learn(parcel, |text| receiver.number(text));
        admission.foresee(parcel);
        let mut verdicts = std::mem::take(&mut parcel.verdicts);
        let mut taking = Taking { parcel, numbers, admission, report: &mut report, receiver };
        for verdict in verdicts.drain(..) {
            taking.take(verdict, (index, &source.name));
        }
        parcel.verdicts = verdicts;
    })?;

    report.as_of.clone_from(&facts.as_of);
    report.unused_fields = facts.unused_fields;
    admission.describe_source(
        index,
        Source {
            configured: admission.configured().to_owned(),
            name: source.name.clone(),
            as_of: facts.as_of,
            licence: source.options.licence.clone().or(facts.licence),
            attribution: source.options.attribution.clone().or(facts.attribution),
        },
    );
    Ok(report)
}

/// Taking the rows of one parcel in.
struct Taking<'t> {
    parcel: &'t Parcel,
    /// The receiver's numbers of the parcel's texts.
    numbers: &'t [Symbol],
    admission: &'t mut Admission,
    report: &'t mut FileReport,
    receiver: &'t mut dyn Receiving,
}

impl Taking<'_> {
    /// Accounts for what became of one event.
    fn take(&mut self, verdict: Verdict, source: (SourceIndex, &str)) {
        let rejected = match verdict {
            Verdict::Sound(row) => match self.admit(row, source) {
                Ok(()) => return,
                Err(duplicate) => *duplicate,
            },
            Verdict::Unsound(unsound) => *unsound,
            Verdict::NotAtms(count) => {
                self.report.not_atms += count;
                return;
            }
            Verdict::FileWarning(kind, detail) => {
                let file = self.report.file.clone();
                self.report.warn(Warning { file, row: None, kind, detail });
                return;
            }
        };
        let Unsound { row, original, reason, detail } = rejected;
        let file = self.report.file.clone();
        let rejected = RejectedRow { file, row, reason, detail, original };
        self.receiver.reject(self.admission.configured(), &rejected);
        self.report.reject(rejected);
    }

    fn admit(
        &mut self,
        mut row: SoundRow,
        source: (SourceIndex, &str),
    ) -> Result<(), Box<Unsound>> {
        let id = self.admission.admit(&mut row, self.parcel, source, self.receiver)?;
        self.receiver.admit(self.parcel.admitted(&row, &id, self.numbers));
        for (kind, detail) in row.warnings {
            let (file, row) = (self.report.file.clone(), Some(row.row.clone()));
            self.report.warn(Warning { file, row, kind, detail });
        }
        self.report.rows += 1;
        self.report.admitted += 1;
        Ok(())
    }
}
