//! Answers "where is the nearest ATM?" from real ATM location data: exactly, honestly about what
//! is not known, and in microseconds.
//!
//! # The house
//!
//! Data flows down this list, and a module imports only modules above it; `tests/layering.rs`
//! holds the table and fails on any other edge.
//!
//! | layer | module | what lives there |
//! |---|---|---|
//! | domain | [`domain`] | the field's words, pure: position, ATM, the three values yes / no / unknown, question, answer, report |
//! | | [`secret`] | texts that never show |
//! | | [`retries`] | when what was asked over a network is asked again |
//! | | [`sealed`] | small states that clients carry, encrypted and bound to their purpose |
//! | | [`metrics`] | what the service counts of itself |
//! | | `json` | values written straight into one buffer, without a tree in between |
//! | producers | [`ingest`] | bytes of many formats to ATMs; every row admitted or rejected for a reason |
//! | | [`index`] | the packed R-tree: nearest in exact order, everything in a box |
//! | | [`places`] | the gazetteer: written places and positions to candidates |
//! | | [`synth`] | synthetic estates for load tests |
//! | state | [`snapshot`] | ATMs, sites and index under one id, immutable, built whole or not at all |
//! | | [`status`] | what was reported of machines, outliving reloads |
//! | | [`store`] | the durable store of statuses and audit log: embedded, or PostgreSQL when replicas share it |
//! | | [`archive`] | saved snapshots: self-checking files, kept for restart and rollback |
//! | | [`publication`] | the one mutable cell: which snapshot is current, and what is known of its machines right now |
//! | service | [`service`] | use cases without transport: lookup, parameters, cursors, guard |
//! | adapters | [`render`], [`export`] | answers as JSON and GeoJSON, with their schemas; ATMs as files that read back the same |
//! | | [`answers`] | questions to what is found and to answered bytes, for every adapter below |
//! | | [`chat`] | conversation in five languages: a sentence to its meaning, an answer to words |
//! | | [`http`], [`mcp`], [`cli`] | parse, call the service, render; no rule about ATMs; `http::openapi` describes it |
//! | | [`channels`] | Messenger, `WhatsApp` and Telegram: webhooks proven, and answered by the conversation |
//! | wiring | [`config`], [`telemetry`], [`app`] | one documented configuration type, logs, `run` |
//!
//! # A walk through it, as the data does
//!
//! A file's bytes enter at [`ingest::Input`], which decompresses them. A function of
//! [`ingest::formats`] turns them into raw records; each is judged by itself, on all cores, and
//! becomes an [`Atm`](domain::Atm), packed where it was judged, or a
//! [`RejectedRow`](domain::RejectedRow). [`Snapshot::ingest`](snapshot::Snapshot::ingest) groups the
//! ATMs into sites, builds the [`Index`](index::Index) and derives the
//! [`SnapshotId`](snapshot::SnapshotId) from content.
//! [`Publication::publish_as`](publication::Publication::publish_as) makes it current in one step.
//!
//! A request loads what is published once. [`service::Params`] turns its names and values into a
//! [`NearestQuery`](domain::NearestQuery), [`service::nearest`] finds the rows, and [`render`]
//! writes them straight from the snapshot's storage.
//!
//! # Example
//!
//! ```
//! use nearest_atm::config::Config;
//! use nearest_atm::domain::{NearestQuery, Position};
//! use nearest_atm::publication::View;
//! use nearest_atm::service::nearest;
//! use nearest_atm::snapshot::Snapshot;
//!
//! let snapshot = Snapshot::ingest(&Config::default().source_files()?, &mut |_| {})?;
//! let helsinki_central = Position::from_lat_lon(60.1719, 24.9414)?;
//! let view = View::of(&snapshot, jiff::Timestamp::now());
//! let answer = nearest(view, &NearestQuery::new(helsinki_central, 3));
//! assert_eq!(answer.neighbours.len(), 3);
//! assert!(answer.neighbours[0].atms[0].distance.get() < 200.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    not(any(feature = "object-store", feature = "postgres")),
    expect(dead_code, reason = "only what comes over a network is kept on disk first")
)]

pub mod answers;
pub mod app;
pub mod archive;
pub mod channels;
pub mod chat;
pub mod cli;
pub mod config;
pub mod domain;
pub mod export;
pub mod http;
pub mod index;
pub mod ingest;
mod json;
pub mod mcp;
pub mod metrics;
pub mod places;
pub mod publication;
pub mod render;
pub mod retries;
pub mod sealed;
pub mod secret;
pub mod service;
pub mod snapshot;
pub mod status;
pub mod store;
pub mod synth;
pub mod telemetry;
