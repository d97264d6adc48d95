//! `OpenStreetMap`: nodes, ways and relations with free-form tags, in three containers.
//!
//! A container is read once for the objects that count as ATMs. Ways and relations among them are
//! outlines made of other objects, which may stand anywhere in the file; these are looked up in
//! further readings, and only these, so that memory grows with the ATMs and not with the extract.

mod assembly;
pub mod overpass;
pub mod pbf;
mod tag_rules;
pub(crate) mod tags;
pub mod xml;

use std::collections::HashSet;
use std::fmt;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use geo::Coord;

use crate::domain::{RejectReason, RowRef, WarningKind};
use crate::ingest::{
    Event, FileFacts, Format, FormatError, ROW_BYTES_MAX, RawPosition, RawRecord, Sink,
};

use assembly::{Parts, Place};

/// The licence of every `OpenStreetMap` file, as an SPDX identifier.
const LICENCE: &str = "ODbL-1.0";
/// The credit that licence asks for.
const ATTRIBUTION: &str = "© OpenStreetMap contributors";
/// Who issued the ids.
const NAMESPACE: &str = "osm";

/// The format of a file that begins with these bytes, if it is one of the two binary or XML
/// containers. A few hundred bytes are enough.
pub(crate) fn detect(head: &[u8]) -> Option<Format> {
    if pbf::looks_like_it(head) {
        Some(Format::OsmPbf)
    } else if xml::looks_like_it(head) {
        Some(Format::OsmXml)
    } else {
        None
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Node,
    Way,
    Relation,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "node" => Some(Self::Node),
            "way" => Some(Self::Way),
            "relation" => Some(Self::Relation),
            _ => None,
        }
    }
}

/// An object's name: ids are unique only among objects of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct ObjectId {
    kind: Kind,
    number: i64,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Node => "node",
            Kind::Way => "way",
            Kind::Relation => "relation",
        };
        write!(f, "{kind}/{}", self.number)
    }
}

/// A corner of a way: some containers give its place, others only name its node.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Vertex {
    At(Coord<f64>),
    Node(i64),
    /// Left out by a server that was asked for part of the world only.
    Unknown,
}

/// A member of a relation, with its own shape where the container gives it.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    id: ObjectId,
    /// Whether it bounds an area from within (role `inner`).
    inner: bool,
    shape: Option<Shape>,
}

/// Where an object is, as far as the container says so in one place.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Node(RawPosition),
    Way(Vec<Vertex>),
    Relation(Vec<Member>),
}

/// One object of a file.
#[derive(Clone, Debug, PartialEq)]
struct Object {
    id: ObjectId,
    tags: Vec<(String, String)>,
    shape: Shape,
    /// The middle of its bounds, where the container states that.
    middle: Option<Coord<f64>>,
    warnings: Vec<(WarningKind, String)>,
}

/// Which objects a reading of a container is for.
#[derive(Clone, Copy)]
enum Search<'p> {
    Atms,
    Parts(&'p Parts),
}

impl Search<'_> {
    fn wants<'t>(self, id: ObjectId, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> bool {
        match self {
            Self::Atms => tags::is_atm(tags),
            Self::Parts(parts) => parts.wants(id),
        }
    }
}

/// What a reading of a container comes upon, in the order of the file.
enum Scanned {
    /// An object that is searched for.
    Object(Object),
    /// This many objects that are not.
    Others(u64),
    /// Something to be passed on as it is, in the first reading only.
    Event(Event),
}

/// Takes what a reading comes upon; `Break` asks it to stop.
type Take<'t> = dyn FnMut(Scanned) -> ControlFlow<()> + 't;

