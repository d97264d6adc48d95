//! What outlives the process: the last few snapshots, which of them is served, and how its sources
//! stood. Everything is there whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rejections::Rejections;
use crate::archive::{self, ArchiveError, Meta};
use crate::ingest::transports::Version;
use crate::snapshot::{Purpose, Snapshot, SnapshotId};

/// A folder of saved snapshots. Without a state directory it is a temporary one: snapshots can be
/// gone back to for as long as the process lives.
#[derive(Debug)]
pub(super) struct Saved {
    folder: PathBuf,
    kept: NonZeroUsize,
    /// Deletes the folder with the process.
    _temporary: Option<tempfile::TempDir>,
}

/// What is served, as a restart wants to know it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Id of the snapshot that is served.
    pub(super) snapshot: String,
    /// Who put it in place by hand, if somebody did.
    pub(super) pinned: Option<Pin>,
    /// How the sources it was built from stood.
    pub(super) sources: BTreeMap<String, SourceStanding>,
}

/// That a snapshot was put in place by hand, and stays until somebody reloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// Who did.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How a source stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SourceStanding {
    /// Where it is and how it is read.
    pub(super) identity: String,
    /// The version that is served.
    pub(super) version: Option<Version>,
    pub(super) read_at: Option<Timestamp>,
    pub(super) confirmed_at: Option<Timestamp>,
}

/// A saved snapshot, by its file's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavedSnapshot {
    /// Its id.
    pub id: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// Bytes it takes.
    pub bytes: u64,
}

impl Saved {
    /// The folder below `state_dir`, made if there is none.
    pub(super) fn open(state_dir: Option<&Path>, kept: NonZeroUsize) -> io::Result<Self> {
        let temporary = match state_dir {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("nearest-atm-").tempdir()?),
        };
        let parent = state_dir.or(temporary.as_ref().map(tempfile::TempDir::path));
        let folder = parent.unwrap_or(Path::new(".")).join("snapshots");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, kept, _temporary: temporary })
    }

    /// Saves a snapshot with everything that was rejected on the way to it. It is on disk when this
    /// returns.
    pub(super) fn save(
        &self,
        snapshot: &Snapshot,
        built_at: Timestamp,
        rejections: Rejections,
    ) -> Result<(), ArchiveError> {
        rejections.keep_as(&self.rejections_path(&snapshot.id().to_string()))?;
        archive::save(&self.folder, snapshot, built_at)?;
        Ok(())
    }

    /// Every saved snapshot, newest first; of one that was saved more than once the newest.
    pub(super) fn snapshots(&self) -> Vec<SavedSnapshot> {
        let mut snapshots: Vec<SavedSnapshot> = Vec::new();
        for saved in self.list() {
            let id = saved.id.to_string();
            if !snapshots.iter().any(|known| known.id == id) {
                snapshots.push(SavedSnapshot { id, built_at: saved.built_at, bytes: saved.bytes });
            }
        }
        snapshots
    }

    /// A saved snapshot; `None` when there is none of this id that is whole.
    pub(super) fn load(&self, id: &str, purpose: Purpose<'_>) -> Option<(Snapshot, Meta)> {
        let mut saved = self.list();
        saved.retain(|saved| saved.id.to_string() == id);
        saved.iter().find_map(|saved| load(saved, purpose))
    }

    /// The snapshot that is to be served again, else the newest that is whole. What is damaged is
    /// passed over, and said.
    pub(super) fn last_good(
        &self,
        standing: &Standing,
        purpose: Purpose<'_>,
    ) -> Option<(Snapshot, Meta)> {
        let mut saved = self.list();
        // Stable: newest first among the others.
        saved.sort_by_key(|saved| saved.id.to_string() != standing.snapshot);
        saved.iter().find_map(|saved| load(saved, purpose))
    }

    /// Removes all but the newest few, the one that is served, and what crashes left.
    pub(super) fn prune(&self, served: &str) {
        let keep = self.snapshots();
        let mut keep: Vec<String> =
            keep.into_iter().take(self.kept.get()).map(|snapshot| snapshot.id).collect();
        keep.push(served.to_owned());
        let mut seen: Vec<SnapshotId> = Vec::new();
        for saved in self.list() {
            let is_older_copy = seen.contains(&saved.id);
            seen.push(saved.id);
            if is_older_copy || !keep.contains(&saved.id.to_string()) {
                remove(&saved.path);
            }
        }
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_kept = match name.strip_suffix(REJECTED_ENDING) {
                Some(id) => keep.iter().any(|keep| keep == id),
                None => !(name.starts_with(UNFINISHED_MARK) || name.ends_with(".part")),
            };
            if !is_kept {
                remove(&entry.path());
            }
        }
    }

    /// What was served when the process last ended.
    pub(super) fn standing(&self) -> Standing {
        let read = fs::read(self.standing_path());
        read.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Notes what is served; it is on disk when this returns.
    pub(super) fn set_standing(&self, standing: &Standing) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(standing)?;
        write_atomically(&self.standing_path(), |file| io::Write::write_all(file, &bytes))
    }

    /// Where the rows lie that were rejected on the way to a snapshot, as CSV: source, file, row,
    /// reason, detail, original text.
    pub(super) fn rejections_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}{REJECTED_ENDING}"))
    }

    /// A new file for rows that are rejected.
    pub(super) fn rejections(&self) -> io::Result<Rejections> {
        Rejections::create(&self.folder, UNFINISHED_MARK)
    }

    fn standing_path(&self) -> PathBuf {
        self.folder.join("standing.json")
    }

    fn list(&self) -> Vec<archive::Saved> {
        archive::list(&self.folder).unwrap_or_else(|error| {
            tracing::error!("Saved snapshots cannot be listed: {error}");
            Vec::new()
        })
    }
}

/// How the name of a file of rejected rows ends.
const REJECTED_ENDING: &str = ".rejected.csv";

/// How the name of a file begins that is still being written.
const UNFINISHED_MARK: &str = ".unfinished-";

fn load(saved: &archive::Saved, purpose: Purpose<'_>) -> Option<(Snapshot, Meta)> {
    let name = saved.path.file_name().unwrap_or_default().to_string_lossy();
    match archive::load(&saved.path, purpose) {
        Ok(loaded) => Some(loaded),
        Err(error) => {
            tracing::error!(file = %name, "Saved snapshot {name} {error}; passing it over");
            None
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!("A file that is not needed any more cannot be removed: {error}");
    }
}

/// Writes a file in one step: beside it, to disk, into its place, and its place to disk.
pub(super) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED_MARK).tempfile_in(directory)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(directory)
}

/// Brings the names in a directory to disk. Only Unix lets directories be opened for that.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
