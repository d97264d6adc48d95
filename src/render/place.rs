//! Places as JSON.

use crate::domain::{BoundingBox, Position};
use crate::json::{Decimal, Json, LatLon, List, object};
use crate::places::{Area, Candidate, Extent};
use crate::snapshot::Snapshot;

use super::{add_snapshot, answer};

/// Where an answer is measured from, and the place that was named for it.
pub(super) struct Origin<'p> {
    pub(super) position: Position,
    pub(super) place: Option<&'p Candidate>,
}

impl Json for Origin<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("lat", Decimal::<7>(self.position.lat_deg()));
            members.add("lon", Decimal::<7>(self.position.lon_deg()));
            members.add_some("place", self.place.map(PlaceJson));
        });
    }
}

struct PlaceJson<'p>(&'p Candidate);

impl Json for PlaceJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let place = self.0;
        object(out, |members| {
            members.add("name", place.name.as_str());
            members.add("label", place.label());
            members.add("kind", place.kind.code());
            members.add_some("code", place.code.as_deref());
            members.add_some("city", place.city.as_deref());
            members.add_some("region", place.region.as_ref().map(AreaJson));
            members.add_some("country", place.country.as_ref().map(AreaJson));
            members.add("position", LatLon(place.position));
            match place.extent {
                Extent::Radius(radius) => members.add_object("extent", |members| {
                    members.add("radius_m", Decimal::<1>(radius.get()));
                }),
                Extent::Box(bbox) => members.add_object("extent", |members| {
                    members.add("bbox", edges(&bbox));
                }),
            }
            members.add_some("population", place.population);
            members.add_some("atms", place.atms);
            members.add("match", place.matched.code());
        });
    }
}

struct AreaJson<'p>(&'p Area);

impl Json for AreaJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add_some("code", Some(self.0.code.as_str()).filter(|code| !code.is_empty()));
            members.add("name", self.0.name.as_str());
        });
    }
}

/// West, south, east, north, as RFC 7946 has them.
fn edges(bbox: &BoundingBox) -> [Decimal<7>; 4] {
    [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()].map(Decimal)
}

/// The answer to a question for places, best first.
#[must_use]
pub fn places_json(snapshot: &Snapshot, places: &[Candidate]) -> Vec<u8> {
    answer(places.len(), |members| {
        members.add("places", List(places.iter().map(PlaceJson)));
        add_snapshot(members, snapshot);
        members.add("attribution", ["© GeoNames, CC BY 4.0"]);
    })
}

/// Candidates as a JSON array.
#[must_use]
pub fn candidates_json(places: &[Candidate]) -> String {
    let mut out = Vec::new();
    List(places.iter().map(PlaceJson)).write(&mut out);
    String::from_utf8(out).unwrap_or_else(|_never| "[]".to_owned())
}
