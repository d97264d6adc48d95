//! Work that gives way to lookups.
//!
//! Reading and building take all cores while nobody asks for them, and next to nothing while
//! somebody does: their threads run at the lowest priority the system has, where it has one a
//! thread (Linux). Elsewhere they leave one core alone.

use tokio::sync::oneshot;

/// Niceness of threads that build: the scheduler of Linux gives a thread at 0 some 68 times the
/// share of one at 19.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// Lets the shared pool of threads give way as well. To be called once, before the pool is used;
/// afterwards it changes nothing.
pub fn give_way() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if cfg!(target_os = "linux") { cores } else { (cores - 1).max(1) };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("build-{number}"))
        .start_handler(|_number| lower_priority());
    if let Err(error) = pool.build_global() {
        tracing::debug!("The pool of threads is at work already: {error}");
    }
}

/// Runs `work` on a thread of its own that gives way, as do the threads it starts. The end of the
/// process does not wait for it.
pub(super) fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    let thread = std::thread::Builder::new().name("build".to_owned());
    let spawned = thread.spawn(move || {
        lower_priority();
        // Nobody receives once the service has been told to stop.
        let _ = sender.send(work());
    });
    if let Err(error) = spawned {
        // The receiver learns of it by the sender being gone.
        tracing::error!("A thread cannot be started: {error}");
    }
    receiver
}

/// Lets the thread that calls it run when no other wants to, where the system has priorities a
/// thread.
#[cfg(target_os = "linux")]
pub fn lower_priority() {
    // On Linux, "no process" is the calling thread.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!("A thread keeps its priority: {error}");
    }
}

/// Lets the thread that calls it run when no other wants to, where the system has priorities a
/// thread.
#[cfg(not(target_os = "linux"))]
pub fn lower_priority() {}
