//! The nearest rows, lazily, in exact order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use rstar::RTreeNode;

use super::envelope::{Block, Envelope};
use super::mask::Requirement;
use super::{BLOCK_ROWS, Index};
use crate::domain::{
    Ecef, Found, Metres, Position, Row, Work, chord_at_most_m, chord2_reach_m2,
    estimate_distance_m, estimate_error_m, geodesic_distance,
};

/// A question for the nearest rows.
#[derive(Clone, Copy, Debug)]
pub struct NearestSearch<'a> {
    /// Where the distances start.
    pub origin: Position,
    /// Which masks are accepted.
    pub requirement: &'a Requirement,
    /// How far to look, boundary included; `None` looks everywhere.
    pub max_distance: Option<Metres>,
    /// How many rows the caller is likely to take. The rows and their order do not depend on it,
    /// only the cost does: taking more searches anew in growing rings.
    pub expected: usize,
}

impl Index {
    /// Hands `emit` the matching rows one by one, nearest first, until it breaks or none is left.
    ///
    /// The order is exact: that of [`geodesic_distance`], and by `tie_rank` where distances are
    /// equal. The distances are within 1 mm of it and never decrease; one position has one distance.
    ///
    /// `admit` has the last word on rows whose mask is accepted, for what a mask cannot say. It is
    /// asked about more rows than are emitted, some of them twice.
    ///
    /// # Cost
    ///
    /// Logarithmic in the number of rows for the first `expected`, wherever the origin is; each
    /// further ring doubles what has been paid.
    pub fn nearest(
        &self,
        search: &NearestSearch<'_>,
        mut admit: impl FnMut(Row) -> bool,
        mut emit: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Work {
        let mut walk = Walk::new(self, search);
        let mut pending: Vec<Measured> = Vec::new();
        let mut wanted = search.expected.max(1);
        loop {
            let ring = walk.ring(wanted, &mut admit);
            walk.measure(&ring, &mut pending);
            walk.put_in_order(&mut pending);
            let settled = match ring.settled_chord2_m2 {
                None => pending.len(),
                Some(chord2) => pending
                    .iter()
                    .rposition(|measured| measured.chord2_m2 <= chord2)
                    .map_or(0, |last| last + 1),
            };
            for measured in pending.drain(..settled) {
                let Some(distance) = Metres::new(measured.distance_m) else { continue };
                if emit(Found { row: Row(measured.row), distance }).is_break() {
                    return walk.work;
                }
            }
            if ring.settled_chord2_m2.is_none() {
                return walk.work;
            }
            wanted = wanted.saturating_mul(2);
        }
    }
}

/// A matching row seen in a ring.
#[derive(Clone, Copy)]
struct Candidate {
    chord2_m2: f64,
    row: u32,
}

/// A row with its distance, by estimate or exact.
#[derive(Clone, Copy)]
struct Measured {
    distance_m: f64,
    chord2_m2: f64,
    row: u32,
    exact: bool,
}

/// What one ring found: every matching row beyond the ring before and within `reach`.
struct Ring {
    candidates: Vec<Candidate>,
    /// Rows up to this chord are nearer than all rows outside; `None` when nothing is left outside.
    settled_chord2_m2: Option<f64>,
}

/// A squared chord as a key: numbers that are not negative order as their bits do.
fn key(chord2_m2: f64) -> u64 {
    chord2_m2.to_bits()
}

/// A node waiting to be visited, nearest first.
struct Waiting<'a> {
    chord2_m2: f64,
    node: &'a RTreeNode<Block>,
}

impl PartialEq for Waiting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting<'_> {}

impl PartialOrd for Waiting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.chord2_m2.total_cmp(&self.chord2_m2)
    }
}

/// One nearest search under way.
struct Walk<'a> {
    index: &'a Index,
    origin: Position,
    point: Ecef,
    requirement: &'a Requirement,
    filtered: bool,
    max_distance_m: f64,
    /// Everything within this chord has been handed out or is pending.
    floor_chord2_m2: f64,
    /// Nothing beyond this chord is within the maximum distance.
    ceiling_chord2_m2: f64,
    work: Work,
}

impl<'a> Walk<'a> {
    fn new(index: &'a Index, search: &NearestSearch<'a>) -> Self {
        let max_distance_m = search.max_distance.map_or(f64::MAX, Metres::get);
        let ceiling_chord2_m2 = search
            .max_distance
            .map_or(f64::MAX, |metres| (chord_at_most_m(metres.get() + 1e-3) + 1e-3).powi(2));
        Self {
            index,
            origin: search.origin,
            point: search.origin.into(),
            requirement: search.requirement,
            filtered: !search.requirement.accepts_everything(),
            max_distance_m,
            floor_chord2_m2: -1.0,
            ceiling_chord2_m2,
            work: Work::default(),
        }
    }

