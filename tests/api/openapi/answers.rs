//! Real answers of every request, held against the documents' schemas.

use nearest_atm::domain::Row;
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::service::Service;
use nearest_atm::snapshot::Snapshot;
use serde_json::{Value, json};

use super::{Described, both, clock, root};

const JSON: &str = "application/json";
const GEOJSON: &str = "application/geo+json";

/// Real files of every kind, that state as many different things as there are.
const FILES: [&str; 12] = [
    "osm/sf-downtown.osm.pbf",
    "osm/helsinki.osm.pbf",
    "osm/moorgate.osm.pbf",
    "osm/monaco-later.osm.pbf",
    "osm/neubrandenburg.osm.bz2",
    "open-banking/danske-2020.json.gz",
    "open-banking/barclays-2019.json.gz",
    "json/ing-nl-double-encoded.json",
    "json/vtb-ru.json",
    "csv/new-york-2025.csv",
    "csv/buenos-aires.csv",
    "osm/angola-overpass.json",
];

#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn real_snapshot() -> Option<Snapshot> {
    let folder = root().join("../shared/data");
    if !folder.is_dir() {
        let promised = std::env::vars().any(|(name, _)| name == "REAL_ATM_DATA_PROMISED");
        assert!(!promised, "the real data is not at {}", folder.display());
        println!("skipped: no real data at {}", folder.display());
        return None;
    }
    let sources = FILES.map(|file| {
        let input = Input::file(folder.join(file));
        SourceFiles {
            name: input.stem().to_owned(),
            inputs: vec![input],
            options: ReadOptions::default(),
            found_in_directory: false,
        }
    });
    Some(Snapshot::ingest(&sources, &mut |_| {}).unwrap())
}

/// Asks for everything around some of a snapshot's ATMs, and holds the answers to the document.
async fn ask_around(public: &mut Described, snapshot: &Snapshot, step: usize) -> usize {
    const FILTERS: [&str; 9] = [
        "",
        "&group=atm&limit=3&explain=true",
        "&service=cash_in&unknown=include&limit=5",
        "&service=cash_in,-coins_in&accessibility=wheelchair&unknown=only",
        "&operator=Nobody",
        "&open_at=always&max_distance_m=50",
        "&open_at=2026-08-22T09:00:00Z&fee=free&feature=indoor&unknown=include&limit=2",
        "&location_type=-retail&network=LINK&limit=500",
        "&country=US,NL&currency=-USD&brand=-Visa&include_out_of_service=true&limit=4",
    ];
    let mut asked = 0;
    for place in (0..snapshot.len()).step_by(step) {
        let row = Row(u32::try_from(place).unwrap());
        let position = snapshot.position(row);
        let (lat, lon) = (position.lat_deg(), position.lon_deg());
        for (number, filters) in FILTERS.iter().enumerate() {
            let accept = if (place / step + number).is_multiple_of(2) { JSON } else { GEOJSON };
            let target = format!("/v1/atms/nearest?lat={lat}&lon={lon}{filters}");
            let answer = public.ask("get", &target, accept, None).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            public.assert_documented("get", "/v1/atms/nearest", &answer);
            let (west, south) = (lon - 0.01, (lat - 0.01).max(-90.0));
            let (east, north) = (lon + 0.01, lat + 0.01);
            let filters = filters.replace("&group=atm", "").replace("&max_distance_m=50", "");
            let target = format!("/v1/atms/within?bbox={west},{south},{east},{north}{filters}");
            let answer = public.ask("get", &target, accept, None).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            public.assert_documented("get", "/v1/atms/within", &answer);
            asked += 2;
        }
        let line = json!({
            "along": {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.01, lat]]},
            "buffer_m": 300, "service": "cash_out", "unknown": "include", "explain": true,
        });
        let ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat]];
        let area = json!({"polygon": {"type": "Polygon", "coordinates": [ring]}, "limit": 2});
        for body in [line, area] {
            for accept in [JSON, GEOJSON] {
                let body = Some((JSON, body.to_string()));
                let answer = public.ask("post", "/v1/atms/within", accept, body).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
                public.assert_documented("post", "/v1/atms/within", &answer);
                asked += 1;
            }
        }
        let id = snapshot.id_of(row);
        let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
        for accept in [JSON, GEOJSON] {
            let answer = public.ask("get", &format!("/v1/atms/{id}"), accept, None).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            public.assert_documented("get", "/v1/atms/{id}", &answer);
            asked += 1;
        }
    }
    asked
}

