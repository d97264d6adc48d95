//! What every node of the tree knows of the rows below it: where they are and what they state.
//!
//! Rows are numbered in [`spatial_order`](super::spatial_order), which halves them again and again:
//! [`BLOCK_ROWS`] consecutive rows are a block, [`FAN`] consecutive blocks a node of height 1, so
//! many of these a node of height 2. A node is therefore known by its height and its place among
//! those of its height, and nothing points to anything. What is known of the children of a node lies
//! side by side, so that all of them are bounded at once in vector instructions.

use super::{BLOCK_ROWS, States};
use crate::domain::{Ecef, HALF_MERIDIAN_M, distance_at_most_m, distance2_at_least_m2};

/// How many children a node has, but for the last of each height.
pub(super) const FAN: usize = 8;

/// A node: its height over the blocks, which are of height 0, and its place among those of its
/// height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(u32);

impl Node {
    /// Bits of the place: there are no more than 2³² rows.
    const PLACE_BITS: u32 = u32::BITS - BLOCK_ROWS.trailing_zeros();

    fn new(height: u32, place: u32) -> Self {
        Self(height << Self::PLACE_BITS | place)
    }

    fn parts(self) -> (u32, u32) {
        (self.0 >> Self::PLACE_BITS, self.0 & ((1 << Self::PLACE_BITS) - 1))
    }

    pub(super) fn height(self) -> usize {
        self.parts().0 as usize
    }

    pub(super) fn place(self) -> usize {
        self.parts().1 as usize
    }

    pub(super) fn is_block(self) -> bool {
        self.height() == 0
    }

    /// A child of a node that is no block.
    #[inline]
    pub(super) fn child(self, lane: usize) -> Self {
        let (height, place) = self.parts();
        Self::new(height - 1, place * FAN_U32 + lane_u32(lane))
    }

    fn parent(self) -> Self {
        let (height, place) = self.parts();
        Self::new(height + 1, place / FAN_U32)
    }
}

/// A node of this height holds a row for each power of two of this.
pub(super) fn row_shift(height: usize) -> usize {
    BLOCK_ROWS.trailing_zeros() as usize + FAN.trailing_zeros() as usize * height
}

#[expect(clippy::cast_possible_truncation, reason = "8")]
const FAN_U32: u32 = FAN as u32;

#[expect(clippy::cast_possible_truncation, reason = "a lane is less than FAN")]
fn lane_u32(lane: usize) -> u32 {
    lane as u32
}

/// A box in space, in single precision, each side rounded outwards (by half a metre at most), so
/// that a distance to it is never overstated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sides {
    pub(super) lower: [f32; 3],
    pub(super) upper: [f32; 3],
}

impl Sides {
    /// The box around nothing.
    pub(super) const NOTHING: Self =
        Self { lower: [f32::INFINITY; 3], upper: [f32::NEG_INFINITY; 3] };

    /// A box of single precision around one of double precision.
    #[expect(clippy::cast_possible_truncation, reason = "each side is moved outwards by a step")]
    pub(super) fn around(least_m: [f64; 3], greatest_m: [f64; 3]) -> Self {
        Self {
            lower: least_m.map(|metres| (metres as f32).next_down()),
            upper: greatest_m.map(|metres| (metres as f32).next_up()),
        }
    }

    pub(super) fn merged(self, other: Self) -> Self {
        Self {
            lower: std::array::from_fn(|axis| self.lower[axis].min(other.lower[axis])),
            upper: std::array::from_fn(|axis| self.upper[axis].max(other.upper[axis])),
        }
    }

    pub(super) fn intersects(&self, other: &Self) -> bool {
        (0..3).all(|axis| {
            self.lower[axis] <= other.upper[axis] && other.lower[axis] <= self.upper[axis]
        })
    }

    /// A point of the Earth's surface in the middle of the box, seen from the Earth's.
    pub(super) fn middle_of_surface(&self) -> Ecef {
        let middle =
            |axis: usize| 0.5 * (f64::from(self.lower[axis]) + f64::from(self.upper[axis]));
        Ecef { x_m: middle(0), y_m: middle(1), z_m: middle(2) }.on_surface()
    }

    /// Square of the box's diagonal.
    pub(super) fn diagonal2_m2(&self) -> f64 {
        let side = |axis: usize| f64::from(self.upper[axis]) - f64::from(self.lower[axis]);
        side(0) * side(0) + side(1) * side(1) + side(2) * side(2)
    }

    /// Square of the chord from `point` to the farthest point of the box.
    pub(super) fn farthest_chord2_m2(&self, point: Ecef) -> f64 {
        let span = |axis: usize, metres: f64| {
            (metres - f64::from(self.lower[axis])).max(f64::from(self.upper[axis]) - metres)
        };
        let (x, y, z) = (span(0, point.x_m), span(1, point.y_m), span(2, point.z_m));
        x * x + y * y + z * z
    }
}

/// The boxes of the children of a node, coordinate by coordinate. Those of children that are not
/// there are turned inside out, so that everything is infinitely far from them.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Boxes {
    pub(super) lower: [[f32; FAN]; 3],
    pub(super) upper: [[f32; FAN]; 3],
}

