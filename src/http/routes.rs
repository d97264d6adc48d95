//! The public paths: take the request apart, ask the service, render.

use std::time::Instant;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::places::{Candidate, Wanted};
use crate::publication::View;
use crate::render::{self, Envelope, Explain};
use crate::service::{
    self, Cursor, CursorError, NearestQuestion, OFFSET_MAX, Params, PlacesQuestion, Service,
    WithinQuestion,
};
use crate::snapshot::Snapshot;

use super::body::JsonParams;
use super::error::Problem;
use super::negotiation::{Audience, Kind, Validators};
use super::query::from_query;

pub(super) fn router(service: Service) -> Router {
    Router::new()
        .route("/v1/atms/nearest", get(nearest_by_query).post(nearest_by_body))
        .route("/v1/atms/within", get(within))
        // Ids may hold slashes, and not every client and proxy keeps them encoded.
        .route("/v1/atms/{*id}", get(atm))
        .route("/v1/places", get(places_by_query).post(places_by_body))
        .route("/v1/vocabulary", get(vocabulary))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(service)
}

async fn nearest_by_query(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (published, now) = (service.published()?, service.now());
    let view = published.at(now);
    let (params, place) = from_query(query.as_deref()).locate(view)?;
    let question = params.nearest()?;
    let kind = Kind::negotiate(&headers, Kind::LOCATED)?;
    // A snapshot's id says nothing of the landmarks by which a place may have been found.
    let validators = match place {
        None => Validators::new(&published, now, kind, Audience::Asker).at(view),
        Some(_) => Validators::without_address(kind),
    };
    answer_nearest(view, question, place, kind, &headers, validators)
}

async fn nearest_by_body(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    JsonParams(params): JsonParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let published = service.published()?;
    let view = published.at(service.now());
    let (params, place) = params.locate(view)?;
    let question = params.nearest()?;
    let kind = Kind::negotiate(&headers, Kind::LOCATED)?;
    let validators = Validators::without_address(kind);
    answer_nearest(view, question, place, kind, &headers, validators)
}

fn answer_nearest(
    view: View<'_>,
    question: NearestQuestion,
    place: Option<Candidate>,
    kind: Kind,
    headers: &HeaderMap,
    validators: Validators,
) -> Result<Response, Problem> {
    let NearestQuestion { mut query, cursor, described, explain, mut warnings } = question;
    let pages = Pages::new(view.snapshot, &described);
    query.offset = pages.resume(cursor.as_deref())? as usize;
    if query.offset > OFFSET_MAX {
        return Err(CursorError::Malformed.into());
    }
    if validators.are_held(headers) {
        return Ok(validators.not_modified());
    }
    let started = Instant::now();
    let found = service::nearest(view, &query);
    let took = started.elapsed();
    warnings.extend(view.snapshot.unknown_names(&query.filter));
    let reached = query.offset + found.neighbours.len();
    if found.more && reached > OFFSET_MAX {
        warnings.push(format!("pages end after {reached} neighbours; ask within a bbox for all"));
    }
    if place.as_ref().is_some_and(Candidate::is_an_area) {
        warnings.push(
            "near is a whole country or region: distances are from its most populous \
                       place"
                .to_owned(),
        );
    }
    let next = (found.more && reached <= OFFSET_MAX).then(|| pages.from(reached));
    let explain = explain.then_some(Explain { plan: found.plan, work: found.work, took });
    let envelope = Envelope { next, warnings, explain, place };
    let (origin, filter) = (query.origin, &query.filter);
    Ok(validators.answer(match kind {
        Kind::Json => render::nearest_json(view, origin, filter, &found, &envelope),
        Kind::Geojson => render::nearest_geojson(view, origin, filter, &found, &envelope),
    }))
}

