//! The JSON of an Overpass API server.
//!
//! Source: *Overpass API, Output formats*, <https://wiki.openstreetmap.org/wiki/OSM_JSON>.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::ops::ControlFlow;

use geo::Coord;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Kind, Member, Object, ObjectId, Scanned, Search, Shape, Take, Vertex, tags, utc};
use crate::domain::{RejectReason, RowRef, WarningKind};
use crate::ingest::{Event, FileFacts, FormatError, Input, RawPosition, ReadOptions, Sink};

const FORMAT: &str = "Overpass JSON";
/// Most objects counted before the count is passed on.
const OTHERS_BATCH: u64 = 1 << 16;
/// Most bytes one object may take, so that a damaged file cannot ask for memory without limit.
const OBJECT_BYTES_MAX: usize = 64 << 20;

/// Reads the answer of an Overpass API server. An answer with a remark of an error is what the
/// server had found when it gave up: its objects are read, and the file is warned about as
/// truncated.
///
/// # Errors
///
/// [`FormatError::Io`] when the bytes cannot be read; [`FormatError::Syntax`], with the line, when
/// they are no complete JSON document; [`FormatError::NoRecords`] when it has no `elements`.
///
/// # Cost
///
/// One reading when the place of every ATM stands with it (nodes, `out center`, `out geom`); up to
/// three more when it must be looked up. Memory: one object, the ATMs whose place does not stand
/// with them, and what their outlines refer to.
pub fn read(
    input: &Input,
    _options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    super::read(&mut |search, take| scan(input, search, take), sink)
}

fn scan(input: &Input, search: Search<'_>, take: &mut Take<'_>) -> Result<FileFacts, FormatError> {
    let mut bytes = input.open()?;
    if bytes.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        bytes.consume(3);
    }
    let in_object = Cell::new(0);
    let metered = Metered { inner: bytes, in_object: &in_object };
    let mut json = serde_json::Deserializer::from_reader(metered);
    let mut scan = Scan {
        search,
        take,
        in_object: &in_object,
        facts: FileFacts::default(),
        index: 0,
        others: 0,
        has_elements: false,
        stopped: false,
    };
    let read = json.deserialize_map(Document(&mut scan)).and_then(|()| json.end());
    if scan.stopped {
        return Ok(scan.facts);
    }
    read.map_err(syntax)?;
    if !scan.has_elements {
        let detail = "no list named elements".to_owned();
        return Err(FormatError::NoRecords { format: FORMAT, detail });
    }
    // The reader's answer no longer matters: it is at its end.
    let _ = scan.hand_over_others();
    Ok(scan.facts)
}

fn syntax(error: serde_json::Error) -> FormatError {
    if error.is_io() {
        return FormatError::Io(error.into());
    }
    FormatError::Syntax { format: FORMAT, line: error.line() as u64, detail: error.to_string() }
}

/// Ends with an error where one object is too large.
struct Metered<'c, R> {
    inner: R,
    in_object: &'c Cell<usize>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.in_object.set(self.in_object.get() + count);
        if self.in_object.get() > OBJECT_BYTES_MAX {
            return Err(io::Error::other("one object takes more than 64 MiB"));
        }
        Ok(count)
    }
}

/// The state of one reading.
struct Scan<'s, 't> {
    search: Search<'s>,
    take: &'s mut Take<'t>,
    in_object: &'s Cell<usize>,
    facts: FileFacts,
    /// Place of the next object in the list.
    index: u64,
    others: u64,
    has_elements: bool,
    stopped: bool,
}

struct Document<'d, 's, 't>(&'d mut Scan<'s, 't>);

impl<'de> Visitor<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list named elements")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.in_object.set(0);
            match key.as_str() {
                "elements" => {
                    self.0.has_elements = true;
                    map.next_value_seed(Elements(self.0))?;
                }
                "osm3s" => {
                    let about: Value = map.next_value()?;
                    let time = about.get("timestamp_osm_base").and_then(Value::as_str);
                    self.0.facts.as_of = time.and_then(utc);
                }
                "remark" => {
                    let remark: Value = map.next_value()?;
                    let remark = remark.as_str().map_or_else(|| remark.to_string(), str::to_owned);
                    let warning = Event::FileWarning(WarningKind::Truncated, remark);
                    unless_stopped(self.0.hand_over(Scanned::Event(warning)))?;
                }
                _ => {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Elements<'d, 's, 't>(&'d mut Scan<'s, 't>);

impl<'de> DeserializeSeed<'de> for Elements<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.in_object.set(0);
        while let Some(element) = list.next_element::<Value>()? {
            unless_stopped(self.0.element(&element))?;
            self.0.in_object.set(0);
        }
        Ok(())
    }
}

