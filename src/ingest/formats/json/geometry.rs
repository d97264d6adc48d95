//! Geometries as `GeoJSON` writes them (RFC 7946 § 3.1): longitude first.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use crate::domain::WarningKind;
use crate::ingest::centroid::centroid;
use crate::ingest::{RawPosition, RawRecord, values};

use super::node::Node;

/// How much of a geometry that cannot be read is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// The position a geometry gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Located {
    /// A point as it stands, the centroid of anything else.
    pub(crate) position: RawPosition,
    /// Whether a coordinate is text where a number belongs.
    pub(crate) as_text: bool,
}

impl Located {
    /// Reads a geometry. `null` and geometries without coordinates are [`RawPosition::Missing`].
    pub(crate) fn read(geometry: &Node<'_>) -> Self {
        let mut reader = Reader { as_text: false };
        let position = match reader.geometry(geometry) {
            _ if is_empty(geometry) => RawPosition::Missing,
            Some(found) => centroid(&found),
            None => {
                RawPosition::Unreadable(geometry.to_string().chars().take(SHOWN_CHARS).collect())
            }
        };
        Self { position, as_text: reader.as_text }
    }

    /// Reads a bare pair of coordinates, longitude first or last; further numbers are heights.
    pub(crate) fn read_pair(pair: &Node<'_>, longitude_first: bool) -> Self {
        let mut reader = Reader { as_text: false };
        let position = match reader.coord(pair) {
            Some(Coord { x, y }) if longitude_first => RawPosition::LatLon { lat: y, lon: x },
            Some(Coord { x, y }) => RawPosition::LatLon { lat: x, lon: y },
            None => RawPosition::Unreadable(pair.to_string().chars().take(SHOWN_CHARS).collect()),
        };
        Self { position, as_text: reader.as_text }
    }
}

impl Located {
    /// Makes this the position of `record`, with the warning it deserves.
    pub(crate) fn put_into(self, record: &mut RawRecord) {
        if self.as_text {
            let detail = "coordinates are strings".to_owned();
            record.warnings.push((WarningKind::CoordinatesAsText, detail));
        }
        record.position = self.position;
    }
}

/// The position of a latitude and a longitude that stand apart, each a number or a text. One
/// alone is [`RawPosition::Unreadable`].
pub(crate) fn position_of_pair(lat: Option<&Node<'_>>, lon: Option<&Node<'_>>) -> RawPosition {
    if let (Some(Node::Number(lat)), Some(Node::Number(lon))) = (lat, lon)
        && let (Some(lat), Some(lon)) = (lat.as_f64(), lon.as_f64())
    {
        return RawPosition::LatLon { lat, lon };
    }
    let text = |node: Option<&Node<'_>>| node.filter(|n| !n.is_blank()).map(Node::to_extra);
    let (lat, lon) = (text(lat).unwrap_or_default(), text(lon).unwrap_or_default());
    values::position_of_pair(&lat, &lon)
}

/// Whether the node is an object that names itself a geometry.
pub(crate) fn is_geometry(node: &Node<'_>) -> bool {
    let kind = node.get("type").and_then(Node::as_str);
    kind.is_some_and(|kind| KINDS.contains(&kind))
        && (node.get("coordinates").is_some() || node.get("geometries").is_some())
}

const KINDS: &[&str] = &[
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
];

fn is_empty(geometry: &Node<'_>) -> bool {
    let inside = geometry.get("coordinates").or_else(|| geometry.get("geometries"));
    geometry.is_blank() || inside.is_some_and(Node::is_blank)
}

struct Reader {
    as_text: bool,
}

impl Reader {
    fn geometry(&mut self, node: &Node<'_>) -> Option<Geometry<f64>> {
        let kind = node.get("type")?.as_str()?;
        if kind == "GeometryCollection" {
            let members = node.get("geometries")?.items();
            let members: Option<Vec<_>> = members.iter().map(|one| self.geometry(one)).collect();
            return Some(Geometry::GeometryCollection(GeometryCollection::from(members?)));
        }
        let coordinates = node.get("coordinates")?;
        Some(match kind {
            "Point" => Point::from(self.coord(coordinates)?).into(),
            "MultiPoint" => MultiPoint::from(self.each(coordinates, Self::coord)?).into(),
            "LineString" => self.line(coordinates)?.into(),
            "MultiLineString" => MultiLineString::new(self.each(coordinates, Self::line)?).into(),
            "Polygon" => self.polygon(coordinates)?.into(),
            "MultiPolygon" => MultiPolygon::new(self.each(coordinates, Self::polygon)?).into(),
            _ => return None,
        })
    }

