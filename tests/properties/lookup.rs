//! Lookups over snapshots against brute force: every ATM judged by the filter's own definition,
//! measured with GeographicLib's method, sorted by distance and id.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use nearest_atm::domain::{
    AtmFilter, Attribute, BoundingBox, Condition, Group, LocationType, Metres, Name, NamedField,
    NearestQuery, Position, Row, SiteIndex, UnknownPolicy, WithinQuery, geodesic_distance,
};
use nearest_atm::export::{self, ExportFormat};
use nearest_atm::ingest::transports::locate;
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::publication::View;
use nearest_atm::service::{nearest, within};
use nearest_atm::snapshot::Snapshot;
use nearest_atm::synth::{synthetic_atms, synthetic_source};

use crate::draw::{Draw, anywhere, near};

const POLICIES: [UnknownPolicy; 3] =
    [UnknownPolicy::Exclude, UnknownPolicy::Include, UnknownPolicy::Only];

/// The snapshot at an instant that no answer here depends on.
pub(crate) fn view(snapshot: &Snapshot) -> View<'_> {
    View::of(snapshot, Timestamp::UNIX_EPOCH)
}

/// An estate as its users get it: written, then ingested.
pub(crate) fn estate(count: u64, seed: u64) -> Snapshot {
    let mut bytes = Vec::new();
    let source = synthetic_source(seed);
    export::write_stream(&mut bytes, synthetic_atms(count, seed), &source, ExportFormat::Ndjson)
        .unwrap();
    let files = SourceFiles {
        name: "estate".to_owned(),
        inputs: vec![Input::memory("estate.ndjson", bytes)],
        options: ReadOptions::default(),
        found_in_directory: false,
    };
    let snapshot = Snapshot::ingest(&[files], &mut |row| panic!("{row:?}")).unwrap();
    assert_eq!(snapshot.len() as u64, count);
    snapshot
}

/// Everything the filter admits, nearest first and equal distances by id.
fn brute_force(snapshot: &Snapshot, origin: Position, filter: &AtmFilter) -> Vec<(Metres, Row)> {
    let mut found: Vec<(Metres, Row)> = snapshot
        .rows_by_id()
        .iter()
        .filter(|&&row| filter.admits(&snapshot.atm(row), snapshot.country(row)))
        .map(|&row| (geodesic_distance(origin, snapshot.position(row)), row))
        .collect();
    found.sort_by_key(|&(distance, _)| distance);
    found
}

fn names(field: NamedField, snapshot: &Snapshot, draw: &mut Draw) -> Vec<Name> {
    let known = snapshot.vocabulary(field);
    let count = 1 + draw.below(3);
    let mut names: Vec<Name> = (0..count)
        .filter_map(|_| Name::new(&known.get(draw.below(known.len().max(1)))?.0))
        .collect();
    names.extend(Name::new("Bank of Nowhere"));
    names
}

pub(crate) fn condition(snapshot: &Snapshot, draw: &mut Draw) -> Condition {
    let attribute = Attribute::ALL[draw.below(Attribute::ALL.len())];
    let field = NamedField::ALL[draw.below(NamedField::ALL.len())];
    let kinds = || LocationType::STATED.iter().copied();
    let some_kinds: Vec<_> = kinds().filter(|_| draw.below(4) == 0).collect();
    match draw.below(7) {
        0 | 1 => Condition::Has(attribute),
        2 => Condition::Lacks(attribute),
        3 => Condition::Named(field, names(field, snapshot, draw)),
        4 => Condition::NotNamed(field, names(field, snapshot, draw)),
        5 if !some_kinds.is_empty() && draw.below(2) == 0 => Condition::At(some_kinds),
        5 if !some_kinds.is_empty() => Condition::NotAt(some_kinds),
        _ => Condition::Free,
    }
}

