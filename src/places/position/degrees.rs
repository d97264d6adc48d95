//! Pairs of degrees as people write them.

use crate::domain::Position;

use super::{WrittenPosition, WrittenPositionError, at};

/// Metres in a degree of latitude, for what the number of decimals says about accuracy.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// Most tokens two coordinates can have.
const TOKENS_MAX: usize = 40;

/// Words for directions, folded to lower case.
const DIRECTIONS: &[(&str, Direction)] = &[
    ("n", Direction::North),
    ("north", Direction::North),
    ("nord", Direction::North),
    ("norte", Direction::North),
    ("s", Direction::South),
    ("south", Direction::South),
    ("sud", Direction::South),
    ("süd", Direction::South),
    ("sur", Direction::South),
    ("sul", Direction::South),
    ("e", Direction::East),
    ("east", Direction::East),
    ("est", Direction::East),
    ("este", Direction::East),
    ("leste", Direction::East),
    ("ost", Direction::East),
    ("w", Direction::West),
    ("west", Direction::West),
    ("ouest", Direction::West),
    ("oeste", Direction::West),
    ("o", Direction::EastOrWest),
];

/// Words that name a coordinate.
const LABELS: &[(&str, bool)] = &[
    ("lat", true),
    ("latitude", true),
    ("latitud", true),
    ("breite", true),
    ("lon", false),
    ("lng", false),
    ("long", false),
    ("longitude", false),
    ("longitud", false),
    ("länge", false),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    North,
    South,
    East,
    West,
    /// The letter O.
    EastOrWest,
}

impl Direction {
    fn is_of_latitude(self) -> bool {
        matches!(self, Self::North | Self::South)
    }
}

/// A piece of a written position.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number(Number),
    Degree,
    Minute,
    Second,
    Colon,
    /// A comma or semicolon between coordinates.
    Comma,
    Direction(Direction),
    /// Whether it names the latitude.
    Label(bool),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Number {
    value: f64,
    has_sign: bool,
    is_negative: bool,
    decimals: i32,
    /// Digits before the decimal point.
    whole_digits: usize,
}

/// One coordinate: degrees, minutes, seconds.
#[derive(Clone, Debug, Default)]
struct Coordinate {
    numbers: Vec<Number>,
    direction: Option<Direction>,
    is_latitude: Option<bool>,
    has_mark: bool,
}

/// Reads two coordinates; `None` when the text is not meant as a position.
pub(super) fn read(text: &str) -> Option<Result<WrittenPosition, WrittenPositionError>> {
    let tokens = tokens(text)?;
    let [first, second] = grouped(&tokens)?;
    let is_marked = |coordinate: &Coordinate| {
        coordinate.has_mark || coordinate.direction.is_some() || coordinate.is_latitude.is_some()
    };
    let has_comma = tokens.contains(&Token::Comma);
    let numbers = [&first, &second];
    let has_decimals = numbers.iter().any(|c| c.numbers.iter().any(|number| number.decimals > 0));
    let is_meant = is_marked(&first)
        || is_marked(&second)
        || numbers.iter().all(|c| c.numbers.len() == 1) && (has_decimals || has_comma);
    // Long whole numbers are postcodes or telephones.
    let is_code = numbers.iter().any(|c| c.numbers.iter().any(|number| number.whole_digits > 3));
    if !is_meant || is_code && !has_decimals {
        return None;
    }
    Some(joined(&first, &second))
}

fn joined(
    first: &Coordinate,
    second: &Coordinate,
) -> Result<WrittenPosition, WrittenPositionError> {
    for coordinate in [first, second] {
        if coordinate.direction == Some(Direction::EastOrWest) {
            return Err(WrittenPositionError::AmbiguousDirection);
        }
    }
    let (first_deg, first_off) = first.degrees()?;
    let (second_deg, second_off) = second.degrees()?;
    let off_m = f64::max(first_off, second_off) * METRES_PER_DEGREE;
    let (first_is, second_is) = (first.latitude(), second.latitude());
    // Which is which is written, so nobody has exchanged them.
    let as_written = |lat_deg, lon_deg| {
        Position::from_lat_lon(lat_deg, lon_deg)?;
        at(lat_deg, lon_deg, off_m)
    };
    match (first_is, second_is) {
        (Some(true), Some(true)) | (Some(false), Some(false)) => {
            Err(WrittenPositionError::TwoOfAKind)
        }
        (Some(false), _) | (None, Some(true)) => as_written(second_deg, first_deg),
        (Some(true), _) | (None, Some(false)) => as_written(first_deg, second_deg),
        (None, None) => at(first_deg, second_deg, off_m),
    }
}

