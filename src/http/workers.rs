//! Long work beside the short: threads for questions that take more than microseconds, all cores
//! of them, which give way to those that answer single lookups.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;

use crate::service::reload::lower_priority;

use super::error::Problem;

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
    /// [`Problem::Internal`] when it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_never_closed| Problem::Internal)?;
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
        receiver.await.map_err(|_panic| Problem::Internal)
    }
}
