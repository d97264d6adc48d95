//! The answer to a nearest question.

use crate::domain::{
    AtmFilter, Compass, Demand, Found, NearestAnswer, Neighbour, Position, Relaxation, Row,
};
use crate::json::{Decimal, Json, LatLon, List, object};
use crate::publication::View;
use crate::snapshot::{AtmPart, Snapshot};

use super::atm::{At, Context, Hit};
use super::place::Origin;
use super::{Envelope, Feature, add_tail, answer};

/// A neighbour's own members, shared by JSON and GeoJSON.
struct NeighbourJson<'s> {
    context: &'s Context<'s>,
    neighbour: &'s Neighbour,
    bearing_deg: f64,
    with_position: bool,
}

impl Json for NeighbourJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { context, neighbour, bearing_deg, with_position } = *self;
        let nearest = neighbour.atms[0];
        let snapshot = context.view.snapshot;
        // The machine the site is named after is mostly one of those that follow.
        let anchor = snapshot.site_rows(neighbour.site)[0];
        let described = &snapshot.described(anchor);
        // Mostly the only machine there, or one of several on one spot.
        let distance_m = Decimal::<1>(nearest.distance.get()).digits();
        let digits = |found: &Found| {
            if found.distance == nearest.distance {
                distance_m
            } else {
                Decimal::<1>(found.distance.get()).digits()
            }
        };
        let atms = neighbour.atms.iter().map(|found| Hit {
            context,
            row: found.row,
            described: (found.row == anchor).then_some(described),
            at: At::Distance(digits(found)),
            with_position: false,
        });
        object(out, |members| {
            members.add("distance_m", distance_m);
            members.add("bearing_deg", Decimal::<1>(bearing_deg));
            if with_position && nearest.row == anchor {
                described.add_all(AtmPart::Position, AtmPart::Site, members);
            } else {
                let position = with_position.then(|| LatLon(snapshot.position(nearest.row)));
                members.add_some("position", position);
                described.add(AtmPart::Site, members);
            }
            members.add("atms", List(atms));
        });
    }
}

/// What to give up for more.
struct RelaxationJson<'s>(&'s Relaxation);

impl Json for RelaxationJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Relaxation { drop, matches, more, nearest } = self.0;
        object(out, |members| {
            members.add("drop", List(drop.iter().map(Demand::label)));
            members.add("matches", *matches);
            members.add("more", *more);
            members.add("nearest_m", Decimal::<1>(nearest.get()));
        });
    }
}

fn rows(neighbours: &[Neighbour]) -> impl Iterator<Item = Row> {
    neighbours.iter().flat_map(|neighbour| neighbour.atms.iter().map(|found| found.row))
}

/// The direction to each neighbour, degrees to a tenth. A direction is a long chain of steps, and
/// several are under way at once where nothing else is done between them.
fn bearings_deg(snapshot: &Snapshot, origin: Position, neighbours: &[Neighbour]) -> Vec<f64> {
    let compass = Compass::at(origin);
    let bearing_deg = |neighbour: &Neighbour| {
        let row = neighbour.atms[0].row;
        compass.rounded_bearing_deg(snapshot.position(row), snapshot.point(row))
    };
    neighbours.iter().map(bearing_deg).collect()
}

/// The answer to a nearest question, as JSON.
#[must_use]
pub fn nearest_json(
    view: View<'_>,
    origin: Position,
    filter: &AtmFilter,
    found: &NearestAnswer,
    envelope: &Envelope,
) -> Vec<u8> {
    let neighbours = found.neighbours.as_slice();
    let context = &Context::new(view, filter);
    let bearings_deg = bearings_deg(view.snapshot, origin, neighbours);
    let json = |(neighbour, &bearing_deg)| NeighbourJson {
        context,
        neighbour,
        bearing_deg,
        with_position: true,
    };
    answer(rows(neighbours).count(), |members| {
        members.add("origin", Origin { position: origin, place: envelope.place.as_ref() });
        members.add("neighbours", List(neighbours.iter().zip(&bearings_deg).map(json)));
        members.add("relaxations", List(found.relaxations.iter().map(RelaxationJson)));
        add_tail(members, view, rows(neighbours), envelope);
    })
}

/// The answer to a nearest question, as a GeoJSON `FeatureCollection` of its neighbours, each
/// named after its nearest machine; what is beside them are foreign members (RFC 7946 § 6.1).
#[must_use]
pub fn nearest_geojson(
    view: View<'_>,
    origin: Position,
    filter: &AtmFilter,
    found: &NearestAnswer,
    envelope: &Envelope,
) -> Vec<u8> {
    let neighbours = found.neighbours.as_slice();
    let context = &Context::new(view, filter);
    let bearings_deg = bearings_deg(view.snapshot, origin, neighbours);
    let features = neighbours.iter().zip(&bearings_deg).map(|(neighbour, &bearing_deg)| {
        let row = neighbour.atms[0].row;
        let properties = NeighbourJson { context, neighbour, bearing_deg, with_position: false };
        Feature { snapshot: view.snapshot, row, properties }
    });
    answer(rows(neighbours).count(), |members| {
        members.add("type", "FeatureCollection");
        members.add("features", List(features));
        let place = envelope.place.as_ref();
        members.add_some("origin", place.map(|_| Origin { position: origin, place }));
        members.add("relaxations", List(found.relaxations.iter().map(RelaxationJson)));
        add_tail(members, view, rows(neighbours), envelope);
    })
}
