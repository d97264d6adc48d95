//! The OpenAPI 3.1 documents of both listeners, made of one table of requests and of the schemas
//! beside the serialisers; the page and the text made of them.

mod administration;
mod administration_answers;
mod conversation;
mod llms;
mod operation;
mod page;
mod problems;
mod public;

use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::render::schema;

use super::negotiation::holds;
use operation::Operation;

/// What stands at the head of a document.
struct Head {
    title: &'static str,
    description: &'static str,
    tags: &'static [(&'static str, &'static str)],
}

const PUBLIC: Head = Head {
    title: "nearest-atm",
    description: "Answers \"where is the nearest ATM?\" from real ATM location data.\n\n\
        Positions are WGS-84 decimal degrees, lengths are metres, times are RFC 3339. Distances \
        are along the ground in a straight line, exact on the WGS-84 ellipsoid; they are no walking \
        distances. What the data does not say is `unknown` or left out, and never a no.\n\n\
        Unknown parameters are errors. Every error is `application/problem+json` (RFC 9457) with a \
        stable `code`; for bad parameters it names each and what is accepted. In query strings, \
        lists are written with commas between their values.\n\n\
        Other protocols at other paths, each by its own rules: the Model Context Protocol at \
        `/mcp`, and the webhooks of messengers at `/channels/messenger`, `/channels/whatsapp` and \
        `/channels/telegram` where they are configured.",
    tags: &public::TAGS,
};

const ADMINISTRATION: Head = Head {
    title: "nearest-atm administration",
    description: "Administration of a nearest-atm service, on a listener of its own. Every request \
        needs a bearer token; one of the role `viewer` may look and change nothing. Errors are as on \
        the public listener.",
    tags: &administration::TAGS,
};

/// The document of the public listener.
#[must_use]
pub fn public() -> Value {
    let mut known = schema::all();
    known.extend(problems::schemas());
    known.extend(public::schemas());
    known.extend(conversation::schemas());
    document(&PUBLIC, &public::operations(), &known)
}

/// The document of the administration listener.
#[must_use]
pub fn administration() -> Value {
    let mut known = schema::all();
    known.extend(problems::schemas());
    known.extend(administration_answers::schemas());
    let mut document = document(&ADMINISTRATION, &administration::operations(), &known);
    document["components"]["securitySchemes"] = json!({"bearer": {
        "type": "http", "scheme": "bearer", "description": "A token of the configuration.",
    }});
    document
}

fn document(head: &Head, operations: &[Operation], known: &Map<String, Value>) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = operation.to_json();
    }
    let tags: Vec<Value> = head
        .tags
        .iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    let paths = Value::Object(paths);
    let schemas = schema::needed(&paths, known);
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": head.title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": head.description,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document is served."}],
        "security": [],
        "tags": tags,
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// A document in which JSON stands before every other type of content: some generators make their
/// client of the first.
struct JsonFirst<'d>(&'d Value);

impl Serialize for JsonFirst<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(members) = self.0.as_object() {
            let (json, others): (Vec<_>, Vec<_>) =
                members.iter().partition(|(name, _)| *name == "application/json");
            let members = json.into_iter().chain(others);
            serializer.collect_map(members.map(|(name, member)| (name, JsonFirst(member))))
        } else if let Some(items) = self.0.as_array() {
            serializer.collect_seq(items.iter().map(JsonFirst))
        } else {
            self.0.serialize(serializer)
        }
    }
}

/// A text that is the same for as long as the process runs.
struct Fixed {
    content_type: &'static str,
    text: String,
    etag: HeaderValue,
}

impl Fixed {
    fn new(content_type: &'static str, text: String) -> Self {
        let digest = &blake3::hash(text.as_bytes()).to_hex()[..32];
        let etag = HeaderValue::try_from(format!("W/\"{digest}\""));
        Self { content_type, text, etag: etag.unwrap_or(HeaderValue::from_static("W/\"\"")) }
    }

    fn json(document: &Value) -> Self {
        // Values alone: writing them to memory does not fail.
        let text = serde_json::to_string_pretty(&JsonFirst(document)).unwrap_or_default();
        Self::new("application/json", text)
    }

    /// The text, unless the client holds it.
    fn answer(&'static self, headers: &HeaderMap) -> Response {
        let head = [
            (header::ETAG, self.etag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        if holds(headers, self.etag.to_str().unwrap_or_default()) {
            return (StatusCode::NOT_MODIFIED, head).into_response();
        }
        let more = [
            (header::CONTENT_TYPE, HeaderValue::from_static(self.content_type)),
            // The page brings its style and nothing else, from nowhere else.
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
        ];
        (head, more, self.text.as_str()).into_response()
    }
}

const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

static PUBLIC_JSON: LazyLock<Fixed> = LazyLock::new(|| Fixed::json(&public()));
static PUBLIC_PAGE: LazyLock<Fixed> = LazyLock::new(|| page::of(&public()));
static LLMS: LazyLock<Fixed> =
    LazyLock::new(|| Fixed::new("text/plain; charset=utf-8", llms::text()));
static ADMINISTRATION_JSON: LazyLock<Fixed> = LazyLock::new(|| Fixed::json(&administration()));
static ADMINISTRATION_PAGE: LazyLock<Fixed> = LazyLock::new(|| page::of(&administration()));

/// Where the public document, its page and its short form are.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/openapi.json", get(async |headers: HeaderMap| PUBLIC_JSON.answer(&headers)))
        .route("/docs", get(async |headers: HeaderMap| PUBLIC_PAGE.answer(&headers)))
        .route("/llms.txt", get(async |headers: HeaderMap| LLMS.answer(&headers)))
}

/// Where the document of administration and its page are.
pub(super) fn administration_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/openapi.json",
            get(async |headers: HeaderMap| ADMINISTRATION_JSON.answer(&headers)),
        )
        .route("/docs", get(async |headers: HeaderMap| ADMINISTRATION_PAGE.answer(&headers)))
}
