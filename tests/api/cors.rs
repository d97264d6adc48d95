//! Which web pages may read answers.

use axum::http::Method;
use nearest_atm::http::{HttpOptions, WebOrigin};

use crate::support::{Answer, Server};

const BANK: &str = "https://bank.example";

async fn server(origins: &[&str]) -> Server {
    let origins = origins.iter().map(|&text| WebOrigin::try_from(text.to_owned()).unwrap());
    Server::with(HttpOptions { cors_origins: origins.collect(), ..HttpOptions::default() }).await
}

async fn preflight(server: &Server, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    server.ask(Method::OPTIONS, "/v1/atms/nearest", &headers, "").await
}

#[tokio::test]
async fn any_page_may_read_when_any_origin_is_allowed() {
    let server = server(&["*"]).await;
    let answer = server.get_with("/v1/vocabulary", &[("origin", BANK)]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-expose-headers").contains("etag"));
    assert!(!answer.header("vary").contains("origin"), "the same for every page");
}

#[tokio::test]
async fn only_pages_of_the_list_may_read_and_caches_are_told() {
    let server = server(&[BANK, "http://localhost:3000"]).await;
    for (origin, allowed) in [
        (BANK, BANK),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://bank.example.evil.example", ""),
        ("null", ""),
    ] {
        let answer = server.get_with("/v1/vocabulary", &[("origin", origin)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
        assert!(answer.header("vary").contains("origin"), "{origin}");
    }
    let answer = server.get("/v1/vocabulary").await;
    assert!(answer.header("vary").contains("origin"), "also without an origin");
}

#[tokio::test]
async fn no_page_may_read_when_the_list_is_empty() {
    let server = server(&[]).await;
    let answer = server.get_with("/v1/vocabulary", &[("origin", BANK)]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let refused = preflight(&server, BANK).await;
    refused.problem(405, "method_not_allowed");
    assert_eq!(refused.header("access-control-allow-methods"), "");
}

#[tokio::test]
async fn a_page_asks_before_it_posts_json() {
    for origins in [&["*"][..], &[BANK]] {
        let answer = preflight(&server(origins).await, BANK).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), origins[0]);
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert!(answer.header("access-control-allow-headers").contains("content-type"));
        assert_eq!(answer.header("access-control-max-age"), "86400");
    }
}

#[tokio::test]
async fn pages_may_read_failures_and_answers_that_still_hold() {
    let server = server(&[BANK]).await;
    for path in ["/nowhere", "/v1/atms/nearest", "/v1/atms/nobody"] {
        let answer = server.get_with(path, &[("origin", BANK)]).await;
        assert_eq!(answer.header("access-control-allow-origin"), BANK, "{path}");
    }
    let headers = [("origin", BANK), ("if-none-match", "*")];
    let answer = server.get_with("/v1/vocabulary", &headers).await;
    assert_eq!(answer.status, 304);
    assert_eq!(answer.header("access-control-allow-origin"), BANK);
}
