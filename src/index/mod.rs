//! The spatial index: the nearest rows in exact order, and the rows within a box.
//!
//! Pure: built once over all rows, then only read; no input or output, no clock, no lock. A
//! position is a point in space here, never a pair on a plane, so the antimeridian and the poles
//! are places like any other.
//!
//! Rows come in [`spatial_order`]. A packed R-tree holds blocks of consecutive rows, and every node of
//! it knows, beside its box, which attribute values occur below: a search passes by what cannot
//! match, so that a rare attribute is found as fast as a common one. Where several conditions must
//! meet, [sets of rows](RowSet) say of a node whether they do.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use nearest_atm::domain::Position;
//! use nearest_atm::index::{Entry, Index, Mask, NearestSearch, Requirement, spatial_order};
//!
//! let positions = [(60.17, 24.94), (43.73, 7.42), (60.16, 24.93)]
//!     .map(|(lat, lon)| Position::from_lat_lon(lat, lon).unwrap());
//! let order = spatial_order(&positions);
//! let index: Index = (0..)
//!     .zip(&order)
//!     .map(|(row, &place)| Entry {
//!         position: positions[place as usize],
//!         mask: Mask::default(),
//!         tie_rank: row,
//!     })
//!     .collect();
//!
//! let mut nearest = Vec::new();
//! let everything = index.select(Requirement::default(), Vec::new(), None);
//! let search = NearestSearch {
//!     origin: Position::from_lat_lon(60.171, 24.941).unwrap(),
//!     selection: &everything,
//!     max_distance: None,
//!     expected: 2,
//! };
//! index.nearest(&search, |_| true, |found| {
//!     nearest.push(found);
//!     if nearest.len() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
//! });
//! assert_eq!(order[nearest[0].row.index()], 0);
//! assert!(nearest[0].distance < nearest[1].distance);
//! ```

mod catch;
mod measure;
mod nearest;
mod order;
mod overlay;
mod ring;
mod select;
mod tree;
mod within;

use std::sync::atomic::AtomicU64;

use rayon::prelude::*;

use crate::domain::{Ecef, FarBound, Position, Row};
use tree::{Sides, Tree};

pub use nearest::NearestSearch;
pub use order::spatial_order;
pub use overlay::{Live, StatusOverlay};
pub use select::{Clause, Judge, Mask, Part, Requirement, RowSet, Selection, States, SymbolColumn};
pub use within::WithinSearch;

/// How many consecutive rows a leaf of the tree holds.
const BLOCK_ROWS: usize = 16;

/// What the index keeps of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Where it is.
    pub position: Position,
    /// What it states of the attributes that searches filter by.
    pub mask: Mask,
    /// Its place among rows at equal distance: the rank of its id.
    pub tie_rank: u32,
}

/// The points of one block, coordinate by coordinate; places beyond the last row are infinite.
#[expect(clippy::struct_field_names, reason = "the unit belongs to each name")]
#[derive(Debug)]
struct BlockPoints {
    x_m: [f64; BLOCK_ROWS],
    y_m: [f64; BLOCK_ROWS],
    z_m: [f64; BLOCK_ROWS],
}

impl BlockPoints {
    /// The point of one of the block's rows.
    fn point(&self, place: usize) -> Option<Ecef> {
        let (x_m, y_m, z_m) = (self.x_m.get(place)?, self.y_m.get(place)?, self.z_m.get(place)?);
        Some(Ecef { x_m: *x_m, y_m: *y_m, z_m: *z_m })
    }

    /// The squared chords from `origin` to every row of the block, in a form the compiler turns
    /// into vector instructions.
    #[inline]
    fn chords2_m2(&self, origin: Ecef) -> [f64; BLOCK_ROWS] {
        std::array::from_fn(|place| {
            let x = self.x_m[place] - origin.x_m;
            let y = self.y_m[place] - origin.y_m;
            let z = self.z_m[place] - origin.z_m;
            x * x + y * y + z * z
        })
    }

    /// The distances of every row of the block as seen from far away, in metres.
    #[inline]
    fn estimates_m(&self, far: &FarBound) -> [f64; BLOCK_ROWS] {
        std::array::from_fn(|place| {
            far.estimate_m(self.x_m[place], self.y_m[place], self.z_m[place])
        })
    }
}

/// The index over all rows of a snapshot.
pub struct Index {
    tree: Tree,
    points: Vec<BlockPoints>,
    entries: Vec<Entry>,
    /// The rows that say yes, no and nothing, for each bit of a mask.
    values: Vec<[RowSet; 3]>,
    /// Questions whose conditions were found to meet often; see [`Index::select`].
    often: Box<[AtomicU64]>,
}

impl FromIterator<Entry> for Index {
    /// As [`Index::from`] a list of entries.
    fn from_iter<T: IntoIterator<Item = Entry>>(entries: T) -> Self {
        Self::from(entries.into_iter().collect::<Vec<Entry>>())
    }
}

impl From<Vec<Entry>> for Index {
    /// Builds the index over rows that come in [`spatial_order`]. Any other order gives the same
    /// answers, slowly.
    ///
    /// # Cost
    ///
    /// Linear, most of it on all cores; about 80 bytes a row.
    fn from(entries: Vec<Entry>) -> Self {
        let block = |entries: &[Entry]| {
            let mut sides = Sides::NOTHING;
            let mut states = States::default();
            let mut block = BlockPoints {
                x_m: [f64::INFINITY; BLOCK_ROWS],
                y_m: [f64::INFINITY; BLOCK_ROWS],
                z_m: [f64::INFINITY; BLOCK_ROWS],
            };
            for (place, entry) in entries.iter().enumerate() {
                let Ecef { x_m, y_m, z_m } = entry.position.into();
                (block.x_m[place], block.y_m[place], block.z_m[place]) = (x_m, y_m, z_m);
                sides = sides.merged(Sides::around([x_m, y_m, z_m], [x_m, y_m, z_m]));
                states = states.union(entry.mask.into());
            }
            ((sides, states), block)
        };
        let (blocks, points): (Vec<_>, Vec<_>) =
            entries.par_chunks(BLOCK_ROWS).with_min_len(1 << 8).map(block).unzip();
        let (tree, values) = rayon::join(
            || Tree::new(blocks, entries.len()),
            || select::value_rows(entries.iter().map(|entry| entry.mask)),
        );
        let often = (0..select::REMEMBERED).map(|_| AtomicU64::new(0)).collect();
        Self { tree, points, entries, values, often }
    }
}

impl Index {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The point in space where `row` stands; `None` when there is no such row.
    #[must_use]
    pub fn point_of(&self, row: Row) -> Option<Ecef> {
        self.point(row.0)
    }

    /// The point in space of a row.
    #[inline]
    fn point(&self, row: u32) -> Option<Ecef> {
        let place = row as usize;
        self.points.get(place / BLOCK_ROWS)?.point(place % BLOCK_ROWS)
    }

    /// What the index keeps of `row`; `None` when there is no such row.
    #[must_use]
    pub fn entry(&self, row: Row) -> Option<&Entry> {
        self.entries.get(row.index())
    }
}
