//! What administration answers, as JSON.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{StatusReport, Tri};
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

/// A report as answers show it.
#[derive(Serialize)]
pub(super) struct StatusView<'a> {
    state: &'static str,
    reported_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash_out: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash_in: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    source: &'a str,
}

impl<'a> StatusView<'a> {
    /// What shows of a report at `now`.
    pub(super) fn shown(report: &'a StatusReport, now: Timestamp) -> Option<Self> {
        let stated = |value: Tri| (value != Tri::Unknown).then(|| value.as_str());
        report.is_shown(now).then(|| Self {
            state: report.state.code(),
            reported_at: report.reported_at.to_string(),
            expires_at: report.expires_at.to_string(),
            cash_out: stated(report.cash_out),
            cash_in: stated(report.cash_in),
            note: report.note.as_deref(),
            source: &report.source,
        })
    }
}

/// What is known of one machine, and what was done about it.
#[derive(Serialize)]
pub(super) struct ItemView<'a> {
    /// `None` when the item names no machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<&'static str>,
    pub(super) status: Option<StatusView<'a>>,
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
