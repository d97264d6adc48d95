//! Bounds on the distances from one origin to everything near a far point.

use super::estimate::arrival;
use super::{
    Ecef, LEAST_CURVATURE_RADIUS_M, WGS84_POLAR_RADIUS_M, distance_at_least_m, distance_at_most_m,
};

/// How far from the far point more than the triangle counts, in metres of chord.
const APART_MAX_M: f64 = 1_200_000.0;

/// Up to where no geodesic from the origin comes to an end: half a turn about the sphere of the
/// greatest curvature anywhere, 1 / b², less what is left to the triangle.
const RANGE_M: f64 = std::f64::consts::PI * WGS84_POLAR_RADIUS_M - 250_000.0;

/// What the direction of arrival may be off by within the plane that touches the surface, in
/// radians. Measured, ten times as much, and held by the tests below.
const DIRECTION_ERROR: f64 = 1e-4;

/// What the distance of the far point may be off by, in metres, rounding included.
const DISTANCE_ERROR_M: f64 = 1e-3;

/// How far the direction of arrival may stand out of the plane that touches the surface, as
/// [`arrival`] says.
const SLANT: f64 = 1.0 / 600.0;

/// Distances from one origin to whatever is near a far point, to first order: how far the point is,
/// and how distances change around it.
///
/// One series serves a whole region: a distance then takes three multiplications, and is known to a
/// metre within some kilometres of the point.
///
/// # Proof
///
/// Let γ be the geodesic of length ℓ from the far point m to a point q near it, and f the distance
/// from the origin along γ. Then f(ℓ) = f(0) + ℓf′(0) + ½ℓ²f″ somewhere in between.
///
/// - f′(0) is the cosine between γ and the geodesic that arrives at m from the origin, whose
///   direction is the gradient g. The surface's normal turns by no more than κ radians a metre, κ
///   the greatest curvature of its sections, so that g·(q − m) is ℓf′(0) but for κ²ℓ³/6. The chord
///   leaves that plane by κℓ²/2 at most, of which g, as it is computed, sees no more than its slant.
/// - The surface's own curvature is between b²/a⁴ and 1/b². By the comparison theorem of Rauch f″ is
///   therefore at least min(0, cot(s/b)/b) and at most 1/s, at a distance s from the origin that is
///   no farther from f(0) than ℓ.
///
/// To this add the errors of f(0) and of g, which are measured. Where that does not reach, the
/// triangle of the origin, m and q counts.
#[derive(Clone, Copy, Debug)]
pub struct FarBound {
    /// Whether there is more than the triangle.
    is_series: bool,
    /// Zero where there is not.
    gradient: [f64; 3],
    /// The distance of the far point, less the product of its coordinates and the gradient.
    offset_m: f64,
    /// The distance of the far point, or what it is at least where the triangle counts.
    distance_m: f64,
    /// What a distance may be less than to first order.
    below_m: f64,
    /// What a distance may be more than to first order.
    above_m: f64,
}

impl FarBound {
    /// From `from`, for every point of the surface whose chord from `to`, another of its points,
    /// is at most `apart_m`.
    ///
    /// # Units
    ///
    /// - `apart_m`: metres
    ///
    /// # Cost
    ///
    /// 80 to 160 ns.
    #[must_use]
    pub fn new(from: Ecef, to: Ecef, apart_m: f64) -> Self {
        let there = if apart_m <= APART_MAX_M { arrival(from, to) } else { None };
        let Some(there) = there.filter(|there| there.distance_m <= RANGE_M) else {
            return Self::by_triangle(distance_at_least_m(from, to), apart_m);
        };
        let [x, y, z] = there.direction;
        let at = Self {
            is_series: true,
            gradient: there.direction,
            offset_m: there.distance_m - (x * to.x_m + y * to.y_m + z * to.z_m),
            distance_m: there.distance_m,
            below_m: 0.0,
            above_m: 0.0,
        };
        at.within(apart_m)
    }

