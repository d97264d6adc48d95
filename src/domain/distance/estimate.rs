//! Geodesic distances without the cost of the exact method.

use super::{AXIS_RATIO2, Ecef, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING, WGS84_POLAR_RADIUS_M};

/// 1 / a², per square metre.
const PER_A2: f64 = 1.0 / (WGS84_EQUATORIAL_RADIUS_M * WGS84_EQUATORIAL_RADIUS_M);

/// Second eccentricity squared, a² / b² − 1.
const SECOND_ECCENTRICITY2: f64 = 1.0 / AXIS_RATIO2 - 1.0;

/// Chord up to which one step of the iteration suffices, in metres.
const LONG_RANGE_M: f64 = 7_400_000.0;

/// Chord up to which two steps do, in metres: about 18,500 km over the ground.
const FAR_RANGE_M: f64 = 12_650_000.0;

/// How near the antipodes, in Earth's radii, three steps still suffice: 300 km. Nearer, the
/// iteration stops converging.
const ANTIPODES: f64 = 0.047;

/// Chord at which the errors of the two methods are the same, in metres.
const SHORT_RANGE_M: f64 = 750_000.0;

/// How far [`estimate_distance_m`] may be from
/// [`geodesic_distance`](super::geodesic_distance): 10 nm of rounding, a term in the fifth power
/// of the distance (8 nm at 100 km), and never more than 0.2 mm.
///
/// Measured over all latitudes and directions, rounded up and held by the tests below. It grows
/// with the distance and slower than it, so that distances minus their errors keep their order.
///
/// # Units
///
/// - `distance_m`, returns: metres
#[must_use]
pub fn estimate_error_m(distance_m: f64) -> f64 {
    let distance2 = distance_m * distance_m;
    1e-8 + (8e-34 * distance2 * distance2 * distance_m).min(2e-4)
}

/// Length of the geodesic between two points of the surface; `None` when one is within 300 km of
/// the other's antipodes. Up to there the error is at most [`estimate_error_m`].
///
/// # Units
///
/// - returns: metres
///
/// # Cost
///
/// About 10 ns up to 750 km and 80 to 160 ns beyond, where the exact method takes 600 ns.
#[must_use]
#[inline]
pub fn estimate_distance_m(from: Ecef, to: Ecef) -> Option<f64> {
    let chord2_m2 = from.chord2_m2(to);
    if chord2_m2 <= 0.0 {
        Some(0.0)
    } else if chord2_m2 <= SHORT_RANGE_M * SHORT_RANGE_M {
        Some(short_distance_m(from, to, chord2_m2))
    } else {
        Some(long_distance_m(from, to, steps(from, to, chord2_m2)?))
    }
}

/// How many steps of the iteration it takes; `None` where no number suffices.
fn steps(from: Ecef, to: Ecef, chord2_m2: f64) -> Option<usize> {
    if chord2_m2 <= LONG_RANGE_M * LONG_RANGE_M {
        Some(1)
    } else if chord2_m2 <= FAR_RANGE_M * FAR_RANGE_M {
        Some(2)
    } else {
        let (near, far) = (AuxiliaryPoint::from(from), AuxiliaryPoint::from(to));
        let (x, y, z) = (near.x + far.x, near.y + far.y, near.z + far.z);
        (x * x + y * y + z * z >= ANTIPODES * ANTIPODES).then_some(3)
    }
}

