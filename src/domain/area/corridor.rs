//! A strip along a line over the ground.

use std::hash::{DefaultHasher, Hash, Hasher};

use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::{SpaceBox, VERTICES_MAX};
use crate::domain::distance::{Ecef, Metres, estimate_distance_m};
use crate::domain::position::Position;

/// Widest corridor: how far from its line a place may be, in metres.
pub const LINE_BUFFER_MAX_M: f64 = 100_000.0;

/// Longest line, in metres: more than once around the Earth.
pub const LINE_LENGTH_MAX_M: f64 = 50_000_000.0;

/// Longest leg between two vertices. Two places nearly opposite each other are joined by geodesics
/// in every direction.
const LEG_LENGTH_MAX_M: f64 = 19_900_000.0;

/// Longest piece a leg is cut into. A cubic through both ends and both directions stays within 4 µm
/// of a geodesic of this length.
const PIECE_LENGTH_MAX_M: f64 = 25_000.0;

/// How far a piece may bulge beyond the box of its ends, c²/8r, and some.
const BULGE_MAX_M: f64 = 13.0;

/// Distances from the line that differ by less are taken for equal, and the place counts where the
/// line comes by first.
const SAME_DISTANCE_M: f64 = 1e-3;

/// The places within a distance of a line whose legs are the geodesics between its vertices.
///
/// # Accuracy
///
/// Distances from the line are within 1 mm of GeographicLib's; positions along it within 5 cm, or at
/// another place of the line that is as near. `tests/properties/shapes.rs` holds both.
#[derive(Clone, Debug)]
pub struct Corridor {
    buffer: Metres,
    length: Metres,
    pieces: RTree<Piece>,
    stretches: Vec<Stretch>,
    digest: u64,
}

impl PartialEq for Corridor {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

/// Why vertices are no line to go along. Says where, never which position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorridorError {
    /// There are fewer than two vertices.
    #[error("has fewer than two positions")]
    TooFewVertices,
    /// There are more vertices than [`VERTICES_MAX`].
    #[error("has more than {VERTICES_MAX} positions")]
    TooManyVertices,
    /// Two vertices in a row are opposite each other.
    #[error(
        "has a leg from position {vertex} to the other side of the Earth, with no one shortest way; put a position between"
    )]
    OppositeVertices {
        /// Where the leg starts, from 1.
        vertex: usize,
    },
    /// The line is longer than [`LINE_LENGTH_MAX_M`].
    #[error("is longer than 50,000 km")]
    TooLong,
}

/// Where a place is as seen from a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnLine {
    /// How far along the line its nearest point is.
    pub along: Metres,
    /// How far from the line the place is.
    pub distance: Metres,
}

/// A part of a corridor that a search can look at by itself. Parts come in the order of the line.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Holds every point of the surface whose nearest point of the line is in this part, and that
    /// is no farther from it than the corridor is wide.
    pub space: SpaceBox,
    /// Where along the line the part ends.
    pub end_m: f64,
}

/// A short piece of a geodesic.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where along the line it starts.
    start_m: f64,
    length_m: f64,
    ends: [Ecef; 2],
    /// Unit vectors along the line at both ends.
    directions: [[f64; 3]; 2],
}

