//! Whole rows of a file, read where they lie, on any core and at any time.

use std::borrow::Cow;
use std::io;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::plain::{WholeRow, WholeRows};
use super::rows::Rows;
use super::{Meaning, Plan, RowText, rejected};
use crate::domain::{RejectReason, RowRef};
use crate::ingest::record::{Event, RawRecord};

/// Rows of a file that are certainly rows by themselves.
pub(in crate::ingest) struct Chunk {
    pub(super) text: Vec<u8>,
    /// Line of the file its first row stands on.
    pub(super) line: u64,
    pub(super) plan: Arc<Plan>,
    /// Told which columns hold something.
    pub(super) used: Sender<Vec<bool>>,
}

/// What is found in a chunk.
pub(in crate::ingest) enum Found<'f, 't> {
    /// A record and, where it is one piece of the chunk's text, the bytes of its row.
    Record(&'f RawRecord<Cow<'t, str>>, Option<Range<usize>>),
    /// What is no record.
    Event(Event),
}

/// Takes what is found in a chunk. `Break` stops the reading.
pub(in crate::ingest) type FoundSink<'s> = dyn FnMut(Found<'_, '_>) -> ControlFlow<()> + 's;

impl Chunk {
    /// Reads the rows, and gives back their text.
    ///
    /// # Errors
    ///
    /// When they are no UTF-8.
    ///
    /// # Cost
    ///
    /// One record serves for all rows, and lends its texts from them; a cell is copied where two
    /// quotation marks stand for one.
    pub(in crate::ingest) fn read(self, sink: &mut FoundSink<'_>) -> io::Result<String> {
        let Self { text, line, plan, used } = self;
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        let mut rows = WholeRows::new(&text, line, plan.layout.delimiter);
        let mut meaning = Meaning::of(plan);
        let mut record = RawRecord::new(RowRef::Line(line), Cow::Borrowed(""));
        while let Some(row) = rows.next() {
            let flow = match row {
                WholeRow::Cells { line, place, count, is_lent: true } => {
                    let original = text.get(place.clone()).unwrap_or_default();
                    let row = RowText { line, original, count, cells: rows.lent_cells() };
                    meaning.hand_over(row, place, &mut record, sink)
                }
                WholeRow::Cells { line, place, count, is_lent: false } => {
                    let original = text.get(place.clone()).unwrap_or_default();
                    let row = RowText { line, original, count, cells: rows.cells() };
                    let mut record = RawRecord::new(RowRef::Line(line), Cow::Borrowed(""));
                    record.values.reserve(VALUES_EXPECTED);
                    meaning.hand_over(row, place, &mut record, sink)
                }
                WholeRow::Unread { line, text } => read_closely(text, line, &mut meaning, sink)?,
            };
            if flow.is_break() {
                break;
            }
        }
        // Who splits the file may have given up.
        let _ = used.send(meaning.used);
        Ok(text)
    }
}

impl Meaning {
    /// Makes the record of a row that lies in a chunk, and hands it over.
    fn hand_over<'r, C: Iterator<Item = (usize, &'r str)> + Clone>(
        &mut self,
        row: RowText<'r, C>,
        place: Range<usize>,
        record: &mut RawRecord<Cow<'r, str>>,
        sink: &mut FoundSink<'_>,
    ) -> ControlFlow<()> {
        let (line, original) = (row.line, row.original);
        match self.row(row, record) {
            None => ControlFlow::Continue(()),
            Some(Ok(())) => sink(Found::Record(record, Some(place))),
            Some(Err(detail)) => {
                let reason = RejectReason::MalformedRow;
                sink(Found::Event(rejected(line, original, reason, detail)))
            }
        }
    }
}

/// Values a row of which texts are copied has room for from the start.
const VALUES_EXPECTED: usize = 32;

/// Reads rows cell by cell.
fn read_closely(
    text: &str,
    line: u64,
    meaning: &mut Meaning,
    sink: &mut FoundSink<'_>,
) -> io::Result<ControlFlow<()>> {
    let delimiter = meaning.plan.layout.delimiter;
    let mut rows = Rows::of_text(text.as_bytes().to_vec(), line, delimiter);
    while let Some(row) = rows.next()? {
        let flow = match meaning.event(&mut rows, row)? {
            None => continue,
            Some(Event::Record(record)) => sink(Found::Record(&record, None)),
            Some(other) => sink(Found::Event(other.into_owned())),
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}
