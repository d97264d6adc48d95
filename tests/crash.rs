//! The service is killed at random moments while statuses are written: no acknowledged write is
//! lost, and it always starts again.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TOKEN: &str = "crash-test-token";

/// How often it is killed, and the longest the test may take; what was done by then is checked.
const KILLS: u32 = 200;
const LONGEST: Duration = Duration::from_mins(5);

const ATMS: usize = 40;

struct Served {
    child: Child,
    admin: String,
}

impl Served {
    fn start(source: &Path, state: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NEAREST_ATM_")) {
            command.env_remove(name);
        }
        let mut child = command
            .arg("serve")
            .arg(source)
            .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .env("NEAREST_ATM_ADMIN_TOKEN", TOKEN)
            .env("NEAREST_ATM_STATE_DIR", state)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let (mut admin, mut seen) = (None, String::new());
        let mut is_published = false;
        while admin.is_none() || !is_published {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended:\n{seen}");
            seen.push_str(&line);
            if let Some((_, rest)) = line.split_once("Administration listens on http://") {
                admin = rest.split_whitespace().next().map(str::to_owned);
            }
            is_published |= line.contains("Published snapshot");
        }
        std::thread::spawn(move || drop(log.read_to_string(&mut String::new())));
        Self { child, admin: admin.unwrap() }
    }

    fn kill(mut self) {
        // On Unix this is SIGKILL: nothing of the process runs any more.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Asks administration; `None` when the answer does not arrive whole.
fn ask(address: &str, method: &str, target: &str, body: &str) -> Option<(u16, String)> {
    let mut connection = TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let length = body.len();
    write!(
        connection,
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str::<serde_json::Value>(body).ok()?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Writes until it is told to stop, and remembers the last number acknowledged of each machine and
/// the last one sent.
fn write(address: &str, writer: usize, stop: &AtomicBool, known: &Mutex<Known>) {
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let atm = (writer * 13 + usize::try_from(number).unwrap() * 3) % ATMS;
        // One writer a machine, so that the order of its writes is known.
        let atm = atm - atm % 2 + writer % 2;
        let next = {
            let mut known = known.lock().unwrap();
            let (_, sent) = known.entry(atm).or_default();
            *sent += 1;
            *sent
        };
        let body = format!("{{\"state\": \"out_of_service\", \"note\": \"{next}\"}}");
        let target = format!("/admin/v1/atms/estate:{atm}/status");
        let Some((200, answer)) = ask(address, "PUT", &target, &body) else { continue };
        assert!(answer.contains("\"durable\":true"), "{answer}");
        let mut known = known.lock().unwrap();
        let (acknowledged, _) = known.entry(atm).or_default();
        *acknowledged = next.max(*acknowledged);
    }
}

/// Of each machine, the last write acknowledged and the last one sent.
type Known = HashMap<usize, (u64, u64)>;

fn assert_nothing_acknowledged_is_lost(address: &str, known: &Known) {
    for (atm, (acknowledged, sent)) in known {
        let target = format!("/admin/v1/atms/estate:{atm}/status");
        let (status, body) = ask(address, "GET", &target, "").unwrap();
        assert_eq!(status, 200, "{body}");
        let kept: serde_json::Value = serde_json::from_str(&body).unwrap();
        let note = kept["status"]["note"].as_str().map_or(0, |note| note.parse().unwrap());
        assert!(
            (*acknowledged..=*sent).contains(&note),
            "estate:{atm} has {note}; {acknowledged} was acknowledged, {sent} sent"
        );
    }
}

#[test]
fn killed_two_hundred_times_it_loses_no_acknowledged_status_and_always_starts() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("estate.csv");
    let rows: Vec<String> =
        (0..ATMS).map(|atm| format!("{atm},60.{:04},24.9", 1000 + atm)).collect();
    std::fs::write(&source, format!("id,lat,lon\n{}\n", rows.join("\n"))).unwrap();
    let state = folder.path().join("state");
    let known: Arc<Mutex<Known>> = Arc::default();
    let started = Instant::now();
    let seed = std::process::id();
    println!("seed {seed}");
    let mut draw = u64::from(seed);
    let mut kills = 0;
    let mut served = Served::start(&source, &state);
    while kills < KILLS && started.elapsed() < LONGEST {
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let (address, stop, known) =
                    (served.admin.clone(), Arc::clone(&stop), Arc::clone(&known));
                std::thread::spawn(move || write(&address, writer, &stop, &known))
            })
            .collect();
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros(1_000 + (draw >> 33) % 60_000));
        stop.store(true, Ordering::Relaxed);
        served.kill();
        kills += 1;
        for writer in writers {
            writer.join().unwrap();
        }
        served = Served::start(&source, &state);
        assert_nothing_acknowledged_is_lost(&served.admin, &known.lock().unwrap());
    }
    served.kill();
    let acknowledged: u64 = known.lock().unwrap().values().map(|(last, _)| last).sum();
    println!("{kills} kills, {acknowledged} writes acknowledged, {:?}", started.elapsed());
    assert!(kills >= 20 && acknowledged > u64::from(kills), "too few to prove anything");
}
