//! How far apart over the ground two points can be, given the chord between them, and the reverse.

use super::{AXIS_RATIO2, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING};

/// Smallest radius of curvature anywhere, b² / a: along the meridian at the equator.
const LEAST_CURVATURE_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M * AXIS_RATIO2;

/// Greatest radius of curvature anywhere, a² / b: at the poles.
const GREATEST_CURVATURE_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M / (1.0 - WGS84_FLATTENING);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ecef, Position, geodesic_distance};

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

    #[test]
    fn chords_and_distances_bound_each_other_in_every_direction_and_at_every_range() {
        const ROUNDING_M: f64 = 1e-7;
        for lat_deg in (-90..=90).step_by(5) {
            let from = Position::from_lat_lon(f64::from(lat_deg), 0.0).unwrap();
            for other_lat_deg in (-90..=90).step_by(5) {
                for lon_deg in [0.0, 1e-9, 1e-5, 0.01, 1.0, 17.0, 60.0, 90.0, 150.0, 179.4, 180.0] {
                    let to = Position::from_lat_lon(f64::from(other_lat_deg), lon_deg).unwrap();
                    let distance_m = geodesic_distance(from, to).get();
                    let chord_m = Ecef::from(from).chord2_m2(to.into()).sqrt();
                    assert!(chord_m <= chord_at_most_m(distance_m) + ROUNDING_M, "{from}; {to}");
                    assert!(distance_m <= distance_at_most_m(chord_m) + ROUNDING_M, "{from}; {to}");
                }
            }
        }
    }
}
