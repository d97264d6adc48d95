//! No log line, error text or header repeats where someone is or what place they named.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use axum::Router;
use axum::routing::{get, post};
use nearest_atm::config::LogOptions;
use nearest_atm::http::{self, HttpOptions};
use nearest_atm::telemetry;

use crate::support::{PATIENCE, estate};

/// Where someone is, in digits that stand for nothing else, and a place they named.
const LAT: &str = "60.1698573";
const LON: &str = "24.9383791";
const PLACE: &str = "Mannerheimintie";

/// What no output may hold.
const SECRETS: [&str; 4] = ["60.16985", "24.93837", PLACE, "annerheim"];

fn assert_discreet(output: &str) {
    for line in output.lines() {
        for secret in SECRETS {
            assert!(!line.contains(secret), "{secret} in: {line}");
        }
    }
}

/// A server in a process of its own, whose every word is gathered.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    log: mpsc::Receiver<String>,
    lines: Vec<String>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        let mut process =
            Self { child, address: ([127, 0, 0, 1], 0).into(), log, lines: Vec::new() };
        let line = process.wait_for("http://127.0.0.1:");
        let (_, port) = line.rsplit_once("http://127.0.0.1:").unwrap();
        let digits: String = port.chars().take_while(char::is_ascii_digit).collect();
        process.address.set_port(digits.parse().unwrap());
        process
    }

    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE).unwrap();
            self.lines.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Sends bytes and gives what is answered until the server closes.
    fn send(&self, bytes: &[u8]) -> String {
        let mut connection = TcpStream::connect(self.address).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, target: &str) -> String {
        self.send(
            format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
    }

    pub(crate) fn post(&self, target: &str, body: &str) -> String {
        let length = body.len();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        self.send(format!("{head}{body}").as_bytes())
    }

    /// Posts a body with a header of its own.
    pub(crate) fn send_with(&self, target: &str, body: &str, header: &str) -> String {
        let length = body.len();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        self.send(format!("{head}{body}").as_bytes())
    }

    /// Asks it to stop as a service manager does, and gives everything it has logged.
    pub(crate) fn stop(self) -> String {
        let stopping = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(stopping.success());
        self.log_until_the_end()
    }

    /// What the administration listener, whose address the log tells, shows of metrics.
    pub(crate) fn metrics(&self) -> String {
        let told = self.lines.iter().find(|line| line.contains("Administration listens on"));
        let (_, port) = told.unwrap().rsplit_once("http://127.0.0.1:").unwrap();
        let digits: String = port.chars().take_while(char::is_ascii_digit).collect();
        let mut address = self.address;
        address.set_port(digits.parse().unwrap());
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                       Authorization: Bearer admin\r\n\r\n";
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Everything it has logged, once it has ended by itself.
    fn log_until_the_end(mut self) -> String {
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.lines.push(line);
        }
        self.child.wait().unwrap();
        self.lines.join("\n")
    }
}

