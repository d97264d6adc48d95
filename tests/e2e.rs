//! The built binary, as a new user runs it: every command of the README, exit codes, a clean log.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

#[cfg(feature = "mcp")]
#[path = "e2e/models.rs"]
mod models;

const README: &str = include_str!("../README.md");

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
    // Settings of whoever runs the tests are not the tests' business.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("NEAREST_ATM_")) {
        command.env_remove(name);
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(arguments: &[&str]) -> Output {
    binary().args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running service on a free port; its log is kept.
struct Served {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
    seen: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        Self::start_logging("debug", arguments)
    }

    fn start_logging(level: &str, arguments: &[&str]) -> Self {
        let mut child = binary()
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .env("NEAREST_ATM_LOG__LEVEL", level)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut served = Self { child, address: String::new(), log, seen: String::new() };
        let line = served.wait_for("Listening on http://");
        let address = line.split("http://").nth(1).unwrap();
        address.split_whitespace().next().unwrap().clone_into(&mut served.address);
        served.wait_for("Published snapshot");
        served
    }

    /// Reads the log up to the first line that contains `words`.
    fn wait_for(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).unwrap();
            assert!(read > 0, "the log ended before {words:?}:\n{}", self.seen);
            self.seen.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    fn get(&self, target: &str, accept: &str) -> (u16, String) {
        self.ask(&format!(
            "GET {target} HTTP/1.1\r\nhost: {}\r\naccept: {accept}\r\nconnection: close\r\n\r\n",
            self.address
        ))
    }

    fn post(&self, target: &str, accept: &str, json: &str) -> (u16, String) {
        self.ask(&format!(
            "POST {target} HTTP/1.1\r\nhost: {}\r\naccept: {accept}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
            self.address,
            json.len()
        ))
    }

    fn ask(&self, request: &str) -> (u16, String) {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Asks the service to stop as a service manager does, and gives its whole log.
    fn stop(mut self) -> String {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(stopped.success());
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        self.seen.push_str(&rest);
        assert!(self.child.wait().unwrap().success(), "{}", self.seen);
        std::mem::take(&mut self.seen)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn assert_clean(log: &str) {
    let faults: Vec<&str> =
        log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR")).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The code blocks of the README in the given language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The commands of the README's console blocks, without what they print.
fn commands() -> Vec<&'static str> {
    blocks("console")
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("$ "))
        .collect()
}

/// Arguments as a shell would split them; the README needs no more than single quotes.
fn split(arguments: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in arguments.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_first_question_of_the_readme_has_the_answer_printed_there() {
    let command = commands().into_iter().find(|command| command.starts_with("curl")).unwrap();
    let url = split(command).pop().unwrap();
    let target = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    let served = Served::start(&["serve"]);
    let (status, body) = served.get(target, "*/*");
    assert_eq!(status, 200);
    let printed: Value = serde_json::from_str(blocks("json")[0]).unwrap();
    let answered: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answered, printed, "the answer is now:\n{answered:#}");
    assert_clean(&served.stop());
}

#[test]
fn the_readme_begins_with_a_command_and_an_answer() {
    let line_of = |words: &str| README.lines().position(|line| line.contains(words)).unwrap() + 1;
    assert!(line_of("$ cargo run --release -- serve") <= 20);
    assert!(line_of("\"neighbours\"") <= 30);
}

#[test]
fn every_command_of_the_readme_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for command in commands() {
        if let Some(arguments) = command.strip_prefix("cargo run --release -- ") {
            let mut arguments = split(arguments);
            if arguments[0] == "serve" {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                // A region's extract is the reader's own file; the data here stands in for it.
                let arguments: Vec<&str> = arguments
                    .into_iter()
                    .map(|a| if a.ends_with(".osm.pbf") { "data/monaco.geojson" } else { a })
                    .collect();
                assert_clean(&Served::start(&arguments).stop());
            } else {
                for argument in &mut arguments {
                    if let Some(name) = argument.strip_prefix("/tmp/") {
                        *argument = folder.path().join(name).to_string_lossy().into_owned();
                    }
                }
                let output = binary().args(&arguments).output().unwrap();
                assert!(output.status.success(), "{command}: {}", text(&output.stderr));
            }
            ran += 1;
        }
    }
    assert!(ran >= 5, "only {ran} commands were found in the README");
}

#[test]
fn a_terminal_answer_names_a_machine_at_helsinki_central_station() {
    let output = run(&["find", "--lat", "60.1719", "--lon", "24.9414", "--limit", "3"]);
    assert!(output.status.success());
    let table = text(&output.stdout);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.lines().next().unwrap().starts_with("distance"), "{table}");
}

