//! The rows of a list: each is cut out of the text, parsed alone and made into one event.

use std::io::BufRead;

use crate::domain::{RejectReason, RowRef, WarningKind};
use crate::ingest::{Event, FormatError, ROW_BYTES_MAX, RawRecord, Sink};

use super::node::Node;
use super::scan::{Captured, Scanner, Stop, error_text};

/// How much of a row that is too large is shown, in bytes.
const SHOWN_BYTES: usize = 1000;

/// One row as it stands in its file.
pub(crate) struct Row<'t> {
    /// Line its first character stands in, from 1.
    pub(crate) line: u64,
    /// Its text.
    pub(crate) text: &'t str,
    /// What the text says.
    pub(crate) node: Node<'t>,
}

impl Row<'_> {
    /// A record of which nothing is known but where it stands.
    pub(crate) fn record(&self) -> Box<RawRecord> {
        Box::new(RawRecord::new(RowRef::Line(self.line), self.text.to_owned()))
    }

    /// The rejection of this row.
    pub(crate) fn rejected(&self, reason: RejectReason, detail: impl Into<String>) -> Event {
        Event::Rejected {
            row: RowRef::Line(self.line),
            reason,
            detail: detail.into(),
            original: self.text.to_owned(),
        }
    }

    /// The rejection of a row that is no object where only objects are records.
    pub(crate) fn no_object(&self) -> Event {
        self.rejected(RejectReason::MalformedRow, "is no JSON object")
    }
}

impl Scanner<'_> {
    /// Makes one event of each item of the array that follows, and tells how many there were.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] when the array or an item is not well-formed, so that nothing
    /// behind the fault can be trusted; [`Stop::Asked`] when `sink` has enough.
    pub(crate) fn each_row(
        &mut self,
        sink: &mut Sink<'_>,
        mut make: impl FnMut(Row<'_>) -> Event,
    ) -> Result<u64, Stop> {
        let mut rows = 0;
        let mut text = Vec::new();
        self.each_item(|scanner| {
            rows += 1;
            scanner.one_row(&mut text, sink, &mut make)
        })?;
        Ok(rows)
    }

    /// Makes one event of the value that follows, using `text` to hold it.
    ///
    /// # Errors
    ///
    /// As [`Self::each_row`].
    pub(crate) fn one_row(
        &mut self,
        text: &mut Vec<u8>,
        sink: &mut Sink<'_>,
        make: &mut impl FnMut(Row<'_>) -> Event,
    ) -> Result<(), Stop> {
        let found = self.capture(text)?;
        let event = event_of(found, text, make).map_err(|e| self.fault_inside(found, &e))?;
        hand_over(sink, event)
    }
}

/// Gives `event` to `sink`.
///
/// # Errors
///
/// [`Stop::Asked`] when `sink` has enough.
pub(crate) fn hand_over(sink: &mut Sink<'_>, event: Event) -> Result<(), Stop> {
    if sink(event).is_break() { Err(Stop::Asked) } else { Ok(()) }
}

fn event_of(
    found: Captured,
    text: &[u8],
    make: &mut impl FnMut(Row<'_>) -> Event,
) -> Result<Event, serde_json::Error> {
    if !found.is_whole() {
        let shown = &text[..SHOWN_BYTES.min(text.len())];
        return Ok(Event::Rejected {
            row: RowRef::Line(found.line),
            reason: RejectReason::RowTooLarge,
            detail: format!("{} bytes", found.size_bytes),
            original: String::from_utf8_lossy(shown).into_owned(),
        });
    }
    let node = Node::parse(text)?;
    Ok(make(Row { line: found.line, text: &String::from_utf8_lossy(text), node }))
}

/// The character that begins a text of a JSON text sequence (RFC 7464, RFC 8142).
const RECORD_SEPARATOR: u8 = 0x1e;

/// Makes one event of each line of `source`, or of each text of a JSON text sequence, whose texts
/// may be several lines long. A line that is not well-formed is rejected and the next one read.
/// Blank lines are no rows. Tells how many rows there were.
///
/// # Errors
///
/// [`FormatError::Io`]; [`Stop::Asked`] when `sink` has enough.
pub(crate) fn each_line(
    source: &mut dyn BufRead,
    sink: &mut Sink<'_>,
    mut make: impl FnMut(Row<'_>) -> Event,
) -> Result<u64, Stop> {
    let head = source.fill_buf().map_err(FormatError::Io)?;
    let bom = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let first = head[bom..].iter().find(|byte| !byte.is_ascii_whitespace());
    let end = if first == Some(&RECORD_SEPARATOR) { RECORD_SEPARATOR } else { b'\n' };
    source.consume(bom);

    let mut rows = 0;
    let mut text = Vec::new();
    let mut line = 1;
    loop {
        let part = read_part(source, end, &mut text, line).map_err(FormatError::Io)?;
        if part.found.size_bytes > 0 {
            rows += 1;
            let outcome = event_of(part.found, &text, &mut make);
            let cut_off = part.is_last && outcome.as_ref().is_err_and(serde_json::Error::is_eof);
            let event = outcome.unwrap_or_else(|error| Event::Rejected {
                row: RowRef::Line(part.found.line),
                reason: RejectReason::MalformedRow,
                detail: error_text(&error),
                original: String::from_utf8_lossy(&text).into_owned(),
            });
            hand_over(sink, event)?;
            if cut_off {
                let detail = format!("line {} breaks off", part.found.line);
                hand_over(sink, Event::FileWarning(WarningKind::Truncated, detail))?;
            }
        }
        if part.is_last {
            return Ok(rows);
        }
        line = part.next_line;
    }
}

struct Part {
    /// Where the part's first character stands, and its size without the blanks around it.
    found: Captured,
    next_line: u64,
    is_last: bool,
}

/// Reads up to the next `end`, keeping no more of it in `text` than a row may have.
fn read_part(
    source: &mut dyn BufRead,
    end: u8,
    text: &mut Vec<u8>,
    first_line: u64,
) -> std::io::Result<Part> {
    text.clear();
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == RECORD_SEPARATOR;
    let mut found = Captured { line: first_line, size_bytes: 0 };
    let mut next_line = first_line;
    let mut blanks_at_end = 0;
    let is_last = loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            break true;
        }
        let ends = buffer.iter().position(|&byte| byte == end);
        let mut part = &buffer[..ends.unwrap_or(buffer.len())];
        let lines = |bytes: &[u8]| bytes.iter().map(|&b| u64::from(b == b'\n')).sum::<u64>();
        next_line += lines(part);
        if found.size_bytes == 0 {
            let start = part.iter().take_while(|byte| blank(byte)).count();
            found.line += lines(&part[..start]);
            part = &part[start..];
        }
        let room = ROW_BYTES_MAX.saturating_sub(text.len());
        text.extend_from_slice(&part[..part.len().min(room)]);
        found.size_bytes += part.len() as u64;
        let trailing = part.iter().rev().take_while(|byte| blank(byte)).count();
        blanks_at_end = if trailing == part.len() { blanks_at_end + trailing } else { trailing };
        let used = ends.map_or(buffer.len(), |at| at + 1);
        source.consume(used);
        if ends.is_some() {
            next_line += u64::from(end == b'\n');
            break false;
        }
    };
    found.size_bytes -= blanks_at_end as u64;
    text.truncate(usize::try_from(found.size_bytes).unwrap_or(usize::MAX));
    Ok(Part { found, next_line, is_last })
}