    /// Finds at least `wanted` rows beyond the floor, if there are so many, and everything that may
    /// compete with them; raises the floor to what it has seen.
    fn ring(&mut self, wanted: usize, admit: &mut impl FnMut(Row) -> bool) -> Ring {
        let mut candidates: Vec<Candidate> = Vec::with_capacity(wanted.clamp(16, 256) * 2);
        let mut nearest: BinaryHeap<u64> = BinaryHeap::with_capacity(wanted.min(512) + 1);
        let mut reach_m2 = self.ceiling_chord2_m2;
        // Straight down to the nearest block first: after it, little of what was passed by is
        // still within reach, and only that is worth a place in the queue.
        let mut passed: Vec<Waiting<'a>> = Vec::with_capacity(64);
        let mut next = self.visit(self.index.tree.root().children(), reach_m2, &mut passed);
        while let Some(RTreeNode::Parent(parent)) = next {
            next = self.visit(parent.children(), reach_m2, &mut passed);
        }
        if let Some(RTreeNode::Leaf(block)) = next {
            self.scan(&block.0, wanted, admit, &mut candidates, &mut nearest, &mut reach_m2);
        }
        passed.retain(|waiting| waiting.chord2_m2 <= reach_m2);
        let mut waiting = BinaryHeap::from(passed);
        while let Some(Waiting { chord2_m2, node }) = waiting.pop() {
            if chord2_m2 > reach_m2 {
                break;
            }
            match node {
                RTreeNode::Parent(parent) => {
                    self.visit_all(parent.children(), reach_m2, &mut waiting);
                }
                RTreeNode::Leaf(block) => {
                    self.scan(
                        &block.0,
                        wanted,
                        admit,
                        &mut candidates,
                        &mut nearest,
                        &mut reach_m2,
                    );
                }
            }
        }
        let settled_chord2_m2 = if reach_m2 < self.ceiling_chord2_m2 {
            nearest.peek().map(|&key| f64::from_bits(key))
        } else {
            None
        };
        candidates.retain(|candidate| candidate.chord2_m2 <= reach_m2);
        self.floor_chord2_m2 = reach_m2;
        Ring { candidates, settled_chord2_m2 }
    }

