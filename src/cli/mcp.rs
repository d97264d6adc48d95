//! `nearest-atm mcp`

use clap::Args;

use crate::app;
use crate::telemetry;

use super::{Failure, SourceArgs};

#[derive(Debug, Args)]
pub(super) struct McpArgs {
    #[command(flatten)]
    sources: SourceArgs,
}

impl McpArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let config = self.sources.configure()?;
        telemetry::start(&config.log)
            .map_err(|error| Failure::Usage(format!("log.level: {error}")))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let spoken = runtime.block_on(app::speak(config));
        // A thread may still wait for a line that never comes.
        runtime.shutdown_background();
        spoken.map_err(Failure::from_serving)
    }
}
