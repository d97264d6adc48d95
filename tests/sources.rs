//! Sources at web addresses, asked of a server that does what it is told to: unchanged files,
//! failures that pass and failures that stay, slowness, excess, credentials.
#![cfg(feature = "object-store")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nearest_atm::ingest::transports::{
    Access, FetchError, FetchOptions, Fetched, Located, Location, Version,
};
use nearest_atm::service::Service;
use nearest_atm::service::reload::{
    Condition, ConfiguredSource, Decision, ReloadError, ReloadOptions, ReloadRequest, Reloader,
    Trigger,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const HOUR_MS: NonZeroU64 = NonZeroU64::new(3_600_000).unwrap();

const CSV: &str = "id,lat,lon\n1,60.1,24.9\n2,60.2,24.9\n3,60.3,24.9\n";

/// What the server does with a connection.
#[derive(Clone, Debug)]
enum Act {
    /// Sends this and closes.
    Say(String),
    /// Sends this and keeps silent.
    Stall(String),
    /// Sends this, then a byte now and then without end.
    Trickle(String),
}

fn ok(headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Say(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{headers}\r\n{body}"))
}

fn status(line: &str) -> Act {
    Act::Say(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n"))
}

/// A server that does one act after the other, and the last one for ever; and the requests it was
/// sent.
#[derive(Clone)]
struct StandIn {
    port: u16,
    acts: Arc<Mutex<VecDeque<Act>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            acts: Arc::new(Mutex::new(acts.into_iter().collect())),
            requests: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let serving = serving.clone();
                // One that is given up must not hold up the next.
                tokio::spawn(async move { serving.answer(connection).await });
            }
        });
        server
    }

    async fn answer(&self, mut connection: TcpStream) {
        let mut request = Vec::new();
        let mut chunk = [0; 4096];
        while !request.windows(4).any(|window| window == b"\r\n\r\n") {
            match connection.read(&mut chunk).await {
                Ok(count @ 1..) => request.extend_from_slice(&chunk[..count]),
                Ok(0) | Err(_) => return,
            }
        }
        self.requests.lock().unwrap().push(String::from_utf8(request).unwrap());
        let act = {
            let mut acts = self.acts.lock().unwrap();
            if acts.len() > 1 { acts.pop_front().unwrap() } else { acts[0].clone() }
        };
        // Whoever has heard enough goes.
        match act {
            Act::Say(text) => drop(connection.write_all(text.as_bytes()).await),
            Act::Stall(text) => {
                drop(connection.write_all(text.as_bytes()).await);
                while let Ok(1..) = connection.read(&mut chunk).await {}
            }
            Act::Trickle(text) => {
                drop(connection.write_all(text.as_bytes()).await);
                while connection.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    fn does(&self, acts: impl IntoIterator<Item = Act>) {
        *self.acts.lock().unwrap() = acts.into_iter().collect();
    }

    /// The requests since this was last asked.
    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    fn access(&self) -> Access {
        self.access_as("")
    }

    /// Access with `credentials@` before the address.
    fn access_as(&self, credentials: &str) -> Access {
        let address = format!("http://{credentials}127.0.0.1:{}/estate.csv?key=sesame", self.port);
        let milliseconds = |count| NonZeroU64::new(count).unwrap();
        let options = FetchOptions {
            backoff_ms: milliseconds(20),
            // Longer than any test waits: a busy machine is not taken for a slow server.
            connect_timeout_ms: HOUR_MS,
            idle_timeout_ms: HOUR_MS,
            timeout_ms: HOUR_MS,
            bytes_max: milliseconds(1_000),
            ..FetchOptions::default()
        };
        Access { options, ..Access::to(Location::new(address)) }
    }
}

async fn changed(access: &Access, known: Option<&Version>) -> Located {
    match access.fetch(known).await.unwrap() {
        Fetched::Changed(located) => located,
        Fetched::Unchanged => panic!("nothing has changed"),
    }
}

async fn is_unchanged(access: &Access, known: &Version) -> bool {
    matches!(access.fetch(Some(known)).await.unwrap(), Fetched::Unchanged)
}

#[tokio::test]
async fn an_unchanged_file_is_asked_for_by_its_tag_and_costs_one_small_exchange() {
    let server = StandIn::start([ok("etag: \"one\"\r\n", CSV)]).await;
    let access = server.access();
    let first = changed(&access, None).await;
    assert_eq!(first.inputs.len(), 1);
    assert!(!server.requests()[0].to_lowercase().contains("if-none-match"));

    server.does([status("304 Not Modified")]);
    assert!(is_unchanged(&access, &first.version).await);
    let asked = server.requests();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].to_lowercase().contains("if-none-match: \"one\"\r\n"), "{}", asked[0]);

    server.does([ok("etag: \"two\"\r\n", CSV)]);
    assert_ne!(changed(&access, Some(&first.version)).await.version, first.version);
}

