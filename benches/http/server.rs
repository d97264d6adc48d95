//! The servers, each in a process of its own that ends with this one.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use nearest_atm::archive;
use nearest_atm::config::Config;
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::service::Service;
use nearest_atm::snapshot::{Purpose, Snapshot};
use nearest_atm::telemetry;
use tokio::net::TcpListener;

use crate::wire::NEAREST;

/// A server process.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended is no reason to fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts what [`serve`] does with these words, on one core or on all.
    pub(crate) fn start(words: &[&str], core: Option<&str>) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", core]).arg(this);
                command
            }
            None => Command::new(this),
        };
        let command = command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().parse().unwrap_or_else(|_| panic!("{first}"));
        Self { child, address }
    }

    /// Where it is, and which process it is.
    pub(crate) fn whereabouts(&self) -> (SocketAddr, u32) {
        (self.address, self.child.id())
    }
}

/// Serves until standard input ends: `ours` with the estate of an archive or, for `data`, the one
/// compiled in; `fixed` answers with so many bytes from behind everything that surrounds ours;
/// `bare` answers with them from a router and nothing else.
pub(crate) fn serve(kind: &str, what: &str) {
    let config = Config::default();
    telemetry::start(&config.log).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = async {
            let wait = || std::io::stdin().read_to_end(&mut Vec::new());
            let _ = tokio::task::spawn_blocking(wait).await;
        };
        let options = HttpOptions::default();
        let router = match kind {
            "ours" => {
                let service = Service::default();
                let snapshot = estate(what, &config);
                // As a reload does before it publishes.
                snapshot.write_beforehand();
                service.publication().publish(snapshot);
                http::router(service, Beside::default(), &options)
            }
            "fixed" => http::surround(fixed(what), &options),
            _ => fixed(what),
        };
        println!("{address}");
        if kind == "bare" {
            axum::serve(listener, router).with_graceful_shutdown(stop).await.unwrap();
        } else {
            http::serve(listener, router, &options, stop, Duration::ZERO).await;
        }
    });
}

/// The estate of an archive, or the one compiled in.
pub(crate) fn estate(what: &str, config: &Config) -> Snapshot {
    match what {
        "data" => Snapshot::ingest(&config.source_files().unwrap(), &mut |_| {}).unwrap(),
        path => archive::load(Path::new(path), Purpose::Inspection).unwrap().0,
    }
}

/// Answers anything at the path of nearest with so many bytes.
fn fixed(bytes: &str) -> Router {
    let body = Bytes::from(vec![b' '; bytes.parse().unwrap()]);
    let (to_get, to_post) = (body.clone(), body);
    let answer = |body: Bytes| ([("content-type", "application/json")], body);
    let by_get = get(move || std::future::ready(answer(to_get.clone())));
    let both = by_get.post(move |_asked: Bytes| std::future::ready(answer(to_post.clone())));
    Router::new().route(NEAREST, both)
}
