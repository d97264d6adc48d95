//! Every error as `application/problem+json` (RFC 9457): the only place where failures become
//! HTTP statuses.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::service::{CursorError, InvalidParameter, InvalidParameters, ServiceError};

/// A failure as the client sees it. Texts are for people and may change; `code` may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Parameters are missing, unknown or out of range.
    InvalidParameters(InvalidParameters),
    /// The body is not the JSON it claims to be.
    MalformedBody {
        /// What is wrong, and where.
        detail: String,
    },
    /// The body's type is not `application/json`.
    UnsupportedMediaType,
    /// None of the types the client accepts can be given.
    NotAcceptable,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The path leads nowhere.
    UnknownPath,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// No ATM of this snapshot has the id.
    UnknownAtm,
    /// The cursor belongs to an earlier snapshot.
    SnapshotChanged,
    /// The request took longer than the configured time.
    Timeout,
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
            Self::MalformedBody { .. } => "malformed_body",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::NotAcceptable => "not_acceptable",
            Self::BodyTooLarge => "body_too_large",
            Self::UnknownPath => "unknown_path",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnknownAtm => "unknown_atm",
            Self::SnapshotChanged => "snapshot_changed",
            Self::Timeout => "timeout",
            Self::NotReady => "not_ready",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::InvalidParameters(_) | Self::MalformedBody { .. } => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownPath | Self::UnknownAtm => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SnapshotChanged => StatusCode::GONE,
            Self::Timeout | Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn title(&self) -> &'static str {
        match self {
            Self::InvalidParameters(_) => "The parameters are not acceptable",
            Self::MalformedBody { .. } => "The body is not acceptable JSON",
            Self::UnsupportedMediaType => "The body must be application/json",
            Self::NotAcceptable => "None of the accepted types can be given",
            Self::BodyTooLarge => "The body is too large",
            Self::UnknownPath => "There is nothing at this path",
            Self::MethodNotAllowed => "This path does not take this method",
            Self::UnknownAtm => "No ATM has this id",
            Self::SnapshotChanged => "The data has changed since the page before",
            Self::Timeout => "The request took too long",
            Self::NotReady => "No ATMs are loaded yet",
            Self::Internal => "The service failed",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::InvalidParameters(parameters) => Some(parameters.to_string()),
            Self::MalformedBody { detail } => Some(detail.clone()),
            Self::NotAcceptable => {
                Some("accepted: application/json, application/geo+json".to_owned())
            }
            Self::SnapshotChanged => Some("ask again from the first page".to_owned()),
            Self::UnsupportedMediaType
            | Self::BodyTooLarge
            | Self::UnknownPath
            | Self::MethodNotAllowed
            | Self::UnknownAtm
            | Self::Timeout
            | Self::NotReady
            | Self::Internal => None,
        }
    }
}

/// The body of RFC 9457.
#[derive(Serialize)]
struct Body<'p> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'p [InvalidParameter]>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let errors = match &self {
            Self::InvalidParameters(InvalidParameters(parameters)) => Some(parameters.as_slice()),
            _ => None,
        };
        let body = Body {
            r#type: "about:blank",
            title: self.title(),
            status: self.status().as_u16(),
            code: self.code(),
            detail: self.detail(),
            errors,
        };
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self, Self::NotReady | Self::Timeout) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotReady => Self::NotReady,
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
            (Problem::MalformedBody { detail: String::new() }, 400),
            (Problem::UnsupportedMediaType, 415),
            (Problem::NotAcceptable, 406),
            (Problem::BodyTooLarge, 413),
            (Problem::UnknownPath, 404),
            (Problem::MethodNotAllowed, 405),
            (Problem::UnknownAtm, 404),
            (Problem::SnapshotChanged, 410),
            (Problem::Timeout, 503),
            (ServiceError::NotReady.into(), 503),
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
}
