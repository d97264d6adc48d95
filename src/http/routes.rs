//! The public paths: take the request apart, ask the service, render.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::publication::Published;
use crate::render::{self, Envelope};
use crate::service::{self, Cursor, NearestQuestion, Service, WithinQuestion};
use crate::snapshot::Snapshot;

use super::body::{from_body, from_query};
use super::error::Problem;

/// How far apart two answers may be for a client that revalidates: not at all. An answer is used
/// again only after asking whether it still holds, which costs no search.
const REVALIDATE_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

pub(super) fn router(service: Service) -> Router {
    Router::new()
        .route("/v1/atms/nearest", get(nearest_by_query).post(nearest_by_body))
        .route("/v1/atms/within", get(within))
        .route("/v1/atms/{id}", get(atm))
        .route("/v1/vocabulary", get(vocabulary))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route_layer(middleware::from_fn(name_route))
        .with_state(service)
}

/// Tells the log which pattern was taken.
async fn name_route(path: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(super::Route(path));
    response
}

/// The types an answer can be given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Geojson,
}

impl Kind {
    /// The best of the types a client accepts, by RFC 9110 § 12.5.1; JSON among equals.
    fn negotiate(headers: &HeaderMap) -> Result<Self, Problem> {
        let accepts: Vec<&str> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        if accepts.is_empty() {
            return Ok(Self::Json);
        }
        let quality = |kind: Self| {
            accepts
                .iter()
                .flat_map(|value| value.split(','))
                .filter_map(|range| kind.quality_by(range))
                .max_by_key(|&(specificity, _)| specificity)
                .map_or(0, |(_, quality)| quality)
        };
        let (json, geojson) = (quality(Self::Json), quality(Self::Geojson));
        match () {
            () if geojson > json => Ok(Self::Geojson),
            () if json > 0 => Ok(Self::Json),
            () => Err(Problem::NotAcceptable),
        }
    }

    /// How specifically a media range covers this kind, and with which quality in thousandths.
    fn quality_by(self, range: &str) -> Option<(u8, u16)> {
        let mut parts = range.split(';').map(str::trim);
        let specificity = match parts.next()? {
            "*/*" => 0,
            "application/*" => 1,
            essence if essence.eq_ignore_ascii_case(self.essence()) => 2,
            _ => return None,
        };
        let weight = parts
            .find_map(|parameter| parameter.strip_prefix("q="))
            .map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
        Some((specificity, thousandths))
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Geojson => "application/geo+json",
        }
    }
}

/// The tag of every answer made from `published` in this kind, for one address. Weak, because a
/// compressed answer has the same tag.
fn etag(published: &Published, kind: Kind) -> String {
    let suffix = match kind {
        Kind::Json => "j",
        Kind::Geojson => "g",
    };
    format!("W/\"{}{suffix}\"", published.snapshot.id())
}

/// Whether the client holds this very answer (RFC 9110 § 13.1.2).
fn is_fresh(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag.trim_start_matches("W/"))
}

fn answer(
    kind: Kind,
    cache: HeaderValue,
    etag: Option<String>,
    body: serde_json::Result<Vec<u8>>,
) -> Result<Response, Problem> {
    let body = body.map_err(|error| {
        tracing::error!(%error, "An answer could not be written: {error}");
        Problem::Internal
    })?;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.essence()));
    validators(headers, cache, etag);
    Ok(response)
}

fn not_modified(cache: HeaderValue, etag: String) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    validators(response.headers_mut(), cache, Some(etag));
    response
}

