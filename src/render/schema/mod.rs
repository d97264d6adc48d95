//! What answers look like, as JSON Schema (2020-12): closed, so that a member an answer has and its
//! schema has not is found. `tests/api/openapi/` holds real answers against them.
//!
//! The serialisers beside this module write by hand; these are the same members by the same names.

mod atm;
mod geojson;
mod hits;
mod part;
mod places;
mod statuses;

use crate::domain::StaleSource;
use serde_json::{Map, Value, json};

pub use statuses::durable;

pub use part::{
    Member, code, constant, either, flag, instant, list, map_of, number, object, optional, or_null,
    reference, required, text, whole,
};

/// Where schemas refer to each other in an OpenAPI document.
pub const COMPONENTS: &str = "#/components/schemas/";

/// The schema of every answer and of its parts, by name. They refer to each other below
/// [`COMPONENTS`].
#[must_use]
pub fn all() -> Map<String, Value> {
    let parts = [
        atm::schemas(),
        hits::schemas(),
        places::schemas(),
        geojson::schemas(),
        statuses::schemas(),
    ];
    parts.into_iter().flatten().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// The schema of one answer by itself, as tools of language models declare it: what it refers to
/// stands in `$defs`. `None` when no answer has the name.
#[must_use]
pub fn standalone(name: &str) -> Option<Value> {
    let all = all();
    let mut schema = all.get(name)?.clone();
    schema["$defs"] = needed(&schema, &all).into();
    into_definitions(&mut schema);
    Some(schema)
}

/// Those of `all` schemas that a document refers to, directly and by way of others.
#[must_use]
pub fn needed(document: &Value, all: &Map<String, Value>) -> Map<String, Value> {
    let mut needed = Map::new();
    let mut unread = referred(document);
    while let Some(name) = unread.pop() {
        if let Some(schema) = all.get(&name)
            && !needed.contains_key(&name)
        {
            unread.extend(referred(schema));
            needed.insert(name, schema.clone());
        }
    }
    needed
}

/// The names of the schemas one refers to.
fn referred(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|target| target.strip_prefix(COMPONENTS)).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(referred)).collect()
        }
        Value::Array(items) => items.iter().flat_map(referred).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// Lets every reference point to `$defs`.
fn into_definitions(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && let Some(name) = target.strip_prefix(COMPONENTS)
            {
                *target = format!("#/$defs/{name}");
            }
            members.values_mut().for_each(into_definitions);
        }
        Value::Array(items) => items.iter_mut().for_each(into_definitions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A named schema.
type Named = (&'static str, Value);

/// The data an answer is made from.
fn snapshot() -> Named {
    let members = object(
        "The data an answer is made from.",
        [
            required("id", text("Changes with every change of the data.")),
            required(
                "as_of",
                or_null(instant("When the data was current; null where a source does not say.")),
            ),
            optional(
                "stale",
                list(&reference("StaleSource"), "Sources that may say more by now, if any."),
            ),
        ],
    );
    ("SnapshotReference", members)
}

/// A source whose data may be older than what it says by now.
fn stale_source() -> Named {
    let members = object(
        "A source of which what is served may be older than what it says by now.",
        [
            required("source", text("Its name in the configuration.")),
            required("reason", code(&StaleSource::REASONS, "Why.")),
            required(
                "confirmed_at",
                or_null(instant("When it was last known to say what is served.")),
            ),
        ],
    );
    ("StaleSource", members)
}

fn credits() -> Value {
    list(&text("A credit."), "Whom to credit for the data shown.")
}

/// A position as an object of latitude and longitude.
fn position() -> Named {
    let members = object(
        "A position, WGS-84 decimal degrees, at most 7 decimals.",
        [
            required(
                "lat",
                json!({"type": "number", "minimum": -90, "maximum": 90,
                                   "description": "Latitude, north positive."}),
            ),
            required(
                "lon",
                json!({"type": "number", "minimum": -180, "maximum": 180,
                                   "description": "Longitude, east positive."}),
            ),
        ],
    );
    ("Position", members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere_and_every_schema_is_closed() {
        fn assert_closed(name: &str, schema: &Value) {
            match schema {
                Value::Object(members) => {
                    if members.get("type") == Some(&json!("object")) {
                        assert!(members.contains_key("additionalProperties"), "{name}: {schema}");
                    }
                    members.values().for_each(|member| assert_closed(name, member));
                }
                Value::Array(items) => items.iter().for_each(|item| assert_closed(name, item)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let all = all();
        for (name, schema) in &all {
            assert_closed(name, schema);
            for target in referred(schema) {
                assert!(all.contains_key(&target), "{name} refers to {target}");
            }
        }
    }

    #[test]
    fn a_schema_by_itself_refers_to_nothing_outside() {
        let schema = standalone("NearestAnswer").unwrap();
        assert!(schema["$defs"]["Openness"].is_object());
        assert!(referred(&schema).is_empty());
        assert_eq!(standalone("Nothing"), None);
    }
}
