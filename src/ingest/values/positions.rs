//! Positions as people and programs write them.
//!
//! Numbers are handed on as they are, beyond all ranges too: judging is done elsewhere. What has
//! two readings is not read: `O` is west in Spanish and east in German.

use unicode_normalization::UnicodeNormalization;

use super::is_placeholder;
use crate::ingest::record::RawPosition;

/// Which coordinate a text says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Latitude,
    Longitude,
}

/// Hemispheres by letter and word, with their axis and whether they count backwards.
#[rustfmt::skip]
const HEMISPHERES: &[(&str, Axis, bool)] = &[
    ("N", Axis::Latitude, false), ("S", Axis::Latitude, true), ("E", Axis::Longitude, false), ("W",
        Axis::Longitude, true),
    ("NORTH", Axis::Latitude, false), ("SOUTH", Axis::Latitude, true), ("EAST", Axis::Longitude,
        false), ("WEST", Axis::Longitude, true),
    ("NORTE", Axis::Latitude, false), ("SUR", Axis::Latitude, true), ("ESTE", Axis::Longitude,
        false), ("OESTE", Axis::Longitude, true),
    ("NORD", Axis::Latitude, false), ("SUD", Axis::Latitude, true), ("EST", Axis::Longitude, false),
    ("OUEST", Axis::Longitude, true), ("OVEST", Axis::Longitude, true),
    ("SÜD", Axis::Latitude, true), ("OST", Axis::Longitude, false), ("SUL", Axis::Latitude, true),
    ("LESTE", Axis::Longitude, false),
    ("NOORD", Axis::Latitude, false), ("ZUID", Axis::Latitude, true), ("OOST", Axis::Longitude,
        false),
    ("北緯", Axis::Latitude, false), ("南緯", Axis::Latitude, true), ("東経", Axis::Longitude, false),
    ("西経", Axis::Longitude, true),
];

/// One coordinate in degrees, or whatever unit the numbers are in: decimal point or comma, degree
/// sign, hemisphere, degrees with minutes and seconds. NaN and infinity are numbers here.
pub(crate) fn coordinate(text: &str) -> Option<f64> {
    angle(text).map(|(number, _)| number)
}

/// The position of a latitude and a longitude that stand apart.
///
/// Both absent is [`RawPosition::Missing`]; one absent, or one that says it is the other, is
/// [`RawPosition::Unreadable`].
pub(crate) fn position_of_pair(lat: &str, lon: &str) -> RawPosition {
    match (angle(lat), angle(lon)) {
        (Some((lat, None | Some(Axis::Latitude))), Some((lon, None | Some(Axis::Longitude)))) => {
            RawPosition::LatLon { lat, lon }
        }
        _ if is_placeholder(lat) && is_placeholder(lon) => RawPosition::Missing,
        _ => RawPosition::Unreadable(format!("{}, {}", lat.trim(), lon.trim())),
    }
}

/// The position in one text: WKT or its hexadecimal binary, GeoJSON, a `geo:` URI, the last
/// "(lat, lon)" of an address, "lat, lon", or "lat=… lon=…".
///
/// WKT and GeoJSON put the longitude first, everything else the latitude. An address of several
/// lines without a pair gives no position.
pub(crate) fn position(text: &str) -> RawPosition {
    let text = text.trim();
    if is_placeholder(text) {
        return RawPosition::Missing;
    }
    let found = if text.starts_with(['{', '[']) {
        json(text)
    } else if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("geo:")) {
        geo_uri(&text[4..])
    } else {
        match Wkt::of(text) {
            Some(wkt) => wkt.point(),
            None => wkb(text)
                .or_else(|| in_brackets(text))
                .or_else(|| labelled(text))
                .or_else(|| pair(text)),
        }
    };
    match found {
        Some(position) => position,
        None if text.contains('\n') => RawPosition::Missing,
        None => RawPosition::Unreadable(text.to_owned()),
    }
}

fn lat_lon(lat: f64, lon: f64) -> RawPosition {
    RawPosition::LatLon { lat, lon }
}

/// Whether the text holds something beside its position: an address, say.
pub(crate) fn says_more_than_position(text: &str) -> bool {
    let is_position = text.starts_with(['{', '[', '(']) || Wkt::of(text).is_some();
    !is_position && (text.contains('(') || text.contains('\n'))
}

/// Well-known text in its parts.
struct Wkt<'t> {
    /// `SRID=4326` or the address of a reference system.
    frame: &'t str,
    /// In capitals, without `Z` and `M`.
    shape: String,
    /// From the first bracket on, or `EMPTY`.
    rest: &'t str,
}

