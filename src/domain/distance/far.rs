//! Bounds on the distances from one origin to everything near a far point.

use super::estimate::arrival;
use super::{
    AXIS_RATIO2, Ecef, LEAST_CURVATURE_RADIUS_M, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING,
    WGS84_POLAR_RADIUS_M, distance_at_least_m,
};

/// How far from the far point more than the triangle counts at most, in metres of chord.
const APART_MAX_M: f64 = 1_200_000.0;

/// Up to where no geodesic from the origin comes to an end: half a turn about the sphere of the
/// greatest curvature anywhere, 1 / b², less what is left to the triangle.
const RANGE_M: f64 = std::f64::consts::PI * WGS84_POLAR_RADIUS_M - 250_000.0;

/// What the direction of arrival may be off by within the plane that touches the surface, in
/// radians. Measured, a third of it, and held by the tests below.
const DIRECTION_ERROR: f64 = 3e-5;

/// What the distance of the far point may be off by, in metres, rounding included.
const DISTANCE_ERROR_M: f64 = 1e-3;

/// By which share the Earth's curvature may differ from 1 / a², between b² / a⁴ and 1 / b²; a quarter
/// more than it does.
const CURVATURE_ERROR: f64 = 2.5 * WGS84_FLATTENING;

/// What is left of the third order, as a share of the cube over the square of the radius.
const THIRD_ORDER: f64 = 0.03;

/// The longest radius of an eye: beyond, it sees straight lines.
const EYE_MAX_M: f64 = 1e9;

/// Distances from one origin to whatever is near a far point, as if the Earth were flat there.
///
/// The plane that touches the surface at the far point meets the line through the Earth's middle and
/// the origin in the *eye*. How far something is from the eye in space says how far it is from the
/// origin over the ground: on a sphere the two are functions of each other, the derivatives of which
/// at the far point are 1, 0 and 1 / ρ². One eye serves a region of some hundred kilometres: a
/// distance then takes a square root, and is known to a metre within some ten kilometres of the
/// point. Boxes are as easily bounded, being as near the eye as their nearest point, or as far as
/// their farthest where the eye is behind, which it is beyond a quarter of a turn.
///
/// # Proof
///
/// Let γ be the geodesic of length ℓ from the far point m to a point q near it, and f the distance
/// from the origin along γ. Then f(ℓ) = f(0) + ℓf′(0) + ½ℓ²f″ somewhere in between.
///
/// - f′(0) is the cosine between γ and the geodesic that arrives at m from the origin, along which
///   the eye lies; that direction is known but for `DIRECTION_ERROR`.
/// - Across that direction, by the comparison theorem of Rauch, f″ lies between what it is on the
///   spheres of the Earth's least and greatest curvature, that are within `CURVATURE_ERROR` of
///   K = 1 / ρ², ρ = a. Its derivative by K is (cot θ − θ / sin² θ) ρ / 2 for an angle θ: so much times
///   the error is what the sphere of the eye may be wrong by.
/// - What is left is of the third order and of the order of the flattening, or of the fifth.
///
/// The tests hold all of it to what is stated, at every latitude, direction and distance. Where that
/// does not reach, the triangle of the origin, m and q counts.
#[derive(Clone, Copy, Debug)]
pub struct FarBound {
    middle: Ecef,
    eye: Ecef,
    /// How far the eye is from the far point, negative where it is behind.
    radius_m: f64,
    /// The sign of the radius.
    side: f64,
    /// Three quarters by the radius.
    skew_per_m: f64,
    /// The distance of the far point, or what it is at least where only the triangle counts.
    distance_m: f64,
    /// How far from the far point more than the triangle counts; 0 where nothing more does.
    apart_max_m: f64,
    /// How much f″ may be off by at the far point, halved.
    bend_per_m: f64,
    /// What is left of the third order, and how that grows.
    third_per_m2: f64,
}

/// What is known of the distances of all points no farther from the far point than stated.
#[derive(Clone, Copy, Debug)]
pub struct Margin {
    /// None is less than this, in metres.
    floor_m: f64,
    /// How much [`FarBound::estimate_m`] may be off by: infinite where only the triangle counts.
    pub unsure_m: f64,
}

impl Margin {
    /// What a distance is at least, by its estimate; in metres, and not negative.
    #[must_use]
    #[inline]
    pub fn least_m(&self, estimate_m: f64) -> f64 {
        greater(estimate_m - self.unsure_m, self.floor_m)
    }
}

