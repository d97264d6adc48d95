//! The command line: arguments in, reports and tables out.

mod against;
mod check;
mod convert;
mod find;
#[cfg(feature = "mcp")]
mod mcp;
mod progress;
mod serve;
mod synth;
mod table;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, DEFAULT_TOML, SourceConfig};
use crate::domain::RejectedRow;
use crate::ingest::{Format, IngestError, ReadOptions, SourceFiles};
use crate::service::reload::ConfiguredSource;
use crate::snapshot::{Part, Purpose, Snapshot};

/// Exit code of a usage error, as clap has it too.
const EXIT_USAGE: u8 = 2;
/// Exit code when the guard would refuse what was read.
const EXIT_REFUSED: u8 = 3;
/// Exit code when a source cannot be read.
const EXIT_UNREADABLE: u8 = 4;

/// Answers "where is the nearest ATM?" from real ATM location data.
#[derive(Debug, Parser)]
#[command(name = "nearest-atm", version, max_term_width = 100)]
pub struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run the service; without a source, on the real ATMs compiled in.
    Serve(serve::ServeArgs),
    /// Ingest without serving: what is admitted, rejected and suspicious, and why.
    Check(check::CheckArgs),
    /// Find the nearest ATMs to a position, on the terminal.
    Find(Box<find::FindArgs>),
    /// Serve a language model over standard input and output (Model Context Protocol).
    #[cfg(feature = "mcp")]
    Mcp(mcp::McpArgs),
    /// Write validated ATMs as .csv, .geojson, .ndjson or Open Banking .json.
    Convert(convert::ConvertArgs),
    /// Write a synthetic estate for load tests, labelled synthetic in every record.
    Synth(synth::SynthArgs),
    /// Print the complete default configuration with a comment per key.
    Config,
}

/// What every command that reads sources takes.
#[derive(Debug, Args)]
struct SourceArgs {
    /// Files, directories or URLs (http, https, s3, gs, az, postgres) of ATMs, of any known
    /// format, plain or compressed.
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Configuration file (TOML); its sources are used when none is named here.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The sources' format, where name and content do not tell.
    #[arg(long, value_name = "FORMAT")]
    format_of: Option<Format>,
}

impl SourceArgs {
    /// The configuration of file, environment and these arguments.
    fn configure(&self) -> Result<Config, Failure> {
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut config = Config::load(self.config.as_deref(), environment)?;
        if !self.sources.is_empty() {
            let source = |location: &String| {
                let read = ReadOptions { format: self.format_of, ..ReadOptions::default() };
                SourceConfig::at(location, read)
            };
            config.sources = self.sources.iter().map(source).collect();
        }
        Ok(config)
    }

    /// Ingests the sources behind a progress display.
    fn ingest(&self) -> Result<Snapshot, Failure> {
        assemble(&self.configure()?, Purpose::Inspection, &mut |_row| {})
    }

    /// The same to find places in, the administrator's landmarks among them.
    fn ingest_with_places(&self) -> Result<Snapshot, Failure> {
        let config = self.configure()?;
        let landmarks = config.landmarks()?;
        assemble(&config, Purpose::Service { landmarks: &landmarks }, &mut |_row| {})
    }
}

/// Ingests the sources of a configuration as the service does, each under its own name, behind a
/// progress display.
fn assemble(
    config: &Config,
    purpose: Purpose<'_>,
    on_reject: &mut dyn FnMut(&RejectedRow),
) -> Result<Snapshot, Failure> {
    let sources = config.configured_sources();
    let files = sources.iter().map(ConfiguredSource::fetch_blocking);
    let files: Vec<Vec<SourceFiles>> =
        files.collect::<Result<_, _>>().map_err(ConfigError::from)?;
    let progress = progress::watch(&files);
    let parts = sources.iter().zip(&files);
    let parts = parts.map(|(source, files)| Part::Read { name: &source.name, files });
    let parts: Vec<Part<'_>> = parts.collect();
    let snapshot = Snapshot::assemble(&parts, purpose, &mut |_configured, row| on_reject(row));
    progress.finish();
    Ok(snapshot?)
}

/// Why a command ends without success.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Unreadable(String),
    #[error("the guard refuses: {0}")]
    Refused(String),
    #[error("{path} cannot be written: {error}")]
    Write { path: String, error: io::Error },
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
    #[error("{0:#}")]
    Serve(anyhow::Error),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(ConfigError::Source(_)) | Self::Ingest(_) | Self::Unreadable(_) => {
                EXIT_UNREADABLE.into()
            }
            Self::Usage(_) | Self::Config(_) => EXIT_USAGE.into(),
            Self::Refused(_) => EXIT_REFUSED.into(),
            // A reader that has seen enough, such as `head`, is no failure.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Write { .. } | Self::Output(_) | Self::Serve(_) => ExitCode::FAILURE,
        }
    }
}

/// Carries out a command and says how it went.
#[must_use]
pub fn run(command: Command) -> ExitCode {
    let outcome = match command.task {
        Task::Serve(args) => args.run(),
        Task::Check(args) => args.run(),
        Task::Find(args) => args.run(),
        #[cfg(feature = "mcp")]
        Task::Mcp(args) => args.run(),
        Task::Convert(args) => args.run(),
        Task::Synth(args) => args.run(),
        Task::Config => io::stdout().write_all(DEFAULT_TOML.as_bytes()).map_err(Failure::from),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let exit_code = failure.exit_code();
            if exit_code != ExitCode::SUCCESS {
                let _ = writeln!(io::stderr(), "nearest-atm: {failure}");
            }
            exit_code
        }
    }
}