#[test]
fn any_filter_finds_what_its_definition_admits_in_order() {
    let snapshot = estate(3_000, 11);
    let mut draw = Draw(13);
    let mut matched = 0;
    for _ in 0..150 {
        let conditions = (0..=draw.below(3)).map(|_| condition(&snapshot, &mut draw)).collect();
        let mut filter = AtmFilter { conditions, ..AtmFilter::default() };
        let origin = anywhere(&mut draw);
        for unknown in POLICIES {
            filter.unknown = unknown;
            let expected = brute_force(&snapshot, origin, &filter);
            matched += expected.len();
            let query = NearestQuery {
                group: Group::Atm,
                filter: filter.clone(),
                ..NearestQuery::new(origin, 20)
            };
            let answer = nearest(view(&snapshot), &query);
            let rows: Vec<Row> = answer.neighbours.iter().map(|n| n.atms[0].row).collect();
            let expected_rows: Vec<Row> = expected.iter().take(20).map(|&(_, row)| row).collect();
            assert_eq!(rows, expected_rows, "{filter:?} from {origin}");
            assert_eq!(answer.more, expected.len() > 20);
            for (neighbour, (distance, _)) in answer.neighbours.iter().zip(&expected) {
                let error_m = (neighbour.atms[0].distance.get() - distance.get()).abs();
                assert!(error_m <= 1e-3, "{error_m} m off from {origin}");
            }
        }
    }
    assert!(matched > 10_000, "the filters drawn admit too little to prove anything: {matched}");
}

#[test]
fn sites_come_in_the_order_of_their_nearest_matching_machine_and_list_all_that_match() {
    let snapshot = estate(3_000, 17);
    let mut draw = Draw(19);
    for _ in 0..60 {
        let conditions = (0..draw.below(2)).map(|_| condition(&snapshot, &mut draw)).collect();
        let unknown = POLICIES[draw.below(2)];
        let filter = AtmFilter { conditions, unknown, ..AtmFilter::default() };
        let origin = snapshot.position(snapshot.rows_by_id()[draw.below(snapshot.len())]);
        let mut expected: Vec<(SiteIndex, BTreeSet<Row>)> = Vec::new();
        for (_, row) in brute_force(&snapshot, origin, &filter) {
            let site = snapshot.site_of(row);
            match expected.iter_mut().find(|(known, _)| *known == site) {
                Some((_, rows)) => {
                    rows.insert(row);
                }
                None => expected.push((site, BTreeSet::from([row]))),
            }
        }
        let query = NearestQuery { filter, ..NearestQuery::new(origin, 10) };
        let answer = nearest(view(&snapshot), &query);
        assert_eq!(answer.neighbours.len(), expected.len().min(10));
        for (neighbour, (site, rows)) in answer.neighbours.iter().zip(&expected) {
            assert_eq!(neighbour.site, *site);
            assert_eq!(
                neighbour.atms.iter().map(|found| found.row).collect::<BTreeSet<_>>(),
                *rows
            );
            assert!(neighbour.atms.is_sorted_by_key(|found| found.distance));
        }
        assert!(answer.neighbours.is_sorted_by_key(|neighbour| neighbour.atms[0].distance));
    }
}

fn everything(snapshot: &Snapshot, filter: &AtmFilter) -> BTreeSet<Row> {
    let bbox = BoundingBox::from_edges(-180.0, -90.0, 180.0, 90.0).unwrap();
    let area = bbox.into();
    let mut query = WithinQuery { area, limit: 700, filter: filter.clone(), from_row: 0 };
    let mut rows = BTreeSet::new();
    loop {
        let answer = within(view(snapshot), &query);
        let before = rows.len();
        rows.extend(&answer.rows);
        assert_eq!(rows.len(), before + answer.rows.len(), "a page repeats a row");
        match answer.next_row {
            Some(row) => query.from_row = row.0,
            None => return rows,
        }
    }
}

#[test]
fn yes_no_and_unknown_partition_every_answer() {
    let snapshot = estate(3_000, 23);
    let mut draw = Draw(29);
    let all = everything(&snapshot, &AtmFilter::default());
    assert_eq!(all.len(), snapshot.len());
    for _ in 0..150 {
        let conditions = (0..=draw.below(3)).map(|_| condition(&snapshot, &mut draw)).collect();
        let mut filter = AtmFilter { conditions, ..AtmFilter::default() };
        let [yes, either, unknown] = POLICIES.map(|policy| {
            filter.unknown = policy;
            everything(&snapshot, &filter)
        });
        assert!(yes.is_disjoint(&unknown), "{filter:?}");
        assert_eq!(&yes | &unknown, either, "{filter:?}");
        filter.unknown = UnknownPolicy::Include;
        let no: BTreeSet<Row> = all
            .iter()
            .copied()
            .filter(|&row| !filter.admits(&snapshot.atm(row), snapshot.country(row)))
            .collect();
        assert_eq!(&either | &no, all, "{filter:?}");
    }
}

