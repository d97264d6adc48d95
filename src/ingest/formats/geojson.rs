//! `GeoJSON` (RFC 7946): a `FeatureCollection` or one `Feature`, with the `crs` member of the 2008
//! specification.
//!
//! Properties that are tags of `OpenStreetMap` are read by its rules, so that a bank without an
//! ATM is no ATM; other properties by the names of columns.

use crate::domain::RejectReason;
use crate::ingest::crs::Declared;
use crate::ingest::{Event, FileFacts, FormatError, Input, ReadOptions, Sink};

use super::json::document::document;
use super::json::geometry::Located;
use super::json::node::{Members, Node};
use super::json::osm_style::{self, Tagged};
use super::json::records::{Place, Records, as_pairs};
use super::json::rows::Row;
use super::json::scan::{Scanner, Stop};
use super::json::time::to_utc;

const FORMAT: &str = "GeoJSON";

/// Reads the features of `input` in their order, one event each.
///
/// A point is the position as it stands, any other geometry gives its centroid; without geometry
/// the position is looked for among the properties. Coordinates declared to be Web Mercator are
/// converted, with a warning on each row; another reference system rejects each row.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::Syntax`] where the JSON breaks off or is not well-formed, and where a reference
///   system that is not degrees is declared behind the features it is for
/// - [`FormatError::NoRecords`] when there is neither a list of features nor one feature
///
/// # Cost
///
/// One pass; memory for one feature, 1 MiB at most.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut records = Records::new(options)?;
    let mut facts = FileFacts::default();
    let mut rows = None;
    let mut is_feature = false;
    let mut timestamp = None;
    let notice = document(input, options, FORMAT, |scanner| {
        if scanner.peek()? == Some(b'[') {
            let count = scanner.each_row(sink, |row| feature(&mut records, &row))?;
            rows = Some(count);
            return Ok(());
        }
        scanner.each_member(|scanner, key| {
            match key {
                "features" => {
                    let count = scanner.each_row(sink, |row| feature(&mut records, &row))?;
                    rows = Some(rows.unwrap_or(0) + count);
                }
                "crs" => declare(scanner, &mut records, rows)?,
                "type" => {
                    is_feature =
                        scanner.value(|kind| kind.as_str() == Some("Feature"))? == Some(true);
                }
                "timestamp" => {
                    timestamp = scanner.value(|time| to_utc(time.as_str()?))?.flatten();
                }
                _ => {
                    scanner.value(|value| take_fact(&mut facts, key, value))?;
                }
            }
            Ok(())
        })
    })?;
    if rows.is_none() {
        if !is_feature {
            let detail = "neither a member `features` nor a Feature".to_owned();
            return Err(FormatError::NoRecords { format: FORMAT, detail });
        }
        document(input, options, FORMAT, |scanner| {
            scanner.one_row(&mut Vec::new(), sink, &mut |row| feature(&mut records, &row))
        })
        .map(drop)?;
    }
    notice.give(sink);
    // Of other files it is the time of writing, not of the data.
    if facts.attribution.as_deref() == Some(osm_style::ATTRIBUTION) {
        facts.as_of = timestamp;
    }
    facts.unused_fields = records.into_unused_fields();
    Ok(facts)
}

/// Takes the reference system the file declares.
fn declare(
    scanner: &mut Scanner<'_>,
    records: &mut Records,
    rows: Option<u64>,
) -> Result<(), Stop> {
    let declared = scanner.value(declared_crs)?.unwrap_or(Declared::Degrees);
    let before = records.crs().clone();
    records.declare_crs(declared);
    if rows.is_some_and(|count| count > 0) && *records.crs() != before {
        let detail = "the member `crs` stands behind the features it is for; name the reference \
                      system in the configuration with crs = \"EPSG:3857\"";
        return Err(scanner.syntax(detail).into());
    }
    Ok(())
}

/// The reference system of a `crs` member, in the styles of the 2008 specification and before.
pub(crate) fn declared_crs(crs: &Node<'_>) -> Declared {
    let properties = crs.get("properties").unwrap_or(crs);
    if crs.is_blank() {
        return Declared::Degrees;
    }
    if let Some(code) = properties.get("code").and_then(Node::as_u64) {
        return u32::try_from(code)
            .map_or_else(|_| Declared::Unsupported(code.to_string()), Declared::by_code);
    }
    match crs.as_str().or_else(|| properties.get("name")?.as_str()) {
        Some(name) => Declared::by_name(name),
        None => Declared::Unsupported(crs.to_string()),
    }
}

