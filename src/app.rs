//! Wiring: from a configuration to a running service.

mod administration;
#[cfg(feature = "mcp")]
mod language_models;
#[cfg(feature = "channels")]
mod messaging;

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::chat::Conversation;
use crate::config::Config;
use crate::http::admin::{Administration, Gate};
use crate::http::{self, Beside};
use crate::service::reload::{ReloadOptions, ReloadRequest, Reloader, Trigger, keep_fresh};
use crate::service::{Service, read_reference};

#[cfg(feature = "mcp")]
pub use language_models::speak;

/// Serves until `shutdown` completes, then lets requests under way finish.
///
/// The listener answers from the first moment; until the ATMs are loaded `/readyz` and every
/// question are answered with 503. Then sources are kept fresh.
///
/// # Errors
///
/// When at the start a required source cannot be read, or the guard refuses what it holds: a
/// [`ReloadError`](crate::service::reload::ReloadError). Later neither ends the service.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    // Listened to from the start: until it is, the signal ends the process.
    let hangups = Hangups::listen()?;
    read_reference();
    let service = Service::default();
    let (stop, stopping) = watch::channel(());
    // Whoever waits for the sender to be dropped waits for the signal.
    let stopping_since = Arc::new(OnceLock::new());
    let noted = Arc::clone(&stopping_since);
    tokio::spawn(async move {
        shutdown.await;
        let _ = noted.set(Instant::now());
        drop(stop);
    });
    #[cfg(feature = "mcp")]
    let stopping_models = stopping.clone();
    let stopped = move || {
        let mut stopping = stopping.clone();
        async move { while stopping.changed().await.is_ok() {} }
    };
    // Dropping the set ends what goes on beside requests.
    let mut tasks = JoinSet::new();
    let conversation = config
        .chat
        .enabled
        .then(|| Conversation::new(service.clone(), &config.chat))
        .transpose()?;
    let statuses = administration::statuses(&config, &service, &mut tasks).await?;
    let gate = Arc::new(Gate::new(config.credentials()?, service.clone()));
    #[cfg(feature = "channels")]
    let channels = messaging::open(&config, &service, conversation.as_ref())?;
    let beside = Beside {
        conversation,
        #[cfg(feature = "mcp")]
        models: {
            let (statuses, gate) = (statuses.as_ref(), Arc::clone(&gate));
            language_models::routes(&config, &service, statuses, gate, stopping_models)
        },
        #[cfg(not(feature = "mcp"))]
        models: None,
        #[cfg(feature = "channels")]
        webhooks: channels.router(),
        #[cfg(not(feature = "channels"))]
        webhooks: None,
    };
    #[cfg(not(feature = "channels"))]
    anyhow::ensure!(!config.channels.is_any(), "this build has no channels, and one is configured");
    let router = http::router(service.clone(), beside, &config.http);
    let address = listener.local_addr()?;
    tracing::info!(%address, "Listening on http://{address}");

    let options = ReloadOptions {
        sources: config.configured_sources(),
        state_dir: config.state_dir.clone(),
        snapshots_kept: config.snapshots_kept.get(),
        landmarks: config.landmarks()?,
    };
    let reloader =
        Reloader::open(service.clone(), options).context("the state directory cannot be used")?;
    let reloader = Arc::new(reloader);
    let keeper = Arc::clone(&reloader);
    let admin =
        statuses.map(|statuses| Administration { statuses, reloader: Arc::clone(&reloader) });
    let administering = administration::listen(&config, admin, gate, stopped()).await?;

    let drain_for = Duration::from_millis(config.shutdown_timeout_ms);
    let mut serving = pin!(http::serve(listener, router, &config.http, stopped(), drain_for));
    let serving_out = async {
        tokio::select! {
            () = &mut serving => return Ok(()),
            // What was served last is served at once, even with every source down.
            _is_restored = reloader.restore() => {}
        }
        tokio::select! {
            () = &mut serving => return Ok(()),
            started = reloader.reload(ReloadRequest::unattended(Trigger::Start, None)) => {
                if let Err(error) = started {
                    // With something to serve, a source that fails is told of and no more.
                    service.published().map_err(|_not_ready| error)?;
                }
            }
        }
        tokio::select! {
            () = &mut serving => {}
            () = keep_fresh(Arc::clone(&reloader)) => {}
            () = hangups.reload(reloader) => {}
        }
        anyhow::Ok(())
    };
    let outcome = serving_out.await;
    // What requests under way took of the time is not there for what comes after them.
    let left = || {
        let passed = stopping_since.get().map(Instant::elapsed).unwrap_or_default();
        drain_for.saturating_sub(passed)
    };
    #[cfg(feature = "channels")]
    channels.drain(left()).await;
    let _is_kept = tokio::time::timeout(left(), keeper.kept()).await;
    outcome?;
    if let Some(administering) = administering {
        administering.await?;
    }
    Ok(())
}

/// The signal SIGHUP, where there is one.
struct Hangups {
    #[cfg(unix)]
    signals: tokio::signal::unix::Signal,
}

impl Hangups {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signals: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    /// Reloads every source whenever the signal was sent, for as long as it is polled.
    async fn reload(self, reloader: Arc<Reloader>) {
        #[cfg(unix)]
        {
            let mut signals = self.signals;
            while signals.recv().await.is_some() {
                tracing::info!("Reloading on SIGHUP");
                // What came of it is told by the reload itself.
                drop(reloader.reload(ReloadRequest::unattended(Trigger::Signal, None)).await);
            }
        }
        drop(reloader);
        std::future::pending::<()>().await;
    }
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
