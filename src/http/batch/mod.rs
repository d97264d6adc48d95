//! Many nearest questions at once: in one JSON document, or line by line without end.

mod lines;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::stream::{self, Stream, StreamExt as _};

use crate::answers::{self, Form};
use crate::publication::View;
use crate::service::{InvalidParameter, InvalidParameters, Params, Service, Workers};

use super::body::{self, JsonQueries};
use super::error::Problem;
use super::negotiation::{Kind, Validators};
use super::query::from_query;
use super::routes::Public;

pub(super) use lines::LINE_BYTES_MAX;

/// Most questions of one JSON document. More are asked line by line.
pub(super) const QUERIES_MAX: usize = 1000;

/// Questions answered in one go: enough that handing them over costs little, few enough that a
/// core is soon free for others.
const TOGETHER: usize = 32;

/// The path, whose bodies are not limited when they come line by line.
pub(super) const PATH: &str = "/v1/atms/nearest/batch";

/// A question as it was read, or why it could not be.
type Read = Result<Params<'static>, Problem>;

/// Whether a request is a stream of lines, which only a limit on each line bounds.
pub(super) fn is_stream(request: &Request) -> bool {
    request.uri().path() == PATH && body::is_lines(request.headers())
}

/// Answers many questions, in their order.
pub(super) async fn nearest(
    State(public): State<Public>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    from_query(query.as_deref()).none()?;
    if body::is_lines(&headers) {
        body::check_coding(&headers)?;
        let kind = Kind::negotiate(&headers, Kind::LINES)?;
        public.service.published()?;
        let answers = line_by_line(public, request.into_body());
        return Ok(Validators::without_address(kind).answer(Body::from_stream(answers)));
    }
    let JsonQueries(queries) = JsonQueries::from_request(request, &()).await?;
    if queries.len() > QUERIES_MAX {
        return Err(too_many());
    }
    let kind = Kind::negotiate(&headers, Kind::PLAIN)?;
    let answers = one_document(&public, queries)?;
    Ok(Validators::without_address(kind).answer(Body::from_stream(answers)))
}

fn too_many() -> Problem {
    Problem::InvalidParameters(InvalidParameters(vec![InvalidParameter {
        parameter: "queries".to_owned(),
        detail: "are more than one document may hold".to_owned(),
        accepted: format!("at most {QUERIES_MAX}; any number as application/x-ndjson, one a line"),
    }]))
}

/// `{"answers": […]}`, all from one state of the data at one instant.
fn one_document(
    public: &Public,
    queries: Vec<Read>,
) -> Result<impl Stream<Item = Result<Bytes, Problem>> + use<>, Problem> {
    let published = public.service.published()?;
    let now = public.service.now();
    let mut queries = queries.into_iter();
    let parts = std::iter::from_fn(move || {
        let part: Vec<Read> = queries.by_ref().take(TOGETHER).collect();
        (!part.is_empty()).then_some(part)
    });
    let answers = in_order(
        public.service.workers().clone(),
        stream::iter(parts.enumerate()),
        move |(place, part)| {
            let mut out = Vec::new();
            for (number, query) in part.into_iter().enumerate() {
                if place + number > 0 {
                    out.push(b',');
                }
                add_answer(published.at(now), query, &mut out);
            }
            out
        },
    );
    let framed = |text: &'static [u8]| stream::once(async move { Ok(Bytes::from_static(text)) });
    Ok(framed(b"{\"answers\":[").chain(answers).chain(framed(b"]}")))
}

/// One answer a line. Each line is a request of its own: it is answered from what is published when
/// its turn comes, so that a stream of hours does not hold on to old data.
fn line_by_line(public: Public, body: Body) -> impl Stream<Item = Result<Bytes, Problem>> + use<> {
    let lines = lines::lines(body, public.silence_max, TOGETHER);
    let service = public.service;
    in_order(service.workers().clone(), lines, move |lines| answer_lines(&service, lines))
}

fn answer_lines(service: &Service, lines: Vec<Result<Bytes, Problem>>) -> Vec<u8> {
    let published = service.published();
    let now = service.now();
    let mut out = Vec::new();
    for line in lines {
        let query = line.and_then(|line| body::from_json(&line));
        match &published {
            Ok(published) => add_answer(published.at(now), query, &mut out),
            Err(error) => Problem::from(*error).add_body(&mut out),
        }
        out.push(b'\n');
    }
    out
}

/// Adds the answer to one question: what the same question by itself is answered with.
fn add_answer(view: View<'_>, query: Read, out: &mut Vec<u8>) {
    let answer = query.and_then(|params| {
        let (params, place) = params.locate(view)?;
        Ok(answers::nearest(view, params.nearest()?, place, Form::Json)?)
    });
    match answer {
        Ok(answer) => out.extend_from_slice(&answer),
        Err(problem) => problem.add_body(out),
    }
}

/// The parts of a stream, worked on several at once and handed on in order. Nothing is read ahead
/// beyond what is being worked on: whoever takes answers slowly is read slowly.
fn in_order<P: Send + 'static>(
    workers: Workers,
    parts: impl Stream<Item = P>,
    work: impl Fn(P) -> Vec<u8> + Send + Sync + 'static,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    let work = Arc::new(work);
    let ahead = workers.count() + 1;
    let answers = parts.map(move |part| {
        let (workers, work) = (workers.clone(), Arc::clone(&work));
        async move { Ok(workers.run(move || Bytes::from(work(part))).await?) }
    });
    answers.buffered(ahead)
}
