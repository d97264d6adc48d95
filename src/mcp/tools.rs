//! The tools: what they are called, what they take, and how they answer.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, JsonObject, ToolAnnotations};
use serde_json::{Value, json};

use crate::http::Problem;
use crate::render::schema;
use crate::service::catalogue::{self, Parameter, Takes};
use crate::service::{NO_PARAMETER, VALUE_CHARS_MAX, VALUES_MAX};

use super::arguments::{CONSENT, has};
use super::nearest::HIDDEN;
use super::words;

/// How many neighbours a model gets that does not say: as many as a reply can tell of.
pub(super) const NEAREST_LIMIT: usize = 5;

/// How many ATMs of an area a model gets that does not say.
pub(super) const WITHIN_LIMIT: usize = 20;

/// Which dialect of JSON Schema the schemas are in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// The nearest to a place or position.
    FindNearest,
    /// Everything in an area, or along a line.
    FindWithin,
    /// The places a text may mean.
    ResolvePlace,
    /// Everything known of one machine.
    GetAtm,
    /// That a machine works, or does not.
    ReportStatus,
}

impl Tool {
    /// Every tool, in the order they are listed.
    const ALL: [Self; 5] =
        [Self::FindNearest, Self::FindWithin, Self::ResolvePlace, Self::GetAtm, Self::ReportStatus];

    /// The tool of this name, among those a caller may call.
    pub(super) fn named(name: &str, may_report: bool) -> Option<Self> {
        Self::open_to(may_report).find(|tool| tool.name() == name)
    }

