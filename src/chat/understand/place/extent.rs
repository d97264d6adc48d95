//! How far the name of a place reaches.

use super::super::lexicon::Concept;
use super::super::numbers;
use super::super::scan::{Element, Text};
use super::super::words::Gap;
use super::{KNOWN_WORDS_MAX, PLACE_WORDS_MAX, is_nth_street};
use crate::chat::meaning::Parameter;

pub(super) fn is_address_word(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_some_and(|word| {
        matches!(word.gap, Gap::Space | Gap::Comma) && text.lexicon.is_street(&word.key)
    })
}

/// Whether the word is one a number before it counts.
pub(super) fn counts(text: &Text<'_>, at: usize) -> bool {
    text.phrase(at).is_some_and(|found| {
        found.concepts.iter().any(|concept| {
            matches!(
                concept,
                Concept::Atm
                    | Concept::Nearest
                    | Concept::Unit(_)
                    | Concept::Minutes
                    | Concept::Money(_)
            )
        })
    })
}

/// Whether a phrase is a kind of place that can be named: a station, an airport, and not a shop.
pub(super) fn is_nameable(concepts: &[Concept]) -> bool {
    concepts.iter().any(|concept| {
        *concept == Concept::Named || matches!(concept, Concept::Wish(Parameter::LocationType, kind)
            if matches!(&**kind, "transport_station" | "airport" | "hospital" | "education" | "hotel"))
    })
}

pub(super) fn is_location(concepts: &[Concept]) -> bool {
    concepts.iter().any(|concept| matches!(concept, Concept::Wish(Parameter::LocationType, _)))
}

/// After a kind of place, its name: "(gare) de Lyon", "(Flughafen) München". Where the name's first
/// word ends.
pub(super) fn kind_with_name(text: &Text<'_>, after: usize) -> Option<usize> {
    if let Some(dated) = after.checked_sub(1).and_then(|kind| date_of_street(text, kind, after)) {
        return Some(dated);
    }
    let mut at = after;
    while at < after + 3
        && text.words.get(at).is_some_and(|word| {
            matches!(word.gap, Gap::Space | Gap::Glued) && text.lexicon.is_inner(&word.key)
        })
    {
        at += 1;
    }
    let is_joined =
        text.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued));
    let is_name = is_name_like(text, at) || is_shown_name(text, at) || is_named_new(text, at);
    let kind = after.saturating_sub(1);
    (is_joined && is_name || is_word_of_kind(text, kind, at)).then_some(at + 1)
}

/// Whether a kind of place that can be named ends with the word: "(estación de) autobuses".
fn ends_nameable(text: &Text<'_>, at: usize) -> bool {
    (at.saturating_sub(2)..=at).any(|from| {
        text.phrase(from)
            .is_some_and(|found| from + found.len == at + 1 && is_nameable(found.concepts))
    })
}

/// Whether an adjective begins a name: "gran vía", "new covent".
fn is_named_new(text: &Text<'_>, at: usize) -> bool {
    let is_adjective = text
        .phrase(at)
        .is_some_and(|found| found.len == 1 && found.concepts.contains(&Concept::Adjective));
    let next = text.words.get(at + 1);
    is_adjective
        && next.is_some_and(|next| {
            next.gap == Gap::Space && text.lexicon.is_street(&next.key)
                || is_name_like(text, at + 1)
        })
}

/// Whether a word that means something else is the name of what the place begins with the kind of:
/// of a street, "(plaza) mayor", "(praça da) sé", "(Calle) Ocho", or "(estação do) oriente".
fn is_word_of_kind(text: &Text<'_>, start: usize, at: usize) -> bool {
    let between = (start + 1).min(at)..at;
    let is_inner = |at: usize| {
        matches!(text.words[at].gap, Gap::Space | Gap::Glued)
            && text.lexicon.is_inner(&text.words[at].key)
    };
    text.words.get(at).is_some_and(|word| word.gap == Gap::Space)
        && at > start
        && (text.lexicon.is_street(&text.words[start].key)
            || !between.is_empty() && ends_nameable(text, start))
        && between.clone().all(is_inner)
        && text.phrase(at).is_some_and(|found| {
            let is_word = found.concepts.iter().any(|concept| {
                *concept == Concept::Word || *concept == Concept::Clause && !between.is_empty()
            });
            let is_number =
                found.concepts.iter().any(|concept| matches!(concept, Concept::Number(_)));
            found.len == 1 && (is_word || is_number && text.words[at].is_capital)
        })
}

