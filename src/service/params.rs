//! Parameters of a question, as names and values, to a valid query.
//!
//! Query strings, JSON bodies and command lines all go through this one door. Every fault is
//! gathered, so that whoever asks learns of all of them at once.

use serde::Serialize;

use crate::domain::{
    AtmFilter, Attribute, AttributeGroup, BoundingBox, Condition, Group, LIMIT_DEFAULT, LIMIT_MAX,
    LocationType, Metres, Name, NamedField, NearestQuery, Position, UnknownPolicy, WithinQuery,
};

/// Most ATMs one page of a within answer holds.
pub const WITHIN_LIMIT_MAX: usize = 1000;

/// ATMs a page of a within answer holds when the question does not say.
pub const WITHIN_LIMIT_DEFAULT: usize = 100;

/// Most values one parameter may list.
const VALUES_MAX: usize = 100;

/// One parameter that is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidParameter {
    /// Its name.
    pub parameter: String,
    /// What is wrong with it. Never repeats a position or a place.
    pub detail: String,
    /// What is accepted.
    pub accepted: String,
}

/// Every parameter that is not acceptable; at least one.
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
    /// A JSON array of strings.
    Items(Vec<String>),
}

/// Names and values as they came, faults gathered on the way.
#[derive(Debug, Default)]
pub struct Params {
    given: Vec<(String, Given)>,
    faults: Vec<InvalidParameter>,
}

/// A nearest question with what its answer must tell the client.
#[derive(Debug)]
pub struct NearestQuestion {
    /// The question; its offset is that of the first page.
    pub query: NearestQuery,
    /// The cursor, to be resumed on the snapshot that answers.
    pub cursor: Option<String>,
    /// The question without position and page, for cursors.
    pub described: String,
    /// What was done to the question.
    pub warnings: Vec<String>,
}

/// A within question with what its answer must tell the client.
#[derive(Debug)]
pub struct WithinQuestion {
    /// The question; it starts at the first row.
    pub query: WithinQuery,
    /// The cursor, to be resumed on the snapshot that answers.
    pub cursor: Option<String>,
    /// The question without its page, for cursors.
    pub described: String,
    /// What was done to the question.
    pub warnings: Vec<String>,
}

impl Params {
    /// Parameters that are all texts, as in a query string.
    #[must_use]
    pub fn from_texts(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut params = Self::default();
        for (name, text) in texts {
            params.add(name, Given::Text(text));
        }
        params
    }

    /// Adds a parameter; giving one twice is a fault.
    pub fn add(&mut self, name: String, given: Given) {
        if self.given.iter().any(|(known, _)| *known == name) {
            self.fault(
                &name,
                "is given twice",
                "each parameter once; several values separated by commas",
            );
        } else {
            self.given.push((name, given));
        }
    }

    /// Notes that a parameter is not acceptable, and what would be.
    pub fn fault(&mut self, parameter: &str, detail: &str, accepted: &str) {
        self.faults.push(InvalidParameter {
            parameter: parameter.to_owned(),
            detail: detail.to_owned(),
            accepted: accepted.to_owned(),
        });
    }

