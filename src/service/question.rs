//! From names and values to valid questions.

use crate::domain::{
    AtmFilter, Attribute, AttributeGroup, BoundingBox, Condition, Group, LIMIT_DEFAULT, LIMIT_MAX,
    LocationType, Metres, Name, NamedField, NearestQuery, OpenAt, OutOfService, Position,
    UnknownPolicy, WithinQuery,
};

use super::params::{InvalidParameters, Params};

/// Most ATMs one page of a within answer holds.
pub const WITHIN_LIMIT_MAX: usize = 1000;

/// ATMs a page of a within answer holds when the question does not say.
pub const WITHIN_LIMIT_DEFAULT: usize = 100;

/// A nearest question with what its answer must tell the client.
#[derive(Debug)]
pub struct NearestQuestion {
    /// The question; its offset is that of the first page.
    pub query: NearestQuery,
    /// The cursor, to be resumed on the snapshot that answers.
    pub cursor: Option<String>,
    /// The question without position and page, for cursors.
    pub described: String,
    /// Whether the answer shall tell how it was found.
    pub explain: bool,
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
    /// Whether the answer shall tell how it was found.
    pub explain: bool,
    /// What was done to the question.
    pub warnings: Vec<String>,
}

impl Params {
    /// A question for the nearest sites or ATMs.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn nearest(mut self) -> Result<NearestQuestion, InvalidParameters> {
        let mut warnings = Vec::new();
        let origin = self.origin();
        let limit = self.limit(LIMIT_DEFAULT, LIMIT_MAX, &mut warnings);
        let max_distance = self.max_distance();
        let group = self.one_of("group", &[("site", Group::Site), ("atm", Group::Atm)]);
        let filter = self.filter();
        let cursor = self.text("cursor");
        let explain = self.flag("explain");
        let mut query = NearestQuery::new(self.finish(origin)?, limit);
        query.max_distance = max_distance;
        query.group = group;
        query.filter = filter;
        let described = format!("{:?} {:?} {:?}", query.group, query.max_distance, query.filter);
        Ok(NearestQuestion { query, cursor, described, explain, warnings })
    }

    /// A question for every ATM in a box.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn within(mut self) -> Result<WithinQuestion, InvalidParameters> {
        let mut warnings = Vec::new();
        let bbox = self.bbox();
        let limit = self.limit(WITHIN_LIMIT_DEFAULT, WITHIN_LIMIT_MAX, &mut warnings);
        let filter = self.filter();
        let cursor = self.text("cursor");
        let explain = self.flag("explain");
        let query = WithinQuery { bbox: self.finish(bbox)?, limit, filter, from_row: 0 };
        let described = format!("{:?} {:?}", query.bbox, query.filter);
        Ok(WithinQuestion { query, cursor, described, explain, warnings })
    }

    pub(super) fn origin(&mut self) -> Option<Position> {
        const LAT: &str = "decimal degrees from -90 to 90";
        const LON: &str = "decimal degrees from -180 to 180";
        let lat_deg = self.number("lat", LAT);
        let lon_deg = self.number("lon", LON);
        let exchanged = lat_deg.zip(lon_deg).is_some_and(|(lat_deg, lon_deg)| {
            lat_deg.abs() > 90.0 && Position::from_lat_lon(lon_deg, lat_deg).is_ok()
        });
        for (name, degrees, max_deg, accepted) in
            [("lat", lat_deg, 90.0, LAT), ("lon", lon_deg, 180.0, LON)]
        {
            match degrees {
                // Whatever else was wrong with it has been noted first.
                None => self.fault(name, "is missing", accepted),
                Some(degrees) if degrees.abs() <= max_deg => {}
                Some(_) if exchanged => {
                    let detail = "is out of range; latitude and longitude may be exchanged";
                    self.fault(name, detail, accepted);
                }
                Some(_) => self.fault(name, "is out of range", accepted),
            }
        }
        Position::from_lat_lon(lat_deg?, lon_deg?).ok()
    }

    pub(super) fn limit(
        &mut self,
        default: usize,
        max: usize,
        warnings: &mut Vec<String>,
    ) -> usize {
        let accepted = format!("a whole number from 1 to {max}");
        let Some(number) = self.number("limit", &accepted) else { return default };
        if number < 1.0 || number.fract() != 0.0 {
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
                self.fault("bbox", &format!("is no box: {error}"), ACCEPTED);
                None
            }
        }
    }

    fn filter(&mut self) -> AtmFilter {
        let mut conditions = Vec::new();
        for &field in NamedField::ALL {
            let accepted = || "names with a letter or a digit".to_owned();
            let [included, excluded] = self.signed(field.parameter(), accepted, Name::new);
            if !included.is_empty() {
                conditions.push(Condition::Named(field, included));
            }
            if !excluded.is_empty() {
                conditions.push(Condition::NotNamed(field, excluded));
            }
        }
        let [included, excluded] = self.coded("location_type", || {
            LocationType::STATED.iter().map(|&kind| (kind.code(), kind))
        });
        if !included.is_empty() {
            conditions.push(Condition::At(included));
        }
        if !excluded.is_empty() {
            conditions.push(Condition::NotAt(excluded));
        }
        for (parameter, group) in [
            ("service", AttributeGroup::Service),
            ("accessibility", AttributeGroup::Accessibility),
            ("feature", AttributeGroup::Feature),
        ] {
            let [included, excluded] = self.coded(parameter, || {
                Attribute::of_group(group).map(|attribute| (attribute.code(), attribute))
            });
            conditions.extend(included.into_iter().map(Condition::Has));
            conditions.extend(excluded.into_iter().map(Condition::Lacks));
        }
        if self.one_of("fee", &[("free", true)]) {
            conditions.push(Condition::Free);
        }
        if let Some(text) = self.text("open_at") {
            match OpenAt::parse(text.trim()) {
                Some(when) => conditions.push(Condition::Open(when)),
                None => self.fault("open_at", "is none of the accepted", OpenAt::ACCEPTED),
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
        let out_of_service = if self.flag("include_out_of_service") {
            OutOfService::Include
        } else {
            OutOfService::Exclude
        };
        AtmFilter { conditions, unknown, out_of_service }
    }

    /// The values of a list of codes: those that include, and those that exclude.
    fn coded<T, I: Iterator<Item = (&'static str, T)>>(
        &mut self,
        name: &'static str,
        codes: impl Fn() -> I,
    ) -> [Vec<T>; 2] {
        let accepted = || codes().map(|(code, _)| code).collect::<Vec<_>>().join(", ");
        let read = |value: &str| codes().find(|(code, _)| *code == value).map(|(_, item)| item);
        self.signed(name, accepted, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Given;

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
    fn exchanged_coordinates_are_told_where_they_cannot_be_meant() {
        let tokyo = params("lat=139.7&lon=35.7").nearest().unwrap_err().0;
        assert!(tokyo[0].detail.contains("exchanged"), "{tokyo:?}");
        let nowhere = params("lat=139.7&lon=135.7").nearest().unwrap_err().0;
        assert_eq!(nowhere[0].detail, "is out of range");
    }

    #[test]
    fn too_large_a_limit_is_reduced_and_said() {
        let question = params("lat=1&lon=1&limit=1e9").nearest().unwrap();
        assert_eq!(question.query.limit, LIMIT_MAX);
        assert_eq!(question.warnings.len(), 1);
    }
}
