//! A question in a JSON body: the names of the query string, and no position in a URL.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Map;
use serde_json::value::RawValue;

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
pub(super) struct JsonParams(pub(super) Params<'static>);

impl<S: Send + Sync> FromRequest<S> for JsonParams {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        from_json(&json_body(request, state, JSON).await?).map(Self)
    }
}

/// The parameters of a JSON body in which null stands for a member that is left out.
pub(super) struct SparseJsonParams(pub(super) Params<'static>);

impl<S: Send + Sync> FromRequest<S> for SparseJsonParams {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = json_body(request, state, JSON).await?;
        from_sparse_json(&body).map(Self)
    }
}

/// The parameters of each of the queries of a JSON body, or why they cannot be read.
pub(super) struct JsonQueries(pub(super) Vec<Result<Params<'static>, Problem>>);

impl<S: Send + Sync> FromRequest<S> for JsonQueries {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = json_body(request, state, "application/json, application/x-ndjson").await?;
        queries_from_json(&body).map(Self)
    }
}

const JSON: &str = "application/json";

/// Reads a body that says it is JSON.
async fn json_body<S: Send + Sync>(
    request: Request,
    state: &S,
    accepted: &'static str,
) -> Result<Bytes, Problem> {
    // Looked at first, so that a body of the wrong kind is not asked for.
    if !is_json(request.headers()) {
        return Err(Problem::UnsupportedMediaType { accepted });
    }
    check_coding(request.headers())?;
    let awaiting = request.extensions().get::<AwaitingBody>().cloned().unwrap_or_default();
    awaiting.0.store(true, Ordering::Relaxed);
    let body = Bytes::from_request(request, state).await;
    awaiting.0.store(false, Ordering::Relaxed);
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
        _ => Problem::MalformedBody { place: None },
    })
}

/// Whether a body could not be read because it is larger than the limit.
#[must_use]
pub fn is_too_long(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

/// Whether a body says it is JSON.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    is_of_type(headers, &[JSON])
}

/// Whether a body says it is a JSON value a line.
pub(super) fn is_lines(headers: &HeaderMap) -> bool {
    is_of_type(headers, &["application/x-ndjson", "application/ndjson", "application/jsonl"])
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn is_of_type(headers: &HeaderMap, types: &[&str]) -> bool {
    let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    types.iter().any(|accepted| essence.eq_ignore_ascii_case(accepted))
}

/// Refuses a body that is compressed.
pub(super) fn check_coding(headers: &HeaderMap) -> Result<(), Problem> {
    match text(headers, header::CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding.eq_ignore_ascii_case("identity") => Ok(()),
        Some(_) => Err(Problem::UnsupportedContentEncoding),
    }
}

/// The parameters of a JSON object.
pub(super) fn from_json(body: &[u8]) -> Result<Params<'static>, Problem> {
    let Members { mut params, nulls } =
        serde_json::from_slice(body).map_err(|error| place_of(&error))?;
    for name in nulls {
        params.fault(&name, WRONG_TYPE, TYPES);
    }
    Ok(params)
}

/// The parameters of a JSON object in which null stands for a member that is left out.
fn from_sparse_json(body: &[u8]) -> Result<Params<'static>, Problem> {
    let Members { mut params, nulls } =
        serde_json::from_slice(body).map_err(|error| place_of(&error))?;
    for name in nulls {
        params.leave_out(name);
    }
    Ok(params)
}

fn queries_from_json(body: &[u8]) -> Result<Vec<Result<Params<'static>, Problem>>, Problem> {
    let document: Queries = serde_json::from_slice(body).map_err(|error| place_of(&error))?;
    document.others.none()?;
    let Some(queries) = document.queries else {
        let mut missing = Params::default();
        missing.fault("queries", "is missing", "an array of questions, each an object");
        missing.none()?;
        return Ok(Vec::new());
    };
    Ok(queries.iter().map(|query| from_json(query.get().as_bytes())).collect())
}

/// The reader's own messages may quote the body, which may hold a position: only where the fault
/// lies is told.
fn place_of(error: &serde_json::Error) -> Problem {
    Problem::MalformedBody { place: Some((error.line(), error.column())) }
}

