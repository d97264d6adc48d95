//! Two replicas on one real PostgreSQL, and a table of it as a source.
//! `tests/clients/postgres/run.sh` brings the database, and says where by `REPLICAS_DATABASE`; it stops and starts it by the commands in `REPLICAS_STOP` and
//! `REPLICAS_START`.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use nearest_atm::domain::{OperationalStatus, Row, StatusReport, Tri};
use nearest_atm::ingest::transports::{Access, Location};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::secret::Secret;
use nearest_atm::service::reload::{
    ConfiguredSource, Decision, ReloadOptions, ReloadRequest, Reloader, Trigger, keep_fresh,
};
use nearest_atm::service::{Service, StatusLimits, StatusOutcome, Statuses};
use nearest_atm::snapshot::Snapshot;
use nearest_atm::store::{Store, StorePlace};

/// Long enough for anything that is not stuck, on a machine busy with everything else.
const LONG: Duration = Duration::from_mins(1);

fn variable(name: &str) -> String {
    let found = std::env::vars().find(|(given, _)| given == name);
    found.unwrap_or_else(|| panic!("{name} is not set: run tests/clients/postgres/run.sh")).1
}

fn run(variable_name: &str) {
    let command = variable(variable_name);
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success(), "{command}");
}

fn snapshot() -> Snapshot {
    let rows: Vec<String> =
        (0..100).map(|atm| format!("{atm},60.{:04},24.9", 1000 + atm)).collect();
    let csv = format!("id,lat,lon\n{}\n", rows.join("\n"));
    let source = SourceFiles {
        name: "estate".to_owned(),
        inputs: vec![Input::memory("estate.csv", csv.into_bytes())],
        options: ReadOptions::default(),
        found_in_directory: false,
    };
    Snapshot::ingest(&[source], &mut |_| {}).unwrap()
}

/// A replica with everything that goes on in it.
async fn replica() -> Statuses {
    let service = Service::default();
    service.publication().publish(snapshot());
    let place = StorePlace::Postgres(Secret::from(variable("REPLICAS_DATABASE")));
    let store = Store::open(&place).await.unwrap();
    let statuses = Statuses::new(service, store, StatusLimits::default());
    let Store::Postgres(postgres) = statuses.store().clone() else { panic!() };
    let following = statuses.clone();
    tokio::spawn(async move { following.follow(&postgres).await });
    statuses
}

fn report(atm: usize, note: &str) -> StatusReport {
    let now = Timestamp::from_microsecond(Timestamp::now().as_microsecond()).unwrap();
    StatusReport {
        atm: format!("estate:{atm}").into(),
        state: OperationalStatus::OutOfService,
        cash_out: Tri::No,
        cash_in: Tri::Unknown,
        reported_at: now,
        expires_at: now + SignedDuration::from_hours(1),
        source: "test".into(),
        note: Some(note.into()),
    }
}

async fn write(replica: &Statuses, report: StatusReport) -> bool {
    let now = Timestamp::now();
    match replica.report(vec![Ok(report)], "test", now).await {
        Ok(outcomes) => matches!(outcomes[..], [StatusOutcome::Recorded(_)]),
        Err(_unavailable) => false,
    }
}

fn shown(replica: &Statuses, atm: usize) -> Option<String> {
    let published = replica.service().published().unwrap();
    let row: Row = published.snapshot.row_of(&format!("estate:{atm}")).unwrap();
    let status = published.at(replica.service().now()).status(row)?;
    status.note.as_deref().map(str::to_owned)
}

/// How long until what the service publishes is as wanted; looked at whenever it changes.
async fn until(
    service: &Service,
    patience: Duration,
    is_wanted: impl Fn() -> bool,
) -> Option<Duration> {
    let started = Instant::now();
    let mut changes = service.publication().changes();
    while !is_wanted() {
        let left = patience.checked_sub(started.elapsed())?;
        tokio::time::timeout(left, changes.changed()).await.ok()?.ok()?;
    }
    Some(started.elapsed())
}

