//! How often memory is asked for in answering: counted, so that it repeats exactly, and held to a
//! ceiling, so that it is noticed when it grows.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![expect(clippy::print_stdout, reason = "figures are of use when a ceiling is moved")]

use std::alloc::System;
use std::time::Duration;

use jiff::Timestamp;
use nearest_atm::answers::{self, Form};
use nearest_atm::config::Config;
use nearest_atm::domain::Row;
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::publication::View;
use nearest_atm::service::{Params, Service};
use nearest_atm::snapshot::Snapshot;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Most allocations for the bytes of an answer of ten sites, its question read already: the list of
/// neighbours, the machines of each, the queue of the walk, the bytes, the cursor.
const ANSWER_MAX: usize = 11;

/// Most allocations for a whole request for them over HTTP/1.1 on an open connection.
const REQUEST_MAX: usize = 58;

/// Questions asked, from beside machines all over the estate.
const QUESTIONS: u32 = 200;

/// How many allocations `work` makes, and how often it has some grow.
fn allocations(work: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}

/// What is asked, by the names of the query string.
fn questions(snapshot: &Snapshot) -> Vec<[(String, String); 3]> {
    let rows = u32::try_from(snapshot.len()).unwrap();
    let question = |number: u32| {
        let position = snapshot.position(Row(number * (rows / QUESTIONS)));
        let named = |name: &str, text: String| (name.to_owned(), text);
        [
            named("lat", format!("{:.5}", position.lat_deg() + 0.001)),
            named("lon", format!("{:.5}", position.lon_deg() - 0.001)),
            named("limit", "10".to_owned()),
        ]
    };
    (0..QUESTIONS).map(question).collect()
}

/// One test, for whatever else ran beside it would be counted too.
#[test]
fn an_answer_allocates_no_more_than_its_parts_need() {
    let files = Config::default().source_files().unwrap();
    let snapshot = Snapshot::ingest(&files, &mut |_| {}).unwrap();
    let questions = questions(&snapshot);
    answers_alone(&snapshot, &questions);
    whole_requests(snapshot, &questions);
}

fn answers_alone(snapshot: &Snapshot, questions: &[[(String, String); 3]]) {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let view = View::of(snapshot, now);
    let mut most = 0;
    for question in questions {
        // The first time it is found out which machines are open; that is kept. And should a thread of
        // the harness ask for memory meanwhile, it does not do so every time.
        let counts = (0..4).map(|_| {
            let question = Params::from_texts(question.clone()).nearest().unwrap();
            let mut answer = None;
            let count = allocations(|| {
                answer = Some(answers::nearest(view, question, None, Form::Json));
            });
            assert!(answer.unwrap().unwrap().len() > 3_000);
            count
        });
        most = most.max(counts.min().unwrap());
    }
    println!("at most {most} allocations for an answer");
    assert!(most <= ANSWER_MAX, "{most} allocations for an answer");
}

fn whole_requests(snapshot: Snapshot, questions: &[[(String, String); 3]]) {
    let requests: Vec<Vec<u8>> = questions
        .iter()
        .map(|question| {
            let query: Vec<String> =
                question.iter().map(|(name, text)| format!("{name}={text}")).collect();
            format!("GET /v1/atms/nearest?{} HTTP/1.1\r\nhost: localhost\r\n\r\n", query.join("&"))
                .into_bytes()
        })
        .collect();
    // Server and client are on one thread, and the client allocates nothing.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // What is open is found out once a minute: it stays this minute.
        let clock = || Timestamp::from_second(1_790_000_000).unwrap();
        let (service, options) = (Service::with_clock(clock), HttpOptions::default());
        service.publication().publish(snapshot);
        let router = http::router(service, Beside::default(), &options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            http::serve(listener, router, &options, std::future::pending(), Duration::ZERO).await;
        });
        let mut connection = TcpStream::connect(address).await.unwrap();
        let mut buffer = vec![0; 1 << 20];
        for request in &requests {
            ask(&mut connection, request, &mut buffer).await;
        }
        let region = Region::new(ALLOCATOR);
        for request in &requests {
            ask(&mut connection, request, &mut buffer).await;
        }
        let change = region.change();
        let each = (change.allocations + change.reallocations) / requests.len();
        println!("{each} allocations for a request");
        assert!(each <= REQUEST_MAX, "{each} allocations for a request");
        serving.abort();
    });
}

/// Asks, and reads until the answer is there.
async fn ask(connection: &mut TcpStream, request: &[u8], buffer: &mut [u8]) {
    connection.write_all(request).await.unwrap();
    let mut filled = 0;
    loop {
        let count = connection.read(&mut buffer[filled..]).await.unwrap();
        assert!(count > 0, "closed");
        filled += count;
        let answer = &buffer[..filled];
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&answer[..head]).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        let (_, length) = text.split_once("content-length: ").unwrap();
        let length: usize = length.split('\r').next().unwrap().parse().unwrap();
        if filled == head + 4 + length {
            return;
        }
    }
}
