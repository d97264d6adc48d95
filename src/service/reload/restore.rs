//! Going back: to the last good snapshot at a restart, and to any saved one by hand.

use std::sync::{Arc, PoisonError};

use super::background::{in_background, let_go};
use super::history::{Event, HistoryEntry};
use super::request::{SnapshotSummary, Trigger};
use super::saved::{Pin, SavedSnapshot, SourceStanding, Standing};
use super::source::{Condition, SourceState};
use super::{Reloader, Track};
use crate::domain::IngestReport;
use crate::snapshot::{Purpose, Snapshot};

/// Why a snapshot cannot be put in place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// None of this id is saved, or none that is whole.
    #[error("no snapshot {id} is kept; see the list of snapshots")]
    Unknown {
        /// The id asked for.
        id: String,
    },
}

impl Reloader {
    /// Serves the snapshot that was served when the process last ended, or else the newest saved one
    /// that is whole. `false` when there is none.
    pub async fn restore(self: &Arc<Self>) -> bool {
        let mut tracks = self.writer.lock().await;
        let reloader = Arc::clone(self);
        let loading = in_background(false, move || {
            let standing = reloader.saved.standing();
            let (snapshot, meta) = reloader.saved.last_good(&standing, reloader.purpose())?;
            Some((standing, snapshot, meta))
        });
        let Ok(Some((standing, snapshot, meta))) = loading.await else { return false };
        let snapshot = Arc::new(snapshot);
        let (id, now) = (snapshot.id(), self.service.now());
        let is_standing = standing.snapshot == id.to_string();
        let is_pinned = self.pin().is_some();
        let counts = snapshot.counts_by_configured_source();
        let mut states = self.states();
        let places = self.sources.iter().zip(states.iter_mut()).zip(tracks.iter_mut());
        for ((source, state), track) in places {
            let Some((atms, as_of)) = counts.get(&source.name).cloned() else { continue };
            (state.atms, state.as_of) = (atms, as_of);
            state.condition = if is_pinned { Condition::Pinned } else { Condition::Restored };
            (state.read_at, state.confirmed_at) = (Some(meta.built_at), Some(meta.built_at));
            let stood = standing.sources.get(&source.name).filter(|_| is_standing);
            if let Some(stood) = stood.filter(|stood| stood.identity == source.identity()) {
                (state.read_at, state.confirmed_at) = (stood.read_at, stood.confirmed_at);
                track.published.clone_from(&stood.version);
            }
        }
        let freshness = Self::freshness(&states);
        drop(states);
        let age_s = now.duration_since(meta.built_at).as_secs();
        let publication = self.service.publication();
        let_go(publication.publish_as(Arc::clone(&snapshot), freshness));
        let (atms, built_at) = (snapshot.len(), meta.built_at);
        tracing::info!(snapshot = %id, atms, %built_at, age_s, "Published snapshot {id} saved by an earlier run, built {age_s} s ago: {atms} ATMs");
        self.note(Event::Restored, Trigger::Start, "start", None, &snapshot);
        true
    }

    /// Puts a saved snapshot in place, and keeps it there: schedules, changes and notifications do
    /// not replace it, until a person reloads. Rolls back and forward alike.
    ///
    /// # Errors
    ///
    /// [`PublishError::Unknown`]; what was served before is served on.
    pub async fn publish(
        self: &Arc<Self>,
        id: &str,
        by: &str,
    ) -> Result<SnapshotSummary, PublishError> {
        // To its end, even when nobody waits for it any more.
        let (reloader, id, by) = (Arc::clone(self), id.to_owned(), by.to_owned());
        let unknown = PublishError::Unknown { id: id.clone() };
        let running = tokio::spawn(async move { reloader.put_in_place(id, &by).await });
        running.await.unwrap_or(Err(unknown))
    }