impl FarBound {
    /// From `from`, around `to`, both points of the surface.
    ///
    /// # Cost
    ///
    /// 80 to 160 ns.
    #[must_use]
    pub fn new(from: Ecef, to: Ecef) -> Self {
        use std::f64::consts::PI;
        let Some(there) = arrival(from, to).filter(|there| there.distance_m < RANGE_M) else {
            return Self {
                middle: to,
                eye: to,
                radius_m: 0.0,
                side: 1.0,
                skew_per_m: 0.0,
                distance_m: distance_at_least_m(from, to),
                apart_max_m: 0.0,
                bend_per_m: 0.0,
                third_per_m2: 0.0,
            };
        };
        // What of the direction stands out of the plane that touches the surface is taken away.
        let [x, y, z] = there.direction;
        let (up_x, up_y, up_z) = (to.x_m, to.y_m, to.z_m / AXIS_RATIO2);
        let up2 = up_x * up_x + up_y * up_y + up_z * up_z;
        let out = (x * up_x + y * up_y + z * up_z) / up2;
        let (x, y, z) = (x - out * up_x, y - out * up_y, z - out * up_z);
        let (sin, cos) = (there.sin_arc, there.cos_arc);
        let radius_m = (there.distance_m / there.arc * sin / cos).clamp(-EYE_MAX_M, EYE_MAX_M);
        let stretch = radius_m / (x * x + y * y + z * z).sqrt();
        let eye = Ecef {
            x_m: to.x_m - stretch * x,
            y_m: to.y_m - stretch * y,
            z_m: to.z_m - stretch * z,
        };
        let apart_max_m =
            APART_MAX_M.min(there.distance_m / 3.0).min((RANGE_M - there.distance_m) / 3.0);
        let turned = (there.distance_m + apart_max_m) / WGS84_EQUATORIAL_RADIUS_M;
        let sensitivity = (turned - sin * cos) / (sin * sin);
        let bend_per_m = 0.25 * CURVATURE_ERROR / WGS84_EQUATORIAL_RADIUS_M * sensitivity;
        // Towards the far side the sine falls by a third at most, in proportion or less, so that what
        // it divides twice grows to 9 / 4.
        let beyond = if turned > 0.5 * PI { 1.25 * bend_per_m / apart_max_m } else { 0.0 };
        Self {
            middle: to,
            eye,
            radius_m,
            side: radius_m.signum(),
            skew_per_m: 0.75 / radius_m,
            distance_m: there.distance_m,
            apart_max_m,
            bend_per_m,
            third_per_m2: THIRD_ORDER / WGS84_EQUATORIAL_RADIUS_M.powi(2) + beyond,
        }
    }

    /// The point it was made around.
    #[must_use]
    pub fn middle(&self) -> Ecef {
        self.middle
    }

    /// What is known of points whose chord from the far point is at most `apart_m`.
    ///
    /// # Units
    ///
    /// - `apart_m`: metres
    #[must_use]
    #[inline]
    pub fn margin(&self, apart_m: f64) -> Margin {
        if apart_m <= self.apart_max_m {
            return Margin { floor_m: 0.0, unsure_m: self.unsure_m(apart_m) };
        }
        let floor_m = greater(self.by_triangle_m(apart_m), 0.0);
        Margin { floor_m, unsure_m: f64::INFINITY }
    }

    #[inline]
    fn by_triangle_m(&self, apart_m: f64) -> f64 {
        self.distance_m - DISTANCE_ERROR_M - way_at_most_m(apart_m)
    }

    #[inline]
    fn unsure_m(&self, apart_m: f64) -> f64 {
        DISTANCE_ERROR_M
            + apart_m
                * (DIRECTION_ERROR + apart_m * (self.bend_per_m + apart_m * self.third_per_m2))
    }

    /// The distance of a point, within its [`margin`](Self::margin).
    ///
    /// # Units
    ///
    /// - coordinates as of [`Ecef`], returns: metres
    #[must_use]
    #[inline]
    pub fn estimate_m(&self, x_m: f64, y_m: f64, z_m: f64) -> f64 {
        let (x, y, z) = (x_m - self.eye.x_m, y_m - self.eye.y_m, z_m - self.eye.z_m);
        self.seen_m((x * x + y * y + z * z).sqrt())
    }

    /// The distance of what is so far from the eye.
    #[inline]
    fn seen_m(&self, from_eye_m: f64) -> f64 {
        const PER_6R2: f64 = 1.0 / (6.0 * WGS84_EQUATORIAL_RADIUS_M * WGS84_EQUATORIAL_RADIUS_M);
        let farther_m = self.side * from_eye_m - self.radius_m;
        let bend = 1.0 - farther_m * self.skew_per_m;
        self.distance_m + farther_m * (1.0 + farther_m * farther_m * PER_6R2 * bend)
    }

