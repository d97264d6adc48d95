//! One bounded walk over the tree: the nearest rows beyond those already handed out, and every row
//! that may compete with them.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

use rstar::RTreeNode;

use super::envelope::{Block, Envelope};
use super::mask::Requirement;
use super::measure::{Measured, Ruler};
use super::overlay::Live;
use super::{BLOCK_ROWS, Entry, Index, NearestSearch};
use crate::domain::{
    Row, Work, chord2_at_most_m2, distance_at_least_m, distance_at_most_m, distance2_at_most_m2,
};

/// Rows beyond reach are farther than the last settled row by this much, or more: room for the
/// errors of both estimates and for rounding, so that rings never overlap.
const MARGIN_M: f64 = 2e-3;

/// From this chord on, chords are too loose a bound on distances to choose nodes by them alone;
/// the fastest of 1,000, 2,000 and 4,000 km, up to which [`distance2_at_most_m2`] holds.
const FAR_M2: f64 = 4e6 * 4e6;

/// Walks the tree in rings around one origin.
pub(super) struct Seeker<'a, A> {
    index: &'a Index,
    pub(super) ruler: Ruler<'a>,
    /// `None` when every mask is accepted, which spares looking at masks.
    requirement: Option<&'a Requirement>,
    /// `None` when no row has a status.
    live: Option<Live<'a>>,
    admit: A,
    /// Rows of earlier rings.
    known: HashSet<u32>,
    /// How far the maximum distance lets the search look.
    ceiling: Reach,
    pub(super) work: Work,
}

impl<'a, A: FnMut(Row) -> bool> Seeker<'a, A> {
    pub(super) fn new(
        index: &'a Index,
        search: &NearestSearch<'a>,
        live: Option<Live<'a>>,
        admit: A,
    ) -> Self {
        Self {
            index,
            ruler: Ruler::new(index, search),
            requirement: Some(search.requirement).filter(|some| !some.accepts_everything()),
            live,
            admit,
            known: HashSet::new(),
            ceiling: search
                .max_distance
                .map_or(Reach::EVERYWHERE, |most| Reach::of(most.get().powi(2))),
            work: Work::default(),
        }
    }

    /// Adds to `found` the `wanted` nearest of the rows not known yet, if there are so many, and
    /// every row that may be as near as one of those.
    ///
    /// Returns the distance in metres up to which nothing is missing, or `None` when no matching
    /// row is left outside.
    pub(super) fn ring(&mut self, wanted: usize, found: &mut Vec<Measured>) -> Option<f64> {
        let index = self.index;
        let mut catch = Catch::new(wanted, self.ceiling);
        // Straight down to the nearest block first: after it, little of what was passed by is
        // within reach still, and only that is worth a place in the queue.
        let mut passed: Vec<Waiting<'a>> = Vec::with_capacity(64);
        let mut nearest = self.descend(index.tree.root().children(), &mut passed);
        while let Some(RTreeNode::Parent(parent)) = nearest {
            nearest = self.descend(parent.children(), &mut passed);
        }
        if let Some(RTreeNode::Leaf(block)) = nearest {
            self.scan(&block.0, &mut catch);
        }
        passed.retain(|waiting| waiting.bound_m2 <= catch.reach.chord2_m2);
        let mut queue = BinaryHeap::from(passed);
        while let Some(mut next) = queue.pop() {
            if next.bound_m2 > catch.reach.distance2_m2 {
                break;
            }
            if !next.refined && next.bound_m2 > catch.reach.chord2_m2 {
                continue;
            }
            if !next.refined && next.bound_m2 > FAR_M2 {
                self.refine(&mut next);
                queue.push(next);
                continue;
            }
            match next.node {
                RTreeNode::Parent(parent) => {
                    self.work.nodes_visited += 1;
                    queue.extend(self.within(parent.children(), catch.reach.chord2_m2));
                }
                RTreeNode::Leaf(block) => self.scan(&block.0, &mut catch),
            }
        }
        found.reserve(wanted.min(catch.rows.len()) + BLOCK_ROWS);
        for seen in &catch.rows {
            if seen.chord2_m2 <= catch.reach.chord2_m2 {
                found.extend(seen.measured.or_else(|| self.ruler.measure(seen.row)));
            }
        }
        Some(catch.settled_m2()?.sqrt() + 0.5 * MARGIN_M)
    }

