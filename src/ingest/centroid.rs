//! One position for a line, an area or several points.

use geo::{BoundingRect, Centroid, Coord, CoordsIter, Geometry, Intersects, MapCoords};

use super::RawPosition;

/// The position that stands for `geometry`, whose `x` is degrees east and `y` degrees north: the
/// centre of area of areas, of length of lines, of number of points; [`RawPosition::Missing`]
/// for an empty geometry. A single point is returned to the last bit as it was given.
///
/// A geometry that crosses the antimeridian, whole or in parts, gets a position between its parts.
/// An area so tangled that its centre of area falls outside its own bounding box gets the centre
/// of its outline instead. Coordinates that are no degrees give a centroid in their own unit, and
/// coordinates that are not finite one that is not finite, for the judge to see.
///
/// # Cost
///
/// Three passes over the vertices and one copy of the geometry.
pub(crate) fn centroid(geometry: &Geometry<f64>) -> RawPosition {
    let mut vertices = geometry.coords_iter();
    let Some(first) = vertices.next() else { return RawPosition::Missing };
    if vertices.all(|vertex| vertex == first) {
        return RawPosition::LatLon { lat: first.y, lon: first.x };
    }
    if geometry.coords_iter().any(|vertex| !vertex.x.is_finite() || !vertex.y.is_finite()) {
        return RawPosition::LatLon { lat: f64::NAN, lon: f64::NAN };
    }

    let crosses = crosses_antimeridian(geometry);
    let eastward = |lon_deg: f64| if crosses && lon_deg < 0.0 { lon_deg + 360.0 } else { lon_deg };
    // Degrees of longitude are shortened to the length of degrees of latitude, or the parts of a
    // line would be weighed by the wrong lengths. Beyond 89° the shortening is left at its last
    // value, which keeps it invertible.
    let shortening =
        if first.y.abs() <= 90.0 { first.y.to_radians().cos().max(0.017) } else { 1.0 };
    let (origin_x, origin_y) = (eastward(first.x), first.y);
    let local = geometry.map_coords(|vertex| Coord {
        x: (eastward(vertex.x) - origin_x) * shortening,
        y: vertex.y - origin_y,
    });
    let Some(centre) = honest_centre(&local) else { return RawPosition::Missing };
    let lon = centre.x / shortening + origin_x;
    RawPosition::LatLon {
        lat: centre.y + origin_y,
        lon: if crosses && lon > 180.0 { lon - 360.0 } else { lon },
    }
}

/// Whether the geometry is narrower when western longitudes are counted as beyond 180°.
fn crosses_antimeridian(geometry: &Geometry<f64>) -> bool {
    let width = |lon: &dyn Fn(f64) -> f64| {
        let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
        for vertex in geometry.coords_iter() {
            west = west.min(lon(vertex.x));
            east = east.max(lon(vertex.x));
        }
        (east - west, west, east)
    };
    let (plain, west, east) = width(&|lon| lon);
    let in_degrees = west >= -180.0 && east <= 180.0;
    in_degrees && width(&|lon| if lon < 0.0 { lon + 360.0 } else { lon }).0 < plain
}

fn honest_centre(geometry: &Geometry<f64>) -> Option<Coord<f64>> {
    let centre = geometry.centroid()?;
    let bounds = geometry.bounding_rect()?;
    if bounds.intersects(&centre) {
        return Some(centre.0);
    }
    let outline: Vec<Coord<f64>> = geometry.coords_iter().collect();
    Some(geo::LineString::new(outline).centroid()?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{LineString, MultiPoint, MultiPolygon, Point, Polygon};

    fn lat_lon(geometry: impl Into<Geometry<f64>>) -> (f64, f64) {
        let RawPosition::LatLon { lat, lon } = centroid(&geometry.into()) else {
            panic!("no position");
        };
        (lat, lon)
    }

    fn polygon(lon_lat: &[(f64, f64)]) -> Polygon<f64> {
        Polygon::new(LineString::from(lon_lat.to_vec()), Vec::new())
    }

    fn near((lat, lon): (f64, f64), (lat_wanted, lon_wanted): (f64, f64)) {
        assert!((lat - lat_wanted).abs() < 1e-9, "{lat} instead of {lat_wanted}");
        assert!((lon - lon_wanted).abs() < 1e-9, "{lon} instead of {lon_wanted}");
    }

    #[test]
    fn a_point_keeps_every_digit() {
        assert_eq!(lat_lon(Point::new(24.941_400_1, 60.171_9)), (60.171_9, 24.941_400_1));
    }

    #[test]
    fn an_area_has_its_centre_of_area_however_many_vertices_one_side_has() {
        let square =
            polygon(&[(10.0, 50.0), (10.1, 50.0), (10.2, 50.0), (10.2, 50.2), (10.0, 50.2)]);
        near(lat_lon(square), (50.1, 10.1));
    }

    #[test]
    fn a_line_is_weighed_by_its_length_on_the_ground() {
        // 0.1° east at 60° north is as long as 0.05° north.
        let (lat, lon) = lat_lon(LineString::from(vec![(25.0, 60.0), (25.1, 60.0), (25.1, 60.05)]));
        assert!((lon - 25.075).abs() < 1e-4 && (lat - 60.0125).abs() < 1e-4, "{lat} {lon}");
    }

    #[test]
    fn the_antimeridian_may_be_crossed_in_one_piece_or_in_parts() {
        let whole = polygon(&[(179.9, -17.0), (-179.9, -17.0), (-179.9, -16.8), (179.9, -16.8)]);
        let (lat, lon) = lat_lon(whole);
        assert!((lat + 16.9).abs() < 1e-9 && (lon.abs() - 180.0).abs() < 1e-9, "{lat} {lon}");

        let east = polygon(&[(179.8, -17.0), (180.0, -17.0), (180.0, -16.8), (179.8, -16.8)]);
        let west = polygon(&[(-180.0, -17.0), (-179.6, -17.0), (-179.6, -16.8), (-180.0, -16.8)]);
        near(lat_lon(MultiPolygon::new(vec![east, west])), (-16.9, -179.9));
    }

    #[test]
    fn crossing_the_meridian_of_greenwich_needs_no_care() {
        near(lat_lon(MultiPoint::from(vec![(-0.1, 51.5), (0.3, 51.5)])), (51.5, 0.1));
    }

    #[test]
    fn a_tangled_area_stays_inside_its_bounds() {
        let bow_tie = polygon(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.000_01)]);
        let (lat, lon) = lat_lon(bow_tie);
        assert!((0.0..=1.1).contains(&lat) && (0.0..=1.0).contains(&lon), "{lat} {lon}");
    }

    #[test]
    fn what_is_no_degrees_is_left_for_the_judge() {
        near(lat_lon(MultiPoint::from(vec![(-8.0e6, 4.0e6), (-8.2e6, 4.2e6)])), (4.1e6, -8.1e6));
        assert!(lat_lon(MultiPoint::from(vec![(0.0, f64::NAN), (1.0, 1.0)])).0.is_nan());
        let empty = Geometry::LineString(LineString::new(Vec::new()));
        assert_eq!(centroid(&empty), RawPosition::Missing);
    }
}
