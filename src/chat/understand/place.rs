//! Where a place begins and ends in a sentence.
//!
//! A place stands after a word such as "near", or is what remains when everything else has been
//! understood. It goes on over words of no dictionary, over words such as "street" and "of" that
//! stand in names, and over a comma to a region or country; it ends where something else begins,
//! unless the gazetteer knows the longer name.

use std::ops::Range;

use super::concept::Concept;
use super::numbers;
use super::scan::{Element, Piece, PlacePiece, Preposition, Text};
use super::words::Gap;
use crate::chat::meaning::Parameter;

/// Most words of a place.
const PLACE_WORDS_MAX: usize = 10;

/// Most words whose being a known place is looked up at once.
const KNOWN_WORDS_MAX: usize = 5;

/// Figures a number has at least to be a postcode, and not to count anything.
const POSTCODE_FIGURES_MIN: usize = 4;

/// The place that begins at a word after a preposition, and where it ends.
pub(super) fn after(
    text: &Text<'_>,
    at: usize,
    preposition: Preposition,
) -> Option<(PlacePiece, usize)> {
    let word = text.words.get(at)?;
    if word.gap == Gap::Stop {
        return None;
    }
    let is_figure = word.key.starts_with(|first: char| first.is_ascii_digit());
    if is_figure
        && numbers::at(text, at, &[])
            .is_some_and(|(element, _)| !matches!(element, Element::Number(_)))
    {
        return None;
    }
    let place = |end: usize, is_kind: bool| {
        let end = if is_kind { end } else { second(text, end).unwrap_or(end) };
        let piece =
            PlacePiece { text: phrase(text, at..end), is_kind, is_sure: preposition.is_sure };
        Some((piece, end))
    };
    let Some(found) = text.phrase(at) else {
        if let Some((len, _)) = text.name(at)
            && !continues(text, at + len)
        {
            return None;
        }
        if word.number.is_some() && !begins_with_number(text, at) {
            return None;
        }
        return place(end_of(text, at, at + 1), false);
    };
    let concepts = found.concepts;
    if let Some((len, _)) = text.name(at).filter(|(len, _)| *len >= found.len)
        && !continues(text, at + len)
    {
        return None;
    }
    if word.number.is_some() {
        return begins_with_number(text, at).then(|| place(end_of(text, at, at + 1), false))?;
    }
    if concepts.contains(&Concept::Here) {
        return None;
    }
    let (end, is_kind) = after_word(text, at, preposition)?;
    place(end, is_kind)
}

/// Where the place ends that begins with a word of the dictionary, if one does.
fn after_word(text: &Text<'_>, at: usize, preposition: Preposition) -> Option<(usize, bool)> {
    let word = &text.words[at];
    let found = text.phrase(at)?;
    let concepts = found.concepts;
    if is_location(concepts) {
        let end = at + found.len;
        let named = if preposition.is_indefinite { None } else { kind_with_name(text, end) };
        return match named {
            Some(named) => Some((end_of(text, at, named), false)),
            None => preposition.is_closer.then_some((end, true)),
        };
    }
    let next = at + found.len;
    // The plain ones of the words that also stand in names.
    let is_plain = found.len == 1
        && concepts.iter().any(|concept| {
            matches!(
                concept,
                Concept::Adjective
                    | Concept::Bank
                    | Concept::Cash
                    | Concept::OpenNow
                    | Concept::FeeNoun
                    | Concept::Wish(Parameter::Fee, _)
            )
        });
    let has_capital = text.has_telling_capitals && word.is_capital && word.key.len() > 1;
    if concepts.contains(&Concept::Article) {
        return after_article(text, at, has_capital);
    }
    // A name the gazetteer knows, of more words than mean something else together.
    let known_end = known(text, at).unwrap_or(at);
    if known_end > next || (known_end == next && is_plain) {
        return Some((end_of(text, at, known_end), false));
    }
    // "Bank station", "Free Street", "New Malden", and "Cash" where capitals tell.
    let is_named = concepts.contains(&Concept::Adjective) && is_name_like(text, next);
    if is_plain && !preposition.has_article && (is_tail(text, next) || is_named) {
        return Some((end_of(text, at, next + 1), false));
    }
    (is_plain && has_capital).then(|| (end_of(text, at, next), false))
}