impl<'t> Wkt<'t> {
    /// Every shape there is, so that a polygon is known for what it is.
    const SHAPES: [&'static str; 7] = [
        "POINT",
        "MULTIPOINT",
        "LINESTRING",
        "POLYGON",
        "MULTILINESTRING",
        "MULTIPOLYGON",
        "GEOMETRYCOLLECTION",
    ];

    /// The parts of a text that is WKT.
    fn of(text: &'t str) -> Option<Self> {
        let is_srid = |frame: &str| frame.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("SRID="));
        let (frame, text) = match text.split_once([';', '>']) {
            Some((frame, rest)) if frame.starts_with('<') || is_srid(frame) => {
                (frame, rest.trim_start())
            }
            _ => ("", text),
        };
        let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let name = name.to_ascii_uppercase();
        let shape =
            name.strip_suffix("ZM").or_else(|| name.strip_suffix(['Z', 'M'])).unwrap_or(&name);
        Self::SHAPES.contains(&shape).then(|| Self {
            frame,
            shape: shape.to_owned(),
            rest: rest.trim_start().trim_start_matches(['Z', 'z', 'M', 'm']).trim(),
        })
    }

    /// Its one point.
    fn point(&self) -> Option<RawPosition> {
        if self.rest.eq_ignore_ascii_case("EMPTY") {
            return Some(RawPosition::Missing);
        }
        // EPSG's own address of WGS-84 puts the latitude first, whatever a file then does.
        if self.frame.contains("EPSG") || !matches!(self.shape.as_str(), "POINT" | "MULTIPOINT") {
            return None;
        }
        let inside = self.rest.strip_prefix('(')?.strip_suffix(')')?.trim();
        let inside = inside.trim_start_matches('(').trim_end_matches(')');
        let numbers: Vec<f64> =
            inside.split_whitespace().map(|number| number.parse().ok()).collect::<Option<_>>()?;
        match numbers.as_slice() {
            [lon, lat] | [lon, lat, _] | [lon, lat, _, _] => Some(lat_lon(*lat, *lon)),
            _ => None,
        }
    }
}

/// A point of `PostGIS`' hexadecimal well-known binary.
fn wkb(text: &str) -> Option<RawPosition> {
    const WITH_SRID: u32 = 0x2000_0000;
    const DIMENSIONS: u32 = 0xc000_0000;
    const POINT: u32 = 1;
    if text.len() < 42 || text.len() > 82 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Vec<u8> = (0..text.len() / 2)
        .map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok())
        .collect::<Option<_>>()?;
    let little = *bytes.first()? == 1;
    let kind = bytes.get(1..5)?.try_into().ok()?;
    let kind = if little { u32::from_le_bytes(kind) } else { u32::from_be_bytes(kind) };
    let start = if kind & WITH_SRID == 0 { 5 } else { 9 };
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 8)?.try_into().ok()?;
        Some(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    };
    let is_point = (kind & !(WITH_SRID | DIMENSIONS)) % 1000 == POINT;
    is_point.then_some(())?;
    Some(lat_lon(number(start + 8)?, number(start)?))
}

