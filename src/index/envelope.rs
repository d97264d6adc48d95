//! What every node of the tree knows of the rows below it: where they are, what they state, and
//! which they are.

use rstar::{AABB, RTreeObject};

use super::select::States;
use crate::domain::{Ecef, FarBound};

/// A box in space, the attribute values that occur in it, and the run of rows it holds.
///
/// The box is kept in single precision, each side rounded outwards (by half a metre at most), so
/// that a distance to it is never overstated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Envelope {
    pub(super) space: AABB<[f32; 3]>,
    pub(super) states: States,
    pub(super) first_row: u32,
    pub(super) end_row: u32,
}

impl Envelope {
    /// The envelope of one row.
    pub(super) fn of_row(row: u32, point: Ecef, states: States) -> Self {
        let coordinates_m = [point.x_m, point.y_m, point.z_m];
        Self {
            space: outward_box(coordinates_m, coordinates_m),
            states,
            first_row: row,
            end_row: row + 1,
        }
    }

    /// Square of the chord from `point` to the nearest point of the box, or less.
    pub(super) fn chord2_m2(&self, point: Ecef) -> f64 {
        let (lower, upper) = (self.space.lower(), self.space.upper());
        let gap = |lower: f32, upper: f32, metres: f64| {
            greater(greater(f64::from(lower) - metres, metres - f64::from(upper)), 0.0)
        };
        let x = gap(lower[0], upper[0], point.x_m);
        let y = gap(lower[1], upper[1], point.y_m);
        let z = gap(lower[2], upper[2], point.z_m);
        x * x + y * y + z * z
    }

    /// A distance that no row in the box is nearer than, by a bound made for it or a node above.
    pub(super) fn least_m(&self, far: &FarBound) -> f64 {
        far.least_in_box_m(self.space.lower(), self.space.upper())
    }

    /// A point of the Earth's surface in the middle of the box, seen from the Earth's.
    pub(super) fn middle_of_surface(&self) -> Ecef {
        let (lower, upper) = (self.space.lower(), self.space.upper());
        let middle = |axis: usize| 0.5 * (f64::from(lower[axis]) + f64::from(upper[axis]));
        Ecef { x_m: middle(0), y_m: middle(1), z_m: middle(2) }.on_surface()
    }

    /// Square of the box's diagonal.
    pub(super) fn diagonal2_m2(&self) -> f64 {
        let (lower, upper) = (self.space.lower(), self.space.upper());
        let side = |axis: usize| f64::from(upper[axis]) - f64::from(lower[axis]);
        side(0) * side(0) + side(1) * side(1) + side(2) * side(2)
    }

    /// Square of the chord from `point` to the farthest point of the box.
    pub(super) fn farthest_chord2_m2(&self, point: Ecef) -> f64 {
        let (lower, upper) = (self.space.lower(), self.space.upper());
        let span = |lower: f32, upper: f32, metres: f64| {
            greater(metres - f64::from(lower), f64::from(upper) - metres)
        };
        let x = span(lower[0], upper[0], point.x_m);
        let y = span(lower[1], upper[1], point.y_m);
        let z = span(lower[2], upper[2], point.z_m);
        x * x + y * y + z * z
    }
}

