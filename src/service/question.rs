//! From names and values to valid questions.

use serde_json::{Map, Value};

use crate::domain::{
    AlongQuery, Area, AtmFilter, Attribute, AttributeGroup, BoundingBox, Condition, Corridor,
    Group, LIMIT_DEFAULT, LIMIT_MAX, LINE_BUFFER_MAX_M, LocationType, Metres, Name, NamedField,
    NearestQuery, OpenAt, OutOfService, Position, Region, UnknownPolicy, WithinQuery,
};

use super::cursor::Cursor;
use super::params::{Given, InvalidParameters, Params};
use super::shapes::{line, polygons};

/// Most ATMs one page of a within answer holds.
pub const WITHIN_LIMIT_MAX: usize = 1000;

/// ATMs a page of a within answer holds when the question does not say.
pub const WITHIN_LIMIT_DEFAULT: usize = 100;

/// A question with what its answer must tell the client.
#[derive(Debug)]
pub struct Question<Q> {
    /// The question; it asks for the first page.
    pub query: Q,
    /// The cursor, to be resumed on the snapshot that answers.
    pub cursor: Option<String>,
    /// Digest of the question without position and page, for cursors.
    pub digest: u64,
    /// Whether the answer shall tell how it was found.
    pub explain: bool,
    /// What was done to the question.
    pub warnings: Vec<String>,
}

/// A nearest question.
pub type NearestQuestion = Question<NearestQuery>;

/// A question for what is in an area.
pub type WithinQuestion = Question<WithinQuery>;

/// A question for what is along a line.
pub type AlongQuestion = Question<AlongQuery>;

/// A question for what is in a shape.
#[derive(Debug)]
pub enum ShapeQuestion {
    /// In a box or polygons.
    Within(WithinQuestion),
    /// In a corridor, along its line.
    Along(AlongQuestion),
}

impl Params<'_> {
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
        let digest = Cursor::question(&(query.group, query.max_distance, &query.filter));
        Ok(Question { query, cursor, digest, explain, warnings })
    }

    /// A question for every ATM in a box.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn within(mut self) -> Result<WithinQuestion, InvalidParameters> {
        let area = self.bbox().map(Area::from);
        self.in_area(area)
    }

    /// A question for every ATM in a box, in polygons, or along a line.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn shape(mut self) -> Result<ShapeQuestion, InvalidParameters> {
        const SHAPES: [&str; 3] = ["bbox", "polygon", "along"];
        let given: Vec<&str> = SHAPES.into_iter().filter(|&name| self.has(name)).collect();
        for name in given.iter().skip(1) {
            self.fault(name, "is given beside another shape", "one of bbox, polygon, along");
        }
        match given.first() {
            Some(&"along") => self.along().map(ShapeQuestion::Along),
            Some(&"polygon") => {
                let area = self.region().map(Area::from);
                self.in_area(area).map(ShapeQuestion::Within)
            }
            Some(_) => {
                let area = self.bbox().map(Area::from);
                self.in_area(area).map(ShapeQuestion::Within)
            }
            None => {
                let accepted = "west,south,east,north; or polygon; or along with buffer_m";
                self.fault("bbox", "is missing", accepted);
                self.has("buffer_m");
                self.in_area(None).map(ShapeQuestion::Within)
            }
        }
    }

    fn in_area(mut self, area: Option<Area>) -> Result<WithinQuestion, InvalidParameters> {
        let mut warnings = Vec::new();
        if let Some(Area::Region(region)) = &area
            && region.jumps_antimeridian()
        {
            let jump = "an edge of the polygon longer than 180 degrees of longitude was taken to \
                        cross the antimeridian";
            warnings.push(jump.to_owned());
        }
        let limit = self.limit(WITHIN_LIMIT_DEFAULT, WITHIN_LIMIT_MAX, &mut warnings);
        let filter = self.filter();
        let cursor = self.text("cursor");
        let explain = self.flag("explain");
        let query = WithinQuery { area: self.finish(area)?, limit, filter, from_row: 0 };
        let digest = Cursor::question(&(&query.area, &query.filter));
        Ok(Question { query, cursor, digest, explain, warnings })
    }

    fn along(mut self) -> Result<AlongQuestion, InvalidParameters> {
        let mut warnings = Vec::new();
        let corridor = self.corridor();
        let limit = self.limit(WITHIN_LIMIT_DEFAULT, WITHIN_LIMIT_MAX, &mut warnings);
        let filter = self.filter();
        let cursor = self.text("cursor");
        let explain = self.flag("explain");
        let query = AlongQuery { corridor: self.finish(corridor)?, limit, filter, from: None };
        let digest = Cursor::question(&("along", query.corridor.digest(), &query.filter));
        Ok(Question { query, cursor, digest, explain, warnings })
    }

    fn region(&mut self) -> Option<Region> {
        const ACCEPTED: &str = "a GeoJSON Polygon or MultiPolygon, or a Feature of one, of at most \
                                10000 positions, rings closed and not crossing";
        self.geojson("polygon", ACCEPTED, |shape| {
            Region::new(&polygons(shape)?).map_err(|error| error.to_string())
        })
    }

    fn corridor(&mut self) -> Option<Corridor> {
        const LINE: &str = "a GeoJSON LineString, or a Feature of one, of 2 to 10000 positions, at \
                            most 50000 km long";
        const BUFFER: &str = "metres from 0 to 100000";
        let buffer_m = self.number("buffer_m", BUFFER);
        let buffer =
            buffer_m.filter(|&buffer_m| buffer_m <= LINE_BUFFER_MAX_M).and_then(Metres::new);
        match (buffer_m, buffer) {
            (_, Some(_)) => {}
            (None, None) => self.fault("buffer_m", "is missing", BUFFER),
            (Some(_), None) => self.fault("buffer_m", "is out of range", BUFFER),
        }
        let corridor = self.geojson("along", LINE, |shape| {
            Corridor::new(&line(shape)?, buffer.unwrap_or_default())
                .map_err(|error| error.to_string())
        });
        corridor.filter(|_| buffer.is_some())
    }

    /// A parameter that is a GeoJSON object, as `read` reads it or says what is wrong with it.
    fn geojson<T>(
        &mut self,
        name: &'static str,
        accepted: &'static str,
        read: impl FnOnce(&Map<String, Value>) -> Result<T, String>,
    ) -> Option<T> {
        let read = match self.take(name)? {
            Given::Object(shape) => read(&shape),
            Given::Text(_)
            | Given::Number(_)
            | Given::Flag(_)
            | Given::Items(_)
            | Given::Numbers(_) => Err("is of the wrong JSON type".to_owned()),
        };
        read.map_err(|detail| self.fault(name, &detail, accepted)).ok()
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
        if !self.has("limit") {
            return default;
        }
        let accepted = || format!("a whole number from 1 to {max}");
        let Some(number) = self.number_or("limit", accepted) else { return default };
        if number < 1.0 || number.fract() != 0.0 {
            self.fault("limit", "is not a whole number of at least 1", &accepted());
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
        let edges = match self.take("bbox") {
            None => {
                self.fault("bbox", "is missing", ACCEPTED);
                return None;
            }
            Some(Given::Numbers(edges)) => Ok(edges),
            Some(Given::Text(text)) => text.split(',').map(|edge| edge.trim().parse()).collect(),
            Some(Given::Number(_) | Given::Flag(_) | Given::Items(_) | Given::Object(_)) => {
                self.fault("bbox", "is of the wrong JSON type", ACCEPTED);
                return None;
            }
        };
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

    fn params(query: &str) -> Params<'static> {
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
