//! `nearest-atm serve`

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::app;
use crate::service::reload::ReloadError;
use crate::telemetry;

use super::{Failure, SourceArgs};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Address of the public listener, such as 127.0.0.1:8080; port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address of the administration listener, which is open only with a credential such as
    /// `NEAREST_ATM_ADMIN_TOKEN`.
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// Directory for what outlives the process.
    #[arg(long, value_name = "DIRECTORY")]
    state_dir: Option<PathBuf>,
}

impl ServeArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut config = self.sources.configure()?;
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(listen) = self.admin_listen {
            config.admin_listen = listen;
        }
        if let Some(state_dir) = &self.state_dir {
            config.state_dir = Some(state_dir.clone());
        }
        telemetry::start(&config.log)
            .map_err(|error| Failure::Usage(format!("log.level: {error}")))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime
            .block_on(async {
                let address = config.listen;
                let listener = tokio::net::TcpListener::bind(address)
                    .await
                    .with_context(|| format!("cannot listen on {address}"))?;
                app::run(listener, config, app::stop_signal()?).await
            })
            .map_err(Failure::from_serving)
    }
}

impl Failure {
    /// A failure of serving, sorted by what it means for whoever started it.
    pub(super) fn from_serving(error: anyhow::Error) -> Self {
        match error.downcast::<ReloadError>() {
            Ok(ReloadError::Unreadable(outcome)) => Self::Unreadable(outcome.reasons().join("; ")),
            Ok(ReloadError::Refused(outcome)) => Self::Refused(outcome.reasons().join("; ")),
            Ok(error) => Self::Serve(error.into()),
            Err(error) => Self::Serve(error),
        }
    }
}