/// A GeoJSON point, its bare coordinates, or an object with a latitude and a longitude. Python
/// writes such objects with single quotes.
fn json(text: &str) -> Option<RawPosition> {
    use serde_json::Value;
    let value: Value = serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")))
        .ok()?;
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => coordinate(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let lon_lat = |coordinates: &Value| {
        let coordinates = coordinates.as_array()?;
        let [lon, lat] = coordinates.get(..2)? else { return None };
        Some(lat_lon(number(lat)?, number(lon)?))
    };
    let Some(object) = value.as_object() else { return lon_lat(&value) };
    if let Some(coordinates) = object.get("coordinates") {
        let is_point = object.get("type").is_none_or(|kind| kind == "Point");
        return is_point.then(|| lon_lat(coordinates)).flatten();
    }
    let any = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let lat = any(&["latitude", "lat", "Latitude", "Lat"]);
    let lon = any(&["longitude", "lon", "lng", "long", "Longitude", "Lon", "Lng", "Long"]);
    match (lat, lon) {
        // An address that was never found on the map.
        (None | Some(Value::Null), None | Some(Value::Null)) => Some(RawPosition::Missing),
        (Some(lat), Some(lon)) => Some(lat_lon(number(lat)?, number(lon)?)),
        _ => None,
    }
}

/// What stands behind `geo:` (RFC 5870): latitude, longitude and perhaps a height.
fn geo_uri(rest: &str) -> Option<RawPosition> {
    let mut parts = rest.split([';', '?']);
    let numbers: Vec<f64> =
        parts.next()?.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    let crs = parts.find_map(|part| part.strip_prefix("crs="));
    match numbers.as_slice() {
        [lat, lon] | [lat, lon, _] if crs.is_none_or(|crs| crs.eq_ignore_ascii_case("wgs84")) => {
            Some(lat_lon(*lat, *lon))
        }
        _ => None,
    }
}

/// The last pair in round brackets.
fn in_brackets(text: &str) -> Option<RawPosition> {
    text.rmatch_indices('(').find_map(|(start, _)| {
        let inside = &text[start + 1..];
        pair(&inside[..inside.find(')')?])
    })
}

/// A pair whose numbers say what they are: "Lat: 51.5, Lon: -0.1", "lat=51.5&lng=-0.1".
fn labelled(text: &str) -> Option<RawPosition> {
    let lower = text.to_ascii_lowercase();
    let behind = |label: &str| {
        let rest = &lower[lower.find(label)? + label.len()..];
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let rest = rest.trim_start_matches([' ', ':', '=', '"', '\'']);
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
            .unwrap_or(rest.len());
        rest[..end].parse::<f64>().ok()
    };
    let lat = behind("lat")?;
    Some(lat_lon(lat, behind("lon").or_else(|| behind("lng"))?))
}

/// Two coordinates side by side. A comma between digits is a decimal comma where another sign
/// separates the pair.
fn pair(text: &str) -> Option<RawPosition> {
    let text = text.trim();
    let commas = text.matches(',').count();
    let (first, second) = if let Some(halves) = text.split_once([';', '|', '\t', '/']) {
        halves
    } else if let Some(halves) = text.split_once(", ") {
        halves
    } else if commas == 1 && (text.contains('.') || !text.contains(char::is_whitespace)) {
        text.split_once(',')?
    } else if commas == 3 {
        // "-34,6,-58,4": the comma in the middle separates.
        let middle = text.match_indices(',').nth(1)?.0;
        (&text[..middle], &text[middle + 1..])
    } else {
        at_hemisphere(text).or_else(|| text.split_once(char::is_whitespace))?
    };
    let ((first, first_axis), (second, second_axis)) = (angle(first)?, angle(second)?);
    match (first_axis, second_axis) {
        (None, None) | (Some(Axis::Latitude), Some(Axis::Longitude)) => {
            Some(lat_lon(first, second))
        }
        (Some(Axis::Longitude), Some(Axis::Latitude)) => Some(lat_lon(second, first)),
        _ => None,
    }
}

/// The two halves of `40°26′N 79°58′W` or `N40°26′ W79°58′`.
fn at_hemisphere(text: &str) -> Option<(&str, &str)> {
    let mut letters = text
        .char_indices()
        .filter(|(_, c)| matches!(c.to_ascii_uppercase(), 'N' | 'S' | 'E' | 'W'));
    let (first, second) = (letters.next()?.0, letters.next()?.0);
    if letters.next().is_some() {
        return None;
    }
    Some(text.split_at(if first == 0 { second } else { first + 1 }))
}

/// A coordinate and, where it names a hemisphere, its axis.
fn angle(text: &str) -> Option<(f64, Option<Axis>)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Some((number, None));
    }
    // Signs first: compatibility forms would turn the ordinal º into a letter.
    let text: String = text.chars().map(plain_sign).nfkc().collect();
    let text = text.trim();
    let (number, hemisphere) = without_hemisphere(text);
    let number = number.trim();
    let magnitude = degrees(number)?;
    match hemisphere {
        None => Some((magnitude, None)),
        // A sign and a hemisphere together may or may not cancel out.
        Some(_) if number.starts_with('-') => None,
        Some((axis, backwards)) => {
            Some((if backwards { -magnitude } else { magnitude }, Some(axis)))
        }
    }
}

/// Minus signs, primes and degree signs as one character each.
fn plain_sign(sign: char) -> char {
    match sign {
        '−' | '–' | '‐' | '‑' => '-',
        '′' | '’' | '‘' | '´' | '`' | '分' => '\'',
        '″' | '”' | '“' | '¨' | '秒' => '"',
        'º' | '˚' | '度' => '°',
        other => other,
    }
}