#[tokio::test]
async fn a_server_without_tags_is_asked_by_time_and_one_without_either_told_by_content() {
    let modified = "Thu, 20 Aug 2026 10:00:00 GMT";
    let server = StandIn::start([ok(&format!("last-modified: {modified}\r\n"), CSV)]).await;
    let access = server.access();
    let first = changed(&access, None).await;
    server.does([status("304 Not Modified")]);
    assert!(is_unchanged(&access, &first.version).await);
    let asked = server.requests().pop().unwrap().to_lowercase();
    let wanted = format!("if-modified-since: {}\r\n", modified.to_lowercase());
    assert!(asked.contains(&wanted), "{asked}");

    server.does([ok("", CSV)]);
    let second = changed(&access, Some(&first.version)).await;
    assert!(is_unchanged(&access, &second.version).await, "the very same bytes");
    server.does([ok("", &CSV.replace("60.3", "60.4"))]);
    changed(&access, Some(&second.version)).await;
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_after_growing_pauses_and_one_that_stays_is_told() {
    let failing = status("503 Service Unavailable");
    let server = StandIn::start([failing.clone(), failing.clone(), ok("", CSV)]).await;
    let access = server.access();
    let started = Instant::now();
    changed(&access, None).await;
    // By chance, a pause is half to once and a half of what it would be: 20 ms, then 40 ms.
    assert!(started.elapsed() >= Duration::from_millis(10 + 20), "{:?}", started.elapsed());
    assert_eq!(server.requests().len(), 3);

    server.does([failing]);
    let error = access.fetch(None).await.unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 503, .. }), "{error}");
    assert_eq!(server.requests().len(), 4, "as often as the settings say");

    // Asking again would not help with these.
    for (line, wanted) in [
        ("404 Not Found", "is not there"),
        ("401 Unauthorized", "refused the credentials"),
        ("403 Forbidden", "refused the credentials"),
        ("418 I'm a teapot", "answered with status 418"),
    ] {
        server.does([status(line)]);
        assert_eq!(access.fetch(None).await.unwrap_err().to_string(), wanted);
        assert_eq!(server.requests().len(), 1, "{line}");
    }
}

#[tokio::test]
async fn a_server_that_asks_to_be_left_alone_for_a_second_is() {
    let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";
    let server = StandIn::start([Act::Say(busy.to_owned()), ok("", CSV)]).await;
    let started = Instant::now();
    changed(&server.access(), None).await;
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_file_that_breaks_off_is_never_taken_for_whole() {
    let announced = CSV.len() + 1;
    let short = format!("HTTP/1.1 200 OK\r\ncontent-length: {announced}\r\n\r\n{CSV}");
    let unended = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{CSV}\r\n",
        CSV.len()
    );
    for broken in [short, unended] {
        let server = StandIn::start([Act::Say(broken.clone())]).await;
        let error = server.access().fetch(None).await.unwrap_err();
        assert!(matches!(error, FetchError::CutOff), "{error}");
        assert_eq!(server.requests().len(), 4);
        server.does([Act::Say(broken), ok("", CSV)]);
        changed(&server.access(), None).await;
    }
}

