//! Where bytes come from. A location names a file, or a directory of files.

mod file;

use super::input::Input;

/// The files a location stands for.
#[derive(Clone, Debug)]
pub struct Located {
    /// The files, in the order they are read.
    pub inputs: Vec<Input>,
    /// Whether they were found in a directory rather than named.
    pub found_in_directory: bool,
}

/// Why a location leads to no files.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The path cannot be read.
    #[error("{location} cannot be read: {error}")]
    Io {
        /// The location as given.
        location: String,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// The directory holds no file.
    #[error("{location} holds no file")]
    EmptyDirectory {
        /// The location as given.
        location: String,
    },
    /// The location is an address of a kind that is not read.
    #[error("{location} is no file; accepted are paths of files and directories, and file: URLs")]
    UnsupportedScheme {
        /// The location as given, without anything secret in it.
        location: String,
    },
}

/// Finds the files a location stands for.
///
/// # Errors
///
/// [`LocateError`] when there are none to be read.
pub fn locate(location: &str) -> Result<Located, LocateError> {
    let scheme = location.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        None => file::locate(location, location.strip_prefix("file:").unwrap_or(location)),
        Some("file") => file::locate(location, location.trim_start_matches("file://")),
        // What stands between the slashes may be a password.
        Some(scheme) => Err(LocateError::UnsupportedScheme {
            location: format!("an address of kind {scheme}:"),
        }),
    }
}
