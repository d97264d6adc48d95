//! What whoever reports a live status is answered. `http::admin` writes it.

use serde_json::Value;

use super::{Named, code, flag, object, or_null, reference, required, text};

pub(super) fn schemas() -> Vec<Named> {
    let id = || required("id", text("The ATM."));
    let status = || required("status", or_null(reference("LiveStatus")));
    let outcomes = ["recorded", "withdrawn", "nothing_known"];
    vec![
        ("StatusStanding", object("What is known of one machine.", [id(), status()])),
        (
            "StatusOutcome",
            object(
                "What was done about one machine.",
                [
                    id(),
                    required("outcome", code(&outcomes, "What was done.")),
                    status(),
                    required("durable", durable()),
                ],
            ),
        ),
    ]
}

/// Whether what was reported is kept.
#[must_use]
pub fn durable() -> Value {
    flag("Whether it outlives the process.")
}
