//! The nearest k of three million ATMs beside other indexes, in one run, as one table.
//!
//! `cargo bench --bench lookup -- [ATMS] [only-ours]`; see `benches/README.md`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{NeighborsOptions, RTree, RTreeBuilder, RTreeIndex, SimpleDistanceMetric};
use kiddo::{ImmutableKdTree, SquaredEuclidean};
use nearest_atm::domain::{Ecef, Position, TextField, Work};
use nearest_atm::index::{
    Clause, Entry, Index, Mask, NearestSearch, Part, Requirement, RowSet, Selection, States,
    spatial_order,
};
use nearest_atm::synth::synthetic_atms;

const ATMS: usize = 3_000_000;
const ORIGINS: usize = 20_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ATMS);
    let only_ours = arguments.iter().any(|argument| argument == "only-ours");

    let machines = Machines::synthetic(count);
    let city: Vec<Position> =
        synthetic_atms(ORIGINS as u64, 2).map(|machine| machine.position).collect();
    let mut draw = Draw(1);
    let globe: Vec<Position> = (0..ORIGINS).map(|_| draw.anywhere()).collect();

    println!("{count} synthetic ATMs, {ORIGINS} origins of each kind\n");
    println!("| index | build s | notes |\n|---|---|---|");
    let rivals = (!only_ours).then(|| Rivals::build(&machines.positions));
    let ours =
        built("nearest-atm", "order, blocks, tree and sets of rows", || Ours::build(machines));

    let kinds = [("city", &city[..]), ("globe", &globe[..])];
    beside_rivals(rivals.as_ref(), &ours.index, &kinds);
    filtered(&ours, &kinds);
}

/// The k nearest, every index in turn over the same origins.
fn beside_rivals(rivals: Option<&Rivals>, ours: &Index, kinds: &[(&str, &[Position])]) {
    println!("\n| origins | k | index | p50 µs | p99 µs | mean µs | mean / first | p50 / first |");
    println!("|---|---|---|---|---|---|---|---|");
    let everything = ours.select(Requirement::default(), Vec::new(), None);
    for &(kind, origins) in kinds {
        let points: Vec<[f64; 3]> = origins.iter().map(|&origin| point(origin)).collect();
        for k in [1, 10, 100] {
            let mut lookups: Vec<Lookup<'_>> = Vec::new();
            if let Some(Rivals { kiddo, plane }) = rivals {
                let most = NonZero::new(k).unwrap();
                let points = &points;
                lookups.push((
                    "kiddo 6 ImmutableKdTree, 3-D",
                    Box::new(move |place| {
                        let query = kiddo.query(&points[place]);
                        query.nearest_n::<SquaredEuclidean<f64>>(most).execute().len()
                    }),
                ));
                lookups.push((
                    "geo-index 0.4, planar",
                    Box::new(move |place| {
                        let (x, y) = (origins[place].lon_deg(), origins[place].lat_deg());
                        plane.neighbors(x, y, Some(k), None).len()
                    }),
                ));
                lookups.push((
                    "geo-index 0.4, haversine",
                    Box::new(move |place| {
                        let (x, y) = (origins[place].lon_deg(), origins[place].lat_deg());
                        let options = NeighborsOptions::k(k);
                        plane.neighbors_with_simple_distance(x, y, options, &Haversine).len()
                    }),
                ));
            }
            lookups.push((
                "nearest-atm",
                Box::new(|place| nearest(ours, origins[place], &everything, k).0),
            ));
            let times = measure(&mut lookups);
            for ((name, _), time) in lookups.iter().zip(&times) {
                println!(
                    "| {kind} | {k} | {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
                    time.p50,
                    time.p99,
                    time.mean,
                    time.mean / times[0].mean,
                    time.p50 / times[0].p50,
                );
            }
        }
    }
}

