//! ATMs as files that read back to the same snapshot, word for word.
//!
//! Every file carries each ATM's complete id as `nearest_atm_id`; ingest takes records that have
//! it by exactly these names and adds nothing of its own. Rows are in the order of ids, so equal
//! snapshots give equal files.

mod flat;
mod open_banking;

use std::io::{self, Write};

use crate::domain::{Atm, Source};
use crate::snapshot::Snapshot;

/// The formats ATMs can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma separated values with a header; lists are JSON arrays.
    Csv,
    /// One GeoJSON `FeatureCollection`, a feature a line.
    Geojson,
    /// GeoJSON features, one a line.
    Ndjson,
    /// UK Open Banking ATM 2.3, with a member `NearestATM` for what that standard has no word for.
    OpenBanking,
}

impl ExportFormat {
    /// The format files of this ending have.
    #[must_use]
    pub fn from_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "geojson" => Some(Self::Geojson),
            "ndjson" => Some(Self::Ndjson),
            "json" => Some(Self::OpenBanking),
            _ => None,
        }
    }
}

/// Writes every ATM of a snapshot.
///
/// # Errors
///
/// When writing fails.
pub fn write(out: &mut impl Write, snapshot: &Snapshot, format: ExportFormat) -> io::Result<()> {
    let atms = || {
        snapshot.rows_by_id().iter().map(|&row| {
            let atm = snapshot.atm(row);
            let source = snapshot.source(atm.source);
            (atm, source)
        })
    };
    match format {
        ExportFormat::Csv => flat::write_csv(out, atms()),
        ExportFormat::Geojson => flat::write_geojson(out, atms()),
        ExportFormat::Ndjson => flat::write_ndjson(out, atms()),
        ExportFormat::OpenBanking => open_banking::write(out, atms()),
    }
}

/// Writes ATMs that are in no snapshot, such as a synthetic estate.
///
/// # Errors
///
/// When writing fails, or the format wants all ATMs at once.
pub fn write_stream(
    out: &mut impl Write,
    atms: impl Iterator<Item = Atm<'static>>,
    source: &Source,
    format: ExportFormat,
) -> io::Result<()> {
    let atms = atms.map(|atm| (atm, source));
    match format {
        ExportFormat::Csv => flat::write_csv(out, atms),
        ExportFormat::Geojson => flat::write_geojson(out, atms),
        ExportFormat::Ndjson => flat::write_ndjson(out, atms),
        ExportFormat::OpenBanking => open_banking::write(out, atms),
    }
}
