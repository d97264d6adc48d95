//! Administration: a listener of its own, closed without a credential.
//!
//! Every path asks for a bearer token before anything else. What changes something is recorded,
//! with who did it, in the audit log.

mod audit;
mod auth;
mod many;
mod metrics;
mod reload;
mod statuses;
mod view;

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use axum::{Router, middleware};
use serde::{Deserialize, Serialize};

use crate::service::Statuses;
use crate::service::reload::Reloader;

use super::{HttpOptions, openapi, surround};

pub use auth::{Admitted, Credential, Credentials, CredentialsError, Gate, Role};
pub(super) use statuses::REPORTS_MAX;
pub use statuses::report;

/// How the administration listener treats requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminOptions {
    /// Longest time a request may take, its body included, in milliseconds. A reload is one.
    pub request_timeout_ms: u64,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
    /// Most connections open at once; more wait to be accepted.
    pub connections_max: NonZeroU32,
    /// Who may administer the service.
    pub tokens: Vec<Credential>,
}

impl Default for AdminOptions {
    fn default() -> Self {
        Self {
            request_timeout_ms: 600_000,
            body_bytes_max: 32 << 20,
            connections_max: const { NonZeroU32::new(100).unwrap() },
            tokens: Vec::new(),
        }
    }
}

impl AdminOptions {
    /// The same as options of a listener. No web page may read its answers.
    #[must_use]
    pub fn http(&self) -> HttpOptions {
        HttpOptions {
            request_timeout_ms: self.request_timeout_ms,
            header_timeout_ms: const { NonZeroU64::new(10_000).unwrap() },
            keep_alive_ms: const { NonZeroU64::new(75_000).unwrap() },
            connections_max: self.connections_max,
            body_bytes_max: self.body_bytes_max,
            cors_origins: Vec::new(),
            compression: true,
        }
    }
}

/// What administration works on; cloning shares it.
#[derive(Clone, Debug)]
pub struct Administration {
    /// Live statuses, and through them the service and the store.
    pub statuses: Statuses,
    /// Reloading.
    pub reloader: Arc<Reloader>,
}

/// Every path of administration with what surrounds it. Nothing is answered, not even that a path
/// leads nowhere, to whoever shows no credential.
pub fn router(administration: Administration, gate: Arc<Gate>, options: &AdminOptions) -> Router {
    let routes = Router::new()
        .merge(statuses::router())
        .merge(audit::router())
        .merge(metrics::router())
        .merge(reload::router())
        .merge(openapi::administration_router())
        .with_state(administration);
    surround(routes, &options.http()).layer(middleware::from_fn_with_state(gate, auth::admit))
}