/// Where the place ends that begins with an article, as "La Habana" does and "la tour Eiffel" does
/// not: where the article has a capital, or the gazetteer knows the name with it and no kind of
/// place is meant.
fn after_article(text: &Text<'_>, at: usize, has_capital: bool) -> Option<(usize, bool)> {
    let next = at + 1;
    if has_capital && is_name_like(text, next) {
        return Some((end_of(text, at, next + 1), false));
    }
    if text.phrase(next).is_some_and(|found| is_location(found.concepts)) {
        return None;
    }
    let end = known(text, at).filter(|&end| end > next && !is_name_like(text, end))?;
    Some((end_of(text, at, end), false))
}

/// A second place the first lies in: "Victoria in London".
fn second(text: &Text<'_>, at: usize) -> Option<usize> {
    let found = text.phrase(at)?;
    let is_in = found.concepts.contains(&Concept::In) || found.concepts.contains(&Concept::Of);
    let next = at + found.len;
    let word = text.words.get(next)?;
    let is_near = matches!(text.words[at].gap, Gap::Space) && matches!(word.gap, Gap::Space);
    if !is_in
        || !is_near
        || text.phrase(next).is_some()
        || word.number.is_some()
        || text.name(next).is_some()
    {
        return None;
    }
    Some(end_of(text, next, next + 1))
}

/// The words of a place, with a comma for the "in" between two.
fn phrase(text: &Text<'_>, words: Range<usize>) -> String {
    for at in words.start + 1..words.end.saturating_sub(1) {
        let is_in = text.phrase(at).is_some_and(|found| {
            found.len == 1
                && found.concepts.contains(&Concept::In)
                && !text.lexicon.is_inner(&text.words[at].key)
        });
        if is_in && text.words[at].gap == Gap::Space && text.words[at + 1].gap == Gap::Space {
            return format!(
                "{}, {}",
                text.written(words.start..at),
                text.written(at + 1..words.end)
            );
        }
    }
    text.written(words).to_owned()
}

/// A street by its kind, where no word before says that a place follows: "calle de Alcalá".
pub(super) fn street(text: &Text<'_>, at: usize) -> Option<(PlacePiece, usize)> {
    let word = text.words.get(at)?;
    let is_number = word.is_digits() && is_address_word(text, at + 1);
    let street = if is_number { at + 1 } else { at };
    if !text.lexicon.is_street(&text.words.get(street)?.key) {
        return None;
    }
    let named = kind_with_name(text, street + 1)?;
    let end = end_of(text, at, named);
    let end = second(text, end).unwrap_or(end);
    Some((PlacePiece { text: phrase(text, at..end), is_kind: false, is_sure: false }, end))
}

/// Whether a number begins an address or is a postcode.
fn begins_with_number(text: &Text<'_>, at: usize) -> bool {
    let word = &text.words[at];
    if word.is_digits() && word.key.len() >= POSTCODE_FIGURES_MIN {
        return !counts(text, at + 1);
    }
    let is_alone = word.number.is_none() || word.key.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_alone || (word.is_digits() && (is_name_like(text, at + 1) || is_address_word(text, at + 1)))
}

fn is_address_word(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_some_and(|word| {
        matches!(word.gap, Gap::Space | Gap::Comma) && text.lexicon.is_street(&word.key)
    })
}

