//! Written places: candidates, and `near` instead of a position.

use serde_json::{Value, json};

use crate::support::Server;

#[tokio::test]
async fn a_place_is_found_by_name_and_answered_with_what_tells_it_from_others() {
    let server = Server::start().await;
    let answer = server.get("/v1/places?text=helsinki&lang=ru&limit=1").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("cache-control").contains("private"));
    let place = answer.json()["places"][0].clone();
    assert_eq!(place["name"], "Хельсинки");
    assert_eq!(place["kind"], "city");
    assert_eq!(place["country"], json!({"code": "FI", "name": "Финляндия"}));
    assert_eq!(place["region"]["code"], "FI-18");
    assert_eq!(place["match"], "exact");
    assert!(place["extent"]["radius_m"].as_f64().unwrap() > 1_000.0);
    assert!(place["population"].as_u64().unwrap() > 500_000);

    let body = json!({"text": "street 7"}).to_string();
    let posted = server.post("/v1/places", body).await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    let streets = posted.json()["places"].clone();
    assert_eq!(streets[0]["name"], "Street 7", "streets of the loaded ATMs are places");
}

#[tokio::test]
async fn near_stands_for_the_position_of_one_place() {
    let server = Server::start().await;
    let near = server.get("/v1/atms/nearest?near=Helsinki&limit=1").await;
    assert_eq!(near.status, 200, "{}", near.text());
    let origin = near.json()["origin"].clone();
    assert_eq!(origin["place"]["label"], "Helsinki, Uusimaa, Finland");
    let at = format!("/v1/atms/nearest?lat={}&lon={}&limit=1", origin["lat"], origin["lon"]);
    assert_eq!(server.get(&at).await.json()["neighbours"], near.json()["neighbours"]);

    for written in ["60.1,24.9", "geo:60.1,24.9", "https://maps.google.com/?q=60.1,24.9"] {
        let body = json!({"near": written, "limit": 1}).to_string();
        let answer = server.post("/v1/atms/nearest", body).await;
        assert_eq!(answer.json()["neighbours"][0]["distance_m"], 0.0, "{written}");
    }
}

#[tokio::test]
async fn what_may_be_several_places_or_none_is_asked_back_and_never_repeated() {
    let server = Server::start().await;
    let asked = server.get("/v1/atms/nearest?near=Springfield").await;
    assert_eq!(asked.status, 409);
    let problem = asked.json();
    assert_eq!(problem["code"], "ambiguous_place");
    let candidates: &Vec<Value> = problem["candidates"].as_array().unwrap();
    assert!(candidates.len() >= 3, "{candidates:?}");
    assert!(candidates.iter().all(|place| place["name"] == "Springfield"));

    let unknown = server.get("/v1/atms/nearest?near=Xyzzyplugh").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["code"], "unknown_place");
    assert!(!unknown.text().contains("Xyzzyplugh"));

    let within = server.get("/v1/atms/nearest?near=12+Foo+Street,+Helsinki").await;
    assert_eq!(within.status, 404);
    assert_eq!(within.json()["code"], "unknown_place");
    let town = within.json()["similar"][0].clone();
    assert_eq!(town["label"], "Helsinki, Uusimaa, Finland");
    assert_eq!(town["match"], "around");
    assert!(within.json()["detail"].as_str().unwrap().contains("middle"), "{}", within.text());
    assert!(!within.text().contains("Foo"));
    let listed = server.get("/v1/places?text=12+Foo+Street,+Helsinki").await;
    assert_eq!(listed.json()["places"].as_array().unwrap(), &[town]);

    for query in [
        "near=&limit=1",
        "near=Helsinki&lat=60",
        "near=95.1,24.9",
        "near=https://maps.app.goo.gl/abc",
        "near=Helsinki&lang=@",
    ] {
        let refused = server.get(&format!("/v1/atms/nearest?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert!(!refused.text().contains("95.1"));
    }
}
