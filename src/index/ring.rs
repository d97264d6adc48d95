//! One bounded walk over the tree: the nearest rows beyond those already handed out, and every row
//! that may compete with them.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use hashbrown::HashSet;
use rstar::RTreeNode;

use super::envelope::{Block, Envelope};
use super::measure::{Measured, Ruler};
use super::select::{Selection, WORD_ROWS};
use super::{BLOCK_ROWS, BlockPoints, Index, NearestSearch};
use crate::domain::{Ecef, FarBound, Plan, Row, Work, chord2_at_most_m2, distance2_at_most_m2};

const _: () = assert!(WORD_ROWS.is_multiple_of(BLOCK_ROWS), "a block lies in one word");

/// Rows beyond reach are farther than the last settled row by this much, or more: room for the
/// errors of both estimates and for rounding, so that rings never overlap.
const MARGIN_M: f64 = 2e-3;

/// From this chord on, chords are too loose a bound on distances to choose nodes by them alone.
const FAR_M2: f64 = 2e6 * 2e6;

/// The longest chord for which [`distance2_at_most_m2`] holds.
const CHORD_RANGE_M2: f64 = 4e6 * 4e6;

/// Rows whose distances a [`FarBound`] leaves open by more than this are measured when they are
/// seen.
const LOOSE_M: f64 = 25.0;

/// Square of the diagonal from which on nodes are bounded by their chord alone.
const LARGE_M2: f64 = 2e6 * 2e6;

