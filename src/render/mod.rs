//! Answers as JSON and GeoJSON, written straight from what the snapshot lends: what HTTP, the
//! command line and other adapters hand out alike.
//!
//! What is not stated is left out, except where its absence could be read as a no: `cash_out`,
//! `cash_in` and `fee` are always there, if need be as `unknown`.

mod atm;
mod nearest;
mod vocabulary;
mod within;

use std::collections::BTreeSet;

use serde::Serialize;
use serde::ser::Serializer;

use crate::domain::{Position, Row};
use crate::snapshot::{Snapshot, SnapshotId};

pub use atm::atm;
pub use nearest::{nearest_geojson, nearest_json};
pub use vocabulary::vocabulary;
pub use within::{within_geojson, within_json};

/// A number with at most this many decimals.
fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (number * scale).round() / scale
}

/// A position with at most 7 decimals, about a centimetre.
#[derive(Serialize)]
struct LatLon {
    lat: f64,
    lon: f64,
}

impl From<Position> for LatLon {
    fn from(position: Position) -> Self {
        Self { lat: rounded(position.lat_deg(), 7), lon: rounded(position.lon_deg(), 7) }
    }
}

/// A GeoJSON point, longitude first.
#[derive(Serialize)]
struct Point {
    r#type: &'static str,
    coordinates: [f64; 2],
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        let LatLon { lat, lon } = position.into();
        Self { r#type: "Point", coordinates: [lon, lat] }
    }
}

#[derive(Serialize)]
struct SnapshotJson<'s> {
    #[serde(serialize_with = "display")]
    id: SnapshotId,
    as_of: Option<&'s str>,
}

fn display<S: Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn snapshot_json(snapshot: &Snapshot) -> SnapshotJson<'_> {
    SnapshotJson { id: snapshot.id(), as_of: snapshot.as_of() }
}

/// What an answer holds beside its hits.
#[derive(Debug)]
pub struct Envelope {
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What was done to the question, or may be wrong with it.
    pub warnings: Vec<String>,
}

/// A GeoJSON feature at a position.
#[derive(Serialize)]
struct Feature<P> {
    r#type: &'static str,
    id: String,
    geometry: Point,
    properties: P,
}

/// A collection with the envelope as foreign members (RFC 7946 § 6.1).
#[derive(Serialize)]
struct FeatureCollection<'s, P> {
    r#type: &'static str,
    features: Vec<Feature<P>>,
    next: Option<&'s str>,
    warnings: &'s [String],
    snapshot: SnapshotJson<'s>,
    attribution: Vec<&'s str>,
}

/// The credits of the sources that contributed to an answer, each once, in order.
fn attribution(snapshot: &Snapshot, rows: impl Iterator<Item = Row>) -> Vec<&str> {
    let sources: BTreeSet<_> = rows.map(|row| snapshot.source_of(row)).collect();
    let credits: BTreeSet<&str> = sources
        .into_iter()
        .filter_map(|source| snapshot.source(source).attribution.as_deref())
        .collect();
    credits.into_iter().collect()
}

fn to_bytes(body: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    serde_json::to_writer(&mut bytes, body)?;
    Ok(bytes)
}
