//! Names and values as they came, on their way to a valid question.
//!
//! Query strings, JSON bodies and command lines all go through this one door. Every fault is
//! gathered, so that whoever asks learns of all of them at once. No fault repeats a value, and a
//! name only where it cannot be a value that lost its name: values may be positions and places.

use std::borrow::Cow;

use serde::Serialize;

/// Most parameters one request may hold, several times what any request takes.
const PARAMETERS_MAX: usize = 64;

/// Most values one parameter may list.
pub const VALUES_MAX: usize = 100;

/// Most characters one value of a list may have.
pub const VALUE_CHARS_MAX: usize = 256;

/// What is said of a name that a request does not take; what is said of it further comes behind.
pub const NO_PARAMETER: &str = "is not a parameter of this request";

/// Most bytes of a language tag; those in use have a dozen.
pub const LANGUAGE_BYTES_MAX: usize = 35;

/// Whether a text is a BCP 47 language tag by its letters; `beside` are letters taken besides.
pub(super) fn is_language_tag(text: &str, beside: &[u8]) -> bool {
    let is_taken =
        |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || beside.contains(&byte);
    (2..=LANGUAGE_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_taken)
}

/// Most bytes an unknown name may have to be repeated.
const SHOWN_NAME_BYTES_MAX: usize = 32;

/// Stands for a name that is not repeated.
const UNNAMED: &str = "(unnamed)";

/// What other services call parameters of this one, as [`squeezed`].
const ALSO_CALLED: &[(&str, &str)] = &[
    ("latitude", "lat"),
    ("lng", "lon"),
    ("long", "lon"),
    ("longitude", "lon"),
    ("count", "limit"),
    ("maxresults", "limit"),
    ("maxdistance", "max_distance_m"),
    ("radius", "max_distance_m"),
    ("bounds", "bbox"),
    ("operators", "operator"),
    ("networks", "network"),
    ("brands", "brand"),
    ("countries", "country"),
    ("currencies", "currency"),
    ("services", "service"),
    ("features", "feature"),
    ("open", "open_at"),
    ("opennow", "open_at"),
    ("openinghours", "open_at"),
    ("next", "cursor"),
];

/// One parameter that is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidParameter {
    /// Its name, or `(unnamed)` where the name itself may be a value.
    pub parameter: String,
    /// What is wrong with it. Never repeats a value.
    pub detail: String,
    /// What is accepted.
    pub accepted: String,
}

/// Every parameter that is not acceptable; at least one, and none twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentences(.0))]
pub struct InvalidParameters(pub Vec<InvalidParameter>);

fn sentences(parameters: &[InvalidParameter]) -> String {
    let sentence = |one: &InvalidParameter| {
        format!("{} {}; accepted: {}", one.parameter, one.detail, one.accepted)
    };
    parameters.iter().map(sentence).collect::<Vec<_>>().join(". ")
}

/// A value as it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// From a query string, or a JSON string.
    Text(String),
    /// A JSON number.
    Number(f64),
    /// `true` or `false` in JSON.
    Flag(bool),
    /// A JSON array of strings.
    Items(Vec<String>),
    /// A JSON array of numbers.
    Numbers(Vec<f64>),
    /// A JSON object.
    Object(serde_json::Map<String, serde_json::Value>),
}

/// A value, of the request's own or lent by it.
#[derive(Debug)]
enum Value<'q> {
    Own(Given),
    Lent(&'q str),
}

impl From<Value<'_>> for Given {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Own(given) => given,
            Value::Lent(text) => Self::Text(text.to_owned()),
        }
    }
}

/// Names and values as they came, some of them lent by the request, faults gathered on the way.
#[derive(Debug, Default)]
pub struct Params<'q> {
    given: Vec<(Cow<'q, str>, Value<'q>)>,
    /// Names that came with null in the place of a value.
    left_out: Vec<String>,
    /// Whether numbers and flags came as such, so that a text is none.
    is_typed: bool,
    faults: Vec<InvalidParameter>,
    /// Every name that was looked for, some more than once: what this request takes.
    known: Vec<&'static str>,
}

impl<'q> Params<'q> {
    /// Parameters that are all texts, as in a query string.
    #[must_use]
    pub fn from_texts(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut params = Self::default();
        for (name, text) in texts {
            params.add(name, Given::Text(text));
        }
        params
    }

