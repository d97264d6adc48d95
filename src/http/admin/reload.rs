//! Sources and snapshots: reloading, how each source stands, what was published and refused.

use std::fs::File;
use std::io::{self, Read as _};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream;
use serde::Serialize;

use crate::domain::IngestReport;
use crate::service::reload::{
    Decision, HistoryEntry, Pin, PublishError, ReloadError, ReloadOutcome, ReloadRequest,
    SavedSnapshot, SnapshotSummary, SourceState, Trigger,
};
use crate::service::{InvalidParameter, InvalidParameters};
use crate::store::AuditRecord;

use super::super::error::{Problem, Refusal};
use super::super::query::from_query;
use super::Administration;
use super::auth::{Publisher, Viewer};
use super::many::MaybeParams;
use super::view::{NO_STORE, json};

pub(super) fn router() -> Router<Administration> {
    Router::new()
        .route("/admin/v1/reload", post(reload))
        .route("/admin/v1/sources", get(sources))
        .route("/admin/v1/snapshots", get(snapshots))
        .route("/admin/v1/snapshots/{id}/publish", post(publish))
        .route("/admin/v1/snapshots/{id}/report", get(report))
        .route("/admin/v1/snapshots/{id}/rejected.csv", get(rejected))
}

async fn reload(
    State(administration): State<Administration>,
    Publisher(who): Publisher,
    RawQuery(query): RawQuery,
    MaybeParams(params): MaybeParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let asked = params.reload()?;
    let request = ReloadRequest {
        source: asked.source,
        dry_run: asked.dry_run,
        force: asked.force,
        trigger: Trigger::Request,
        by: who.to_string(),
    };
    // Recorded to its end, even if whoever asked has gone.
    let carried_out = tokio::spawn(carry_out(administration, request));
    let (outcome, audited) = carried_out.await.map_err(|_ended| Problem::Internal)?;
    match outcome {
        Ok(outcome) => Ok(json(&Audited { done: &outcome, audited })),
        Err(ReloadError::UnknownSource { known, .. }) => {
            Err(Problem::InvalidParameters(InvalidParameters(vec![InvalidParameter {
                parameter: "source".to_owned(),
                detail: "is no configured source".to_owned(),
                accepted: if known.is_empty() {
                    "none: no source is configured".to_owned()
                } else {
                    known.join(", ")
                },
            }])))
        }
        Err(ReloadError::Refused(outcome)) => {
            Err(Problem::GuardRefused(refusal(&outcome, audited).into()))
        }
        Err(ReloadError::Unreadable(outcome)) => {
            Err(Problem::SourcesUnreadable(refusal(&outcome, audited).into()))
        }
        Err(ReloadError::Ended) => Err(Problem::Internal),
    }
}

fn refusal(outcome: &ReloadOutcome, audited: Option<bool>) -> Refusal {
    let reload = serde_json::to_value(Audited { done: outcome, audited }).unwrap_or_default();
    Refusal { reasons: outcome.reasons(), reload }
}

/// What was done, and whether the audit log holds it; a dry run is not recorded, and says nothing
/// of it.
#[derive(Serialize)]
struct Audited<D> {
    #[serde(flatten)]
    done: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    audited: Option<bool>,
}

/// Records a change that was made. What was done stands even where it cannot be recorded, so that
/// is told rather than the change undone.
async fn record(administration: &Administration, record: AuditRecord) -> bool {
    let written = administration.statuses.store().audit(&record).await;
    if let Err(error) = &written {
        let action = record.action;
        tracing::error!(%error, action, "A {action} is missing from the audit log: {error}");
    }
    written.is_ok()
}

/// Reloads, and records that somebody did: whether that could be recorded comes with the outcome. A
/// dry run changes nothing and is not recorded.
async fn carry_out(
    administration: Administration,
    request: ReloadRequest,
) -> (Result<ReloadOutcome, ReloadError>, Option<bool>) {
    let served = || {
        let published = administration.statuses.service().published().ok();
        published.map(|published| published.snapshot.id().to_string())
    };
    let (before, who, is_dry) = (served(), request.by.clone(), request.dry_run);
    let (subject, force) = (request.source.clone(), request.force);
    let outcome = administration.reloader.reload(request).await;
    if is_dry || matches!(outcome, Err(ReloadError::UnknownSource { .. })) {
        return (outcome, None);
    }
    let (decision, reasons) = match &outcome {
        Ok(outcome) => (outcome.decision.code(), outcome.reasons()),
        Err(ReloadError::Refused(outcome)) => (Decision::Refused.code(), outcome.reasons()),
        Err(ReloadError::Unreadable(outcome)) => (Decision::Failed.code(), outcome.reasons()),
        Err(ReloadError::UnknownSource { .. } | ReloadError::Ended) => ("failed", Vec::new()),
    };
    let reasons = reasons.join("; ");
    let detail = match (force, reasons.is_empty()) {
        (true, true) => Some("forced".to_owned()),
        (true, false) => Some(format!("forced against: {reasons}")),
        (false, false) => Some(reasons),
        (false, true) => None,
    };
    let done = AuditRecord {
        at: administration.statuses.service().now(),
        who,
        action: "reload",
        subject,
        outcome: decision,
        from_snapshot: before,
        to_snapshot: served(),
        detail,
    };
    let audited = record(&administration, done).await;
    (outcome, Some(audited))
}

