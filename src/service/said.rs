//! A turn of conversation, from parameters.

use serde_json::Value;

use crate::domain::{Metres, Position};

use super::params::{Given, InvalidParameters, Params, is_language_tag};

/// What a person said and shared, as a request tells it.
#[derive(Clone, PartialEq)]
pub struct Said {
    /// The words.
    pub text: Option<String>,
    /// Where the person is, and how far from there they may be.
    pub position: Option<(Position, Option<Metres>)>,
    /// BCP 47 tag of their device or account.
    pub locale: Option<String>,
    /// What the reply before gave to be handed back.
    pub context: Option<String>,
    /// Whether the reply shall tell which words gave what.
    pub explain: bool,
}

/// What a person says is never written to a log.
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said")
    }
}

impl Params<'_> {
    /// A turn of conversation.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable; of those of `position`
    /// by its path.
    pub fn said(mut self) -> Result<Said, InvalidParameters> {
        let text = self.text("text");
        let position = self.position();
        let locale = self.text("locale").filter(|locale| !locale.is_empty());
        if locale.as_ref().is_some_and(|locale| !is_language_tag(locale, b"_")) {
            let accepted = "a BCP 47 tag such as en-GB or pt-BR";
            self.fault("locale", "is no language tag", accepted);
        }
        let context = self.text("context").filter(|context| !context.is_empty());
        let explain = self.flag("explain");
        self.finish(Some(Said { text, position, locale, context, explain }))
    }

    fn position(&mut self) -> Option<(Position, Option<Metres>)> {
        const ACCEPTED: &str = "an object of lat, lon and perhaps accuracy_m";
        const ACCURACY: &str = "metres, zero or more";
        let members = match self.take("position")? {
            Given::Object(members) => members,
            Given::Text(_)
            | Given::Number(_)
            | Given::Flag(_)
            | Given::Items(_)
            | Given::Numbers(_) => {
                self.fault("position", "is of the wrong JSON type", ACCEPTED);
                return None;
            }
        };
        let mut inner = Self::typed();
        for (name, value) in members {
            match value {
                Value::Null => inner.leave_out(name),
                Value::Number(number) => {
                    inner.add(name, Given::Number(number.as_f64().unwrap_or(f64::NAN)));
                }
                Value::String(text) => inner.add(name, Given::Text(text)),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    inner.fault(&name, "is of the wrong JSON type", "a number");
                }
            }
        }
        let position = inner.origin();
        let accuracy_m = inner.number("accuracy_m", ACCURACY);
        let accuracy = accuracy_m.and_then(Metres::new);
        if accuracy_m.is_some() && accuracy.is_none() {
            inner.fault("accuracy_m", "is not a length", ACCURACY);
        }
        match inner.finish(position) {
            Ok(position) => Some((position, accuracy)),
            Err(InvalidParameters(faults)) => {
                for fault in faults {
                    let path = format!("position.{}", fault.parameter);
                    self.fault(&path, &fault.detail, &fault.accepted);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str) -> Result<Said, Vec<String>> {
        let mut params = Params::default();
        let members: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap();
        for (name, value) in members {
            params.add(
                name,
                match value {
                    Value::Object(members) => Given::Object(members),
                    Value::Number(number) => Given::Number(number.as_f64().unwrap()),
                    Value::Bool(flag) => Given::Flag(flag),
                    Value::String(text) => Given::Text(text),
                    Value::Null | Value::Array(_) => unreachable!("no test says these"),
                },
            );
        }
        params.said().map_err(|InvalidParameters(faults)| {
            faults.into_iter().map(|fault| fault.parameter).collect()
        })
    }

    #[test]
    fn a_turn_is_read_and_every_fault_named_by_its_path() {
        let turn = r#"{"text": "hi", "locale": "en_GB", "position":
            {"lat": 60.1, "lon": 24.9, "accuracy_m": 30}, "explain": true}"#;
        let turn = said(turn).unwrap();
        assert_eq!(turn.text.as_deref(), Some("hi"));
        assert_eq!(turn.position.unwrap().1.unwrap(), Metres::new(30.0).unwrap());
        assert!(turn.explain);
        assert_eq!(format!("{turn:?}"), "Said");
        for (json, faults) in [
            (r#"{"position": {"lat": 91, "lon": 1}}"#, vec!["position.lat"]),
            (r#"{"position": {"lat": 1}}"#, vec!["position.lon"]),
            (r#"{"position": {"lat": 1, "lon": 1, "alt": 3}}"#, vec!["position.alt"]),
            (
                r#"{"position": {"lat": 1, "lon": 1, "accuracy_m": -1}}"#,
                vec!["position.accuracy_m"],
            ),
            (r#"{"position": {"lat": [], "lon": true}}"#, vec!["position.lat", "position.lon"]),
            (r#"{"position": {"lat": "1", "lon": 2}}"#, vec!["position.lat"]),
            (r#"{"position": 3, "text": 4}"#, vec!["text", "position"]),
            (r#"{"position": {"lat": 1, "lon": 2, "accuracy": null}}"#, vec!["position.accuracy"]),
            (r#"{"position": {"lat": 1, "lon": null}}"#, vec!["position.lon"]),
            (r#"{"text": "a", "locale": "english please"}"#, vec!["locale"]),
            (r#"{"text": "a", "lang": "en"}"#, vec!["lang"]),
        ] {
            assert_eq!(said(json).unwrap_err(), faults, "{json}");
        }
    }
}
