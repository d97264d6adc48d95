//! One reload, from asking the sources to publishing what came of it.

mod account;

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::background::{in_background, let_go};
use super::build::{Build, Built};
use super::history::Event;
use super::rejections::Rejections;
use super::request::{Decision, ReloadError, ReloadOutcome, ReloadRequest, Trigger};
use super::source::Condition::{self, Held, Refused};
use super::source::{ConfiguredSource, SourceState};
use super::steadiness::{Asking, Patience};
use super::{Reloader, Seen, Track};
use crate::ingest::transports::{Fetched, Located};
use crate::publication::Freshness;
use crate::service::guard::{self, GuardReason};
use crate::snapshot::Snapshot;

/// How often a source is read again because it changed while it was read.
const READ_AGAIN_MAX: usize = 3;

/// What a reload does with one source.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nobody asked for it.
    Keep,
    /// It says what is served.
    Unchanged,
    /// It says what the guard did not let pass before.
    Still(Condition),
    /// It is read.
    Read(Located),
    /// It cannot be read.
    Failed(String),
    /// What was read of it may not be published.
    Stopped(Stop),
}

/// Why what was read of a source is not published.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    Refused(Vec<GuardReason>),
    Held { until: Timestamp, vanished: u64 },
}

impl Stop {
    /// How the source stands for it, counted from when it first stood so.
    fn condition(&self, seen: Option<&Seen>, now: Timestamp) -> Condition {
        match (self, seen.map(|seen| &seen.condition)) {
            (Self::Refused(reasons), Some(&Refused { since, .. })) => {
                Refused { since, reasons: reasons.clone() }
            }
            (Self::Refused(reasons), _) => Refused { since: now, reasons: reasons.clone() },
            (&Self::Held { until, vanished }, Some(&Held { since, .. })) => {
                Held { since, until, vanished }
            }
            (&Self::Held { until, vanished }, _) => Held { since: now, until, vanished },
        }
    }
}

/// One reload under way.
pub(super) struct Run<'r> {
    reloader: &'r Reloader,
    request: ReloadRequest,
    now: Timestamp,
    /// What is done with each source.
    plans: Vec<Plan>,
    /// What the guard had against each source that was forced.
    notes: Vec<Vec<GuardReason>>,
    current: Option<Arc<Snapshot>>,
}

impl<'r> Run<'r> {
    pub(super) fn new(reloader: &'r Reloader, request: ReloadRequest) -> Self {
        let sources = &reloader.sources;
        Self {
            reloader,
            request,
            now: reloader.service.now(),
            plans: sources.iter().map(|_| Plan::Keep).collect(),
            notes: sources.iter().map(|_| Vec::new()).collect(),
            current: reloader.service.publication().current().map(|it| Arc::clone(&it.snapshot)),
        }
    }

    /// Whether somebody put a snapshot in place by hand, which only a person takes away.
    pub(super) fn is_held_back(&self) -> bool {
        self.is_automatic() && self.current.is_some() && self.reloader.pin().is_some()
    }

    /// What came of a reload that was not to be.
    pub(super) fn pinned_outcome(&self, asked: &[usize]) -> ReloadOutcome {
        tracing::info!(
            "Not reloading: a snapshot was put in place by hand, and stays until somebody reloads"
        );
        self.outcome(Decision::Pinned, None, asked)
    }

    fn is_automatic(&self) -> bool {
        self.request.trigger.is_automatic()
    }

