//! The answer to a within question.

use serde::Serialize;

use crate::domain::{AtmFilter, BoundingBox, Row};
use crate::publication::View;

use super::atm::{Context, Hit};
use super::{Decimal, Degrees, Envelope, Feature, FeatureCollection, List, Tail, to_bytes};

/// The answer to a within question, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn within_json(
    view: View<'_>,
    bbox: &BoundingBox,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s, A> {
        bbox: [Degrees; 4],
        atms: A,
        #[serde(flatten)]
        tail: Tail<'s>,
    }
    let context = Context::new(view, filter);
    let atm = |&row| Hit { context: &context, row, distance: None, with_position: true };
    to_bytes(&Body {
        bbox: [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()].map(Decimal),
        atms: List(rows.iter().map(atm)),
        tail: Tail::new(view.snapshot, rows.iter().copied(), envelope),
    })
}

/// The answer to a within question, as a GeoJSON `FeatureCollection` of its ATMs.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn within_geojson(
    view: View<'_>,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    let context = Context::new(view, filter);
    let feature = |&row| {
        let hit = Hit { context: &context, row, distance: None, with_position: false };
        Feature::new(view.snapshot, row, hit)
    };
    let tail = Tail::new(view.snapshot, rows.iter().copied(), envelope);
    to_bytes(&FeatureCollection::new(List(rows.iter().map(feature)), tail))
}
