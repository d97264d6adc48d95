//! Where bytes come from: files and directories, web addresses, buckets, PostgreSQL.
//!
//! Whatever the transport, the outcome is the same: files to read, and a version that says whether
//! there is anything new. What comes over a network is first kept on disk whole, within limits, so
//! that a broken connection is never mistaken for the end of the data.

mod error;
mod file;
#[cfg(feature = "object-store")]
mod http;
mod limits;
mod location;
#[cfg(feature = "postgres")]
mod postgres;
mod spool;
#[cfg(feature = "object-store")]
mod store;
mod watch;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Sender;

use super::input::Input;
use crate::secret::Secret;

pub use error::FetchError;
pub use limits::FetchOptions;
pub use location::Location;
pub use watch::Watcher;

use location::Kind;

/// What tells one state of a source from another: equal versions are equal bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The only version of what never changes.
    #[must_use]
    pub fn fixed() -> Self {
        Self("fixed".to_owned())
    }
}

/// The files a location stands for.
#[derive(Clone, Debug)]
pub struct Located {
    /// The files, in the order they are read.
    pub inputs: Vec<Input>,
    /// Whether they were found in a directory rather than named.
    pub found_in_directory: bool,
    /// Which state of the source they are.
    pub version: Version,
}

impl Located {
    /// Files that never change.
    #[must_use]
    pub fn fixed(inputs: Vec<Input>) -> Self {
        Self { inputs, found_in_directory: false, version: Version::fixed() }
    }
}

/// What fetching found.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// The version already known.
    Unchanged,
    /// Something else.
    Changed(Located),
}

/// How to get at a source: where it is, and what only some kinds of place want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Where it is.
    pub location: Location,
    /// For `postgres:`, the table whose rows are records, `schema.name` or `name`.
    pub table: Option<String>,
    /// For `postgres:`, the query whose rows are records, instead of a table.
    pub query: Option<Secret>,
    /// For `s3:`, `gs:` and `az:`, settings of the store by their names in the environment, such
    /// as `AWS_ENDPOINT`.
    pub storage: BTreeMap<String, Secret>,
    /// Limits on fetching.
    pub options: FetchOptions,
}

impl Access {
    /// Access to what needs no more than its location.
    #[must_use]
    pub fn to(location: Location) -> Self {
        Self {
            location,
            table: None,
            query: None,
            storage: BTreeMap::new(),
            options: FetchOptions::default(),
        }
    }

    /// Fetches the source unless it is still at the `known` version.
    ///
    /// Failures that may pass are tried again, with growing pauses, as often as the options say.
    /// Files of this machine are only looked at: reading them is left to ingest.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when it cannot be had whole.
    pub async fn fetch(&self, known: Option<&Version>) -> Result<Fetched, FetchError> {
        let retries = self.options.retries();
        let mut attempt = 1;
        loop {
            let error = match self.fetch_once(known).await {
                Err(error) if error.is_passing() => error,
                outcome => return outcome,
            };
            let pause = retries.pause_after(attempt, error.retry_after());
            let Some(pause) = pause else { return Err(error) };
            tracing::debug!(location = %self.location, attempt, "Fetching failed and is tried again: {error}");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn fetch_once(&self, known: Option<&Version>) -> Result<Fetched, FetchError> {
        match self.location.kind() {
            Kind::Path(path) => {
                let (location, path) = (self.location.to_string(), path.to_owned());
                let looking = tokio::task::spawn_blocking(move || file::locate(&location, &path));
                let located = looking.await.map_err(|stopped| FetchError::Spool {
                    error: std::io::Error::other(stopped),
                })??;
                let is_known = known == Some(&located.version);
                Ok(if is_known { Fetched::Unchanged } else { Fetched::Changed(located) })
            }
            #[cfg(feature = "object-store")]
            Kind::Http => http::fetch(self, known).await,
            #[cfg(feature = "object-store")]
            Kind::Store => store::fetch(self, known).await,
            #[cfg(not(feature = "object-store"))]
            Kind::Http | Kind::Store => {
                Err(FetchError::LeftOut { what: "web addresses", feature: "object-store" })
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres => postgres::fetch(self, known).await,
            #[cfg(not(feature = "postgres"))]
            Kind::Postgres => Err(FetchError::LeftOut { what: "PostgreSQL", feature: "postgres" }),
            Kind::Unsupported(_) => {
                Err(FetchError::UnsupportedScheme { location: self.location.to_string() })
            }
        }
    }

    /// Fetches the source from a thread that may wait. Not to be called from asynchronous code.
    ///
    /// # Errors
    ///
    /// As [`Access::fetch`].
    pub fn fetch_blocking(&self) -> Result<Located, FetchError> {
        if let Kind::Path(path) = self.location.kind() {
            return file::locate(&self.location.to_string(), path);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| FetchError::Spool { error })?;
        match runtime.block_on(self.fetch(None))? {
            Fetched::Changed(located) => Ok(located),
            Fetched::Unchanged => Err(FetchError::NotFound),
        }
    }

    /// Hears of changes to a source in PostgreSQL: sends a sign for every notification on a
    /// channel, and whenever one may have been missed, for as long as somebody takes them. Other
    /// kinds of place tell nothing.
    pub fn listen(&self, channel: &str, changed: Sender<()>) {
        #[cfg(feature = "postgres")]
        if self.location.kind() == Kind::Postgres {
            tokio::spawn(postgres::listen(self.clone(), channel.to_owned(), changed));
            return;
        }
        drop(changed);
        tracing::warn!(location = %self.location, channel, "{} cannot be listened to", self.location);
    }

    /// Whether the files still are what they were when they were located: only files of this
    /// machine can change while they are read.
    #[must_use]
    pub fn is_still(&self, version: &Version) -> bool {
        let Kind::Path(path) = self.location.kind() else { return true };
        let now = file::locate(&self.location.to_string(), path);
        now.is_ok_and(|now| now.version == *version)
    }
}

/// Chooses the implementation of TLS. Once chosen it stays, whoever else chooses.
#[cfg(feature = "object-store")]
fn use_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Finds the files a location stands for, fetching them if they are elsewhere.
///
/// # Errors
///
/// [`FetchError`] when there are none to be read.
pub fn locate(location: &str) -> Result<Located, FetchError> {
    Access::to(Location::new(location)).fetch_blocking()
}