fn without_hemisphere(text: &str) -> (&str, Option<(Axis, bool)>) {
    let is_word = |c: char| c.is_alphabetic();
    let start = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let end = text
        .rfind(|c: char| !is_word(c) && c != '.')
        .map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    let named = |word: &str| {
        let word = word.trim_end_matches('.').to_uppercase();
        HEMISPHERES.iter().find(|(name, ..)| *name == word).map(|&(_, axis, back)| (axis, back))
    };
    if let Some(hemisphere) = named(&text[..start]) {
        (&text[start..], Some(hemisphere))
    } else if let Some(hemisphere) = named(&text[end..]) {
        (&text[..end], Some(hemisphere))
    } else {
        (text, None)
    }
}

/// Degrees out of a number, or of degrees, minutes and seconds.
fn degrees(text: &str) -> Option<f64> {
    let text = text.trim_end_matches(['.', ' ']);
    if let Some(number) = number(text.trim_end_matches('°').trim_end()) {
        return Some(number);
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let seconds_as_primes = text.replace("''", "\"");
    let parts: Vec<&str> = seconds_as_primes
        .split(|c: char| c.is_whitespace() || matches!(c, '°' | '\'' | '"' | ':' | 'd' | 'm' | 's'))
        .filter(|part| !part.is_empty())
        .collect();
    let marked = text.contains('°') || text.contains('d');
    let whole = |part: &str| part.parse::<u16>().ok().map(f64::from);
    let sixtieth = |part: &str| number(part).filter(|n| (0.0..60.0).contains(n));
    let sum = match parts.as_slice() {
        [degrees, minutes] if marked => whole(degrees)? + sixtieth(minutes)? / 60.0,
        [degrees, minutes, seconds] => {
            whole(degrees)?
                + whole(minutes).filter(|m| *m < 60.0)? / 60.0
                + sixtieth(seconds)? / 3600.0
        }
        _ => return None,
    };
    Some(sign * sum)
}

/// A decimal number with a point or a comma, perhaps with thousands set apart.
fn number(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let last = text.rfind(['.', ','])?;
    let (whole, fraction) = (&text[..last], &text[last + 1..]);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(fraction) || text[last..].starts_with(|c| whole.contains(c)) {
        return None;
    }
    let mut groups = whole.split(['.', ',']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    if rest.iter().any(|group| group.len() != 3 || !digits(group))
        || !rest.is_empty() && first.trim_start_matches('-').len() > 3
    {
        return None;
    }
    format!("{first}{}.{fraction}", rest.concat()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> RawPosition {
        RawPosition::LatLon { lat, lon }
    }

    fn close(text: &str, degrees: f64) {
        let read = coordinate(text).unwrap_or(f64::NAN);
        assert!((read - degrees).abs() < 1e-9, "{text}: {read}");
    }

    #[test]
    fn coordinates_are_read_in_any_unambiguous_notation() {
        for (text, degrees) in [
            ("40.446", 40.446),
            (" -34,62021992508938 ", -34.620_219_925_089_38),
            ("−33.5", -33.5),
            ("40.446°", 40.446),
            ("79.982° W", -79.982),
            ("W 79.982", -79.982),
            ("S33.5", -33.5),
            ("58,4 Oeste", -58.4),
            ("13.4 Ost", 13.4),
            ("40°26'46.5\"N", 40.446_25),
            ("40° 26′ 46.5″ N", 40.446_25),
            ("79º58,2' W", -79.97),
            ("40 26 46.5", 40.446_25),
            ("-34:36:12", -34.603_333_333_333_33),
            ("40°26'46''S", -40.446_111_111_111_11),
            ("40d26m46.5s N", 40.446_25),
            ("東経139度45分", 139.75),
            ("-8579996.94455908", -8_579_996.944_559_08),
            ("4,716,489.62", 4_716_489.62),
            ("1.5E+02", 150.0),
            ("４０．５", 40.5),
            ("40.5 N.", 40.5),
        ] {
            close(text, degrees);
        }
        assert!(coordinate("NaN").is_some_and(f64::is_nan));
        assert_eq!(coordinate("-inf"), Some(f64::NEG_INFINITY));
        for text in [
            "",
            "abc",
            "58.4 O",
            "-58.4 W",
            "40°75'N",
            "-3.462.021.992",
            "41.99.21",
            "1,2,3",
            "40 26",
            "12,34,56",
            "N",
            "°",
        ] {
            assert_eq!(coordinate(text), None, "{text}");
        }
    }

    #[test]
    fn a_pair_of_cells_is_a_position_missing_or_unreadable() {
        assert_eq!(position_of_pair("51,5", "-0,12"), at(51.5, -0.12));
        assert_eq!(position_of_pair("", "null"), RawPosition::Missing);
        assert_eq!(position_of_pair("51.5", ""), RawPosition::Unreadable("51.5, ".to_owned()));
        assert_eq!(
            position_of_pair("79 W", "40 N"),
            RawPosition::Unreadable("79 W, 40 N".to_owned())
        );
        assert!(
            matches!(position_of_pair("NaN", "NaN"), RawPosition::LatLon { lat, .. } if lat.is_nan())
        );
        assert_eq!(position_of_pair("0", "0"), at(0.0, 0.0));
    }

    #[test]
    fn a_position_in_one_cell_is_read_in_its_own_order() {
        for (text, lat, lon) in [
            ("POINT (-76.20518 43.06087)", 43.060_87, -76.205_18),
            ("SRID=4326;POINT(-76.2 43.1)", 43.1, -76.2),
            ("POINT Z (-76.2 43.1 12)", 43.1, -76.2),
            ("pointz(-76.2 43.1 12.0)", 43.1, -76.2),
            ("MULTIPOINT ((-76.2 43.1))", 43.1, -76.2),
            ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(-76.2 43.1)", 43.1, -76.2),
            ("0101000020E6100000000000000000F03F0000000000000040", 2.0, 1.0),
            ("{\"type\":\"Point\",\"coordinates\":[-76.2,43.1]}", 43.1, -76.2),
            ("{'type': 'Point', 'coordinates': [-76.2, 43.1]}", 43.1, -76.2),
            ("{\"latitude\":\"43.1\",\"longitude\":\"-76.2\"}", 43.1, -76.2),
            ("[2.1197244, 41.3741166]", 41.374_116_6, 2.119_724_4),
            ("geo:43.1,-76.2;u=35", 43.1, -76.2),
            (
                "6 Main Street (rear)\nCamden, NY 13316\n(43.335045, -75.748044)",
                43.335_045,
                -75.748_044,
            ),
            ("(1.0, 2.0) or rather (43.1, -76.2)", 43.1, -76.2),
            ("43.1, -76.2", 43.1, -76.2),
            ("43.1,-76.2", 43.1, -76.2),
            ("43.1 -76.2", 43.1, -76.2),
            ("-34,6;-58,4", -34.6, -58.4),
            ("-34,6 / -58,4", -34.6, -58.4),
            ("-34,6, -58,4", -34.6, -58.4),
            ("-34,6,-58,4", -34.6, -58.4),
            ("-34,6 -58,4", -34.6, -58.4),
            ("40.5°N 79.25°W", 40.5, -79.25),
            ("W79.25 N40.5", 40.5, -79.25),
            ("40.5° N, 79.25° W", 40.5, -79.25),
            ("Lat: 43.1, Lon: -76.2", 43.1, -76.2),
            ("latitude=43.1&longitude=-76.2", 43.1, -76.2),
            ("POINT (-8574000.5 4713000.5)", 4_713_000.5, -8_574_000.5),
        ] {
            assert_eq!(position(text), at(lat, lon), "{text}");
        }
    }

    #[test]
    fn what_is_no_position_is_missing_or_unreadable() {
        for missing in [
            "",
            "null",
            "POINT EMPTY",
            "6 Bowery\nNew York, NY 10013",
            "{\"human_address\":\"{}\"}",
        ] {
            assert_eq!(position(missing), RawPosition::Missing, "{missing}");
        }
        for unreadable in [
            "Main Street 5",
            "POLYGON ((0 0, 1 1, 1 0, 0 0))",
            "POINT (abc def)",
            "51.5,-0.1,0",
            "43.1",
            "geo:43.1",
            "[1]",
            "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}",
            "POINT (1 2 3 4 5)",
            "geo:1,2;crs=moon",
            "43.1 N, 44.2 N",
            "()",
            "(",
            "{",
        ] {
            let expected = RawPosition::Unreadable(unreadable.to_owned());
            assert_eq!(position(unreadable), expected, "{unreadable}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,60}", numbers in "[-0-9.,;°'\"NSEWO() /\n:geoPOINT]{0,40}") {
            for text in [text.as_str(), numbers.as_str()] {
                let _ = position(text);
                let _ = position_of_pair(text, text);
            }
        }
    }
}