#[test]
fn pages_put_together_are_the_whole_answer() {
    let snapshot = estate(600, 31);
    let origin = Position::from_lat_lon(10.0, 20.0).unwrap();
    for group in [Group::Site, Group::Atm] {
        let mut query = NearestQuery { group, ..NearestQuery::new(origin, 37) };
        let mut pages = Vec::new();
        loop {
            let answer = nearest(view(&snapshot), &query);
            query.offset += answer.neighbours.len();
            pages.extend(answer.neighbours);
            if !answer.more {
                break;
            }
        }
        let whole = if group == Group::Atm { snapshot.len() } else { snapshot.site_count() };
        assert_eq!(pages.len(), whole);
        let machines: usize = pages.iter().map(|neighbour| neighbour.atms.len()).sum();
        assert_eq!(machines, snapshot.len());
        assert!(pages.is_sorted_by_key(|neighbour| neighbour.atms[0].distance));
    }
}

#[test]
fn a_hundred_thousand_lookups_over_all_real_files_equal_brute_force() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !folder.is_dir() {
        let promised = std::env::vars().any(|(name, _)| name == "REAL_ATM_DATA_PROMISED");
        assert!(!promised, "the real data is not at {}", folder.display());
        println!("skipped: no real data at {}", folder.display());
        return;
    }
    let located = locate(&folder.to_string_lossy()).unwrap();
    let sources: Vec<_> = located
        .inputs
        .into_iter()
        .map(|input| SourceFiles {
            name: input.stem().to_owned(),
            inputs: vec![input],
            options: ReadOptions::default(),
            found_in_directory: true,
        })
        .collect();
    let snapshot = Snapshot::ingest(&sources, &mut |_| {}).unwrap();
    // Every ATM is looked at for every origin: by the straight line through the Earth, which is
    // never longer than the geodesic and grows with it but for the ellipsoid's 1/298. Those that
    // can be among the nearest by that are measured along the geodesic.
    let points: Vec<[f64; 3]> =
        snapshot.rows_by_id().iter().map(|&row| on_ellipsoid(snapshot.position(row))).collect();
    let mut draw = Draw(37);
    let mut chords: Vec<(f64, usize)> = Vec::with_capacity(points.len());
    for lookup in 0..100_000 {
        let somewhere = Row(u32::try_from(draw.below(snapshot.len())).unwrap());
        let origin = match lookup % 3 {
            0 => anywhere(&mut draw),
            _ => near(&mut draw, snapshot.position(somewhere), 0.2),
        };
        let from = on_ellipsoid(origin);
        chords.clear();
        chords.extend(points.iter().enumerate().map(|(place, to)| {
            let [x, y, z] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
            ((x * x + y * y + z * z).sqrt(), place)
        }));
        let k = 5;
        chords.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0));
        let kth_m = chords[..k].iter().map(|chord| chord.0).fold(0.0, f64::max);
        // From chord to arc on the sphere, the two radii of curvature apart, and back: anything
        // whose chord is longer than this is farther than all of the first k.
        let reach_m = kth_m.mul_add(1.02, 1.0).max(if kth_m > 1.2e7 { f64::MAX } else { 0.0 });
        let mut expected: Vec<(Metres, Row)> = chords
            .iter()
            .filter(|chord| chord.0 <= reach_m)
            .map(|&(_, place)| {
                let row = snapshot.rows_by_id()[place];
                (geodesic_distance(origin, snapshot.position(row)), row)
            })
            .collect();
        expected.sort_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| snapshot.id_of(a.1).cmp(snapshot.id_of(b.1)))
        });
        let query = NearestQuery { group: Group::Atm, ..NearestQuery::new(origin, k) };
        let answer = nearest(view(&snapshot), &query);
        for (neighbour, (distance, row)) in answer.neighbours.iter().zip(&expected) {
            assert_eq!(neighbour.atms[0].row, *row, "lookup {lookup} from {origin}");
            assert!((neighbour.atms[0].distance.get() - distance.get()).abs() < 1e-3);
        }
    }
}

/// The point of the WGS-84 ellipsoid at a position, metres from the Earth's centre.
fn on_ellipsoid(position: Position) -> [f64; 3] {
    let (sin_lat, cos_lat) = position.lat_deg().to_radians().sin_cos();
    let (sin_lon, cos_lon) = position.lon_deg().to_radians().sin_cos();
    let e2 = (2.0 - 1.0 / 298.257_223_563) / 298.257_223_563;
    let normal_m = 6_378_137.0 / (1.0 - e2 * sin_lat * sin_lat).sqrt();
    [normal_m * cos_lat * cos_lon, normal_m * cos_lat * sin_lon, normal_m * (1.0 - e2) * sin_lat]
}