/// Turns readings of a container into records. `scan` reads the file once from its beginning and
/// answers what the file says of itself.
///
/// Nodes and everything whose place stands with it are passed on as they come; objects that need
/// others follow in the order of the file.
fn read(
    scan: &mut dyn FnMut(Search<'_>, &mut Take<'_>) -> Result<FileFacts, FormatError>,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut pending = Vec::new();
    let mut unused = UnusedKeys::default();
    let mut stopped = false;
    let mut facts = scan(Search::Atms, &mut |scanned| {
        let flow = match scanned {
            Scanned::Object(object) if assembly::stands_alone(&object) => {
                pass_on(&object, assembly::place(&object, &Parts::default()), &mut unused, sink)
            }
            Scanned::Object(object) => {
                pending.push(object);
                ControlFlow::Continue(())
            }
            Scanned::Others(count) => sink(Event::NotAtms(count)),
            Scanned::Event(event) => sink(event),
        };
        stopped = flow.is_break();
        flow
    })?;
    if !stopped && !pending.is_empty() {
        let mut parts = Parts::of(&pending);
        while parts.look_further() {
            let mut found = Vec::new();
            scan(Search::Parts(&parts), &mut |scanned| {
                if let Scanned::Object(object) = scanned {
                    found.push((object.id, object.shape));
                }
                ControlFlow::Continue(())
            })?;
            parts.supply(found);
        }
        for object in &pending {
            if pass_on(object, assembly::place(object, &parts), &mut unused, sink).is_break() {
                break;
            }
        }
    }
    facts.licence = Some(LICENCE.to_owned());
    facts.attribution = Some(ATTRIBUTION.to_owned());
    facts.unused_fields = unused.in_order;
    Ok(facts)
}

/// Keys that no field took, each once.
#[derive(Default)]
struct UnusedKeys {
    seen: HashSet<String>,
    in_order: Vec<String>,
}

impl UnusedKeys {
    fn add(&mut self, key: &str) {
        if !self.seen.contains(key) {
            self.seen.insert(key.to_owned());
            self.in_order.push(key.to_owned());
        }
    }
}

fn pass_on(
    object: &Object,
    place: Place,
    unused: &mut UnusedKeys,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let row = RowRef::Element(object.id.to_string());
    let mut original = one_line(object);
    if original.len() > ROW_BYTES_MAX {
        let detail = format!("{} bytes of tags", original.len());
        original = original.chars().take(ROW_BYTES_MAX / 4).collect();
        return sink(Event::Rejected { row, reason: RejectReason::RowTooLarge, detail, original });
    }
    let tags: Vec<(&str, &str)> =
        object.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let Some(reading) = tags::read_tags(&tags) else { return sink(Event::NotAtms(1)) };
    let (position, missing) = match place {
        Place::At(position) => (position, None),
        Place::AtWithout(position, missing) => (position, Some(missing)),
        Place::Dangling(detail) => {
            let reason = RejectReason::DanglingReference;
            return sink(Event::Rejected { row, reason, detail, original });
        }
    };
    let mut record = RawRecord::new(row, original);
    record.namespace = Some(NAMESPACE.to_owned());
    record.native_id = Some(object.id.to_string());
    record.position = position;
    record.values = reading.values;
    for (key, _) in reading.extra.iter().filter(|(key, _)| tags.iter().any(|(own, _)| own == key)) {
        unused.add(key);
    }
    record.extra = reading.extra;
    record.extra.extend(missing.map(|missing| ("missing_from_outline".to_owned(), missing)));
    record.warnings.clone_from(&object.warnings);
    sink(Event::Record(Box::new(record)))
}

/// The object as people write one down: `node/123 (60.17 24.94) amenity=atm operator="Otto Oy"`.
fn one_line(object: &Object) -> String {
    let mut line = object.id.to_string();
    // Writing to a `String` cannot fail.
    let _ = match &object.shape {
        Shape::Node(RawPosition::LatLon { lat, lon }) => write!(line, " ({lat} {lon})"),
        Shape::Node(RawPosition::Unreadable(text)) => write!(line, " ({text})"),
        Shape::Node(RawPosition::Missing) => Ok(()),
        Shape::Way(vertices) => write!(line, " ({} nodes)", vertices.len()),
        Shape::Relation(members) => write!(line, " ({} members)", members.len()),
    };
    for (key, value) in &object.tags {
        let plain = !value.is_empty() && !value.contains(char::is_whitespace);
        let _ =
            if plain { write!(line, " {key}={value}") } else { write!(line, " {key}={value:?}") };
    }
    line
}

/// A time as servers write it, RFC 3339 in UTC.
fn utc(written: &str) -> Option<String> {
    written.trim().parse::<jiff::Timestamp>().ok().map(|time| time.to_string())
}

