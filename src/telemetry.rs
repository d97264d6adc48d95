//! Logs: to standard error, for people or for programs, never with a position in them.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{LogFormat, LogOptions};

/// Starts logging. A second call in one process changes nothing.
///
/// # Errors
///
/// When `level` is neither a level nor a list of directives.
pub fn start(options: &LogOptions) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(&options.level)?;
    let has_colours = std::io::stderr().is_terminal();
    let lines =
        tracing_subscriber::fmt::layer().with_ansi(has_colours).with_writer(std::io::stderr);
    let lines = match options.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(filter).with(discreet()).with(lines);
    if subscriber.try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// Whatever `level` says, other crates tell nothing below `info`: what they find worth debugging,
/// such as a malformed path, holds what clients sent, and that may be a position.
fn discreet() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target(env!("CARGO_CRATE_NAME"), LevelFilter::TRACE)
        // It repeats what clients sent at every level, and what it tells is answered to them.
        .with_target("rmcp", LevelFilter::OFF)
}

/// Tells where a panic happened, and why only where that is a fixed text: a formatted one may hold
/// any value.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let reason = panic.payload().downcast_ref::<&'static str>().copied();
    let reason = reason.unwrap_or("a reason that may hold a value and is not told");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    tracing::error!(place, reason, %backtrace, "Panicked at {place}: {reason}");
}
