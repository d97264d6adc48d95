//! The edges of a region on the plane of degrees, found by where they lie.
//!
//! Predicates are exact: `geo`'s adaptive orientation test decides on which side of an edge a point
//! lies.

use geo::algorithm::kernels::{Kernel, Orientation, RobustKernel};
use geo::{Coord, Intersects, Line, Rect};
use rstar::{AABB, RTree, RTreeObject};

/// How much of a rectangle lies in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Nothing.
    None,
    /// Something, perhaps everything.
    Some,
    /// Everything.
    All,
}

/// A directed edge; x is degrees east, y degrees north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) from: Coord,
    pub(super) to: Coord,
}

impl RTreeObject for Edge {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners([self.from.x, self.from.y], [self.to.x, self.to.y])
    }
}

impl Edge {
    /// On which side of the edge a point lies.
    fn side_of(&self, point: Coord) -> Orientation {
        <RobustKernel as Kernel<f64>>::orient2d(self.from, self.to, point)
    }

    /// Whether both edges cut through each other's interior. Touching is no crossing.
    pub(super) fn crosses(&self, other: &Self) -> bool {
        let parts = |edge: &Self, one: &Self| {
            let sides = (edge.side_of(one.from), edge.side_of(one.to));
            matches!(
                sides,
                (Orientation::Clockwise, Orientation::CounterClockwise)
                    | (Orientation::CounterClockwise, Orientation::Clockwise)
            )
        };
        parts(self, other) && parts(other, self)
    }
}

/// Edges in a tree.
#[derive(Clone, Debug)]
pub(super) struct Edges(RTree<Edge>);

impl Edges {
    pub(super) fn new(edges: Vec<Edge>) -> Self {
        Self(RTree::bulk_load(edges))
    }

    /// Whether a point is on an edge or encircled by edges, which run counterclockwise around what
    /// is inside: the sum of turns of all of them around it is positive.
    ///
    /// Takes time in proportion to the edges east of the point at its height, and the logarithm of
    /// all.
    pub(super) fn encircle(&self, point: Coord) -> bool {
        let eastward = AABB::from_corners([point.x, point.y], [f64::MAX, point.y]);
        let mut turns = 0;
        for edge in self.0.locate_in_envelope_intersecting(eastward) {
            let side = edge.side_of(point);
            let (from, to) = (edge.from, edge.to);
            let spans =
                |one: f64, other: f64, at: f64| at >= one.min(other) && at <= one.max(other);
            if side == Orientation::Collinear
                && spans(from.x, to.x, point.x)
                && spans(from.y, to.y, point.y)
            {
                return true;
            }
            if from.y <= point.y && to.y > point.y {
                turns += i32::from(side == Orientation::CounterClockwise);
            } else if from.y > point.y && to.y <= point.y {
                turns -= i32::from(side == Orientation::Clockwise);
            }
        }
        turns > 0
    }

    /// How much of a rectangle they encircle.
    pub(super) fn coverage(&self, rect: Rect) -> Coverage {
        let (least, greatest) = (rect.min(), rect.max());
        let envelope = AABB::from_corners([least.x, least.y], [greatest.x, greatest.y]);
        let mut near = self.0.locate_in_envelope_intersecting(envelope);
        if near.any(|edge| rect.intersects(&Line::new(edge.from, edge.to))) {
            return Coverage::Some;
        }
        // No edge comes near, so that every point of it is as its corner is.
        if self.encircle(least) { Coverage::All } else { Coverage::None }
    }

    /// Whether any two edges cross.
    pub(super) fn any_cross(&self) -> bool {
        self.0.iter().any(|edge| {
            let mut near = self.0.locate_in_envelope_intersecting(edge.envelope());
            near.any(|other| edge.crosses(other))
        })
    }
}
