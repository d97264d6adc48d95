//! What is open: asked for, shown, and no longer believed when its minute is over.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::service::Service;
use serde_json::{Value, json};

use crate::support::{PATIENCE, Server, osm, snapshot};

/// Seconds since 1970 by the clock of [`server`]; Wednesday, 2026-08-19, 17:40 in Helsinki.
const TWENTY_TO_SIX_S: i64 = 1_787_150_400;

/// Three machines in Helsinki, each with hours of its own, by a clock the test sets.
async fn server(clock: fn() -> Timestamp) -> Server {
    let node = |id: u8, hours: &str| {
        format!(
            "<node id=\"{id}\" lat=\"60.1{id}\" lon=\"24.9\"><tag k=\"amenity\" v=\"atm\"/>{hours}\
             </node>\n"
        )
    };
    let hours = |text: &str| format!("<tag k=\"opening_hours\" v=\"{text}\"/>");
    let nodes =
        [node(1, &hours("Mo-Fr 08:00-18:00; PH off")), node(2, &hours("24/7")), node(3, "")];
    let service = Service::with_clock(clock);
    let options = HttpOptions::default();
    let router = http::router(service.clone(), Beside::default(), &options);
    let server = Server::serving(router, service, options, PATIENCE).await;
    server.service.publication().publish(snapshot(&osm(&nodes.concat())));
    server
}

fn twenty_to_six() -> Timestamp {
    Timestamp::from_second(TWENTY_TO_SIX_S).unwrap()
}

const NEAR: &str = "/v1/atms/nearest?lat=60.1&lon=24.9&group=atm";

fn open_of(answer: &crate::support::Answer, place: usize) -> Value {
    answer.json()["neighbours"][place]["atms"][0]["open"].clone()
}

#[tokio::test]
async fn an_answer_says_what_is_open_until_when_and_by_which_clocks() {
    let server = server(twenty_to_six).await;
    let answer = server.get(NEAR).await;
    assert_eq!(
        [0, 1, 2].map(|place| open_of(&answer, place)),
        [
            json!({"state": "open", "until": "2026-08-19T18:00:00+03:00",
                   "time_zone": "Europe/Helsinki"}),
            json!({"state": "open", "time_zone": "Europe/Helsinki"}),
            json!({"state": "unknown", "time_zone": "Europe/Helsinki"}),
        ]
    );
    let whole = server.get("/v1/atms/osm:node/1").await.json();
    assert_eq!(whole["atm"]["open"]["state"], "open");
    let geojson = server.get_with(NEAR, &[("accept", "application/geo+json")]).await.json();
    assert_eq!(geojson["features"][1]["properties"]["atms"][0]["open"]["state"], "open");
}

#[tokio::test]
async fn open_at_takes_now_always_or_an_instant_and_keeps_three_values() {
    let server = server(twenty_to_six).await;
    for (asked, ids) in [
        ("open_at=now", &["1", "2"][..]),
        ("open_at=always", &["2"]),
        ("open_at=2026-08-19T18:30:00%2B03:00", &["2"]),
        ("open_at=2026-08-19T18:30:00+03:00", &["2"]),
        ("open_at=2026-08-20T06:00:00Z", &["1", "2"]),
        ("open_at=now&unknown=include", &["1", "2", "3"]),
        ("open_at=2026-08-19T23:00:00Z&unknown=include", &["2", "3"]),
        ("open_at=now&unknown=only", &["3"]),
    ] {
        let ids: Vec<String> = ids.iter().map(|id| format!("osm:node/{id}")).collect();
        assert_eq!(server.get(&format!("{NEAR}&{asked}")).await.ids(), ids, "{asked}");
    }
    let body =
        r#"{"lat": 60.1, "lon": 24.9, "group": "atm", "open_at": "2026-08-19T18:30:00+03:00"}"#;
    let answer = server.post("/v1/atms/nearest", body).await;
    assert_eq!(answer.ids(), ["osm:node/2"]);
    let hit = answer.json()["neighbours"][0]["atms"][0].clone();
    assert_eq!(hit["matched_on"], json!(["open_at=2026-08-19T15:30:00Z"]));
    let within = server.get("/v1/atms/within?bbox=24,60,25,61&open_at=always").await;
    assert_eq!(within.ids(), ["osm:node/2"]);
}

