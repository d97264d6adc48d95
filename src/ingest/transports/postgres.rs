//! PostgreSQL: the rows of a table or query are records, read in one read-only transaction.
//!
//! The database writes each row as a JSON object, which is then read as newline-delimited JSON:
//! every type of PostgreSQL becomes what its JSON is, and column names are those of any JSON source.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tokio::sync::mpsc::Sender;
use url::Url;

use super::spool::Spool;
use super::{Access, FetchError, Fetched, Located, Version};
use crate::ingest::input::Input;

/// Parameters of the address that are this service's and not the database's.
const OWN_PARAMETERS: [&str; 2] = ["table", "query"];

/// Pause before a listener that lost its connection connects again, at first and at most.
const RECONNECT_FIRST: Duration = Duration::from_secs(1);
const RECONNECT_MAX: Duration = Duration::from_mins(1);

pub(super) async fn fetch(access: &Access, known: Option<&Version>) -> Result<Fetched, FetchError> {
    let limit = access.options.timeout();
    let attempt = attempt(access, known);
    tokio::time::timeout(limit, attempt).await.unwrap_or(Err(FetchError::TooSlow))
}

async fn attempt(access: &Access, known: Option<&Version>) -> Result<Fetched, FetchError> {
    let url = address(access)?;
    let rows = rows(access, &url)?;
    let options = connect_options(&url)?;
    let connecting = PgConnection::connect_with(&options);
    let mut connection = tokio::time::timeout(access.options.connect_timeout(), connecting)
        .await
        .map_err(|_elapsed| FetchError::TooSlow)?
        .map_err(failure)?;
    for statement in [
        "SET default_transaction_read_only = on".to_owned(),
        format!("SET statement_timeout = {}", access.options.timeout_ms),
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
    ] {
        connection.execute(AssertSqlSafe(statement)).await.map_err(failure)?;
    }
    let mut spool = Spool::open(&access.options);
    let statement = format!("SELECT row_to_json(record)::text FROM {rows} AS record");
    let mut found = sqlx::query(AssertSqlSafe(statement)).fetch(&mut connection);
    loop {
        let row = tokio::time::timeout(access.options.idle_timeout(), found.try_next()).await;
        let Some(row) = row.map_err(|_elapsed| FetchError::TooSlow)?.map_err(failure)? else {
            break;
        };
        let mut line: String = row.try_get(0).map_err(failure)?;
        line.push('\n');
        spool.take(line.into()).await?;
    }
    drop(found);
    // The rows are in: how the database takes the farewell changes nothing.
    let _ = connection.close().await;
    let spooled = spool.finish().await?;
    let version = Version(format!("hash:{}", spooled.digest.to_hex()));
    if known == Some(&version) {
        return Ok(Fetched::Unchanged);
    }
    if spooled.bytes == 0 {
        return Err(FetchError::Empty { location: access.location.to_string() });
    }
    let name = format!("{}.ndjson", access.table.clone().unwrap_or_else(|| access.location.stem()));
    let inputs = vec![Input::spooled(&name, spooled.path)];
    Ok(Fetched::Changed(Located { inputs, found_in_directory: false, version }))
}

fn address(access: &Access) -> Result<Url, FetchError> {
    let unparsable = || FetchError::BadAddress { reason: "it cannot be parsed".to_owned() };
    access.location.url().ok_or_else(unparsable)
}

/// What rows are selected from: the table, quoted, or the query in parentheses.
fn rows(access: &Access, url: &Url) -> Result<String, FetchError> {
    let parameter = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let table = access.table.clone().or_else(|| parameter("table"));
    let query =
        access.query.as_ref().map(|query| query.expose().to_owned()).or_else(|| parameter("query"));
    match (table, query) {
        (Some(table), None) => {
            let quoted = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
            Ok(table.split('.').map(quoted).collect::<Vec<_>>().join("."))
        }
        (None, Some(query)) => Ok(format!("({})", query.trim().trim_end_matches(';'))),
        (Some(_), Some(_)) | (None, None) => {
            let reason = "a postgres: source wants either `table` or `query`, in its configuration \
                          or as a parameter of its address (postgres://…?table=atms)";
            Err(FetchError::Settings { reason: reason.to_owned() })
        }
    }
}

fn connect_options(url: &Url) -> Result<PgConnectOptions, FetchError> {
    let mut url = url.clone();
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| !OWN_PARAMETERS.contains(&key.as_ref()))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    let options = PgConnectOptions::from_url(&url).map_err(|_unusable| FetchError::BadAddress {
        reason: "it is no address of a database".to_owned(),
    })?;
    // Statements and their durations are the database's to log.
    Ok(options.application_name("nearest-atm").disable_statement_logging())
}

/// What went wrong, in the database's words unless they are about credentials.
fn failure(error: sqlx::Error) -> FetchError {
    if let Some(error) = error.as_database_error() {
        let code = error.code().unwrap_or_default().into_owned();
        let reason = error.message().to_owned();
        return match code.get(..2) {
            Some("28") => FetchError::Denied,
            // Too many connections, shutting down or starting up, out of memory.
            Some("53" | "57") => FetchError::Unreachable { reason },
            Some(_) | None => FetchError::Database { reason, code },
        };
    }
    if let sqlx::Error::Io(error) = error {
        return FetchError::Unreachable { reason: error.kind().to_string() };
    }
    if let sqlx::Error::Tls(_) = error {
        return FetchError::Unreachable { reason: "TLS failed".to_owned() };
    }
    FetchError::CutOff
}

/// Listens on a channel the database notifies, until nobody takes what it tells: a sign for every
/// notification, and one for every new connection, since what was notified in between is lost.
/// Connects again, ever more slowly, whenever the connection breaks.
pub(super) async fn listen(access: Access, channel: String, changed: Sender<()>) {
    let mut pause = RECONNECT_FIRST;
    let mut is_first = true;
    while !changed.is_closed() {
        match connect(&access, &channel).await {
            Ok(mut listener) => {
                pause = RECONNECT_FIRST;
                tracing::info!(location = %access.location, "Listening for changes");
                if !is_first {
                    // A full queue says the same already.
                    let _ = changed.try_send(());
                }
                // `None` is a connection that was lost and renewed by itself.
                while listener.try_recv().await.is_ok() {
                    let _ = changed.try_send(());
                    if changed.is_closed() {
                        return;
                    }
                }
            }
            Err(error) => {
                tracing::warn!(location = %access.location, "Changes cannot be listened for and are asked for again: {error}");
            }
        }
        is_first = false;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RECONNECT_MAX);
    }
}

async fn connect(access: &Access, channel: &str) -> Result<PgListener, FetchError> {
    let options = connect_options(&address(access)?)?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(access.options.connect_timeout())
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options)
        .await
        .map_err(failure)?;
    let mut listener = PgListener::connect_with(&pool).await.map_err(failure)?;
    listener.listen(channel).await.map_err(failure)?;
    Ok(listener)
}
