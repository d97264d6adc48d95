//! Plus codes (Open Location Code), by the published specification,
//! <https://github.com/google/open-location-code/blob/main/Documentation/Specification/specification.md>.

use std::fmt;

use crate::domain::{Metres, Position, geodesic_distance};

use super::{WrittenPosition, WrittenPositionError};

/// The digits, by value: none that spells words or is mistaken for another.
const DIGITS: &[u8; 20] = b"23456789CFGHJMPQRVWX";

/// Digits before the plus sign of a full code.
const BEFORE_PLUS: usize = 8;

/// Digits that come in pairs, one of latitude and one of longitude.
const PAIRED: usize = 10;

/// Most digits that say anything, 15: an area of some millimetres.
const DIGITS_MAX: usize = 15;

/// Steps of the finest digit in a degree of latitude and of longitude: 8,000 steps of the tenth
/// digit times 5 rows, or 4 columns, for each of five digits more.
const LAT_STEPS: i64 = 8_000 * 3_125;
const LON_STEPS: i64 = 8_000 * 1_024;

/// A full plus code: an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlusCode {
    /// Values of the digits, padding left out.
    digits: [u8; DIGITS_MAX],
    length: usize,
}

/// A plus code that lacks its first digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortPlusCode {
    /// Values of the digits there are.
    digits: Vec<u8>,
    /// How many of the first are missing: 2, 4 or 6.
    missing: usize,
}

impl PlusCode {
    /// The code of `length` digits of the area a position lies in: 10, or 11 to 15, or an even
    /// number below 10. Other numbers are brought to the next that is.
    #[must_use]
    pub fn of(position: Position, length: usize) -> Self {
        let length = length.clamp(2, DIGITS_MAX);
        let length = if length < PAIRED { length.next_multiple_of(2) } else { length };
        let mut lat = steps(position.lat_deg() + 90.0, LAT_STEPS);
        // The north pole lies in the northernmost areas.
        lat = lat.min(180 * LAT_STEPS - 1);
        let lon = steps(position.lon_deg() + 180.0, LON_STEPS).rem_euclid(360 * LON_STEPS);
        let mut digits = [0; DIGITS_MAX];
        let mut fine_lat = lat;
        let mut fine_lon = lon;
        for place in (PAIRED..DIGITS_MAX).rev() {
            digits[place] = digit(fine_lat % 5 * 4 + fine_lon % 4);
            fine_lat /= 5;
            fine_lon /= 4;
        }
        for place in (0..PAIRED / 2).rev() {
            digits[2 * place] = digit(fine_lat % 20);
            digits[2 * place + 1] = digit(fine_lon % 20);
            fine_lat /= 20;
            fine_lon /= 20;
        }
        digits[length..].fill(0);
        Self { digits, length }
    }

    /// The middle of its area, and how far its corners are from there.
    #[must_use]
    pub fn area(&self) -> (Position, Metres) {
        let (mut lat, mut lon) = (0, 0);
        let (mut high, mut wide) = (400 * LAT_STEPS, 400 * LON_STEPS);
        for (place, &digit) in self.digits[..self.length].iter().enumerate() {
            let digit = i64::from(digit);
            if place < PAIRED && place % 2 == 0 {
                high /= 20;
                lat += digit * high;
            } else if place < PAIRED {
                wide /= 20;
                lon += digit * wide;
            } else {
                high /= 5;
                wide /= 4;
                lat += digit / 4 * high;
                lon += digit % 4 * wide;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2⁵³")]
        let degrees = |steps: i64, of_degree: i64| steps as f64 / (2 * of_degree) as f64;
        let at = |lat2: i64, lon2: i64| {
            let lat_deg = (degrees(lat2, LAT_STEPS) - 90.0).min(90.0);
            let lon_deg = (degrees(lon2, LON_STEPS) - 180.0).min(180.0);
            Position::from_lat_lon(lat_deg, lon_deg)
        };
        let middle = at(2 * lat + high, 2 * lon + wide);
        match (middle, at(2 * lat, 2 * lon)) {
            (Ok(middle), Ok(corner)) => (middle, geodesic_distance(middle, corner)),
            // Digits are checked when the code is read: none lies beyond the poles.
            (Ok(middle), Err(_)) => (middle, Metres::default()),
            (Err(_), _) => (Position::NORTH_POLE, Metres::default()),
        }
    }
}

fn steps(degrees: f64, of_degree: i64) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "below 2⁵³")]
    let steps = (degrees * of_degree as f64 + 1e-6).floor();
    #[expect(clippy::cast_possible_truncation, reason = "at most 360 times the steps of a degree")]
    let steps = steps as i64;
    steps
}

fn digit(value: i64) -> u8 {
    u8::try_from(value).unwrap_or_default()
}