    /// The same bound for points nearer to the far point or farther from it.
    ///
    /// # Units
    ///
    /// - `apart_m`: metres, as for [`Self::new`]
    #[must_use]
    #[inline]
    pub fn within(&self, apart_m: f64) -> Self {
        let way_m = way_at_most_m(apart_m);
        if !self.is_series || apart_m > APART_MAX_M || self.distance_m + way_m > RANGE_M {
            let unsure_m = if self.is_series { DISTANCE_ERROR_M } else { 0.0 };
            return Self::by_triangle(self.distance_m - unsure_m, apart_m);
        }
        let way2_m2 = way_m * way_m;
        let unsure_m = DISTANCE_ERROR_M
            + DIRECTION_ERROR * way_m
            + SLANT * way2_m2 / (2.0 * LEAST_CURVATURE_RADIUS_M)
            + way2_m2 * way_m / (6.0 * LEAST_CURVATURE_RADIUS_M * LEAST_CURVATURE_RADIUS_M);
        let nearest_m = self.distance_m - way_m;
        let bent_out_m = if nearest_m > 0.0 { 0.5 * way2_m2 / nearest_m } else { f64::INFINITY };
        Self {
            below_m: unsure_m + 0.5 * way2_m2 * bend_in(self.distance_m + way_m),
            above_m: unsure_m + bent_out_m,
            ..*self
        }
    }

    fn by_triangle(distance_m: f64, apart_m: f64) -> Self {
        let below_m = distance_at_most_m(apart_m);
        Self {
            is_series: false,
            gradient: [0.0; 3],
            offset_m: distance_m,
            distance_m,
            below_m,
            above_m: f64::INFINITY,
        }
    }

    /// The distance of a point, to first order: what it is at least is [`Self::below_m`] less, what
    /// it is at most [`Self::above_m`] more.
    ///
    /// # Units
    ///
    /// - coordinates as of [`Ecef`], returns: metres
    #[must_use]
    #[inline]
    pub fn first_order_m(&self, x_m: f64, y_m: f64, z_m: f64) -> f64 {
        let [x, y, z] = self.gradient;
        self.offset_m + (x * x_m + y * y_m + z * z_m)
    }

    /// What no distance is less of than the first order by more than, in metres.
    #[must_use]
    pub fn below_m(&self) -> f64 {
        self.below_m
    }

    /// What no distance exceeds the first order by more than, in metres; infinite where nothing is
    /// known.
    #[must_use]
    pub fn above_m(&self) -> f64 {
        self.above_m
    }

    /// A distance that nothing in a box between two corners is nearer than, so far as it is no
    /// farther from the far point than the bound is made for. Never negative.
    ///
    /// # Units
    ///
    /// - corners as of [`Ecef`], returns: metres
    #[must_use]
    #[inline]
    pub fn least_in_box_m(&self, lower: [f32; 3], upper: [f32; 3]) -> f64 {
        let nearest = |axis: usize| {
            let slope = self.gradient[axis];
            slope * f64::from(if slope > 0.0 { lower[axis] } else { upper[axis] })
        };
        let least_m = self.offset_m + (nearest(0) + nearest(1) + nearest(2)) - self.below_m;
        if least_m > 0.0 { least_m } else { 0.0 }
    }
}

/// By how much distances bend inwards at most, up to some distance from the origin: −cot(s/b)/b, by
/// the inequality of Becker and Stark, tan y ≤ π²y/(π² − 4y²). Zero within a quarter of the way
/// around the Earth.
///
/// # Units
///
/// - `distance_m`: metres, returns: per metre
fn bend_in(distance_m: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, PI};
    let beyond = distance_m / WGS84_POLAR_RADIUS_M - FRAC_PI_2;
    if beyond <= 0.0 {
        return 0.0;
    }
    PI * PI * beyond / ((PI * PI - 4.0 * beyond * beyond) * WGS84_POLAR_RADIUS_M)
}

/// What a way over the surface between the ends of a chord of up to [`APART_MAX_M`] is at most.
#[inline]
fn way_at_most_m(apart_m: f64) -> f64 {
    // asin x ≤ x (1 + 0.1675 x²) for x up to 0.1.
    const BEND: f64 = 0.1675 / (4.0 * LEAST_CURVATURE_RADIUS_M * LEAST_CURVATURE_RADIUS_M);
    apart_m * (1.0 + BEND * apart_m * apart_m)
}