    /// Keeps rows out of the rings to come.
    pub(super) fn remember(&mut self, rows: &[Measured]) {
        self.known.extend(rows.iter().map(|measured| measured.row));
    }

    /// Raises the bound of a node by the triangle of the origin, a row in the middle of the node,
    /// and any row of it.
    fn refine(&mut self, waiting: &mut Waiting<'_>) {
        waiting.refined = true;
        let envelope = match waiting.node {
            RTreeNode::Parent(parent) => parent.envelope(),
            RTreeNode::Leaf(block) => block.0.clone(),
        };
        let middle = envelope.first_row + (envelope.end_row - envelope.first_row) / 2;
        let Some(point) = self.index.point(middle) else { return };
        let radius_m = distance_at_most_m(envelope.farthest_chord2_m2(point).sqrt());
        let least_m = distance_at_least_m(self.ruler.point, point) - radius_m;
        if least_m > 0.0 && least_m * least_m > waiting.bound_m2 {
            waiting.bound_m2 = least_m * least_m;
        }
    }

    /// Puts the children that may match beside `passed`, all but the nearest, which it returns.
    fn descend(
        &mut self,
        children: &'a [RTreeNode<Block>],
        passed: &mut Vec<Waiting<'a>>,
    ) -> Option<&'a RTreeNode<Block>> {
        self.work.nodes_visited += 1;
        let mut candidates = self.within(children, self.ceiling.chord2_m2);
        let mut nearest = candidates.next()?;
        for mut other in candidates {
            if other.bound_m2 < nearest.bound_m2 {
                std::mem::swap(&mut nearest, &mut other);
            }
            passed.push(other);
        }
        Some(nearest.node)
    }

    /// The children within reach of a chord below which a row may match.
    #[inline]
    fn within(
        &self,
        children: &'a [RTreeNode<Block>],
        reach_m2: f64,
    ) -> impl Iterator<Item = Waiting<'a>> {
        let (origin, requirement, live) = (self.ruler.point, self.requirement, self.live);
        let bound = move |envelope: &Envelope| {
            let chord2_m2 = envelope.chord2_m2(origin);
            (chord2_m2 <= reach_m2 && accepts(requirement, live, envelope)).then_some(chord2_m2)
        };
        children.iter().filter_map(move |node| {
            let chord2_m2 = match node {
                RTreeNode::Parent(parent) => bound(&parent.envelope()),
                RTreeNode::Leaf(block) => bound(&block.0),
            };
            chord2_m2.map(|bound_m2| Waiting { bound_m2, refined: false, node })
        })
    }

    /// Looks at every row of a block.
    fn scan(&mut self, block: &Envelope, catch: &mut Catch) {
        self.work.nodes_visited += 1;
        let Some(points) = self.index.points.get(block.first_row as usize / BLOCK_ROWS) else {
            return;
        };
        let chords2_m2 = points.chords2_m2(self.ruler.point);
        for (row, chord2_m2) in (block.first_row..block.end_row).zip(chords2_m2) {
            self.work.atms_tested += 1;
            if chord2_m2 > catch.reach.chord2_m2 || self.known.contains(&row) {
                continue;
            }
            let is_far = chord2_m2 > FAR_M2;
            if (is_far && self.is_beyond(row, catch.reach)) || !self.admits(row) {
                continue;
            }
            if !is_far {
                let measured = None;
                catch.keep(Seen { row, chord2_m2, measured }, distance2_at_most_m2(chord2_m2));
            } else if let Some(measured) = self.ruler.measure(row) {
                let most_m = measured.distance.get() + MARGIN_M;
                catch.keep(Seen { row, chord2_m2, measured: Some(measured) }, most_m * most_m);
            }
        }
    }

    /// Whether a far row is certainly beyond reach, for less than it costs to measure it.
    fn is_beyond(&self, row: u32, reach: Reach) -> bool {
        self.index.point(row).is_some_and(|point| {
            distance_at_least_m(self.ruler.point, point).powi(2) > reach.distance2_m2
        })
    }

    fn admits(&mut self, row: u32) -> bool {
        let accepted = (self.requirement.is_none() && self.live.is_none()) || {
            let entry = self.index.entries.get(row as usize);
            let stated = |entry: &Entry| match self.live {
                None => Some(entry.mask),
                Some(live) => live.mask(Row(row), entry.mask),
            };
            entry.and_then(stated).is_some_and(|mask| {
                self.requirement.is_none_or(|requirement| requirement.may_match(mask.into()))
            })
        };
        accepted && (self.admit)(Row(row))
    }
}