impl fmt::Display for PlusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in 0..self.length.max(BEFORE_PLUS) {
            if place == BEFORE_PLUS {
                f.write_str("+")?;
            }
            let letter =
                if place < self.length { DIGITS[usize::from(self.digits[place])] } else { b'0' };
            write!(f, "{}", char::from(letter))?;
        }
        if self.length <= BEFORE_PLUS { f.write_str("+") } else { Ok(()) }
    }
}

impl ShortPlusCode {
    /// The middle of the nearest area with these digits to a position, and how far its corners are
    /// from there.
    #[must_use]
    pub fn nearest_to(&self, near: Position) -> (Position, Metres) {
        let whole = PlusCode::of(near, BEFORE_PLUS);
        let mut best: Option<(Metres, Position, Metres)> = None;
        // The first digits are those of the position itself or of an area beside it.
        let size_deg = 20_f64.powi(2 - i32::try_from(self.missing / 2).unwrap_or(1));
        for (up, right) in
            [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]
        {
            let lat_deg = near.lat_deg() + f64::from(up) * size_deg;
            let lon_deg = near.lon_deg() + f64::from(right) * size_deg;
            let lon_deg = (lon_deg + 540.0).rem_euclid(360.0) - 180.0;
            let Ok(beside) = Position::from_lat_lon(lat_deg, lon_deg) else { continue };
            let mut code = PlusCode::of(beside, BEFORE_PLUS);
            code.length = self.missing + self.digits.len();
            let given = self.missing..code.length;
            code.digits[given.clone()].copy_from_slice(&self.digits[..given.len()]);
            if !is_on_earth(&code.digits) {
                continue;
            }
            let (middle, corner) = code.area();
            let distance = geodesic_distance(near, middle);
            if best.is_none_or(|(least, ..)| distance < least) {
                best = Some((distance, middle, corner));
            }
        }
        best.map_or_else(|| whole.area(), |(_, middle, corner)| (middle, corner))
    }
}

/// Whether the first digits of latitude and longitude are below 180° and 360°.
fn is_on_earth(digits: &[u8]) -> bool {
    digits.first().is_none_or(|&lat| lat < 9) && digits.get(1).is_none_or(|&lon| lon < 18)
}

/// Reads a plus code, full, or short with a place before or after it; `None` when there is none.
pub(super) fn read(text: &str) -> Option<Result<WrittenPosition, WrittenPositionError>> {
    let mut words = text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty());
    let code = words.clone().find(|word| looks_like_code(word))?;
    let place = words.by_ref().filter(|word| *word != code).collect::<Vec<_>>().join(" ");
    Some(match code_of(code) {
        Some(Code::Full(full)) => {
            let (position, uncertainty) = full.area();
            Ok(WrittenPosition::At { position, uncertainty })
        }
        Some(Code::Short(code)) => Ok(WrittenPosition::Near { code, place }),
        None => Err(WrittenPositionError::PlusCode),
    })
}

/// Whether a word is plainly meant as a plus code: letters or digits, a plus sign after two, four,
/// six or eight of them, and digits of plus codes before it.
fn looks_like_code(word: &str) -> bool {
    let Some((before, after)) = word.split_once('+') else { return false };
    let is_digit = |letter: u8| value_of(letter).is_some() || letter == b'0';
    matches!(before.len(), 2 | 4 | 6 | 8)
        && before.bytes().all(is_digit)
        && after.len() <= DIGITS_MAX
        && after.bytes().all(|letter| letter.is_ascii_alphanumeric())
        // "24+60" are numbers.
        && (before.len() > 2 || before.bytes().chain(after.bytes()).any(|l| l.is_ascii_alphabetic()))
}

fn value_of(letter: u8) -> Option<u8> {
    let letter = letter.to_ascii_uppercase();
    DIGITS.iter().position(|&digit| digit == letter).and_then(|place| u8::try_from(place).ok())
}

enum Code {
    Full(PlusCode),
    Short(ShortPlusCode),
}

