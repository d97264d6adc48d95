//! The arguments of a call, on their way to parameters.

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::service::{Given, InvalidParameters, NO_PARAMETER, Params};

/// The argument by which a model says that a position may be used.
pub(super) const CONSENT: &str = "position_consent";

/// Arguments as parameters; those in `hidden` are of another interface, and refused. Null is what
/// was not given: models write it for what they leave out.
pub(super) fn params(arguments: &JsonObject, hidden: &[&str]) -> Params<'static> {
    const ACCEPTED: &str = "a number, a string, true or false, an array of one kind, or a shape";
    let mut params = Params::default();
    for (name, value) in arguments {
        if hidden.contains(&name.as_str()) {
            params.fault(name, NO_PARAMETER, "those of the schema");
            continue;
        }
        match given(value) {
            Some(given) => params.add(name.clone(), given),
            None if value.is_null() => params.leave_out(name.clone()),
            None => params.fault(name, "is of the wrong JSON type", ACCEPTED),
        }
    }
    params
}

fn given(value: &Value) -> Option<Given> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => Given::Flag(*flag),
        Value::Number(number) => Given::Number(number.as_f64()?),
        Value::String(text) => Given::Text(text.clone()),
        Value::Object(object) => Given::Object(object.clone()),
        Value::Array(items) => {
            let numbers: Option<Vec<f64>> = items.iter().map(Value::as_f64).collect();
            match numbers {
                Some(numbers) if !numbers.is_empty() => Given::Numbers(numbers),
                _ => {
                    let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                    Given::Items(texts.collect::<Option<_>>()?)
                }
            }
        }
    })
}

/// Whether an argument was given.
pub(super) fn has(arguments: &JsonObject, name: &str) -> bool {
    arguments.get(name).is_some_and(|value| !value.is_null())
}

/// Takes the argument of consent out; false when it is not given.
pub(super) fn take_consent(arguments: &mut JsonObject) -> Result<bool, InvalidParameters> {
    match arguments.remove(CONSENT) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(_) => {
            let mut params = Params::default();
            params.fault(CONSENT, "is of the wrong JSON type", "true, false");
            params.none().map(|()| false)
        }
    }
}

/// Takes the id of an ATM out of arguments that hold nothing else.
pub(super) fn take_id(mut arguments: JsonObject) -> Result<String, InvalidParameters> {
    let id = arguments.remove("id");
    let mut params = params(&arguments, &[]);
    let id = id.as_ref().and_then(Value::as_str).filter(|id| !id.is_empty());
    if id.is_none() {
        params.fault("id", "is missing or no text", "the id of an ATM, as answers give it");
    }
    params.none()?;
    Ok(id.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(value: Value) -> JsonObject {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn arguments_ask_the_same_as_a_query_string() {
        let asked = arguments(json!({
            "lat": 60.17, "lon": 24.94, "limit": 3, "service": ["cash_in"], "operator": null,
        }));
        let texts = [("lat", "60.17"), ("lon", "24.94"), ("limit", "3"), ("service", "cash_in")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
        let (asked, texts) = (params(&asked, &[]), Params::from_texts(texts));
        assert_eq!(asked.nearest().unwrap().query, texts.nearest().unwrap().query);
    }

    #[test]
    fn what_no_parameter_takes_is_named() {
        for value in [json!([1, "a"]), json!([[1]]), json!([true])] {
            let asked = arguments(json!({"lat": 1, "lon": 2, "operator": value}));
            let faults = params(&asked, &[]).nearest().unwrap_err().0;
            assert_eq!((faults.len(), faults[0].parameter.as_str()), (1, "operator"));
        }
        let hidden = params(&arguments(json!({"lat": 1, "lon": 2, "explain": true})), &["explain"]);
        assert_eq!(hidden.nearest().unwrap_err().0[0].parameter, "explain");
    }

    #[test]
    fn an_id_stands_alone() {
        assert_eq!(take_id(arguments(json!({"id": "a"}))).unwrap(), "a");
        for refused in [json!({}), json!({"id": 7}), json!({"id": ""}), json!({"id": "a", "b": 1})]
        {
            assert!(take_id(arguments(refused)).is_err());
        }
    }
}
