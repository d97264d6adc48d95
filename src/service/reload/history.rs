//! What was published and refused, by whom and why: durable where there is a state directory.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::{SnapshotSummary, Trigger};
use crate::service::guard::GuardReason;

/// Entries kept in memory and, at the next start, in the file.
const ENTRIES_MAX: usize = 10_000;

/// Something that happened to what is served, or did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// What asked for it.
    pub trigger: Trigger,
    /// Who asked for it.
    pub by: String,
    /// The snapshot served before.
    pub from: Option<String>,
    /// The snapshot served since; for a refusal the one that was not published.
    pub to: Option<SnapshotSummary>,
    /// Whether the guard was overridden.
    #[serde(default)]
    pub forced: bool,
    /// Why it was refused, or what was overridden, with the source.
    #[serde(default)]
    pub reasons: Vec<SourceReason>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A snapshot built from the sources was published.
    Published,
    /// The guard refused one.
    Refused,
    /// A loss is to last before it is believed.
    Held,
    /// A saved snapshot was published at the start.
    Restored,
    /// An earlier or later snapshot was put in place by hand, and pinned.
    Pinned,
    /// A reload took the pin away.
    Unpinned,
}

impl Event {
    /// Every event there is.
    pub const ALL: [Self; 6] =
        [Self::Published, Self::Refused, Self::Held, Self::Restored, Self::Pinned, Self::Unpinned];

    /// The stable code programs go by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Restored => "restored",
            Self::Pinned => "pinned",
            Self::Unpinned => "unpinned",
        }
    }
}

/// A reason of the guard with the source it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceReason {
    /// The source.
    pub source: String,
    /// The reason.
    #[serde(flatten)]
    pub reason: GuardReason,
}

/// Everything that happened, the newest last.
#[derive(Debug, Default)]
pub(super) struct History {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<HistoryEntry>,
    file: Option<File>,
}

impl History {
    /// The history of a file, which is made if there is none. A last line that was cut off by the
    /// end of the process is dropped: it was never acknowledged.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut entries = VecDeque::new();
        let mut is_to_be_rewritten = false;
        match File::open(path) {
            Ok(file) => {
                for line in BufReader::new(file).split(b'\n') {
                    match serde_json::from_slice(&line?) {
                        Ok(entry) => entries.push_back(entry),
                        Err(_cut_off) => is_to_be_rewritten = true,
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if entries.len() > ENTRIES_MAX {
            entries.drain(..entries.len() - ENTRIES_MAX);
            is_to_be_rewritten = true;
        }
        if is_to_be_rewritten {
            super::saved::write_atomically(path, |file| {
                entries.iter().try_for_each(|entry| write_line(file, entry))
            })?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { inner: Mutex::new(Inner { entries, file: Some(file) }) })
    }

    /// Adds an entry; it is on disk when this returns.
    pub(super) fn add(&self, entry: HistoryEntry) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inner.file {
            let written = write_line(file, &entry).and_then(|()| file.sync_data());
            if let Err(error) = written {
                tracing::error!("The history cannot be written: {error}");
            }
        }
        inner.entries.push_back(entry);
        if inner.entries.len() > ENTRIES_MAX {
            inner.entries.pop_front();
        }
    }

    /// Every entry, the newest first.
    pub(super) fn entries(&self) -> Vec<HistoryEntry> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entries.iter().rev().cloned().collect()
    }
}

fn write_line(file: &mut File, entry: &HistoryEntry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    // In one call, so that lines of a crash are cut off rather than mixed.
    file.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(by: &str) -> HistoryEntry {
        HistoryEntry {
            at: Timestamp::UNIX_EPOCH,
            event: Event::Refused,
            trigger: Trigger::Request,
            by: by.to_owned(),
            from: None,
            to: None,
            forced: false,
            reasons: vec![SourceReason {
                source: "bank".to_owned(),
                reason: GuardReason::TooFew { count: 1, count_min: 2 },
            }],
        }
    }

    #[test]
    fn what_was_added_is_there_after_a_restart_and_a_cut_off_line_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("history.ndjson");
        let history = History::open(&path).unwrap();
        history.add(entry("ana"));
        history.add(entry("ben"));
        drop(history);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"at\":\"2026-01-").unwrap();
        drop(torn);

        let history = History::open(&path).unwrap();
        history.add(entry("cleo"));
        drop(history);
        let entries = History::open(&path).unwrap().entries();
        let names: Vec<_> = entries.iter().map(|entry| entry.by.as_str()).collect();
        assert_eq!(names, ["cleo", "ben", "ana"]);
        assert_eq!(entries[0].reasons, entry("").reasons);
    }
}
