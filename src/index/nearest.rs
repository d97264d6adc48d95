//! The nearest rows, lazily, in exact order.

use std::ops::ControlFlow;

use super::Index;
use super::mask::Requirement;
use super::measure::{Measured, Ruler};
use super::ring::Seeker;
use crate::domain::{Found, Metres, Position, Row, Work};

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
    /// only the cost does: whoever takes more searches again, in rings that double.
    pub expected: usize,
}

impl Index {
    /// Hands `emit` the matching rows one by one, nearest first, until it breaks or none is left.
    ///
    /// # Answer
    ///
    /// - The order is exact: that of [`geodesic_distance`](crate::domain::geodesic_distance), and
    ///   by `tie_rank` where distances are equal.
    /// - Each distance is within 0.3 mm of that function and none is less than the one before.
    ///   Rows at one position have one distance.
    /// - `admit` has the last word on rows whose mask is accepted, for what a mask cannot say. It
    ///   is asked about more rows than are emitted, and may be asked twice about one.
    ///
    /// # Cost
    ///
    /// Logarithmic in the number of rows for the first `expected` rows, wherever the origin is,
    /// plus linear in how many rows are as far as the last of them. Rows that `admit` refuses are
    /// all looked at: what most rows fail belongs in the mask.
    pub fn nearest(
        &self,
        search: &NearestSearch<'_>,
        admit: impl FnMut(Row) -> bool,
        mut emit: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Work {
        let mut seeker = Seeker::new(self, search, admit);
        let mut ruler = Ruler::new(self, search);
        let mut pending: Vec<Measured> = Vec::new();
        let mut wanted = search.expected.max(1);
        loop {
            let ring = seeker.ring(wanted);
            pending.extend(ring.candidates.iter().filter_map(|&seen| ruler.measure(seen)));
            ruler.put_in_order(&mut pending);
            let settled = ring.settled_chord2_m2.map_or(pending.len(), |settled_m2| {
                let last = pending.iter().rposition(|row| row.seen.chord2_m2 <= settled_m2);
                last.map_or(0, |last| last + 1)
            });
            let stopped = pending.drain(..settled).any(|row| emit(row.found()).is_break());
            if stopped || ring.settled_chord2_m2.is_none() {
                return Work { geodesics: ruler.geodesics, ..seeker.work };
            }
            wanted = wanted.saturating_mul(2);
        }
    }
}