async fn within(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let question = from_query(query.as_deref()).within()?;
    let WithinQuestion { mut query, cursor, described, explain, mut warnings } = question;
    let kind = Kind::negotiate(&headers, Kind::LOCATED)?;
    let (published, now) = (service.published()?, service.now());
    let view = published.at(now);
    let pages = Pages::new(view.snapshot, &described);
    query.from_row = pages.resume(cursor.as_deref())?;
    let validators = Validators::new(&published, now, kind, Audience::Asker).at(view);
    if validators.are_held(&headers) {
        return Ok(validators.not_modified());
    }
    let started = Instant::now();
    let found = service::within(view, &query);
    let took = started.elapsed();
    warnings.extend(view.snapshot.unknown_names(&query.filter));
    let explain = explain.then_some(Explain { plan: found.plan, work: found.work, took });
    let next = found.next_row.map(|row| pages.from(row.index()));
    let envelope = Envelope { next, warnings, explain, place: None };
    let (bbox, filter, rows) = (&query.bbox, &query.filter, &found.rows);
    Ok(validators.answer(match kind {
        Kind::Json => render::within_json(view, bbox, filter, rows, &envelope),
        Kind::Geojson => render::within_geojson(view, filter, rows, &envelope),
    }))
}

async fn atm(
    State(service): State<Service>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let Path(id) = id.map_err(|_not_utf8| not_utf8("id"))?;
    let kind = Kind::negotiate(&headers, Kind::LOCATED)?;
    let (published, now) = (service.published()?, service.now());
    let row = published.snapshot.row_of(&id).ok_or(Problem::UnknownAtm)?;
    let view = published.at(now);
    let validators = Validators::new(&published, now, kind, Audience::Anyone).at(view);
    if validators.are_held(&headers) {
        return Ok(validators.not_modified());
    }
    Ok(validators.answer(match kind {
        Kind::Json => render::atm_json(view, row),
        Kind::Geojson => render::atm_geojson(view, row),
    }))
}

async fn places_by_query(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    answer_places(&service, &headers, from_query(query.as_deref()))
}

async fn places_by_body(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    JsonParams(params): JsonParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    answer_places(&service, &headers, params)
}

fn answer_places(
    service: &Service,
    headers: &HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let PlacesQuestion { text, hint, language, limit } = params.places()?;
    let kind = Kind::negotiate(headers, Kind::PLAIN)?;
    let published = service.published()?;
    let wanted = Wanted { hint, language: &language };
    let view = published.at(service.now());
    let found = service::places(view, &text, wanted, limit)
        .map_err(|error| Params::refusal("text", &format!("is no position: {error}")))?;
    let body = render::places_json(&published.snapshot, &found);
    Ok(Validators::without_address(kind).answer(body))
}

async fn vocabulary(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let kind = Kind::negotiate(&headers, Kind::PLAIN)?;
    let (published, now) = (service.published()?, service.now());
    let validators = Validators::new(&published, now, kind, Audience::Anyone);
    if validators.are_held(&headers) {
        return Ok(validators.not_modified());
    }
    Ok(validators.answer(render::vocabulary(&published.snapshot)))
}

/// The process runs.
async fn livez() -> Response {
    probe(b"{\"status\":\"alive\"}")
}

/// A snapshot is published.
async fn readyz(State(service): State<Service>) -> Result<Response, Problem> {
    service.published()?;
    Ok(probe(b"{\"status\":\"ready\"}"))
}

fn probe(body: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}

fn not_utf8(parameter: &str) -> Problem {
    let mut params = Params::default();
    params.fault(parameter, "is not UTF-8 text", "UTF-8, percent-encoded");
    params.none().map_or_else(Problem::from, |()| Problem::MalformedRequest)
}

/// The pages of the answer to one question on one snapshot.
struct Pages<'s> {
    snapshot: &'s Snapshot,
    question: u64,
}

impl<'s> Pages<'s> {
    fn new(snapshot: &'s Snapshot, described: &str) -> Self {
        Self { snapshot, question: Cursor::question(described) }
    }

    /// Where the page of a cursor starts; the first page without one.
    fn resume(&self, cursor: Option<&str>) -> Result<u32, CursorError> {
        cursor.map_or(Ok(0), |text| Cursor::resume(text, self.snapshot.id(), self.question))
    }

    /// The cursor of the page that starts `from` there.
    fn from(&self, from: usize) -> String {
        let from = u32::try_from(from).unwrap_or(u32::MAX);
        Cursor { snapshot: self.snapshot.id(), question: self.question, from }.encode()
    }
}
