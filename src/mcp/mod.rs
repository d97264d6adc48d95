//! The Model Context Protocol: the service as tools for language models, over HTTP and over
//! standard input and output, for clients of the revisions 2026-07-28 and 2025-11-25.
//!
//! The tools answer with the very JSON of the HTTP interface and a short text that says what is
//! not known. What only the person can tell, a place, a choice or a consent, is asked for where
//! the client can ask, and told to the model where it cannot. Nothing is kept between requests:
//! what was asked for and told travels with the client, sealed.

#[cfg(feature = "mcp")]
mod arguments;
#[cfg(feature = "mcp")]
mod asking;
#[cfg(feature = "mcp")]
mod door;
#[cfg(feature = "mcp")]
mod library;
#[cfg(feature = "mcp")]
mod nearest;
mod options;
#[cfg(feature = "mcp")]
mod server;
#[cfg(feature = "mcp")]
mod tools;
#[cfg(feature = "mcp")]
mod words;

pub use options::McpOptions;

#[cfg(feature = "mcp")]
pub use door::{PATH, behind_door, router};
#[cfg(feature = "mcp")]
pub use server::{SpeakError, speak};
