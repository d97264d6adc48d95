//! `OpenStreetMap` XML (`.osm`), also as Overpass servers and JOSM write it, and `osmChange`
//! (`.osc`).
//!
//! Source: *OSM XML*, <https://wiki.openstreetmap.org/wiki/OSM_XML>.

use std::io::{self, BufRead, Read};

use geo::Coord;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event as Xml};

use super::{Kind, Member, Object, ObjectId, Scanned, Search, Shape, Take, Vertex, tags, utc};
use crate::domain::{RejectReason, RowRef, WarningKind};
use crate::ingest::{
    Event, FileFacts, FormatError, Input, ROW_BYTES_MAX, RawPosition, ReadOptions, Sink,
};

const FORMAT: &str = "OpenStreetMap XML";
/// Most objects counted before the count is passed on.
const OTHERS_BATCH: u64 = 1 << 16;
/// Most bytes one object may take: 30 times the largest relation its own database admits, so that
/// a damaged file cannot ask for memory without limit.
const OBJECT_BYTES_MAX: usize = 64 << 20;

/// Whether a file that begins with `head` is of this format.
pub(super) fn looks_like_it(head: &[u8]) -> bool {
    let begins = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let has = |root: &[u8]| begins.windows(root.len()).any(|window| window == root);
    begins.starts_with(b"<")
        && [b"<osm>".as_slice(), b"<osm ", b"<osm\t", b"<osm\r", b"<osm\n", b"<osmChange"]
            .into_iter()
            .any(has)
}

/// Reads an `OpenStreetMap` XML file. Objects that are deleted or invisible do not count, nor does
/// what an `osmChange` deletes or an augmented difference replaces.
///
/// # Errors
///
/// [`FormatError::Io`] when the bytes cannot be read; [`FormatError::Syntax`], with the line, when
/// the file is not well-formed, ends before its last closing tag, or has a tag of more than 1 MiB;
/// [`FormatError::NoRecords`] when it is some other XML.
///
/// # Cost
///
/// One reading when every ATM is a node; up to three more when some are ways or relations. Memory:
/// one object, the ATMs that are ways or relations, and what their outlines refer to.
pub fn read(
    input: &Input,
    _options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    super::read(&mut |search, take| scan(input, search, take), sink)
}

fn scan(input: &Input, search: Search<'_>, take: &mut Take<'_>) -> Result<FileFacts, FormatError> {
    let bytes = Lines { inner: input.open()?, line: 1, in_markup: 0 };
    let mut xml = quick_xml::Reader::from_reader(bytes);
    let mut buffer = Vec::new();
    let mut scan = Scan::new(search, take);
    while scan.progress != Progress::Stopped {
        buffer.clear();
        xml.get_mut().in_markup = 0;
        let read = xml.read_event_into(&mut buffer).and_then(|event| match event {
            Xml::Start(tag) => scan.open(&tag),
            Xml::Empty(tag) => {
                scan.open(&tag)?;
                scan.close(tag.name().as_ref());
                Ok(())
            }
            Xml::End(tag) => {
                scan.close(tag.name().as_ref());
                Ok(())
            }
            Xml::Text(text) => {
                scan.text(&text);
                Ok(())
            }
            Xml::Eof => {
                scan.progress = Progress::Ended;
                Ok(())
            }
            Xml::CData(_)
            | Xml::Comment(_)
            | Xml::Decl(_)
            | Xml::PI(_)
            | Xml::DocType(_)
            | Xml::GeneralRef(_) => Ok(()),
        });
        let line = xml.get_ref().line;
        scan.line = line;
        read.map_err(|error| syntax(line, error))?;
        if scan.progress == Progress::Ended {
            scan.finish()?;
            break;
        }
        scan.object_bytes += xml.get_ref().in_markup;
        if scan.object_bytes > OBJECT_BYTES_MAX {
            let detail = "one object takes more than 64 MiB".to_owned();
            return Err(FormatError::Syntax { format: FORMAT, line, detail });
        }
    }
    Ok(scan.facts)
}

