//! Long work beside the short: a bounded share of the cores for questions that take more than
//! microseconds.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::error::Problem;

/// Runs work on threads apart from those that answer single lookups, on all cores but one at a
/// time. Cloning shares the cores.
#[derive(Clone, Debug)]
pub struct Workers {
    permits: Arc<Semaphore>,
    count: usize,
}

impl Default for Workers {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let count = cores.saturating_sub(1).max(1);
        Self { permits: Arc::new(Semaphore::new(count)), count }
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
        let done = spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_panic| Problem::Internal)
    }
}
