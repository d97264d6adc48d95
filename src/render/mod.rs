//! Answers as JSON and GeoJSON, written straight from what the snapshot lends: what HTTP, the
//! command line and other adapters hand out alike.
//!
//! What is not stated is left out, except where its absence could be read as a no: `cash_out`,
//! `cash_in` and `fee` are always there, if need be as `unknown`.

mod atm;
mod nearest;
mod number;
mod vocabulary;
mod within;

use std::collections::BTreeSet;

use serde::Serialize;
use serde::ser::Serializer;

use crate::domain::{Position, Row};
use crate::snapshot::{Snapshot, SnapshotId};

use number::Decimal;

pub use atm::{atm_geojson, atm_json};
pub use nearest::{nearest_geojson, nearest_json};
pub use vocabulary::vocabulary;
pub use within::{within_geojson, within_json};

/// Degrees with at most 7 decimals, about a centimetre.
type Degrees = Decimal<7>;

#[derive(Serialize)]
struct LatLon {
    lat: Degrees,
    lon: Degrees,
}

impl From<Position> for LatLon {
    fn from(position: Position) -> Self {
        Self { lat: Decimal(position.lat_deg()), lon: Decimal(position.lon_deg()) }
    }
}

/// A GeoJSON point, longitude first.
#[derive(Serialize)]
struct Point {
    r#type: &'static str,
    coordinates: [Degrees; 2],
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        let LatLon { lat, lon } = position.into();
        Self { r#type: "Point", coordinates: [lon, lat] }
    }
}

/// What an answer holds beside its hits.
#[derive(Debug)]
pub struct Envelope {
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What was done to the question, or may be wrong with it.
    pub warnings: Vec<String>,
}

/// The end of every answer that lists hits.
#[derive(Serialize)]
struct Tail<'s> {
    next: Option<&'s str>,
    warnings: &'s [String],
    #[serde(flatten)]
    origin: Origin<'s>,
}

impl<'s> Tail<'s> {
    fn new(
        snapshot: &'s Snapshot,
        rows: impl Iterator<Item = Row>,
        envelope: &'s Envelope,
    ) -> Self {
        let origin = Origin::new(snapshot, rows);
        Self { next: envelope.next.as_deref(), warnings: &envelope.warnings, origin }
    }
}

/// Which data an answer is made from, and whom to credit for it.
#[derive(Serialize)]
struct Origin<'s> {
    snapshot: SnapshotJson<'s>,
    attribution: BTreeSet<&'s str>,
}

#[derive(Serialize)]
struct SnapshotJson<'s> {
    #[serde(serialize_with = "display")]
    id: SnapshotId,
    as_of: Option<&'s str>,
}

impl<'s> Origin<'s> {
    /// The credits of the sources of `rows`, each once, in order.
    fn new(snapshot: &'s Snapshot, rows: impl Iterator<Item = Row>) -> Self {
        let sources: BTreeSet<_> = rows.map(|row| snapshot.source_of(row)).collect();
        let credit = |source| snapshot.source(source).attribution.as_deref();
        Self {
            snapshot: snapshot_json(snapshot),
            attribution: sources.into_iter().filter_map(credit).collect(),
        }
    }
}

fn snapshot_json(snapshot: &Snapshot) -> SnapshotJson<'_> {
    SnapshotJson { id: snapshot.id(), as_of: snapshot.as_of() }
}

fn display<S: Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A GeoJSON feature at a position. It is named after an ATM.
#[derive(Serialize)]
struct Feature<'s, P> {
    r#type: &'static str,
    id: &'s str,
    geometry: Point,
    properties: P,
}

impl<'s, P> Feature<'s, P> {
    fn new(snapshot: &'s Snapshot, row: Row, properties: P) -> Self {
        let geometry = snapshot.position(row).into();
        Self { r#type: "Feature", id: snapshot.id_of(row), geometry, properties }
    }
}

/// A collection with the tail of the answer as foreign members (RFC 7946 § 6.1).
#[derive(Serialize)]
struct FeatureCollection<'s, F> {
    r#type: &'static str,
    features: F,
    #[serde(flatten)]
    tail: Tail<'s>,
}

impl<'s, F> FeatureCollection<'s, F> {
    fn new(features: F, tail: Tail<'s>) -> Self {
        Self { r#type: "FeatureCollection", features, tail }
    }
}

/// A list whose items are made one by one as they are written.
struct List<I>(I);

impl<I: Clone + IntoIterator<Item: Serialize>> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

fn to_bytes(body: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    serde_json::to_writer(&mut bytes, body)?;
    Ok(bytes)
}