    /// Puts those of `children` that are within reach and may match beside `passed`, all but the
    /// nearest, which it returns.
    fn visit(
        &mut self,
        children: &'a [RTreeNode<Block>],
        reach_m2: f64,
        passed: &mut Vec<Waiting<'a>>,
    ) -> Option<&'a RTreeNode<Block>> {
        self.work.nodes_visited += 1;
        let mut nearest: Option<Waiting<'a>> = None;
        for node in children {
            let Some(chord2_m2) = self.bound(node, reach_m2) else { continue };
            let mut other = Waiting { chord2_m2, node };
            if let Some(nearest) = &mut nearest {
                if other.chord2_m2 < nearest.chord2_m2 {
                    std::mem::swap(nearest, &mut other);
                }
                passed.push(other);
            } else {
                nearest = Some(other);
            }
        }
        nearest.map(|waiting| waiting.node)
    }

    fn visit_all(
        &mut self,
        children: &'a [RTreeNode<Block>],
        reach_m2: f64,
        waiting: &mut BinaryHeap<Waiting<'a>>,
    ) {
        self.work.nodes_visited += 1;
        for node in children {
            if let Some(chord2_m2) = self.bound(node, reach_m2) {
                waiting.push(Waiting { chord2_m2, node });
            }
        }
    }

    /// The least squared chord to what lies below `node`; `None` when that is out of reach or
    /// cannot match.
    fn bound(&self, node: &RTreeNode<Block>, reach_m2: f64) -> Option<f64> {
        let bound = |envelope: &Envelope| {
            let chord2_m2 = envelope.chord2_m2(self.point);
            (chord2_m2 <= reach_m2
                && (!self.filtered || self.requirement.may_match(envelope.states)))
            .then_some(chord2_m2)
        };
        match node {
            RTreeNode::Parent(parent) => bound(&parent.envelope()),
            RTreeNode::Leaf(block) => bound(&block.0),
        }
    }

    fn scan(
        &mut self,
        block: &Envelope,
        wanted: usize,
        admit: &mut impl FnMut(Row) -> bool,
        candidates: &mut Vec<Candidate>,
        nearest: &mut BinaryHeap<u64>,
        reach_m2: &mut f64,
    ) {
        self.work.nodes_visited += 1;
        let chords2 = self.chords2_m2(block);
        for (row, chord2_m2) in (block.first_row..block.end_row).zip(chords2) {
            self.work.atms_tested += 1;
            if chord2_m2 > *reach_m2
                || chord2_m2 <= self.floor_chord2_m2
                || !self.accepts(row)
                || !admit(Row(row))
            {
                continue;
            }
            candidates.push(Candidate { chord2_m2, row });
            if nearest.len() < wanted {
                nearest.push(key(chord2_m2));
            } else if let Some(mut farthest) = nearest.peek_mut()
                && key(chord2_m2) < *farthest
            {
                *farthest = key(chord2_m2);
            }
            if nearest.len() == wanted
                && let Some(&farthest) = nearest.peek()
            {
                *reach_m2 = chord2_reach_m2(f64::from_bits(farthest)).min(self.ceiling_chord2_m2);
            }
        }
    }

    /// The squared chords to the rows of a block.
    fn chords2_m2(&self, block: &Envelope) -> [f64; BLOCK_ROWS] {
        let mut chords2 = [f64::INFINITY; BLOCK_ROWS];
        if let Some(points) = self.index.points.get(block.first_row as usize / BLOCK_ROWS) {
            for (place, chord2) in chords2.iter_mut().enumerate() {
                let x = points.x_m[place] - self.point.x_m;
                let y = points.y_m[place] - self.point.y_m;
                let z = points.z_m[place] - self.point.z_m;
                *chord2 = x * x + y * y + z * z;
            }
        }
        chords2
    }

    fn accepts(&self, row: u32) -> bool {
        !self.filtered
            || self
                .index
                .entry(Row(row))
                .is_some_and(|entry| self.requirement.may_match(entry.mask.into()))
    }

    /// Adds the candidates of a ring that are within the maximum distance to `pending`.
    fn measure(&mut self, ring: &Ring, pending: &mut Vec<Measured>) {
        pending.reserve(ring.candidates.len());
        for candidate in &ring.candidates {
            let mut measured = self.estimate(*candidate);
            if (measured.distance_m - self.max_distance_m).abs()
                <= estimate_error_m(measured.distance_m)
            {
                self.make_exact(&mut measured);
            }
            if measured.distance_m <= self.max_distance_m {
                pending.push(measured);
            }
        }
    }

    fn estimate(&mut self, candidate: Candidate) -> Measured {
        let Candidate { chord2_m2, row } = candidate;
        let place = row as usize;
        let estimate_m = self.index.points.get(place / BLOCK_ROWS).and_then(|points| {
            let at = place % BLOCK_ROWS;
            let point = Ecef { x_m: points.x_m[at], y_m: points.y_m[at], z_m: points.z_m[at] };
            estimate_distance_m(self.point, point)
        });
        let mut measured =
            Measured { distance_m: estimate_m.unwrap_or(0.0), chord2_m2, row, exact: false };
        if estimate_m.is_none() {
            self.make_exact(&mut measured);
        }
        measured
    }

    fn make_exact(&mut self, measured: &mut Measured) {
        if let Some(entry) = self.index.entry(Row(measured.row)) {
            measured.distance_m = geodesic_distance(self.origin, entry.position).get();
            measured.exact = true;
            self.work.geodesics += 1;
        }
    }

    /// Sorts by exact distance and then by rank, computing the exact distances of those rows only
    /// whose order their estimates leave open.
    fn put_in_order(&mut self, pending: &mut [Measured]) {
        pending.sort_unstable_by(|one, other| one.distance_m.total_cmp(&other.distance_m));
        let mut rest = pending;
        while !rest.is_empty() {
            let (open, after) = rest.split_at_mut(indistinct(rest));
            if open.len() > 1 {
                self.resolve(open);
            }
            rest = after;
        }
    }

    /// Puts rows in order whose estimates cannot. Rows at one position share one computation.
    fn resolve(&mut self, open: &mut [Measured]) {
        let index = self.index;
        let place = |measured: &Measured| {
            index.entry(Row(measured.row)).map_or((0, 0), |entry| {
                (entry.position.lat_deg().to_bits(), entry.position.lon_deg().to_bits())
            })
        };
        open.sort_unstable_by_key(place);
        if open.first().map(place) != open.last().map(place) {
            let mut before: Option<Measured> = None;
            for measured in open.iter_mut() {
                match before {
                    Some(same) if place(&same) == place(measured) => {
                        (measured.distance_m, measured.exact) = (same.distance_m, same.exact);
                    }
                    _ if measured.exact => {}
                    _ => self.make_exact(measured),
                }
                before = Some(*measured);
            }
        }
        let rank = |row: u32| index.entry(Row(row)).map_or(0, |entry| entry.tie_rank);
        open.sort_unstable_by(|one, other| {
            one.distance_m
                .total_cmp(&other.distance_m)
                .then_with(|| rank(one.row).cmp(&rank(other.row)))
        });
    }
}

/// How many rows at the start of a sorted slice cannot be told apart by their distances: each
/// may be as far as the one before.
fn indistinct(sorted: &[Measured]) -> usize {
    let mut upper_m = f64::INFINITY;
    for (count, measured) in sorted.iter().enumerate() {
        let error_m = estimate_error_m(measured.distance_m);
        if count > 0 && measured.distance_m - error_m > upper_m {
            return count;
        }
        upper_m = measured.distance_m + error_m;
    }
    sorted.len()
}