/// Whether the word belongs to a name: a word of no dictionary that counts nothing.
pub(in super::super) fn is_name_like(text: &Text<'_>, at: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    if !matches!(word.gap, Gap::Space | Gap::Glued | Gap::Comma) {
        return false;
    }
    let is_number = word.number.is_some() || word.key.contains(':');
    !is_number && text.phrase(at).is_none() && text.name(at).is_none()
}

/// Whether a small word of the dictionary is part of a name by its capital: "Sé", "São".
pub(super) fn is_shown_name(text: &Text<'_>, at: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    let is_small = |concept: &Concept| {
        matches!(
            concept,
            Concept::Stop
                | Concept::Word
                | Concept::Walk
                | Concept::Drive
                | Concept::Clause
                | Concept::Adjective
                | Concept::Bank
                | Concept::Cash
                | Concept::Find
        )
    };
    text.has_telling_capitals
        && word.is_capital
        && word.key.chars().count() > 1
        && word.gap != Gap::Stop
        && text
            .phrase(at)
            .is_some_and(|found| found.len == 1 && found.concepts.iter().all(is_small))
        && text.name(at).is_none()
}

/// Whether the word ends a name: "station", "street", "centre".
pub(super) fn is_tail(text: &Text<'_>, at: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    if !matches!(word.gap, Gap::Space | Gap::Glued) {
        return false;
    }
    if text.lexicon.is_street(&word.key) || text.lexicon.is_kind(&word.key) {
        return true;
    }
    text.phrase(at).is_some_and(|found| is_nameable(found.concepts))
}

/// Whether a name goes on after a bank's name: "Santander Street".
pub(super) fn continues(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_some_and(|word| {
        word.gap == Gap::Space && (text.lexicon.is_street(&word.key) || is_tail(text, at))
    })
}

/// The longest of the next words that the gazetteer knows as a place: where they end.
pub(super) fn known(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut most = at + 1;
    while most < text.words.len()
        && most - at < KNOWN_WORDS_MAX
        && matches!(text.words[most].gap, Gap::Space | Gap::Glued)
    {
        most += 1;
    }
    (at + 1..=most).rev().find(|&end| (text.is_place)(text.written(at..end)))
}

