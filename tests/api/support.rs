//! A small estate of ATMs, a server that answers from it, and clients to ask it.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use nearest_atm::chat::{ChatOptions, Conversation};
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::service::Service;
use nearest_atm::snapshot::Snapshot;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Long enough for anything that is not stuck, on a machine busy with everything else.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How many ATMs [`estate`] has.
pub(crate) const ESTATE_SIZE: usize = 60;

/// OpenStreetMap XML of ATMs along a street to the north-east, about 130 m apart, the first two on
/// one spot. Every third belongs to Otto, every second states that it takes cash, every fourth that
/// it does not.
pub(crate) fn estate() -> String {
    let nodes = (0..ESTATE_SIZE).map(|place| {
        let step = f64::from(u8::try_from(place.saturating_sub(1)).unwrap());
        let (lat, lon) = (60.1 + 0.001 * step, 24.9 + 0.001 * step);
        let operator = ["Otto", "Aktia Bank", "Säästöpankki & Co"][place % 3];
        let cash_in = match place % 4 {
            0 | 2 => "<tag k=\"cash_in\" v=\"yes\"/>",
            1 => "<tag k=\"cash_in\" v=\"no\"/>",
            _ => "",
        };
        let number = place + 1;
        format!(
            "<node id=\"{number}\" lat=\"{lat:.7}\" lon=\"{lon:.7}\"><tag k=\"amenity\" v=\"atm\"/>\
             <tag k=\"operator\" v=\"{}\"/><tag k=\"addr:street\" v=\"Street {number}\"/>{cash_in}\
             </node>\n",
            operator.replace('&', "&amp;"),
        )
    });
    osm(&nodes.collect::<String>())
}

/// A document of OpenStreetMap XML around its nodes.
pub(crate) fn osm(nodes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"test\">\n\
         <meta osm_base=\"2026-08-20T10:00:00Z\"/>\n{nodes}</osm>\n"
    )
}

/// Nodes that stand at these latitudes and longitudes, numbered from 1.
pub(crate) fn nodes_at(places: &[(&str, &str)]) -> String {
    let mut nodes = String::new();
    for (place, (lat, lon)) in places.iter().enumerate() {
        let _ = writeln!(
            nodes,
            "<node id=\"{}\" lat=\"{lat}\" lon=\"{lon}\"><tag k=\"amenity\" v=\"atm\"/></node>",
            place + 1
        );
    }
    nodes
}

pub(crate) fn snapshot(xml: &str) -> Snapshot {
    let source = SourceFiles {
        name: "estate".to_owned(),
        inputs: vec![Input::memory("estate.osm", xml.as_bytes())],
        options: ReadOptions::default(),
        found_in_directory: false,
    };
    Snapshot::ingest(&[source], &mut |_| {}).unwrap()
}

/// A server on a port of its own. It stops, cutting off what is open, when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) service: Service,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    /// Answers from [`estate`] with the default options.
    pub(crate) async fn start() -> Self {
        Self::with(HttpOptions::default()).await
    }

    /// Answers from [`estate`].
    pub(crate) async fn with(options: HttpOptions) -> Self {
        let server = Self::unready(options).await;
        server.service.publication().publish(snapshot(&estate()));
        server
    }

    /// Answers from this OpenStreetMap XML.
    pub(crate) async fn of(xml: &str) -> Self {
        let server = Self::unready(HttpOptions::default()).await;
        server.service.publication().publish(snapshot(xml));
        server
    }

    /// Has nothing to answer from yet.
    pub(crate) async fn unready(options: HttpOptions) -> Self {
        let service = Service::default();
        let conversation = Conversation::new(service.clone(), &ChatOptions::default()).unwrap();
        let router = http::router(
            service.clone(),
            Beside { conversation: Some(conversation), ..Beside::default() },
            &options,
        );
        Self::serving(router, service, options, PATIENCE).await
    }

    pub(crate) async fn serving(
        router: Router,
        service: Service,
        options: HttpOptions,
        drain_for: Duration,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            http::serve(listener, router, &options, shutdown, drain_for).await;
        });
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, service, stop: Some(stop), serving, client }
    }

    /// Asks the server to stop, as a signal would.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub(crate) async fn stopped(mut self) {
        tokio::time::timeout(PATIENCE, &mut self.serving).await.unwrap().unwrap();
    }

    pub(crate) fn uri(&self, target: &str) -> Uri {
        format!("http://{}{target}", self.address).parse().unwrap()
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, &[], "").await
    }

    pub(crate) async fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, target, headers, "").await
    }

    pub(crate) async fn post(&self, target: &str, body: impl Into<Bytes>) -> Answer {
        self.ask(Method::POST, target, &[("content-type", "application/json")], body).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(self.uri(target));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        Answer::of(self.client.request(request).await.unwrap()).await
    }

    /// Sends bytes as they are and reads until the server closes the connection, which it must.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut connection = self.connect().await;
        // A server that has seen enough closes before it has read everything.
        let _ = connection.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        let until_closed = async {
            while let Ok(count @ 1..) = connection.read(&mut chunk).await {
                answer.extend_from_slice(&chunk[..count]);
            }
        };
        tokio::time::timeout(PATIENCE, until_closed).await.expect("it is not closed");
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Reads until what came holds `words`.
pub(crate) async fn read_until(connection: &mut TcpStream, words: &str) -> String {
    let mut seen = String::new();
    let mut chunk = [0; 4096];
    while !seen.contains(words) {
        let read = tokio::time::timeout(PATIENCE, connection.read(&mut chunk)).await;
        let count = read.unwrap_or_else(|_| panic!("{words:?} did not come:\n{seen}")).unwrap();
        assert!(count > 0, "closed before {words:?} came:\n{seen}");
        seen.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    seen
}

/// Waits until nobody takes connections at an address any more.
pub(crate) async fn until_refused(address: SocketAddr) {
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("connections are still taken");
}

/// An address where nobody listens and nobody else will, as long as the socket is there.
pub(crate) fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Whether the server closes the connection, whatever it sends before, within `time`.
pub(crate) async fn is_closed_within(connection: &mut TcpStream, time: Duration) -> bool {
    let mut chunk = [0; 4096];
    let until_closed = async { while let Ok(1..) = connection.read(&mut chunk).await {} };
    tokio::time::timeout(time, until_closed).await.is_ok()
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of(response: hyper::Response<hyper::body::Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, version: parts.version, headers: parts.headers, body }
    }

    /// The header's values, joined; empty without one.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Asserts that this is a problem document of this status and code, and gives it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        assert_eq!(self.header("cache-control"), "no-store");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["title"], self.status.canonical_reason().unwrap());
        assert!(problem["detail"].is_string());
        problem
    }

    /// Asserts that one parameter is refused, and gives what is said of it.
    #[track_caller]
    pub(crate) fn refused_parameter(&self, name: &str) -> String {
        let problem = self.problem(400, "invalid_parameters");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{problem}");
        assert_eq!(errors[0]["parameter"], name, "{problem}");
        assert!(!errors[0]["accepted"].as_str().unwrap().is_empty());
        errors[0]["detail"].as_str().unwrap().to_owned()
    }

    /// The ids of the ATMs in a JSON answer, in its order.
    pub(crate) fn ids(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        let json = self.json();
        let atms: Vec<&Value> = match json.get("neighbours") {
            Some(neighbours) => neighbours
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|neighbour| neighbour["atms"].as_array().unwrap())
                .collect(),
            None => json["atms"].as_array().unwrap().iter().collect(),
        };
        atms.iter().map(|atm| atm["id"].as_str().unwrap().to_owned()).collect()
    }
}