    /// Asks every source that is to be asked for what is new, side by side.
    pub(super) async fn fetch(&mut self, asked: &[usize], tracks: &[Track]) {
        let is_automatic = self.is_automatic();
        let fetches = asked.iter().map(|&place| {
            let (source, track) = (&self.reloader.sources[place], &tracks[place]);
            // A person wants to hear again what the guard has against it, and a loss that has
            // lasted long enough is looked at again.
            let is_over =
                |seen: &Seen| matches!(seen.condition, Held { until, .. } if until <= self.now);
            let seen = track.seen.as_ref().filter(|seen| is_automatic && !is_over(seen));
            let published = track.published.as_ref();
            async move {
                match source.fetch(seen.map(|seen| &seen.version).or(published)).await {
                    Ok(Fetched::Unchanged) => {
                        seen.map_or(Plan::Unchanged, |seen| Plan::Still(seen.condition.clone()))
                    }
                    Ok(Fetched::Changed(located)) if Some(&located.version) == published => {
                        Plan::Unchanged
                    }
                    Ok(Fetched::Changed(located)) => Plan::Read(located),
                    Err(error) => Plan::Failed(error.to_string()),
                }
            }
        });
        let plans = join_all(fetches).await;
        for (place, plan) in asked.iter().zip(plans) {
            self.plans[*place] = plan;
        }
    }

    /// Builds until nothing speaks against the outcome; `None` when nothing is left to publish.
    pub(super) async fn build(
        &mut self,
        tracks: &mut [Track],
    ) -> Result<Option<Built>, ReloadError> {
        let mut reads_again = 0;
        loop {
            if !self.plans.iter().any(|plan| matches!(plan, Plan::Read(_))) {
                return Ok(None);
            }
            let rejections = self.reloader.saved.rejections();
            let earlier = self.current.as_ref().map(|it| it.id().to_string());
            let earlier = earlier.map(|id| self.reloader.saved.rejections_path(&id));
            let current = self.current.clone();
            let is_serving = current.is_some();
            let Reloader { sources, landmarks, .. } = self.reloader;
            let job = Build::new(sources, &self.plans, tracks, current, landmarks);
            let building =
                in_background(is_serving, move || job.run(rejections, earlier.as_deref()));
            let outcome = building.await;
            let built = match outcome {
                Ok(Ok(built)) => built,
                Ok(Err(error)) => {
                    let place = self.place(&error.configured);
                    let still = place.is_some_and(|place| self.is_still(place));
                    match place {
                        Some(place) if still || reads_again >= READ_AGAIN_MAX => {
                            self.plans[place] = Plan::Failed(error.to_string());
                        }
                        Some(place) => {
                            reads_again += 1;
                            self.read_again(place).await;
                        }
                        None => return Err(ReloadError::Ended),
                    }
                    continue;
                }
                Err(_ended) => return Err(ReloadError::Ended),
            };
            if let Some(place) = (0..self.plans.len()).find(|&place| !self.is_still(place)) {
                if reads_again >= READ_AGAIN_MAX {
                    let error = "it keeps changing while it is read".to_owned();
                    self.plans[place] = Plan::Failed(error);
                } else {
                    reads_again += 1;
                    self.read_again(place).await;
                }
                continue;
            }
            let is_stopped = self.judge(&built, tracks);
            if !is_stopped || self.request.force || !self.is_automatic() {
                return Ok(Some(built));
            }
        }
    }

    /// Whether a source that was read is still what was read.
    fn is_still(&self, place: usize) -> bool {
        let Plan::Read(located) = &self.plans[place] else { return true };
        self.reloader.sources[place].is_still(&located.version)
    }

    /// Looks again at a source that changed while it was read.
    async fn read_again(&mut self, place: usize) {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        self.plans[place] = match self.reloader.sources[place].fetch(None).await {
            Ok(Fetched::Changed(located)) => Plan::Read(located),
            Ok(Fetched::Unchanged) => Plan::Unchanged,
            Err(error) => Plan::Failed(error.to_string()),
        };
    }

    fn place(&self, configured: &str) -> Option<usize> {
        self.reloader.sources.iter().position(|source| source.name == configured)
    }

