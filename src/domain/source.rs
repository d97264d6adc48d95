//! Where records come from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A source's place in its snapshot's list of sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceIndex(pub u32);

/// What is known of the origin of a set of records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Name of the configured source its records came by: what a reload replaces, or keeps, as a
    /// whole. One file may bring records of several sources.
    pub configured: String,
    /// Its name in the configuration, or its file's name without extensions.
    pub name: String,
    /// When the source says its data was current, RFC 3339 in UTC. `None` when it does not say;
    /// the time of copying a file is not the time of its data.
    pub as_of: Option<String>,
    /// The licence the source states or the administrator configured.
    pub licence: Option<String>,
    /// The credit its licence asks for.
    pub attribution: Option<String>,
}

/// A configured source of which what is served may be older than what it says by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleSource {
    /// Its name in the configuration.
    pub name: String,
    /// Why, one of [`Self::REASONS`].
    pub reason: &'static str,
    /// When it was last known to say what is served; `None` when nothing of it is.
    pub confirmed_at: Option<Timestamp>,
}

impl StaleSource {
    /// Every reason there is, as stable codes.
    pub const REASONS: [&'static str; 6] =
        ["failing", "refused", "held", "restored", "pinned", "not_loaded"];
}
