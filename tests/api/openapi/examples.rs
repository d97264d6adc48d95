//! The examples of the documents, asked of the service.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Described, both, is_to_be_blessed, root};

/// A value as a query string or path has it.
fn written(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(written_plainly).collect::<Vec<_>>().join(","),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    };
    utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
}

fn written_plainly(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The digest of a question in a cursor may differ between compilers, and what a conversation was
/// is encrypted anew each time.
fn without_digests(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(next)) = members.get_mut("next") {
                next.replace_range(32..48, "0000000000000000");
            }
            if let Some(Value::String(context)) = members.get_mut("context") {
                "…".clone_into(context);
            }
            members.values_mut().for_each(without_digests);
        }
        Value::Array(items) => items.iter_mut().for_each(without_digests),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The path and query string of the example of this name.
fn target(path: &str, operation: &Value, name: &str) -> String {
    let (mut target, mut query) = (path.to_owned(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let value = &parameter["examples"][name]["value"];
        if value.is_null() {
            continue;
        }
        let parameter_name = parameter["name"].as_str().unwrap();
        match parameter["in"].as_str() {
            Some("path") => {
                target = target.replace(&format!("{{{parameter_name}}}"), &written(value));
            }
            _ => query.push(format!("{parameter_name}={}", written(value))),
        }
    }
    if query.is_empty() { target } else { format!("{target}?{}", query.join("&")) }
}

async fn assert_true(described: &mut Described) -> usize {
    let mut asked = 0;
    for (method, path, operation) in described.operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            for (media, content) in response["content"].as_object().into_iter().flatten() {
                for (name, example) in content["examples"].as_object().into_iter().flatten() {
                    let body = operation["requestBody"]["content"].as_object();
                    let body = body.into_iter().flatten().find_map(|(media, content)| {
                        let value = &content["examples"][name]["value"];
                        (!value.is_null()).then(|| (media.as_str(), value.to_string()))
                    });
                    let target = target(&path, &operation, name);
                    let accept = format!("{media}, application/problem+json");
                    let accept = if status == "200" { &accept } else { "*/*" };
                    let answer = described.ask(&method, &target, accept, body).await;
                    assert_eq!(answer.status.as_str(), status, "{name}: {}", answer.text());
                    let (mut said, mut told) = (answer.json(), example["value"].clone());
                    described.assert_documented(&method, &path, &answer);
                    without_digests(&mut said);
                    if is_to_be_blessed() {
                        let file = format!("src/http/openapi/examples/{name}.json");
                        std::fs::write(root().join(file), format!("{said:#}\n")).unwrap();
                        told = said.clone();
                    }
                    without_digests(&mut told);
                    assert_eq!(said, told, "{name} has changed; BLESS=1 takes it, twice");
                    asked += 1;
                }
            }
        }
    }
    asked
}

#[tokio::test]
async fn every_example_is_what_the_service_answers() {
    let (mut public, mut admin) = both().await;
    assert!(assert_true(&mut public).await >= 10);
    assert!(assert_true(&mut admin).await >= 3);
}
