//! Places on the Earth: a position and a box of them.

use std::fmt;

/// A WGS-84 position in decimal degrees, finite and in range by construction.
///
/// Latitude comes first in every constructor and longitude first only in GeoJSON, where the
/// format demands it; no bare tuple of degrees appears in the crate.
///
/// # Units
///
/// - latitude: degrees north, −90 to 90
/// - longitude: degrees east, −180 to 180; both ends name the same meridian and are kept as written
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    lat_deg: f64,
    lon_deg: f64,
}

/// Why two numbers are not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// Latitude or longitude is NaN or infinite.
    #[error("latitude and longitude must be finite numbers")]
    NotFinite,
    /// Latitude is outside −90 to 90.
    #[error("latitude must be between -90 and 90 degrees")]
    LatitudeOutOfRange,
    /// Longitude is outside −180 to 180.
    #[error("longitude must be between -180 and 180 degrees")]
    LongitudeOutOfRange,
}

impl Position {
    /// The north pole, on the meridian of Greenwich.
    pub const NORTH_POLE: Self = Self { lat_deg: 90.0, lon_deg: 0.0 };

    /// A position from degrees north and degrees east.
    ///
    /// # Errors
    ///
    /// [`PositionError`] says which number is not acceptable. Nothing is wrapped or clamped.
    ///
    /// # Example
    ///
    /// ```
    /// use nearest_atm::domain::{Position, PositionError};
    ///
    /// let helsinki_central = Position::from_lat_lon(60.1719, 24.9414)?;
    /// assert_eq!(helsinki_central.lat_deg(), 60.1719);
    /// assert_eq!(Position::from_lat_lon(123.0, 24.9), Err(PositionError::LatitudeOutOfRange));
    /// # Ok::<(), PositionError>(())
    /// ```
    pub fn from_lat_lon(lat_deg: f64, lon_deg: f64) -> Result<Self, PositionError> {
        if !lat_deg.is_finite() || !lon_deg.is_finite() {
            return Err(PositionError::NotFinite);
        }
        if !(-90.0..=90.0).contains(&lat_deg) {
            return Err(PositionError::LatitudeOutOfRange);
        }
        if !(-180.0..=180.0).contains(&lon_deg) {
            return Err(PositionError::LongitudeOutOfRange);
        }
        Ok(Self { lat_deg, lon_deg })
    }

    /// Degrees north of the equator.
    #[must_use]
    pub fn lat_deg(self) -> f64 {
        self.lat_deg
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn lon_deg(self) -> f64 {
        self.lon_deg
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.lat_deg, self.lon_deg)
    }
}

/// A box of latitudes and longitudes, all four edges included. It crosses the antimeridian when
/// its western edge is east of its eastern edge (170 … −170 is 20° wide), as in RFC 7946 § 5.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    south_west: Position,
    north_east: Position,
}

/// Why four numbers are not a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoundingBoxError {
    /// A corner is not a position.
    #[error(transparent)]
    Corner(#[from] PositionError),
    /// The southern edge lies north of the northern edge.
    #[error("south must not be greater than north")]
    SouthAboveNorth,
}

impl BoundingBox {
    /// A box from its four edges in degrees, in the order of RFC 7946.
    ///
    /// # Errors
    ///
    /// [`BoundingBoxError`] when a corner is no position or south lies above north.
    pub fn from_edges(
        west_deg: f64,
        south_deg: f64,
        east_deg: f64,
        north_deg: f64,
    ) -> Result<Self, BoundingBoxError> {
        let south_west = Position::from_lat_lon(south_deg, west_deg)?;
        let north_east = Position::from_lat_lon(north_deg, east_deg)?;
        if south_deg > north_deg {
            return Err(BoundingBoxError::SouthAboveNorth);
        }
        Ok(Self { south_west, north_east })
    }

    /// Western edge, degrees east.
    #[must_use]
    pub fn west_deg(&self) -> f64 {
        self.south_west.lon_deg
    }

    /// Southern edge, degrees north.
    #[must_use]
    pub fn south_deg(&self) -> f64 {
        self.south_west.lat_deg
    }

    /// Eastern edge, degrees east.
    #[must_use]
    pub fn east_deg(&self) -> f64 {
        self.north_east.lon_deg
    }

    /// Northern edge, degrees north.
    #[must_use]
    pub fn north_deg(&self) -> f64 {
        self.north_east.lat_deg
    }

    /// Whether the box contains the antimeridian in its interior.
    #[must_use]
    pub fn crosses_antimeridian(&self) -> bool {
        self.west_deg() > self.east_deg()
    }

    /// Whether `position` lies in the box or on an edge.
    ///
    /// A pole lies in every box that reaches its latitude, and ±180° are one meridian.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        if position.lat_deg < self.south_deg() || position.lat_deg > self.north_deg() {
            return false;
        }
        if position.lat_deg.abs() >= 90.0 {
            return true;
        }
        let covers = |lon_deg: f64| {
            if self.crosses_antimeridian() {
                lon_deg >= self.west_deg() || lon_deg <= self.east_deg()
            } else {
                (self.west_deg()..=self.east_deg()).contains(&lon_deg)
            }
        };
        covers(position.lon_deg) || (position.lon_deg.abs() >= 180.0 && covers(-position.lon_deg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat_deg: f64, lon_deg: f64) -> Position {
        Position::from_lat_lon(lat_deg, lon_deg).unwrap()
    }

    #[test]
    fn numbers_that_are_no_position_are_refused_by_name() {
        for (lat, lon, error) in [
            (f64::NAN, 0.0, PositionError::NotFinite),
            (0.0, f64::INFINITY, PositionError::NotFinite),
            (90.000_001, 0.0, PositionError::LatitudeOutOfRange),
            (0.0, -180.5, PositionError::LongitudeOutOfRange),
        ] {
            assert_eq!(Position::from_lat_lon(lat, lon), Err(error));
        }
    }

    #[test]
    fn a_box_includes_its_edges_crosses_the_antimeridian_and_knows_the_poles() {
        let fiji = BoundingBox::from_edges(177.0, -20.0, -178.0, -12.0).unwrap();
        assert!(fiji.crosses_antimeridian());
        assert!(fiji.contains(at(-17.0, 179.0)));
        assert!(fiji.contains(at(-17.0, -180.0)));
        assert!(fiji.contains(at(-12.0, -178.0)));
        assert!(!fiji.contains(at(-17.0, 0.0)));

        let east = BoundingBox::from_edges(170.0, 0.0, 180.0, 90.0).unwrap();
        assert!(east.contains(at(1.0, -180.0)), "one meridian, two names");
        assert!(east.contains(at(90.0, 13.0)), "a pole has every longitude");
        assert_eq!(
            BoundingBox::from_edges(0.0, 2.0, 1.0, 1.0),
            Err(BoundingBoxError::SouthAboveNorth)
        );
    }
}