/// A distance that the geodesic between two points of the surface is no shorter than: up to
/// 18,500 km within 20 m of it at 8,000 km and 300 m at 18,000 km, beyond within 0.4 %.
///
/// Up to there measured like the estimates, of which it is the first approximation; beyond
/// it proven, because stretching z by a/b maps the surface to a sphere and lengthens nothing by
/// more than a/b.
///
/// # Units
///
/// - returns: metres, not negative
///
/// # Cost
///
/// About 30 ns, whatever the distance.
#[must_use]
pub(super) fn distance_at_least_m(from: Ecef, to: Ecef) -> f64 {
    /// What the first approximation may be too long by, and some.
    const MARGIN_M: f64 = 1e-2;
    let chord2_m2 = from.chord2_m2(to);
    let least_m = if chord2_m2 <= SHORT_RANGE_M * SHORT_RANGE_M {
        chord2_m2.sqrt()
    } else if chord2_m2 <= FAR_RANGE_M * FAR_RANGE_M {
        long_distance_m(from, to, 0)
    } else {
        WGS84_POLAR_RADIUS_M * GreatCircle::between(from.into(), to.into()).arc
    };
    (least_m - MARGIN_M).max(0.0)
}

/// The arc over a chord, from the curvature of the surface below the middle of the chord.
///
/// For points p and q of the quadric xᵀDx = 1 the chord q − p is tangent to the surface where the
/// ray through the chord's midpoint m leaves it, because (q − p)ᵀD(q + p) = 0. The normal curvature
/// κ of the surface there, along the chord, is rational in p and q. A circle of curvature κ gives
/// the arc (2/κ) asin(κc/2); what it misses first is the change of curvature along the way,
/// κκ″c⁵/480 with κ″ = −3e′²(u² − v²)/a³, where u and v are the z-components of the unit vectors
/// along the chord and towards m. The rest is of the order of e⁴c⁵ and e²c⁷.
#[inline]
fn short_distance_m(from: Ecef, to: Ecef, chord2_m2: f64) -> f64 {
    // Squares in units of a²; m is the sum of both points, twice the middle.
    let (mx, my, mz) = (to.x_m + from.x_m, to.y_m + from.y_m, to.z_m + from.z_m);
    let (middle_xy2, middle_z2) =
        ((mx * mx + my * my) * (0.25 * PER_A2), mz * mz * (0.25 * PER_A2));
    let dz2 = (to.z_m - from.z_m) * (to.z_m - from.z_m) * PER_A2;
    let chord2 = chord2_m2 * PER_A2;
    // With D = diag(1, 1, a²/b²): w = (q − p)ᵀD(q − p) and |Dm|², and from them κ²c²/4.
    let w = chord2 + SECOND_ECCENTRICITY2 * dz2;
    let gradient2 = middle_xy2 + middle_z2 * (1.0 / (AXIS_RATIO2 * AXIS_RATIO2));
    let x = w * w * (0.25 - 0.0625 * w) / (chord2 * gradient2);
    // asin(√x) / √x
    let circle = 1.0 + x * (1.0 / 6.0 + x * (3.0 / 40.0 + x * (5.0 / 112.0 + x * (35.0 / 1152.0))));
    let change_of_curvature = (SECOND_ECCENTRICITY2 / 160.0) * (dz2 - chord2 * middle_z2) * chord2;
    chord2_m2.sqrt() * (circle - change_of_curvature)
}

/// The geodesic as a great circle of the auxiliary sphere, found by iteration.
///
/// Stretching z by a/b turns the surface into a sphere (that of reduced latitudes) and the geodesic
/// into nearly a great circle: its longitudes run ahead by δ, which depends on the great circle
/// found with it. Each step turns the far end by δ about the axis and measures anew, in vectors,
/// so that nothing but the arc itself takes a trigonometric function. A step of Newton's method
/// leaves a ten-thousandth of the error of δ, less towards the antipodes.
///
/// # References
///
/// Series for δ and the length: Vincenty (1975), *Direct and inverse solutions of geodesics on the
/// ellipsoid with application of nested equations*, Survey Review 23(176); length in Helmert's k₁.
#[inline(never)]
fn long_distance_m(from: Ecef, to: Ecef, steps: usize) -> f64 {
    let (circle, lead) = found_circle(from.into(), to.into(), steps);
    circle.length_m(circle.correction(lead))
}

