//! Areas and lines of the command line: four edges, or a file of GeoJSON.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use crate::service::{Given, Params};

use super::super::Failure;

/// Most bytes of a file that holds one shape: many times what ten thousand positions take.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Adds an area: `west,south,east,north`, or the file of a polygon.
pub(super) fn add_within(params: &mut Params<'_>, within: &str) -> Result<(), Failure> {
    let is_edges = !within.is_empty()
        && within.split(',').all(|edge| edge.trim().parse::<f64>().is_ok())
        && !Path::new(within).exists();
    if is_edges {
        params.add("bbox".to_owned(), Given::Text(within.to_owned()));
    } else {
        let shape = read(Path::new(within), "west,south,east,north or a file of a polygon")?;
        params.add("polygon".to_owned(), Given::Object(shape));
    }
    Ok(())
}

/// Adds the line of a file.
pub(super) fn add_along(params: &mut Params, file: &Path) -> Result<(), Failure> {
    let line = read(file, "a file of a LineString")?;
    params.add("along".to_owned(), Given::Object(line));
    Ok(())
}

/// The one shape of a file: a geometry, a feature, or a collection of one feature, as programs that
/// draw shapes save it.
fn read(file: &Path, accepted: &str) -> Result<Map<String, Value>, Failure> {
    let name = file.display();
    let mut text = String::new();
    let read = File::open(file)
        .and_then(|open| open.take(FILE_BYTES_MAX + 1).read_to_string(&mut text))
        .map_err(|error| Failure::Usage(format!("{name}: {error}; accepted: {accepted}")))?;
    if read as u64 > FILE_BYTES_MAX {
        return Err(Failure::Usage(format!("{name} is larger than {FILE_BYTES_MAX} bytes")));
    }
    let mut shape: Map<String, Value> = serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("{name} is no GeoJSON: {error}")))?;
    if shape.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        return Ok(shape);
    }
    match shape.get_mut("features").and_then(Value::as_array_mut).map(Vec::as_mut_slice) {
        Some([Value::Object(feature)]) => Ok(std::mem::take(feature)),
        _ => Err(Failure::Usage(format!("{name} is a collection of other than one feature"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    #[test]
    fn a_shape_is_read_from_a_geometry_a_feature_or_a_collection_of_one() {
        let line = r#"{"type":"LineString","coordinates":[[24.9,60.1],[25.0,60.2]]}"#;
        let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{line}}}"#);
        let collection = format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#);
        for text in [line, &feature, &collection] {
            let mut params = Params::default();
            add_along(&mut params, written(text).path()).unwrap();
            params.add("buffer_m".to_owned(), Given::Number(50.0));
            assert!(params.shape().is_ok(), "{text}");
        }
        let two = format!(r#"{{"type":"FeatureCollection","features":[{feature},{feature}]}}"#);
        for text in [two.as_str(), "not JSON", "[1]"] {
            let mut params = Params::default();
            assert!(add_along(&mut params, written(text).path()).is_err(), "{text}");
        }
    }

    #[test]
    fn four_numbers_are_a_box_and_anything_else_a_file() {
        let mut params = Params::default();
        add_within(&mut params, "-180, -90,180,90").unwrap();
        assert!(params.shape().is_ok());
        let ring = "[[24,60],[25,60],[25,61],[24,60]]";
        let polygon = written(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#));
        let mut params = Params::default();
        add_within(&mut params, &polygon.path().to_string_lossy()).unwrap();
        assert!(params.shape().is_ok());
        let error = add_within(&mut Params::default(), "no-such-file.geojson").unwrap_err();
        assert!(error.to_string().contains("west,south,east,north"), "{error}");
    }
}