/// An origin in single precision: between two numbers of each coordinate.
#[derive(Clone, Copy)]
pub(super) struct Around {
    below: [f32; 3],
    above: [f32; 3],
}

impl From<Ecef> for Around {
    fn from(point: Ecef) -> Self {
        let coordinates_m = [point.x_m, point.y_m, point.z_m];
        let Sides { lower, upper } = Sides::around(coordinates_m, coordinates_m);
        Self { below: lower, above: upper }
    }
}

impl Boxes {
    fn of(children: &[Sides]) -> Self {
        let mut boxes =
            Self { lower: [[f32::INFINITY; FAN]; 3], upper: [[f32::NEG_INFINITY; FAN]; 3] };
        for (lane, child) in children.iter().enumerate() {
            for axis in 0..3 {
                boxes.lower[axis][lane] = child.lower[axis];
                boxes.upper[axis][lane] = child.upper[axis];
            }
        }
        boxes
    }

    /// The box of one of the children.
    pub(super) fn sides(&self, lane: usize) -> Sides {
        Sides {
            lower: std::array::from_fn(|axis| self.lower[axis][lane]),
            upper: std::array::from_fn(|axis| self.upper[axis][lane]),
        }
    }

    /// The same by the point opposite to the origin: half a meridian, which is how far apart these are,
    /// less what the farthest point of the box may be from there. Closer than chords from a quarter of
    /// a turn on.
    pub(super) fn least2_by_opposite_m2(&self, opposite: &Around) -> [f32; FAN] {
        // What two distances of up to 20,000 km are rounded by, and more.
        const ROUNDING_M: f32 = 60.0;
        let span2 = |axis: usize, lane: usize| {
            let before = opposite.above[axis] - self.lower[axis][lane];
            let behind = self.upper[axis][lane] - opposite.below[axis];
            let span = greater(before, behind);
            span * span
        };
        std::array::from_fn(|lane| {
            let chord_m = (span2(0, lane) + span2(1, lane) + span2(2, lane)).sqrt();
            let least_m = HALF_MERIDIAN_M - ROUNDING_M - distance_at_most_m(chord_m);
            greater(least_m, 0.0) * greater(least_m, 0.0)
        })
    }

    /// For every child the square of a distance over the ground that no row below it is nearer than.
    #[inline]
    pub(super) fn least2_m2(&self, origin: &Around) -> [f32; FAN] {
        // Three differences, squares and sums round by a step each, the series by some more.
        const ROUNDING: f32 = 1.0 - 2e-6;
        let gap2 = |axis: usize, lane: usize| {
            let before = self.lower[axis][lane] - origin.above[axis];
            let behind = origin.below[axis] - self.upper[axis][lane];
            let gap = greater(greater(before, behind), 0.0);
            gap * gap
        };
        std::array::from_fn(|lane| {
            let chord2_m2 = gap2(0, lane) + gap2(1, lane) + gap2(2, lane);
            distance2_at_least_m2(chord2_m2) * ROUNDING
        })
    }
}

/// [`f32::max`] of numbers known not to be NaN, for which it is one instruction.
#[inline]
fn greater(one: f32, other: f32) -> f32 {
    if one > other { one } else { other }
}

/// The tree over all rows.
pub(super) struct Tree {
    /// The nodes that are no blocks, those of height 1 first.
    boxes: Vec<Boxes>,
    /// Of each of them, what is stated below each child.
    states: Vec<[States; FAN]>,
    /// Where the nodes of each height begin, from height 1 on.
    starts: Vec<usize>,
    row_count: usize,
}

impl Tree {
    /// The tree over so many rows in these blocks.
    pub(super) fn new(blocks: Vec<(Sides, States)>, row_count: usize) -> Self {
        let mut tree =
            Self { boxes: Vec::new(), states: Vec::new(), starts: Vec::new(), row_count };
        let mut below = blocks;
        while !below.is_empty() {
            tree.starts.push(tree.boxes.len());
            let mut above = Vec::with_capacity(below.len().div_ceil(FAN));
            for children in below.chunks(FAN) {
                let sides: Vec<Sides> = children.iter().map(|(sides, _)| *sides).collect();
                let mut states = [States::default(); FAN];
                for (states, (_, below)) in states.iter_mut().zip(children) {
                    *states = *below;
                }
                tree.boxes.push(Boxes::of(&sides));
                tree.states.push(states);
                above.push((
                    sides.into_iter().fold(Sides::NOTHING, Sides::merged),
                    states.into_iter().fold(States::default(), States::union),
                ));
            }
            if above.len() == 1 {
                break;
            }
            below = above;
        }
        tree.boxes.shrink_to_fit();
        tree.states.shrink_to_fit();
        tree
    }

    /// The node over everything; `None` where there is nothing.
    pub(super) fn root(&self) -> Option<Node> {
        let height = u32::try_from(self.starts.len()).ok().filter(|&height| height > 0)?;
        Some(Node::new(height, 0))
    }