/// The great circle after some steps, and the lead it was found with.
#[inline]
fn found_circle(near: AuxiliaryPoint, far: AuxiliaryPoint, steps: usize) -> (GreatCircle, f64) {
    let mut circle = GreatCircle::between(near, far);
    let mut lead = 0.0;
    for _ in 0..steps {
        lead += circle.correction(lead);
        circle = GreatCircle::between(near, far.turned(lead));
    }
    (circle, lead)
}

/// A geodesic at its far end.
pub(super) struct Arrival {
    pub(super) distance_m: f64,
    /// The direction in which it arrives, of length 1: in the plane that touches the surface at
    /// the far end, but for a six-hundredth.
    pub(super) direction: [f64; 3],
    /// The arc between the points on the auxiliary sphere, its sine and its cosine.
    pub(super) arc: f64,
    pub(super) sin_arc: f64,
    pub(super) cos_arc: f64,
}

/// How the geodesic from one point arrives at another; `None` where there is no estimate, or the
/// points are nearer than 1 km.
///
/// A geodesic meets its meridians at the angles at which its great circle of the auxiliary sphere
/// does, so that its direction is that of the circle, turned back by the lead.
///
/// # Cost
///
/// That of an estimate beyond 750 km.
pub(super) fn arrival(from: Ecef, to: Ecef) -> Option<Arrival> {
    const LEAST_M: f64 = 1_000.0;
    let chord2_m2 = from.chord2_m2(to);
    if chord2_m2 < LEAST_M * LEAST_M {
        return None;
    }
    let steps = steps(from, to, chord2_m2)?;
    let (near, far) = (AuxiliaryPoint::from(from), AuxiliaryPoint::from(to));
    let (circle, lead) = found_circle(near, far, steps);
    let end = far.turned(lead);
    let along = |near: f64, end: f64| (end * circle.cos_arc - near) / circle.sin_arc;
    let direction = AuxiliaryPoint {
        x: along(near.x, end.x),
        y: along(near.y, end.y),
        z: along(near.z, end.z),
    };
    let AuxiliaryPoint { x, y, z } = direction.turned(-lead);
    let distance_m = circle.length_m(circle.correction(lead));
    Some(Arrival {
        distance_m,
        direction: [x, y, z],
        arc: circle.arc,
        sin_arc: circle.sin_arc,
        cos_arc: circle.cos_arc,
    })
}

/// A point of the auxiliary sphere of radius 1.
#[derive(Clone, Copy)]
struct AuxiliaryPoint {
    x: f64,
    y: f64,
    z: f64,
}

impl From<Ecef> for AuxiliaryPoint {
    fn from(point: Ecef) -> Self {
        Self {
            x: point.x_m / WGS84_EQUATORIAL_RADIUS_M,
            y: point.y_m / WGS84_EQUATORIAL_RADIUS_M,
            z: point.z_m / WGS84_POLAR_RADIUS_M,
        }
    }
}

impl AuxiliaryPoint {
    /// The point turned east about the axis by an angle of a few milliradians.
    fn turned(self, angle: f64) -> Self {
        let angle2 = angle * angle;
        let sin = angle * (1.0 - angle2 / 6.0 * (1.0 - angle2 / 20.0));
        let cos = 1.0 - 0.5 * angle2 * (1.0 - angle2 / 12.0);
        Self { x: self.x * cos - self.y * sin, y: self.x * sin + self.y * cos, z: self.z }
    }
}

/// The great circle through two points, in the terms the series are made of.
struct GreatCircle {
    /// Arc between the points, with its sine and cosine.
    arc: f64,
    sin_arc: f64,
    cos_arc: f64,
    /// Product of the two points' positions in the plane of the equator.
    across: f64,
    /// Sine of the direction in which the circle crosses the equator, east of north.
    sin_azimuth: f64,
    /// cos² of that direction: the square of the sine of the highest latitude.
    cos2_azimuth: f64,
    /// `cos2_azimuth` times the cosine of twice the arc from the equator to the middle.
    middle: f64,
}

