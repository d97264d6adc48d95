//! What must outlive the process beside the data: live statuses, and the record of who changed
//! what. Embedded `SQLite` by default; PostgreSQL where several replicas share it.
//!
//! A write is durable when it returns. Both stores speak the same few verbs over the same two
//! tables, and a report never replaces one of a later time in either.

mod audit;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
mod sqlite;

use std::path::PathBuf;

use crate::domain::StatusReport;
use crate::secret::Secret;

pub use audit::{AuditEntry, AuditRecord};
#[cfg(feature = "postgres")]
pub use postgres::{Changes, PostgresStore};
pub use sqlite::SqliteStore;

/// Where statuses and the audit log are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// In memory: nothing outlives the process, and no answer pretends that it does.
    Memory,
    /// In a file of this directory.
    Directory(PathBuf),
    /// In the PostgreSQL database at this address, shared by replicas.
    Postgres(Secret),
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be made.
    #[error("state_dir cannot be used: {0}")]
    Directory(#[source] std::io::Error),
    /// Another process holds the file.
    #[error("the file in state_dir is in use by another process")]
    InUse,
    /// The file was written by a later release.
    #[error("the file in state_dir has version {found}, and this release reads up to {known}")]
    TooNew {
        /// The version of the file.
        found: i64,
        /// The latest version this release knows.
        known: i64,
    },
    /// The address of the database is none.
    #[error("status.store accepts postgres://user:password@host/database")]
    Address,
    /// This build has no PostgreSQL.
    #[error("status.store names PostgreSQL, and this build is without the feature postgres")]
    NoPostgres,
    /// The database does not answer, or refuses; what it says may quote values and is not repeated.
    #[error("the store of statuses does not answer")]
    Unavailable(#[from] sqlx::Error),
    /// A row holds what no release writes.
    #[error("the store of statuses holds a row that cannot be read")]
    Damaged,
}

/// The store; cloning shares it.
#[derive(Clone, Debug)]
pub enum Store {
    /// Of one process.
    Sqlite(SqliteStore),
    /// Shared by replicas.
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl Store {
    /// Opens the store, making what is missing. PostgreSQL need not answer yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it can never be used.
    pub async fn open(place: &StorePlace) -> Result<Self, StoreError> {
        match place {
            StorePlace::Memory => Ok(Self::Sqlite(SqliteStore::in_memory().await?)),
            StorePlace::Directory(path) => Ok(Self::Sqlite(SqliteStore::open(path).await?)),
            #[cfg(feature = "postgres")]
            StorePlace::Postgres(address) => Ok(Self::Postgres(PostgresStore::new(address)?)),
            #[cfg(not(feature = "postgres"))]
            StorePlace::Postgres(_) => Err(StoreError::NoPostgres),
        }
    }

    /// Whether what is written outlives the process.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        match self {
            Self::Sqlite(store) => store.is_durable(),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }

    /// Every report kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store does not answer.
    pub async fn statuses(&self) -> Result<Vec<StatusReport>, StoreError> {
        match self {
            Self::Sqlite(store) => store.statuses().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.statuses().await,
        }
    }

    /// Writes reports, no two of one machine, and the record of it: all or nothing, durable when
    /// it returns. Gives the reports of a later time that stand in the way of some of them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when nothing was written.
    pub async fn record(
        &self,
        reports: &[StatusReport],
        audit: &AuditRecord,
    ) -> Result<Vec<StatusReport>, StoreError> {
        match self {
            Self::Sqlite(store) => store.record(reports, audit).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.record(reports, audit).await,
        }
    }

    /// Drops these very reports; those that have been replaced since stay.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store does not answer.
    pub async fn forget(&self, reports: &[std::sync::Arc<StatusReport>]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.forget(reports).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.forget(reports).await,
        }
    }

    /// Records a change that is none of statuses.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it was not written.
    pub async fn audit(&self, record: &AuditRecord) -> Result<(), StoreError> {
        self.record(&[], record).await.map(drop)
    }

    /// The audit log, latest first: at most `limit` entries, only those before `before` if it is
    /// given.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store does not answer.
    pub async fn audit_log(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        match self {
            Self::Sqlite(store) => store.audit_log(before, limit).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.audit_log(before, limit).await,
        }
    }
}
