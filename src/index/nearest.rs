//! The nearest rows, lazily, in exact order.

use std::ops::ControlFlow;

use super::Index;
use super::measure::Measured;
use super::ring::Seeker;
use super::select::Selection;
use crate::domain::{Found, Metres, Position, Row, Work};

/// A question for the nearest rows.
#[derive(Clone, Copy, Debug)]
pub struct NearestSearch<'a> {
    /// Where the distances start.
    pub origin: Position,
    /// Which rows are accepted, and the plan to find them.
    pub selection: &'a Selection<'a>,
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
    /// - `admit` has the last word on accepted rows, for what no set of rows says. It is asked
    ///   about more rows than are emitted, and may be asked twice about one.
    ///
    /// # Cost
    ///
    /// Logarithmic in the number of rows for the first `expected` rows, wherever the origin is,
    /// plus linear in how many rows are as far as the last of them, and for a
    /// [`Plan::CheckedWalk`](crate::domain::Plan::CheckedWalk) at worst a word a clause for every 64
    /// rows. Rows that `admit` refuses are all looked at: what most rows fail belongs in the
    /// selection.
    pub fn nearest(
        &self,
        search: &NearestSearch<'_>,
        admit: impl FnMut(Row) -> bool,
        mut emit: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Work {
        let mut seeker = Seeker::new(self, search, admit);
        let mut pending: Vec<Measured> = Vec::new();
        let mut wanted = search.expected.max(1);
        loop {
            let settled_m = seeker.ring(wanted, &mut pending);
            seeker.ruler.put_in_order(&mut pending);
            let settled = settled_m.map_or(pending.len(), |settled_m| {
                pending.partition_point(|row| row.distance.get() <= settled_m)
            });
            let stopped = pending.iter().take(settled).any(|row| emit(row.found()).is_break());
            if stopped || settled_m.is_none() {
                return Work { geodesics: seeker.ruler.geodesics, ..seeker.work };
            }
            seeker.remember(&pending);
            pending.drain(..settled);
            wanted = wanted.saturating_mul(2);
        }
    }
}
