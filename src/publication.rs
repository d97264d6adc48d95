//! The one mutable cell: which snapshot is current.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;

use crate::snapshot::Snapshot;

/// Everything one request answers from. Loaded once per request and passed down, so that one
/// answer never mixes two states of the data.
#[derive(Debug)]
pub struct Published {
    /// The ATMs, their sites and index.
    pub snapshot: Arc<Snapshot>,
}

impl Published {
    /// What is published, as it is at `now`.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> View<'_> {
        View::of(&self.snapshot, now)
    }
}

/// One published state at one instant: what a question is answered from, and an answer rendered.
#[derive(Clone, Copy, Debug)]
pub struct View<'p> {
    /// The ATMs, their sites and index.
    pub snapshot: &'p Snapshot,
    /// When the question is asked. What is open, and what has expired, is judged at this instant.
    pub now: Timestamp,
}

impl<'p> View<'p> {
    /// A snapshot as it is at `now`, of which nothing is known beside what its sources say.
    #[must_use]
    pub fn of(snapshot: &'p Snapshot, now: Timestamp) -> Self {
        Self { snapshot, now }
    }
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
    pub fn publish(&self, snapshot: impl Into<Arc<Snapshot>>) {
        let snapshot = snapshot.into();
        self.current.store(Some(Arc::new(Published { snapshot })));
    }
}
