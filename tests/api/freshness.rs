//! How old what is served is, and whether its sources may say something else by now: stale data is
//! served, and never as if it were fresh.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::Method;
use jiff::Timestamp;
use nearest_atm::ingest::transports::{Access, Location};
use nearest_atm::service::reload::{ConfiguredSource, ReloadOptions};
use nearest_atm::store::{Store, StorePlace};
use serde_json::{Value, json};

use crate::admin::{PUBLISHER, Pair, VIEWER};
use crate::support::{Answer, nodes_at, osm};

const HERE: &str = "/v1/atms/nearest?lat=60.1&lon=24.9";

/// A service over one file of a bank.
struct Bank {
    pair: Pair,
    file: PathBuf,
}

impl Bank {
    async fn over(folder: &Path, clock: fn() -> Timestamp) -> Self {
        let file = folder.join("bank.osm");
        let source =
            ConfiguredSource::new("bank", Access::to(Location::new(file.to_str().unwrap())));
        let state_dir = Some(folder.join("state"));
        let reloading = ReloadOptions {
            sources: vec![source],
            state_dir,
            snapshots_kept: 5,
            ..ReloadOptions::default()
        };
        Self { pair: Pair::over(StorePlace::Memory, clock, reloading).await, file }
    }

    fn write(&self, places: &[(&str, &str)]) {
        let unfinished = self.file.with_extension("unfinished");
        std::fs::write(&unfinished, osm(&nodes_at(places))).unwrap();
        std::fs::rename(&unfinished, &self.file).unwrap();
    }

    async fn reload(&self) -> Answer {
        self.pair.ask(Method::POST, "/admin/v1/reload", PUBLISHER, "").await
    }