    /// None yet, with room for those of an ordinary request.
    #[must_use]
    pub fn with_room() -> Self {
        let (given, known) = (Vec::with_capacity(8), Vec::with_capacity(40));
        Self { given, known, ..Self::default() }
    }

    /// Parameters of which each has a type, as in JSON: a number in a text is none.
    #[must_use]
    pub fn typed() -> Self {
        Self { is_typed: true, ..Self::default() }
    }

    /// Adds a parameter. Giving one twice, or more than 64 in all, is a fault.
    pub fn add(&mut self, name: String, given: Given) {
        if self.has_room() {
            self.given.push((name.into(), Value::Own(given)));
        }
    }

    /// The same with a text, both as they lie in the request.
    pub fn lend(&mut self, name: &'q str, text: &'q str) {
        if self.has_room() {
            self.given.push((name.into(), Value::Lent(text)));
        }
    }

    /// Notes a parameter that came with null, where that says it is not given. Its name must
    /// still be one that the request takes.
    pub fn leave_out(&mut self, name: String) {
        if self.has_room() {
            self.left_out.push(name);
        }
    }

    fn has_room(&mut self) -> bool {
        let has_room = self.given.len() + self.left_out.len() < PARAMETERS_MAX;
        if !has_room {
            self.fault(UNNAMED, "are more parameters than any request takes", "at most 64");
        }
        has_room
    }

    /// Notes that a parameter is not acceptable, and what would be. Of several faults of one
    /// parameter the first is kept.
    pub fn fault(&mut self, parameter: &str, detail: &str, accepted: &str) {
        let parameter = if is_shown(parameter) { parameter } else { UNNAMED };
        if self.faults.len() > PARAMETERS_MAX
            || self.faults.iter().any(|fault| fault.parameter == parameter)
        {
            return;
        }
        self.faults.push(InvalidParameter {
            parameter: parameter.to_owned(),
            detail: detail.to_owned(),
            accepted: accepted.to_owned(),
        });
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<Given> {
        self.take_value(name).map(Given::from)
    }

    fn take_value(&mut self, name: &'static str) -> Option<Value<'q>> {
        self.known.push(name);
        let place = self.given.iter().position(|(given, _)| given == name)?;
        let (_, first) = self.given.remove(place);
        let before = self.given.len();
        self.given.retain(|(given, _)| given != name);
        if self.given.len() < before {
            self.fault(name, "is given twice", "each parameter once, values separated by commas");
            return None;
        }
        Some(first)
    }

    /// Whether a parameter was given, which makes it known.
    pub(super) fn has(&mut self, name: &'static str) -> bool {
        self.known.push(name);
        self.given.iter().any(|(given, _)| given == name)
    }

    /// A parameter that is one text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Given::Text(text) => Some(text),
            Given::Number(_)
            | Given::Flag(_)
            | Given::Items(_)
            | Given::Numbers(_)
            | Given::Object(_) => {
                self.fault(name, "is of the wrong JSON type", "a string");
                None
            }
        }
    }

    /// A parameter that is one finite number.
    pub(super) fn number(&mut self, name: &'static str, accepted: &str) -> Option<f64> {
        self.number_or(name, || accepted.to_owned())
    }

    /// The same, where what is accepted is put together only when it is to be told.
    pub(super) fn number_or(
        &mut self,
        name: &'static str,
        accepted: impl FnOnce() -> String,
    ) -> Option<f64> {
        const WRONG_TYPE: &str = "is of the wrong JSON type";
        let number = match self.take_value(name)? {
            Value::Lent(text) => number_of(text),
            Value::Own(Given::Text(text)) if !self.is_typed => number_of(&text),
            Value::Own(Given::Number(number)) => Ok(number),
            Value::Own(
                Given::Text(_)
                | Given::Flag(_)
                | Given::Items(_)
                | Given::Numbers(_)
                | Given::Object(_),
            ) => Err(WRONG_TYPE),
        };
        number.map_err(|detail| self.fault(name, detail, &accepted())).ok()
    }

