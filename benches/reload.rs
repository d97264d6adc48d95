//! What a reload and a restart cost, and what lookups notice of them.
//!
//! `cargo bench --bench reload -- [ATMS]`; see `benches/README.md`. Starts are those of the built
//! program, from the start of its process to the line of its log that says what is published; the
//! other figures come from a process of their own too, so that none counts the memory of another.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nearest_atm::archive;
use nearest_atm::domain::{NearestQuery, OperationalStatus, Position, Row, StatusReport, Tri};
use nearest_atm::export::{self, ExportFormat};
use nearest_atm::index::{Entry, Index, Mask, spatial_order};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::publication::{Publication, View};
use nearest_atm::service::nearest;
use nearest_atm::service::reload::beside_lookups;
use nearest_atm::snapshot::{Purpose, Snapshot};
use nearest_atm::synth::{synthetic_atms, synthetic_source};

/// The allocator of the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ATMS: u64 = 3_000_000;

/// Origins of the lookups, drawn like the ATMs.
const ORIGINS: u64 = 20_000;

/// How long lookups are timed without a reload.
const QUIET: Duration = Duration::from_secs(5);

/// Live statuses in the row that tells what they cost.
const STATUSES: usize = 100_000;

/// How often the program is started on the CSV file: where a machine's memory is not the machine's
/// own, the first time pays for it.
const STARTS: usize = 3;

/// Lookups before the memory of serving is read: a process that was never asked anything keeps what
/// building has freed, for its allocator gives memory back on its way through the next requests.
const ASKED_TIMES: usize = 5;

/// What is touched to see how long the machine takes to give memory.
const TOUCHED_BYTES: usize = 1 << 30;

/// Lookups a second, each at its time whatever became of the one before: half of what one core can
/// answer and more than most services ever see.
const LOOKUPS_PER_S: u32 = 20_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["touch"] => touch(),
        ["ingest", csv, folder] => ingest_and_save(Path::new(csv), Path::new(folder)),
        ["restart", archive] => restart(Path::new(archive)),
        ["statuses", archive] => statuses(Path::new(archive)),
        ["reload", archive, csv] => reload(Path::new(archive), Path::new(csv)),
        _ => table(arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ATMS)),
    }
}

