//! Directions over the ground.

use geographiclib_rs::InverseGeodesic;

use super::{Ecef, WGS84};
use crate::domain::position::Position;

/// Shortest and longest chord for which a direction is estimated, in metres. Nearer, the rounding
/// of coordinates turns it noticeably; farther, the geodesic leaves the straight line.
const ESTIMATED_FROM_M: f64 = 1.0;
const ESTIMATED_TO_M: f64 = 500_000.0;

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

/// [`initial_bearing_deg`] rounded to a tenth of a degree, 360 being 0.
///
/// # Units
///
/// - returns: degrees clockwise from north, 0 to 359.9
///
/// # Cost
///
/// A fraction of the exact method up to 500 km, where one in some thousand costs as much as it, and
/// as much as it (700 ns) beyond.
#[must_use]
pub fn rounded_bearing_deg(from: Position, to: Position) -> f64 {
    Compass::at(from).rounded_bearing_deg(to, to.into())
}

/// Tells directions from one place: what they have in common is computed once.
#[derive(Clone, Copy, Debug)]
pub struct Compass {
    from: Position,
    start: Ecef,
    /// Sine and cosine of the latitude, and of the longitude.
    lat: (f64, f64),
    lon: (f64, f64),
}

impl Compass {
    /// A compass at a place.
    #[must_use]
    pub fn at(from: Position) -> Self {
        let [lat, lon] = [from.lat_deg(), from.lon_deg()].map(|deg| deg.to_radians().sin_cos());
        Self { from, start: Ecef::of_angles(lat, lon), lat, lon }
    }

    /// [`rounded_bearing_deg`] from here to a position whose point in space is known.
    ///
    /// # Units
    ///
    /// - returns: degrees clockwise from north, 0 to 359.9
    #[must_use]
    #[inline]
    pub fn rounded_bearing_deg(&self, to: Position, end: Ecef) -> f64 {
        let exact = || (initial_bearing_deg(self.from, to) * 10.0).round();
        let tenths = self.estimated_tenths(end).unwrap_or_else(exact);
        let tenths = match tenths {
            west if west < 0.0 => west + 3600.0,
            full if full >= 3600.0 => full - 3600.0,
            tenths => tenths,
        };
        // Adding zero turns minus zero into zero.
        tenths / 10.0 + 0.0
    }

    /// The direction in whole tenths of a degree; `None` where an estimate does not settle it.
    ///
    /// The direction of the straight line, seen in the horizontal plane of the start, is that of
    /// the normal section. A geodesic of length s starts beside it by e'² cos²φ sin 2α s²/12N² and
    /// less than that again, at most 8e-10 degrees times the square of s in kilometres; twice that
    /// is allowed for, and the rounding of coordinates to nanometres.
    #[inline]
    fn estimated_tenths(&self, end: Ecef) -> Option<f64> {
        let Self { start, lat: (sin_lat, cos_lat), lon: (sin_lon, cos_lon), .. } = *self;
        let chord2_m2 = start.chord2_m2(end);
        if !(ESTIMATED_FROM_M * ESTIMATED_FROM_M..=ESTIMATED_TO_M * ESTIMATED_TO_M)
            .contains(&chord2_m2)
        {
            return None;
        }
        let error_deg = 1e-5 + ATAN_ERROR_DEG + 1.6e-15 * chord2_m2;
        let (x_m, y_m, z_m) = (end.x_m - start.x_m, end.y_m - start.y_m, end.z_m - start.z_m);
        let east_m = cos_lon * y_m - sin_lon * x_m;
        let north_m = cos_lat * z_m - sin_lat * (cos_lon * x_m + sin_lon * y_m);
        let tenths = angle_of(east_m, north_m) * TENTHS_PER_RADIAN;
        // To the nearest whole number, without a call: what is added leaves no bits for less.
        let rounded = tenths + ROUNDING - ROUNDING;
        let from_middle = 0.5 - (tenths - rounded).abs();
        (from_middle > 10.0 * error_deg).then_some(rounded)
    }
}

/// Tenths of a degree in a radian.
const TENTHS_PER_RADIAN: f64 = 1800.0 / std::f64::consts::PI;

/// 1.5 × 2⁵²: numbers of this size are whole.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// How far [`angle_of`] may be off, in degrees.
const ATAN_ERROR_DEG: f64 = 3e-6;