/// The bytes of an HTTP/2 request for a target as it stands, however malformed.
fn http2_request(target: &str) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in
        [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", target)]
    {
        // A literal header field, neither indexed nor Huffman-coded (RFC 7541 § 6.2.2).
        head.push(0);
        for text in [name, value] {
            head.push(u8::try_from(text.len()).unwrap());
            head.extend_from_slice(text.as_bytes());
        }
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend_from_slice(&u32::try_from(head.len()).unwrap().to_be_bytes()[1..]);
    // HEADERS with END_STREAM and END_HEADERS on stream 1.
    bytes.extend_from_slice(&[1, 5, 0, 0, 0, 1]);
    bytes.extend_from_slice(&head);
    // GOAWAY, after which the server closes the connection when it has answered.
    bytes.extend_from_slice(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes
}

#[test]
fn the_log_at_its_most_talkative_and_every_failure_keep_positions_and_places_to_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.osm");
    std::fs::write(&file, estate()).unwrap();
    let talkative = |format: &str, request_timeout_ms: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).arg(&file);
        command.envs([
            ("NEAREST_ATM_LOG__LEVEL", "trace,hyper=trace,h2=trace,axum=trace"),
            ("NEAREST_ATM_LOG__FORMAT", format),
            ("NEAREST_ATM_HTTP__REQUEST_TIMEOUT_MS", request_timeout_ms),
            ("RUST_LOG", "trace"),
            ("RUST_BACKTRACE", "1"),
        ]);
        let mut process = Process::start(command);
        process.wait_for("Published snapshot");
        process
    };
    for format in ["text", "json"] {
        // One in which nothing takes too long, and one in which a request does.
        let process = talkative(format, "3600000");
        let impatient = talkative(format, "500");

        // Answers hold the origin as they should, so only the log is searched.
        let nearest = format!("/v1/atms/nearest?lat={LAT}&lon={LON}");
        for target in [nearest.clone(), format!("/v1/atms/within?bbox={LON},{LAT},25,61")] {
            let answer = process.get(&target);
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
        let body = format!("{{\"lat\": {LAT}, \"lon\": {LON}}}");
        assert!(process.post("/v1/atms/nearest", &body).starts_with("HTTP/1.1 200"));

        // So does a conversation, whose replies repeat what the person wrote.
        for body in [
            format!("{{\"text\": \"atm near {PLACE}\", \"locale\": \"fi-FI\"}}"),
            format!("{{\"position\": {{\"lat\": {LAT}, \"lon\": {LON}, \"accuracy_m\": 20}}}}"),
            format!("{{\"text\": \"nearest to {LAT}, {LON}\", \"explain\": true}}"),
            format!("{{\"text\": \"https://maps.example/?q={LAT},{LON} {PLACE}\"}}"),
        ] {
            assert!(process.post("/v1/chat", &body).starts_with("HTTP/1.1 200"), "{body}");
        }
        for body in [
            format!("{{\"text\": \"{PLACE}\", \"{PLACE} 1\": 1}}"),
            format!("{{\"text\": [\"{PLACE}\"], \"position\": {{\"lat\": \"{LAT}x\"}}}}"),
            format!("{{\"position\": {{\"lat\": 1{LAT}, \"lon\": -9{LON}, \"{LAT}\": 1}}}}"),
            format!("{{\"text\": \"a\", \"locale\": \"{PLACE}!\"}}"),
        ] {
            let answer = process.post("/v1/chat", &body);
            assert!(answer.starts_with("HTTP/1.1 400"), "{body}: {answer}");
            assert_discreet(&answer);
        }

        // Failures repeat nothing of the question.
        for target in [
            format!("{nearest}&near={PLACE}"),
            format!("/v1/atms/nearest?{LAT},{LON}"),
            format!("/v1/atms/nearest?near=Caf%C3%A9&{PLACE}"),
            format!("/v1/atms/nearest?{LAT}=1&{PLACE}%201=2"),
            format!("/v1/atms/nearest?lat={LAT}x&lon={LON},"),
            format!("/v1/atms/nearest?lat=1{LAT}&lon=-9{LON}"),
            format!("{nearest}&group={PLACE}&service={PLACE}&location_type={LAT}&fee={LON}"),
            format!("{nearest}&cursor={LAT}{PLACE}&limit={LAT}&max_distance_m=-{LON}"),
            format!("/v1/atms/within?bbox={LAT},{LON}"),
            format!("/v1/atms/{LAT},{LON}"),
            format!("/v1/atms/{PLACE}/%FF"),
            format!("/{PLACE}/{LAT}"),
            format!("/v1/vocabulary?near={PLACE}"),
            format!("/livez?lat={LAT} {LON}"),
        ] {
            let answer = process.get(&target);
            assert!(answer.starts_with("HTTP/1.1 "), "{target}: {answer}");
            assert_discreet(&answer);
        }
        for body in [
            format!("{{\"lat\": {LAT} {LON}}}"),
            format!("{{\"lat\": \"{LAT}x\", \"lon\": [{LON}], \"near\": \"{PLACE}\"}}"),
            format!("{{\"{LAT}\": {LON}, \"{PLACE} 1\": 1}}"),
            format!("[{LAT}, {LON}]"),
            format!("\"{PLACE}\""),
            format!("{{\"operator\": \"{PLACE}\\ud800\"}}"),
        ] {
            let answer = process.post("/v1/atms/nearest", &body);
            assert!(answer.starts_with("HTTP/1.1 400"), "{body}: {answer}");
            assert_discreet(&answer);
        }
        let unfinished = format!(
            "POST /v1/atms/nearest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: 999\r\n\r\n{{\"lat\": {LAT}"
        );
        assert_discreet(&impatient.send(unfinished.as_bytes()));
        assert_discreet(&process.send(format!("{LAT} /{PLACE} {LON}\r\n\r\n").as_bytes()));
        for target in [format!("{nearest}&x={PLACE}"), format!("{nearest} {PLACE}")] {
            process.send(&http2_request(&target));
        }

        let log: String = [process, impatient].map(Process::stop).concat();
        assert_discreet(&log);
        assert!(log.contains("Answered GET /v1/atms/nearest with 200"), "{log}");
        assert!(log.contains("Answered POST /v1/atms/nearest with 408"), "{log}");
        assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
    }
}

/// Asks administration for one thing, with this token.
fn administer(address: &str, request: &str, token: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        connection,
        "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    let _ = connection.read_to_string(&mut answer);
    answer
}

