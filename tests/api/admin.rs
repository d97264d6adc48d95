//! Administration: who may come in, what statuses do to answers, and what the audit log tells.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::Method;
use jiff::Timestamp;
use nearest_atm::http::admin::{
    self, AdminOptions, Administration, Credential, Credentials, Gate, Role,
};
use nearest_atm::http::{Beside, HttpOptions};
use nearest_atm::secret::Secret;
use nearest_atm::service::reload::{ReloadOptions, Reloader};
use nearest_atm::service::{Service, StatusLimits, Statuses};
use nearest_atm::store::{Store, StorePlace};
use serde_json::{Value, json};

use crate::support::{Answer, PATIENCE, Server, estate, nodes_at, osm, snapshot};

pub(crate) const PUBLISHER: &str = "Bearer publisher-token";
pub(crate) const VIEWER: &str = "Bearer viewer-token";

/// The first ATM of the estate; the second stands on the same spot.
const FIRST: &str = "osm:node/1";
const SECOND: &str = "osm:node/2";
const HERE: &str = "/v1/atms/nearest?lat=60.1&lon=24.9&limit=3&group=atm";

/// A public and an administration server over one service.
pub(crate) struct Pair {
    pub(crate) public: Server,
    pub(crate) admin: Server,
    pub(crate) statuses: Statuses,
    pub(crate) reloader: Arc<Reloader>,
}

impl Pair {
    async fn start() -> Self {
        Self::at(StorePlace::Memory, Timestamp::now).await
    }

    async fn at(place: StorePlace, clock: fn() -> Timestamp) -> Self {
        let pair = Self::over(place, clock, ReloadOptions::default()).await;
        pair.statuses.service().publication().publish(snapshot(&estate()));
        pair
    }

    /// Over sources to be reloaded; nothing is published yet.
    pub(crate) async fn over(
        place: StorePlace,
        clock: fn() -> Timestamp,
        reloading: ReloadOptions,
    ) -> Self {
        let service = Service::with_clock(clock);
        let store = Store::open(&place).await.unwrap();
        let statuses = Statuses::new(service.clone(), store, StatusLimits::default());
        statuses.load().await.unwrap();
        let options = HttpOptions::default();
        let router = nearest_atm::http::router(service.clone(), Beside::default(), &options);
        let public = Server::serving(router, service.clone(), options, PATIENCE).await;
        let secret = |text: &str| Some(Secret::from(text.to_owned()));
        let credentials = Credentials::new(&[
            Credential {
                name: "ops".to_owned(),
                role: Role::Publisher,
                token: secret("publisher-token"),
                sha256: None,
            },
            Credential {
                name: "monitoring".to_owned(),
                role: Role::Viewer,
                token: secret("viewer-token"),
                sha256: None,
            },
        ])
        .unwrap();
        let gate = Arc::new(Gate::new(credentials, service.clone()));
        let options = AdminOptions::default();
        let reloader = Arc::new(Reloader::open(service.clone(), reloading).unwrap());
        let administration =
            Administration { statuses: statuses.clone(), reloader: Arc::clone(&reloader) };
        let router = admin::router(administration, gate, &options);
        let admin = Server::serving(router, service, options.http(), PATIENCE).await;
        Self { public, admin, statuses, reloader }
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        target: &str,
        token: &str,
        body: &str,
    ) -> Answer {
        let headers = [("authorization", token), ("content-type", "application/json")];
        self.admin.ask(method, target, &headers, body.to_owned()).await
    }

    async fn put(&self, atm: &str, report: &Value) -> Answer {
        let target = format!("/admin/v1/atms/{atm}/status");
        self.ask(Method::PUT, &target, PUBLISHER, &report.to_string()).await
    }

