//! Streets without what is not their name.

/// Words after which a number is part of the name: "Route 9".
const NUMBERED: &[&str] = &["route", "highway", "hwy", "rt", "rte", "road", "avenue", "street"];

/// Words that begin a street's name in languages that put them first.
const TYPES_FIRST: &[&str] = &[
    "rue",
    "avenue",
    "boulevard",
    "place",
    "quai",
    "cours",
    "chemin",
    "calle",
    "avenida",
    "paseo",
    "plaza",
    "carrer",
    "via",
    "viale",
    "piazza",
    "corso",
    "rua",
    "praca",
    "travessa",
    "ulica",
    "ulitsa",
    "plac",
    "улица",
    "проспект",
    "jalan",
];

/// Small words between those and the name.
const SMALL: &[&str] =
    &["de", "du", "des", "la", "le", "les", "l", "d", "del", "della", "dos", "da"];

/// A street without the house number before or after it, as written: "High Street" of "12-14 High
/// Street". "5th Avenue" and "Route 9" keep their numbers. `None` when nothing is left.
pub(super) fn without_number(street: &str) -> Option<&str> {
    let mut rest = street.trim_matches(|c: char| c.is_whitespace() || c == ',');
    while let Some((first, after)) = rest.split_once([' ', ',']) {
        if !is_house_number(first) {
            break;
        }
        rest = after.trim_start_matches([' ', ',']);
    }
    while let Some((before, last)) = rest.rsplit_once([' ', ',']) {
        let before = before.trim_end_matches([' ', ',']);
        let word = before.rsplit(' ').next().unwrap_or_default().to_lowercase();
        if !is_house_number(last) || NUMBERED.contains(&word.as_str()) {
            break;
        }
        rest = before;
    }
    (rest.len() > 2 && !is_house_number(rest)).then_some(rest)
}

/// A number with at most one letter: "12", "12a", "12-14", "7/8", but not "5th".
fn is_house_number(word: &str) -> bool {
    let is_numeric = word.starts_with(|first: char| first.is_ascii_digit());
    let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
    is_numeric && letters <= 1
}

/// A street's key without the type that begins it: "rivoli" of "rue de rivoli".
pub(super) fn without_type(key: &str) -> Option<&str> {
    let (first, mut rest) = key.split_once(' ')?;
    if !TYPES_FIRST.contains(&first) {
        return None;
    }
    while let Some((small, after)) = rest.split_once(' ').filter(|(word, _)| SMALL.contains(word)) {
        let _ = small;
        rest = after;
    }
    (rest.chars().count() > 3).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn house_numbers_go_and_numbers_of_names_stay() {
        for (written, expected) in [
            ("High Street", Some("High Street")),
            ("12-14 High Street", Some("High Street")),
            ("7/8, High Street", Some("High Street")),
            ("Hauptstraße 7", Some("Hauptstraße")),
            ("Hauptstraße 7 a", Some("Hauptstraße 7 a")),
            ("1753 MILTON AVENUE", Some("MILTON AVENUE")),
            ("5th Avenue", Some("5th Avenue")),
            ("320 Route 9", Some("Route 9")),
            ("12", None),
            ("", None),
        ] {
            assert_eq!(without_number(written), expected, "{written}");
        }
        assert_eq!(without_type("rue de rivoli"), Some("rivoli"));
        assert_eq!(without_type("high street"), None);
    }
}
