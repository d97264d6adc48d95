//! What the public listener answers.

use serde_json::{Map, Value, json};

use crate::render::schema::{
    constant, instant, list, object, or_null, reference, required, text, whole,
};
use crate::service::catalogue::{self, Parameter};

use super::super::batch::{LINE_BYTES_MAX, QUERIES_MAX};
use super::operation::{Example, InPath, Operation, body};
use super::problems::{OF_BODIES, any_of};
use super::{Offered, conversation};

const JSON: &str = "application/json";
const GEOJSON: &str = "application/geo+json";
const LINES: &str = "application/x-ndjson";

/// What a written place may come to.
const OF_PLACES: [&str; 2] = ["unknown_place", "ambiguous_place"];

/// What belongs together, with what it is.
const LOOKUP: (&str, &str) = ("Lookup", "Finding ATMs, and everything known of them.");
const PLACES: (&str, &str) = ("Places", "What a written place may mean.");
const CONVERSATION: (&str, &str) = ("Conversation", "A sentence in, a reply out.");
const SERVICE: (&str, &str) = ("Service", "How the service is, and what describes it.");

/// What belongs together, of what is offered.
pub(super) fn tags(offered: Offered) -> Vec<(&'static str, &'static str)> {
    parts(offered).into_iter().map(|(tag, _)| tag).collect()
}

/// Every request that is offered.
pub(super) fn operations(offered: Offered) -> Vec<Operation> {
    let tagged = |((tag, _), operations): (_, Vec<Operation>)| {
        operations.into_iter().map(move |operation| Operation { tag, ..operation })
    };
    parts(offered).into_iter().flat_map(tagged).collect()
}

fn parts(offered: Offered) -> Vec<((&'static str, &'static str), Vec<Operation>)> {
    let atms = vec![
        nearest_by_query(),
        nearest_by_body(),
        batch(),
        within_by_query(),
        within_by_body(),
        atm(),
        vocabulary(),
    ];
    let mut parts = vec![(LOOKUP, atms), (PLACES, places())];
    if offered.conversation {
        parts.push((CONVERSATION, vec![conversation::operation()]));
    }
    parts.push((SERVICE, service()));
    parts
}