#[tokio::test]
async fn answers_from_real_files_have_the_members_the_document_tells_of_and_no_others() {
    let Some(snapshot) = real_snapshot() else { return };
    let service = Service::with_clock(clock);
    let service_snapshot = real_snapshot().unwrap();
    service.publication().publish(service_snapshot);
    let mut public = Described::public(&service).await;
    let asked = ask_around(&mut public, &snapshot, snapshot.len() / 60).await;
    assert!(asked > 1000, "{asked}");
    let answer = public.ask("get", "/v1/vocabulary", JSON, None).await;
    public.assert_documented("get", "/v1/vocabulary", &answer);
    for text in
        ["Helsinki", "94103", "Market Street", "JFK", "37.77,-122.42", "Londn", "9GG65WCP+X7"]
    {
        let body = Some((JSON, json!({"text": text, "lang": "de", "limit": 5}).to_string()));
        let answer = public.ask("post", "/v1/places", JSON, body).await;
        assert!(!answer.json()["places"].as_array().unwrap().is_empty(), "{text}");
        public.assert_documented("post", "/v1/places", &answer);
        let body = Some((JSON, json!({"near": text}).to_string()));
        let answer = public.ask("post", "/v1/atms/nearest", GEOJSON, body).await;
        public.assert_documented("post", "/v1/atms/nearest", &answer);
    }
}

#[tokio::test]
async fn every_kind_of_refusal_is_as_the_document_tells() {
    let (mut public, _admin) = both().await;
    let old = format!("{}{}", "0".repeat(32), &cursor(&public).await[32..]);
    for (method, path, target, accept, body, status) in [
        ("get", "/v1/atms/nearest", "/v1/atms/nearest?lat=1", "*/*", None, 400),
        ("get", "/v1/atms/nearest", "/v1/atms/nearest?near=Springfield", "*/*", None, 409),
        ("get", "/v1/atms/nearest", "/v1/atms/nearest?near=Qqqqzzz", "*/*", None, 404),
        ("get", "/v1/atms/nearest", "/v1/atms/nearest?lat=1&lon=1", "image/png", None, 406),
        (
            "get",
            "/v1/atms/nearest",
            &format!("/v1/atms/nearest?lat=60.1719&lon=24.9414&limit=1&cursor={old}"),
            "*/*",
            None,
            410,
        ),
        ("post", "/v1/atms/nearest", "/v1/atms/nearest", "*/*", Some((JSON, "{")), 400),
        (
            "post",
            "/v1/atms/nearest",
            "/v1/atms/nearest",
            "*/*",
            Some((JSON, "{\"lat\":\"1\",\"lon\":2}")),
            400,
        ),
        ("post", "/v1/atms/nearest", "/v1/atms/nearest", "*/*", Some(("text/plain", "{}")), 415),
        (
            "post",
            "/v1/atms/nearest/batch",
            "/v1/atms/nearest/batch",
            "*/*",
            Some((
                JSON,
                "{\"queries\":[{\"near\":\"Springfield\"},{\"near\":\"Qqqqzzz\"},[],{\"lat\":1}]}",
            )),
            200,
        ),
        (
            "post",
            "/v1/atms/nearest/batch",
            "/v1/atms/nearest/batch",
            "*/*",
            Some((
                "application/x-ndjson",
                "{\"lat\":43.7,\"lon\":7.4}\nx\n{\"near\":\"Monaco\"}\n",
            )),
            200,
        ),
        ("get", "/v1/atms/{id}", "/v1/atms/osm:node/1", "*/*", None, 404),
        ("get", "/livez", "/livez", "*/*", None, 200),
        ("get", "/readyz", "/readyz", "*/*", None, 200),
    ] {
        let body = body.map(|(media, body)| (media, body.to_owned()));
        let answer = public.ask(method, target, accept, body).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
        public.assert_documented(method, path, &answer);
    }
}

