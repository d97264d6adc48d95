//! The answers to questions for all there is in an area or along a line.

use crate::domain::{AtmFilter, Beside, BoundingBox, Corridor, Row};
use crate::json::{Decimal, List, Members};
use crate::publication::View;

use super::atm::{At, Context, Hit};
use super::{Degrees, Envelope, Feature, add_tail, answer};

/// The answer to a within question, as JSON.
#[must_use]
pub fn within_json(
    view: View<'_>,
    bbox: &BoundingBox,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> Vec<u8> {
    let context = Context::new(view, filter);
    let atm =
        |&row| Hit { context: &context, row, described: None, at: At::Inside, with_position: true };
    let edges = [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()];
    answer(rows.len(), |members| {
        members.add("bbox", edges.map(|edge| -> Degrees { Decimal(edge) }));
        members.add("atms", List(rows.iter().map(atm)));
        add_tail(members, view, rows.iter().copied(), envelope);
    })
}

/// The answer to a within question, as a GeoJSON `FeatureCollection` of its ATMs; what is beside
/// them are foreign members (RFC 7946 § 6.1).
#[must_use]
pub fn within_geojson(
    view: View<'_>,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> Vec<u8> {
    let context = Context::new(view, filter);
    let feature = |&row| {
        let properties =
            Hit { context: &context, row, described: None, at: At::Inside, with_position: false };
        Feature { snapshot: view.snapshot, row, properties }
    };
    answer(rows.len(), |members| {
        members.add("type", "FeatureCollection");
        members.add("features", List(rows.iter().map(feature)));
        add_tail(members, view, rows.iter().copied(), envelope);
    })
}

/// The answer to a question along a line, as JSON.
#[must_use]
pub fn along_json(
    view: View<'_>,
    corridor: &Corridor,
    filter: &AtmFilter,
    found: &[Beside],
    envelope: &Envelope,
) -> Vec<u8> {
    let context = Context::new(view, filter);
    let atm = |beside: &Beside| Hit {
        context: &context,
        row: beside.row,
        described: None,
        at: At::Line(beside.on_line),
        with_position: true,
    };
    answer(found.len(), |members| {
        add_line(members, corridor);
        members.add("atms", List(found.iter().map(atm)));
        add_tail(members, view, found.iter().map(|beside| beside.row), envelope);
    })
}

/// The answer to a question along a line, as a GeoJSON `FeatureCollection` of its ATMs; what is
/// beside them are foreign members (RFC 7946 § 6.1).
#[must_use]
pub fn along_geojson(
    view: View<'_>,
    corridor: &Corridor,
    filter: &AtmFilter,
    found: &[Beside],
    envelope: &Envelope,
) -> Vec<u8> {
    let context = Context::new(view, filter);
    let feature = |beside: &Beside| {
        let at = At::Line(beside.on_line);
        let properties =
            Hit { context: &context, row: beside.row, described: None, at, with_position: false };
        Feature { snapshot: view.snapshot, row: beside.row, properties }
    };
    answer(found.len(), |members| {
        members.add("type", "FeatureCollection");
        add_line(members, corridor);
        members.add("features", List(found.iter().map(feature)));
        add_tail(members, view, found.iter().map(|beside| beside.row), envelope);
    })
}

/// Adds how long the line is and how wide the corridor.
fn add_line(members: &mut Members<'_>, corridor: &Corridor) {
    members.add("length_m", Decimal::<1>(corridor.length().get()));
    members.add("buffer_m", Decimal::<1>(corridor.buffer().get()));
}
