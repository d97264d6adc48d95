//! What each parameter means and takes, as data: the one description that tool schemas, the
//! OpenAPI document and its readers' page speak from.

mod administration;
mod takes;

use serde_json::{Value, json};

use crate::domain::{
    Attribute, AttributeGroup, LIMIT_DEFAULT, LIMIT_MAX, LINE_BUFFER_MAX_M, LocationType,
};

pub use administration::{audit, reload, status_report, status_report_of};
pub use takes::Takes;

use super::near::WRITTEN_CHARS_MAX;
use super::places::{PLACES_LIMIT_DEFAULT, PLACES_LIMIT_MAX};
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

impl Parameter {
    const fn new(name: &'static str, meaning: &'static str, takes: Takes) -> Self {
        Self { name, meaning, takes }
    }
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
            Takes::Text { most: WRITTEN_CHARS_MAX },
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
    parameters.extend([language(), cursor(), explain()]);
    parameters
}

/// What a question for places takes.
#[must_use]
pub fn places() -> Vec<Parameter> {
    vec![
        Parameter::new(
            "text",
            "What was written: a town, postcode, street, station or airport, or a position in any \
             written form.",
            Takes::Text { most: WRITTEN_CHARS_MAX },
        ),
        Parameter::new(
            "lat",
            "Latitude of where the person may be, WGS-84 decimal degrees: of places that fit \
             equally the near one comes first. Needs lon.",
            Takes::Number { least: -90.0, most: 90.0 },
        ),
        Parameter::new(
            "lon",
            "Longitude of where the person may be, WGS-84 decimal degrees. Needs lat.",
            Takes::Number { least: -180.0, most: 180.0 },
        ),
        Parameter::new(
            "limit",
            "How many candidates to answer with.",
            Takes::Count { most: PLACES_LIMIT_MAX, default: PLACES_LIMIT_DEFAULT },
        ),
        language(),
    ]
}

/// What a question for a box takes.
#[must_use]
pub fn within() -> Vec<Parameter> {
    around(vec![Parameter::new(
        "bbox",
        "West, south, east and north edge, WGS-84 decimal degrees. West greater than east crosses \
         the antimeridian.",
        Takes::Box,
    )])
}

/// What a question for what is inside polygons takes.
#[must_use]
pub fn within_polygon() -> Vec<Parameter> {
    around(vec![Parameter::new(
        "polygon",
        "The area: longitude before latitude, WGS-84 decimal degrees, rings closed and not \
         crossing, at most 10000 positions. Its boundary belongs to it.",
        Takes::Shape(&["Polygon", "MultiPolygon"]),
    )])
}

/// What a question for what is along a line takes.
#[must_use]
pub fn along() -> Vec<Parameter> {
    around(vec![
        Parameter::new(
            "along",
            "The line: longitude before latitude, WGS-84 decimal degrees, 2 to 10000 positions, at \
             most 50000 km long.",
            Takes::Shape(&["LineString"]),
        ),
        Parameter::new(
            "buffer_m",
            "How far from the line to look, metres over the ground.",
            Takes::Number { least: 0.0, most: LINE_BUFFER_MAX_M },
        ),
    ])
}

/// An area with what every question for one takes beside it.
fn around(mut parameters: Vec<Parameter>) -> Vec<Parameter> {
    parameters.push(Parameter::new(
        "limit",
        "How many ATMs a page holds.",
        Takes::Count { most: WITHIN_LIMIT_MAX, default: WITHIN_LIMIT_DEFAULT },
    ));
    parameters.extend(filters());
    parameters.extend([cursor(), explain()]);
    parameters
}

fn language() -> Parameter {
    Parameter::new("lang", "Language of names of places, BCP 47.", Takes::Language)
}

fn cursor() -> Parameter {
    Parameter::new(
        "cursor",
        "The `next` of the page before, with all other parameters unchanged.",
        Takes::Cursor,
    )
}

fn explain() -> Parameter {
    Parameter::new(
        "explain",
        "Whether to tell how the answer was found: plan, nodes visited, ATMs tested, time taken.",
        Takes::Flag,
    )
}

/// The schema of an object with these members and no others, some of them `required`.
#[must_use]
pub fn object(parameters: &[Parameter], required: &[&str]) -> Value {
    let members =
        parameters.iter().map(|parameter| (parameter.name.to_owned(), parameter.schema()));
    json!({
        "type": "object",
        "required": required,
        "properties": Value::Object(members.collect()),
        "additionalProperties": false,
    })
}
