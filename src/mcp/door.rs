//! `/mcp`: who comes in, and how failures are told there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post_service;
use http_body_util::BodyExt as _;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::sync::watch;

use crate::http::admin::{Gate, Role};
use crate::http::{HttpOptions, Problem, WebOrigin, is_json, is_too_long, leave_as_told};
use crate::sealed::Sealer;
use crate::secret::Secret;
use crate::service::{Service, Statuses};

use super::McpOptions;
use super::server::{AtmServer, Caller};

/// Where the protocol is spoken over HTTP.
pub const PATH: &str = "/mcp";

/// How often a comment is sent down a stream that has nothing to tell, so that proxies keep it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Pages of this machine may call where clients reach the service by a name of this machine.
const LOCAL_PAGES: [(&str, &str); 3] = [
    ("localhost", "http://localhost:*"),
    ("127.0.0.1", "http://127.0.0.1:*"),
    ("::1", "http://[::1]:*"),
];

/// The path of the protocol, to be served beside the others; `None` when it is switched off.
/// Holders of administrators' credentials that may change things may report `statuses`.
/// Streams end when whoever holds the other end of `stopping` lets it go.
pub fn router(
    service: Service,
    statuses: Option<Statuses>,
    gate: Arc<Gate>,
    sealer: Sealer,
    stopping: watch::Receiver<()>,
    options: &McpOptions,
    http: &HttpOptions,
) -> Option<Router> {
    let answering = AtmServer::over_http(service, statuses, sealer, stopping);
    options.enabled.then(|| behind_door(answering, gate, options, http))
}

/// Serves a handler of the protocol where [`router`] serves the service: through the same transport
/// and behind the same door.
pub fn behind_door<H: ServerHandler + Clone>(
    handler: H,
    gate: Arc<Gate>,
    options: &McpOptions,
    http: &HttpOptions,
) -> Router {
    let served = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Arc::new(NeverSessionManager::default()),
        transport(options, http),
    );
    let token = Some(options.token.clone()).filter(|token| !token.is_empty());
    Router::new()
        .route(PATH, post_service(served))
        .route_layer(middleware::from_fn(in_json_rpc))
        .route_layer(middleware::from_fn_with_state(Arc::new(Door { token, gate }), admit))
}

/// How the transport treats requests: each by itself, hosts and origins checked first.
fn transport(options: &McpOptions, http: &HttpOptions) -> StreamableHttpServerConfig {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_keep_alive(Some(KEEP_ALIVE))
        .with_max_request_body_bytes(http.body_bytes_max);
    let config = if options.hosts.iter().any(|host| host == "*") {
        config.disable_allowed_hosts()
    } else {
        config.with_allowed_hosts(options.hosts.clone())
    };
    if options.origins.contains(&WebOrigin::ANY) {
        return config.disable_allowed_origins();
    }
    let listed = options.origins.iter().cloned().map(with_port);
    let local = LOCAL_PAGES.into_iter().filter(|(host, _)| options.hosts.iter().any(|h| h == host));
    let local = local.map(|(_, origin)| origin.to_owned());
    config.with_allowed_origins(listed.chain(local)).enforce_origin_validation()
}

/// An origin with its port; without one, it would be taken for any port.
fn with_port(origin: WebOrigin) -> String {
    let origin = String::from(origin);
    let default = if origin.starts_with("https:") { 443 } else { 80 };
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    let after_address = authority.rsplit(']').next().unwrap_or_default();
    if after_address.contains(':') { origin } else { format!("{origin}:{default}") }
}

/// Who is let in.
struct Door {
    /// The token clients must show.
    token: Option<Secret>,
    /// Administrators' credentials, and who has shown too many that are none.
    gate: Arc<Gate>,
}

impl Door {
    /// Who sends a request. Whoever shows a token that is not known is not taken for nobody.
    fn caller(&self, request: &Request) -> Result<Caller, Problem> {
        if !request.headers().contains_key(header::AUTHORIZATION) {
            return if self.token.is_none() {
                Ok(Caller::Anyone)
            } else {
                Err(Problem::Unauthorized)
            };
        }
        self.gate.passed(request, |shown| {
            if self.token.as_ref().is_some_and(|token| *token == Secret::from(shown.to_owned())) {
                return Some(Caller::Anyone);
            }
            self.gate.holder(shown).map(|admitted| match admitted.role {
                Role::Publisher => Caller::Publisher(Arc::clone(&admitted.name)),
                Role::Viewer => Caller::Anyone,
            })
        })
    }
}

/// Middleware: notes who sends a request, or refuses it.
async fn admit(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    match door.caller(&request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// How the body of a request ended, told apart because the transport takes every failure to read
/// one for its own.
const BODY_READ: u8 = 0;
const BODY_TOO_LARGE: u8 = 1;
const BODY_CUT_OFF: u8 = 2;

/// Middleware: failures are answered as the protocol says, and as they are. A body that is no
/// message of the protocol is answered with an error of JSON-RPC that repeats nothing of it.
async fn in_json_rpc(request: Request, next: Next) -> Response {
    let ended = Arc::new(AtomicU8::new(BODY_READ));
    let seen = Arc::clone(&ended);
    let is_json = is_json(request.headers());
    let request = request.map(|body| {
        Body::new(body.map_err(move |error| {
            let how = if is_too_long(&error) { BODY_TOO_LARGE } else { BODY_CUT_OFF };
            seen.store(how, Ordering::Relaxed);
            error
        }))
    });
    let mut response = next.run(request).await;
    match (response.status(), ended.load(Ordering::Relaxed)) {
        (_, BODY_TOO_LARGE) => return Problem::BodyTooLarge.into_response(),
        (_, BODY_CUT_OFF) => return Problem::MalformedBody { place: None }.into_response(),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, _) if is_json => response = not_a_message(),
        (status, _) if status.is_client_error() || status.is_server_error() => {
            leave_as_told(&mut response);
        }
        _ => {}
    }
    response
}

/// The body is no JSON, or no message.
fn not_a_message() -> Response {
    const BODY: &str = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"The body is not one JSON-RPC message of this protocol."}}"#;
    let json = HeaderValue::from_static("application/json");
    let mut response = (StatusCode::BAD_REQUEST, BODY).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    leave_as_told(&mut response);
    response
}