/// Where a place ends that began at `start` and reaches to `end` at least.
pub(super) fn end_of(text: &Text<'_>, start: usize, end: usize) -> usize {
    let mut end = end.min(text.words.len());
    while end < text.words.len() && end - start < PLACE_WORDS_MAX {
        let word = &text.words[end];
        match word.gap {
            Gap::Stop => break,
            Gap::Comma => {
                let is_region = (is_name_like(text, end)
                    && (word.is_capital || !writes_capitals(text, start)))
                    || is_shown_name(text, end)
                    || is_number_of_place(text, end, start)
                    || known(text, end).is_some_and(|known| known - end > 1);
                if !is_region {
                    break;
                }
                end += 1;
                continue;
            }
            Gap::Glued | Gap::Space => {}
        }
        if is_small_after_capital(text, start, end) {
            break;
        }
        // "calle 25 de Mayo", "Rua XV de Novembro"
        if let Some(dated) = date_of_street(text, start, end) {
            end = dated;
            continue;
        }
        // "Ver-o-Peso": what hyphens hold together is one name.
        if let Some(joined) = hyphenated(text, end) {
            end = joined;
            continue;
        }
        // "350 Fifth Avenue", "plaza mayor"
        if is_nth_street(text, end) {
            end += 2;
            continue;
        }
        if is_word_of_kind(text, start, end) {
            end += 1;
            continue;
        }
        if is_name_like(text, end)
            || is_shown_name(text, end)
            || is_number_of_place(text, end, start)
        {
            end += 1;
            continue;
        }
        // "5th Ave & 42nd St", "Elephant and Castle"
        if let Some(joined) = joined_end(text, start, end) {
            end = joined;
            continue;
        }
        // Hyphens hold a name together: "Aix-en-Provence".
        let is_hyphenated = word.gap == Gap::Glued
            && text.whole[..word.span.start].ends_with('-')
            && word.number.is_none();
        if is_hyphenated || is_tail(text, end) && !is_told_otherwise(text, end) {
            let len = text
                .phrase(end)
                .filter(|found| is_nameable(found.concepts))
                .map_or(1, |found| found.len);
            end += len;
            continue;
        }
        let inner = (end..text.words.len())
            .take(2)
            .take_while(|&at| {
                matches!(text.words[at].gap, Gap::Space | Gap::Glued)
                    && (text.lexicon.is_inner(&text.words[at].key)
                        || at > end && is_article(text, at))
            })
            .count();
        let next = end + inner;
        // "St. Gallen, der Euro ausgibt"
        let is_clause = inner == 1 && text.lexicon.is_relative(&word.key);
        let goes_on = inner > 0
            && !is_clause
            && text.words.get(next).is_some_and(|word| word.gap != Gap::Comma)
            && (is_name_like(text, next)
                || is_shown_name(text, next)
                || is_word_of_kind(text, start, next)
                || text.phrase(next).is_some_and(|found| {
                    is_nameable(found.concepts) && kind_with_name(text, next + found.len).is_some()
                })
                || text.words.get(next).is_some_and(|word| text.lexicon.is_street(&word.key)));
        if goes_on {
            end = next + 1;
            continue;
        }
        // "praia de Boa Viagem"
        if let Some(len) = shown_phrase(text, next).filter(|_| inner > 0 && !is_clause) {
            end = next + len;
            continue;
        }
        let longer = (end + 1..=text.words.len().min(end + 3)).rev().find(|&longer| {
            text.words[end..longer].iter().all(|word| matches!(word.gap, Gap::Space | Gap::Glued))
                && (text.is_place)(text.written(start..longer))
        });
        match longer {
            Some(longer) => end = longer,
            None => break,
        }
    }
    end
}

/// Where a date ends that is the name of a street or square, or the rest of it, from its day or its
/// month on: "(avenida) 9 de Julio", "(Rua XV) de Novembro".
fn date_of_street(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let is_street = (start..at).any(|before| text.lexicon.is_street(&text.words[before].key));
    let word = text.words.get(at).filter(|_| is_street)?;
    if let Some((Element::Date(..), len)) = numbers::at(text, at, &[]) {
        return Some(at + len);
    }
    let month = if text.lexicon.is_inner(&word.key) { at + 1 } else { at };
    let is_month = text.phrase(month).is_some_and(|found| {
        found.len == 1 && found.concepts.iter().any(|it| matches!(it, Concept::Month(_)))
    });
    let is_joined = text.words.get(month).is_some_and(|word| word.gap == Gap::Space);
    (is_month && is_joined && at > start + 1).then_some(month + 1)
}

/// Where words end that hyphens hold together, the first of them with a capital.
fn hyphenated(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_held = |at: usize| {
        text.words.get(at).is_some_and(|word| {
            word.gap == Gap::Glued && text.whole[..word.span.start].ends_with('-')
        })
    };
    let first = &text.words[at];
    if !first.is_capital || first.number.is_some() || first.gap == Gap::Glued || !is_held(at + 1) {
        return None;
    }
    (at + 1..=text.words.len()).find(|&next| !is_held(next))
}