#[tokio::test]
async fn too_large_a_file_is_given_up_whether_or_not_it_says_so() {
    let body = "x".repeat(1_001);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for act in [
        ok("", &body),
        Act::Say(chunked),
        // It need not be sent to be known as too large.
        Act::Stall("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned()),
    ] {
        let server = StandIn::start([act]).await;
        let error = server.access().fetch(None).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { bytes_max: 1_000 }), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_or_never_ends_is_given_up_in_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n".to_owned();
    // Silence is ended by the one time-out, and what goes on and on by the other: each alone, the
    // other being longer than the test waits.
    for (act, idle_ms, whole_ms) in [
        (Act::Stall(String::new()), 300, HOUR_MS.get()),
        (Act::Stall(head.clone() + "id,lat"), 300, HOUR_MS.get()),
        (Act::Trickle(head), HOUR_MS.get(), 2_000),
    ] {
        let server = StandIn::start([act]).await;
        let mut access = server.access();
        access.options.attempts = NonZeroU64::MIN;
        access.options.idle_timeout_ms = NonZeroU64::new(idle_ms).unwrap();
        access.options.timeout_ms = NonZeroU64::new(whole_ms).unwrap();
        let started = Instant::now();
        let fetching = tokio::time::timeout(Duration::from_mins(1), access.fetch(None));
        let error = fetching.await.expect("it is waited for without end").unwrap_err();
        assert!(matches!(error, FetchError::TooSlow), "{error}");
        let at_least = Duration::from_millis(idle_ms.min(whole_ms));
        assert!(started.elapsed() >= at_least, "{:?}", started.elapsed());
    }
    // A port that is taken, and where nobody listens.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = format!("http://{}/estate.csv", socket.local_addr().unwrap());
    let nobody = Access::to(Location::new(address));
    let options = FetchOptions { attempts: NonZeroU64::MIN, ..FetchOptions::default() };
    let error = Access { options, ..nobody }.fetch(None).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn credentials_reach_their_server_and_no_other_and_no_text() {
    let other = StandIn::start([ok("", CSV)]).await;
    let elsewhere = format!("location: http://127.0.0.1:{}/mirror.csv\r\n", other.port);
    let moved = Act::Say(format!("HTTP/1.1 302 Found\r\n{elsewhere}content-length: 0\r\n\r\n"));
    let server = StandIn::start([moved]).await;
    let access = server.access_as("atm:hunter2%21@");
    changed(&access, None).await;
    let asked = server.requests().pop().unwrap();
    // base64 of atm:hunter2!
    assert!(asked.contains("Basic YXRtOmh1bnRlcjIh"), "{asked}");
    let asked = other.requests().pop().unwrap().to_lowercase();
    assert!(!asked.contains("authorization") && !asked.contains("hunter2"), "{asked}");
    assert!(!asked.contains("sesame"), "the address asked first holds secrets, too: {asked}");

    for act in
        [status("401 Unauthorized"), status("302 Found"), Act::Say("nonsense\r\n\r\n".into())]
    {
        server.does([act]);
        let error = access.fetch(None).await.unwrap_err();
        let mut told = format!("{error} {error:?} {access:?}");
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            told += &error.to_string();
            cause = error.source();
        }
        for secret in ["hunter2", "h1bnRlcj", "sesame"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

/// A service on one source at the stand-in.
fn reloader(access: Access) -> (Service, Arc<Reloader>) {
    let service = Service::default();
    let source = ConfiguredSource::new("bank", access);
    let options =
        ReloadOptions { sources: vec![source], snapshots_kept: 2, ..ReloadOptions::default() };
    let reloader = Reloader::open(service.clone(), options).unwrap();
    (service, Arc::new(reloader))
}

#[tokio::test]
async fn a_source_that_fails_keeps_its_last_good_data_and_is_shown_as_stale() {
    let server = StandIn::start([ok("etag: \"one\"\r\n", CSV)]).await;
    let (service, reloader) = reloader(server.access_as("atm:hunter2@"));
    let reload = async |trigger| reloader.reload(ReloadRequest::unattended(trigger, None)).await;
    let published = reload(Trigger::Start).await.unwrap();
    assert_eq!(published.decision, Decision::Published);
    assert_eq!(service.published().unwrap().freshness.stale(), []);
    let confirmed_at = service.published().unwrap().freshness.confirmed_at().unwrap();

    server.does([status("500 Internal Server Error")]);
    let failed = reload(Trigger::Schedule).await.unwrap_err();
    assert!(matches!(failed, ReloadError::Unreadable(_)), "{failed}");
    let now = service.published().unwrap();
    assert_eq!(now.snapshot.len(), 3);
    let stale = &now.freshness.stale()[0];
    assert_eq!((stale.name.as_str(), stale.reason), ("bank", "failing"));
    assert_eq!(stale.confirmed_at, Some(confirmed_at), "its age is counted from when it was good");
    let states = reloader.sources();
    assert!(matches!(states[0].condition, Condition::Failing { .. }), "{states:?}");
    let told = format!("{failed} {} {states:?}", serde_json::to_string(&states).unwrap());
    assert!(!told.contains("hunter2"), "{told}");

    // A list that is cut short is refused, and no better than a failure.
    server.does([ok("etag: \"two\"\r\n", "id,lat,lon\n")]);
    let refused = reload(Trigger::Schedule).await.unwrap_err();
    assert!(matches!(refused, ReloadError::Refused(_)), "{refused}");
    assert_eq!(service.published().unwrap().freshness.stale()[0].reason, "refused");

    server.does([status("304 Not Modified")]);
    assert_eq!(reload(Trigger::Schedule).await.unwrap().decision, Decision::Unchanged);
    assert_eq!(service.published().unwrap().freshness.stale()[0].reason, "refused", "still");
    server.does([ok("etag: \"one\"\r\n", CSV)]);
    assert_eq!(reload(Trigger::Schedule).await.unwrap().decision, Decision::Unchanged);
    assert_eq!(service.published().unwrap().freshness.stale(), []);
    assert!(service.published().unwrap().freshness.confirmed_at().unwrap() > confirmed_at);
}
