//! The two spellings of a question: a query string, and a JSON body with the same names, in which
//! no position appears in a URL.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::service::{Given, Params};

use super::error::Problem;

/// The parameters of a query string.
pub(super) fn from_query(query: Option<&str>) -> Params {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    Params::from_texts(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
}

/// The parameters of a JSON body.
pub(super) fn from_body(headers: &HeaderMap, body: &Bytes) -> Result<Params, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::UnsupportedMediaType);
    }
    // serde_json's own messages may quote the body, which may hold a position: only where the
    // fault lies is repeated.
    let object: Map<String, Value> = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problem::MalformedBody {
            detail: format!("expected one JSON object; line {line}, column {column}"),
        }
    })?;
    let mut params = Params::default();
    for (name, value) in object {
        match given(value) {
            Some(given) => params.add(name, given),
            None => params.fault(
                &name,
                "is of the wrong JSON type",
                "a number, a string or an array of strings",
            ),
        }
    }
    Ok(params)
}

fn given(value: Value) -> Option<Given> {
    match value {
        Value::String(text) => Some(Given::Text(text)),
        Value::Number(number) => number.as_f64().map(Given::Number),
        Value::Array(items) => {
            let item = |item| match item {
                Value::String(text) => Some(text),
                _ => None,
            };
            items.into_iter().map(item).collect::<Option<Vec<_>>>().map(Given::Items)
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_asks_the_same_as_a_query_string() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        let body =
            br#"{"lat": 60.17, "lon": 24.94, "limit": 3, "service": ["cash_in", "-coins_in"]}"#;
        let asked = from_body(&headers, &Bytes::from_static(body)).unwrap().nearest().unwrap();
        let query = "lat=60.17&lon=24.94&limit=3&service=cash_in,-coins_in";
        assert_eq!(asked.query, from_query(Some(query)).nearest().unwrap().query);
    }

    #[test]
    fn what_is_no_json_object_is_refused_without_being_repeated() {
        let mut headers = HeaderMap::new();
        let body = Bytes::from_static(b"{\"lat\": 60.1699 60.1699}");
        assert_eq!(from_body(&headers, &body).unwrap_err(), Problem::UnsupportedMediaType);
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        let Err(Problem::MalformedBody { detail }) = from_body(&headers, &body) else {
            panic!("expected a malformed body")
        };
        assert!(!detail.contains("60.16"), "{detail}");
    }
}