/// The ten nearest of the project's own index under filters of every selectivity.
fn filtered(ours: &Ours, kinds: &[(&str, &[Position])]) {
    println!(
        "\n| origins | filter keeps | ATMs | plan | p50 µs | p99 µs | mean µs | p99 / unfiltered \
         | most nodes | most ATMs tested |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let filters = ours.filters();
    for &(kind, origins) in kinds {
        let mut lookups: Vec<Lookup<'_>> = Vec::new();
        for (name, selection) in &filters {
            lookups.push((
                name,
                Box::new(|place| nearest(&ours.index, origins[place], selection, 10).0),
            ));
        }
        let times = measure(&mut lookups);
        for ((name, selection), time) in filters.iter().zip(&times) {
            let rows = (0..).take(ours.index.len()).filter(|&row| selection.accepts(row)).count();
            let work = origins.iter().take(2_000).map(|&origin| {
                let (_, work) = nearest(&ours.index, origin, selection, 10);
                (work.nodes_visited, work.atms_tested)
            });
            let (nodes, tested): (Vec<u32>, Vec<u32>) = work.unzip();
            println!(
                "| {kind} | {name} | {rows} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} |",
                selection.plan().code(),
                time.p50,
                time.p99,
                time.mean,
                time.p99 / times[0].p99,
                nodes.iter().max().unwrap(),
                tested.iter().max().unwrap(),
            );
        }
    }
}

/// Distances and order as every adapter gets them: exact, on the ellipsoid.
fn nearest(index: &Index, origin: Position, selection: &Selection<'_>, k: usize) -> (usize, Work) {
    let search = NearestSearch { origin, selection, max_distance: None, expected: k };
    let mut found = Vec::with_capacity(k);
    let work = index.nearest(
        &search,
        |_| true,
        |one| {
            found.push(one);
            if found.len() < k { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    (black_box(&found).len(), work)
}

/// What the benchmark needs to know of every machine.
struct Machines {
    positions: Vec<Position>,
    operators: Vec<Option<Box<str>>>,
    countries: Vec<Option<Box<str>>>,
}

impl Machines {
    fn synthetic(count: usize) -> Self {
        let mut machines =
            Self { positions: Vec::new(), operators: Vec::new(), countries: Vec::new() };
        for atm in synthetic_atms(count as u64, 1) {
            machines.positions.push(atm.position);
            machines.operators.push(atm.text(TextField::Operator).map(Into::into));
            machines.countries.push(atm.text(TextField::Country).map(Into::into));
        }
        machines
    }
}

/// The project's index with sets of rows as a snapshot has them for names.
struct Ours {
    index: Index,
    /// The rows of each operator, the one with the most rows first, and those without one.
    operators: Vec<RowSet>,
    without_operator: RowSet,
    countries: BTreeMap<Box<str>, RowSet>,
}

/// What the bits of a mask stand for: shares of all rows drawn by lot, then rows of one place, then
/// every other row each, which never meet.
const BITS: [&str; 10] = [
    "50 %",
    "5 %",
    "0.5 %",
    "0.05 %",
    "0.005 %",
    "one hemisphere",
    "half of Europe",
    "300 km around one town",
    "even rows",
    "odd rows",
];

fn mask(draw: &mut Draw, row: u32, position: Position, town: Position) -> Mask {
    let chord_m = Ecef::from(position).chord2_m2(town.into()).sqrt();
    let lots = [0.5, 0.05, 0.005, 0.000_5, 0.000_05].map(|share| draw.unit() < share);
    let (lat_deg, lon_deg) = (position.lat_deg(), position.lon_deg());
    let in_europe = (35.0..71.0).contains(&lat_deg) && (-10.0..40.0).contains(&lon_deg);
    let places = [
        lon_deg > 0.0,
        in_europe && draw.unit() < 0.5,
        chord_m < 300_000.0,
        row.is_multiple_of(2),
        row % 2 == 1,
    ];
    let yes = (0..).zip(lots.into_iter().chain(places)).map(|(bit, is)| u64::from(is) << bit).sum();
    Mask { yes, no: 0 }
}

impl Ours {
    fn build(machines: Machines) -> Self {
        let Machines { positions, operators, countries } = machines;
        let order = spatial_order(&positions);
        let mut draw = Draw(2);
        let index: Index = (0..)
            .zip(&order)
            .map(|(row, &place)| {
                let position = positions[place as usize];
                Entry {
                    position,
                    mask: mask(&mut draw, row, position, positions[0]),
                    tie_rank: row,
                }
            })
            .collect();
        let mut operators = row_sets(&operators, &order);
        let without_operator = operators.remove("").unwrap_or_default();
        let mut operators: Vec<RowSet> = operators.into_values().collect();
        operators.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        Self { index, operators, without_operator, countries: row_sets(&countries, &order) }
    }

    fn filters(&self) -> Vec<(String, Selection<'_>)> {
        let yes = States { yes: !0, ..States::default() };
        let bit_of = |name: &str| 1 << BITS.iter().position(|bit| *bit == name).unwrap();
        let masks = |names: &[&str]| {
            let bits = names.iter().fold(0, |bits, name| bits | bit_of(name));
            Requirement::default().all_of(bits, yes)
        };
        let mut filters = vec![("everything".to_owned(), Requirement::default(), Vec::new())];
        for name in &BITS[..8] {
            filters.push(((*name).to_owned(), masks(&[name]), Vec::new()));
        }
        for both in [["50 %", "5 %"], ["5 %", "one hemisphere"], ["half of Europe", "0.5 %"]] {
            filters.push((both.join(" and "), masks(&both), Vec::new()));
        }
        let never = ["even rows", "odd rows"];
        filters.push(("two common ones that never meet".to_owned(), masks(&never), Vec::new()));
        let rows = |name: &str| Part::Rows(&self.countries[name]);
        let operator = |least: usize| {
            Part::Rows(self.operators.iter().rev().find(|rows| rows.len() >= least).unwrap())
        };
        let mut all: Vec<(String, Requirement, Vec<Clause<'_>>)> = filters;
        all.extend([
            named("New Zealand", Clause::any_of(vec![rows("NZ")])),
            named("China", Clause::any_of(vec![rows("CN")])),
            named("outside China", Clause::none_of(vec![rows("CN")])),
            named("the largest operator", Clause::any_of(vec![Part::Rows(&self.operators[0])])),
            named("an operator of 30,000", Clause::any_of(vec![operator(30_000)])),
            named("an operator of 3,000", Clause::any_of(vec![operator(3_000)])),
            named("an operator of 300", Clause::any_of(vec![operator(300)])),
            named("an operator of 30", Clause::any_of(vec![operator(30)])),
            named(
                "any of 20 operators",
                Clause::any_of(self.operators.iter().rev().take(20).map(Part::Rows).collect()),
            ),
            named(
                "another operator than the largest",
                Clause::none_of(vec![
                    Part::Rows(&self.operators[0]),
                    Part::Rows(&self.without_operator),
                ]),
            ),
        ]);
        let abroad = vec![Clause::any_of(vec![operator(30_000)]), Clause::any_of(vec![rows("NZ")])];
        let elsewhere = "an operator of 30,000 in a country where it is not".to_owned();
        all.push((elsewhere, Requirement::default(), abroad));
        let mix = vec![Clause::any_of(vec![operator(30_000)])];
        all.push(("an operator of 30,000 and 5 %".to_owned(), masks(&["5 %"]), mix));
        let select =
            |(name, requirement, clauses)| (name, self.index.select(requirement, clauses, None));
        all.into_iter().map(select).collect()
    }
}

/// A filter on names alone.
fn named<'s>(name: &str, clause: Clause<'s>) -> (String, Requirement, Vec<Clause<'s>>) {
    (name.to_owned(), Requirement::default(), vec![clause])
}

/// The rows of each text; those of none under the empty text.
fn row_sets(texts: &[Option<Box<str>>], order: &[u32]) -> BTreeMap<Box<str>, RowSet> {
    let mut rows: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (row, &place) in (0..).zip(order) {
        rows.entry(texts[place as usize].as_deref().unwrap_or_default()).or_default().push(row);
    }
    let set = |(text, rows): (&str, _)| (text.into(), RowSet::from_ascending(rows, order.len()));
    rows.into_iter().map(set).collect()
}

/// The other indexes over the same positions.
struct Rivals {
    kiddo: ImmutableKdTree<f64, 3>,
    plane: RTree<f64>,
}

impl Rivals {
    fn build(positions: &[Position]) -> Self {
        let points: Vec<[f64; 3]> = positions.iter().map(|&position| point(position)).collect();
        let kiddo = built("kiddo 6 ImmutableKdTree, 3-D", "chord order, no filters", || {
            ImmutableKdTree::new_from_slice(&points).unwrap()
        });
        let plane = built("geo-index 0.4", "degrees as a plane", || {
            let mut builder = RTreeBuilder::new(u32::try_from(positions.len()).unwrap());
            for position in positions {
                let (x, y) = (position.lon_deg(), position.lat_deg());
                builder.add(x, y, x, y);
            }
            builder.finish::<HilbertSort>()
        });
        Self { kiddo, plane }
    }
}

/// Great-circle distance as geo-index measures it when asked to, in degrees of arc. Its distance
/// to a box clamps both coordinates, which is no lower bound: true neighbours can be missed.
struct Haversine;

impl SimpleDistanceMetric<f64> for Haversine {
    fn distance(&self, lon1: f64, lat1: f64, lon2: f64, lat2: f64) -> f64 {
        let half_sine2 =
            |from_deg: f64, to_deg: f64| (0.5 * (to_deg - from_deg).to_radians()).sin().powi(2);
        let cosines = lat1.to_radians().cos() * lat2.to_radians().cos();
        let chord2 = half_sine2(lat1, lat2) + cosines * half_sine2(lon1, lon2);
        2.0 * chord2.sqrt().asin().to_degrees()
    }

    fn distance_to_bbox(
        &self,
        lon: f64,
        lat: f64,
        west: f64,
        south: f64,
        east: f64,
        north: f64,
    ) -> f64 {
        self.distance(lon, lat, lon.clamp(west, east), lat.clamp(south, north))
    }
}

fn point(position: Position) -> [f64; 3] {
    let point = Ecef::from(position);
    [point.x_m, point.y_m, point.z_m]
}

fn built<T>(name: &str, note: &str, build: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let index = build();
    println!("| {name} | {:.2} | {note} |", start.elapsed().as_secs_f64());
    index
}

/// In microseconds.
#[derive(Clone, Copy)]
struct Times {
    p50: f64,
    p99: f64,
    mean: f64,
}

/// A way to look up the origin of this number.
type Lookup<'a> = (&'a str, Box<dyn Fn(usize) -> usize + 'a>);

/// Times every lookup by itself, all ways in turn, so that what else the machine does meets all.
fn measure(lookups: &mut [Lookup<'_>]) -> Vec<Times> {
    const TURN: usize = 500;
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(ORIGINS); lookups.len()];
    for first in (0..ORIGINS).step_by(TURN) {
        for ((_, lookup), times) in lookups.iter().zip(&mut times) {
            for place in first..(first + TURN).min(ORIGINS) {
                let start = Instant::now();
                black_box(lookup(place));
                times.push(start.elapsed());
            }
        }
    }
    times.into_iter().map(Times::of).collect()
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        let total: Duration = times.iter().sum();
        Self {
            p50: us(times[times.len() / 2]),
            p99: us(times[times.len() - times.len() / 100]),
            mean: us(total / u32::try_from(times.len()).unwrap()),
        }
    }
}

/// `SplitMix64`: the same origins every time, without a dependency.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform over the globe.
    fn anywhere(&mut self) -> Position {
        let lat_deg = (2.0 * self.unit() - 1.0).asin().to_degrees();
        Position::from_lat_lon(lat_deg, 360.0 * self.unit() - 180.0).unwrap()
    }
}
