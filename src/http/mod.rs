//! HTTP: requests to questions, answers to bytes. No rule about ATMs lives here.

mod body;
mod error;
mod routes;

use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;

pub use error::Problem;

use crate::service::Service;

/// How the public listener treats requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpOptions {
    /// Longest time a request may take, in milliseconds.
    pub request_timeout_ms: u64,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
    /// Web origins whose pages may read answers; `*` is any. Empty switches CORS off.
    pub cors_origins: Vec<String>,
    /// Whether answers are compressed for clients that ask for it.
    pub compression: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            request_timeout_ms: 10_000,
            body_bytes_max: 1 << 20,
            cors_origins: vec!["*".to_owned()],
            compression: true,
        }
    }
}

/// Every public path with what surrounds it: limits, time-out, CORS, compression, log.
#[must_use]
pub fn router(service: Service, options: &HttpOptions) -> Router {
    let timeout = Duration::from_millis(options.request_timeout_ms);
    let routes = routes::router(service)
        .fallback(|| async { Problem::UnknownPath })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed });
    // From the inside out: what is added last sees a request first.
    let mut routes = routes.layer(middleware::from_fn(move |request, next: Next| async move {
        match tokio::time::timeout(timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_elapsed) => Problem::Timeout.into_response(),
        }
    }));
    routes = routes.layer(RequestBodyLimitLayer::new(options.body_bytes_max));
    if options.compression {
        routes = routes.layer(CompressionLayer::new());
    }
    if let Some(cors) = cors(&options.cors_origins) {
        routes = routes.layer(cors);
    }
    routes
        .layer(CatchPanicLayer::custom(|_panic| Problem::Internal.into_response()))
        .layer(middleware::from_fn(problems_everywhere))
        .layer(middleware::from_fn(log))
}

fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::HEAD, Method::POST])
            .allow_headers([header::ACCEPT, header::CONTENT_TYPE, header::IF_NONE_MATCH])
            .expose_headers([header::ETAG])
            .max_age(Duration::from_hours(24)),
    )
}

/// Layers of other crates refuse in plain text; clients get the same problem document for every
/// failure.
async fn problems_everywhere(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if !is_problem => Problem::BodyTooLarge.into_response(),
        _ => response,
    }
}

/// One line a request: method, route, status, time. Neither query string nor body, which hold
/// positions; the route is the pattern, not the path, so that its values are bounded.
async fn log(request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = response.extensions().get::<Route>().map(|route| route.0.clone());
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let status = response.status().as_u16();
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::error!(%method, route, status, duration_us, "Answered {method} {route} with {status}");
    } else {
        tracing::debug!(%method, route, status, duration_us, "Answered {method} {route} with {status}");
    }
    response
}

/// The pattern of the path that was taken, for the log.
#[derive(Clone, Debug)]
struct Route(MatchedPath);

/// Header that tells how an answer's bytes depend on the request.
const VARY: (HeaderName, HeaderValue) = (header::VARY, HeaderValue::from_static("accept"));
