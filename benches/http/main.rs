//! Nearest over HTTP beside a route that answers with as many bytes without looking anything up.
//!
//! `cargo bench --bench http -- [ATMS] [WORDS OF A ROW]`; see `benches/README.md`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]
#![expect(clippy::panic, reason = "a benchmark stops at what it does not expect")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and shares of measurements"
)]

mod batch;
mod load;
mod server;
mod wire;
mod writer;

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use nearest_atm::archive;
use nearest_atm::config::Config;
use nearest_atm::domain::{Position, Row};
use nearest_atm::export::{self, ExportFormat};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::snapshot::{Purpose, Snapshot};
use nearest_atm::synth::{synthetic_atms, synthetic_source};

use load::{Figures, Manner, Pace};
use server::Server;
use wire::{Ask, NEAREST, Protocol};

/// The allocator of the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ATMS: u64 = 3_000_000;

/// Origins, drawn like the ATMs.
const ORIGINS: usize = 10_000;

/// Rounds in which ours and its rivals take turns, so that whatever else the machine does meets
/// all of them.
const ROUNDS: u32 = 3;
const WARM_UP: Duration = Duration::from_millis(300);
const ROUND: Duration = Duration::from_secs(1);

/// The core of the servers, and that of the load generator.
const SERVER_CORE: &str = "0";
const CLIENT_CORE: &str = "1";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["serve", kind, what] = words.as_slice() {
        return server::serve(kind, what);
    }
    let atms = words.iter().find_map(|word| word.parse().ok()).unwrap_or(ATMS);
    let wanted: Vec<&str> = words
        .into_iter()
        .filter(|word| word.parse::<u64>().is_err() && !word.starts_with('-'))
        .collect();
    let core = own_core();
    let synthetic = format!("{atms} synthetic");
    for (name, what, origins) in [
        (synthetic.as_str(), synthetic_archive(atms), synthetic_origins()),
        ("data/", "data".to_owned(), data_origins()),
    ] {
        let rows: Vec<Asked> = Asked::all(&origins)
            .into_iter()
            .filter(|row| wanted.iter().all(|word| format!("{name} {}", row.name).contains(word)))
            .collect();
        if !rows.is_empty() {
            println!("\nATMs: {name}");
            let ours = Server::start(&["serve", "ours", &what], core);
            one_by_one(&ours, &rows, core);
        }
        if wanted.iter().all(|word| format!("{name} batch").contains(word)) {
            let ours = Server::start(&["serve", "ours", &what], None);
            many_at_once(&ours, &origins);
        }
        if wanted.iter().all(|word| format!("{name} writer").contains(word)) {
            written(name, &server::estate(&what, &Config::default()), &origins);
        }
    }
}

/// What writing an answer costs, by this project's writer and by another.
fn written(name: &str, snapshot: &Snapshot, origins: &[Position]) {
    let costs = writer::compare(snapshot, origins);
    println!("\n| {name} writer, {} bytes | µs |\n|---|---|", costs.bytes);
    for (name, us) in [
        ("finding the ten nearest", Some(costs.lookup_us)),
        ("writing them from the packed records", Some(costs.ours_us)),
        ("finding and writing them", Some(costs.both_us)),
        ("writing them from what is written beforehand", costs.copied_us),
        ("finding and writing them so", costs.both_copied_us),
        ("serde_json writing them from structs made beforehand", Some(costs.serde_us)),
    ] {
        if let Some(us) = us {
            println!("| {name} | {us:.2} |");
        }
    }
}

/// Binds this process to a core of its own where that can be done, and names the core left to the
/// servers.
fn own_core() -> Option<&'static str> {
    let id = std::process::id().to_string();
    let bound = Command::new("taskset").args(["-cp", CLIENT_CORE, &id]).output();
    let is_bound = bound.is_ok_and(|output| output.status.success());
    if !is_bound {
        println!("taskset cannot bind to two cores: generator and server share what there is");
    }
    is_bound.then_some(SERVER_CORE)
}

/// One way of asking.
struct Asked {
    name: &'static str,
    asks: Vec<Ask>,
    manner: Manner,
}

impl Asked {
    fn all(origins: &[Position]) -> Vec<Self> {
        let get = |filter: &str| -> Vec<Ask> {
            let target = |origin: &Position| {
                let (lat, lon) = (origin.lat_deg(), origin.lon_deg());
                format!("{NEAREST}?lat={lat:.5}&lon={lon:.5}&limit=10{filter}")
            };
            origins.iter().map(|origin| Ask::Get(target(origin))).collect()
        };
        let post = questions(origins).into_iter().map(Ask::Post).collect();
        let one = Manner { protocol: Protocol::Http1, connections: 32, depth: 1 };
        let piped = Manner { depth: 16, connections: 8, ..one };
        let http2 = Manner { protocol: Protocol::Http2, ..piped };
        let filter = "&service=cash_in&accessibility=wheelchair&open_at=now&unknown=include";
        vec![
            Self { name: "GET", asks: get(""), manner: one },
            Self { name: "GET, 16 pipelined", asks: get(""), manner: piped },
            Self { name: "GET, HTTP/2, 16 streams", asks: get(""), manner: http2 },
            Self { name: "POST", asks: post, manner: one },
            Self { name: "GET with three filters", asks: get(filter), manner: one },
        ]
    }
}

/// The questions as JSON.
fn questions(origins: &[Position]) -> Vec<String> {
    let question = |origin: &Position| {
        let (lat, lon) = (origin.lat_deg(), origin.lon_deg());
        format!("{{\"lat\":{lat:.5},\"lon\":{lon:.5},\"limit\":10}}")
    };
    origins.iter().map(question).collect()
}

