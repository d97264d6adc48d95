//! The objects inside one block of OSM PBF.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use geo::Coord;

use super::wire::{Damaged, Fields, Packed, Value};
use super::{Kind, Member, Object, ObjectId, Search, Shape, Vertex};
use crate::domain::WarningKind;
use crate::ingest::RawPosition;

/// The numbers of a block's nodes, ways and relations, each from least to greatest.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    nodes: Option<RangeInclusive<i64>>,
    ways: Option<RangeInclusive<i64>>,
    relations: Option<RangeInclusive<i64>>,
}

impl Contents {
    fn add(&mut self, id: ObjectId) {
        let range = match id.kind {
            Kind::Node => &mut self.nodes,
            Kind::Way => &mut self.ways,
            Kind::Relation => &mut self.relations,
        };
        *range = Some(match range.take() {
            None => id.number..=id.number,
            Some(range) => id.number.min(*range.start())..=id.number.max(*range.end()),
        });
    }

    pub(super) fn may_hold(&self, search: Search<'_>) -> bool {
        let Search::Parts(parts) = search else { return true };
        [(Kind::Node, &self.nodes), (Kind::Way, &self.ways), (Kind::Relation, &self.relations)]
            .into_iter()
            .any(|(kind, range)| range.clone().is_some_and(|range| parts.wants_any(kind, range)))
    }
}

/// What one block gave.
#[derive(Default)]
pub(super) struct Found {
    pub(super) objects: Vec<Object>,
    pub(super) others: u64,
    pub(super) contents: Contents,
}

/// The objects of one block.
pub(super) struct Objects<'m> {
    strings: Vec<&'m [u8]>,
    /// For each string whether it is a key that can make an object an ATM.
    telling: Vec<bool>,
    groups: Vec<&'m [u8]>,
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

/// A tag as the places of its key and its value among the strings.
type Tag = (usize, usize);

impl<'m> Objects<'m> {
    pub(super) fn of(message: &'m [u8]) -> Result<Self, Damaged> {
        let mut objects = Self {
            strings: Vec::new(),
            telling: Vec::new(),
            groups: Vec::new(),
            granularity: 100,
            lat_offset: 0,
            lon_offset: 0,
        };
        for field in Fields::of(message) {
            match field? {
                (1, table) => {
                    for string in Fields::of(table.bytes()?) {
                        objects.strings.push(string?.1.bytes()?);
                    }
                }
                (2, group) => objects.groups.push(group.bytes()?),
                (17, value) => objects.granularity = value.int()?,
                (19, value) => objects.lat_offset = value.int()?,
                (20, value) => objects.lon_offset = value.int()?,
                _ => {}
            }
        }
        let telling = |string: &&[u8]| matches!(*string, b"amenity" | b"atm");
        objects.telling = objects.strings.iter().map(telling).collect();
        Ok(objects)
    }

    pub(super) fn search(&self, search: Search<'_>) -> Result<Found, Damaged> {
        let mut found = Found::default();
        for group in &self.groups {
            for field in Fields::of(group) {
                let (number, value) = field?;
                let kind = match number {
                    1 => Kind::Node,
                    2 => {
                        self.dense_nodes(value.bytes()?, search, &mut found)?;
                        continue;
                    }
                    3 => Kind::Way,
                    4 => Kind::Relation,
                    _ => continue,
                };
                self.object(kind, value.bytes()?, search, &mut found)?;
            }
        }
        Ok(found)
    }

    fn object(
        &self,
        kind: Kind,
        message: &[u8],
        search: Search<'_>,
        found: &mut Found,
    ) -> Result<(), Damaged> {
        let object = Message::of(message)?;
        let number = if kind == Kind::Node { object.id.sint()? } else { object.id.int()? };
        let id = ObjectId { kind, number };
        found.contents.add(id);
        let tags = match search {
            Search::Atms if object.visible && self.tells(object.keys)? => object.tags()?,
            Search::Atms | Search::Parts(_) => Vec::new(),
        };
        if !object.visible || !self.wants(search, id, &tags)? {
            found.others += 1;
            return Ok(());
        }
        let shape = match kind {
            Kind::Node => at(self.coord(object.eighth.sint()?, object.ninth.sint()?)?),
            Kind::Way => self.way(&object)?,
            Kind::Relation => self.relation(&object)?,
        };
        self.take(id, &tags, shape, found)
    }

