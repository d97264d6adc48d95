//! Wiring of language models: their path beside the others, and standard input and output.

use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::http::admin::Gate;
use crate::mcp;
use crate::sealed::Sealer;
use crate::service::reload::{ReloadOptions, ReloadRequest, Reloader, Trigger, keep_fresh};
use crate::service::{Service, Statuses};

use super::administration;

/// The path of the Model Context Protocol, unless it is switched off. Whoever may change things may
/// report statuses there.
pub(super) fn routes(
    config: &Config,
    service: &Service,
    statuses: Option<&Statuses>,
    gate: Arc<Gate>,
    stopping: watch::Receiver<()>,
) -> Option<Router> {
    let statuses = statuses.filter(|_| !gate.is_closed()).cloned();
    let secret = &config.chat.secret;
    let sealer =
        if secret.is_empty() { Sealer::default() } else { Sealer::from_secret(secret.expose()) };
    mcp::router(service.clone(), statuses, gate, sealer, stopping, &config.mcp, &config.http)
}

/// Speaks the Model Context Protocol over standard input and output until the client hangs up. It
/// is spoken from the first moment; calls wait until the ATMs are loaded. Then sources are kept
/// fresh.
///
/// Nothing is kept on disk, whatever `state_dir` says: it may be that of a running service. Live
/// statuses are those of the store that replicas share, if one is configured, and are reported by
/// the holder of `admin_token`.
///
/// # Errors
///
/// When a required source cannot be read, or the guard refuses what it holds: a
/// [`ReloadError`](crate::service::reload::ReloadError). When standard input does not speak the
/// protocol: a [`SpeakError`](mcp::SpeakError).
pub async fn speak(config: Config) -> anyhow::Result<()> {
    let service = Service::default();
    let mut tasks = JoinSet::new();
    let statuses = match config.status.store {
        Some(_) => administration::statuses(&config, &service, &mut tasks).await?,
        None => None,
    };
    let reporting = statuses.filter(|_| !config.admin_token.is_empty());
    let reporting = reporting.map(|statuses| (statuses, Arc::from("admin")));
    let options = ReloadOptions {
        landmarks: config.landmarks()?,
        sources: config.configured_sources(),
        state_dir: None,
        snapshots_kept: config.snapshots_kept.get(),
    };
    let reloader = Arc::new(Reloader::open(service.clone(), options)?);
    let (_stop, stopping) = watch::channel(());
    let kept_fresh = async {
        reloader.reload(ReloadRequest::unattended(Trigger::Start, None)).await?;
        keep_fresh(Arc::clone(&reloader)).await;
        std::future::pending::<anyhow::Result<()>>().await
    };
    tokio::select! {
        spoken = mcp::speak(service, reporting, stopping) => Ok(spoken?),
        failed = kept_fresh => failed,
    }
}
