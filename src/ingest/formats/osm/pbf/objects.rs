//! The objects inside one block of OSM PBF.
//!
//! The crate walks the lists of a block side by side and stops where the shortest ends, follows
//! places in the string table unchecked, and leaves out text that is not UTF-8. Here the lists are
//! held to the length they state, places to the table, and text is decoded as well as it can be.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use geo::Coord;
use osmpbf::{DenseNodeInfo, PrimitiveBlock, RelMember, RelMemberType, Relation, Way};

use super::super::{Kind, Member, Object, ObjectId, Search, Shape, Vertex};
use crate::domain::WarningKind;
use crate::ingest::{ROW_BYTES_MAX, RawPosition};

/// Most nodes of a way or members of a relation: four times what the project's own database admits
/// of the larger, so that a damaged block cannot ask for memory without limit.
const PARTS_MAX: usize = 1 << 17;

/// The lists of a block contradict each other, or ask for more than any real object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

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

/// Looks through a block for what is searched for.
///
/// # Panics
///
/// The crate adds up differences and unwraps kinds of members as they stand, so a damaged block
/// can panic in here; the caller is to catch that.
pub(super) fn search(block: &PrimitiveBlock, search: Search<'_>) -> Result<Found, Damaged> {
    let strings = block.raw_stringtable();
    let telling = strings.iter().map(|string| matches!(&**string, b"amenity" | b"atm")).collect();
    let mut reading =
        Reading { strings, telling, search, tags: Vec::new(), found: Found::default() };
    for group in block.groups() {
        for node in group.nodes() {
            let shape = || Ok(at(coord(node.nano_lat(), node.nano_lon())));
            reading.object(
                (Kind::Node, node.id()),
                node.info().visible(),
                node.raw_tags(),
                shape,
            )?;
        }
        for node in whole(group.dense_nodes()) {
            let node = node?;
            let visible = node.info().is_none_or(DenseNodeInfo::visible);
            let shape = || Ok(at(coord(node.nano_lat(), node.nano_lon())));
            reading.object((Kind::Node, node.id()), visible, node.raw_tags(), shape)?;
        }
        for way in group.ways() {
            let shape = || outline(&way);
            reading.object((Kind::Way, way.id()), way.info().visible(), way.raw_tags(), shape)?;
        }
        for relation in group.relations() {
            let (id, visible) = (relation.id(), relation.info().visible());
            let shape = || members(&relation);
            reading.object((Kind::Relation, id), visible, relation.raw_tags(), shape)?;
        }
    }
    Ok(reading.found)
}

/// The items of an iterator over several lists; that fewer come than the first list has is damage.
fn whole<I: ExactSizeIterator>(mut items: I) -> impl Iterator<Item = Result<I::Item, Damaged>> {
    (0..items.len()).map(move |_| items.next().ok_or(Damaged))
}

/// A tag as the places of its key and its value among the strings.
type Tag = (usize, usize);

struct Reading<'b> {
    strings: &'b [Vec<u8>],
    /// For each string whether it is a key that can make an object an ATM.
    telling: Vec<bool>,
    search: Search<'b>,
    /// Of the object at hand.
    tags: Vec<Tag>,
    found: Found,
}