    fn each<T>(
        &mut self,
        node: &Node<'_>,
        mut read: impl FnMut(&mut Self, &Node<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        match node {
            Node::List(items) => items.iter().map(|item| read(self, item)).collect(),
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Object(_) => None,
        }
    }

    fn polygon(&mut self, node: &Node<'_>) -> Option<Polygon<f64>> {
        let mut rings = self.each(node, Self::line)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Some(Polygon::new(exterior, rings.collect()))
    }

    fn line(&mut self, node: &Node<'_>) -> Option<LineString<f64>> {
        Some(LineString::new(self.each(node, Self::coord)?))
    }

    fn coord(&mut self, node: &Node<'_>) -> Option<Coord<f64>> {
        let [x, y, ..] = node.items() else { return None };
        if let (Node::Number(x), Node::Number(y)) = (x, y) {
            return Some(Coord { x: x.as_f64()?, y: y.as_f64()? });
        }
        match values::position_of_pair(&y.scalar()?, &x.scalar()?) {
            RawPosition::LatLon { lat: y, lon: x } => {
                self.as_text = true;
                Some(Coord { x, y })
            }
            RawPosition::Missing | RawPosition::Unreadable(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(json: &str) -> Located {
        Located::read(&Node::parse(json.as_bytes()).unwrap())
    }

    fn lat_lon(json: &str) -> (f64, f64) {
        match located(json).position {
            RawPosition::LatLon { lat, lon } => (lat, lon),
            other @ (RawPosition::Missing | RawPosition::Unreadable(_)) => {
                panic!("{json}: {other:?}")
            }
        }
    }

    #[test]
    fn a_point_keeps_every_digit_and_loses_its_height() {
        let point = r#"{"type":"Point","coordinates":[139.657063099999988,35.6789353,12.5]}"#;
        assert_eq!(lat_lon(point), (35.678_935_3, 139.657_063_1));
    }

    #[test]
    fn text_is_read_and_noted() {
        let read = located(r#"{"type":"Point","coordinates":["-103.17721","20.51868"]}"#);
        assert!(read.as_text);
        assert_eq!(read.position, RawPosition::LatLon { lat: 20.51868, lon: -103.17721 });
    }

    #[test]
    fn every_kind_of_geometry_has_a_position() {
        let (lat, lon) = lat_lon(
            r#"{"type":"Polygon","coordinates":[[[10,50],[10.2,50],[10.2,50.2],[10,50.2],[10,50]]]}"#,
        );
        assert!((lat - 50.1).abs() < 1e-9 && (lon - 10.1).abs() < 1e-9, "{lat} {lon}");
        assert_eq!(
            lat_lon(r#"{"type":"MultiPoint","coordinates":[[10,50],[11,50]]}"#),
            (50.0, 10.5)
        );
        assert_eq!(
            lat_lon(r#"{"type":"MultiLineString","coordinates":[[[10,50],[11,50]]]}"#),
            (50.0, 10.5)
        );
        assert_eq!(
            lat_lon(
                r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[2,1]}]}"#
            ),
            (1.0, 2.0)
        );
    }

    #[test]
    fn nothing_is_missing_and_nonsense_is_unreadable() {
        for nothing in [
            "null",
            r#"{"type":"Point","coordinates":[]}"#,
            r#"{"type":"Point","coordinates":[null,null]}"#,
            r#"{"type":"GeometryCollection","geometries":[]}"#,
        ] {
            assert_eq!(located(nothing).position, RawPosition::Missing, "{nothing}");
        }
        for nonsense in [
            r#"{"type":"Point","coordinates":[1]}"#,
            r#"{"type":"Point","coordinates":["here","there"]}"#,
            r#"{"type":"Circle","coordinates":[1,2]}"#,
            r#"{"type":"Point","coordinates":[[1,2]]}"#,
            "[1,2]",
        ] {
            let position = located(nonsense).position;
            assert!(matches!(position, RawPosition::Unreadable(_)), "{nonsense}: {position:?}");
        }
    }
}
