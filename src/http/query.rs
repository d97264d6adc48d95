//! A question in a query string.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::service::{Given, Params};

/// The parameters of a query string, decoded as forms are: `+` is a space. Bytes that are no UTF-8
/// are a fault, not replaced. What needs no decoding is lent.
pub(super) fn from_query(query: Option<&str>) -> Params<'_> {
    let mut params = Params::with_room();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name).unwrap_or_default();
        match (name, decoded(value)) {
            (Cow::Borrowed(name), Some(Cow::Borrowed(value))) => params.lend(name, value),
            (name, Some(value)) => params.add(name.into_owned(), Given::Text(value.into_owned())),
            (name, None) => params.fault(&name, "is not UTF-8 text", "UTF-8, percent-encoded"),
        }
    }
    params
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return Some(text.into());
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Condition;

    #[test]
    fn spaces_plus_signs_and_other_scripts_are_understood() {
        let names = |query| {
            let asked = from_query(Some(query)).nearest().unwrap();
            asked.query.filter.conditions.iter().map(Condition::label).collect::<Vec<_>>()
        };
        for query in [
            "lat=1&lon=2&operator=Aktia+Bank",
            "lat=1&lon=2&operator=Aktia%20Bank",
            "&&lat=%2B1.0&lon=+2&operator=%41ktia+Bank&",
        ] {
            assert_eq!(names(query), ["operator=Aktia Bank"], "{query}");
        }
        assert_eq!(names("lat=1&lon=2&operator=%D0%A1%D0%B1%D0%B5%D1%80"), ["operator=Сбер"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_by_name_and_not_replaced() {
        for (query, parameter) in [
            ("lat=1&lon=2&operator=%FF", "operator"),
            ("lat=%C3&lon=2", "lat"),
            ("lat=1&lon=2&%FF=x", "(unnamed)"),
        ] {
            let faults = from_query(Some(query)).nearest().unwrap_err().0;
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].parameter, parameter);
        }
    }
}
