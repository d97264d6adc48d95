//! Files and directories.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{FetchError, Located, Version};
use crate::ingest::input::Input;

/// The file at a path, or every file below a directory in the order of their paths. Hidden files
/// are left out.
pub(super) fn locate(location: &str, root: &Path) -> Result<Located, FetchError> {
    let io = |error| FetchError::Io { location: location.to_owned(), error };
    let mut state = blake3::Hasher::new();
    let metadata = std::fs::metadata(root).map_err(io)?;
    if !metadata.is_dir() {
        note(&mut state, root, &metadata);
        let inputs = vec![Input::file(root)];
        return Ok(Located { inputs, found_in_directory: false, version: version(&state) });
    }
    let mut paths = Vec::new();
    collect(root, &mut paths).map_err(io)?;
    paths.sort();
    if paths.is_empty() {
        return Err(FetchError::Empty { location: location.to_owned() });
    }
    let mut inputs = Vec::with_capacity(paths.len());
    for path in paths {
        note(&mut state, &path, &std::fs::metadata(&path).map_err(io)?);
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        inputs.push(Input::file_as(&name, path));
    }
    Ok(Located { inputs, found_in_directory: true, version: version(&state) })
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), paths)?;
        } else {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// Notes everything the system says of a file without reading it. On Unix that includes the time
/// of the last change to the file or its description, which programs cannot set.
fn note(state: &mut blake3::Hasher, path: &Path, metadata: &Metadata) {
    let mut number = |number: u64| {
        state.update(&number.to_le_bytes());
    };
    number(metadata.len());
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default();
    number(modified.as_secs());
    number(u64::from(modified.subsec_nanos()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        number(metadata.ino());
        number(metadata.ctime().cast_unsigned());
        number(metadata.ctime_nsec().cast_unsigned());
    }
    let path = path.to_string_lossy();
    number(path.len() as u64);
    state.update(path.as_bytes());
}

fn version(state: &blake3::Hasher) -> Version {
    Version(format!("file:{}", &state.finalize().to_hex()[..32]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_another_version_once_it_is_written_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("atms.csv");
        std::fs::write(&path, "id,lat,lon\n1,60.1,24.9\n").unwrap();
        // Long ago: file systems may tell no times apart that are close.
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(UNIX_EPOCH + std::time::Duration::from_hours(1)).unwrap();
        drop(file);
        let before = locate("atms.csv", &path).unwrap().version;
        assert_eq!(locate("atms.csv", &path).unwrap().version, before);
        std::fs::write(&path, "id,lat,lon\n1,60.2,24.9\n").unwrap();
        assert_ne!(locate("atms.csv", &path).unwrap().version, before);
    }
}
