//! What administrators ask for.

use super::super::report::{
    AUDIT_LIMIT_DEFAULT, AUDIT_LIMIT_MAX, NOTE_CHARS_MAX, SOURCE_CHARS_MAX,
};
use super::{Parameter, Takes};

/// What a report of one machine's live status holds.
#[must_use]
pub fn status_report() -> Vec<Parameter> {
    let words: &[&str] = &["yes", "no", "unknown"];
    vec![
        Parameter::new(
            "state",
            "Whether the machine works.",
            Takes::OneOf(&["in_service", "out_of_service"]),
        ),
        Parameter::new(
            "cash_out",
            "Whether it dispenses cash right now. It counts before what the data says.",
            Takes::OneOf(words),
        ),
        Parameter::new(
            "cash_in",
            "Whether it takes deposits of notes right now. It counts before what the data says.",
            Takes::OneOf(words),
        ),
        Parameter::new(
            "reported_at",
            "When that was seen, at most 5 minutes ahead; now when it is not given. A report never \
             replaces one of a later time.",
            Takes::Instant,
        ),
        Parameter::new(
            "expires_at",
            "Until when it counts; 4 hours after reported_at when it is not given, and at most 30 \
             days, unless the configuration says otherwise.",
            Takes::Instant,
        ),
        Parameter::new("source", "Who or what says so.", Takes::Line { most: SOURCE_CHARS_MAX }),
        Parameter::new(
            "note",
            "A remark that answers show to everyone.",
            Takes::Line { most: NOTE_CHARS_MAX },
        ),
    ]
}

/// The same among reports of many machines.
#[must_use]
pub fn status_report_of() -> Vec<Parameter> {
    let id = Parameter::new("id", "The id of the ATM.", Takes::Name);
    std::iter::once(id).chain(status_report()).collect()
}

/// What a reload is told.
#[must_use]
pub fn reload() -> Vec<Parameter> {
    vec![
        Parameter::new(
            "source",
            "The name of the configured source to read again; all without it.",
            Takes::Name,
        ),
        Parameter::new(
            "dry_run",
            "Whether to tell what would happen, and do nothing.",
            Takes::Flag,
        ),
        Parameter::new("force", "Whether to publish against the guard.", Takes::Flag),
    ]
}

/// What the audit log is asked by.
#[must_use]
pub fn audit() -> Vec<Parameter> {
    vec![
        Parameter::new(
            "limit",
            "How many entries a page holds.",
            Takes::Whole { least: 1, most: AUDIT_LIMIT_MAX, default: AUDIT_LIMIT_DEFAULT },
        ),
        Parameter::new("cursor", "The `next` of the page before.", Takes::Digits),
    ]
}
