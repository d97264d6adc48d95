//! Distances over the ground, and the only constants of the Earth's shape.
//!
//! [`geodesic_distance`] is the reference. [`estimate_distance_m`] gives the same number from two
//! points in space, many times faster and with a stated error. How chords and distances bound each
//! other ([`chord2_at_most_m2`], [`distance2_at_most_m2`]), by which a search passes whole regions by,
//! are theorems about the ellipsoid, not measurements.

mod bearing;
mod bound;
mod estimate;
mod far;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use geographiclib_rs::{Geodesic, InverseGeodesic};

use super::position::Position;

pub use bearing::{Compass, initial_bearing_deg, rounded_bearing_deg};
pub use bound::{
    HALF_MERIDIAN_M, chord2_at_most_m2, distance_at_most_m, distance2_at_least_m2,
    distance2_at_most_m2,
};
use estimate::distance_at_least_m;
pub use estimate::{estimate_distance_m, estimate_error_m};
pub use far::{FarBound, Margin};

/// WGS-84 equatorial radius a, in metres. Source: NGA.STND.0036, *World Geodetic System 1984*,
/// table 3.1.
pub const WGS84_EQUATORIAL_RADIUS_M: f64 = 6_378_137.0;

/// WGS-84 flattening f, 1/298.257223563. Source: NGA.STND.0036, table 3.1.
pub const WGS84_FLATTENING: f64 = 1.0 / 298.257_223_563;

/// WGS-84 polar radius b = a (1 − f), in metres.
pub const WGS84_POLAR_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M * (1.0 - WGS84_FLATTENING);

/// A length in metres: finite and not negative by construction, therefore ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metres(f64);

impl Metres {
    /// A length; `None` when it is negative, infinite or NaN.
    #[must_use]
    pub fn new(metres: f64) -> Option<Self> {
        (metres.is_finite() && metres >= 0.0).then_some(Self(metres))
    }

    /// The number of metres.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// As people say it: whole metres, then kilometres with a decimal as long as it tells something.
impl fmt::Display for Metres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            metres if metres < 999.5 => write!(f, "{metres:.0} m"),
            metres if metres < 99_950.0 => write!(f, "{:.1} km", metres / 1000.0),
            metres => write!(f, "{:.0} km", metres / 1000.0),
        }
    }
}

impl Eq for Metres {}

impl Hash for Metres {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Minus zero is no length of its own.
        (self.0 + 0.0).to_bits().hash(state);
    }
}

impl PartialOrd for Metres {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Metres {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A point in space: Earth-centred, Earth-fixed Cartesian coordinates of WGS-84.
///
/// # Units
///
/// - metres; x towards latitude 0, longitude 0, y towards 90° east, z towards the north pole
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ecef {
    /// Towards latitude 0, longitude 0.
    pub x_m: f64,
    /// Towards latitude 0, longitude 90° east.
    pub y_m: f64,
    /// Towards the north pole.
    pub z_m: f64,
}

impl From<Position> for Ecef {
    /// The point of the ellipsoid's surface at `position`, right to about 2 nm a coordinate.
    fn from(position: Position) -> Self {
        let [lat, lon] =
            [position.lat_deg(), position.lon_deg()].map(|deg| deg.to_radians().sin_cos());
        Self::of_angles(lat, lon)
    }
}

impl Ecef {
    /// Distance of the surface at a latitude from the Earth's axis and height over the equator's
    /// plane, in metres.
    pub(crate) fn meridian_m(lat_deg: f64) -> (f64, f64) {
        Self::meridian_of(lat_deg.to_radians().sin_cos())
    }

    /// The point whose latitude and longitude have these sines and cosines.
    fn of_angles(lat: (f64, f64), (sin_lon, cos_lon): (f64, f64)) -> Self {
        let (axis_m, z_m) = Self::meridian_of(lat);
        Self { x_m: axis_m * cos_lon, y_m: axis_m * sin_lon, z_m }
    }

    fn meridian_of((sin_lat, cos_lat): (f64, f64)) -> (f64, f64) {
        let prime_vertical_m =
            WGS84_EQUATORIAL_RADIUS_M / (1.0 - (1.0 - AXIS_RATIO2) * sin_lat * sin_lat).sqrt();
        (prime_vertical_m * cos_lat, prime_vertical_m * AXIS_RATIO2 * sin_lat)
    }

    /// The point on the other side of the Earth's middle.
    #[must_use]
    pub fn opposite(self) -> Self {
        Self { x_m: -self.x_m, y_m: -self.y_m, z_m: -self.z_m }
    }

    /// The point of the surface towards which a point lies from the Earth's middle; for that middle
    /// itself the one at latitude 0, longitude 0.
    #[must_use]
    pub(crate) fn on_surface(self) -> Self {
        const PER_A2: f64 = 1.0 / (WGS84_EQUATORIAL_RADIUS_M * WGS84_EQUATORIAL_RADIUS_M);
        const PER_B2: f64 = 1.0 / (WGS84_POLAR_RADIUS_M * WGS84_POLAR_RADIUS_M);
        let Self { x_m, y_m, z_m } = self;
        let height2 = (x_m * x_m + y_m * y_m) * PER_A2 + z_m * z_m * PER_B2;
        if height2 < 1e-18 {
            return Self { x_m: WGS84_EQUATORIAL_RADIUS_M, y_m: 0.0, z_m: 0.0 };
        }
        let stretch = 1.0 / height2.sqrt();
        Self { x_m: x_m * stretch, y_m: y_m * stretch, z_m: z_m * stretch }
    }

    /// Square of the straight line to `other` through the Earth, in square metres.
    #[must_use]
    pub fn chord2_m2(self, other: Self) -> f64 {
        let (x, y, z) = (other.x_m - self.x_m, other.y_m - self.y_m, other.z_m - self.z_m);
        x * x + y * y + z * z
    }
}

/// Smallest radius of curvature of any section of the surface, b² / a: along the meridian at the
/// equator.
const LEAST_CURVATURE_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M * AXIS_RATIO2;

/// (b / a)², the square of polar over equatorial radius.
const AXIS_RATIO2: f64 = (1.0 - WGS84_FLATTENING) * (1.0 - WGS84_FLATTENING);

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Length of the shortest path on the WGS-84 ellipsoid.
///
/// # Units
///
/// - returns: metres, 0 to half the globe (about 20,003,931)
///
/// # Cost
///
/// About a microsecond.
///
/// # References
///
/// Karney (2013), *Algorithms for geodesics*, J. Geodesy 87, doi:10.1007/s00190-012-0578-z.
#[must_use]
pub fn geodesic_distance(from: Position, to: Position) -> Metres {
    let metres: f64 = WGS84.inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg());
    Metres(metres.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_as_people_do() {
        for (metres, said) in [
            (0.4, "0 m"),
            (999.4, "999 m"),
            (999.6, "1.0 km"),
            (99_949.0, "99.9 km"),
            (12_345_678.0, "12346 km"),
        ] {
            assert_eq!(Metres::new(metres).unwrap().to_string(), said);
        }
    }
}
