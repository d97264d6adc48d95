//! Shapes in GeoJSON (RFC 7946), on their way to areas and lines.
//!
//! Read from the JSON itself, because what is wrong with a shape must be told without repeating any
//! of it: its coordinates may be someone's way home.

use serde_json::{Map, Value};

use crate::domain::{Position, VERTICES_MAX};

/// A position's longitude and latitude, degrees.
type LonLat = [f64; 2];

/// The rings of each polygon.
pub(super) type Polygons = Vec<Vec<Vec<LonLat>>>;

/// What is wrong with a shape.
pub(super) type ShapeFault = &'static str;

const NO_POSITION: ShapeFault = "has a position that is not an array of two or three numbers";

/// The polygons of a Polygon, a `MultiPolygon`, or a Feature of one.
pub(super) fn polygons(shape: &Map<String, Value>) -> Result<Polygons, ShapeFault> {
    let (kind, coordinates) = geometry(shape)?;
    let mut budget = VERTICES_MAX;
    let mut polygon = |rings: &Value| -> Result<Vec<Vec<LonLat>>, ShapeFault> {
        let ring = |ring| positions(ring, &mut budget);
        array(rings, "has a polygon that is no array of rings")?.iter().map(ring).collect()
    };
    match kind {
        "Polygon" => Ok(vec![polygon(coordinates)?]),
        "MultiPolygon" => {
            let polygons = array(coordinates, "has coordinates that are no array of polygons")?;
            polygons.iter().map(polygon).collect()
        }
        _ => Err("is neither a Polygon nor a MultiPolygon"),
    }
}

/// The vertices of a `LineString`, or a Feature of one.
pub(super) fn line(shape: &Map<String, Value>) -> Result<Vec<Position>, ShapeFault> {
    let ("LineString", coordinates) = geometry(shape)? else { return Err("is no LineString") };
    let vertex = |[lon_deg, lat_deg]: LonLat| {
        // A line may run on across the antimeridian; its places are those of the map.
        let lon_deg = if lon_deg.abs() > 180.0 && lon_deg.abs() <= 360.0 {
            lon_deg - 360.0_f64.copysign(lon_deg)
        } else {
            lon_deg
        };
        let is_exchanged = lat_deg.abs() > 90.0 && lat_deg.abs() <= 180.0 && lon_deg.abs() <= 90.0;
        Position::from_lat_lon(lat_deg, lon_deg).map_err(|_out_of_range| {
            if is_exchanged {
                "has latitude and longitude exchanged; GeoJSON puts longitude first"
            } else {
                "has a position out of range"
            }
        })
    };
    positions(coordinates, &mut VERTICES_MAX.clone())?.into_iter().map(vertex).collect()
}

/// Type and coordinates of a geometry, or of a feature's geometry.
fn geometry(shape: &Map<String, Value>) -> Result<(&str, &Value), ShapeFault> {
    let is_feature =
        |shape: &Map<String, Value>| shape.get("type").and_then(Value::as_str) == Some("Feature");
    let shape = if is_feature(shape) {
        let geometry = shape.get("geometry").and_then(Value::as_object);
        geometry.ok_or("is a Feature without geometry")?
    } else {
        shape
    };
    let kind = shape.get("type").and_then(Value::as_str).ok_or("has no type")?;
    let coordinates = shape.get("coordinates").ok_or("has no coordinates")?;
    Ok((kind, coordinates))
}

fn array(value: &Value, fault: ShapeFault) -> Result<&[Value], ShapeFault> {
    value.as_array().map(Vec::as_slice).ok_or(fault)
}

/// A list of positions; what they have beyond longitude and latitude is a height, and passed over.
fn positions(value: &Value, budget: &mut usize) -> Result<Vec<LonLat>, ShapeFault> {
    let positions = array(value, "has coordinates that are no array of positions")?;
    *budget = budget.checked_sub(positions.len()).ok_or("has more than 10000 positions")?;
    positions
        .iter()
        .map(|position| {
            match array(position, NO_POSITION)? {
                [lon, lat] | [lon, lat, _] => lon.as_f64().zip(lat.as_f64()).map(<[f64; 2]>::from),
                _ => None,
            }
            .ok_or(NO_POSITION)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn polygons_are_read_from_geometries_and_features() {
        let ring = "[[0,0],[1,0,12.5],[1,1],[0,0]]";
        for text in [
            format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#),
            format!(r#"{{"type":"MultiPolygon","coordinates":[[{ring}]],"bbox":[0,0,1,1]}}"#),
            format!(
                r#"{{"type":"Feature","properties":null,"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
            ),
        ] {
            let read = polygons(&map(&text)).unwrap();
            assert_eq!(read, [[[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]], "{text}");
        }
    }

    #[test]
    fn what_is_no_shape_is_told_without_its_numbers() {
        for (text, fault) in [
            ("{}", "has no type"),
            (r#"{"type":"Polygon"}"#, "has no coordinates"),
            (r#"{"type":"Feature","geometry":null}"#, "is a Feature without geometry"),
            (r#"{"type":"Point","coordinates":[1,2]}"#, "is neither a Polygon nor a MultiPolygon"),
            (r#"{"type":"Polygon","coordinates":[[1,2]]}"#, NO_POSITION),
            (r#"{"type":"Polygon","coordinates":[[["1","2"]]]}"#, NO_POSITION),
            (r#"{"type":"Polygon","coordinates":7}"#, "has a polygon that is no array of rings"),
        ] {
            assert_eq!(polygons(&map(text)), Err(fault), "{text}");
        }
        let many = vec!["[0,0]"; VERTICES_MAX + 1].join(",");
        let text = format!(r#"{{"type":"LineString","coordinates":[{many}]}}"#);
        assert_eq!(line(&map(&text)), Err("has more than 10000 positions"));
        let exchanged = r#"{"type":"LineString","coordinates":[[35.6,139.7],[35.7,139.8]]}"#;
        assert!(line(&map(exchanged)).unwrap_err().contains("exchanged"));
        let across = r#"{"type":"LineString","coordinates":[[179,1],[181,1]]}"#;
        assert_eq!(line(&map(across)).unwrap()[1], Position::from_lat_lon(1.0, -179.0).unwrap());
    }
}
