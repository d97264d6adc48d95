//! JSON one value a line, and JSON text sequences: `GeoJSON` features (RFC 8142) or plain records.

use crate::ingest::{FileFacts, FormatError, Input, ReadOptions, Sink};

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
    match each_line(input, sink, |row| event(&mut records, row, &[])) {
        Ok(0) => {
            let detail = "the file is empty".to_owned();
            return Err(FormatError::NoRecords { format: "newline-delimited JSON", detail });
        }
        Ok(_) | Err(Stop::Asked) => {}
        Err(Stop::Failed(error)) => return Err(error),
    }
    Ok(FileFacts { unused_fields: records.into_unused_fields(), ..FileFacts::default() })
}
