//! Watching files and directories for changes.

use std::path::{Path, PathBuf};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::Sender;

/// Tells of changes at a path for as long as it lives.
#[derive(Debug)]
pub struct Watcher {
    _system: RecommendedWatcher,
}

impl Watcher {
    /// Sends a sign to `changed` whenever something at `path` may have changed. Signs may come
    /// where nothing has changed; a full queue swallows them, as it holds one already.
    ///
    /// A file is watched through its directory, so that one put in its place is seen as well.
    ///
    /// # Errors
    ///
    /// When the system cannot watch the path.
    pub fn start(path: &Path, changed: Sender<()>) -> Result<Self, notify::Error> {
        let is_directory = path.is_dir();
        let file_name = path.file_name().map(PathBuf::from);
        let mut system =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let concerns = match event {
                    Ok(event) => {
                        // A link in the path may be what changed, so a sibling's event counts where
                        // it cannot be told apart; only plain writes to other files are ignored.
                        let is_reading = matches!(event.kind, EventKind::Access(_));
                        let is_other_file = !is_directory
                            && matches!(
                                event.kind,
                                EventKind::Modify(notify::event::ModifyKind::Data(_))
                            )
                            && !event.paths.iter().any(|changed| {
                                changed.file_name().map(Path::new) == file_name.as_deref()
                            });
                        !is_reading && !is_other_file
                    }
                    // Events were lost: anything may have happened.
                    Err(_) => true,
                };
                if concerns {
                    let _ = changed.try_send(());
                }
            })?;
        if is_directory {
            system.watch(path, RecursiveMode::Recursive)?;
        } else {
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            system.watch(directory.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)?;
        }
        Ok(Self { _system: system })
    }
}