    fn take(&mut self, name: &str) -> Option<Given> {
        let place = self.given.iter().position(|(known, _)| known == name)?;
        Some(self.given.swap_remove(place).1)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Given::Text(text) => Some(text),
            Given::Number(_) | Given::Items(_) => {
                self.fault(name, "is of the wrong JSON type", "a string");
                None
            }
        }
    }

    fn number(&mut self, name: &str, accepted: &str) -> Option<f64> {
        let number = match self.take(name)? {
            Given::Number(number) => Some(number),
            Given::Text(text) => text.trim().parse().ok(),
            Given::Items(_) => None,
        };
        if number.is_none() {
            self.fault(name, "is not a number", accepted);
        }
        number
    }

    /// The values of a list, trimmed, empty ones left out.
    fn values(&mut self, name: &str) -> Vec<String> {
        let values: Vec<String> = match self.take(name) {
            None => return Vec::new(),
            Some(Given::Text(text)) => {
                text.split(',').map(|value| value.trim().to_owned()).collect()
            }
            Some(Given::Items(items)) => items.iter().map(|item| item.trim().to_owned()).collect(),
            Some(Given::Number(_)) => {
                self.fault(name, "is of the wrong JSON type", "a string or an array of strings");
                return Vec::new();
            }
        };
        let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
        if values.is_empty() {
            self.fault(name, "is empty", "one or more values separated by commas");
        } else if values.len() > VALUES_MAX {
            self.fault(name, "lists too many values", "at most 100 values");
        }
        values
    }

    /// Whatever is left is unknown. Ends the parsing: faults, if there are any, are the answer.
    /// What was `required` is there unless there is a fault.
    fn finish<T>(mut self, required: Option<T>, known: &str) -> Result<T, InvalidParameters> {
        for (name, _) in std::mem::take(&mut self.given) {
            self.fault(&name, "is not a parameter of this request", known);
        }
        match required {
            Some(required) if self.faults.is_empty() => Ok(required),
            _ => Err(InvalidParameters(self.faults)),
        }
    }

    /// A question for the nearest sites or ATMs.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn nearest(mut self) -> Result<NearestQuestion, InvalidParameters> {
        const KNOWN: &str = "lat, lon, limit, max_distance_m, group, operator, network, brand, \
                             country, currency, location_type, service, accessibility, feature, \
                             fee, unknown, cursor";
        let mut warnings = Vec::new();
        let origin = self.origin();
        let limit = self.limit(LIMIT_DEFAULT, LIMIT_MAX, &mut warnings);
        let max_distance = self.max_distance();
        let group = self.one_of("group", &[("site", Group::Site), ("atm", Group::Atm)]);
        let filter = self.filter();
        let cursor = self.text("cursor");
        let origin = self.finish(origin, KNOWN)?;
        let mut query = NearestQuery::new(origin, limit);
        query.max_distance = max_distance;
        query.group = group;
        query.filter = filter;
        let described = format!("{:?} {:?} {:?}", query.group, query.max_distance, query.filter);
        Ok(NearestQuestion { query, cursor, described, warnings })
    }

    /// A question for every ATM in a box.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn within(mut self) -> Result<WithinQuestion, InvalidParameters> {
        const KNOWN: &str = "bbox, limit, operator, network, brand, country, currency, \
                             location_type, service, accessibility, feature, fee, unknown, cursor";
        let mut warnings = Vec::new();
        let bbox = self.bbox();
        let limit = self.limit(WITHIN_LIMIT_DEFAULT, WITHIN_LIMIT_MAX, &mut warnings);
        let filter = self.filter();
        let cursor = self.text("cursor");
        let bbox = self.finish(bbox, KNOWN)?;
        let query = WithinQuery { bbox, limit, filter, from_row: 0 };
        let described = format!("{:?} {:?}", query.bbox, query.filter);
        Ok(WithinQuestion { query, cursor, described, warnings })
    }

    /// Refuses every parameter.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] when there is one.
    pub fn none(self) -> Result<(), InvalidParameters> {
        self.finish(Some(()), "none")
    }

    fn origin(&mut self) -> Option<Position> {
        const LAT: &str = "decimal degrees from -90 to 90";
        const LON: &str = "decimal degrees from -180 to 180";
        let mut axis = |name: &str, accepted: &str, limit_deg: f64| {
            if !self.given.iter().any(|(known, _)| known == name) {
                self.fault(name, "is missing", accepted);
                return None;
            }
            let degrees = self.number(name, accepted)?;
            if !degrees.is_finite() || degrees.abs() > limit_deg {
                self.fault(name, "is out of range", accepted);
                return None;
            }
            Some(degrees)
        };
        let lat_deg = axis("lat", LAT, 90.0);
        let lon_deg = axis("lon", LON, 180.0);
        Position::from_lat_lon(lat_deg?, lon_deg?).ok()
    }

    fn limit(&mut self, default: usize, max: usize, warnings: &mut Vec<String>) -> usize {
        let accepted = format!("a whole number from 1 to {max}");
        let Some(number) = self.number("limit", &accepted) else { return default };
        if !number.is_finite() || number < 1.0 || number.fract() != 0.0 {
            self.fault("limit", "is not a whole number of at least 1", &accepted);
            return default;
        }
        // Compared as floating point, so that no number is too large to be compared.
        #[expect(clippy::cast_precision_loss, reason = "the maximum is small")]
        if number > max as f64 {
            warnings.push(format!("limit was reduced to {max}, the most one page holds"));
            return max;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to max")]
        let limit = number as usize;
        limit
    }

    fn max_distance(&mut self) -> Option<Metres> {
        const ACCEPTED: &str = "metres, zero or more";
        let number = self.number("max_distance_m", ACCEPTED)?;
        let metres = Metres::new(number);
        if metres.is_none() {
            self.fault("max_distance_m", "is not a length", ACCEPTED);
        }
        metres
    }

    fn bbox(&mut self) -> Option<BoundingBox> {
        const ACCEPTED: &str = "west,south,east,north in decimal degrees; west greater than east \
                                crosses the antimeridian";
        let Some(text) = self.text("bbox") else {
            self.fault("bbox", "is missing", ACCEPTED);
            return None;
        };
        let edges: Result<Vec<f64>, _> = text.split(',').map(|edge| edge.trim().parse()).collect();
        let Ok(&[west, south, east, north]) = edges.as_deref() else {
            self.fault("bbox", "is not four numbers", ACCEPTED);
            return None;
        };
        match BoundingBox::from_edges(west, south, east, north) {
            Ok(bbox) => Some(bbox),
            Err(error) => {
                self.fault("bbox", &error.to_string(), ACCEPTED);
                None
            }
        }
    }

    fn one_of<T: Copy + Default>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let Some(text) = self.text(name) else { return T::default() };
        if let Some((_, choice)) = choices.iter().find(|(code, _)| *code == text) {
            return *choice;
        }
        let codes: Vec<&str> = choices.iter().map(|(code, _)| *code).collect();
        self.fault(name, "is none of the accepted values", &codes.join(", "));
        T::default()
    }

    fn filter(&mut self) -> AtmFilter {
        let mut conditions = Vec::new();
        for &field in NamedField::ALL {
            self.named(field, &mut conditions);
        }
        self.location_type(&mut conditions);
        for (parameter, group) in [
            ("service", AttributeGroup::Service),
            ("accessibility", AttributeGroup::Accessibility),
            ("feature", AttributeGroup::Feature),
        ] {
            self.attributes(parameter, group, &mut conditions);
        }
        if let Some(fee) = self.text("fee") {
            if fee == "free" {
                conditions.push(Condition::Free);
            } else {
                self.fault("fee", "is none of the accepted values", "free");
            }
        }
        let unknown = self.one_of(
            "unknown",
            &[
                ("exclude", UnknownPolicy::Exclude),
                ("include", UnknownPolicy::Include),
                ("only", UnknownPolicy::Only),
            ],
        );
        AtmFilter { conditions, unknown }
    }

    fn named(&mut self, field: NamedField, conditions: &mut Vec<Condition>) {
        let parameter = field.parameter();
        let [mut included, mut excluded] = [Vec::new(), Vec::new()];
        for value in self.values(parameter) {
            let (names, written) = match value.strip_prefix('-') {
                Some(rest) => (&mut excluded, rest),
                None => (&mut included, value.as_str()),
            };
            match Name::new(written) {
                Some(name) => names.push(name),
                None => self.fault(parameter, "has a value without letters or digits", "names"),
            }
        }
        if !included.is_empty() {
            conditions.push(Condition::Named(field, included));
        }
        if !excluded.is_empty() {
            conditions.push(Condition::NotNamed(field, excluded));
        }
    }

    fn location_type(&mut self, conditions: &mut Vec<Condition>) {
        let [mut included, mut excluded] = [Vec::new(), Vec::new()];
        for value in self.values("location_type") {
            let (kinds, code) = match value.strip_prefix('-') {
                Some(rest) => (&mut excluded, rest),
                None => (&mut included, value.as_str()),
            };
            match LocationType::STATED.iter().find(|kind| kind.code() == code) {
                Some(&kind) => kinds.push(kind),
                None => {
                    let codes: Vec<_> = LocationType::STATED.iter().map(|k| k.code()).collect();
                    self.fault(
                        "location_type",
                        "has a value that is no location type",
                        &codes.join(", "),
                    );
                }
            }
        }
        if !included.is_empty() {
            conditions.push(Condition::At(included));
        }
        if !excluded.is_empty() {
            conditions.push(Condition::NotAt(excluded));
        }
    }

    fn attributes(
        &mut self,
        parameter: &str,
        group: AttributeGroup,
        conditions: &mut Vec<Condition>,
    ) {
        for value in self.values(parameter) {
            let (is_excluded, code) = match value.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, value.as_str()),
            };
            match Attribute::of_group(group).find(|attribute| attribute.code() == code) {
                Some(attribute) if is_excluded => conditions.push(Condition::Lacks(attribute)),
                Some(attribute) => conditions.push(Condition::Has(attribute)),
                None => {
                    let codes: Vec<_> = Attribute::of_group(group).map(Attribute::code).collect();
                    self.fault(
                        parameter,
                        "has a value that is none of its codes",
                        &codes.join(", "),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        let pair = |pair: &str| pair.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()));
        Params::from_texts(query.split('&').filter_map(pair))
    }

    fn faults(query: &str) -> Vec<String> {
        let InvalidParameters(faults) = params(query).nearest().unwrap_err();
        faults.into_iter().map(|fault| fault.parameter).collect()
    }

    #[test]
    fn a_full_question_is_understood() {
        let query = "lat=60.17&lon=24.94&limit=3&max_distance_m=500.5&group=atm&operator=Otto,-Nosto\
                     &service=cash_in,-coins_in&location_type=retail,-fuel&fee=free&unknown=include";
        let question = params(query).nearest().unwrap();
        assert_eq!(question.query.limit, 3);
        assert_eq!(question.query.group, Group::Atm);
        assert_eq!(question.query.filter.unknown, UnknownPolicy::Include);
        let labels: Vec<_> =
            question.query.filter.conditions.iter().map(Condition::label).collect();
        assert_eq!(
            labels,
            [
                "operator=Otto",
                "operator=-Nosto",
                "location_type=retail",
                "location_type=-fuel",
                "service=cash_in",
                "service=-coins_in",
                "fee=free",
            ]
        );
    }

    #[test]
    fn typed_values_ask_the_same_as_texts() {
        let mut typed = Params::default();
        typed.add("lat".to_owned(), Given::Number(60.17));
        typed.add("lon".to_owned(), Given::Number(24.94));
        typed.add("limit".to_owned(), Given::Number(3.0));
        let services = ["cash_in", "-coins_in"].map(str::to_owned).to_vec();
        typed.add("service".to_owned(), Given::Items(services));
        let texts = params("lat=60.17&lon=24.94&limit=3&service=cash_in,-coins_in");
        assert_eq!(typed.nearest().unwrap().query, texts.nearest().unwrap().query);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        assert_eq!(faults("lat=123&lng=24"), ["lat", "lon", "lng"]);
        assert_eq!(faults("lat=NaN&lon=inf"), ["lat", "lon"]);
        assert_eq!(
            faults("lat=1&lon=1&limit=0&max_distance_m=-1&group=x&service=gold&fee=yes&unknown=?"),
            ["limit", "max_distance_m", "group", "service", "fee", "unknown"]
        );
        assert_eq!(faults("lat=1&lat=2&lon=3"), ["lat"]);
        assert_eq!(faults("lat=1&lon=3&operator="), ["operator"]);
    }

    #[test]
    fn too_large_a_limit_is_reduced_and_said() {
        let question = params("lat=1&lon=1&limit=1e9").nearest().unwrap();
        assert_eq!(question.query.limit, LIMIT_MAX);
        assert_eq!(question.warnings.len(), 1);
    }
}
