//! Connections: what they may cost, and which protocols they speak.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::{Duration, Instant};

use axum::http::{Request, Version};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use nearest_atm::http::HttpOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Answer, PATIENCE, Server, is_closed_within};

const LIVEZ: &[u8] = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn impatient() -> HttpOptions {
    HttpOptions {
        header_timeout_ms: NonZeroU64::new(300).unwrap(),
        keep_alive_ms: NonZeroU64::new(2_000).unwrap(),
        ..HttpOptions::default()
    }
}

#[tokio::test]
async fn a_connection_that_brings_no_request_is_closed() {
    let server = Server::with(impatient()).await;
    // Nothing; the first letter of a method, which is also that of HTTP/2; the beginning of a head;
    // and HTTP/2 without any request.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for beginning in [&b""[..], b"P", b"GET /livez HTTP/1.1\r\nHost: ", preface] {
        let mut connection = server.connect().await;
        connection.write_all(beginning).await.unwrap();
        let started = Instant::now();
        assert!(is_closed_within(&mut connection, PATIENCE).await, "{beginning:?}");
        assert!(started.elapsed() > Duration::from_millis(200), "{beginning:?}");
    }
}

#[tokio::test]
async fn a_head_that_drips_in_does_not_keep_a_connection() {
    let server = Server::with(impatient()).await;
    let mut connection = server.connect().await;
    connection.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
    let started = Instant::now();
    while connection.write_all(b"X-Slow: 1\r\n").await.is_ok() {
        assert!(started.elapsed() < PATIENCE, "still open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_connection_stays_open_between_requests_for_a_while() {
    let server = Server::with(impatient()).await;
    let mut connection = server.connect().await;
    let mut chunk = [0; 4096];
    for _ in 0..3 {
        connection.write_all(LIVEZ).await.unwrap();
        let count = connection.read(&mut chunk).await.unwrap();
        assert!(chunk[..count].starts_with(b"HTTP/1.1 200"));
        // Longer than a new connection has for its first request.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(is_closed_within(&mut connection, PATIENCE).await);
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answers_is_cut_off() {
    let options = HttpOptions { request_timeout_ms: 300, ..HttpOptions::default() };
    let server = Server::with(options).await;
    let mut connection = server.connect().await;
    let many =
        b"GET /v1/atms/within?bbox=24,60,25,61&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // More answers than any buffers on the way hold, until the server has stopped reading too.
    let ask = async { while connection.write_all(many).await.is_ok() {} };
    let _ = tokio::time::timeout(Duration::from_secs(5), ask).await;
    assert!(is_closed_within(&mut connection, PATIENCE).await);
}

#[tokio::test]
async fn connections_beyond_the_most_wait_for_a_place() {
    let options =
        HttpOptions { connections_max: NonZeroU32::new(2).unwrap(), ..HttpOptions::default() };
    let server = Server::with(options).await;
    let first = server.connect().await;
    let _second = server.connect().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut third = server.connect().await;
    third.write_all(LIVEZ).await.unwrap();
    let mut chunk = [0; 4096];
    let waiting = tokio::time::timeout(Duration::from_millis(300), third.read(&mut chunk)).await;
    assert!(waiting.is_err(), "answered beyond the most");
    drop(first);
    let count = tokio::time::timeout(PATIENCE, third.read(&mut chunk)).await.unwrap().unwrap();
    assert!(chunk[..count].starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let server = Server::start().await;
    let head = format!(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n",
        "x".repeat(80 << 10)
    );
    let answer = server.raw(head.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let head = format!("GET /livez?{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(80 << 10));
    let answer = server.raw(head.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_list_of_many_names_fits_a_query_string() {
    let server = Server::start().await;
    let names: Vec<_> = (0..100).map(|number| format!("{}{number}", "x".repeat(200))).collect();
    let target =
        format!("/v1/atms/nearest?lat=60.1&lon=24.9&operator=Otto,{}", names[1..].join(","));
    assert_eq!(server.get(&target).await.ids().len(), 10);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start().await;
    let requests = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n\
                    GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n\
                    GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = server.raw(requests.as_bytes()).await;
    let places = ["alive", "ready", "unknown_path"].map(|word| answer.find(word));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{answer}");
}

#[tokio::test]
async fn http2_is_spoken_with_clients_that_know_beforehand() {
    let server = Server::start().await;
    let client: Client<_, Empty<Bytes>> =
        Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let ask = |target: &str| {
        let request = Request::get(server.uri(target)).body(Empty::new()).unwrap();
        let asked = client.request(request);
        async { Answer::of(asked.await.unwrap()).await }
    };
    let (near, all, nowhere) = tokio::join!(
        ask("/v1/atms/nearest?lat=60.1&lon=24.9&limit=1"),
        ask("/v1/atms/within?bbox=24,60,25,61&limit=1000"),
        ask("/nowhere"),
    );
    assert_eq!(near.version, Version::HTTP_2);
    assert_eq!(near.ids(), ["osm:node/1", "osm:node/2"]);
    assert_eq!(all.ids().len(), crate::support::ESTATE_SIZE);
    nowhere.problem(404, "unknown_path");
}