    fn way(&self, way: &Message<'_>) -> Result<Shape, Damaged> {
        let mut nodes = Packed::of(way.eighth)?;
        let (mut lats, mut lons) = (Packed::of(way.ninth)?, Packed::of(way.tenth)?);
        let located = lats.count() == nodes.count() && lons.count() == nodes.count();
        let mut vertices = Vec::with_capacity(nodes.count());
        let (mut node, mut lat, mut lon) = (0, 0, 0);
        while !nodes.is_empty() {
            nodes.advance(&mut node)?;
            vertices.push(if located {
                lats.advance(&mut lat)?;
                lons.advance(&mut lon)?;
                Vertex::At(self.coord(lat, lon)?)
            } else {
                Vertex::Node(node)
            });
        }
        Ok(Shape::Way(vertices))
    }

    fn relation(&self, relation: &Message<'_>) -> Result<Shape, Damaged> {
        let mut roles = Packed::of(relation.eighth)?;
        let (mut numbers, mut kinds) = (Packed::of(relation.ninth)?, Packed::of(relation.tenth)?);
        let mut members = Vec::with_capacity(numbers.count());
        let mut number = 0;
        while !numbers.is_empty() {
            numbers.advance(&mut number)?;
            let kind = match kinds.next()? {
                0 => Kind::Node,
                1 => Kind::Way,
                2 => Kind::Relation,
                _ => return Err(Damaged),
            };
            let inner = self.string(roles.next_place()?)? == b"inner";
            members.push(Member { id: ObjectId { kind, number }, inner, shape: None });
        }
        Ok(Shape::Relation(members))
    }

    /// Nodes without metadata of their own, each field a list over all of them.
    fn dense_nodes(
        &self,
        message: &[u8],
        search: Search<'_>,
        found: &mut Found,
    ) -> Result<(), Damaged> {
        let (mut ids, mut lats, mut lons) = <(Packed, Packed, Packed)>::default();
        let (mut keys_values, mut visible) = <(Packed, Packed)>::default();
        for field in Fields::of(message) {
            match field? {
                (1, list) => ids = Packed::of(list)?,
                (5, info) => visible = visibility(info.bytes()?)?,
                (8, list) => lats = Packed::of(list)?,
                (9, list) => lons = Packed::of(list)?,
                (10, list) => keys_values = Packed::of(list)?,
                _ => {}
            }
        }
        let (mut number, mut lat, mut lon) = (0, 0, 0);
        let mut tags = Vec::new();
        while !ids.is_empty() {
            ids.advance(&mut number)?;
            lats.advance(&mut lat)?;
            lons.advance(&mut lon)?;
            tags.clear();
            let mut tells = false;
            // Tags end with a zero; where no node has any, the whole list is left out.
            while !keys_values.is_empty() {
                let key = keys_values.next_place()?;
                if key == 0 {
                    break;
                }
                tells |= *self.telling.get(key).ok_or(Damaged)?;
                tags.push((key, keys_values.next_place()?));
            }
            let is_visible = visible.is_empty() || visible.next()? != 0;
            let id = ObjectId { kind: Kind::Node, number };
            found.contents.add(id);
            let may_count = is_visible && (tells || matches!(search, Search::Parts(_)));
            if may_count && self.wants(search, id, &tags)? {
                self.take(id, &tags, at(self.coord(lat, lon)?), found)?;
            } else {
                found.others += 1;
            }
        }
        Ok(())
    }

    /// Whether any of these keys can make an object an ATM.
    fn tells(&self, mut keys: Packed<'_>) -> Result<bool, Damaged> {
        let mut tells = false;
        while !keys.is_empty() {
            tells |= *self.telling.get(keys.next_place()?).ok_or(Damaged)?;
        }
        Ok(tells)
    }

    fn wants(&self, search: Search<'_>, id: ObjectId, tags: &[Tag]) -> Result<bool, Damaged> {
        let tags: Result<Vec<_>, Damaged> = match search {
            Search::Parts(_) => Ok(Vec::new()),
            Search::Atms => tags.iter().map(|&tag| self.texts(tag)).collect(),
        };
        Ok(search.wants(id, tags?.iter().map(|(key, value)| (&**key, &**value))))
    }

