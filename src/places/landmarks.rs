//! The administrator's own list of places: a CSV file with a header.

use crate::domain::{Position, PositionError};

use super::fold::fold;
use super::place::PlaceKind;

/// Most landmarks one list may hold.
pub const LANDMARKS_MAX: usize = 100_000;

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 120;

/// A place from the administrator's list.
#[derive(Clone, Debug, PartialEq)]
pub struct Landmark {
    /// Its name, as answers show it.
    pub name: String,
    /// Where it is.
    pub position: Position,
    /// What kind of place it is; `landmark` where the list does not say.
    pub kind: PlaceKind,
    /// Other names it is found by.
    pub aliases: Vec<String>,
}

/// Why a list of landmarks is not accepted. It is the administrator's own, so nothing in it is
/// passed over.
#[derive(Debug, thiserror::Error)]
pub enum LandmarkError {
    /// It is no CSV.
    #[error("line {line}: this is no CSV: {error}")]
    Csv {
        /// Where.
        line: u64,
        /// What the reader says.
        #[source]
        error: csv::Error,
    },
    /// A column is missing, or there is one too many.
    #[error("the header must name the columns name, lat and lon, and may name kind and aliases")]
    Header,
    /// A name is missing, too long, or has no letter or digit.
    #[error("line {line}: name accepts 1 to 120 bytes with a letter or digit")]
    Name {
        /// Where.
        line: u64,
    },
    /// Latitude and longitude are no position.
    #[error("line {line}: {error}")]
    Position {
        /// Where.
        line: u64,
        /// Why not.
        #[source]
        error: PositionError,
    },
    /// The kind is none.
    #[error(
        "line {line}: kind accepts landmark, station, airport, site, street, district and city"
    )]
    Kind {
        /// Where.
        line: u64,
    },
    /// There are too many.
    #[error("a list may hold 100000 landmarks")]
    TooMany,
}

impl Landmark {
    /// Reads a list: columns `name`, `lat` and `lon` in WGS-84 degrees, and where wanted `kind`
    /// and `aliases`, several separated by `|`.
    ///
    /// # Errors
    ///
    /// [`LandmarkError`] names the first line that is not acceptable, and what is.
    pub fn read(list: &[u8]) -> Result<Vec<Self>, LandmarkError> {
        let list = list.strip_prefix(b"\xef\xbb\xbf").unwrap_or(list);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(list);
        let header = reader.headers().map_err(csv_error)?.clone();
        let column = |name: &str| header.iter().position(|given| given.eq_ignore_ascii_case(name));
        let (Some(name), Some(lat), Some(lon)) = (column("name"), column("lat"), column("lon"))
        else {
            return Err(LandmarkError::Header);
        };
        let (kind, aliases) = (column("kind"), column("aliases"));
        if header.len() != 3 + usize::from(kind.is_some()) + usize::from(aliases.is_some()) {
            return Err(LandmarkError::Header);
        }
        let mut landmarks = Vec::new();
        for record in reader.records() {
            let record = record.map_err(csv_error)?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |column: usize| record.get(column).unwrap_or_default();
            let aliases = aliases.map(cell).unwrap_or_default().split('|').map(str::trim);
            let aliases: Vec<String> =
                aliases.filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
            let is_name = |name: &str| name.len() <= NAME_BYTES_MAX && !fold(name).is_empty();
            if !is_name(cell(name)) || !aliases.iter().all(|alias| is_name(alias)) {
                return Err(LandmarkError::Name { line });
            }
            let degrees = |column| cell(column).parse().unwrap_or(f64::NAN);
            let position = Position::from_lat_lon(degrees(lat), degrees(lon))
                .map_err(|error| LandmarkError::Position { line, error })?;
            let kind = match kind.map(cell).unwrap_or_default() {
                "" | "landmark" => PlaceKind::Landmark,
                "station" => PlaceKind::Station,
                "airport" => PlaceKind::Airport,
                "site" => PlaceKind::Site,
                "street" => PlaceKind::Street,
                "district" => PlaceKind::District,
                "city" => PlaceKind::City,
                _ => return Err(LandmarkError::Kind { line }),
            };
            if landmarks.len() == LANDMARKS_MAX {
                return Err(LandmarkError::TooMany);
            }
            landmarks.push(Self { name: cell(name).to_owned(), position, kind, aliases });
        }
        Ok(landmarks)
    }
}

fn csv_error(error: csv::Error) -> LandmarkError {
    let line = error.position().map_or(1, csv::Position::line);
    LandmarkError::Csv { line, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_its_faults_are_named_by_line() {
        let list = "\u{feff}Name,lat,lon,kind,aliases\n\
                    Head office,60.17,24.94,,HQ|the tower\n\
                    Euston,51.5282,-0.1337,station,\n";
        let landmarks = Landmark::read(list.as_bytes()).unwrap();
        assert_eq!(landmarks[0].aliases, ["HQ", "the tower"]);
        assert_eq!(landmarks[0].kind, PlaceKind::Landmark);
        assert_eq!(landmarks[1].kind, PlaceKind::Station);

        for (list, expected) in [
            ("name,lat\nA,1", "the header"),
            ("name,lat,lon,colour\nA,1,2,red", "the header"),
            ("name,lat,lon\n…,1,2", "line 2: name"),
            ("name,lat,lon\nA,1,2\nB,91,2", "line 3: latitude"),
            ("name,lat,lon\nA,one,2", "line 2: latitude and longitude must be finite"),
            ("name,lat,lon,kind\nA,1,2,castle", "line 2: kind"),
            ("name,lat,lon\nA,1", "line 2: this is no CSV"),
        ] {
            let error = Landmark::read(list.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{list:?}: {error}");
        }
    }
}
