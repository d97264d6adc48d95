//! Phrases as the dictionaries write them, and where a text has them.
//!
//! `word*` stands for every word that begins so, `(a|b)` for either, `word?` for a word that may be
//! left out, `#` for a number and `_` for any word. A pattern is kept as it is written: what it
//! could be spelt out to would be thousands of phrases.

use super::super::words::{Gap, Word, fold};

/// One word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Word(Box<str>),
    Prefix(Box<str>),
    Number,
    Any,
}

impl Step {
    pub(super) fn of(written: &str) -> Self {
        let key = |written: &str| {
            let mut key = fold(written);
            key.retain(|letter| letter != '\'');
            key.into_boxed_str()
        };
        match written {
            "#" => Self::Number,
            "_" => Self::Any,
            _ => match written.strip_suffix('*') {
                Some(stem) => Self::Prefix(key(stem)),
                None => Self::Word(key(written)),
            },
        }
    }

    fn fits(&self, word: &Word) -> bool {
        match self {
            Self::Word(key) => word.key == **key,
            Self::Prefix(stem) => word.key.starts_with(&**stem),
            Self::Number => word.number.is_some(),
            Self::Any => true,
        }
    }
}

/// A word as one of 64 bits, by which most words that do not fit are told apart at once.
pub(super) fn bit_of(key: &str) -> u64 {
    let hash =
        key.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    1 << (hash % 64)
}

/// One place of a pattern: what may stand there.
#[derive(Clone, Debug)]
struct Slot {
    choices: Box<[Box<[Step]>]>,
    is_optional: bool,
}

/// A phrase as it is written in a dictionary.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Box<[Slot]>);

/// How a text fits a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    /// How many words it takes.
    pub(super) len: usize,
    /// How many of them are whole words of the pattern.
    pub(super) exact: usize,
}

impl Pattern {
    /// A phrase of these words.
    pub(super) fn plain(steps: impl IntoIterator<Item = Step>) -> Self {
        let slot = |step| Slot { choices: [[step].into()].into(), is_optional: false };
        Self(steps.into_iter().map(slot).collect())
    }

    /// The patterns a phrase of a dictionary stands for: two where `ä`, `ö` and `ü` may be written
    /// otherwise.
    pub(super) fn parse(written: &str) -> Vec<Self> {
        let mut spellings = vec![written.to_owned()];
        if written.contains(['ä', 'ö', 'ü']) {
            spellings.push(written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue"));
        }
        spellings.iter().map(|spelling| Self(tokens(spelling).map(slot).collect())).collect()
    }

    /// Every word of the pattern.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.0.iter().flat_map(|slot| slot.choices.iter()).flatten()
    }

    /// The words a phrase of the pattern can begin with.
    pub(super) fn first_steps(&self) -> Vec<&Step> {
        let mut first = Vec::new();
        for slot in &self.0 {
            first.extend(slot.choices.iter().filter_map(|choice| choice.first()));
            if !slot.is_optional {
                break;
            }
        }
        first
    }

    /// What can come second: each word as [`bit_of`] it, and whether nothing need come.
    pub(super) fn second(&self) -> (u64, bool) {
        let bit = |step: &Step| match step {
            Step::Word(key) => bit_of(key),
            Step::Prefix(_) | Step::Number | Step::Any => u64::MAX,
        };
        let mut bits = 0;
        for (at, slot) in self.0.iter().enumerate() {
            for choice in &slot.choices {
                bits |= choice.get(1).map_or(0, bit);
            }
            let is_one = slot.choices.iter().any(|choice| choice.len() == 1);
            let mut ends = true;
            for next in self.0[at + 1..].iter().take_while(|_| is_one) {
                bits |= next
                    .choices
                    .iter()
                    .filter_map(|it| it.first())
                    .fold(0, |all, it| all | bit(it));
                if !next.is_optional {
                    ends = false;
                    break;
                }
            }
            if is_one && ends {
                return (bits, true);
            }
            if !slot.is_optional {
                break;
            }
        }
        (bits, false)
    }

    /// The longest phrase of the pattern that begins at a word and takes at most `max` words.
    pub(super) fn fit(&self, words: &[Word], at: usize, max: usize) -> Option<Fit> {
        let end = words.len().min(at.saturating_add(max));
        longest(&self.0, words.get(..end)?, at, at, 0).filter(|fit| fit.len > 0)
    }
}

/// The longest way through the rest of a pattern, having come to `at` from `start`.
fn longest(slots: &[Slot], words: &[Word], start: usize, at: usize, exact: usize) -> Option<Fit> {
    let Some((slot, rest)) = slots.split_first() else {
        return Some(Fit { len: at - start, exact });
    };
    let mut best = None;
    for choice in &slot.choices {
        let Some(span) = words.get(at..at + choice.len()) else { continue };
        let fits = choice.iter().zip(span).enumerate().all(|(place, (step, word))| {
            let is_joined = at + place == start || matches!(word.gap, Gap::Glued | Gap::Space);
            is_joined && step.fits(word)
        });
        if fits {
            let whole = choice.iter().filter(|step| matches!(step, Step::Word(_))).count();
            best = best.max(longest(rest, words, start, at + choice.len(), exact + whole));
        }
    }
    if slot.is_optional { best.max(longest(rest, words, start, at, exact)) } else { best }
}

/// A phrase as written, word by word, choices in one.
fn tokens(written: &str) -> impl Iterator<Item = &str> {
    let mut rest = written.trim_start();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends_choice = if rest.starts_with('(') { rest.find(')').unwrap_or(0) } else { 0 };
        let end = rest[ends_choice..].find(' ').map_or(rest.len(), |space| ends_choice + space);
        let token = &rest[..end];
        rest = rest[end..].trim_start();
        Some(token)
    })
}

fn slot(token: &str) -> Slot {
    let (token, is_optional) = match token.strip_suffix('?') {
        Some(token) => (token, true),
        None => (token, false),
    };
    let steps = |choice: &str| choice.split_whitespace().map(Step::of).collect();
    let choices = match token.strip_prefix('(').and_then(|token| token.strip_suffix(')')) {
        Some(choices) => choices.split('|').map(steps).collect(),
        None => [steps(token)].into(),
    };
    Slot { choices, is_optional }
}

#[cfg(test)]
mod tests {
    use super::super::super::words::words;
    use super::*;

    fn len(pattern: &str, text: &str) -> Option<usize> {
        let words = words(text, &[]);
        let fits = Pattern::parse(pattern).into_iter().filter_map(|it| it.fit(&words, 0, 9));
        fits.map(|fit| fit.len).max()
    }

    #[test]
    fn a_pattern_is_fitted_by_each_of_the_phrases_it_stands_for() {
        for (pattern, text, expected) in [
            ("(a|b) c? d*", "a c days", Some(3)),
            ("(a|b) c? d*", "b dog", Some(2)),
            ("(a|b) c? d*", "c dog", None),
            ("card (was|has been) lost", "card has been lost today", Some(4)),
            ("nächst*", "naechster Automat", Some(1)),
            ("number #", "number 12", Some(2)),
            ("so far", "so, far", None),
            ("more of? the?", "more", Some(1)),
        ] {
            assert_eq!(len(pattern, text), expected, "{pattern}: {text}");
        }
    }

    #[test]
    fn no_more_words_are_taken_than_are_asked_for() {
        let words = words("de calle ocho", &[]);
        let pattern = &Pattern::parse("de calle?")[0];
        assert_eq!(pattern.fit(&words, 0, 9).map(|fit| fit.len), Some(2));
        assert_eq!(pattern.fit(&words, 0, 1).map(|fit| fit.len), Some(1));
    }
}
