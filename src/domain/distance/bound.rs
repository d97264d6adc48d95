//! How far apart over the ground two points can be, given the chord between them, and the reverse.

use super::{LEAST_CURVATURE_RADIUS_M, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING};

/// Greatest radius of curvature anywhere, a² / b: at the poles.
const GREATEST_CURVATURE_RADIUS_M: f64 = WGS84_EQUATORIAL_RADIUS_M / (1.0 - WGS84_FLATTENING);

/// How far apart points opposite to each other are, over a pole, less a metre: nothing is farther
/// than that from anything.
pub const HALF_MERIDIAN_M: f32 = 20_003_930.0;

/// The square of a chord that no two points exceed whose distance over the ground has at most
/// this square. Squares, because a search compares squares.
///
/// # Units
///
/// - `distance2_m2`, returns: square metres
///
/// # Cost
///
/// A few multiplications. Up to 5,000 km the bound exceeds the longest chord there is by 0.1 % at
/// most.
///
/// # Proof
///
/// At the start p the ball of radius r (the least radius of curvature) touches the surface from
/// inside, and the ball of radius R (the greatest) contains the ellipsoid (Blaschke's rolling
/// theorem). Nearest-point projection onto the small ball lengthens no path, so seen from its centre
/// the end q lies within the angle θ = s/r of p. The farthest such q lies on the large sphere; the
/// triangle of q and the two centres, R − r apart, gives the angle φ = θ − asin((R − r)/R · sin θ)
/// at the large centre, and the chord 2R sin(φ/2). The polynomial lies above that function of one
/// variable, with which the tests compare it.
#[must_use]
pub fn chord2_at_most_m2(distance2_m2: f64) -> f64 {
    const PER_R2: f64 = 1.0 / (GREATEST_CURVATURE_RADIUS_M * GREATEST_CURVATURE_RADIUS_M);
    let angle2 = distance2_m2 * PER_R2;
    if angle2 > 9.0 {
        return 4.0 * WGS84_EQUATORIAL_RADIUS_M * WGS84_EQUATORIAL_RADIUS_M;
    }
    let share = 1.0 - angle2 * (0.039_9 - angle2 * 0.000_53);
    distance2_m2 * (share * share)
}

/// The square of a distance over the ground that no two points are nearer than whose chord has this
/// square: the reverse of [`chord2_at_most_m2`], in single precision, for bounding many boxes.
///
/// # Units
///
/// - `chord2_m2`, returns: square metres
///
/// # Proof
///
/// The first terms of the series that reverses that polynomial, all of which are positive; the tests
/// put one into the other.
#[must_use]
#[inline]
pub fn distance2_at_least_m2(chord2_m2: f32) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding that the caller leaves room for")]
    const PER_R2: f32 = (1.0 / (GREATEST_CURVATURE_RADIUS_M * GREATEST_CURVATURE_RADIUS_M)) as f32;
    let share = chord2_m2 * PER_R2;
    chord2_m2 * (1.0 + share * (0.079_8 + share * (0.010_08 + share * 0.001_52)))
}

/// The square of a distance over the ground that no two points exceed, from the square of the chord
/// between them, of at most 4,000 km: a polynomial, for bounding many rows.
///
/// # Units
///
/// - `chord2_m2`, returns: square metres
///
/// # Proof
///
/// The plane through both points and the Earth's centre cuts the ellipsoid in an ellipse of
/// curvature at most a/b² = 1/r, so by Schur's theorem an arc of it no longer than πr over a chord
/// c is at most 2r asin(c/2r), and the geodesic is no longer than that arc. An arc longer than πr
/// has a chord of more than 0.9999 × 2r, and nothing is farther than half a meridian. The polynomial
/// lies above the square of that, with which the tests compare it.
#[must_use]
pub fn distance2_at_most_m2(chord2_m2: f64) -> f64 {
    const PER_4R2: f64 = 0.25 / (LEAST_CURVATURE_RADIUS_M * LEAST_CURVATURE_RADIUS_M);
    let sine2 = chord2_m2 * PER_4R2;
    chord2_m2 * (1.0 + sine2 * (1.0 / 3.0 + 0.2 * sine2))
}

/// A distance over the ground that no two points joined by this chord exceed, in single precision,
/// for bounding many boxes; as [`distance2_at_most_m2`], by a series that is good to a quarter of a
/// turn and never less beyond.
///
/// # Units
///
/// - `chord_m`, returns: metres
#[must_use]
#[inline]
pub fn distance_at_most_m(chord_m: f32) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding that the caller leaves room for")]
    const PER_2R: f32 = (0.5 / LEAST_CURVATURE_RADIUS_M) as f32;
    // The first terms of asin x / x; the last is more than what is left of it at 1, where it is
    // half a meridian.
    let sine2 = (chord_m * PER_2R) * (chord_m * PER_2R);
    let series = 0.166_667 + sine2 * (0.075 + sine2 * (0.044_643 + sine2 * 0.293));
    chord_m * (1.0 + sine2 * series)
}

