//! The nearest k of three million ATMs beside other indexes, in one run, as tables.
//!
//! `cargo bench --bench lookup -- [ATMS]… [only-ours] [only-filters] [only-service] [matching TEXT]`;
//! see `benches/README.md`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

mod machines;
mod rivals;
mod service;
mod timing;

use std::hint::black_box;
use std::time::Instant;

use nearest_atm::domain::Position;
use nearest_atm::index::{Index, Requirement};
use nearest_atm::synth::synthetic_atms;

use machines::{Filter, Machines, Ours, nearest};
use rivals::{Rivals, point};
use timing::{Draw, Lookup, ORIGINS, measure};

const ATMS: usize = 3_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut sizes: Vec<usize> =
        arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes.push(ATMS);
    }
    let is_given = |word: &str| arguments.iter().any(|argument| argument == word);
    let matching = arguments.iter().skip_while(|argument| *argument != "matching").nth(1);

    let city: Vec<Position> =
        synthetic_atms(ORIGINS as u64, 2).map(|machine| machine.position).collect();
    let mut draw = Draw(1);
    let globe: Vec<Position> = (0..ORIGINS).map(|_| draw.anywhere()).collect();
    let kinds = [("city", &city[..]), ("globe", &globe[..])];
    let wanted = |name: &str| matching.is_none_or(|text| name.contains(text));

    println!("{} synthetic ATMs, {ORIGINS} origins of each kind", sizes[0]);
    if sizes.len() > 1 {
        return by_size(&sizes, &kinds, wanted);
    }
    if !is_given("only-service") {
        println!("\n| index | build s | notes |\n|---|---|---|");
        let machines = Machines::synthetic(sizes[0]);
        let is_alone = is_given("only-ours") || is_given("only-filters");
        let rivals = (!is_alone).then(|| Rivals::build(&machines.positions));
        let ours =
            built("nearest-atm", "order, blocks, tree and sets of rows", || Ours::build(&machines));
        drop(machines);
        if !is_given("only-filters") {
            beside_rivals(rivals.as_ref(), &ours.index, &kinds);
        }
        filtered(&ours, &kinds, wanted);
    }
    if !is_given("only-ours") && !is_given("only-filters") {
        service::whole_lookups(sizes[0] as u64, &kinds, wanted);
    }
}

/// The k nearest, every index in turn over the same origins.
fn beside_rivals(rivals: Option<&Rivals>, ours: &Index, kinds: &[(&str, &[Position])]) {
    println!("\n| origins | k | index | p50 µs | p99 µs | mean µs | mean / first | p50 / first |");
    println!("|---|---|---|---|---|---|---|---|");
    let everything = ours.select(Requirement::default(), Vec::new(), None);
    for &(kind, origins) in kinds {
        let points: Vec<[f64; 3]> = origins.iter().map(|&origin| point(origin)).collect();
        for k in [1, 10, 100] {
            let mut lookups: Vec<Lookup<'_>> =
                rivals.map(|rivals| rivals.lookups(origins, &points, k)).unwrap_or_default();
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

/// The ten nearest of the project's own index under filters of every selectivity; each lookup
/// prepares its own.
fn filtered(ours: &Ours, kinds: &[(&str, &[Position])], wanted: impl Fn(&str) -> bool) {
    println!(
        "\n| origins | filter keeps | ATMs | plan | p50 µs | p99 µs | mean µs | p99 / unfiltered \
         | most nodes | most ATMs tested |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut filters: Vec<Filter<'_>> = ours.filters();
    filters.retain(|filter| filter.name == "everything" || wanted(&filter.name));
    let index = &ours.index;
    for &(kind, origins) in kinds {
        let lookup = |filter| move |place: usize| ten(index, origins[place], filter);
        let mut lookups: Vec<Lookup<'_>> = Vec::new();
        for filter in &filters {
            lookups.push((&filter.name, Box::new(lookup(filter))));
        }
        let times = measure(&mut lookups);
        for (filter, time) in filters.iter().zip(&times) {
            let selection = filter.select(index);
            let rows = (0..).take(index.len()).filter(|&row| selection.accepts(row)).count();
            let work = origins.iter().take(2_000).map(|&origin| {
                let (_, work) = nearest(index, origin, &selection, 10);
                (work.nodes_visited, work.atms_tested)
            });
            let (nodes, tested): (Vec<u32>, Vec<u32>) = work.unzip();
            println!(
                "| {kind} | {} | {rows} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} |",
                filter.name,
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

fn ten<'s>(index: &'s Index, origin: Position, filter: &Filter<'s>) -> usize {
    nearest(index, origin, &filter.select(index), 10).0
}

/// Estates of several sizes in turn over the same origins.
fn by_size(sizes: &[usize], kinds: &[(&str, &[Position])], wanted: impl Fn(&str) -> bool) {
    println!("\n| index | build s | notes |\n|---|---|---|");
    let estates: Vec<Ours> = sizes
        .iter()
        .map(|&size| {
            let machines = Machines::synthetic(size);
            built("nearest-atm", &format!("{size} ATMs"), || Ours::build(&machines))
        })
        .collect();
    println!("\n| origins | filter keeps | ATMs | p50 µs | p99 µs | mean µs | mean / first |");
    println!("|---|---|---|---|---|---|---|");
    let filters: Vec<Vec<Filter<'_>>> = estates.iter().map(Ours::filters).collect();
    for &(kind, origins) in kinds {
        for (place_of_filter, filter) in filters[0].iter().enumerate() {
            if !wanted(&filter.name) {
                continue;
            }
            let mut lookups: Vec<Lookup<'_>> = Vec::new();
            for (estate, filters) in estates.iter().zip(&filters) {
                let (index, filter) = (&estate.index, &filters[place_of_filter]);
                lookups.push((
                    &filter.name,
                    Box::new(move |place| ten(index, origins[place], filter)),
                ));
            }
            let times = measure(&mut lookups);
            for (size, time) in sizes.iter().zip(&times) {
                println!(
                    "| {kind} | {} | {size} | {:.2} | {:.2} | {:.2} | {:.2} |",
                    filter.name,
                    time.p50,
                    time.p99,
                    time.mean,
                    time.mean / times[0].mean,
                );
            }
        }
    }
}

/// Builds something and says how long that took.
fn built<T>(name: &str, note: &str, build: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let index = black_box(build());
    println!("| {name} | {:.2} | {note} |", start.elapsed().as_secs_f64());
    index
}
