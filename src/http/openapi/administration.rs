//! What the administration listener answers.

use serde_json::json;

use crate::render::schema::{object, reference, required};
use crate::service::catalogue;

use super::administration_answers::reports;
use super::operation::{Example, InPath, Operation};
use super::problems::OF_BODIES;
use super::public::{docs, lines, openapi};

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

/// What belongs together, with what it is.
pub(super) const TAGS: [(&str, &str); 3] = [
    ("Statuses", "What is known of machines right now."),
    ("Data", "Reading sources again, what is served, and going back."),
    ("Operation", "Who did what, what the service counts, and what describes it."),
];

pub(super) fn operations() -> Vec<Operation> {
    let tagged = |tag: &'static str, operations: Vec<Operation>| {
        operations.into_iter().map(move |operation| Operation { tag, ..operation })
    };
    tagged(TAGS[0].0, statuses())
        .chain(tagged(TAGS[1].0, data()))
        .chain(tagged(TAGS[2].0, operation()))
        .map(|operation| Operation { is_guarded: true, ..operation })
        .collect()
}

fn of_atm() -> InPath {
    InPath {
        name: "id",
        meaning: "The id of the ATM, as answers give it; a slash in it may stay as it is.",
        pattern: "^[^:]+:.",
    }
}

fn statuses() -> Vec<Operation> {
    let path = "/admin/v1/atms/{id}/status";
    let report = Operation {
        description: "It counts from when it is answered until it expires, and before what the \
                      data says. One of a later `reported_at` is never replaced.",
        in_path: Some(of_atm()),
        body: vec![(JSON, reference("StatusReport"))],
        answers: vec![(JSON, reference("StatusOutcome"))],
        problems: [
            &OF_BODIES[..],
            &["forbidden", "unknown_atm", "superseded", "store_unavailable", "not_ready"],
        ]
        .concat(),
        examples: vec![Example {
            name: "out_of_service",
            summary: "A machine that is broken.",
            parameters: vec![("id", json!("osm:node/4220208271"))],
            body: Some((
                JSON,
                json!({
                    "state": "out_of_service", "source": "field service", "note": "Screen broken",
                }),
            )),
            status: 200,
            media: JSON,
            answer: include_str!("examples/out_of_service.json"),
        }],
        ..Operation::new("put", path, "reportStatus", "Reports the live status of one machine.")
    };
    let withdraw = Operation {
        in_path: Some(of_atm()),
        answers: vec![(JSON, reference("StatusOutcome"))],
        problems: vec!["forbidden", "unknown_atm", "store_unavailable", "not_ready"],
        ..Operation::new(
            "delete",
            path,
            "withdrawStatus",
            "Withdraws what was reported of one machine.",
        )
    };
    let standing = Operation {
        in_path: Some(of_atm()),
        answers: vec![(JSON, reference("StatusStanding"))],
        problems: vec!["unknown_atm", "not_ready"],
        ..Operation::new("get", path, "getStatus", "What is known of one machine right now.")
    };
    let many = Operation {
        description: "All reports in one transaction. A report that cannot be taken is told in its \
                      place, and keeps no other from being taken.",
        body: vec![
            (
                JSON,
                json!({"anyOf": [
                    reports(),
                    reference("StatusReports"),
                ]}),
            ),
            (LINES, lines("StatusReportOfAtm")),
        ],
        answers: vec![(JSON, reference("StatusOutcomes")), (LINES, lines("StatusOutcomeItem"))],
        problems: [&OF_BODIES[..], &["forbidden", "store_unavailable", "not_ready"]].concat(),
        examples: vec![Example {
            name: "many",
            summary: "A machine without cash, and one that is not known.",
            parameters: Vec::new(),
            body: Some((
                JSON,
                json!([
                    {"id": "osm:node/4220208271", "state": "in_service", "cash_out": "no"},
                    {"id": "osm:node/1", "state": "in_service"},
                ]),
            )),
            status: 200,
            media: JSON,
            answer: include_str!("examples/many.json"),
        }],
        ..Operation::new(
            "post",
            "/admin/v1/statuses",
            "reportStatuses",
            "Reports the live status of many machines.",
        )
    };
    vec![report, withdraw, standing, many]
}

fn of_snapshot() -> InPath {
    InPath { name: "id", meaning: "The id of a snapshot that is kept.", pattern: "^[0-9a-f]{32}$" }
}

fn data() -> Vec<Operation> {
    let reload = Operation {
        description: "Reads the sources again and publishes what the guard lets pass, all or \
                      nothing. What was served before is served until then, and on if the guard \
                      refuses.",
        body: vec![(JSON, reference("ReloadQuestion"))],
        is_body_required: false,
        answers: vec![(JSON, reference("ReloadOutcome"))],
        problems: [&OF_BODIES[..], &["forbidden", "guard_refused", "sources_unreadable"]].concat(),
        examples: vec![Example {
            name: "dry_run",
            summary: "What would happen.",
            parameters: Vec::new(),
            body: Some((JSON, json!({"dry_run": true}))),
            status: 200,
            media: JSON,
            answer: include_str!("examples/dry_run.json"),
        }],
        ..Operation::new("post", "/admin/v1/reload", "reload", "Reads the sources again.")
    };
    let sources = Operation {
        answers: vec![(JSON, reference("Sources"))],
        ..Operation::new("get", "/admin/v1/sources", "listSources", "How each source stands.")
    };
    let snapshots = Operation {
        answers: vec![(JSON, reference("Snapshots"))],
        ..Operation::new(
            "get",
            "/admin/v1/snapshots",
            "listSnapshots",
            "What is served, what is kept, what was published and refused.",
        )
    };
    let publish = Operation {
        description: "Goes back, or forward. It stays until somebody reloads.",
        in_path: Some(of_snapshot()),
        answers: vec![(JSON, reference("PublishedSnapshot"))],
        problems: vec!["forbidden", "unknown_snapshot"],
        ..Operation::new(
            "post",
            "/admin/v1/snapshots/{id}/publish",
            "publishSnapshot",
            "Puts a kept snapshot in place.",
        )
    };
    let report = Operation {
        in_path: Some(of_snapshot()),
        answers: vec![(JSON, object("A report.", [required("report", reference("IngestReport"))]))],
        problems: vec!["unknown_snapshot"],
        ..Operation::new(
            "get",
            "/admin/v1/snapshots/{id}/report",
            "getReport",
            "What was admitted to a snapshot and rejected, and why.",
        )
    };
    let rejected = Operation {
        in_path: Some(of_snapshot()),
        answers: vec![("text/csv", json!({"type": "string"}))],
        problems: vec!["unknown_snapshot"],
        ..Operation::new(
            "get",
            "/admin/v1/snapshots/{id}/rejected.csv",
            "getRejectedRows",
            "Every row that was rejected: source, file, row, reason, detail, original text.",
        )
    };
    vec![reload, sources, snapshots, publish, report, rejected]
}

fn operation() -> Vec<Operation> {
    let audit = Operation {
        query: catalogue::audit(),
        answers: vec![(JSON, reference("AuditPage"))],
        problems: vec!["store_unavailable"],
        ..Operation::new("get", "/admin/v1/audit", "getAudit", "Who did what, latest first.")
    };
    let metrics = Operation {
        answers: vec![("application/openmetrics-text", json!({"type": "string"}))],
        ..Operation::new("get", "/metrics", "getMetrics", "Counts and latencies, for Prometheus.")
    };
    vec![audit, metrics, openapi(), docs()]
}
