//! One bounded walk over the tree: the nearest rows by chord beyond those already handed out, and
//! every row whose geodesic may compete with theirs.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rstar::RTreeNode;

use super::envelope::{Block, Envelope};
use super::mask::Requirement;
use super::{BLOCK_ROWS, Index, NearestSearch};
use crate::domain::{Ecef, Row, Work, chord_at_most_m, chord2_reach_m2};

/// A matching row and the square of the chord to it.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) row: u32,
    pub(super) chord2_m2: f64,
}

/// What one walk found.
pub(super) struct Ring {
    /// Every matching row beyond the ring before and within reach of this one, in no order.
    pub(super) candidates: Vec<Seen>,
    /// Rows up to this chord are nearer than every row beyond reach; `None` when no matching row is
    /// left beyond.
    pub(super) settled_chord2_m2: Option<f64>,
}

/// Walks the tree in rings around one origin.
pub(super) struct Seeker<'a, A> {
    index: &'a Index,
    origin: Ecef,
    /// `None` when every mask is accepted, which spares looking at masks.
    requirement: Option<&'a Requirement>,
    admit: A,
    /// Rows within this squared chord belong to earlier rings.
    floor_m2: f64,
    /// Rows beyond this squared chord are beyond the maximum distance.
    ceiling_m2: f64,
    pub(super) work: Work,
}

impl<'a, A: FnMut(Row) -> bool> Seeker<'a, A> {
    pub(super) fn new(index: &'a Index, search: &NearestSearch<'a>, admit: A) -> Self {
        /// Room for the rounding of coordinates, which is of the order of nanometres.
        const MARGIN_M: f64 = 1e-3;
        let ceiling_m = search
            .max_distance
            .map(|distance| chord_at_most_m(distance.get() + MARGIN_M) + MARGIN_M);
        Self {
            index,
            origin: search.origin.into(),
            requirement: Some(search.requirement).filter(|some| !some.accepts_everything()),
            admit,
            floor_m2: -1.0,
            ceiling_m2: ceiling_m.map_or(f64::MAX, |metres| metres * metres),
            work: Work::default(),
        }
    }

    /// Finds at least `wanted` rows beyond the ring before, if there are so many, and all rows
    /// that may be as near as one of those.
    pub(super) fn ring(&mut self, wanted: usize) -> Ring {
        let index = self.index;
        let mut catch = Catch::new(wanted, self.ceiling_m2);
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
        passed.retain(|waiting| waiting.chord2_m2 <= catch.reach_m2);
        let mut queue = BinaryHeap::from(passed);
        while let Some(Waiting { chord2_m2, node }) = queue.pop() {
            if chord2_m2 > catch.reach_m2 {
                break;
            }
            match node {
                RTreeNode::Parent(parent) => {
                    self.work.nodes_visited += 1;
                    queue.extend(self.within(parent.children(), catch.reach_m2));
                }
                RTreeNode::Leaf(block) => self.scan(&block.0, &mut catch),
            }
        }
        self.floor_m2 = catch.reach_m2;
        catch.finish()
    }