#[test]
fn find_answers_json_and_geojson_like_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, shape: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, shape.to_string()).unwrap();
        path.to_string_lossy().into_owned()
    };
    let ring = [[24.93, 60.16], [24.96, 60.16], [24.95, 60.18], [24.93, 60.16]];
    let polygon = json!({ "type": "Polygon", "coordinates": [ring] });
    let line = json!({ "type": "LineString", "coordinates": [[24.93, 60.165], [24.95, 60.172]] });
    let (polygon_file, line_file) = (file("area.geojson", &polygon), file("line.geojson", &line));
    let within = "/v1/atms/within";
    let served = Served::start(&["serve"]);
    for (arguments, path, question) in [
        (
            &["--lat", "43.7396", "--lon", "7.4269", "--limit", "2"][..],
            "/v1/atms/nearest",
            json!({ "lat": 43.7396, "lon": 7.4269, "limit": 2 }),
        ),
        (
            &["--within", "24.93,60.16,24.96,60.18", "--limit", "3", "--operator", "Otto"],
            within,
            json!({ "bbox": "24.93,60.16,24.96,60.18", "limit": 3, "operator": "Otto" }),
        ),
        (
            &["--within", &polygon_file, "--limit", "5"],
            within,
            json!({ "polygon": polygon, "limit": 5 }),
        ),
        (
            &["--along", &line_file, "--buffer-m", "150", "--limit", "5"],
            within,
            json!({ "along": line, "buffer_m": 150, "limit": 5 }),
        ),
    ] {
        for (format, accept) in [("json", "application/json"), ("geojson", "application/geo+json")]
        {
            let both = || -> [Value; 2] {
                let output =
                    binary().arg("find").args(arguments).args(["--format", format]).output();
                let (_, body) = served.post(path, accept, &question.to_string());
                [&output.unwrap().stdout, body.as_bytes()]
                    .map(|json| serde_json::from_slice(json).unwrap())
            };
            let [mut found, mut answered] = both();
            if found != answered {
                // A machine may have opened or closed between the two.
                [found, answered] = both();
            }
            assert!(answered["next"].is_string(), "{answered}");
            assert_eq!(found, answered);
        }
    }
}

#[test]
fn find_knows_the_landmarks_of_the_configuration_as_the_service_does() {
    let folder = tempfile::tempdir().unwrap();
    let landmarks = folder.path().join("landmarks.csv");
    std::fs::write(&landmarks, "name,lat,lon\nMoominland Head Office,60.1719,24.9414\n").unwrap();
    let config = folder.path().join("config.toml");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/helsinki-centre.geojson");
    std::fs::write(
        &config,
        format!("landmarks = {landmarks:?}\n[[sources]]\nlocation = {data:?}\n"),
    )
    .unwrap();
    let find = |near: &str| {
        let config = config.to_str().unwrap();
        run(&["find", "--config", config, "--near", near, "--format", "json"])
    };
    let found: Value = serde_json::from_slice(&find("moominland head office").stdout).unwrap();
    assert_eq!(found["origin"]["place"]["name"], "Moominland Head Office", "{found}");
    let unknown = run(&["find", data.to_str().unwrap(), "--near", "Moominland Head Office"]);
    assert_eq!(unknown.status.code(), Some(2), "who gives sources alone has no landmarks");
}

