//! Every error as `application/problem+json` (RFC 9457): the only place where failures become
//! HTTP statuses.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::places::Candidate;
use crate::render::candidates_json;
use crate::service::{
    CursorError, InvalidParameter, InvalidParameters, NearError, ServiceError, WorkFailed,
};

/// Why a reload was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Each reason, in words.
    pub reasons: Vec<String>,
    /// Everything that came of the reload.
    pub reload: serde_json::Value,
}

/// A failure as the client sees it. Texts are for people and may change; `code` may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Parameters are missing, unknown or out of range.
    InvalidParameters(InvalidParameters),
    /// The request cannot be understood at all.
    MalformedRequest,
    /// The body is not the JSON it claims to be.
    MalformedBody {
        /// Line and column where it ceases to be, when it could be read to there.
        place: Option<(usize, usize)>,
    },
    /// The body's type is not taken.
    UnsupportedMediaType {
        /// What is taken.
        accepted: &'static str,
    },
    /// The body is compressed or otherwise encoded.
    UnsupportedContentEncoding,
    /// Neither this type of answer nor this encoding can be given.
    NotAcceptable {
        /// What can be given.
        accepted: &'static str,
    },
    /// The body is larger than the limit.
    BodyTooLarge,
    /// One of the lines of a body is longer than the limit.
    LineTooLong,
    /// The body did not arrive within the configured time.
    BodyTimeout,
    /// The path leads nowhere.
    UnknownPath,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// No ATM of this snapshot has the id.
    UnknownAtm,
    /// Several places fit what was written.
    AmbiguousPlace {
        /// They, likeliest first, as a JSON array.
        candidates: String,
    },
    /// No place fits what was written.
    UnknownPlace {
        /// Similar ones, or the towns it is said to be in, as a JSON array.
        similar: String,
        /// Whether they are such towns.
        is_around: bool,
    },
    /// The cursor belongs to an earlier snapshot.
    SnapshotChanged,
    /// Answering took longer than the configured time.
    Timeout,
    /// No valid credential where one is needed.
    Unauthorized,
    /// The credential may look, but not change.
    Forbidden,
    /// Too many invalid credentials came from one address.
    TooManyAttempts {
        /// How long to wait before the next.
        seconds: u64,
    },
    /// A webhook's request does not prove that it comes from its platform.
    NotGenuine,
    /// More is waiting to be answered than there is room for.
    Busy,
    /// A status report of a later time counts.
    Superseded,
    /// No snapshot that can be shown has the id.
    UnknownSnapshot,
    /// The guard refuses what was read; what was served before is served on.
    GuardRefused(Box<Refusal>),
    /// No source that was asked could be read; what was served before is served on.
    SourcesUnreadable(Box<Refusal>),
    /// Statuses and audit log cannot be written or read now.
    StoreUnavailable,
    /// Nothing is published yet.
    NotReady,
    /// A defect of this service; details are in its log alone.
    Internal,
}

