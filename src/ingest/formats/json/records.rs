//! Objects of any shape to records: nested keys are flattened to paths, and what each path holds
//! is told by [`Columns`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use hashbrown::HashSet;
use html_escape::decode_html_entities;

use crate::domain::{Field, RejectReason, Source, TextField, Tri, WarningKind};
use crate::ingest::columns::{COMPLETE_ID, Columns, Role};
use crate::ingest::crs::Declared;
use crate::ingest::hours::{Stated, Week};
use crate::ingest::{Event, FormatError, RawPosition, RawRecord, ReadOptions, values};

use super::flatten::{Flattener, Leaf, Value};
use super::geometry::{self, Located};
use super::node::{Members, Node};
use super::rows::Row;

/// Most shapes of records remembered, so that a file whose every record has keys of its own does
/// not fill the memory.
const SHAPES_MAX: usize = 4096;

/// Most names listed as unused.
const UNUSED_MAX: usize = 1000;

/// The namespace of ids that `OpenStreetMap` gave.
const OSM: &str = "osm";

/// Where a record's position is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among its members.
    Inside,
    /// Elsewhere: members that hold a position too are kept in `extra`.
    Outside,
}

/// Makes records of objects, for one file.
pub(crate) struct Records {
    columns: Columns,
    written: Columns,
    crs: Declared,
    crs_is_configured: bool,
    shapes: HashMap<String, Rc<[Option<Role>]>>,
    flattener: Flattener,
    unused: Vec<String>,
    unused_known: HashSet<String>,
}

/// What the members of one record say before it is put together.
#[derive(Default)]
struct Parts<'n, 't> {
    lat: Option<(&'n Node<'t>, String)>,
    lon: Option<(&'n Node<'t>, String)>,
    position: Option<(&'n Node<'t>, String)>,
    located: Option<(Located, &'n Node<'t>, String)>,
    week: Week,
}

impl Records {
    /// A maker of records for a file read with `options`.
    ///
    /// # Errors
    ///
    /// As [`Columns::new`].
    pub(crate) fn new(options: &ReadOptions) -> Result<Self, FormatError> {
        Ok(Self {
            columns: Columns::new(options)?,
            written: Columns::of_convert(),
            crs: options.crs.map_or(Declared::Degrees, Declared::from),
            crs_is_configured: options.crs.is_some(),
            shapes: HashMap::new(),
            flattener: Flattener::default(),
            unused: Vec::new(),
            unused_known: HashSet::new(),
        })
    }

    /// Takes the file's own word for the reference system of its numbers; the administrator's
    /// goes before it.
    pub(crate) fn declare_crs(&mut self, declared: Declared) {
        if !self.crs_is_configured {
            self.crs = declared;
        }
    }

    /// The reference system that counts.
    pub(crate) fn crs(&self) -> &Declared {
        &self.crs
    }

    /// Every key that no field took, each once, in order of appearance; at most 1,000.
    pub(crate) fn into_unused_fields(self) -> Vec<String> {
        self.unused
    }

    /// Notes a key that no field takes.
    pub(crate) fn note_unused(&mut self, path: &str) {
        if self.unused.len() < UNUSED_MAX && !self.unused_known.contains(path) {
            self.unused.push(path.to_owned());
            self.unused_known.insert(path.to_owned());
        }
    }

    /// The event of a record that is complete: its position converted to degrees where that is
    /// possible, rejected where its reference system is not known.
    pub(crate) fn finish(&self, row: &Row<'_>, mut record: Box<RawRecord>) -> Event {
        if let Declared::Unsupported(name) = &self.crs {
            return row.rejected(RejectReason::UnsupportedCrs, name);
        }
        self.crs.apply(&mut record);
        if !record.id_is_complete {
            decode_entities(&mut record);
        }
        if record.native_id.as_deref().is_some_and(is_osm_element) {
            record.namespace = Some(OSM.to_owned());
        }
        Event::Record(record)
    }

