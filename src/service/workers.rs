//! Long work beside the short: threads for questions that take more than microseconds, all cores
//! of them, which give way to those that answer single lookups.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;

/// Niceness of threads beside those that answer single lookups: the scheduler of Linux gives a
/// thread at 0 some 68 times the share of one at 19. Its idle class would give still less, and
/// where every core is busy all the time the work would never end.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// Why work came to no end: it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("work beside lookups failed")]
pub struct WorkFailed;

/// Runs work on threads apart from those that answer single lookups. Where the system has
/// priorities a thread (Linux) there are as many as cores, and they run when nobody else wants to;
/// elsewhere one core is left alone. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Workers {
    /// `None` where the system gave no threads; those of the runtime do the work then.
    pool: Option<Arc<ThreadPool>>,
    /// What has begun: work that has to wait waits here, and can be given up.
    permits: Arc<Semaphore>,
    count: usize,
}

impl Default for Workers {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let count = if cfg!(target_os = "linux") { cores } else { (cores - 1).max(1) };
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|number| format!("long-{number}"))
            .start_handler(|_number| lower_priority())
            .build()
            .inspect_err(|error| tracing::warn!("No threads for long questions: {error}"));
        let permits = Arc::new(Semaphore::new(count));
        Self { pool: pool.ok().map(Arc::new), permits, count }
    }
}

impl Workers {
    /// How many pieces of work run at once.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Runs `work` when its turn comes. Work nobody waits for any more does not begin.
    ///
    /// # Errors
    ///
    /// [`WorkFailed`] when it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkFailed> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_never_closed| WorkFailed)?;
        let (sender, receiver) = oneshot::channel();
        let work = move || {
            if sender.is_closed() {
                return;
            }
            // What the work has is gone with it, so that nothing half done is seen.
            let result = catch_unwind(AssertUnwindSafe(work));
            drop(permit);
            // Of a panic the receiver learns by the sender being gone.
            if let Ok(result) = result {
                let _ = sender.send(result);
            }
        };
        match &self.pool {
            Some(pool) => pool.spawn(work),
            None => drop(spawn_blocking(work)),
        }
        receiver.await.map_err(|_panic| WorkFailed)
    }
}

/// Lets the thread that calls it run when no other wants to, where the system has priorities a
/// thread.
#[cfg(target_os = "linux")]
pub(super) fn lower_priority() {
    // On Linux, "no process" is the calling thread.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!("A thread keeps its priority: {error}");
    }
}

/// Lets the thread that calls it run when no other wants to, where the system has priorities a
/// thread.
#[cfg(not(target_os = "linux"))]
pub(super) fn lower_priority() {}
