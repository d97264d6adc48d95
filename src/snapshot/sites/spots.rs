//! Which machines stand close to each other.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::domain::{Ecef, Position};

use super::SAME_ADDRESS_M;
use super::standing::Standing;

/// Edge of the cells machines are sorted into; a pair to be compared lies in touching cells.
const CELL_M: f64 = SAME_ADDRESS_M;

/// Most different operators and addresses of one spot that are compared with other spots, the first
/// by rows. No real place has more; without the bound, a file of a million rows on one point would
/// take hours.
const COMPARED_PER_SPOT_MAX: usize = 64;

/// Spots whose neighbours are looked for together.
const CHUNK_SPOTS: usize = 1 << 12;

/// Machines on exactly one position are one spot, so that a lobby of twelve costs as much as one.
/// Spots are numbered in the order of their cells.
pub(super) struct Spots<'s> {
    /// What the rule asks of each row.
    standing_of_row: &'s [Standing],
    /// Every row behind the cell it lies in, spot by spot.
    rows: Vec<(Cell, u32)>,
    /// Where each spot begins in `rows`; one more than there are spots.
    starts: Vec<u32>,
    /// ECEF metres of each spot.
    places: Vec<Ecef>,
    /// The spot of each row.
    pub(super) of_row: Vec<u32>,
    /// What stands at spots of more machines than are compared, each but once.
    crowded: HashMap<u32, Vec<Standing>>,
}

impl<'s> Spots<'s> {
    pub(super) fn gather(positions: &[Position], standing_of_row: &'s [Standing]) -> Self {
        let bits = |row: u32| {
            let position = positions[row as usize];
            [position.lat_deg().to_bits(), position.lon_deg().to_bits()]
        };
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let cell = |(row, &position): (usize, &Position)| (Cell::of(position.into()), number(row));
        let mut rows: Vec<(Cell, u32)> = positions.par_iter().enumerate().map(cell).collect();
        rows.par_sort_unstable_by(|one, other| {
            let by_place = || bits(one.1).cmp(&bits(other.1)).then(one.1.cmp(&other.1));
            one.0.cmp(&other.0).then_with(by_place)
        });
        let (mut of_row, mut starts) = (vec![0; rows.len()], Vec::with_capacity(rows.len() + 1));
        let (mut start, mut crowded) = (0, HashMap::new());
        for same in rows.chunk_by(|one, other| one.0 == other.0 && bits(one.1) == bits(other.1)) {
            for &(_, row) in same {
                of_row[row as usize] = number(starts.len());
            }
            if same.len() > COMPARED_PER_SPOT_MAX {
                let mut different: Vec<Standing> = Vec::new();
                for &(_, row) in same {
                    let standing = standing_of_row[row as usize];
                    if different.len() < COMPARED_PER_SPOT_MAX && !different.contains(&standing) {
                        different.push(standing);
                    }
                }
                crowded.insert(number(starts.len()), different);
            }
            starts.push(number(start));
            start += same.len();
        }
        let place = |&start: &u32| Ecef::from(positions[rows[start as usize].1 as usize]);
        let places = starts.par_iter().map(place).collect();
        starts.push(number(start));
        Self { standing_of_row, rows, starts, places, of_row, crowded }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    fn cell(&self, spot: usize) -> Cell {
        self.rows[self.starts[spot] as usize].0
    }

    /// What stands at a spot.
    fn standing(&self, spot: u32) -> impl Iterator<Item = &Standing> {
        let [from, to] = [self.starts[spot as usize], self.starts[spot as usize + 1]];
        let crowded = self.crowded.get(&spot);
        let rows = if crowded.is_some() { 0..0 } else { from as usize..to as usize };
        let rows = self.rows[rows].iter().map(|&(_, row)| &self.standing_of_row[row as usize]);
        rows.chain(crowded.into_iter().flatten())
    }

    pub(super) fn stand_together(&self, a: u32, b: u32, distance_m: f64) -> bool {
        self.standing(a).any(|here| self.standing(b).any(|one| here.stands_with(one, distance_m)))
    }

    /// Calls `pair` once for every two spots at most [`CELL_M`] apart, on all cores and in no
    /// order. Over such distances the chord is the geodesic to a micrometre.
    pub(super) fn each_close_pair(&self, pair: impl Fn(u32, u32, f64) + Sync) {
        (0..self.len().div_ceil(CHUNK_SPOTS)).into_par_iter().for_each(|chunk| {
            let spots = chunk * CHUNK_SPOTS..self.len().min((chunk + 1) * CHUNK_SPOTS);
            self.each_pair_from(spots, &pair);
        });
    }

    /// The same for the pairs of which the first is among `spots`.
    fn each_pair_from(&self, spots: Range<usize>, pair: &impl Fn(u32, u32, f64)) {
        // Of the 26 cells around a cell, those after it in the order lie on five lines of three
        // (its own line: one). Each line is one run in the sorted list, found by a cursor that
        // only moves forward.
        let lines = [(0, 1), (1, -1), (1, 0), (1, 1)];
        let first = self.cell(spots.start);
        let mut cursors = lines.map(|(dz, dy)| {
            let line = first.moved(dz, dy, -1);
            let row = self.rows.partition_point(|(cell, _)| *cell < line);
            self.starts.partition_point(|&start| (start as usize) < row)
        });
        for spot in spots {
            let cell = self.cell(spot);
            let compare_run = |from: usize, last: Cell| {
                for other in from..self.len() {
                    if self.cell(other) > last {
                        break;
                    }
                    let distance_m = self.places[spot].chord2_m2(self.places[other]).sqrt();
                    if distance_m <= CELL_M
                        && let (Ok(a), Ok(b)) = (u32::try_from(spot), u32::try_from(other))
                    {
                        pair(a, b, distance_m);
                    }
                }
            };
            compare_run(spot + 1, cell.moved(0, 0, 1));
            for (cursor, (dz, dy)) in cursors.iter_mut().zip(lines) {
                let [first, last] = [cell.moved(dz, dy, -1), cell.moved(dz, dy, 1)];
                while *cursor < self.len() && self.cell(*cursor) < first {
                    *cursor += 1;
                }
                compare_run(*cursor, last);
            }
        }
    }
}

/// A cube of [`CELL_M`] in ECEF space, by its number along each axis in one word: ordered by z, y,
/// x, and comparable at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell(u64);

/// Bits of a cell's number along one axis. An ECEF coordinate is at most 6.4e6 m.
const AXIS_BITS: u32 = 21;

impl Cell {
    fn of(place: Ecef) -> Self {
        Self([place.z_m, place.y_m, place.x_m].into_iter().fold(0, |cell, metres| {
            let middle = f64::from(1_u32 << (AXIS_BITS - 1));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive and below two to the number of bits"
            )]
            let number = ((metres / CELL_M).floor() + middle) as u64;
            cell << AXIS_BITS | number
        }))
    }

    /// The cell so many cells away, no more than one along each axis.
    fn moved(self, dz: i64, dy: i64, dx: i64) -> Self {
        let away = (dz << (2 * AXIS_BITS)) + (dy << AXIS_BITS) + dx;
        Self(self.0.wrapping_add_signed(away))
    }
}