    /// Yes or no, as text or in JSON as it came; false when it is not given.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        match self.take(name) {
            None => return false,
            Some(Given::Flag(flag)) => return flag,
            Some(Given::Text(text)) if !self.is_typed => match text.as_str() {
                "true" => return true,
                "false" => return false,
                _ => self.fault(name, "is none of the accepted values", "true, false"),
            },
            Some(
                Given::Text(_)
                | Given::Number(_)
                | Given::Items(_)
                | Given::Numbers(_)
                | Given::Object(_),
            ) => {
                self.fault(name, "is of the wrong JSON type", "true, false");
            }
        }
        false
    }

    /// One of a few codes, or their type's default.
    pub(super) fn one_of<T: Copy + Default>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> T {
        let Some(text) = self.text(name) else { return T::default() };
        if let Some((_, choice)) = choices.iter().find(|(code, _)| *code == text) {
            return *choice;
        }
        let codes: Vec<&str> = choices.iter().map(|(code, _)| *code).collect();
        self.fault(name, "is none of the accepted values", &codes.join(", "));
        T::default()
    }

    /// The values of a list as `read` understands them: those that include, and those with a
    /// leading `-`, which exclude.
    pub(super) fn signed<T>(
        &mut self,
        name: &'static str,
        accepted: impl FnOnce() -> String,
        read: impl Fn(&str) -> Option<T>,
    ) -> [Vec<T>; 2] {
        let [mut included, mut excluded] = [Vec::new(), Vec::new()];
        for value in self.values(name) {
            let (side, value) = match value.strip_prefix('-') {
                Some(rest) => (&mut excluded, rest),
                None => (&mut included, value.as_str()),
            };
            let Some(value) = read(value) else {
                self.fault(name, "has a value that is none of the accepted", &accepted());
                break;
            };
            side.push(value);
        }
        [included, excluded]
    }

    /// The values of a list, what cannot be seen trimmed off.
    fn values(&mut self, name: &'static str) -> Vec<String> {
        let is_unseen = |letter: char| letter.is_whitespace() || letter.is_control();
        let trimmed = |value: &str| value.trim_matches(is_unseen).to_owned();
        let values: Vec<String> = match self.take(name) {
            None => return Vec::new(),
            Some(Given::Text(text)) => text.split(',').map(trimmed).collect(),
            Some(Given::Items(items)) => items.iter().map(|item| trimmed(item)).collect(),
            Some(Given::Number(_) | Given::Flag(_) | Given::Numbers(_) | Given::Object(_)) => {
                self.fault(name, "is of the wrong JSON type", "a string or an array of strings");
                return Vec::new();
            }
        };
        let (detail, accepted) = if values.iter().all(String::is_empty) {
            ("is empty", "one or more values separated by commas")
        } else if values.len() > VALUES_MAX {
            ("lists too many values", "at most 100 values")
        } else if !values.iter().all(|value| is_at_most(value, VALUE_CHARS_MAX)) {
            ("has a value that is too long", "at most 256 characters a value")
        } else if values.iter().any(String::is_empty) {
            ("has an empty value", "values separated by single commas")
        } else {
            return values;
        };
        self.fault(name, detail, accepted);
        Vec::new()
    }

    /// Whatever is left is unknown. Ends the parsing: faults, if there are any, are the answer.
    /// What was `required` is there unless there is a fault.
    pub(super) fn finish<T>(mut self, required: Option<T>) -> Result<T, InvalidParameters> {
        let known = &self.known;
        self.left_out.retain(|name| !known.iter().any(|known| known == name));
        if !(self.given.is_empty() && self.left_out.is_empty()) {
            self.refuse_the_rest();
        }
        match required {
            Some(required) if self.faults.is_empty() => Ok(required),
            _ => Err(InvalidParameters(self.faults)),
        }
    }

    fn refuse_the_rest(&mut self) {
        let mut known: Vec<&'static str> = Vec::new();
        for name in std::mem::take(&mut self.known) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let accepted = match known.as_slice() {
            [] => "none".to_owned(),
            known => known.join(", "),
        };
        // A name without a value may be a value cut off by an unescaped `&`.
        let is_bare = |value| matches!(Given::from(value), Given::Text(text) if text.is_empty());
        let given = std::mem::take(&mut self.given).into_iter();
        let left_out = std::mem::take(&mut self.left_out).into_iter();
        let rest = given.map(|(name, given)| (name, is_bare(given)));
        for (name, is_bare) in rest.chain(left_out.map(|name| (name.into(), false))) {
            if let Some(meant) = meant(&name, &known) {
                let detail = format!("{NO_PARAMETER}, but {meant} is");
                self.fault(&name, &detail, &accepted);
            } else {
                let name = if is_bare { UNNAMED } else { &name };
                self.fault(name, NO_PARAMETER, &accepted);
            }
        }
    }

    /// Refuses every parameter.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] when there is one.
    pub fn none(self) -> Result<(), InvalidParameters> {
        self.finish(Some(()))
    }
}