/// Makes the files, runs every phase and prints what each found.
fn table(atms: u64) {
    let folder = std::env::temp_dir().join(format!("nearest-atm-reload-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let csv = folder.join("estate.csv");
    let mut out = BufWriter::new(File::create(&csv).unwrap());
    let (machines, source) = (synthetic_atms(atms, 1), synthetic_source(1));
    export::write_stream(&mut out, machines, &source, ExportFormat::Csv).unwrap();
    // What the system still writes to disk would share the cores with what is measured.
    out.into_inner().unwrap().sync_all().unwrap();
    println!("{atms} synthetic ATMs; goals are those for 3,000,000 on 2 cores\n");
    println!("| figure | goal | measured |\n|---|---|---|");
    starts(&csv, &folder.join("state"));
    let saved = folder.join("saved");
    let path = |path: &Path| path.to_string_lossy().into_owned();
    phase(&["ingest", &path(&csv), &path(&saved)]);
    let archives = archive::list(&saved).unwrap();
    phase(&["restart", &path(&archives[0].path)]);
    phase(&["statuses", &path(&archives[0].path)]);
    phase(&["reload", &path(&archives[0].path), &path(&csv)]);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Starts the built program on a file it has no snapshot of, several times, and on what the last
/// one saved.
fn starts(csv: &Path, state: &Path) {
    let touching = || phase(&["touch"]);
    touching();
    let (mut took, mut most_kb) = (Vec::new(), 0);
    for _ in 0..STARTS {
        let _ = std::fs::remove_dir_all(state);
        let started = Started::on(csv, state);
        most_kb = most_kb.max(memory_kb_of(started.process.id(), "VmHWM"));
        took.push(format!("{:.2}", started.took.as_secs_f64()));
        // The first snapshot is saved once it is served; then its standing is noted.
        while !state.join("snapshots/standing.json").exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    row(
        "serve, CSV without a snapshot, start to published",
        "≤ 5 s",
        &format!("{} s", took.join(", ")),
    );
    row("memory at most until then", "–", &format!("{} MB", most_kb / 1_000));
    let restarted = Started::on(csv, state);
    row(
        "serve, restarted on its snapshot, start to published",
        "≤ 1.5 s",
        &format!("{:.2} s", restarted.took.as_secs_f64()),
    );
    let at_first = memory_kb_of(restarted.process.id(), "VmRSS") / 1_000;
    restarted.answer(ASKED_TIMES);
    let serving = memory_kb_of(restarted.process.id(), "VmRSS") / 1_000;
    row(
        "memory serving, a few lookups later; before the first of them",
        "≤ 900 MB",
        &format!("{serving} MB; {at_first} MB"),
    );
    drop(restarted);
    touching();
}

/// The built program, serving; it is killed when it is dropped.
struct Started {
    process: Child,
    address: String,
    /// From the start of the process to the line of the log.
    took: Duration,
}

impl Started {
    fn on(csv: &Path, state: &Path) -> Self {
        let begin = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
        command.arg("serve").arg(csv).args(["--listen", "127.0.0.1:0", "--state-dir"]).arg(state);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let (mut line, mut all) = (String::new(), String::new());
        while !line.contains("Published snapshot") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended:\n{all}");
            all.push_str(&line);
        }
        let took = begin.elapsed();
        std::thread::spawn(move || drop(log.read_to_end(&mut Vec::new())));
        let (_, behind) = all.split_once("Listening on http://").unwrap();
        let address = behind.split_whitespace().next().unwrap().to_owned();
        Self { process, address, took }
    }

    /// Has it answer a lookup a second.
    fn answer(&self, times: usize) {
        for _ in 0..times {
            let mut connection = TcpStream::connect(&self.address).unwrap();
            let target = "/v1/atms/nearest?lat=60.17&lon=24.94";
            let head = format!("GET {target} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
            connection.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Touches memory that the process has not had before.
fn touch() {
    let begin = Instant::now();
    let mut memory = vec![0_u8; TOUCHED_BYTES];
    memory.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
    black_box(&memory);
    row("1 GB of memory touched for the first time", "–", &seconds(begin));
}

/// Runs one phase in a process of its own and shows the rows it prints.
fn phase(arguments: &[&str]) {
    let this: PathBuf = std::env::current_exe().unwrap();
    let output = Command::new(this).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The harness may add lines of its own.
    for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with('|'))
    {
        println!("{line}");
    }
}

fn source(csv: &Path) -> SourceFiles {
    SourceFiles {
        name: "estate".to_owned(),
        inputs: vec![Input::file(csv)],
        options: ReadOptions::default(),
        found_in_directory: false,
    }
}

fn ingest_and_save(csv: &Path, folder: &Path) {
    let begin = Instant::now();
    let publication = Publication::default();
    publication.publish(Snapshot::ingest(&[source(csv)], &mut |_| {}).unwrap());
    row("of which reading and building", "–", &seconds(begin));
    let published = publication.current().unwrap();
    let snapshot = &*published.snapshot;
    let begin = Instant::now();
    black_box(snapshot.places());
    row("places the ATMs name, before a service publishes", "–", &seconds(begin));
    let begin = Instant::now();
    let rows = index_again(snapshot);
    row("order and index, of reading and building", "–", &seconds(begin));
    assert_eq!(rows, snapshot.len());
    let begin = Instant::now();
    let saved = archive::save(folder, snapshot, Timestamp::UNIX_EPOCH).unwrap();
    row("snapshot saved, on disk", "–", &seconds(begin));
    row("size of the file", "–", &format!("{} MB", saved.bytes / 1_000_000));
}

/// Orders and indexes the rows as if they had just come in.
fn index_again(snapshot: &Snapshot) -> usize {
    let rows = snapshot.rows_by_id();
    let positions: Vec<Position> = rows.iter().map(|&row| snapshot.position(row)).collect();
    let order = spatial_order(&positions);
    let entry = |(tie_rank, &place): (u32, &u32)| {
        let attributes = snapshot.atm(rows[place as usize]).attributes;
        let mask = Mask { yes: attributes.yes_bits(), no: attributes.no_bits() };
        Entry { position: positions[place as usize], mask, tie_rank }
    };
    (0..).zip(&order).map(entry).collect::<Index>().len()
}

fn restart(path: &Path) {
    let begin = Instant::now();
    let publication = Publication::default();
    let (snapshot, _) = archive::load(path, Purpose::Inspection).unwrap();
    publication.publish(snapshot);
    let published = publication.current().unwrap();
    let first = nearest(view(&published.snapshot), &query(published.snapshot.position(Row(0))));
    assert!(!first.neighbours.is_empty());
    row("of which from the archive to the first answer", "–", &seconds(begin));
}

fn statuses(path: &Path) {
    let publication = Publication::default();
    publication.publish(archive::load(path, Purpose::Inspection).unwrap().0);
    let origins = origins();
    let (without, ()) = timed_lookups(&publication, &origins, || std::thread::sleep(QUIET));
    let published = publication.current().unwrap();
    let rows = published.snapshot.rows_by_id();
    let reported: Vec<StatusReport> = rows
        .iter()
        .step_by((rows.len() / STATUSES).max(1))
        .enumerate()
        .map(|(number, &row)| StatusReport {
            atm: published.snapshot.id_of(row).into(),
            state: if number % 4 == 0 {
                OperationalStatus::OutOfService
            } else {
                OperationalStatus::InService
            },
            cash_out: Tri::Unknown,
            cash_in: Tri::Unknown,
            reported_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::MAX,
            source: "bench".into(),
            note: None,
        })
        .collect();
    let count = reported.len();
    let begin = Instant::now();
    publication.record(reported, Timestamp::UNIX_EPOCH);
    let took = begin.elapsed();
    row("statuses recorded at once", "–", &format!("{count} in {:.2} s", took.as_secs_f64()));
    let (with, ()) = timed_lookups(&publication, &origins, || std::thread::sleep(QUIET));
    row("lookup p50 / p99 without a status", "–", &shown(&without));
    row("lookup p50 / p99 with these, a quarter of them out of service", "–", &shown(&with));
    row("p99 with / without", "1", &format!("{:.2}", p(&with, 99) / p(&without, 99)));
}

fn reload(path: &Path, csv: &Path) {
    let publication = Publication::default();
    publication.publish(archive::load(path, Purpose::Inspection).unwrap().0);
    let serving_kb = memory_kb("VmRSS");
    let origins = origins();
    let (quiet, ()) = timed_lookups(&publication, &origins, || std::thread::sleep(QUIET));
    let (busy, took) = timed_lookups(&publication, &origins, || {
        let begin = Instant::now();
        let ingest = || Snapshot::ingest(&[source(csv)], &mut |_| {}).unwrap();
        let snapshot = beside_lookups(ingest);
        let replaced = publication.publish(snapshot);
        let took = begin.elapsed();
        beside_lookups(|| drop(replaced));
        took
    });
    let ratio = |one: f64, other: f64| format!("{:.2}", one / other);
    row("lookup p50 / p99 without a reload", "–", &shown(&quiet));
    row("lookup p50 / p99 during a reload", "–", &shown(&busy));
    row("p99 during / without", "≤ 3", &ratio(p(&busy, 99), p(&quiet, 99)));
    row("the reload, lookups going first", "–", &format!("{:.2} s", took.as_secs_f64()));
    let most_kb = memory_kb("VmHWM");
    row("memory at most while reloading", "–", &format!("{} MB", most_kb / 1_000));
    let hundredths = most_kb * 100 / serving_kb.max(1);
    let by_serving = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    row("the same by that of serving", "≤ 2.2", &by_serving);
}

/// Looks up at a steady pace until `work` is done on another thread. The time of a lookup counts
/// from when it was due, so that one that had to wait for a core counts its waiting.
fn timed_lookups<T: Send>(
    publication: &Publication,
    origins: &[Position],
    work: impl FnOnce() -> T + Send,
) -> (Vec<f64>, T) {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            let outcome = work();
            is_done.store(true, Ordering::Release);
            outcome
        });
        let mut times_us = Vec::with_capacity(1 << 21);
        let begin = Instant::now();
        for (number, &origin) in (0_u32..).zip(origins.iter().cycle()) {
            if is_done.load(Ordering::Acquire) {
                break;
            }
            let due = begin + Duration::from_secs(1) / LOOKUPS_PER_S * number;
            while Instant::now() < due {
                std::hint::spin_loop();
            }
            let published = publication.current().unwrap();
            black_box(nearest(published.at(Timestamp::UNIX_EPOCH), &query(origin)));
            times_us.push(due.elapsed().as_secs_f64() * 1e6);
        }
        times_us.sort_unstable_by(f64::total_cmp);
        (times_us, working.join().unwrap())
    })
}

fn origins() -> Vec<Position> {
    synthetic_atms(ORIGINS, 2).map(|machine| machine.position).collect()
}

fn view(snapshot: &Snapshot) -> View<'_> {
    View::of(snapshot, Timestamp::UNIX_EPOCH)
}

fn query(origin: Position) -> NearestQuery {
    NearestQuery::new(origin, 10)
}

/// The time that so many in a hundred do not exceed.
fn p(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn shown(sorted: &[f64]) -> String {
    format!("{:.1} / {:.1} µs", p(sorted, 50), p(sorted, 99))
}

fn row(figure: &str, goal: &str, measured: &str) {
    println!("| {figure} | {goal} | {measured} |");
}

fn seconds(since: Instant) -> String {
    format!("{:.2} s", since.elapsed().as_secs_f64())
}

/// What Linux says of a process: `VmRSS` is what it has in memory, `VmHWM` the most it had.
fn memory_kb(line: &str) -> u64 {
    memory_kb_of(std::process::id(), line)
}

fn memory_kb_of(process: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    value.and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