/// Whether the word is one a number before it counts.
fn counts(text: &Text<'_>, at: usize) -> bool {
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
fn is_nameable(concepts: &[Concept]) -> bool {
    concepts.iter().any(|concept| {
        matches!(concept, Concept::Wish(Parameter::LocationType, kind)
            if matches!(&**kind, "transport_station" | "airport" | "hospital" | "education" | "hotel"))
    })
}

fn is_location(concepts: &[Concept]) -> bool {
    concepts.iter().any(|concept| matches!(concept, Concept::Wish(Parameter::LocationType, _)))
}

/// After a kind of place, its name: "(gare) de Lyon", "(Flughafen) München". Where the name's first
/// word ends.
fn kind_with_name(text: &Text<'_>, after: usize) -> Option<usize> {
    let mut at = after;
    while at < after + 3
        && text.words.get(at).is_some_and(|word| {
            matches!(word.gap, Gap::Space | Gap::Glued) && text.lexicon.is_inner(&word.key)
        })
    {
        at += 1;
    }
    is_name_like(text, at).then_some(at + 1)
}

/// Whether the word belongs to a name: a word of no dictionary that counts nothing.
fn is_name_like(text: &Text<'_>, at: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    if !matches!(word.gap, Gap::Space | Gap::Glued | Gap::Comma) {
        return false;
    }
    let is_number = word.number.is_some() || word.key.contains(':');
    !is_number && text.phrase(at).is_none() && text.name(at).is_none()
}

