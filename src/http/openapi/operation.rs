//! One request that can be made, and its part of the document.

use serde_json::{Map, Value, json};

use crate::render::schema::{COMPONENTS, reference};
use crate::service::catalogue::{self, Parameter};

use super::problems;

/// One request that can be made: a method of a path.
pub(super) struct Operation {
    /// `get`, `post`, `put` or `delete`.
    pub(super) method: &'static str,
    /// The path, with its parameter in braces.
    pub(super) path: &'static str,
    /// Names it for programs; it stays.
    pub(super) id: &'static str,
    /// What it belongs to.
    pub(super) tag: &'static str,
    /// What it does, in a few words.
    pub(super) summary: &'static str,
    /// What else there is to know.
    pub(super) description: &'static str,
    /// What the path's parameter means, and the pattern it has.
    pub(super) in_path: Option<InPath>,
    /// What the query string may hold.
    pub(super) query: Vec<Parameter>,
    /// Which of that must be there.
    pub(super) query_required: &'static [&'static str],
    /// What the body may be, by media type.
    pub(super) body: Vec<(&'static str, Value)>,
    /// Whether there must be a body.
    pub(super) is_body_required: bool,
    /// Whether an answer can be asked for again by its `ETag`.
    pub(super) has_etag: bool,
    /// What is answered, by media type.
    pub(super) answers: Vec<(&'static str, Value)>,
    /// The codes of the problems there may be, beside those of every request.
    pub(super) problems: Vec<&'static str>,
    /// Whether it needs a credential.
    pub(super) is_guarded: bool,
    /// Questions with their answers, as the service gives them of the data it comes with.
    pub(super) examples: Vec<Example>,
}

/// The parameter of a path.
#[derive(Clone, Copy)]
pub(super) struct InPath {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) pattern: &'static str,
}

