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
