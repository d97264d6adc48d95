//! Live status: taking reports in, keeping them, and letting them go.

use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::domain::{OperationalStatus, StatusReport, Tri};
use crate::status::Retention;
use crate::store::{AuditRecord, Store, StoreError};

use super::params::InvalidParameters;
use super::report::StatusLimits;
use super::{Service, ServiceError};

/// How often expired reports are removed. No answer depends on it.
const SWEEP_EVERY: Duration = Duration::from_millis(250);

/// How often reports that nobody can need are forgotten.
const PRUNE_EVERY: Duration = Duration::from_mins(1);

/// Why statuses cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Nothing is published, so no ATM is known.
    #[error(transparent)]
    NotReady(#[from] ServiceError),
    /// The store does not take it, and nothing has changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect.
    #[error("recording ended without an outcome")]
    Interrupted,
}

/// What became of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusOutcome {
    /// It is kept and counts.
    Recorded(Arc<StatusReport>),
    /// One of a later time, this, counts.
    Superseded(Arc<StatusReport>),
    /// Neither the data nor any kept status knows the ATM of this id.
    UnknownAtm(Box<str>),
    /// It is no report.
    Invalid(InvalidParameters),
}

/// Live statuses with their store; cloning shares them.
#[derive(Clone, Debug)]
pub struct Statuses {
    service: Service,
    store: Store,
    limits: Arc<StatusLimits>,
    /// Writers take turns, so that memory sees writes in the order of the store.
    turn: Arc<Mutex<()>>,
}

impl Statuses {
    /// Statuses of this service, kept in `store`, with none loaded yet.
    #[must_use]
    pub fn new(service: Service, store: Store, limits: StatusLimits) -> Self {
        Self { service, store, limits: Arc::new(limits), turn: Arc::default() }
    }

    /// The service they are of.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Where they are kept.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How long reports count.
    #[must_use]
    pub fn limits(&self) -> &StatusLimits {
        &self.limits
    }

    /// Takes what the store holds into memory, and tells how many reports that was.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store does not answer.
    pub async fn load(&self) -> Result<usize, StoreError> {
        let reports = self.store.statuses().await?;
        let count = reports.len();
        self.service.publication().record(reports, self.service.now());
        Ok(count)
    }

    /// Records what was reported, in one transaction, and tells of each what became of it, in
    /// order. On return it is as durable as the store is; it shows in every answer from then on.
    ///
    /// # Errors
    ///
    /// [`StatusError`] when nothing was recorded.
    pub async fn report(
        &self,
        given: Vec<Result<StatusReport, InvalidParameters>>,
        who: &str,
        now: Timestamp,
    ) -> Result<Vec<StatusOutcome>, StatusError> {
        let snapshot = Arc::clone(&self.service.published()?.snapshot);
        let known = |atm: &str| {
            snapshot.row_of(atm).is_some() || self.service.publication().report(atm).is_some()
        };
        // Of reports of one machine the latest is written, the last of equals.
        let mut latest: HashMap<Box<str>, Arc<StatusReport>> = HashMap::new();
        let candidates: Vec<_> = given
            .into_iter()
            .map(|given| {
                let report = Arc::new(given.map_err(StatusOutcome::Invalid)?);
                if !known(&report.atm) {
                    return Err(StatusOutcome::UnknownAtm(report.atm.clone()));
                }
                let place = latest.entry_ref(&report.atm).or_insert_with(|| Arc::clone(&report));
                if place.reported_at <= report.reported_at {
                    *place = Arc::clone(&report);
                }
                Ok(report)
            })
            .collect();
        if !latest.is_empty() {
            let reports: Vec<StatusReport> =
                latest.values().map(|report| StatusReport::clone(report)).collect();
            let subject = match &reports[..] {
                [only] => Some(only.atm.to_string()),
                _ => None,
            };
            let detail = match &reports[..] {
                [only] => format!("{}, expires {}", only.state.code(), only.expires_at),
                many => format!("{} machines", many.len()),
            };
            let snapshot = Some(snapshot.id().to_string());
            let audit = AuditRecord {
                at: now,
                who: who.to_owned(),
                action: "status.report",
                subject,
                outcome: "done",
                from_snapshot: snapshot.clone(),
                to_snapshot: snapshot,
                detail: Some(detail),
            };
            for standing in self.write(reports, audit, now).await? {
                latest.insert(standing.atm.clone(), Arc::new(standing));
            }
        }
        let outcome = |candidate: Result<Arc<StatusReport>, StatusOutcome>| match candidate {
            Err(outcome) => outcome,
            Ok(report) => match latest.get(&report.atm) {
                Some(standing) if !Arc::ptr_eq(standing, &report) => {
                    StatusOutcome::Superseded(Arc::clone(standing))
                }
                _ => StatusOutcome::Recorded(report),
            },
        };
        Ok(candidates.into_iter().map(outcome).collect())
    }