impl Problem {
    /// The stable code programs go by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidParameters(_) => "invalid_parameters",
            Self::MalformedRequest => "malformed_request",
            Self::MalformedBody { .. } => "malformed_body",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::UnsupportedContentEncoding => "unsupported_content_encoding",
            Self::NotAcceptable { .. } => "not_acceptable",
            Self::BodyTooLarge => "body_too_large",
            Self::LineTooLong => "line_too_long",
            Self::BodyTimeout => "body_timeout",
            Self::UnknownPath => "unknown_path",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnknownAtm => "unknown_atm",
            Self::AmbiguousPlace { .. } => "ambiguous_place",
            Self::UnknownPlace { .. } => "unknown_place",
            Self::SnapshotChanged => "snapshot_changed",
            Self::Timeout => "timeout",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::NotGenuine => "not_genuine",
            Self::Busy => "busy",
            Self::Superseded => "superseded",
            Self::UnknownSnapshot => "unknown_snapshot",
            Self::GuardRefused(_) => "guard_refused",
            Self::SourcesUnreadable(_) => "sources_unreadable",
            Self::StoreUnavailable => "store_unavailable",
            Self::NotReady => "not_ready",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::InvalidParameters(_) | Self::MalformedRequest | Self::MalformedBody { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::UnsupportedMediaType { .. } | Self::UnsupportedContentEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::NotAcceptable { .. } => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTooLarge | Self::LineTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownPath
            | Self::UnknownAtm
            | Self::UnknownPlace { .. }
            | Self::UnknownSnapshot => StatusCode::NOT_FOUND,
            Self::SourcesUnreadable(_) => StatusCode::BAD_GATEWAY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SnapshotChanged => StatusCode::GONE,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NotGenuine => StatusCode::FORBIDDEN,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Superseded | Self::AmbiguousPlace { .. } | Self::GuardRefused(_) => {
                StatusCode::CONFLICT
            }
            Self::Timeout | Self::NotReady | Self::Busy | Self::StoreUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What went wrong, in words.
    #[must_use]
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::InvalidParameters(parameters) => parameters.to_string().into(),
            Self::MalformedRequest => "The request cannot be understood.".into(),
            Self::MalformedBody { place: None } => "The body could not be read.".into(),
            Self::MalformedBody { place: Some((line, column)) } => {
                format!("The body is not one JSON object: line {line}, column {column}.").into()
            }
            Self::UnsupportedMediaType { accepted } => {
                format!("The body must be of one of these types: {accepted}.").into()
            }
            Self::UnsupportedContentEncoding => "The body must not be compressed.".into(),
            Self::NotAcceptable { accepted } => format!("What can be given: {accepted}.").into(),
            Self::BodyTooLarge => "The body is larger than this service takes.".into(),
            Self::LineTooLong => "The line is longer than 65536 bytes.".into(),
            Self::BodyTimeout => "The body did not arrive in time.".into(),
            Self::UnknownPath => "There is nothing at this path.".into(),
            Self::MethodNotAllowed => "This path does not take this method.".into(),
            Self::UnknownAtm => "No ATM has this id.".into(),
            Self::AmbiguousPlace { .. } => {
                "Several places fit; ask again near one of the candidates.".into()
            }
            Self::UnknownPlace { is_around: true, .. } => {
                "No place fits what near says, but a town it names: similar has it. Ask whether to \
                 look from the middle of that town, and then ask again near it."
                    .into()
            }
            Self::UnknownPlace { .. } => "No place fits what near says.".into(),
            Self::SnapshotChanged => {
                "The data has changed since the page before; ask again from the first page.".into()
            }
            Self::Timeout => "Answering took too long.".into(),
            Self::Unauthorized => "A valid bearer token is needed.".into(),
            Self::Forbidden => "This credential may look, and change nothing.".into(),
            Self::TooManyAttempts { .. } => {
                "Too many invalid credentials came from this address.".into()
            }
            Self::NotGenuine => "The request does not prove where it comes from.".into(),
            Self::Busy => "Too much is waiting to be answered; send this again.".into(),
            Self::UnknownSnapshot => "No snapshot that is kept has this id.".into(),
            Self::GuardRefused(_) => {
                "The guard refuses; what was served before is served on.".into()
            }
            Self::SourcesUnreadable(_) => {
                "No source could be read; what was served before is served on.".into()
            }
            Self::Superseded => "A report of a later time counts; this one changes nothing.".into(),
            Self::StoreUnavailable => "Statuses and audit log cannot be reached now.".into(),
            Self::NotReady => "No ATMs are loaded yet.".into(),
            Self::Internal => "The service failed.".into(),
        }
    }

    /// The header that tells a client what to do about it.
    fn remedy(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::UnsupportedMediaType { accepted } => {
                Some((header::ACCEPT, HeaderValue::from_static(accepted)))
            }
            Self::UnsupportedContentEncoding => {
                Some((header::ACCEPT_ENCODING, HeaderValue::from_static("identity")))
            }
            Self::Unauthorized => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"nearest-atm\""),
            )),
            Self::TooManyAttempts { seconds } => {
                Some((header::RETRY_AFTER, HeaderValue::from(*seconds)))
            }
            Self::NotReady | Self::Timeout | Self::Busy | Self::StoreUnavailable => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            Self::InvalidParameters(_)
            | Self::MalformedRequest
            | Self::MalformedBody { .. }
            | Self::NotAcceptable { .. }
            | Self::BodyTooLarge
            | Self::LineTooLong
            | Self::BodyTimeout
            | Self::UnknownPath
            | Self::MethodNotAllowed
            | Self::UnknownAtm
            | Self::AmbiguousPlace { .. }
            | Self::UnknownPlace { .. }
            | Self::SnapshotChanged
            | Self::Forbidden
            | Self::NotGenuine
            | Self::Superseded
            | Self::UnknownSnapshot
            | Self::GuardRefused(_)
            | Self::SourcesUnreadable(_)
            | Self::Internal => None,
        }
    }

    /// The failure of a layer that knows no more of it than a status.
    const fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::UnknownPath,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            // The only such layer that refuses what is accepted is the one that compresses.
            StatusCode::NOT_ACCEPTABLE => {
                Self::NotAcceptable { accepted: "the encodings identity, gzip, br, zstd" }
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::UnsupportedMediaType { accepted: "application/json" }
            }
            status if status.as_u16() < 500 => Self::MalformedRequest,
            _ => Self::Internal,
        }
    }
}

/// The body of RFC 9457. Without a `type` of its own, its `title` is that of the status.
#[derive(Serialize)]
struct Body<'p> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'p [InvalidParameter]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<&'p RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    similar: Option<&'p RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<&'p [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reload: Option<&'p serde_json::Value>,
}

/// Marks a response of this status as told already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told(StatusCode);

/// Keeps a failure that is told in the words of another protocol as it is.
pub fn leave_as_told(response: &mut Response) {
    let told = Told(response.status());
    response.extensions_mut().insert(told);
}