/// A question with its answer. One name stands for both in the document.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// Values of parameters in path and query string.
    pub(super) parameters: Vec<(&'static str, Value)>,
    /// The body, and its media type.
    pub(super) body: Option<(&'static str, Value)>,
    /// The status of the answer, and its media type.
    pub(super) status: u16,
    pub(super) media: &'static str,
    /// The answer, JSON.
    pub(super) answer: &'static str,
}

impl Operation {
    /// A request without parameters, body and problems of its own.
    pub(super) fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            tag: "",
            summary,
            description: "",
            in_path: None,
            query: Vec::new(),
            query_required: &[],
            body: Vec::new(),
            is_body_required: true,
            has_etag: false,
            answers: Vec::new(),
            problems: Vec::new(),
            is_guarded: false,
            examples: Vec::new(),
        }
    }

    /// Its place in the document, below its path and method.
    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "responses": self.responses(),
        });
        if !self.description.is_empty() {
            json["description"] = self.description.into();
        }
        let parameters = self.parameters();
        if !parameters.is_empty() {
            json["parameters"] = parameters.into();
        }
        if !self.body.is_empty() {
            json["requestBody"] = self.request_body();
        }
        if self.is_guarded {
            json["security"] = json!([{"bearer": []}]);
        }
        json
    }

    fn parameters(&self) -> Vec<Value> {
        let mut parameters = Vec::new();
        if let Some(InPath { name, meaning, pattern }) = self.in_path {
            parameters.push(json!({
                "name": name, "in": "path", "required": true, "description": meaning,
                "schema": {"type": "string", "pattern": pattern},
            }));
        }
        for parameter in &self.query {
            let mut schema = parameter.query_schema();
            let description =
                schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut json = json!({
                "name": parameter.name, "in": "query", "schema": schema,
                "description": description,
                "required": self.query_required.contains(&parameter.name),
            });
            if parameter.is_list() {
                json["style"] = "form".into();
                json["explode"] = false.into();
            }
            parameters.push(json);
        }
        for json in &mut parameters {
            let name = json["name"].as_str().unwrap_or_default().to_owned();
            let given = self.examples.iter().filter_map(|example| {
                let (_, value) = example.parameters.iter().find(|(given, _)| *given == name)?;
                Some((example.name.to_owned(), json!({"value": value})))
            });
            let given: Map<String, Value> = given.collect();
            if !given.is_empty() {
                json["examples"] = given.into();
            }
        }
        if self.has_etag {
            parameters.push(json!({
                "name": "If-None-Match", "in": "header", "schema": {"type": "string"},
                "description": "The `ETag` of an earlier answer: where it still holds, 304 says so.",
            }));
        }
        parameters
    }

    fn request_body(&self) -> Value {
        let mut content = Map::new();
        for (media, schema) in &self.body {
            let mut json = json!({"schema": schema});
            let given = self.examples.iter().filter_map(|example| {
                let (_, value) = example.body.as_ref().filter(|(of, _)| of == media)?;
                Some((example.name.to_owned(), json!({"summary": example.summary, "value": value})))
            });
            let given: Map<String, Value> = given.collect();
            if !given.is_empty() {
                json["examples"] = given.into();
            }
            content.insert((*media).to_owned(), json);
        }
        json!({"required": self.is_body_required, "content": content})
    }

    fn responses(&self) -> Value {
        let mut responses = Map::new();
        let mut content = Map::new();
        for (media, schema) in &self.answers {
            content.insert((*media).to_owned(), self.content(200, media, schema));
        }
        let mut answer = json!({"description": self.summary, "content": content});
        if self.has_etag {
            answer["headers"] = json!({"ETag": {
                "description": "Names this very answer; it changes with the data.",
                "schema": {"type": "string"},
            }});
            responses.insert(
                "304".to_owned(),
                json!({"description": "The answer of this `ETag` still holds."}),
            );
        }
        responses.insert("200".to_owned(), answer);
        for (status, kinds) in problems::by_status(&self.problems, self.is_guarded) {
            let schema = match kinds.as_slice() {
                [one] => reference(&one.schema_name()),
                several => told_apart(several),
            };
            let media = "application/problem+json";
            let codes: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.code)).collect();
            let mut response = json!({
                "description": codes.join(", "),
                "content": {media: self.content(status, media, &schema)},
            });
            if let Some(headers) = problems::headers(status) {
                response["headers"] = headers;
            }
            responses.insert(status.to_string(), response);
        }
        responses.into()
    }

    /// The content of an answer, with its examples.
    fn content(&self, status: u16, media: &str, schema: &Value) -> Value {
        let mut json = json!({"schema": schema});
        let given = self
            .examples
            .iter()
            .filter(|example| example.status == status && example.media == media);
        let given: Map<String, Value> = given
            .map(|example| {
                // A test holds every example to what the service answers.
                let answer: Value = serde_json::from_str(example.answer).unwrap_or_default();
                (example.name.to_owned(), json!({"summary": example.summary, "value": answer}))
            })
            .collect();
        if !given.is_empty() {
            json["examples"] = given.into();
        }
        json
    }
}

/// The schema of a body with these members and no others, some of them `required`. What holds for
/// members left out is told in words: generators take a member with a `default` for one that is
/// always there.
pub(super) fn body(parameters: &[Parameter], required: &[&str]) -> Value {
    let mut schema = catalogue::object(parameters, required);
    let members = schema["properties"].as_object_mut();
    for member in members.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        member.remove("default");
    }
    schema
}

/// One of several problems, told apart by their code.
fn told_apart(kinds: &[problems::Kind]) -> Value {
    let refs: Vec<Value> = kinds.iter().map(|kind| reference(&kind.schema_name())).collect();
    let mapping: Map<String, Value> = kinds
        .iter()
        .map(|kind| (kind.code.to_owned(), format!("{COMPONENTS}{}", kind.schema_name()).into()))
        .collect();
    json!({"oneOf": refs, "discriminator": {"propertyName": "code", "mapping": mapping}})
}
