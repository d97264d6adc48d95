//! Where ways and relations are, put together from the objects they refer to.

use std::collections::HashMap;

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiPolygon, Point, Polygon};

use super::{Kind, Member, Object, ObjectId, Shape, Vertex};
use crate::ingest::RawPosition;
use crate::ingest::centroid::centroid;

/// How many relations deep members are followed. Real nesting is one (a site of buildings); the
/// limit also ends circles.
const DEPTH_MAX: usize = 4;

/// Where an object turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    At(RawPosition),
    /// Some of what it refers to is not in the file, as said; the rest still bounds it well.
    AtWithout(RawPosition, String),
    /// Too much of what it refers to is not in the file, as said.
    Dangling(String),
}

/// Whether the place of an object stands with it, so that no other object is needed. An object
/// with nothing to refer to stands alone too: its place is missing.
pub(super) fn stands_alone(object: &Object) -> bool {
    needs(&object.shape).next().is_none()
}

/// The objects a shape refers to without giving their place.
fn needs(shape: &Shape) -> Box<dyn Iterator<Item = ObjectId> + '_> {
    match shape {
        Shape::Node(_) => Box::new(std::iter::empty()),
        Shape::Way(vertices) => Box::new(vertices.iter().filter_map(|vertex| match vertex {
            Vertex::At(_) | Vertex::Unknown => None,
            Vertex::Node(number) => Some(ObjectId { kind: Kind::Node, number: *number }),
        })),
        Shape::Relation(members) => Box::new(members.iter().flat_map(|member| {
            member.shape.as_ref().map_or_else(
                || Box::new(std::iter::once(member.id)) as Box<dyn Iterator<Item = ObjectId>>,
                needs,
            )
        })),
    }
}

/// Objects that others refer to.
#[derive(Default)]
pub(super) struct Parts {
    /// What was found of each object asked for; `None` while it was not.
    shapes: HashMap<ObjectId, Option<Shape>>,
    /// Asked for, but not looked for yet.
    open: Vec<ObjectId>,
    /// Looked for in the next reading.
    kind: Option<Kind>,
    depth: usize,
}

impl Parts {
    /// What `objects` refer to, not found yet.
    pub(super) fn of(objects: &[Object]) -> Self {
        let mut parts = Self::default();
        for object in objects {
            parts.ask_for(&object.shape);
        }
        parts
    }

    fn ask_for(&mut self, shape: &Shape) {
        for id in needs(shape) {
            self.shapes.entry(id).or_insert_with(|| {
                self.open.push(id);
                None
            });
        }
    }

    /// Chooses what the next reading is for: relations before the ways they are made of, ways
    /// before their nodes. `false` when nothing is left to look for.
    pub(super) fn look_further(&mut self) -> bool {
        if self.depth == DEPTH_MAX {
            self.open.retain(|id| id.kind != Kind::Relation);
        }
        self.kind = self.open.iter().map(|id| id.kind).max();
        self.depth += usize::from(self.kind == Some(Kind::Relation));
        self.open.sort_unstable();
        self.kind.is_some()
    }

    /// Whether a reading looks for this object.
    pub(super) fn wants(&self, id: ObjectId) -> bool {
        self.kind == Some(id.kind) && matches!(self.shapes.get(&id), Some(None))
    }

    /// Whether a reading looks for any object of this kind with a number in this range.
    pub(super) fn wants_any(&self, kind: Kind, numbers: std::ops::RangeInclusive<i64>) -> bool {
        let first = ObjectId { kind, number: *numbers.start() };
        let from = self.open.partition_point(|id| *id < first);
        self.kind == Some(kind)
            && self.open.get(from).is_some_and(|id| id.kind == kind && id.number <= *numbers.end())
    }

