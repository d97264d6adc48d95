//! Validators: an answer that still holds is not sent again.

use axum::http::Method;

use crate::support::{Server, nodes_at, osm, snapshot};

const HERE: &str = "/v1/atms/nearest?lat=60.1&lon=24.9";
const PATHS: [&str; 4] =
    [HERE, "/v1/atms/within?bbox=24,60,25,61", "/v1/atms/osm:node/1", "/v1/vocabulary"];

#[tokio::test]
async fn an_answer_the_client_holds_is_not_sent_again() {
    let server = Server::start().await;
    for path in PATHS {
        let first = server.get(path).await;
        let etag = first.header("etag");
        assert!(etag.starts_with("W/\"") && etag.ends_with('"'), "{etag}");
        let again = server.get_with(path, &[("if-none-match", &etag)]).await;
        assert_eq!(again.status, 304, "{path}");
        assert!(again.body.is_empty());
        for name in ["etag", "cache-control", "vary"] {
            assert_eq!(again.header(name), first.header(name), "{path} {name}");
        }
        let head = server.ask(Method::HEAD, path, &[("if-none-match", &etag)], "").await;
        assert_eq!(head.status, 304);
    }
}

#[tokio::test]
async fn tags_are_compared_weakly_in_lists_and_by_the_star() {
    let server = Server::start().await;
    let etag = server.get(HERE).await.header("etag");
    let strong = etag.strip_prefix("W/").unwrap();
    for held in [
        "*".to_owned(),
        strong.to_owned(),
        format!("\"other\", {etag}"),
        format!("W/\"with, comma\" ,{strong},\"other\""),
    ] {
        let answer = server.get_with(HERE, &[("if-none-match", &held)]).await;
        assert_eq!(answer.status, 304, "{held}");
    }
    let two = [("if-none-match", "\"other\""), ("if-none-match", etag.as_str())];
    assert_eq!(server.get_with(HERE, &two).await.status, 304);
    for other in ["\"other\"", "", "W/", strong.trim_matches('"')] {
        let answer = server.get_with(HERE, &[("if-none-match", other)]).await;
        assert_eq!(answer.status, 200, "{other}");
    }
}

#[tokio::test]
async fn json_and_geojson_have_tags_of_their_own() {
    let server = Server::start().await;
    let etag = server.get(HERE).await.header("etag");
    let headers = [("accept", "application/geo+json"), ("if-none-match", etag.as_str())];
    assert_eq!(server.get_with(HERE, &headers).await.status, 200);
}

#[tokio::test]
async fn a_new_snapshot_has_new_tags() {
    let server = Server::start().await;
    let before: Vec<_> = [server.get(PATHS[0]).await, server.get(PATHS[2]).await]
        .iter()
        .map(|answer| answer.header("etag"))
        .collect();
    server.service.publication().publish(snapshot(&osm(&nodes_at(&[("60.1", "24.9")]))));
    for (path, etag) in [PATHS[0], PATHS[2]].into_iter().zip(&before) {
        let answer = server.get_with(path, &[("if-none-match", etag)]).await;
        assert_eq!(answer.status, 200);
        assert_ne!(answer.header("etag"), *etag);
    }
}

#[tokio::test]
async fn answers_to_a_position_are_private_and_a_body_has_no_tag() {
    let server = Server::start().await;
    assert_eq!(server.get(HERE).await.header("cache-control"), "private, no-cache");
    assert_eq!(server.get(PATHS[1]).await.header("cache-control"), "private, no-cache");
    assert_eq!(server.get(PATHS[3]).await.header("cache-control"), "no-cache");
    let headers = [("content-type", "application/json"), ("if-none-match", "*")];
    let body = r#"{"lat": 60.1, "lon": 24.9}"#;
    let posted = server.ask(Method::POST, "/v1/atms/nearest", &headers, body).await;
    assert_eq!(posted.status, 200);
    assert_eq!(posted.header("etag"), "");
    assert_eq!(posted.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn a_tag_does_not_save_a_question_that_is_wrong() {
    let server = Server::start().await;
    let star = [("if-none-match", "*")];
    server.get_with("/v1/atms/nearest?lat=x&lon=1", &star).await.problem(400, "invalid_parameters");
    server.get_with("/v1/atms/nobody", &star).await.problem(404, "unknown_atm");
    let stale = format!("{HERE}&cursor=stale");
    server.get_with(&stale, &star).await.problem(400, "invalid_parameters");
}

#[tokio::test]
async fn failures_are_not_kept() {
    let server = Server::start().await;
    for path in ["/nowhere", "/v1/atms/nobody", "/v1/atms/nearest"] {
        assert_eq!(server.get(path).await.header("cache-control"), "no-store");
    }
}
