//! The rows within an area of the surface, or a box in space.

use std::cmp::Reverse;

use rstar::{AABB, Envelope as _, RTreeNode};

use super::Index;
use super::envelope::{Block, Envelope, outward_box};
use super::select::Selection;
use crate::domain::{
    Area, BoundingBox, Coverage, Ecef, Plan, Row, SpaceBox, WGS84_EQUATORIAL_RADIUS_M,
    WGS84_POLAR_RADIUS_M, WithinAnswer, Work,
};

/// A question for the rows within an area.
#[derive(Clone, Copy, Debug)]
pub struct WithinSearch<'a> {
    /// The area, its boundary included.
    pub area: &'a Area,
    /// Which rows are accepted.
    pub selection: &'a Selection<'a>,
    /// The first row that may be in the answer: 0, or what the page before gave as next.
    pub from_row: Row,
    /// How many rows the answer may hold.
    pub limit: usize,
}

impl Index {
    /// The matching rows within an area, in the order of rows, at most `limit` of them from
    /// `from_row` on; `next_row` is the first matching row left out.
    ///
    /// Exact: a row is in the answer when [`Area::contains`] its position. `admit` has the last
    /// word on accepted rows in the area.
    ///
    /// # Cost
    ///
    /// Proportional to the rows of the page and, for an area cut out of a dense region, to the
    /// blocks along its boundary; pages already seen cost nothing.
    pub fn within(
        &self,
        search: &WithinSearch<'_>,
        mut admit: impl FnMut(Row) -> bool,
    ) -> WithinAnswer {
        let mut answer = WithinAnswer::default();
        let space = space_of(&search.area.bounding_box());
        let selection = search.selection;
        answer.plan = selection.plan();
        if answer.plan == Plan::Nothing {
            return answer;
        }
        let may_match = |envelope: &Envelope| {
            envelope.end_row > search.from_row.0
                && envelope.space.intersects(&space)
                && selection.may_match(envelope)
        };
        let mut waiting: Vec<(&RTreeNode<Block>, Coverage)> = Vec::new();
        let queue = |children, above: Coverage, waiting: &mut Vec<_>| {
            let before = waiting.len();
            let covered = |node| Some((node, coverage(search.area, above, node)?));
            waiting.extend(matching(children, may_match).filter_map(covered));
            if let Some(added) = waiting.get_mut(before..) {
                added.sort_unstable_by_key(|(node, _)| Reverse(first_row(node)));
            }
        };
        answer.work.nodes_visited += 1;
        queue(self.tree.root().children(), Coverage::Some, &mut waiting);
        while let Some((node, covered)) = waiting.pop() {
            answer.work.nodes_visited += 1;
            let block = match node {
                RTreeNode::Parent(parent) => {
                    let first_row = parent.envelope().first_row.max(search.from_row.0);
                    if selection.may_hold(first_row, parent.envelope().end_row) {
                        queue(parent.children(), covered, &mut waiting);
                    }
                    continue;
                }
                RTreeNode::Leaf(block) => &block.0,
            };
            let accepted = accepted_in(selection, block);
            if accepted == 0 {
                continue;
            }
            for row in (block.first_row.max(search.from_row.0)..block.end_row).map(Row) {
                let is_accepted = accepted >> (row.0 - block.first_row) & 1 == 1;
                let Some(entry) = self.entry(row) else { continue };
                answer.work.atms_tested += 1;
                if is_accepted
                    && (covered == Coverage::All || search.area.contains(entry.position))
                    && !selection.leaves_out(row.0)
                    && selection.accepts_late(row.0)
                    && admit(row)
                {
                    if answer.rows.len() == search.limit {
                        answer.next_row = Some(row);
                        return answer;
                    }
                    answer.rows.push(row);
                }
            }
        }
        answer
    }

    /// Hands `visit` every accepted row in a box in space, with its point.
    ///
    /// # Cost
    ///
    /// Proportional to the rows in the box and the blocks along its sides.
    pub fn each_in_space(
        &self,
        space: &SpaceBox,
        selection: &Selection<'_>,
        mut visit: impl FnMut(Row, Ecef),
    ) -> Work {
        let mut work = Work::default();
        if selection.plan() == Plan::Nothing {
            return work;
        }
        let (least, greatest) = (space.least, space.greatest);
        let sides = outward_box(
            [least.x_m, least.y_m, least.z_m],
            [greatest.x_m, greatest.y_m, greatest.z_m],
        );
        let may_match = |envelope: &Envelope| {
            envelope.space.intersects(&sides) && selection.may_match(envelope)
        };
        let mut waiting: Vec<&RTreeNode<Block>> =
            matching(self.tree.root().children(), may_match).collect();
        work.nodes_visited += 1;
        while let Some(node) = waiting.pop() {
            work.nodes_visited += 1;
            let block = match node {
                RTreeNode::Parent(parent) => {
                    let envelope = parent.envelope();
                    if selection.may_hold(envelope.first_row, envelope.end_row) {
                        waiting.extend(matching(parent.children(), may_match));
                    }
                    continue;
                }
                RTreeNode::Leaf(block) => &block.0,
            };
            let accepted = accepted_in(selection, block);
            for row in block.first_row..block.end_row {
                if accepted >> (row - block.first_row) & 1 == 0 {
                    continue;
                }
                let Some(point) = self.point(row) else { continue };
                work.atms_tested += 1;
                if space.contains(point)
                    && !selection.leaves_out(row)
                    && selection.accepts_late(row)
                {
                    visit(Row(row), point);
                }
            }
        }
        work
    }
}

/// Which rows of a block are accepted, the first in the lowest bit.
fn accepted_in(selection: &Selection<'_>, block: &Envelope) -> u64 {
    if selection.plan() == Plan::Walk { !0 } else { selection.accepted_from(block.first_row) }
}

