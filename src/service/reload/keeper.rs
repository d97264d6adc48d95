//! Keeping sources fresh: schedules, watched files, notifications of databases, losses to be looked
//! at again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::source::{Condition, Origin};
use super::{ReloadRequest, Reloader, Trigger};
use crate::ingest::transports::Watcher;

/// How long a watched file must rest before it is read: writing it takes time.
const REST: Duration = Duration::from_secs(1);

/// How long a file that never rests may keep from being read.
const REST_MAX: Duration = Duration::from_secs(30);

/// How long to wait when nothing is due.
const NOTHING_DUE: Duration = Duration::from_hours(24);

/// Keeps every source fresh for as long as it is polled.
pub async fn keep_fresh(reloader: Arc<Reloader>) {
    let mut keepers = JoinSet::new();
    for place in 0..reloader.sources.len() {
        keepers.spawn(keep(Arc::clone(&reloader), place));
    }
    while keepers.join_next().await.is_some() {}
    // Nothing to keep: wait like somebody who has.
    std::future::pending::<()>().await;
}

async fn keep(reloader: Arc<Reloader>, place: usize) {
    let source = reloader.sources[place].clone();
    let (tell, mut told) = channel(1);
    let mut watcher = watch(&source.origin, &source.name, &tell);
    if let (Origin::Access { access, .. }, Some(channel)) = (&source.origin, &source.listen) {
        access.listen(channel, tell.clone());
    }
    let reloading = |trigger| {
        let reloader = Arc::clone(&reloader);
        let request = ReloadRequest::unattended(trigger, Some(&source.name));
        // What came of it is told by the reload itself.
        async move { drop(reloader.reload(request).await) }
    };
    let mut next = source.every.map(|every| Instant::now() + every);
    loop {
        let due = earliest(next, held_until(&reloader, place));
        let trigger = tokio::select! {
            () = tokio::time::sleep_until(due) => Trigger::Schedule,
            // Perhaps it is this source that is held now.
            () = reloader.held.notified() => continue,
            heard = told.recv() => {
                if heard.is_none() {
                    return;
                }
                if source.listen.is_some() {
                    Trigger::Notification
                } else {
                    rest(&mut told).await;
                    Trigger::Change
                }
            }
        };
        if trigger == Trigger::Schedule && next.is_none_or(|next| next > Instant::now()) {
            // Woken for a loss that has lasted, or for nothing.
            if held_until(&reloader, place).is_none() {
                continue;
            }
        }
        reloading(trigger).await;
        // A file that was not there to be watched may be there now.
        if watcher.is_none() {
            watcher = watch(&source.origin, &source.name, &tell);
        }
        next = source.every.map(|every| Instant::now() + every);
    }
}

/// Watches a path, where that is what the source is.
fn watch(origin: &Origin, name: &str, tell: &Sender<()>) -> Option<Watcher> {
    let Origin::Access { access, .. } = origin else { return None };
    let path = access.location.path()?;
    match Watcher::start(path, tell.clone()) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            tracing::warn!(source = name, "Source {name} cannot be watched for changes: {error}");
            None
        }
    }
}

/// Waits until nothing has been told for a while.
async fn rest(told: &mut Receiver<()>) {
    let latest = Instant::now() + REST_MAX;
    while Instant::now() < latest {
        match tokio::time::timeout(REST, told.recv()).await {
            Ok(Some(())) => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// When a loss of this source is to be looked at again.
fn held_until(reloader: &Reloader, place: usize) -> Option<Instant> {
    let states = reloader.states();
    let Condition::Held { until, .. } = states[place].condition else { return None };
    let left = until.duration_since(reloader.service.now());
    Some(Instant::now() + Duration::try_from(left).unwrap_or_default())
}

fn earliest(next: Option<Instant>, held: Option<Instant>) -> Instant {
    let nothing = Instant::now() + NOTHING_DUE;
    next.unwrap_or(nothing).min(held.unwrap_or(nothing))
}