#[test]
fn a_terminal_answer_goes_on_by_cursor_to_the_end_of_an_area() {
    let question = ["find", "--within", "24.9,60.1,25.0,60.2", "--limit", "6"];
    let (mut lines, mut pages, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let cursor_arguments: Vec<String> =
            cursor.iter().flat_map(|cursor| ["--cursor".to_owned(), cursor.clone()]).collect();
        let output = binary().args(question).args(cursor_arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        lines.extend(text(&output.stdout).lines().skip(1).map(str::to_owned));
        pages += 1;
        let said = text(&output.stderr);
        cursor = said.split_once("--cursor ").map(|(_, rest)| rest.trim().to_owned());
        if cursor.is_none() {
            break;
        }
    }
    assert!(pages > 2, "{pages}");
    let all =
        run(&["find", "--within", "24.9,60.1,25.0,60.2", "--limit", "1000", "--format", "json"]);
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(lines.len(), all["atms"].as_array().unwrap().len());
}

#[test]
fn exit_codes_tell_what_kind_of_failure_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    };
    let clean = path("clean.csv", "id,lat,lon\n1,60.1719,24.9414\n");
    let metres = path("metres.csv", "id,lat,lon\n1,6672000.5,385000.25\n");
    let torn = path("torn.geojson", "{\"type\":\"FeatureCollection\",\"features\":[{\"type\"");
    for (code, arguments) in [
        (0, vec!["check", &clean]),
        (0, vec!["config"]),
        (2, vec!["check"]),
        (2, vec!["find", "--lat", "123", "--lon", "5"]),
        (2, vec!["find", "--within", "no-such-file.geojson"]),
        (2, vec!["find", "--within", "1,2,3,4", "--lat", "1"]),
        (2, vec!["find", "--along", "line.geojson"]),
        (2, vec!["find", "--lat", "1", "--lon", "5", "--cursor", "nonsense"]),
        (2, vec!["convert", &clean, "-o", "/tmp/out.xlsx"]),
        (2, vec!["no-such-command"]),
        (3, vec!["check", &metres]),
        (3, vec!["serve", &metres, "--listen", "127.0.0.1:0"]),
        (4, vec!["check", &torn]),
        (4, vec!["check", "no/such/file.csv"]),
        (4, vec!["check", "postgres://user:secret@host/db"]),
        (4, vec!["serve", &torn, "--listen", "127.0.0.1:0"]),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(!text(&output.stderr).contains("secret"));
        assert_eq!(output.stderr.is_empty(), code == 0, "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn rejected_rows_are_written_whole_with_file_row_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("bank.csv");
    std::fs::write(&source, "id,lat,lon\n1,60.1719,24.9414\n2,,\n3,0,0\n4,91,200\n").unwrap();
    let rejects = folder.path().join("rejects.csv");
    let output = binary()
        .args(["check", "--format", "json", "--rejects"])
        .args([&rejects, &source])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "three of four rows are too many for the guard");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["files"][0]["admitted"], 1);
    let written = std::fs::read_to_string(&rejects).unwrap();
    assert_eq!(
        written
            .lines()
            .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
            .collect::<Vec<_>>(),
        [
            "file,row,reason",
            "bank.csv,line 3,missing_position",
            "bank.csv,line 4,null_island",
            "bank.csv,line 5,latitude_out_of_range",
        ]
    );
}

#[test]
fn no_position_enters_the_log_at_its_most_talkative() {
    let served = Served::start_logging("trace", &["serve"]);
    let (lat, lon) = ("60.1766554", "24.9433221");
    for target in [
        format!("/v1/atms/nearest?lat={lat}&lon={lon}"),
        format!("/v1/atms/nearest?lat={lat}&lon={lon}&oops=1"),
        format!("/v1/atms/within?bbox=24.9,60.1,{lon},{lat}"),
        format!("/v1/nowhere/{lat},{lon}"),
        format!("/v1/atms/{lat},{lon}"),
    ] {
        served.get(&target, "*/*");
    }
    let log = served.stop();
    for digits in ["1766554", "9433221"] {
        assert!(!log.contains(digits), "{log}");
    }
}