    /// For each of several boxes a distance that no point of the surface in it is nearer than; minus
    /// infinity of one that is turned inside out.
    ///
    /// # Units
    ///
    /// - `lower`, `upper`: sides as coordinates of [`Ecef`], returns: metres
    #[must_use]
    #[inline]
    pub fn least_in_boxes_m<const N: usize>(
        &self,
        lower: &[[f32; N]; 3],
        upper: &[[f32; N]; 3],
    ) -> [f64; N] {
        let corners =
            |axis: usize, lane: usize| (f64::from(lower[axis][lane]), f64::from(upper[axis][lane]));
        let farthest2_m2 = |point: Ecef, lane: usize| {
            let span2 = |axis: usize, metres: f64| {
                let (lower, upper) = corners(axis, lane);
                let span = greater(metres - lower, upper - metres);
                span * span
            };
            span2(0, point.x_m) + span2(1, point.y_m) + span2(2, point.z_m)
        };
        let nearest2_m2 = |point: Ecef, lane: usize| {
            let gap2 = |axis: usize, metres: f64| {
                let (lower, upper) = corners(axis, lane);
                let gap = greater(greater(lower - metres, metres - upper), 0.0);
                gap * gap
            };
            gap2(0, point.x_m) + gap2(1, point.y_m) + gap2(2, point.z_m)
        };
        let from_eye2_m2: [f64; N] = if self.side > 0.0 {
            std::array::from_fn(|lane| nearest2_m2(self.eye, lane))
        } else {
            std::array::from_fn(|lane| farthest2_m2(self.eye, lane))
        };
        std::array::from_fn(|lane| {
            let apart_m = farthest2_m2(self.middle, lane).sqrt();
            if apart_m <= self.apart_max_m {
                self.seen_m(from_eye2_m2[lane].sqrt()) - self.unsure_m(apart_m)
            } else {
                self.by_triangle_m(apart_m)
            }
        })
    }
}

