//! Who did what, when.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use super::super::error::Problem;
use super::super::query::from_query;
use super::Administration;
use super::auth::Viewer;
use super::view::{AuditView, EntryView, json};

pub(super) fn router() -> Router<Administration> {
    Router::new().route("/admin/v1/audit", get(audit))
}

/// The audit log, latest first, page by page.
async fn audit(
    State(administration): State<Administration>,
    _viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let page = from_query(query.as_deref()).audit_page()?;
    let store = administration.statuses.store();
    let entries = store.audit_log(page.before, page.limit).await.map_err(|error| {
        tracing::warn!(%error, "The audit log cannot be read: {error}");
        Problem::StoreUnavailable
    })?;
    let is_full = u32::try_from(entries.len()).is_ok_and(|count| count == page.limit);
    let last = entries.last().filter(|last| is_full && last.number > 1);
    let next = last.map(|last| last.number.to_string());
    let entries = entries.iter().map(EntryView::from).collect();
    Ok(json(&AuditView { entries, next, durable: store.is_durable() }))
}
