//! What each parameter means and takes, as data: the one description that tool schemas, the
//! OpenAPI document and its readers' page speak from.

use serde_json::{Value, json};

use crate::domain::{Attribute, AttributeGroup, LIMIT_DEFAULT, LIMIT_MAX, LocationType};

use super::question::{WITHIN_LIMIT_DEFAULT, WITHIN_LIMIT_MAX};

/// One parameter of a question.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, in query strings and JSON bodies alike.
    pub name: &'static str,
    /// What it means, with its unit, in one or two sentences.
    pub meaning: &'static str,
    /// What it takes.
    pub takes: Takes,
}

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
    /// A whole number of at least 1. More than `most` is reduced, with a warning.
    Count {
        /// The most that counts.
        most: usize,
        /// What holds when it is not given.
        default: usize,
    },
    /// A length in metres, zero or more.
    Length,
    /// A text.
    Text,
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
}

impl Parameter {
    const fn new(name: &'static str, meaning: &'static str, takes: Takes) -> Self {
        Self { name, meaning, takes }
    }

    /// The JSON Schema (2020-12) of its value in a JSON body.
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut schema = match &self.takes {
            Takes::Number { least, most } => {
                json!({"type": "number", "minimum": least, "maximum": most})
            }
            Takes::Count { most, default } => {
                json!({"type": "integer", "minimum": 1, "maximum": most, "default": default})
            }
            Takes::Length => json!({"type": "number", "minimum": 0}),
            Takes::Text => json!({"type": "string", "minLength": 1}),
            Takes::Flag => json!({"type": "boolean", "default": false}),
            Takes::OneOf(codes) => json!({"type": "string", "enum": codes}),
            Takes::OneOfOrInstant(codes) => json!({"anyOf": [
                {"type": "string", "enum": codes},
                {"type": "string", "format": "date-time"},
            ]}),
            Takes::Names => list(&json!({"type": "string", "minLength": 1})),
            Takes::Codes(codes) => {
                list(&json!({"type": "string", "pattern": format!("^-?({})$", codes.join("|"))}))
            }
            Takes::Box => json!({
                "type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4,
            }),
        };
        schema["description"] = self.meaning.into();
        schema
    }
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items, "minItems": 1, "maxItems": super::params::VALUES_MAX})
}

/// The filters every question about ATMs takes.
#[must_use]
pub fn filters() -> Vec<Parameter> {
    let codes = |group| Takes::Codes(Attribute::of_group(group).map(Attribute::code).collect());
    let places = LocationType::STATED.iter().map(|kind| kind.code()).collect();
    vec![
        Parameter::new(
            "operator",
            "Banks or organisations that run the machine, any of them. Compared without case, \
             accents and punctuation. A leading - excludes.",
            Takes::Names,
        ),
        Parameter::new(
            "network",
            "Networks the machine belongs to, any of them, such as LINK. A leading - excludes.",
            Takes::Names,
        ),
        Parameter::new(
            "brand",
            "Names customers see on the machine, any of them. A leading - excludes.",
            Takes::Names,
        ),
        Parameter::new(
            "country",
            "Countries, ISO 3166-1 alpha-2, any of them. A leading - excludes.",
            Takes::Names,
        ),
        Parameter::new(
            "currency",
            "Currencies the machine dispenses, ISO 4217, any of them. A leading - excludes.",
            Takes::Names,
        ),
        Parameter::new(
            "location_type",
            "Kinds of place the machine stands at, any of them. A leading - excludes.",
            Takes::Codes(places),
        ),
        Parameter::new(
            "service",
            "What must be possible at the machine, all of them: cash_out is a withdrawal, cash_in a \
             deposit of notes. A leading - demands that it is not.",
            codes(AttributeGroup::Service),
        ),
        Parameter::new(
            "accessibility",
            "What must hold for who can use it, all of them. A leading - demands that it does not.",
            codes(AttributeGroup::Accessibility),
        ),
        Parameter::new(
            "feature",
            "How the machine stands, all of them. A leading - demands that it does not.",
            codes(AttributeGroup::Feature),
        ),
        Parameter::new(
            "fee",
            "free: the machine costs nothing for everyone, as far as its source says.",
            Takes::OneOf(&["free"]),
        ),
        Parameter::new(
            "open_at",
            "now, always (round the clock, every day), or an instant: open then, in the machine's \
             own time zone.",
            Takes::OneOfOrInstant(&["now", "always"]),
        ),
        Parameter::new(
            "unknown",
            "What to do with machines of which the data does not say whether they match: exclude \
             (the default), include, or only those.",
            Takes::OneOf(&["exclude", "include", "only"]),
        ),
        Parameter::new(
            "include_out_of_service",
            "Whether machines known to be out of service are answered too.",
            Takes::Flag,
        ),
    ]
}

/// What a question for the nearest takes, beside the filters.
#[must_use]
pub fn nearest() -> Vec<Parameter> {
    let mut parameters = vec![
        Parameter::new(
            "lat",
            "Latitude of the origin, WGS-84 decimal degrees, north positive. Needs lon.",
            Takes::Number { least: -90.0, most: 90.0 },
        ),
        Parameter::new(
            "lon",
            "Longitude of the origin, WGS-84 decimal degrees, east positive. Needs lat.",
            Takes::Number { least: -180.0, most: 180.0 },
        ),
        Parameter::new(
            "near",
            "The origin as a written place, instead of lat and lon: a postcode, town, street, \
             station, airport, or a position in any written form.",
            Takes::Text,
        ),
        Parameter::new(
            "limit",
            "How many neighbours to answer with.",
            Takes::Count { most: LIMIT_MAX, default: LIMIT_DEFAULT },
        ),
        Parameter::new(
            "max_distance_m",
            "How far to look, metres in a straight line over the ground; without it there is no \
             limit.",
            Takes::Length,
        ),
        Parameter::new(
            "group",
            "site (the default): one neighbour a place with its machines; atm: one a machine.",
            Takes::OneOf(&["site", "atm"]),
        ),
    ];
    parameters.extend(filters());
    parameters.push(cursor());
    parameters
}

/// What a question for a box takes, beside the filters.
#[must_use]
pub fn within() -> Vec<Parameter> {
    let mut parameters = vec![
        Parameter::new(
            "bbox",
            "West, south, east and north edge, WGS-84 decimal degrees. West greater than east \
             crosses the antimeridian.",
            Takes::Box,
        ),
        Parameter::new(
            "limit",
            "How many ATMs a page holds.",
            Takes::Count { most: WITHIN_LIMIT_MAX, default: WITHIN_LIMIT_DEFAULT },
        ),
    ];
    parameters.extend(filters());
    parameters.push(cursor());
    parameters
}

fn cursor() -> Parameter {
    Parameter::new(
        "cursor",
        "The `next` of the page before, with all other parameters unchanged.",
        Takes::Text,
    )
}

/// The schema of an object with these members and no others.
#[must_use]
pub fn object(parameters: &[Parameter]) -> Value {
    let members =
        parameters.iter().map(|parameter| (parameter.name.to_owned(), parameter.schema()));
    json!({
        "type": "object",
        "properties": Value::Object(members.collect()),
        "additionalProperties": false,
    })
}
