//! Which country a position lies in, territorial waters included.

use std::sync::LazyLock;

use country_boundaries::{BOUNDARIES_ODBL_360X180, CountryBoundaries, LatLon};

use crate::domain::Position;

/// Boundaries of countries and their first-level regions, © OpenStreetMap contributors, ODbL;
/// compiled in by the crate that reads them. A border is right to some hundred metres.
static BOUNDARIES: LazyLock<Option<CountryBoundaries>> =
    LazyLock::new(|| CountryBoundaries::from_reader(BOUNDARIES_ODBL_360X180).ok());

/// How far a position may lie from its stated country before that is suspicious, in degrees of
/// latitude: about 20 km, more than the error of the boundaries, bridges and offshore islands.
const TOLERANCE_DEG: f64 = 0.18;

/// South of this latitude no country is sought: Antarctica has ATMs and no borders.
const ANTARCTIC_CIRCLE_DEG: f64 = -60.0;

/// An ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// A code of two capital letters, known to ISO 3166-1 or not.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        match code.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Self([a, b])),
            _ => None,
        }
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The country `position` lies in, `None` on the high seas and in Antarctica. Of a dependency and
/// its state (Jersey, Réunion) the dependency.
///
/// # Cost
///
/// About 0.1 µs; some milliseconds the first time.
#[must_use]
pub fn country_of(position: Position) -> Option<CountryCode> {
    ids(position)?.into_iter().find_map(CountryCode::new)
}

/// How a position and the country its row states fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// In the stated country, near its border, or in some country where none is stated.
    Plausible,
    /// Far outside the stated country.
    OutsideStated,
    /// In no country and far from any.
    Nowhere,
    /// Not plausible, but the position with exchanged axes is.
    Exchanged,
}

/// Judges `position` by the country the row states, if it states one.
pub(super) fn whereabouts(position: Position, stated: Option<&str>) -> Whereabouts {
    if is_plausible(position, stated) {
        return Whereabouts::Plausible;
    }
    let exchanged = Position::from_lat_lon(position.lon_deg(), position.lat_deg());
    if exchanged.is_ok_and(|exchanged| lies_in(exchanged, stated)) {
        return Whereabouts::Exchanged;
    }
    match stated {
        Some(_) => Whereabouts::OutsideStated,
        None => Whereabouts::Nowhere,
    }
}

fn is_plausible(position: Position, stated: Option<&str>) -> bool {
    if lies_in(position, stated) {
        return true;
    }
    if stated.is_none() && position.lat_deg() < ANTARCTIC_CIRCLE_DEG {
        return true;
    }
    around(position).any(|near| lies_in(near, stated))
}

/// Eight positions about [`TOLERANCE_DEG`] from `position`.
fn around(position: Position) -> impl Iterator<Item = Position> {
    let shrink = position.lat_deg().to_radians().cos().max(0.05);
    let steps = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)];
    steps.into_iter().filter_map(move |(north, east)| {
        let lat_deg = position.lat_deg() + f64::from(north) * TOLERANCE_DEG;
        let lon_deg = position.lon_deg() + f64::from(east) * TOLERANCE_DEG / shrink;
        let wrapped_deg = (lon_deg + 540.0).rem_euclid(360.0) - 180.0;
        Position::from_lat_lon(lat_deg, wrapped_deg).ok()
    })
}

/// Whether `position` lies in the stated country or one of its dependencies; in any country when
/// none is stated. The boundaries name a region of a country `US-OH`.
fn lies_in(position: Position, stated: Option<&str>) -> bool {
    if let (Some(code), Some(boundaries), Some(place)) = (stated, &*BOUNDARIES, place(position))
        && boundaries.is_in(place, code)
    {
        // Mostly so, and found without looking at other countries.
        return true;
    }
    let Some(ids) = ids(position) else { return true };
    match stated {
        Some(code) => ids.iter().any(|id| id.split('-').next() == Some(code)),
        None => !ids.is_empty(),
    }
}

/// `None` only if the compiled-in boundaries could not be read; then nothing is suspicious.
fn ids(position: Position) -> Option<Vec<&'static str>> {
    Some(BOUNDARIES.as_ref()?.ids(place(position)?))
}

fn place(position: Position) -> Option<LatLon> {
    LatLon::new(position.lat_deg(), position.lon_deg()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat_deg: f64, lon_deg: f64) -> Position {
        Position::from_lat_lon(lat_deg, lon_deg).unwrap()
    }

    #[test]
    fn positions_lie_in_their_countries() {
        for (place, code) in [
            (at(60.171_9, 24.941_4), Some("FI")),
            (at(43.739_6, 7.426_9), Some("MC")),
            (at(49.19, -2.11), Some("JE")),
            (at(30.0, -40.0), None),
        ] {
            assert_eq!(country_of(place).as_ref().map(CountryCode::as_str), code, "{place}");
        }
    }

    #[test]
    fn a_position_is_judged_by_the_country_its_row_states() {
        let kent_in_ohio = at(41.15, -81.36);
        let london = at(51.507_4, -0.127_8);
        let london_exchanged = at(-0.127_8, 51.507_4);
        for (place, stated, verdict) in [
            (kent_in_ohio, Some("GB"), Whereabouts::OutsideStated),
            (kent_in_ohio, None, Whereabouts::Plausible),
            (london, Some("GB"), Whereabouts::Plausible),
            (london_exchanged, Some("GB"), Whereabouts::Exchanged),
            (london_exchanged, None, Whereabouts::Exchanged),
            (at(20.0, -50.0), None, Whereabouts::Nowhere),
            (at(-77.85, 166.67), None, Whereabouts::Plausible),
            (at(55.0, -7.33), Some("IE"), Whereabouts::Plausible),
            (at(-21.1, 55.5), Some("FR"), Whereabouts::Plausible),
        ] {
            assert_eq!(whereabouts(place, stated), verdict, "{place} {stated:?}");
        }
    }
}
