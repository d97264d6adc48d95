//! What is answered: JSON as the contract says, GeoJSON as RFC 7946 says.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{ESTATE_SIZE, Server, nodes_at, osm};

const HERE: &str = "/v1/atms/nearest?lat=60.1&lon=24.9";

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn nearest_answers_with_every_member_of_the_contract() {
    let server = Server::start().await;
    let answer = server.get(&format!("{HERE}&limit=2&service=cash_in&unknown=include")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    let mut members =
        ["origin", "neighbours", "relaxations", "next", "warnings", "snapshot", "attribution"]
            .map(str::to_owned);
    members.sort();
    assert_eq!(names(&json), members);
    assert_eq!(json["origin"], json!({"lat": 60.1, "lon": 24.9}));
    assert_eq!(json["warnings"], json!([]));
    assert_eq!(json["attribution"], json!(["© OpenStreetMap contributors"]));
    assert_eq!(json["snapshot"]["id"].as_str().unwrap().len(), 32);
    assert_eq!(json["snapshot"]["as_of"], "2026-08-20T10:00:00Z");
    assert!(json["next"].is_string());

    let neighbours = json["neighbours"].as_array().unwrap();
    assert_eq!(neighbours.len(), 2);
    assert_eq!(neighbours[0]["distance_m"], 0.0);
    assert_eq!(neighbours[0]["position"], json!({"lat": 60.1, "lon": 24.9}));
    assert_eq!(neighbours[0]["site"]["id"], "site:osm:node/1");
    assert_eq!(neighbours[0]["site"]["address"]["street"], "Street 1");
    assert_eq!(neighbours[0]["site"]["address"]["country"], "FI");
    let second = &neighbours[1];
    assert!((second["distance_m"].as_f64().unwrap() - 124.5).abs() < 0.2, "{second}");
    assert!((second["bearing_deg"].as_f64().unwrap() - 26.5).abs() < 0.5, "{second}");
}

#[tokio::test]
async fn a_site_lists_its_matching_machines_and_group_atm_lists_each_alone() {
    let server = Server::start().await;
    let by_site = server.get(&format!("{HERE}&limit=1")).await;
    assert_eq!(by_site.ids(), ["osm:node/1", "osm:node/2"]);
    assert_eq!(by_site.json()["neighbours"].as_array().unwrap().len(), 1);
    let by_atm = server.get(&format!("{HERE}&limit=2&group=atm")).await;
    assert_eq!(by_atm.ids(), ["osm:node/1", "osm:node/2"]);
    assert_eq!(by_atm.json()["neighbours"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_hit_tells_what_it_matched_on_and_what_is_not_known_of_it() {
    let server = Server::start().await;
    let target = format!(
        "{HERE}&limit=100&group=atm&service=cash_in&operator=otto,aktia-bank&unknown=include"
    );
    let json = server.get(&target).await.json();
    let neighbours = json["neighbours"].as_array().unwrap();
    let known = &neighbours[0]["atms"][0];
    assert_eq!(known["services"]["cash_in"], "yes");
    assert_eq!(known["matched_on"], json!(["operator=otto,aktia-bank", "service=cash_in"]));
    assert_eq!(known["unknown"], json!([]));
    let doubtful = neighbours.iter().map(|n| &n["atms"][0]).find(|atm| atm["id"] == "osm:node/4");
    let doubtful = doubtful.unwrap();
    assert_eq!(doubtful["services"]["cash_in"], "unknown");
    assert_eq!(doubtful["matched_on"], json!(["operator=otto,aktia-bank"]));
    assert_eq!(doubtful["unknown"], json!(["service=cash_in"]));
    for neighbour in neighbours {
        assert_ne!(neighbour["atms"][0]["services"]["cash_in"], "no");
    }
}

#[tokio::test]
async fn a_body_asks_what_a_query_string_asks() {
    let server = Server::start().await;
    let body = r#"{"lat": 60.1, "lon": 24.9, "limit": 7, "operator": ["Otto", "aktia bank"]}"#;
    let posted = server.post("/v1/atms/nearest", body).await;
    let got = server.get(&format!("{HERE}&limit=7&operator=Otto,aktia%20bank")).await;
    assert_eq!(posted.json(), got.json());
}

#[tokio::test]
async fn an_operator_nobody_has_is_an_empty_answer_with_a_hint() {
    let server = Server::start().await;
    let json = server.get(&format!("{HERE}&operator=Aktia")).await.json();
    assert_eq!(json["neighbours"], json!([]));
    assert_eq!(json["next"], Value::Null);
    assert!(json["warnings"][0].as_str().unwrap().contains("\"Aktia Bank\""), "{json}");
}

#[tokio::test]
async fn more_than_the_most_a_page_holds_is_reduced_and_said() {
    let server = Server::start().await;
    let json = server.get(&format!("{HERE}&limit=101")).await.json();
    assert!(json["warnings"][0].as_str().unwrap().contains("100"), "{json}");
    assert_eq!(json["neighbours"].as_array().unwrap().len(), ESTATE_SIZE - 1);
    let json = server.get("/v1/atms/within?bbox=20,50,30,70&limit=1001").await.json();
    assert!(json["warnings"][0].as_str().unwrap().contains("1000"), "{json}");
}

#[tokio::test]
async fn within_answers_with_all_the_box_holds() {
    let server = Server::start().await;
    let answer = server.get("/v1/atms/within?bbox=24.9,60.1,24.9055,60.2").await;
    let mut ids = answer.ids();
    ids.sort();
    assert_eq!(ids, (1..=7).map(|number| format!("osm:node/{number}")).collect::<Vec<_>>());
    let json = answer.json();
    assert_eq!(json["bbox"], json!([24.9, 60.1, 24.9055, 60.2]));
    assert_eq!(json["next"], Value::Null);
    assert!(json["atms"][0]["position"]["lat"].is_number());
    assert!(json["atms"][0].get("distance_m").is_none());
    assert_eq!(json["attribution"], json!(["© OpenStreetMap contributors"]));
}

#[tokio::test]
async fn a_box_may_cross_the_antimeridian() {
    let places = [("-17.8", "178.4"), ("-16.5", "-179.9"), ("-17.0", "10.0")];
    let server = Server::of(&osm(&nodes_at(&places))).await;
    let mut ids = server.get("/v1/atms/within?bbox=170,-20,-170,-10").await.ids();
    ids.sort();
    assert_eq!(ids, ["osm:node/1", "osm:node/2"]);
}

#[tokio::test]
async fn an_atm_is_found_by_its_id_however_it_is_encoded() {
    let server = Server::start().await;
    for id in ["osm:node/3", "osm%3Anode%2F3", "%6Fsm:node%2f3"] {
        let answer = server.get(&format!("/v1/atms/{id}")).await;
        assert_eq!(answer.status, 200, "{id}");
        let json = answer.json();
        assert_eq!(json["atm"]["id"], "osm:node/3");
        assert_eq!(json["atm"]["position"], json!({"lat": 60.101, "lon": 24.901}));
        assert_eq!(json["atm"]["source"]["licence"], "ODbL-1.0");
        assert_eq!(json["atm"]["services"]["coins_in"], "unknown", "all there is, unknown or not");
        assert_eq!(json["attribution"], json!(["© OpenStreetMap contributors"]));
        assert_eq!(json["snapshot"]["as_of"], "2026-08-20T10:00:00Z");
    }
}

#[tokio::test]
async fn an_id_nobody_has_is_unknown_whatever_it_is_made_of() {
    let server = Server::start().await;
    for id in ["osm:node/999", "a%20b", "a+b", "%E9%93%B6%E8%A1%8C%231", "%00", "..%2f..", "%25"] {
        server.get(&format!("/v1/atms/{id}")).await.problem(404, "unknown_atm");
    }
}

#[tokio::test]
async fn the_vocabulary_counts_the_words_of_the_data() {
    let server = Server::start().await;
    let json = server.get("/v1/vocabulary").await.json();
    assert_eq!(json["atms"], ESTATE_SIZE);
    assert_eq!(json["sites"], ESTATE_SIZE - 1);
    assert!(json["operators"].as_array().unwrap().contains(&json!({"name": "Otto", "atms": 20})));
    let services = json["services"].as_array().unwrap();
    let cash_in = services.iter().find(|service| service["code"] == "cash_in").unwrap();
    assert_eq!(*cash_in, json!({"code": "cash_in", "yes": 30, "no": 15, "unknown": 15}));
}

#[tokio::test]
async fn probes_tell_the_process_from_its_data() {
    let server = Server::unready(nearest_atm::http::HttpOptions::default()).await;
    assert_eq!(server.get("/livez").await.json(), json!({"status": "alive"}));
    server.get("/readyz").await.problem(503, "not_ready");
    let server = Server::start().await;
    for path in ["/livez", "/readyz", "/readyz?verbose"] {
        let answer = server.get_with(path, &[("accept", "text/plain")]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let server = Server::start().await;
    for target in
        [HERE, "/v1/atms/within?bbox=20,50,30,70", "/v1/atms/osm:node/1", "/v1/vocabulary"]
    {
        let got = server.get(target).await;
        let head = server.ask(Method::HEAD, target, &[], "").await;
        assert_eq!(head.status, 200);
        assert!(head.body.is_empty());
        for name in ["content-type", "content-length", "etag", "vary", "cache-control"] {
            assert_eq!(head.header(name), got.header(name), "{target} {name}");
        }
        assert_eq!(head.header("content-length"), got.body.len().to_string());
    }
    let head = server.ask(Method::HEAD, "/v1/atms/nobody", &[], "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (404, 0));
}

/// The numbers of a JSON text, as they are written.
fn numbers(json: &str) -> Vec<&str> {
    // No text of these answers has a quotation mark in it.
    let outside_texts = json.split('"').step_by(2);
    let words = outside_texts.flat_map(|part| part.split([',', ':', '[', ']', '{', '}']));
    words.filter(|word| word.starts_with(|c: char| c == '-' || c.is_ascii_digit())).collect()
}

#[tokio::test]
async fn positions_have_seven_decimals_no_exponent_and_no_negative_zero() {
    let places =
        [("51.4", "-0.00000001"), ("51.5", "-0.00000987654"), ("0.0000012345", "9.12345678901")];
    let server = Server::of(&osm(&nodes_at(&places))).await;
    for (target, accept) in [
        ("/v1/atms/nearest?lat=-0.00000000001&lon=0.000000123456", "application/json"),
        ("/v1/atms/nearest?lat=-0.0&lon=-0", "application/geo+json"),
        ("/v1/atms/within?bbox=-0.000001,-0.0,1,60.000000049", "application/json"),
        ("/v1/atms/within?bbox=-1,-1,10,60", "application/geo+json"),
        ("/v1/atms/osm:node/2", "application/json"),
        ("/v1/atms/osm:node/2", "application/geo+json"),
    ] {
        let answer = server.get_with(target, &[("accept", accept)]).await;
        assert_eq!(answer.status, 200);
        for number in numbers(&answer.text()) {
            let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!(decimals <= 7, "{target}: {number}");
            assert!(!number.contains(['e', 'E']), "{target}: {number}");
            assert!(!number.starts_with('-') || number.contains(|c| ('1'..='9').contains(&c)));
        }
    }
    let text = server.get("/v1/atms/osm:node/2").await.text();
    assert!(text.contains(r#""position":{"lat":51.5,"lon":-0.0000099}"#), "{text}");
}

/// Asserts that a value is a `Feature` of RFC 7946 with a point.
fn assert_feature(feature: &Value) {
    assert_eq!(feature["type"], "Feature");
    assert!(feature["id"].is_string());
    assert!(feature["properties"].is_object());
    assert_eq!(feature["geometry"]["type"], "Point");
    let coordinates = feature["geometry"]["coordinates"].as_array().unwrap();
    let [lon, lat] = coordinates.as_slice() else { panic!("{coordinates:?}") };
    assert!((24.0..26.0).contains(&lon.as_f64().unwrap()), "longitude comes first");
    assert!((60.0..61.0).contains(&lat.as_f64().unwrap()));
}

#[tokio::test]
async fn geojson_holds_the_same_hits_as_features() {
    let server = Server::start().await;
    for target in [&format!("{HERE}&limit=5&group=atm"), "/v1/atms/within?bbox=20,50,30,70&limit=5"]
    {
        let json = server.get(target).await;
        let geojson = server.get_with(target, &[("accept", "application/geo+json")]).await;
        assert_eq!(geojson.header("content-type"), "application/geo+json");
        let collection = geojson.json();
        assert_eq!(collection["type"], "FeatureCollection");
        let features = collection["features"].as_array().unwrap();
        features.iter().for_each(assert_feature);
        let ids: Vec<_> = features.iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids, json.ids());
        for member in ["next", "warnings", "snapshot", "attribution"] {
            assert_eq!(collection[member], json.json()[member]);
        }
    }
    let one = server.get_with("/v1/atms/osm:node/1", &[("accept", "application/geo+json")]).await;
    assert_feature(&one.json());
    assert_eq!(one.json()["attribution"], json!(["© OpenStreetMap contributors"]));
}

#[tokio::test]
async fn members_come_in_the_order_of_the_contract_and_none_twice() {
    let server = Server::start().await;
    for (target, order) in [
        (HERE, &["origin", "neighbours", "next", "warnings", "snapshot", "attribution"][..]),
        ("/v1/atms/within?bbox=24,60,25,60.102", &["bbox", "atms", "next", "warnings", "snapshot"]),
    ] {
        let text = server.get(target).await.text();
        let places: Vec<_> = order.iter().map(|name| text.find(&format!("\"{name}\":"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{target}: {places:?}");
        assert_eq!(text.matches("\"attribution\":").count(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_short_says_what_to_give_up_and_keeps_each_promise() {
    let server = Server::start().await;
    let base = format!("{HERE}&limit=5&group=atm");
    let short =
        server.get(&format!("{base}&service=cash_in&operator=otto&max_distance_m=300")).await;
    let json = short.json();
    assert_eq!(json["neighbours"].as_array().unwrap().len(), 1, "{json}");
    let relaxations = json["relaxations"].as_array().unwrap();
    assert!(relaxations.iter().any(|one| one["drop"] == json!(["max_distance_m"])), "{json}");
    for one in relaxations {
        let dropped: Vec<&str> =
            one["drop"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        let mut target = base.clone();
        for kept in ["service=cash_in", "operator=otto", "max_distance_m=300"] {
            if !dropped.iter().any(|label| kept.starts_with(label)) {
                target = format!("{target}&{kept}");
            }
        }
        let again = server.get(&target).await.json();
        let neighbours = again["neighbours"].as_array().unwrap();
        assert_eq!(one["matches"], neighbours.len(), "{target}: {one}");
        assert_eq!(one["more"], again["next"].is_string(), "{target}: {one}");
        assert_eq!(one["nearest_m"], neighbours[0]["distance_m"], "{target}: {one}");
        assert!(neighbours.len() > 1);
    }
    let full = server.get(&base).await.json();
    assert_eq!(full["relaxations"], json!([]));
    let geojson = server
        .get_with(&format!("{base}&operator=nobody"), &[("accept", "application/geo+json")])
        .await;
    assert_eq!(geojson.json()["relaxations"][0]["drop"], json!(["operator=nobody"]));
}

#[tokio::test]
async fn an_answer_tells_how_it_was_found_when_asked() {
    let server = Server::start().await;
    for (filter, plan) in
        [("", "walk"), ("&service=cash_in", "scan"), ("&operator=nobody", "nothing")]
    {
        for target in [
            format!("{HERE}{filter}&explain=true"),
            format!("/v1/atms/within?bbox=24,60,25,61{filter}&explain=true"),
        ] {
            let json = server.get(&target).await.json();
            let explain = &json["explain"];
            assert_eq!(explain["plan"], plan, "{target}: {explain}");
            assert_eq!(explain["snapshot"], json["snapshot"]["id"]);
            assert!(explain["atms_tested"].is_u64() && explain["took_us"].is_number());
        }
    }
    assert!(server.get(HERE).await.json().get("explain").is_none());
    assert_eq!(server.get(&format!("{HERE}&explain=yes")).await.status, 400);
}