impl Corridor {
    /// The corridor along a line through `vertices`, `buffer` wide on either side; at most
    /// [`LINE_BUFFER_MAX_M`], to which a greater one is reduced. Vertices that all are one place
    /// make a circle.
    ///
    /// # Errors
    ///
    /// [`CorridorError`] when there is no such line.
    ///
    /// # Cost
    ///
    /// In proportion to the vertices and to every 25 km of length.
    pub fn new(vertices: &[Position], buffer: Metres) -> Result<Self, CorridorError> {
        if vertices.len() < 2 {
            return Err(CorridorError::TooFewVertices);
        }
        if vertices.len() > VERTICES_MAX {
            return Err(CorridorError::TooManyVertices);
        }
        let buffer = Metres::new(LINE_BUFFER_MAX_M).map_or(buffer, |most| most.min(buffer));
        let geodesic = Geodesic::wgs84();
        let mut pieces: Vec<Piece> = Vec::with_capacity(vertices.len());
        let mut length_m = 0.0;
        for (vertex, legs) in (1..).zip(vertices.windows(2)) {
            let [from, to] = *legs else { continue };
            length_m += add_leg(&geodesic, from, to, length_m, &mut pieces)
                .ok_or(CorridorError::OppositeVertices { vertex })?;
            if length_m > LINE_LENGTH_MAX_M {
                return Err(CorridorError::TooLong);
            }
        }
        let mut hasher = DefaultHasher::new();
        buffer.get().to_bits().hash(&mut hasher);
        for vertex in vertices {
            (vertex.lat_deg().to_bits(), vertex.lon_deg().to_bits()).hash(&mut hasher);
        }
        Ok(Self {
            buffer,
            length: Metres::new(length_m).unwrap_or_default(),
            stretches: stretches(&pieces, buffer.get()),
            pieces: RTree::bulk_load(pieces),
            digest: hasher.finish(),
        })
    }

    /// How far from the line a place may be.
    #[must_use]
    pub fn buffer(&self) -> Metres {
        self.buffer
    }

    /// Length of the line.
    #[must_use]
    pub fn length(&self) -> Metres {
        self.length
    }

    /// The corridor part by part, in the order of the line.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Where a point of the surface is as seen from the line; `None` when it lies outside the
    /// corridor. Of several points of the line equally near, the first counts.
    ///
    /// # Cost
    ///
    /// About a microsecond.
    #[must_use]
    pub fn locate(&self, point: Ecef) -> Option<OnLine> {
        let mut least_m = f64::INFINITY;
        let mut first: Option<(f64, f64)> = None;
        let place = [point.x_m, point.y_m, point.z_m];
        for (piece, bound2_m2) in self.pieces.nearest_neighbor_iter_with_distance_2(place) {
            // A chord is no longer than the way over the ground.
            let bound_m = (bound2_m2.sqrt() - BULGE_MAX_M).max(0.0);
            if bound_m > least_m.min(self.buffer.get()) + SAME_DISTANCE_M {
                break;
            }
            let (along_m, distance_m) = piece.locate(point);
            least_m = least_m.min(distance_m);
            let is_near = distance_m <= least_m + SAME_DISTANCE_M;
            let is_better = first.is_none_or(|(first_m, at_m)| {
                at_m > least_m + SAME_DISTANCE_M || (is_near && along_m < first_m)
            });
            if is_better {
                first = Some((along_m, distance_m));
            }
        }
        let (along_m, _) = first?;
        let (along, distance) = (Metres::new(along_m)?, Metres::new(least_m)?);
        (distance <= self.buffer).then_some(OnLine { along, distance })
    }

    /// Tells corridors apart, for cursors.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }
}

/// Adds the pieces of one leg, which starts so far along the line, and returns its length; `None`
/// when its ends are opposite each other.
fn add_leg(
    geodesic: &Geodesic,
    from: Position,
    to: Position,
    start_m: f64,
    pieces: &mut Vec<Piece>,
) -> Option<f64> {
    let (length_m, from_azimuth_deg, to_azimuth_deg, _arc): (f64, f64, f64, f64) =
        geodesic.inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg());
    if length_m > LEG_LENGTH_MAX_M {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 796")]
    let count = (length_m / PIECE_LENGTH_MAX_M).ceil().max(1.0) as u32;
    let piece_m = length_m / f64::from(count);
    let mut end = (Ecef::from(from), direction(from, from_azimuth_deg));
    for number in 1..=count {
        let start = end;
        end = if number == count {
            (Ecef::from(to), direction(to, to_azimuth_deg))
        } else {
            let (lat_deg, lon_deg, azimuth_deg): (f64, f64, f64) = geodesic.direct(
                from.lat_deg(),
                from.lon_deg(),
                from_azimuth_deg,
                piece_m * f64::from(number),
            );
            let position = Position::from_lat_lon(lat_deg, lon_deg.clamp(-180.0, 180.0)).ok()?;
            (Ecef::from(position), direction(position, azimuth_deg))
        };
        pieces.push(Piece {
            start_m: start_m + piece_m * f64::from(number - 1),
            length_m: piece_m,
            ends: [start.0, end.0],
            directions: [start.1, end.1],
        });
    }
    Some(length_m)
}