impl Reading<'_> {
    fn object<P: TryInto<usize>>(
        &mut self,
        (kind, number): (Kind, i64),
        visible: bool,
        tags: impl ExactSizeIterator<Item = (P, P)>,
        shape: impl FnOnce() -> Result<Shape, Damaged>,
    ) -> Result<(), Damaged> {
        let id = ObjectId { kind, number };
        self.found.contents.add(id);
        let may_count = visible
            && match self.search {
                Search::Atms => self.tell(tags)?,
                Search::Parts(_) => true,
            };
        if may_count && self.wants(id) {
            let object = self.take(id, shape()?);
            self.found.objects.push(object);
        } else {
            self.found.others += 1;
        }
        Ok(())
    }

    /// Reads the places of tags, and says whether any key can make an object an ATM.
    fn tell<P: TryInto<usize>>(
        &mut self,
        tags: impl ExactSizeIterator<Item = (P, P)>,
    ) -> Result<bool, Damaged> {
        let place = |place: P| {
            place.try_into().ok().filter(|place| *place < self.strings.len()).ok_or(Damaged)
        };
        let mut tells = false;
        self.tags.clear();
        for tag in whole(tags) {
            let (key, value) = tag?;
            let (key, value) = (place(key)?, place(value)?);
            tells |= self.telling.get(key).is_some_and(|telling| *telling);
            self.tags.push((key, value));
        }
        Ok(tells)
    }

    fn wants(&self, id: ObjectId) -> bool {
        // No text that tells is anything but plain ASCII.
        let text = |place: usize| std::str::from_utf8(self.string(place)).unwrap_or_default();
        self.search.wants(id, self.tags.iter().map(|&(key, value)| (text(key), text(value))))
    }

    fn take(&self, id: ObjectId, shape: Shape) -> Object {
        let mut object = Object { id, tags: Vec::new(), shape, middle: None, warnings: Vec::new() };
        let mut bytes = 0;
        for &(key, value) in &self.tags {
            let [key, value] = [key, value].map(|place| {
                let text = String::from_utf8_lossy(self.string(place));
                if matches!(text, Cow::Owned(_)) {
                    object.warnings.push((WarningKind::DecodedText, text.to_string()));
                }
                text.into_owned()
            });
            bytes += key.len() + value.len() + 2;
            object.tags.push((key, value));
            // Tags share strings, so that few bytes can stand for many. An object beyond the limit
            // of a row is rejected for that, and need not be copied whole.
            if bytes > ROW_BYTES_MAX {
                break;
            }
        }
        object
    }

    fn string(&self, place: usize) -> &[u8] {
        self.strings.get(place).map_or(&[], Vec::as_slice)
    }
}

/// The nodes of a way, with their places where the block states them. Writers put a place outside
/// the Earth where they did not know it; that node may still stand elsewhere in the file.
fn outline(way: &Way<'_>) -> Result<Shape, Damaged> {
    let nodes = way.refs();
    if nodes.len() > PARTS_MAX {
        return Err(Damaged);
    }
    let mut vertices: Vec<Vertex> = nodes.map(Vertex::Node).collect();
    let places = way.node_locations();
    if places.len() == vertices.len() {
        for (vertex, place) in vertices.iter_mut().zip(places) {
            let place = coord(place.nano_lat(), place.nano_lon());
            if place.x.abs() <= 180.0 && place.y.abs() <= 90.0 {
                *vertex = Vertex::At(place);
            }
        }
    }
    Ok(Shape::Way(vertices))
}

fn members(relation: &Relation<'_>) -> Result<Shape, Damaged> {
    let members = relation.members();
    if members.len() > PARTS_MAX {
        return Err(Damaged);
    }
    let strings = relation.raw_stringtable();
    let member = |member: Result<RelMember<'_>, Damaged>| {
        let member = member?;
        let kind = match member.member_type {
            RelMemberType::Node => Kind::Node,
            RelMemberType::Way => Kind::Way,
            RelMemberType::Relation => Kind::Relation,
        };
        let role = usize::try_from(member.role_sid).ok().and_then(|place| strings.get(place));
        let inner = role.ok_or(Damaged)? == b"inner";
        Ok(Member { id: ObjectId { kind, number: member.member_id }, inner, shape: None })
    };
    Ok(Shape::Relation(whole(members).map(member).collect::<Result<_, _>>()?))
}

fn at(coord: Coord<f64>) -> Shape {
    Shape::Node(RawPosition::LatLon { lat: coord.y, lon: coord.x })
}

/// Degrees are a whole number of billionths, so that dividing once gives the number nearest to the
/// decimal that was entered; multiplying by 1e-9 would not.
fn coord(lat_billionths: i64, lon_billionths: i64) -> Coord<f64> {
    #[expect(clippy::cast_precision_loss, reason = "360 degrees are 2^38.4 billionths")]
    let degrees = |billionths: i64| billionths as f64 / 1e9;
    Coord { x: degrees(lon_billionths), y: degrees(lat_billionths) }
}
