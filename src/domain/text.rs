//! Comparing names as people do: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The key two spellings of one name share: letters and digits only, lower case, Latin accents
/// folded, compatibility forms (full width, ligatures) made plain. Other scripts keep their letters.
///
/// ```
/// use nearest_atm::domain::name_key;
///
/// assert_eq!(name_key("Crédit Agricole S.A."), "creditagricolesa");
/// assert_eq!(name_key("7-ELEVEN"), name_key("7 eleven"));
/// assert_eq!(name_key("Сбербанк"), "сбербанк");
/// ```
#[must_use]
pub fn name_key(name: &str) -> String {
    if name.is_ascii() {
        return name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
    }
    let mut key = without_accents(name);
    key.retain(|letter| letter.is_alphanumeric() || is_voicing_mark(letter));
    key
}

/// A text in lower case and compatibility forms made plain, its letters without accents.
pub(crate) fn without_accents(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for letter in text.nfkd().flat_map(char::to_lowercase) {
        match letter {
            'ß' => key.push_str("ss"),
            'ø' => key.push('o'),
            'ł' => key.push('l'),
            'đ' => key.push('d'),
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'ı' => key.push('i'),
            _ if is_combining_mark(letter) && !is_voicing_mark(letter) => {}
            _ => key.push(letter),
        }
    }
    key
}

/// Whether it is one of Japanese, which change the sound and are no accent.
fn is_voicing_mark(letter: char) -> bool {
    matches!(letter, '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn spellings_of_one_name_share_a_key_and_other_names_do_not() {
        assert_eq!(name_key("BANCO SANTANDER RÍO"), name_key("Banco Santander Rio"));
        assert_eq!(name_key("Straße"), "strasse");
        assert_eq!(name_key("ＡＴＭ"), "atm");
        assert_ne!(name_key("ガ"), name_key("カ"));
        assert_eq!(name_key("--"), "");
    }
}
