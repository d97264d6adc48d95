//! Polygons on the surface, as GeoJSON draws them.

use std::hash::{DefaultHasher, Hash, Hasher};

use geo::{Coord, Rect};

use super::VERTICES_MAX;
use super::edges::{Coverage, Edge, Edges};
use crate::domain::position::{BoundingBox, Position};

/// Half and all of the way around the Earth, degrees of longitude.
const HALF_TURN_DEG: f64 = 180.0;
const TURN_DEG: f64 = 360.0;

/// Degrees from a pole within which a rectangle may hold it, under whatever longitude.
const NEAR_POLE_DEG: f64 = 89.99;

/// One or more polygons, each with its holes; where they overlap, the region is all they cover.
///
/// # Edges
///
/// Straight on the plane of longitude and latitude, as RFC 7946 § 3.1.1 has them: an edge between
/// two places of one latitude follows the parallel, not the geodesic.
///
/// # Boundary
///
/// Belongs to the region, that of holes too. A pole belongs to a region that reaches its latitude,
/// and ±180° are one meridian.
///
/// # Antimeridian
///
/// A ring may be cut at it (RFC 7946 § 3.1.9), run on beyond ±180°, or jump from one side to the
/// other: an edge longer than 180° of longitude is taken to go the short way, across it. Only an
/// edge from −180 to 180 exactly, whose short way has no length, goes around the Earth.
#[derive(Clone, Debug)]
pub struct Region {
    edges: Edges,
    /// Around all polygons; x runs on beyond 180° where they cross the antimeridian.
    bounds: Rect,
    bounding_box: BoundingBox,
    reaches_north_pole: bool,
    reaches_south_pole: bool,
    jumps_antimeridian: bool,
    digest: u64,
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// What is wrong with a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingFault {
    /// Its last position is not its first.
    #[error("is not closed: its last position must repeat its first")]
    Unclosed,
    /// It has fewer than three corners.
    #[error("has fewer than three different positions")]
    TooFewPositions,
    /// A latitude is outside ±90°, and the pair would be a position the other way round.
    #[error("has latitude and longitude exchanged; GeoJSON puts longitude first")]
    AxesExchanged,
    /// A latitude is outside ±90°, or NaN.
    #[error("has a latitude outside -90 to 90")]
    LatitudeOutOfRange,
    /// A longitude is outside ±360°, or NaN.
    #[error(
        "has a longitude outside -180 to 180 (to 360 where it runs on across the antimeridian)"
    )]
    LongitudeOutOfRange,
    /// It comes back to its start from the other side of the Earth.
    #[error(
        "goes around a pole; take it along the pole's latitude, from longitude -180 to 180, too"
    )]
    AroundPole,
    /// It is wider than the Earth.
    #[error("is wider than 360 degrees of longitude")]
    TooWide,
    /// It is a hole that lies outside its polygon.
    #[error("is a hole outside the polygon's outer ring")]
    HoleOutside,
}

/// Why polygons are not a region. Says where, never which position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// There is no polygon, or one without a ring.
    #[error("has no ring")]
    Empty,
    /// There are more vertices than [`VERTICES_MAX`].
    #[error("has more than {VERTICES_MAX} positions")]
    TooManyVertices,
    /// A ring is not acceptable.
    #[error("ring {ring} of polygon {polygon} {fault}")]
    Ring {
        /// Which polygon, from 1.
        polygon: usize,
        /// Which of its rings, from 1; the first is the outer one.
        ring: usize,
        /// What is wrong with it.
        fault: RingFault,
    },
    /// Two edges of one polygon cross.
    #[error("polygon {polygon} crosses itself")]
    Crossing {
        /// Which polygon, from 1.
        polygon: usize,
    },
}

