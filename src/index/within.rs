//! The rows within an area of the surface, or a box in space.

use super::Index;
use super::select::Selection;
use super::tree::{Node, Sides};
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
        let is_ahead = |&node: &Node| self.tree.run(node).1 > search.from_row.0;
        let root = self.tree.root().filter(is_ahead);
        let mut waiting: Vec<(Node, Coverage)> =
            root.into_iter().map(|root| (root, Coverage::Some)).collect();
        while let Some((node, covered)) = waiting.pop() {
            answer.work.nodes_visited += 1;
            let (first_row, end_row) = self.tree.run(node);
            if !node.is_block() {
                if selection.may_hold(first_row.max(search.from_row.0), end_row) {
                    let before = waiting.len();
                    waiting.extend(self.matching(node, &space, selection).filter_map(|child| {
                        let covered = self.coverage(search.area, covered, child)?;
                        is_ahead(&child).then_some((child, covered))
                    }));
                    // What comes last is looked at first.
                    waiting.get_mut(before..).unwrap_or_default().reverse();
                }
                continue;
            }
            let accepted = accepted_in(selection, first_row);
            if accepted == 0 {
                continue;
            }
            for row in (first_row.max(search.from_row.0)..end_row).map(Row) {
                let is_accepted = accepted >> (row.0 - first_row) & 1 == 1;
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
        let sides = Sides::around(
            [least.x_m, least.y_m, least.z_m],
            [greatest.x_m, greatest.y_m, greatest.z_m],
        );
        let mut waiting: Vec<Node> = self.tree.root().into_iter().collect();
        while let Some(node) = waiting.pop() {
            work.nodes_visited += 1;
            let (first_row, end_row) = self.tree.run(node);
            if !node.is_block() {
                if selection.may_hold(first_row, end_row) {
                    waiting.extend(self.matching(node, &sides, selection));
                }
                continue;
            }
            let accepted = accepted_in(selection, first_row);
            for row in first_row..end_row {
                if accepted >> (row - first_row) & 1 == 0 {
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

    /// The children of a node that share something with a box and may hold an accepted row.
    fn matching(
        &self,
        node: Node,
        space: &Sides,
        selection: &Selection<'_>,
    ) -> impl Iterator<Item = Node> {
        let (boxes, states) = (self.tree.boxes(node), self.tree.states(node));
        self.tree.children(node).filter_map(move |(lane, child)| {
            let states = states?.get(lane)?;
            let may_match = boxes?.sides(lane).intersects(space)
                && selection.may_match(*states, || self.tree.run(child));
            may_match.then_some(child)
        })
    }

    /// How much of a node lies in an area, given how much of the node above does; `None` when
    /// nothing. Of a box that is not asked: a look at a row costs no more than the question.
    fn coverage(&self, area: &Area, above: Coverage, node: Node) -> Option<Coverage> {
        let Area::Region(region) = area else { return Some(Coverage::Some) };
        if above == Coverage::All {
            return Some(Coverage::All);
        }
        let degrees = degrees_of(&self.tree.sides(node)?);
        let covered = region.coverage(degrees.west, degrees.south, degrees.east, degrees.north);
        (covered != Coverage::None).then_some(covered)
    }
}

/// Which rows of a block are accepted, the first in the lowest bit.
fn accepted_in(selection: &Selection<'_>, first_row: u32) -> u64 {
    if selection.plan() == Plan::Walk { !0 } else { selection.accepted_from(first_row) }
}

/// Edges in degrees; east is not west of west, and may run on beyond 180°.
struct Degrees {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

/// Degrees around the part of the surface in a box in space, a little wider.
fn degrees_of(space: &Sides) -> Degrees {
    /// A tenth of a millimetre: far more than rounding, far less than the box was rounded by.
    const MARGIN_DEG: f64 = 1e-9;
    let (lower, upper) = (space.lower.map(f64::from), space.upper.map(f64::from));
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

/// A box in space around the part of the surface that `bbox` covers, a metre wider.
fn space_of(bbox: &BoundingBox) -> Sides {
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
    Sides::around([x.0, y.0, south_z_m - MARGIN_M], [x.1, y.1, north_z_m + MARGIN_M])
}
