//! The rows within a box of latitudes and longitudes.

use std::cmp::Reverse;

use rstar::{AABB, Envelope as _, RTreeNode};

use super::Index;
use super::envelope::{Block, Envelope, outward_box};
use super::mask::{Mask, Requirement};
use super::overlay::Live;
use super::ring::accepts;
use crate::domain::{BoundingBox, Ecef, Row, WithinAnswer};

/// A question for the rows within a box.
#[derive(Clone, Copy, Debug)]
pub struct WithinSearch<'a> {
    /// The box, edges included.
    pub bbox: BoundingBox,
    /// Which masks are accepted.
    pub requirement: &'a Requirement,
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
    /// last word on rows in the box whose mask is accepted.
    ///
    /// # Cost
    ///
    /// Proportional to the rows of the page and, for a box cut out of a dense region, to the
    /// blocks along its edges; pages already seen cost nothing.
    pub fn within(
        &self,
        search: &WithinSearch<'_>,
        admit: impl FnMut(Row) -> bool,
    ) -> WithinAnswer {
        self.within_live(search, None, admit)
    }

    /// The same among rows as their live statuses amend them, as
    /// [`nearest_live`](Self::nearest_live) does it.
    pub fn within_live(
        &self,
        search: &WithinSearch<'_>,
        live: Option<Live<'_>>,
        mut admit: impl FnMut(Row) -> bool,
    ) -> WithinAnswer {
        let mut answer = WithinAnswer::default();
        let space = space_of(&search.bbox);
        let requirement = Some(search.requirement).filter(|some| !some.accepts_everything());
        let may_match = |envelope: &Envelope| {
            envelope.end_row > search.from_row.0
                && envelope.space.intersects(&space)
                && accepts(requirement, live, envelope)
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
                    queue(parent.children(), &mut waiting);
                    continue;
                }
                RTreeNode::Leaf(block) => &block.0,
            };
            for row in (block.first_row.max(search.from_row.0)..block.end_row).map(Row) {
                let Some(entry) = self.entry(row) else { continue };
                answer.work.atms_tested += 1;
                let stated = || match live {
                    None => Some(entry.mask),
                    Some(live) => live.mask(row, entry.mask),
                };
                let matches = |mask: Mask| {
                    requirement.is_none_or(|requirement| requirement.may_match(mask.into()))
                };
                if search.bbox.contains(entry.position)
                    && stated().is_some_and(matches)
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
