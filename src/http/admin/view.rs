//! What administration answers, as JSON.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::StatusReport;
use crate::render::status_json;
use crate::service::InvalidParameter;
use crate::store::AuditEntry;

/// Answers to administrators are of the moment.
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer as JSON.
pub(super) fn json(body: &impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// What shows of a report at `now`.
pub(super) fn shown(report: &StatusReport, now: Timestamp) -> Option<Box<RawValue>> {
    let is_shown = report.is_shown(now);
    is_shown.then(|| RawValue::from_string(status_json(report)).ok()).flatten()
}

/// What is known of one machine, and what was done about it.
#[derive(Serialize)]
pub(super) struct ItemView<'a> {
    /// `None` when the item names no machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<&'static str>,
    pub(super) status: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) errors: Option<&'a [InvalidParameter]>,
    /// Whether what was done outlives the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) durable: Option<bool>,
}

/// A page of the audit log.
#[derive(Serialize)]
pub(super) struct AuditView<'a> {
    pub(super) entries: Vec<EntryView<'a>>,
    pub(super) next: Option<String>,
    pub(super) durable: bool,
}

/// One change.
#[derive(Serialize)]
pub(super) struct EntryView<'a> {
    number: i64,
    at: String,
    who: &'a str,
    action: &'a str,
    subject: Option<&'a str>,
    outcome: &'a str,
    from_snapshot: Option<&'a str>,
    to_snapshot: Option<&'a str>,
    detail: Option<&'a str>,
}

impl<'a> From<&'a AuditEntry> for EntryView<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at.to_string(),
            who: &entry.who,
            action: &entry.action,
            subject: entry.subject.as_deref(),
            outcome: &entry.outcome,
            from_snapshot: entry.from_snapshot.as_deref(),
            to_snapshot: entry.to_snapshot.as_deref(),
            detail: entry.detail.as_deref(),
        }
    }
}
