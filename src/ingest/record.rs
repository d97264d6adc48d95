//! What a format hands over: fields as found, not yet judged.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{Field, RejectReason, RowRef, Source, WarningKind};

/// Largest text of one row, in bytes; a larger one is rejected as
/// [`RejectReason::RowTooLarge`]. The largest row of any real file seen is 9 kB.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// A position as found.
#[derive(Clone, Debug, PartialEq)]
pub enum RawPosition {
    /// None given.
    Missing,
    /// Something is given that is not a pair of numbers; kept to be shown.
    Unreadable(String),
    /// Two numbers, not yet known to be degrees.
    LatLon {
        /// What stands where the latitude belongs.
        lat: f64,
        /// What stands where the longitude belongs.
        lon: f64,
    },
}

/// One row of a source as found, in the words of the record where the format has a word for it.
/// Its texts are its own, or lent by the file.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRecord<T = String> {
    /// Where it stands in its file.
    pub row: RowRef,
    /// The row's original text.
    pub original: T,
    /// Who issued `native_id`, where that is not the source itself: `osm`, a bank, a brand.
    pub namespace: Option<String>,
    /// The id the source gives.
    pub native_id: Option<T>,
    /// Whether `native_id` is a complete id written by `convert`, to be taken as it stands.
    pub id_is_complete: bool,
    /// Where it stands on Earth.
    pub position: RawPosition,
    /// Values for fields of the record, as written; list fields may occur several times.
    pub values: Vec<(Field, T)>,
    /// Everything else the row says, by the source's own names.
    pub extra: Vec<(String, T)>,
    /// Name, time, licence and attribution of the record's own source, where `convert` wrote them
    /// with it.
    pub source: Option<Arc<Source>>,
    /// What is suspicious already.
    pub warnings: Vec<(WarningKind, String)>,
}

impl<T> RawRecord<T> {
    /// A record of which nothing is known yet.
    #[must_use]
    pub fn new(row: RowRef, original: T) -> Self {
        Self {
            row,
            original,
            namespace: None,
            native_id: None,
            id_is_complete: false,
            position: RawPosition::Missing,
            values: Vec::new(),
            extra: Vec::new(),
            source: None,
            warnings: Vec::new(),
        }
    }

    /// Makes it that of another row, of which nothing is known yet; the room it has taken stays.
    pub(crate) fn begin(&mut self, row: RowRef, original: T) {
        self.row = row;
        self.original = original;
        self.namespace = None;
        self.native_id = None;
        self.id_is_complete = false;
        self.position = RawPosition::Missing;
        self.values.clear();
        self.extra.clear();
        self.source = None;
        self.warnings.clear();
    }
}

impl RawRecord<Cow<'_, str>> {
    /// The same with texts of its own.
    pub(crate) fn into_owned(self) -> RawRecord {
        RawRecord {
            row: self.row,
            original: self.original.into_owned(),
            namespace: self.namespace,
            native_id: self.native_id.map(Cow::into_owned),
            id_is_complete: self.id_is_complete,
            position: self.position,
            values: self
                .values
                .into_iter()
                .map(|(field, text)| (field, text.into_owned()))
                .collect(),
            extra: self.extra.into_iter().map(|(name, text)| (name, text.into_owned())).collect(),
            source: self.source,
            warnings: self.warnings,
        }
    }
}

/// What a format finds while it reads, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<T = String> {
    /// A row to be judged.
    Record(Box<RawRecord<T>>),
    /// A row the format itself cannot make a record of.
    Rejected {
        /// Where it stands.
        row: RowRef,
        /// Why.
        reason: RejectReason,
        /// What exactly was found.
        detail: String,
        /// Its text.
        original: String,
    },
    /// This many objects that are no ATM.
    NotAtms(u64),
    /// Something suspicious about the file as a whole.
    FileWarning(WarningKind, String),
}

impl Event<Cow<'_, str>> {
    /// The same with texts of its own.
    pub(crate) fn into_owned(self) -> Event {
        match self {
            Self::Record(record) => Event::Record(Box::new(record.into_owned())),
            Self::Rejected { row, reason, detail, original } => {
                Event::Rejected { row, reason, detail, original }
            }
            Self::NotAtms(count) => Event::NotAtms(count),
            Self::FileWarning(kind, detail) => Event::FileWarning(kind, detail),
        }
    }
}

/// Takes what a format finds. `Break` asks the format to stop early without an error.
pub type Sink<'s> = dyn FnMut(Event) -> ControlFlow<()> + 's;

/// What a format knows of its file beside the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// When the file says its data was current, RFC 3339 in UTC.
    pub as_of: Option<String>,
    /// The licence it states.
    pub licence: Option<String>,
    /// The credit it asks for.
    pub attribution: Option<String>,
    /// Columns or keys that no field of the record takes, each once, in order of appearance.
    pub unused_fields: Vec<String>,
}

/// Why a file cannot be read. Closed; every message says what to do about it where that is known.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The bytes do not follow the format.
    #[error("is not valid {format} at line {line}: {detail}")]
    Syntax {
        /// Name of the format.
        format: &'static str,
        /// Line the fault stands in, from 1; 0 where the format has no lines.
        line: u64,
        /// What is wrong.
        detail: String,
    },
    /// No format fits name and content.
    #[error("is in no known format; name it with --format-of")]
    UnknownFormat,
    /// The content is well-formed but holds no list of records.
    #[error("holds no list of ATMs as {format} has it: {detail}")]
    NoRecords {
        /// Name of the format.
        format: &'static str,
        /// What was looked for.
        detail: String,
    },
    /// An option of the source is not acceptable.
    #[error("cannot be read with {option} = {value:?}: {accepted}")]
    Options {
        /// Name of the option.
        option: String,
        /// What it is set to.
        value: String,
        /// What it accepts, in words.
        accepted: &'static str,
    },
    /// No column is known to hold the position.
    #[error(
        "has no column that holds a position among {columns:?}; name them in the configuration \
         with [sources.read.columns] lat = \"…\" and lon = \"…\""
    )]
    NoPositionColumn {
        /// The columns there are.
        columns: Vec<String>,
    },
}
