//! The answer to a within question.

use crate::domain::{AtmFilter, BoundingBox, Row};
use crate::publication::View;

use super::atm::{Context, Hit};
use super::json::List;
use super::{Decimal, Degrees, Envelope, Feature, add_tail, answer};

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
    let atm = |&row| Hit { context: &context, row, distance: None, with_position: true };
    let edges = [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()];
    answer(rows.len(), |members| {
        members.add("bbox", edges.map(|edge| -> Degrees { Decimal(edge) }));
        members.add("atms", List(rows.iter().map(atm)));
        add_tail(members, view.snapshot, rows.iter().copied(), envelope);
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
        let properties = Hit { context: &context, row, distance: None, with_position: false };
        Feature { snapshot: view.snapshot, row, properties }
    };
    answer(rows.len(), |members| {
        members.add("type", "FeatureCollection");
        members.add("features", List(rows.iter().map(feature)));
        add_tail(members, view.snapshot, rows.iter().copied(), envelope);
    })
}
