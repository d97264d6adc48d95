//! Wiring of administration: its store, its listener, and what goes on beside requests.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::config::Config;
use crate::http;
use crate::http::admin::{self, Administration, Gate};
use crate::service::{Service, Statuses};
use crate::store::Store;

/// The longest a start waits for the statuses that replicas share.
#[cfg(feature = "postgres")]
const LOADING_MAX: Duration = Duration::from_secs(5);

/// Opens the store and takes in what it holds; `None` when nothing is configured that could ever
/// report a status. What goes on beside requests, goes on in `tasks`.
///
/// # Errors
///
/// When the store cannot be opened.
pub(super) async fn statuses(
    config: &Config,
    service: &Service,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<Option<Statuses>> {
    let is_wanted = !config.credentials()?.is_empty()
        || config.state_dir.is_some()
        || config.status.store.is_some();
    if !is_wanted {
        return Ok(None);
    }
    let store = Store::open(&config.store_place()).await?;
    if !store.is_durable() {
        tracing::info!(
            "Statuses and audit log are kept in memory alone; state_dir or status.store keeps them"
        );
    }
    let statuses = Statuses::new(service.clone(), store, config.status.limits());
    match statuses.store() {
        Store::Sqlite(_) => {
            let count = statuses.load().await?;
            if count > 0 {
                tracing::info!(count, "Took in {count} statuses kept by the store");
            }
        }
        #[cfg(feature = "postgres")]
        Store::Postgres(store) => {
            load_in_time(&statuses).await;
            let (statuses, store) = (statuses.clone(), store.clone());
            tasks.spawn(async move {
                statuses.follow(&store).await;
            });
        }
    }
    let tended = statuses.clone();
    tasks.spawn(async move { tended.tend().await });
    Ok(Some(statuses))
}

/// Takes in what other replicas reported before anything is served, so that no machine known to be
/// out of service is shown as if nothing were known. Without the database, serving begins all the
/// same, by what the data says.
#[cfg(feature = "postgres")]
async fn load_in_time(statuses: &Statuses) {
    match tokio::time::timeout(LOADING_MAX, statuses.load()).await {
        Ok(Ok(count)) => tracing::info!(count, "Took in {count} statuses that replicas share"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "Statuses are not known yet, and follow: {error}");
        }
        Err(_elapsed) => {
            tracing::warn!("Statuses are not known yet, and follow: the store takes too long");
        }
    }
}

/// Opens the listener of administration, if there is a credential, and serves it until `shutdown`
/// completes; what is returned completes when requests under way have finished then.
///
/// # Errors
///
/// When the address cannot be listened on.
pub(super) async fn listen(
    config: &Config,
    administration: Option<Administration>,
    gate: Arc<Gate>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(administration) = administration.filter(|_| !gate.is_closed()) else {
        return Ok(None);
    };
    let address = config.admin_listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("administration cannot listen on {address}"))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "Administration listens on http://{address}");
    let router = admin::router(administration, gate, &config.admin);
    let options = config.admin.http();
    let drain_for = Duration::from_millis(config.shutdown_timeout_ms);
    Ok(Some(tokio::spawn(async move {
        http::serve(listener, router, &options, shutdown, drain_for).await;
    })))
}