/// How many words a phrase takes that is a name by its capitals: "Boa Viagem", which is a farewell
/// in small letters.
pub(super) fn shown_phrase(text: &Text<'_>, at: usize) -> Option<usize> {
    let found = text.phrase(at)?;
    let is_shown = text.has_telling_capitals
        && found.len > 1
        && text.words[at..at + found.len].iter().all(|word| word.is_capital);
    let may_be_name = found.concepts.iter().all(|concept| {
        matches!(
            concept,
            Concept::Act(_)
                | Concept::Stop
                | Concept::Clause
                | Concept::Bankers(..)
                | Concept::Find
        )
    });
    (is_shown && may_be_name && text.words[at].gap == Gap::Space).then_some(found.len)
}

/// Whether the word is no more than "the": "(Stow on) the (Wold)".
fn is_article(text: &Text<'_>, at: usize) -> bool {
    text.phrase(at).is_some_and(|found| {
        found.len == 1 && found.concepts.iter().all(|concept| *concept == Concept::Article)
    })
}

/// Whether a word that may end a name is better read as a phrase of several words.
pub(super) fn is_told_otherwise(text: &Text<'_>, at: usize) -> bool {
    text.phrase(at).is_some_and(|found| found.len > 1 && !is_nameable(found.concepts))
}

/// Whether a number goes on with an address: "Alcalá 45", "Terminal 5", "75011 Paris".
pub(super) fn is_number_of_place(text: &Text<'_>, at: usize, start: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    let has_letter = word.key.bytes().any(|byte| byte.is_ascii_alphabetic());
    if word.number.is_none()
        && !(word.key.starts_with(|first: char| first.is_ascii_digit()) && has_letter)
    {
        return false;
    }
    // "terminal 2 atm" counts no ATM.
    let is_of_terminal = at > start && text.lexicon.is_numbered(&text.words[at - 1].key);
    if word.key.contains([':', '.']) || counts(text, at + 1) && !is_of_terminal {
        return false;
    }
    let is_told = !is_of_terminal
        && text.phrase(at).is_some_and(|found| {
            found.len > 1
                || found.concepts.iter().any(|concept| matches!(concept, Concept::Ordinal(_)))
        });
    let is_counting = numbers::at(text, at, &[])
        .is_some_and(|(element, _)| !matches!(element, Element::Number(_)));
    at > start && !is_told && !is_counting
}

/// Whether the name that begins at a word is written with a capital, as other words are not.
fn writes_capitals(text: &Text<'_>, start: usize) -> bool {
    text.words[start].is_capital && text.words.iter().any(|word| !word.is_capital)
}

/// Whether a word in small letters follows a name in capitals and something else follows it: it
/// belongs to the name only where the gazetteer knows it with it.
fn is_small_after_capital(text: &Text<'_>, start: usize, at: usize) -> bool {
    let word = &text.words[at];
    let is_small = !word.is_capital
        && !word.key.starts_with(|first: char| first.is_ascii_digit())
        && word.gap == Gap::Space;
    if !is_small || !writes_capitals(text, start) || !is_name_like(text, at) {
        return false;
    }
    let is_followed = text.words.get(at + 1).is_some_and(|next| next.gap == Gap::Space);
    (is_followed || text.language.capitalises_nouns())
        && !text.lexicon.is_inner(&word.key)
        && !is_tail(text, at)
        && !(text.is_place)(text.written(start..at + 1))
}

/// Where a name ends that "&", or "and" between two capitals, joins to the one before.
fn joined_end(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let word = text.words.get(at)?;
    let begins =
        |at: usize| is_name_like(text, at) || is_shown_name(text, at) || is_nth_street(text, at);
    let between = &text.whole[text.words[at - 1].span.end..word.span.start];
    if between.contains('&') && begins(at) {
        return Some(at + 1);
    }
    let is_and = text
        .phrase(at)
        .is_some_and(|found| found.len == 1 && found.concepts.contains(&Concept::And));
    let next = text.words.get(at + 1)?;
    let is_one = is_and
        && word.gap == Gap::Space
        && next.gap == Gap::Space
        && text.has_telling_capitals
        && text.words[start].is_capital
        && next.is_capital
        && begins(at + 1)
        && !(text.is_place)(text.written(start..at))
        && !(text.is_place)(text.written(at + 1..at + 2));
    is_one.then_some(at + 2)
}
