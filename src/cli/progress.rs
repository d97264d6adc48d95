//! A progress bar on a terminal, nothing elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::ingest::SourceFiles;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Bytes below which reading is over before a bar could be read.
const SHOWN_FROM_BYTES: u64 = 16 << 20;

/// A bar that follows the bytes read, until it is finished.
pub(super) struct Progress {
    follower: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

/// Shows how much of the sources has been read, if that takes a person's time. The bar goes to
/// standard error, and only when that is a terminal.
pub(super) fn watch(sources: &[Vec<SourceFiles>]) -> Progress {
    let inputs = || sources.iter().flatten().flat_map(|source| &source.inputs);
    let total_bytes: u64 = inputs().filter_map(|input| input.stored_bytes().ok()).sum();
    if total_bytes < SHOWN_FROM_BYTES {
        return Progress { follower: None };
    }
    let counters: Vec<Arc<AtomicU64>> = inputs().map(crate::ingest::Input::read_counter).collect();
    let is_done = Arc::new(AtomicBool::new(false));
    let is_done_too = Arc::clone(&is_done);
    let follower = std::thread::spawn(move || {
        let style = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
        let bar = ProgressBar::new(total_bytes);
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        while !is_done_too.load(Ordering::Relaxed) {
            // Formats that read a file more than once would run past its end.
            let read: u64 = counters.iter().map(|counter| counter.load(Ordering::Relaxed)).sum();
            bar.set_position(read.min(total_bytes));
            std::thread::sleep(TICK);
        }
        bar.finish_and_clear();
    });
    Progress { follower: Some((is_done, follower)) }
}

impl Progress {
    /// Takes the bar away.
    pub(super) fn finish(self) {
        if let Some((is_done, follower)) = self.follower {
            is_done.store(true, Ordering::Relaxed);
            let _ = follower.join();
        }
    }
}
