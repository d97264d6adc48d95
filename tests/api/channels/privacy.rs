//! Of what people say on every channel, where they are appears nowhere but in the memory of the
//! process, and the place they name nowhere but in the words of the reply to themselves.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    ACCESS_TOKEN, APP_SECRET, BOT_SECRET, BOT_TOKEN, NUMBER, Sent, StandIn, VERIFY_TOKEN,
    messenger_body, messenger_text, now_s, sign, telegram_message, whatsapp_body,
    whatsapp_location, whatsapp_text,
};
use crate::privacy::Process;
use crate::support::{PATIENCE, estate};

/// Where someone is, in digits that stand for nothing else.
const LAT: f64 = 60.169_857_3;
const LON: f64 = 24.938_379_1;
const DIGITS: [&str; 2] = ["60.1698", "24.9383"];

/// Places that were named: one that is known, one that is not.
const PLACES: [&str; 2] = ["Kauniainen", "Mannerheimintie"];

/// Who they are.
const PEOPLE: [&str; 3] = ["7700112233", "358409988776", "5566778899"];

/// What a reply is told by.
const WORDS_OF_REPLIES: [&str; 8] =
    ["text", "body", "title", "subtitle", "description", "payload", "callback_data", "id"];

#[tokio::test(flavor = "multi_thread")]
async fn where_people_are_and_what_they_name_is_in_no_log_metric_file_or_address() {
    let stand_in = StandIn::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.osm");
    std::fs::write(&file, estate()).unwrap();
    let state = directory.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let process = tokio::task::block_in_place(|| {
        let mut process = Process::start(command(&file, &state, &stand_in));
        process.wait_for("Published snapshot");
        process
    });
    let expected = tokio::task::block_in_place(|| say_everything(&process));
    let sent = stand_in.wait_for(expected).await;
    // What has come to a platform is counted when its answer has come back.
    let started = Instant::now();
    let metrics = loop {
        let metrics = tokio::task::block_in_place(|| process.metrics());
        if metrics.contains("atm_channel_events_total{channel=\"telegram\",event=\"sent\"}") {
            break metrics;
        }
        assert!(started.elapsed() < PATIENCE, "{metrics}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_discreet(&metrics);
    // Asked to stop, it sends what is still to be sent.
    let log = tokio::task::block_in_place(|| process.stop());
    assert_discreet(&log);
    for secret in [APP_SECRET, VERIFY_TOKEN, ACCESS_TOKEN, BOT_TOKEN, BOT_SECRET] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert!(log.contains("Answered POST /channels/whatsapp with 200"), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    let mut files = 0;
    for_each_file(&state, &mut |bytes| {
        files += 1;
        for words in secrets() {
            let is_there = bytes.windows(words.len()).any(|part| part == words.as_bytes());
            assert!(!is_there, "{words} in a file");
        }
    });
    assert!(files > 0, "nothing was kept at all");
    let sent = [sent, stand_in.sent()].concat();
    assert!(sent.iter().any(|sent| sent.whole.contains("Street")));
    sent.iter().for_each(assert_needed);
}

fn secrets() -> impl Iterator<Item = &'static str> {
    DIGITS.into_iter().chain(PLACES).chain(PEOPLE)
}

fn assert_discreet(output: &str) {
    for line in output.lines() {
        for words in secrets() {
            assert!(!line.contains(words), "{words} in: {line}");
        }
    }
}

/// Asserts that a request to a platform holds no position, and a place only where the reply tells it.
fn assert_needed(sent: &Sent) {
    for digits in DIGITS {
        assert!(!sent.whole.contains(digits), "{digits} in {}", sent.whole);
    }
    let (head, _body) = sent.whole.rsplit_once('\n').unwrap();
    for place in PLACES {
        assert!(!head.contains(place), "{place} in {head}");
        walk("", &sent.body, &mut |key, text| {
            let is_told = WORDS_OF_REPLIES.contains(&key);
            assert!(is_told || !text.contains(place), "{place} in {key}: {text}");
        });
    }
}

fn walk(key: &str, value: &Value, look: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => look(key, text),
        Value::Array(values) => values.iter().for_each(|value| walk(key, value, look)),
        Value::Object(members) => members.iter().for_each(|(key, value)| walk(key, value, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn command(file: &Path, state: &Path, stand_in: &StandIn) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearest-atm"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]).arg(file);
    let api = format!("http://{}", stand_in.address);
    command.env("NEAREST_ATM_STATE_DIR", state);
    for (name, value) in [
        ("ADMIN_TOKEN", "admin"),
        ("LOG__LEVEL", "trace,hyper=trace,h2=trace,axum=trace,reqwest=trace"),
        ("CHANNELS__MESSENGER__APP_SECRET", APP_SECRET),
        ("CHANNELS__MESSENGER__VERIFY_TOKEN", VERIFY_TOKEN),
        ("CHANNELS__MESSENGER__ACCESS_TOKEN", ACCESS_TOKEN),
        ("CHANNELS__MESSENGER__API", &api),
        ("CHANNELS__WHATSAPP__APP_SECRET", APP_SECRET),
        ("CHANNELS__WHATSAPP__VERIFY_TOKEN", VERIFY_TOKEN),
        ("CHANNELS__WHATSAPP__ACCESS_TOKEN", ACCESS_TOKEN),
        ("CHANNELS__WHATSAPP__PHONE_NUMBER_ID", NUMBER),
        ("CHANNELS__WHATSAPP__API", &api),
        ("CHANNELS__TELEGRAM__TOKEN", BOT_TOKEN),
        ("CHANNELS__TELEGRAM__SECRET_TOKEN", BOT_SECRET),
        ("CHANNELS__TELEGRAM__API", &api),
    ] {
        command.env(format!("NEAREST_ATM_{name}"), value);
    }
    command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")]);
    command
}

/// Says where someone is and what they name in every way there is, on every channel and to the
/// chat; how many messages come of it at least.
fn say_everything(process: &Process) -> usize {
    let texts = [
        format!("ATM near {LAT}, {LON}"),
        format!("https://www.openstreetmap.org/?mlat={LAT}&mlon={LON}#map=17/{LAT}/{LON}"),
        format!("geo:{LAT},{LON}"),
        "closest cash machine in Kauniainen that takes deposits".to_owned(),
        "free ATM near Mannerheimintie 1957".to_owned(),
        format!("{LAT} {LON} Mannerheimintie {}", "x".repeat(5000)),
    ];
    let [messenger, whatsapp, telegram] = PEOPLE;
    let taken = |answer: &str| assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for (number, text) in texts.iter().enumerate() {
        let id = format!("t{number}");
        taken(
            &process
                .meta("messenger", &messenger_body(&json!([messenger_text(messenger, &id, text)]))),
        );
        taken(
            &process.meta("whatsapp", &whatsapp_body(&json!([whatsapp_text(whatsapp, &id, text)]))),
        );
        let update =
            telegram_message(telegram.parse().unwrap(), number as u64, json!({"text": text}));
        taken(&process.telegram(&update));
        let text: String = text.chars().take(200).collect();
        taken(&process.post("/v1/chat", &json!({"text": text}).to_string()));
    }
    let shared = json!([{"sender": {"id": messenger}, "timestamp": now_s() * 1000, "message":
        {"mid": "p", "attachments": [{"type": "location", "title": PLACES[1],
            "payload": {"coordinates": {"lat": LAT, "long": LON}}}]}}]);
    taken(&process.meta("messenger", &messenger_body(&shared)));
    let mut shared = whatsapp_location(whatsapp, "p", LAT, LON);
    shared["location"]["address"] = PLACES[1].into();
    taken(&process.meta("whatsapp", &whatsapp_body(&json!([shared]))));
    let shared = json!({"location": {"latitude": LAT, "longitude": LON, "live_period": 900}});
    taken(&process.telegram(&telegram_message(telegram.parse().unwrap(), 90, shared)));
    let body = json!({"text": "nearest", "position": {"lat": LAT, "lon": LON}}).to_string();
    taken(&process.post("/v1/chat", &body));

    // What is refused or cannot be read is told of no more.
    let forged = messenger_body(&json!([messenger_text(messenger, "f", &texts[0])]));
    let refused =
        process.send_with("/channels/messenger", &forged, "X-Hub-Signature-256: sha256=00");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let (_, body) = refused.split_once("\r\n\r\n").unwrap();
    assert_discreet(body);
    let torn = format!("{{\"object\": \"{LAT} {LON} {}\"", PLACES[1]);
    let refused = process.meta("whatsapp", &torn);
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    let (_, body) = refused.split_once("\r\n\r\n").unwrap();
    assert_discreet(body);
    3 * (texts.len() + 1)
}

impl Process {
    fn meta(&self, channel: &str, body: &str) -> String {
        let path = format!("/channels/{channel}");
        self.send_with(&path, body, &format!("X-Hub-Signature-256: {}", sign(body)))
    }

    fn telegram(&self, update: &Value) -> String {
        let header = format!("X-Telegram-Bot-Api-Secret-Token: {BOT_SECRET}");
        self.send_with("/channels/telegram", &update.to_string(), &header)
    }
}

fn for_each_file(folder: &Path, look: &mut impl FnMut(&[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            for_each_file(&path, look);
        } else {
            look(&std::fs::read(&path).unwrap());
        }
    }
}
