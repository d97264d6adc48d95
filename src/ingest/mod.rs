//! From the bytes of a source to admitted ATMs and a report that accounts for every row.

mod centroid;
mod columns;
mod crs;
pub mod formats;
mod hours;
mod input;
mod options;
mod record;
mod text_encoding;
mod values;

pub use input::{FILE_BYTES_MAX, Input};
pub use options::{Crs, Format, ReadOptions};
pub use record::{Event, FileFacts, FormatError, ROW_BYTES_MAX, RawPosition, RawRecord, Sink};