#[test]
fn administration_tells_nothing_of_who_asked_and_no_log_repeats_what_administrators_send() {
    const TOKEN: &str = "open-sesame-and-nobody-else";
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.osm");
    std::fs::write(&file, estate()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]).arg(&file);
    command.envs([
        ("NEAREST_ATM_LOG__LEVEL", "trace"),
        ("NEAREST_ATM_ADMIN_TOKEN", TOKEN),
        ("NEAREST_ATM_STATE_DIR", directory.path().join("state").to_str().unwrap()),
    ]);
    let mut process = Process::start(command);
    let line = process.wait_for("Administration listens on http://");
    let (_, admin) = line.split_once("Administration listens on http://").unwrap();
    let admin = admin.split_whitespace().next().unwrap().to_owned();
    process.wait_for("Published snapshot");
    let ask = |request: &str, body: &str| administer(&admin, request, TOKEN, body);

    process.get(&format!("/v1/atms/nearest?lat={LAT}&lon={LON}"));
    process.get(&format!("/v1/atms/within?bbox={LON},{LAT},25,61"));
    process.get(&format!("/v1/places?text={PLACE}"));
    process.post("/v1/atms/nearest", &format!("{{\"near\": \"{PLACE}\"}}"));
    process.get(&format!("/v1/{PLACE}/{LAT},{LON}"));
    let snapshots = ask("GET /admin/v1/snapshots", "");
    let (_, rest) = snapshots.split_once("\"current\":{\"id\":\"").unwrap();
    let report = format!("GET /admin/v1/snapshots/{}/report", &rest[..32]);
    for request in ["GET /metrics", "GET /admin/v1/audit", "GET /admin/v1/sources", &report] {
        let answer = ask(request, "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{request}: {answer}");
        assert_discreet(&answer);
    }
    assert_discreet(&snapshots);

    for (request, body) in [
        (format!("GET /admin/v1/{PLACE}/{LAT}"), String::new()),
        (format!("GET /admin/v1/audit?near={PLACE}&cursor={LAT}"), String::new()),
        (format!("POST /admin/v1/snapshots/{PLACE}/publish"), String::new()),
        (format!("PUT /admin/v1/atms/{PLACE}/status"), "{\"state\": \"in_service\"}".to_owned()),
        ("PUT /admin/v1/atms/osm:node/1/status".to_owned(), format!("{{\"state\": \"{PLACE}\"}}")),
        ("PUT /admin/v1/atms/osm:node/1/status".to_owned(), format!("{{{LAT}, {LON}")),
        ("POST /admin/v1/reload".to_owned(), format!("{{\"source\": \"{PLACE}\"}}")),
        ("POST /admin/v1/statuses".to_owned(), format!("[{{\"{PLACE}\": {LAT}}}")),
    ] {
        let answer = ask(&request, &body);
        assert!(answer.starts_with("HTTP/1.1 4"), "{request}: {answer}");
        assert_discreet(&answer);
    }
    assert_discreet(&administer(&admin, "GET /metrics", &format!("{PLACE}{LAT}"), ""));
    // A note is for whoever looks at the machine, and for no log.
    let note = format!("{{\"state\": \"in_service\", \"note\": \"{PLACE} {LAT}\"}}");
    let answer = ask("PUT /admin/v1/atms/osm:node/1/status", &note);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ask("POST /admin/v1/reload", "");

    let log = process.stop();
    assert_discreet(&log);
    assert!(!log.contains(TOKEN), "{log}");
    assert!(log.contains("Answered PUT"), "{log}");
}

#[test]
fn a_panic_is_logged_with_its_place_and_without_its_values() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "privacy::a_server_that_panics", "--ignored", "--nocapture"]);
    command.env("RUST_BACKTRACE", "1");
    let process = Process::start(command);
    for answer in
        [process.get(&format!("/at/{LAT}")), process.post("/unwrap", &format!("\"{PLACE}\""))]
    {
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(answer.contains("\"code\":\"internal\""), "{answer}");
        assert_discreet(&answer);
    }
    assert!(process.get("/fixed").starts_with("HTTP/1.1 500"));
    let log = {
        let mut process = process;
        drop(process.child.stdin.take());
        process.log_until_the_end()
    };
    assert_eq!(log.matches("Panicked at ").count(), 3, "{log}");
    assert!(log.contains("tests/api/privacy.rs:"), "{log}");
    assert!(log.contains("a fixed reason"), "{log}");
    assert!(log.contains("Answered GET /at/{lat} with 500"), "{log}");
    assert_discreet(&log);
}

#[tokio::test]
#[ignore = "the server of the test above, which runs it in a process of its own"]
async fn a_server_that_panics() {
    async fn formatted(path: axum::extract::Path<String>) {
        panic!("nothing at {}", path.0);
    }
    async fn unwrapped(body: String) {
        let nothing: Result<(), String> = if body.is_empty() { Ok(()) } else { Err(body) };
        nothing.unwrap();
    }
    async fn fixed() {
        panic!("a fixed reason");
    }
    telemetry::start(&LogOptions { level: "trace".to_owned(), ..LogOptions::default() }).unwrap();
    let routes = Router::new()
        .route("/at/{lat}", get(formatted))
        .route("/unwrap", post(unwrapped))
        .route("/fixed", get(fixed));
    let options = HttpOptions::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    eprintln!("http://{}", listener.local_addr().unwrap());
    let (done, is_done) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = done.send(());
    });
    let shutdown = async { drop(is_done.await) };
    http::serve(listener, http::surround(routes, &options), &options, shutdown, PATIENCE).await;
}
