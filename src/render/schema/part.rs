//! The pieces schemas are made of.

use serde_json::{Map, Value, json};

use super::COMPONENTS;

/// One member of an object.
pub struct Member {
    name: &'static str,
    schema: Value,
    is_required: bool,
}

/// A member that is always there.
#[must_use]
pub fn required(name: &'static str, schema: Value) -> Member {
    Member { name, schema, is_required: true }
}

/// A member that is left out where there is nothing to say.
#[must_use]
pub fn optional(name: &'static str, schema: Value) -> Member {
    Member { name, schema, is_required: false }
}

/// An object of these members and no others.
#[must_use]
pub fn object(description: &str, members: impl IntoIterator<Item = Member>) -> Value {
    let (mut properties, mut names) = (Map::new(), Vec::new());
    for Member { name, schema, is_required } in members {
        if is_required {
            names.push(name);
        }
        properties.insert(name.to_owned(), schema);
    }
    let mut schema = json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": false,
    });
    if !names.is_empty() {
        schema["required"] = names.into();
    }
    schema
}

/// An object of any names, each with such a value.
#[must_use]
pub fn map_of(values: &Value, description: &str) -> Value {
    json!({"type": "object", "additionalProperties": values, "description": description})
}

/// A text.
#[must_use]
pub fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// An instant by RFC 3339.
#[must_use]
pub fn instant(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

/// A number.
#[must_use]
pub fn number(description: &str) -> Value {
    json!({"type": "number", "description": description})
}

/// A whole number, zero or more.
#[must_use]
pub fn whole(description: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": description})
}

/// True or false.
#[must_use]
pub fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

/// One of these codes.
#[must_use]
pub fn code(codes: &[&str], description: &str) -> Value {
    json!({"type": "string", "enum": codes, "description": description})
}

/// This very text.
#[must_use]
pub fn constant(value: &str) -> Value {
    json!({"type": "string", "const": value})
}

/// A list of such items.
#[must_use]
pub fn list(items: &Value, description: &str) -> Value {
    json!({"type": "array", "items": items, "description": description})
}

/// The schema of a name.
#[must_use]
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("{COMPONENTS}{name}")})
}

/// One of these schemas, and not two.
#[must_use]
pub fn either(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({"oneOf": schemas.into_iter().collect::<Vec<_>>()})
}

/// The same, or null.
#[must_use]
pub fn or_null(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(kind @ Value::String(_)) => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}
