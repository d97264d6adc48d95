//! `nearest-atm check`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::domain::{FileReport, IngestReport, RejectedRow, RowRef};
use crate::service::judge;
use crate::service::reload::Difference;
use crate::snapshot::Snapshot;

use super::{Failure, SourceArgs};

/// Examples of each reason shown to people; the JSON report has more.
const EXAMPLES_SHOWN: usize = 3;

/// How much of a row's text is shown to people, in characters.
const ORIGINAL_SHOWN_CHARS: usize = 100;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Writes every rejected row to this file as CSV: file, row, reason, detail, original text.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportFormat {
    Text,
    Json,
}

impl CheckArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if self.sources.sources.is_empty() && self.sources.config.is_none() {
            return Err(Failure::Usage("check wants at least one SOURCE".to_owned()));
        }
        let mut rejects = match &self.rejects {
            Some(path) => Some(RejectsFile::create(path)?),
            None => None,
        };
        let ingested = self.sources.ingest(&mut |row| {
            if let Some(rejects) = &mut rejects {
                rejects.write(row);
            }
        })?;
        if let Some(rejects) = rejects {
            rejects.finish()?;
        }
        let snapshot = &ingested.snapshot;
        let guard = &ingested.config.guard;
        let difference = Difference::between(None, snapshot);
        let files = snapshot.report().files.iter();
        let reasons: Vec<String> =
            judge(&difference.total(), files, guard).iter().map(ToString::to_string).collect();
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            ReportFormat::Text => write_text(&mut out, snapshot, &reasons)?,
            ReportFormat::Json => write_json(&mut out, snapshot, &reasons)?,
        }
        out.flush()?;
        if reasons.is_empty() { Ok(()) } else { Err(Failure::Refused(reasons.join("; "))) }
    }
}

/// The file every rejected row goes to.
struct RejectsFile {
    path: String,
    writer: csv::Writer<File>,
    failed: Option<csv::Error>,
}

impl RejectsFile {
    fn create(path: &std::path::Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let file =
            File::create(path).map_err(|error| Failure::Write { path: shown.clone(), error })?;
        let mut rejects =
            Self { path: shown, writer: csv::Writer::from_writer(file), failed: None };
        rejects.record(["file", "row", "reason", "detail", "original"]);
        Ok(rejects)
    }

    fn write(&mut self, row: &RejectedRow) {
        let place = row.row.to_string();
        self.record([&row.file, &place, row.reason.code(), &row.detail, &row.original]);
    }

    fn record(&mut self, cells: [&str; 5]) {
        if self.failed.is_none() {
            self.failed = self.writer.write_record(cells).err();
        }
    }

    fn finish(mut self) -> Result<(), Failure> {
        let error = match self.failed {
            Some(error) => Some(io::Error::other(error)),
            None => self.writer.flush().err(),
        };
        error.map_or(Ok(()), |error| Err(Failure::Write { path: self.path, error }))
    }
}

fn write_json(out: &mut impl Write, snapshot: &Snapshot, reasons: &[String]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Body<'s> {
        #[serde(flatten)]
        report: &'s IngestReport,
        snapshot: SnapshotJson,
        refused_because: &'s [String],
    }
    #[derive(Serialize)]
    struct SnapshotJson {
        id: String,
        atms: usize,
        sites: usize,
    }
    let body = Body {
        report: snapshot.report(),
        snapshot: SnapshotJson {
            id: snapshot.id().to_string(),
            atms: snapshot.len(),
            sites: snapshot.site_count(),
        },
        refused_because: reasons,
    };
    serde_json::to_writer_pretty(&mut *out, &body)?;
    writeln!(out)
}

fn write_text(out: &mut impl Write, snapshot: &Snapshot, reasons: &[String]) -> io::Result<()> {
    let report = snapshot.report();
    for file in &report.files {
        write_file(out, file)?;
        writeln!(out)?;
    }
    if report.files.len() > 1 {
        let (rows, admitted) = (report.rows(), report.admitted());
        writeln!(
            out,
            "{} files: {} rows, {} admitted, {} rejected",
            report.files.len(),
            grouped(rows),
            grouped(admitted),
            grouped(rows - admitted)
        )?;
    }
    writeln!(
        out,
        "snapshot {}: {} ATMs at {} sites",
        snapshot.id(),
        grouped(snapshot.len() as u64),
        grouped(snapshot.site_count() as u64)
    )?;
    match reasons {
        [] => writeln!(out, "the guard would publish it"),
        reasons => writeln!(out, "the guard would refuse it: {}", reasons.join("; ")),
    }
}

fn write_file(out: &mut impl Write, file: &FileReport) -> io::Result<()> {
    if let Some(reason) = &file.passed_over {
        return writeln!(out, "{}\n  passed over: it {reason}", file.file);
    }
    let as_of = file.as_of.as_ref().map_or(String::new(), |as_of| format!(", as of {as_of}"));
    writeln!(out, "{} ({}{as_of})", file.file, file.format)?;
    write!(
        out,
        "  {} rows: {} admitted, {} rejected",
        grouped(file.rows),
        grouped(file.admitted),
        grouped(file.rejected_total())
    )?;
    let warnings: u64 = file.warned.values().sum();
    if warnings > 0 {
        let noun = if warnings == 1 { "warning" } else { "warnings" };
        write!(out, ", {} {noun}", grouped(warnings))?;
    }
    if file.not_atms > 0 {
        write!(out, "; {} objects are no ATMs", grouped(file.not_atms))?;
    }
    writeln!(out)?;
    for (reason, count) in &file.rejected {
        writeln!(
            out,
            "  rejected {:>8}  {:<22} {}",
            grouped(*count),
            reason.code(),
            reason.text()
        )?;
        let examples = file.rejected_examples.iter().filter(|row| row.reason == *reason);
        for row in examples.take(EXAMPLES_SHOWN) {
            write_example(out, Some(&row.row), &row.detail)?;
            writeln!(out, "                     {}", shortened(&row.original))?;
        }
    }
    for (kind, count) in &file.warned {
        writeln!(out, "  warning  {:>8}  {:<22} {}", grouped(*count), kind.code(), kind.text())?;
        let examples = file.warning_examples.iter().filter(|warning| warning.kind == *kind);
        for warning in examples.take(EXAMPLES_SHOWN) {
            write_example(out, warning.row.as_ref(), &warning.detail)?;
        }
    }
    if !file.unused_fields.is_empty() {
        writeln!(
            out,
            "  kept in `extra`, as no field takes them: {}",
            file.unused_fields.join(", ")
        )?;
    }
    Ok(())
}

fn write_example(out: &mut impl Write, row: Option<&RowRef>, detail: &str) -> io::Result<()> {
    let row = row.map_or_else(|| "the file".to_owned(), ToString::to_string);
    let separator = if detail.is_empty() { "" } else { ": " };
    writeln!(out, "                     {row}{separator}{}", shortened(detail))
}

/// A text on one line, cut where it would fill the screen.
fn shortened(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(ORIGINAL_SHOWN_CHARS)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(ORIGINAL_SHOWN_CHARS).is_some() {
        line.push('…');
    }
    line
}

/// A count with its thousands apart: `13,733`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_thousands() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (13_733_000, "13,733,000")] {
            assert_eq!(grouped(count), text);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "ж".repeat(ORIGINAL_SHOWN_CHARS + 1);
        assert_eq!(shortened(&long).chars().count(), ORIGINAL_SHOWN_CHARS + 1);
        assert_eq!(shortened("a\nb"), "a b");
    }
}