impl Scan<'_, '_> {
    fn element(&mut self, element: &Value) -> ControlFlow<()> {
        let index = self.index;
        self.index += 1;
        let text_tags: Vec<(String, String)> = tags_of(element);
        let tags = || text_tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let deleted = element.get("visible") == Some(&Value::Bool(false))
            || element.get("deleted") == Some(&Value::Bool(true));
        match object_id(element, "id") {
            _ if deleted => self.count(),
            Some(id) if self.search.wants(id, tags()) => {
                self.hand_over(Scanned::Object(object(id, element, text_tags)))
            }
            Some(_) => self.count(),
            // Counts and areas are no objects of the map; what is no object at all is damage.
            None if element.is_object() && !tags::is_atm(tags()) => self.count(),
            None => self.hand_over(Scanned::Event(Event::Rejected {
                row: RowRef::Element(format!("elements[{index}]")),
                reason: RejectReason::MalformedRow,
                detail: "no object with type and id".to_owned(),
                original: element.to_string(),
            })),
        }
    }

    fn count(&mut self) -> ControlFlow<()> {
        self.others += 1;
        if self.others == OTHERS_BATCH {
            self.hand_over_others()
        } else {
            ControlFlow::Continue(())
        }
    }

    fn hand_over_others(&mut self) -> ControlFlow<()> {
        let others = std::mem::take(&mut self.others);
        if others > 0 { self.hand_over(Scanned::Others(others)) } else { ControlFlow::Continue(()) }
    }

    fn hand_over(&mut self, scanned: Scanned) -> ControlFlow<()> {
        let flow = (self.take)(scanned);
        self.stopped |= flow.is_break();
        flow
    }
}

/// Ends the reading of a document early.
fn unless_stopped<E: de::Error>(flow: ControlFlow<()>) -> Result<(), E> {
    if flow.is_break() { Err(E::custom("stopped")) } else { Ok(()) }
}

fn tags_of(element: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let tags = element.get("tags").and_then(Value::as_object);
    tags.into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect()
}

fn object_id(element: &Value, number: &str) -> Option<ObjectId> {
    let kind = Kind::from_word(element.get("type")?.as_str()?)?;
    Some(ObjectId { kind, number: element.get(number)?.as_i64()? })
}

fn object(id: ObjectId, element: &Value, tags: Vec<(String, String)>) -> Object {
    let mut warnings = Vec::new();
    let shape = match id.kind {
        Kind::Node => Shape::Node(position(element, &mut warnings)),
        Kind::Way => Shape::Way(vertices(element)),
        Kind::Relation => {
            Shape::Relation(list(element, "members").iter().filter_map(member).collect())
        }
    };
    let side = |name| element.get("bounds")?.get(name)?.as_f64();
    let bounds = ["minlat", "minlon", "maxlat", "maxlon"].map(side);
    let middle = element.get("center").and_then(coord).or(super::middle_of_bounds(bounds));
    Object { id, tags, shape, middle, warnings }
}

fn list<'v>(element: &'v Value, name: &str) -> &'v [Value] {
    element.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn coord(place: &Value) -> Option<Coord<f64>> {
    Some(Coord { x: place.get("lon")?.as_f64()?, y: place.get("lat")?.as_f64()? })
}

fn position(element: &Value, warnings: &mut Vec<(WarningKind, String)>) -> RawPosition {
    let (lat, lon) = match (element.get("lat"), element.get("lon")) {
        (None | Some(Value::Null), None | Some(Value::Null)) => return RawPosition::Missing,
        (lat, lon) => (lat.unwrap_or(&Value::Null), lon.unwrap_or(&Value::Null)),
    };
    let as_text = |value: &Value| value.as_str().and_then(|text| text.trim().parse().ok());
    let degrees = |value: &Value| value.as_f64().or_else(|| as_text(value));
    match (degrees(lat), degrees(lon)) {
        (Some(lat_deg), Some(lon_deg)) => {
            if lat.is_string() || lon.is_string() {
                warnings.push((WarningKind::CoordinatesAsText, format!("{lat}, {lon}")));
            }
            RawPosition::LatLon { lat: lat_deg, lon: lon_deg }
        }
        _ => RawPosition::Unreadable(format!("lat {lat}, lon {lon}")),
    }
}

/// The corners of a way: with their places (`out geom`) or by their nodes.
fn vertices(element: &Value) -> Vec<Vertex> {
    let geometry = list(element, "geometry");
    if geometry.is_empty() {
        let node = |node: &Value| node.as_i64().map_or(Vertex::Unknown, Vertex::Node);
        return list(element, "nodes").iter().map(node).collect();
    }
    geometry.iter().map(|place| coord(place).map_or(Vertex::Unknown, Vertex::At)).collect()
}

