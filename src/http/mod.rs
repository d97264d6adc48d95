//! HTTP: requests to questions, answers to bytes. No rule about ATMs lives here.

pub mod admin;
mod batch;
mod body;
mod chat;
mod cors;
mod error;
mod negotiation;
pub mod openapi;
mod query;
mod routes;
mod server;

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use serde::{Deserialize, Serialize};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

pub use body::{is_json, is_too_long};
pub use cors::{WebOrigin, WebOriginError};
pub use error::{Problem, leave_as_told};
pub use server::serve;

use crate::chat::Conversation;
use crate::metrics::Metrics;
use crate::service::Service;

/// Answers of up to this many bytes are not compressed: they fit one packet as they are.
const UNCOMPRESSED_BYTES_MAX: u64 = 1024;

/// How the public listener treats requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpOptions {
    /// Longest time a request may take, its body included, and an answer may wait for a client
    /// that does not take it, in milliseconds.
    pub request_timeout_ms: u64,
    /// Longest time a new connection may take to bring its first request, in milliseconds.
    pub header_timeout_ms: NonZeroU64,
    /// Longest time a connection may stay open between requests, in milliseconds.
    pub keep_alive_ms: NonZeroU64,
    /// Most connections open at once; more wait to be accepted.
    pub connections_max: NonZeroU32,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
    /// Web origins whose pages may read answers; `*` is any. Empty switches CORS off.
    pub cors_origins: Vec<WebOrigin>,
    /// Whether answers are compressed for clients that ask for it.
    pub compression: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            request_timeout_ms: 10_000,
            header_timeout_ms: const { NonZeroU64::new(10_000).unwrap() },
            // Load balancers commonly keep connections for 60 s; whoever closes first loses the
            // request that crosses it.
            keep_alive_ms: const { NonZeroU64::new(75_000).unwrap() },
            connections_max: const { NonZeroU32::new(10_000).unwrap() },
            body_bytes_max: 1 << 20,
            cors_origins: vec![WebOrigin::ANY],
            compression: true,
        }
    }
}

impl HttpOptions {
    fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

/// What the public listener serves beside lookups; nothing, unless it is said.
#[derive(Debug, Default)]
pub struct Beside {
    /// Conversations, at `/v1/chat`.
    pub conversation: Option<Conversation>,
    /// The path of the Model Context Protocol.
    pub models: Option<Router>,
    /// The webhooks of the channels that are open.
    pub webhooks: Option<Router>,
}

/// Every public path with what surrounds it, and the document that tells of just these.
pub fn router(service: Service, beside: Beside, options: &HttpOptions) -> Router {
    let metrics = Arc::clone(service.metrics());
    let Beside { conversation, models, webhooks } = beside;
    let offered = openapi::Offered {
        conversation: conversation.is_some(),
        models: models.is_some(),
        webhooks: webhooks.is_some(),
    };
    let others = [conversation.map(chat::router), models, webhooks];
    let routes = routes::router(service, options).merge(openapi::router(offered));
    let routes = others.into_iter().flatten().fold(routes, Router::merge);
    surround_counted(routes, options, Some(metrics))
}

/// Surrounds routes with what every listener needs: limits, time-out, compression, CORS, log, and
/// problem documents for whatever fails.
pub fn surround(routes: Router, options: &HttpOptions) -> Router {
    surround_counted(routes, options, None)
}

fn surround_counted(
    routes: Router,
    options: &HttpOptions,
    metrics: Option<Arc<Metrics>>,
) -> Router {
    let (timeout, body_bytes_max) = (options.request_timeout(), options.body_bytes_max);
    let routes = routes
        .fallback(|| async { Problem::UnknownPath })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed });
    // What is named first sees a request first. All of it is one layer: the router boxes each, and
    // for every request clones a box with all that is inside of it.
    let outer = ServiceBuilder::new()
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            log(metrics.clone(), request, next)
        }))
        .option_layer(cors::layer(&options.cors_origins))
        .layer(middleware::from_fn(error::problems_everywhere));
    let inner = ServiceBuilder::new()
        .layer(CatchPanicLayer::custom(|_panic| Problem::Internal.into_response()))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            bounded(body_bytes_max, timeout, request, next)
        }));
    if options.compression {
        // A compressor would hold back lines and events that someone is waiting for.
        let no_stream = NotForContentType::const_new("application/x-ndjson")
            .and(NotForContentType::const_new("text/event-stream"));
        let worth_it = SizeAbove::new(UNCOMPRESSED_BYTES_MAX).and(no_stream);
        routes.layer(outer.layer(CompressionLayer::new().compress_when(worth_it)).layer(inner))
    } else {
        routes.layer(outer.layer(inner))
    }
}

/// Refuses bodies beyond a size, and ends requests that take too long. Streams of lines have no
/// end, and a limit for each line instead; webhooks have limits of their own.
async fn bounded(
    bytes_max: usize,
    timeout: Duration,
    mut request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return tokio::time::timeout(timeout, next.run(request))
            .await
            .unwrap_or_else(|_elapsed| Problem::Timeout.into_response());
    }
    let route = request.extensions().get::<MatchedPath>();
    let is_webhook = route.is_some_and(|route| route.as_str().starts_with("/channels/"));
    if !is_webhook && !batch::is_stream(&request) {
        let told = request.body().size_hint().lower();
        if !usize::try_from(told).is_ok_and(|bytes| bytes <= bytes_max) {
            return Problem::BodyTooLarge.into_response();
        }
        request = request.map(|body| Body::new(Limited::new(body, bytes_max)));
    }
    let awaiting = body::AwaitingBody::default();
    request.extensions_mut().insert(awaiting.clone());
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) if awaiting.get() => Problem::BodyTimeout.into_response(),
        Err(_elapsed) => Problem::Timeout.into_response(),
    }
}

/// One line a request: method, route, status, time. Neither query string nor body, which hold
/// positions; the route is the pattern, not the path, so that its values are bounded.
async fn log(metrics: Option<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let status = response.status().as_u16();
    let took = started.elapsed();
    if let Some(metrics) = metrics {
        metrics.count_request(route, status, took);
    }
    let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    // Not being ready, or being too slow, is an answer; a defect is an error.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%method, route, status, duration_us, "Answered {method} {route} with {status}");
    } else {
        tracing::debug!(%method, route, status, duration_us, "Answered {method} {route} with {status}");
    }
    response
}