impl Problem {
    /// The problem document, for where it is no body of a response.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Vec::with_capacity(256);
        self.add_body(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Adds the problem document to `out`, for where many answers share one body.
    pub(super) fn add_body(&self, out: &mut Vec<u8>) {
        let status = self.status();
        let errors = if let Self::InvalidParameters(InvalidParameters(parameters)) = self {
            Some(parameters.as_slice())
        } else {
            None
        };
        let raw = |json: &str| RawValue::from_string(json.to_owned()).ok();
        let (candidates, similar) = if let Self::AmbiguousPlace { candidates } = &self {
            (raw(candidates), None)
        } else if let Self::UnknownPlace { similar, .. } = &self {
            (None, raw(similar))
        } else {
            (None, None)
        };
        let refusal = if let Self::GuardRefused(refusal) | Self::SourcesUnreadable(refusal) = &self
        {
            Some(&**refusal)
        } else {
            None
        };
        let body = Body {
            reasons: refusal.map(|refusal| refusal.reasons.as_slice()),
            reload: refusal.map(|refusal| &refusal.reload),
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code: self.code(),
            detail: self.detail(),
            errors,
            candidates: candidates.as_deref(),
            similar: similar.as_deref(),
        };
        // Texts and a number: writing them to memory does not fail.
        let _ = serde_json::to_writer(out, &body);
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut body = Vec::with_capacity(256);
        self.add_body(&mut body);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.remedy());
        response.extensions_mut().insert(Told(status));
        response
    }
}

/// Middleware: layers of other crates refuse in plain text, or in the middle of an answer; clients
/// get the same problem document for every failure.
pub(super) async fn problems_everywhere(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    if !is_failure || response.extensions().get() == Some(&Told(status)) {
        return response;
    }
    let mut told = Problem::of_status(status).into_response();
    for name in [header::ALLOW, header::VARY] {
        for value in response.headers().get_all(&name) {
            told.headers_mut().append(name.clone(), value.clone());
        }
    }
    told
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotReady => Self::NotReady,
        }
    }
}

impl From<WorkFailed> for Problem {
    fn from(_failed: WorkFailed) -> Self {
        Self::Internal
    }
}

impl From<NearError> for Problem {
    fn from(error: NearError) -> Self {
        match error {
            NearError::Invalid(parameters) => parameters.into(),
            NearError::Ambiguous(places) => {
                Self::AmbiguousPlace { candidates: candidates_json(&places) }
            }
            NearError::Unknown(places) => Self::UnknownPlace {
                similar: candidates_json(&places),
                is_around: places.iter().any(Candidate::is_around),
            },
        }
    }
}

impl From<InvalidParameters> for Problem {
    fn from(parameters: InvalidParameters) -> Self {
        Self::InvalidParameters(parameters)
    }
}

impl From<CursorError> for Problem {
    fn from(error: CursorError) -> Self {
        match error {
            CursorError::SnapshotChanged => Self::SnapshotChanged,
            CursorError::Malformed | CursorError::OtherQuestion => {
                Self::InvalidParameters(InvalidParameters(vec![InvalidParameter {
                    parameter: "cursor".to_owned(),
                    detail: error.to_string(),
                    accepted: "the `next` of an earlier answer to the same question".to_owned(),
                }]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_status_of_its_kind_and_a_code_of_its_own() {
        let problems = [
            (InvalidParameters(Vec::new()).into(), 400),
            (Problem::MalformedRequest, 400),
            (Problem::MalformedBody { place: None }, 400),
            (Problem::UnsupportedMediaType { accepted: "application/json" }, 415),
            (Problem::UnsupportedContentEncoding, 415),
            (Problem::NotAcceptable { accepted: "" }, 406),
            (Problem::BodyTooLarge, 413),
            (Problem::LineTooLong, 413),
            (Problem::BodyTimeout, 408),
            (Problem::UnknownPath, 404),
            (Problem::MethodNotAllowed, 405),
            (Problem::UnknownAtm, 404),
            (NearError::Ambiguous(Vec::new()).into(), 409),
            (NearError::Unknown(Vec::new()).into(), 404),
            (CursorError::SnapshotChanged.into(), 410),
            (Problem::Timeout, 503),
            (ServiceError::NotReady.into(), 503),
            (Problem::Unauthorized, 401),
            (Problem::Forbidden, 403),
            (Problem::TooManyAttempts { seconds: 2 }, 429),
            (Problem::NotGenuine, 403),
            (Problem::Busy, 503),
            (Problem::Superseded, 409),
            (Problem::UnknownSnapshot, 404),
            (Problem::GuardRefused(Box::default()), 409),
            (Problem::SourcesUnreadable(Box::default()), 502),
            (Problem::StoreUnavailable, 503),
            (Problem::Internal, 500),
        ];
        let codes: std::collections::BTreeSet<_> = problems.iter().map(|(p, _)| p.code()).collect();
        assert_eq!(codes.len(), problems.len());
        for (problem, status) in problems {
            let response = problem.into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        }
    }

    #[test]
    fn a_failure_of_an_unknown_layer_keeps_its_class() {
        for status in (400..600).filter_map(|code| StatusCode::from_u16(code).ok()) {
            let told = Problem::of_status(status).status();
            assert_eq!(told.is_client_error(), status.is_client_error(), "{status}");
        }
    }
}