fn code_of(word: &str) -> Option<Code> {
    let (before, after) = word.split_once('+')?;
    let padding = before.len() - before.trim_end_matches('0').len();
    let values = |text: &str| text.bytes().map(value_of).collect::<Option<Vec<u8>>>();
    let mut given = values(before.trim_end_matches('0'))?;
    let fine = values(after)?;
    if padding > 0 && (padding % 2 == 1 || before.len() != BEFORE_PLUS || !fine.is_empty()) {
        return None;
    }
    if fine.len() == 1 || given.is_empty() {
        return None;
    }
    given.extend(fine);
    let missing = BEFORE_PLUS - before.len();
    given.truncate(DIGITS_MAX - missing);
    if missing > 0 {
        return (given.len() + missing > BEFORE_PLUS)
            .then_some(Code::Short(ShortPlusCode { digits: given, missing }));
    }
    if !is_on_earth(&given) {
        return None;
    }
    let mut digits = [0; DIGITS_MAX];
    digits[..given.len()].copy_from_slice(&given);
    Some(Code::Full(PlusCode { digits, length: given.len() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat_deg: f64, lon_deg: f64) -> Position {
        Position::from_lat_lon(lat_deg, lon_deg).unwrap()
    }

    fn full(code: &str) -> (Position, Metres) {
        match read(code) {
            Some(Ok(WrittenPosition::At { position, uncertainty })) => (position, uncertainty),
            other => panic!("{code}: {other:?}"),
        }
    }

    #[test]
    fn codes_of_the_specification_s_test_data_are_made_and_read() {
        // From test_data/encoding.csv and decoding.csv of the specification.
        for (lat_deg, lon_deg, length, code) in [
            (20.375, 2.775, 6, "7FG49Q00+"),
            (20.370_062_5, 2.782_187_5, 10, "7FG49QCJ+2V"),
            (20.370_112_5, 2.782_234_375, 11, "7FG49QCJ+2VX"),
            (20.370_113_5, 2.782_235_4, 13, "7FG49QCJ+2VXGJ"),
            (47.000_062_5, 8.000_062_5, 10, "8FVC2222+22"),
            (-41.273_062_5, 174.785_937_5, 10, "4VCPPQGP+Q9"),
            (0.5, -179.5, 4, "62G20000+"),
            (-89.5, -179.5, 4, "22220000+"),
            (90.0, 1.0, 4, "CFX30000+"),
            (1.0, 180.0, 4, "62H20000+"),
        ] {
            assert_eq!(PlusCode::of(at(lat_deg, lon_deg), length).to_string(), code);
        }
        let (middle, corner) = full("8FVC2222+22");
        assert!((middle.lat_deg() - 47.000_062_5).abs() < 1e-9);
        assert!((middle.lon_deg() - 8.000_062_5).abs() < 1e-9);
        assert!((8.0..9.0).contains(&corner.get()), "{corner:?}");
        assert!(full("7fg49qcj+2v").0.lat_deg() > 20.0, "lower case is read");
    }

    #[test]
    fn short_codes_are_found_near_a_place() {
        // From test_data/shortCodeTests.csv of the specification.
        for (code, lat_deg, lon_deg, whole) in [
            ("9QCJ+2VX", 51.370_112_5, -1.217_765_625, "9C3W9QCJ+2VX"),
            ("CJ+2VX", 51.370_837_5, -1.217_765_625, "9C3W9QCJ+2VX"),
            ("9QCJ+2VX", 51.852_112_5, -1.217_765_625, "9C3W9QCJ+2VX"),
        ] {
            let Some(Ok(WrittenPosition::Near { code: short, place })) = read(code) else {
                panic!("{code}");
            };
            assert_eq!(place, "");
            let (middle, _) = short.nearest_to(at(lat_deg, lon_deg));
            assert!(geodesic_distance(middle, full(whole).0).get() < 1.0, "{code}");
        }
        for text in ["5WCP+X7 Helsinki", "Helsinki, 5WCP+X7"] {
            let Some(Ok(WrittenPosition::Near { code, place })) = read(text) else {
                panic!("{text}");
            };
            assert_eq!(place, "Helsinki");
            let (middle, _) = code.nearest_to(at(60.169_52, 24.935_45));
            assert_eq!(PlusCode::of(middle, 10).to_string(), "9GG65WCP+X7");
        }
    }

    #[test]
    fn what_is_no_plus_code_is_refused_or_left() {
        for text in ["9GG65WCP+X", "9GG65WCP+AA", "XGG65WCP+X7", "9GG60WCP+X7", "9GG00000+X7"] {
            assert_eq!(read(text), Some(Err(WrittenPositionError::PlusCode)), "{text}");
        }
        for text in ["Helsinki", "24+60", "A+B", "C++", "60.1+24.9", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_position_lies_in_the_area_of_its_code(
            lat_deg in -90.0_f64..=90.0,
            lon_deg in -180.0_f64..=180.0,
            length in 2_usize..=15,
        ) {
            let position = at(lat_deg, lon_deg);
            let code = PlusCode::of(position, length);
            let read = full(&code.to_string());
            prop_assert_eq!(read, code.area());
            let (middle, corner) = read;
            let off = geodesic_distance(position, middle).get();
            prop_assert!(off <= corner.get() * 1.5 + 0.01, "{code} is {off} m away");
            prop_assert_eq!(PlusCode::of(middle, length), code);
        }

        #[test]
        fn a_short_code_is_its_full_code_near_its_place(
            lat_deg in -80.0_f64..=80.0,
            lon_deg in -180.0_f64..=180.0,
            missing in prop_oneof![Just(2_usize), Just(4)],
        ) {
            let position = at(lat_deg, lon_deg);
            let code = PlusCode::of(position, 10).to_string();
            let Some(Ok(WrittenPosition::Near { code: short, .. })) = read(&code[missing..]) else {
                return Err(TestCaseError::fail(code));
            };
            let (middle, _) = short.nearest_to(position);
            prop_assert_eq!(PlusCode::of(middle, 10).to_string(), code);
        }
    }
}
