//! Distances over the ground, and the only constants of the Earth's shape.
//!
//! [`geodesic_distance`] is the reference. [`estimate_distance_m`] gives the same number from two
//! points in space, a hundred times faster, with a stated error where its range ends and Karney's
//! method takes over. The bounds that let a search skip whole regions ([`chord_at_most_m`],
//! [`chord2_reach_m2`]) are theorems about the ellipsoid, not measurements.

use std::cmp::Ordering;
use std::sync::LazyLock;

use geographiclib_rs::{Geodesic, InverseGeodesic};

use super::position::Position;

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

impl Eq for Metres {}

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
        let (axis_m, z_m) = Self::meridian_m(position.lat_deg());
        let (sin_lon, cos_lon) = position.lon_deg().to_radians().sin_cos();
        Self { x_m: axis_m * cos_lon, y_m: axis_m * sin_lon, z_m }
    }
}

impl Ecef {
    /// Distance of the surface at a latitude from the Earth's axis and height over the equator's
    /// plane, in metres.
    pub(crate) fn meridian_m(lat_deg: f64) -> (f64, f64) {
        let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
        let prime_vertical_m =
            WGS84_EQUATORIAL_RADIUS_M / (1.0 - (1.0 - AXIS_RATIO2) * sin_lat * sin_lat).sqrt();
        (prime_vertical_m * cos_lat, prime_vertical_m * AXIS_RATIO2 * sin_lat)
    }

    /// Square of the straight line to `other` through the Earth, in square metres.
    #[must_use]
    pub fn chord2_m2(self, other: Self) -> f64 {
        let (x, y, z) = (other.x_m - self.x_m, other.y_m - self.y_m, other.z_m - self.z_m);
        x * x + y * y + z * z
    }
}

/// (b / a)², the square of polar over equatorial radius.
const AXIS_RATIO2: f64 = (1.0 - WGS84_FLATTENING) * (1.0 - WGS84_FLATTENING);

/// a², in square metres.
const A2_M2: f64 = WGS84_EQUATORIAL_RADIUS_M * WGS84_EQUATORIAL_RADIUS_M;

/// Second eccentricity squared, a² / b² − 1.
const SECOND_ECCENTRICITY2: f64 = 1.0 / AXIS_RATIO2 - 1.0;

/// Smallest radius of curvature anywhere, b² / a: along the meridian at the equator.
const LEAST_CURVATURE_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M * AXIS_RATIO2;

/// Greatest radius of curvature anywhere, a² / b: at the poles.
const GREATEST_CURVATURE_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M / (1.0 - WGS84_FLATTENING);

/// Longest chord for which [`estimate_distance_m`] answers, in metres.
pub const ESTIMATE_RANGE_M: f64 = 1_000_000.0;

/// How far [`estimate_distance_m`] may be from [`geodesic_distance`] at a distance: 10 nm of rounding and
/// a term in the fifth power, 0.8 mm at the end of its range.
///
/// # Units
///
/// - `distance_m`, returns: metres
#[must_use]
pub fn estimate_error_m(distance_m: f64) -> f64 {
    let distance2 = distance_m * distance_m;
    1e-8 + 8e-34 * distance2 * distance2 * distance_m
}

/// Length of the geodesic between two points of the surface, from their chord.
///
/// `None` beyond [`ESTIMATE_RANGE_M`]; up to there the error is at most [`estimate_error_m`].
///
/// # Units
///
/// - returns: metres
///
/// # Cost
///
/// One division and one square root, no trigonometry: about 10 ns.
///
/// # Method
///
/// For points p and q of the quadric xᵀDx = 1 the chord q − p is tangent to the surface where the
/// ray through the chord's midpoint m leaves it, because (q − p)ᵀD(q + p) = 0. The normal curvature
/// κ of the surface there, along the chord, is rational in p and q. A circle of curvature κ gives
/// the arc (2/κ) asin(κc/2); what it misses first is the change of curvature along the way,
/// κκ″c⁵/480 with κ″ = −3e′²(u² − v²)/a³, where u and v are the z-components of the unit vectors
/// along the chord and towards m. The rest is of the order of e⁴c⁵ and e²c⁷.
#[must_use]
pub fn estimate_distance_m(from: Ecef, to: Ecef) -> Option<f64> {
    let (dx, dy, dz) = (to.x_m - from.x_m, to.y_m - from.y_m, to.z_m - from.z_m);
    let (mx, my, mz) =
        (0.5 * (to.x_m + from.x_m), 0.5 * (to.y_m + from.y_m), 0.5 * (to.z_m + from.z_m));
    let dz2 = dz * dz;
    let chord2 = dx * dx + dy * dy + dz2;
    if chord2 > ESTIMATE_RANGE_M * ESTIMATE_RANGE_M {
        return None;
    }
    if chord2 <= 0.0 {
        return Some(0.0);
    }
    // All in units of a: D = diag(1, 1, a²/b²), w = (q − p)ᵀD(q − p), gradient² = |Dm|².
    let w = (chord2 + SECOND_ECCENTRICITY2 * dz2) / A2_M2;
    let gradient2 = (mx * mx + my * my + mz * mz / (AXIS_RATIO2 * AXIS_RATIO2)) / A2_M2;
    let half_angle2 = w * w * (1.0 - 0.25 * w) / (4.0 * (chord2 / A2_M2) * gradient2);
    let circle = 1.0
        + half_angle2
            * (1.0 / 6.0
                + half_angle2
                    * (3.0 / 40.0 + half_angle2 * (5.0 / 112.0 + half_angle2 * (35.0 / 1152.0))));
    let change_of_curvature =
        SECOND_ECCENTRICITY2 / 160.0 * (dz2 - chord2 * (mz * mz / A2_M2)) * chord2
            / (A2_M2 * A2_M2);
    Some(chord2.sqrt() * (circle - change_of_curvature))
}

