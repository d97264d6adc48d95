//! Connections: accepting them, bounding what they cost, and letting them end well.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::{Service, ServiceExt as _};

use super::HttpOptions;

/// Most bytes the head of a request may take: long lists of names fit, and little memory is lost
/// to a client that sends without end.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// How often a silent HTTP/2 connection is asked for a sign of life, and how long it may take to
/// give one.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves HTTP/1.1, and HTTP/2 to clients that know beforehand, until `shutdown` completes.
///
/// Then no connection is accepted any more, idle ones are closed, and requests under way have
/// `drain_for` to finish; whatever is left is cut off.
///
/// # Limits
///
/// Those of `options`, and 64 KiB for the head of a request. A connection that brings no request,
/// stays idle, does not take its answer or does not answer pings is closed without a word.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    options: &HttpOptions,
    shutdown: impl Future<Output = ()>,
    drain_for: Duration,
) {
    let server = builder(options);
    let header_timeout = Duration::from_millis(options.header_timeout_ms.get());
    let connections_max = usize::try_from(options.connections_max.get()).unwrap_or(usize::MAX);
    let graceful = GracefulShutdown::new();
    // Dropping the set cuts its connections off.
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let has_room = connections.len() < connections_max;
        let (stream, client) = tokio::select! {
            () = &mut shutdown => break,
            accepted = Listener::accept(&mut listener), if has_room => accepted,
            Some(_closed) = connections.join_next() => continue,
        };
        let has_begun = Arc::new(AtomicBool::new(false));
        let service = TowerToHyperService::new(noting_requests(
            router.clone(),
            Arc::clone(&has_begun),
            Peer(client),
        ));
        let io = TokioIo::new(Box::pin(bounded(stream, options.request_timeout())));
        let connection = graceful.watch(server.serve_connection(io, service).into_owned());
        connections.spawn(async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(error, "A connection ended early: {error}");
                },
                () = overdue(header_timeout, &has_begun) => {
                    tracing::debug!("A connection brought no request in time");
                }
            }
        });
    }
    drop(listener);
    tracing::info!("Stopping: requests under way finish first");
    if tokio::time::timeout(drain_for, graceful.shutdown()).await.is_err() {
        tracing::warn!("Stopped with requests still under way");
    }
}

fn builder(options: &HttpOptions) -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        // Also the time a connection may stay idle; `overdue` is stricter with new ones.
        .header_read_timeout(Duration::from_millis(options.keep_alive_ms.get()))
        .max_buf_size(HEAD_BYTES_MAX);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
    server
}

/// The stream with an end to waiting for a client that does not take its answer.
fn bounded(stream: TcpStream, write_timeout: Duration) -> TimeoutStream<TcpStream> {
    // Answers are small and complete: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set: {error}");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write_timeout));
    stream
}

/// Who is at the other end of a request's connection. It is looked at to bound what one address may
/// do, and goes nowhere else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// The router, noting that a request has come.
fn noting_requests(
    router: Router,
    has_begun: Arc<AtomicBool>,
    peer: Peer,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone
{
    router.map_request(move |mut request: Request<Incoming>| {
        has_begun.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    })
}

/// Completes when no request has come in time, and never when one has.
async fn overdue(header_timeout: Duration, has_begun: &AtomicBool) {
    tokio::time::sleep(header_timeout).await;
    if has_begun.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}
