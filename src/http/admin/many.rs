//! Many reports in one body: an array, an object with an array `statuses`, or lines of JSON.

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::service::Params;

use super::super::body::{JsonParams, from_json};
use super::super::error::Problem;

/// The parameters of every item of a body. An item that is no object has that for a fault.
pub(super) struct ManyParams {
    pub(super) items: Vec<Params<'static>>,
    /// Whether they came as lines.
    pub(super) are_lines: bool,
}

impl<S: Send + Sync> FromRequest<S> for ManyParams {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let are_lines = are_lines(request.headers())?;
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
            _ => Problem::MalformedBody { place: None },
        })?;
        let items = if are_lines {
            let lines = body.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
            lines.filter(|line| !line.is_empty()).map(item).collect()
        } else {
            array(&body)?.iter().map(|raw| item(raw.get().as_bytes())).collect()
        };
        Ok(Self { items, are_lines })
    }
}

/// The parameters of a JSON body, or none where there is no body.
pub(super) struct MaybeParams(pub(super) Params<'static>);

impl<S: Send + Sync> FromRequest<S> for MaybeParams {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self(Params::default()));
        }
        JsonParams::from_request(request, state).await.map(|given| Self(given.0))
    }
}

fn are_lines(headers: &HeaderMap) -> Result<bool, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(Problem::UnsupportedContentEncoding);
    }
    let essence = text(header::CONTENT_TYPE).unwrap_or_default().split(';').next();
    match essence.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Ok(false),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(true),
        _ => Err(Problem::UnsupportedMediaType {
            accepted: "application/json, application/x-ndjson",
        }),
    }
}

fn array(body: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document<'b> {
        #[serde(borrow)]
        statuses: Vec<&'b RawValue>,
    }
    let read = if body.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice(body).map(|document: Document<'_>| document.statuses)
    } else {
        serde_json::from_slice(body)
    };
    read.map_err(|error| Problem::MalformedBody { place: Some((error.line(), error.column())) })
}

fn item(written: &[u8]) -> Params<'static> {
    from_json(written).unwrap_or_else(|_not_one| {
        let mut params = Params::default();
        params.fault("", "is not one JSON object", "a status report, an object");
        params
    })
}