    /// Takes what a reading found; of an object that occurs twice, the first.
    pub(super) fn supply(&mut self, found: Vec<(ObjectId, Shape)>) {
        let looked_for = self.kind.take();
        self.open.retain(|id| Some(id.kind) != looked_for);
        for (id, shape) in found {
            if matches!(self.shapes.get(&id), Some(None)) {
                self.ask_for(&shape);
                self.shapes.insert(id, Some(shape));
            }
        }
    }

    fn shape(&self, id: ObjectId) -> Option<&Shape> {
        self.shapes.get(&id)?.as_ref()
    }

    fn node(&self, number: i64) -> Option<Coord<f64>> {
        match self.shape(ObjectId { kind: Kind::Node, number })? {
            Shape::Node(RawPosition::LatLon { lat, lon }) => Some(Coord { x: *lon, y: *lat }),
            Shape::Node(_) | Shape::Way(_) | Shape::Relation(_) => None,
        }
    }
}

/// What is known of an object's geometry.
struct Known {
    geometry: Geometry<f64>,
    /// How many of its direct parts are known, and of how many.
    found: usize,
    of: usize,
}

impl Known {
    /// With half of the parts the position is still that of the object: it lies among them. With
    /// fewer, the known part may be a corner of something large.
    fn is_honest(&self) -> bool {
        self.found > 0 && self.found * 2 >= self.of
    }
}

/// Where `object` is, given the parts that were found.
///
/// The outline counts first: areas at their centre of area, lines at their middle. An incomplete
/// outline gives way to the middle of the bounds where the container states it, then counts as far
/// as at least half of it is known; with less, the object is dangling.
pub(super) fn place(object: &Object, parts: &Parts) -> Place {
    if let Shape::Node(position) = &object.shape {
        return Place::At(position.clone());
    }
    let known = geometry(&object.shape, parts, 0);
    if known.of > 0 && known.found == known.of {
        return Place::At(centroid(&known.geometry));
    }
    if let Some(middle) = object.middle {
        return Place::At(RawPosition::LatLon { lat: middle.y, lon: middle.x });
    }
    if known.of == 0 {
        return Place::At(RawPosition::Missing);
    }
    let missing = format!("{} of {} parts", known.of - known.found, known.of);
    if known.is_honest() {
        Place::AtWithout(centroid(&known.geometry), missing)
    } else {
        Place::Dangling(format!("{missing} are not in the file"))
    }
}

fn geometry(shape: &Shape, parts: &Parts, depth: usize) -> Known {
    match shape {
        Shape::Node(RawPosition::LatLon { lat, lon }) => {
            Known { geometry: Point::new(*lon, *lat).into(), found: 1, of: 1 }
        }
        Shape::Node(_) => Known { geometry: empty(), found: 0, of: 1 },
        Shape::Way(vertices) => {
            let line = line(vertices, parts);
            let (found, of) = (line.len(), vertices.len());
            let closed = found == of && found > 3 && line.first() == line.last();
            let line = LineString::new(line);
            let geometry =
                if closed { Polygon::new(line, Vec::new()).into() } else { Geometry::from(line) };
            Known { geometry, found, of }
        }
        Shape::Relation(members) => relation(members, parts, depth),
    }
}

fn line(vertices: &[Vertex], parts: &Parts) -> Vec<Coord<f64>> {
    let place = |vertex: &Vertex| match vertex {
        Vertex::At(coord) => Some(*coord),
        Vertex::Node(number) => parts.node(*number),
        Vertex::Unknown => None,
    };
    vertices.iter().filter_map(place).collect()
}

