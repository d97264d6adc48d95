//! What is told of a reload: its outcome, how every source stands, the log and the history.

use super::super::Track;
use super::super::build::Built;
use super::super::history::{Event, HistoryEntry, SourceReason};
use super::super::request::{Decision, Reading, ReloadOutcome, SnapshotSummary, SourceOutcome};
use super::super::source::Condition::{Failing, Fresh, Held, Refused};
use super::super::source::SourceState;
use super::{Plan, Run, Stop};
use crate::snapshot::Snapshot;

impl Run<'_> {
    /// What whoever asked is told, of the sources that were `asked`.
    pub(super) fn outcome(
        &self,
        decision: Decision,
        built: Option<&Built>,
        asked: &[usize],
    ) -> ReloadOutcome {
        let sources = asked.iter().map(|&place| {
            let (reading, held_until) = match &self.plans[place] {
                Plan::Still(Held { until, .. }) => (Reading::Unchanged, Some(*until)),
                Plan::Keep | Plan::Unchanged | Plan::Still(_) => (Reading::Unchanged, None),
                Plan::Read(_) | Plan::Stopped(Stop::Refused(_)) => (Reading::Read, None),
                Plan::Stopped(Stop::Held { until, .. }) => (Reading::Read, Some(*until)),
                Plan::Failed(error) => (Reading::Failed { error: error.clone() }, None),
            };
            let refusals = if let Plan::Still(Refused { reasons, .. }) = &self.plans[place] {
                reasons.clone()
            } else {
                self.notes[place].clone()
            };
            let name = self.reloader.sources[place].name.clone();
            SourceOutcome { name, reading, refusals, held_until }
        });
        let sources: Vec<SourceOutcome> = sources.collect();
        let is_overridden = sources.iter().any(|source| !source.refusals.is_empty());
        ReloadOutcome {
            decision,
            dry_run: self.request.dry_run,
            forced: self.request.force && is_overridden && decision == Decision::Published,
            from: self.current.as_ref().map(|current| current.id().to_string()),
            snapshot: built.map(|built| SnapshotSummary::of(&built.snapshot)),
            sources,
            difference: built.map(|built| built.difference.clone()),
            report: built.map(|built| built.snapshot.report().clone()),
        }
    }

    /// How every source stands now. What is remembered of each is brought up to it.
    pub(super) fn states(
        &self,
        is_served: bool,
        outcome: &ReloadOutcome,
        snapshot: Option<&Snapshot>,
        tracks: &mut [Track],
    ) -> Vec<SourceState> {
        let now = self.now;
        let counts = snapshot.map(Snapshot::counts_by_configured_source);
        let mut states = self.reloader.sources();
        let plans = self.plans.iter().zip(states.iter_mut()).zip(tracks.iter_mut());
        for ((plan, state), track) in plans {
            match plan {
                Plan::Unchanged => {
                    state.condition = Fresh;
                    state.confirmed_at = Some(now);
                    state.asked_at = Some(now);
                    track.seen = None;
                    track.steadiness.is_whole_again();
                }
                Plan::Read(located) if is_served => {
                    state.condition = Fresh;
                    (state.read_at, state.confirmed_at) = (Some(now), Some(now));
                    state.asked_at = Some(now);
                    track.published = Some(located.version.clone());
                    track.files = Some(located.clone());
                    track.seen = None;
                    if let Some(difference) = &outcome.difference {
                        track.steadiness.published(&difference.of_source(&state.name), now);
                    }
                }
                // Nobody asked it, or its fate was decided by another's.
                Plan::Keep | Plan::Read(_) => {}
                Plan::Still(condition) => {
                    state.condition = condition.clone();
                    state.asked_at = Some(now);
                }
                Plan::Failed(error) => {
                    let since =
                        if let Failing { since, .. } = state.condition { since } else { now };
                    state.condition = Failing { since, error: error.clone() };
                    state.asked_at = Some(now);
                }
                Plan::Stopped(_) => {
                    if let Some(seen) = &track.seen {
                        state.condition = seen.condition.clone();
                    }
                    state.asked_at = Some(now);
                }
            }
            if let Some(counts) = &counts {
                (state.atms, state.as_of) = counts.get(&state.name).cloned().unwrap_or_default();
            }
        }
        states
    }

    /// Tells the log and the history what happened.
    pub(super) fn tell(&self, outcome: &ReloadOutcome) {
        for (plan, source) in self.plans.iter().zip(&self.reloader.sources) {
            let name = &source.name;
            match plan {
                Plan::Failed(error) => {
                    tracing::warn!(
                        source = name,
                        error,
                        "Source {name} cannot be read, retaining what it said before: {error}"
                    );
                }
                Plan::Stopped(Stop::Held { until, vanished }) => {
                    tracing::warn!(source = name, %until, vanished, "Source {name} lost {vanished} ATMs; retaining them unless the loss lasts until {until}");
                }
                Plan::Stopped(Stop::Refused(reasons)) => {
                    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                    let reasons = reasons.join("; ");
                    tracing::warn!(
                        source = name,
                        reasons,
                        "The guard refuses source {name}, retaining what it said before: {reasons}"
                    );
                }
                Plan::Keep | Plan::Unchanged | Plan::Still(_) | Plan::Read(_) => {}
            }
        }
        let mut events = Vec::new();
        if outcome.decision == Decision::Published {
            events.push(Event::Published);
        }
        if self.plans.iter().any(|plan| matches!(plan, Plan::Stopped(Stop::Refused(_)))) {
            events.push(Event::Refused);
        }
        if self.plans.iter().any(|plan| matches!(plan, Plan::Stopped(Stop::Held { .. }))) {
            events.push(Event::Held);
        }
        for event in events {
            let is_about_guard = event == Event::Refused || outcome.forced;
            let refusals = outcome.refusals().filter(|_| is_about_guard);
            let reasons = refusals.map(|(source, reason)| SourceReason {
                source: source.to_owned(),
                reason: reason.clone(),
            });
            self.add_history(event, outcome, reasons.collect());
        }
    }

    /// Adds a line to the history.
    pub(super) fn add_history(
        &self,
        event: Event,
        outcome: &ReloadOutcome,
        reasons: Vec<SourceReason>,
    ) {
        // A refused part of a reload of several sources is in no snapshot.
        let has_snapshot = event == Event::Published || !self.is_automatic();
        self.reloader.history.add(HistoryEntry {
            at: self.now,
            event,
            trigger: self.request.trigger,
            by: self.request.by.clone(),
            from: outcome.from.clone(),
            to: outcome.snapshot.clone().filter(|_| has_snapshot),
            forced: outcome.forced,
            reasons,
        });
    }
}
