//! Regions and corridors against brute force: every row judged by the `geo` crate's own predicates,
//! or measured with GeographicLib along the whole line.

use std::fmt::Write as _;

use geo::{Coord, Intersects as _, LineString, Point, Polygon};
use geographiclib_rs::{DirectGeodesic as _, Geodesic, InverseGeodesic as _};
use jiff::Timestamp;
use nearest_atm::domain::{
    AlongQuery, AtmFilter, Attribute, Beside, Condition, Corridor, Metres, Position, Region, Row,
    UnknownPolicy, WithinQuery,
};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::publication::View;
use nearest_atm::service::{along, within};
use nearest_atm::snapshot::Snapshot;

use crate::draw::{Draw, anywhere, at, near};

/// A ring as GeoJSON has it.
type Ring = Vec<[f64; 2]>;

fn view(snapshot: &Snapshot) -> View<'_> {
    View::of(snapshot, Timestamp::UNIX_EPOCH)
}

/// ATMs at these positions, but those ingest finds no country for; every third takes cash, of
/// another third it is not known.
fn snapshot_of(positions: &[Position]) -> Snapshot {
    let mut text = String::from("id,lat,lon,cash_in\n");
    for (number, position) in positions.iter().enumerate() {
        let cash_in = ["yes", "no", ""][number % 3];
        let (lat, lon) = (position.lat_deg(), position.lon_deg());
        writeln!(text, "{number},{lat},{lon},{cash_in}").unwrap();
    }
    let source = SourceFiles {
        name: "estate".to_owned(),
        inputs: vec![Input::memory("estate.csv", text.as_bytes())],
        options: ReadOptions::default(),
        found_in_directory: false,
    };
    let snapshot = Snapshot::ingest(&[source], &mut |_| {}).unwrap();
    assert!(snapshot.len() * 2 > positions.len(), "{:?}", snapshot.report());
    snapshot
}

/// A ring like a star around a centre, longitudes running on; each arm `reach` of its radius.
fn star(draw: &mut Draw, centre: Position, radius_deg: f64, corners: usize) -> Ring {
    let mut ring: Ring = (0..corners)
        .map(|corner| {
            #[expect(clippy::cast_precision_loss, reason = "few corners")]
            let turn = std::f64::consts::TAU * corner as f64 / corners as f64;
            let reach = radius_deg * draw.between(0.55, 1.0);
            let lat_deg = (centre.lat_deg() + reach * turn.sin()).clamp(-89.9, 89.9);
            [centre.lon_deg() + reach * turn.cos(), lat_deg]
        })
        .collect();
    ring.push(ring[0]);
    ring
}

/// The same ring jumping from one side of the map to the other.
fn wrapped(ring: &Ring) -> Ring {
    let wrap = |lon_deg: f64| {
        if lon_deg > 180.0 {
            lon_deg - 360.0
        } else if lon_deg < -180.0 {
            lon_deg + 360.0
        } else {
            lon_deg
        }
    };
    ring.iter().map(|&[lon_deg, lat_deg]| [wrap(lon_deg), lat_deg]).collect()
}

/// Whether a position lies in rings whose longitudes run on, by geo's predicate on the plane.
fn covers(polygons: &[Vec<Ring>], position: Position) -> bool {
    let line = |ring: &Ring| LineString::new(ring.iter().map(|&[x, y]| Coord { x, y }).collect());
    polygons.iter().any(|rings| {
        let polygon = Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect());
        [-360.0, 0.0, 360.0].iter().any(|turn_deg| {
            polygon.intersects(&Point::new(position.lon_deg() + turn_deg, position.lat_deg()))
        })
    })
}

fn all_within(snapshot: &Snapshot, region: &Region, filter: &AtmFilter, limit: usize) -> Vec<Row> {
    let (area, filter) = (region.clone().into(), filter.clone());
    let mut query = WithinQuery { area, limit, filter, from_row: 0 };
    let mut rows = Vec::new();
    loop {
        let page = within(view(snapshot), &query);
        assert!(page.rows.len() <= limit);
        rows.extend(page.rows);
        match page.next_row {
            Some(next) => query.from_row = next.0,
            None => return rows,
        }
    }
}