/// What members beside the features say of the file: overpass-turbo's, and plain words.
fn take_fact(facts: &mut FileFacts, key: &str, value: &Node<'_>) {
    let Some(text) = value.as_str() else { return };
    match key {
        "generator" if text.starts_with("overpass") => {
            facts.licence.get_or_insert_with(|| osm_style::LICENCE.to_owned());
            facts.attribution.get_or_insert_with(|| osm_style::ATTRIBUTION.to_owned());
        }
        "licence" | "license" => facts.licence = Some(text.to_owned()),
        "attribution" => facts.attribution = Some(text.to_owned()),
        _ => {}
    }
}

/// The event of one feature.
pub(crate) fn feature(records: &mut Records, row: &Row<'_>) -> Event {
    let Some(members) = row.node.members() else { return row.no_object() };
    if !is_feature(members) {
        return row.rejected(RejectReason::MalformedRow, "is no Feature");
    }
    let geometry = row.node.get("geometry").filter(|geometry| !matches!(geometry, Node::Null));
    let located = geometry.map(Located::read);
    let id = row.node.get("id").filter(|id| !id.is_blank());
    let properties = row.node.get("properties").and_then(Node::members);
    let mut pairs: Vec<(&str, &Node<'_>)> = properties.into_iter().flat_map(as_pairs).collect();
    if let Some(tagged) = Tagged::of(&pairs) {
        return tagged.event(records, row, located, id);
    }
    let foreign = |(key, _): &(&str, &Node<'_>)| !OWN_MEMBERS.contains(key);
    pairs.extend(as_pairs(members).filter(foreign));

    let mut record = row.record();
    // The feature's id goes before one among the properties, unless it is a bare number: that is
    // most often the row's place in the table it was written from.
    let (first, last) = match id {
        Some(Node::Number(_)) | None => (None, id),
        Some(_) => (id, None),
    };
    if let Some(id) = first {
        Records::take_id(&mut record, "id", id);
    }
    let place = if located.is_some() { Place::Outside } else { Place::Inside };
    records.fill(&mut record, &pairs, place);
    if let Some(located) = located {
        located.put_into(&mut record);
    }
    if let Some(id) = last {
        Records::take_id(&mut record, "id", id);
    }
    records.finish(row, record)
}

/// The members a feature has of its own; others beside them are as good as properties.
const OWN_MEMBERS: &[&str] = &["type", "geometry", "properties", "id", "bbox"];

/// Whether an object is a feature. Several writers leave the type out.
pub(crate) fn is_feature(members: &Members<'_>) -> bool {
    let has = |key: &str| members.iter().any(|(name, _)| name == key);
    let kind = members.iter().find(|(key, _)| key == "type").and_then(|(_, kind)| kind.as_str());
    match kind {
        Some(kind) => kind.eq_ignore_ascii_case("Feature"),
        None => has("geometry") && has("properties"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::testing::{assert_total, extra, reading, reading_with, value, values};
    use super::*;
    use crate::domain::WarningKind;
    use crate::ingest::{Crs, RawPosition, RawRecord};

    fn collection(features: &str) -> String {
        format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)
    }

    fn lat_lon(record: &RawRecord) -> (f64, f64) {
        match record.position {
            RawPosition::LatLon { lat, lon } => (lat, lon),
            RawPosition::Missing | RawPosition::Unreadable(_) => panic!("{record:?}"),
        }
    }

    #[test]
    fn properties_are_known_by_their_names_and_nulls_state_nothing() {
        let found = reading(
            read,
            collection(
                r#"
                {"type":"Feature","properties":{"feature_id":"node/5","brand":"7-ELEVEN","name":null,
                 "opening_hours":"24/7","lat":1},"geometry":{"type":"Point","coordinates":[139.6,35.6]},
                 "bbox":[1,2,3,4],"colour":"red"}"#,
            ),
        );
        let record = found.record();
        assert_eq!(record.row.to_string(), "line 2");
        assert_eq!(record.native_id.as_deref(), Some("node/5"));
        assert_eq!(record.namespace.as_deref(), Some("osm"));
        assert_eq!(lat_lon(record), (35.6, 139.6));
        assert_eq!(values(record), "brand=7-ELEVEN opening_hours=24/7");
        assert_eq!(extra(record, "colour"), Some("red"));
        assert_eq!(extra(record, "lat"), Some("1"), "the geometry is the position");
    }

    #[test]
    fn the_features_id_goes_before_the_properties_unless_it_is_a_bare_number() {
        let with = |id: &str| {
            let found = reading(
                read,
                collection(&format!(
                    r#"{{"type":"Feature","id":{id},"properties":{{"id":"own"}},"geometry":null}}"#
                )),
            );
            let record = found.record();
            (record.native_id.clone().unwrap(), extra(record, "id").map(str::to_owned))
        };
        assert_eq!(with("\"atm-7\""), ("atm-7".to_owned(), Some("own".to_owned())));
        assert_eq!(with("7"), ("own".to_owned(), Some("7".to_owned())));
        assert_eq!(with("\"own\""), ("own".to_owned(), None));
        assert_eq!(with("null"), ("own".to_owned(), None));
    }

    #[test]
    fn coordinates_as_text_are_read_with_a_warning() {
        let found = reading(
            read,
            collection(
                r#"{"type":"Feature","geometry":{"type":"Point","coordinates":["-103.1","20.5"]},
                    "properties":{"atmId":["4930","7086"]}}"#,
            ),
        );
        assert_eq!(lat_lon(found.record()), (20.5, -103.1));
        let kinds: Vec<_> = found.record().warnings.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [WarningKind::SeveralIds, WarningKind::CoordinatesAsText]);
    }

    #[test]
    fn without_geometry_the_position_is_looked_for_among_the_properties() {
        let found = reading(
            read,
            collection(
                r#"{"type":"Feature","geometry":null,"properties":{"lat":"60.1","lon":"24.9"}},
                   {"type":"Feature","properties":{}},
                   {"type":"Feature","geometry":{"type":"Point","coordinates":[]},"properties":null}"#,
            ),
        );
        let positions: Vec<_> = found.records().iter().map(|r| r.position.clone()).collect();
        assert_eq!(positions[0], RawPosition::LatLon { lat: 60.1, lon: 24.9 });
        assert_eq!(positions[1..], [RawPosition::Missing, RawPosition::Missing]);
    }

    #[test]
    fn tags_of_openstreetmap_follow_their_rules() {
        let found = reading(
            read,
            r#"{"type":"FeatureCollection","generator":"overpass-turbo",
                "copyright":"The data included in this document is from www.openstreetmap.org.",
                "timestamp":"2024-05-01T10:00:00Z","features":[
                {"type":"Feature","id":"way/8","properties":{"@id":"way/8","amenity":"atm","cash_in":"yes"},
                 "geometry":{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}},
                {"type":"Feature","id":"node/9","properties":{"@id":"node/9","amenity":"bank","atm":"no"},
                 "geometry":{"type":"Point","coordinates":[0,1]}},
                {"type":"Feature","properties":{"@id":"node/10","shop":"kiosk"},
                 "geometry":{"type":"Point","coordinates":[0,1]}},
                {"type":"Feature","properties":{"id":11,"type":"node","tags":{"amenity":"atm"}},
                 "geometry":{"type":"Point","coordinates":[0,1]}},
                {"type":"Feature","properties":{"osm_id":"12","fclass":"atm","name":"A"},
                 "geometry":{"type":"Point","coordinates":[0,1]}},
                {"type":"Feature","properties":{"osm_id":"13","name":null,
                  "other_tags":"\"amenity\"=>\"atm\",\"operator\"=>\"B \\\"b\\\"\""},
                 "geometry":{"type":"Point","coordinates":[0,1]}},
                {"type":"Feature","id":"a28","properties":{"amenity":"atm"},
                 "geometry":{"type":"Point","coordinates":[0,1]}}]}"#,
        );
        let ids: Vec<_> = found.records().iter().map(|r| r.native_id.clone().unwrap()).collect();
        assert_eq!(ids, ["way/8", "node/11", "12", "13", "way/14"]);
        let first = found.records()[0];
        assert_eq!(first.namespace.as_deref(), Some("osm"));
        assert_eq!(value(first, "cash_in"), ["yes"]);
        let (lat, lon) = lat_lon(first);
        assert!((lat - 1.0).abs() < 1e-3 && (lon - 1.0).abs() < 1e-3, "{lat} {lon}");
        assert_eq!(value(found.records()[3], "operator"), ["B \"b\""]);
        assert_eq!(found.accounted(), 7);
        let facts = found.outcome.unwrap();
        assert_eq!(facts.as_of.as_deref(), Some("2024-05-01T10:00:00Z"));
        assert_eq!(facts.licence.as_deref(), Some("ODbL-1.0"));
        assert_eq!(facts.attribution.as_deref(), Some("© OpenStreetMap contributors"));
    }

    #[test]
    fn a_declared_reference_system_is_converted_or_refused() {
        let with = |crs: &str| {
            reading(
                read,
                format!(
                    r#"{{"type":"FeatureCollection","crs":{crs},"features":[
                        {{"type":"Feature","properties":{{}},
                          "geometry":{{"type":"Point","coordinates":[-11169055.58,2800000.0]}}}}]}}"#
                ),
            )
        };
        let named =
            |name: &str| with(&format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#));
        for degrees in [named("urn:ogc:def:crs:OGC:1.3:CRS84"), named("EPSG:4326"), with("null")] {
            assert_eq!(lat_lon(degrees.record()), (2_800_000.0, -11_169_055.58));
            assert_eq!(degrees.record().warnings, []);
        }
        for metres in [
            named("urn:ogc:def:crs:EPSG::3857"),
            named("EPSG:900913"),
            with(r#"{"type":"EPSG","properties":{"code":102100}}"#),
        ] {
            let (lat, lon) = lat_lon(metres.record());
            assert!((lat - 24.381_787).abs() < 1e-6 && (lon + 100.333_333).abs() < 1e-6);
            assert_eq!(metres.record().warnings[0].0, WarningKind::Reprojected);
        }
        for other in [named("EPSG:27700"), with(r#"{"type":"link","properties":{"href":"x"}}"#)] {
            assert_eq!(other.rejected(), [("line 2".to_owned(), RejectReason::UnsupportedCrs)]);
        }
    }

    #[test]
    fn a_reference_system_behind_the_features_is_an_error_unless_it_is_degrees() {
        let with = |name: &str| {
            format!(
                "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\
                 \"geometry\":{{\"type\":\"Point\",\"coordinates\":[1,2]}},\"properties\":{{}}}}],\n\
                 \"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"{name}\"}}}}}}"
            )
        };
        assert_eq!(reading(read, with("EPSG:3857")).syntax_line(), 2);
        assert!(reading(read, with("EPSG:4326")).outcome.is_ok());
        let options = ReadOptions { crs: Some(Crs::WebMercator), ..ReadOptions::default() };
        assert!(reading_with(read, with("EPSG:3857"), &options).outcome.is_ok());
    }

    #[test]
    fn one_feature_and_a_bare_list_of_features_are_read_too() {
        let feature = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"id":5}}"#;
        for document in [feature.to_owned(), format!("[{feature}]"), format!("{feature:?}")] {
            assert_eq!(reading(read, document).record().native_id.as_deref(), Some("5"));
        }
        for document in [r#"{"type":"Topology","objects":{}}"#, "{}"] {
            let outcome = reading(read, document).outcome;
            assert!(matches!(outcome, Err(FormatError::NoRecords { .. })), "{outcome:?}");
        }
    }

    #[test]
    fn features_of_convert_come_back_word_for_word() {
        let found = reading(
            read,
            collection(
                r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[24.9414,60.1719]},
                    "properties":{"nearest_atm_id":"osm:node/1","source":"helsinki","amenity":"atm",
                    "operator":"Otto","languages":["fi","sv"],"wheelchair":"limited",
                    "extra":"{\"ref\":\"7\"}"}}"#,
            ),
        );
        let record = found.record();
        assert!(record.id_is_complete);
        assert_eq!(lat_lon(record), (60.1719, 24.9414));
        assert_eq!(values(record), "operator=Otto languages=fi languages=sv wheelchair=limited");
        assert_eq!(extra(record, "ref"), Some("7"));
        assert_eq!(record.source.as_ref().unwrap().name, "helsinki");
    }

    #[test]
    fn what_is_no_feature_is_rejected_alone() {
        let found =
            reading(read, collection("7,\n{\"type\":\"Point\",\"coordinates\":[1,2]},\n{}"));
        let malformed = |line: &str| (line.to_owned(), RejectReason::MalformedRow);
        assert_eq!(found.rejected(), ["line 1", "line 2", "line 3"].map(malformed));
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_every_element_counts_once() {
        assert_total(read, collection);
    }
}
