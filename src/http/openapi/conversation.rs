//! A turn of conversation.

use serde_json::{Map, Value, json};

use crate::chat::{CONTEXT_BYTES_MAX, Intent, Parameter, TEXT_CHARS_MAX};
use crate::render::schema::{
    Member, code, flag, list, number, object, optional, or_null, reference, required, text, whole,
};
use crate::service::LANGUAGE_BYTES_MAX;

use super::operation::{Example, Operation};
use super::problems::OF_BODIES;

const JSON: &str = "application/json";

/// The request, where conversations are held.
pub(super) fn operation() -> Operation {
    Operation {
        description: "Takes what a person wrote or shared, in English, Spanish, French, German or \
                      Portuguese, and what the reply before gave as `context`: the service keeps \
                      nothing. At least `text` or `position` is needed; null is as good as left \
                      out. A position is never guessed; before one is used the first time, the \
                      reply says what for (`consent`).",
        body: vec![(JSON, reference("ChatTurn"))],
        answers: vec![(JSON, reference("ChatReply"))],
        problems: [&OF_BODIES[..], &["not_ready"]].concat(),
        examples: vec![Example {
            name: "chat",
            summary: "Someone who does not say where they are.",
            parameters: Vec::new(),
            body: Some((JSON, json!({"text": "Where can I pay in cash?", "locale": "en-GB"}))),
            status: 200,
            media: JSON,
            answer: include_str!("examples/chat.json"),
        }],
        ..Operation::new("post", "/v1/chat", "chat", "A turn of conversation.")
    }
}

/// What goes into a turn and comes out of it.
pub(super) fn schemas() -> Map<String, Value> {
    let parts = [
        ("ChatTurn", turn()),
        ("ChatReply", reply()),
        ("ChatUnderstood", understood()),
        ("ChatCard", card()),
    ];
    parts.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn turn() -> Value {
    let at_most = |most: usize, description: &str| {
        let mut schema = or_null(text(description));
        schema["maxLength"] = most.into();
        schema
    };
    let degrees = |most: f64, description: &str| {
        let mut schema = number(description);
        (schema["minimum"], schema["maximum"]) = ((-most).into(), most.into());
        schema
    };
    let mut accuracy = or_null(number("How far from there the person may be, metres."));
    accuracy["minimum"] = 0.into();
    let position = object(
        "Where the person's device says they are.",
        [
            required("lat", degrees(90.0, "Latitude, WGS-84 decimal degrees.")),
            required("lon", degrees(180.0, "Longitude, WGS-84 decimal degrees.")),
            optional("accuracy_m", accuracy),
        ],
    );
    let mut locale = or_null(text("BCP 47 tag of the person's device or account."));
    locale["pattern"] = format!("^([A-Za-z0-9_-]{{2,{LANGUAGE_BYTES_MAX}}})?$").into();
    object(
        "What a person wrote or shared.",
        [
            optional(
                "text",
                at_most(
                    TEXT_CHARS_MAX,
                    "The words, or the `send` of a suggestion of the reply before.",
                ),
            ),
            optional("position", or_null(position)),
            optional("locale", locale),
            optional(
                "context",
                at_most(CONTEXT_BYTES_MAX, "The `context` of the reply before, unchanged."),
            ),
            optional("explain", or_null(flag("Whether to tell which words gave what."))),
        ],
    )
}

fn reply() -> Value {
    let because = object(
        "Words and what they gave.",
        [
            required("words", text("As they were written.")),
            required("means", text("In the words of a nearest question.")),
        ],
    );
    let suggestion = object(
        "What the person may want to say next.",
        [
            required("text", text("What a button says.")),
            required("send", text("What pressing it sends as the text of the next turn.")),
        ],
    );
    object(
        "The reply to a turn.",
        [
            required("understood", reference("ChatUnderstood")),
            required("reply", text("What to tell the person, plain text.")),
            required("speech", text("The same for a voice, SSML.")),
            required("language", text("The language of the reply, BCP 47.")),
            optional(
                "consent",
                text("What a shared position is used for, the first time. Part of `reply` too."),
            ),
            required("asks_location", flag("Whether the reply asks where the person is.")),
            required("cards", list(&reference("ChatCard"), "One a place, nearest first.")),
            required("suggestions", list(&suggestion, "Best first.")),
            optional("answer", reference("NearestAnswer")),
            optional("explain", list(&because, "Which words gave what, where that was asked.")),
            optional(
                "context",
                text("To be sent with the next turn. Encrypted, and of no use after a while."),
            ),
        ],
    )
}

fn understood() -> Value {
    let intents = Intent::ALL.map(Intent::code);
    let resolved = object(
        "Which place that is.",
        [
            required("name", text("Its name, with what tells it from others of that name.")),
            required("kind", text("What kind of place it is.")),
            required("position", reference("Position")),
        ],
    );
    let place = object(
        "The place that was written.",
        [required("text", text("As it was written.")), optional("resolved", resolved)],
    );
    let values = |parameter: &Parameter| {
        let meaning = "Values as nearest takes them, separated by commas.";
        optional(parameter.name(), text(meaning))
    };
    let members: Vec<Member> = [
        required("intent", code(&intents, "What the turn is about.")),
        optional("place", place),
        optional("open_at", text("now, always, or an instant.")),
        optional("limit", whole("How many are wanted.")),
        optional("max_distance_m", number("How far they may be, metres.")),
    ]
    .into_iter()
    .chain(Parameter::ALL.iter().map(values))
    .collect();
    object("What was understood, in the words of a nearest question.", members)
}

fn card() -> Value {
    object(
        "A place where ATMs stand.",
        [
            required("atm_id", text("The id of its nearest machine, for `/v1/atms/{id}`.")),
            required("title", text("Who runs it, or what it is called.")),
            required(
                "subtitle",
                text("Distance and direction, whether it is open, whether it is known to work."),
            ),
            optional("address", text("Street and town, as far as they are stated.")),
            required("facts", list(&text("A fact."), "What else is known, and what is not.")),
            required("distance_m", number("How far it is, metres in a straight line.")),
            required("position", reference("Position")),
            required(
                "directions_url",
                text("A map that shows the way there. It holds the machine's position alone."),
            ),
            required("number", whole("Its place in the list, from 1.")),
        ],
    )
}