    /// Lets the guard judge every source that was read. Whether it stops any.
    fn judge(&mut self, built: &Built, tracks: &mut [Track]) -> bool {
        let mut is_stopped = false;
        let asking = match self.request.trigger {
            Trigger::Schedule | Trigger::Notification | Trigger::Start => Asking::Unattended,
            Trigger::Change => Asking::Watching,
            Trigger::Signal | Trigger::Request => Asking::Person,
        };
        for (place, track) in tracks.iter_mut().enumerate() {
            if !matches!(self.plans[place], Plan::Read(_)) {
                continue;
            }
            let source = &self.reloader.sources[place];
            let change = built.difference.of_source(&source.name);
            let files = built.snapshot.report().files.iter();
            let files = files.filter(|file| file.configured == source.name);
            let mut reasons = guard::judge(&change, files, &source.guard);
            let stop = if reasons.is_empty() {
                // A dry run must not be what a later reload is judged by.
                let mut aside = track.steadiness.clone();
                let steadiness =
                    if self.request.dry_run { &mut aside } else { &mut track.steadiness };
                match steadiness.consider(&change, &source.guard, asking, self.now) {
                    Patience::Publish => None,
                    Patience::Hold(until) => Some(Stop::Held { until, vanished: change.vanished }),
                    Patience::Refuse(reason) => {
                        reasons.push(reason);
                        Some(Stop::Refused(reasons.clone()))
                    }
                }
            } else {
                Some(Stop::Refused(reasons.clone()))
            };
            let Some(stop) = stop else { continue };
            is_stopped = true;
            self.notes[place] = reasons;
            let may_pass = self.request.force || self.request.dry_run;
            if may_pass {
                continue;
            }
            let condition = stop.condition(track.seen.as_ref(), self.now);
            let stopped = Plan::Stopped(stop);
            if let Plan::Read(located) = std::mem::replace(&mut self.plans[place], stopped) {
                track.seen = Some(Seen { version: located.version, condition });
            }
        }
        is_stopped
    }

    /// Publishes what was built, or says why not, and notes how every source stands.
    pub(super) async fn conclude(
        self,
        built: Option<Built>,
        asked: &[usize],
        tracks: &mut [Track],
    ) -> Result<ReloadOutcome, ReloadError> {
        let has_stopped = self.plans.iter().any(|plan| matches!(plan, Plan::Stopped(_)));
        let has_failed = self.plans.iter().any(|plan| matches!(plan, Plan::Failed(_)));
        // At the first start there is nothing to retain: who is required is required.
        let is_missing = |(plan, source): (&Plan, &ConfiguredSource)| {
            source.required && matches!(plan, Plan::Failed(_) | Plan::Stopped(_))
        };
        let is_incomplete = self.current.is_none()
            && self.request.trigger == Trigger::Start
            && self.plans.iter().zip(&self.reloader.sources).any(is_missing);
        let has_notes = self.notes.iter().any(|reasons| !reasons.is_empty());
        let is_same = built.as_ref().is_some_and(|built| {
            self.current.as_ref().is_some_and(|current| current.id() == built.snapshot.id())
        });
        let decision = match &built {
            _ if self.request.dry_run && built.is_some() && has_notes && !self.request.force => {
                Decision::WouldRefuse
            }
            Some(_) if self.request.dry_run => Decision::WouldPublish,
            _ if is_incomplete && has_stopped => Decision::Refused,
            _ if is_incomplete => Decision::Failed,
            // A person's reload is all or nothing.
            Some(_) if has_stopped && !self.is_automatic() => self.stopped_decision(),
            Some(_) if is_same => Decision::Unchanged,
            Some(_) => Decision::Published,
            None if has_stopped => self.stopped_decision(),
            None if has_failed
                && asked.iter().all(|&place| matches!(self.plans[place], Plan::Failed(_))) =>
            {
                Decision::Failed
            }
            None => Decision::Unchanged,
        };
        let outcome = self.outcome(decision, built.as_ref(), asked);
        if !self.request.dry_run {
            let is_served = matches!(decision, Decision::Published | Decision::Unchanged);
            let (mut new, mut to_save) = (None, None);
            if let Some(Built { snapshot, rejections, .. }) = built {
                let snapshot = Arc::new(snapshot);
                if decision == Decision::Published {
                    to_save = Some((Arc::clone(&snapshot), rejections));
                    new = Some(snapshot);
                } else {
                    let_go(Some(snapshot));
                }
            }
            let snapshot = new.clone().or_else(|| self.current.clone());
            let mut states = self.states(is_served, &outcome, snapshot.as_deref(), tracks);
            let is_unpinned = is_served && !self.is_automatic() && self.reloader.unpin(&mut states);
            let served = snapshot.as_deref().filter(|_| is_served);
            // Before it is served, so that no restart serves what is older than was served before;
            // where nothing was, the first answer need not wait for it.
            let is_first = self.current.is_none();
            let keeping = self.reloader.keeping.lock().await;
            if !is_first {
                self.keep(to_save.take(), served, tracks, &states).await;
            }
            self.publish(new, &outcome, Reloader::freshness(&states));
            // After it is served, so that no source is called fresh that is not served yet.
            let is_any_held = states.iter().any(|state| matches!(state.condition, Held { .. }));
            self.reloader.states().clone_from(&states);
            if is_any_held {
                self.reloader.held.notify_waiters();
            }
            if is_first {
                self.keep(to_save, served, tracks, &states).await;
            }
            drop(keeping);
            if let Some(snapshot) = served {
                self.reloader.saved.prune(&snapshot.id().to_string());
            }
            if is_unpinned {
                self.add_history(Event::Unpinned, &outcome, Vec::new());
            }
            self.tell(&outcome);
        } else if let Some(built) = built {
            let_go(Some(Arc::new(built.snapshot)));
        }
        match decision {
            Decision::Failed => Err(ReloadError::Unreadable(Box::new(outcome))),
            Decision::Refused => Err(ReloadError::Refused(Box::new(outcome))),
            Decision::Published
            | Decision::Unchanged
            | Decision::Held
            | Decision::Pinned
            | Decision::WouldPublish
            | Decision::WouldRefuse => Ok(outcome),
        }
    }

