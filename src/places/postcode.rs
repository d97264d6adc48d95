//! The part of a postal code that stands for an area by itself.

use super::fold::postcode_key;

/// The part of a postcode that people use for an area, as written where it is written apart:
/// "EC1A" of "EC1A 1BB", "1012" of "1012 AB", "M5V" of "M5V 2T6", "12345" of "12345-6789". `None`
/// where the country (ISO 3166-1 alpha-2) has no such part, or the code is not of its form.
pub(super) fn area(postcode: &str, country: Option<&str>) -> Option<String> {
    let key = postcode_key(postcode);
    let area = match country? {
        // The inward code is always a digit and two letters.
        "GB" | "IM" | "JE" | "GG" => {
            let (outward, inward) = key.split_at_checked(key.len().checked_sub(3)?)?;
            let is_inward = inward.starts_with(|first: char| first.is_ascii_digit());
            (is_inward && (2..=4).contains(&outward.len())).then_some(outward)
        }
        "CA" | "IE" => key.get(..3).filter(|_| key.len() > 3),
        "NL" | "BR" if key.len() > 5 => key.get(..if country == Some("NL") { 4 } else { 5 }),
        "US" if key.len() == 9 => key.get(..5),
        "JP" if key.len() == 7 => key.get(..3),
        _ => None,
    };
    area.map(str::to_ascii_uppercase)
}

/// The outward code that a text of the form of a British postcode begins with, as a key: "ec1a" of
/// "ec1a1bb". `None` when it is none.
pub(super) fn british_outward(key: &str) -> Option<&str> {
    let (outward, inward) = key.split_at_checked(key.len().checked_sub(3)?)?;
    let [digit, one, two] = *inward.as_bytes() else { return None };
    let is_inward =
        digit.is_ascii_digit() && one.is_ascii_alphabetic() && two.is_ascii_alphabetic();
    let is_outward = (2..=4).contains(&outward.len())
        && outward.starts_with(|first: char| first.is_ascii_alphabetic())
        && outward.bytes().any(|letter| letter.is_ascii_digit());
    (is_inward && is_outward).then_some(outward)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_for_an_area_is_what_its_country_makes_it() {
        for (postcode, country, expected) in [
            ("EC1A 1BB", "GB", Some("EC1A")),
            ("ec1a1bb", "GB", Some("EC1A")),
            ("M1 1AE", "GB", Some("M1")),
            ("EC1A", "GB", None),
            ("1012 AB", "NL", Some("1012")),
            ("M5V 2T6", "CA", Some("M5V")),
            ("12345-6789", "US", Some("12345")),
            ("00100", "FI", None),
            ("150-0002", "JP", Some("150")),
        ] {
            assert_eq!(area(postcode, Some(country)).as_deref(), expected, "{postcode}");
        }
        assert_eq!(area("EC1A 1BB", None), None);
        assert_eq!(british_outward("ec1a1bb"), Some("ec1a"));
        assert_eq!(british_outward("sw199ab"), Some("sw19"));
        assert_eq!(british_outward("helsinki"), None);
        assert_eq!(british_outward("00100"), None);
    }
}