fn cash_in(unknown: UnknownPolicy) -> AtmFilter {
    let conditions = vec![Condition::Has(Attribute::CashIn)];
    AtmFilter { conditions, unknown, ..AtmFilter::default() }
}

fn rows_where(snapshot: &Snapshot, holds: impl Fn(Row) -> bool) -> Vec<Row> {
    let mut rows: Vec<Row> = snapshot.rows_by_id().iter().copied().filter(|&r| holds(r)).collect();
    rows.sort_unstable();
    rows
}

/// Positions over the globe, many of them around the antimeridian, some on it and at the poles.
fn globe(draw: &mut Draw) -> Vec<Position> {
    let mut positions: Vec<Position> = (0..2_500).map(|_| anywhere(draw)).collect();
    for count in 0..600 {
        let lon_deg = draw.between(170.0, 180.0);
        positions
            .push(at(draw.between(-70.0, 89.0), if count % 2 == 0 { lon_deg } else { -lon_deg }));
    }
    positions.extend([at(90.0, 12.0), at(-90.0, -77.0), at(10.0, 180.0), at(11.0, -180.0)]);
    positions
}

#[test]
fn a_region_holds_what_geo_says_its_polygons_cover() {
    let mut draw = Draw(41);
    let snapshot = snapshot_of(&globe(&mut draw));
    let mut matched = 0;
    for round in 0..160 {
        let mut polygons: Vec<Vec<Ring>> = Vec::new();
        for _ in 0..=draw.below(3) {
            let somewhere = anywhere(&mut draw);
            let lon_deg =
                if round % 2 == 0 { somewhere.lon_deg() } else { draw.between(172.0, 180.0) };
            let centre = at(somewhere.lat_deg() * 0.8, lon_deg);
            let radius_deg = [0.7, 8.0, 25.0, 55.0][draw.below(4)];
            let corners = 3 + draw.below(30);
            let mut rings = vec![star(&mut draw, centre, radius_deg, corners)];
            if corners > 7 && draw.below(2) == 0 {
                let corners = 3 + draw.below(9);
                rings.push(star(&mut draw, centre, radius_deg * 0.4, corners));
            }
            if draw.below(2) == 0 {
                for ring in &mut rings {
                    ring.reverse();
                }
            }
            polygons.push(rings);
        }
        let truth = |row| covers(&polygons, snapshot.position(row));
        let jumping: Vec<Vec<Ring>> =
            polygons.iter().map(|rings| rings.iter().map(wrapped).collect()).collect();
        for given in [&polygons, &jumping] {
            let region = match Region::new(given) {
                Ok(region) => region,
                Err(error) => panic!("round {round}: {error}: {given:?}"),
            };
            let everything = all_within(&snapshot, &region, &AtmFilter::default(), 97);
            // A jump changes the last bits of a longitude; no row stands that near to an edge.
            assert_eq!(everything, rows_where(&snapshot, truth), "round {round}: {given:?}");
            matched += everything.len();
            let filter = cash_in(UnknownPolicy::Include);
            let filtered = all_within(&snapshot, &region, &filter, 1000);
            let passes =
                |row| truth(row) && filter.admits(&snapshot.atm(row), snapshot.country(row));
            assert_eq!(filtered, rows_where(&snapshot, passes), "round {round}");
        }
    }
    assert!(matched > 20_000, "{matched}");
}

#[test]
fn a_region_cut_at_the_antimeridian_is_the_region_that_crosses_it() {
    let mut draw = Draw(43);
    let snapshot = snapshot_of(&globe(&mut draw));
    let rectangle = |west: f64, east: f64| -> Vec<Ring> {
        vec![vec![[west, -40.0], [east, -40.0], [east, 50.0], [west, 50.0], [west, -40.0]]]
    };
    let rows = |polygons: &[Vec<Ring>]| {
        let region = Region::new(polygons).unwrap();
        all_within(&snapshot, &region, &AtmFilter::default(), 1000)
    };
    let cut = rows(&[rectangle(171.0, 180.0), rectangle(-180.0, -172.5)]);
    assert!(cut.len() > 50, "{}", cut.len());
    assert_eq!(cut, rows(&[rectangle(171.0, 187.5)]));
    assert_eq!(cut, rows(&[rectangle(-189.0, -172.5)]));
    assert_eq!(cut, rows(&[vec![wrapped(&rectangle(171.0, 187.5)[0])]]));
    let region = Region::new(&[rectangle(171.0, 187.5)]).unwrap();
    let bbox = region.bounding_box();
    assert!(bbox.crosses_antimeridian() && (bbox.east_deg() + 172.5).abs() < 1e-9, "{bbox:?}");
}

