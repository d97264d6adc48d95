//! What the service counts of itself.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;

use crate::domain::OperationalStatus;
use crate::metrics::{Observed, ObservedSource};
use crate::service::Service;
use crate::service::reload::SourceState;

use super::super::error::Problem;
use super::super::query::from_query;
use super::Administration;
use super::auth::Viewer;
use super::view::NO_STORE;

pub(super) fn router() -> Router<Administration> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(
    State(administration): State<Administration>,
    _viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let service = administration.statuses.service();
    let mut observed = observed(service);
    let source = |state: SourceState| ObservedSource {
        atms: state.atms,
        age_s: state.age_s(service.now()),
        is_stale: state.is_stale(),
        name: state.name,
    };
    observed.sources = administration.reloader.sources().into_iter().map(source).collect();
    let text = service.metrics().to_text(&observed);
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, NO_STORE),
    ];
    Ok((headers, text).into_response())
}

fn observed(service: &Service) -> Observed {
    let (Ok(published), now) = (service.published(), service.now()) else {
        return Observed::default();
    };
    let snapshot = &published.snapshot;
    let as_of = snapshot.as_of().and_then(|time| time.parse::<Timestamp>().ok());
    let mut rejected = std::collections::BTreeMap::new();
    for (reason, count) in snapshot.report().files.iter().flat_map(|file| &file.rejected) {
        *rejected.entry(reason.code()).or_default() += count;
    }
    let count = |state: OperationalStatus| {
        let fresh = published.overlay.reports().filter(|report| report.is_shown(now));
        fresh.filter(|report| report.state == state).count() as u64
    };
    let states = [OperationalStatus::InService, OperationalStatus::OutOfService];
    Observed {
        snapshot: Some(snapshot.id().to_string()),
        published_for: Some(published.since.elapsed()),
        data_age_s: as_of.map(|as_of| now.duration_since(as_of).as_secs_f64()),
        atms: snapshot.len(),
        sites: snapshot.site_count(),
        rejected: rejected.into_iter().collect(),
        statuses: states.map(|state| (state.code(), count(state))).to_vec(),
        sources: Vec::new(),
    }
}
