//! The one mutable cell: which snapshot is current, and what is known of its machines right now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::domain::{Atm, AtmFilter, Certainty, Plan, Row, StaleSource, StatusReport};
use crate::index::{Live, StatusOverlay};
use crate::metrics::{Lookup, Metrics};
use crate::snapshot::{CompiledFilter, Snapshot};
use crate::status::{Ledger, Merge, Retention};

/// Everything one request answers from. Loaded once per request and passed down, so that one
/// answer never mixes two states of the data.
#[derive(Clone, Debug)]
pub struct Published {
    /// The ATMs, their sites and index.
    pub snapshot: Arc<Snapshot>,
    /// What was reported of its machines.
    pub overlay: StatusOverlay,
    /// How the snapshot stands to its sources.
    pub freshness: Arc<Freshness>,
    /// When the snapshot was published, by the clock that never goes back.
    pub since: Instant,
    metrics: Arc<Metrics>,
}

impl Published {
    /// What is published, as it is at `now`.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> View<'_> {
        let (snapshot, stale) = (&*self.snapshot, self.freshness.stale());
        View { snapshot, now, stale, overlay: &self.overlay, metrics: Some(&self.metrics) }
    }

    /// Names what answers show at `now` beside the snapshot: its sources that are stale, and live
    /// statuses. Two equal names of one snapshot stand for the same, on every replica.
    #[must_use]
    pub fn tag(&self, now: Timestamp) -> String {
        let mut tag = self.freshness.tag.clone();
        tag.push_str(&self.status_tag(now));
        tag
    }

    /// Names what shows of live statuses at `now`: two equal names of one snapshot stand for the
    /// same statuses, on every replica. Empty when there is none.
    #[must_use]
    pub fn status_tag(&self, now: Timestamp) -> String {
        let overlay = &self.overlay;
        if overlay.is_empty() {
            return String::new();
        }
        // Between the instant a report expires and its removal, a moment later, the content alone
        // does not tell what shows.
        if overlay.first_expiry().is_some_and(|first| first <= now) {
            return format!("{:032x}-{:x}", overlay.digest(), now.as_microsecond());
        }
        format!("{:032x}", overlay.digest())
    }
}

/// How a snapshot stands to the sources it was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    confirmed_at: Option<Timestamp>,
    stale: Vec<StaleSource>,
    /// Names the stale sources; empty when there is none.
    tag: String,
}

impl Freshness {
    /// Of a snapshot whose sources all were last known to say what is served at `confirmed_at` or
    /// later, and of which these are stale.
    #[must_use]
    pub fn new(confirmed_at: Option<Timestamp>, stale: Vec<StaleSource>) -> Self {
        let mut tag = String::new();
        if !stale.is_empty() {
            let mut hasher = blake3::Hasher::new();
            for source in &stale {
                let confirmed = source.confirmed_at.map_or(0, Timestamp::as_microsecond);
                for text in [source.name.as_bytes(), source.reason.as_bytes()] {
                    hasher.update(&(text.len() as u64).to_le_bytes());
                    hasher.update(text);
                }
                hasher.update(&confirmed.to_le_bytes());
            }
            tag = format!("-{}", &hasher.finalize().to_hex()[..16]);
        }
        Self { confirmed_at, stale, tag }
    }

    /// When what is served was last known to be what its sources say, by the source of which that
    /// is longest ago; `None` when nothing is known.
    #[must_use]
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        self.confirmed_at
    }

    /// The sources that may say something else by now.
    #[must_use]
    pub fn stale(&self) -> &[StaleSource] {
        &self.stale
    }
}

/// One published state at one instant: what a question is answered from, and an answer rendered.
#[derive(Clone, Copy, Debug)]
pub struct View<'p> {
    /// The ATMs, their sites and index.
    pub snapshot: &'p Snapshot,
    /// When the question is asked. What is open, and what has expired, is judged at this instant.
    pub now: Timestamp,
    /// The sources of which what is served may be older than what they say.
    pub stale: &'p [StaleSource],
    overlay: &'p StatusOverlay,
    metrics: Option<&'p Metrics>,
}

impl<'p> View<'p> {
    /// A snapshot as it is at `now`, of which nothing is known beside what its sources say.
    #[must_use]
    pub fn of(snapshot: &'p Snapshot, now: Timestamp) -> Self {
        static NOTHING: StatusOverlay = StatusOverlay::EMPTY;
        Self { snapshot, now, stale: &[], overlay: &NOTHING, metrics: None }
    }

    /// Counts a lookup that was answered from this state.
    pub fn count(self, lookup: Lookup, plan: Plan, is_empty: bool) {
        if let Some(metrics) = self.metrics {
            metrics.count_lookup(lookup, plan, is_empty);
        }
    }

    /// Whether anything was reported of any machine.
    #[must_use]
    pub fn has_statuses(self) -> bool {
        !self.overlay.is_empty()
    }