/// Whether a small word of the dictionary is part of a name by its capital: "Sé", "São".
fn is_shown_name(text: &Text<'_>, at: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    let is_small = |concept: &Concept| {
        matches!(
            concept,
            Concept::Stop
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
fn is_tail(text: &Text<'_>, at: usize) -> bool {
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
fn continues(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_some_and(|word| {
        word.gap == Gap::Space && (text.lexicon.is_street(&word.key) || is_tail(text, at))
    })
}

/// The longest of the next words that the gazetteer knows as a place: where they end.
fn known(text: &Text<'_>, at: usize) -> Option<usize> {
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
fn end_of(text: &Text<'_>, start: usize, end: usize) -> usize {
    let mut end = end.min(text.words.len());
    while end < text.words.len() && end - start < PLACE_WORDS_MAX {
        let word = &text.words[end];
        match word.gap {
            Gap::Stop => break,
            Gap::Comma => {
                let is_region = is_name_like(text, end)
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
        if is_name_like(text, end)
            || is_shown_name(text, end)
            || is_number_of_place(text, end, start)
        {
            end += 1;
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
                    && text.lexicon.is_inner(&text.words[at].key)
            })
            .count();
        let next = end + inner;
        let goes_on = inner > 0
            && text.words.get(next).is_some_and(|word| word.gap != Gap::Comma)
            && (is_name_like(text, next)
                || is_shown_name(text, next)
                || text.words.get(next).is_some_and(|word| text.lexicon.is_street(&word.key)));
        if goes_on {
            end = next + 1;
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

/// Whether a word that may end a name is better read as a phrase of several words.
fn is_told_otherwise(text: &Text<'_>, at: usize) -> bool {
    text.phrase(at).is_some_and(|found| found.len > 1 && !is_nameable(found.concepts))
}

/// Whether a number goes on with an address: "Alcalá 45", "Terminal 5", "75011 Paris".
fn is_number_of_place(text: &Text<'_>, at: usize, start: usize) -> bool {
    let Some(word) = text.words.get(at) else { return false };
    let has_letter = word.key.bytes().any(|byte| byte.is_ascii_alphabetic());
    if word.number.is_none()
        && !(word.key.starts_with(|first: char| first.is_ascii_digit()) && has_letter)
    {
        return false;
    }
    if word.key.contains([':', '.']) || counts(text, at + 1) {
        return false;
    }
    let is_told = text.phrase(at).is_some_and(|found| {
        found.len > 1 || found.concepts.iter().any(|concept| matches!(concept, Concept::Ordinal(_)))
    });
    let is_counting = numbers::at(text, at, &[])
        .is_some_and(|(element, _)| !matches!(element, Element::Number(_)));
    at > start && !is_told && !is_counting
}

/// Takes together what no dictionary knows, and decides whether it is a place.
pub(super) fn gather_rest(text: &Text<'_>, pieces: &mut Vec<Piece<'_>>) {
    let is_settled = pieces.iter().any(|piece| {
        matches!(&piece.element, Element::Place(place) if !place.is_kind)
            || piece.is(&Concept::Here)
    });
    if is_settled {
        return;
    }
    let mut best: Option<(bool, usize, Range<usize>)> = None;
    let mut at = 0;
    while at < pieces.len() {
        let Some(start) = start_of_rest(text, pieces, at) else {
            at += 1;
            continue;
        };
        let first = pieces[at].words.start;
        let end = end_of(text, start, first + 1);
        // "mannheim hbf": what stands before the kind of place is a place by itself.
        let is_known = (first + 1..=end).rev().any(|to| (text.is_place)(text.written(start..to)));
        let rank = (is_known, end - start);
        if best.as_ref().is_none_or(|(known, len, _)| rank > (*known, *len)) {
            best = Some((rank.0, rank.1, start..end));
        }
        at += pieces[at..].iter().take_while(|piece| piece.words.start < end).count().max(1);
    }
    let Some((is_known, _, words)) = best else { return };
    let has_reason = is_known
        || text.awaits_place
        || pieces
            .iter()
            .any(|piece| piece.is(&Concept::Atm) || matches!(piece.element, Element::Name(_)));
    if !has_reason {
        return;
    }
    let place = PlacePiece { text: phrase(text, words.clone()), is_kind: false, is_sure: is_known };
    pieces.retain(|piece| piece.words.end <= words.start || piece.words.start >= words.end);
    let at = pieces.iter().take_while(|piece| piece.words.start < words.start).count();
    pieces.insert(at, Piece { element: Element::Place(place), words });
}

/// Whether pieces follow each other without a comma.
fn is_run(text: &Text<'_>, pieces: &[Piece<'_>]) -> bool {
    pieces[1..]
        .iter()
        .all(|piece| matches!(text.words[piece.words.start].gap, Gap::Space | Gap::Glued))
}

/// Where a place would start whose first word of no dictionary is the piece `at`: with the number
/// of its house, or the kind of place before it.
fn start_of_rest(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> Option<usize> {
    let piece = &pieces[at];
    let first = piece.words.start;
    let before = at.checked_sub(1).map(|before| &pieces[before]);
    let is_joined = |gap: Gap| matches!(gap, Gap::Space | Gap::Glued);
    match piece.element {
        Element::Unknown => {}
        Element::Number(_) => {
            let word = &text.words[first];
            let is_code = word.is_digits() && word.key.len() >= POSTCODE_FIGURES_MIN;
            let is_house = word.is_digits()
                && (is_name_like(text, first + 1) || is_address_word(text, first + 1));
            return (is_code || is_house).then_some(first);
        }
        Element::Phrase(concepts) => {
            // A word of the dictionary that is a place as it stands alone: "Nice", "Reading".
            let is_alone = pieces.len() == 1
                && concepts
                    .iter()
                    .any(|concept| matches!(concept, Concept::Adjective | Concept::Bank));
            let is_street = text.lexicon.is_street(&text.words[first].key)
                && (is_name_like(text, first + 1) || kind_with_name(text, first + 1).is_some());
            let is_named_kind = is_nameable(concepts)
                && kind_with_name(text, piece.words.end).is_some()
                && !before.is_some_and(|before| before.is(&Concept::Indefinite));
            let is_adjective =
                concepts.contains(&Concept::Adjective) && is_name_like(text, first + 1);
            let is_known = is_adjective && (text.is_place)(text.written(first..first + 2));
            let is_place = is_street
                || is_named_kind
                || is_known
                || (is_alone && (text.is_place)(text.written(piece.words.clone())));
            return is_place.then_some(first);
        }
        Element::Place(_)
        | Element::Name(_)
        | Element::Radius(_)
        | Element::Clock(..)
        | Element::Amount(_)
        | Element::Nth(_) => return None,
    }
    // "são paulo", "las vegas": small words before that make it a known place.
    for earlier in (at.saturating_sub(2)..at).filter(|&earlier| is_run(text, &pieces[earlier..=at]))
    {
        let start = pieces[earlier].words.start;
        if (text.is_place)(text.written(start..first + 1)) {
            return Some(start);
        }
    }
    let number = before.filter(|before| {
        matches!(before.element, Element::Number(_))
            && is_joined(text.words[first].gap)
            && text.words[before.words.start].is_digits()
    });
    Some(number.map_or(first, |before| before.words.start))
}
