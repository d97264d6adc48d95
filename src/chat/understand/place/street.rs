//! Streets and houses, known by how they are written: a number, a word of street, a hyphen, a date.

use super::super::lexicon::Concept;
use super::super::numbers;
use super::super::scan::{Element, Text};
use super::super::words::Gap;
use super::extent::{is_name_like, is_nameable};

/// Most words of a dictionary that stand before the word of a street: "(old white plains) road".
const BEFORE_MAX: usize = 3;

/// Where an address ends whose name is of words that mean something else: "58 Station Road",
/// "main street", "2532 Route 9". Without a number there is one such word at least.
pub(super) fn address(text: &Text<'_>, at: usize) -> Option<usize> {
    let first = text.words.get(at)?;
    let has_number = first.is_digits() && first.key.len() < 6;
    let from = at + usize::from(has_number);
    if has_number && !is_joined(text, from) {
        return None;
    }
    let least = usize::from(!has_number);
    street_ahead(text, from).filter(|(words, _)| *words >= least).map(|(_, end)| end)
}

fn is_joined(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued))
}

/// How many words that may be of a name stand before a word that ends one, and where that ends.
fn street_ahead(text: &Text<'_>, from: usize) -> Option<(usize, usize)> {
    for at in from..=from + BEFORE_MAX {
        let word = text.words.get(at)?;
        if at > from && !is_joined(text, at) {
            return None;
        }
        let is_end = text.lexicon.is_street(&word.key) || text.lexicon.is_tail(&word.key);
        let is_phrase = text.phrase(at).is_some_and(|found| found.len > 1);
        if is_end && !is_phrase && at > from {
            return Some((at - from, at + 1));
        }
        // "Route 9", "Terminal 2"
        let is_numbered = text.lexicon.is_numbered(&word.key)
            && text.words.get(at + 1).is_some_and(|next| {
                next.gap == Gap::Space && next.key.starts_with(|it: char| it.is_ascii_digit())
            });
        if is_numbered {
            return Some((at - from + 1, at + 2));
        }
        if !may_be_of_name(text, at) {
            return None;
        }
    }
    None
}

/// Whether a word may stand in the name of a street: of no dictionary, or one that means little.
fn may_be_of_name(text: &Text<'_>, at: usize) -> bool {
    let word = &text.words[at];
    if word.number.is_some() || text.name(at).is_some() {
        return false;
    }
    let is_shown = word.is_capital && text.has_telling_capitals;
    let Some(found) = text.phrase(at) else { return is_name_like(text, at) || is_shown };
    let is_plain = |concept: &Concept| {
        matches!(
            concept,
            Concept::Word
                | Concept::Adjective
                | Concept::Bank
                | Concept::Ordinal(_)
                | Concept::Month(_)
        ) || is_shown
            && matches!(
                concept,
                Concept::Stop | Concept::Clause | Concept::Cash | Concept::Find | Concept::Only
            )
    };
    found.len == 1 && (found.concepts.iter().all(is_plain) || is_nameable(found.concepts))
}

/// Where a date ends that is the name of a street or square, or the rest of it, from its day or its
/// month on: "(avenida) 9 de Julio", "(Rua XV) de Novembro".
pub(super) fn date_of_street(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let is_street = (start..at).any(|before| text.lexicon.is_street(&text.words[before].key));
    let word = text.words.get(at).filter(|_| is_street)?;
    // "(Straße) des 17. Juni"
    let is_small = |at: usize| {
        text.words
            .get(at)
            .is_some_and(|word| matches!(word.gap, Gap::Space) && text.lexicon.is_inner(&word.key))
    };
    let day = if is_small(at) { at + 1 } else { at };
    if text.words.get(day).is_some()
        && let Some((Element::Date(..), len)) = numbers::at(text, day, &[])
    {
        return Some(day + len);
    }
    let month = if text.lexicon.is_inner(&word.key) { at + 1 } else { at };
    let is_month = text.phrase(month).is_some_and(|found| {
        found.len == 1 && found.concepts.iter().any(|it| matches!(it, Concept::Month(_)))
    });
    let is_joined = text.words.get(month).is_some_and(|word| word.gap == Gap::Space);
    (is_month && is_joined && at > start + 1).then_some(month + 1)
}

/// Where words end that hyphens hold together, the first of them with a capital.
pub(super) fn hyphenated(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_held = |at: usize| {
        text.words.get(at).is_some_and(|word| {
            word.gap == Gap::Glued && text.whole[..word.span.start].ends_with('-')
        })
    };
    let first = text.words.get(at)?;
    if !first.is_capital || first.number.is_some() || first.gap == Gap::Glued || !is_held(at + 1) {
        return None;
    }
    let end = (at + 1..=text.words.len()).find(|&next| !is_held(next))?;
    (ends_street(text, end) || (at..end).all(|at| !says_more(text, at))).then_some(end)
}

/// Whether a word says more than that it belongs to a name: "Bank-Automat", "E-Rollstuhl".
fn says_more(text: &Text<'_>, at: usize) -> bool {
    let is_little = |concept: &Concept| {
        matches!(
            concept,
            Concept::Word
                | Concept::Stop
                | Concept::Clause
                | Concept::Article
                | Concept::Indefinite
                | Concept::In
                | Concept::Of
                | Concept::To
                | Concept::Near
                | Concept::Find
                | Concept::Adjective
                | Concept::Act(_)
        )
    };
    text.name(at).is_some()
        || text.phrase(at).is_some_and(|found| !found.concepts.iter().all(is_little))
}

/// Whether a word of street stands at the end.
pub(super) fn ends_street(text: &Text<'_>, end: usize) -> bool {
    end.checked_sub(1).is_some_and(|last| {
        let key = &text.words[last].key;
        text.lexicon.is_street(key) || text.lexicon.is_tail(key)
    })
}

/// Where a street ends whose name begins with a small word, as the capital of that says where nouns
/// have capitals anyway: "(Geldautomat) Am Wall", "An der Kirche".
pub(super) fn shown_by_small_word(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_small = |at: usize| {
        text.words.get(at).is_some_and(|word| {
            text.lexicon.is_contracted(&word.key) || text.lexicon.is_inner(&word.key)
        })
    };
    let word = text.words.get(at)?;
    let is_shown = text.language.capitalises_nouns()
        && word.is_capital
        && word.gap == Gap::Space
        && is_small(at)
        && text.words.iter().any(|word| !word.is_capital && word.number.is_none());
    let name = if is_small(at + 1) { at + 2 } else { at + 1 };
    let next = text.words.get(name).filter(|_| is_shown)?;
    let is_machine = text.phrase(name).is_some_and(|found| found.concepts.contains(&Concept::Atm));
    (next.is_capital && next.gap == Gap::Space && next.number.is_none() && !is_machine)
        .then_some(name + 1)
}