/// How long until the replica shows it.
async fn until_shown(replica: &Statuses, atm: usize, note: &str) -> Duration {
    let is_shown = || shown(replica, atm).as_deref() == Some(note);
    let took = until(replica.service(), LONG, is_shown).await;
    took.unwrap_or_else(|| panic!("{atm} shows {:?}, not {note}", shown(replica, atm)))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/clients/postgres/run.sh"]
async fn a_status_shows_on_the_other_replica_within_a_second_and_an_outage_is_made_up_for() {
    let (one, other) = (replica().await, replica().await);
    let (mut longest, mut within_a_second) = (Duration::ZERO, 0);
    for number in 0..100 {
        let (writer, reader) = if number % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let note = format!("{number}");
        assert!(write(writer, report(number % 100, &note)).await);
        let took = until_shown(reader, number % 100, &note).await;
        longest = longest.max(took);
        within_a_second += usize::from(took <= Duration::from_secs(1));
    }
    println!("100 statuses showed on the other replica, the slowest after {longest:?}");
    // One may meet a moment in which the machine does something else.
    assert!(within_a_second >= 80, "only {within_a_second} of 100 showed within a second");

    // An older report loses on either replica, whatever it has seen.
    let stale = StatusReport {
        reported_at: Timestamp::now() - SignedDuration::from_hours(2),
        ..report(3, "stale")
    };
    assert!(!write(&other, stale).await);

    // Many at once, from both sides.
    let many: Vec<_> = (0..100).map(|atm| Ok(report(atm, "many"))).collect();
    let outcomes = one.report(many, "test", Timestamp::now()).await.unwrap();
    assert_eq!(outcomes.len(), 100);
    until_shown(&other, 99, "many").await;

    run("REPLICAS_STOP");
    // Both serve on, by what they know, and no write is acknowledged.
    assert_eq!(shown(&one, 99).as_deref(), Some("many"));
    assert_eq!(shown(&other, 99).as_deref(), Some("many"));
    assert!(!write(&one, report(5, "lost")).await);
    assert_eq!(shown(&one, 5).as_deref(), Some("many"));
    run("REPLICAS_START");
    let restarted = Instant::now();
    while !write(&one, report(5, "after the outage")).await {
        assert!(restarted.elapsed() < LONG, "it never takes writes again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let behind = until_shown(&other, 5, "after the outage").await;
    println!("after the outage the other replica caught up within {behind:?}");
    assert!(write(&other, report(6, "again")).await);
    until_shown(&one, 6, "again").await;

    // A replica that starts now knows it all, and the log of changes is one.
    let third = replica().await;
    until_shown(&third, 5, "after the outage").await;
    until_shown(&third, 42, "many").await;
    let log = third.store().audit_log(None, 1000).await.unwrap();
    assert!(log.len() >= 103, "{}", log.len());
    assert!(log.windows(2).all(|pair| pair[0].number > pair[1].number));
}

/// A reloader of one source in the database, which tells of changes on a channel.
fn reloader(access: Access, listen: Option<&str>) -> (Service, Arc<Reloader>) {
    let service = Service::default();
    let source = ConfiguredSource {
        listen: listen.map(str::to_owned),
        ..ConfiguredSource::new("bank", access)
    };
    let options =
        ReloadOptions { sources: vec![source], snapshots_kept: 2, ..ReloadOptions::default() };
    let reloader = Reloader::open(service.clone(), options).unwrap();
    (service, Arc::new(reloader))
}

fn served(service: &Service) -> usize {
    service.published().unwrap().snapshot.len()
}

async fn until_served(service: &Service, atms: usize) -> Duration {
    let took = until(service, LONG, || served(service) == atms).await;
    took.unwrap_or_else(|| panic!("{} are served, not {atms}", served(service)))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: tests/clients/postgres/run.sh"]
async fn a_table_is_a_source_that_is_read_again_when_the_database_says_so() {
    let address = variable("REPLICAS_DATABASE");
    let database = sqlx::PgPool::connect(&address).await.unwrap();
    let run = async |statement: &'static str| {
        sqlx::raw_sql(statement).execute(&database).await.unwrap();
    };
    run("DROP TABLE IF EXISTS public.atms;
         CREATE TABLE public.atms (id int, lat numeric, lon float8, operator text, wheelchair text);
         INSERT INTO public.atms SELECT n, 60.1 + n * 0.001, 24.9, 'Otto', NULL
             FROM generate_series(1, 50) AS n;")
    .await;
    let table =
        Access { table: Some("public.atms".to_owned()), ..Access::to(Location::new(&address)) };
    let (service, reloader) = reloader(table.clone(), Some("atms_changed"));
    let started = ReloadRequest::unattended(Trigger::Start, None);
    assert_eq!(reloader.reload(started).await.unwrap().decision, Decision::Published);
    let published = service.published().unwrap();
    let row = published.snapshot.row_of("bank:7").unwrap();
    assert_eq!(published.snapshot.atm(row).brand_or_operator(), Some("Otto"));
    assert_eq!(published.snapshot.len(), 50);
    // Rows that are as they were cost a query and no build.
    let again = reloader.reload(ReloadRequest::unattended(Trigger::Schedule, None)).await.unwrap();
    assert_eq!((again.decision, again.difference.is_none()), (Decision::Unchanged, true));

    let keeping = tokio::spawn(keep_fresh(Arc::clone(&reloader)));
    // The channel is listened to a moment after; until then nobody hears.
    let mut atms = 50;
    let heard = Instant::now();
    while served(&service) == 50 {
        assert!(heard.elapsed() < LONG, "no notification is heard");
        if atms == 50 {
            run("INSERT INTO public.atms VALUES (51, 61, 24.9, 'Otto', 'yes')").await;
            atms = 51;
        }
        run("NOTIFY atms_changed").await;
        until(&service, Duration::from_millis(100), || served(&service) > 50).await;
    }
    run("INSERT INTO public.atms VALUES (52, 61.1, 24.9, 'Otto', 'yes'); NOTIFY atms_changed")
        .await;
    println!("a row showed {:?} after its notification", until_served(&service, 52).await);

    // A loss that nobody looked at must last, and is refused if it is too large.
    run("DELETE FROM public.atms WHERE id > 10; NOTIFY atms_changed").await;
    let is_noticed = || !service.published().unwrap().freshness.stale().is_empty();
    until(&service, LONG, is_noticed).await.expect("the loss is not noticed");
    assert_eq!(served(&service), 52);
    assert_eq!(service.published().unwrap().freshness.stale()[0].reason, "refused");
    keeping.abort();

    // A query, and what the database says against one.
    let query = |text: &str| Access {
        query: Some(Secret::from(text.to_owned())),
        ..Access::to(Location::new(&address))
    };
    let good = "SELECT id, lat, lon FROM public.atms WHERE id <= 5;";
    let (service, good) = self::reloader(query(good), None);
    good.reload(ReloadRequest::by("test")).await.unwrap();
    assert_eq!(service.published().unwrap().snapshot.len(), 5);
    for (access, wanted) in [
        (query("SELECT nothing FROM nowhere"), "SQLSTATE 42P01"),
        (query("DELETE FROM public.atms RETURNING id"), "SQLSTATE"),
        (Access { table: Some("no\" such".to_owned()), ..table }, "SQLSTATE 42P01"),
    ] {
        let (_, bad) = self::reloader(access, None);
        let error = bad.reload(ReloadRequest::by("test")).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM public.atms").fetch_one(&database).await.unwrap();
    assert_eq!(count, 10, "a source only reads");
}