/// The unit vector at a position in a direction.
fn direction(position: Position, azimuth_deg: f64) -> [f64; 3] {
    let (sin_lat, cos_lat) = position.lat_deg().to_radians().sin_cos();
    let (sin_lon, cos_lon) = position.lon_deg().to_radians().sin_cos();
    let (east, north) = azimuth_deg.to_radians().sin_cos();
    [
        -sin_lon * east - sin_lat * cos_lon * north,
        cos_lon * east - sin_lat * sin_lon * north,
        cos_lat * north,
    ]
}

/// Pieces gathered into stretches about as long as the corridor is wide, so that a winding line
/// does not ask for one neighbourhood a thousand times.
fn stretches(pieces: &[Piece], buffer_m: f64) -> Vec<Stretch> {
    let longest_m = PIECE_LENGTH_MAX_M.max(buffer_m);
    let mut gathered: Vec<Stretch> = Vec::new();
    for piece in pieces {
        let [start, end] = piece.ends.map(SpaceBox::of);
        let space = start.around(end);
        let end_m = piece.start_m + piece.length_m;
        match gathered.last_mut() {
            Some(last) if last.space.around(space).longest_side_m() <= longest_m => {
                *last = Stretch { space: last.space.around(space), end_m };
            }
            _ => gathered.push(Stretch { space, end_m }),
        }
    }
    for stretch in &mut gathered {
        stretch.space = stretch.space.widened(buffer_m + BULGE_MAX_M);
    }
    gathered
}

impl Piece {
    /// Point and direction on the piece, `along_m` from its start: the cubic through both ends.
    fn at(&self, along_m: f64) -> ([f64; 3], [f64; 3]) {
        let [start, end] = self.ends.map(|end| [end.x_m, end.y_m, end.z_m]);
        let [leaving, arriving] = self.directions;
        if self.length_m <= 0.0 {
            return (start, leaving);
        }
        let t = along_m / self.length_m;
        let (t2, t3) = (t * t, t * t * t);
        let weights = [2.0 * t3 - 3.0 * t2 + 1.0, t3 - 2.0 * t2 + t, 3.0 * t2 - 2.0 * t3, t3 - t2];
        let slopes = [6.0 * (t2 - t), 3.0 * t2 - 4.0 * t + 1.0, 6.0 * (t - t2), 3.0 * t2 - 2.0 * t];
        let mix = |[a, b, c, d]: [f64; 4], axis: usize| {
            a * start[axis]
                + c * end[axis]
                + self.length_m * (b * leaving[axis] + d * arriving[axis])
        };
        let point = std::array::from_fn(|axis| mix(weights, axis));
        let slope = std::array::from_fn(|axis| mix(slopes, axis) / self.length_m);
        (point, slope)
    }

