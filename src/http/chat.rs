//! `POST /v1/chat`: a turn of conversation. The service keeps nothing of it.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::chat::{
    CONTEXT_BYTES_MAX, Conversation, SharedPosition, TEXT_CHARS_MAX, Turn, TurnError,
};
use crate::service::{InvalidParameter, InvalidParameters};

use super::body::SparseJsonParams;
use super::error::Problem;
use super::negotiation::Kind;
use super::query::from_query;

/// The path, where conversations are held.
pub(super) fn router(conversation: Conversation) -> Router {
    Router::new().route("/v1/chat", post(turn)).with_state(conversation)
}

async fn turn(
    State(conversation): State<Conversation>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    SparseJsonParams(params): SparseJsonParams,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    let said = params.said()?;
    Kind::negotiate(&headers, Kind::PLAIN)?;
    let shared = |(position, accuracy)| SharedPosition { position, accuracy };
    let reply = conversation.turn(&Turn {
        text: said.text.as_deref(),
        position: said.position.map(shared),
        locale: said.locale.as_deref(),
        context: said.context.as_deref(),
        explain: said.explain,
    })?;
    let body = serde_json::to_vec(&reply).map_err(|_defect| Problem::Internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, body).into_response())
}

impl From<TurnError> for Problem {
    fn from(error: TurnError) -> Self {
        let (parameter, detail, accepted) = match error {
            TurnError::NotReady => return Self::NotReady,
            TurnError::Empty => ("text", "is missing or empty", "a text, or position".to_owned()),
            TurnError::TextTooLong => {
                ("text", "is too long", format!("at most {TEXT_CHARS_MAX} characters"))
            }
            TurnError::ContextTooLong => {
                ("context", "is too long", format!("at most {CONTEXT_BYTES_MAX} bytes"))
            }
        };
        Self::InvalidParameters(InvalidParameters(vec![InvalidParameter {
            parameter: parameter.to_owned(),
            detail: detail.to_owned(),
            accepted,
        }]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_turn_that_is_not_taken_is_told_by_what_is_wrong_with_it() {
        for (error, parameter) in [
            (TurnError::Empty, "text"),
            (TurnError::TextTooLong, "text"),
            (TurnError::ContextTooLong, "context"),
        ] {
            let Problem::InvalidParameters(InvalidParameters(faults)) = error.into() else {
                panic!("{error}");
            };
            assert_eq!(faults[0].parameter, parameter);
        }
        assert_eq!(Problem::from(TurnError::NotReady), Problem::NotReady);
    }
}
