//! The answer to a nearest question.

use crate::domain::{
    Atm, AtmFilter, Compass, Demand, NearestAnswer, Neighbour, Position, Relaxation, Row, TextField,
};
use crate::publication::View;

use super::atm::{At, Context, Hit, add_address};
use super::json::{Joined, Json, List, Members, object};
use super::place::Origin;
use super::{Decimal, Envelope, Feature, LatLon, add_tail, answer};

/// A neighbour's own members, shared by JSON and GeoJSON.
struct NeighbourJson<'s> {
    context: &'s Context<'s>,
    compass: &'s Compass,
    neighbour: &'s Neighbour,
    with_position: bool,
}

impl NeighbourJson<'_> {
    /// Adds the place of the neighbour. It speaks through the machine it is named after.
    fn add_site(&self, members: &mut Members<'_>, anchor: Row, atm: &Atm<'_>) {
        let snapshot = self.context.view.snapshot;
        members.add_object("site", |members| {
            members.add("id", Joined(["site:", &atm.id]));
            members.add_some("name", atm.text(TextField::Name).or_else(|| atm.brand_or_operator()));
            members.add_object("address", |members| {
                add_address(members, atm, snapshot.country(anchor));
            });
        });
    }
}

impl Json for NeighbourJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { context, compass, neighbour, with_position } = *self;
        let nearest = neighbour.atms[0];
        let snapshot = context.view.snapshot;
        let position = snapshot.position(nearest.row);
        // Mostly one of the machines that follow, and then taken apart once.
        let anchor = snapshot.site_rows(neighbour.site)[0];
        let atm = &snapshot.atm(anchor);
        let atms = neighbour.atms.iter().map(|found| Hit {
            context,
            row: found.row,
            atm: (found.row == anchor).then_some(atm),
            at: At::Distance(found.distance),
            with_position: false,
        });
        object(out, |members| {
            members.add("distance_m", Decimal::<1>(nearest.distance.get()));
            let bearing_deg = compass.rounded_bearing_deg(position, snapshot.point(nearest.row));
            members.add("bearing_deg", Decimal::<1>(bearing_deg));
            members.add_some("position", with_position.then_some(LatLon(position)));
            self.add_site(members, anchor, atm);
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