#[test]
fn a_region_along_a_poles_latitude_holds_the_pole_under_every_longitude() {
    let mut draw = Draw(47);
    let snapshot = snapshot_of(&globe(&mut draw));
    let cap = |west: f64, east: f64, south: f64, north: f64| -> Vec<Vec<Ring>> {
        vec![vec![vec![[west, south], [east, south], [east, north], [west, north], [west, south]]]]
    };
    for (polygons, south, north) in [
        (cap(-180.0, 180.0, 60.0, 90.0), 60.0, 90.0),
        (cap(-180.0, 180.0, -90.0, -65.0), -90.0, -65.0),
        (cap(-180.0, 180.0, -90.0, 90.0), -90.0, 90.0),
    ] {
        let region = Region::new(&polygons).unwrap();
        let found = all_within(&snapshot, &region, &AtmFilter::default(), 1000);
        let truth = |row| (south..=north).contains(&snapshot.position(row).lat_deg());
        assert_eq!(found, rows_where(&snapshot, truth));
    }
    let narrow = Region::new(&cap(30.0, 31.0, 80.0, 90.0)).unwrap();
    let found = all_within(&snapshot, &narrow, &AtmFilter::default(), 1000);
    assert!(found.iter().any(|&row| snapshot.position(row) == at(90.0, 12.0)), "{found:?}");
}

#[test]
fn the_boundary_of_a_region_belongs_to_it_that_of_holes_too() {
    // Degrees east of -100 and north of 36, in the middle of a country.
    let ring = |corners: [[f64; 2]; 5]| corners.map(|[x, y]| [x - 100.0, y + 36.0]).to_vec();
    let there = |north: f64, east: f64| at(north + 36.0, east - 100.0);
    let outer = ring([[0.0, 0.0], [8.0, 0.0], [8.0, 8.0], [0.0, 8.0], [0.0, 0.0]]);
    let hole = ring([[2.0, 2.0], [2.0, 6.0], [6.0, 6.0], [6.0, 2.0], [2.0, 2.0]]);
    let places = [
        (there(0.0, 3.0), true),
        (there(8.0, 8.0), true),
        (there(4.0, 8.0), true),
        (there(2.0, 3.0), true),
        (there(6.0, 6.0), true),
        (there(4.0, 4.0), false),
        (there(1.0, 1.0), true),
        (there(4.0, 8.000_001), false),
        (there(-0.000_001, 4.0), false),
    ];
    let snapshot = snapshot_of(&places.map(|(position, _)| position));
    assert_eq!(snapshot.len(), places.len());
    let region = Region::new(&[vec![outer, hole]]).unwrap();
    let found = all_within(&snapshot, &region, &AtmFilter::default(), 1000);
    let expected = |row| places.contains(&(snapshot.position(row), true));
    assert_eq!(found, rows_where(&snapshot, expected));
}

#[test]
fn a_region_visits_few_nodes_beside_its_rows_and_its_boundary() {
    let mut draw = Draw(53);
    let positions: Vec<Position> = (0..60_000).map(|_| anywhere(&mut draw)).collect();
    let snapshot = snapshot_of(&positions);
    for _ in 0..20 {
        // A strip from corner to corner: its bounding box is a quarter of the globe.
        let west = draw.between(-180.0, 80.0);
        let strip = vec![vec![
            [west, -60.0],
            [west + 0.5, -60.0],
            [west + 90.5, 60.0],
            [west + 90.0, 60.0],
            [west, -60.0],
        ]];
        let region = Region::new(&[strip]).unwrap();
        let query = WithinQuery {
            area: region.into(),
            limit: 1000,
            filter: AtmFilter::default(),
            from_row: 0,
        };
        let answer = within(view(&snapshot), &query);
        assert!(answer.next_row.is_none() && answer.rows.len() > 20);
        assert!(answer.work.nodes_visited < 900, "{:?}", answer.work);
        assert!(answer.work.atms_tested < 8_000, "{:?}", answer.work);
    }
}

