//! `nearest-atm check`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::config::Config;
use crate::domain::{FileReport, IngestReport, RejectedRow, RowRef};
use crate::service::judge;
use crate::service::reload::Difference;
use crate::snapshot::{Purpose, Snapshot};

use super::against::{baseline, write_difference};
use super::table::grouped;
use super::{Failure, SourceArgs};

/// Examples of each reason shown to people; the JSON report has more.
const EXAMPLES_SHOWN: usize = 3;

/// How much of a row's text is shown to people, in characters.
const ORIGINAL_SHOWN_CHARS: usize = 100;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// What is served now: a saved snapshot (the .atms file in `state_dir`/snapshots), or the SOURCE
    /// as it was. Tells the difference, and what the guard would say of it.
    #[arg(long, value_name = "FILE")]
    against: Option<String>,
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
        let mut config = self.sources.configure()?;
        let before = self.against.as_deref();
        let before = before.map(|against| baseline(against, &mut config)).transpose()?;
        let snapshot = &super::assemble(&config, Purpose::Inspection, &mut |row| {
            if let Some(rejects) = &mut rejects {
                rejects.write(row);
            }
        })?;
        if let Some(rejects) = rejects {
            rejects.finish()?;
        }
        let difference = Difference::between(before.as_ref(), snapshot);
        let reasons = refusals(&config, snapshot, &difference);
        let difference = before.is_some().then_some(&difference);
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            ReportFormat::Text => write_text(&mut out, snapshot, difference, &reasons)?,
            ReportFormat::Json => write_json(&mut out, snapshot, difference, &reasons)?,
        }
        out.flush()?;
        if reasons.is_empty() { Ok(()) } else { Err(Failure::Refused(reasons.join("; "))) }
    }
}

/// What the guard has against each source, judged as the service judges it.
fn refusals(config: &Config, snapshot: &Snapshot, difference: &Difference) -> Vec<String> {
    let sources = config.configured_sources();
    let mut refusals = Vec::new();
    for source in &sources {
        let files = snapshot.report().files.iter();
        let files = files.filter(|file| file.configured == source.name);
        for reason in judge(&difference.of_source(&source.name), files, &source.guard) {
            let is_clear = sources.len() == 1;
            refusals.push(if is_clear {
                reason.to_string()
            } else {
                format!("{}: {reason}", source.name)
            });
        }
    }
    refusals
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

fn write_json(
    out: &mut impl Write,
    snapshot: &Snapshot,
    difference: Option<&Difference>,
    reasons: &[String],
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Body<'s> {
        #[serde(flatten)]
        report: &'s IngestReport,
        snapshot: SnapshotJson,
        #[serde(skip_serializing_if = "Option::is_none")]
        difference: Option<&'s Difference>,
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
        difference,
        refused_because: reasons,
    };
    serde_json::to_writer_pretty(&mut *out, &body)?;
    writeln!(out)
}

fn write_text(
    out: &mut impl Write,
    snapshot: &Snapshot,
    difference: Option<&Difference>,
    reasons: &[String],
) -> io::Result<()> {
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
    if let Some(difference) = difference {
        write_difference(out, difference)?;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "ж".repeat(ORIGINAL_SHOWN_CHARS + 1);
        assert_eq!(shortened(&long).chars().count(), ORIGINAL_SHOWN_CHARS + 1);
        assert_eq!(shortened("a\nb"), "a b");
    }
}
