//! Between reports and the rows that both stores keep them in.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::domain::{OperationalStatus, StatusReport, Tri};

use super::{AuditEntry, StoreError};

/// Reports as one JSON array of arrays, which either database takes apart by itself: a hundred
/// thousand cost one statement.
pub(super) fn to_json<'r>(reports: impl IntoIterator<Item = &'r StatusReport>) -> String {
    let rows: Vec<_> = reports
        .into_iter()
        .map(|report| {
            (
                &*report.atm,
                report.state.code(),
                report.cash_out.as_str(),
                report.cash_in.as_str(),
                report.reported_at.as_microsecond(),
                report.expires_at.as_microsecond(),
                &*report.source,
                report.note.as_deref(),
            )
        })
        .collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

/// Which report of which machine, as a JSON array of arrays.
pub(super) fn keys_to_json(reports: &[Arc<StatusReport>]) -> String {
    let keys: Vec<_> =
        reports.iter().map(|report| (&*report.atm, report.reported_at.as_microsecond())).collect();
    serde_json::to_string(&keys).unwrap_or_default()
}

fn instant(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|_out_of_range| StoreError::Damaged)
}

fn tri(word: &str) -> Result<Tri, StoreError> {
    let all = [Tri::Yes, Tri::No, Tri::Unknown];
    all.into_iter().find(|tri| tri.as_str() == word).ok_or(StoreError::Damaged)
}

/// The report of a row: atm, state, `cash_out`, `cash_in`, `reported_us`, `expires_us`, source,
/// note.
pub(super) fn report<'r, R: Row>(row: &'r R) -> Result<StatusReport, StoreError>
where
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let text = |place: usize| row.try_get::<String, _>(place);
    let note: Option<String> = row.try_get(7)?;
    Ok(StatusReport {
        atm: text(0)?.into(),
        state: OperationalStatus::from_code(&text(1)?).ok_or(StoreError::Damaged)?,
        cash_out: tri(&text(2)?)?,
        cash_in: tri(&text(3)?)?,
        reported_at: instant(row.try_get(4)?)?,
        expires_at: instant(row.try_get(5)?)?,
        source: text(6)?.into(),
        note: note.map(Into::into),
    })
}

/// The audit entry of a row: number, `at_us`, who, action, subject, outcome, `from_snapshot`,
/// `to_snapshot`, detail.
pub(super) fn audit_entry<'r, R: Row>(row: &'r R) -> Result<AuditEntry, StoreError>
where
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(AuditEntry {
        number: row.try_get(0)?,
        at: instant(row.try_get(1)?)?,
        who: row.try_get(2)?,
        action: row.try_get(3)?,
        subject: row.try_get(4)?,
        outcome: row.try_get(5)?,
        from_snapshot: row.try_get(6)?,
        to_snapshot: row.try_get(7)?,
        detail: row.try_get(8)?,
    })
}