/// How much of a node lies in an area, given how much of the node above does; `None` when nothing.
/// Of a box that is not asked: a look at a row costs no more than the question.
fn coverage(area: &Area, above: Coverage, node: &RTreeNode<Block>) -> Option<Coverage> {
    let Area::Region(region) = area else { return Some(Coverage::Some) };
    if above == Coverage::All {
        return Some(Coverage::All);
    }
    let degrees = degrees_of(&envelope_of(node).space);
    let covered = region.coverage(degrees.west, degrees.south, degrees.east, degrees.north);
    (covered != Coverage::None).then_some(covered)
}

fn envelope_of(node: &RTreeNode<Block>) -> Envelope {
    match node {
        RTreeNode::Parent(parent) => parent.envelope(),
        RTreeNode::Leaf(block) => block.0.clone(),
    }
}

/// Edges in degrees; east is not west of west, and may run on beyond 180°.
struct Degrees {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

/// Degrees around the part of the surface in a box in space, a little wider.
fn degrees_of(space: &AABB<[f32; 3]>) -> Degrees {
    /// A tenth of a millimetre: far more than rounding, far less than the box was rounded by.
    const MARGIN_DEG: f64 = 1e-9;
    let (lower, upper) = (space.lower().map(f64::from), space.upper().map(f64::from));
    let latitude_deg = |z_m: f64| {
        let reduced = (z_m / WGS84_POLAR_RADIUS_M).clamp(-1.0, 1.0).asin();
        let stretched = WGS84_EQUATORIAL_RADIUS_M / WGS84_POLAR_RADIUS_M * reduced.tan();
        stretched.atan().to_degrees()
    };
    let (south, north) = (latitude_deg(lower[2]), latitude_deg(upper[2]));
    let holds_axis = lower[0] <= 0.0 && upper[0] >= 0.0 && lower[1] <= 0.0 && upper[1] >= 0.0;
    let (west, east) = if holds_axis {
        (-180.0, 180.0)
    } else {
        // Seen from the axis the box takes less than half a turn around its middle.
        let middle = (0.5 * (lower[1] + upper[1])).atan2(0.5 * (lower[0] + upper[0])).to_degrees();
        let corners = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(x, y)| {
            let pick = |side: usize, axis: usize| if side == 0 { lower[axis] } else { upper[axis] };
            let off = pick(y, 1).atan2(pick(x, 0)).to_degrees() - middle;
            if off > 180.0 {
                off - 360.0
            } else if off < -180.0 {
                off + 360.0
            } else {
                off
            }
        });
        let west = corners.into_iter().fold(0.0, f64::min);
        let east = corners.into_iter().fold(0.0, f64::max);
        (middle + west, middle + east)
    };
    Degrees {
        west: west - MARGIN_DEG,
        south: south - MARGIN_DEG,
        east: east + MARGIN_DEG,
        north: north + MARGIN_DEG,
    }
}

fn matching(
    children: &[RTreeNode<Block>],
    may_match: impl Fn(&Envelope) -> bool,
) -> impl Iterator<Item = &RTreeNode<Block>> {
    children.iter().filter(move |node| match node {
        RTreeNode::Parent(parent) => may_match(&parent.envelope()),
        RTreeNode::Leaf(block) => may_match(&block.0),
    })
}

fn first_row(node: &RTreeNode<Block>) -> u32 {
    match node {
        RTreeNode::Parent(parent) => parent.envelope().first_row,
        RTreeNode::Leaf(block) => block.0.first_row,
    }
}

/// A box in space around the part of the surface that `bbox` covers, a metre wider.
fn space_of(bbox: &BoundingBox) -> AABB<[f32; 3]> {
    const MARGIN_M: f64 = 1.0;
    let (south_axis_m, south_z_m) = Ecef::meridian_m(bbox.south_deg());
    let (north_axis_m, north_z_m) = Ecef::meridian_m(bbox.north_deg());
    let spans_equator = bbox.south_deg() <= 0.0 && bbox.north_deg() >= 0.0;
    let greatest_axis_m =
        if spans_equator { Ecef::meridian_m(0.0).0 } else { south_axis_m.max(north_axis_m) };
    let least_axis_m = south_axis_m.min(north_axis_m);
    // The eastern edge as the next one east of the western edge, so that the range has no seam.
    let west_deg = bbox.west_deg();
    let east_deg = bbox.east_deg() + if bbox.crosses_antimeridian() { 360.0 } else { 0.0 };
    // Extremes of the cosine over the range, `turned_deg` east of where it stands: at the edges,
    // or ±1 where a multiple of 180° lies between.
    let extremes = |turned_deg: f64| {
        let (west_deg, east_deg) = (west_deg - turned_deg, east_deg - turned_deg);
        let (west, east) = (west_deg.to_radians().cos(), east_deg.to_radians().cos());
        let spans = |deg: f64| (west_deg..=east_deg).contains(&deg);
        let least =
            if [-180.0, 180.0, 540.0].into_iter().any(spans) { -1.0 } else { west.min(east) };
        let greatest =
            if [-360.0, 0.0, 360.0].into_iter().any(spans) { 1.0 } else { west.max(east) };
        (least, greatest)
    };
    let side = |(least, greatest): (f64, f64)| {
        let product = |cosine: f64| [cosine * least_axis_m, cosine * greatest_axis_m];
        let [low, high] = [product(least), product(greatest)];
        (low[0].min(low[1]) - MARGIN_M, high[0].max(high[1]) + MARGIN_M)
    };
    let (x, y) = (side(extremes(0.0)), side(extremes(90.0)));
    outward_box([x.0, y.0, south_z_m - MARGIN_M], [x.1, y.1, north_z_m + MARGIN_M])
}