/// Nodes for which the bound they have leaves open more than this are given one of their own.
const COARSE_M: f64 = 50.0;

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
    /// What bounds far nodes and the rows below them.
    bounds: Vec<NodeBound>,
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
            bounds: Vec::new(),
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
            if seen.is_within(catch.reach) {
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
            .iter()
            .filter_map(|&row| Some((self.index.point(row)?.chord2_m2(self.ruler.point), row)));
        let mut chords: Vec<(f64, u32)> = chords.collect();
        self.work.atms_tested += u32::try_from(chords.len()).unwrap_or(u32::MAX);
        if let Some(last) = catch.wanted.checked_sub(1).filter(|&last| last < chords.len()) {
            chords.select_nth_unstable_by(last, |one, other| one.0.total_cmp(&other.0));
        }
        let mut far: Option<(Ecef, FarBound)> = None;
        for (chord2_m2, row) in chords {
            if chord2_m2 > catch.reach.chord2_m2 || self.known.contains(&row) {
                continue;
            }
            let Some(point) = self.index.point(row).filter(|_| chord2_m2 > FAR_M2) else {
                self.consider(row, chord2_m2, catch);
                continue;
            };
            // Lists are mostly of one region: the bound made for one row tells of the others.
            let origin = self.ruler.point;
            let (middle, bound) =
                *far.get_or_insert_with(|| (point, FarBound::new(origin, point, 0.0)));
            let bound = bound.within(middle.chord2_m2(point).sqrt());
            let estimate_m = bound.first_order_m(point.x_m, point.y_m, point.z_m);
            self.consider_far(row, estimate_m, &bound, catch);
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
        if let Some(node @ RTreeNode::Leaf(block)) = nearest {
            let bound_m2 = block.0.chord2_m2(self.ruler.point);
            let bound = (bound_m2 > FAR_M2).then(|| self.bound(node).0);
            self.scan(&block.0, bound, catch);
        }
        passed.retain(|waiting| waiting.bound_m2 <= catch.reach.chord2_m2);
        let mut queue = BinaryHeap::from(passed);
        while let Some(mut next) = queue.pop() {
            if next.bound_m2 > catch.reach.distance2_m2 {
                break;
            }
            if next.bound.is_none() && next.bound_m2 > catch.reach.chord2_m2 {
                continue;
            }
            let is_far = next.bound_m2 > FAR_M2;
            // A block tells when it is looked at, which costs no more unless it is bounded first.
            let is_parent = matches!(next.node, RTreeNode::Parent(_));
            if !next.is_checked && (is_parent || is_far) && !self.may_hold(next.node) {
                self.work.nodes_visited += 1;
                continue;
            }
            next.is_checked = true;
            if is_far && self.wants_bound(&next) {
                let (bound, least_m2) = self.bound(next.node);
                next.bound = Some(bound);
                if least_m2 > next.bound_m2 {
                    next.bound_m2 = least_m2;
                    queue.push(next);
                    continue;
                }
            }
            match next.node {
                RTreeNode::Parent(parent) => {
                    self.work.nodes_visited += 1;
                    let bound = next.bound;
                    queue.extend(self.within(parent.children(), bound, catch.reach));
                }
                RTreeNode::Leaf(block) => self.scan(&block.0, next.bound.filter(|_| is_far), catch),
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

    /// Whether a far node has no bound but its chord, or one that was made for a node so much larger
    /// that one of its own pays. Of the largest nodes no bound tells more than the chord.
    fn wants_bound(&self, waiting: &Waiting<'_>) -> bool {
        let size2_m2 = || match waiting.node {
            RTreeNode::Parent(parent) => parent.envelope().diagonal2_m2(),
            RTreeNode::Leaf(block) => block.0.diagonal2_m2(),
        };
        match waiting.bound.and_then(|place| self.bounds.get(place as usize)) {
            None => size2_m2() < LARGE_M2 || matches!(waiting.node, RTreeNode::Leaf(_)),
            Some(bound) => bound.far.below_m() > COARSE_M && size2_m2() < 0.25 * bound.size2_m2,
        }
    }

    /// Makes a bound for a node and what is below it. Returns its place, and the square of what no
    /// row below is nearer than.
    fn bound(&mut self, node: &RTreeNode<Block>) -> (u32, f64) {
        let envelope = match node {
            RTreeNode::Parent(parent) => parent.envelope(),
            RTreeNode::Leaf(block) => block.0.clone(),
        };
        let middle = envelope.middle_of_surface();
        let apart_m = envelope.farthest_chord2_m2(middle).sqrt();
        let far = FarBound::new(self.ruler.point, middle, apart_m);
        let least_m = envelope.least_m(&far);
        let place = u32::try_from(self.bounds.len()).unwrap_or(u32::MAX);
        self.bounds.push(NodeBound { far, size2_m2: envelope.diagonal2_m2() });
        (place, least_m * least_m)
    }

    /// Puts the children that may match into `passed`, all but the nearest, which it returns.
    fn descend(
        &mut self,
        children: &'a [RTreeNode<Block>],
        passed: &mut Vec<Waiting<'a>>,
    ) -> Option<&'a RTreeNode<Block>> {
        self.work.nodes_visited += 1;
        let before = passed.len();
        passed.extend(self.within(children, None, self.ceiling));
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

    /// The children within reach below which a row may match, bounded like the node above.
    #[inline]
    fn within(
        &self,
        children: &'a [RTreeNode<Block>],
        bound: Option<u32>,
        reach: Reach,
    ) -> impl Iterator<Item = Waiting<'a>> {
        let (origin, selection, asks_masks) = (self.ruler.point, self.selection, self.asks_masks);
        let far = bound.and_then(|place| Some(self.bounds.get(place as usize)?.far));
        let bounded = move |envelope: &Envelope| {
            let chord2_m2 = envelope.chord2_m2(origin);
            let bound_m2 = match &far {
                Some(far) => chord2_m2.max(envelope.least_m(far).powi(2)),
                None => chord2_m2,
            };
            let is_within = chord2_m2 <= reach.chord2_m2
                && bound_m2 <= reach.distance2_m2
                && (!asks_masks || selection.may_match(envelope));
            is_within.then_some(bound_m2)
        };
        children.iter().filter_map(move |node| {
            let bound_m2 = match node {
                RTreeNode::Parent(parent) => bounded(&parent.envelope()),
                RTreeNode::Leaf(block) => bounded(&block.0),
            };
            bound_m2.map(|bound_m2| Waiting { bound_m2, bound, is_checked: false, node })
        })
    }

    /// Looks at every row of a block, by the bound it has or else by chords.
    fn scan(&mut self, block: &Envelope, bound: Option<u32>, catch: &mut Catch) {
        self.work.nodes_visited += 1;
        let index = self.index;
        let Some(points) = index.points.get(block.first_row as usize / BLOCK_ROWS) else {
            return;
        };
        let mut accepted = !0;
        if self.selection.plan() == Plan::CheckedWalk {
            accepted = self.selection.accepted_from(block.first_row);
            if accepted == 0 {
                return;
            }
        }
        self.work.atms_tested += block.end_row - block.first_row;
        if let Some(far) = bound.and_then(|place| Some(self.bounds.get(place as usize)?.far)) {
            self.scan_far(block, points, accepted, &far, catch);
            return;
        }
        let chords2_m2 = points.chords2_m2(self.ruler.point);
        for (row, chord2_m2) in (block.first_row..block.end_row).zip(chords2_m2) {
            let is_accepted = accepted & 1 == 1;
            accepted >>= 1;
            if chord2_m2 <= catch.reach.chord2_m2 && is_accepted && !self.known.contains(&row) {
                self.consider(row, chord2_m2, catch);
            }
        }
    }

    fn scan_far(
        &mut self,
        block: &Envelope,
        points: &BlockPoints,
        mut accepted: u64,
        far: &FarBound,
        catch: &mut Catch,
    ) {
        let estimates_m = points.first_order_m(far);
        for (row, estimate_m) in (block.first_row..block.end_row).zip(estimates_m) {
            let is_accepted = accepted & 1 == 1;
            accepted >>= 1;
            if is_accepted && !self.known.contains(&row) {
                self.consider_far(row, estimate_m, far, catch);
            }
        }
    }

    /// Keeps a row with this bound on its distance, if it is accepted and may be near enough.
    #[inline]
    fn consider_far(&mut self, row: u32, estimate_m: f64, far: &FarBound, catch: &mut Catch) {
        let least_m = (estimate_m - far.below_m()).max(0.0);
        let bound_m2 = least_m * least_m;
        if bound_m2 > catch.reach.distance2_m2 || !self.admits(row) {
            return;
        }
        if far.below_m() + far.above_m() <= LOOSE_M {
            let most_m = estimate_m + far.above_m();
            let seen = Seen { row, bound_m2, is_chord: false, measured: None };
            catch.keep(seen, most_m * most_m);
        } else if let Some(measured) = self.ruler.measure(row) {
            let (distance_m, most_m) =
                (measured.distance.get(), measured.distance.get() + MARGIN_M);
            let bound_m2 = distance_m * distance_m;
            let seen = Seen { row, bound_m2, is_chord: false, measured: Some(measured) };
            catch.keep(seen, most_m * most_m);
        }
    }

    /// Keeps a row whose chord is within reach, if it is accepted and may be near enough.
    #[inline]
    fn consider(&mut self, row: u32, chord2_m2: f64, catch: &mut Catch) {
        if chord2_m2 > CHORD_RANGE_M2 {
            self.consider_alone(row, catch);
        } else if self.admits(row) {
            let seen = Seen { row, bound_m2: chord2_m2, is_chord: true, measured: None };
            catch.keep(seen, distance2_at_most_m2(chord2_m2));
        }
    }

    /// The same of a row of a block that begins near and ends far.
    #[inline(never)]
    fn consider_alone(&mut self, row: u32, catch: &mut Catch) {
        let Some(point) = self.index.point(row) else { return };
        let far = FarBound::new(self.ruler.point, point, 0.0);
        let estimate_m = far.first_order_m(point.x_m, point.y_m, point.z_m);
        self.consider_far(row, estimate_m, &far, catch);
    }

    fn admits(&mut self, row: u32) -> bool {
        // Every other plan has asked of masks already.
        let by_mask = self.selection.plan() == Plan::MaskedWalk;
        let entry = self.index.entries.get(row as usize).filter(|_| by_mask);
        entry.is_none_or(|entry| self.selection.accepts_mask(entry.mask))
            && !self.selection.leaves_out(row)
            && self.selection.accepts_late(row)
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

/// What bounds the distances of everything in a box.
struct NodeBound {
    far: FarBound,
    /// Square of the box's diagonal.
    size2_m2: f64,
}

/// A matching row within reach. Few rows are measured when they are seen: a chord or a bound says
/// enough of most, and most turn out not to be needed.
struct Seen {
    row: u32,
    /// Square of its chord, or of what its distance is at least.
    bound_m2: f64,
    is_chord: bool,
    measured: Option<Measured>,
}

impl Seen {
    fn is_within(&self, reach: Reach) -> bool {
        self.bound_m2 <= if self.is_chord { reach.chord2_m2 } else { reach.distance2_m2 }
    }
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
    /// Square of a length that no row below is nearer than: a chord, or with a bound a distance
    /// over the ground.
    bound_m2: f64,
    /// The place of what bounds it, or a node above it.
    bound: Option<u32>,
    /// Whether a row below may be accepted.
    is_checked: bool,
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