/// A document of queries, each as it was written.
struct Queries {
    queries: Option<Vec<Box<RawValue>>>,
    /// Members that are not taken.
    others: Params<'static>,
}

impl<'de> Deserialize<'de> for Queries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Queries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an array of queries")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Queries, A::Error> {
                let mut read = Queries { queries: None, others: Params::default() };
                while let Some(name) = map.next_key::<String>()? {
                    if name != "queries" {
                        map.next_value::<IgnoredAny>()?;
                        read.others.add(name, Given::Number(0.0));
                    } else if read.queries.is_some() {
                        return Err(A::Error::duplicate_field("queries"));
                    } else {
                        read.queries = Some(map.next_value()?);
                    }
                }
                Ok(read)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What is said of a member of a type that no parameter takes, and what they take.
const WRONG_TYPE: &str = "is of the wrong JSON type";
const TYPES: &str = "a number, a string, an array of one of them or a shape";

/// The members of a JSON object, those of one name all of them.
struct Members {
    params: Params<'static>,
    /// Names of those that are null.
    nulls: Vec<String>,
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let (mut params, mut nulls) = (Params::typed(), Vec::new());
                while let Some((name, member)) = map.next_entry::<String, Member>()? {
                    match member {
                        Member::Given(given) => params.add(name, given),
                        Member::Null => nulls.push(name),
                        Member::Other => params.fault(&name, WRONG_TYPE, TYPES),
                    }
                }
                Ok(Members { params, nulls })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The value of a member.
enum Member {
    Given(Given),
    Null,
    /// Of a type that no parameter takes.
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Member, E> {
                Ok(Member::Given(Given::Text(text.to_owned())))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Member, E> {
                Ok(Member::Given(Given::Number(number)))
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
                let (mut texts, mut numbers, mut others) = (Vec::new(), Vec::new(), false);
                while let Some(item) = seq.next_element::<Member>()? {
                    match item {
                        Member::Given(Given::Text(text)) => texts.push(text),
                        Member::Given(Given::Number(number)) => numbers.push(number),
                        Member::Given(_) | Member::Null | Member::Other => others = true,
                    }
                }
                Ok(match (texts.is_empty(), numbers.is_empty(), others) {
                    (_, true, false) => Member::Given(Given::Items(texts)),
                    (true, false, false) => Member::Given(Given::Numbers(numbers)),
                    _ => Member::Other,
                })
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Member, E> {
                Ok(Member::Given(Given::Flag(value)))
            }

            fn visit_unit<E: Error>(self) -> Result<Member, E> {
                Ok(Member::Null)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
                let object = Map::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Member::Given(Given::Object(object)))
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
            br#"{"lat": 60.17, "lon": 24.94, "limit": 3, "service": ["cash_in", "-coins_in"]}"#;
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
        for value in ["{}", "[1]", "[[1, 2]]", "\"60.17\""] {
            let body = format!("{{\"lat\": {value}, \"lon\": 2}}");
            let faults = from_json(body.as_bytes()).unwrap().nearest().unwrap_err().0;
            assert_eq!((faults.len(), faults[0].detail.as_str()), (1, "is of the wrong JSON type"));
        }
        let twice = from_json(b"{\"lat\": 1, \"lon\": 2, \"lat\": 1}").unwrap();
        assert_eq!(twice.nearest().unwrap_err().0[0].detail, "is given twice");
    }

    #[test]
    fn null_leaves_out_a_parameter_there_is_and_no_other() {
        let said = from_sparse_json(br#"{"text": "cash", "locale": null, "position": null}"#);
        assert_eq!(said.unwrap().said().unwrap().text.as_deref(), Some("cash"));
        for (name, shown) in [("language", "language"), ("", "(unnamed)"), ("60.17", "(unnamed)")] {
            let body = format!(r#"{{"text": "cash", "{name}": null}}"#);
            let params = from_sparse_json(body.as_bytes()).unwrap();
            let faults = params.said().unwrap_err().0;
            assert_eq!((faults.len(), faults[0].parameter.as_str()), (1, shown));
            assert_eq!(faults[0].detail, "is not a parameter of this request");
        }
    }
}
