//! A file from its first byte: its encoding, and the one document it holds.

use std::io::{BufRead, BufReader};

use crate::domain::WarningKind;
use crate::ingest::text_encoding::TextReader;
use crate::ingest::{Event, FormatError, Input, ReadOptions, Sink};

use super::scan::{Scanner, Stop};

/// What a reader of the report should know of a file's encoding.
#[must_use]
#[derive(Debug)]
pub(crate) struct Notice(Option<String>);

impl Notice {
    /// Tells `sink`, where there is something to tell.
    pub(crate) fn give(self, sink: &mut Sink<'_>) {
        if let Some(detail) = self.0 {
            // Nothing follows that a `Break` could spare.
            let _ = sink(Event::FileWarning(WarningKind::DecodedText, detail));
        }
    }
}

/// Opens `input` and hands its text to `read`.
///
/// JSON is UTF-8 by its standard, and is not guessed to be anything else: bytes that are not are
/// a fault where they stand. Another encoding has to be configured or named by a byte order mark.
///
/// # Errors
///
/// [`FormatError::Io`], [`FormatError::Options`], and what `read` returns.
pub(crate) fn with_text<T>(
    input: &Input,
    options: &ReadOptions,
    read: impl FnOnce(&mut dyn BufRead) -> Result<T, FormatError>,
) -> Result<(T, Notice), FormatError> {
    let mut plain = input.open()?;
    let is_utf_16 = has_utf_16_mark(plain.fill_buf()?);
    if options.encoding.is_none() && !is_utf_16 {
        return Ok((read(&mut plain)?, Notice(None)));
    }
    let mut decoded = BufReader::new(TextReader::open(input, options)?);
    let found = read(&mut decoded)?;
    Ok((found, Notice(decoded.get_ref().notice())))
}

/// Whether a text begins with the byte order mark of UTF-16.
pub(crate) fn has_utf_16_mark(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

/// Reads `input` as one JSON document, from its first value to the end of the file: nothing but
/// blanks may follow. A document that is one string holding JSON is decoded once more.
///
/// It is read to its end, or until `read` is asked to stop.
///
/// # Errors
///
/// As [`with_text`], and [`FormatError::Syntax`] under the name `format` for a document that breaks
/// off or goes on after its end.
pub(crate) fn document(
    input: &Input,
    options: &ReadOptions,
    format: &'static str,
    read: impl FnOnce(&mut Scanner<'_>) -> Result<(), Stop>,
) -> Result<Notice, FormatError> {
    let ((), notice) = with_text(input, options, |text| {
        let mut scanner = Scanner::new(text, format, 1)?;
        let outcome = if scanner.peek()? == Some(b'"') {
            let mut inner = scanner.embedded()?;
            read(&mut inner).and_then(|()| Ok(inner.end()?))
        } else {
            read(&mut scanner)
        };
        match outcome.and_then(|()| Ok(scanner.end()?)) {
            Ok(()) | Err(Stop::Asked) => Ok(()),
            Err(Stop::Failed(error)) => Err(error),
        }
    })?;
    Ok(notice)
}
