//! One file a format: bytes in, raw records out, each with the line or element it stands in.
//!
//! Every format is a function of one signature:
//! `read(&Input, &ReadOptions, &mut Sink) -> Result<FileFacts, FormatError>`.

pub mod csv;
pub mod geojson;
pub mod json;
pub mod ndjson;
pub mod open_bank_project;
pub mod open_banking;
pub mod osm;

use std::ops::ControlFlow;

use super::input::Input;
use super::options::{Format, ReadOptions};
use super::record::{FileFacts, FormatError, Sink};

/// Reads a file in the given format and hands everything it holds to `sink`, in file order.
///
/// After a `Break` nothing more reaches `sink`, and the outcome is no error: what a format still
/// has to say of the file as a whole, such as that its rows are fewer than it states, would be
/// said of a file half read.
///
/// # Errors
///
/// [`FormatError`] when the file cannot be read to its end in this format.
pub fn read(
    format: Format,
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut flow = ControlFlow::Continue(());
    let sink: &mut Sink<'_> = &mut |event| {
        if flow.is_continue() {
            flow = sink(event);
        }
        flow
    };
    let outcome = match format {
        Format::Csv => csv::read(input, options, sink),
        Format::Geojson => geojson::read(input, options, sink),
        Format::Ndjson => ndjson::read(input, options, sink),
        Format::Json => json::read(input, options, sink),
        Format::OpenBanking => open_banking::read(input, options, sink),
        Format::OpenBankProject => open_bank_project::read(input, options, sink),
        Format::OsmPbf => osm::pbf::read(input, options, sink),
        Format::OsmXml => osm::xml::read(input, options, sink),
        Format::Overpass => osm::overpass::read(input, options, sink),
    };
    if flow.is_break() { Ok(outcome.unwrap_or_default()) } else { outcome }
}