fn member(member: &Value) -> Option<Member> {
    let id = object_id(member, "ref")?;
    let inner = member.get("role").and_then(Value::as_str) == Some("inner");
    let shape = match id.kind {
        Kind::Node => {
            coord(member).map(|at| Shape::Node(RawPosition::LatLon { lat: at.y, lon: at.x }))
        }
        Kind::Way if member.get("geometry").is_some() => Some(Shape::Way(vertices(member))),
        Kind::Way | Kind::Relation => None,
    };
    Some(Member { id, inner, shape })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{OVERPASS, events, others, records};
    use super::*;

    fn document(elements: &str) -> Vec<u8> {
        format!(r#"{{"version": 0.6, "elements": [{elements}]}}"#).into_bytes()
    }

    fn place(elements: &str) -> RawPosition {
        records(read, &document(elements)).remove(0).position
    }

    #[test]
    fn a_remark_means_that_the_server_gave_up() {
        let text = r#"{"elements": [{"type": "node", "id": 1, "lat": 1, "lon": 2,
            "tags": {"amenity": "atm"}}], "remark": "runtime error: Query timed out"}"#;
        let (events, facts) = events(read, text.as_bytes());
        assert!(facts.is_ok());
        assert!(matches!(&events[0], Event::Record(_)));
        let detail = "runtime error: Query timed out".to_owned();
        assert_eq!(events[1], Event::FileWarning(WarningKind::Truncated, detail));
    }

    #[test]
    fn places_may_stand_with_the_objects_that_need_them() {
        let tags = r#""tags": {"shop": "mall", "atm": "yes"}"#;
        let at = |lat, lon| RawPosition::LatLon { lat, lon };
        let center =
            format!(r#"{{"type": "way", "id": 1, "center": {{"lat": 5, "lon": 6}}, {tags}}}"#);
        assert_eq!(place(&center), at(5.0, 6.0));
        let bounds = format!(
            r#"{{"type": "relation", "id": 1, "bounds": {{"minlat": 0, "minlon": 0, "maxlat": 2,
            "maxlon": 4}}, {tags}}}"#
        );
        assert_eq!(place(&bounds), at(1.0, 2.0));
        let line = format!(
            r#"{{"type": "way", "id": 1, "nodes": [8, 9], "geometry": [{{"lat": 1, "lon": 1}},
            {{"lat": 1, "lon": 3}}], {tags}}}"#
        );
        assert_eq!(place(&line), at(1.0, 2.0));
        let clipped = line.replace(r#"{"lat": 1, "lon": 1}"#, "null, null");
        let (events, _) = events(read, &document(&clipped));
        assert!(matches!(
            &events[0],
            Event::Rejected { reason: RejectReason::DanglingReference, .. }
        ));
        let relation = format!(
            r#"{{"type": "relation", "id": 1, "members": [{{"type": "node", "ref": 8, "lat": 3,
            "lon": 4, "role": ""}}], {tags}}}"#
        );
        assert_eq!(place(&relation), at(3.0, 4.0));
        assert_eq!(place(&format!(r#"{{"type": "way", "id": 1, {tags}}}"#)), RawPosition::Missing);
    }

    #[test]
    fn coordinates_as_text_are_read_with_a_warning() {
        let node =
            r#"{"type": "node", "id": 1, "lat": "60.1", "lon": 24.9, "tags": {"amenity": "atm"}}"#;
        let record = records(read, &document(node)).remove(0);
        assert_eq!(record.position, RawPosition::LatLon { lat: 60.1, lon: 24.9 });
        assert_eq!(record.warnings[0].0, WarningKind::CoordinatesAsText);
        let unreadable = place(&node.replace("60.1", "north"));
        assert!(matches!(unreadable, RawPosition::Unreadable(_)));
    }

    #[test]
    fn what_is_no_object_is_rejected_and_what_is_no_map_object_is_counted() {
        let bytes = document(
            r#"7, {"type": "count", "id": 0, "tags": {"nodes": "3"}}, {"type": "node", "id": 2}"#,
        );
        let (events, facts) = events(read, &bytes);
        assert!(facts.is_ok());
        let Event::Rejected { row, reason, .. } = &events[0] else { panic!("admitted") };
        assert_eq!(row, &RowRef::Element("elements[0]".to_owned()));
        assert_eq!(*reason, RejectReason::MalformedRow);
        assert_eq!(others(read, &bytes), 2);
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
        let text = format!("\u{feff}{}", OVERPASS.replace('\n', "\r\n"));
        assert_eq!(records(read, text.as_bytes()).len(), 4);
    }

    #[test]
    fn a_document_without_elements_is_none_of_these() {
        let error = events(read, br#"{"features": []}"#).1.unwrap_err();
        assert!(matches!(error, FormatError::NoRecords { .. }), "{error}");
        let error = events(read, b"<html>busy</html>").1.unwrap_err();
        assert!(matches!(error, FormatError::Syntax { line: 1, .. }), "{error}");
    }
}
