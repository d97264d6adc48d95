//! A text as words: what each is compared by, where it stands, and what stands before it.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

/// What a piece of text is compared by.
pub(super) use crate::domain::without_accents as fold;

/// Most words that are looked at; what follows is not read.
pub(super) const WORDS_MAX: usize = 96;

/// What separates a word from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing but an apostrophe, a hyphen, a slash, or a change of script.
    Glued,
    /// White space.
    Space,
    /// A comma.
    Comma,
    /// The end of a sentence, or the beginning of the text.
    Stop,
}

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// Lower case, without accents: what it is compared by.
    pub(super) key: String,
    /// Where it stands in the text, bytes.
    pub(super) span: Range<usize>,
    /// What stands before it.
    pub(super) gap: Gap,
    /// Whether it begins with a capital.
    pub(super) is_capital: bool,
    /// Its value, if it is written in digits.
    pub(super) number: Option<f64>,
}

impl Word {
    pub(super) fn is_digits(&self) -> bool {
        self.key.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Units that are written to their number, as in `500m`, `10pm` and `24h`.
const GLUED_UNITS: [&str; 24] = [
    "m", "km", "kms", "mi", "ft", "yd", "yds", "h", "hr", "hrs", "am", "pm", "min", "mins", "mn",
    "k", "meter", "metre", "metres", "meters", "miles", "uhr", "hs", "std",
];

/// Short forms whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 32] = [
    "st", "mt", "ft", "dr", "ave", "av", "blvd", "rd", "str", "ste", "sta", "sto", "pl", "pza",
    "pca", "sq", "hbf", "bhf", "no", "mr", "rt", "hwy", "pkwy", "ln", "ct", "gral", "avda", "urb",
    "prof", "dra", "cra", "ctra",
];

/// A letter of a script that is written without spaces between words.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF)
        // The sign of an ATM is a word by itself.
        || letter == '🏧'
}

/// How letters hang together while a word is gathered.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Letters,
    Digits,
    Unspaced,
}

fn kind_of(letter: char) -> Option<Kind> {
    if letter.is_ascii_digit() {
        Some(Kind::Digits)
    } else if is_unspaced(letter) {
        Some(Kind::Unspaced)
    } else if letter.is_alphanumeric() || is_combining_mark(letter) {
        Some(Kind::Letters)
    } else {
        None
    }
}

/// Takes a text apart. `unspaced` are the words that are found inside a run of a script written
/// without spaces.
pub(super) fn words(text: &str, unspaced: &[Box<str>]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut gap = Gap::Stop;
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut at = 0;
    while at < letters.len() && words.len() < WORDS_MAX {
        let (start, first) = letters[at];
        let Some(kind) = kind_of(first) else {
            gap = widened(gap, first, words.last(), letters.get(at + 1).map(|(_, next)| *next));
            at += 1;
            continue;
        };
        let from = at;
        at += 1;
        while let Some(&(_, letter)) = letters.get(at) {
            let next = letters.get(at + 1).map(|(_, next)| *next);
            if belongs(kind, letter, next, &letters[from..at]) {
                at += 1;
            } else {
                break;
            }
        }
        let end = letters.get(at).map_or(text.len(), |(end, _)| *end);
        for span in pieces(text, start..end, kind, unspaced) {
            words.push(word(text, span, gap));
            gap = Gap::Glued;
        }
    }
    words
}

/// Whether the next letter goes on with the word.
fn belongs(kind: Kind, letter: char, next: Option<char>, so_far: &[(usize, char)]) -> bool {
    match kind_of(letter) {
        Some(Kind::Unspaced) => kind == Kind::Unspaced,
        Some(Kind::Letters | Kind::Digits) => kind != Kind::Unspaced,
        None => {
            let next_is = |wanted| next.and_then(kind_of) == Some(wanted);
            match letter {
                // 2.5 and 22:30, but not the dot at the end.
                '.' | ',' | ':' => {
                    next_is(Kind::Digits)
                        && so_far
                            .iter()
                            .all(|(_, letter)| letter.is_ascii_digit() || *letter == '.')
                }
                // don't and King's are words; l'heure and d'Euston are two.
                '\'' | '\u{2019}' => {
                    next_is(Kind::Letters) && kind == Kind::Letters && !is_elision(so_far)
                }
                _ => false,
            }
        }
    }
}

/// Whether letters before an apostrophe are a word that lost its last letter, as in `l'` and `qu'`.
fn is_elision(letters: &[(usize, char)]) -> bool {
    matches!(letters, [_] | [.., (_, 'q' | 'Q'), (_, 'u' | 'U')])
}

