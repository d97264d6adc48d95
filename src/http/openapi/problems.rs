//! Every problem by its code, as the document tells of it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::error::Problem;
use crate::render::schema::{constant, list, object, reference, required, text};
use crate::service::InvalidParameters;

/// One kind of problem.
pub(super) struct Kind {
    pub(super) code: &'static str,
    status: StatusCode,
    problem: Problem,
}

/// What any request may come to.
const OF_EVERY: [&str; 5] =
    ["invalid_parameters", "malformed_request", "not_acceptable", "timeout", "internal"];

/// What any request of administration may come to besides.
const OF_GUARDED: [&str; 2] = ["unauthorized", "too_many_attempts"];

/// What a request with a body may come to.
pub(super) const OF_BODIES: [&str; 5] = [
    "malformed_body",
    "unsupported_media_type",
    "unsupported_content_encoding",
    "body_too_large",
    "body_timeout",
];

/// One of every kind.
fn every() -> Vec<Kind> {
    let problems = [
        Problem::InvalidParameters(InvalidParameters(Vec::new())),
        Problem::MalformedRequest,
        Problem::MalformedBody { place: None },
        Problem::UnsupportedMediaType { accepted: "application/json" },
        Problem::UnsupportedContentEncoding,
        Problem::NotAcceptable { accepted: "application/json" },
        Problem::BodyTooLarge,
        Problem::LineTooLong,
        Problem::BodyTimeout,
        Problem::UnknownPath,
        Problem::MethodNotAllowed,
        Problem::UnknownAtm,
        Problem::AmbiguousPlace { candidates: String::new() },
        Problem::UnknownPlace { similar: String::new(), is_around: false },
        Problem::SnapshotChanged,
        Problem::Timeout,
        Problem::Unauthorized,
        Problem::Forbidden,
        Problem::TooManyAttempts { seconds: 1 },
        Problem::Superseded,
        Problem::UnknownSnapshot,
        Problem::GuardRefused(Box::default()),
        Problem::SourcesUnreadable(Box::default()),
        Problem::StoreUnavailable,
        Problem::NotReady,
        Problem::Internal,
    ];
    let kind = |problem: Problem| Kind { code: problem.code(), status: problem.status(), problem };
    problems.into_iter().map(kind).collect()
}

impl Kind {
    /// `UnknownAtmProblem` of `unknown_atm`.
    pub(super) fn schema_name(&self) -> String {
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect()
        };
        let words: Vec<String> = self.code.split('_').map(capital).collect();
        format!("{}Problem", words.concat())
    }

    /// Whether it tells of a reload.
    fn tells_of_a_reload(&self) -> bool {
        matches!(self.problem, Problem::GuardRefused(_) | Problem::SourcesUnreadable(_))
    }

    fn schema(&self) -> Value {
        let members = [
            required("type", constant("about:blank")),
            required("title", constant(self.status.canonical_reason().unwrap_or_default())),
            required("status", json!({"type": "integer", "const": self.status.as_u16()})),
            required("code", constant(self.code)),
            required("detail", text("What went wrong, in words that may change.")),
        ];
        let beside = if matches!(self.problem, Problem::InvalidParameters(_)) {
            let faults = list(&reference("InvalidParameter"), "Every parameter at fault.");
            vec![required("errors", faults)]
        } else if matches!(self.problem, Problem::AmbiguousPlace { .. }) {
            vec![required("candidates", list(&reference("Place"), "Likeliest first."))]
        } else if matches!(self.problem, Problem::UnknownPlace { .. }) {
            let what = "Similar places; or the towns that `near` names beside what is not known, whose \
                        `match` is `around`.";
            vec![required("similar", list(&reference("Place"), what))]
        } else if self.tells_of_a_reload() {
            vec![
                required("reasons", list(&text("A reason, in words."), "Why.")),
                required("reload", reference("ReloadOutcome")),
            ]
        } else {
            Vec::new()
        };
        object(&self.problem.detail(), members.into_iter().chain(beside))
    }
}

/// The schemas of all problems, by name.
pub(super) fn schemas() -> Map<String, Value> {
    let invalid = object(
        "A parameter that is not acceptable.",
        [
            required(
                "parameter",
                text("Its name; (unnamed) where what was sent as a name may be a value."),
            ),
            required("detail", text("What is wrong with it. Never repeats a value.")),
            required("accepted", text("What is accepted.")),
        ],
    );
    let problems = every().into_iter().map(|kind| (kind.schema_name(), kind.schema()));
    problems.chain([("InvalidParameter".to_owned(), invalid)]).collect()
}

/// A schema of any of these problems, where answers to many questions share one body.
pub(super) fn any_of(codes: &[&str]) -> Vec<Value> {
    let kinds = every().into_iter().filter(|kind| codes.contains(&kind.code));
    kinds.map(|kind| reference(&kind.schema_name())).collect()
}

/// The problems a request may come to, by status: those of its own and those of every request.
pub(super) fn by_status(codes: &[&str], is_guarded: bool) -> BTreeMap<u16, Vec<Kind>> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in every() {
        let is_possible = OF_EVERY.contains(&kind.code)
            || codes.contains(&kind.code)
            || (is_guarded && OF_GUARDED.contains(&kind.code));
        if is_possible {
            by_status.entry(kind.status.as_u16()).or_default().push(kind);
        }
    }
    by_status
}

/// The headers that tell what to do about it.
pub(super) fn headers(status: u16) -> Option<Value> {
    let (name, description, kind) = match status {
        401 => ("WWW-Authenticate", "How to be let in.", "string"),
        429 | 503 => ("Retry-After", "Seconds after which to ask again.", "integer"),
        _ => return None,
    };
    Some(json!({name: {"description": description, "schema": {"type": kind}}}))
}