/// The finite number a text says, or what is wrong with it.
fn number_of(text: &str) -> Result<f64, &'static str> {
    let read = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
    let text = text.trim();
    match read(text) {
        Some(number) => Ok(number),
        None if text.is_empty() => Err("is empty"),
        None if read(&text.replacen(',', ".", 1)).is_some() => {
            Err("has a decimal comma where a decimal point belongs")
        }
        None => Err("is not a number"),
    }
}

/// Whether a text has no more than so many characters.
pub(super) fn is_at_most(text: &str, chars_max: usize) -> bool {
    text.len() <= chars_max || text.chars().nth(chars_max).is_none()
}

/// Whether a name looks like one, and not like a coordinate or words.
fn is_shown(name: &str) -> bool {
    name == UNNAMED
        || (name.len() <= SHOWN_NAME_BYTES_MAX
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.[]".contains(&b)))
}

/// A name without case and punctuation.
fn squeezed(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Which of the `known` names someone who wrote `name` had in mind.
fn meant(name: &str, known: &[&'static str]) -> Option<&'static str> {
    if !is_shown(name) {
        return None;
    }
    let name = squeezed(name);
    let alias = ALSO_CALLED.iter().find(|(also, _)| *also == name).map(|(_, known)| *known);
    known.iter().copied().find(|&known| squeezed(known) == name || alias == Some(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(params: Params<'_>) -> Vec<InvalidParameter> {
        params.nearest().unwrap_err().0
    }

    fn fault(pairs: &[(&str, &str)]) -> InvalidParameter {
        let texts = pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let mut faults = refused(Params::from_texts(texts));
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.remove(0)
    }

    #[test]
    fn a_name_near_a_known_one_is_told_which() {
        for (written, meant) in [
            ("LIMIT", "limit"),
            ("service[]", "service"),
            ("maxDistance", "max_distance_m"),
            ("max-distance-m", "max_distance_m"),
            ("locationType", "location_type"),
            ("radius", "max_distance_m"),
        ] {
            let fault = fault(&[("lat", "1"), ("lon", "2"), (written, "3"), (written, "4")]);
            assert_eq!(fault.parameter, written);
            assert!(fault.detail.ends_with(&format!("but {meant} is")), "{}", fault.detail);
        }
    }

    #[test]
    fn a_name_that_may_be_a_value_is_not_repeated() {
        for name in ["60.1699,24.9384", " Spencer, Oxford", "Helsinki", "ключ", "", "60.1699"] {
            let fault = fault(&[("lat", "1"), ("lon", "2"), (name, "")]);
            assert_eq!(fault.parameter, "(unnamed)", "{name}");
        }
        assert_eq!(fault(&[("lat", "1"), ("lon", "2"), ("60.1699", "x")]).parameter, "(unnamed)");
        assert_eq!(fault(&[("lat", "1"), ("lon", "2"), ("colour", "x")]).parameter, "colour");
    }

    #[test]
    fn a_decimal_comma_is_told_from_what_is_no_number() {
        let lat = |text| fault(&[("lat", text), ("lon", "2")]).detail;
        assert_eq!(lat("60,17"), "has a decimal comma where a decimal point belongs");
        assert_eq!(lat("60.17N"), "is not a number");
        assert_eq!(lat("1,234.5"), "is not a number");
        assert_eq!(lat("NaN"), "is not a number");
        assert_eq!(lat("1e999"), "is not a number");
        assert_eq!(lat(" "), "is empty");
    }

    #[test]
    fn faults_and_values_are_bounded_whatever_comes() {
        let mut params = Params::default();
        for number in 0..10_000 {
            params.add(format!("name{number}"), Given::Number(0.0));
            params.fault(&format!("fault{number}"), "", "");
        }
        assert!(refused(params).len() <= PARAMETERS_MAX + 1);

        let too_many = vec!["x".to_owned(); VALUES_MAX + 1];
        let too_long = vec!["x".repeat(VALUE_CHARS_MAX + 1)];
        let empty = ["cash_in", " \u{1f}"].map(str::to_owned).to_vec();
        for items in [too_many, too_long, empty, Vec::new()] {
            let mut params = Params::default();
            params.add("lat".to_owned(), Given::Number(1.0));
            params.add("lon".to_owned(), Given::Number(1.0));
            params.add("service".to_owned(), Given::Items(items));
            assert_eq!(refused(params)[0].parameter, "service");
        }
    }
}
