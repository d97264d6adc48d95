//! The store that replicas share: two tables of a PostgreSQL database, and a channel on which a
//! replica that writes tells the others.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Row as _};
use tokio::sync::OnceCell;

use crate::domain::StatusReport;
use crate::secret::Secret;

use super::{AuditEntry, AuditRecord, StoreError, rows};

/// Most connections a replica opens: writes take turns anyway.
const CONNECTIONS_MAX: u32 = 4;

/// How long a request waits for a database that does not answer.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Most changes taken in one go.
const CHANGES_MAX: i64 = 10_000;

/// The channel that tells of changes.
const CHANNEL: &str = "nearest_atm_statuses";

/// Writers hold this lock to the end of their transaction, so that revisions become visible in
/// their order: whoever has seen one has seen all before it.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('nearest_atm_statuses'))";

const SCHEMA: &str = "
    CREATE SEQUENCE IF NOT EXISTS nearest_atm_revisions;
    CREATE TABLE IF NOT EXISTS nearest_atm_statuses (
        atm text PRIMARY KEY,
        state text NOT NULL,
        cash_out text NOT NULL,
        cash_in text NOT NULL,
        reported_us bigint NOT NULL,
        expires_us bigint NOT NULL,
        source text NOT NULL,
        note text,
        revision bigint NOT NULL
    );
    CREATE INDEX IF NOT EXISTS nearest_atm_statuses_revision ON nearest_atm_statuses (revision);
    CREATE TABLE IF NOT EXISTS nearest_atm_audit (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at_us bigint NOT NULL,
        who text NOT NULL,
        action text NOT NULL,
        subject text,
        outcome text NOT NULL,
        from_snapshot text,
        to_snapshot text,
        detail text
    );
    CREATE OR REPLACE FUNCTION nearest_atm_audit_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$;
    DROP TRIGGER IF EXISTS nearest_atm_audit_stays ON nearest_atm_audit;
    CREATE TRIGGER nearest_atm_audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE
        ON nearest_atm_audit FOR EACH STATEMENT EXECUTE FUNCTION nearest_atm_audit_stays();
";

/// The store that replicas share; cloning shares its connections.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
    has_tables: Arc<OnceCell<()>>,
}

/// Waits for other replicas' changes. Dropping it ends the subscription.
pub struct Changes {
    listener: PgListener,
}

impl Changes {
    /// Completes when another replica may have written, or the connection was lost and made anew,
    /// or after `patience`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the connection is lost and cannot be made anew.
    pub async fn next(&mut self, patience: Duration) -> Result<(), StoreError> {
        match tokio::time::timeout(patience, self.listener.try_recv()).await {
            Ok(received) => Ok(received.map(drop)?),
            Err(_elapsed) => Ok(()),
        }
    }
}

impl PostgresStore {
    /// The store in the database at this address, which need not answer yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::Address`] when it is none.
    pub fn new(address: &Secret) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(address.expose())
            .map_err(|_may_quote_it| StoreError::Address)?
            .application_name("nearest-atm")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options);
        Ok(Self { pool, has_tables: Arc::default() })
    }

    /// Makes the tables where they are missing, once.
    async fn prepare(&self) -> Result<(), StoreError> {
        let made = self.has_tables.get_or_try_init(|| async {
            let mut transaction = self.pool.begin().await?;
            // Replicas that start together take turns.
            lock(&mut transaction).await?;
            let found: Option<String> =
                sqlx::query_scalar("SELECT to_regclass('nearest_atm_audit')::text")
                    .fetch_one(&mut *transaction)
                    .await?;
            if found.is_none() {
                sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok::<(), StoreError>(())
        });
        made.await.copied()
    }

    pub(super) async fn statuses(&self) -> Result<Vec<StatusReport>, StoreError> {
        let (mut all, mut last) = (Vec::new(), 0);
        loop {
            let (some, until) = self.changes_after(last).await?;
            if some.is_empty() {
                return Ok(all);
            }
            (last, all) = (until, [all, some].concat());
        }
    }

    /// The reports written after this revision, at most ten thousand, and the revision of the last.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database does not answer.
    pub async fn changes_after(
        &self,
        revision: i64,
    ) -> Result<(Vec<StatusReport>, i64), StoreError> {
        self.prepare().await?;
        let rows = sqlx::query(
            "SELECT atm, state, cash_out, cash_in, reported_us, expires_us, source, note, \
                    revision \
             FROM nearest_atm_statuses WHERE revision > $1 ORDER BY revision LIMIT $2",
        )
        .bind(revision)
        .bind(CHANGES_MAX)
        .fetch_all(&self.pool)
        .await?;
        let last = rows.last().map_or(Ok(revision), |row| row.try_get(8))?;
        let reports = rows.iter().map(rows::report).collect::<Result<_, _>>()?;
        Ok((reports, last))
    }

    /// Subscribes to what other replicas write.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database does not answer.
    pub async fn subscribe(&self) -> Result<Changes, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Changes { listener })
    }

    pub(super) async fn record(
        &self,
        reports: &[StatusReport],
        audit: &AuditRecord,
    ) -> Result<Vec<StatusReport>, StoreError> {
        self.prepare().await?;
        let mut transaction = self.pool.begin().await?;
        let mut standing = Vec::new();
        if !reports.is_empty() {
            lock(&mut transaction).await?;
            let written = rows::to_json(reports);
            sqlx::query(
                "INSERT INTO nearest_atm_statuses AS kept \
                 SELECT e->>0, e->>1, e->>2, e->>3, (e->>4)::bigint, (e->>5)::bigint, e->>6, \
                        e->>7, nextval('nearest_atm_revisions') \
                 FROM jsonb_array_elements($1::text::jsonb) AS e \
                 ON CONFLICT (atm) DO UPDATE SET \
                     state = excluded.state, cash_out = excluded.cash_out, \
                     cash_in = excluded.cash_in, reported_us = excluded.reported_us, \
                     expires_us = excluded.expires_us, source = excluded.source, \
                     note = excluded.note, revision = excluded.revision \
                 WHERE excluded.reported_us >= kept.reported_us",
            )
            .bind(&written)
            .execute(&mut *transaction)
            .await?;
            let rows = sqlx::query(
                "SELECT atm, state, cash_out, cash_in, reported_us, expires_us, source, note \
                 FROM jsonb_array_elements($1::text::jsonb) AS e \
                 JOIN nearest_atm_statuses ON atm = e->>0 \
                 WHERE reported_us > (e->>4)::bigint",
            )
            .bind(&written)
            .fetch_all(&mut *transaction)
            .await?;
            standing = rows.iter().map(rows::report).collect::<Result<_, _>>()?;
            sqlx::query("SELECT pg_notify($1, '')")
                .bind(CHANNEL)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "INSERT INTO nearest_atm_audit \
                 (at_us, who, action, subject, outcome, from_snapshot, to_snapshot, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
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
        self.prepare().await?;
        sqlx::query(
            "DELETE FROM nearest_atm_statuses WHERE (atm, reported_us) IN \
             (SELECT e->>0, (e->>1)::bigint FROM jsonb_array_elements($1::text::jsonb) AS e)",
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
        self.prepare().await?;
        let rows = sqlx::query(
            "SELECT number, at_us, who, action, subject, outcome, from_snapshot, to_snapshot, \
                    detail \
             FROM nearest_atm_audit WHERE number < $1 ORDER BY number DESC LIMIT $2",
        )
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(rows::audit_entry).collect()
    }
}

async fn lock(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(LOCK).execute(connection).await?;
    Ok(())
}
