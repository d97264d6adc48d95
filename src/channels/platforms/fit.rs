//! Making texts fit what a channel takes.
//!
//! Lengths are counted in UTF-16 code units: that is what Telegram counts by, and no platform that
//! counts characters finds a text longer than that.

use unicode_segmentation::UnicodeSegmentation as _;

const ELLIPSIS: char = '…';

/// Length of a text.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text on one line of at most `max`: cut at a word where there is one, else between letters,
/// and never inside what is seen as one letter. What is cut ends with an ellipsis.
pub(super) fn line(text: &str, max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if length(&text) <= max {
        return text;
    }
    let fits = prefix(&text, max.saturating_sub(1));
    // A letter may have been left out where a word ended.
    let is_at_a_word = text[fits.len()..].starts_with(' ');
    let at_a_word = if is_at_a_word { Some(fits.len()) } else { fits.rfind(' ') };
    let kept = at_a_word.map_or(fits, |end| &fits[..end]);
    let is_loose = |letter: char| letter.is_whitespace() || ",;:.·-–—(/&".contains(letter);
    let mut kept = kept.trim_end_matches(is_loose).to_owned();
    kept.push(ELLIPSIS);
    kept
}

/// The text in pieces of at most `max`, parted at the ends of lines, else of words, else between
/// letters. No piece is empty, and nothing but the space between pieces is lost.
pub(super) fn pieces(text: &str, max: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while length(rest) > max {
        let fits = prefix(rest, max);
        let end = if rest[fits.len()..].starts_with(char::is_whitespace) {
            fits.len()
        } else {
            let parted = fits.rfind('\n').or_else(|| fits.rfind(char::is_whitespace));
            // A letter of more than a piece is no letter, and is parted like one that is not.
            let first = || rest.chars().next().map_or(rest.len(), char::len_utf8);
            parted.filter(|&end| end > 0).unwrap_or_else(|| fits.len().max(first()))
        };
        pieces.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// Each text on one line of at most `max`, no two of them the same: where they would be, all are
/// numbered.
pub(super) fn distinct<'t>(texts: impl IntoIterator<Item = &'t str>, max: usize) -> Vec<String> {
    let texts: Vec<&str> = texts.into_iter().collect();
    let lines: Vec<String> = texts.iter().map(|text| line(text, max)).collect();
    let is_repeated = (1..lines.len()).any(|place| lines[..place].contains(&lines[place]));
    if !is_repeated {
        return lines;
    }
    let numbered = |(place, text): (usize, &&str)| line(&format!("{}. {text}", place + 1), max);
    texts.iter().enumerate().map(numbered).collect()
}

/// The longest beginning of at most `max` that ends between letters.
fn prefix(text: &str, max: usize) -> &str {
    let mut taken = 0;
    for (place, letter) in text.grapheme_indices(true) {
        taken += length(letter);
        if taken > max {
            return &text[..place];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_a_word_and_never_inside_a_letter() {
        for (text, max, expected) in [
            ("Otto", 4, "Otto"),
            ("Otto near  the\nstation", 30, "Otto near the station"),
            ("Otto near the station", 14, "Otto near the…"),
            ("Otto near the station", 13, "Otto near…"),
            ("Springfield, Illinois", 20, "Springfield…"),
            ("Donaudampfschifffahrt", 10, "Donaudamp…"),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 12, "👩‍👩‍👧‍👦…"),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 11, "…"),
            ("e\u{301}e\u{301}e\u{301}", 4, "e\u{301}…"),
            ("", 4, ""),
        ] {
            let cut = line(text, max);
            assert_eq!(cut, expected);
            assert!(length(&cut) <= max);
        }
    }

    #[test]
    fn pieces_fit_and_hold_every_word_in_its_order() {
        let text =
            "One line of words.\nAnother, a bit longer than that.\n\nDonaudampfschifffahrt 👩‍👩‍👧‍👦";
        for max in 1..=length(text) + 1 {
            let pieces = pieces(text, max);
            assert!(pieces.iter().all(|piece| !piece.is_empty() && length(piece) <= max.max(2)));
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(bare(&pieces.concat()), bare(text), "{max}");
        }
        assert_eq!(pieces("One line.\nAnother one.", 15), ["One line.", "Another one."]);
        assert!(pieces(" \n", 5).is_empty());
    }

    #[test]
    fn lines_that_would_be_the_same_are_numbered() {
        let names = ["Springfield, Illinois, US", "Springfield, Missouri, US"];
        assert_eq!(distinct(names, 20), ["1. Springfield…", "2. Springfield…"]);
        assert_eq!(distinct(names, 30), names);
        assert_eq!(distinct(["More", "Help"], 20), ["More", "Help"]);
    }
}