/// How far a position is from a leg and where along it, by trying places along the leg and then
/// narrowing down around the best.
fn measured(geodesic: &Geodesic, from: Position, to: Position, place: Position) -> (f64, f64) {
    const TRIES: u32 = 64;
    let (length_m, azimuth_deg, _, _): (f64, f64, f64, f64) =
        geodesic.inverse(from.lat_deg(), from.lon_deg(), to.lat_deg(), to.lon_deg());
    let distance_m = |along_m: f64| -> f64 {
        let (lat_deg, lon_deg): (f64, f64) =
            geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, along_m);
        geodesic.inverse(lat_deg, lon_deg, place.lat_deg(), place.lon_deg())
    };
    let step_m = length_m / f64::from(TRIES);
    let best = (0..=TRIES)
        .min_by(|&a, &b| {
            distance_m(f64::from(a) * step_m).total_cmp(&distance_m(f64::from(b) * step_m))
        })
        .unwrap();
    let mut low_m = (f64::from(best) - 1.0).max(0.0) * step_m;
    let mut high_m = (f64::from(best) + 1.0).min(f64::from(TRIES)) * step_m;
    while high_m - low_m > 1e-3 {
        let third_m = (high_m - low_m) / 3.0;
        if distance_m(low_m + third_m) < distance_m(high_m - third_m) {
            high_m -= third_m;
        } else {
            low_m += third_m;
        }
    }
    let along_m = 0.5 * (low_m + high_m);
    [0.0, along_m, length_m]
        .map(|along_m| (distance_m(along_m), along_m))
        .into_iter()
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap()
}

fn all_along(snapshot: &Snapshot, query: &AlongQuery) -> Vec<Beside> {
    let mut query = query.clone();
    let mut found = Vec::new();
    loop {
        let page = along(view(snapshot), &query);
        assert!(page.found.len() <= query.limit);
        found.extend(page.found);
        match page.next_row {
            Some(row) => query.from = Some(row),
            None => return found,
        }
    }
}

