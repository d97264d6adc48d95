//! Answers "where is the nearest ATM?" from real ATM location data.
pub mod domain;
pub mod config;
pub mod http;
pub mod publication;
pub mod render;
pub mod app;
pub mod telemetry;
pub mod service;
pub mod snapshot;
pub mod index;
pub mod ingest;