/// A relation's ways joined to rings where they close, beside its other members. Inner rings are
/// left out: a courtyard does not move an address.
fn relation(members: &[Member], parts: &Parts, depth: usize) -> Known {
    let (mut found, mut of) = (0, 0);
    let mut lines = Vec::new();
    let mut others = Vec::new();
    for member in members.iter().filter(|member| !member.inner) {
        of += 1;
        let Some(shape) = member.shape.as_ref().or_else(|| parts.shape(member.id)) else {
            continue;
        };
        if depth >= DEPTH_MAX {
            continue;
        }
        let known = geometry(shape, parts, depth + 1);
        if !known.is_honest() {
            continue;
        }
        found += 1;
        if let Geometry::LineString(line) = known.geometry {
            lines.push(line.0);
        } else {
            others.push(known.geometry);
        }
    }
    let (rings, open) = join(lines);
    let areas = rings.into_iter().map(|ring| Polygon::new(LineString::new(ring), Vec::new()));
    let areas = MultiPolygon::new(areas.collect());
    if !areas.0.is_empty() {
        others.push(areas.into());
    }
    others.extend(open.into_iter().map(|line| LineString::new(line).into()));
    Known { geometry: Geometry::GeometryCollection(GeometryCollection::from(others)), found, of }
}

type Line = Vec<Coord<f64>>;

/// Joins lines end to end into closed rings; what does not close comes back as lines.
///
/// # Cost
///
/// Linear in the vertices, quadratic in the lines that meet in one point.
fn join(lines: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let key = |coord: &Coord<f64>| (coord.x.to_bits(), coord.y.to_bits());
    let mut lines: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    let mut by_end: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        for end in line.iter().flat_map(|line| [line.first(), line.last()]).flatten() {
            by_end.entry(key(end)).or_default().push(index);
        }
    }
    let (mut rings, mut open) = (Vec::new(), Vec::new());
    for index in 0..lines.len() {
        let Some(mut ring) = lines.get_mut(index).and_then(Option::take) else { continue };
        while ring.first() != ring.last() {
            let Some(end) = ring.last().copied() else { break };
            let mut candidates = by_end.get_mut(&key(&end)).into_iter().flatten();
            let next = candidates.find_map(|&mut index| lines.get_mut(index)?.take());
            let Some(mut next) = next else { break };
            if next.first() != Some(&end) {
                next.reverse();
            }
            ring.extend(next.into_iter().skip(1));
        }
        let closed = ring.len() > 3 && ring.first() == ring.last();
        if closed { rings.push(ring) } else { open.push(ring) }
    }
    (rings, open)
}

