//! Files and directories.

use std::path::{Path, PathBuf};

use super::{LocateError, Located};
use crate::ingest::input::Input;

/// The file at a path, or every file below a directory in the order of their paths. Hidden files
/// are left out.
pub(super) fn locate(location: &str, path: &str) -> Result<Located, LocateError> {
    let io = |error| LocateError::Io { location: location.to_owned(), error };
    let root = Path::new(path);
    if !std::fs::metadata(root).map_err(io)?.is_dir() {
        return Ok(Located { inputs: vec![Input::file(root)], found_in_directory: false });
    }
    let mut paths = Vec::new();
    collect(root, &mut paths).map_err(io)?;
    paths.sort();
    if paths.is_empty() {
        return Err(LocateError::EmptyDirectory { location: location.to_owned() });
    }
    let named = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        Input::file_as(&name, path)
    };
    Ok(Located { inputs: paths.into_iter().map(named).collect(), found_in_directory: true })
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