/// What is proved of [`distance2_at_most_m2`], without a square and without a polynomial.
#[cfg(test)]
pub(super) fn longest_distance_m(chord_m: f64) -> f64 {
    const HALF_MERIDIAN_M: f64 = 20_003_931.5;
    let sine = chord_m / (2.0 * LEAST_CURVATURE_RADIUS_M);
    if sine < 0.999_9 { 2.0 * LEAST_CURVATURE_RADIUS_M * sine.asin() } else { HALF_MERIDIAN_M }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ecef, Position, geodesic_distance};

    fn chord_at_most_m(distance_m: f64) -> f64 {
        chord2_at_most_m2(distance_m * distance_m).sqrt()
    }

    /// The longest chord in closed form, as the proof gives it.
    fn longest_chord_m(distance_m: f64) -> f64 {
        const OFFSET: f64 = 1.0 - LEAST_CURVATURE_RADIUS_M / GREATEST_CURVATURE_RADIUS_M;
        let theta = distance_m / LEAST_CURVATURE_RADIUS_M;
        if theta >= std::f64::consts::PI {
            return 2.0 * WGS84_EQUATORIAL_RADIUS_M;
        }
        let phi = theta - (OFFSET * theta.sin()).asin();
        2.0 * GREATEST_CURVATURE_RADIUS_M * (0.5 * phi).sin()
    }

    #[test]
    fn the_polynomial_lies_above_the_longest_chord_and_close_to_it() {
        for step in 1..=2_010_000 {
            let distance_m = f64::from(step) * 10.0;
            let (bound_m, longest_m) = (chord_at_most_m(distance_m), longest_chord_m(distance_m));
            assert!(bound_m >= longest_m.min(2.0 * WGS84_EQUATORIAL_RADIUS_M), "{distance_m}");
            assert!(distance_m > 5e6 || bound_m <= longest_m * 1.001, "{distance_m}");
        }
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "rounding is allowed for")]
    fn the_reverse_of_the_longest_chord_is_one_and_close_to_it() {
        for step in 1..=1_275_000 {
            let chord2_m2 = (f64::from(step) * 10.0).powi(2);
            let least2_m2 = f64::from(distance2_at_least_m2(chord2_m2 as f32)) * (1.0 - 1e-6);
            assert!(chord2_at_most_m2(least2_m2) <= chord2_m2, "{step}");
            let is_close = chord2_at_most_m2(least2_m2 * 1.000_1) >= chord2_m2;
            assert!(step > 500_000 || is_close, "{step}");
        }
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "rounding is allowed for")]
    fn the_series_lies_above_the_longest_distance_and_close_to_it() {
        for step in 1..=1_275_000 {
            let chord_m = f64::from(step) * 10.0;
            let bound_m = f64::from(distance_at_most_m(chord_m as f32)) * (1.0 + 1e-6);
            let longest_m = longest_distance_m(chord_m);
            assert!(bound_m >= longest_m, "{chord_m}");
            assert!(chord_m > 6e6 || bound_m <= longest_m * 1.001, "{chord_m}");
        }
    }

    #[test]
    fn points_opposite_to_each_other_are_half_a_meridian_apart() {
        for lat_deg in -90..=90 {
            let from = Position::from_lat_lon(f64::from(lat_deg), 12.0).unwrap();
            let to = Position::from_lat_lon(-f64::from(lat_deg), -168.0).unwrap();
            let apart_m = geodesic_distance(from, to).get() - f64::from(HALF_MERIDIAN_M);
            assert!((0.0..2.0).contains(&apart_m), "{apart_m}");
            assert!(Ecef::from(from).opposite().chord2_m2(to.into()) < 1e-6);
        }
    }

    #[test]
    fn the_polynomial_of_squares_lies_above_the_longest_distance_and_close_to_it() {
        for step in 1..=400_000 {
            let chord_m = f64::from(step) * 10.0;
            let bound_m = distance2_at_most_m2(chord_m * chord_m).sqrt();
            let longest_m = longest_distance_m(chord_m);
            assert!(bound_m + 1e-8 >= longest_m && bound_m <= longest_m * 1.000_1, "{chord_m}");
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
                    assert!(distance_m <= longest_distance_m(chord_m) + ROUNDING_M, "{from}; {to}");
                }
            }
        }
    }
}
