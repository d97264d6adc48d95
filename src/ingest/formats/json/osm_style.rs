//! Objects that carry `OpenStreetMap` tags: exports of overpass-turbo, osmium, ogr2ogr, `OSMnx`,
//! Geofabrik.

use std::borrow::Cow;

use crate::ingest::Event;
use crate::ingest::columns::COMPLETE_ID;
use crate::ingest::formats::osm::tags::read_tags;

use super::geometry::Located;
use super::node::Node;
use super::records::{Place, Records};
use super::rows::Row;

/// The licence of `OpenStreetMap`'s data.
pub(crate) const LICENCE: &str = "ODbL-1.0";

/// The credit it asks for.
pub(crate) const ATTRIBUTION: &str = "© OpenStreetMap contributors";

type Pairs<'n, 't> = Vec<(&'n str, &'n Node<'t>)>;

/// Keys that say what kind of thing an object is. Without any of them the tags were left out, and
/// a list of ATMs lists ATMs.
const KINDS: &[&str] =
    &["amenity", "atm", "disused:amenity", "was:amenity", "abandoned:amenity", "fclass"];

/// Keys of the element itself beside its tags.
const ELEMENT: &[&str] = &[
    "id",
    "@id",
    "osm_id",
    "osmid",
    "osm_way_id",
    "lat",
    "lon",
    "latitude",
    "longitude",
    "center",
    "geometry",
    "geom",
    "tags",
    "other_tags",
    "fclass",
];

/// Keys under which the kind of element stands: node, way or relation.
const ELEMENT_KIND: &[&str] = &["@type", "osm_type", "type", "element_type", "element"];

/// An object's tags and its other members.
pub(crate) struct Tagged<'n, 't> {
    tags: Vec<(Cow<'n, str>, Cow<'n, str>)>,
    rest: Pairs<'n, 't>,
    element_kind: Option<&'static str>,
}

impl<'n, 't> Tagged<'n, 't> {
    /// Takes the members apart; `None` when they are no tags.
    ///
    /// They are tags when they stand in an object `tags` that says what kind of thing this is, or
    /// directly among the members: where one is `amenity` or, as only exports of
    /// `OpenStreetMap` have it, `@id`. What `convert` wrote was judged before.
    pub(crate) fn of(members: &Pairs<'n, 't>) -> Option<Self> {
        let has = |key: &str| members.iter().any(|(name, node)| *name == key && !node.is_blank());
        if has(COMPLETE_ID) {
            return None;
        }
        let mut tags = Vec::new();
        for (key, node) in members {
            match (*key, node) {
                ("tags", Node::Object(nested)) => tags.extend(text_pairs(nested)),
                ("tags", Node::Text(text)) if text.trim_start().starts_with('{') => {
                    if let Ok(Node::Object(nested)) = Node::parse(text.as_bytes()) {
                        let pairs = text_pairs(&nested);
                        tags.extend(pairs.map(|(k, v)| {
                            (Cow::Owned(k.into_owned()), Cow::Owned(v.into_owned()))
                        }));
                    }
                }
                ("other_tags", Node::Text(text)) => tags.extend(hstore(text)),
                _ => {}
            }
        }
        let is_nested = tags.iter().any(|(key, _)| KINDS.contains(&&**key));
        let is_flat =
            has("amenity") || has("@id") || (has("osm_id") && KINDS.iter().any(|k| has(k)));
        if !is_nested && !is_flat {
            return None;
        }
        let mut tagged = Self { tags, rest: Vec::new(), element_kind: None };
        for &(key, node) in members {
            tagged.take_member(key, node, is_flat);
        }
        Some(tagged)
    }

    fn take_member(&mut self, key: &'n str, node: &'n Node<'t>, is_flat: bool) {
        if ELEMENT_KIND.contains(&key)
            && let Some(kind) = node.as_str().and_then(element_kind)
        {
            self.element_kind = Some(kind);
            return;
        }
        match key {
            "tags" | "other_tags" if !self.tags.is_empty() => {}
            "fclass" => {
                if let Some(class) = node.scalar() {
                    self.tags.push((Cow::Borrowed("amenity"), class));
                }
            }
            _ if ELEMENT.contains(&key) || !is_flat => self.rest.push((key, node)),
            _ => match node.scalar() {
                Some(text) => self.tags.push((Cow::Borrowed(key), text)),
                None => self.rest.push((key, node)),
            },
        }
    }

    /// The event of `row`, whose tags these are. `located` is its geometry, where it has one of
    /// its own; `feature_id` the id beside the tags.
    pub(crate) fn event(
        &self,
        records: &mut Records,
        row: &Row<'_>,
        located: Option<Located>,
        feature_id: Option<&Node<'_>>,
    ) -> Event {
        let tags: Vec<(&str, &str)> = self.tags.iter().map(|(k, v)| (&**k, &**v)).collect();
        let Some(read) = read_tags(&tags) else { return Event::NotAtms(1) };
        let mut record = row.record();
        let place = if located.is_some() { Place::Outside } else { Place::Inside };
        records.fill(&mut record, &self.rest, place);
        if let Some(located) = located {
            located.put_into(&mut record);
        }
        let id = record.native_id.take();
        let id = id.or_else(|| Some(feature_id?.scalar()?.into_owned()));
        if let Some(id) = id {
            match element_id(&id, self.element_kind) {
                Some(element) => {
                    record.native_id = Some(element);
                    record.namespace = Some("osm".to_owned());
                }
                None => record.native_id = Some(id),
            }
        }
        record.values.extend(read.values);
        record.extra.extend(read.extra);
        records.finish(row, record)
    }
}

fn text_pairs<'n>(
    members: &'n [(Cow<'_, str>, Node<'_>)],
) -> impl Iterator<Item = (Cow<'n, str>, Cow<'n, str>)> {
    members.iter().filter_map(|(key, node)| Some((Cow::Borrowed(&**key), node.scalar()?)))
}