#[test]
fn a_synthetic_estate_is_labelled_in_every_record_and_is_the_same_for_one_seed() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.csv", "b.csv"].map(|name| folder.path().join(name));
    for path in &paths {
        let output =
            binary().args(["synth", "--count", "2000", "--seed", "7", "-o"]).arg(path).output();
        assert!(output.unwrap().status.success());
    }
    let [first, second] = paths.map(|path| std::fs::read_to_string(path).unwrap());
    assert_eq!(first, second);
    assert_eq!(first.lines().count(), 2001);
    assert!(first.lines().skip(1).all(|line| line.contains("synthetic (seed 7)")));
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/README.md").is_file());
}

#[test]
fn check_tells_what_differs_from_what_is_served_and_what_the_guard_would_say() {
    let folder = tempfile::tempdir().unwrap();
    let list = |name: &str, rows: std::ops::Range<u32>, operator: &str| {
        let path = folder.path().join(name);
        let rows = rows.map(|row| format!("{row},60.{},24.9,{operator}", 100 + row));
        let lines: Vec<String> =
            std::iter::once("id,lat,lon,operator".to_owned()).chain(rows).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let before = list("before.csv", 0..100, "Otto");
    let after = list("after.csv", 0..101, "Aktia");
    let halved = list("halved.csv", 0..50, "Otto");
    let output = run(&["check", &after, "--against", &before]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    assert!(told.contains("1 added, 0 removed, 0 moved, 100 changed, 0 as before"), "{told}");
    assert!(told.contains("fields changed: operator 100"), "{told}");
    assert!(told.contains("the guard would publish it"), "{told}");

    // Against the file a service saved.
    let state = folder.path().join("state");
    let served = Served::start(&["serve", &before, "--state-dir", state.to_str().unwrap()]);
    assert_clean(&served.stop());
    let saved = std::fs::read_dir(state.join("snapshots")).unwrap();
    let mut saved = saved.map(|entry| entry.unwrap().path());
    let saved = saved.find(|path| path.extension().is_some_and(|it| it == "atms")).unwrap();
    let saved = saved.to_str().unwrap();
    let output = run(&["check", &halved, "--against", saved, "--format", "json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["difference"]["removed"]["count"], 50);
    assert_eq!(told["difference"]["unchanged"], 50);
    let refusals = told["refused_because"].as_array().unwrap();
    assert!(refusals[0].as_str().unwrap().contains("a loss of 50 %"), "{refusals:?}");

    let torn = folder.path().join("torn.atms");
    std::fs::write(&torn, &std::fs::read(saved).unwrap()[..1_000]).unwrap();
    let torn = torn.to_str().unwrap();
    for (code, arguments) in [
        (4, vec!["check", &after, "--against", torn]),
        (4, vec!["check", &after, "--against", "no/such/file.csv"]),
        (2, vec!["check", &after, &halved, "--against", &before]),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn credentials_of_a_source_are_in_no_output_however_it_fares() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let bank = std::thread::spawn(move || {
        // The list once, then nothing but failures.
        let list = "id,lat,lon\n1,60.1,24.9\n";
        let length = list.len();
        let good = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{list}");
        let bad = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n".to_owned();
        for answer in [good, bad] {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let read = connection.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            assert!(request.contains("Basic "), "{request}");
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    let location = format!("http://atm:hunter2@127.0.0.1:{port}/estate.csv?key=sesame");
    let mut served = Served::start_logging("trace", &["serve", &location]);
    let reloading = Command::new("kill").args(["-HUP", &served.child.id().to_string()]).status();
    assert!(reloading.unwrap().success());
    bank.join().unwrap();
    served.wait_for("refused the credentials");
    let (_, ready) = served.get("/readyz", "*/*");
    let mut log = served.stop();
    let output = run(&["check", &location]);
    assert_eq!(output.status.code(), Some(4));
    log += &(text(&output.stderr) + &text(&output.stdout) + &ready);
    // "atm:hunter2" in base64 is YXRtOmh1bnRlcjI=.
    for secret in ["hunter2", "sesame", "h1bnRlcj"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
