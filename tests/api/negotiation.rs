//! Which type of answer a client gets.

use crate::support::Server;

#[tokio::test]
async fn the_type_is_the_one_the_client_likes_best() {
    let server = Server::start().await;
    for path in [
        "/v1/atms/nearest?lat=60.1&lon=24.9",
        "/v1/atms/within?bbox=24,60,25,61",
        "/v1/atms/osm:node/1",
    ] {
        for (accept, content_type) in [
            ("*/*", "application/json"),
            ("application/geo+json", "application/geo+json"),
            ("application/json;q=0.8, application/geo+json", "application/geo+json"),
            ("application/geo+json;q=0.8, application/*", "application/json"),
            ("text/html, */*;q=0.1", "application/json"),
        ] {
            let answer = server.get_with(path, &[("accept", accept)]).await;
            assert_eq!(answer.header("content-type"), content_type, "{path} {accept}");
            assert!(answer.header("vary").contains("accept"), "{path}");
        }
    }
}

#[tokio::test]
async fn several_accept_headers_are_one_list() {
    let server = Server::start().await;
    let headers = [("accept", "application/json;q=0.1"), ("accept", "application/geo+json;q=0.2")];
    let answer = server.get_with("/v1/atms/osm:node/1", &headers).await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
}

#[tokio::test]
async fn a_body_is_answered_in_geojson_too() {
    let server = Server::start().await;
    let headers = [("accept", "application/geo+json"), ("content-type", "application/json")];
    let body = r#"{"lat": 60.1, "lon": 24.9}"#;
    let answer = server.ask(axum::http::Method::POST, "/v1/atms/nearest", &headers, body).await;
    assert_eq!(answer.json()["type"], "FeatureCollection");
}

#[tokio::test]
async fn a_type_that_cannot_be_given_is_not_acceptable() {
    let server = Server::start().await;
    for (path, accept) in [
        ("/v1/atms/nearest?lat=60.1&lon=24.9", "text/html"),
        ("/v1/atms/within?bbox=24,60,25,61", "application/json;q=0"),
        ("/v1/atms/osm:node/1", "image/*"),
        ("/v1/vocabulary", "application/geo+json"),
    ] {
        let answer = server.get_with(path, &[("accept", accept)]).await;
        let problem = answer.problem(406, "not_acceptable");
        assert!(problem["detail"].as_str().unwrap().contains("application/json"), "{problem}");
    }
}
