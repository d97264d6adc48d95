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
use tokio::net::TcpStream;

use crate::support::{Answer, PATIENCE, Server, is_closed_within, read_until};

const LIVEZ: &[u8] = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// An hour is longer than any test waits.
const HOUR_MS: NonZeroU64 = NonZeroU64::new(3_600_000).unwrap();

/// How long a new connection has for its first request, and how long one may be idle.
fn patient_for(header_timeout_ms: u64, keep_alive_ms: NonZeroU64) -> HttpOptions {
    let header_timeout_ms = NonZeroU64::new(header_timeout_ms).unwrap();
    HttpOptions { header_timeout_ms, keep_alive_ms, ..HttpOptions::default() }
}

async fn asks_and_is_answered(connection: &mut TcpStream) {
    connection.write_all(LIVEZ).await.unwrap();
    let answer = read_until(connection, "alive").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_brings_no_request_is_closed() {
    let server = Server::with(patient_for(300, HOUR_MS)).await;
    // Nothing; the first letter of a method, which is also that of HTTP/2; the beginning of a head;
    // and HTTP/2 without any request.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for beginning in [&b""[..], b"P", b"GET /livez HTTP/1.1\r\nHost: ", preface] {
        let started = Instant::now();
        let mut connection = server.connect().await;
        // It may be closed by the time a busy machine comes to this.
        let _ = connection.write_all(beginning).await;
        assert!(is_closed_within(&mut connection, PATIENCE).await, "{beginning:?}");
        assert!(started.elapsed() >= Duration::from_millis(300), "{beginning:?}");
    }
}

#[tokio::test]
async fn a_head_that_drips_in_does_not_keep_a_connection() {
    let server = Server::with(patient_for(300, HOUR_MS)).await;
    let mut connection = server.connect().await;
    let _ = connection.write_all(b"GET /livez HTTP/1.1\r\n").await;
    let started = Instant::now();
    while connection.write_all(b"X-Slow: 1\r\n").await.is_ok() {
        assert!(started.elapsed() < PATIENCE, "still open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_connection_stays_open_between_requests_for_a_while() {
    let server = Server::with(patient_for(3_000, HOUR_MS)).await;
    let mut connection = server.connect().await;
    asks_and_is_answered(&mut connection).await;
    // Longer than a new connection has for its first request.
    tokio::time::sleep(Duration::from_millis(3_300)).await;
    asks_and_is_answered(&mut connection).await;
}

#[tokio::test]
async fn a_connection_that_stays_idle_is_closed_after_a_while() {
    let server = Server::with(patient_for(HOUR_MS.get(), NonZeroU64::new(3_000).unwrap())).await;
    let started = Instant::now();
    let mut connection = server.connect().await;
    asks_and_is_answered(&mut connection).await;
    assert!(is_closed_within(&mut connection, PATIENCE).await);
    assert!(started.elapsed() >= Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answers_is_cut_off() {
    let options = HttpOptions { request_timeout_ms: 300, ..HttpOptions::default() };
    let server = Server::with(options).await;
    let mut connection = server.connect().await;
    let many =
        b"GET /v1/atms/within?bbox=24,60,25,61&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // More answers than any buffers on the way hold, until the server has stopped reading too; and
    // on, until it has closed.
    let ask = async { while connection.write_all(many).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, ask).await.expect("it is not cut off");
}

#[tokio::test]
async fn connections_beyond_the_most_wait_for_a_place() {
    let connections_max = NonZeroU32::new(2).unwrap();
    let options = HttpOptions { connections_max, ..patient_for(HOUR_MS.get(), HOUR_MS) };
    let server = Server::with(options).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    asks_and_is_answered(&mut first).await;
    asks_and_is_answered(&mut second).await;
    let mut third = server.connect().await;
    third.write_all(LIVEZ).await.unwrap();
    let mut chunk = [0; 4096];
    let waiting = tokio::time::timeout(Duration::from_secs(1), third.read(&mut chunk)).await;
    assert!(waiting.is_err(), "answered beyond the most");
    drop(first);
    let answer = read_until(&mut third, "alive").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
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
