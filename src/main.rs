//! The `nearest-atm` command.

use std::process::ExitCode;

use clap::Parser as _;
use nearest_atm::cli::Command;

fn main() -> ExitCode {
    nearest_atm::cli::run(Command::parse())
}