#[test]
fn a_corridor_holds_what_is_near_its_line_in_the_order_of_the_line() {
    let geodesic = Geodesic::wgs84();
    let mut draw = Draw(59);
    let mut matched = 0;
    let lines: Vec<Vec<Position>> = vec![
        vec![at(60.17, 24.94), at(60.2, 25.1), at(60.1, 25.3)],
        // Across the antimeridian, over both poles, along the equator.
        vec![at(-17.0, 177.5), at(-16.5, -178.0), at(-18.0, -179.9)],
        vec![at(88.5, 10.0), at(88.0, -160.0)],
        vec![at(-89.0, 0.0), at(-90.0, 77.0), at(-89.5, 120.0)],
        vec![at(0.0, -179.0), at(0.0, 179.0)],
        // There and back, a sharp turn, a single place.
        vec![at(48.0, 2.0), at(48.3, 2.6), at(48.0, 2.0)],
        vec![at(10.0, 10.0), at(10.5, 10.0), at(10.0, 10.02)],
        vec![at(35.0, 139.0), at(35.0, 139.0)],
        vec![at(90.0, 0.0), at(90.0, 50.0)],
        // Long legs, far from any parallel.
        vec![at(40.7, -74.0), at(51.5, -0.1), at(35.7, 139.7)],
    ];
    for (number, line) in lines.iter().enumerate() {
        for buffer_m in [300.0, 9_000.0, 100_000.0] {
            let buffer = Metres::new(buffer_m).unwrap();
            let corridor = Corridor::new(line, buffer).unwrap();
            let spread_deg = buffer_m / 60_000.0;
            let positions: Vec<Position> = (0..150)
                .map(|_| {
                    let leg = draw.below(line.len() - 1);
                    let (from, to) = (line[leg], line[leg + 1]);
                    let (length_m, azimuth_deg, _, _): (f64, f64, f64, f64) = geodesic.inverse(
                        from.lat_deg(),
                        from.lon_deg(),
                        to.lat_deg(),
                        to.lon_deg(),
                    );
                    let along_m = length_m * draw.between(-0.1, 1.1);
                    let (lat_deg, lon_deg): (f64, f64) =
                        geodesic.direct(from.lat_deg(), from.lon_deg(), azimuth_deg, along_m);
                    near(&mut draw, at(lat_deg, lon_deg), spread_deg)
                })
                .collect();
            let snapshot = snapshot_of(&positions);
            for filter in [AtmFilter::default(), cash_in(UnknownPolicy::Exclude)] {
                let query =
                    AlongQuery { corridor: corridor.clone(), limit: 13, filter, from: None };
                let found = all_along(&snapshot, &query);
                let whole = along(view(&snapshot), &AlongQuery { limit: 1000, ..query.clone() });
                assert_eq!(found, whole.found, "line {number}: pages");
                assert!(found.is_sorted_by_key(|beside| beside.on_line.along));
                for &row in snapshot.rows_by_id() {
                    let place = snapshot.position(row);
                    let passes = query.filter.admits(&snapshot.atm(row), snapshot.country(row));
                    let (truth_m, along_m) = truth(&geodesic, line, place);
                    let hit = found.iter().find(|beside| beside.row == row);
                    let why = format!("line {number}, {buffer_m} m, {place}: {truth_m} m, {hit:?}");
                    if (truth_m - buffer_m).abs() > 2e-3 || !passes {
                        assert_eq!(hit.is_some(), passes && truth_m <= buffer_m, "{why}");
                    }
                    let Some(hit) = hit else { continue };
                    matched += 1;
                    assert!((hit.on_line.distance.get() - truth_m).abs() <= 1e-3, "{why}");
                    // The place along the line is the true one, or one as near as that.
                    let off_m = (hit.on_line.along.get() - along_m).abs();
                    let there_m = distance_at(&geodesic, line, hit.on_line.along.get(), place);
                    assert!(off_m <= 0.05 || there_m - truth_m <= 2e-3, "{why}: {off_m} m off");
                }
            }
        }
    }
    assert!(matched > 1_500, "{matched}");
}

/// The least distance from a line, and the first place along it where it is that.
fn truth(geodesic: &Geodesic, line: &[Position], place: Position) -> (f64, f64) {
    let mut before_m = 0.0;
    let mut best = (f64::INFINITY, 0.0);
    for leg in line.windows(2) {
        let (distance_m, along_m) = measured(geodesic, leg[0], leg[1], place);
        if distance_m < best.0 - 1e-3 {
            best = (distance_m, before_m + along_m);
        }
        best.0 = best.0.min(distance_m);
        let length_m: f64 = geodesic.inverse(
            leg[0].lat_deg(),
            leg[0].lon_deg(),
            leg[1].lat_deg(),
            leg[1].lon_deg(),
        );
        before_m += length_m;
    }
    best
}

/// How far a place is from the point so far along a line.
fn distance_at(geodesic: &Geodesic, line: &[Position], along_m: f64, place: Position) -> f64 {
    let mut rest_m = along_m;
    for (number, leg) in line.windows(2).enumerate() {
        let (length_m, azimuth_deg, _, _): (f64, f64, f64, f64) = geodesic.inverse(
            leg[0].lat_deg(),
            leg[0].lon_deg(),
            leg[1].lat_deg(),
            leg[1].lon_deg(),
        );
        if rest_m <= length_m || number + 2 == line.len() {
            let (lat_deg, lon_deg): (f64, f64) =
                geodesic.direct(leg[0].lat_deg(), leg[0].lon_deg(), azimuth_deg, rest_m);
            return geodesic.inverse(lat_deg, lon_deg, place.lat_deg(), place.lon_deg());
        }
        rest_m -= length_m;
    }
    f64::INFINITY
}
