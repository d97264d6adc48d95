//! Parts of the surface a question asks about: a box, a region with straight edges in degrees, a
//! corridor along a line.

mod corridor;
mod edges;
mod region;

pub use corridor::{
    Corridor, CorridorError, LINE_BUFFER_MAX_M, LINE_LENGTH_MAX_M, OnLine, Stretch,
};
pub use edges::Coverage;
pub use region::{Region, RegionError, RingFault};

use std::hash::{Hash, Hasher};

use super::distance::Ecef;
use super::position::{BoundingBox, Position};

/// Most vertices a region or a line may have: country outlines at a scale of 1 : 10 million fit.
pub const VERTICES_MAX: usize = 10_000;

/// A part of the surface, its boundary included.
#[derive(Clone, Debug, PartialEq)]
pub enum Area {
    /// Between two latitudes and two longitudes.
    Box(BoundingBox),
    /// Inside polygons.
    Region(Box<Region>),
}

impl Area {
    /// Whether `position` lies in the area or on its boundary.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        match self {
            Self::Box(bbox) => bbox.contains(position),
            Self::Region(region) => region.contains(position),
        }
    }

    /// The box around the area.
    #[must_use]
    pub fn bounding_box(&self) -> BoundingBox {
        match self {
            Self::Box(bbox) => *bbox,
            Self::Region(region) => region.bounding_box(),
        }
    }
}

impl Hash for Area {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Box(bbox) => {
                [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()]
                    .map(f64::to_bits)
                    .hash(state);
            }
            Self::Region(region) => region.digest().hash(state),
        }
    }
}

impl From<BoundingBox> for Area {
    fn from(bbox: BoundingBox) -> Self {
        Self::Box(bbox)
    }
}

impl From<Region> for Area {
    fn from(region: Region) -> Self {
        Self::Region(Box::new(region))
    }
}

/// A box in space, its sides included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpaceBox {
    /// The corner of the least coordinates.
    pub least: Ecef,
    /// The corner of the greatest coordinates.
    pub greatest: Ecef,
}

impl SpaceBox {
    /// The box of a single point.
    #[must_use]
    pub fn of(point: Ecef) -> Self {
        Self { least: point, greatest: point }
    }

    /// The least box around this one and `other`.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        let pick = |one: Ecef, two: Ecef, choose: fn(f64, f64) -> f64| Ecef {
            x_m: choose(one.x_m, two.x_m),
            y_m: choose(one.y_m, two.y_m),
            z_m: choose(one.z_m, two.z_m),
        };
        Self {
            least: pick(self.least, other.least, f64::min),
            greatest: pick(self.greatest, other.greatest, f64::max),
        }
    }

    /// The box with each side moved outwards, in metres.
    #[must_use]
    pub fn widened(self, by_m: f64) -> Self {
        let moved = |corner: Ecef, by_m: f64| Ecef {
            x_m: corner.x_m + by_m,
            y_m: corner.y_m + by_m,
            z_m: corner.z_m + by_m,
        };
        Self { least: moved(self.least, -by_m), greatest: moved(self.greatest, by_m) }
    }

    /// Whether a point lies in the box.
    #[must_use]
    pub fn contains(&self, point: Ecef) -> bool {
        (self.least.x_m..=self.greatest.x_m).contains(&point.x_m)
            && (self.least.y_m..=self.greatest.y_m).contains(&point.y_m)
            && (self.least.z_m..=self.greatest.z_m).contains(&point.z_m)
    }

    /// Length of the longest side, in metres.
    pub(super) fn longest_side_m(&self) -> f64 {
        let (least, greatest) = (self.least, self.greatest);
        (greatest.x_m - least.x_m).max(greatest.y_m - least.y_m).max(greatest.z_m - least.z_m)
    }
}
