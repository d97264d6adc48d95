//! `nearest-atm convert`

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;

use crate::export::{self, ExportFormat};

use super::table::grouped;
use super::{Failure, SourceArgs};

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// File to write; its ending is its format: .csv, .geojson, .ndjson, or .json (Open Banking).
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl ConvertArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let format = format_of(&self.output)?;
        let snapshot = self.sources.ingest()?;
        write_file(&self.output, |out| export::write(out, &snapshot, format))?;
        let rejected = snapshot.report().rows() - snapshot.report().admitted();
        let (atms, rejected) = (grouped(snapshot.len() as u64), grouped(rejected));
        let path = self.output.display();
        writeln!(
            std::io::stderr(),
            "{path}: {atms} ATMs, snapshot {}; {rejected} rejected rows are not in it",
            snapshot.id()
        )?;
        Ok(())
    }
}

/// The format a file's ending names.
pub(super) fn format_of(path: &std::path::Path) -> Result<ExportFormat, Failure> {
    path.extension()
        .and_then(|ending| ExportFormat::from_ending(&ending.to_string_lossy()))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "{} ends in none of .csv, .geojson, .ndjson, .json",
                path.display()
            ))
        })
}

/// Writes a file whole or not at all: what is half written stands under another name.
pub(super) fn write_file(
    path: &std::path::Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let failed = |error| Failure::Write { path: path.display().to_string(), error };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&part).map_err(failed)?);
    let written =
        write(&mut out).and_then(|()| out.flush()).and_then(|()| out.get_ref().sync_all());
    written.and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}
