//! `nearest-atm synth`

use std::path::PathBuf;

use clap::Args;

use crate::{export, synth};

use super::Failure;
use super::convert::{format_of, write_file};

#[derive(Debug, Args)]
pub(super) struct SynthArgs {
    /// How many ATMs, at most 30,000,000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=synth::SYNTHETIC_COUNT_MAX))]
    count: u64,
    /// Equal seeds give equal estates.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// File to write: .csv, .geojson, .ndjson or .json (Open Banking).
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl SynthArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let format = format_of(&self.output)?;
        let source = synth::synthetic_source(self.seed);
        let atms = synth::synthetic_atms(self.count, self.seed);
        write_file(&self.output, |out| export::write_stream(out, atms, &source, format))
    }
}
