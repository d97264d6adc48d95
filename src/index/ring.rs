//! One bounded walk over the tree: the nearest rows beyond those already handed out, and every row
//! that may compete with them.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

use rstar::RTreeNode;

use super::envelope::{Block, Envelope};
use super::measure::{Measured, Ruler};
use super::select::{Selection, WORD_ROWS};
use super::{BLOCK_ROWS, Index, NearestSearch};
use crate::domain::{
    Plan, Row, Work, chord2_at_most_m2, distance_at_least_m, distance_at_most_m,
    distance2_at_most_m2,
};

const _: () = assert!(WORD_ROWS.is_multiple_of(BLOCK_ROWS), "a block lies in one word");

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
    selection: &'a Selection<'a>,
    /// Whether masks are asked for anything; not to ask spares looking at them.
    asks_masks: bool,
    admit: A,
    /// Rows of earlier rings.
    known: HashSet<u32>,
    /// How far the maximum distance lets the search look.
    ceiling: Reach,
    pub(super) work: Work,
}

impl<'a, A: FnMut(Row) -> bool> Seeker<'a, A> {
    pub(super) fn new(index: &'a Index, search: &NearestSearch<'a>, admit: A) -> Self {
        Self {
            index,
            ruler: Ruler::new(index, search),
            selection: search.selection,
            asks_masks: search.selection.asks_masks(),
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
        let mut catch = Catch::new(wanted, self.ceiling);
        match self.selection.plan() {
            Plan::Nothing => {}
            Plan::Scan => self.go_through(&mut catch),
            Plan::Walk | Plan::MaskedWalk | Plan::CheckedWalk => self.walk(&mut catch),
        }
        found.reserve(wanted.min(catch.rows.len()) + BLOCK_ROWS);
        for seen in &catch.rows {
            if seen.chord2_m2 <= catch.reach.chord2_m2 {
                found.extend(seen.measured.or_else(|| self.ruler.measure(seen.row)));
            }
        }
        Some(catch.settled_m2()?.sqrt() + 0.5 * MARGIN_M)
    }

    /// Looks at every accepted row, those with the shortest chords first, so that of the others
    /// most are known to be out of reach.
    fn go_through(&mut self, catch: &mut Catch) {
        let rows = self.selection.listed();
        let chords = rows
            .into_iter()
            .filter_map(|row| Some((self.index.point(row)?.chord2_m2(self.ruler.point), row)));
        let mut chords: Vec<(f64, u32)> = chords.collect();
        self.work.atms_tested += u32::try_from(chords.len()).unwrap_or(u32::MAX);
        if let Some(last) = catch.wanted.checked_sub(1).filter(|&last| last < chords.len()) {
            chords.select_nth_unstable_by(last, |one, other| one.0.total_cmp(&other.0));
        }
        for (chord2_m2, row) in chords {
            if chord2_m2 <= catch.reach.chord2_m2 && !self.known.contains(&row) {
                self.consider(row, chord2_m2, catch);
            }
        }
    }

    fn walk(&mut self, catch: &mut Catch) {
        let index = self.index;
        // Straight down to the nearest block first: after it, little of what was passed by is
        // within reach still, and only that is worth a place in the queue.
        let mut passed: Vec<Waiting<'a>> = Vec::with_capacity(64);
        let mut nearest = self.descend(index.tree.root().children(), &mut passed);
        while let Some(RTreeNode::Parent(parent)) = nearest {
            nearest = self.descend(parent.children(), &mut passed);
        }
        if let Some(RTreeNode::Leaf(block)) = nearest {
            self.scan(&block.0, catch);
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
                    if self.may_hold(next.node) {
                        queue.extend(self.within(parent.children(), catch.reach.chord2_m2));
                    }
                }
                RTreeNode::Leaf(block) => self.scan(&block.0, catch),
            }
        }
    }

    /// Whether a row below a node may be accepted, as far as masks do not say.
    #[inline]
    fn may_hold(&self, node: &RTreeNode<Block>) -> bool {
        let (first_row, end_row) = match node {
            RTreeNode::Parent(parent) => (parent.envelope().first_row, parent.envelope().end_row),
            RTreeNode::Leaf(block) => (block.0.first_row, block.0.end_row),
        };
        self.selection.may_hold(first_row, end_row)
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

    /// Puts the children that may match into `passed`, all but the nearest, which it returns.
    fn descend(
        &mut self,
        children: &'a [RTreeNode<Block>],
        passed: &mut Vec<Waiting<'a>>,
    ) -> Option<&'a RTreeNode<Block>> {
        self.work.nodes_visited += 1;
        let before = passed.len();
        passed.extend(self.within(children, self.ceiling.chord2_m2));
        loop {
            let candidates = passed.iter().enumerate().skip(before);
            let (place, _) = candidates.max_by(|one, other| one.1.cmp(other.1))?;
            let nearest = passed.swap_remove(place).node;
            if self.may_hold(nearest) {
                return Some(nearest);
            }
            self.work.nodes_visited += 1;
        }
    }

    /// The children within reach of a chord below which a row may match.
    #[inline]
    fn within(
        &self,
        children: &'a [RTreeNode<Block>],
        reach_m2: f64,
    ) -> impl Iterator<Item = Waiting<'a>> {
        let (origin, selection, asks_masks) = (self.ruler.point, self.selection, self.asks_masks);
        let bound = move |envelope: &Envelope| {
            let chord2_m2 = envelope.chord2_m2(origin);
            let is_within = chord2_m2 <= reach_m2 && (!asks_masks || selection.may_match(envelope));
            is_within.then_some(chord2_m2)
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
        let mut accepted = !0;
        if self.selection.plan() == Plan::CheckedWalk {
            accepted = self.selection.accepted_from(block.first_row);
            if accepted == 0 {
                return;
            }
        }
        let chords2_m2 = points.chords2_m2(self.ruler.point);
        for (row, chord2_m2) in (block.first_row..block.end_row).zip(chords2_m2) {
            self.work.atms_tested += 1;
            let is_accepted = accepted & 1 == 1;
            accepted >>= 1;
            if chord2_m2 <= catch.reach.chord2_m2 && is_accepted && !self.known.contains(&row) {
                self.consider(row, chord2_m2, catch);
            }
        }
    }

    /// Keeps a row whose chord is within reach, if it is accepted and may be near enough.
    #[inline]
    fn consider(&mut self, row: u32, chord2_m2: f64, catch: &mut Catch) {
        let is_far = chord2_m2 > FAR_M2;
        if (is_far && self.is_beyond(row, catch.reach)) || !self.admits(row) {
            return;
        }
        if !is_far {
            let measured = None;
            catch.keep(Seen { row, chord2_m2, measured }, distance2_at_most_m2(chord2_m2));
        } else if let Some(measured) = self.ruler.measure(row) {
            let most_m = measured.distance.get() + MARGIN_M;
            catch.keep(Seen { row, chord2_m2, measured: Some(measured) }, most_m * most_m);
        }
    }

    /// Whether a far row is certainly beyond reach, for less than it costs to measure it.
    fn is_beyond(&self, row: u32, reach: Reach) -> bool {
        self.index.point(row).is_some_and(|point| {
            distance_at_least_m(self.ruler.point, point).powi(2) > reach.distance2_m2
        })
    }

    fn admits(&mut self, row: u32) -> bool {
        // Every other plan has asked of masks already.
        let by_mask = self.selection.plan() == Plan::MaskedWalk;
        let entry = self.index.entries.get(row as usize).filter(|_| by_mask);
        entry.is_none_or(|entry| self.selection.accepts_mask(entry.mask))
            && !self.selection.leaves_out(row)
            && (self.admit)(Row(row))
    }
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
