//! Work that gives way to lookups.
//!
//! Reading and building take all cores while nothing is served. As soon as something is, they leave
//! one core alone and run at the lowest priority the system has, where it has one a thread (Linux).

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rayon::ThreadPool;
use tokio::sync::oneshot;

use crate::snapshot::Snapshot;

use super::super::workers::lower_priority;

/// How often it is looked whether the last request has let go of what it answers from.
const LET_GO_POLL: Duration = Duration::from_millis(50);

/// How often that is done: longer than any request lasts.
const LET_GO_POLLS_MAX: u32 = 12_000;

/// All cores but one, at the lowest priority; `None` where threads cannot be started.
static BESIDE: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads((cores - 1).max(1))
        .thread_name(|number| format!("build-{number}"))
        .start_handler(|_number| lower_priority());
    pool.build()
        .inspect_err(|error| tracing::warn!("No threads to build beside lookups: {error}"))
        .ok()
});

/// Runs `work` so that lookups go first, with all that it does in parallel, and waits for it.
pub fn beside_lookups<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match &*BESIDE {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Runs `work` on a thread of its own; beside lookups if anything `is_serving`, else on all cores.
/// The end of the process does not wait for it.
pub(super) fn in_background<T: Send + 'static>(
    is_serving: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    spawn(move || {
        let outcome = if is_serving { beside_lookups(work) } else { work() };
        // Nobody receives once the service has been told to stop.
        let _ = sender.send(outcome);
    });
    receiver
}

/// Lets go of a snapshot that is no longer served, once nobody answers from it any more. Giving
/// back its memory takes a while, and no request is to wait for that.
pub(super) fn let_go(replaced: Option<Arc<Snapshot>>) {
    let Some(mut snapshot) = replaced else { return };
    spawn(move || {
        lower_priority();
        for _ in 0..LET_GO_POLLS_MAX {
            match Arc::try_unwrap(snapshot) {
                Ok(snapshot) => return drop(snapshot),
                Err(still) => snapshot = still,
            }
            std::thread::sleep(LET_GO_POLL);
        }
    });
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("build".to_owned());
    if let Err(error) = thread.spawn(work) {
        // Who waits for an outcome learns of it by the sender being gone.
        tracing::error!("A thread cannot be started: {error}");
    }
}
