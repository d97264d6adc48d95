//! What administrators send and are answered, as JSON Schema: what serde makes of the types named
//! beside. `tests/api/openapi/` holds real answers against them.

use serde_json::{Map, Value, json};

use crate::domain::{RejectReason, WarningKind};
use crate::render::schema::{
    Member, code, durable, either, flag, instant, list, map_of, number, object, optional, or_null,
    reference, required, text, whole,
};
use crate::service::GuardReason;
use crate::service::catalogue;
use crate::service::reload::{Decision, Event, Trigger};

use super::super::admin::REPORTS_MAX;
use super::operation::body;

type Named = (&'static str, Value);

/// The schemas of what is asked and answered.
pub(super) fn schemas() -> Map<String, Value> {
    let of_statuses = status_schemas();
    let parts = [of_statuses, reload_schemas(), report_schemas(), standing_schemas()];
    parts.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// Many reports, as many as one request may bring.
pub(super) fn reports() -> Value {
    let mut reports = list(&reference("StatusReportOfAtm"), "The reports.");
    reports["maxItems"] = REPORTS_MAX.into();
    reports
}

fn status_schemas() -> Vec<Named> {
    let of_many = ["recorded", "superseded", "unknown_atm", "invalid"];
    let item = object(
        "What became of one report.",
        [
            optional("id", text("The ATM; left out where the report names none.")),
            required("outcome", code(&of_many, "What became of it.")),
            required("status", or_null(reference("LiveStatus"))),
            optional("errors", list(&reference("InvalidParameter"), "What is wrong with it.")),
        ],
    );
    vec![
        ("StatusReport", body(&catalogue::status_report(), &["state"])),
        ("StatusReportOfAtm", body(&catalogue::status_report_of(), &["id", "state"])),
        ("StatusReports", object("Many reports.", [required("statuses", reports())])),
        ("StatusOutcomeItem", item),
        (
            "StatusOutcomes",
            object(
                "What became of many reports.",
                [
                    required("recorded", whole("How many were recorded.")),
                    required("refused", whole("How many were not.")),
                    required("durable", durable()),
                    required("items", list(&reference("StatusOutcomeItem"), "In their order.")),
                ],
            ),
        ),
    ]
}

fn audited() -> Value {
    flag("Whether the audit log holds it.")
}

fn summary(beside: Option<Member>) -> Value {
    let members = [
        required("id", text("Its id.")),
        required("atms", whole("ATMs in it.")),
        required("sites", whole("Places in it.")),
        required("as_of", or_null(instant("When its data was current."))),
    ];
    object("A snapshot in few words.", members.into_iter().chain(beside))
}

fn reload_schemas() -> Vec<Named> {
    let decisions: Vec<&str> = Decision::ALL.iter().map(|decision| decision.code()).collect();
    let reasons = || list(&reference("GuardReason"), "Why the guard refuses, or would have.");
    let held_until =
        || required("held_until", or_null(instant("Until when a loss must last to be believed.")));
    let source = |reading: &str, error: Option<Value>| {
        object(
            "How one source fared.",
            [
                required("name", text("Its name.")),
                required("reading", code(&[reading], "What came of asking it.")),
                required("refusals", reasons()),
                held_until(),
            ]
            .into_iter()
            .chain(error.map(|error| required("error", error))),
        )
    };
    let outcome = object(
        "What came of a reload.",
        [
            required("decision", code(&decisions, "What was done.")),
            required("dry_run", flag("Whether nothing was to be done but told.")),
            required("forced", flag("Whether it was published against the guard.")),
            required("from", or_null(text("The snapshot served before."))),
            required("snapshot", or_null(reference("SnapshotSummary"))),
            required("sources", list(&reference("SourceOutcome"), "How each source fared.")),
            required("difference", or_null(reference("Difference"))),
            required("report", or_null(reference("IngestReport"))),
            optional("audited", audited()),
        ],
    );
    vec![
        ("ReloadQuestion", body(&catalogue::reload(), &[])),
        ("ReloadOutcome", outcome),
        ("SnapshotSummary", summary(None)),
        ("PublishedSnapshot", summary(Some(required("audited", audited())))),
        (
            "SourceOutcome",
            either([
                source("read", None),
                source("unchanged", None),
                source("failed", Some(text("Why it could not be read."))),
            ]),
        ),
        ("GuardReason", guard_reason(|| None)),
        (
            "GuardReasonOfSource",
            guard_reason(|| Some(required("source", text("The source it is about.")))),
        ),
        ("Difference", difference()),
        ("Differing", differing()),
    ]
}

/// Why the guard refuses, with what stands beside.
fn guard_reason(beside: impl Fn() -> Option<Member>) -> Value {
    let share = || number("As a share, 0 to 1.");
    let share_max = || number("What the guard allows.");
    let file = || text("The file.");
    let count = whole;
    let members = |code: &str| match code {
        "nothing_admitted" => Vec::new(),
        "incomplete" => vec![required("file", file())],
        "too_many_rejected" => vec![
            required("file", file()),
            required("rejected", count("Rows rejected.")),
            required("rows", count("Rows there are.")),
        ],
        "too_few" => vec![
            required("count", count("ATMs there would be.")),
            required("count_min", count("What the guard demands.")),
        ],
        "shrank" | "grew" => vec![
            required("before", count("ATMs served now.")),
            required("after", count("ATMs there would be.")),
            required("share", share()),
            required("share_max", share_max()),
        ],
        "vanished" => vec![
            required("vanished", count("Ids that would vanish.")),
            required("before", count("ATMs served now.")),
            required("renumbered", count("Of those, how many have a new id on the very spot.")),
            required("share", share()),
            required("share_max", share_max()),
        ],
        "moved" => vec![
            required("moved", count("ATMs that would move more than 500 m.")),
            required("kept", count("ATMs that keep their id.")),
            required("share", share()),
            required("share_max", share_max()),
        ],
        _ => vec![
            required("vanished", count("Ids that would vanish.")),
            required("again", count("Of those, how many did so a short while ago.")),
        ],
    };
    either(GuardReason::CODES.iter().map(|&of| {
        let code = [required("code", code(&[of], "Which reason."))];
        object("A reason.", beside().into_iter().chain(code).chain(members(of)))
    }))
}

fn difference() -> Value {
    let change = object(
        "How a source's machines differ.",
        ["before", "after", "added", "vanished", "renumbered", "moved_far"]
            .map(|name| required(name, whole("How many ATMs."))),
    );
    object(
        "How what was built differs from what was served.",
        [
            required("added", reference("Differing")),
            required("removed", reference("Differing")),
            required("moved", reference("Differing")),
            required("changed", reference("Differing")),
            required("unchanged", whole("ATMs that say what they said.")),
            required("fields", map_of(&whole("ATMs."), "Fields that changed, in how many ATMs.")),
            required("sources", map_of(&change, "The same by source.")),
        ],
    )
}

fn differing() -> Value {
    let change = object(
        "One field before and after.",
        [
            required("field", text("Its name.")),
            required("before", or_null(text("What it said; null is nothing."))),
            required("after", or_null(text("What it says; null is nothing."))),
        ],
    );
    let example = object(
        "An ATM that differs.",
        [
            required("id", text("Its id.")),
            required("source", text("The source it comes from, or came from.")),
            optional("moved_m", number("How far it moved, metres.")),
            optional("fields", list(&change, "What it says and said.")),
        ],
    );
    object(
        "ATMs that differ in one way.",
        [
            required("count", whole("How many.")),
            required("examples", list(&example, "The first by id.")),
        ],
    )
}

fn report_schemas() -> Vec<Named> {
    let reasons: Vec<&str> = RejectReason::ALL.iter().map(|reason| reason.code()).collect();
    let kinds: Vec<&str> = WarningKind::ALL.iter().map(|kind| kind.code()).collect();
    let row = || {
        either([
            object("A line.", [required("line", whole("From 1."))]),
            object("An element.", [required("element", text("Its id."))]),
        ])
    };
    let counts = |codes: &[&str], description: &str| {
        let mut counts = map_of(&whole("How many."), description);
        counts["propertyNames"] = json!({"enum": codes});
        counts
    };
    let rejected = object(
        "A row that was rejected.",
        [
            required("file", text("The file it stands in.")),
            required("row", row()),
            required("reason", code(&reasons, "The one reason.")),
            required("detail", text("What exactly was found.")),
            required("original", text("The row as it was found.")),
        ],
    );
    let warning = object(
        "Something suspicious about a row that was admitted, or about a file.",
        [
            required("file", text("The file.")),
            required("row", or_null(row())),
            required("kind", code(&kinds, "What kind.")),
            required("detail", text("What exactly was found.")),
        ],
    );
    let file = object(
        "What ingest found in one file.",
        [
            required("file", text("Its name.")),
            required("source", text("The source it belongs to.")),
            required("configured", text("The configured source it was read for.")),
            required("format", text("The format it was read as.")),
            required("passed_over", or_null(text("Why it was passed over."))),
            required("as_of", or_null(instant("When its data was current."))),
            required("rows", whole("Rows found.")),
            required("admitted", whole("Rows admitted.")),
            required("not_atms", whole("Objects that are no ATM.")),
            required("rejected", counts(&reasons, "Rejected rows by reason.")),
            required("warned", counts(&kinds, "Warnings by kind.")),
            required("unused_fields", list(&text("A field."), "Fields that nothing takes.")),
            required(
                "rejected_examples",
                list(&reference("RejectedRow"), "The first of each reason."),
            ),
            required(
                "warning_examples",
                list(&reference("IngestWarning"), "The first of each kind."),
            ),
        ],
    );
    let files = list(&reference("FileReport"), "One a file, in the order they were read.");
    vec![
        ("RejectedRow", rejected),
        ("IngestWarning", warning),
        ("FileReport", file),
        ("IngestReport", object("What ingest found.", [required("files", files)])),
    ]
}

fn standing_schemas() -> Vec<Named> {
    let since = || required("since", instant("Since when."));
    let state = |of: &str| required("state", code(&[of], "What is wrong with it, if anything."));
    let condition = either([
        object("It was asked, and what it said is served.", [state("fresh")]),
        object("It has not been loaded yet.", [state("not_loaded")]),
        object("What is served was saved by an earlier run.", [state("restored")]),
        object(
            "It could not be read.",
            [state("failing"), since(), required("error", text("Why, the last time."))],
        ),
        object(
            "The guard refused what it says.",
            [
                state("refused"),
                since(),
                required("reasons", list(&reference("GuardReason"), "Why.")),
            ],
        ),
        object(
            "It lost ATMs, which must last before it is believed.",
            [
                state("held"),
                since(),
                required("until", instant("Until when.")),
                required("vanished", whole("How many it lost.")),
            ],
        ),
        object("A snapshot was put in place by hand.", [state("pinned")]),
    ]);
    let source = object(
        "How a source stands.",
        [
            required("name", text("Its name.")),
            required("location", text("Where it is, without credentials.")),
            required("every_s", or_null(whole("How often it is asked by itself, seconds."))),
            required("condition", reference("SourceCondition")),
            required("atms", whole("ATMs of it that are served.")),
            required("as_of", or_null(instant("When it says its data was current."))),
            required("read_at", or_null(instant("When what is served of it was read."))),
            required(
                "confirmed_at",
                or_null(instant("When it was last known to say what is served.")),
            ),
            required("asked_at", or_null(instant("When it was last asked."))),
            required("is_stale", flag("Whether what is served may be older than what it says.")),
            required("age_s", or_null(whole("Seconds since `confirmed_at`."))),
        ],
    );
    let sources = list(&reference("SourceState"), "In the order of the configuration.");
    vec![
        ("SourceCondition", condition),
        ("SourceState", source),
        ("Sources", object("Every source.", [required("sources", sources)])),
        ("HistoryEntry", history_entry()),
        ("Snapshots", snapshots()),
        ("AuditPage", audit_page()),
    ]
}

fn history_entry() -> Value {
    let triggers: Vec<&str> = Trigger::ALL.iter().map(|trigger| trigger.code()).collect();
    let events: Vec<&str> = Event::ALL.iter().map(|event| event.code()).collect();
    object(
        "Something that happened to what is served, or did not.",
        [
            required("at", instant("When.")),
            required("event", code(&events, "What.")),
            required("trigger", code(&triggers, "What asked for it.")),
            required("by", text("Who asked for it.")),
            required("from", or_null(text("The snapshot served before."))),
            required("to", or_null(reference("SnapshotSummary"))),
            required("forced", flag("Whether the guard was overridden.")),
            required("reasons", list(&reference("GuardReasonOfSource"), "Why.")),
        ],
    )
}

fn snapshots() -> Value {
    let pin = object(
        "That a snapshot was put in place by hand.",
        [required("by", text("Who did.")), required("at", instant("When."))],
    );
    let saved = object(
        "A snapshot that is kept.",
        [
            required("id", text("Its id.")),
            required("built_at", instant("When it was built.")),
            required("bytes", whole("Bytes it takes.")),
        ],
    );
    object(
        "What is served and kept.",
        [
            required("current", or_null(reference("SnapshotSummary"))),
            required("pinned", or_null(pin)),
            required("saved", list(&saved, "Newest first.")),
            required("history", list(&reference("HistoryEntry"), "What happened.")),
        ],
    )
}

fn audit_page() -> Value {
    let entry = object(
        "One change.",
        [
            required("number", whole("Its number; later ones are greater.")),
            required("at", instant("When.")),
            required("who", text("The name of the credential.")),
            required("action", text("What was done.")),
            required("subject", or_null(text("To what."))),
            required("outcome", text("What came of it.")),
            required("from_snapshot", or_null(text("The snapshot served before."))),
            required("to_snapshot", or_null(text("The snapshot served since."))),
            required("detail", or_null(text("What else there is to tell."))),
        ],
    );
    object(
        "A page of the audit log.",
        [
            required("entries", list(&entry, "Latest first.")),
            required("next", or_null(text("The `cursor` of the next page."))),
            required("durable", flag("Whether the log outlives the process.")),
        ],
    )
}