/// A source as administrators see it.
#[derive(Serialize)]
struct SourceView {
    #[serde(flatten)]
    state: SourceState,
    is_stale: bool,
    age_s: Option<u64>,
}

async fn sources(
    State(administration): State<Administration>,
    _viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Body {
        sources: Vec<SourceView>,
    }
    from_query(query.as_deref()).none()?;
    let now = administration.statuses.service().now();
    let view = |state: SourceState| SourceView {
        is_stale: state.is_stale(),
        age_s: state.age_s(now),
        state,
    };
    let sources = administration.reloader.sources().into_iter().map(view).collect();
    Ok(json(&Body { sources }))
}

async fn snapshots(
    State(administration): State<Administration>,
    _viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Body {
        current: Option<SnapshotSummary>,
        pinned: Option<Pin>,
        saved: Vec<SavedSnapshot>,
        history: Vec<HistoryEntry>,
    }
    from_query(query.as_deref()).none()?;
    let published = administration.statuses.service().published().ok();
    let current = published.map(|published| SnapshotSummary::of(&published.snapshot));
    let reloader = &administration.reloader;
    Ok(json(&Body {
        current,
        pinned: reloader.pin(),
        saved: reloader.snapshots(),
        history: reloader.history(),
    }))
}

/// Puts a kept snapshot in place: rolls back, or forward.
async fn publish(
    State(administration): State<Administration>,
    Publisher(who): Publisher,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    // Recorded to its end, even if whoever asked has gone.
    let published = tokio::spawn(put_in_place(administration, id, who.to_string()));
    Ok(json(&published.await.map_err(|_ended| Problem::Internal)??))
}

async fn put_in_place(
    administration: Administration,
    id: String,
    who: String,
) -> Result<Audited<SnapshotSummary>, Problem> {
    let served = administration.statuses.service().published().ok();
    let from_snapshot = served.map(|published| published.snapshot.id().to_string());
    let published = administration.reloader.publish(&id, &who).await;
    let summary = published.map_err(|PublishError::Unknown { .. }| Problem::UnknownSnapshot)?;
    let done = AuditRecord {
        at: administration.statuses.service().now(),
        who,
        action: "publish",
        subject: None,
        outcome: "published",
        from_snapshot,
        to_snapshot: Some(summary.id.clone()),
        detail: None,
    };
    let audited = Some(record(&administration, done).await);
    Ok(Audited { done: summary, audited })
}

async fn report(
    State(administration): State<Administration>,
    _viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Body {
        report: IngestReport,
    }
    from_query(query.as_deref()).none()?;
    let reading = tokio::task::spawn_blocking(move || administration.reloader.report(&id));
    let report = reading.await.map_err(|_ended| Problem::Internal)?;
    Ok(json(&Body { report: report.ok_or(Problem::UnknownSnapshot)? }))
}

/// Bytes read of a file at once.
const PIECE_BYTES: u64 = 1 << 16;

/// The next piece of a file, and the file to read on from; `None` at its end.
async fn next_piece(mut file: File) -> io::Result<Option<(Vec<u8>, File)>> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut piece = Vec::new();
        (&mut file).take(PIECE_BYTES).read_to_end(&mut piece)?;
        Ok((!piece.is_empty()).then_some((piece, file)))
    });
    reading.await.map_err(io::Error::other)?
}

/// Every row that was rejected, with its reason and text.
async fn rejected(
    State(administration): State<Administration>,
    _viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let file = administration.reloader.rejected_csv(&id).ok_or(Problem::UnknownSnapshot)?;
    let rows = stream::try_unfold(file, next_piece);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CACHE_CONTROL, NO_STORE),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}
