//! The HTTP contract, asked over real connections of a server on a port of its own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test that called it"
)]

mod admin;
mod answers;
mod batch;
mod caching;
mod channels;
mod chat;
mod compression;
#[cfg(feature = "mcp")]
mod conformance;
mod connections;
mod cors;
mod cursors;
mod freshness;
mod hours;
#[cfg(feature = "mcp")]
mod mcp;
mod negotiation;
mod openapi;
mod parameters;
mod places;
mod privacy;
mod problems;
mod shapes;
mod shutdown;
mod support;
