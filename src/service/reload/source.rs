//! A configured source, and how it stands.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::ingest::transports::{Access, FetchError, Fetched, Located, Version};
use crate::ingest::{ReadOptions, SourceFiles};
use crate::service::guard::{GuardOptions, GuardReason};

/// Where ATMs come from, as the administrator configured it.
#[derive(Clone, Debug)]
pub struct ConfiguredSource {
    /// Its name, unlike that of any other.
    pub name: String,
    /// Where it is.
    pub origin: Origin,
    /// What may be published of it.
    pub guard: GuardOptions,
    /// How often it is asked by itself.
    pub every: Option<Duration>,
    /// For PostgreSQL, the channel that tells of changes.
    pub listen: Option<String>,
    /// Whether the service may not start without it.
    pub required: bool,
}

/// Where a source's files come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Given with the program; never changes.
    Fixed(SourceFiles),
    /// Read from somewhere.
    Access {
        /// How to get at it.
        access: Access,
        /// How to read its files.
        read: ReadOptions,
        /// Whether every file is a source named after itself, rather than part of one source.
        is_source_per_file: bool,
    },
}

impl From<SourceFiles> for Origin {
    fn from(files: SourceFiles) -> Self {
        Self::Fixed(files)
    }
}

impl From<Access> for Origin {
    fn from(access: Access) -> Self {
        Self::Access { access, read: ReadOptions::default(), is_source_per_file: false }
    }
}

impl ConfiguredSource {
    /// A source as it is unless more is configured: required, under the guard's defaults, and asked
    /// at the start and when somebody reloads.
    #[must_use]
    pub fn new(name: impl Into<String>, origin: impl Into<Origin>) -> Self {
        Self {
            name: name.into(),
            origin: origin.into(),
            guard: GuardOptions::default(),
            every: None,
            listen: None,
            required: true,
        }
    }

    /// Fetches it unless it is still at the `known` version.
    pub(super) async fn fetch(&self, known: Option<&Version>) -> Result<Fetched, FetchError> {
        match &self.origin {
            Origin::Fixed(files) => Ok(match known {
                Some(known) if *known == Version::fixed() => Fetched::Unchanged,
                Some(_) | None => Fetched::Changed(Located::fixed(files.inputs.clone())),
            }),
            Origin::Access { access, .. } => access.fetch(known).await,
        }
    }

    /// Fetches it from a thread that may wait. Not to be called from asynchronous code.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when it cannot be had whole.
    pub fn fetch_blocking(&self) -> Result<Vec<SourceFiles>, FetchError> {
        match &self.origin {
            Origin::Fixed(files) => Ok(vec![files.clone()]),
            Origin::Access { access, .. } => Ok(self.files(&access.fetch_blocking()?)),
        }
    }

    /// What was located, with how to read it.
    pub(super) fn files(&self, located: &Located) -> Vec<SourceFiles> {
        let found_in_directory = located.found_in_directory;
        match &self.origin {
            Origin::Fixed(files) => vec![files.clone()],
            Origin::Access { read, is_source_per_file: true, .. } => located
                .inputs
                .iter()
                .map(|input| SourceFiles {
                    name: input.stem().to_owned(),
                    inputs: vec![input.clone()],
                    options: read.clone(),
                    found_in_directory,
                })
                .collect(),
            Origin::Access { read, is_source_per_file: false, .. } => vec![SourceFiles {
                name: self.name.clone(),
                inputs: located.inputs.clone(),
                options: read.clone(),
                found_in_directory,
            }],
        }
    }

    /// Whether what was located has not changed while it was read.
    pub(super) fn is_still(&self, version: &Version) -> bool {
        match &self.origin {
            Origin::Fixed(_) => true,
            Origin::Access { access, .. } => access.is_still(version),
        }
    }

    /// Where it is, without credentials.
    #[must_use]
    pub fn location(&self) -> String {
        match &self.origin {
            Origin::Fixed(_) => "compiled in".to_owned(),
            Origin::Access { access, .. } => access.location.to_string(),
        }
    }

    /// Names where it is and how it is read: what was ingested under another identity must be
    /// ingested again. Holds nothing secret.
    pub(super) fn identity(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.location().as_bytes());
        if let Origin::Access { access, read, is_source_per_file } = &self.origin {
            let settings = (&access.table, read, is_source_per_file);
            hasher.update(&serde_json::to_vec(&settings).unwrap_or_default());
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

/// How a source stands.
#[derive(Clone, Debug, Serialize)]
pub struct SourceState {
    /// Its name.
    pub name: String,
    /// Where it is, without credentials.
    pub location: String,
    /// How often it is asked by itself, in seconds.
    pub every_s: Option<u64>,
    /// What is wrong with it, if anything.
    pub condition: Condition,
    /// ATMs of it that are served.
    pub atms: u64,
    /// When it says its data was current.
    pub as_of: Option<String>,
    /// When what is served of it was read.
    pub read_at: Option<Timestamp>,
    /// When it was last known to say what is served: the age of its data is counted from here.
    pub confirmed_at: Option<Timestamp>,
    /// When it was last asked.
    pub asked_at: Option<Timestamp>,
}

impl SourceState {
    pub(super) fn new(source: &ConfiguredSource) -> Self {
        Self {
            name: source.name.clone(),
            location: source.location(),
            every_s: source.every.map(|every| every.as_secs()),
            condition: Condition::NotLoaded,
            atms: 0,
            as_of: None,
            read_at: None,
            confirmed_at: None,
            asked_at: None,
        }
    }

    /// Whether what is served of it may be older than what it says now.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        !matches!(self.condition, Condition::Fresh)
    }

    /// How long ago it was known to say what is served, in seconds.
    #[must_use]
    pub fn age_s(&self, now: Timestamp) -> Option<u64> {
        let age = now.duration_since(self.confirmed_at?);
        Some(u64::try_from(age.as_secs()).unwrap_or(0))
    }
}

/// What is wrong with a source, if anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Condition {
    /// Nothing: it was asked, and what it said is served.
    Fresh,
    /// It has not been loaded yet, and nothing of it is served.
    NotLoaded,
    /// What is served of it was saved by an earlier run, and it has not been asked since.
    Restored,
    /// It could not be read; what is served is what it said before.
    Failing {
        /// Since when.
        since: Timestamp,
        /// Why, the last time.
        error: String,
    },
    /// The guard refused what it says; what is served is what it said before.
    Refused {
        /// Since when.
        since: Timestamp,
        /// Why.
        reasons: Vec<GuardReason>,
    },
    /// It lost machines, which must last until an instant before it is believed.
    Held {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
        /// How many machines it lost.
        vanished: u64,
    },
    /// An earlier snapshot was put in place by hand; the source is not asked.
    Pinned,
}

impl Condition {
    /// The stable code programs go by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::NotLoaded => "not_loaded",
            Self::Restored => "restored",
            Self::Failing { .. } => "failing",
            Self::Refused { .. } => "refused",
            Self::Held { .. } => "held",
            Self::Pinned => "pinned",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StaleSource;

    #[test]
    fn every_condition_but_fresh_is_a_reason_to_be_stale() {
        let since = Timestamp::UNIX_EPOCH;
        let conditions = [
            Condition::Failing { since, error: String::new() },
            Condition::Refused { since, reasons: Vec::new() },
            Condition::Held { since, until: since, vanished: 1 },
            Condition::Restored,
            Condition::Pinned,
            Condition::NotLoaded,
        ];
        assert_eq!(conditions.map(|condition| condition.code()), StaleSource::REASONS);
        assert!(!StaleSource::REASONS.contains(&Condition::Fresh.code()));
    }
}