/// The schemas of what is asked.
pub(super) fn schemas() -> Map<String, Value> {
    let nearest = catalogue::nearest();
    let without = |names: &[&str]| -> Vec<Parameter> {
        nearest.iter().filter(|parameter| !names.contains(&parameter.name)).cloned().collect()
    };
    let problems = [&OF_BODIES[..1], &OF_PLACES, &["invalid_parameters", "snapshot_changed"]];
    let answer = any_of(&problems.concat());
    let line = [&problems.concat()[..], &["line_too_long", "body_timeout", "not_ready"]].concat();
    let one_of = |mut problems: Vec<Value>| {
        problems.insert(0, reference("NearestAnswer"));
        json!({"oneOf": problems})
    };
    let queries = json!({
        "type": "array", "maxItems": QUERIES_MAX, "items": reference("NearestQuestion"),
        "description": "The questions. One that is not acceptable is answered with its problem, and \
                        the others with their answers.",
    });
    let answers = list(&reference("BatchItem"), "An answer for each question, in their order.");
    [
        ("NearestByPosition", body(&without(&["near"]), &["lat", "lon"])),
        ("NearestByPlace", body(&without(&["lat", "lon"]), &["near"])),
        (
            "NearestQuestion",
            json!({
                "description": "From a position, or from a written place.",
                "oneOf": [reference("NearestByPosition"), reference("NearestByPlace")],
            }),
        ),
        ("NearestBatch", object("Many questions.", [required("queries", queries)])),
        ("BatchItem", one_of(answer)),
        ("BatchLine", one_of(any_of(&line))),
        ("BatchAnswer", object("Many answers.", [required("answers", answers)])),
        ("WithinBox", body(&catalogue::within(), &["bbox"])),
        ("WithinPolygon", body(&catalogue::within_polygon(), &["polygon"])),
        ("AlongLine", body(&catalogue::along(), &["along", "buffer_m"])),
        ("PlacesQuestion", body(&catalogue::places(), &["text"])),
        ("Alive", object("The process runs.", [required("status", constant("alive"))])),
        ("Ready", ready()),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}

/// That ATMs are loaded, and how old they are.
fn ready() -> Value {
    let snapshot = object(
        "The data that is served.",
        [
            required("id", text("Changes with every change of the data.")),
            required("as_of", or_null(instant("When the data was current."))),
            required(
                "age_s",
                or_null(whole("Seconds since all sources were last known to say what is served.")),
            ),
            required("stale", list(&reference("StaleSource"), "Sources that may say more by now.")),
        ],
    );
    object(
        "ATMs are loaded. Stale data is served on.",
        [required("status", constant("ready")), required("snapshot", snapshot)],
    )
}

/// Lines of which each has this schema: OpenAPI 3.1 has no word for them.
pub(super) fn lines(of: &str) -> Value {
    json!({
        "type": "string", "description": format!("A JSON value a line, each a {of}."),
        "x-line": reference(of),
    })
}

fn nearest_by_query() -> Operation {
    Operation {
        description: "Takes `lat` and `lon`, or `near`. Fewer than `limit` neighbours, or none, is \
                      no error: `relaxations` then says what to give up for more. What the data \
                      does not say is `unknown` or left out, and never a no. To keep a position out \
                      of URLs, ask by POST.",
        query: catalogue::nearest(),
        has_etag: true,
        answers: vec![(JSON, reference("NearestAnswer")), (GEOJSON, reference("NearestFeatures"))],
        problems: [&OF_PLACES[..], &["snapshot_changed", "not_ready"]].concat(),
        examples: vec![
            Example {
                name: "nearest",
                summary: "The nearest to Helsinki's central station.",
                parameters: vec![
                    ("lat", json!(60.1719)),
                    ("lon", json!(24.9414)),
                    ("limit", json!(1)),
                ],
                body: None,
                status: 200,
                media: JSON,
                answer: include_str!("examples/nearest.json"),
            },
            Example {
                name: "nearest_geojson",
                summary: "The nearest that take deposits, as far as is known, as GeoJSON.",
                parameters: vec![
                    ("lat", json!(43.7396)),
                    ("lon", json!(7.4269)),
                    ("limit", json!(1)),
                    ("service", json!(["cash_in"])),
                    ("unknown", json!("include")),
                ],
                body: None,
                status: 200,
                media: GEOJSON,
                answer: include_str!("examples/nearest_geojson.json"),
            },
            Example {
                name: "nearest_incomplete",
                summary: "A latitude without a longitude.",
                parameters: vec![("lat", json!(60.1719))],
                body: None,
                status: 400,
                media: "application/problem+json",
                answer: include_str!("examples/nearest_incomplete.json"),
            },
            Example {
                name: "nearest_unknown_place",
                summary: "A place that is not known.",
                parameters: vec![("near", json!("Xyzzyville"))],
                body: None,
                status: 404,
                media: "application/problem+json",
                answer: include_str!("examples/nearest_unknown_place.json"),
            },
        ],
        ..Operation::new(
            "get",
            "/v1/atms/nearest",
            "findNearestAtms",
            "The nearest places with ATMs, each with its machines.",
        )
    }
}

fn nearest_by_body() -> Operation {
    Operation {
        description: "The same by a JSON body, so that no position is in a URL.",
        body: vec![(JSON, reference("NearestQuestion"))],
        answers: vec![(JSON, reference("NearestAnswer")), (GEOJSON, reference("NearestFeatures"))],
        problems: [&OF_BODIES[..], &OF_PLACES, &["snapshot_changed", "not_ready"]].concat(),
        examples: vec![
            Example {
                name: "near_a_place",
                summary: "The two nearest Monaco, one result a machine.",
                parameters: Vec::new(),
                body: Some((JSON, json!({"near": "Monaco", "limit": 2, "group": "atm"}))),
                status: 200,
                media: JSON,
                answer: include_str!("examples/near_a_place.json"),
            },
            Example {
                name: "near_ambiguous",
                summary: "A name that several places share.",
                parameters: Vec::new(),
                body: Some((JSON, json!({"near": "Springfield", "limit": 1}))),
                status: 409,
                media: "application/problem+json",
                answer: include_str!("examples/near_ambiguous.json"),
            },
        ],
        ..Operation::new(
            "post",
            "/v1/atms/nearest",
            "findNearestAtmsByBody",
            "The nearest places with ATMs, asked without a position in the URL.",
        )
    }
}

fn batch() -> Operation {
    let mut problems = OF_BODIES.to_vec();
    problems.push("not_ready");
    let mut questions = lines("NearestQuestion");
    let told = format!("A question a line, each of at most {LINE_BYTES_MAX} bytes.");
    questions["description"] = told.into();
    Operation {
        description: "Questions as one document, all answered from one state of the data; or any \
                      number as lines, each a question, answered as they come. Each is answered as \
                      it would be by itself, or with its problem.",
        body: vec![(JSON, reference("NearestBatch")), (LINES, questions)],
        answers: vec![(JSON, reference("BatchAnswer")), (LINES, lines("BatchLine"))],
        problems,
        examples: vec![Example {
            name: "batch",
            summary: "A position, and a name that several places share.",
            parameters: Vec::new(),
            body: Some((
                JSON,
                json!({"queries": [
                    {"lat": 60.1719, "lon": 24.9414, "limit": 1},
                    {"near": "Springfield", "limit": 1},
                ]}),
            )),
            status: 200,
            media: JSON,
            answer: include_str!("examples/batch.json"),
        }],
        ..Operation::new(
            "post",
            "/v1/atms/nearest/batch",
            "findNearestAtmsForMany",
            "Many nearest questions at once.",
        )
    }
}

fn within_by_query() -> Operation {
    Operation {
        description: "Page by page: `next` of one page is the `cursor` of the following.",
        query: catalogue::within(),
        query_required: &["bbox"],
        has_etag: true,
        answers: vec![(JSON, reference("WithinAnswer")), (GEOJSON, reference("WithinFeatures"))],
        problems: vec!["snapshot_changed", "not_ready"],
        examples: vec![Example {
            name: "within",
            summary: "The first ATM in the west of Helsinki's centre.",
            parameters: vec![("bbox", json!([24.93, 60.165, 24.94, 60.172])), ("limit", json!(1))],
            body: None,
            status: 200,
            media: JSON,
            answer: include_str!("examples/within.json"),
        }],
        ..Operation::new(
            "get",
            "/v1/atms/within",
            "findAtmsWithin",
            "Every ATM in a box, page by page.",
        )
    }
}

fn within_by_body() -> Operation {
    let shapes = ["WithinBox", "WithinPolygon", "AlongLine"].map(reference);
    let answers = |names: [&str; 2]| json!({"oneOf": names.map(reference)});
    Operation {
        description: "In a box, in polygons, or along a line with `buffer_m` on either side, in \
                      the order of the line. Polygons may have holes and cross the antimeridian; \
                      their edges are straight in degrees. The legs of a line are the shortest ways \
                      over the ground.",
        body: vec![(JSON, json!({"oneOf": shapes}))],
        answers: vec![
            (JSON, answers(["WithinAnswer", "AlongAnswer"])),
            (GEOJSON, answers(["WithinFeatures", "AlongFeatures"])),
        ],
        problems: [&OF_BODIES[..], &["snapshot_changed", "not_ready"]].concat(),
        examples: vec![Example {
            name: "along",
            summary: "The first ATM along a walk through Helsinki.",
            parameters: Vec::new(),
            body: Some((
                JSON,
                json!({
                    "along": {"type": "LineString", "coordinates": [[24.9325, 60.1686], [24.9525, 60.1679]]},
                    "buffer_m": 150, "limit": 1,
                }),
            )),
            status: 200,
            media: JSON,
            answer: include_str!("examples/along.json"),
        }],
        ..Operation::new(
            "post",
            "/v1/atms/within",
            "findAtmsWithinShape",
            "Every ATM in a box, in polygons, or along a line.",
        )
    }
}

fn atm() -> Operation {
    Operation {
        description: "With every attribute, those of which the data does not say as `unknown`.",
        in_path: Some(InPath {
            name: "id",
            meaning: "The id of the ATM, as answers give it; a slash in it may stay as it is.",
            pattern: "^[^:]+:.",
        }),
        has_etag: true,
        answers: vec![(JSON, reference("AtmAnswer")), (GEOJSON, reference("AtmFeature"))],
        problems: vec!["unknown_atm", "not_ready"],
        examples: vec![Example {
            name: "atm",
            summary: "An ATM of Helsinki.",
            parameters: vec![("id", json!("osm:node/4220208271"))],
            body: None,
            status: 200,
            media: JSON,
            answer: include_str!("examples/atm.json"),
        }],
        ..Operation::new("get", "/v1/atms/{id}", "getAtm", "One ATM with everything known of it.")
    }
}

fn vocabulary() -> Operation {
    Operation {
        description: "What filters can be asked for, and how much of the data says anything.",
        has_etag: true,
        answers: vec![(JSON, reference("Vocabulary"))],
        problems: vec!["not_ready"],
        examples: vec![Example {
            name: "vocabulary",
            summary: "The words of the data the service comes with.",
            parameters: Vec::new(),
            body: None,
            status: 200,
            media: JSON,
            answer: include_str!("examples/vocabulary.json"),
        }],
        ..Operation::new(
            "get",
            "/v1/vocabulary",
            "getVocabulary",
            "The operators, networks, brands and codes present, with counts.",
        )
    }
}

fn places() -> Vec<Operation> {
    let description = "Towns, postcodes, streets, stations, airports, and positions in any written \
                       form: degrees, plus codes, `geo:` addresses, map links. Empty where nothing \
                       fits.";
    let by_query = Operation {
        description,
        query: catalogue::places(),
        query_required: &["text"],
        answers: vec![(JSON, reference("PlacesAnswer"))],
        problems: vec!["not_ready"],
        examples: vec![Example {
            name: "places",
            summary: "Helsinki, as some write it, named in French.",
            parameters: vec![
                ("text", json!("Helsinky")),
                ("lang", json!("fr")),
                ("limit", json!(1)),
            ],
            body: None,
            status: 200,
            media: JSON,
            answer: include_str!("examples/places.json"),
        }],
        ..Operation::new(
            "get",
            "/v1/places",
            "resolvePlace",
            "The places a text may mean, best first.",
        )
    };
    let by_body = Operation {
        description: "The same by a JSON body, so that no place is in a URL.",
        body: vec![(JSON, reference("PlacesQuestion"))],
        answers: vec![(JSON, reference("PlacesAnswer"))],
        problems: [&OF_BODIES[..], &["not_ready"]].concat(),
        ..Operation::new(
            "post",
            "/v1/places",
            "resolvePlaceByBody",
            "The places a text may mean, asked without it in the URL.",
        )
    };
    vec![by_query, by_body]
}

fn service() -> Vec<Operation> {
    let alive = Operation {
        answers: vec![(JSON, reference("Alive"))],
        ..Operation::new("get", "/livez", "isAlive", "Whether the process runs.")
    };
    let ready = Operation {
        answers: vec![(JSON, reference("Ready"))],
        problems: vec!["not_ready"],
        ..Operation::new("get", "/readyz", "isReady", "Whether ATMs are loaded.")
    };
    vec![alive, ready, openapi(), docs(), llms()]
}

/// The document itself.
pub(super) fn openapi() -> Operation {
    let document = json!({"type": "object", "additionalProperties": true});
    Operation {
        has_etag: true,
        answers: vec![(JSON, document)],
        ..Operation::new("get", "/openapi.json", "getOpenapi", "This document.")
    }
}

/// The page made of it.
pub(super) fn docs() -> Operation {
    Operation {
        has_etag: true,
        answers: vec![("text/html", json!({"type": "string"}))],
        ..Operation::new("get", "/docs", "getDocs", "This document as a page to read.")
    }
}

fn llms() -> Operation {
    Operation {
        has_etag: true,
        answers: vec![("text/plain", json!({"type": "string"}))],
        ..Operation::new(
            "get",
            "/llms.txt",
            "getLlmsText",
            "The service in short, for language models.",
        )
    }
}