    /// Puts the children that may match beside `passed`, all but the nearest, which it returns.
    fn descend(
        &mut self,
        children: &'a [RTreeNode<Block>],
        passed: &mut Vec<Waiting<'a>>,
    ) -> Option<&'a RTreeNode<Block>> {
        self.work.nodes_visited += 1;
        let mut candidates = self.within(children, self.ceiling_m2);
        let mut nearest = candidates.next()?;
        for mut other in candidates {
            if other.chord2_m2 < nearest.chord2_m2 {
                std::mem::swap(&mut nearest, &mut other);
            }
            passed.push(other);
        }
        Some(nearest.node)
    }

    /// The children within reach below which a row may match.
    #[inline]
    fn within(
        &self,
        children: &'a [RTreeNode<Block>],
        reach_m2: f64,
    ) -> impl Iterator<Item = Waiting<'a>> {
        let (origin, requirement) = (self.origin, self.requirement);
        let bound = move |envelope: &Envelope| {
            let chord2_m2 = envelope.chord2_m2(origin);
            (chord2_m2 <= reach_m2 && accepts(requirement, envelope)).then_some(chord2_m2)
        };
        children.iter().filter_map(move |node| {
            let chord2_m2 = match node {
                RTreeNode::Parent(parent) => bound(&parent.envelope()),
                RTreeNode::Leaf(block) => bound(&block.0),
            };
            chord2_m2.map(|chord2_m2| Waiting { chord2_m2, node })
        })
    }

    /// Looks at every row of a block.
    fn scan(&mut self, block: &Envelope, catch: &mut Catch) {
        self.work.nodes_visited += 1;
        let Some(points) = self.index.points.get(block.first_row as usize / BLOCK_ROWS) else {
            return;
        };
        let chords2_m2 = points.chords2_m2(self.origin);
        for (row, chord2_m2) in (block.first_row..block.end_row).zip(chords2_m2) {
            self.work.atms_tested += 1;
            if chord2_m2 <= catch.reach_m2 && chord2_m2 > self.floor_m2 && self.admits(row) {
                catch.keep(Seen { row, chord2_m2 });
            }
        }
    }

    fn admits(&mut self, row: u32) -> bool {
        let accepted = self.requirement.is_none_or(|requirement| {
            let entry = self.index.entries.get(row as usize);
            entry.is_some_and(|entry| requirement.may_match(entry.mask.into()))
        });
        accepted && (self.admit)(Row(row))
    }
}

fn accepts(requirement: Option<&Requirement>, envelope: &Envelope) -> bool {
    requirement.is_none_or(|requirement| requirement.may_match(envelope.states))
}

/// The rows kept so far and how far it still makes sense to look.
struct Catch {
    rows: Vec<Seen>,
    wanted: usize,
    /// The least `wanted` squared chords, the greatest on top. Their bits order as they do, because
    /// squares are not negative.
    nearest: BinaryHeap<u64>,
    reach_m2: f64,
    ceiling_m2: f64,
}

impl Catch {
    fn new(wanted: usize, ceiling_m2: f64) -> Self {
        // Whoever wants very many rows may find few: what is not needed is not reserved.
        let likely = wanted.min(256);
        Self {
            rows: Vec::with_capacity(2 * likely + BLOCK_ROWS),
            wanted,
            nearest: BinaryHeap::with_capacity(likely),
            reach_m2: ceiling_m2,
            ceiling_m2,
        }
    }

    fn keep(&mut self, seen: Seen) {
        self.rows.push(seen);
        let bits = seen.chord2_m2.to_bits();
        if self.nearest.len() < self.wanted {
            self.nearest.push(bits);
        } else if let Some(mut farthest) = self.nearest.peek_mut()
            && bits < *farthest
        {
            *farthest = bits;
        }
        if self.nearest.len() == self.wanted
            && let Some(settled_m2) = self.settled_m2()
        {
            self.reach_m2 = chord2_reach_m2(settled_m2).min(self.ceiling_m2);
        }
    }

    fn settled_m2(&self) -> Option<f64> {
        self.nearest.peek().map(|&bits| f64::from_bits(bits))
    }

    fn finish(mut self) -> Ring {
        self.rows.retain(|seen| seen.chord2_m2 <= self.reach_m2);
        let settled_chord2_m2 = self.settled_m2().filter(|_| self.reach_m2 < self.ceiling_m2);
        Ring { candidates: self.rows, settled_chord2_m2 }
    }
}

/// A node in the queue, the nearest first.
struct Waiting<'a> {
    chord2_m2: f64,
    node: &'a RTreeNode<Block>,
}

impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.chord2_m2.to_bits().cmp(&self.chord2_m2.to_bits())
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
