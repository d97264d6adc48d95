//! The one mutable cell: which snapshot is current.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::snapshot::Snapshot;

/// Everything one request answers from. Loaded once per request and passed down, so that one
/// answer never mixes two states of the data.
#[derive(Debug)]
pub struct Published {
    /// The ATMs, their sites and index.
    pub snapshot: Snapshot,
}

/// Holds what is published. Readers never wait; publishing replaces everything in one step.
#[derive(Debug, Default)]
pub struct Publication {
    current: ArcSwapOption<Published>,
}

impl Publication {
    /// What is published, `None` until the first snapshot is.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Published>> {
        self.current.load_full()
    }

    /// Makes a snapshot current. Requests under way finish with the one they began with.
    pub fn publish(&self, snapshot: Snapshot) {
        self.current.store(Some(Arc::new(Published { snapshot })));
    }
}