    /// What is known of a row's machine right now; `None` when nothing is, or no longer.
    #[must_use]
    pub fn status(self, row: Row) -> Option<&'p StatusReport> {
        let report = self.overlay.report(row)?;
        report.is_fresh(self.now).then_some(report)
    }

    /// How sure one can be to be served by a row's machine.
    #[must_use]
    pub fn certainty(self, row: Row) -> Certainty {
        self.status(row).map_or(Certainty::Unknown, StatusReport::certainty)
    }

    /// The ATM of a row as it is right now: live state beats what its data says.
    #[must_use]
    pub fn atm(self, row: Row) -> Atm<'p> {
        let mut atm = self.snapshot.atm(row);
        if let Some(report) = self.status(row) {
            report.amend(&mut atm.attributes);
        }
        atm
    }

    /// Prepares a filter for this state.
    #[must_use]
    pub fn compile(self, filter: &AtmFilter) -> CompiledFilter<'p> {
        self.snapshot.compile(filter, Live::at(self.overlay, self.now), self.now)
    }
}

/// Holds what is published. Readers never wait; publishing replaces everything in one step.
#[derive(Debug, Default)]
pub struct Publication {
    current: ArcSwapOption<Published>,
    /// Writers take turns.
    ledger: Mutex<Ledger>,
    metrics: Arc<Metrics>,
    /// Told whenever `current` is replaced.
    changed: watch::Sender<()>,
}

impl Publication {
    /// What is published, `None` until the first snapshot is.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Published>> {
        self.current.load_full()
    }

    /// Wakes whenever what is published, or known of its machines, has changed.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// What is counted of answers.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Makes a snapshot current that is all its sources say, with what is known of its machines, and
    /// gives the one that was, as [`Self::publish_as`].
    pub fn publish(&self, snapshot: impl Into<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
        self.publish_as(snapshot, Freshness::default())
    }

    /// Makes a snapshot current that stands to its sources like this, with what is known of its
    /// machines, and gives the one that was. Requests under way finish with the one they began
    /// with; whoever lets go of it last gives back its memory, which takes a while.
    pub fn publish_as(
        &self,
        snapshot: impl Into<Arc<Snapshot>>,
        freshness: Freshness,
    ) -> Option<Arc<Snapshot>> {
        let (snapshot, freshness) = (snapshot.into(), Arc::new(freshness));
        let mut ledger = self.ledger();
        let overlay = ledger.laid_over(&snapshot);
        let (since, metrics) = (Instant::now(), Arc::clone(&self.metrics));
        let served = Arc::clone(&snapshot);
        let before = self.replace(Published { snapshot, overlay, freshness, since, metrics })?;
        let is_replaced = !Arc::ptr_eq(&before.snapshot, &served);
        is_replaced.then(|| Arc::clone(&before.snapshot))
    }

    /// Notes how what is published stands to its sources now.
    pub fn note_freshness(&self, freshness: Freshness) {
        // Like every writer: what is stored must not undo what another stored meanwhile.
        let _taking_turns = self.ledger();
        if let Some(current) = self.current().filter(|current| *current.freshness != freshness) {
            let freshness = Arc::new(freshness);
            self.replace(Published { freshness, ..(*current).clone() });
        }
    }

    /// Takes reports in, all in one step, and tells of each what became of it.
    pub fn record(
        &self,
        reports: impl IntoIterator<Item = StatusReport>,
        now: Timestamp,
    ) -> Vec<Merge> {
        let mut ledger = self.ledger();
        let Some(current) = self.current() else {
            let mut nowhere = StatusOverlay::EMPTY;
            let merge = |report| ledger.merge(report, now, None, &mut nowhere);
            return reports.into_iter().map(merge).collect();
        };
        let mut next = Published::clone(&current);
        let merge = |report| ledger.merge(report, now, Some(&next.snapshot), &mut next.overlay);
        let merged: Vec<Merge> = reports.into_iter().map(merge).collect();
        if merged.contains(&Merge::Recorded) {
            self.replace(next);
        }
        merged
    }

    /// The report that counts of a machine, fresh or not.
    #[must_use]
    pub fn report(&self, atm: &str) -> Option<Arc<StatusReport>> {
        self.ledger().report(atm).map(Arc::clone)
    }

    /// Removes reports that have expired. Answers do not depend on when it is called.
    pub fn sweep(&self, now: Timestamp) {
        let is_due = |current: &Arc<Published>| {
            current.overlay.first_expiry().is_some_and(|first| first <= now)
        };
        // Looked at before the lock is taken: mostly there is nothing to do.
        if !self.current().as_ref().is_some_and(is_due) {
            return;
        }
        let mut ledger = self.ledger();
        if let Some(current) = self.current() {
            let mut next = Published::clone(&current);
            ledger.expire(now, &next.snapshot, &mut next.overlay);
            self.replace(next);
        }
    }

    /// Forgets reports that nobody can need any more, and gives them.
    pub fn prune_statuses(&self, now: Timestamp, retention: Retention) -> Vec<Arc<StatusReport>> {
        self.ledger().prune(now, retention)
    }

    /// Makes this what is published, and gives what was.
    fn replace(&self, next: Published) -> Option<Arc<Published>> {
        let before = self.current.swap(Some(Arc::new(next)));
        self.changed.send_replace(());
        before
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