impl GreatCircle {
    fn between(near: AuxiliaryPoint, far: AuxiliaryPoint) -> Self {
        let (dx, dy, dz) = (far.x - near.x, far.y - near.y, far.z - near.z);
        let (mx, my, mz) = (far.x + near.x, far.y + near.y, far.z + near.z);
        let (difference2, sum2) = (dx * dx + dy * dy + dz * dz, mx * mx + my * my + mz * mz);
        let (sin_half, cos_half) = (0.5 * difference2.sqrt(), 0.5 * sum2.sqrt());
        let sin_arc = 2.0 * sin_half * cos_half;
        // The chord and the middle are at right angles in the plane of the circle.
        let (along, middle) = (dz * dz / difference2, mz * mz / sum2);
        Self {
            arc: 2.0 * sin_half.min(1.0).asin(),
            sin_arc,
            cos_arc: (cos_half - sin_half) * (cos_half + sin_half),
            across: near.x * far.x + near.y * far.y,
            sin_azimuth: (near.x * far.y - near.y * far.x) / sin_arc,
            cos2_azimuth: along + middle,
            middle: along - middle,
        }
    }

    /// By how much the longitudes on this circle run ahead of those on the ellipsoid.
    fn lead(&self) -> f64 {
        const F: f64 = WGS84_FLATTENING;
        let series = F / 16.0 * (4.0 + F * (4.0 - 3.0 * self.cos2_azimuth));
        let arc = self.arc
            + self.sin_arc * series * (self.middle + self.cos_arc * series * self.double_middle());
        (1.0 - series * self.cos2_azimuth) * F * self.sin_azimuth * arc
    }

    /// What to add to a lead with which this circle was found (Newton's step, to first order in the
    /// flattening).
    fn correction(&self, lead: f64) -> f64 {
        let azimuth2 = self.sin_azimuth * self.sin_azimuth;
        let slope = azimuth2 + self.arc * (self.across - self.cos_arc * azimuth2) / self.sin_arc;
        (self.lead() - lead) / (1.0 - WGS84_FLATTENING * slope)
    }

    /// Length on the ellipsoid, with the far end turned on by a small angle.
    fn length_m(&self, turned_on: f64) -> f64 {
        let root = 1.0 + (1.0 + SECOND_ECCENTRICITY2 * self.cos2_azimuth).sqrt();
        let k1_by_cos2 = SECOND_ECCENTRICITY2 / (root * root);
        let k1 = k1_by_cos2 * self.cos2_azimuth;
        let scale = (1.0 + 0.25 * k1 * k1) / (1.0 - k1);
        let series = k1_by_cos2 * (1.0 - 0.375 * k1 * k1);
        let third = self.middle
            * (4.0 * self.sin_arc * self.sin_arc - 3.0)
            * (4.0 * self.middle * self.middle - 3.0 * self.cos2_azimuth * self.cos2_azimuth);
        let less = series
            * self.sin_arc
            * (self.middle
                + 0.25 * series * (self.cos_arc * self.double_middle() - series / 6.0 * third));
        WGS84_POLAR_RADIUS_M * scale * (self.arc + self.sin_azimuth * turned_on - less)
    }

    /// `cos2_azimuth` squared times the cosine of four times the arc from the equator to the middle.
    fn double_middle(&self) -> f64 {
        2.0 * self.middle * self.middle - self.cos2_azimuth * self.cos2_azimuth
    }
}

#[cfg(test)]
mod tests {
    use geographiclib_rs::{DirectGeodesic, Geodesic};

    use super::*;
    use crate::domain::{Position, geodesic_distance};

