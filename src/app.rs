//! Wiring: from a configuration to a running service.

use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::http;
use crate::ingest::IngestError;
use crate::ingest::transports::LocateError;
use crate::service::{Service, refusals};
use crate::snapshot::Snapshot;

/// Serves until `shutdown` completes, then lets requests under way finish.
///
/// The listener answers from the first moment; until the ATMs are loaded `/readyz` and every
/// question are answered with 503.
///
/// # Errors
///
/// When a source cannot be read, or the guard refuses what it holds.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let service = Service::default();
    let router = http::router(service.clone(), &config.http);
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let address = listener.local_addr()?;
    // Answers are small and complete: waiting to fill a packet would only delay them.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set: {error}");
        }
    });
    tracing::info!(%address, "Listening on http://{address}");

    let mut stop_serving = stopped.clone();
    let serving = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                let _ = stop_serving.wait_for(|&stop| stop).await;
            })
            .await
    });
    tokio::spawn(async move {
        shutdown.await;
        let _ = stop.send(true);
    });

    let drain_for = Duration::from_millis(config.shutdown_timeout_ms);
    let loading = tokio::task::spawn_blocking(move || load(&config));
    tokio::select! {
        loaded = loading => {
            let snapshot = loaded??;
            let (id, atms, sites) = (snapshot.id(), snapshot.len(), snapshot.site_count());
            service.publication().publish(snapshot);
            tracing::info!(snapshot = %id, atms, sites, "Published snapshot {id}: {atms} ATMs at {sites} sites");
        }
        _ = stopped.wait_for(|&stop| stop) => return Ok(()),
    }

    let _ = stopped.wait_for(|&stop| stop).await;
    tracing::info!("Stopping: requests under way finish first");
    match tokio::time::timeout(drain_for, serving).await {
        Ok(served) => served?.context("serving ended with an error")?,
        Err(_elapsed) => tracing::warn!("Stopped with requests still under way"),
    }
    Ok(())
}

/// Why there is nothing to serve.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A source leads nowhere.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// A source cannot be read to its end.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The guard refuses what the sources hold, for these reasons.
    #[error("the guard refuses: {0}")]
    Refused(String),
}

/// Ingests every source and lets the guard judge the outcome.
fn load(config: &Config) -> Result<Snapshot, LoadError> {
    let sources = config.source_files()?;
    let snapshot = Snapshot::ingest(&sources, &mut |_| {})?;
    for file in &snapshot.report().files {
        let (name, rows, admitted) = (&file.file, file.rows, file.admitted);
        let (rejected, warned) = (file.rejected_total(), file.warned.values().sum::<u64>());
        tracing::info!(
            file = name,
            rows,
            admitted,
            rejected,
            warned,
            "Ingested {name}: {admitted} of {rows} rows admitted, {rejected} rejected, {warned} warnings"
        );
    }
    let reasons = refusals(snapshot.report(), config.guard.rejected_share_max);
    if !reasons.is_empty() {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        return Err(LoadError::Refused(reasons.join("; ")));
    }
    Ok(snapshot)
}

/// Completes when the process is asked to stop: Ctrl-C, or SIGTERM.
///
/// # Errors
///
/// When the system does not let signals be listened to.
pub fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