    fn open_to(may_report: bool) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |tool| may_report || *tool != Self::ReportStatus)
    }

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FindNearest => "find_nearest_atms",
            Self::FindWithin => "find_atms_within",
            Self::ResolvePlace => "resolve_place",
            Self::GetAtm => "get_atm",
            Self::ReportStatus => "report_atm_status",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::FindNearest => "Find the nearest ATMs",
            Self::FindWithin => "Find the ATMs in an area or along a line",
            Self::ResolvePlace => "Find a place by its name",
            Self::GetAtm => "Get one ATM",
            Self::ReportStatus => "Report whether an ATM works",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::FindNearest => {
                "Finds the ATMs nearest to a written place (near) or a position (lat and lon), \
                 nearest first, by straight-line distance over the ground. Give the filters the \
                 person asked for and no others. A value that is unknown, or a member that is \
                 missing, means that the data does not say: never tell it as no. When fewer match \
                 than were asked for, relaxations says what to give up for more."
            }
            Self::FindWithin => {
                "Finds every ATM in a box, in polygons, or along a line, page by page: give one of \
                 bbox, polygon, or along with buffer_m. For the nearest to a place use \
                 find_nearest_atms."
            }
            Self::ResolvePlace => {
                "Finds the places a text may mean, best first: towns, postcodes, streets, stations, \
                 airports, regions, countries, written positions. find_nearest_atms understands \
                 near by itself; use this to let the person choose, or to get a position."
            }
            Self::GetAtm => {
                "Everything known of one ATM: address, services, accessibility, fees, currencies, \
                 opening hours, live status, source. Takes the id an earlier answer gave."
            }
            Self::ReportStatus => {
                "Records that an ATM works or does not, right now. Everybody's answers show it \
                 until it expires. Only for what has been observed."
            }
        }
    }

    fn annotations(self) -> ToolAnnotations {
        let is_report = self == Self::ReportStatus;
        ToolAnnotations::with_title(self.title())
            .read_only(!is_report)
            .destructive(false)
            .idempotent(true)
            .open_world(false)
    }

    fn input_schema(self) -> Value {
        let limited = |mut parameters: Vec<Parameter>, limit: usize| {
            parameters.retain(|parameter| !HIDDEN.contains(&parameter.name));
            for parameter in &mut parameters {
                if let Takes::Count { default, .. } = &mut parameter.takes {
                    *default = limit;
                }
            }
            parameters
        };
        match self {
            Self::FindNearest => {
                let mut schema = closed(&limited(catalogue::nearest(), NEAREST_LIMIT), &[]);
                schema["properties"][CONSENT] = json!({
                    "type": "boolean", "default": false,
                    "description": "Only with a position (lat and lon, or a position written in \
                        near). true: it is not the person's own, or they have agreed in this \
                        conversation that it is used. It is used for this answer and not kept.",
                });
                schema
            }
            Self::FindWithin => {
                let mut parameters = limited(catalogue::within(), WITHIN_LIMIT);
                for shape in [catalogue::within_polygon(), catalogue::along()] {
                    let is_new = |one: &Parameter| parameters.iter().all(|p| p.name != one.name);
                    let new: Vec<Parameter> = shape.into_iter().filter(|one| is_new(one)).collect();
                    parameters.extend(new);
                }
                parameters.retain(|parameter| !HIDDEN.contains(&parameter.name));
                closed(&parameters, &[])
            }
            Self::ResolvePlace => {
                let mut parameters = catalogue::places();
                parameters.retain(|parameter| !["lat", "lon"].contains(&parameter.name));
                closed(&parameters, &["text"])
            }
            Self::GetAtm => closed(
                &[Parameter {
                    name: "id",
                    meaning: "The id of the ATM, such as osm:node/4220208271.",
                    takes: Takes::Name,
                }],
                &["id"],
            ),
            Self::ReportStatus => closed(&catalogue::status_report_of(), &["id", "state"]),
        }
    }

    /// A problem with arguments that the HTTP interface has and this tool has not, or the other way
    /// round, in the terms of this tool.
    pub(super) fn in_its_terms(self, problem: Problem) -> Problem {
        let Problem::InvalidParameters(mut faults) = problem else { return problem };
        let schema = self.input_schema();
        let names = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name);
        let names = names.cloned().collect::<Vec<_>>().join(", ");
        for fault in &mut faults.0 {
            if let Some(rest) = fault.detail.strip_prefix(NO_PARAMETER) {
                fault.detail = format!("is not an argument of this tool{rest}");
                fault.accepted.clone_from(&names);
            }
        }
        faults.into()
    }

    /// What its answers look like: those of the HTTP interface.
    fn output_schema(self) -> Option<Value> {
        match self {
            Self::FindNearest => answers(&["NearestAnswer"]),
            Self::FindWithin => answers(&["WithinAnswer", "AlongAnswer"]),
            Self::ResolvePlace => answers(&["PlacesAnswer"]),
            Self::GetAtm => answers(&["AtmAnswer"]),
            Self::ReportStatus => answers(&["StatusOutcome"]),
        }
    }

    fn listed(self) -> rmcp::model::Tool {
        let (name, description) = (self.name(), self.description());
        let tool = rmcp::model::Tool::new(name, description, object(self.input_schema()))
            .with_title(self.title())
            .with_annotations(self.annotations());
        match self.output_schema() {
            Some(schema) => tool.with_raw_output_schema(object(schema)),
            None => tool,
        }
    }
}

/// Every tool a caller may call, in an order that does not change.
pub(super) fn list(may_report: bool) -> Vec<rmcp::model::Tool> {
    Tool::open_to(may_report).map(Tool::listed).collect()
}

/// The schema of an answer that is one of these of the HTTP interface; `None` when there is none of
/// such a name.
fn answers(names: &[&str]) -> Option<Value> {
    let mut definitions = JsonObject::new();
    let mut kinds = Vec::new();
    for name in names {
        let mut schema = schema::standalone(name)?;
        if let Some(Value::Object(parts)) = schema.as_object_mut()?.remove("$defs") {
            definitions.extend(parts);
        }
        kinds.push(json!({"$ref": format!("#/$defs/{name}")}));
        definitions.insert((*name).to_owned(), schema);
    }
    let definitions = Value::Object(definitions);
    Some(json!({"$schema": DIALECT, "type": "object", "anyOf": kinds, "$defs": definitions}))
}

fn object(schema: Value) -> Arc<JsonObject> {
    Arc::new(if let Value::Object(schema) = schema { schema } else { JsonObject::new() })
}