impl Coordinate {
    /// Whether it is the latitude, as far as is written.
    fn latitude(&self) -> Option<bool> {
        self.direction.map(Direction::is_of_latitude).or(self.is_latitude)
    }

    /// Its degrees, and half a step of its last digit in degrees.
    fn degrees(&self) -> Result<(f64, f64), WrittenPositionError> {
        let mut degrees = 0.0;
        let mut unit = 1.0;
        let mut last = None;
        for (place, number) in self.numbers.iter().enumerate() {
            let is_last = place + 1 == self.numbers.len();
            let is_part = place > 0;
            if is_part && (number.has_sign || number.value >= 60.0)
                || !is_last && number.decimals > 0
            {
                return Err(WrittenPositionError::Sexagesimal);
            }
            degrees += number.value * unit;
            last = Some((number.decimals, unit));
            unit /= 60.0;
        }
        let is_negative = self.numbers.first().is_some_and(|number| number.is_negative);
        let has_sign = self.numbers.first().is_some_and(|number| number.has_sign);
        if self.direction.is_some() && has_sign {
            return Err(WrittenPositionError::SignAndDirection);
        }
        let is_turned = matches!(self.direction, Some(Direction::South | Direction::West));
        let off = last.map_or(0.0, |(decimals, unit)| unit * 0.5 * 10_f64.powi(-decimals));
        Ok((if is_negative || is_turned { -degrees } else { degrees }, off))
    }
}

/// Parts the tokens into two coordinates.
fn grouped(tokens: &[Token]) -> Option<[Coordinate; 2]> {
    let is_direction = |token: &Token| matches!(token, Token::Direction(_));
    let is_label = |token: &Token| matches!(token, Token::Label(_));
    let is_number = |token: &Token| matches!(token, Token::Number(_));
    let directions = tokens.iter().filter(|token| is_direction(token)).count();
    let labels = tokens.iter().filter(|token| is_label(token)).count();
    if directions > 2 || labels > 2 {
        return None;
    }
    let opens = |at: usize| {
        let token = &tokens[at];
        let is_first_number = tokens[..at].iter().all(|before| !is_number(before));
        if is_first_number {
            return false;
        }
        match token {
            Token::Label(_) | Token::Comma => true,
            // Before its numbers, if the first of all stands so too.
            Token::Direction(_) => tokens.iter().find(|t| !is_label(t)).is_some_and(is_direction),
            Token::Number(number) => {
                number.has_sign
                    || is_direction(&tokens[at - 1])
                        && !tokens.iter().find(|t| !is_label(t)).is_some_and(is_direction)
                    || tokens.get(at + 1) == Some(&Token::Degree)
            }
            Token::Degree | Token::Minute | Token::Second | Token::Colon => false,
        }
    };
    let split = (1..tokens.len()).find(|&at| opens(at)).or_else(|| {
        // Nothing parts them: two bare numbers, or twice as many as one coordinate has.
        let numbers: Vec<usize> = (0..tokens.len()).filter(|&at| is_number(&tokens[at])).collect();
        let has_colon = tokens.contains(&Token::Colon);
        match numbers.len() {
            2 if !has_colon => numbers.get(1).copied(),
            // Between numbers of one coordinate there is a colon, between coordinates none.
            4 | 6 if has_colon => {
                numbers[1..].iter().copied().find(|&at| is_number(&tokens[at - 1]))
            }
            _ => None,
        }
    })?;
    Some([coordinate(&tokens[..split])?, coordinate(&tokens[split..])?])
}

fn coordinate(tokens: &[Token]) -> Option<Coordinate> {
    let mut coordinate = Coordinate::default();
    let mut mark_of_last = 0;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            Token::Number(number) => coordinate.numbers.push(number),
            Token::Degree | Token::Minute | Token::Second => {
                let marks = [Token::Degree, Token::Minute, Token::Second];
                let unit = 1 + marks.iter().position(|mark| mark == token)?;
                // Degrees, minutes and seconds in this order, each after its number.
                if coordinate.numbers.len() != unit || mark_of_last >= unit {
                    return None;
                }
                mark_of_last = unit;
                coordinate.has_mark = true;
            }
            Token::Colon => coordinate.has_mark |= !coordinate.numbers.is_empty(),
            Token::Comma if at == 0 || at + 1 == tokens.len() => {}
            Token::Direction(direction) if coordinate.direction.is_none() => {
                coordinate.direction = Some(direction);
            }
            Token::Label(is_latitude) if coordinate.is_latitude.is_none() => {
                coordinate.is_latitude = Some(is_latitude);
            }
            Token::Comma | Token::Direction(_) | Token::Label(_) => return None,
        }
    }
    (1..=3).contains(&coordinate.numbers.len()).then_some(coordinate)
}

