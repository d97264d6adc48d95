//! Every failure is a problem document with a stable code.

use std::num::NonZeroU64;
use std::time::Duration;

use axum::Router;
use axum::http::Method;
use axum::routing::get;
use nearest_atm::http::{HttpOptions, surround};
use nearest_atm::service::Service;
use tokio::io::AsyncWriteExt as _;

use crate::support::{PATIENCE, Server, read_until};

const HERE: &str = "/v1/atms/nearest?lat=60.1&lon=24.9";
const BODY: &str = r#"{"lat": 60.1, "lon": 24.9}"#;

#[tokio::test]
async fn a_path_that_leads_nowhere_is_unknown() {
    let server = Server::start().await;
    for path in ["/", "/v1", "/v1/atms", "/v1/atms/", "/v2/atms/nearest", "//v1/vocabulary", "/%FF"]
    {
        server.get(path).await.problem(404, "unknown_path");
    }
}

#[tokio::test]
async fn a_method_a_path_does_not_take_is_refused_with_those_it_takes() {
    let server = Server::start().await;
    for (method, path, allow) in [
        (Method::DELETE, "/v1/atms/nearest", "GET,HEAD,POST"),
        (Method::PUT, "/v1/atms/nearest", "GET,HEAD,POST"),
        (Method::DELETE, "/v1/atms/within?bbox=1,2,3,4", "GET,HEAD,POST"),
        (Method::GET, "/v1/atms/nearest/batch", "POST"),
        (Method::POST, "/v1/vocabulary", "GET,HEAD"),
        (Method::PATCH, "/livez", "GET,HEAD"),
        (Method::from_bytes(b"BREW").unwrap(), "/v1/atms/osm:node/1", "GET,HEAD"),
    ] {
        let answer = server.ask(method, path, &[], "").await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_malformed_and_its_place_told() {
    let server = Server::start().await;
    for (body, place) in [
        ("", "line 1, column 0"),
        ("lat=60.1&lon=24.9", "line 1, column 1"),
        ("{\"lat\": 60.1,\n \"lon\": 24.9,}", "line 2, column 14"),
        ("[60.1, 24.9]", "line 1, column 0"),
        ("\"60.1\"", "line 1, column 6"),
        ("{\"lat\": NaN}", "line 1, column 9"),
    ] {
        let problem = server.post("/v1/atms/nearest", body).await.problem(400, "malformed_body");
        assert!(problem["detail"].as_str().unwrap().contains(place), "{body}: {problem}");
    }
    let not_utf8 = b"{\"lat\": 60.1, \"lon\": 24.9, \"operator\": \"\xff\"}";
    server.post("/v1/atms/nearest", &not_utf8[..]).await.problem(400, "malformed_body");
}

#[tokio::test]
async fn a_body_nested_without_end_is_malformed() {
    let server = Server::start().await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        let body = format!("{{\"lat\": {nested}}}");
        let answer = server.post("/v1/atms/nearest", body).await;
        assert_eq!(answer.status, 400);
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_unsupported_and_json_is_named() {
    let server = Server::start().await;
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/jsonp")],
        &[("content-type", "")],
    ] {
        let answer = server.ask(Method::POST, "/v1/atms/nearest", headers, BODY).await;
        answer.problem(415, "unsupported_media_type");
        assert_eq!(answer.header("accept"), "application/json");
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let headers = [("content-type", content_type)];
        let answer = server.ask(Method::POST, "/v1/atms/nearest", &headers, BODY).await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_unsupported() {
    let server = Server::start().await;
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let answer = server.ask(Method::POST, "/v1/atms/nearest", &headers, BODY).await;
    answer.problem(415, "unsupported_content_encoding");
    assert_eq!(answer.header("accept-encoding"), "identity");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_too_large_whether_its_size_is_told_or_not() {
    let server = Server::with(HttpOptions { body_bytes_max: 1000, ..HttpOptions::default() }).await;
    let body = format!("{{\"lat\": 60.1, \"lon\": 24.9, \"operator\": \"{}\"}}", "x".repeat(1000));
    server.post("/v1/atms/nearest", body.clone()).await.problem(413, "body_too_large");

    let size = body.len();
    let chunked = format!(
        "POST /v1/atms/nearest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{size:x}\r\n{body}\r\n0\r\n\r\n"
    );
    let answer = server.raw(chunked.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"code\":\"body_too_large\""), "{answer}");

    let fits = format!("{{\"lat\": 60.1, \"lon\": 24.9{}}}", " ".repeat(900));
    assert_eq!(server.post("/v1/atms/nearest", fits).await.status, 200);
}

#[tokio::test]
async fn the_limit_of_a_body_may_be_set_beyond_what_the_framework_has() {
    let options = HttpOptions { body_bytes_max: 4 << 20, ..HttpOptions::default() };
    let body = format!("{{\"lat\": 60.1, \"lon\": 24.9{}}}", " ".repeat(3 << 20));
    assert_eq!(Server::with(options).await.post("/v1/atms/nearest", body).await.status, 200);
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_before_it_sends() {
    let server = Server::start().await;
    let head = |content_type: &str, size: usize| {
        format!(
            "POST /v1/atms/nearest HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n\
             Content-Length: {size}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
    };
    let mut connection = server.connect().await;
    connection.write_all(head("application/json", BODY.len()).as_bytes()).await.unwrap();
    let welcome = read_until(&mut connection, "\r\n\r\n").await;
    assert!(welcome.starts_with("HTTP/1.1 100"), "{welcome}");
    let too_large = server.raw(head("application/json", 2 << 20).as_bytes()).await;
    assert!(too_large.starts_with("HTTP/1.1 413"), "{too_large}");
    let wrong_type = server.raw(head("text/plain", BODY.len()).as_bytes()).await;
    assert!(wrong_type.starts_with("HTTP/1.1 415"), "{wrong_type}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_the_clients_time_out() {
    let options = HttpOptions { request_timeout_ms: 200, ..HttpOptions::default() };
    let server = Server::with(options).await;
    let head = "POST /v1/atms/nearest HTTP/1.1\r\nHost: localhost\r\n\
                Content-Type: application/json\r\nContent-Length: 100\r\n\
                Connection: close\r\n\r\n{\"lat\": ";
    let answer = server.raw(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"body_timeout\""), "{answer}");
}

async fn serving(routes: Router, options: HttpOptions) -> Server {
    let surrounded = surround(routes, &options);
    Server::serving(surrounded, Service::default(), options, PATIENCE).await
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_the_services_time_out() {
    let slow = get(|| async { tokio::time::sleep(PATIENCE).await });
    let options = HttpOptions { request_timeout_ms: 100, ..HttpOptions::default() };
    let answer = serving(Router::new().route("/slow", slow), options).await.get("/slow").await;
    answer.problem(503, "timeout");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_that_tells_nothing() {
    async fn panicking() {
        panic!("at {}", 60.123_456);
    }
    let routes = Router::new().route("/panic", get(panicking));
    let server = serving(routes, HttpOptions::default()).await;
    let answer = server.get_with("/panic", &[("origin", "https://bank.example")]).await;
    answer.problem(500, "internal");
    assert!(!answer.text().contains("60.1"), "{}", answer.text());
    assert_eq!(answer.header("access-control-allow-origin"), "*", "pages may read failures too");
    assert_eq!(server.get("/nothing").await.status, 404, "the server goes on");
}

#[tokio::test]
async fn before_anything_is_published_every_question_is_to_be_asked_again() {
    let server = Server::unready(HttpOptions::default()).await;
    for path in
        [HERE, "/v1/atms/within?bbox=1,2,3,4", "/v1/atms/osm:node/1", "/v1/vocabulary", "/readyz"]
    {
        let answer = server.get(path).await;
        answer.problem(503, "not_ready");
        assert_eq!(answer.header("retry-after"), "1");
    }
    server.post("/v1/atms/nearest", BODY).await.problem(503, "not_ready");
}

#[tokio::test]
async fn an_encoding_that_cannot_be_given_is_not_acceptable() {
    let server = Server::start().await;
    for path in [HERE, "/v1/atms/nobody", "/nowhere"] {
        let headers = [("accept-encoding", "identity;q=0, compress")];
        let problem = server.get_with(path, &headers).await.problem(406, "not_acceptable");
        assert!(problem["detail"].as_str().unwrap().contains("gzip"), "{problem}");
    }
}

#[tokio::test]
async fn odd_targets_do_no_harm() {
    // Who sends nothing but blank lines is waited for.
    let header_timeout_ms = NonZeroU64::new(3_000).unwrap();
    let server = Server::with(HttpOptions { header_timeout_ms, ..HttpOptions::default() }).await;
    for line in [
        "OPTIONS * HTTP/1.1",
        "CONNECT localhost:80 HTTP/1.1",
        "GET http://elsewhere.example/livez HTTP/1.1",
        "TRACE /livez HTTP/1.1",
        "GET /livez?%%%%=%zz HTTP/1.1",
        "GET /livez HTTP/1.0",
    ] {
        let request = format!("{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = server.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1."), "{line}: {answer}");
        assert!(!answer.contains(" 500 "), "{line}: {answer}");
    }
    for nonsense in
        ["\r\n\r\n\r\n", "GET\r\n\r\n", "GET /livez HTTP/9.9\r\n\r\n", "\u{1}\u{2}\r\n\r\n"]
    {
        let answer = server.raw(nonsense.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{nonsense:?}: {answer}");
    }
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_client_that_leaves_half_way_does_no_harm() {
    let server = Server::start().await;
    for _ in 0..20 {
        let mut connection = server.connect().await;
        let head = "POST /v1/atms/nearest HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"lat\": ";
        connection.write_all(head.as_bytes()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.get("/readyz").await.status, 200);
}