    async fn audit(&self) -> Vec<Value> {
        let answer = self.ask(Method::GET, "/admin/v1/audit", VIEWER, "").await;
        answer.json()["entries"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn nothing_is_answered_without_a_credential() {
    let pair = Pair::start().await;
    for target in ["/admin/v1/audit", "/admin/v1/statuses", "/nowhere", "/"] {
        for token in
            ["", "Bearer", "Bearer ", "Bearer wrong", "Basic publisher-token", "publisher-token"]
        {
            let headers = [("authorization", token)];
            let answer = pair.admin.get_with(target, &headers).await;
            answer.problem(401, "unauthorized");
            assert!(answer.header("www-authenticate").starts_with("Bearer "));
        }
    }
    // All that were wrong came from one address, which is not listened to for a while.
    for _ in 0..10 {
        pair.admin.get("/").await;
    }
    let answer = pair.ask(Method::GET, "/admin/v1/audit", PUBLISHER, "").await;
    answer.problem(429, "too_many_attempts");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    // The public listener knows nothing of administration.
    pair.public
        .get_with("/admin/v1/audit", &[("authorization", PUBLISHER)])
        .await
        .problem(404, "unknown_path");
    pair.public.get("/metrics").await.problem(404, "unknown_path");
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let pair = Pair::start().await;
    let target = format!("/admin/v1/atms/{FIRST}/status");
    let report = r#"{"state": "out_of_service"}"#;
    for (method, target) in [
        (Method::PUT, target.as_str()),
        (Method::DELETE, &target),
        (Method::POST, "/admin/v1/statuses"),
    ] {
        pair.ask(method, target, VIEWER, report).await.problem(403, "forbidden");
    }
    assert_eq!(pair.ask(Method::GET, &target, VIEWER, "").await.json()["status"], Value::Null);
    assert_eq!(pair.audit().await, Vec::<Value>::new());
    pair.ask(Method::PATCH, &target, VIEWER, "").await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn a_machine_out_of_service_is_left_out_unless_asked_for_and_comes_last_of_its_spot() {
    let pair = Pair::start().await;
    assert_eq!(pair.public.get(HERE).await.ids()[..2], [FIRST, SECOND]);
    let report = json!({"state": "out_of_service", "note": "card reader", "source": "branch 7"});
    let answer = pair.put(FIRST, &report).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["outcome"], "recorded");
    assert_eq!(answer.json()["durable"], false);
    assert_eq!(pair.public.get(HERE).await.ids()[0], SECOND);

    let all = pair.public.get(&format!("{HERE}&include_out_of_service=true")).await;
    assert_eq!(all.ids()[..2], [SECOND, FIRST]);
    let status = &all.json()["neighbours"][1]["atms"][0]["status"];
    assert_eq!(status["state"], "out_of_service");
    assert_eq!(status["note"], "card reader");
    assert_eq!(status["source"], "branch 7");
    assert!(status.get("cash_out").is_none());
    let body = r#"{"lat": 60.1, "lon": 24.9, "group": "atm", "include_out_of_service": true}"#;
    assert!(pair.public.post("/v1/atms/nearest", body).await.ids().contains(&FIRST.to_owned()));
    let site = pair
        .public
        .get("/v1/atms/nearest?lat=60.1&lon=24.9&limit=1&include_out_of_service=true")
        .await;
    assert_eq!(site.ids(), [SECOND, FIRST], "within a site, too");
    let within = "/v1/atms/within?bbox=24.8,60.0,24.9005,60.2";
    assert_eq!(pair.public.get(within).await.ids(), [SECOND]);
    let one = pair.public.get(&format!("/v1/atms/{FIRST}")).await.json();
    assert_eq!(one["atm"]["status"]["state"], "out_of_service");
    pair.public
        .get(&format!("{HERE}&include_out_of_service=maybe"))
        .await
        .refused_parameter("include_out_of_service");

    let target = format!("/admin/v1/atms/{FIRST}/status");
    let withdrawn = pair.ask(Method::DELETE, &target, PUBLISHER, "").await;
    assert_eq!(withdrawn.json()["outcome"], "withdrawn");
    assert_eq!(pair.public.get(HERE).await.ids()[0], FIRST);
    let again = pair.ask(Method::DELETE, &target, PUBLISHER, "").await;
    assert_eq!(again.json()["outcome"], "nothing_known");
}

#[tokio::test]
async fn what_is_known_of_cash_right_now_beats_the_data() {
    let pair = Pair::start().await;
    let cash_in = format!("{HERE}&service=cash_in");
    // The data says yes of the first and no of the second.
    assert_eq!(pair.public.get(&cash_in).await.ids()[0], FIRST);
    pair.put(FIRST, &json!({"state": "in_service", "cash_in": "no"})).await;
    pair.put(SECOND, &json!({"state": "in_service", "cash_in": "yes"})).await;
    let answer = pair.public.get(&cash_in).await;
    assert_eq!(answer.ids()[0], SECOND);
    assert_eq!(answer.json()["neighbours"][0]["atms"][0]["matched_on"], json!(["service=cash_in"]));
    assert_eq!(answer.json()["neighbours"][0]["atms"][0]["status"]["cash_in"], "yes");
    let lacking = pair.public.get(&format!("{HERE}&service=-cash_in")).await;
    assert_eq!(lacking.ids()[0], FIRST);

    // Out of cash is not out of service: it is found, behind what works, but not for cash.
    pair.put(FIRST, &json!({"state": "in_service", "cash_out": "no"})).await;
    assert_eq!(pair.public.get(HERE).await.ids()[..2], [SECOND, FIRST]);
    let cash_out = pair.public.get(&format!("{HERE}&service=cash_out&unknown=include")).await;
    assert!(!cash_out.ids().contains(&FIRST.to_owned()));
}

#[tokio::test]
async fn tags_change_with_every_status_and_when_one_expires() {
    static NOW_S: AtomicI64 = AtomicI64::new(1_800_000_000);
    let clock = || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap();
    let pair = Pair::at(StorePlace::Memory, clock).await;
    let is_held =
        async |tag: &str| pair.public.get_with(HERE, &[("if-none-match", tag)]).await.status == 304;
    let bare = pair.public.get(HERE).await.header("etag");
    let report =
        json!({"state": "out_of_service", "expires_at": "2027-01-15T08:01:00Z", "note": "a"});
    pair.put(FIRST, &report).await;
    assert!(!is_held(&bare).await);
    let out = pair.public.get(HERE).await.header("etag");
    assert!(is_held(&out).await);
    NOW_S.fetch_add(59, Ordering::Relaxed);
    assert!(is_held(&out).await);
    assert_eq!(pair.public.get(HERE).await.ids()[0], SECOND);
    NOW_S.fetch_add(1, Ordering::Relaxed);
    assert!(!is_held(&out).await);
    let expired = pair.public.get(HERE).await;
    assert_eq!(expired.ids()[0], FIRST);
    assert!(
        pair.public.get(&format!("/v1/atms/{FIRST}")).await.json()["atm"].get("status").is_none()
    );
    pair.statuses.service().publication().sweep(clock());
    assert!(is_held(&bare).await, "as if nothing had been reported");
}

#[tokio::test]
async fn an_older_report_never_overwrites_a_newer_one() {
    let pair = Pair::start().await;
    let at =
        |minutes: i64| (Timestamp::now() - jiff::SignedDuration::from_mins(minutes)).to_string();
    let newer = json!({"state": "in_service", "reported_at": at(5)});
    assert_eq!(pair.put(FIRST, &newer).await.status, 200);
    let older = json!({"state": "out_of_service", "reported_at": at(6)});
    pair.put(FIRST, &older).await.problem(409, "superseded");
    let one = pair.public.get(&format!("/v1/atms/{FIRST}")).await.json();
    assert_eq!(one["atm"]["status"]["state"], "in_service");
    let same = json!({"state": "out_of_service", "reported_at": newer["reported_at"]});
    assert_eq!(pair.put(FIRST, &same).await.status, 200, "a correction of the same time counts");
}

#[tokio::test]
async fn reports_that_cannot_be_taken_name_each_fault() {
    let pair = Pair::start().await;
    pair.put("osm:node/999", &json!({"state": "in_service"})).await.problem(404, "unknown_atm");
    pair.ask(Method::PUT, "/admin/v1/atms/x", PUBLISHER, "{}").await.problem(404, "unknown_path");
    for (report, parameter) in [
        (json!({}), "state"),
        (json!({"state": "broken"}), "state"),
        (json!({"state": "in_service", "cash_out": true}), "cash_out"),
        (json!({"state": "in_service", "expires_at": "tomorrow"}), "expires_at"),
        (json!({"state": "in_service", "reported_at": "2999-01-01T00:00:00Z"}), "reported_at"),
        (json!({"state": "in_service", "note": "x".repeat(501)}), "note"),
        (json!({"state": "in_service", "colour": "red"}), "colour"),
    ] {
        let problem = pair.put(FIRST, &report).await.problem(400, "invalid_parameters");
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{report}");
    }
    assert_eq!(pair.audit().await, Vec::<Value>::new());
}

#[tokio::test]
async fn many_reports_are_taken_at_once_and_told_of_one_by_one() {
    let pair = Pair::start().await;
    let many = json!([
        {"id": FIRST, "state": "in_service", "reported_at": "2026-01-01T00:00:00Z",
         "expires_at": "2026-01-01T01:00:00Z"},
        {"id": FIRST, "state": "out_of_service"},
        {"id": "nobody", "state": "in_service"},
        {"id": SECOND, "state": "fine"},
        7,
        {"id": SECOND, "state": "in_service", "cash_out": "yes"}
    ]);
    let answer = pair.ask(Method::POST, "/admin/v1/statuses", PUBLISHER, &many.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let outcomes: Vec<&str> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        ["superseded", "recorded", "unknown_atm", "invalid", "invalid", "recorded"]
    );
    assert_eq!((&answer["recorded"], &answer["refused"]), (&json!(2), &json!(4)));
    assert_eq!(answer["items"][3]["errors"][0]["parameter"], "state");
    assert_eq!(pair.public.get(HERE).await.ids()[0], SECOND);

    let wrapped = json!({"statuses": [{"id": FIRST, "state": "in_service"}]});
    let answer =
        pair.ask(Method::POST, "/admin/v1/statuses", PUBLISHER, &wrapped.to_string()).await;
    assert_eq!(answer.json()["recorded"], 1);

    let lines = format!("{{\"id\": \"{FIRST}\", \"state\": \"out_of_service\"}}\n\n{{oops\n");
    let headers = [("authorization", PUBLISHER), ("content-type", "application/x-ndjson")];
    let answer = pair.admin.ask(Method::POST, "/admin/v1/statuses", &headers, lines).await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let items: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(items.len(), 2);
    assert_eq!(
        (&items[0]["outcome"], &items[1]["outcome"]),
        (&json!("recorded"), &json!("invalid"))
    );

    for (body, code) in [("{", "malformed_body"), ("{\"atms\": []}", "malformed_body")] {
        pair.ask(Method::POST, "/admin/v1/statuses", PUBLISHER, body).await.problem(400, code);
    }
    let audit = pair.audit().await;
    assert_eq!(audit.len(), 3, "one entry a transaction");
    assert_eq!(audit[2]["detail"], "2 machines");
    let headers = [("authorization", PUBLISHER), ("content-type", "text/csv")];
    let answer = pair.admin.ask(Method::POST, "/admin/v1/statuses", &headers, "").await;
    answer.problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_latest_first_page_by_page() {
    let pair = Pair::start().await;
    for note in 0..5 {
        pair.put(FIRST, &json!({"state": "in_service", "note": note.to_string()})).await;
    }
    let page = async |query: &str| {
        pair.ask(Method::GET, &format!("/admin/v1/audit{query}"), VIEWER, "").await.json()
    };
    let first = page("?limit=3").await;
    let entry = &first["entries"][0];
    let snapshot = pair.statuses.service().published().unwrap().snapshot.id().to_string();
    assert_eq!(entry["who"], "ops");
    assert_eq!(entry["action"], "status.report");
    assert_eq!(entry["subject"], FIRST);
    assert_eq!(entry["outcome"], "done");
    assert_eq!(
        (&entry["from_snapshot"], &entry["to_snapshot"]),
        (&json!(snapshot), &json!(snapshot))
    );
    let numbers = |page: &Value| -> Vec<i64> {
        page["entries"].as_array().unwrap().iter().map(|e| e["number"].as_i64().unwrap()).collect()
    };
    assert_eq!(numbers(&first), [5, 4, 3]);
    let next = page(&format!("?limit=3&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((numbers(&next), &next["next"]), (vec![2, 1], &Value::Null));
    for query in ["?limit=0", "?limit=1001", "?cursor=x", "?since=1"] {
        let answer = pair.ask(Method::GET, &format!("/admin/v1/audit{query}"), VIEWER, "").await;
        answer.problem(400, "invalid_parameters");
    }
}

#[tokio::test]
async fn statuses_and_audit_outlive_the_process_and_a_machine_that_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let place = StorePlace::Directory(folder.path().join("state"));
    {
        let pair = Pair::at(place.clone(), Timestamp::now).await;
        let answer = pair.put(FIRST, &json!({"state": "out_of_service", "cash_in": "no"})).await;
        assert_eq!(answer.json()["durable"], true);
        let Store::Sqlite(store) = pair.statuses.store() else { panic!() };
        assert_eq!(store.synchronous().await.unwrap(), 2, "full");
        close(pair).await;
    }
    let pair = Pair::at(place, Timestamp::now).await;
    assert_eq!(pair.public.get(HERE).await.ids()[0], SECOND);
    assert_eq!(pair.audit().await.len(), 1);
    let publication = pair.public.service.publication();
    publication
        .publish(snapshot(&osm(&nodes_at(&[("60.3", "24.9")]).replace("id=\"1\"", "id=\"77\""))));
    assert_eq!(pair.public.get(HERE).await.ids(), ["osm:node/77"]);
    let answer = pair.put(FIRST, &json!({"state": "out_of_service"})).await;
    assert_eq!(answer.status, 200, "its status is kept, so it is known");
    publication.publish(snapshot(&estate()));
    assert_eq!(pair.public.get(HERE).await.ids()[0], SECOND);
}

#[tokio::test]
async fn metrics_tell_of_lookups_requests_snapshot_and_statuses_and_of_no_position() {
    let pair = Pair::start().await;
    pair.put(FIRST, &json!({"state": "out_of_service"})).await;
    pair.put(SECOND, &json!({"state": "in_service"})).await;
    pair.public.get(HERE).await;
    pair.public.get(&format!("{HERE}&operator=nobody")).await;
    pair.public.get("/v1/atms/within?bbox=24,60,25,61").await;
    pair.public.get("/v1/atms/nearest?lat=x").await;
    pair.public.get("/at/60.1234567").await;
    pair.admin.get("/metrics").await.problem(401, "unauthorized");
    let answer = pair.ask(Method::GET, "/metrics", VIEWER, "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = answer.text();
    let id = pair.statuses.service().published().unwrap().snapshot.id();
    for line in [
        "atm_lookups_total{lookup=\"nearest\",plan=\"walk\",outcome=\"found\"} 1".to_owned(),
        "atm_lookups_total{lookup=\"nearest\",plan=\"nothing\",outcome=\"empty\"} 1".to_owned(),
        "atm_lookups_total{lookup=\"within\",plan=\"walk\",outcome=\"found\"} 1".to_owned(),
        "atm_requests_total{route=\"/v1/atms/nearest\",outcome=\"refused\"} 1".to_owned(),
        "atm_requests_total{route=\"other\",outcome=\"refused\"} 1".to_owned(),
        format!("atm_snapshot{{id=\"{id}\"}} 1"),
        "atm_atms 60".to_owned(),
        "atm_statuses{state=\"out_of_service\"} 1".to_owned(),
        "atm_statuses{state=\"in_service\"} 1".to_owned(),
        "atm_admin_refused_credentials_total 1".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(!text.contains("60.1") && !text.contains("24.9"), "{text}");
}

/// Lets go of everything that holds the store's file.
async fn close(pair: Pair) {
    let Pair { public, admin, statuses, reloader } = pair;
    drop((public, admin, reloader));
    let Store::Sqlite(store) = statuses.store() else { panic!() };
    store.close().await;
}

#[tokio::test]
async fn a_file_of_a_later_release_or_no_database_at_all_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |path: &Path| Store::open(&StorePlace::Directory(path.to_owned())).await;
    std::fs::write(folder.path().join("state.sqlite"), vec![7; 9_000]).unwrap();
    assert!(open(folder.path()).await.is_err());
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = open(&file).await.unwrap_err().to_string();
    assert!(error.contains("state_dir"), "{error}");
}

#[tokio::test]
async fn concurrent_reports_all_count_and_answers_see_whole_states() {
    let pair = Arc::new(Pair::start().await);
    let writers = (0..20).map(|writer: usize| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move {
            for number in 0..10 {
                let atm = format!("osm:node/{}", 1 + (writer * 3 + number) % 60);
                let answer = pair.put(&atm, &json!({"state": "out_of_service"})).await;
                // Two writers may meet at one machine with clocks read in another order.
                assert!(matches!(answer.status.as_u16(), 200 | 409), "{}", answer.text());
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(pair.public.get(HERE).await.ids(), Vec::<String>::new());
    assert_eq!(pair.audit().await.len(), 100);
}

#[tokio::test]
async fn sources_and_snapshots_are_shown_to_viewers_and_changed_by_publishers() {
    let pair = Pair::start().await;
    let snapshots = pair.ask(Method::GET, "/admin/v1/snapshots", VIEWER, "").await.json();
    let id = snapshots["current"]["id"].as_str().unwrap().to_owned();
    assert_eq!(snapshots["pinned"], Value::Null);
    let sources = pair.ask(Method::GET, "/admin/v1/sources", VIEWER, "").await.json();
    assert_eq!(sources["sources"], json!([]));

    let report = format!("/admin/v1/snapshots/{id}/report");
    let report = pair.ask(Method::GET, &report, VIEWER, "").await.json();
    assert!(report["report"]["files"][0]["admitted"].as_u64().unwrap() > 0);
    // Nothing of what was rejected is kept of a snapshot that no reload made.
    let rejected = format!("/admin/v1/snapshots/{id}/rejected.csv");
    pair.ask(Method::GET, &rejected, VIEWER, "").await.problem(404, "unknown_snapshot");

    let publish = format!("/admin/v1/snapshots/{}/publish", "0".repeat(32));
    for target in ["/admin/v1/reload", &publish] {
        pair.ask(Method::POST, target, VIEWER, "").await.problem(403, "forbidden");
    }
    pair.ask(Method::POST, &publish, PUBLISHER, "").await.problem(404, "unknown_snapshot");
    let unknown = pair.ask(Method::POST, "/admin/v1/reload", PUBLISHER, r#"{"source": "x"}"#).await;
    unknown.refused_parameter("source");
    let misspelt = pair.ask(Method::POST, "/admin/v1/reload", PUBLISHER, r#"{"dryrun": true}"#);
    misspelt.await.refused_parameter("dryrun");
}