/// [`f64::max`] of numbers known not to be NaN, for which it is one instruction.
fn greater(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

/// A box of single precision around one of double precision.
#[expect(clippy::cast_possible_truncation, reason = "each side is moved outwards by a step")]
pub(super) fn outward_box(least_m: [f64; 3], greatest_m: [f64; 3]) -> AABB<[f32; 3]> {
    AABB::from_corners(
        least_m.map(|metres| (metres as f32).next_down()),
        greatest_m.map(|metres| (metres as f32).next_up()),
    )
}

impl rstar::Envelope for Envelope {
    type Point = [f32; 3];

    fn new_empty() -> Self {
        Self {
            space: AABB::new_empty(),
            states: States::default(),
            first_row: u32::MAX,
            end_row: 0,
        }
    }

    fn contains_point(&self, point: &Self::Point) -> bool {
        self.space.contains_point(point)
    }

    fn contains_envelope(&self, other: &Self) -> bool {
        self.space.contains_envelope(&other.space)
    }

    fn merge(&mut self, other: &Self) {
        self.space.merge(&other.space);
        self.states = self.states.union(other.states);
        self.first_row = self.first_row.min(other.first_row);
        self.end_row = self.end_row.max(other.end_row);
    }

    fn merged(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged.merge(other);
        merged
    }

    fn intersects(&self, other: &Self) -> bool {
        self.space.intersects(&other.space)
    }

    fn intersection_area(&self, other: &Self) -> f32 {
        self.space.intersection_area(&other.space)
    }

    fn area(&self) -> f32 {
        self.space.area()
    }

    fn distance_2(&self, point: &Self::Point) -> f32 {
        self.space.distance_2(point)
    }

    fn min_max_dist_2(&self, point: &Self::Point) -> f32 {
        self.space.min_max_dist_2(point)
    }

    fn center(&self) -> Self::Point {
        self.space.center()
    }

    fn perimeter_value(&self) -> f32 {
        self.space.perimeter_value()
    }

    fn sort_envelopes<T: RTreeObject<Envelope = Self>>(_axis: usize, envelopes: &mut [T]) {
        envelopes.sort_unstable_by_key(|object| object.envelope().first_row);
    }

    /// Splits by row on whatever axis: rows are in spatial order already, and halving them again
    /// and again is what made it. They arrive sorted, so that sorting only makes sure.
    fn partition_envelopes<T: RTreeObject<Envelope = Self>>(
        axis: usize,
        envelopes: &mut [T],
        selection_size: usize,
    ) {
        debug_assert!(selection_size < envelopes.len());
        Self::sort_envelopes(axis, envelopes);
    }
}

/// What the tree holds: up to [`super::BLOCK_ROWS`] consecutive rows.
#[derive(Clone, Debug)]
pub(super) struct Block(pub(super) Envelope);

impl RTreeObject for Block {
    type Envelope = Envelope;

    fn envelope(&self) -> Envelope {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use rstar::Envelope as _;

    use super::*;
    use crate::domain::Position;

    fn point(lat_deg: f64, lon_deg: f64) -> Ecef {
        Position::from_lat_lon(lat_deg, lon_deg).unwrap().into()
    }

    #[test]
    fn the_distance_to_a_box_never_exceeds_that_to_a_point_in_it() {
        let inside: Vec<Ecef> = (0..20)
            .map(|step| point(40.0 + f64::from(step) * 1.3e-4, -3.7 + f64::from(step % 7) * 2e-4))
            .collect();
        let mut envelope = Envelope::new_empty();
        for &one in &inside {
            envelope.merge(&Envelope::of_row(0, one, States::default()));
        }
        for lat_deg in (-90..=90).step_by(7) {
            for lon_deg in (-180..=180).step_by(11) {
                let from = point(f64::from(lat_deg), f64::from(lon_deg));
                let least = inside.iter().map(|&one| from.chord2_m2(one)).fold(f64::MAX, f64::min);
                assert!(envelope.chord2_m2(from) <= least);
            }
        }
        for &one in &inside {
            assert!(envelope.chord2_m2(one) <= 0.0);
        }
    }

    #[test]
    fn merging_keeps_every_state_and_every_row() {
        let one = Envelope::of_row(3, point(1.0, 1.0), States { yes: 1, ..States::default() });
        let other = Envelope::of_row(9, point(2.0, 1.0), States { no: 1, ..States::default() });
        let merged = one.merged(&other);
        assert_eq!(merged.states, States { yes: 1, no: 1, unknown: 0 });
        assert_eq!((merged.first_row, merged.end_row), (3, 10));
        assert!(merged.contains_envelope(&one) && merged.contains_envelope(&other));
    }
}
