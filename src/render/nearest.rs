//! The answer to a nearest question.

use crate::domain::{
    AtmFilter, Compass, Demand, Found, NearestAnswer, Neighbour, Position, Relaxation, Row,
};
use crate::json::{Decimal, Json, LatLon, List, object};
use crate::publication::View;
use crate::snapshot::AtmPart;

use super::atm::{At, Context, Hit};
use super::place::Origin;
use super::{Envelope, Feature, add_tail, answer};

/// A neighbour's own members, shared by JSON and GeoJSON.
struct NeighbourJson<'s> {
    context: &'s Context<'s>,
    compass: &'s Compass,
    neighbour: &'s Neighbour,
    with_position: bool,
}

impl Json for NeighbourJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { context, compass, neighbour, with_position } = *self;
        let nearest = neighbour.atms[0];
        let snapshot = context.view.snapshot;
        let position = snapshot.position(nearest.row);
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
            let bearing_deg = compass.rounded_bearing_deg(position, snapshot.point(nearest.row));
            members.add("bearing_deg", Decimal::<1>(bearing_deg));
            if with_position && nearest.row == anchor {
                described.add_all(AtmPart::Position, AtmPart::Site, members);
            } else {
                members.add_some("position", with_position.then_some(LatLon(position)));
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
    let (context, compass) = (&Context::new(view, filter), &Compass::at(origin));
    let json = |neighbour| NeighbourJson { context, compass, neighbour, with_position: true };
    answer(rows(neighbours).count(), |members| {
        members.add("origin", Origin { position: origin, place: envelope.place.as_ref() });
        members.add("neighbours", List(neighbours.iter().map(json)));
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
    let (context, compass) = (&Context::new(view, filter), &Compass::at(origin));
    let feature = |neighbour| {
        let nearest: &Neighbour = neighbour;
        let properties = NeighbourJson { context, compass, neighbour, with_position: false };
        Feature { snapshot: view.snapshot, row: nearest.atms[0].row, properties }
    };
    answer(rows(neighbours).count(), |members| {
        members.add("type", "FeatureCollection");
        members.add("features", List(neighbours.iter().map(feature)));
        let place = envelope.place.as_ref();
        members.add_some("origin", place.map(|_| Origin { position: origin, place }));
        members.add("relaxations", List(found.relaxations.iter().map(RelaxationJson)));
        add_tail(members, view, rows(neighbours), envelope);
    })
}
