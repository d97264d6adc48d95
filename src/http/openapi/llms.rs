//! The service in short, for language models: `/llms.txt`, in the form of llmstxt.org.

use std::fmt::Write as _;

use serde_json::Value;

use crate::service::catalogue::{self, Parameter};

use super::{Offered, public};

/// The text. It speaks from the same tables as the document.
pub(super) fn text(offered: Offered) -> String {
    let over = if offered.models { " and the Model Context Protocol" } else { "" };
    let models =
        if offered.models { "- [Model Context Protocol](/mcp): the same as tools\n" } else { "" };
    let mut text = format!(
        "# nearest-atm\n\n\
         > Answers \"where is the nearest ATM?\" from real ATM location data, over HTTP{over}.\n\n\
         - Ask `GET /v1/atms/nearest?lat=60.1719&lon=24.9414` where you have a position, else \
         `GET /v1/atms/nearest?near=Helsinki` with the place the person named. Where you have \
         neither, ask the person; never guess a position. POST takes the same names as a JSON body.\n\
         - `unknown`, and whatever is left out, is not known: say so, and never take it for a no. \
         `unknown=include` also finds ATMs of which the data does not say whether they match.\n\
         - 409 `ambiguous_place` brings `candidates`: ask which is meant, and ask again with the \
         `lat` and `lon` of its `position`.\n\
         - 404 `unknown_place` brings in `similar` what may be meant, or, with `match` `around`, the \
         town the place is said to be in: ask whether to look from the middle of that town.\n\
         - An empty `neighbours` is an answer; `relaxations` says what to give up for more.\n\
         - 400 `invalid_parameters` names each parameter and what is `accepted`: correct it and ask \
         again. Names, services and codes that occur are at `/v1/vocabulary`.\n\
         - `distance_m` is metres in a straight line over the ground, not a walking distance. Show \
         the texts of `attribution`.\n\n\
         ## Reference\n\n\
         - [OpenAPI 3.1](/openapi.json): every request, answer and error\n\
         - [The same as a page](/docs)\n\
         {models}\n\
         ## Requests\n\n",
    );
    for operation in public::operations(offered) {
        let method = operation.method.to_uppercase();
        let _ = writeln!(text, "- `{method} {}`: {}", operation.path, operation.summary);
    }
    text.push_str("\n## Parameters of nearest\n\n");
    for parameter in catalogue::nearest() {
        let _ =
            writeln!(text, "- `{}`: {}{}", parameter.name, parameter.meaning, codes(&parameter));
    }
    text
}

/// The codes a parameter takes, in words.
fn codes(parameter: &Parameter) -> String {
    let schema = parameter.query_schema();
    if let Some(codes) = schema["enum"].as_array() {
        let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
        return format!(" One of: {}.", codes.join(", "));
    }
    let pattern = schema["items"]["pattern"].as_str();
    let codes = pattern.and_then(|pattern| pattern.strip_prefix("^-?(")?.strip_suffix(")$"));
    codes.map_or_else(String::new, |codes| format!(" Codes: {}.", codes.replace('|', ", ")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_request_and_parameter_is_told() {
        let text = super::text(super::Offered::ALL);
        assert!(text.starts_with("# nearest-atm\n\n> "));
        for told in ["`GET /v1/atms/{id}`", "`max_distance_m`", "Codes: cash_out, cash_in,"] {
            assert!(text.contains(told), "{told}");
        }
    }
}