#[cfg(test)]
mod tests {
    use geographiclib_rs::{DirectGeodesic, Geodesic};

    use super::*;
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
                            let bound = FarBound::new(from.into(), to.into(), apart_m);
                            let first_m = bound.first_order_m(point.x_m, point.y_m, point.z_m);
                            assert!(
                                first_m - bound.below_m() <= exact_m
                                    && exact_m <= first_m + bound.above_m(),
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
    fn directions_are_ten_times_better_than_bounds_take_them_to_be() {
        let mut worst = 0.0_f64;
        for lat_deg in LATS_DEG {
            let from = Position::from_lat_lon(lat_deg, -77.7).unwrap();
            for distance_m in [1e5, 1e6, 4e6, 8e6, 1.2e7, 1.6e7, 1.84e7] {
                for azimuth_deg in (0..360).step_by(8).map(f64::from) {
                    let to = moved(from, azimuth_deg, distance_m);
                    let bound = FarBound::new(from.into(), to.into(), 10.0);
                    for turn in 0..4 {
                        let near = moved(to, f64::from(turn) * 90.0 + 7.0, 9.0);
                        let point = Ecef::from(near);
                        let first_m = bound.first_order_m(point.x_m, point.y_m, point.z_m);
                        let here = Ecef::from(to);
                        let first_here_m = bound.first_order_m(here.x_m, here.y_m, here.z_m);
                        let way_m =
                            geodesic_distance(from, near).get() - geodesic_distance(from, to).get();
                        let bent_m = 81.0 / distance_m;
                        worst = worst.max((first_m - first_here_m - way_m).abs() - bent_m);
                    }
                }
            }
        }
        assert!(worst < 0.1 * 9.0 * DIRECTION_ERROR, "{worst} m in 9 m");
    }

    #[test]
    fn bounds_are_close_within_some_kilometres() {
        for lat_deg in LATS_DEG {
            let from = Position::from_lat_lon(lat_deg, 3.3).unwrap();
            for distance_m in [1e6, 4e6, 9e6, 1.3e7, 1.8e7] {
                let to = moved(from, 123.0, distance_m);
                let bound = FarBound::new(from.into(), to.into(), 5e3);
                assert!(bound.below_m() < 10.0 && bound.above_m() < 15.0, "{bound:?}");
            }
        }
    }

    #[test]
    fn the_way_over_a_chord_is_no_longer_than_bounds_take_it_to_be() {
        for step in 0..=1_200 {
            let apart_m = f64::from(step) * 1_000.0;
            assert!(way_at_most_m(apart_m) >= distance_at_most_m(apart_m), "{apart_m}");
        }
    }

    #[test]
    fn a_box_is_no_nearer_than_its_bound() {
        let from = Position::from_lat_lon(-33.0, 151.0).unwrap();
        let to = Position::from_lat_lon(51.5, -0.1).unwrap();
        let points: Vec<Ecef> =
            (0..40).map(|step| moved(to, f64::from(step) * 27.0, 2e4).into()).collect();
        let side = |of: fn(&Ecef) -> f64, pick: fn(f64, f64) -> f64| {
            points.iter().map(of).fold(of(&points[0]), pick)
        };
        #[expect(clippy::cast_possible_truncation, reason = "moved outwards by a step")]
        let (lower, upper) = (
            [
                (side(|p| p.x_m, f64::min) as f32).next_down(),
                (side(|p| p.y_m, f64::min) as f32).next_down(),
                (side(|p| p.z_m, f64::min) as f32).next_down(),
            ],
            [
                (side(|p| p.x_m, f64::max) as f32).next_up(),
                (side(|p| p.y_m, f64::max) as f32).next_up(),
                (side(|p| p.z_m, f64::max) as f32).next_up(),
            ],
        );
        let bound = FarBound::new(from.into(), to.into(), 6e4);
        let least_m = bound.least_in_box_m(lower, upper);
        let nearest_m = (0..40)
            .map(|step| geodesic_distance(from, moved(to, f64::from(step) * 27.0, 2e4)).get())
            .fold(f64::MAX, f64::min);
        assert!(least_m <= nearest_m && least_m > nearest_m - 3e4, "{least_m} {nearest_m}");
    }
}
