//! The other indexes.

use std::num::NonZero;

use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{NeighborsOptions, RTree, RTreeBuilder, RTreeIndex, SimpleDistanceMetric};
use kiddo::{ImmutableKdTree, SquaredEuclidean};
use nearest_atm::domain::{Ecef, Position};

use crate::built;
use crate::timing::Lookup;

/// The other indexes over the same positions.
pub(crate) struct Rivals {
    kiddo: ImmutableKdTree<f64, 3>,
    plane: RTree<f64>,
}

impl Rivals {
    pub(crate) fn build(positions: &[Position]) -> Self {
        let points: Vec<[f64; 3]> = positions.iter().map(|&position| point(position)).collect();
        let kiddo = built("kiddo 6 ImmutableKdTree, 3-D", "chord order, no filters", || {
            ImmutableKdTree::new_from_slice(&points).unwrap()
        });
        let plane = built("geo-index 0.4", "degrees as a plane", || {
            let mut builder = RTreeBuilder::new(u32::try_from(positions.len()).unwrap());
            for position in positions {
                let (x, y) = (position.lon_deg(), position.lat_deg());
                builder.add(x, y, x, y);
            }
            builder.finish::<HilbertSort>()
        });
        Self { kiddo, plane }
    }

    /// The `k` nearest of some origins, by each of them; `points` are the same in space.
    pub(crate) fn lookups<'a>(
        &'a self,
        origins: &'a [Position],
        points: &'a [[f64; 3]],
        k: usize,
    ) -> Vec<Lookup<'a>> {
        let most = NonZero::new(k).unwrap();
        let degrees = |place: usize| (origins[place].lon_deg(), origins[place].lat_deg());
        vec![
            (
                "kiddo 6 ImmutableKdTree, 3-D",
                Box::new(move |place| {
                    let query = self.kiddo.query(&points[place]);
                    query.nearest_n::<SquaredEuclidean<f64>>(most).execute().len()
                }),
            ),
            (
                "geo-index 0.4, planar",
                Box::new(move |place| {
                    let (x, y) = degrees(place);
                    self.plane.neighbors(x, y, Some(k), None).len()
                }),
            ),
            (
                "geo-index 0.4, haversine",
                Box::new(move |place| {
                    let (x, y) = degrees(place);
                    let options = NeighborsOptions::k(k);
                    self.plane.neighbors_with_simple_distance(x, y, options, &Haversine).len()
                }),
            ),
        ]
    }
}

/// Great-circle distance as geo-index measures it when asked to, in degrees of arc. Its distance
/// to a box clamps both coordinates, which is no lower bound: true neighbours can be missed.
struct Haversine;

impl SimpleDistanceMetric<f64> for Haversine {
    fn distance(&self, lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
        let half_sine2 =
            |from_deg: f64, to_deg: f64| (0.5 * (to_deg - from_deg).to_radians()).sin().powi(2);
        let cosines = lat1.to_radians().cos() * lat2.to_radians().cos();
        let chord2 = half_sine2(lat1, lat2) + cosines * half_sine2(lon1, lon2);
        2.0 * chord2.sqrt().asin().to_degrees()
    }

    fn distance_to_bbox(
        &self,
        lon: f64,
        lat: f64,
        west: f64,
        south: f64,
        east: f64,
        north: f64,
    ) -> f64 {
        self.distance(lon, lat, lon.clamp(west, east), lat.clamp(south, north))
    }
}

/// A position as a point in space.
pub(crate) fn point(position: Position) -> [f64; 3] {
    let point = Ecef::from(position);
    [point.x_m, point.y_m, point.z_m]
}
