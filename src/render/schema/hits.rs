//! Answers that list ATMs, and what is said of the data.

use serde_json::{Value, json};

use crate::domain::{Attribute, AttributeGroup, Plan};
use crate::snapshot::VOCABULARY_FIELDS;

use super::part::Member;
use super::{
    Named, code, credits, list, number, object, optional, or_null, position, reference, required,
    snapshot, stale_source, text, whole,
};

pub(super) fn schemas() -> Vec<Named> {
    vec![
        position(),
        snapshot(),
        stale_source(),
        ("Site", site()),
        ("Neighbour", neighbour(true)),
        ("NeighbourProperties", neighbour(false)),
        ("Relaxation", relaxation()),
        ("Explanation", explanation()),
        ("NearestAnswer", nearest()),
        ("WithinAnswer", within()),
        ("AlongAnswer", along()),
        ("AtmAnswer", atm()),
        counted(),
        ("Vocabulary", vocabulary()),
    ]
}

fn site() -> Value {
    object(
        "A place where machines stand together.",
        [
            required("id", text("Names the place.")),
            optional("name", text("Its name, or that of who runs a machine there.")),
            required("address", reference("Address")),
        ],
    )
}

fn neighbour(with_position: bool) -> Value {
    let position = with_position.then(|| required("position", reference("Position")));
    object(
        "A place with its machines that match, or one machine; its distance and position are those \
         of its nearest machine.",
        [
            required(
                "distance_m",
                number("Distance from the origin, metres in a straight line over the ground."),
            ),
            required(
                "bearing_deg",
                number("Direction from the origin, degrees clockwise from north."),
            ),
        ]
        .into_iter()
        .chain(position)
        .chain([
            required("site", reference("Site")),
            required(
                "atms",
                list(&reference("AtmInNeighbour"), "The machines that match, nearest first."),
            ),
        ]),
    )
}

fn relaxation() -> Value {
    object(
        "A promise: the same question without some of its demands has so many neighbours.",
        [
            required("drop", list(&text("A demand."), "What to give up.")),
            required("matches", whole("How many neighbours there are then, `limit` at most.")),
            required("more", json!({"type": "boolean", "description": "Whether there are more."})),
            required("nearest_m", number("How far the nearest of them is, metres.")),
        ],
    )
}

fn explanation() -> Value {
    let plans: Vec<&str> = Plan::ALL.iter().map(|plan| plan.code()).collect();
    object(
        "How the answer was found.",
        [
            required("plan", code(&plans, "How it was looked for.")),
            required("nodes_visited", whole("Nodes of the tree that were opened.")),
            required("atms_tested", whole("ATMs that were looked at.")),
            required("geodesics", whole("Exact distances that were worked out.")),
            required("snapshot", text("The id of the data.")),
            required("took_us", number("Time taken, microseconds.")),
        ],
    )
}

/// What every answer that lists hits ends with.
pub(super) fn tail() -> Vec<Member> {
    vec![
        required(
            "next",
            or_null(text("The `cursor` of the next page; null where this is the last.")),
        ),
        required(
            "warnings",
            list(&text("A warning."), "What was done to the question, or may be wrong with it."),
        ),
        optional("explain", reference("Explanation")),
        required("snapshot", reference("SnapshotReference")),
        required("attribution", credits()),
    ]
}

pub(super) fn relaxations() -> Member {
    required(
        "relaxations",
        list(
            &reference("Relaxation"),
            "What to give up for more, where fewer were found than asked for; best first.",
        ),
    )
}

fn nearest() -> Value {
    object(
        "The nearest places or machines that match. Empty where none does: that is no error.",
        [
            required("origin", reference("Origin")),
            required("neighbours", list(&reference("Neighbour"), "Nearest first.")),
            relaxations(),
        ]
        .into_iter()
        .chain(tail()),
    )
}

/// West, south, east and north edge.
pub(super) fn edges(description: &str) -> Value {
    json!({
        "type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4,
        "description": description,
    })
}

fn within() -> Value {
    object(
        "The machines in an area that match.",
        [
            required("bbox", edges("West, south, east and north edge of the area, degrees.")),
            required("atms", list(&reference("AtmInArea"), "In no order that means anything.")),
        ]
        .into_iter()
        .chain(tail()),
    )
}

/// How long the line is and how wide the corridor.
pub(super) fn line() -> [Member; 2] {
    [
        required("length_m", number("How long the line is, metres over the ground.")),
        required("buffer_m", number("How far from the line was looked, metres.")),
    ]
}

fn along() -> Value {
    let atms = list(&reference("AtmOnLine"), "In the order of the line.");
    let members = line().into_iter().chain([required("atms", atms)]).chain(tail());
    object("The machines along a line that match.", members)
}

fn atm() -> Value {
    object(
        "One machine with everything known of it.",
        [
            required("atm", reference("AtmRecord")),
            required("snapshot", reference("SnapshotReference")),
            required("attribution", credits()),
        ],
    )
}

fn counted() -> Named {
    let members = object(
        "A name and how many ATMs have it.",
        [required("name", text("The name or code.")), required("atms", whole("How many ATMs."))],
    );
    ("Counted", members)
}

/// The attributes of a group with how many ATMs state what.
fn stated(group: AttributeGroup) -> Value {
    let codes: Vec<&str> = Attribute::of_group(group).map(Attribute::code).collect();
    let members = [
        required("code", code(&codes, "What the parameter takes.")),
        required("yes", whole("ATMs of which the data says yes.")),
        required("no", whole("ATMs of which the data says no.")),
        required("unknown", whole("ATMs of which the data does not say.")),
    ];
    list(&object("How many ATMs state what.", members), "Every code there is.")
}

fn vocabulary() -> Value {
    let mut members = vec![
        required("atms", whole("How many ATMs there are.")),
        required("sites", whole("How many places they stand at.")),
    ];
    let names = VOCABULARY_FIELDS.into_iter().map(|(name, _)| name);
    for name in names.chain(["location_types", "fees", "accesses"]) {
        members.push(required(name, list(&reference("Counted"), "Those that occur.")));
    }
    members.extend([
        required("services", stated(AttributeGroup::Service)),
        required("accessibility", stated(AttributeGroup::Accessibility)),
        required("features", stated(AttributeGroup::Feature)),
        required("snapshot", reference("SnapshotReference")),
    ]);
    object("The words that occur in the data, with how many ATMs each has.", members)
}
