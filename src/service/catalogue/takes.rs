//! What a parameter takes, and the JSON Schema of that.

use serde_json::{Value, json};

use super::super::params::{LANGUAGE_BYTES_MAX, VALUE_CHARS_MAX, VALUES_MAX};
use super::Parameter;

/// What a parameter takes.
#[derive(Clone, Debug)]
pub enum Takes {
    /// A number within bounds, both included.
    Number {
        /// The least.
        least: f64,
        /// The greatest.
        most: f64,
    },
    /// A whole number of at least 1. More than `most` is taken for `most`, with a warning.
    Count {
        /// The most that counts.
        most: usize,
        /// What holds when it is not given.
        default: usize,
    },
    /// A length in metres, zero or more.
    Length,
    /// A text that is not blank.
    Text {
        /// Most characters it may have.
        most: usize,
    },
    /// The id or name of something there is.
    Name,
    /// A language tag of BCP 47.
    Language,
    /// What a page before gave as `next`.
    Cursor,
    /// `true` or `false`; `false` when it is not given.
    Flag,
    /// One of these codes.
    OneOf(&'static [&'static str]),
    /// One of these codes, or an instant as RFC 3339 writes it.
    OneOfOrInstant(&'static [&'static str]),
    /// Any names; a leading `-` excludes.
    Names,
    /// Some of these codes; a leading `-` excludes.
    Codes(Vec<&'static str>),
    /// Four numbers: west, south, east, north.
    Box,
    /// A GeoJSON geometry of one of these types, or a Feature of one.
    Shape(&'static [&'static str]),
    /// An instant, as RFC 3339 writes it.
    Instant,
    /// A text on one line.
    Line {
        /// Most characters it may have.
        most: usize,
    },
    /// A whole number within bounds, both included.
    Whole {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
        /// What holds when it is not given.
        default: u32,
    },
    /// A number that an answer gave, in digits.
    Digits,
}

impl Parameter {
    /// The JSON Schema (2020-12) of its value in a JSON body. A list may also be written as in a
    /// query string: one text, with commas between the values.
    #[must_use]
    pub fn schema(&self) -> Value {
        let plain = self.plain_schema();
        let schema = if matches!(self.takes, Takes::Box) {
            let text = json!({"type": "string", "pattern": edges_pattern(),
                              "description": "The four numbers, separated by commas."});
            json!({"anyOf": [plain, text]})
        } else if self.is_list() {
            let text = json!({"type": "string",
                              "pattern": "^\\s*[^\\s,][^,]*(,\\s*[^\\s,][^,]*)*$",
                              "description": "The values, separated by commas."});
            json!({"anyOf": [plain, text]})
        } else {
            plain
        };
        self.described(schema)
    }

    /// The JSON Schema (2020-12) of its value in a query string, where lists are written with
    /// commas between their values.
    #[must_use]
    pub fn query_schema(&self) -> Value {
        self.described(self.plain_schema())
    }

    /// Whether its value is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.takes, Takes::Names | Takes::Codes(_) | Takes::Box)
    }

    fn described(&self, mut schema: Value) -> Value {
        let mut meaning = self.meaning.to_owned();
        if let Takes::Count { most, default } = self.takes {
            let more = format!("More than {most} is taken for {most}, with a warning.");
            meaning = format!("{meaning} {default} when it is not given. {more}");
        }
        schema["description"] = meaning.into();
        schema
    }

    fn plain_schema(&self) -> Value {
        match &self.takes {
            Takes::Number { least, most } => {
                json!({"type": "number", "minimum": least, "maximum": most})
            }
            Takes::Count { default, .. } => {
                json!({"type": "integer", "minimum": 1, "default": default})
            }
            Takes::Length => json!({"type": "number", "minimum": 0}),
            Takes::Text { most } => {
                json!({"type": "string", "minLength": 1, "maxLength": most, "pattern": "\\S"})
            }
            Takes::Name => json!({"type": "string", "minLength": 1}),
            Takes::Language => {
                json!({"type": "string", "pattern": format!("^[A-Za-z0-9-]{{2,{LANGUAGE_BYTES_MAX}}}$")})
            }
            Takes::Cursor => json!({"type": "string", "pattern": "^[0-9a-f]{56}([0-9a-f]{10})?$"}),
            Takes::Flag => json!({"type": "boolean", "default": false}),
            Takes::OneOf(codes) => json!({"type": "string", "enum": codes}),
            Takes::OneOfOrInstant(codes) => json!({"anyOf": [
                {"type": "string", "enum": codes},
                {"type": "string", "format": "date-time"},
            ]}),
            // A letter or digit of any script: something else than the signs of ASCII.
            Takes::Names => list(&json!({
                "type": "string", "minLength": 1, "maxLength": VALUE_CHARS_MAX,
                "pattern": "[^\\u0000-/:-@\\[-`{-\\u00a9]",
            })),
            Takes::Codes(codes) => {
                list(&json!({"type": "string", "pattern": format!("^-?({})$", codes.join("|"))}))
            }
            Takes::Box => json!({
                "type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4,
            }),
            Takes::Shape(types) => shape(types),
            Takes::Instant => json!({"type": "string", "format": "date-time"}),
            Takes::Line { most } => json!({
                "type": "string", "maxLength": most, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
            }),
            Takes::Whole { least, most, default } => json!({
                "type": "integer", "minimum": least, "maximum": most, "default": default,
            }),
            Takes::Digits => json!({"type": "string", "pattern": "^[0-9]{1,18}$"}),
        }
    }
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items, "minItems": 1, "maxItems": VALUES_MAX})
}

/// What four numbers with commas between them look like.
fn edges_pattern() -> String {
    let number = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*";
    format!("^{}$", [number; 4].join(","))
}

/// A GeoJSON geometry, or a Feature of one. Members beside those of RFC 7946 are passed over.
fn shape(types: &[&str]) -> Value {
    let numbers =
        json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3});
    let list_of =
        |items: &Value, least: usize| json!({"type": "array", "items": items, "minItems": least});
    let geometry = |kind: &&str| {
        let coordinates = match *kind {
            "LineString" => list_of(&numbers, 2),
            "Polygon" => list_of(&list_of(&numbers, 4), 1),
            _ => list_of(&list_of(&list_of(&numbers, 4), 1), 1),
        };
        json!({
            "type": "object", "title": kind,
            "required": ["type", "coordinates"],
            "properties": {"type": {"const": kind}, "coordinates": coordinates},
        })
    };
    let mut kinds: Vec<Value> = types.iter().map(geometry).collect();
    let of_feature = match kinds.as_slice() {
        [one] => one.clone(),
        several => json!({"oneOf": several}),
    };
    let feature = json!({
        "type": "object", "title": format!("{}Feature", types.concat()),
        "required": ["type", "geometry"],
        "properties": {"type": {"const": "Feature"}, "geometry": of_feature},
    });
    kinds.push(feature);
    json!({"oneOf": kinds})
}
