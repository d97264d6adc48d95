//! `geo:` addresses, RFC 5870.

use super::{WrittenPosition, WrittenPositionError, at, position};

/// Reads a `geo:` address; `None` when it is none.
///
/// `geo:0,0?q=60.17,24.94(label)`, as telephones share positions, is the position of `q`. An
/// altitude is passed over. The longitude of a pole is whatever is written, as the RFC says.
pub(super) fn read(text: &str) -> Option<Result<WrittenPosition, WrittenPositionError>> {
    let scheme = text.get(..4)?;
    scheme.eq_ignore_ascii_case("geo:").then(|| read_after_scheme(&text[4..]))
}

fn read_after_scheme(text: &str) -> Result<WrittenPosition, WrittenPositionError> {
    const WRONG: WrittenPositionError = WrittenPositionError::GeoUri;
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let mut parameters = path.trim_start_matches('/').split(';');
    let numbers: Result<Vec<f64>, _> =
        parameters.next().unwrap_or_default().split(',').map(|n| number(n).ok_or(WRONG)).collect();
    let (lat_deg, lon_deg) = match numbers?.as_slice() {
        [lat_deg, lon_deg] | [lat_deg, lon_deg, _] => (*lat_deg, *lon_deg),
        _ => return Err(WRONG),
    };
    let mut uncertainty_m = 0.0;
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.eq_ignore_ascii_case("crs") {
            if !value.eq_ignore_ascii_case("wgs84") {
                return Err(WrittenPositionError::OtherReferenceSystem);
            }
        } else if name.eq_ignore_ascii_case("u") {
            uncertainty_m = number(value).filter(|metres| *metres >= 0.0).ok_or(WRONG)?;
        }
    }
    if let Some((lat_deg, lon_deg)) = asked(query) {
        return at(lat_deg, lon_deg, uncertainty_m);
    }
    // Telephones write 0,0 beside a search text: there is no position then.
    if query.contains("q=") && lat_deg.abs() + lon_deg.abs() <= 0.0 {
        return Err(WrittenPositionError::LinkWithoutPosition);
    }
    position(lat_deg, lon_deg)?;
    at(lat_deg, lon_deg, uncertainty_m)
}

/// The position a `q` holds, before a label in brackets.
fn asked(query: &str) -> Option<(f64, f64)> {
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("q="))?;
    let asked = asked.replace("%2C", ",").replace("%2c", ",");
    let (lat, lon) = asked.split(['(', '%']).next()?.split_once(',')?;
    Some((number(lat)?, number(lon)?))
}

/// A decimal number as the RFC writes it: no exponent, no plus sign.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Metres, Position};

    #[test]
    fn addresses_are_read_and_other_systems_refused() {
        for (text, lat_deg, lon_deg, metres) in [
            ("geo:60.1699,24.9384", 60.1699, 24.9384, 0.0),
            ("GEO:-33.86,151.21,58", -33.86, 151.21, 0.0),
            ("geo:48.2010,16.3695,183;crs=WGS84;u=40.5", 48.201, 16.3695, 40.5),
            ("geo:48.2010,16.3695;u=40;future=1", 48.201, 16.3695, 40.0),
            ("geo:0,0?q=60.17,24.94(Rautatientori)", 60.17, 24.94, 0.0),
            ("geo:60.17,24.94?z=15", 60.17, 24.94, 0.0),
            ("geo:0,0", 0.0, 0.0, 0.0),
        ] {
            let expected = WrittenPosition::At {
                position: Position::from_lat_lon(lat_deg, lon_deg).unwrap(),
                uncertainty: Metres::new(metres).unwrap(),
            };
            assert_eq!(read(text), Some(Ok(expected)), "{text}");
        }
        for (text, error) in [
            ("geo:60.1699", WrittenPositionError::GeoUri),
            ("geo:60,24;u=-1", WrittenPositionError::GeoUri),
            ("geo:6e1,24", WrittenPositionError::GeoUri),
            ("geo:124,24", WrittenPositionError::Exchanged),
            ("geo:60,24;crs=nad27", WrittenPositionError::OtherReferenceSystem),
            ("geo:0,0?q=coffee", WrittenPositionError::LinkWithoutPosition),
        ] {
            assert_eq!(read(text), Some(Err(error)), "{text}");
        }
        assert_eq!(read("georgia"), None);
    }
}