/// The angle of a direction, as `east.atan2(north)` to within [`ATAN_ERROR_DEG`], at a third of the
/// cost.
///
/// The smaller side by the sum of the larger and the hypotenuse is z, the tangent of half the angle, at
/// most √2 − 1. Of the arctangent's series terms up to z¹⁵ are taken; it alternates, so that what
/// is left out is less than the next term, z¹⁷ / 17 or 2 × 10⁻⁸.
///
/// # Units
///
/// - returns: radians, −π to π, 0 to the north and growing to the east
fn angle_of(east: f64, north: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, PI};
    let (across, along) = (east.abs(), north.abs());
    let is_steep = across > along;
    let (less, more) = if is_steep { (along, across) } else { (across, along) };
    let z = less / (more + (less * less + more * more).sqrt());
    // Pairs of terms do not wait for each other.
    let z2 = z * z;
    let (z4, z6) = (z2 * z2, z2 * z2 * z2);
    let low = (-1.0 / 3.0 + 0.2 * z2) + z4 * (-1.0 / 7.0 + 1.0 / 9.0 * z2);
    let high = (-1.0 / 11.0 + 1.0 / 13.0 * z2) + -1.0 / 15.0 * z4;
    let half = z + z * z2 * (low + z2 * z6 * high);
    let from_axis = if is_steep { FRAC_PI_2 - 2.0 * half } else { 2.0 * half };
    let from_north = if north < 0.0 { PI - from_axis } else { from_axis };
    from_north.copysign(east)
}

#[cfg(test)]
fn estimated_tenths(from: Position, to: Position) -> Option<f64> {
    Compass::at(from).estimated_tenths(to.into())
}

#[cfg(test)]
mod tests {
    use geographiclib_rs::{DirectGeodesic, Geodesic};

    use super::*;

    #[test]
    fn rounding_the_estimate_is_rounding_the_exact_direction() {
        let geodesic = Geodesic::wgs84();
        let (mut estimated, mut all) = (0, 0);
        for lat_deg in (-90..=90).step_by(6).map(f64::from).chain([-89.9999, 89.999_999, 1e-7]) {
            let from = Position::from_lat_lon(lat_deg, 179.9).unwrap();
            for distance_m in [0.0, 0.01, 0.5, 1.01, 3.0, 40.0, 900.0, 2e4, 1e5, 3e5, 4.99e5, 2e6] {
                for step in 0..720 {
                    let azimuth_deg = f64::from(step) * 0.513 + 1e-7 * f64::from(step - 360);
                    let (lat_deg, lon_deg): (f64, f64) =
                        geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, distance_m);
                    let to = Position::from_lat_lon(lat_deg, lon_deg).unwrap();
                    let exact = (initial_bearing_deg(from, to) * 10.0).round().rem_euclid(3600.0);
                    assert!(
                        (rounded_bearing_deg(from, to) * 10.0 - exact).abs() < 1e-6,
                        "{from} {to}"
                    );
                    estimated += u32::from(estimated_tenths(from, to).is_some());
                    all += 1;
                }
            }
        }
        assert!(estimated * 2 > all, "{estimated} of {all}: too few to prove anything");
    }

    #[test]
    fn the_angle_of_a_direction_keeps_to_its_error() {
        for step in -1_800_000..=1_800_000 {
            let angle = (f64::from(step) / 1e4).to_radians();
            for length in [1.0, 4e5] {
                let (east, north) = (length * angle.sin(), length * angle.cos());
                let off_deg = (angle_of(east, north) - east.atan2(north)).to_degrees().abs();
                assert!(off_deg < ATAN_ERROR_DEG, "{off_deg} at {angle}");
            }
        }
    }

    #[test]
    fn the_estimate_keeps_to_its_error_in_every_direction() {
        let geodesic = Geodesic::wgs84();
        for lat_deg in (-90..=90).step_by(3).map(f64::from) {
            let from = Position::from_lat_lon(lat_deg, -12.3).unwrap();
            for distance_m in [1.5, 10.0, 1e3, 1e4, 1e5, 2.5e5, 4.9e5] {
                for step in 0..3600 {
                    // A hair beside the middle between two tenths, where rounding would show it.
                    let beside_deg = 2e-5 + 2e-15 * distance_m * distance_m;
                    let azimuth_deg = f64::from(step) * 0.1 + 0.05 + beside_deg;
                    let (lat_deg, lon_deg): (f64, f64) =
                        geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, distance_m);
                    let to = Position::from_lat_lon(lat_deg, lon_deg).unwrap();
                    if let Some(tenths) = estimated_tenths(from, to) {
                        let exact = (initial_bearing_deg(from, to) * 10.0).round();
                        let off = (tenths - exact).rem_euclid(3600.0);
                        assert!(!(0.5..=3599.5).contains(&off), "{from} {to} {distance_m}");
                    }
                }
            }
        }
    }
}