/// [`f64::max`] of numbers known not to be NaN, for which it is one instruction.
#[inline]
fn greater(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

/// What a way over the surface between the ends of a chord is at most.
#[inline]
fn way_at_most_m(apart_m: f64) -> f64 {
    // asin x ≤ x (1 + x² / 6 + 0.405 x⁴) for x up to 1, where it is a quarter of a turn.
    const PER_4R2: f64 = 0.25 / (LEAST_CURVATURE_RADIUS_M * LEAST_CURVATURE_RADIUS_M);
    let sine2 = apart_m * apart_m * PER_4R2;
    apart_m * (1.0 + sine2 * (1.0 / 6.0 + 0.405 * sine2))
}

#[cfg(test)]
mod tests {
    use geographiclib_rs::{DirectGeodesic, Geodesic};

    use super::*;
    use crate::domain::distance::bound::longest_distance_m;
    use crate::domain::{Position, geodesic_distance};

    fn moved(from: Position, azimuth_deg: f64, distance_m: f64) -> Position {
        let (lat_deg, lon_deg): (f64, f64) =
            Geodesic::wgs84().direct(from.lat_deg(), from.lon_deg(), azimuth_deg, distance_m);
        Position::from_lat_lon(lat_deg, lon_deg).unwrap()
    }

    const LATS_DEG: [f64; 15] = [
        -90.0, -89.999, -75.0, -60.0, -45.0, -20.0, -1.0, 0.0, 1e-9, 0.5, 30.0, 45.0, 70.0, 89.0,
        90.0,
    ];

    #[test]
    fn distances_near_a_far_point_keep_to_their_bounds_at_every_range() {
        for lat_deg in LATS_DEG {
            let from = Position::from_lat_lon(lat_deg, 12.3).unwrap();
            for distance_m in [
                1.5e3, 3e4, 2e5, 1e6, 4e6, 7e6, 9.9e6, 1.1e7, 1.4e7, 1.7e7, 1.85e7, 1.95e7, 1.97e7,
                1.99e7,
            ] {
                for azimuth_deg in (0..360).step_by(24).map(f64::from) {
                    let to = moved(from, azimuth_deg, distance_m);
                    for apart_m in [0.0, 10.0, 300.0, 3e3, 3e4, 1e5, 6e5, 1.1e6, 5e6] {
                        for turn in 0..6 {
                            let near = moved(to, f64::from(turn) * 60.0 + 7.0, apart_m);
                            let exact_m = geodesic_distance(from, near).get();
                            let point = Ecef::from(near);
                            let apart_m = Ecef::from(to).chord2_m2(point).sqrt() + 1e-6;
                            let bound = FarBound::new(from.into(), to.into());
                            let margin = bound.margin(apart_m);
                            let seen_m = bound.estimate_m(point.x_m, point.y_m, point.z_m);
                            assert!(
                                margin.least_m(seen_m) <= exact_m
                                    && exact_m <= seen_m + margin.unsure_m,
                                "{exact_m} m: {from}; {to}; {near}, {bound:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    /// The direction is measured, not proven: what it may be off by along the surface shows at short
    /// range, where nothing else counts.
    #[test]
    fn directions_are_three_times_better_than_bounds_take_them_to_be() {
        let mut worst = 0.0_f64;
        for lat_deg in LATS_DEG {
            let from = Position::from_lat_lon(lat_deg, -77.7).unwrap();
            for distance_m in [1e5, 1e6, 4e6, 8e6, 1.2e7, 1.6e7, 1.84e7] {
                for azimuth_deg in (0..360).step_by(8).map(f64::from) {
                    let to = moved(from, azimuth_deg, distance_m);
                    let bound = FarBound::new(from.into(), to.into());
                    for turn in 0..4 {
                        let near = moved(to, f64::from(turn) * 90.0 + 7.0, 9.0);
                        let point = Ecef::from(near);
                        let first_m = bound.estimate_m(point.x_m, point.y_m, point.z_m);
                        let here = Ecef::from(to);
                        let first_here_m = bound.estimate_m(here.x_m, here.y_m, here.z_m);
                        let way_m =
                            geodesic_distance(from, near).get() - geodesic_distance(from, to).get();
                        let bent_m = 81.0 / distance_m;
                        worst = worst.max((first_m - first_here_m - way_m).abs() - bent_m);
                    }
                }
            }
        }
        assert!(worst < 9.0 / 3.0 * DIRECTION_ERROR, "{worst} m in 9 m");
    }

    #[test]
    fn bounds_are_close_within_some_kilometres_and_within_a_hundred() {
        for lat_deg in LATS_DEG {
            let from = Position::from_lat_lon(lat_deg, 3.3).unwrap();
            for distance_m in [1e6, 4e6, 9e6, 1.3e7, 1.8e7] {
                let to = moved(from, 123.0, distance_m);
                let bound = FarBound::new(from.into(), to.into());
                assert!(bound.margin(5e3).unsure_m < 1.0, "{bound:?}");
                assert!(distance_m > 1e7 || bound.margin(1e5).unsure_m < 25.0, "{bound:?}");
            }
        }
    }

    #[test]
    fn the_way_over_a_chord_is_no_longer_than_bounds_take_it_to_be() {
        for step in 0..=12_600 {
            let apart_m = f64::from(step) * 1_000.0;
            assert!(way_at_most_m(apart_m) >= longest_distance_m(apart_m), "{apart_m}");
        }
    }

    #[test]
    fn boxes_are_no_nearer_than_their_bounds() {
        for (lat_deg, lon_deg) in [(51.5, -0.1), (-33.0, -60.0), (20.0, -160.0), (80.0, 100.0)] {
            let from = Position::from_lat_lon(-33.0, 151.0).unwrap();
            let to = Position::from_lat_lon(lat_deg, lon_deg).unwrap();
            let far = FarBound::new(from.into(), to.into());
            let sizes_m = [2e2, 2e3, 2e4, 1e5, 3e5, 9e5, 2e6, 6e6];
            let mut lower = [[f32::INFINITY; 8]; 3];
            let mut upper = [[f32::NEG_INFINITY; 8]; 3];
            let mut nearest_m = [f64::MAX; 8];
            for (lane, size_m) in sizes_m.into_iter().enumerate() {
                for step in 0..40 {
                    let near = moved(to, f64::from(step) * 27.0, size_m);
                    let point = Ecef::from(near);
                    for (axis, metres) in [point.x_m, point.y_m, point.z_m].into_iter().enumerate()
                    {
                        #[expect(clippy::cast_possible_truncation, reason = "moved outwards")]
                        let metres = metres as f32;
                        lower[axis][lane] = lower[axis][lane].min(metres.next_down());
                        upper[axis][lane] = upper[axis][lane].max(metres.next_up());
                    }
                    nearest_m[lane] = nearest_m[lane].min(geodesic_distance(from, near).get());
                }
            }
            let least_m = far.least_in_boxes_m(&lower, &upper);
            for lane in 0..8 {
                assert!(least_m[lane] <= nearest_m[lane], "{far:?}");
                let is_close = least_m[lane] > nearest_m[lane] - sizes_m[lane];
                assert!(lane > 4 || is_close, "{least_m:?} {nearest_m:?} {far:?}");
            }
        }
    }
}
