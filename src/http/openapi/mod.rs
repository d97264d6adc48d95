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

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::render::schema;

use super::negotiation::holds;
use operation::Operation;

/// What the public listener serves beside lookups. What it does not serve is not told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Whether conversations are held.
    pub conversation: bool,
    /// Whether the Model Context Protocol is spoken.
    pub models: bool,
    /// Whether messengers reach it.
    pub webhooks: bool,
}

impl Offered {
    /// Everything there is.
    pub const ALL: Self = Self { conversation: true, models: true, webhooks: true };
}

/// What stands at the head of a document.
struct Head {
    title: &'static str,
    description: String,
    tags: Vec<(&'static str, &'static str)>,
}

const PUBLIC_DESCRIPTION: &str = "Answers \"where is the nearest ATM?\" from real ATM location data.\n\n\
        Positions are WGS-84 decimal degrees, lengths are metres, times are RFC 3339. Distances \
        are along the ground in a straight line, exact on the WGS-84 ellipsoid; they are no walking \
        distances. What the data does not say is `unknown` or left out, and never a no.\n\n\
        Unknown parameters are errors. Every error is `application/problem+json` (RFC 9457) with a \
        stable `code`; for bad parameters it names each and what is accepted. In query strings, \
        lists are written with commas between their values.";

const MODELS: &str = "the Model Context Protocol at `/mcp`";
const WEBHOOKS: &str = "the webhooks of messengers at `/channels/messenger`, `/channels/whatsapp` \
                        and `/channels/telegram`, as far as they are configured";

const ADMINISTRATION_DESCRIPTION: &str = "Administration of a nearest-atm service, on a listener of its own. Every request \
        needs a bearer token; one of the role `viewer` may look and change nothing. Errors are as on \
        the public listener.";

/// The document of a public listener that serves this.
#[must_use]
pub fn public(offered: Offered) -> Value {
    let mut known = schema::all();
    known.extend(problems::schemas());
    known.extend(public::schemas());
    known.extend(conversation::schemas());
    let mut description = PUBLIC_DESCRIPTION.to_owned();
    let others = [(offered.models, MODELS), (offered.webhooks, WEBHOOKS)];
    let others: Vec<&str> =
        others.into_iter().filter_map(|(is_offered, what)| is_offered.then_some(what)).collect();
    if !others.is_empty() {
        description.push_str("\n\nOther protocols at other paths, each by its own rules: ");
        description.push_str(&others.join(", and "));
        description.push('.');
    }
    let head = Head { title: "nearest-atm", description, tags: public::tags(offered) };
    document(&head, &public::operations(offered), &known)
}

/// The document of the administration listener.
#[must_use]
pub fn administration() -> Value {
    let mut known = schema::all();
    known.extend(problems::schemas());
    known.extend(administration_answers::schemas());
    let head = Head {
        title: "nearest-atm administration",
        description: ADMINISTRATION_DESCRIPTION.to_owned(),
        tags: administration::TAGS.to_vec(),
    };
    let mut document = document(&head, &administration::operations(), &known);
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
    text: Bytes,
    etag: HeaderValue,
}

impl Fixed {
    fn new(content_type: &'static str, text: String) -> Self {
        let digest = &blake3::hash(text.as_bytes()).to_hex()[..32];
        let etag = HeaderValue::try_from(format!("W/\"{digest}\""));
        let etag = etag.unwrap_or(HeaderValue::from_static("W/\"\""));
        Self { content_type, text: text.into(), etag }
    }

    fn json(document: &Value) -> Self {
        // Values alone: writing them to memory does not fail.
        let text = serde_json::to_string_pretty(&JsonFirst(document)).unwrap_or_default();
        Self::new("application/json", text)
    }

    /// The text, unless the client holds it.
    fn answer(&self, headers: &HeaderMap) -> Response {
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
        (head, more, self.text.clone()).into_response()
    }
}

const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

/// Answers with a text that is made when it is first asked for.
fn fixed<S: Clone + Send + Sync + 'static>(
    make: impl FnOnce() -> Fixed + Send + Sync + 'static,
) -> MethodRouter<S> {
    let text = Arc::new(LazyLock::new(make));
    get(move |headers: HeaderMap| {
        let text = Arc::clone(&text);
        async move { text.answer(&headers) }
    })
}

/// Where the public document, its page and its short form are.
pub(super) fn router<S: Clone + Send + Sync + 'static>(offered: Offered) -> Router<S> {
    Router::new()
        .route("/openapi.json", fixed(move || Fixed::json(&public(offered))))
        .route("/docs", fixed(move || page::of(&public(offered))))
        .route(
            "/llms.txt",
            fixed(move || Fixed::new("text/plain; charset=utf-8", llms::text(offered))),
        )
}

/// Where the document of administration and its page are.
pub(super) fn administration_router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/openapi.json", fixed(|| Fixed::json(&administration())))
        .route("/docs", fixed(|| page::of(&administration())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_offered_is_not_told_of() {
        let nothing = Offered { conversation: false, models: false, webhooks: false };
        let texts = |offered| [public(offered).to_string(), llms::text(offered)].concat();
        let (all, none) = (texts(Offered::ALL), texts(nothing));
        for told in ["/v1/chat", "ChatReply", "/mcp", "Model Context Protocol", "/channels/"] {
            assert!(all.contains(told), "{told}");
            assert!(!none.contains(told), "{told}");
        }
        assert!(none.contains("/v1/atms/nearest"));
    }
}