fn element_kind(word: &str) -> Option<&'static str> {
    match word {
        "node" | "n" | "N" => Some("node"),
        "way" | "w" | "W" => Some("way"),
        "relation" | "r" | "R" => Some("relation"),
        _ => None,
    }
}

/// `node/123` of an id in one of the styles of exports: `node/123`, `n123`, or a number beside the
/// kind of element. osmium numbers areas: those of ways have twice the way's number, those of
/// relations one more than twice.
fn element_id(id: &str, kind: Option<&'static str>) -> Option<String> {
    let digits = |text: &str| text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
    if let Some((kind, number)) = id.split_once('/') {
        return Some(format!("{}/{}", element_kind(kind)?, digits(number)?));
    }
    if let (Some(kind), Some(number)) = (kind, digits(id)) {
        return Some(format!("{kind}/{number}"));
    }
    let (letter, number) = id.split_at_checked(1)?;
    let number = digits(number)?;
    match letter {
        "a" if number % 2 == 0 => Some(format!("way/{}", number / 2)),
        "a" => Some(format!("relation/{}", number / 2)),
        _ => Some(format!("{}/{number}", element_kind(letter)?)),
    }
}

/// The pairs of a `PostgreSQL` hstore, `"key"=>"value","key"=>"value"`, as ogr2ogr writes tags.
fn hstore<'n>(text: &str) -> Vec<(Cow<'n, str>, Cow<'n, str>)> {
    let mut strings = Vec::new();
    let mut current = None::<String>;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (&mut current, character) {
            (None, '"') => current = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => strings.extend(current.take()),
            (Some(string), '\\') => string.extend(characters.next()),
            (Some(string), _) => string.push(character),
        }
    }
    let pair = |pair: &[String]| match pair {
        [key, value] => Some((Cow::Owned(key.clone()), Cow::Owned(value.clone()))),
        _ => None,
    };
    strings.chunks(2).filter_map(pair).collect()
}