/// The tokens of a text; `None` when it has anything else.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let has_decimal_commas = has_decimal_commas(text);
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if tokens.len() > TOKENS_MAX {
            return None;
        }
        let letter = letters[at];
        let next_is_digit = |from: usize| letters.get(from).is_some_and(char::is_ascii_digit);
        if letter.is_ascii_digit() || is_sign(letter) && next_is_digit(at + 1) {
            let (number, end) = number(&letters, at, has_decimal_commas)?;
            tokens.push(Token::Number(number));
            at = end;
            continue;
        }
        if letter.is_alphabetic() && letter != 'º' {
            let end = (at..letters.len())
                .find(|&end| !letters[end].is_alphabetic() || letters[end] == 'º');
            let end = end.unwrap_or(letters.len());
            let word: String = letters[at..end].iter().flat_map(|l| l.to_lowercase()).collect();
            tokens.push(word_token(&word, &tokens)?);
            at = end;
            continue;
        }
        at += 1;
        tokens.push(match letter {
            '°' | 'º' | '˚' => Token::Degree,
            '\'' | '′' | '’' | '‘' | '´' | '`' => {
                // Two strokes are seconds.
                if letters.get(at).is_some_and(|&other| other == letter) {
                    at += 1;
                    Token::Second
                } else {
                    Token::Minute
                }
            }
            '"' | '″' | '”' | '“' => Token::Second,
            ':' => Token::Colon,
            ',' | ';' => Token::Comma,
            ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | '/' => {
                continue;
            }
            // A full stop ends an abbreviation: "lat."
            '.' if matches!(tokens.last(), Some(Token::Label(_) | Token::Direction(_))) => continue,
            _ => return None,
        });
    }
    Some(tokens)
}

fn word_token(word: &str, before: &[Token]) -> Option<Token> {
    let follows_number = matches!(before.last(), Some(Token::Number(_)));
    match word {
        "deg" | "degrees" | "d" if follows_number => return Some(Token::Degree),
        "min" | "m" if follows_number => return Some(Token::Minute),
        "sec" if follows_number => return Some(Token::Second),
        // "11.6s" after minutes are seconds; "60.17 s" is south.
        "s" if follows_number && before.contains(&Token::Minute) => {
            let minutes = before.iter().rposition(|token| *token == Token::Minute)?;
            if minutes + 2 == before.len() {
                return Some(Token::Second);
            }
        }
        _ => {}
    }
    let direction = DIRECTIONS.iter().find(|(known, _)| *known == word);
    let label = LABELS.iter().find(|(known, _)| *known == word);
    direction
        .map(|&(_, direction)| Token::Direction(direction))
        .or(label.map(|&(_, is_latitude)| Token::Label(is_latitude)))
}

fn is_sign(letter: char) -> bool {
    matches!(letter, '+' | '-' | '−' | '–')
}

fn number(letters: &[char], from: usize, has_decimal_commas: bool) -> Option<(Number, usize)> {
    let has_sign = is_sign(letters[from]);
    let is_negative = has_sign && letters[from] != '+';
    let start = from + usize::from(has_sign);
    let digits_end = |from: usize| {
        (from..letters.len()).find(|&at| !letters[at].is_ascii_digit()).unwrap_or(letters.len())
    };
    let whole_end = digits_end(start);
    let is_point = letters.get(whole_end) == Some(&'.')
        || has_decimal_commas && letters.get(whole_end) == Some(&',');
    let end = if is_point { digits_end(whole_end + 1) } else { whole_end };
    let decimals = end.saturating_sub(whole_end + 1);
    let mut text: String = letters[start..whole_end].iter().collect();
    let end = if decimals > 0 {
        text.push('.');
        text.extend(&letters[whole_end + 1..end]);
        end
    } else {
        whole_end
    };
    let number = Number {
        value: text.parse().ok()?,
        has_sign,
        is_negative,
        decimals: i32::try_from(decimals).ok()?,
        whole_digits: whole_end - start,
    };
    Some((number, end))
}

