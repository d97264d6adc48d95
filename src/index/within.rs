//! The rows within a box of latitudes and longitudes.

use std::cmp::Reverse;

use rstar::{AABB, Envelope as _, RTreeNode};

use super::Index;
use super::envelope::{Block, Envelope, outward_box};
use super::select::Selection;
use crate::domain::{BoundingBox, Ecef, Plan, Row, WithinAnswer};

/// A question for the rows within a box.
#[derive(Clone, Copy, Debug)]
pub struct WithinSearch<'a> {
    /// The box, edges included.
    pub bbox: BoundingBox,
    /// Which rows are accepted.
    pub selection: &'a Selection<'a>,
    /// The first row that may be in the answer: 0, or what the page before gave as next.
    pub from_row: Row,
    /// How many rows the answer may hold.
    pub limit: usize,
}

impl Index {
    /// The matching rows within a box, in the order of rows, at most `limit` of them from
    /// `from_row` on; `next_row` is the first matching row left out.
    ///
    /// Exact: a row is in the answer when [`BoundingBox::contains`] its position. `admit` has the
    /// last word on accepted rows in the box.
    ///
    /// # Cost
    ///
    /// Proportional to the rows of the page and, for a box cut out of a dense region, to the
    /// blocks along its edges; pages already seen cost nothing.
    pub fn within(
        &self,
        search: &WithinSearch<'_>,
        mut admit: impl FnMut(Row) -> bool,
    ) -> WithinAnswer {
        let mut answer = WithinAnswer::default();
        let space = space_of(&search.bbox);
        let selection = search.selection;
        let filtered = selection.plan() != Plan::Walk;
        answer.plan = selection.plan();
        if answer.plan == Plan::Nothing {
            return answer;
        }
        let may_match = |envelope: &Envelope| {
            envelope.end_row > search.from_row.0
                && envelope.space.intersects(&space)
                && selection.may_match(envelope)
        };
        let mut waiting: Vec<&RTreeNode<Block>> = Vec::new();
        let queue = |children, waiting: &mut Vec<_>| {
            let before = waiting.len();
            waiting.extend(matching(children, may_match));
            if let Some(added) = waiting.get_mut(before..) {
                added.sort_unstable_by_key(|node| Reverse(first_row(node)));
            }
        };
        answer.work.nodes_visited += 1;
        queue(self.tree.root().children(), &mut waiting);
        while let Some(node) = waiting.pop() {
            answer.work.nodes_visited += 1;
            let block = match node {
                RTreeNode::Parent(parent) => {
                    let first_row = parent.envelope().first_row.max(search.from_row.0);
                    if selection.may_hold(first_row, parent.envelope().end_row) {
                        queue(parent.children(), &mut waiting);
                    }
                    continue;
                }
                RTreeNode::Leaf(block) => &block.0,
            };
            let mut accepted = !0;
            if filtered {
                accepted = selection.accepted_from(block.first_row);
                if accepted == 0 {
                    continue;
                }
            }
            for row in (block.first_row.max(search.from_row.0)..block.end_row).map(Row) {
                let is_accepted = accepted >> (row.0 - block.first_row) & 1 == 1;
                let Some(entry) = self.entry(row) else { continue };
                answer.work.atms_tested += 1;
                if is_accepted
                    && search.bbox.contains(entry.position)
                    && !selection.leaves_out(row.0)
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
