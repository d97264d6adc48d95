//! Reload after reload while questions never cease: none fails, none is answered from two
//! snapshots, and memory stays as it is.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod process;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use process::{Client, Served, put_version, version_of};

/// How many reloads, unless `RELOADS` says how many or they take longer than this. They go on until
/// there are enough to prove something.
const RELOADS: u64 = 200;
const LONGEST: Duration = Duration::from_secs(15);
const ENOUGH: u64 = 30;

/// The longest until there are enough, on a machine that is slow or busy.
const LONGEST_UNTIL_ENOUGH: Duration = Duration::from_mins(10);

/// Machines of the list; an answer of 60 holds a good part of them.
const ATMS: usize = 200;

/// Clients that ask without a pause.
const CLIENTS: usize = 2;

/// What memory may grow by from a fifth of the reloads to the last, beside a tenth: allocators keep
/// what they may need again.
const GROWTH_MAX_BYTES: u64 = 16 << 20;

/// Asks until it is told to stop; gives how many answers it had.
fn ask(address: &str, stop: &AtomicBool, versions: &Mutex<HashMap<String, u64>>) -> u64 {
    let mut client = Client::connect(address).unwrap();
    let (mut answers, mut latest) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let target = if answers % 2 == 0 {
            "/v1/atms/nearest?lat=60.11&lon=24.9&limit=60&group=atm"
        } else {
            "/v1/atms/within?bbox=24.8,60.0,25.0,60.2&limit=1000"
        };
        let (status, answer) = client.ask("GET", target, "").unwrap();
        assert_eq!(status, 200, "{answer}");
        let (version, count) = version_of(&answer);
        assert_eq!(count, if answers % 2 == 0 { 60 } else { ATMS }, "part of a snapshot");
        let id = answer["snapshot"]["id"].as_str().unwrap().to_owned();
        let known = *versions.lock().unwrap().entry(id).or_insert(version);
        assert_eq!(known, version, "machines of another snapshot than the answer names");
        assert!(version >= latest, "{version} is served after {latest}");
        latest = version;
        answers += 1;
    }
    answers
}

/// Memory of a process in bytes, where the system tells.
fn resident_bytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[test]
fn a_reload_after_the_other_fails_no_question_mixes_no_snapshots_and_keeps_no_memory() {
    let asked = std::env::vars().find(|(name, _)| name == "RELOADS");
    let asked: Option<u64> = asked.map(|(_, count)| count.parse().unwrap());
    let (reloads, longest) = asked.map_or((RELOADS, LONGEST), |count| (count, Duration::MAX));
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("estate.csv");
    put_version(&source, 0, ATMS);
    let served = Served::start(&source, &folder.path().join("state"));
    let (stop, versions) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::default()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (address, stop, versions) =
                (served.public.clone(), Arc::clone(&stop), Arc::clone(&versions));
            std::thread::spawn(move || ask(&address, &stop, &versions))
        })
        .collect();

    let started = Instant::now();
    let process = served.child.id();
    let (mut done, mut sizes) = (0, Vec::new());
    for version in 1..=reloads {
        put_version(&source, version, ATMS);
        let (status, outcome) = served.administer("POST", "/admin/v1/reload", "").unwrap();
        assert_eq!(status, 200, "{outcome}");
        // Whoever watches the file may have been faster.
        assert!(["published", "unchanged"].contains(&outcome["decision"].as_str().unwrap()));
        assert_eq!(outcome["audited"], true, "{outcome}");
        if outcome["decision"] == "published" {
            assert_eq!(outcome["snapshot"]["atms"], ATMS, "{outcome}");
        }
        done = version;
        sizes.extend(resident_bytes(process));
        assert!(clients.iter().all(|client| !client.is_finished()), "a client stopped");
        let seen = versions.lock().unwrap().len() as u64;
        let is_enough = done >= ENOUGH && seen >= ENOUGH / 2;
        if started.elapsed() > if is_enough { longest } else { longest.max(LONGEST_UNTIL_ENOUGH) } {
            break;
        }
    }
    let took = started.elapsed();
    stop.store(true, Ordering::Relaxed);
    let answers: u64 = clients.into_iter().map(|client| client.join().unwrap()).sum();
    let seen = versions.lock().unwrap().len() as u64;
    println!("{done} reloads in {took:?}, {answers} answers from {seen} snapshots, none failed");
    assert!(done >= reloads.min(ENOUGH) && answers > done, "too few to prove anything");
    assert!(seen >= reloads.min(ENOUGH) / 2, "too few snapshots were seen to prove anything");

    // Sizes swing within a reload: the least of a stretch is what is kept.
    if let (Some(early), Some(late)) = (least(&sizes, 0.1, 0.2), least(&sizes, 0.9, 1.0)) {
        println!("resident: {} KiB after a fifth, {} KiB at the end", early >> 10, late >> 10);
        let allowed = early + early / 10 + GROWTH_MAX_BYTES;
        assert!(late <= allowed, "memory grew from {early} to {late} bytes");
    }
    let kept = std::fs::read_dir(folder.path().join("state/snapshots")).unwrap();
    let kept = kept.filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "atms")
    });
    assert!(kept.count() <= 6, "the last five are kept, and what is served");
}

/// The least size between two parts of the run.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a short list"
)]
fn least(sizes: &[u64], from: f64, to: f64) -> Option<u64> {
    let place = |part: f64| (sizes.len() as f64 * part) as usize;
    sizes.get(place(from)..place(to))?.iter().min().copied()
}