/// Every way of asking one by one, ours and its rivals in turn, at saturation and at half of it.
fn one_by_one(ours: &Server, rows: &[Asked], core: Option<&str>) {
    const HEAD: &str = "requests/s | ratio | p50 / p99 / p99.9 µs | server busy | its µs a request";
    println!("\n| request | at saturation | {HEAD} | at half of it, µs |");
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let Asked { name, asks, manner } = row;
        let bytes = body_bytes(ours, asks);
        let fixed = Server::start(&["serve", "fixed", &bytes.to_string()], core);
        let bare = Server::start(&["serve", "bare", &bytes.to_string()], core);
        let fixed_name = format!("fixed, {bytes} bytes");
        let mut sides = vec![(fixed_name.as_str(), &fixed, Figures::default())];
        sides.push(("ours", ours, Figures::default()));
        if manner.protocol == Protocol::Http1 {
            sides.push(("fixed, bare axum", &bare, Figures::default()));
        }
        let requests: Vec<Vec<u8>> = asks.iter().map(|ask| manner.protocol.request(ask)).collect();
        for _ in 0..ROUNDS {
            for (_, server, figures) in &mut sides {
                let time = (WARM_UP, ROUND);
                let server = server.whereabouts();
                figures.add(load::run(server, &requests, *manner, Pace::Saturation, time));
            }
        }
        let first = sides[0].2.per_second();
        // Half of what ours can do is asked of both, so that their times can be compared.
        let half = sides[1].2.per_second() / 2.0;
        for (side, server, figures) in &sides {
            let calm = load::run(
                server.whereabouts(),
                &requests,
                Manner { connections: 64, ..*manner },
                Pace::PerSecond(half),
                (WARM_UP, ROUND * 2),
            );
            println!(
                "| {name} | {side} | {:.0} | {:.3} | {} | {:.0} % | {:.1} | {} |",
                figures.per_second(),
                figures.per_second() / first,
                shown(figures),
                100.0 * figures.busy(),
                1e6 * figures.busy() / figures.per_second(),
                shown(&calm),
            );
        }
    }
}

/// Questions line by line, and what single ones notice of it.
fn many_at_once(ours: &Server, origins: &[Position]) {
    let asks = &Asked::all(origins)[0].asks;
    let single: Vec<Vec<u8>> = asks.iter().map(|ask| Protocol::Http1.request(ask)).collect();
    let time = ROUND * 4;
    let alone_ns = batch::ask_at_a_pace(ours.address, &single, 1_000, time);
    let streamed = batch::stream(ours.address, &questions(origins), &single, 1_000, time);
    println!("\n| batch, line by line, all cores | |\n|---|---|");
    println!("| questions/s | {:.0} |", streamed.per_second);
    for (name, times_ns) in [("without", alone_ns), ("beside", streamed.beside_ns)] {
        let figures = Figures { times_ns, ..Figures::default() };
        println!("| single ones, 1,000/s, {name} the batch, µs | {} |", shown(&figures));
    }
}

fn shown(figures: &Figures) -> String {
    let quantiles = figures.quantiles_us([0.5, 0.99, 0.999]);
    let mut text = String::new();
    for (place, quantile) in quantiles.into_iter().enumerate() {
        let separator = if place > 0 { " / " } else { "" };
        let _ = write!(text, "{separator}{quantile:.0}");
    }
    text
}

/// How many bytes the bodies of the answers have in the mean.
fn body_bytes(server: &Server, asks: &[Ask]) -> usize {
    let requests: Vec<Vec<u8>> = asks.iter().map(|ask| Protocol::Http1.request(ask)).collect();
    batch::body_bytes(server.address, &requests[..requests.len().min(2_000)])
}

fn synthetic_origins() -> Vec<Position> {
    synthetic_atms(ORIGINS as u64, 2).map(|machine| machine.position).collect()
}

/// The estate that is compiled in.
fn data() -> Snapshot {
    Snapshot::ingest(&Config::default().source_files().unwrap(), &mut |_| {}).unwrap()
}

/// Origins near the ATMs of `data/`, a few hundred metres off.
fn data_origins() -> Vec<Position> {
    let snapshot = data();
    let atms = u32::try_from(snapshot.len()).unwrap();
    let near = |number: u32| {
        let position = snapshot.position(Row(number % atms));
        let step = f64::from(number / atms % 41) / 5_000.0;
        Position::from_lat_lon(position.lat_deg() + step, position.lon_deg() - step).ok()
    };
    (0..).take(ORIGINS).filter_map(near).collect()
}

/// The archive of a synthetic estate, made where it is not there from an earlier run.
fn synthetic_archive(atms: u64) -> String {
    let folder = std::env::temp_dir().join(format!("nearest-atm-http-{atms}"));
    let kept = || -> Option<PathBuf> {
        let path = archive::list(&folder).ok()?.into_iter().next()?.path;
        archive::load(&path, Purpose::Inspection).ok().map(|_| path)
    };
    let path = kept().unwrap_or_else(|| {
        std::fs::create_dir_all(&folder).unwrap();
        let csv = folder.join("estate.csv");
        let mut out = BufWriter::new(File::create(&csv).unwrap());
        let (machines, source) = (synthetic_atms(atms, 1), synthetic_source(1));
        export::write_stream(&mut out, machines, &source, ExportFormat::Csv).unwrap();
        drop(out);
        let source = SourceFiles {
            name: "estate".to_owned(),
            inputs: vec![Input::file(&csv)],
            options: ReadOptions::default(),
            found_in_directory: false,
        };
        let snapshot = Snapshot::ingest(&[source], &mut |_| {}).unwrap();
        std::fs::remove_file(&csv).unwrap();
        archive::save(&folder, &snapshot, Timestamp::UNIX_EPOCH).unwrap().path
    });
    path.to_string_lossy().into_owned()
}