/// The gap after one more letter that belongs to no word.
fn widened(gap: Gap, letter: char, before: Option<&Word>, next: Option<char>) -> Gap {
    let wider = match letter {
        '.' => {
            // "S. Salina St."
            let is_abbreviation = before.is_some_and(|word| {
                let is_letter = word.key.len() == 1 && word.number.is_none();
                is_letter && next.is_some() || ABBREVIATIONS.contains(&word.key.as_str())
            });
            if is_abbreviation { Gap::Space } else { Gap::Stop }
        }
        '?' | '!' | ';' | '\n' | '…' | '。' | '？' | '！' => Gap::Stop,
        ',' | '、' | '，' | '(' | ')' => Gap::Comma,
        ':' if next.is_some_and(char::is_whitespace) => Gap::Comma,
        _ if letter.is_whitespace() => Gap::Space,
        _ => Gap::Glued,
    };
    let rank = |gap| match gap {
        Gap::Glued => 0,
        Gap::Space => 1,
        Gap::Comma => 2,
        Gap::Stop => 3,
    };
    if rank(wider) > rank(gap) { wider } else { gap }
}

/// A run of letters as words: numbers apart from units written to them, and known words apart from
/// the rest of a run without spaces.
fn pieces(text: &str, span: Range<usize>, kind: Kind, unspaced: &[Box<str>]) -> Vec<Range<usize>> {
    let run = &text[span.clone()];
    match kind {
        Kind::Digits => {
            let is_figure = |letter: char| letter.is_ascii_digit() || ".,:".contains(letter);
            let figures = run.find(|letter| !is_figure(letter)).unwrap_or(run.len());
            let (number, rest) = run.split_at(figures);
            let unit_ends = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
            let is_unit = GLUED_UNITS.contains(&fold(&rest[..unit_ends]).as_str());
            // "22h30", and not the postcode "5M7"
            let is_split = unit_ends == rest.len()
                || ["h", "uhr"].contains(&fold(&rest[..unit_ends]).as_str());
            if rest.is_empty() || !is_unit || !is_split {
                return vec![span];
            }
            let (first, second) = (span.start + number.len(), span.start + figures + unit_ends);
            let mut pieces = vec![span.start..first, first..second];
            if second < span.end {
                pieces.push(second..span.end);
            }
            pieces
        }
        Kind::Unspaced => {
            let known = unspaced.iter().filter_map(|word| {
                let at = run.find(word.as_ref())?;
                Some((word.len(), at))
            });
            let Some((len, at)) = known.max() else { return vec![span] };
            let (from, to) = (span.start + at, span.start + at + len);
            [span.start..from, from..to, to..span.end]
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .collect()
        }
        Kind::Letters => vec![span],
    }
}

fn word(text: &str, span: Range<usize>, gap: Gap) -> Word {
    let written = &text[span.clone()];
    let mut key = fold(written);
    key.retain(|letter| letter != '\'' && letter != '\u{2019}');
    let number = (key.starts_with(|first: char| first.is_ascii_digit()) && !key.contains(':'))
        .then(|| value_of(&key))
        .flatten();
    let is_capital = written.chars().next().is_some_and(char::is_uppercase);
    Word { key, span, gap, is_capital, number }
}

/// The value of a number in figures: `1,000` and `1.000` are a thousand, `1,5` and `1.5` are not.
fn value_of(key: &str) -> Option<f64> {
    let groups: Vec<&str> = key.split([',', '.']).collect();
    let are_thousands = groups.len() > 1
        && !groups[0].starts_with('0')
        && groups[0].len() <= 3
        && groups[1..].iter().all(|group| group.len() == 3);
    if are_thousands { groups.concat().parse().ok() } else { key.replace(',', ".").parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        words(text, &["提款机".into()]).into_iter().map(|word| word.key).collect()
    }

    #[test]
    fn a_text_is_taken_apart_as_people_write() {
        for (text, expected) in [
            ("Don't: l'aéroport, d'Euston", "dont l aeroport d euston"),
            ("500m 2,5 km 10pm 22h30 24/7", "500 m 2,5 km 10 pm 22 h 30 24 7"),
            ("sw1a1aa EC1A 1BB 1100-148", "sw1a1aa ec1a 1bb 1100 148"),
            ("King's Cross St. Albans", "kings cross st albans"),
            ("北京提款机", "北京 提款机"),
            ("drive-through 22:30", "drive through 22:30"),
        ] {
            assert_eq!(keys(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_short_form_ends_no_sentence() {
        let gaps = |text| words(text, &[]).into_iter().map(|word| word.gap).collect::<Vec<_>>();
        assert_eq!(gaps("St. Albans"), [Gap::Stop, Gap::Space]);
        assert_eq!(gaps("Leeds. Thanks"), [Gap::Stop, Gap::Stop]);
        assert_eq!(gaps("Leeds, please"), [Gap::Stop, Gap::Comma]);
    }
}
