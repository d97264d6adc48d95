//! From the bytes of a source to admitted ATMs and a report that accounts for every row.
//!
//! ```text
//! Input ─ detect ─▶ formats::*::read ─ RawRecord ─▶ judge ─ Sound ─▶ admission ─▶ Admitted
//!                        │ Rejected                   │ Unsound          │ duplicate
//!                        └────────────────────────────┴──────────────────┴──▶ FileReport
//! ```
//!
//! A format hands over records as found; `judge` makes an ATM of each or gives the one reason why
//! not, many at a time on all cores; `admission` settles in file order what one record cannot
//! know alone. Memory is bounded by a few batches and what duplicates are known by, 16 bytes a row.

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
mod record;
mod text_encoding;
pub mod transports;
mod values;

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use hashbrown::HashMap;
use rayon::prelude::*;

pub use admission::Admitted;
pub use country::{CountryCode, country_of};
pub use digest::RecordDigest;
pub(crate) use digest::source_digest;
pub use input::{FILE_BYTES_MAX, Input};
pub use options::{Crs, Format, ReadOptions};
pub use record::{Event, FileFacts, FormatError, ROW_BYTES_MAX, RawPosition, RawRecord, Sink};

use crate::domain::{
    Atm, Field, FileReport, IngestReport, RejectReason, RejectedRow, RowRef, Source, SourceIndex,
    Warning, WarningKind,
};
use admission::Admission;
use judge::{Frame, Sound, Unsound, judge};

/// How many events travel together from a format to the judges: enough work to share among cores,
/// little enough to bound memory.
const BATCH: usize = 4096;

/// Batches that may wait between a format and the judges.
const BATCHES_WAITING: usize = 4;

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
    /// Takes an admitted ATM.
    fn admit(&mut self, admitted: Admitted<'_>);

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
        for (mut atm, source, country) in atms {
            let admission = &mut self.admission;
            atm.source = *numbers
                .entry(std::ptr::from_ref(source))
                .or_insert_with(|| admission.keep_source(source.clone()));
            let id = atm.id.clone();
            if let Some(admitted) = self.admission.keep(atm) {
                self.receiver.admit(Admitted { country, ..admitted });
            } else if let Some(file) = self.report.files.get_mut(first_file) {
                let rejected = RejectedRow {
                    file: file.file.clone(),
                    row: RowRef::Element(id.clone().into_owned()),
                    reason: RejectReason::DuplicateId,
                    detail: id.into_owned(),
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

/// An event after judging.
enum Judged {
    Sound(Box<Sound>),
    Unsound(Box<Unsound>),
    NotAtms(u64),
    FileWarning(WarningKind, String),
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

    let (read, batches) = sync_channel(BATCHES_WAITING);
    let (judged, verdicts) = sync_channel(BATCHES_WAITING);
    let facts = std::thread::scope(|scope| {
        let reader = scope.spawn(move || read_in_batches(format, input, &source.options, &read));
        let frame = &frame;
        scope.spawn(move || judge_batches(batches, frame, &judged));
        for batch in verdicts {
            for verdict in batch {
                take(verdict, (index, &source.name), admission, &mut report, receiver);
            }
        }
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
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

/// Runs the format and sends what it finds, in batches and in order.
fn read_in_batches(
    format: Format,
    input: &Input,
    options: &ReadOptions,
    sender: &SyncSender<Vec<Event>>,
) -> Result<FileFacts, FormatError> {
    let mut batch = Vec::with_capacity(BATCH);
    let facts = formats::read(format, input, options, &mut |event| {
        batch.push(event);
        if batch.len() < BATCH {
            return ControlFlow::Continue(());
        }
        match sender.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody listens any more: the other side has stopped and says why itself.
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    let _ = sender.send(batch);
    Ok(facts)
}

/// Judges each batch on all cores while the format reads the next and the one before is taken.
fn judge_batches(
    batches: Receiver<Vec<Event>>,
    frame: &Frame<'_>,
    judged: &SyncSender<Vec<Judged>>,
) {
    for batch in batches {
        let verdicts = batch.into_par_iter().with_min_len(64).map(|event| match event {
            Event::Record(raw) => match judge(*raw, frame) {
                Ok(sound) => Judged::Sound(Box::new(sound)),
                Err(unsound) => Judged::Unsound(unsound),
            },
            Event::Rejected { row, reason, detail, original } => {
                Judged::Unsound(Box::new(Unsound { row, original, reason, detail }))
            }
            Event::NotAtms(count) => Judged::NotAtms(count),
            Event::FileWarning(kind, detail) => Judged::FileWarning(kind, detail),
        });
        if judged.send(verdicts.collect()).is_err() {
            return;
        }
    }
}

/// Accounts for one judged event.
fn take(
    judged: Judged,
    (index, source_name): (SourceIndex, &str),
    admission: &mut Admission,
    report: &mut FileReport,
    receiver: &mut dyn Receiving,
) {
    let rejected = match judged {
        Judged::Sound(sound) => match admission.admit(*sound, index, source_name) {
            Ok((admitted, row, warnings)) => {
                for (kind, detail) in warnings {
                    let (file, row) = (report.file.clone(), Some(row.clone()));
                    report.warn(Warning { file, row, kind, detail });
                }
                report.rows += 1;
                report.admitted += 1;
                receiver.admit(admitted);
                return;
            }
            Err(duplicate) => *duplicate,
        },
        Judged::Unsound(unsound) => *unsound,
        Judged::NotAtms(count) => {
            report.not_atms += count;
            return;
        }
        Judged::FileWarning(kind, detail) => {
            let file = report.file.clone();
            report.warn(Warning { file, row: None, kind, detail });
            return;
        }
    };
    let Unsound { row, original, reason, detail } = rejected;
    let rejected = RejectedRow { file: report.file.clone(), row, reason, detail, original };
    receiver.reject(admission.configured(), &rejected);
    report.reject(rejected);
}
