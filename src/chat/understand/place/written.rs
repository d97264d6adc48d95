//! Places written as positions: found as they stand, to be read by the gazetteer.

use std::ops::Range;

/// Where a text holds a link, a `geo:` URI, coordinates or a plus code.
pub(in super::super) fn position(text: &str) -> Option<Range<usize>> {
    link(text).or_else(|| degrees(text)).or_else(|| pair(text)).or_else(|| plus_code(text))
}

/// The runs of a text between white space.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_whitespace().map(|run| {
        let start = run.as_ptr() as usize - text.as_ptr() as usize;
        start..start + run.len()
    })
}

fn link(text: &str) -> Option<Range<usize>> {
    runs(text).find(|run| {
        let run = text[run.clone()].to_ascii_lowercase();
        run.starts_with("geo:")
            || run.contains("://")
            || [
                "maps.",
                "goo.gl/",
                "www.google.",
                "google.com/maps",
                "waze.com",
                "osm.org",
                "openstreetmap.org",
            ]
            .iter()
            .any(|host| run.starts_with(host))
    })
}

/// Degrees with their sign, as in `51°30'26"N 0°7'39"W`: from the first figure to the last sign.
fn degrees(text: &str) -> Option<Range<usize>> {
    let sign = text.find('°')?;
    let is_part = |letter: char| {
        letter.is_ascii_digit()
            || letter.is_whitespace()
            || "°'′’\"″”.,;-+NSEWOnsewo".contains(letter)
    };
    // The "s" of "is" is no south.
    let is_of_word = |at: usize| {
        let before = text[..at].chars().next_back();
        let letter = text[at..].chars().next();
        let next = letter.and_then(|letter| text[at + letter.len_utf8()..].chars().next());
        letter.is_some_and(char::is_alphabetic)
            && (before.is_some_and(char::is_alphabetic) || next.is_some_and(char::is_alphabetic))
    };
    let before = text[..sign]
        .char_indices()
        .rev()
        .take_while(|(at, letter)| is_part(*letter) && !is_of_word(*at));
    let from = before
        .filter(|(_, letter)| letter.is_ascii_digit() || "-+NSEWnsew".contains(*letter))
        .last();
    let after = text[sign..].char_indices().take_while(|(_, letter)| is_part(*letter));
    let to = after
        .filter(|(_, letter)| !letter.is_whitespace() && !".,;".contains(*letter))
        .last()
        .map(|(at, letter)| sign + at + letter.len_utf8())?;
    let from = from.map_or(sign, |(at, _)| at);
    Some(from..to)
}

/// Two numbers that can be latitude and longitude, at least one with decimals and neither counted
/// by anything.
fn pair(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let is_start = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'.');
        if is_start
            && let Some((first, decimals)) = number(bytes, at)
            && decimals >= 2
        {
            let mut next = past_side(bytes, first);
            while next < bytes.len() && b" ,;/".contains(&bytes[next]) {
                next += 1;
            }
            if next > first
                && let Some((end, decimals)) = number(bytes, next)
                && decimals >= 2
            {
                let end = past_side(bytes, end);
                if !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
                    return Some(at..end);
                }
            }
        }
        at += 1;
    }
    None
}

/// Past the letter that says on which side of the equator or of Greenwich a number is.
fn past_side(bytes: &[u8], at: usize) -> usize {
    let letter = at + bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
    let is_side = bytes.get(letter).is_some_and(|byte| b"NSEWnsew".contains(byte))
        && std::str::from_utf8(&bytes[letter + 1..])
            .is_ok_and(|rest| !rest.starts_with(char::is_alphabetic))
        && !bytes.get(letter + 1).is_some_and(u8::is_ascii_alphanumeric);
    if is_side { letter + 1 } else { at }
}

/// A number with a decimal point, or a comma: where it ends, and how many decimals it has.
fn number(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = at + usize::from(matches!(bytes.get(at), Some(b'-' | b'+')));
    let whole = digits(start.min(bytes.len()));
    let point = start + whole;
    if whole == 0 || whole > 3 || !matches!(bytes.get(point), Some(b'.' | b',')) {
        return None;
    }
    let decimals = digits(point + 1);
    // "1,000" and "12,345" are whole numbers, and "51,5" a position only with more decimals.
    if bytes[point] == b',' && decimals < 4 {
        return None;
    }
    Some((point + 1 + decimals, decimals))
}

/// A plus code, full or short.
fn plus_code(text: &str) -> Option<Range<usize>> {
    const DIGITS: &str = "23456789CFGHJMPQRVWX";
    let is_code = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len())
            && part.chars().all(|digit| DIGITS.contains(digit.to_ascii_uppercase()))
    };
    runs(text).find_map(|run| {
        let written = text[run.clone()].trim_end_matches([',', '?', '!', '.']);
        let (before, after) = written.split_once('+')?;
        let is_full_or_short =
            before.len().is_multiple_of(2) && is_code(before, 4..=8) && is_code(after, 2..=7);
        let has_letter = before.chars().any(|digit| digit.is_ascii_alphabetic());
        (is_full_or_short && has_letter).then(|| run.start..run.start + written.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_found_as_they_stand() {
        for (text, expected) in [
            ("atm 51.5074, -0.1278 please", Some("51.5074, -0.1278")),
            ("at 40.7128,-74.0060?", Some("40.7128,-74.0060")),
            (
                "near https://maps.app.example/@51.5,-0.1 now",
                Some("https://maps.app.example/@51.5,-0.1"),
            ),
            ("geo:51.5,-0.12", Some("geo:51.5,-0.12")),
            ("atm bei 51°30'26\"N 0°7'39\"W bitte", Some("51°30'26\"N 0°7'39\"W")),
            ("9GFR+2Q Helsinki", Some("9GFR+2Q")),
            ("2.5 km from Leeds", None),
            ("within 1.50 km, 3 atms", None),
            ("open at 10.30", None),
        ] {
            assert_eq!(position(text).map(|span| &text[span]), expected, "{text}");
        }
    }
}