    /// The position along the line of the piece's point nearest to `point`, and its distance.
    ///
    /// There the line is at right angles to the chord to `point`: along the ellipsoid but for the
    /// difference between normal section and geodesic, 0.3 mm at 25 km and growing with the third
    /// power of the distance. Newton's step leaves a share of d²/2R² of the error, 1/8000 at 100 km.
    fn locate(&self, point: Ecef) -> (f64, f64) {
        const STEPS: u32 = 4;
        let mut along_m = 0.5 * self.length_m;
        for _ in 0..STEPS {
            let ([x_m, y_m, z_m], [x, y, z]) = self.at(along_m);
            let step_m = (point.x_m - x_m) * x + (point.y_m - y_m) * y + (point.z_m - z_m) * z;
            let before_m = along_m;
            along_m = (along_m + step_m).clamp(0.0, self.length_m);
            if (along_m - before_m).abs() < 1e-6 {
                break;
            }
        }
        let ([x_m, y_m, z_m], _) = self.at(along_m);
        let distance_m = estimate_distance_m(Ecef { x_m, y_m, z_m }, point);
        (self.start_m + along_m, distance_m.unwrap_or(f64::INFINITY))
    }
}

impl RTreeObject for Piece {
    type Envelope = AABB<[f64; 3]>;

    fn envelope(&self) -> Self::Envelope {
        let [start, end] = self.ends.map(|end| [end.x_m, end.y_m, end.z_m]);
        AABB::from_corners(start, end)
    }
}

impl PointDistance for Piece {
    fn distance_2(&self, point: &[f64; 3]) -> f64 {
        self.envelope().distance_2(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat_deg: f64, lon_deg: f64) -> Position {
        Position::from_lat_lon(lat_deg, lon_deg).unwrap()
    }

    fn metres(metres: f64) -> Metres {
        Metres::new(metres).unwrap()
    }

    #[test]
    fn the_cubic_stays_on_the_geodesic() {
        let geodesic = Geodesic::wgs84();
        for (from, azimuth_deg) in
            [(at(0.0, 179.9), 33.0), (at(60.0, 5.0), 91.0), (at(89.95, 0.0), 20.0)]
        {
            let (lat_deg, lon_deg): (f64, f64) =
                geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, 24_999.0);
            let mut pieces = Vec::new();
            let to = at(lat_deg, lon_deg);
            let length_m = add_leg(&geodesic, from, to, 0.0, &mut pieces).unwrap();
            assert!((length_m - 24_999.0).abs() < 1e-6 && pieces.len() == 1);
            for step in 0..=10 {
                let along_m = length_m * f64::from(step) / 10.0;
                let (lat_deg, lon_deg): (f64, f64) =
                    geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, along_m);
                let ([x_m, y_m, z_m], _) = pieces[0].at(along_m);
                let off_m = Ecef { x_m, y_m, z_m }.chord2_m2(at(lat_deg, lon_deg).into()).sqrt();
                assert!(off_m < 5e-6, "{off_m} m off at {along_m} m from {from}");
            }
        }
    }

    #[test]
    fn what_is_no_line_is_refused() {
        let here = at(1.0, 2.0);
        for (vertices, error) in [
            (vec![], CorridorError::TooFewVertices),
            (vec![here], CorridorError::TooFewVertices),
            (vec![here; VERTICES_MAX + 1], CorridorError::TooManyVertices),
            (vec![here, here, at(-1.0, -178.0)], CorridorError::OppositeVertices { vertex: 2 }),
            ([at(0.0, 0.0), at(0.0, 120.0), at(0.0, -120.0)].repeat(2), CorridorError::TooLong),
        ] {
            assert_eq!(Corridor::new(&vertices, metres(5.0)).unwrap_err(), error);
        }
    }

    #[test]
    fn of_a_line_that_comes_by_twice_the_first_time_counts() {
        let line = [at(0.0, 10.0), at(0.0, 10.1), at(0.0, 10.0), at(0.0, 10.1)];
        let corridor = Corridor::new(&line, metres(100.0)).unwrap();
        let on_line = corridor.locate(at(0.0005, 10.025).into()).unwrap();
        assert!((on_line.along.get() - 0.25 * corridor.length().get() / 3.0).abs() < 1e-3);
        assert!((on_line.distance.get() - 55.29).abs() < 0.01, "{on_line:?}");
        assert_eq!(corridor.locate(at(0.001, 10.025).into()), None);
    }
}
