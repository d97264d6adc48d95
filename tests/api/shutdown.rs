//! The end: requests under way finish, nothing else holds it up.

use std::time::{Duration, Instant};

use nearest_atm::app;
use nearest_atm::config::{Config, SourceConfig};
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::ingest::ReadOptions;
use nearest_atm::service::Service;
use nearest_atm::service::reload::ReloadError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::{
    PATIENCE, Server, estate, is_closed_within, read_until, snapshot, until_refused,
};

const HEAD: &[u8] = b"POST /v1/atms/nearest HTTP/1.1\r\nHost: localhost\r\n\
                      Content-Type: application/json\r\nContent-Length: 26\r\n\
                      Expect: 100-continue\r\n\r\n";
const BODY: &[u8] = br#"{"lat": 60.1, "lon": 24.9}"#;

/// Longer than any test waits.
const LONG: Duration = Duration::from_hours(1);

/// A server that drains for so long.
async fn draining_for(time: Duration) -> Server {
    let service = Service::default();
    let options = HttpOptions { request_timeout_ms: 3_600_000, ..HttpOptions::default() };
    let router = http::router(service.clone(), Beside::default(), &options);
    let server = Server::serving(router, service, options, time).await;
    server.service.publication().publish(snapshot(&estate()));
    server
}

/// Begins a request and waits until the server is at it: it asks for the body.
async fn begin(server: &Server) -> TcpStream {
    let mut connection = server.connect().await;
    connection.write_all(HEAD).await.unwrap();
    read_until(&mut connection, "100 Continue\r\n\r\n").await;
    connection
}

#[tokio::test]
async fn a_request_under_way_finishes_and_its_connection_is_closed() {
    let mut server = draining_for(LONG).await;
    let mut connection = begin(&server).await;
    connection.write_all(&BODY[..10]).await.unwrap();
    server.stop();
    until_refused(server.address).await;
    connection.write_all(&BODY[10..]).await.unwrap();
    let mut answer = String::new();
    let reading = connection.read_to_string(&mut answer);
    tokio::time::timeout(PATIENCE, reading).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    server.stopped().await;
}

#[tokio::test]
async fn idle_connections_are_closed_at_once() {
    // Were they waited for, it would be for longer than this test waits for anything.
    let mut server = draining_for(LONG).await;
    let mut used = Vec::new();
    let mut fresh = server.connect().await;
    // The fresh one was taken before those that are answered.
    for _ in 0..2 {
        let mut connection = server.connect().await;
        connection.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        read_until(&mut connection, "alive").await;
        used.push(connection);
    }
    server.stop();
    for connection in used.iter_mut().chain([&mut fresh]) {
        assert!(is_closed_within(connection, PATIENCE).await);
    }
    server.stopped().await;
}

#[tokio::test]
async fn no_new_connection_is_taken_while_requests_finish() {
    let mut server = draining_for(LONG).await;
    let mut connection = begin(&server).await;
    server.stop();
    until_refused(server.address).await;
    // The one under way is still there.
    connection.write_all(BODY).await.unwrap();
    let answer = read_until(&mut connection, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn what_is_not_finished_in_time_is_cut_off() {
    let drain_for = Duration::from_millis(300);
    let mut server = draining_for(drain_for).await;
    let mut connection = begin(&server).await;
    let started = Instant::now();
    server.stop();
    server.stopped().await;
    assert!(started.elapsed() >= drain_for);
    assert!(is_closed_within(&mut connection, PATIENCE).await);
}

fn config(location: &str) -> Config {
    let source = SourceConfig::at(location, ReadOptions::default());
    Config { sources: vec![source], ..Config::default() }
}

async fn status(address: std::net::SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn the_service_loads_answers_and_stops_when_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.osm");
    std::fs::write(&file, estate()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(app::run(listener, config(file.to_str().unwrap()), async {
        drop(stopped.await);
    }));
    let started = Instant::now();
    while status(address, "/readyz").await != "200" {
        assert!(started.elapsed() < PATIENCE, "never ready");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(status(address, "/v1/atms/nearest?lat=60.1&lon=24.9").await, "200");
    drop(stop);
    tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap().unwrap();
    until_refused(address).await;
}

#[tokio::test]
async fn a_source_that_cannot_be_read_ends_the_service_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("estate.osm");
    std::fs::write(&file, "<osm><node").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let running = app::run(listener, config(file.to_str().unwrap()), std::future::pending());
    let error = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap_err();
    assert!(error.downcast_ref::<ReloadError>().is_some(), "{error:#}");
    until_refused(address).await;
}
