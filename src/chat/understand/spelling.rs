//! Misspelt words, put right where nothing says that they are names.

use super::concept::Concept;
use super::lexicon::Lexicon;
use super::names::NameBook;
use super::words::{Gap, Word};

/// Puts words right that look misspelt, in place.
///
/// A word is left as it is where it stands after a word that places stand after, where it begins
/// with a capital that tells, and where it is a place or a bank by itself.
pub(super) fn correct(
    words: &mut [Word],
    lexicon: &Lexicon,
    names: &NameBook,
    is_place: &dyn Fn(&str) -> bool,
    has_telling_capitals: bool,
) {
    for at in 0..words.len() {
        let word = &words[at];
        let is_shown = has_telling_capitals && word.is_capital && word.gap != Gap::Stop;
        if word.number.is_some() || is_shown || lexicon.knows(&word.key) || word.key.len() < 5 {
            continue;
        }
        if is_after_preposition(words, at, lexicon) {
            continue;
        }
        let Some(corrected) = lexicon.corrected(&word.key) else { continue };
        if names.longest(words, at).is_some() || is_place(&word.key) {
            continue;
        }
        words[at].key = corrected;
    }
}

/// Whether a word that places stand after, or an article after one, stands before.
fn is_after_preposition(words: &[Word], at: usize, lexicon: &Lexicon) -> bool {
    let concepts = |place: usize| {
        lexicon.longest(&words[place..=place], 0).map_or(&[] as &[Concept], |found| found.concepts)
    };
    let Some(mut before) = at.checked_sub(1) else { return false };
    if words[at].gap == Gap::Stop {
        return false;
    }
    if concepts(before).contains(&Concept::Article) {
        let Some(earlier) = before.checked_sub(1) else { return false };
        before = earlier;
    }
    concepts(before)
        .iter()
        .any(|concept| matches!(concept, Concept::Near | Concept::In | Concept::To | Concept::Of))
}
