//! How far the name of a place reaches.

use super::super::lexicon::Concept;
use super::super::numbers;
use super::super::scan::{Element, Text};
use super::super::words::Gap;
use super::street::{address, date_of_street, hyphenated};
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
    if at == after && is_numbered_street(text, after) || is_numbered_by_article(text, at) {
        return Some(at + 1);
    }
    // "(avenida) Boa Viagem"
    if at == after
        && let Some(len) = shown_phrase(text, at)
    {
        return Some(at + len);
    }
    let is_joined =
        text.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued));
    let is_name = is_name_like(text, at) || is_shown_name(text, at) || is_named_new(text, at);
    let kind = after.saturating_sub(1);
    (is_joined && is_name || is_word_of_kind(text, kind, at)).then_some(at + 1)
}

/// Whether a street has no name but its number: "carrera (7)", which counts no machine behind it.
fn is_numbered_street(text: &Text<'_>, at: usize) -> bool {
    let Some(kind) = at.checked_sub(1).map(|kind| &text.words[kind].key) else { return false };
    text.lexicon.is_street(kind)
        && !text.lexicon.is_numbered(kind)
        && text.words.get(at).is_some_and(|word| word.gap == Gap::Space && word.is_digits())
        && !counts_more(text, at + 1)
}

/// Whether an article makes a number the name of a street: "(parque de la) 93".
fn is_numbered_by_article(text: &Text<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    text.words.get(at).is_some_and(|word| word.gap == Gap::Space && word.is_digits())
        && is_article(text, before)
        && !counts(text, at + 1)
        && matches!(numbers::at(text, at, &[]), Some((Element::Number(_), _)))
}

/// Whether the word is one a number before it counts, a machine apart.
fn counts_more(text: &Text<'_>, at: usize) -> bool {
    let is_machine = |concept: &Concept| matches!(concept, Concept::Atm);
    counts(text, at) && !text.concepts_at(at).iter().any(is_machine)
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
            && !text.lexicon.is_contracted(&text.words[at].key)
    };
    text.words.get(at).is_some_and(|word| word.gap == Gap::Space)
        && at > start
        && (text.lexicon.is_street(&text.words[start].key)
            || (!between.is_empty() || text.words[at].is_capital) && ends_nameable(text, start))
        && between.clone().all(is_inner)
        && text.phrase(at).is_some_and(|found| {
            let has_inner = !between.is_empty();
            found.len == 1
                && found.concepts.iter().all(|it| may_follow_kind(text, at, it, has_inner))
        })
}

/// Whether a word that means this may be the name of a street or square after its kind; more may
/// after "of": "(gare de l') est", "(place du) marché".
fn may_follow_kind(text: &Text<'_>, at: usize, concept: &Concept, has_inner: bool) -> bool {
    let is_capital = text.words[at].is_capital;
    let ends = || {
        text.words.get(at + 1).is_none_or(|next| {
            matches!(next.gap, Gap::Comma | Gap::Stop)
                || text.concepts_at(at + 1).contains(&Concept::Atm)
        })
    };
    let may_alone = matches!(concept, Concept::Word | Concept::Adjective)
        || is_capital && matches!(concept, Concept::Number(_));
    let may_after_of = matches!(
        concept,
        Concept::Clause
            | Concept::Part(..)
            | Concept::Month(_)
            | Concept::Weekday(_)
            | Concept::Named
            | Concept::Spared(..)
            | Concept::Wish(Parameter::LocationType, _)
            | Concept::Bankers(..)
            | Concept::Cash
    );
    let may_in_capitals =
        matches!(concept, Concept::Act(_) | Concept::Find | Concept::Bank | Concept::Stop);
    may_alone
        || has_inner
            && (may_after_of
                || is_capital && may_in_capitals
                || *concept == Concept::Stop && ends())
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
    // "Sandpiper Drive", "sandpiper drive", and not "Sandpiper drive"
    let is_alike = at > 0 && word.is_capital == text.words[at - 1].is_capital;
    if text.lexicon.is_tail(&word.key) && is_alike {
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
        let next = of_street(text, start, end)
            .or_else(|| of_name(text, start, end))
            .or_else(|| after_small_words(text, start, end))
            .or_else(|| known_longer(text, start, end));
        match next {
            Some(next) => end = next,
            None => break,
        }
    }
    end
}

