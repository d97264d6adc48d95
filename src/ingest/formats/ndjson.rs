//! JSON one value a line, and JSON text sequences: `GeoJSON` features (RFC 8142) or plain records.

use crate::ingest::{FileFacts, FormatError, Input, ReadOptions, Sink};

use super::json::document::with_text;
use super::json::event;
use super::json::records::Records;
use super::json::rows::each_line;
use super::json::scan::Stop;

/// Reads the values of `input` in their order, one event each. A line that is not well-formed is
/// rejected alone; a last line that breaks off is, and says that the file is truncated.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::NoRecords`] when there is not one line
///
/// # Cost
///
/// One pass; memory for one line, 1 MiB at most.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut records = Records::new(options)?;
    let (rows, notice) = with_text(input, options, |text| {
        match each_line(text, sink, |row| event(&mut records, row, &[])) {
            Ok(rows) => Ok(Some(rows)),
            Err(Stop::Asked) => Ok(None),
            Err(Stop::Failed(error)) => Err(error),
        }
    })?;
    if rows == Some(0) {
        let detail = "the file is empty".to_owned();
        return Err(FormatError::NoRecords { format: "newline-delimited JSON", detail });
    }
    notice.give(sink);
    Ok(FileFacts { unused_fields: records.into_unused_fields(), ..FileFacts::default() })
}

#[cfg(test)]
mod tests {
    use super::super::json::testing::{assert_total, reading};
    use super::*;
    use crate::domain::{RejectReason, WarningKind};
    use crate::ingest::{Event, ROW_BYTES_MAX};

    #[test]
    fn a_bad_line_is_rejected_alone() {
        let found = reading(
            read,
            "\u{feff}{\"id\":1,\"lat\":1,\"lon\":2}\r\n\r\n{\"id\":2,\n  {\"id\":3} \n[1]\n{\"id\":4} x\n\
             {\"type\":\"Feature\",\"id\":\"a\",\"geometry\":null,\"properties\":{}}",
        );
        let lines: Vec<_> = found.records().iter().map(|record| record.row.to_string()).collect();
        assert_eq!(lines, ["line 1", "line 4", "line 7"]);
        let malformed = |line: &str| (line.to_owned(), RejectReason::MalformedRow);
        assert_eq!(found.rejected(), ["line 3", "line 5", "line 6"].map(malformed));
    }

    #[test]
    fn a_text_sequence_may_have_texts_of_several_lines() {
        let found =
            reading(read, "\u{1e}{\n\"id\":1\n}\n\u{1e}{\"id\":\n2}\n\u{1e}\n\u{1e}{\"id\":");
        let lines: Vec<_> = found.records().iter().map(|record| record.row.to_string()).collect();
        assert_eq!(lines, ["line 1", "line 4"]);
        assert_eq!(found.rejected(), [("line 7".to_owned(), RejectReason::MalformedRow)]);
        assert!(
            matches!(found.events.last(), Some(Event::FileWarning(WarningKind::Truncated, _))),
            "{:?}",
            found.events
        );
    }

    #[test]
    fn bad_bytes_and_large_lines_are_rejected() {
        let mut bytes = b"{\"id\":\"\xff\"}\n{\"id\":1,\"a\":\"".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', ROW_BYTES_MAX));
        bytes.extend(b"\"}\n{\"id\":2}\n");
        let found = reading(read, bytes);
        assert_eq!(found.record().row.to_string(), "line 3");
        let rejected =
            [("line 1", RejectReason::MalformedRow), ("line 2", RejectReason::RowTooLarge)];
        assert_eq!(found.rejected(), rejected.map(|(line, reason)| (line.to_owned(), reason)));
    }

    #[test]
    fn a_file_without_a_line_holds_no_records() {
        for nothing in ["", "\n \r\n", "\u{1e}"] {
            let outcome = reading(read, nothing).outcome;
            assert!(matches!(outcome, Err(FormatError::NoRecords { .. })), "{outcome:?}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_every_element_counts_once() {
        assert_total(read, |elements| elements.replace(",\n", "\n"));
    }
}
