//! What is asked of a reload, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::difference::Difference;
use crate::domain::IngestReport;
use crate::service::guard::GuardReason;
use crate::snapshot::Snapshot;

/// A reload somebody or something asks for.
#[derive(Clone, Debug)]
pub struct ReloadRequest {
    /// The configured source to reload; all without it. A name, never a location.
    pub source: Option<String>,
    /// Whether to tell what would happen, and do nothing.
    pub dry_run: bool,
    /// Whether to publish against the guard.
    pub force: bool,
    /// What asks.
    pub trigger: Trigger,
    /// Who asks, as the history names them.
    pub by: String,
}

impl ReloadRequest {
    /// A reload of all sources, asked for by a person.
    #[must_use]
    pub fn by(name: &str) -> Self {
        let (by, trigger) = (name.to_owned(), Trigger::Request);
        Self { source: None, dry_run: false, force: false, trigger, by }
    }

    /// A reload the service asks for by itself.
    #[must_use]
    pub fn unattended(trigger: Trigger, source: Option<&str>) -> Self {
        let by = trigger.code().to_owned();
        Self { source: source.map(str::to_owned), dry_run: false, force: false, trigger, by }
    }
}

/// What asks for a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The start of the service.
    Start,
    /// A source's schedule.
    Schedule,
    /// A change to a watched file.
    Change,
    /// A database's notification.
    Notification,
    /// SIGHUP.
    Signal,
    /// A person or program, through the admin interface.
    Request,
}

impl Trigger {
    /// Every trigger there is.
    pub const ALL: [Self; 6] = [
        Self::Start,
        Self::Schedule,
        Self::Change,
        Self::Notification,
        Self::Signal,
        Self::Request,
    ];

    /// The stable code programs go by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Schedule => "schedule",
            Self::Change => "change",
            Self::Notification => "notification",
            Self::Signal => "signal",
            Self::Request => "request",
        }
    }

    /// Whether nobody asked for this very reload. Each source then fares by itself: one that is
    /// refused keeps what it said before, and the others are published. What a person asks for is
    /// published as a whole or not at all.
    #[must_use]
    pub const fn is_automatic(self) -> bool {
        match self {
            Self::Start | Self::Schedule | Self::Change | Self::Notification => true,
            Self::Signal | Self::Request => false,
        }
    }
}

/// What came of a reload.
#[derive(Clone, Debug, Serialize)]
pub struct ReloadOutcome {
    /// What was done.
    pub decision: Decision,
    /// Whether nothing was to be done but told.
    pub dry_run: bool,
    /// Whether it was published against the guard; the reasons stand with the sources.
    pub forced: bool,
    /// The snapshot served before.
    pub from: Option<String>,
    /// The snapshot that was built, if one was.
    pub snapshot: Option<SnapshotSummary>,
    /// How each source that was asked fared.
    pub sources: Vec<SourceOutcome>,
    /// How what was built differs from what was served before.
    pub difference: Option<Difference>,
    /// What ingest found.
    pub report: Option<IngestReport>,
}

impl ReloadOutcome {
    /// Every reason of the guard, each with the source it is about.
    pub fn refusals(&self) -> impl Iterator<Item = (&str, &GuardReason)> {
        let sources = self.sources.iter();
        sources.flat_map(|source| source.refusals.iter().map(|why| (source.name.as_str(), why)))
    }

    /// The reasons in words, and the failures of sources.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let failures = self.sources.iter().filter_map(|source| match &source.reading {
            Reading::Failed { error } => Some(format!("{}: {error}", source.name)),
            Reading::Read | Reading::Unchanged => None,
        });
        self.refusals().map(|(source, why)| format!("{source}: {why}")).chain(failures).collect()
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// A new snapshot is served.
    Published,
    /// The sources say what is served already.
    Unchanged,
    /// The guard refused; what was served before is served on.
    Refused,
    /// A loss must last before it is believed; what was served before is served on.
    Held,
    /// An earlier snapshot was put in place by hand and stays.
    Pinned,
    /// No source could be read; what was served before is served on.
    Failed,
    /// A dry run that would have been published.
    WouldPublish,
    /// A dry run that the guard would have refused.
    WouldRefuse,
}

impl Decision {
    /// Every decision there is.
    pub const ALL: [Self; 8] = [
        Self::Published,
        Self::Unchanged,
        Self::Refused,
        Self::Held,
        Self::Pinned,
        Self::Failed,
        Self::WouldPublish,
        Self::WouldRefuse,
    ];

    /// The stable code programs go by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Pinned => "pinned",
            Self::Failed => "failed",
            Self::WouldPublish => "would_publish",
            Self::WouldRefuse => "would_refuse",
        }
    }
}

/// A snapshot in few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotSummary {
    /// Its id.
    pub id: String,
    /// ATMs in it.
    pub atms: u64,
    /// Sites in it.
    pub sites: u64,
    /// When its data was current, if every source says so.
    pub as_of: Option<String>,
}

impl SnapshotSummary {
    /// A snapshot in few words.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        Self {
            id: snapshot.id().to_string(),
            atms: snapshot.len() as u64,
            sites: snapshot.site_count() as u64,
            as_of: snapshot.as_of().map(str::to_owned),
        }
    }
}

/// How one source fared.
#[derive(Clone, Debug, Serialize)]
pub struct SourceOutcome {
    /// Its name.
    pub name: String,
    /// What came of asking it.
    #[serde(flatten)]
    pub reading: Reading,
    /// Why the guard refuses it, or would have, had it not been forced.
    pub refusals: Vec<GuardReason>,
    /// Until when a loss of it must last.
    pub held_until: Option<Timestamp>,
}

/// What came of asking a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reading", rename_all = "snake_case")]
pub enum Reading {
    /// It was read.
    Read,
    /// It says what it said before.
    Unchanged,
    /// It could not be read whole.
    Failed {
        /// Why.
        error: String,
    },
}

/// Why a reload came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// No source has this name.
    #[error("no source is called {name:?}; configured are {}", known.join(", "))]
    UnknownSource {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Not one of the sources asked could be read. What was served before is served on.
    #[error("no source could be read: {}", .0.reasons().join("; "))]
    Unreadable(Box<ReloadOutcome>),
    /// The guard refuses. What was served before is served on.
    #[error("the guard refuses: {}", .0.reasons().join("; "))]
    Refused(Box<ReloadOutcome>),
    /// Building ended without an outcome: a defect, told in the log.
    #[error("building a snapshot ended without an outcome")]
    Ended,
}