    /// Withdraws what is reported of a machine: nothing is known of it from now on, and reports of
    /// an earlier time do not come back. Tells whether anything was there to withdraw; `None` when
    /// there is no such machine.
    ///
    /// # Errors
    ///
    /// [`StatusError`] when nothing was withdrawn.
    pub async fn withdraw(
        &self,
        atm: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<bool>, StatusError> {
        let published = self.service.published()?;
        let standing = self.service.publication().report(atm);
        if published.snapshot.row_of(atm).is_none() && standing.is_none() {
            return Ok(None);
        }
        let showed = standing.as_ref().is_some_and(|report| report.is_shown(now));
        let now_us = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        // A report of a clock that is ahead is withdrawn too.
        let at = standing.map_or(now_us, |report| report.reported_at.max(now_us));
        let withdrawal = StatusReport {
            atm: atm.into(),
            state: OperationalStatus::Unknown,
            cash_out: Tri::Unknown,
            cash_in: Tri::Unknown,
            reported_at: at,
            expires_at: at,
            source: who.into(),
            note: None,
        };
        let snapshot = Some(published.snapshot.id().to_string());
        let audit = AuditRecord {
            at: now,
            who: who.to_owned(),
            action: "status.withdraw",
            subject: Some(atm.to_owned()),
            outcome: "done",
            from_snapshot: snapshot.clone(),
            to_snapshot: snapshot,
            detail: None,
        };
        self.write(vec![withdrawal], audit, now).await?;
        Ok(Some(showed))
    }

    /// Writes to the store, then to memory. It runs to its end even if whoever asked has gone, so
    /// that memory never lacks what the store has.
    async fn write(
        &self,
        reports: Vec<StatusReport>,
        audit: AuditRecord,
        now: Timestamp,
    ) -> Result<Vec<StatusReport>, StatusError> {
        let this = self.clone();
        let writing = tokio::spawn(async move {
            let _turn = this.turn.lock().await;
            let standing = this.store.record(&reports, &audit).await?;
            let counting = reports.into_iter().chain(standing.iter().cloned());
            this.service.publication().record(counting, now);
            Ok::<_, StatusError>(standing)
        });
        writing.await.map_err(|_ended| StatusError::Interrupted)?
    }

    /// Lets expired reports go, for as long as it runs.
    pub async fn tend(&self) {
        let mut until_prune = Duration::ZERO;
        loop {
            self.service.publication().sweep(self.service.now());
            if until_prune.is_zero() {
                self.prune().await;
                until_prune = PRUNE_EVERY;
            }
            tokio::time::sleep(SWEEP_EVERY).await;
            until_prune = until_prune.saturating_sub(SWEEP_EVERY);
        }
    }

    async fn prune(&self) {
        // No write comes between forgetting in memory and in the store.
        let _turn = self.turn.lock().await;
        let retention = Retention {
            absent: SignedDuration::from_secs(self.limits.keep_absent_s.into()),
            superseding: SignedDuration::from_secs(self.limits.expiry_max_s.into()),
        };
        let pruned = self.service.publication().prune_statuses(self.service.now(), retention);
        if pruned.is_empty() {
            return;
        }
        if let Err(error) = self.store.forget(&pruned).await {
            tracing::warn!(%error, "Spent statuses stay in the store until the next start: {error}");
        }
    }
}