/// The middle of south, west, north and east edges in degrees.
fn middle_of_bounds([south, west, north, east]: [Option<f64>; 4]) -> Option<Coord<f64>> {
    let (south, west, north, east) = (south?, west?, north?, east?);
    let eastward = if east < west { east + 360.0 } else { east };
    let lon = west.midpoint(eastward);
    Some(Coord { x: if lon > 180.0 { lon - 360.0 } else { lon }, y: south.midpoint(north) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingest::{Input, ReadOptions};

    type Read = fn(&Input, &ReadOptions, &mut Sink<'_>) -> Result<FileFacts, FormatError>;

    pub(super) fn events(read: Read, bytes: &[u8]) -> (Vec<Event>, Result<FileFacts, FormatError>) {
        let mut events = Vec::new();
        let input = Input::memory("map.osm", bytes);
        let facts = read(&input, &ReadOptions::default(), &mut |event| {
            events.push(event);
            ControlFlow::Continue(())
        });
        (events, facts)
    }

    pub(super) fn records(read: Read, bytes: &[u8]) -> Vec<RawRecord> {
        let (events, facts) = events(read, bytes);
        facts.unwrap();
        let record = |event| match event {
            Event::Record(record) => Some(*record),
            Event::Rejected { .. } | Event::NotAtms(_) | Event::FileWarning(..) => None,
        };
        events.into_iter().filter_map(record).collect()
    }

    pub(super) fn others(read: Read, bytes: &[u8]) -> u64 {
        let count = |event: &Event| if let Event::NotAtms(count) = event { *count } else { 0 };
        events(read, bytes).0.iter().map(count).sum()
    }

    /// One small map: a machine, a bank with one, a square supermarket with one whose corners come
    /// after it in the file, and a station of two halves.
    pub(super) const XML: &str = r"<?xml version='1.0' encoding='UTF-8'?>
<osm version='0.6' generator='by hand'>
  <meta osm_base='2024-03-30T13:08:30Z'/>
  <relation id='7'>
    <member type='way' ref='21' role='outer'/><member type='way' ref='22' role='outer'/>
    <tag k='railway' v='station'/><tag k='atm' v='yes'/><tag k='type' v='multipolygon'/>
  </relation>
  <way id='20'>
    <nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/><nd ref='1'/>
    <tag k='shop' v='supermarket'/><tag k='atm' v='yes'/>
  </way>
  <way id='21'><nd ref='1'/><nd ref='2'/><nd ref='3'/></way>
  <way id='22'><nd ref='1'/><nd ref='4'/><nd ref='3'/></way>
  <node id='1' lat='60.0' lon='25.0'/><node id='2' lat='60.0' lon='25.2'/>
  <node id='3' lat='60.2' lon='25.2'/><node id='4' lat='60.2' lon='25.0'/>
  <node id='10' lat='60.1719001' lon='24.9414'>
    <tag k='amenity' v='atm'/><tag k='operator' v='Smith &amp; Sons'/>
  </node>
  <node id='11' lat='-33.5' lon='-70.6'>
    <tag k='amenity' v='bank'/><tag k='atm' v='yes'/><tag k='name' v='Banco Sol'/>
  </node>
</osm>";

    pub(super) const OVERPASS: &str = r#"{ "version": 0.6,
 "osm3s": { "timestamp_osm_base": "2024-03-30T13:08:30Z" },
 "elements": [
  {"type": "relation", "id": 7, "members": [
    {"type": "way", "ref": 21, "role": "outer"}, {"type": "way", "ref": 22, "role": "outer"}],
   "tags": {"railway": "station", "atm": "yes", "type": "multipolygon"}},
  {"type": "way", "id": 20, "nodes": [1, 2, 3, 4, 1], "tags": {"shop": "supermarket", "atm": "yes"}},
  {"type": "way", "id": 21, "nodes": [1, 2, 3]}, {"type": "way", "id": 22, "nodes": [1, 4, 3]},
  {"type": "node", "id": 1, "lat": 60.0, "lon": 25.0}, {"type": "node", "id": 2, "lat": 60.0, "lon": 25.2},
  {"type": "node", "id": 3, "lat": 60.2, "lon": 25.2}, {"type": "node", "id": 4, "lat": 60.2, "lon": 25.0},
  {"type": "node", "id": 10, "lat": 60.1719001, "lon": 24.9414,
   "tags": {"amenity": "atm", "operator": "Smith & Sons"}},
  {"type": "node", "id": 11, "lat": -33.5, "lon": -70.6,
   "tags": {"amenity": "bank", "atm": "yes", "name": "Banco Sol"}}]}"#;

    fn sorted(mut records: Vec<RawRecord>) -> Vec<RawRecord> {
        for record in &mut records {
            record.extra.sort();
            record.values.sort_by_key(|(field, value)| (field.code(), value.clone()));
            record.original.clear();
        }
        records
    }

    #[test]
    fn the_three_containers_say_the_same_of_the_same_map() {
        let pbf = pbf::tests::map();
        let from_xml = records(xml::read, XML.as_bytes());
        let ids: Vec<_> = from_xml.iter().filter_map(|record| record.native_id.clone()).collect();
        assert_eq!(ids, ["node/10", "node/11", "relation/7", "way/20"]);
        let place = |index: usize| from_xml[index].position.clone();
        assert_eq!(place(0), RawPosition::LatLon { lat: 60.171_900_1, lon: 24.9414 });
        for area in [place(2), place(3)] {
            let RawPosition::LatLon { lat, lon } = area else { panic!("no position") };
            assert!((lat - 60.1).abs() < 1e-9 && (lon - 25.1).abs() < 1e-9, "{lat} {lon}");
        }
        let from_xml = sorted(from_xml);
        assert_eq!(sorted(records(overpass::read, OVERPASS.as_bytes())), from_xml);
        assert_eq!(sorted(records(pbf::read, &pbf)), from_xml);
        for (read, bytes) in [
            (xml::read as Read, XML.as_bytes()),
            (overpass::read, OVERPASS.as_bytes()),
            (pbf::read, &pbf),
        ] {
            assert_eq!(others(read, bytes), 6, "every object is accounted for");
            let facts = events(read, bytes).1.unwrap();
            assert_eq!(facts.as_of.as_deref(), Some("2024-03-30T13:08:30Z"));
            assert_eq!(facts.licence.as_deref(), Some("ODbL-1.0"));
        }
    }

    #[test]
    fn the_original_is_one_readable_line() {
        let originals: Vec<_> =
            records(xml::read, XML.as_bytes()).into_iter().map(|record| record.original).collect();
        assert_eq!(
            originals[0],
            r#"node/10 (60.1719001 24.9414) amenity=atm operator="Smith & Sons""#
        );
        assert_eq!(originals[3], "way/20 (5 nodes) shop=supermarket atm=yes");
    }

    #[test]
    fn a_reader_that_wants_no_more_is_heard() {
        for (read, bytes) in [
            (xml::read as Read, XML.as_bytes()),
            (overpass::read, OVERPASS.as_bytes()),
            (pbf::read, &pbf::tests::map()),
        ] {
            let mut count = 0;
            let input = Input::memory("map.osm", bytes);
            let facts = read(&input, &ReadOptions::default(), &mut |_| {
                count += 1;
                ControlFlow::Break(())
            });
            assert!(facts.is_ok());
            assert_eq!(count, 1);
        }
    }

    #[test]
    fn formats_are_known_by_their_beginning() {
        assert_eq!(detect(&pbf::tests::map()), Some(Format::OsmPbf));
        assert_eq!(detect(XML.as_bytes()), Some(Format::OsmXml));
        assert_eq!(detect(b"\xef\xbb\xbf<osm>"), Some(Format::OsmXml));
        assert_eq!(detect(b"<osmosis version='1'/>"), None);
        assert_eq!(detect(OVERPASS.as_bytes()), None, "JSON is told apart elsewhere");
        assert_eq!(detect(b"id,lat,lon"), None);
    }

    #[test]
    fn the_middle_of_bounds_may_lie_beyond_the_antimeridian() {
        let middle = |edges: [f64; 4]| middle_of_bounds(edges.map(Some)).unwrap();
        assert_eq!(middle([-18.0, 179.0, -16.0, -177.0]), Coord { x: -179.0, y: -17.0 });
        assert_eq!(middle([1.0, 10.0, 2.0, 11.0]), Coord { x: 10.5, y: 1.5 });
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for read in [xml::read as Read, overpass::read, pbf::read] {
                let _ = events(read, &bytes);
            }
        }

        #[test]
        fn no_damage_makes_a_reader_panic(
            places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let pbf = pbf::tests::map();
            // A PBF file may end after any block, and nothing says how many there should be.
            for (read, whole, has_an_end) in [
                (xml::read as Read, XML.as_bytes(), true),
                (overpass::read, OVERPASS.as_bytes(), true),
                (pbf::read, &pbf, false),
            ] {
                let mut damaged = whole.to_vec();
                for (place, byte) in &places {
                    let place = place.index(damaged.len());
                    damaged[place] = *byte;
                }
                let _ = events(read, &damaged);
                let cut = cut.index(whole.len());
                let (_, facts) = events(read, &whole[..cut]);
                prop_assert!(facts.is_err() || !has_an_end, "cut at {cut}");
            }
        }
    }
}