impl Region {
    /// The region inside polygons, each a list of rings, the outer one first, of longitude and
    /// latitude in degrees. Whichever way a ring runs, it means the same.
    ///
    /// # Errors
    ///
    /// [`RegionError`] says which ring is not acceptable and why.
    pub fn new(polygons: &[Vec<Vec<[f64; 2]>>]) -> Result<Self, RegionError> {
        let vertices: usize = polygons.iter().flatten().map(Vec::len).sum();
        if vertices > VERTICES_MAX {
            return Err(RegionError::TooManyVertices);
        }
        let mut all = Vec::with_capacity(vertices);
        let mut jumps_antimeridian = false;
        for (polygon, rings) in (1..).zip(polygons) {
            let first = all.len();
            let mut outer: Option<Ring> = None;
            for (number, positions) in (1..).zip(rings) {
                let at = |fault| RegionError::Ring { polygon, ring: number, fault };
                let mut ring = Ring::new(positions).map_err(at)?;
                jumps_antimeridian |= ring.jumps_antimeridian;
                match &outer {
                    None => {
                        ring.settle();
                        all.extend(ring.edges(Turn::Counterclockwise));
                        outer = Some(ring);
                    }
                    Some(outer) => {
                        ring.settle_in(outer).map_err(at)?;
                        all.extend(ring.edges(Turn::Clockwise));
                    }
                }
            }
            if outer.is_none() {
                return Err(RegionError::Empty);
            }
            let of_polygon = all.get(first..).unwrap_or_default().to_vec();
            if Edges::new(of_polygon).any_cross() {
                return Err(RegionError::Crossing { polygon });
            }
        }
        let bounds = bounds(all.iter().map(|edge| edge.from)).ok_or(RegionError::Empty)?;
        let mut hasher = DefaultHasher::new();
        for edge in &all {
            [edge.from.x, edge.from.y, edge.to.x, edge.to.y].map(f64::to_bits).hash(&mut hasher);
        }
        Ok(Self {
            edges: Edges::new(all),
            bounds,
            bounding_box: on_the_map(bounds).ok_or(RegionError::Empty)?,
            reaches_north_pole: bounds.max().y >= 90.0,
            reaches_south_pole: bounds.min().y <= -90.0,
            jumps_antimeridian,
            digest: hasher.finish(),
        })
    }

    /// Whether `position` lies in the region or on its boundary.
    ///
    /// # Cost
    ///
    /// That of looking at the edges east of it at its latitude.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        let lat_deg = position.lat_deg();
        if lat_deg.abs() >= 90.0 {
            return if lat_deg > 0.0 { self.reaches_north_pole } else { self.reaches_south_pole };
        }
        let (least, greatest) = (self.bounds.min(), self.bounds.max());
        if lat_deg < least.y || lat_deg > greatest.y {
            return false;
        }
        [0.0, TURN_DEG, -TURN_DEG]
            .into_iter()
            .map(|turn_deg| position.lon_deg() + turn_deg)
            .filter(|lon_deg| (least.x..=greatest.x).contains(lon_deg))
            .any(|lon_deg| self.edges.encircle(Coord { x: lon_deg, y: lat_deg }))
    }

    /// How much of the rectangle between these edges, `east_deg` not west of `west_deg` and both
    /// within ±540°, lies in the region. [`Coverage::Some`] where it cannot be told cheaply.
    #[must_use]
    pub fn coverage(
        &self,
        west_deg: f64,
        south_deg: f64,
        east_deg: f64,
        north_deg: f64,
    ) -> Coverage {
        if self.reaches_north_pole && north_deg > NEAR_POLE_DEG
            || self.reaches_south_pole && south_deg < -NEAR_POLE_DEG
        {
            return Coverage::Some;
        }
        let (least, greatest) = (self.bounds.min(), self.bounds.max());
        if south_deg > greatest.y || north_deg < least.y {
            return Coverage::None;
        }
        let mut most = Coverage::None;
        for turn_deg in [0.0, TURN_DEG, -TURN_DEG] {
            let (west_deg, east_deg) = (west_deg + turn_deg, east_deg + turn_deg);
            if west_deg > greatest.x || east_deg < least.x {
                continue;
            }
            let south_west = Coord { x: west_deg, y: south_deg };
            let rect = Rect::new(south_west, Coord { x: east_deg, y: north_deg });
            match self.edges.coverage(rect) {
                Coverage::None => {}
                Coverage::Some => return Coverage::Some,
                Coverage::All => most = Coverage::All,
            }
        }
        most
    }

    /// The box around the region.
    #[must_use]
    pub fn bounding_box(&self) -> BoundingBox {
        self.bounding_box
    }

    /// Whether an edge longer than 180° of longitude was taken to cross the antimeridian.
    #[must_use]
    pub fn jumps_antimeridian(&self) -> bool {
        self.jumps_antimeridian
    }

    /// Tells regions apart, for cursors.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }
}

/// The bounds as a box whose longitudes are those of the map.
fn on_the_map(bounds: Rect) -> Option<BoundingBox> {
    let (least, greatest) = (bounds.min(), bounds.max());
    let (west_deg, east_deg) = if bounds.width() >= TURN_DEG {
        (-HALF_TURN_DEG, HALF_TURN_DEG)
    } else if greatest.x > HALF_TURN_DEG {
        (least.x, greatest.x - TURN_DEG)
    } else {
        (least.x, greatest.x)
    };
    BoundingBox::from_edges(west_deg, least.y, east_deg, greatest.y).ok()
}

