//! `OpenStreetMap`: nodes, ways and relations with free-form tags, in three containers.
//!
//! A container is read once for the objects that count as ATMs. Ways and relations among them are
//! outlines made of other objects, which may stand anywhere in the file; these are looked up in
//! further readings, and only these, so that memory grows with the ATMs and not with the extract.

mod assembly;
pub mod overpass;
pub mod pbf;
mod primitives;
mod tag_rules;
pub(crate) mod tags;
mod wire;
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
    let tags: Vec<(&str, &str)> =
        object.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let Some(reading) = tags::read_tags(&tags) else { return sink(Event::NotAtms(1)) };
    let mut original = one_line(object);
    if original.len() > ROW_BYTES_MAX {
        let detail = format!("{} bytes of tags", original.len());
        original = original.chars().take(ROW_BYTES_MAX / 4).collect();
        return sink(Event::Rejected { row, reason: RejectReason::RowTooLarge, detail, original });
    }
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
