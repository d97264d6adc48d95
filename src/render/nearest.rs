//! The answer to a nearest question.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use crate::domain::{AtmFilter, Found, Neighbour, Position, TextField, initial_bearing_deg};
use crate::snapshot::Snapshot;

use super::atm::{Address, Context};
use super::{
    Envelope, Feature, FeatureCollection, LatLon, SnapshotJson, attribution, rounded,
    snapshot_json, to_bytes,
};

/// The machines of a neighbour.
struct Machines<'s> {
    context: &'s Context<'s>,
    found: &'s [Found],
}

impl Serialize for Machines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.found.len()))?;
        for found in self.found {
            let distance_m = Some(found.distance.get());
            self.context
                .with_hit(found.row, distance_m, None, |atm| list.serialize_element(atm))?;
        }
        list.end()
    }
}

/// The place of a neighbour.
struct SiteJson<'s> {
    context: &'s Context<'s>,
    neighbour: &'s Neighbour,
}

impl Serialize for SiteJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.context.snapshot;
        // The site speaks through the machine it is named after.
        let anchor = snapshot.site_rows(self.neighbour.site)[0];
        let atm = snapshot.atm(anchor);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &snapshot.site_id(self.neighbour.site))?;
        if let Some(name) = atm.text(TextField::Name).or_else(|| atm.brand_or_operator()) {
            map.serialize_entry("name", name)?;
        }
        map.serialize_entry("address", &Address::of(&atm, snapshot.country(anchor)))?;
        map.end()
    }
}

/// A neighbour's own members, shared by JSON and GeoJSON.
struct NeighbourJson<'s> {
    context: &'s Context<'s>,
    origin: Position,
    neighbour: &'s Neighbour,
    with_position: bool,
}

impl Serialize for NeighbourJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nearest = self.neighbour.atms[0];
        let position = self.context.snapshot.position(nearest.row);
        let bearing_deg = rounded(initial_bearing_deg(self.origin, position), 1) % 360.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("distance_m", &rounded(nearest.distance.get(), 1))?;
        map.serialize_entry("bearing_deg", &bearing_deg)?;
        if self.with_position {
            map.serialize_entry("position", &LatLon::from(position))?;
        }
        let (context, neighbour) = (self.context, self.neighbour);
        map.serialize_entry("site", &SiteJson { context, neighbour })?;
        map.serialize_entry("atms", &Machines { context, found: &neighbour.atms })?;
        map.end()
    }
}

/// The answer to a nearest question, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn nearest_json(
    snapshot: &Snapshot,
    origin: Position,
    filter: &AtmFilter,
    neighbours: &[Neighbour],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        origin: LatLon,
        neighbours: Vec<NeighbourJson<'s>>,
        next: Option<&'s str>,
        warnings: &'s [String],
        snapshot: SnapshotJson<'s>,
        attribution: Vec<&'s str>,
    }
    let context = Context { snapshot, filter };
    let rows = neighbours.iter().flat_map(|n| n.atms.iter().map(|found| found.row));
    to_bytes(&Body {
        origin: origin.into(),
        neighbours: neighbours
            .iter()
            .map(|neighbour| NeighbourJson {
                context: &context,
                origin,
                neighbour,
                with_position: true,
            })
            .collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows),
    })
}

/// The answer to a nearest question, as a GeoJSON `FeatureCollection` of its neighbours.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn nearest_geojson(
    snapshot: &Snapshot,
    origin: Position,
    filter: &AtmFilter,
    neighbours: &[Neighbour],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    let context = Context { snapshot, filter };
    let rows = neighbours.iter().flat_map(|n| n.atms.iter().map(|found| found.row));
    let feature = |neighbour| {
        let nearest: &Neighbour = neighbour;
        Feature {
            r#type: "Feature",
            id: snapshot.id_of(nearest.atms[0].row).to_owned(),
            geometry: snapshot.position(nearest.atms[0].row).into(),
            properties: NeighbourJson {
                context: &context,
                origin,
                neighbour,
                with_position: false,
            },
        }
    };
    to_bytes(&FeatureCollection {
        r#type: "FeatureCollection",
        features: neighbours.iter().map(feature).collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows),
    })
}
