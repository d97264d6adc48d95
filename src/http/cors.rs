//! Which web pages may read answers.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use serde::{Deserialize, Serialize};
use tower_http::cors::{AllowOrigin, CorsLayer, Vary};

/// How long a page may go by what it was told it may do.
const PREFLIGHT_AGE: Duration = Duration::from_hours(24);

/// A web origin such as `https://bank.example`, or `*` for any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebOrigin(HeaderValue);

/// A text that is no web origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a web origin is `*` or scheme://host[:port], without path or trailing slash")]
pub struct WebOriginError;

impl WebOrigin {
    /// Every origin.
    pub const ANY: Self = Self(HeaderValue::from_static("*"));
}

impl TryFrom<String> for WebOrigin {
    type Error = WebOriginError;

    fn try_from(text: String) -> Result<Self, WebOriginError> {
        let is_origin = || {
            let uri: Uri = text.parse().ok()?;
            let written = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
            // Browsers write origins in lower case, and nothing else is compared equal.
            (written == text && text == text.to_lowercase() && !text.contains('@')).then_some(())
        };
        if text == "*" {
            return Ok(Self::ANY);
        }
        is_origin().ok_or(WebOriginError)?;
        HeaderValue::try_from(text).map(Self).map_err(|_not_ascii| WebOriginError)
    }
}

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        origin.0.to_str().unwrap_or_default().to_owned()
    }
}

impl PartialEq<&str> for WebOrigin {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

/// The layer that lets pages of `origins` read answers; `None` when there is none.
pub(super) fn layer(origins: &[WebOrigin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let (allowed, vary) = if origins.contains(&WebOrigin::ANY) {
        (AllowOrigin::any(), Vary::list([]))
    } else {
        let list = AllowOrigin::list(origins.iter().map(|origin| origin.0.clone()));
        (list, Vary::list([header::ORIGIN]))
    };
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::HEAD, Method::POST])
            .allow_headers([
                header::ACCEPT,
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_NONE_MATCH,
                // Those of the Model Context Protocol.
                HeaderName::from_static("mcp-method"),
                HeaderName::from_static("mcp-name"),
                HeaderName::from_static("mcp-protocol-version"),
            ])
            .expose_headers([header::ETAG, header::RETRY_AFTER])
            .max_age(PREFLIGHT_AGE)
            .vary(vary),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it_or_refused() {
        for text in ["*", "https://bank.example", "http://localhost:3000", "http://[::1]:8080"] {
            assert_eq!(WebOrigin::try_from(text.to_owned()).unwrap(), text);
        }
        for text in [
            "",
            "bank.example",
            "https://",
            "https://bank.example/",
            "https://Bank.example",
            "https://bank.example/atms",
            "https://user@bank.example",
            "https://*.bank.example ",
            "null",
        ] {
            assert_eq!(WebOrigin::try_from(text.to_owned()), Err(WebOriginError), "{text}");
        }
    }
}
