//! The answer to a nearest question.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::domain::{AtmFilter, Neighbour, Position, TextField, initial_bearing_deg};
use crate::publication::View;
use crate::snapshot::Snapshot;

use super::atm::{Address, Context, Hit};
use super::{Decimal, Envelope, Feature, FeatureCollection, LatLon, List, Tail, to_bytes};

/// The place of a neighbour.
struct SiteJson<'s> {
    snapshot: &'s Snapshot,
    neighbour: &'s Neighbour,
}

impl Serialize for SiteJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.snapshot;
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
        let Self { context, origin, neighbour, with_position } = *self;
        let snapshot = context.view.snapshot;
        let nearest = neighbour.atms[0];
        let position = snapshot.position(nearest.row);
        let bearing_deg = Decimal::<1>(initial_bearing_deg(origin, position)).rounded() % 360.0;
        let atms = neighbour.atms.iter().map(|found| Hit {
            context,
            row: found.row,
            distance: Some(found.distance),
            with_position: false,
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("distance_m", &Decimal::<1>(nearest.distance.get()))?;
        map.serialize_entry("bearing_deg", &bearing_deg)?;
        if with_position {
            map.serialize_entry("position", &LatLon::from(position))?;
        }
        map.serialize_entry("site", &SiteJson { snapshot, neighbour })?;
        map.serialize_entry("atms", &List(atms))?;
        map.end()
    }
}

fn tail<'s>(snapshot: &'s Snapshot, neighbours: &[Neighbour], envelope: &'s Envelope) -> Tail<'s> {
    let rows = neighbours.iter().flat_map(|n| n.atms.iter().map(|found| found.row));
    Tail::new(snapshot, rows, envelope)
}

/// The answer to a nearest question, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn nearest_json(
    view: View<'_>,
    origin: Position,
    filter: &AtmFilter,
    neighbours: &[Neighbour],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s, N> {
        origin: LatLon,
        neighbours: N,
        #[serde(flatten)]
        tail: Tail<'s>,
    }
    let context = &Context::new(view, filter);
    let json = |neighbour| NeighbourJson { context, origin, neighbour, with_position: true };
    to_bytes(&Body {
        origin: origin.into(),
        neighbours: List(neighbours.iter().map(json)),
        tail: tail(view.snapshot, neighbours, envelope),
    })
}

/// The answer to a nearest question, as a GeoJSON `FeatureCollection` of its neighbours, each
/// named after its nearest machine.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn nearest_geojson(
    view: View<'_>,
    origin: Position,
    filter: &AtmFilter,
    neighbours: &[Neighbour],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    let context = &Context::new(view, filter);
    let feature = |neighbour| {
        let nearest: &Neighbour = neighbour;
        let properties = NeighbourJson { context, origin, neighbour, with_position: false };
        Feature::new(view.snapshot, nearest.atms[0].row, properties)
    };
    let features = List(neighbours.iter().map(feature));
    to_bytes(&FeatureCollection::new(features, tail(view.snapshot, neighbours, envelope)))
}