/// Whether a row below may match: by what the data says, or by what a live status does.
pub(super) fn accepts(
    requirement: Option<&Requirement>,
    live: Option<Live<'_>>,
    envelope: &Envelope,
) -> bool {
    let Some(requirement) = requirement else { return true };
    if requirement.may_match(envelope.states) {
        return true;
    }
    // What no status anywhere can change is not asked of the statuses below.
    live.is_some_and(|live| {
        requirement.may_match(envelope.states.union(live.states()))
            && requirement.may_match(
                envelope.states.union(live.states_of(envelope.first_row, envelope.end_row)),
            )
    })
}

/// How far it makes sense to look, in the two measures nodes and rows are bounded by.
#[derive(Clone, Copy)]
struct Reach {
    /// What has a longer chord is farther than the distance.
    chord2_m2: f64,
    distance2_m2: f64,
}

impl Reach {
    const EVERYWHERE: Self = Self { chord2_m2: f64::MAX, distance2_m2: f64::MAX };

    /// Everything within the square of a distance, and [`MARGIN_M`] beyond it.
    fn of(distance2_m2: f64) -> Self {
        // (d + m)² = d² + 2dm + m², and 2dm is at most d²s + m²/s whatever s.
        const SHARE: f64 = 1e-6;
        let distance2_m2 = distance2_m2 * (1.0 + SHARE) + MARGIN_M * MARGIN_M * (1.0 + 1.0 / SHARE);
        Self { chord2_m2: chord2_at_most_m2(distance2_m2), distance2_m2 }
    }
}

/// A matching row within reach. Only far rows are measured when they are seen: of near rows the
/// chord says enough, and most of them turn out not to be needed.
struct Seen {
    row: u32,
    chord2_m2: f64,
    measured: Option<Measured>,
}

/// The rows kept so far and how far it still makes sense to look.
struct Catch {
    rows: Vec<Seen>,
    wanted: usize,
    /// The squares of the least `wanted` distances, or what these are at most; the greatest on top.
    /// Bits of numbers that are not negative order as the numbers do.
    nearest_m2: BinaryHeap<u64>,
    reach: Reach,
}

impl Catch {
    fn new(wanted: usize, ceiling: Reach) -> Self {
        // Whoever wants very many rows may find few: what is not needed is not reserved.
        let likely = wanted.min(256);
        Self {
            rows: Vec::with_capacity(2 * likely + BLOCK_ROWS),
            wanted,
            nearest_m2: BinaryHeap::with_capacity(likely),
            reach: ceiling,
        }
    }

    /// Keeps a row whose distance squared is at most `distance2_m2`.
    fn keep(&mut self, seen: Seen, distance2_m2: f64) {
        self.rows.push(seen);
        let bits = distance2_m2.to_bits();
        if self.nearest_m2.len() < self.wanted {
            self.nearest_m2.push(bits);
        } else if let Some(mut farthest) = self.nearest_m2.peek_mut()
            && bits < *farthest
        {
            *farthest = bits;
        } else {
            return;
        }
        if let Some(settled_m2) = self.settled_m2() {
            self.reach = Reach::of(settled_m2);
        }
    }

    /// The square of what the last of the wanted rows is at most away, once there are so many.
    fn settled_m2(&self) -> Option<f64> {
        let farthest = self.nearest_m2.peek().filter(|_| self.nearest_m2.len() == self.wanted)?;
        Some(f64::from_bits(*farthest))
    }
}

/// A node in the queue, the nearest first.
struct Waiting<'a> {
    /// Square of a length that no row below is nearer than: a chord, or when refined a distance
    /// over the ground.
    bound_m2: f64,
    refined: bool,
    node: &'a RTreeNode<Block>,
}

impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        // The bits of numbers that are not negative order as the numbers do.
        other.bound_m2.to_bits().cmp(&self.bound_m2.to_bits())
    }
}

impl PartialOrd for Waiting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting<'_> {}