/// The longest chord there can be between points at most `distance_m` apart over the ground.
///
/// # Units
///
/// - `distance_m`, returns: metres
///
/// # Proof
///
/// At the start p the ball of radius r (the least radius of curvature) touches the surface from
/// inside, and the ball of radius R (the greatest) contains the ellipsoid (Blaschke's rolling
/// theorem). Nearest-point projection onto the small ball lengthens no path, so seen from its centre
/// the end q lies within the angle θ = s/r of p. The farthest such q lies on the large sphere; the
/// triangle of q and the two centres, R − r apart, gives the angle φ = θ − asin((R − r)/R · sin θ)
/// at the large centre, and the chord 2R sin(φ/2).
#[must_use]
pub fn chord_at_most_m(distance_m: f64) -> f64 {
    const OFFSET: f64 = 1.0 - LEAST_CURVATURE_RADIUS_M / GREATEST_CURVATURE_RADIUS_M;
    let longest_m = 2.0 * WGS84_EQUATORIAL_RADIUS_M;
    let theta = distance_m / LEAST_CURVATURE_RADIUS_M;
    if theta >= std::f64::consts::PI {
        return longest_m;
    }
    let phi = theta - (OFFSET * theta.sin()).asin();
    (2.0 * GREATEST_CURVATURE_RADIUS_M * (0.5 * phi).sin()).min(longest_m)
}

/// The squared chord within which everything must be seen before points up to `chord2_m2` can be
/// put in order: whatever lies beyond is farther over the ground, by 2 mm at least, than any point
/// within `chord2_m2`.
///
/// # Units
///
/// - square metres
///
/// # Proof
///
/// The plane through both points and the Earth's centre cuts the ellipsoid in an ellipse of
/// curvature at most a/b² = 1/r, so by Schur's theorem a chord c spans at most U(c) = 2r asin(c/2r)
/// over the ground; [`chord_at_most_m`] of U(c) + 2 mm then bounds every chord that may compete.
/// The polynomial lies above that bound (a function of one variable, compared in the tests below)
/// and leaves room for the rounding of coordinates.
#[must_use]
pub fn chord2_reach_m2(chord2_m2: f64) -> f64 {
    chord2_m2 + chord2_m2 * (1e-6 + 1.3e-16 * chord2_m2) + 4.0
}

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

/// Direction of the geodesic `from` → `to` where it starts.
///
/// # Units
///
/// - returns: degrees clockwise from north (north 0, east 90), 0 to 360
#[must_use]
pub fn initial_bearing_deg(from: Position, to: Position) -> f64 {
    let (azimuth_deg, _, _): (f64, f64, f64) =
        WGS84.inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg());
    azimuth_deg.rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// U(c) of [`chord2_reach_m2`]; beyond 2r nothing is farther than half a meridian.
    fn distance_at_most_m(chord_m: f64) -> f64 {
        let sine = chord_m / (2.0 * LEAST_CURVATURE_RADIUS_M);
        if sine < 0.9999 { 2.0 * LEAST_CURVATURE_RADIUS_M * sine.asin() } else { 20_003_931.5 }
    }

    #[test]
    fn reach_lies_above_the_chord_of_everything_that_may_compete() {
        for step in 0..=2_000_000 {
            let chord_m = f64::from(step) * (2.0 * WGS84_EQUATORIAL_RADIUS_M / 2e6);
            let bound_m = chord_at_most_m(distance_at_most_m(chord_m) + 2e-3);
            let reach_m2 = chord2_reach_m2(chord_m * chord_m);
            assert!(reach_m2 > bound_m * bound_m, "{chord_m}");
        }
    }
}
