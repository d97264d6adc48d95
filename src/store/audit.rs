//! Who changed what.

use jiff::Timestamp;

/// A change about to be recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// The name of the credential.
    pub who: String,
    /// What was done: `status.report`, `status.withdraw`, `reload`, `publish`, …
    pub action: &'static str,
    /// What it was done to: an ATM's id, a source's name, a snapshot's id.
    pub subject: Option<String>,
    /// How it ended: `done`, `refused`, `failed`.
    pub outcome: &'static str,
    /// The snapshot current before.
    pub from_snapshot: Option<String>,
    /// The snapshot current after.
    pub to_snapshot: Option<String>,
    /// More, in words.
    pub detail: Option<String>,
}

/// A change as the log holds it. Entries are only ever added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, greater than that of every earlier one.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// The name of the credential.
    pub who: String,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: Option<String>,
    /// How it ended.
    pub outcome: String,
    /// The snapshot current before.
    pub from_snapshot: Option<String>,
    /// The snapshot current after.
    pub to_snapshot: Option<String>,
    /// More, in words.
    pub detail: Option<String>,
}