    fn stopped_decision(&self) -> Decision {
        let is_refused = |plan: &Plan| {
            matches!(plan, Plan::Stopped(Stop::Refused(_)) | Plan::Still(Refused { .. }))
        };
        if self.plans.iter().any(is_refused) { Decision::Refused } else { Decision::Held }
    }

    /// Saves a snapshot with what was rejected on the way to it, where there is a new one, and notes
    /// for a restart what is served.
    async fn keep(
        &self,
        to_save: Option<(Arc<Snapshot>, Rejections)>,
        served: Option<&Snapshot>,
        tracks: &[Track],
        states: &[SourceState],
    ) {
        if let Some((snapshot, rejections)) = to_save {
            let (saved, now) = (Arc::clone(&self.reloader.saved), self.now);
            let saving = in_background(true, move || {
                saved.save(&snapshot, now, rejections).map_err(|error| error.to_string())
            });
            let outcome = saving.await.unwrap_or_else(|_ended| Err("it was stopped".to_owned()));
            if let Err(error) = outcome {
                // Stale answers now would be worse than a stale restart.
                tracing::error!(
                    "The snapshot cannot be saved, a restart would not find it: {error}"
                );
            }
        }
        if let Some(snapshot) = served {
            self.reloader.note_standing(snapshot, tracks, states);
        }
    }

    /// Makes a new snapshot what is served, last; without one, tells how what is served stands to
    /// its sources now.
    fn publish(&self, new: Option<Arc<Snapshot>>, outcome: &ReloadOutcome, freshness: Freshness) {
        let publication = self.reloader.service.publication();
        let Some(snapshot) = new else {
            publication.note_freshness(freshness);
            return;
        };
        let (id, atms, sites) = (snapshot.id(), snapshot.len(), snapshot.site_count());
        let_go(publication.publish_as(snapshot, freshness));
        let (by, forced) = (&self.request.by, outcome.forced);
        tracing::info!(snapshot = %id, atms, sites, by, forced, "Published snapshot {id}: {atms} ATMs at {sites} sites");
    }
}