fn empty() -> Geometry<f64> {
    Geometry::GeometryCollection(GeometryCollection::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: Kind, number: i64) -> ObjectId {
        ObjectId { kind, number }
    }

    fn object(kind: Kind, shape: Shape) -> Object {
        Object { id: id(kind, 1), tags: Vec::new(), shape, middle: None, warnings: Vec::new() }
    }

    fn way(nodes: &[i64]) -> Shape {
        Shape::Way(nodes.iter().copied().map(Vertex::Node).collect())
    }

    fn relation(members: &[(Kind, i64)]) -> Shape {
        let member = |&(kind, number): &(Kind, i64)| Member {
            id: id(kind, number),
            inner: false,
            shape: None,
        };
        Shape::Relation(members.iter().map(member).collect())
    }

    /// A world of a few objects, looked up as a container would be.
    fn placed(object: Object, world: &[(ObjectId, Shape)]) -> Place {
        let objects = [object];
        let mut parts = Parts::of(&objects);
        let mut readings = 0;
        while parts.look_further() {
            readings += 1;
            assert!(readings < 10, "an end to looking");
            let found = world.iter().filter(|(id, _)| parts.wants(*id)).cloned().collect();
            parts.supply(found);
        }
        place(&objects[0], &parts)
    }

    fn nodes(places: &[(i64, f64, f64)]) -> Vec<(ObjectId, Shape)> {
        let node = |&(number, lat, lon): &(i64, f64, f64)| {
            (id(Kind::Node, number), Shape::Node(RawPosition::LatLon { lat, lon }))
        };
        places.iter().map(node).collect()
    }

    fn square() -> Vec<(ObjectId, Shape)> {
        nodes(&[(1, 0.0, 0.0), (2, 0.0, 2.0), (3, 2.0, 2.0), (4, 2.0, 0.0)])
    }

    fn near(place: &Place, lat_wanted: f64, lon_wanted: f64) -> bool {
        let (Place::At(position) | Place::AtWithout(position, _)) = place else { return false };
        let RawPosition::LatLon { lat, lon } = position else { return false };
        (lat - lat_wanted).abs() < 1e-3 && (lon - lon_wanted).abs() < 1e-3
    }

    #[test]
    fn an_incomplete_outline_counts_while_half_of_it_is_known() {
        let outline =
            |known: usize| placed(object(Kind::Way, way(&[1, 2, 3, 4])), &square()[..known]);
        assert!(matches!(outline(4), Place::At(_)));
        let half = outline(2);
        assert!(near(&half, 0.0, 1.0), "{half:?}");
        assert!(matches!(half, Place::AtWithout(_, missing) if missing == "2 of 4 parts"));
        assert!(matches!(outline(1), Place::Dangling(_)));
        assert!(matches!(outline(0), Place::Dangling(_)));
    }

    #[test]
    fn the_middle_of_the_bounds_is_better_than_an_incomplete_outline() {
        let mut clipped = object(Kind::Way, way(&[1, 2, 3, 4]));
        clipped.middle = Some(Coord { x: 7.0, y: 8.0 });
        assert!(near(&placed(clipped.clone(), &square()[..3]), 8.0, 7.0));
        assert!(near(&placed(clipped, &square()), 1.0, 4.0 / 3.0));
    }

    #[test]
    fn outer_ways_are_joined_in_any_direction() {
        let mut world = square();
        world.push((id(Kind::Way, 10), way(&[3, 2, 1])));
        world.push((id(Kind::Way, 11), way(&[3, 4])));
        world.push((id(Kind::Way, 12), way(&[1, 4])));
        let ways = [(Kind::Way, 10), (Kind::Way, 11), (Kind::Way, 12)];
        let place = placed(object(Kind::Relation, relation(&ways)), &world);
        assert!(near(&place, 1.0, 1.0), "{place:?}");
    }

    #[test]
    fn a_courtyard_does_not_move_the_position() {
        let mut world = square();
        world.extend(nodes(&[(5, 0.1, 0.1), (6, 0.1, 0.3), (7, 0.3, 0.3)]));
        world.push((id(Kind::Way, 10), way(&[1, 2, 3, 4, 1])));
        world.push((id(Kind::Way, 11), way(&[5, 6, 7, 5])));
        let Shape::Relation(mut members) = relation(&[(Kind::Way, 10), (Kind::Way, 11)]) else {
            panic!("no relation")
        };
        members[1].inner = true;
        let place = placed(object(Kind::Relation, Shape::Relation(members)), &world);
        assert!(near(&place, 1.0, 1.0), "{place:?}");
    }

    #[test]
    fn members_that_are_relations_are_followed_and_circles_end() {
        let mut world = square();
        world.push((id(Kind::Way, 10), way(&[1, 2, 3, 4, 1])));
        world.push((id(Kind::Relation, 20), relation(&[(Kind::Way, 10)])));
        let site = object(Kind::Relation, relation(&[(Kind::Relation, 20)]));
        assert!(near(&placed(site, &world), 1.0, 1.0));
        world.push((id(Kind::Relation, 30), relation(&[(Kind::Relation, 31)])));
        world.push((id(Kind::Relation, 31), relation(&[(Kind::Relation, 30)])));
        let circle = object(Kind::Relation, relation(&[(Kind::Relation, 30)]));
        assert!(matches!(placed(circle, &world), Place::Dangling(_)));
    }

    #[test]
    fn an_object_that_refers_to_nothing_has_no_position() {
        let empty = object(Kind::Way, way(&[]));
        assert!(stands_alone(&empty));
        assert_eq!(placed(empty, &[]), Place::At(RawPosition::Missing));
    }
}
