//! The public paths: take the request apart, ask the service, render.

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRef, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::answers;
use crate::places::Wanted;
use crate::render;
use crate::service::{self, Params, PlacesQuestion, Service, ShapeQuestion};

use super::body::JsonParams;
use super::error::Problem;
use super::negotiation::{Audience, Kind, Validators};
use super::query::from_query;
use super::{HttpOptions, batch};

/// What the public paths share.
#[derive(Clone, Debug)]
pub(super) struct Public {
    pub(super) service: Service,
    /// Longest silence of a client that streams its questions.
    pub(super) silence_max: Duration,
}

impl FromRef<Public> for Service {
    fn from_ref(public: &Public) -> Self {
        public.service.clone()
    }
}

pub(super) fn router(service: Service, options: &HttpOptions) -> Router {
    let silence_max = options.request_timeout();
    let public = Public { service, silence_max };
    Router::new()
        .route("/v1/atms/nearest", get(nearest_by_query).post(nearest_by_body))
        .route(batch::PATH, post(batch::nearest))
        .route("/v1/atms/within", get(within_by_query).post(within_by_body))
        // Ids may hold slashes, and not every client and proxy keeps them encoded.
        .route("/v1/atms/{*id}", get(atm))
        .route("/v1/places", get(places_by_query).post(places_by_body))
        .route("/v1/vocabulary", get(vocabulary))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(public)
}

/// What is asked most: the request is read where it lies.
async fn nearest_by_query(
    State(public): State<Public>,
    request: Request,
) -> Result<Response, Problem> {
    let (headers, query) = (request.headers(), request.uri().query());
    let (published, now) = (public.service.published()?, public.service.now());
    let view = published.at(now);
    let (params, place) = from_query(query).locate(view)?;
    let question = params.nearest()?;
    let kind = Kind::negotiate(headers, Kind::LOCATED)?;
    // A snapshot's id says nothing of the landmarks by which a place may have been found.
    let validators = match place {
        None => Validators::new(&published, now, kind, Audience::Asker).at(view),
        Some(_) => Validators::without_address(kind),
    };
    answers::check_cursor(&published.snapshot, &question)?;
    if validators.are_held(headers) {
        return Ok(validators.not_modified());
    }
    Ok(validators.answer(answers::nearest(view, question, place, kind.form())?))
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
    Ok(validators.answer(answers::nearest(view, question, place, kind.form())?))
}

async fn within_by_query(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let question = from_query(query.as_deref()).within()?;
    let kind = Kind::negotiate(&headers, Kind::LOCATED)?;
    let (published, now) = (service.published()?, service.now());
    let view = published.at(now);
    let validators = Validators::new(&published, now, kind, Audience::Asker).at(view);
    answers::check_cursor(&published.snapshot, &question)?;
    if validators.are_held(&headers) {
        return Ok(validators.not_modified());
    }
    Ok(validators.answer(answers::within(view, question, kind.form())?))
}

/// Shapes may have thousands of corners: they are answered beside the short questions.
async fn within_by_body(
    State(public): State<Public>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    JsonParams(params): JsonParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let kind = Kind::negotiate(&headers, Kind::LOCATED)?;
    let published = public.service.published()?;
    let now = public.service.now();
    let answer = public.service.workers().run(move || {
        let view = published.at(now);
        Ok::<_, Problem>(match params.shape()? {
            ShapeQuestion::Within(question) => answers::within(view, question, kind.form())?,
            ShapeQuestion::Along(question) => answers::along(view, question, kind.form())?,
        })
    });
    Ok(Validators::without_address(kind).answer(answer.await??))
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
        Kind::Json | Kind::Ndjson => render::atm_json(view, row),
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
    params: Params<'_>,
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
    probe(b"{\"status\":\"alive\"}".to_vec())
}

/// A snapshot is published. Stale data is served on, so it keeps nobody from being ready.
async fn readyz(State(service): State<Service>) -> Result<Response, Problem> {
    let published = service.published()?;
    Ok(probe(render::ready(&published, service.now())))
}

fn probe(body: Vec<u8>) -> Response {
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
