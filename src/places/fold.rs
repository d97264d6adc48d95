//! How names are made comparable: as people compare them who type on a telephone.

use std::borrow::Cow;

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

/// Words whose short forms mean the same at the end of a name, as in streets.
const LAST_WORDS: &[(&str, &str)] = &[
    ("st", "street"),
    ("rd", "road"),
    ("ave", "avenue"),
    ("av", "avenue"),
    ("blvd", "boulevard"),
    ("sq", "square"),
    ("ln", "lane"),
    ("dr", "drive"),
    ("pl", "place"),
    ("stn", "station"),
    ("intl", "international"),
];

/// Words whose short forms mean the same before others, as in towns.
const FIRST_WORDS: &[(&str, &str)] =
    &[("st", "saint"), ("ste", "sainte"), ("mt", "mount"), ("ft", "fort")];

/// The key two ways of writing one name share: lower case, Latin, Greek and Cyrillic letters
/// without accents, compatibility forms made plain, words separated by one space, common short
/// forms written out. Other scripts keep their letters and vowel signs.
///
/// ```
/// use nearest_atm::places::fold;
///
/// assert_eq!(fold("São Paulo"), "sao paulo");
/// assert_eq!(fold("St. Louis"), fold("SAINT LOUIS"));
/// assert_eq!(fold("13, High St"), fold("13 high street"));
/// assert_eq!(fold("King's Cross"), fold("Kings Cross"));
/// assert_eq!(fold("東京"), "東京");
/// ```
#[must_use]
pub fn fold(name: &str) -> String {
    written_out(fold_letters(name))
}

/// [`fold`] without writing short forms out: what they stand for depends on the words around them.
pub(super) fn fold_letters(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    if name.is_ascii() {
        push_letters(&mut key, name.chars());
    } else {
        push_letters(&mut key, name.nfkd().flat_map(char::to_lowercase));
        // What stays of other scripts is put together again, so that one letter is one char.
        if !key.is_ascii() {
            key = key.nfc().collect();
        }
    }
    key
}

fn push_letters(key: &mut String, letters: impl Iterator<Item = char>) {
    // Letters of the word so far since a full stop: "U.S.A." is one word, "St.Louis" is two.
    let mut run = 0;
    for letter in letters {
        let letter = letter.to_ascii_lowercase();
        match letter {
            'a'..='z' | '0'..='9' => key.push(letter),
            '\'' | '’' | '‘' | 'ʻ' | 'ʼ' | '`' | '´' | '\u{200c}' | '\u{200d}' | '\u{ad}' => {
                continue;
            }
            '.' if run == 1 => {
                run = 0;
                continue;
            }
            'ß' => key.push_str("ss"),
            'ø' => key.push('o'),
            'ł' => key.push('l'),
            'đ' | 'ð' => key.push('d'),
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'ı' => key.push('i'),
            'þ' => key.push_str("th"),
            'ħ' => key.push('h'),
            'ё' => key.push('е'),
            _ if is_accent(letter) => continue,
            _ if letter.is_alphanumeric() || is_vowel_sign(letter) => key.push(letter),
            _ => {
                if !key.is_empty() && !key.ends_with(' ') {
                    key.push(' ');
                }
                run = 0;
                continue;
            }
        }
        run += 1;
    }
    key.truncate(key.trim_end().len());
}

/// Accents of Latin, Greek and Cyrillic, and the optional vowel points of Hebrew and Arabic.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

/// Marks that other scripts cannot do without.
fn is_vowel_sign(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
}

/// A key with its short forms written out, as the words of a name stand in it.
pub(super) fn written_out(key: String) -> String {
    let is_short = |word: &str| {
        word.len() <= 4 && LAST_WORDS.iter().chain(FIRST_WORDS).any(|(short, _)| *short == word)
    };
    if !key.split(' ').any(|word| is_short(word) || is_german_street(word)) || !key.contains(' ') {
        return if is_german_street(&key) { format!("{key}asse") } else { key };
    }
    let last = key.split(' ').count() - 1;
    let words = key.split(' ').enumerate().map(|(place, word)| {
        let table = if place == last { LAST_WORDS } else { FIRST_WORDS };
        let long = table.iter().find(|(short, _)| *short == word).map(|(_, long)| *long);
        match long {
            Some(long) => Cow::Borrowed(long),
            None if is_german_street(word) => Cow::Owned(format!("{word}asse")),
            None => Cow::Borrowed(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// "Hauptstr." stands for "Hauptstraße".
fn is_german_street(word: &str) -> bool {
    word.len() > 5 && word.ends_with("str")
}

/// The other key of a name with letters that some write as two: "Köln" is also "koeln". `None`
/// when there is none.
pub(super) fn fold_as_two(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    let composed: String = name.nfc().collect();
    let mut spelled = String::with_capacity(name.len() + 4);
    let mut is_other = false;
    for letter in composed.chars() {
        let two = match letter {
            'ä' | 'Ä' => "ae",
            'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
            'ü' | 'Ü' => "ue",
            'å' | 'Å' => "aa",
            _ => {
                spelled.push(letter);
                continue;
            }
        };
        is_other = true;
        spelled.push_str(two);
    }
    is_other.then(|| fold(&spelled))
}

/// A key in Latin letters, for one in an alphabet; `None` for Latin itself, and for Han characters,
/// which are read differently in each language.
pub(super) fn transliterated(key: &str) -> Option<String> {
    if key.is_ascii() || key.chars().any(is_han) {
        return None;
    }
    let latin: String = key
        .chars()
        .map(|letter| if letter == ' ' { " " } else { any_ascii_char(letter) })
        .collect();
    let latin = fold(&latin);
    (!latin.is_empty()).then_some(latin)
}

/// Whether a character is Han, which is written without spaces between words.
pub(super) fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A postcode's key: letters and digits only, upper case.
pub(super) fn postcode_key(postcode: &str) -> String {
    postcode
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_several_spellings_has_one_key() {
        for (one, other) in [
            ("Zürich", "zurich"),
            ("Łódź", "lodz"),
            ("MÜNCHEN", "Munchen"),
            ("King’s Cross", "kings cross"),
            ("St Pancras", "Saint Pancras"),
            ("Baker St.", "Baker Street"),
            ("Washington, D.C.", "washington dc"),
            ("Hauptstr. 7", "Hauptstraße 7"),
            ("Saint-Étienne", "saint etienne"),
            ("Нью-Йорк", "нью йорк"),
            ("ﾄｳｷｮｳ", "トウキョウ"),
            ("  Paris  ", "paris"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_ne!(fold("ガ"), fold("カ"));
        assert_ne!(fold("St"), fold("Street"), "alone it may be either");
        assert_eq!(fold("…"), "");
        assert_eq!(fold_as_two("Köln").as_deref(), Some("koeln"));
        assert_eq!(fold_as_two("Koln"), None);
        assert_eq!(transliterated("тверская").as_deref(), Some("tverskaya"));
        assert_eq!(transliterated("渋谷"), None);
    }
}
