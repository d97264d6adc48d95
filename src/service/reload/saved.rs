//! Files that are there whole or not at all.

use std::fs::File;
use std::io;
use std::path::Path;

/// Writes a file in one step: beside it, to disk, into its place, and its place to disk.
pub(super) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".saving-").tempfile_in(directory)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The name is part of the directory, which has to reach the disk as well.
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(())
}