/// Where a place goes on to that the next words belong to as they do to a street or a house.
fn of_street(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let word = &text.words[at];
    let may_begin = word.number.is_none() && !text.lexicon.is_inner(&word.key);
    // "calle 25 de Mayo", "Rua XV de Novembro"
    date_of_street(text, start, at)
        // "Ver-o-Peso": what hyphens hold together is one name.
        .or_else(|| hyphenated(text, at))
        // "(Holmers) Farm Way"
        .or_else(|| address(text, at).filter(|_| may_begin))
        // "350 Fifth Avenue", "plaza mayor"
        .or_else(|| is_nth_street(text, at).then_some(at + 2))
        .or_else(|| is_word_of_kind(text, start, at).then_some(at + 1))
}

/// Where a place goes on to that the next word belongs to as a name, or as what ends one.
fn of_name(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let word = &text.words[at];
    let is_name =
        is_name_like(text, at) || is_shown_name(text, at) || is_number_of_place(text, at, start);
    if is_name {
        return Some(at + 1);
    }
    // "(avenida) Boa Viagem"
    if text.lexicon.is_street(&text.words[at - 1].key)
        && let Some(len) = shown_phrase(text, at)
    {
        return Some(at + len);
    }
    // "5th Ave & 42nd St", "Elephant and Castle"
    if let Some(joined) = joined_end(text, start, at) {
        return Some(joined);
    }
    // Hyphens hold a name together: "Aix-en-Provence".
    let is_hyphenated = word.gap == Gap::Glued
        && text.whole[..word.span.start].ends_with('-')
        && word.number.is_none();
    let is_end = is_hyphenated || is_tail(text, at) && !is_told_otherwise(text, at);
    let kind = || text.phrase(at).filter(|found| is_nameable(found.concepts));
    is_end.then(|| at + kind().map_or(1, |found| found.len))
}

/// Where a place goes on to over small words: "(Stow) on the Wold", "(praia) de Boa Viagem".
fn after_small_words(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    let inner = (at..text.words.len())
        .take(2)
        .take_while(|&small| {
            matches!(text.words[small].gap, Gap::Space | Gap::Glued)
                && (text.lexicon.is_inner(&text.words[small].key)
                    || small > at && is_article(text, small))
        })
        .count();
    // "St. Gallen, der Euro ausgibt"
    let is_kind_before = at == start + 1 && text.lexicon.is_street(&text.words[start].key);
    let is_clause = inner == 1 && text.lexicon.is_relative(&text.words[at].key) && !is_kind_before;
    if inner == 0 || is_clause {
        return None;
    }
    let next = at + inner;
    let word = text.words.get(next)?;
    let goes_on = word.gap != Gap::Comma
        && (is_name_like(text, next)
            || is_shown_name(text, next)
            || is_word_of_kind(text, start, next)
            || is_numbered_by_article(text, next)
            || text.lexicon.is_street(&word.key)
            || text.phrase(next).is_some_and(|found| {
                is_nameable(found.concepts) && kind_with_name(text, next + found.len).is_some()
            }));
    if goes_on { Some(next + 1) } else { Some(next + shown_phrase(text, next)?) }
}

/// Where the place ends that the gazetteer knows by more words.
fn known_longer(text: &Text<'_>, start: usize, at: usize) -> Option<usize> {
    (at + 1..=text.words.len().min(at + 3)).rev().find(|&longer| {
        text.words[at..longer].iter().all(|word| matches!(word.gap, Gap::Space | Gap::Glued))
            && (text.is_place)(text.written(start..longer))
    })
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
    let may_be_name = may_be_name || is_nameable(found.concepts);
    (is_shown && may_be_name && text.words[at].gap == Gap::Space).then_some(found.len)
}

/// Whether a word of daily life is an adjective of a name, as its capital says where only nouns have
/// one: "Schöne (Aussicht)".
pub(super) fn is_shown_adjective(text: &Text<'_>, at: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    let is_word = text.phrase(at).is_some_and(|found| {
        found.len == 1
            && found
                .concepts
                .iter()
                .all(|it| matches!(it, Concept::Word | Concept::Adjective | Concept::Stop))
    });
    text.language.capitalises_nouns()
        && word.is_capital
        && word.gap == Gap::Space
        && is_word
        && text.words.get(at + 1).is_some_and(|next| next.is_capital)
        && is_name_like(text, at + 1)
}

/// Whether the word is no more than "the": "(Stow on) the (Wold)".
fn is_article(text: &Text<'_>, at: usize) -> bool {
    let alone = text.lexicon.longest(&text.words, at, 1);
    alone.is_some_and(|found| found.concepts.iter().all(|concept| *concept == Concept::Article))
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
