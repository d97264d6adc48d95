//! What a search has found so far, and how far it therefore still makes sense to look.

use std::collections::BinaryHeap;

use super::BLOCK_ROWS;
use super::measure::Measured;
use crate::domain::{Margin, chord2_at_most_m2, distance2_at_most_m2};

/// Rows beyond reach are farther than the last settled row by this much, or more: room for the
/// errors of both estimates, 0.2 mm each at most, and for rounding, so that rings never overlap.
pub(super) const MARGIN_M: f64 = 2e-3;

/// How far it makes sense to look, in the measures nodes and rows are bounded by.
#[expect(clippy::struct_field_names, reason = "the unit belongs to each name")]
#[derive(Clone, Copy)]
pub(super) struct Reach {
    /// What has a longer chord is farther than the distance.
    pub(super) chord2_m2: f64,
    pub(super) distance2_m2: f64,
    /// The same, rounded up; never infinite.
    pub(super) node_m2: f32,
}

impl Reach {
    pub(super) const EVERYWHERE: Self =
        Self { chord2_m2: f64::MAX, distance2_m2: f64::MAX, node_m2: f32::MAX };

    /// Everything within the square of a distance, and [`MARGIN_M`] beyond it.
    #[expect(clippy::cast_possible_truncation, reason = "rounded up by a step")]
    pub(super) fn of(distance2_m2: f64) -> Self {
        // (d + m)² = d² + 2dm + m², and 2dm is at most d²s + m²/s whatever s.
        const SHARE: f64 = 1e-6;
        let distance2_m2 = distance2_m2 * (1.0 + SHARE) + MARGIN_M * MARGIN_M * (1.0 + 1.0 / SHARE);
        Self {
            chord2_m2: chord2_at_most_m2(distance2_m2),
            distance2_m2,
            node_m2: (distance2_m2 as f32).next_up().min(f32::MAX),
        }
    }
}

/// A matching row within reach. Few rows are measured when they are seen: a chord or a bound says
/// enough of most, and most turn out not to be needed.
pub(super) struct Seen {
    pub(super) row: u32,
    /// Square of its chord, or of what its distance is at least.
    pub(super) bound_m2: f64,
    /// Square of what its distance is at most.
    pub(super) most2_m2: f64,
    pub(super) is_chord: bool,
    pub(super) measured: Option<Measured>,
}

impl Seen {
    /// A row of which a chord of at most 4,000 km is known.
    pub(super) fn at_chord(row: u32, chord2_m2: f64) -> Self {
        let most2_m2 = distance2_at_most_m2(chord2_m2);
        Self { row, bound_m2: chord2_m2, most2_m2, is_chord: true, measured: None }
    }

    /// A row whose distance is known within a margin.
    pub(super) fn between(row: u32, estimate_m: f64, margin: &Margin) -> Self {
        let (least_m, most_m) = (margin.least_m(estimate_m), estimate_m + margin.unsure_m);
        let (bound_m2, most2_m2) = (least_m * least_m, most_m * most_m);
        Self { row, bound_m2, most2_m2, is_chord: false, measured: None }
    }

    /// A row that is measured.
    pub(super) fn measured(measured: Measured) -> Self {
        let (distance_m, most_m) = (measured.distance.get(), measured.distance.get() + MARGIN_M);
        let (bound_m2, most2_m2) = (distance_m * distance_m, most_m * most_m);
        let measured_too = Some(measured);
        Self { row: measured.row, bound_m2, most2_m2, is_chord: false, measured: measured_too }
    }

    pub(super) fn is_within(&self, reach: Reach) -> bool {
        self.bound_m2 <= if self.is_chord { reach.chord2_m2 } else { reach.distance2_m2 }
    }

    /// Whether it is not measured and farther than the square root of this.
    pub(super) fn is_undecided(&self, from_m2: f64) -> bool {
        self.measured.is_none() && self.bound_m2 > from_m2
    }
}

/// The rows kept so far and how far it still makes sense to look.
pub(super) struct Catch {
    pub(super) rows: Vec<Seen>,
    pub(super) wanted: usize,
    /// The squares of the least `wanted` distances, or what these are at most; the greatest on top.
    /// Bits of numbers that are not negative order as the numbers do.
    nearest_m2: BinaryHeap<u64>,
    pub(super) reach: Reach,
}

impl Catch {
    pub(super) fn new(wanted: usize, ceiling: Reach) -> Self {
        // Whoever wants very many rows may find few: what is not needed is not reserved.
        let likely = wanted.min(256);
        Self {
            rows: Vec::with_capacity(2 * likely + BLOCK_ROWS),
            wanted,
            nearest_m2: BinaryHeap::with_capacity(likely),
            reach: ceiling,
        }
    }

    /// Keeps a row.
    pub(super) fn keep(&mut self, seen: Seen) {
        let bits = seen.most2_m2.to_bits();
        self.rows.push(seen);
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

    /// How many rows within reach are not measured and farther than the square root of this.
    pub(super) fn undecided(&self, from_m2: f64) -> usize {
        let is_undecided = |seen: &&Seen| seen.is_undecided(from_m2) && seen.is_within(self.reach);
        self.rows.iter().filter(is_undecided).count()
    }

    /// Takes over what became of the rows within reach by a closer look, and a shorter reach.
    pub(super) fn narrow(&mut self, finer: Self) {
        let is_nearer = |settled_m2: f64| self.settled_m2().is_none_or(|mine| settled_m2 < mine);
        if finer.settled_m2().is_some_and(is_nearer) {
            *self = finer;
        } else {
            self.rows = finer.rows;
        }
    }

    /// The square of what the last of the wanted rows is at most away, once there are so many.
    pub(super) fn settled_m2(&self) -> Option<f64> {
        let farthest = self.nearest_m2.peek().filter(|_| self.nearest_m2.len() == self.wanted)?;
        Some(f64::from_bits(*farthest))
    }
}