#[tokio::test]
async fn administration_answers_as_its_document_tells() {
    let (_public, mut admin) = both().await;
    let id = "osm%3Anode%2F4220208271";
    let snapshot = admin.ask("get", "/admin/v1/snapshots", "*/*", None).await.json();
    let current = snapshot["current"]["id"].as_str().unwrap();
    let status = "/admin/v1/atms/{id}/status";
    let report = json!({"state": "out_of_service", "cash_in": "no", "note": "x"}).to_string();
    let past = json!({"state": "in_service", "reported_at": "2026-08-19T12:00:00Z",
                      "expires_at": "2026-08-29T12:00:00Z"});
    let many = json!([{"id": "osm:node/4220208271", "state": "in_service"}, {"state": "x"}, 7]);
    let lines = "{\"id\":\"osm:node/4220208271\",\"state\":\"in_service\"}\n{}\n";
    let of = |path: &str| path.replace("{id}", id);
    let of_snapshot = |path: &str| path.replace("{id}", current);
    let (publish, found, rows) = (
        "/admin/v1/snapshots/{id}/publish",
        "/admin/v1/snapshots/{id}/report",
        "/admin/v1/snapshots/{id}/rejected.csv",
    );
    for (method, path, target, body, expected) in [
        ("put", status, of(status), Some((JSON, report)), 200),
        ("put", status, of(status), Some((JSON, past.to_string())), 409),
        ("put", status, of(status), Some((JSON, "{}".to_owned())), 400),
        ("get", status, of(status), None, 200),
        ("delete", status, of(status), None, 200),
        ("delete", status, of(status).replace("4220208271", "1"), None, 404),
        (
            "post",
            "/admin/v1/statuses",
            "/admin/v1/statuses".to_owned(),
            Some((JSON, many.to_string())),
            200,
        ),
        (
            "post",
            "/admin/v1/statuses",
            "/admin/v1/statuses".to_owned(),
            Some(("application/x-ndjson", lines.to_owned())),
            200,
        ),
        ("post", "/admin/v1/reload", "/admin/v1/reload".to_owned(), None, 200),
        (
            "post",
            "/admin/v1/reload",
            "/admin/v1/reload".to_owned(),
            Some((JSON, "{\"force\":true,\"dry_run\":true}".to_owned())),
            200,
        ),
        (
            "post",
            "/admin/v1/reload",
            "/admin/v1/reload".to_owned(),
            Some((JSON, "{\"source\":\"none\"}".to_owned())),
            400,
        ),
        ("post", publish, of_snapshot(publish), None, 200),
        ("post", publish, publish.replace("{id}", "0"), None, 404),
        ("get", found, of_snapshot(found), None, 200),
        ("get", rows, of_snapshot(rows), None, 200),
        ("get", "/admin/v1/sources", "/admin/v1/sources".to_owned(), None, 200),
        ("get", "/admin/v1/snapshots", "/admin/v1/snapshots".to_owned(), None, 200),
        ("get", "/admin/v1/audit", "/admin/v1/audit?limit=2".to_owned(), None, 200),
        ("get", "/admin/v1/audit", "/admin/v1/audit?limit=0".to_owned(), None, 400),
        ("get", "/admin/v1/audit", "/admin/v1/audit?cursor=-1".to_owned(), None, 400),
        ("get", "/metrics", "/metrics".to_owned(), None, 200),
    ] {
        let answer = admin.ask(method, &target, "*/*", body).await;
        assert_eq!(answer.status, expected, "{method} {target}: {}", answer.text());
        admin.assert_documented(method, path, &answer);
    }
}

async fn cursor(public: &Described) -> String {
    let target = "/v1/atms/nearest?lat=60.1719&lon=24.9414&limit=1";
    let answer = public.ask("get", target, JSON, None).await;
    answer.json()["next"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn replies_of_a_conversation_are_as_the_document_tells() {
    let (mut public, _admin) = both().await;
    let mut context = Value::Null;
    for turn in [
        json!({"text": "hello", "locale": null}),
        json!({"text": "ATM near Monaco that takes deposits, open now", "explain": true}),
        json!({"text": "more"}),
        json!({"text": "details of 1"}),
        json!({"text": "wie komme ich dahin?", "locale": "de_DE"}),
        json!({"text": "what is my balance"}),
        json!({"text": "near Springfield"}),
        json!({"position": {"lat": 60.1719, "lon": 24.9414, "accuracy_m": 20}}),
        json!({"text": "cash machine within 500 m free of charge for wheelchairs"}),
        json!({"text": ""}),
        json!({"position": {"lat": "60", "lon": null}}),
    ] {
        let mut turn = turn;
        if context.is_string() {
            turn["context"] = context.clone();
        }
        let body = Some((JSON, turn.to_string()));
        let answer = public.ask("post", "/v1/chat", JSON, body).await;
        public.assert_documented("post", "/v1/chat", &answer);
        context = answer.json()["context"].clone();
    }
}

/// Adds a member to each object of a value in turn.
fn with_strays(value: &Value) -> Vec<(String, Value)> {
    fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.push(at.to_owned());
                for (name, member) in members {
                    objects(member, &format!("{at}/{name}"), found);
                }
            }
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    objects(item, &format!("{at}/{place}"), found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    objects(value, "", &mut found);
    let stray = |at: String| {
        let mut value = value.clone();
        value.pointer_mut(&at).unwrap()["stray"] = json!("text");
        (at, value)
    };
    // What a source says beside has whatever names the source gives.
    found.into_iter().filter(|at| !at.ends_with("/extra")).map(stray).collect()
}

#[tokio::test]
async fn a_member_more_or_less_than_the_document_tells_is_found() {
    let (mut public, _admin) = both().await;
    for (target, schema) in [
        ("/v1/atms/nearest?lat=60.1719&lon=24.9414&limit=2&explain=true", "NearestAnswer"),
        ("/v1/atms/osm%3Anode%2F4220208271", "AtmAnswer"),
    ] {
        let answer = public.ask("get", target, JSON, None).await.json();
        let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
        let validator = public.validator(&schema);
        assert!(validator.is_valid(&answer));
        let strays = with_strays(&answer);
        assert!(strays.len() > 6);
        for (at, stray) in strays {
            assert!(!validator.is_valid(&stray), "a stray member at {at} is not found");
        }
        let mut less = answer;
        less.as_object_mut().unwrap().remove("snapshot").unwrap();
        assert!(!validator.is_valid(&less));
    }
}
