//! Written positions: pairs of degrees in the forms people write, `geo:` addresses, plus codes and
//! map links. Everything is parsed and nothing is fetched.

mod degrees;
mod geo_uri;
mod map_link;
mod plus_code;

use crate::domain::{Metres, Position, PositionError};

pub use plus_code::{PlusCode, ShortPlusCode};

/// Most bytes a written position may have: the longest links of map services have about 500.
pub const WRITTEN_BYTES_MAX: usize = 2048;

/// A position somebody wrote, or shared as a link.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenPosition {
    /// A position.
    At {
        /// Where.
        position: Position,
        /// How far off it may be, where that is written or follows from the form.
        uncertainty: Metres,
    },
    /// A plus code without its first digits, which stands for the nearest area of those digits to
    /// a place.
    Near {
        /// The code.
        code: ShortPlusCode,
        /// The place, empty where none is written.
        place: String,
    },
}

/// Why what is plainly meant as a position is none. No text repeats what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrittenPositionError {
    /// The numbers are out of range.
    #[error("{0}")]
    OutOfRange(#[from] PositionError),
    /// The numbers are out of range, but not if latitude and longitude change places.
    #[error("latitude must come first: the numbers are a position only if they are exchanged")]
    Exchanged,
    /// Two latitudes, or two longitudes.
    #[error("two latitudes or two longitudes are no position")]
    TwoOfAKind,
    /// Minutes or seconds are not below 60.
    #[error("minutes and seconds must be below 60")]
    Sexagesimal,
    /// A sign and a direction contradict each other.
    #[error("a number with a direction (N, S, E, W) must have no sign")]
    SignAndDirection,
    /// The letter O is a direction of two meanings.
    #[error("O is west in French and Spanish and east in German; write E or W")]
    AmbiguousDirection,
    /// A `geo:` address is not of its form.
    #[error("a geo: address has the form geo:lat,lon, in WGS-84 degrees")]
    GeoUri,
    /// An address or map is of a reference system other than WGS-84.
    #[error("positions must be in WGS-84; those of this address or map are not")]
    OtherReferenceSystem,
    /// A plus code has a digit or a length that none has.
    #[error(
        "this is no plus code: they have a + after an even number of the digits 23456789CFGHJMPQRVWX"
    )]
    PlusCode,
    /// A link to a map that holds no position.
    #[error("this link holds no position; share the position itself, or its coordinates")]
    LinkWithoutPosition,
    /// A short link or three words, which only their maker's service can look up.
    #[error(
        "short links and three-word addresses hold no position, and are not looked up elsewhere; \
         share the position itself, or its coordinates"
    )]
    LooksUpElsewhere,
}

/// Reads a written position; `None` when the text is not meant as one, and may be the name of a
/// place.
///
/// # Forms
///
/// - `60.1699, 24.9384`, latitude first, parted by comma, semicolon or space; with decimal commas;
///   with degree signs; with N, S, E, W or words for them before or after, in which case either
///   may come first
/// - `60°10'11.6"N 24°56'18.2"E`, and with minutes only, with spaces or colons
/// - `geo:60.1699,24.9384;u=35` (RFC 5870)
/// - plus codes, full (`9GG65WCP+X7`) or short before or after a place (`5WCP+X7 Helsinki`)
/// - links of Google Maps, Apple Maps, OpenStreetMap, Bing, Waze, HERE, Yandex and others that
///   carry coordinates
///
/// # Errors
///
/// [`WrittenPositionError`] when it is meant as a position and is none.
#[must_use]
pub fn written_position(text: &str) -> Option<Result<WrittenPosition, WrittenPositionError>> {
    let text = text.trim();
    if text.len() > WRITTEN_BYTES_MAX {
        return None;
    }
    if let Some(read) = geo_uri::read(text) {
        return Some(read);
    }
    if let Some(read) = map_link::read(text) {
        return Some(read);
    }
    plus_code::read(text).or_else(|| degrees::read(text))
}

/// A position from two numbers, or why they are none.
fn position(lat_deg: f64, lon_deg: f64) -> Result<Position, WrittenPositionError> {
    Position::from_lat_lon(lat_deg, lon_deg).map_err(|error| {
        let is_exchanged = lat_deg.abs() > 90.0 && Position::from_lat_lon(lon_deg, lat_deg).is_ok();
        if is_exchanged { WrittenPositionError::Exchanged } else { error.into() }
    })
}

fn at(
    lat_deg: f64,
    lon_deg: f64,
    uncertainty_m: f64,
) -> Result<WrittenPosition, WrittenPositionError> {
    let uncertainty = Metres::new(uncertainty_m).unwrap_or_default();
    Ok(WrittenPosition::At { position: position(lat_deg, lon_deg)?, uncertainty })
}
