//! A written place taken apart into words, and spans of words into keys.

use super::fold::{fold_letters, transliterated, written_out};

/// Most bytes a written place may have.
pub const TEXT_BYTES_MAX: usize = 256;

/// Most words a written place may have; a full address has about ten.
pub(super) const WORDS_MAX: usize = 12;

/// Words that stand between places and name none.
const BETWEEN: &[&str] = &[
    "in", "near", "at", "the", "of", "by", "to", "around", "en", "dans", "a", "au", "aux", "de",
    "du", "pres", "im", "bei", "am", "der", "em", "no", "na", "do", "da", "cerca", "del", "el",
    "la",
];

/// What an airport is called, in the form ends of keys have.
const AIRPORT: &[&str] = &[
    "aeropuerto",
    "aeroport",
    "aeroporto",
    "flughafen",
    "luchthaven",
    "lentoasema",
    "lentokentta",
    "lufthavn",
    "flygplats",
    "аэропорт",
];

/// The words of a written place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    words: Vec<String>,
}

impl Words {
    /// The words of a text; `None` when it has none or more than any place.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let letters = fold_letters(text);
        let mut words: Vec<String> =
            letters.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        if let Some(airport) = words.iter().position(|word| AIRPORT.contains(&word.as_str())) {
            "airport".clone_into(&mut words[airport]);
            words.retain(|word| !is_between(word));
        }
        (!words.is_empty() && words.len() <= WORDS_MAX).then_some(Self { words })
    }

    /// The same in Latin letters; `None` when it is in Latin letters already, or cannot be.
    pub(super) fn in_latin(&self) -> Option<Self> {
        let letters = self.words.join(" ");
        let latin = transliterated(&letters)?;
        Some(Self { words: latin.split(' ').map(str::to_owned).collect() })
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// A word.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The key of the words from `from` to before `to`, if they were a name by themselves.
    pub(super) fn key(&self, from: usize, to: usize) -> String {
        written_out(self.words[from..to].join(" "))
    }

    /// The same words as a postcode; `None` where no word has a digit.
    pub(super) fn postcode(&self, from: usize, to: usize) -> Option<String> {
        let words = &self.words[from..to];
        let has_digit = words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
        (has_digit && words.len() <= 3).then(|| words.concat())
    }
}

/// Whether a word stands between places.
pub(super) fn is_between(word: &str) -> bool {
    BETWEEN.contains(&word)
}

/// Whether a word may be the number of a house.
pub(super) fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit()) && word.len() <= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out_by_where_they_stand() {
        let words = Words::of("12 Baker St., St Albans").unwrap();
        assert_eq!(words.key(1, 3), "baker street");
        assert_eq!(words.key(3, 5), "saint albans");
        assert_eq!(words.postcode(0, 1).as_deref(), Some("12"));
        assert_eq!(words.postcode(1, 2), None);
        assert_eq!(Words::of("Aeropuerto de Barcelona").unwrap().key(0, 2), "airport barcelona");
        assert_eq!(Words::of("…"), None);
        assert_eq!(Words::of(&"a ".repeat(40)), None);
        assert_eq!(Words::of("Тверская").unwrap().in_latin().unwrap().key(0, 1), "tverskaya");
    }
}
