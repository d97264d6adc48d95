//! The answer to a within question.

use serde::Serialize;
use serde::ser::Serializer;

use crate::domain::{AtmFilter, BoundingBox, Row};
use crate::snapshot::Snapshot;

use super::atm::Context;
use super::{
    Envelope, Feature, FeatureCollection, SnapshotJson, attribution, snapshot_json, to_bytes,
};

/// An ATM of a list without an origin.
struct ListedAtm<'s> {
    context: &'s Context<'s>,
    row: Row,
    with_position: bool,
}

impl Serialize for ListedAtm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = self.with_position.then(|| self.context.snapshot.position(self.row));
        self.context.with_hit(self.row, None, position, |atm| atm.serialize(serializer))
    }
}

/// The answer to a within question, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn within_json(
    snapshot: &Snapshot,
    bbox: &BoundingBox,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        bbox: [f64; 4],
        atms: Vec<ListedAtm<'s>>,
        next: Option<&'s str>,
        warnings: &'s [String],
        snapshot: SnapshotJson<'s>,
        attribution: Vec<&'s str>,
    }
    let context = Context { snapshot, filter };
    to_bytes(&Body {
        bbox: [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()],
        atms: rows
            .iter()
            .map(|&row| ListedAtm { context: &context, row, with_position: true })
            .collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows.iter().copied()),
    })
}

/// The answer to a within question, as a GeoJSON `FeatureCollection` of its ATMs.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn within_geojson(
    snapshot: &Snapshot,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    let context = Context { snapshot, filter };
    let feature = |&row| Feature {
        r#type: "Feature",
        id: snapshot.id_of(row).to_owned(),
        geometry: snapshot.position(row).into(),
        properties: ListedAtm { context: &context, row, with_position: false },
    };
    to_bytes(&FeatureCollection {
        r#type: "FeatureCollection",
        features: rows.iter().map(feature).collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows.iter().copied()),
    })
}