fn validators(headers: &mut HeaderMap, cache: HeaderValue, etag: Option<String>) {
    headers.insert(header::CACHE_CONTROL, cache);
    let (name, vary) = super::VARY;
    headers.append(name, vary);
    if let Some(etag) = etag.and_then(|etag| HeaderValue::try_from(etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
}

async fn nearest_by_query(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let question = from_query(query.as_deref()).nearest()?;
    let kind = Kind::negotiate(&headers)?;
    let published = service.published()?;
    let etag = etag(&published, kind);
    if question.cursor.is_none() && is_fresh(&headers, &etag) {
        return Ok(not_modified(REVALIDATE_PRIVATE, etag));
    }
    answer_nearest(&published.snapshot, question, kind, Some(etag))
}

async fn nearest_by_body(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let body =
        Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
            _ => Problem::MalformedBody { detail: "the body could not be read".to_owned() },
        })?;
    let question = from_body(&headers, &body)?.nearest()?;
    let kind = Kind::negotiate(&headers)?;
    let published = service.published()?;
    answer_nearest(&published.snapshot, question, kind, None)
}

fn answer_nearest(
    snapshot: &Snapshot,
    question: NearestQuestion,
    kind: Kind,
    etag: Option<String>,
) -> Result<Response, Problem> {
    let NearestQuestion { mut query, cursor, described, mut warnings } = question;
    let asked = Cursor::question(&described);
    if let Some(cursor) = cursor {
        query.offset = Cursor::resume(&cursor, snapshot.id(), asked)? as usize;
    }
    let found = service::nearest(snapshot, &query);
    warnings.extend(snapshot.unknown_names(&query.filter));
    let next = found.more.then(|| {
        let from = u32::try_from(query.offset + found.neighbours.len()).unwrap_or(u32::MAX);
        Cursor { snapshot: snapshot.id(), question: asked, from }.encode()
    });
    let envelope = Envelope { next, warnings };
    let (origin, filter, neighbours) = (query.origin, &query.filter, &found.neighbours);
    let body = match kind {
        Kind::Json => render::nearest_json(snapshot, origin, filter, neighbours, &envelope),
        Kind::Geojson => render::nearest_geojson(snapshot, origin, filter, neighbours, &envelope),
    };
    answer(kind, REVALIDATE_PRIVATE, etag, body)
}

async fn within(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let question = from_query(query.as_deref()).within()?;
    let WithinQuestion { mut query, cursor, described, mut warnings } = question;
    let kind = Kind::negotiate(&headers)?;
    let published = service.published()?;
    let snapshot = &published.snapshot;
    let etag = etag(&published, kind);
    let asked = Cursor::question(&described);
    if let Some(cursor) = cursor {
        query.from_row = Cursor::resume(&cursor, snapshot.id(), asked)?;
    }
    if is_fresh(&headers, &etag) {
        return Ok(not_modified(REVALIDATE_PRIVATE, etag));
    }
    let found = service::within(snapshot, &query);
    warnings.extend(snapshot.unknown_names(&query.filter));
    let next = found
        .next_row
        .map(|row| Cursor { snapshot: snapshot.id(), question: asked, from: row.0 }.encode());
    let envelope = Envelope { next, warnings };
    let body = match kind {
        Kind::Json => {
            render::within_json(snapshot, &query.bbox, &query.filter, &found.rows, &envelope)
        }
        Kind::Geojson => render::within_geojson(snapshot, &query.filter, &found.rows, &envelope),
    };
    answer(kind, REVALIDATE_PRIVATE, Some(etag), body)
}

async fn atm(
    State(service): State<Service>,
    headers: HeaderMap,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let kind = Kind::negotiate(&headers)?;
    let published = service.published()?;
    let row = published.snapshot.row_of(&id).ok_or(Problem::UnknownAtm)?;
    let etag = etag(&published, kind);
    if is_fresh(&headers, &etag) {
        return Ok(not_modified(REVALIDATE, etag));
    }
    let body = render::atm(&published.snapshot, row, kind == Kind::Geojson);
    answer(kind, REVALIDATE, Some(etag), body)
}

async fn vocabulary(
    State(service): State<Service>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let published = service.published()?;
    let etag = etag(&published, Kind::Json);
    if is_fresh(&headers, &etag) {
        return Ok(not_modified(REVALIDATE, etag));
    }
    answer(Kind::Json, REVALIDATE, Some(etag), render::vocabulary(&published.snapshot))
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
