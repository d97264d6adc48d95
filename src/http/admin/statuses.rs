//! Live status of one machine or many.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::service::{Params, ServiceError, StatusError, StatusOutcome, Statuses};

use super::super::body::JsonParams;
use super::super::error::Problem;
use super::super::query::from_query;
use super::Administration;
use super::auth::{Publisher, Viewer};
use super::many::ManyParams;
use super::view::{ItemView, NO_STORE, json, shown};

/// Most reports one request may bring.
pub(in crate::http) const REPORTS_MAX: usize = 100_000;

pub(super) fn router() -> Router<Administration> {
    Router::new()
        // Ids may hold slashes, so the path's end is told apart by hand.
        .route("/admin/v1/atms/{*path}", put(report_one).delete(withdraw).get(standing))
        .route("/admin/v1/statuses", post(report_many))
}

/// The id in `{id}/status`.
fn id(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let Path(mut path) = path.map_err(|_not_utf8| Problem::UnknownPath)?;
    let id = path.strip_suffix("/status").ok_or(Problem::UnknownPath)?;
    path.truncate(id.len());
    Ok(path)
}

/// What is known of one machine.
async fn standing(
    State(administration): State<Administration>,
    _viewer: Viewer,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let id = id(path)?;
    let service = administration.statuses.service();
    let (published, now) = (service.published()?, service.now());
    let standing = service.publication().report(&id);
    if published.snapshot.row_of(&id).is_none() && standing.is_none() {
        return Err(Problem::UnknownAtm);
    }
    let status = standing.as_deref().and_then(|report| shown(report, now));
    Ok(json(&ItemView { id: Some(&id), outcome: None, status, errors: None, durable: None }))
}

async fn report_one(
    State(administration): State<Administration>,
    Publisher(who): Publisher,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    JsonParams(params): JsonParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let id = id(path)?;
    report(&administration.statuses, params, Some(&id), &who).await.map(answer)
}

/// Records what is reported of one machine, the one its member `id` names where `atm` does not, and
/// gives what is known of it now, as JSON.
///
/// # Errors
///
/// [`Problem`] when it is not acceptable, or not recorded.
pub async fn report(
    statuses: &Statuses,
    params: Params<'_>,
    atm: Option<&str>,
    who: &str,
) -> Result<Vec<u8>, Problem> {
    let now = statuses.service().now();
    let report = params.status_report(atm, statuses.limits(), now)?;
    let outcome = statuses.report(vec![Ok(report)], who, now).await?.pop();
    match outcome.ok_or(Problem::Internal)? {
        StatusOutcome::Recorded(report) => {
            let item = ItemView {
                id: Some(&report.atm),
                outcome: Some("recorded"),
                status: shown(&report, now),
                errors: None,
                durable: Some(statuses.store().is_durable()),
            };
            serde_json::to_vec(&item).map_err(|_defect| Problem::Internal)
        }
        StatusOutcome::Superseded(_) => Err(Problem::Superseded),
        StatusOutcome::UnknownAtm(_) => Err(Problem::UnknownAtm),
        StatusOutcome::Invalid(faults) => Err(faults.into()),
    }
}

fn answer(json: Vec<u8>) -> Response {
    let content_type = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, NO_STORE)];
    (headers, json).into_response()
}

async fn withdraw(
    State(administration): State<Administration>,
    Publisher(who): Publisher,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let id = id(path)?;
    let statuses = &administration.statuses;
    let showed = statuses.withdraw(&id, &who, statuses.service().now()).await?;
    let outcome = if showed.ok_or(Problem::UnknownAtm)? { "withdrawn" } else { "nothing_known" };
    Ok(done(&administration, &id, outcome, None))
}

/// What was done about one machine.
fn done(
    administration: &Administration,
    id: &str,
    outcome: &'static str,
    status: Option<Box<RawValue>>,
) -> Response {
    let durable = Some(administration.statuses.store().is_durable());
    json(&ItemView { id: Some(id), outcome: Some(outcome), status, errors: None, durable })
}

/// Many machines at once: an array, an object with an array `statuses`, or lines of JSON. What
/// cannot be taken is told item by item, and keeps nothing else from being taken.
async fn report_many(
    State(administration): State<Administration>,
    Publisher(who): Publisher,
    RawQuery(query): RawQuery,
    ManyParams { items, are_lines }: ManyParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    if items.len() > REPORTS_MAX {
        return Err(Problem::BodyTooLarge);
    }
    let statuses = &administration.statuses;
    let now = statuses.service().now();
    let read = |params: Params<'_>| params.status_report(None, statuses.limits(), now);
    let reports = items.into_iter().map(read).collect();
    let outcomes = statuses.report(reports, &who, now).await?;
    let durable = statuses.store().is_durable();
    let items: Vec<ItemView<'_>> = outcomes.iter().map(|outcome| item(outcome, now)).collect();
    if are_lines {
        return lines(&items);
    }
    let count = |outcome| items.iter().filter(|item| item.outcome == Some(outcome)).count();
    let recorded = count("recorded");
    Ok(json(&ManyView { recorded, refused: items.len() - recorded, durable, items: &items }))
}

/// What became of many reports.
#[derive(Serialize)]
struct ManyView<'a> {
    recorded: usize,
    refused: usize,
    durable: bool,
    items: &'a [ItemView<'a>],
}

fn item(outcome: &StatusOutcome, now: Timestamp) -> ItemView<'_> {
    let (id, outcome, status, errors) = match outcome {
        StatusOutcome::Recorded(report) => {
            (Some(&*report.atm), "recorded", shown(report, now), None)
        }
        StatusOutcome::Superseded(standing) => {
            (Some(&*standing.atm), "superseded", shown(standing, now), None)
        }
        StatusOutcome::UnknownAtm(id) => (Some(&**id), "unknown_atm", None, None),
        StatusOutcome::Invalid(faults) => (None, "invalid", None, Some(faults.0.as_slice())),
    };
    ItemView { id, outcome: Some(outcome), status, errors, durable: None }
}

/// An item a line, in the order they came.
fn lines(items: &[ItemView<'_>]) -> Result<Response, Problem> {
    let mut body = Vec::new();
    for item in items {
        serde_json::to_writer(&mut body, item).map_err(|_defect| Problem::Internal)?;
        body.push(b'\n');
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CACHE_CONTROL, NO_STORE),
    ];
    Ok((headers, body).into_response())
}

impl From<StatusError> for Problem {
    fn from(error: StatusError) -> Self {
        match error {
            StatusError::NotReady(ServiceError::NotReady) => Self::NotReady,
            StatusError::Store(error) => {
                tracing::warn!(%error, "Statuses were not recorded: {error}");
                Self::StoreUnavailable
            }
            StatusError::Interrupted => Self::Internal,
        }
    }
}
