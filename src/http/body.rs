//! A question in a JSON body: the names of the query string, and no position in a URL.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::service::{Given, Params};

use super::error::Problem;

/// Whether the body of a request is still being waited for: whose fault a time-out is.
#[derive(Clone, Debug, Default)]
pub(super) struct AwaitingBody(Arc<AtomicBool>);

impl AwaitingBody {
    /// Whether it is.
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The parameters of a JSON body.
pub(super) struct JsonParams(pub(super) Params);

impl<S: Send + Sync> FromRequest<S> for JsonParams {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // Looked at first, so that a body of the wrong kind is not asked for.
        check_kind(request.headers())?;
        let awaiting = request.extensions().get::<AwaitingBody>().cloned().unwrap_or_default();
        awaiting.0.store(true, Ordering::Relaxed);
        let body = Bytes::from_request(request, state).await;
        awaiting.0.store(false, Ordering::Relaxed);
        let body = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
            _ => Problem::MalformedBody { place: None },
        })?;
        from_json(&body).map(Self)
    }
}

fn check_kind(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Problem::UnsupportedMediaType);
    }
    match text(header::CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding.eq_ignore_ascii_case("identity") => Ok(()),
        Some(_) => Err(Problem::UnsupportedContentEncoding),
    }
}

pub(super) fn from_json(body: &[u8]) -> Result<Params, Problem> {
    // The reader's own messages may quote the body, which may hold a position: only where the
    // fault lies is told.
    let members: Members = serde_json::from_slice(body)
        .map_err(|error| Problem::MalformedBody { place: Some((error.line(), error.column())) })?;
    Ok(members.0)
}

/// The members of a JSON object, those of one name all of them.
struct Members(Params);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                const ACCEPTED: &str = "a number, a string or an array of strings";
                let mut params = Params::default();
                while let Some((name, member)) = map.next_entry::<String, Member>()? {
                    match member.0 {
                        Some(given) => params.add(name, given),
                        None => params.fault(&name, "is of the wrong JSON type", ACCEPTED),
                    }
                }
                Ok(Members(params))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The value of a member, `None` when it is of a type that no parameter takes.
struct Member(Option<Given>);

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Member, E> {
                Ok(Member(Some(Given::Text(text.to_owned()))))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Member, E> {
                Ok(Member(Some(Given::Number(number))))
            }

            #[expect(clippy::cast_precision_loss, reason = "no parameter counts beyond 2⁵³")]
            fn visit_i64<E: Error>(self, number: i64) -> Result<Member, E> {
                self.visit_f64(number as f64)
            }

            #[expect(clippy::cast_precision_loss, reason = "no parameter counts beyond 2⁵³")]
            fn visit_u64<E: Error>(self, number: u64) -> Result<Member, E> {
                self.visit_f64(number as f64)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Member, A::Error> {
                let mut items = Some(Vec::new());
                while let Some(item) = seq.next_element::<Member>()? {
                    match (item.0, &mut items) {
                        (Some(Given::Text(text)), Some(items)) => items.push(text),
                        _ => items = None,
                    }
                }
                Ok(Member(items.map(Given::Items)))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Member, E> {
                Ok(Member(Some(Given::Flag(value))))
            }

            fn visit_unit<E: Error>(self) -> Result<Member, E> {
                Ok(Member(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Member(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::from_query;
    use super::*;

    #[test]
    fn a_body_asks_the_same_as_a_query_string() {
        let body =
            br#"{"lat": 60.17, "lon": "24.94", "limit": 3, "service": ["cash_in", "-coins_in"]}"#;
        let asked = from_json(body).unwrap().nearest().unwrap();
        let query = "lat=60.17&lon=24.94&limit=3&service=cash_in,-coins_in";
        assert_eq!(asked.query, from_query(Some(query)).nearest().unwrap().query);
    }

    #[test]
    fn what_is_no_json_object_is_refused_with_its_place() {
        for (body, place) in [
            ("", (1, 0)),
            ("{\"lat\": 60.1699 60.1699}", (1, 17)),
            ("[{\"lat\": 60.1699}]", (1, 0)),
            ("{\"lat\": 1e999}", (1, 13)),
            ("{}\n{}", (2, 1)),
            ("{\"lat\": \"\u{1}\"}", (1, 10)),
        ] {
            let place = Some(place);
            let refused = from_json(body.as_bytes()).unwrap_err();
            assert_eq!(refused, Problem::MalformedBody { place }, "{body}");
        }
        assert!(from_json(b"{\"operator\": \"\xff\"}").is_err());
    }

    #[test]
    fn a_member_of_another_type_or_given_twice_is_a_fault_of_its_parameter() {
        for value in ["null", "true", "{\"a\": [{}]}", "[1]", "[[\"a\"]]", "[\"a\", null]", "7"] {
            let body = format!("{{\"lat\": 1, \"lon\": 2, \"operator\": {value}}}");
            let faults = from_json(body.as_bytes()).unwrap().nearest().unwrap_err().0;
            assert_eq!(faults.len(), 1, "{value}: {faults:?}");
            assert_eq!(faults[0].parameter, "operator");
            assert_eq!(faults[0].detail, "is of the wrong JSON type");
        }
        let twice = from_json(b"{\"lat\": 1, \"lon\": 2, \"lat\": 1}").unwrap();
        assert_eq!(twice.nearest().unwrap_err().0[0].detail, "is given twice");
    }
}
