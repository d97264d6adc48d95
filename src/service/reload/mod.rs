//! Reloading: sources → ingest → build → guard → publish, all or nothing.
//!
//! One reload runs at a time; others wait for it. What is served changes in one step, last, and
//! only to something that was built whole, judged, and saved. A source that cannot be read keeps
//! what it said before, and so does one that nobody asked.

mod background;
mod build;
mod difference;
mod history;
mod keeper;
mod rejections;
mod request;
mod restore;
mod run;
mod saved;
mod source;
mod steadiness;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::domain::StaleSource;
use crate::ingest::transports::{Located, Version};
use crate::places::Landmark;
use crate::publication::Freshness;

use super::Service;

pub use background::beside_lookups;
pub use difference::{Difference, Differing, Example, FieldChange};
pub use history::{Event, HistoryEntry, SourceReason};
pub use keeper::keep_fresh;
pub use request::{
    Decision, Reading, ReloadError, ReloadOutcome, ReloadRequest, SnapshotSummary, SourceOutcome,
    Trigger,
};
pub use restore::PublishError;
pub use saved::{Pin, SavedSnapshot};
pub use source::{Condition, ConfiguredSource, Origin, SourceState};
pub use steadiness::{Asking, Patience, Steadiness};

use history::History;
use run::Run;
use saved::Saved;

/// What a [`Reloader`] is made of.
#[derive(Clone, Debug, Default)]
pub struct ReloadOptions {
    /// The sources, in the order of the configuration: of two that claim one id, the first has it.
    pub sources: Vec<ConfiguredSource>,
    /// Where history and snapshots are kept; without it, they end with the process.
    pub state_dir: Option<PathBuf>,
    /// How many snapshots are kept, to go back to.
    pub snapshots_kept: usize,
    /// The administrator's own places, which every snapshot is published with.
    pub landmarks: Vec<Landmark>,
}

/// Reloads sources into what a [`Service`] serves.
#[derive(Debug)]
pub struct Reloader {
    service: Service,
    sources: Vec<ConfiguredSource>,
    landmarks: Vec<Landmark>,
    /// One writer at a time: an older build never replaces a newer.
    writer: AsyncMutex<Vec<Track>>,
    states: Mutex<Vec<SourceState>>,
    history: History,
    saved: Arc<Saved>,
    /// Held from the moment something is served until it is saved.
    keeping: AsyncMutex<()>,
    pin: Mutex<Option<Pin>>,
    /// Woken when a source is to be asked earlier than its schedule says.
    held: Notify,
}

/// What reloading remembers of a source from one time to the next.
#[derive(Debug, Default)]
struct Track {
    /// The version that is served.
    published: Option<Version>,
    /// What was seen last, where the guard did not let it pass.
    seen: Option<Seen>,
    /// The files of the version that is served, where they are still at hand.
    files: Option<Located>,
    steadiness: Steadiness,
}

/// A version that was not let pass, and how its source stands for it.
#[derive(Clone, Debug)]
struct Seen {
    version: Version,
    condition: Condition,
}

impl Reloader {
    /// A reloader of these sources. Nothing is read yet.
    ///
    /// # Errors
    ///
    /// When the state directory cannot be read and written.
    pub fn open(service: Service, options: ReloadOptions) -> std::io::Result<Self> {
        let history = match &options.state_dir {
            Some(directory) => {
                std::fs::create_dir_all(directory)?;
                History::open(&directory.join("history.ndjson"))?
            }
            None => History::default(),
        };
        let sources = options.sources;
        let kept = NonZeroUsize::new(options.snapshots_kept).unwrap_or(NonZeroUsize::MIN);
        let saved = Saved::open(options.state_dir.as_deref(), kept)?;
        Ok(Self {
            pin: Mutex::new(saved.standing().pinned),
            saved: Arc::new(saved),
            keeping: AsyncMutex::new(()),
            service,
            writer: AsyncMutex::new(sources.iter().map(|_| Track::default()).collect()),
            states: Mutex::new(sources.iter().map(SourceState::new).collect()),
            sources,
            landmarks: options.landmarks,
            history,
            held: Notify::new(),
        })
    }

    /// How each source stands, in the order of the configuration.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceState> {
        self.states().clone()
    }

    /// What was published and refused, the newest first.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        self.history.entries()
    }

    /// Reloads. Runs to its end even when nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// [`ReloadError`]; what was served before is served on.
    pub async fn reload(
        self: &Arc<Self>,
        request: ReloadRequest,
    ) -> Result<ReloadOutcome, ReloadError> {
        let (reloader, trigger) = (Arc::clone(self), request.trigger);
        let running = tokio::spawn(async move { reloader.carry_out(request).await });
        let outcome = running.await.unwrap_or(Err(ReloadError::Ended));
        self.count(trigger, &outcome);
        outcome
    }

    /// Waits until what is served is saved, where that is under way: who stops after that leaves it
    /// to the next start.
    pub async fn kept(&self) {
        drop(self.keeping.lock().await);
    }

    fn count(&self, trigger: Trigger, outcome: &Result<ReloadOutcome, ReloadError>) {
        let (decision, outcome) = match outcome {
            Ok(outcome) => (outcome.decision, Some(outcome)),
            Err(ReloadError::Refused(outcome)) => (Decision::Refused, Some(&**outcome)),
            Err(ReloadError::Unreadable(outcome)) => (Decision::Failed, Some(&**outcome)),
            Err(ReloadError::Ended) => (Decision::Failed, None),
            Err(ReloadError::UnknownSource { .. }) => return,
        };
        let refusals = outcome.map_or(0, |outcome| outcome.refusals().count() as u64);
        self.service.metrics().count_reload(trigger.code(), decision.code(), refusals);
    }

    async fn carry_out(&self, request: ReloadRequest) -> Result<ReloadOutcome, ReloadError> {
        let asked = self.asked(request.source.as_deref())?;
        let mut tracks = self.writer.lock().await;
        let mut run = Run::new(self, request);
        if run.is_held_back() {
            return Ok(run.pinned_outcome(&asked));
        }
        run.fetch(&asked, &tracks).await;
        let built = run.build(&mut tracks).await?;
        run.conclude(built, &asked, &mut tracks).await
    }

    /// The places of the sources asked for.
    fn asked(&self, name: Option<&str>) -> Result<Vec<usize>, ReloadError> {
        let Some(name) = name else { return Ok((0..self.sources.len()).collect()) };
        let place = self.sources.iter().position(|source| source.name == name);
        place.map(|place| vec![place]).ok_or_else(|| ReloadError::UnknownSource {
            name: name.to_owned(),
            known: self.sources.iter().map(|source| source.name.clone()).collect(),
        })
    }

    /// How what is served stands to its sources, when they stand like this.
    fn freshness(states: &[SourceState]) -> Freshness {
        let confirmed_at = states.iter().filter_map(|state| state.confirmed_at).min();
        let stale = states.iter().filter(|state| state.is_stale()).map(|state| StaleSource {
            name: state.name.clone(),
            reason: state.condition.code(),
            confirmed_at: state.confirmed_at,
        });
        Freshness::new(confirmed_at, stale.collect())
    }

    fn states(&self) -> MutexGuard<'_, Vec<SourceState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