fn bounds(corners: impl Iterator<Item = Coord>) -> Option<Rect> {
    corners.map(|corner| Rect::new(corner, corner)).reduce(|one, other| {
        let (a, b, c, d) = (one.min(), other.min(), one.max(), other.max());
        Rect::new(
            Coord { x: a.x.min(b.x), y: a.y.min(b.y) },
            Coord { x: c.x.max(d.x), y: c.y.max(d.y) },
        )
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Clockwise,
    Counterclockwise,
}

/// A closed ring without its last position, longitudes running on instead of jumping.
struct Ring {
    corners: Vec<Coord>,
    bounds: Rect,
    jumps_antimeridian: bool,
}

impl Ring {
    fn new(positions: &[[f64; 2]]) -> Result<Self, RingFault> {
        for &[lon_deg, lat_deg] in positions {
            if lat_deg.abs() > 90.0 && lat_deg.abs() <= HALF_TURN_DEG && lon_deg.abs() <= 90.0 {
                return Err(RingFault::AxesExchanged);
            }
            if !(-90.0..=90.0).contains(&lat_deg) {
                return Err(RingFault::LatitudeOutOfRange);
            }
            if !(-TURN_DEG..=TURN_DEG).contains(&lon_deg) {
                return Err(RingFault::LongitudeOutOfRange);
            }
        }
        let (Some(first), Some(last)) = (positions.first(), positions.last()) else {
            return Err(RingFault::TooFewPositions);
        };
        if Coord::from(*first) != Coord::from(*last) || positions.len() == 1 {
            return Err(RingFault::Unclosed);
        }
        let (mut corners, mut turned_deg) = (Vec::<Coord>::with_capacity(positions.len()), 0.0);
        let mut jumps_antimeridian = false;
        let mut before_deg = first[0];
        for &[lon_deg, lat_deg] in positions {
            let step_deg = lon_deg - before_deg;
            if step_deg.abs() > HALF_TURN_DEG && step_deg.abs() < TURN_DEG {
                turned_deg -= TURN_DEG.copysign(step_deg);
                jumps_antimeridian = true;
            }
            before_deg = lon_deg;
            let corner = Coord { x: lon_deg + turned_deg, y: lat_deg };
            if corners.last() != Some(&corner) {
                corners.push(corner);
            }
        }
        let bounds = bounds(corners.iter().copied()).ok_or(RingFault::TooFewPositions)?;
        if turned_deg.abs() > 0.0 {
            return Err(RingFault::AroundPole);
        }
        if bounds.width() > TURN_DEG {
            return Err(RingFault::TooWide);
        }
        corners.pop();
        let second = corners.iter().find(|corner| Some(*corner) != corners.first());
        let is_third =
            |corner: &&Coord| Some(*corner) != corners.first() && Some(*corner) != second;
        if !corners.iter().any(|corner| is_third(&corner)) {
            return Err(RingFault::TooFewPositions);
        }
        Ok(Self { corners, bounds, jumps_antimeridian })
    }

    fn turn(&mut self, by_deg: f64) {
        for corner in &mut self.corners {
            corner.x += by_deg;
        }
        let (mut least, mut greatest) = (self.bounds.min(), self.bounds.max());
        (least.x, greatest.x) = (least.x + by_deg, greatest.x + by_deg);
        self.bounds = Rect::new(least, greatest);
    }

    /// Turns the ring so that its western end is a longitude of the map.
    fn settle(&mut self) {
        if self.bounds.min().x < -HALF_TURN_DEG {
            self.turn(TURN_DEG);
        } else if self.bounds.min().x >= HALF_TURN_DEG {
            self.turn(-TURN_DEG);
        }
    }

    /// Turns a hole to where its polygon's outer ring was turned.
    fn settle_in(&mut self, outer: &Self) -> Result<(), RingFault> {
        let fits = |turn_deg: f64| {
            let (west, east) = (self.bounds.min().x + turn_deg, self.bounds.max().x + turn_deg);
            west >= outer.bounds.min().x && east <= outer.bounds.max().x
        };
        let turns = [0.0, TURN_DEG, -TURN_DEG];
        let turn_deg = turns.into_iter().find(|&turn| fits(turn)).ok_or(RingFault::HoleOutside)?;
        if turn_deg.abs() > 0.0 {
            self.turn(turn_deg);
        }
        // Rings that do not cross lie inside each other with all their corners or with none; a
        // corner that touches tells nothing, but is inside too.
        let around = Edges::new(outer.edges(Turn::Counterclockwise).collect());
        if self.corners.iter().all(|&corner| around.encircle(corner)) {
            Ok(())
        } else {
            Err(RingFault::HoleOutside)
        }
    }

    /// The edges, running the way asked for.
    fn edges(&self, turn: Turn) -> impl Iterator<Item = Edge> {
        let next = self.corners.iter().cycle().skip(1);
        let pairs = self.corners.iter().zip(next);
        let area2: f64 = pairs.clone().map(|(a, b)| a.x * b.y - b.x * a.y).sum();
        let runs = if area2 < 0.0 { Turn::Clockwise } else { Turn::Counterclockwise };
        pairs.map(
            move |(&a, &b)| {
                if runs == turn { Edge { from: a, to: b } } else { Edge { from: b, to: a } }
            },
        )
    }
}
