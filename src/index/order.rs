//! The order rows are numbered in: near rows get near numbers.

use super::BLOCK_ROWS;
use super::tree::FAN;
use crate::domain::{Ecef, Position};

/// A row on its way to its place.
struct Unplaced {
    point_m: [f64; 3],
    input: u32,
}

/// The order in which an [`Index`](super::Index) wants its rows: `order[row]` is the place in
/// `positions` of what becomes that row.
///
/// The same positions always give the same order; rows at one position keep their order.
///
/// # Method
///
/// The rows are halved, on a boundary of the largest nodes of the tree they take more than one of,
/// along the axis of space in which they spread most, and each half again down to single blocks. A
/// block is then as compact as its rows allow, every node of the tree built over the blocks is one of
/// these halves, and no plane is involved that would have poles or a seam.
///
/// # Cost
///
/// O(n log n); about a second for 3,000,000 positions. At most 2³² positions can be numbered.
#[must_use]
pub fn spatial_order(positions: &[Position]) -> Vec<u32> {
    let mut rows: Vec<Unplaced> = (0..=u32::MAX)
        .zip(positions)
        .map(|(input, &position)| {
            let point = Ecef::from(position);
            Unplaced { point_m: [point.x_m, point.y_m, point.z_m], input }
        })
        .collect();
    place(&mut rows);
    rows.into_iter().map(|row| row.input).collect()
}

/// Brings `rows` into order in place.
fn place(rows: &mut [Unplaced]) {
    let blocks = rows.len().div_ceil(BLOCK_ROWS);
    if blocks <= 1 {
        rows.sort_unstable_by_key(|row| row.input);
        return;
    }
    let axis = widest_axis(rows);
    let mut node_blocks = 1;
    while node_blocks * FAN < blocks {
        node_blocks *= FAN;
    }
    let left_rows = blocks.div_ceil(node_blocks) / 2 * node_blocks * BLOCK_ROWS;
    rows.select_nth_unstable_by(left_rows, |one, other| {
        one.point_m[axis].total_cmp(&other.point_m[axis]).then(one.input.cmp(&other.input))
    });
    let (left, right) = rows.split_at_mut(left_rows);
    rayon::join(|| place(left), || place(right));
}

/// The axis along which the rows spread most.
fn widest_axis(rows: &[Unplaced]) -> usize {
    let mut least = [f64::INFINITY; 3];
    let mut greatest = [f64::NEG_INFINITY; 3];
    for row in rows {
        for axis in 0..3 {
            least[axis] = least[axis].min(row.point_m[axis]);
            greatest[axis] = greatest[axis].max(row.point_m[axis]);
        }
    }
    let spread = |&axis: &usize| greatest[axis] - least[axis];
    (0..3).max_by(|one, other| spread(one).total_cmp(&spread(other))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spiral(count: u32) -> Vec<Position> {
        (0..count)
            .map(|step| {
                let turn = f64::from(step) * 2.399_963;
                let lat_deg = (1.0 - 2.0 * f64::from(step) / f64::from(count)).asin().to_degrees();
                Position::from_lat_lon(lat_deg, turn.sin() * 180.0).unwrap()
            })
            .collect()
    }

    #[test]
    fn the_order_holds_every_place_once_and_repeats() {
        for count in [0, 1, 15, 16, 17, 33, 1_000, 4_097] {
            let positions = spiral(count);
            let order = spatial_order(&positions);
            let mut places = order.clone();
            places.sort_unstable();
            assert!(places.iter().copied().eq(0..count));
            assert_eq!(order, spatial_order(&positions));
        }
    }

    #[test]
    fn rows_at_one_position_keep_their_order() {
        let here = Position::from_lat_lon(1.0, 2.0).unwrap();
        assert!(spatial_order(&[here; 100]).into_iter().eq(0..100));
    }

    #[test]
    fn blocks_are_compact() {
        let positions = spiral(10_000);
        let order = spatial_order(&positions);
        let widest_m = order
            .chunks(BLOCK_ROWS)
            .map(|block| {
                let points = block.iter().map(|&place| Ecef::from(positions[place as usize]));
                let first = Ecef::from(positions[block[0] as usize]);
                points.map(|point| first.chord2_m2(point).sqrt()).fold(0.0, f64::max)
            })
            .fold(0.0, f64::max);
        // 625 blocks share the globe: a square one would measure 900 km, 1,300 km across.
        assert!(widest_m < 3_000_000.0, "{widest_m}");
    }
}