    /// The worst of `error / estimate_error_m` from `from` in every direction at a distance.
    fn worst_share(from: Position, distance_m: f64) -> f64 {
        let geodesic = Geodesic::wgs84();
        let mut worst = 0.0_f64;
        for step in 0..72 {
            let azimuth_deg = f64::from(step) * 5.0;
            let (lat_deg, lon_deg): (f64, f64) =
                geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, distance_m);
            let to = Position::from_lat_lon(lat_deg, lon_deg).unwrap();
            let exact_m = geodesic_distance(from, to).get();
            assert!(distance_at_least_m(from.into(), to.into()) <= exact_m, "{from}; {to}");
            let Some(estimate_m) = estimate_distance_m(from.into(), to.into()) else { continue };
            worst = worst.max((estimate_m - exact_m).abs() / estimate_error_m(exact_m));
        }
        worst
    }

    #[test]
    fn estimates_keep_to_their_error_at_every_latitude_direction_and_distance() {
        let lats_deg =
            (-90..=90).step_by(3).map(f64::from).chain([-89.9999, 1e-7, 0.5, 89.999_999]);
        for lat_deg in lats_deg {
            let from = Position::from_lat_lon(lat_deg, 179.3).unwrap();
            for exponent in -6..=27 {
                let distance_m = 10_f64.powf(f64::from(exponent) / 4.0);
                let share = worst_share(from, distance_m);
                assert!(share <= 1.0, "{share} at {distance_m} m from {from}");
            }
            for distance_m in [
                4e5, 6e5, 7e5, 7.49e5, 7.51e5, 1e6, 2e6, 4e6, 6e6, 8e6, 9.9e6, 1.1e7, 1.3e7, 1.5e7,
                1.56e7, 1.7e7, 1.8e7, 1.85e7, 1.88e7, 1.9e7, 1.92e7, 1.94e7, 1.95e7, 1.96e7,
                1.965e7, 1.968e7, 1.97e7, 1.975e7,
            ] {
                let share = worst_share(from, distance_m);
                assert!(share <= 1.0, "{share} at {distance_m} m from {from}");
            }
        }
    }

    #[test]
    fn adversarial_pairs_keep_to_their_error_too() {
        let lats_deg =
            [0.0, -0.0, 1e-12, 1e-7, 1e-3, 45.0, 89.0, 89.999_999_9, 90.0, -90.0, -33.0, -45.1];
        let lons_deg =
            [0.0, -0.0, 1e-12, 1e-9, 1e-4, 0.5, 45.0, 90.0, 179.999_999_9, 180.0, -180.0, -179.0];
        for &from_lat in &lats_deg {
            for &to_lat in &lats_deg {
                for &from_lon in &lons_deg {
                    for &to_lon in &lons_deg {
                        let from = Position::from_lat_lon(from_lat, from_lon).unwrap();
                        let to = Position::from_lat_lon(to_lat, to_lon).unwrap();
                        let exact_m = geodesic_distance(from, to).get();
                        let least_m = distance_at_least_m(from.into(), to.into());
                        assert!(least_m <= exact_m, "{least_m} m: {from}; {to}");
                        let Some(estimate_m) = estimate_distance_m(from.into(), to.into()) else {
                            continue;
                        };
                        let off_m = (estimate_m - exact_m).abs();
                        assert!(off_m <= estimate_error_m(exact_m), "{off_m} m: {from}; {to}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_estimated_beyond_the_range_and_zero_is_zero() {
        let pole = Position::from_lat_lon(90.0, 0.0).unwrap().into();
        assert_eq!(estimate_distance_m(pole, pole), Some(0.0));
        let other = Position::from_lat_lon(-90.0, 0.0).unwrap().into();
        assert_eq!(estimate_distance_m(pole, other), None);
    }

    #[test]
    fn distances_less_their_errors_keep_their_order() {
        let lower = |distance_m: f64| distance_m - estimate_error_m(distance_m);
        for step in 1..=200_000 {
            let distance_m = f64::from(step) * 100.0;
            assert!(lower(distance_m - 1e-4) < lower(distance_m));
        }
    }
}