fn syntax(line: u64, error: quick_xml::Error) -> FormatError {
    if let quick_xml::Error::Io(error) = error {
        return FormatError::Io(io::Error::new(error.kind(), error.to_string()));
    }
    FormatError::Syntax { format: FORMAT, line, detail: error.to_string() }
}

/// Counts lines, and ends with an error where one piece of markup is larger than a row may be.
struct Lines<R> {
    inner: R,
    line: u64,
    in_markup: usize,
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.in_markup > ROW_BYTES_MAX {
            let line = self.line;
            return Err(io::Error::other(format!("a tag in line {line} takes more than 1 MiB")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is about to be consumed is still in the buffer, so that nothing is read here.
        if let Ok(bytes) = self.inner.fill_buf() {
            let consumed = bytes.iter().take(amount);
            self.line += consumed.filter(|byte| **byte == b'\n').count() as u64;
        }
        self.in_markup += amount;
        self.inner.consume(amount);
    }
}

/// The object whose tags and members are being read.
struct Current {
    kind: Kind,
    number: Option<i64>,
    position: RawPosition,
    tags: Vec<(String, String)>,
    vertices: Vec<Vertex>,
    members: Vec<Member>,
    middle: Option<Coord<f64>>,
    counts: bool,
}

/// The state of one reading.
struct Scan<'s, 't> {
    search: Search<'s>,
    take: &'s mut Take<'t>,
    facts: FileFacts,
    line: u64,
    /// Tags that are open.
    depth: usize,
    /// How deep inside tags that hold what no longer is.
    past: usize,
    in_remark: bool,
    current: Option<Current>,
    object_bytes: usize,
    others: u64,
    rooted: bool,
    progress: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Reading,
    /// At the end of the file.
    Ended,
    /// Whoever takes the objects wants no more.
    Stopped,
}

impl<'s, 't> Scan<'s, 't> {
    fn new(search: Search<'s>, take: &'s mut Take<'t>) -> Self {
        Self {
            search,
            take,
            facts: FileFacts::default(),
            line: 1,
            depth: 0,
            past: 0,
            in_remark: false,
            current: None,
            object_bytes: 0,
            others: 0,
            rooted: false,
            progress: Progress::Reading,
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), quick_xml::Error> {
        self.depth += 1;
        let name = tag.name();
        let name = name.as_ref();
        if self.current.is_some() {
            return self.open_inside_object(name, tag);
        }
        self.object_bytes = 0;
        match name {
            "osm" | "osmChange" if self.depth == 1 => {
                self.rooted = true;
                for (key, value) in attributes(tag)? {
                    if key == "timestamp" || key == "osm_base" {
                        self.facts.as_of = utc(&value);
                    }
                }
            }
            "meta" => {
                for (key, value) in attributes(tag)? {
                    if key == "osm_base" {
                        self.facts.as_of = utc(&value);
                    }
                }
            }
            "remark" => self.in_remark = true,
            "delete" | "old" => self.past += 1,
            _ => {
                if let Some(kind) = Kind::from_word(name) {
                    self.current = Some(Current::open(kind, tag)?);
                }
            }
        }
        Ok(())
    }

    fn open_inside_object(
        &mut self,
        name: &str,
        tag: &BytesStart<'_>,
    ) -> Result<(), quick_xml::Error> {
        let Some(object) = &mut self.current else { return Ok(()) };
        match name {
            "tag" => {
                let (mut key, mut value) = (String::new(), String::new());
                for (name, text) in attributes(tag)? {
                    match name.as_str() {
                        "k" => key = text,
                        "v" => value = text,
                        _ => {}
                    }
                }
                object.tags.push((key, value));
            }
            "nd" => {
                let place = Placed::of(tag)?;
                let vertex = place.vertex();
                // Inside a member, corners belong to the member.
                match object.members.last_mut().map(|member| &mut member.shape) {
                    Some(Some(Shape::Way(vertices))) => vertices.push(vertex),
                    Some(shape) => *shape = Some(Shape::Way(vec![vertex])),
                    None => object.vertices.push(vertex),
                }
            }
            "member" => object.members.extend(Placed::of(tag)?.member()),
            "center" => object.middle = Placed::of(tag)?.coord(),
            "bounds" => {
                let mut bounds = [None; 4];
                for (name, text) in attributes(tag)? {
                    let names = ["minlat", "minlon", "maxlat", "maxlon"];
                    if let Some(side) = names.iter().position(|known| *known == name) {
                        bounds[side] = text.trim().parse().ok();
                    }
                }
                object.middle = object.middle.or(super::middle_of_bounds(bounds));
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        match name {
            "remark" => self.in_remark = false,
            "delete" | "old" if self.current.is_none() => self.past = self.past.saturating_sub(1),
            _ if self
                .current
                .as_ref()
                .is_some_and(|object| Kind::from_word(name) == Some(object.kind)) =>
            {
                if let Some(object) = self.current.take() {
                    self.close_object(object);
                }
            }
            _ => {}
        }
    }

    fn close_object(&mut self, object: Current) {
        let tags = || object.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let counts = object.counts && self.past == 0;
        let id = object.number.map(|number| ObjectId { kind: object.kind, number });
        match id {
            Some(id) if counts && self.search.wants(id, tags()) => {
                self.hand_over(Scanned::Object(object.finish(id)));
            }
            None if counts && tags::is_atm(tags()) => {
                self.hand_over(Scanned::Event(Event::Rejected {
                    row: RowRef::Line(self.line),
                    reason: RejectReason::MalformedRow,
                    detail: "an object without a number as its id".to_owned(),
                    original: format!("{:?} {:?}", object.kind, object.tags),
                }));
            }
            _ => {
                self.others += 1;
                if self.others == OTHERS_BATCH {
                    self.hand_over_others();
                }
            }
        }
    }

    fn hand_over_others(&mut self) {
        let others = std::mem::take(&mut self.others);
        if others > 0 {
            self.hand_over(Scanned::Others(others));
        }
    }

    fn hand_over(&mut self, scanned: Scanned) {
        if (self.take)(scanned).is_break() {
            self.progress = Progress::Stopped;
        }
    }

    /// A server that runs out of time or memory says so in a remark, after what it has sent.
    fn text(&mut self, text: &str) {
        if self.in_remark && !text.trim().is_empty() {
            let detail = text.trim().to_owned();
            self.hand_over(Scanned::Event(Event::FileWarning(WarningKind::Truncated, detail)));
        }
    }

    fn finish(&mut self) -> Result<(), FormatError> {
        if !self.rooted {
            let detail = "no <osm> or <osmChange>".to_owned();
            return Err(FormatError::NoRecords { format: FORMAT, detail });
        }
        if self.depth > 0 {
            let detail = "the file ends before its last closing tag".to_owned();
            return Err(FormatError::Syntax { format: FORMAT, line: self.line, detail });
        }
        self.hand_over_others();
        Ok(())
    }
}

impl Current {
    fn open(kind: Kind, tag: &BytesStart<'_>) -> Result<Self, quick_xml::Error> {
        let place = Placed::of(tag)?;
        Ok(Self {
            kind,
            number: place.id,
            position: place.position(),
            tags: Vec::new(),
            vertices: Vec::new(),
            members: Vec::new(),
            middle: None,
            counts: place.counts,
        })
    }

    fn finish(self, id: ObjectId) -> Object {
        let shape = match self.kind {
            Kind::Node => Shape::Node(self.position),
            Kind::Way => Shape::Way(self.vertices),
            Kind::Relation => Shape::Relation(self.members),
        };
        Object { id, tags: self.tags, shape, middle: self.middle, warnings: Vec::new() }
    }
}

/// The attributes that objects, corners and members share.
#[derive(Default)]
struct Placed {
    id: Option<i64>,
    reference: Option<i64>,
    kind: Option<Kind>,
    role: String,
    lat: Option<String>,
    lon: Option<String>,
    counts: bool,
}

impl Placed {
    fn of(tag: &BytesStart<'_>) -> Result<Self, quick_xml::Error> {
        let mut placed = Self { counts: true, ..Self::default() };
        for (name, text) in attributes(tag)? {
            match name.as_str() {
                "id" => placed.id = text.trim().parse().ok(),
                "ref" => placed.reference = text.trim().parse().ok(),
                "type" => placed.kind = Kind::from_word(&text),
                "role" => placed.role = text,
                "lat" => placed.lat = Some(text),
                "lon" => placed.lon = Some(text),
                // JOSM keeps what its user has deleted until it is uploaded.
                "visible" if text == "false" => placed.counts = false,
                "action" if text == "delete" => placed.counts = false,
                _ => {}
            }
        }
        Ok(placed)
    }

    fn position(&self) -> RawPosition {
        match (&self.lat, &self.lon, self.coord()) {
            (None, None, _) => RawPosition::Missing,
            (_, _, Some(coord)) => RawPosition::LatLon { lat: coord.y, lon: coord.x },
            (lat, lon, None) => {
                let [lat, lon] = [lat, lon].map(|text| text.as_deref().unwrap_or_default());
                RawPosition::Unreadable(format!("lat={lat:?} lon={lon:?}"))
            }
        }
    }

    fn coord(&self) -> Option<Coord<f64>> {
        let degrees = |text: &Option<String>| text.as_deref()?.trim().parse().ok();
        Some(Coord { x: degrees(&self.lon)?, y: degrees(&self.lat)? })
    }

    fn vertex(&self) -> Vertex {
        match (self.coord(), self.reference) {
            (Some(coord), _) => Vertex::At(coord),
            (None, Some(node)) => Vertex::Node(node),
            (None, None) => Vertex::Unknown,
        }
    }

    fn member(&self) -> Option<Member> {
        let id = ObjectId { kind: self.kind?, number: self.reference? };
        let shape = self.coord().map(|_| Shape::Node(self.position()));
        Some(Member { id, inner: self.role == "inner", shape })
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, quick_xml::Error> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{XML, events, others, records};
    use super::*;

    fn ids(bytes: &[u8]) -> Vec<String> {
        records(read, bytes).into_iter().filter_map(|record| record.native_id).collect()
    }

    const ATM: &str = "<tag k='amenity' v='atm'/>";

    #[test]
    fn what_is_deleted_does_not_count() {
        let text = format!(
            "<osm><node id='1' lat='1' lon='1' visible='false'>{ATM}</node>\
             <node id='2' lat='1' lon='1' action='delete'>{ATM}</node>\
             <node id='-3' lat='1' lon='1' action='modify' visible='true'>{ATM}</node></osm>"
        );
        assert_eq!(ids(text.as_bytes()), ["node/-3"], "not uploaded yet, but there");
        assert_eq!(others(read, text.as_bytes()), 2);
        let change = format!(
            "<osmChange><create><node id='1' lat='1' lon='1'>{ATM}</node></create>\
             <delete><node id='2' lat='1' lon='1'>{ATM}</node></delete></osmChange>"
        );
        assert_eq!(ids(change.as_bytes()), ["node/1"]);
        let difference = format!(
            "<osm><action type='modify'><old><node id='1' lat='1' lon='1'>{ATM}</node></old>\
             <new><node id='1' lat='2' lon='2'>{ATM}</node></new></action></osm>"
        );
        let record = records(read, difference.as_bytes()).remove(0);
        assert_eq!(record.position, RawPosition::LatLon { lat: 2.0, lon: 2.0 });
    }

    #[test]
    fn places_may_stand_with_the_objects_that_need_them() {
        let text = "<osm><way id='1'><center lat='5' lon='6'/><nd ref='9'/>\
            <tag k='shop' v='mall'/><tag k='atm' v='yes'/></way>\
            <way id='2'><bounds minlat='0' minlon='0' maxlat='2' maxlon='4'/><nd ref='1' lat='1' \
            lon='1'/><nd ref='2' lat='1' lon='3'/><tag k='atm' v='yes'/></way>\
            <relation id='3'><member type='way' ref='4' role='outer'><nd lat='0' lon='0'/>\
            <nd lat='0' lon='2'/><nd lat='2' lon='2'/><nd lat='0' lon='0'/></member>\
            <member type='node' ref='5' role='label' lat='9' lon='9'/><tag k='atm' v='yes'/>\
            </relation></osm>";
        let places: Vec<_> =
            records(read, text.as_bytes()).into_iter().map(|record| record.position).collect();
        assert_eq!(places[0], RawPosition::LatLon { lat: 1.0, lon: 2.0 }, "the outline is whole");
        let RawPosition::LatLon { lat, lon } = places[1] else { panic!("no position") };
        assert!((lat - 2.0 / 3.0).abs() < 1e-3 && (lon - 4.0 / 3.0).abs() < 1e-3, "{lat} {lon}");
        assert_eq!(places[2], RawPosition::LatLon { lat: 5.0, lon: 6.0 }, "looked up last");
    }

    #[test]
    fn a_servers_remark_means_that_it_gave_up() {
        let text = "<osm><remark> runtime error: Query timed out </remark></osm>";
        let (events, facts) = events(read, text.as_bytes());
        assert!(facts.is_ok());
        let detail = "runtime error: Query timed out".to_owned();
        assert_eq!(events, [Event::FileWarning(WarningKind::Truncated, detail)]);
    }

    #[test]
    fn positions_that_are_no_numbers_are_shown_to_the_judge() {
        let text = format!(
            "<osm><node id='1' lat='60,1' lon='24.9'>{ATM}</node><node id='2'>{ATM}</node></osm>"
        );
        let places: Vec<_> =
            records(read, text.as_bytes()).into_iter().map(|record| record.position).collect();
        let unreadable = RawPosition::Unreadable("lat=\"60,1\" lon=\"24.9\"".to_owned());
        assert_eq!(places, [unreadable, RawPosition::Missing]);
    }

    #[test]
    fn an_object_without_an_id_is_rejected_with_its_line() {
        let text = format!("<osm>\n<node lat='1' lon='1'>\n{ATM}</node><node/></osm>");
        let (events, _) = events(read, text.as_bytes());
        let Event::Rejected { row, reason, .. } = &events[0] else { panic!("admitted") };
        assert_eq!((row, *reason), (&RowRef::Line(3), RejectReason::MalformedRow));
        assert_eq!(events[1], Event::NotAtms(1));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let cut = XML.get(..XML.len() - 7).unwrap();
        let error = events(read, cut.as_bytes()).1.unwrap_err().to_string();
        assert!(error.contains("line 21") && error.contains("ends before"), "{error}");
        let crossed = "<osm>\n<node id='1'>\n</way></osm>";
        let error = events(read, crossed.as_bytes()).1.unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        let other = events(read, b"<html><body>busy</body></html>").1.unwrap_err();
        assert!(matches!(other, FormatError::NoRecords { .. }), "{other}");
    }

    #[test]
    fn a_tag_without_end_is_an_error_and_not_a_memory() {
        let endless = format!("<osm><node id='{}", "1".repeat(3 * ROW_BYTES_MAX));
        let error = events(read, endless.as_bytes()).1.unwrap_err().to_string();
        assert!(error.contains("1 MiB"), "{error}");
    }
}