    fn take(
        &self,
        id: ObjectId,
        tags: &[Tag],
        shape: Shape,
        found: &mut Found,
    ) -> Result<(), Damaged> {
        let mut object = Object { id, tags: Vec::new(), shape, middle: None, warnings: Vec::new() };
        for &tag in tags {
            let (key, value) = self.texts(tag)?;
            for text in [&key, &value] {
                if matches!(text, Cow::Owned(_)) {
                    object.warnings.push((WarningKind::DecodedText, text.to_string()));
                }
            }
            object.tags.push((key.into_owned(), value.into_owned()));
        }
        found.objects.push(object);
        Ok(())
    }

    /// Key and value; owned where they are not UTF-8 and were decoded as well as they could be.
    fn texts(&self, (key, value): Tag) -> Result<(Cow<'m, str>, Cow<'m, str>), Damaged> {
        let text = |place| self.string(place).map(String::from_utf8_lossy);
        Ok((text(key)?, text(value)?))
    }

    fn string(&self, place: usize) -> Result<&'m [u8], Damaged> {
        self.strings.get(place).copied().ok_or(Damaged)
    }

    /// Degrees are a whole number of billionths, so that dividing once gives the number nearest to
    /// the decimal that was entered.
    fn coord(&self, lat: i64, lon: i64) -> Result<Coord<f64>, Damaged> {
        let degrees = |offset: i64, steps: i64| {
            let billionths = self.granularity.checked_mul(steps)?.checked_add(offset)?;
            #[expect(clippy::cast_precision_loss, reason = "360 degrees are 2^38.4 billionths")]
            let degrees = billionths as f64 / 1e9;
            Some(degrees)
        };
        let lat = degrees(self.lat_offset, lat).ok_or(Damaged)?;
        let lon = degrees(self.lon_offset, lon).ok_or(Damaged)?;
        Ok(Coord { x: lon, y: lat })
    }
}

fn at(coord: Coord<f64>) -> Shape {
    Shape::Node(RawPosition::LatLon { lat: coord.y, lon: coord.x })
}

/// Which of a group's dense nodes are visible; empty when all are.
fn visibility(info: &[u8]) -> Result<Packed<'_>, Damaged> {
    let mut visible = Packed::default();
    for field in Fields::of(info) {
        if let (6, list) = field? {
            visible = Packed::of(list)?;
        }
    }
    Ok(visible)
}

/// The message of a node, way or relation, which number their fields alike.
struct Message<'m> {
    /// `sint64` for nodes, `int64` for ways and relations.
    id: Value<'m>,
    keys: Packed<'m>,
    values: Packed<'m>,
    visible: bool,
    /// Latitude; nodes of a way; roles of a relation's members.
    eighth: Value<'m>,
    /// Longitude; latitudes of a way's nodes; numbers of a relation's members.
    ninth: Value<'m>,
    /// Longitudes of a way's nodes; kinds of a relation's members.
    tenth: Value<'m>,
}

impl<'m> Message<'m> {
    fn of(message: &'m [u8]) -> Result<Self, Damaged> {
        let mut read = Self {
            id: Value::Varint(0),
            keys: Packed::default(),
            values: Packed::default(),
            visible: true,
            eighth: Value::Bytes(&[]),
            ninth: Value::Bytes(&[]),
            tenth: Value::Bytes(&[]),
        };
        for field in Fields::of(message) {
            match field? {
                (1, id) => read.id = id,
                (2, list) => read.keys = Packed::of(list)?,
                (3, list) => read.values = Packed::of(list)?,
                (4, info) => {
                    for field in Fields::of(info.bytes()?) {
                        if let (6, visible) = field? {
                            read.visible = visible.int()? != 0;
                        }
                    }
                }
                (8, value) => read.eighth = value,
                (9, value) => read.ninth = value,
                (10, value) => read.tenth = value,
                _ => {}
            }
        }
        Ok(read)
    }

    fn tags(&self) -> Result<Vec<Tag>, Damaged> {
        let (mut keys, mut values) = (self.keys, self.values);
        let mut tags = Vec::new();
        while !keys.is_empty() {
            tags.push((keys.next_place()?, values.next_place()?));
        }
        Ok(tags)
    }
}