#[tokio::test]
async fn what_is_no_time_is_refused_with_what_is_accepted() {
    let server = server(twenty_to_six).await;
    for value in ["", "soon", "18:30", "2026-08-19", "2026-08-19T18:30:00", "2080-01-01T00:00:00Z"]
    {
        let answer = server.get(&format!("{NEAR}&open_at={value}")).await;
        answer.refused_parameter("open_at");
        let accepted = answer.json()["errors"][0]["accepted"].as_str().unwrap().to_owned();
        assert!(accepted.starts_with("now, always, or a time by RFC 3339"), "{accepted}");
    }
    let number = server.post("/v1/atms/nearest", r#"{"lat":1,"lon":2,"open_at":1787157600}"#).await;
    number.refused_parameter("open_at");
    let near = server.get(&format!("{NEAR}&openNow=now")).await;
    assert!(near.refused_parameter("openNow").ends_with("but open_at is"));
}

#[tokio::test]
async fn an_answer_is_not_taken_for_one_of_another_minute() {
    static NOW_S: AtomicI64 = AtomicI64::new(TWENTY_TO_SIX_S);
    let server =
        server(|| Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap_or_default()).await;
    for path in [
        NEAR.to_owned(),
        format!("{NEAR}&open_at=now"),
        "/v1/atms/within?bbox=24,60,25,61".to_owned(),
        "/v1/atms/osm:node/1".to_owned(),
    ] {
        NOW_S.store(TWENTY_TO_SIX_S, Ordering::Relaxed);
        let etag = server.get(&path).await.header("etag");
        let held = [("if-none-match", etag.as_str())];
        NOW_S.store(TWENTY_TO_SIX_S + 59, Ordering::Relaxed);
        assert_eq!(server.get_with(&path, &held).await.status, 304, "{path}");
        NOW_S.store(TWENTY_TO_SIX_S + 20 * 60, Ordering::Relaxed);
        let later = server.get_with(&path, &held).await;
        assert_eq!(later.status, 200, "{path}");
        assert!(!later.text().contains("\"until\""), "{path}");
    }
}

#[tokio::test]
async fn pages_of_what_is_open_now_go_on_from_the_minute_of_the_first() {
    static NOW_S: AtomicI64 = AtomicI64::new(TWENTY_TO_SIX_S);
    let server =
        server(|| Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap_or_default()).await;
    for question in [
        format!("{NEAR}&open_at=now&limit=1"),
        "/v1/atms/within?bbox=24,60,25,61&open_at=now&limit=1".to_owned(),
    ] {
        NOW_S.store(TWENTY_TO_SIX_S, Ordering::Relaxed);
        let first = server.get(&question).await;
        let cursor = first.json()["next"].as_str().unwrap().to_owned();
        // The first machine has closed since: were it left out, the second page would begin after
        // the second machine.
        NOW_S.store(TWENTY_TO_SIX_S + 40 * 60, Ordering::Relaxed);
        let second = server.get(&format!("{question}&cursor={cursor}")).await;
        let mut ids = first.ids();
        ids.extend(second.ids());
        ids.sort();
        assert_eq!(ids, ["osm:node/1", "osm:node/2"], "{question}");
        let warning = second.json()["warnings"][0].as_str().unwrap().to_owned();
        assert!(warning.contains("2026-08-19T14:40:00Z"), "{warning}");
        // A cursor that was given for another kind of question, or made up, is none.
        for made_up in [&cursor[..56], &format!("{}ffffffffff", &cursor[..56])] {
            let answer = server.get(&format!("{question}&cursor={made_up}")).await;
            answer.refused_parameter("cursor");
        }
    }
}