/// Whether commas between digits are decimal: there is no decimal point, and something else, or
/// another comma, parts the coordinates.
fn has_decimal_commas(text: &str) -> bool {
    let letters: Vec<char> = text.trim().chars().collect();
    let between = |mark: char| {
        letters
            .windows(3)
            .filter(|three| {
                three[0].is_ascii_digit() && three[1] == mark && three[2].is_ascii_digit()
            })
            .count()
    };
    let is_parted = letters.iter().any(|letter| *letter == ';' || letter.is_whitespace());
    between('.') == 0 && (between(',') >= 2 || between(',') == 1 && is_parted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::position::written_position;
    use proptest::prelude::*;

    fn degrees_of(text: &str) -> Option<Result<(f64, f64), WrittenPositionError>> {
        let written = written_position(text)?;
        Some(written.map(|written| match written {
            WrittenPosition::At { position, .. } => (position.lat_deg(), position.lon_deg()),
            WrittenPosition::Near { .. } => panic!("{text}"),
        }))
    }

    #[test]
    fn positions_are_read_in_the_forms_people_write() {
        for text in [
            "60.1699, 24.9384",
            "60.1699,24.9384",
            "60.1699 24.9384",
            "60.1699;24.9384",
            "60,1699 24,9384",
            "60,1699, 24,9384",
            "60,1699; 24,9384",
            "60,1699,24,9384",
            "(60.1699, 24.9384)",
            "+60.1699+024.9384/",
            "60.1699° 24.9384°",
            "60.1699°, 24.9384°",
            "60.1699N 24.9384E",
            "60.1699 N, 24.9384 E",
            "N 60.1699 E 24.9384",
            "N60.1699, E24.9384",
            "24.9384E 60.1699N",
            "E 24.9384, N 60.1699",
            "60.1699° N, 24.9384° E",
            "60.1699 north 24.9384 east",
            "60.1699 Nord, 24.9384 Ost",
            "lat: 60.1699, lon: 24.9384",
            "lat=60.1699 lng=24.9384",
            "longitude 24.9384 latitude 60.1699",
            "60.1699N 24.9384",
        ] {
            assert_eq!(degrees_of(text), Some(Ok((60.1699, 24.9384))), "{text}");
        }
        for text in [
            "60°10'11.64\"N 24°56'18.24\"E",
            "60° 10' 11.64\" N, 24° 56' 18.24\" E",
            "60°10′11.64″N 24°56′18.24″E",
            "60º10'11.64''N, 24º56'18.24''E",
            "N 60°10'11.64\" E 24°56'18.24\"",
            "60 10 11.64 N 24 56 18.24 E",
            "N 60 10 11.64, E 24 56 18.24",
            "60:10:11.64N 24:56:18.24E",
            "60:10:11.64, 24:56:18.24",
            "60:10:11.64 24:56:18.24",
            "60d10m11.64s N 24d56m18.24s E",
            "60°10,194'N 24°56,304'E",
            "N60° 10.194' E024° 56.304'",
            "60°10'11,64\" 24°56'18,24\"",
        ] {
            let Some(Ok((lat_deg, lon_deg))) = degrees_of(text) else { panic!("{text}") };
            assert!((lat_deg - 60.1699).abs() < 1e-9, "{text}: {lat_deg}");
            assert!((lon_deg - 24.9384).abs() < 1e-9, "{text}: {lon_deg}");
        }
        assert_eq!(degrees_of("-33.8688, 151.2093"), Some(Ok((-33.8688, 151.2093))));
        assert_eq!(degrees_of("33.8688S 70.6693W"), Some(Ok((-33.8688, -70.6693))));
        assert_eq!(degrees_of("−33.5 −70.5"), Some(Ok((-33.5, -70.5))));
        assert_eq!(degrees_of("40.7,-74"), Some(Ok((40.7, -74.0))));
        assert_eq!(degrees_of("0, 0"), Some(Ok((0.0, 0.0))));
    }

    #[test]
    fn what_is_meant_as_a_position_and_is_none_is_told_why() {
        use crate::domain::PositionError;
        for (text, error) in [
            ("95.2, 24.9", WrittenPositionError::Exchanged),
            ("139.69, 35.68", WrittenPositionError::Exchanged),
            ("95.2, 124.9", PositionError::LatitudeOutOfRange.into()),
            ("60.1, 224.9", PositionError::LongitudeOutOfRange.into()),
            ("91° N 24° E", PositionError::LatitudeOutOfRange.into()),
            ("60.1 N 24.9 N", WrittenPositionError::TwoOfAKind),
            ("60.1 E 24.9 W", WrittenPositionError::TwoOfAKind),
            ("60°75'N 24°10'E", WrittenPositionError::Sexagesimal),
            ("60.5°10'N 24°10'E", WrittenPositionError::Sexagesimal),
            ("-60.1 N 24.9 E", WrittenPositionError::SignAndDirection),
            ("60.1 N 24.9 O", WrittenPositionError::AmbiguousDirection),
        ] {
            assert_eq!(degrees_of(text), Some(Err(error)), "{text}");
        }
    }

    #[test]
    fn names_and_codes_are_no_positions() {
        for text in [
            "Helsinki",
            "N1 9AG",
            "E1 6AN",
            "W1",
            "N1",
            "10001",
            "00100",
            "12 34",
            "75001 75002",
            "10001, 10002",
            "5th Avenue",
            "Route 9",
            "7/8 High Street",
            "60.17",
            "SW1A 1AA",
            "",
            "1 2 3 4 5 6 7",
            "60.1,24.9,12",
            "S",
            "2-14",
            "+358 40 1234567",
        ] {
            assert_eq!(degrees_of(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_digit_says_how_far_off_it_may_be() {
        for (text, metres) in
            [("60.17, 24.94", 556.6), ("60.1699, 24.9384", 5.566), ("60°10'N 24°56'E", 927.7)]
        {
            let Some(Ok(WrittenPosition::At { uncertainty, .. })) = read(text) else {
                panic!("{text}")
            };
            assert!((uncertainty.get() - metres).abs() < metres / 100.0, "{text}: {uncertainty:?}");
        }
    }

    proptest! {
        #[test]
        fn a_position_reads_back_from_every_form(
            lat_e5 in -9_000_000_i32..=9_000_000,
            lon_e5 in -18_000_000_i32..=18_000_000,
        ) {
            let (lat_deg, lon_deg) = (f64::from(lat_e5) / 1e5, f64::from(lon_e5) / 1e5);
            let [ns, ew] = [if lat_deg < 0.0 { 'S' } else { 'N' }, if lon_deg < 0.0 { 'W' } else { 'E' }];
            let (lat_abs, lon_abs) = (lat_deg.abs(), lon_deg.abs());
            let parts = |degrees: f64| {
                let whole = degrees.floor();
                let minutes = ((degrees - whole) * 60.0).floor();
                let seconds = (degrees - whole - minutes / 60.0) * 3600.0;
                (whole, minutes, format!("{:.4}", seconds.clamp(0.0, 59.9999)))
            };
            let (lat, lon) = (parts(lat_abs), parts(lon_abs));
            let forms = [
                format!("{lat_deg:.5}, {lon_deg:.5}"),
                format!("{lat_deg:.5} {lon_deg:.5}").replace('.', ","),
                format!("{lat_abs:.5}{ns} {lon_abs:.5}{ew}"),
                format!("{ew}{lon_abs:.5}, {ns}{lat_abs:.5}"),
                format!("{}°{}'{}\"{ns}, {}°{}'{}\"{ew}", lat.0, lat.1, lat.2, lon.0, lon.1, lon.2),
                format!("geo:{lat_deg:.5},{lon_deg:.5}"),
                format!("https://www.openstreetmap.org/?mlat={lat_deg:.5}&mlon={lon_deg:.5}"),
                format!("https://yandex.ru/maps/?pt={lon_deg:.5},{lat_deg:.5}&z=12"),
            ];
            for form in forms {
                let Some(Ok((lat, lon))) = degrees_of(&form) else {
                    return Err(TestCaseError::fail(form));
                };
                prop_assert!((lat - lat_deg).abs() < 1e-6 && (lon - lon_deg).abs() < 1e-6, "{form}");
            }
        }

        #[test]
        fn no_text_is_too_strange_to_be_read(text in "\\PC{0,60}") {
            let _ = written_position(&text);
        }

        #[test]
        fn no_text_of_the_letters_of_positions_is_too_strange(
            text in "[0-9.,;:°'\"NSEWO +\\-−geohttps/?=&@!dq%]{0,60}",
        ) {
            if let Some(Ok(WrittenPosition::At { position, .. })) = written_position(&text) {
                prop_assert!(position.lat_deg().abs() <= 90.0);
            }
        }
    }
}
