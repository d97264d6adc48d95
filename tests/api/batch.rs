//! Many questions at once: each is answered as it is by itself.

use std::time::Duration;

use axum::http::Method;
use nearest_atm::http::HttpOptions;
use nearest_atm::metrics::Observed;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Answer, PATIENCE, Server, is_closed_within, read_until};

const BATCH: &str = "/v1/atms/nearest/batch";

/// Questions of every kind, good and bad.
fn questions() -> Vec<String> {
    let good = (0..90).map(|number| {
        let step = f64::from(number) * 0.0007;
        format!(
            "{{\"lat\": {:.7}, \"lon\": {:.7}, \"limit\": {}}}",
            60.1 + step,
            24.9,
            1 + number % 5
        )
    });
    let others = [
        r#"{"lat": 60.1, "lon": 24.9, "service": ["cash_in"], "unknown": "include"}"#,
        r#"{"lat": 60.1, "lon": 24.9, "operator": "Nobody"}"#,
        r#"{"lat": 160.1, "lon": 24.9}"#,
        r#"{"lat": 60.1, "lon": 24.9, "colour": "red"}"#,
        "{}",
        "[60.1, 24.9]",
        r#"{"lat": 60.1, "lon": 24.9, "limit": 2, "cursor": "nonsense"}"#,
    ];
    good.chain(others.map(str::to_owned)).collect()
}

/// What each question is answered with by itself.
async fn one_by_one(server: &Server, questions: &[String]) -> Vec<Value> {
    let mut answers = Vec::new();
    for question in questions {
        answers.push(server.post("/v1/atms/nearest", question.clone()).await.json());
    }
    answers
}

