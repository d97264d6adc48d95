//! JSON of no particular standard: an array of records, or a document that holds one somewhere.
//!
//! Understood are objects with nested members, rows of cells beside a list of column names
//! (Socrata, CKAN, pandas), ESRI's features, `GeoJSON` features and `OpenStreetMap` elements that
//! stand in a plain array, maps from id to record, and documents that are JSON within a string.
//! What all readers of JSON share lives in the modules below.

pub(crate) mod detect;
pub(crate) mod document;
mod flatten;
pub(crate) mod geometry;
pub(crate) mod members;
pub(crate) mod node;
pub(crate) mod osm_style;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod scan;
mod string_text;
mod survey;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod time;
pub(crate) mod week;

use crate::domain::RejectReason;
use crate::ingest::{Event, FileFacts, FormatError, Input, RawPosition, ReadOptions, Sink};

use self::document::document;
use self::geometry::Located;
use self::node::{Members, Node, member};
use self::osm_style::Tagged;
use self::records::{Place, Records, as_pairs};
use self::rows::{Row, hand_over};
use self::scan::{Scanner, Stop};
use self::survey::{Column, Shape, Survey, descend};
use super::geojson;

const FORMAT: &str = "JSON";

/// Reads the records of `input` in their order, one event each.
///
/// Of several lists in one document the one named like ATMs is read, else the longest.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::Syntax`] where the JSON breaks off or is not well-formed
/// - [`FormatError::NoRecords`] when the document holds neither a list of objects nor one record
///
/// # Cost
///
/// One pass over an array, two over an object that holds one; memory for one record, 1 MiB at most.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut records = Records::new(options)?;
    let mut survey = None;
    let mut is_array = false;
    let notice = document(input, options, FORMAT, |scanner| {
        match scanner.peek()? {
            Some(b'[') => {
                is_array = true;
                scanner.each_row(sink, |row| event(&mut records, row, &[]))?;
            }
            Some(b'{') => survey = Some(Survey::of(scanner)?),
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    if let Some(survey) = survey {
        read_list((input, options), &survey, &mut records, sink)?;
    } else if !is_array {
        return Err(no_list());
    }
    notice.give(sink);
    Ok(FileFacts { unused_fields: records.into_unused_fields(), ..FileFacts::default() })
}

fn no_list() -> FormatError {
    let detail = "no array of objects under any key".to_owned();
    FormatError::NoRecords { format: FORMAT, detail }
}

fn read_list(
    (input, options): (&Input, &ReadOptions),
    survey: &Survey,
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<(), FormatError> {
    let Some(list) = survey.list() else { return read_one((input, options), records, sink) };
    for other in survey.other_lists(list) {
        records.note_unused(&other.name());
    }
    if let Some(declared) = &survey.crs {
        records.declare_crs(declared.clone());
    }
    document(input, options, FORMAT, |scanner| {
        descend(scanner, &list.path, &mut |scanner| match list.shape {
            Shape::Array => {
                scanner.each_row(sink, |row| event(records, row, &survey.columns)).map(|_| ())
            }
            Shape::Map => each_keyed_row(scanner, records, sink),
            Shape::Groups => scanner.each_member(|scanner, group| {
                let mut make = |row: Row<'_>| in_group(event(records, row, &[]), group);
                scanner.each_row(sink, &mut make).map(|_| ())
            }),
        })
    })
    .map(drop)?;
    Ok(())
}

/// Reads a document that is one record.
fn read_one(
    (input, options): (&Input, &ReadOptions),
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<(), FormatError> {
    let mut found = None;
    document(input, options, FORMAT, |scanner| {
        let mut take = |one: Event| {
            found = Some(one);
            std::ops::ControlFlow::Continue(())
        };
        scanner.one_row(&mut Vec::new(), &mut take, &mut |row| event(records, row, &[]))
    })
    .map(drop)?;
    match found {
        Some(Event::Record(record)) if record.position != RawPosition::Missing => {
            // Nothing follows that a `Break` could spare.
            let _ = sink(Event::Record(record));
            Ok(())
        }
        _ => Err(no_list()),
    }
}

/// Keeps the key of the group a record stands in.
fn in_group(mut event: Event, group: &str) -> Event {
    if let Event::Record(record) = &mut event {
        record.extra.push(("group".to_owned(), group.to_owned()));
    }
    event
}

/// Reads the members of an object as records whose ids are the keys.
fn each_keyed_row(
    scanner: &mut Scanner<'_>,
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let mut text = Vec::new();
    scanner.each_member(|scanner, key| {
        let mut made = None;
        let mut take = |one: Event| {
            made = Some(one);
            std::ops::ControlFlow::Continue(())
        };
        scanner.one_row(&mut text, &mut take, &mut |row| event(records, row, &[]))?;
        if let Some(Event::Record(record)) = &mut made {
            record.native_id.get_or_insert_with(|| key.to_owned());
        }
        made.map_or(Ok(()), |event| hand_over(sink, event))
    })
}

/// The event of one row, by what it looks like.
pub(crate) fn event(records: &mut Records, mut row: Row<'_>, columns: &[Column]) -> Event {
    let mut fallback_id = None;
    if let Node::List(cells) = &row.node
        && !columns.is_empty()
    {
        if cells.len() != columns.len() {
            let detail = format!("{} cells for {} columns", cells.len(), columns.len());
            return row.rejected(RejectReason::MalformedRow, detail);
        }
        let own_id = columns.iter().position(|column| column.is_bookkeeping && column.name == "id");
        fallback_id = own_id.and_then(|at| Some(cells.get(at)?.scalar()?.into_owned()));
        let members = columns.iter().zip(cells).filter(|(column, _)| !column.is_bookkeeping);
        row.node = Node::Object(
            members
                .map(|(column, cell)| (column.name.clone().into(), with_parts(column, cell)))
                .collect(),
        );
    }
    let Some(members) = row.node.members() else { return row.no_object() };
    if geojson::is_feature(members) {
        return geojson::feature(records, &row);
    }
    if let Some(attributes) = member(members, "attributes").and_then(Node::members) {
        return esri_feature(records, &row, attributes);
    }
    let pairs: Vec<(&str, &Node<'_>)> = as_pairs(members).collect();
    if let Some(tagged) = Tagged::of(&pairs) {
        return tagged.event(records, &row, None, None);
    }
    let mut record = row.record();
    records.fill(&mut record, &pairs, Place::Inside);
    record.native_id = record.native_id.or(fallback_id);
    records.finish(&row, record)
}

/// The cell with names for its items, where the column names them.
fn with_parts<'t>(column: &Column, cell: &Node<'t>) -> Node<'t> {
    if let Node::List(items) = cell
        && items.len() == column.parts.len()
    {
        let named = column.parts.iter().zip(items);
        return Node::Object(
            named.map(|(name, item)| (name.clone().into(), item.clone())).collect(),
        );
    }
    cell.clone()
}

/// A feature of ESRI's JSON: `{"attributes": {…}, "geometry": {"x": …, "y": …}}`.
fn esri_feature(records: &mut Records, row: &Row<'_>, attributes: &Members<'_>) -> Event {
    let mut pairs: Vec<(&str, &Node<'_>)> = as_pairs(attributes).collect();
    let own = ["attributes", "geometry"];
    let others = row.node.members().into_iter().flat_map(as_pairs);
    pairs.extend(others.filter(|(key, _)| !own.contains(key)));
    let located = row.node.get("geometry").and_then(esri_geometry);
    let mut record = row.record();
    let place = if located.is_some() { Place::Outside } else { Place::Inside };
    records.fill(&mut record, &pairs, place);
    if let Some(located) = located {
        record.position = located.position;
    }
    records.finish(row, record)
}

/// The position of ESRI's geometry; `None` without one.
fn esri_geometry(geometry: &Node<'_>) -> Option<Located> {
    if let (Some(x), Some(y)) = (geometry.get("x"), geometry.get("y")) {
        let nothing = x.is_blank() && y.is_blank();
        let pair = Node::List(vec![x.clone(), y.clone()]);
        return (!nothing).then(|| Located::read_pair(&pair, true));
    }
    let shapes = [("points", "MultiPoint"), ("paths", "MultiLineString"), ("rings", "Polygon")];
    shapes.iter().find_map(|(key, kind)| {
        let coordinates = geometry.get(key)?.clone();
        Some(Located::read(&Node::Object(vec![
            ("type".into(), Node::Text((*kind).into())),
            ("coordinates".into(), coordinates),
        ])))
    })
}

#[cfg(test)]
mod tests {
    use super::testing::{any_json, assert_total, extra, reading, reading_with, value, values};
    use super::*;
    use crate::domain::WarningKind;
    use crate::ingest::{Crs, RawRecord};
    use proptest::prelude::*;

    fn lat_lon(record: &RawRecord) -> (f64, f64) {
        match record.position {
            RawPosition::LatLon { lat, lon } => (lat, lon),
            RawPosition::Missing | RawPosition::Unreadable(_) => panic!("{record:?}"),
        }
    }

    #[test]
    fn nested_members_are_known_by_their_paths() {
        let found = reading(
            read,
            r#"[
              {"atmId": 77, "bank": "Example Bank", "location": {"lat": "52.1", "lng": 4.5},
               "address": {"street": "Dorpsstraat", "city": "Alpen"}, "distance": 0,
               "currencies": ["EUR", "USD"], "phone": "", "note": null,
               "meta": {"tags": ["a", 1]}}
            ]"#,
        );
        let record = found.record();
        assert_eq!(record.row.to_string(), "line 2");
        assert_eq!(record.native_id.as_deref(), Some("77"));
        assert_eq!(lat_lon(record), (52.1, 4.5));
        assert_eq!(
            values(record),
            "operator=Example Bank street=Dorpsstraat city=Alpen currencies=EUR currencies=USD"
        );
        assert_eq!(extra(record, "distance"), Some("0"));
        assert_eq!(extra(record, "meta.tags"), Some(r#"["a",1]"#));
        assert_eq!(record.extra.len(), 2, "{:?}", record.extra);
        assert_eq!(found.outcome.unwrap().unused_fields, ["distance", "meta.tags"]);
    }

    #[test]
    fn positions_stand_in_many_places() {
        for (position, wanted) in [
            (r#""geo":{"type":"Point","coordinates":[4.5,52.1]}"#, (52.1, 4.5)),
            (r#""coordinates":["4.5","52.1"]"#, (52.1, 4.5)),
            (r#""latLng":[52.1,4.5]"#, (52.1, 4.5)),
            (r#""address":{"geoLocation":{"latitude":"52.1","longitude":"4.5"}}"#, (52.1, 4.5)),
            (
                r#""geometry":{"location":{"lat":52.1,"lng":4.5},"viewport":{"northeast":{"lat":1,"lng":2}}}"#,
                (52.1, 4.5),
            ),
            (r#""LATITUDE":52.1,"LONGITUDE":4.5,"X":1,"Y":2"#, (52.1, 4.5)),
        ] {
            let found = reading(read, format!("[{{{position}}}]"));
            assert_eq!(lat_lon(found.record()), wanted, "{position}");
        }
        for (position, missing) in [
            (r#""lat":52.1"#, true),
            (r#""lat":52.1,"lon":null"#, false),
            (r#""lat":"here","lon":"there""#, false),
            (r#""location":[52.1,4.5]"#, false),
            (r#""lat":null,"lon":"""#, true),
            (r#""a":1"#, true),
        ] {
            let found = reading(read, format!("[{{{position}}}]"));
            let position_found = &found.record().position;
            assert_eq!(*position_found == RawPosition::Missing, missing, "{position}");
            assert!(!matches!(position_found, RawPosition::LatLon { .. }), "{position}");
        }
    }

    #[test]
    fn a_capability_is_the_attribute_and_activity_is_extra() {
        let found = reading(
            read,
            r#"[{"latitude":55.8,"longitude":37.7,"allDay":true,"services":{
                "wheelchair":{"serviceCapability":"UNKNOWN","serviceActivity":"UNKNOWN"},
                "supportsUsd":{"serviceCapability":"UNSUPPORTED","serviceActivity":"UNAVAILABLE"},
                "supportsRub":{"serviceCapability":"SUPPORTED","serviceActivity":"AVAILABLE"}}}]"#,
        );
        let record = found.record();
        assert_eq!(values(record), "always_open=true wheelchair=UNKNOWN currencies=RUB");
        assert_eq!(extra(record, "services.supportsRub.serviceActivity"), Some("AVAILABLE"));
        assert_eq!(extra(record, "services.supportsUsd.serviceCapability"), Some("UNSUPPORTED"));
    }

    #[test]
    fn hours_of_a_week_become_one_text_and_others_are_kept() {
        let found = reading(
            read,
            r#"[{"openingHours":[{"dayOfWeek":2,"hours":[{"hourFrom":"08:00","hourTo":"22:00"}]},
                                 {"dayOfWeek":1,"hours":[]}]},
                {"monday":"9-17","tuesday":"9-17","wednesday":"9-17","thursday":"9-17","friday":"closed"},
                {"openingHours":{"summer":"long"}},
                {"openingHours":[]}]"#,
        );
        let hours: Vec<_> =
            found.records().into_iter().map(|record| value(record, "opening_hours")).collect();
        assert_eq!(hours[0], ["Mo 08:00-22:00; Tu-Sa unknown; Su off"]);
        assert_eq!(hours[1], ["Mo-Th 09:00-17:00; Fr off; Sa,Su unknown"]);
        assert_eq!(hours[2..], [vec![], Vec::<&str>::new()]);
        let third = found.records()[2];
        assert_eq!(third.warnings[0].0, WarningKind::UnparsableHours);
        assert_eq!(extra(third, "openingHours"), Some(r#"{"summer":"long"}"#));
    }

    #[test]
    fn of_several_ids_the_first_is_the_id_and_all_are_kept() {
        let found = reading(
            read,
            r#"[{"atmId":["4930","7086"]},{"atmId":["8389"]},{"atmId":"null"},{"atmId":5,"atmId":6}]"#,
        );
        let records = found.records();
        assert_eq!(records[0].native_id.as_deref(), Some("4930"));
        assert_eq!(records[0].warnings, [(WarningKind::SeveralIds, "4930, 7086".to_owned())]);
        assert_eq!(extra(records[0], "atmId"), Some(r#"["4930","7086"]"#));
        assert_eq!(records[1].native_id.as_deref(), Some("8389"));
        assert_eq!(records[2].native_id, None);
        assert_eq!(records[3].native_id.as_deref(), Some("5"));
        assert_eq!(records[3].warnings, [(WarningKind::RepeatedField, "atmId = 6".to_owned())]);
    }

    #[test]
    fn the_list_may_stand_anywhere_in_a_document() {
        let row = r#"{"id":1,"lat":2,"lon":3}"#;
        for document in [
            format!(r#"{{"count":1,"results":[{row}]}}"#),
            format!(r#"{{"d":{{"__count":"1","results":[{row}]}}}}"#),
            format!(
                r#"{{"help":"x","result":{{"fields":[{{"id":"a"}},{{"id":"b"}}],"records":[{row}]}}}}"#
            ),
            format!(r#"{{"branches":[{row},{row}],"atms":[{row}]}}"#),
            format!("{:?}", format!("\n[{row}]")),
            format!(r#"{{"statusCode":200,"body":{:?}}}"#, format!("[{row}]")),
            row.to_owned(),
            format!(r#"{{"message":"[sic]","data":[{row}]}}"#),
        ] {
            let found = reading(read, &document);
            assert_eq!(found.record().native_id.as_deref(), Some("1"), "{document}");
        }
    }

    #[test]
    fn a_map_of_records_has_its_keys_for_ids() {
        let found = reading(
            read,
            r#"{"-Kx1":{"lat":2,"lon":3},"-Kx2":{"lat":2,"lon":3,"id":"own"},"-Kx3":{"lat":1,"lon":1}}"#,
        );
        let ids: Vec<_> = found.records().iter().map(|r| r.native_id.clone().unwrap()).collect();
        assert_eq!(ids, ["-Kx1", "own", "-Kx3"]);
    }

    #[test]
    fn lists_by_region_are_one_list_and_lists_of_other_things_are_named() {
        let found = reading(read, r#"{"MH":[{"id":1,"lat":2,"lon":3}],"DL":[{"id":2},{"id":3}]}"#);
        let groups: Vec<_> =
            found.records().iter().map(|record| extra(record, "group").unwrap()).collect();
        assert_eq!(groups, ["MH", "DL", "DL"]);

        let found = reading(read, r#"{"n":2,"items":[{"id":1},{"id":2}],"offices":[{"id":9}]}"#);
        assert_eq!(found.records().len(), 2);
        assert_eq!(found.outcome.unwrap().unused_fields, ["offices"]);

        let maps = r#"{"a":{"lat":1,"lon":2,"x":[{"k":1},{"k":2},{"k":3}]},"b":{"lat":1,"lon":2}}"#;
        assert_eq!(reading(read, maps).records().len(), 2);
    }

    #[test]
    fn rows_of_cells_are_read_by_the_names_of_their_columns() {
        let found = reading(
            read,
            r#"{"meta":{"view":{"name":"ATMs","columns":[
                {"name":"sid","dataTypeName":"meta_data"},{"name":"id","dataTypeName":"meta_data"},
                {"name":"Name of Institution","dataTypeName":"text"},
                {"name":"Location","dataTypeName":"location",
                 "subColumnTypes":["human_address","latitude","longitude","machine_address","needs_recoding"]}]}},
               "data":[["row-a",7,"First Bank",["{}","40.7","-73.9",null,false]],["row-b",8,"Second"]]}"#,
        );
        let record = found.records()[0];
        assert_eq!(lat_lon(record), (40.7, -73.9));
        assert_eq!(value(record, "operator"), ["First Bank"]);
        assert_eq!(record.native_id.as_deref(), Some("7"));
        assert_eq!(found.rejected(), [("line 6".to_owned(), RejectReason::MalformedRow)]);
    }

    #[test]
    fn features_of_esri_are_known_and_their_metres_converted() {
        let document = |wkid: u32, x: f64, y: f64| {
            format!(
                r#"{{"features":[{{"attributes":{{"OBJECTID":1,"BANK":"A"}},"geometry":{{"x":{x},"y":{y}}}}}],
                    "spatialReference":{{"wkid":{wkid}}}}}"#
            )
        };
        let degrees = reading(read, document(4326, -77.0, 38.9));
        assert_eq!(lat_lon(degrees.record()), (38.9, -77.0));
        let metres = reading(read, document(102_100, -8_571_600.79, 4_707_137.61));
        let (lat, lon) = lat_lon(metres.record());
        assert!((lat - 38.898).abs() < 1e-3 && (lon + 77.0).abs() < 1e-3, "{lat} {lon}");
        assert_eq!(metres.record().warnings[0].0, WarningKind::Reprojected);
        let other = reading(read, document(2248, 1.0, 2.0));
        assert_eq!(other.rejected(), [("line 1".to_owned(), RejectReason::UnsupportedCrs)]);
    }

    #[test]
    fn the_configured_reference_system_counts() {
        let options = ReadOptions { crs: Some(Crs::WebMercator), ..ReadOptions::default() };
        let found = reading_with(read, r#"[{"x":-11169055.58,"y":2800000.0}]"#, &options);
        let (lat, lon) = lat_lon(found.record());
        assert!((lat - 24.381_787).abs() < 1e-6 && (lon + 100.333_333).abs() < 1e-6);
    }

    #[test]
    fn elements_with_tags_follow_their_rules() {
        let found = reading(
            read,
            r#"[{"type":"node","id":5,"lat":1,"lon":2,"tags":{"amenity":"atm","operator":"A"}},
                {"type":"way","id":6,"center":{"lat":1,"lon":2},"tags":{"amenity":"bank","atm":"yes"}},
                {"type":"node","id":7,"lat":1,"lon":2,"tags":{"amenity":"bank"}}]"#,
        );
        let ids: Vec<_> = found.records().iter().map(|r| r.native_id.clone().unwrap()).collect();
        assert_eq!(ids, ["node/5", "way/6"]);
        assert_eq!(lat_lon(found.records()[1]), (1.0, 2.0));
        assert_eq!(found.events[2], Event::NotAtms(1));
    }

    #[test]
    fn records_of_convert_come_back_word_for_word() {
        let found = reading(
            read,
            r#"[{"nearest_atm_id":"osm:node/1","lat":60.1,"lon":24.9,"source":"hel",
                 "source_as_of":"2024-01-01T00:00:00Z","source_licence":"ODbL-1.0","bank":"no synonym",
                 "operator":"Otto","currencies":["EUR","SEK"],"cash_in":"no","networks":"a;b",
                 "extra":{"ref":"12","k":"{\"a\":1}"}}]"#,
        );
        let record = found.record();
        assert!(record.id_is_complete);
        assert_eq!(record.native_id.as_deref(), Some("osm:node/1"));
        assert_eq!(
            values(record),
            "operator=Otto currencies=EUR currencies=SEK cash_in=no networks=a;b"
        );
        let source = record.source.as_ref().unwrap();
        assert_eq!(source.name, "hel");
        assert_eq!(source.as_of.as_deref(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(source.attribution, None);
        assert_eq!(extra(record, "k"), Some(r#"{"a":1}"#));
    }

    #[test]
    fn what_is_no_list_is_an_error_and_an_empty_list_is_none() {
        for document in [r#"{"error":"no"}"#, "7", "{}", "null"] {
            let outcome = reading(read, document).outcome;
            assert!(
                matches!(outcome, Err(FormatError::NoRecords { .. })),
                "{document}: {outcome:?}"
            );
        }
        for document in
            ["[]", r#"{"results":[],"count":0}"#, r#"{"fields":[{"id":1}],"records":[]}"#]
        {
            let found = reading(read, document);
            assert!(found.outcome.is_ok() && found.events.is_empty(), "{document}: {found:?}");
        }
    }

    #[test]
    fn a_document_that_breaks_off_is_never_complete() {
        assert_eq!(reading(read, "[{\"id\":1},\n{\"id\":2}\n").syntax_line(), 3);
        assert_eq!(reading(read, "[{\"id\":1},\n\n{\"id\":nope}]").syntax_line(), 3);
        assert_eq!(reading(read, "[{\"id\":1}]\n{").syntax_line(), 2);
        assert_eq!(reading(read, b"[\n{\"id\":\"\xff\"}]").syntax_line(), 2);
        assert_eq!(reading(read, "").syntax_line(), 1);
        reading(read, format!("{:?}", "[{\"id\":1}")).syntax_line();
        reading(read, "\"no JSON\"").syntax_line();
    }

    #[test]
    fn rows_that_are_no_records_are_rejected_alone() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(crate::ingest::ROW_BYTES_MAX));
        let found =
            reading(read, format!("[{{\"id\":1}},\n7,\n{large},\n[1],\nnull,\n{{\"id\":2}}]"));
        assert_eq!(found.records().len(), 2);
        let reasons = [
            ("line 2", RejectReason::MalformedRow),
            ("line 3", RejectReason::RowTooLarge),
            ("line 4", RejectReason::MalformedRow),
            ("line 5", RejectReason::MalformedRow),
        ];
        assert_eq!(found.rejected(), reasons.map(|(line, reason)| (line.to_owned(), reason)));
    }

    #[test]
    fn another_encoding_is_read_where_it_is_named_and_said() {
        let text = "[{\"id\":1,\"bank\":\"Crédit\"}]";
        let utf_16: Vec<u8> =
            format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin_1: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
        let options =
            ReadOptions { encoding: Some("windows-1252".to_owned()), ..ReadOptions::default() };
        for found in [reading(read, utf_16), reading_with(read, &latin_1, &options)] {
            assert_eq!(value(found.record(), "operator"), ["Crédit"]);
            let notice = found.events.last();
            assert!(matches!(notice, Some(Event::FileWarning(WarningKind::DecodedText, _))));
        }
        assert_eq!(reading(read, latin_1).syntax_line(), 1);
    }

    #[test]
    fn entities_are_decoded_with_a_warning_a_row() {
        let found = reading(
            read,
            r#"[{"bank":"Marks &amp; Co","city":"O&#8217;Hara","x1":"a &lt; b"},{"bank":"A & B"}]"#,
        );
        let [first, second] = found.records()[..] else { panic!("{found:?}") };
        assert_eq!(values(first), "operator=Marks & Co city=O’Hara");
        assert_eq!(extra(first, "x1"), Some("a < b"));
        assert_eq!(first.warnings, [(WarningKind::HtmlEntities, "Marks &amp; Co".to_owned())]);
        assert_eq!(values(second), "operator=A & B");
        assert_eq!(second.warnings, []);
    }

    #[test]
    fn reading_stops_when_it_is_told_to() {
        let input = Input::memory("a.json", b"[{\"id\":1},{\"id\":2}, broken".to_vec());
        let mut count = 0;
        let outcome = read(&input, &ReadOptions::default(), &mut |_| {
            count += 1;
            std::ops::ControlFlow::Break(())
        });
        assert!(outcome.is_ok());
        assert_eq!(count, 1);
    }

    #[test]
    fn any_bytes_are_read_without_panic_and_every_element_counts_once() {
        assert_total(read, |elements| format!("[{elements}]"));
    }

    proptest! {
        #[test]
        fn any_document_is_surveyed_without_panic(document in any_json()) {
            reading(read, document.to_string());
            detect::detect(document.to_string().as_bytes());
        }

        #[test]
        fn any_beginning_is_looked_at_without_panic(head in prop::collection::vec(any::<u8>(), 0..300)) {
            detect::detect(&head);
        }
    }
}