    fn number(&self, node: Node) -> Option<usize> {
        Some(self.starts.get(node.height().checked_sub(1)?)? + node.place())
    }

    /// The boxes of a node's children; `None` of a block.
    #[inline]
    pub(super) fn boxes(&self, node: Node) -> Option<&Boxes> {
        self.boxes.get(self.number(node)?)
    }

    /// What is stated below each of a node's children; `None` of a block.
    #[inline]
    pub(super) fn states(&self, node: Node) -> Option<&[States; FAN]> {
        self.states.get(self.number(node)?)
    }

    /// The box of a node; `None` of that over everything.
    pub(super) fn sides(&self, node: Node) -> Option<Sides> {
        Some(self.boxes(node.parent())?.sides(node.place() % FAN))
    }

    /// The run of rows a node holds: its first and the one after its last.
    #[inline]
    pub(super) fn run(&self, node: Node) -> (u32, u32) {
        let shift = row_shift(node.height());
        let first = node.place() << shift;
        let end = (first + (1 << shift)).min(self.row_count);
        let row = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        (row(first), row(end))
    }

    /// The children of a node that there are.
    pub(super) fn children(&self, node: Node) -> impl DoubleEndedIterator<Item = (usize, Node)> {
        let (_, end_row) = self.run(node);
        let lanes = if node.is_block() { 0 } else { FAN };
        (0..lanes)
            .map(move |lane| (lane, node.child(lane)))
            .filter(move |&(_, child)| self.run(child).0 < end_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Position, Row};
    use crate::index::{Entry, Index, Mask, spatial_order};

    fn index(count: u32) -> Index {
        let positions: Vec<Position> = (0..count)
            .map(|step| {
                let lat_deg = -80.0 + f64::from(step * 7_919 % 16_001) * 0.01;
                let lon_deg = -180.0 + f64::from(step * 104_729 % 36_001) * 0.01;
                Position::from_lat_lon(lat_deg, lon_deg).unwrap()
            })
            .collect();
        let order = spatial_order(&positions);
        (0..)
            .zip(order)
            .map(|(row, place)| Entry {
                position: positions[place as usize],
                mask: Mask { yes: 1 << (row % 61), no: 0 },
                tie_rank: row,
            })
            .collect()
    }

    /// Every node below one, itself included.
    fn all(tree: &Tree, node: Node) -> Vec<Node> {
        let below = tree.children(node).flat_map(|(_, child)| all(tree, child));
        std::iter::once(node).chain(below).collect()
    }

    #[test]
    fn every_row_is_in_the_box_the_states_and_the_run_of_every_node_above_it() {
        for count in [1, 16, 17, 128, 129, 1_000, 1_025, 9_000] {
            let index = index(count);
            let root = index.tree.root().unwrap();
            assert_eq!(index.tree.run(root), (0, count));
            let mut rows_in_blocks = 0;
            for node in all(&index.tree, root) {
                let (first_row, end_row) = index.tree.run(node);
                assert!(first_row < end_row);
                if node.is_block() {
                    rows_in_blocks += end_row - first_row;
                    assert_eq!(node, Node::new(0, first_row / 16));
                }
                if node == root {
                    continue;
                }
                let sides = index.tree.sides(node).unwrap();
                let states = index.tree.states(node.parent()).unwrap()[node.place() % FAN];
                for row in first_row..end_row {
                    let point = index.point(row).unwrap();
                    let sides_of_row = Sides::around(
                        [point.x_m, point.y_m, point.z_m],
                        [point.x_m, point.y_m, point.z_m],
                    );
                    assert_eq!(sides.merged(sides_of_row), sides);
                    let mask = index.entry(Row(row)).unwrap().mask;
                    assert_eq!(states.union(mask.into()), states);
                }
            }
            assert_eq!(rows_in_blocks, count);
        }
    }

    #[test]
    fn nothing_in_a_box_is_nearer_than_its_bound() {
        let index = index(2_000);
        let root = index.tree.root().unwrap();
        let nodes = all(&index.tree, root);
        for lat_deg in (-90..=90).step_by(30) {
            for lon_deg in (-180..=180).step_by(45) {
                let from = Position::from_lat_lon(f64::from(lat_deg), f64::from(lon_deg)).unwrap();
                for &node in nodes.iter().filter(|node| !node.is_block()) {
                    let least2_m2 =
                        index.tree.boxes(node).unwrap().least2_m2(&Ecef::from(from).into());
                    let opposite = Ecef::from(from).opposite().into();
                    let by_opposite_m2 =
                        index.tree.boxes(node).unwrap().least2_by_opposite_m2(&opposite);
                    for (lane, child) in index.tree.children(node) {
                        let least2_m2 = least2_m2[lane].max(by_opposite_m2[lane]);
                        let (first_row, end_row) = index.tree.run(child);
                        for row in (first_row..end_row).step_by(7).map(Row) {
                            let to = index.entry(row).unwrap().position;
                            let distance_m = crate::domain::geodesic_distance(from, to).get();
                            assert!(
                                f64::from(least2_m2) <= distance_m * distance_m,
                                "{from} {to} {child:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
