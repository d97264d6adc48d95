//! What a client may read and follow beside calling tools, and the prompts a person may choose.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use rmcp::model::{
    ErrorData, GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage,
    ResourceContents, ResourceTemplate, Role,
};
use serde_json::{Value, json};

use crate::domain::StatusReport;
use crate::service::Service;
use crate::snapshot::SnapshotId;

use super::words;

/// The words that occur in the data.
const VOCABULARY: &str = "atm://vocabulary";

/// What the addresses of ATMs look like.
const ATM: &str = "atm://{id}";

const SCHEME: &str = "atm://";

const JSON: &str = "application/json";

/// The prompt for the common question.
const FIND: &str = "find_an_atm";

/// Most characters of an argument of a prompt.
const ARGUMENT_CHARS_MAX: usize = 500;

/// What can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// The words that occur in the data.
    Vocabulary,
    /// The ATM of this id, if there is one.
    Atm(String),
}

/// What an address names; `None` when it is none of this service.
pub(super) fn resource(uri: &str) -> Option<Resource> {
    if uri == VOCABULARY {
        return Some(Resource::Vocabulary);
    }
    let id = percent_decode_str(uri.strip_prefix(SCHEME)?).decode_utf8().ok()?;
    (!id.is_empty()).then(|| Resource::Atm(id.into_owned()))
}

/// Every resource that has an address of its own.
pub(super) fn resources() -> Vec<rmcp::model::Resource> {
    vec![
        rmcp::model::Resource::new(VOCABULARY, "vocabulary")
            .with_title("Vocabulary")
            .with_description(
                "The operators, networks, brands, services, currencies and other words that occur \
                 in the data, with how many ATMs have each.",
            )
            .with_mime_type(JSON),
    ]
}

/// The addresses of ATMs.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(ATM, "atm")
            .with_title("One ATM")
            .with_description("Everything known of one ATM, by its id, percent-encoded.")
            .with_mime_type(JSON),
    ]
}

/// What was read; `None` when it is no text.
pub(super) fn contents(json: Vec<u8>, uri: String) -> Option<ResourceContents> {
    Some(ResourceContents::text(String::from_utf8(json).ok()?, uri).with_mime_type(JSON))
}

/// There is nothing at this address.
pub(super) fn unknown(uri: &str) -> ErrorData {
    let message = "nothing has this address; there are atm://vocabulary and atm://{id}";
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}

/// What a resource looked like: two equal marks stand for the same content, opening hours apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    snapshot: Option<SnapshotId>,
    status: Option<StatusReport>,
}

impl Mark {
    /// The marks of resources as they are now.
    pub(super) fn of_all(service: &Service, uris: &[String]) -> HashMap<String, Self> {
        let published = service.published().ok();
        let view = published.as_ref().map(|published| published.at(service.now()));
        let mark = |uri: &String| {
            let status = view.and_then(|view| {
                let Some(Resource::Atm(id)) = resource(uri) else { return None };
                view.status(view.snapshot.row_of(&id)?).cloned()
            });
            let snapshot = view.map(|view| view.snapshot.id());
            (uri.clone(), Self { snapshot, status })
        };
        uris.iter().map(mark).collect()
    }
}

/// Every prompt.
pub(super) fn prompts() -> Vec<Prompt> {
    let place = PromptArgument::new("place")
        .with_title("Place")
        .with_description("Where to look: a postcode, town, street, station or airport.")
        .with_required(false);
    let need = PromptArgument::new("need")
        .with_title("Need")
        .with_description("What it must do, such as: deposit notes, step-free, open now, free.")
        .with_required(false);
    let description = "Find the nearest ATM that does what is needed, and say what is not known.";
    vec![Prompt::new(FIND, Some(description), Some(vec![place, need])).with_title("Find an ATM")]
}

/// A prompt with its arguments filled in.
pub(super) fn prompt(name: &str, arguments: JsonObject) -> Result<GetPromptResult, ErrorData> {
    let refused = |message: &'static str| ErrorData::invalid_params(message, None);
    if name != FIND {
        return Err(refused("no prompt has this name; there is find_an_atm"));
    }
    let (mut place, mut need) = (None, None);
    for (name, value) in arguments {
        let filled = match name.as_str() {
            "place" => &mut place,
            "need" => &mut need,
            _ => return Err(refused("an argument is unknown; there are place and need")),
        };
        *filled = match value {
            Value::Null => None,
            Value::String(text) if text.chars().count() <= ARGUMENT_CHARS_MAX => {
                Some(text.trim().to_owned()).filter(|text| !text.is_empty())
            }
            Value::String(_)
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                return Err(refused("place and need are texts of at most 500 characters"));
            }
        };
    }
    let text = words::prompt(place.as_deref(), need.as_deref());
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_atms_encoded_or_not() {
        let atm = |id: &str| Some(Resource::Atm(id.to_owned()));
        assert_eq!(resource("atm://osm%3Anode%2F42"), atm("osm:node/42"));
        assert_eq!(resource("atm://osm:node/42"), atm("osm:node/42"));
        assert_eq!(resource(VOCABULARY), Some(Resource::Vocabulary));
        for other in ["atm://", "file:///etc/passwd", "vocabulary", "atm://%FF"] {
            assert_eq!(resource(other), None, "{other}");
        }
    }

    #[test]
    fn a_prompt_takes_its_own_arguments_alone() {
        let ask = |value: Value| prompt(FIND, serde_json::from_value(value).unwrap());
        let asked = ask(json!({"place": " Euston ", "need": "deposit notes"})).unwrap();
        let text = serde_json::to_string(&asked).unwrap();
        assert!(text.contains("Euston") && text.contains("deposit notes"), "{text}");
        assert!(ask(json!({})).is_ok());
        for refused in [json!({"place": 7}), json!({"lat": "1"}), json!({"need": "x".repeat(501)})]
        {
            assert!(ask(refused).is_err());
        }
        assert!(prompt("other", JsonObject::new()).is_err());
    }
}
