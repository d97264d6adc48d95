//! Distances of the rows a ring has found, and their exact order.

use super::ring::Seen;
use super::{BLOCK_ROWS, Index, NearestSearch};
use crate::domain::{
    Ecef, Found, Metres, Position, Row, estimate_distance_m, estimate_error_m, geodesic_distance,
};

/// A row with its distance.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub(super) seen: Seen,
    distance: Metres,
    /// Whether the distance is Karney's own and not an estimate.
    exact: bool,
}

impl Measured {
    pub(super) fn found(&self) -> Found {
        Found { row: Row(self.seen.row), distance: self.distance }
    }

    fn error_m(&self) -> f64 {
        estimate_error_m(self.distance.get())
    }
}

/// Measures rows from one origin: by estimate, and exactly where an estimate decides nothing.
pub(super) struct Ruler<'a> {
    index: &'a Index,
    origin: Position,
    point: Ecef,
    max_distance: Option<Metres>,
    pub(super) geodesics: u32,
}

impl<'a> Ruler<'a> {
    pub(super) fn new(index: &'a Index, search: &NearestSearch<'_>) -> Self {
        Self {
            index,
            origin: search.origin,
            point: search.origin.into(),
            max_distance: search.max_distance,
            geodesics: 0,
        }
    }

    /// The distance of a row; `None` when it is beyond the maximum distance.
    pub(super) fn measure(&mut self, seen: Seen) -> Option<Measured> {
        let place = seen.row as usize;
        let point = self.index.points.get(place / BLOCK_ROWS)?.point(place % BLOCK_ROWS)?;
        let estimate = estimate_distance_m(self.point, point).and_then(Metres::new);
        let mut measured = match estimate {
            Some(distance) => Measured { seen, distance, exact: false },
            None => Measured { seen, distance: self.exact(seen.row)?, exact: true },
        };
        let Some(most) = self.max_distance else { return Some(measured) };
        let beyond_m = measured.distance.get() - most.get();
        if !measured.exact && beyond_m.abs() <= measured.error_m() {
            measured = Measured { seen, distance: self.exact(seen.row)?, exact: true };
        }
        (measured.distance <= most).then_some(measured)
    }

    fn exact(&mut self, row: u32) -> Option<Metres> {
        let entry = self.index.entry(Row(row))?;
        self.geodesics += 1;
        Some(geodesic_distance(self.origin, entry.position))
    }

    /// Sorts by exact distance and then by rank. The exact method is used on those rows only whose
    /// order their estimates leave open.
    pub(super) fn put_in_order(&mut self, rows: &mut [Measured]) {
        rows.sort_unstable_by_key(|row| row.distance);
        let mut rest = rows;
        while !rest.is_empty() {
            let (open, after) = rest.split_at_mut(indistinct(rest));
            if open.len() > 1 {
                self.resolve(open);
            }
            rest = after;
        }
    }

    /// Orders rows whose estimates cannot. Rows at one position share one computation, and need
    /// none among themselves.
    fn resolve(&mut self, open: &mut [Measured]) {
        let index = self.index;
        let place = |row: &Measured| {
            index.entry(Row(row.seen.row)).map(|entry| {
                (entry.position.lat_deg().to_bits(), entry.position.lon_deg().to_bits())
            })
        };
        let rank = |row: &Measured| index.entry(Row(row.seen.row)).map(|entry| entry.tie_rank);
        open.sort_unstable_by_key(place);
        if open.first().and_then(place) != open.last().and_then(place) {
            for together in open.chunk_by_mut(|one, other| place(one) == place(other)) {
                let Some(first) = together.first() else { continue };
                let known = together.iter().find(|row| row.exact).map(|row| row.distance);
                let Some(distance) = known.or_else(|| self.exact(first.seen.row)) else { continue };
                for row in together {
                    (row.distance, row.exact) = (distance, true);
                }
            }
        }
        open.sort_unstable_by_key(|row| (row.distance, rank(row)));
    }
}

/// How many rows at the start of a sorted slice estimates cannot tell apart: each may be as near
/// as the one before.
fn indistinct(sorted: &[Measured]) -> usize {
    let apart = |pair: &[Measured]| match pair {
        [one, other] => one.distance.get() + one.error_m() < other.distance.get() - other.error_m(),
        _ => false,
    };
    sorted.windows(2).position(apart).map_or(sorted.len(), |last| last + 1)
}
