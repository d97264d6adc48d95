//! Answers "where is the nearest ATM?" from real ATM location data.
pub mod domain;
pub mod ingest;
pub mod synth;
