//! A folder of archives: each written whole or not at all, newest first, the last few kept.
//!
//! One process owns a folder. The name of a file says when its snapshot was built and which it is:
//! `20260401T060003.250Z-0123456789abcdef0123456789abcdef.atms`.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::snapshot::{Purpose, Snapshot, SnapshotId};

use super::{ArchiveError, Meta, read, write};

/// How the name of an archive ends.
const ENDING: &str = ".atms";

/// How the name of an archive ends until it is complete.
const UNFINISHED_ENDING: &str = ".atms.part";

/// An archive in a folder, by its name alone; what it holds shows when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where it lies.
    pub path: PathBuf,
    /// Which snapshot it is.
    pub id: SnapshotId,
    /// When the snapshot was built, to the millisecond.
    pub built_at: Timestamp,
    /// Bytes it takes.
    pub bytes: u64,
}

/// Saves a snapshot that was built at `built_at`, and makes the folder where there is none. When
/// this returns, the archive is on disk for good; a crash before leaves the folder's archives as
/// they were.
///
/// # Errors
///
/// [`ArchiveError::Io`] when the system does not let it; nothing is saved then.
pub fn save(
    folder: &Path,
    snapshot: &Snapshot,
    built_at: Timestamp,
) -> Result<Saved, ArchiveError> {
    fs::create_dir_all(folder)?;
    let name = format!("{}-{}", built_at.strftime("%Y%m%dT%H%M%S.%3fZ"), snapshot.id());
    let path = folder.join(format!("{name}{ENDING}"));
    let unfinished = folder.join(format!("{name}{UNFINISHED_ENDING}"));
    let written = write_file(&unfinished, snapshot, built_at)
        .and_then(|bytes| fs::rename(&unfinished, &path).map(|()| bytes).map_err(Into::into));
    let bytes = written.inspect_err(|_| {
        // What is left of it is of no use, and may be what filled the disk.
        let _ = fs::remove_file(&unfinished);
    })?;
    sync_folder(folder)?;
    let built_at = parse_name(&format!("{name}{ENDING}")).map_or(built_at, |(time, _)| time);
    Ok(Saved { path, id: snapshot.id(), built_at, bytes })
}

fn write_file(path: &Path, snapshot: &Snapshot, built_at: Timestamp) -> Result<u64, ArchiveError> {
    let mut file = File::create(path)?;
    write(snapshot, built_at, &mut file)?;
    file.flush()?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Makes names in a folder last. Only Unix lets folders be opened for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The archives of a folder, newest first. Other files are passed over; a folder that does not
/// exist has none.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn list(folder: &Path) -> io::Result<Vec<Saved>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Some((built_at, id)) = entry.file_name().to_str().and_then(parse_name) else {
            continue;
        };
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => {
                found.push(Saved { path: entry.path(), id, built_at, bytes: metadata.len() });
            }
            Ok(_) => {}
            // Removed since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_unstable_by(|a, b| b.path.cmp(&a.path));
    Ok(found)
}

fn parse_name(name: &str) -> Option<(Timestamp, SnapshotId)> {
    let (time, id) = name.strip_suffix(ENDING)?.split_once('-')?;
    Some((time.parse().ok()?, SnapshotId::from_digits(id)?))
}

/// Reads an archive. One that is damaged is an error, whatever the damage: the caller goes on to
/// the next older one.
///
/// # Errors
///
/// [`ArchiveError`] says what is wrong with it.
pub fn load(path: &Path, purpose: Purpose<'_>) -> Result<(Snapshot, Meta), ArchiveError> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    read(&mut BufReader::new(file), bytes, purpose)
}

/// Removes all but the newest `keep` archives, and what crashes left unfinished.
///
/// # Errors
///
/// When the folder cannot be read or a file not removed; the others are removed all the same.
pub fn prune(folder: &Path, keep: NonZeroUsize) -> io::Result<()> {
    let mut outcome = Ok(());
    let mut remove = |path: &Path| match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => outcome = Err(error),
        Ok(()) | Err(_) => {}
    };
    for old in list(folder)?.iter().skip(keep.get()) {
        remove(&old.path);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(UNFINISHED_ENDING) {
            remove(&path);
        }
    }
    outcome
}
