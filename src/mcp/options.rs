//! How language models are served.

use serde::{Deserialize, Serialize};

use crate::http::WebOrigin;
use crate::secret::Secret;

/// How language models are served over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct McpOptions {
    /// Whether the protocol is spoken at `/mcp`.
    pub enabled: bool,
    /// Host names, with or without port, by which clients reach the service. Others are refused,
    /// which keeps web pages from reaching a service on the reader's own machine (DNS rebinding).
    /// `*` is any.
    pub hosts: Vec<String>,
    /// Web origins whose pages may call, beside those of this machine where `hosts` names it. Others
    /// are refused.
    pub origins: Vec<WebOrigin>,
    /// The token clients must show; empty is none, and then any client may look.
    pub token: Secret,
}

impl Default for McpOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            hosts: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
            origins: Vec::new(),
            token: Secret::from(String::new()),
        }
    }
}