    /// Adds to `record` what `members` say.
    pub(crate) fn fill<'n, 't: 'n>(
        &mut self,
        record: &mut RawRecord,
        members: &[(&'n str, &'n Node<'t>)],
        place: Place,
    ) {
        let is_written = members.iter().any(|(key, _)| *key == COMPLETE_ID);
        let leaves: Vec<Leaf<'_, '_>> = if is_written {
            let plain = |&(key, node)| Leaf { path: vec![key], value: Value::Plain(node) };
            members.iter().map(plain).collect()
        } else {
            self.flattener.leaves(&self.columns, members, record)
        };
        let roles = self.roles(&leaves, is_written);
        let mut parts = Parts::default();
        for (leaf, role) in leaves.into_iter().zip(roles.iter().copied()) {
            self.take(record, leaf, role, &mut parts);
        }
        if let Some(hours) = parts.week.grammar() {
            record.values.push((Field::Text(TextField::OpeningHours), hours));
        }
        self.take_position(record, parts, place);
    }

    /// What each leaf holds. Blank values count as well, so that one column keeps one meaning
    /// through the file, and a shape of record is resolved once.
    fn roles(&mut self, leaves: &[Leaf<'_, '_>], is_written: bool) -> Rc<[Option<Role>]> {
        let named = |leaf: &&Leaf<'_, '_>| matches!(leaf.value, Value::Plain(_));
        let mut shape = String::from(if is_written { "w" } else { "" });
        for leaf in leaves {
            shape.push(if named(&leaf) { '\u{1e}' } else { '\u{1d}' });
            for key in &leaf.path {
                shape.push('\u{1f}');
                shape.push_str(key);
            }
        }
        if let Some(roles) = self.shapes.get(&shape) {
            return Rc::clone(roles);
        }
        let columns = if is_written { &self.written } else { &self.columns };
        let paths: Vec<Vec<&str>> = leaves.iter().filter(named).map(|l| l.path.clone()).collect();
        let mut assigned = columns.assign(&paths).into_iter();
        let roles: Rc<[Option<Role>]> = leaves
            .iter()
            .map(|leaf| if named(&leaf) { assigned.next().flatten() } else { None })
            .collect();
        if self.shapes.len() >= SHAPES_MAX {
            self.shapes.clear();
        }
        self.shapes.insert(shape, Rc::clone(&roles));
        roles
    }

    fn take<'n, 't>(
        &mut self,
        record: &mut RawRecord,
        leaf: Leaf<'n, 't>,
        role: Option<Role>,
        parts: &mut Parts<'n, 't>,
    ) {
        let name = || leaf.path.join(".");
        let node = match leaf.value {
            Value::Plain(node) if node.is_blank() => return,
            Value::Plain(node) => node,
            Value::Located(located, node) => {
                match parts.located {
                    None => parts.located = Some((located, node, name())),
                    Some(_) => self.keep(record, name(), node),
                }
                return;
            }
            Value::Hours(text) => {
                let hours = Field::Text(TextField::OpeningHours);
                record.values.extend(text.map(|text| (hours, text)));
                return;
            }
            Value::UnreadableHours(node) => {
                self.keep_unreadable_hours(record, name(), node);
                return;
            }
            Value::Aside(node) => {
                self.keep(record, name(), node);
                return;
            }
        };
        match role {
            None => self.keep(record, name(), node),
            Some(Role::Id) => Self::take_id(record, &name(), node),
            Some(Role::CompleteId) => {
                record.native_id = node.scalar().map(Cow::into_owned);
                record.id_is_complete = true;
            }
            Some(Role::Latitude) => parts.lat = Some((node, name())),
            Some(Role::Longitude) => parts.lon = Some((node, name())),
            Some(Role::Position) => parts.position = Some((node, name())),
            Some(Role::Field(field)) => self.take_field(record, field, name(), node),
            Some(Role::YesMeans(field, item)) => {
                if is_yes(node) {
                    record.values.push((field, item.to_owned()));
                } else {
                    self.keep(record, name(), node);
                }
            }
            Some(Role::Features) => self.take_features(record, name(), node),
            Some(Role::HoursOn(day)) => match node.scalar().and_then(|text| Stated::parse(&text)) {
                Some(stated) => parts.week.state(day, stated),
                None => self.keep_unreadable_hours(record, name(), node),
            },
            Some(Role::SourceName) => source(record).name = node.to_extra(),
            Some(Role::SourceAsOf) => source(record).as_of = Some(node.to_extra()),
            Some(Role::SourceLicence) => source(record).licence = Some(node.to_extra()),
            Some(Role::SourceAttribution) => source(record).attribution = Some(node.to_extra()),
            Some(Role::Extra) => take_extra(record, name(), node),
        }
    }

    /// Keeps a value that no field takes.
    pub(crate) fn keep(&mut self, record: &mut RawRecord, name: String, node: &Node<'_>) {
        self.note_unused(&name);
        record.extra.push((name, node.to_extra()));
    }

    /// Keeps hours in a shape that is not known, and warns of them.
    pub(crate) fn keep_unreadable_hours(
        &mut self,
        record: &mut RawRecord,
        name: String,
        node: &Node<'_>,
    ) {
        record.warnings.push((WarningKind::UnparsableHours, format!("{name} = {node}")));
        self.keep(record, name, node);
    }

    /// Takes an id, of several the first, and keeps them all in `extra`. An id that comes after
    /// another one is kept there too.
    pub(crate) fn take_id(record: &mut RawRecord, name: &str, node: &Node<'_>) {
        let ids: Vec<Cow<'_, str>> = node
            .items()
            .iter()
            .filter_map(Node::scalar)
            .filter(|id| !values::is_placeholder(id))
            .collect();
        if ids.len() > 1 {
            record.warnings.push((WarningKind::SeveralIds, ids.join(", ")));
        }
        match (&record.native_id, &ids[..]) {
            (Some(taken), [again]) if taken == again => {}
            (None, [id]) => record.native_id = Some(id.clone().into_owned()),
            (None, [first, ..]) => {
                record.native_id = Some(first.clone().into_owned());
                record.extra.push((name.to_owned(), node.to_extra()));
            }
            (Some(_), _) | (None, []) => record.extra.push((name.to_owned(), node.to_extra())),
        }
    }

    /// Takes a value, or the values of a list, of a field; keeps what the field cannot hold.
    pub(crate) fn take_field(
        &mut self,
        record: &mut RawRecord,
        field: Field,
        name: String,
        node: &Node<'_>,
    ) {
        let is_list = matches!(field, Field::Text(text) if text.is_list());
        let items: Vec<&Node<'_>> = node.items().iter().filter(|item| !item.is_blank()).collect();
        let texts: Option<Vec<Cow<'_, str>>> = items.iter().map(|item| item_text(item)).collect();
        match texts.as_deref() {
            Some([text]) => record.values.push((field, text.clone().into_owned())),
            Some(texts) if is_list => {
                record.values.extend(texts.iter().map(|text| (field, text.clone().into_owned())));
            }
            // Several values where the record holds one: none of them is better than the others.
            _ => return self.keep(record, name, node),
        }
        if items.iter().any(|item| item.members().is_some_and(|members| members.len() > 1)) {
            self.keep(record, name, node);
        }
    }

    /// Takes a list of words, each of which says that the machine has something; keeps those that
    /// are not known.
    pub(crate) fn take_features(&mut self, record: &mut RawRecord, name: String, node: &Node<'_>) {
        let (known, unknown) = values::features(&node.to_extra());
        let values = known.into_iter().map(|has| (Field::Attribute(has), "yes".to_owned()));
        record.values.extend(values);
        if !unknown.is_empty() {
            self.note_unused(&name);
            record.extra.push((name, unknown.join("; ")));
        }
    }

    /// The position, by the best of what the record gives: a latitude and a longitude, both in
    /// one text, a geometry.
    fn take_position(&mut self, record: &mut RawRecord, parts: Parts<'_, '_>, place: Place) {
        let Parts { lat, lon, position, located, .. } = parts;
        let stated = |part: Option<_>| {
            part.filter(|(node, _): &(&Node<'_>, String)| {
                !node.as_str().is_some_and(values::is_placeholder)
            })
        };
        let (lat, lon, position) = (stated(lat), stated(lon), stated(position));
        if place == Place::Outside {
            let others = located.map(|(_, node, name)| (node, name));
            for (node, name) in [lat, lon, position, others].into_iter().flatten() {
                self.keep(record, name, node);
            }
            return;
        }
        record.position = match (lat, lon) {
            (Some((lat, _)), Some((lon, _))) => geometry::position_of_pair(Some(lat), Some(lon)),
            (Some((one, name)), None) | (None, Some((one, name))) if position.is_none() => {
                match &located {
                    Some((located, ..)) => located.position.clone(),
                    None => RawPosition::Unreadable(format!("{name} = {one} alone")),
                }
            }
            _ => match (position, located) {
                (Some((text, name)), None) => {
                    let position = position_of(text);
                    if text.as_str().is_some_and(values::says_more_than_position) {
                        self.keep(record, name, text);
                    }
                    position
                }
                (Some((text, name)), Some((located, ..))) => {
                    self.keep(record, name, text);
                    located.position
                }
                (None, Some((located, ..))) => located.position,
                (None, None) => RawPosition::Missing,
            },
        };
    }
}

/// Decodes the HTML entities that content management systems leave in texts; said once a row.
fn decode_entities(record: &mut RawRecord) {
    let mut first = None;
    let values = record.values.iter_mut().map(|(_, text)| text);
    for text in values.chain(record.extra.iter_mut().map(|(_, text)| text)) {
        if !text.contains('&') {
            continue;
        }
        let decoded = decode_html_entities(text.as_str());
        if decoded != text.as_str() {
            let decoded = decoded.into_owned();
            first.get_or_insert(std::mem::replace(text, decoded));
        }
    }
    record.warnings.extend(first.map(|text| (WarningKind::HtmlEntities, text)));
}

/// The members of an object as pairs that can be put together with others.
pub(crate) fn as_pairs<'n, 't>(
    members: &'n Members<'t>,
) -> impl Iterator<Item = (&'n str, &'n Node<'t>)> {
    members.iter().map(|(key, node)| (&**key, node))
}

/// The text of one item of a list: its own, or the one its object is known by.
fn item_text<'n>(item: &'n Node<'_>) -> Option<Cow<'n, str>> {
    const NAMES: &[&str] = &["code", "value", "name", "label", "text", "title"];
    let named = || NAMES.iter().find_map(|name| item.get(name)?.scalar());
    item.scalar().or_else(named)
}

fn is_yes(node: &Node<'_>) -> bool {
    node.scalar().is_some_and(|text| values::tri(&text) == Some(Tri::Yes))
}

fn position_of(node: &Node<'_>) -> RawPosition {
    match node {
        Node::Text(text) => values::position(text),
        // The order of two numbers without a name is anyone's guess.
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::List(_) | Node::Object(_) => {
            RawPosition::Unreadable(node.to_string())
        }
    }
}

fn source(record: &mut RawRecord) -> &mut Source {
    Arc::make_mut(record.source.get_or_insert_default())
}

/// Takes back what `convert` wrote as `extra`: an object, or the text of one.
fn take_extra(record: &mut RawRecord, name: String, node: &Node<'_>) {
    let parsed = node.as_str().and_then(|text| Node::parse(text.as_bytes()).ok());
    match parsed.as_ref().unwrap_or(node).members() {
        Some(members) => {
            record.extra.extend(members.iter().map(|(key, value)| {
                let text = match value {
                    Node::Text(text) => text.clone().into_owned(),
                    Node::Null
                    | Node::Bool(_)
                    | Node::Number(_)
                    | Node::List(_)
                    | Node::Object(_) => value.to_string(),
                };
                (key.clone().into_owned(), text)
            }));
        }
        None => record.extra.push((name, node.to_extra())),
    }
}

/// Whether an id is one that `OpenStreetMap` gave: `node/123`.
fn is_osm_element(id: &str) -> bool {
    let Some((kind, number)) = id.split_once('/') else { return false };
    ["node", "way", "relation"].contains(&kind)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