/// The schema of arguments with these names and no others.
fn closed(parameters: &[Parameter], required: &[&str]) -> Value {
    let members = parameters.iter().map(|one| (one.name.to_owned(), argument(one)));
    json!({
        "$schema": DIALECT,
        "type": "object",
        "properties": Value::Object(members.collect()),
        "required": required,
        "additionalProperties": false,
    })
}

/// The schema of one argument. Codes are listed one by one, those that exclude too: models fill in
/// what is listed more surely than what must match a pattern.
fn argument(parameter: &Parameter) -> Value {
    let some_of = |items: Value| {
        json!({"type": "array", "items": items, "minItems": 1, "maxItems": VALUES_MAX,
               "description": parameter.meaning})
    };
    if matches!(parameter.takes, Takes::Names) {
        return some_of(json!({"type": "string", "minLength": 1, "maxLength": VALUE_CHARS_MAX}));
    }
    let Takes::Codes(codes) = &parameter.takes else { return parameter.query_schema() };
    let excluding = codes.iter().map(|code| format!("-{code}"));
    let all: Vec<String> = codes.iter().map(|&code| code.to_owned()).chain(excluding).collect();
    some_of(json!({"type": "string", "enum": all}))
}

/// Arguments with the number of answers that suits a model, where it does not say.
pub(super) fn with_limit(mut arguments: JsonObject, limit: usize) -> JsonObject {
    if !has(&arguments, "limit") {
        arguments.insert("limit".to_owned(), limit.into());
    }
    arguments
}

/// An answer as a model gets it: in a few lines, as JSON text for clients that pass on nothing
/// else, and as JSON.
pub(super) fn told(tool: Tool, json: Value, text: String, note: Option<&str>) -> CallToolResult {
    let mut lines = words::of_answer(tool, &json);
    if let Some(note) = note {
        lines.push_str(note);
        lines.push('\n');
    }
    let mut result = CallToolResult::structured(json);
    result.content = vec![ContentBlock::text(lines), ContentBlock::text(text)];
    result
}

/// A failure as a model gets it: what is wrong and what to do about it, and the problem document of
/// the HTTP interface, if it has one.
pub(super) fn failed(text: String, problem: Option<String>) -> CallToolResult {
    let problem = problem.map(ContentBlock::text);
    CallToolResult::error([ContentBlock::text(text)].into_iter().chain(problem).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_administrators_are_shown_the_tool_that_changes_something() {
        let names = |may_report| list(may_report).into_iter().map(|t| t.name).collect::<Vec<_>>();
        assert_eq!(names(false).len(), 4);
        assert_eq!(names(true).len(), 5);
        assert_eq!(Tool::named("report_atm_status", false), None);
        for tool in list(true) {
            let is_read_only = tool.annotations.and_then(|hints| hints.read_only_hint);
            assert_eq!(is_read_only, Some(tool.name != "report_atm_status"));
        }
    }

    #[test]
    fn schemas_are_closed_and_compile() {
        for tool in list(true) {
            let schema = tool.schema_as_json_value();
            assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
            jsonschema::draft202012::new(&schema).unwrap();
            let answers = Value::Object((*tool.output_schema.unwrap()).clone());
            jsonschema::draft202012::new(&answers).unwrap();
        }
    }

    #[test]
    fn what_the_schema_of_the_nearest_allows_is_a_question() {
        let schema = Tool::FindNearest.input_schema();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for (arguments, is_valid) in [
            (json!({"near": "Euston", "service": ["cash_in", "-coins_in"], "limit": 3}), true),
            (json!({"lat": 51.5, "lon": -0.1, "position_consent": true, "open_at": "now"}), true),
            (json!({"lat": 123, "lon": 0}), false),
            (json!({"near": "Euston", "service": ["gold"]}), false),
            (json!({"near": "Euston", "colour": "red"}), false),
        ] {
            assert_eq!(validator.is_valid(&arguments), is_valid, "{arguments}");
        }
    }
}
