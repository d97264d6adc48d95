//! From the bytes of a source to admitted ATMs and a report that accounts for every row.

mod centroid;
pub mod formats;
mod columns;
mod input;
mod options;
mod record;
mod values;

pub use input::{FILE_BYTES_MAX, Input};
pub use options::{Crs, Format, ReadOptions};
pub use record::{Event, FileFacts, FormatError, ROW_BYTES_MAX, RawPosition, RawRecord, Sink};
