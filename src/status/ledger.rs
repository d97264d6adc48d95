//! The report that counts of every machine.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};

use crate::domain::StatusReport;
use crate::index::StatusOverlay;
use crate::snapshot::Snapshot;

/// How long reports are kept that no longer show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How long the status of a machine that has left the data waits for its return.
    pub absent: SignedDuration,
    /// How long after it was made a report may keep older ones from counting: the longest time
    /// from report to expiry, after which no older one could be fresh.
    pub superseding: SignedDuration,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It counts now.
    Recorded,
    /// One of a later time counts: this.
    Superseded(Arc<StatusReport>),
}

struct Kept {
    report: Arc<StatusReport>,
    /// Whether it shows: it was fresh when it came, states something, and has not been swept.
    shows: bool,
    /// Whether the data has no such machine, and since when that is known.
    is_absent: bool,
    absent_since: Option<Timestamp>,
}

/// The report that counts of every machine, by id: the one of the latest time, whatever the order
/// they came in; of two of one time, the one that came later.
#[derive(Default)]
pub struct Ledger {
    kept: HashMap<Box<str>, Kept>,
    /// Those that show, in the order they expire.
    expiring: BTreeSet<(Timestamp, Box<str>)>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({} kept, {} show)", self.kept.len(), self.expiring.len())
    }
}

impl Ledger {
    /// How many reports are kept, those included that no longer show.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The report that counts of this machine, fresh or not; one that withdraws is
    /// [`OperationalStatus::Unknown`](crate::domain::OperationalStatus::Unknown).
    #[must_use]
    pub fn report(&self, atm: &str) -> Option<&Arc<StatusReport>> {
        self.kept.get(atm).map(|kept| &kept.report)
    }

    /// Takes a report in, and lays it over `overlay`, that of `snapshot`, if it counts.
    pub fn merge(
        &mut self,
        report: StatusReport,
        now: Timestamp,
        snapshot: Option<&Snapshot>,
        overlay: &mut StatusOverlay,
    ) -> Merge {
        if let Some(kept) = self.kept.get(&report.atm)
            && kept.report.reported_at > report.reported_at
        {
            return Merge::Superseded(Arc::clone(&kept.report));
        }
        let report = Arc::new(report);
        let shows = report.is_shown(now);
        let row = snapshot.and_then(|snapshot| snapshot.row_of(&report.atm));
        if let Some(row) = row {
            overlay.set(row, shows.then(|| Arc::clone(&report)));
        }
        let is_absent = snapshot.is_some() && row.is_none();
        let atm = report.atm.clone();
        if shows {
            self.expiring.insert((report.expires_at, atm.clone()));
        }
        let kept = Kept { report, shows, is_absent, absent_since: None };
        match self.kept.entry(atm) {
            hashbrown::hash_map::Entry::Vacant(place) => {
                place.insert(kept);
            }
            hashbrown::hash_map::Entry::Occupied(mut place) => {
                let before = place.get_mut();
                let is_still_expiring = shows && before.report.expires_at == kept.report.expires_at;
                if before.shows && !is_still_expiring {
                    self.expiring.remove(&(before.report.expires_at, kept.report.atm.clone()));
                }
                *before = Kept { absent_since: before.absent_since.filter(|_| is_absent), ..kept };
            }
        }
        Merge::Recorded
    }

    /// What shows, by the rows of a snapshot.
    ///
    /// # Cost
    ///
    /// Some microseconds a report kept.
    #[must_use]
    pub fn laid_over(&mut self, snapshot: &Snapshot) -> StatusOverlay {
        let mut overlay = StatusOverlay::EMPTY;
        for (atm, kept) in &mut self.kept {
            let row = snapshot.row_of(atm);
            kept.is_absent = row.is_none();
            let Some(row) = row else { continue };
            kept.absent_since = None;
            if kept.shows {
                overlay.set(row, Some(Arc::clone(&kept.report)));
            }
        }
        overlay
    }

    /// Takes from `overlay`, that of `snapshot`, what has expired at `now`. Lookups do not need it
    /// to: they judge every report by the clock. It keeps the overlay small and its name true.
    pub fn expire(&mut self, now: Timestamp, snapshot: &Snapshot, overlay: &mut StatusOverlay) {
        while let Some((expires_at, atm)) = self.expiring.pop_first() {
            if now < expires_at {
                self.expiring.insert((expires_at, atm));
                return;
            }
            if let Some(kept) = self.kept.get_mut(&atm) {
                kept.shows = false;
            }
            if let Some(row) = snapshot.row_of(&atm) {
                overlay.set(row, None);
            }
        }
    }

    /// Forgets what nobody can need any more, and gives it: reports of machines that have long left
    /// the data, and spent ones from before the time any older report could still be fresh.
    ///
    /// # Cost
    ///
    /// In proportion to the reports kept.
    pub fn prune(&mut self, now: Timestamp, retention: Retention) -> Vec<Arc<StatusReport>> {
        let is_past = |from: Timestamp, lasting: SignedDuration| {
            from.checked_add(lasting).is_ok_and(|end| end <= now)
        };
        let pruned = self.kept.extract_if(|_, kept| {
            if kept.is_absent {
                kept.absent_since.get_or_insert(now);
            }
            let is_spent = !kept.shows && is_past(kept.report.reported_at, retention.superseding);
            let is_gone = kept.absent_since.is_some_and(|since| is_past(since, retention.absent));
            is_spent || is_gone
        });
        let pruned: Vec<_> = pruned.map(|(_, kept)| kept.report).collect();
        for report in &pruned {
            self.expiring.remove(&(report.expires_at, report.atm.clone()));
        }
        pruned
    }
}
