//! The embedded store: one `SQLite` file of one process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use crate::domain::StatusReport;

use super::{AuditEntry, AuditRecord, StoreError, rows};

/// Name of the file in the state directory.
const FILE_NAME: &str = "state.sqlite";

/// How long a process that is about to end may still hold the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The version of the tables, kept in the file's `user_version`.
const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE statuses (
        atm TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        cash_out TEXT NOT NULL,
        cash_in TEXT NOT NULL,
        reported_us INTEGER NOT NULL,
        expires_us INTEGER NOT NULL,
        source TEXT NOT NULL,
        note TEXT
    ) WITHOUT ROWID;
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at_us INTEGER NOT NULL,
        who TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT,
        outcome TEXT NOT NULL,
        from_snapshot TEXT,
        to_snapshot TEXT,
        detail TEXT
    );
    CREATE TRIGGER audit_stays_as_written BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
    CREATE TRIGGER audit_stays_whole BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
    PRAGMA user_version = 1;
";

/// Tells a file that another process holds from other failures.
fn in_use(error: sqlx::Error) -> StoreError {
    // `SQLITE_BUSY`, whose extended codes share its lowest byte.
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    if code.is_some_and(|code| code & 0xff == 5) {
        StoreError::InUse
    } else {
        StoreError::Unavailable(error)
    }
}

/// The embedded store; cloning shares it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    is_durable: bool,
}

impl SqliteStore {
    /// The store in a directory, made if it is not there. No other process may use it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the directory cannot be written, or the file is damaged, too new, or in
    /// use.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory).map_err(StoreError::Directory)?;
        let options = SqliteConnectOptions::new()
            .filename(directory.join(FILE_NAME))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // The journal is on the disk before a write returns.
            .synchronous(SqliteSynchronous::Full)
            .locking_mode(SqliteLockingMode::Exclusive)
            .busy_timeout(BUSY_TIMEOUT);
        Self::with(options, true).await
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when there is no memory for it.
    pub async fn in_memory() -> Result<Self, StoreError> {
        Self::with(SqliteConnectOptions::new().in_memory(true), false).await
    }

    async fn with(options: SqliteConnectOptions, is_durable: bool) -> Result<Self, StoreError> {
        // One connection, never closed: an exclusive lock and a database in memory are a
        // connection's own.
        let pool = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(in_use)?;
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(in_use)?;
        let version: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
        if version > VERSION {
            return Err(StoreError::TooNew { found: version, known: VERSION });
        }
        if version == 0 {
            sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(Self { pool, is_durable })
    }

    pub(super) fn is_durable(&self) -> bool {
        self.is_durable
    }

    pub(super) async fn statuses(&self) -> Result<Vec<StatusReport>, StoreError> {
        let rows = sqlx::query(
            "SELECT atm, state, cash_out, cash_in, reported_us, expires_us, source, note \
             FROM statuses",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(rows::report).collect()
    }

    pub(super) async fn record(
        &self,
        reports: &[StatusReport],
        audit: &AuditRecord,
    ) -> Result<Vec<StatusReport>, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut standing = Vec::new();
        if !reports.is_empty() {
            let written = rows::to_json(reports);
            sqlx::query(
                "INSERT INTO statuses \
                 SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, \
                        value->>6, value->>7 \
                 FROM json_each(?1) WHERE true \
                 ON CONFLICT (atm) DO UPDATE SET \
                     state = excluded.state, cash_out = excluded.cash_out, \
                     cash_in = excluded.cash_in, reported_us = excluded.reported_us, \
                     expires_us = excluded.expires_us, source = excluded.source, \
                     note = excluded.note \
                 WHERE excluded.reported_us >= statuses.reported_us",
            )
            .bind(&written)
            .execute(&mut *transaction)
            .await?;
            let rows = sqlx::query(
                "SELECT atm, state, cash_out, cash_in, reported_us, expires_us, source, note \
                 FROM json_each(?1) AS given JOIN statuses ON atm = given.value->>0 \
                 WHERE reported_us > given.value->>4",
            )
            .bind(&written)
            .fetch_all(&mut *transaction)
            .await?;
            standing = rows.iter().map(rows::report).collect::<Result<_, _>>()?;
        }
        sqlx::query(
            "INSERT INTO audit \
                 (at_us, who, action, subject, outcome, from_snapshot, to_snapshot, detail) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(audit.at.as_microsecond())
        .bind(&audit.who)
        .bind(audit.action)
        .bind(&audit.subject)
        .bind(audit.outcome)
        .bind(&audit.from_snapshot)
        .bind(&audit.to_snapshot)
        .bind(&audit.detail)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(standing)
    }

    pub(super) async fn forget(&self, reports: &[Arc<StatusReport>]) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM statuses WHERE (atm, reported_us) IN \
             (SELECT value->>0, value->>1 FROM json_each(?1))",
        )
        .bind(rows::keys_to_json(reports))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(super) async fn audit_log(
        &self,
        before: i64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT number, at_us, who, action, subject, outcome, from_snapshot, to_snapshot, \
                    detail \
             FROM audit WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(rows::audit_entry).collect()
    }

    /// How far a write goes before it returns: 2, "full", is to the disk.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be read.
    pub async fn synchronous(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("PRAGMA synchronous").fetch_one(&self.pool).await?.try_get(0)?)
    }

    /// Closes the file, so that another may open it.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