    async fn ready(&self) -> Value {
        let answer = self.pair.public.get("/readyz").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

#[tokio::test]
async fn a_source_that_fails_shows_as_stale_with_its_age_and_changes_every_tag() {
    static NOW_S: AtomicI64 = AtomicI64::new(1_800_000_000);
    let clock = || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::over(folder.path(), clock).await;
    bank.pair.public.get("/readyz").await.problem(503, "not_ready");
    bank.write(&[("60.1", "24.9"), ("60.2", "24.9")]);
    let done = bank.reload().await.json();
    assert_eq!((&done["decision"], &done["audited"]), (&json!("published"), &json!(true)));
    NOW_S.fetch_add(90, Ordering::Relaxed);
    let ready = bank.ready().await;
    let id = done["snapshot"]["id"].clone();
    assert_eq!(
        ready,
        json!({"status": "ready", "snapshot":
            {"id": id, "as_of": "2026-08-20T10:00:00Z", "age_s": 90, "stale": []}})
    );
    let fresh = bank.pair.public.get(HERE).await;
    assert!(fresh.json()["snapshot"].get("stale").is_none());

    std::fs::remove_file(&bank.file).unwrap();
    let problem = bank.reload().await.problem(502, "sources_unreadable");
    assert_eq!(problem["reload"]["audited"], true, "{problem}");
    NOW_S.fetch_add(10, Ordering::Relaxed);
    let stale =
        json!([{"source": "bank", "reason": "failing", "confirmed_at": "2027-01-15T08:00:00Z"}]);
    let ready = bank.ready().await;
    assert_eq!((&ready["snapshot"]["stale"], &ready["snapshot"]["age_s"]), (&stale, &json!(100)));
    let tag = [("if-none-match", fresh.header("etag"))];
    let tag = tag.each_ref().map(|(name, value)| (*name, value.as_str()));
    for target in [HERE, "/v1/atms/within?bbox=24,60,25,61", "/v1/atms/osm:node/1"] {
        for accept in ["application/json", "application/geo+json"] {
            let headers = [tag[0], ("accept", accept)];
            let answer = bank.pair.public.get_with(target, &headers).await;
            assert_eq!(answer.status, 200, "{target}");
            assert_eq!(answer.json()["snapshot"]["stale"], stale, "{target}");
        }
    }
    let held = bank.pair.public.get(HERE).await.header("etag");
    assert_eq!(bank.pair.public.get_with(HERE, &[("if-none-match", &held)]).await.status, 304);

    // Back as it was, and as fresh as at first.
    bank.write(&[("60.1", "24.9"), ("60.2", "24.9")]);
    assert_eq!(bank.reload().await.json()["decision"], "unchanged");
    assert_eq!(bank.pair.public.get_with(HERE, &tag).await.status, 304);
    assert_eq!(bank.ready().await["snapshot"]["age_s"], 0);
}

#[tokio::test]
async fn what_the_guard_refuses_leaves_the_old_data_stale() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::over(folder.path(), Timestamp::now).await;
    let places: Vec<String> = (10..30).map(|place| format!("60.{place}")).collect();
    let places: Vec<(&str, &str)> = places.iter().map(|lat| (lat.as_str(), "24.9")).collect();
    bank.write(&places);
    bank.reload().await;
    bank.write(&places[..3]);
    let problem = bank.reload().await.problem(409, "guard_refused");
    assert_eq!(problem["reload"]["audited"], true);
    let stale = bank.ready().await["snapshot"]["stale"].clone();
    assert_eq!(stale[0]["reason"], "refused");
    assert_eq!(bank.pair.public.get(HERE).await.json()["snapshot"]["stale"], stale);

    // A dry run tells the same, changes nothing, and is no entry of the audit log.
    let dry = r#"{"dry_run": true}"#;
    let dry = bank.pair.ask(Method::POST, "/admin/v1/reload", PUBLISHER, dry).await.json();
    assert_eq!((&dry["decision"], dry.get("audited")), (&json!("would_refuse"), None));
    assert_eq!(dry["difference"]["removed"]["count"], 17);
    let force = r#"{"force": true}"#;
    let forced = bank.pair.ask(Method::POST, "/admin/v1/reload", PUBLISHER, force).await.json();
    assert_eq!((&forced["decision"], &forced["forced"]), (&json!("published"), &json!(true)));
    assert_eq!(bank.ready().await["snapshot"]["stale"], json!([]));
    let audit = bank.pair.ask(Method::GET, "/admin/v1/audit", VIEWER, "").await.json();
    let outcomes: Vec<&Value> =
        audit["entries"].as_array().unwrap().iter().map(|entry| &entry["outcome"]).collect();
    assert_eq!(outcomes, ["published", "refused", "published"]);
    assert!(audit["entries"][0]["detail"].as_str().unwrap().starts_with("forced against: "));
}

#[tokio::test]
async fn a_snapshot_put_back_by_hand_is_as_old_as_it_is() {
    static NOW_S: AtomicI64 = AtomicI64::new(1_800_000_000);
    let clock = || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::over(folder.path(), clock).await;
    bank.write(&[("60.1", "24.9")]);
    let first = bank.reload().await.json()["snapshot"]["id"].as_str().unwrap().to_owned();
    NOW_S.fetch_add(3_600, Ordering::Relaxed);
    bank.write(&[("60.1", "24.9"), ("60.2", "24.9")]);
    let second = bank.reload().await.json()["snapshot"]["id"].as_str().unwrap().to_owned();
    let publish = format!("/admin/v1/snapshots/{first}/publish");
    let done = bank.pair.ask(Method::POST, &publish, PUBLISHER, "").await.json();
    assert_eq!((&done["id"], &done["audited"]), (&json!(first), &json!(true)));
    let ready = bank.ready().await;
    let stale =
        json!([{"source": "bank", "reason": "pinned", "confirmed_at": "2027-01-15T08:00:00Z"}]);
    assert_eq!((&ready["snapshot"]["stale"], &ready["snapshot"]["age_s"]), (&stale, &json!(3_600)));

    // And forward again.
    let publish = format!("/admin/v1/snapshots/{second}/publish");
    bank.pair.ask(Method::POST, &publish, PUBLISHER, "").await;
    assert_eq!(bank.ready().await["snapshot"]["id"], json!(second));
    // Until somebody reloads.
    assert_eq!(bank.reload().await.json()["decision"], "unchanged");
    assert_eq!(bank.ready().await["snapshot"]["stale"], json!([]));
}

#[tokio::test]
async fn after_a_restart_without_its_source_the_last_snapshot_is_served_as_restored() {
    let folder = tempfile::tempdir().unwrap();
    let id = {
        let bank = Bank::over(folder.path(), Timestamp::now).await;
        bank.write(&[("60.1", "24.9")]);
        bank.reload().await.json()["snapshot"]["id"].clone()
    };
    let bank = Bank::over(folder.path(), Timestamp::now).await;
    std::fs::remove_file(&bank.file).unwrap();
    assert!(bank.pair.reloader.restore().await);
    let ready = bank.ready().await;
    assert_eq!(ready["snapshot"]["id"], id);
    assert_eq!(ready["snapshot"]["stale"][0]["reason"], "restored");
    bank.reload().await.problem(502, "sources_unreadable");
    assert_eq!(bank.ready().await["snapshot"]["stale"][0]["reason"], "failing");
}

#[tokio::test]
async fn a_change_that_the_audit_log_could_not_take_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let bank = Bank::over(folder.path(), Timestamp::now).await;
    bank.write(&[("60.1", "24.9")]);
    let Store::Sqlite(store) = bank.pair.statuses.store() else { panic!() };
    store.close().await;
    let done = bank.reload().await.json();
    assert_eq!((&done["decision"], &done["audited"]), (&json!("published"), &json!(false)));
    let publish =
        format!("/admin/v1/snapshots/{}/publish", done["snapshot"]["id"].as_str().unwrap());
    let done = bank.pair.ask(Method::POST, &publish, PUBLISHER, "").await.json();
    assert_eq!(done["audited"], false);
    std::fs::remove_file(&bank.file).unwrap();
    let problem = bank.reload().await.problem(502, "sources_unreadable");
    assert_eq!(problem["reload"]["audited"], false);
}