    async fn put_in_place(
        self: Arc<Self>,
        id: String,
        by: &str,
    ) -> Result<SnapshotSummary, PublishError> {
        let mut tracks = self.writer.lock().await;
        let now = self.service.now();
        let current = self.service.publication().current().map(|it| Arc::clone(&it.snapshot));
        let from = current.as_ref().map(|current| current.id().to_string());
        let served = current.filter(|current| current.id().to_string() == id);
        let (snapshot, built_at) = if let Some(served) = served {
            (served, None)
        } else {
            let (reloader, wanted) = (Arc::clone(&self), id.clone());
            let loading = in_background(from.is_some(), move || {
                reloader.saved.load(&wanted, reloader.purpose())
            });
            let loaded = loading.await.ok().flatten();
            let (snapshot, meta) = loaded.ok_or(PublishError::Unknown { id })?;
            (Arc::new(snapshot), Some(meta.built_at))
        };
        let counts = snapshot.counts_by_configured_source();
        for (state, track) in self.states().iter_mut().zip(tracks.iter_mut()) {
            // What the sources say is no longer what is served.
            *track = Track::default();
            state.condition = Condition::Pinned;
            (state.atms, state.as_of) = counts.get(&state.name).cloned().unwrap_or_default();
            if built_at.is_some() {
                (state.read_at, state.confirmed_at) = (built_at, built_at);
            }
        }
        let pin = Pin { by: by.to_owned(), at: now };
        *self.pin.lock().unwrap_or_else(PoisonError::into_inner) = Some(pin);
        let states = self.sources();
        self.note_standing(&snapshot, &tracks, &states);
        let publication = self.service.publication();
        let_go(publication.publish_as(Arc::clone(&snapshot), Self::freshness(&states)));
        let summary = SnapshotSummary::of(&snapshot);
        tracing::info!(
            snapshot = summary.id,
            atms = summary.atms,
            by,
            "Published snapshot {} put in place by hand; it stays until somebody reloads",
            summary.id
        );
        self.note(Event::Pinned, Trigger::Request, by, from, &snapshot);
        Ok(summary)
    }

    /// Snapshots that can be put in place, newest first.
    #[must_use]
    pub fn snapshots(&self) -> Vec<SavedSnapshot> {
        self.saved.snapshots()
    }

    /// Who put what is served in place by hand, if somebody did.
    #[must_use]
    pub fn pin(&self) -> Option<Pin> {
        self.pin.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What ingest found on the way to a saved snapshot. Reads the whole of it: not to be called
    /// from asynchronous code.
    #[must_use]
    pub fn report(&self, id: &str) -> Option<IngestReport> {
        let current = self.service.publication().current();
        let current = current.filter(|current| current.snapshot.id().to_string() == id);
        match current {
            Some(current) => Some(current.snapshot.report().clone()),
            None => self
                .saved
                .load(id, Purpose::Inspection)
                .map(|(snapshot, _meta)| snapshot.report().clone()),
        }
    }

    /// Every row that was rejected on the way to a saved snapshot, as CSV: source, file, row, reason,
    /// detail, original text. `None` when that is not kept.
    #[must_use]
    pub fn rejected_csv(&self, id: &str) -> Option<std::fs::File> {
        let is_saved = self.snapshots().iter().any(|saved| saved.id == id);
        is_saved.then(|| std::fs::File::open(self.saved.rejections_path(id)).ok()).flatten()
    }

    /// Takes the pin away, from the sources as well; `true` when there was one.
    pub(super) fn unpin(&self, states: &mut [SourceState]) -> bool {
        let was_pinned = self.pin.lock().unwrap_or_else(PoisonError::into_inner).take().is_some();
        if was_pinned {
            for state in states {
                if state.condition == Condition::Pinned {
                    state.condition = Condition::Restored;
                }
            }
        }
        was_pinned
    }

    /// What snapshots are made for here.
    fn purpose(&self) -> Purpose<'_> {
        Purpose::Service { landmarks: &self.landmarks }
    }

    /// Notes for a restart what is served.
    pub(super) fn note_standing(
        &self,
        snapshot: &Snapshot,
        tracks: &[Track],
        states: &[SourceState],
    ) {
        let sources =
            self.sources.iter().zip(states).zip(tracks).map(|((source, state), track)| {
                let stood = SourceStanding {
                    identity: source.identity(),
                    version: track.published.clone(),
                    read_at: state.read_at,
                    confirmed_at: state.confirmed_at,
                };
                (source.name.clone(), stood)
            });
        let standing = Standing {
            snapshot: snapshot.id().to_string(),
            pinned: self.pin(),
            sources: sources.collect(),
        };
        if let Err(error) = self.saved.set_standing(&standing) {
            tracing::error!("What is served cannot be noted for a restart: {error}");
        }
    }

    fn note(&self, event: Event, trigger: Trigger, by: &str, from: Option<String>, to: &Snapshot) {
        self.history.add(HistoryEntry {
            at: self.service.now(),
            event,
            trigger,
            by: by.to_owned(),
            from,
            to: Some(SnapshotSummary::of(to)),
            forced: false,
            reasons: Vec::new(),
        });
    }
}
