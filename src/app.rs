//! Wiring: from a configuration to a running service.

mod administration;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::http;
use crate::http::admin::Administration;
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
    let (stop, stopping) = watch::channel(());
    // Whoever waits for the sender to be dropped waits for the signal.
    tokio::spawn(async move {
        shutdown.await;
        drop(stop);
    });
    let stopped = move || {
        let mut stopping = stopping.clone();
        async move { while stopping.changed().await.is_ok() {} }
    };
    // Dropping the set ends what goes on beside requests.
    let mut tasks = JoinSet::new();
    let router = http::router(service.clone(), &config.http);
    let address = listener.local_addr()?;
    tracing::info!(%address, "Listening on http://{address}");

    let options = config.http.clone();
    let statuses = administration::statuses(&config, &service, &mut tasks).await?;
    let admin = statuses.map(|statuses| Administration { statuses });
    let administering = administration::listen(&config, admin, stopped()).await?;

    let drain_for = Duration::from_millis(config.shutdown_timeout_ms);
    let mut serving = pin!(http::serve(listener, router, &options, stopped(), drain_for));
    tokio::select! {
        () = &mut serving => return Ok(()),
        loaded = load_aside(config)? => {
            let snapshot = loaded.context("loading ended without an outcome")??;
            let (id, atms, sites) = (snapshot.id(), snapshot.len(), snapshot.site_count());
            service.publication().publish(snapshot);
            tracing::info!(snapshot = %id, atms, sites, "Published snapshot {id}: {atms} ATMs at {sites} sites");
        }
    }
    serving.await;
    if let Some(administering) = administering {
        administering.await?;
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

/// Loads on a thread of its own, which the end of the process need not wait for.
fn load_aside(config: Config) -> std::io::Result<oneshot::Receiver<Result<Snapshot, LoadError>>> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new().name("load".to_owned()).spawn(move || {
        // Nobody receives once the service has been told to stop.
        let _ = sender.send(load(&config));
    })?;
    Ok(receiver)
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