async fn stream(server: &Server, body: impl Into<hyper::body::Bytes>) -> Answer {
    let headers = [("content-type", "application/x-ndjson")];
    server.ask(Method::POST, BATCH, &headers, body).await
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert!(answer.body.is_empty() || answer.body.ends_with(b"\n"));
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_questions_is_answered_in_order_as_each_by_itself() {
    let server = Server::start().await;
    let questions = questions();
    let expected = one_by_one(&server, &questions).await;
    let body = format!("{{\"queries\": [{}]}}", questions.join(","));
    let answer = server.post(BATCH, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_eq!(answer.json(), json!({ "answers": expected }));
    assert_eq!(server.post(BATCH, r#"{"queries": []}"#).await.json(), json!({"answers": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_answered_line_by_line_and_a_bad_one_in_its_place() {
    let server = Server::start().await;
    let mut questions = questions();
    let mut expected = one_by_one(&server, &questions).await;
    questions.insert(3, "not JSON".to_owned());
    expected.insert(3, server.post("/v1/atms/nearest", "not JSON").await.json());
    let answer = stream(&server, questions.join("\n")).await;
    assert_eq!(lines(&answer), expected);
    let codes: Vec<&Value> = expected.iter().filter_map(|line| line.get("code")).collect();
    assert_eq!(codes.len(), 6, "{codes:?}");
    let blank_lines = format!("\n{}\r\n\n", questions.join("\r\n \r\n"));
    assert_eq!(lines(&stream(&server, blank_lines).await), expected);
    assert!(lines(&stream(&server, "").await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_holds_a_thousand_questions_and_no_more() {
    let server = Server::start().await;
    let question = r#"{"lat":60.1,"lon":24.9,"limit":1,"group":"atm"}"#;
    let body = |count: usize| format!("{{\"queries\":[{}]}}", vec![question; count].join(","));
    let full = server.post(BATCH, body(1000)).await.json();
    let answers = full["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 1000);
    assert!(answers.iter().all(|answer| answer == &answers[0]));
    let detail = server.post(BATCH, body(1001)).await.refused_parameter("queries");
    assert!(detail.contains("more than"), "{detail}");
}

#[tokio::test]
async fn what_is_no_document_of_questions_is_refused_by_name() {
    let server = Server::start().await;
    for (body, code) in [
        ("", "malformed_body"),
        ("[]", "malformed_body"),
        (r#"{"queries": 7}"#, "malformed_body"),
        (r#"{"queries": [{"lat": 1]}"#, "malformed_body"),
        (r#"{"queries": [], "queries": []}"#, "malformed_body"),
        ("{}", "invalid_parameters"),
        (r#"{"queries": [], "limit": 3}"#, "invalid_parameters"),
    ] {
        server.post(BATCH, body).await.problem(400, code);
    }
    let headers = [("content-type", "text/csv")];
    let refused = server.ask(Method::POST, BATCH, &headers, "lat,lon").await;
    refused.problem(415, "unsupported_media_type");
    assert_eq!(refused.header("accept"), "application/json, application/x-ndjson");
    let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    let refused = server.ask(Method::POST, BATCH, &headers, "x").await;
    refused.problem(415, "unsupported_content_encoding");
    let headers = [("content-type", "application/x-ndjson"), ("accept", "application/geo+json")];
    server.ask(Method::POST, BATCH, &headers, "").await.problem(406, "not_acceptable");
    server.get(BATCH).await.problem(405, "method_not_allowed");
    let unready = Server::unready(HttpOptions::default()).await;
    stream(&unready, "{}").await.problem(503, "not_ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_longer_than_any_body_may_be_and_only_its_lines_are_limited() {
    let options = HttpOptions { body_bytes_max: 2_000, ..HttpOptions::default() };
    let server = Server::with(options).await;
    let question = r#"{"lat":60.1,"lon":24.9,"limit":1,"group":"atm"}"#;
    let too_long = format!("{{\"operator\": \"{}\"}}", "x".repeat(70_000));
    let mut body = vec![question; 3_000];
    body[1_500] = &too_long;
    let answers = lines(&stream(&server, body.join("\n")).await);
    assert_eq!(answers.len(), 3_000);
    for (place, answer) in answers.iter().enumerate() {
        if place == 1_500 {
            assert_eq!(answer["code"], "line_too_long");
            assert_eq!(answer["status"], 413);
        } else {
            assert_eq!(answer["neighbours"].as_array().unwrap().len(), 1);
        }
    }
    let document = format!("{{\"queries\":[{}]}}", vec![question; 60].join(","));
    server.post(BATCH, document).await.problem(413, "body_too_large");
}

async fn open_stream(server: &Server) -> TcpStream {
    let mut connection = server.connect().await;
    let head = format!(
        "POST {BATCH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection
}

async fn send_line(connection: &mut TcpStream, line: &str) {
    let chunk = format!("{:x}\r\n{line}\n\r\n", line.len() + 1);
    connection.write_all(chunk.as_bytes()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_is_answered_before_the_next_is_sent() {
    let server = Server::start().await;
    let mut connection = open_stream(&server).await;
    for number in 0..5 {
        send_line(&mut connection, "{\"lat\": 60.1, \"lon\": 24.9, \"limit\": 1}").await;
        let answer = read_until(&mut connection, "\"attribution\"").await;
        assert!(number > 0 || answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    connection.write_all(b"0\r\n\r\n").await.unwrap();
    read_until(&mut connection, "0\r\n\r\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_silence_ends_a_stream_and_it_is_said() {
    let options = HttpOptions { request_timeout_ms: 4_000, ..HttpOptions::default() };
    let server = Server::with(options).await;
    let mut connection = open_stream(&server).await;
    // Longer in all than a request may take, and never silent for so long: by far, so that a machine
    // that is busy with other things makes no silence of it.
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(900)).await;
        send_line(&mut connection, "{\"lat\": 60.1, \"lon\": 24.9, \"limit\": 1}").await;
        read_until(&mut connection, "\"attribution\"").await;
    }
    let end = read_until(&mut connection, "\r\n0\r\n\r\n").await;
    assert!(end.contains("\"code\":\"body_timeout\""), "{end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_answers_is_not_read_without_end_and_is_let_go() {
    let options = HttpOptions { request_timeout_ms: 1_500, ..HttpOptions::default() };
    let server = Server::with(options).await;
    let mut connection = open_stream(&server).await;
    let line = "{\"lat\": 60.1, \"lon\": 24.9, \"limit\": 100}\n".repeat(1_000);
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    let mut sent = 0;
    // Answers are five hundred times as long as questions: were they not held back, this would
    // come to an end.
    loop {
        let write = connection.write_all(chunk.as_bytes());
        match tokio::time::timeout(Duration::from_secs(4), write).await {
            Ok(Ok(())) => sent += line.len(),
            Ok(Err(_)) | Err(_) => break,
        }
        assert!(sent < 60_000_000, "{sent} bytes were read while no answer was taken");
    }
    assert!(is_closed_within(&mut connection, PATIENCE).await);
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_answered_from_what_is_published_when_its_turn_comes() {
    let server = Server::start().await;
    let mut connection = open_stream(&server).await;
    let line = "{\"lat\": 60.1, \"lon\": 24.9, \"limit\": 1}";
    send_line(&mut connection, line).await;
    let before = read_until(&mut connection, "\"attribution\"").await;
    let other = crate::support::osm(&crate::support::nodes_at(&[("60.1", "24.9")]));
    server.service.publication().publish(crate::support::snapshot(&other));
    send_line(&mut connection, line).await;
    let after = read_until(&mut connection, "\"attribution\"").await;
    let id = |text: &str| text.split("\"snapshot\":{\"id\":\"").nth(1).unwrap()[..32].to_owned();
    assert_ne!(id(&before), id(&after));
}

/// How many lookups a server has made.
fn lookups(server: &Server) -> u64 {
    let text = server.service.metrics().to_text(&Observed::default());
    let counts = text.lines().filter(|line| line.starts_with("atm_lookups_total"));
    counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Waits until a server makes no more lookups, and tells how many it has made.
async fn settled(server: &Server) -> u64 {
    let quiet_for = Duration::from_millis(400);
    let settled = async {
        let mut seen = lookups(server);
        loop {
            tokio::time::sleep(quiet_for).await;
            let now = lookups(server);
            if now == seen {
                return seen;
            }
            seen = now;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_stops_the_work_it_asked_for() {
    let question = r#"{"lat": 60.1, "lon": 24.9, "limit": 100, "group": "atm"}"#;
    let server = Server::start().await;
    let document = format!("{{\"queries\": [{}]}}", vec![question; 1_000].join(","));
    let lines = format!("{question}\n").repeat(10_000);
    // Each thread has a part in hand when the client goes, and some answers are on their way.
    let most = 500 + 32 * (server.service.workers().count() as u64 + 1);
    for (kind, body) in [("application/json", document), ("application/x-ndjson", lines)] {
        let before = lookups(&server);
        // Little fits between the two: however long this client takes to go away, the server cannot
        // have answered much more than it has read.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(32 << 10).unwrap();
        let mut connection = socket.connect(server.address).await.unwrap();
        let head = format!(
            "POST {BATCH} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(body.as_bytes()).await.unwrap();
        read_until(&mut connection, "\"attribution\"").await;
        drop(connection);
        let made = settled(&server).await - before;
        assert!(made > 0 && made < most, "{made} lookups, at most {most}, {kind}");
    }
    // Whoever asks next finds the threads free.
    assert_eq!(self::lines(&stream(&server, question).await).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn single_lookups_are_answered_while_a_batch_takes_all_there_is() {
    let server = Server::start().await;
    let question = r#"{"lat": 60.1, "lon": 24.9, "limit": 1, "group": "atm"}"#;
    let body = format!("{question}\n").repeat(300_000);
    let batch = stream(&server, body);
    let singles = async {
        for _ in 0..10 {
            assert_eq!(server.get("/v1/atms/nearest?lat=60.1&lon=24.9").await.status, 200);
        }
    };
    tokio::pin!(batch);
    // The batch is so much the longer that it is never seen to its end: all single ones are answered
    // before.
    tokio::select! {
        _ = &mut batch => panic!("the batch was done before ten single lookups"),
        () = singles => {}
    }
}
