//! Where a place begins and ends in a sentence.
//!
//! A place stands after a word such as "near", or is what remains when everything else has been
//! understood. It goes on over words of no dictionary, over words such as "street" and "of" that
//! stand in names, and over a comma to a region or country; it ends where something else begins,
//! unless the gazetteer knows the longer name.

mod choice;
mod extent;
mod street;
mod written;

use std::ops::Range;

use super::lexicon::Concept;
use super::numbers;
use super::scan::{Element, Piece, PlacePiece, Preposition, Text};
use super::words::Gap;
use crate::chat::meaning::Parameter;
pub(super) use choice::choose;
pub(super) use extent::is_name_like;
use extent::{
    continues, counts, end_of, is_address_word, is_location, is_nameable, is_tail, kind_with_name,
    known,
};
pub(super) use written::position;

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
    // "cerca de 25 de Mayo 140"
    let dated = numbers::at(text, at, &[]).filter(|(element, len)| {
        let has_house =
            text.words.get(at + len).is_some_and(|next| next.gap == Gap::Space && next.is_digits());
        let is_shown = preposition.is_sure && text.words[at + len - 1].is_capital;
        matches!(element, Element::Date(..)) && (has_house || is_shown)
    });
    let dated = dated.filter(|_| is_figure).map(|(_, len)| at + len);
    if is_figure
        && dated.is_none()
        && numbers::at(text, at, &[]).is_some_and(|(element, _)| {
            // "perto da 25 de Março"
            let is_named = preposition.is_sure && matches!(element, Element::Date(..));
            !is_named && !matches!(element, Element::Number(_))
        })
    {
        return None;
    }
    let place = |end: usize, is_kind: bool| {
        let mut end = end;
        if preposition.joins_two {
            end = crossing(text, end).unwrap_or(end);
        } else if !is_kind {
            end = meeting(text, at, end).or_else(|| second(text, end)).unwrap_or(end);
        }
        let piece = PlacePiece {
            text: phrase(text, at..end),
            is_kind,
            is_sure: preposition.is_sure,
            weight: preposition.weight,
            has_article: preposition.has_article,
        };
        Some((piece, end))
    };
    if let Some(end) = dated {
        return place(end_of(text, at, end), false);
    }
    // "58 Station Road", "Otto-von-Guericke-Straße"
    let is_small = !word.is_capital && text.lexicon.is_inner(&word.key);
    let written = street::address(text, at)
        .filter(|_| !is_small && !preposition.is_indefinite)
        .or_else(|| street::hyphenated(text, at))
        .or_else(|| street::shown_by_small_word(text, at));
    if let Some(end) = written {
        return place(end_of(text, at, end), false);
    }
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
    if word.number.is_some() && crossing_of_nth(text, at).is_none() {
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
    let is_numbered = text.lexicon.is_numbered(&word.key)
        && text.words.get(at + 1).is_some_and(|next| next.gap == Gap::Space && next.is_digits());
    if is_location(concepts) && !is_numbered {
        let end = at + found.len;
        // "un centro comercial"
        let has_indefinite = text
            .lexicon
            .longest(&text.words, at, 1)
            .is_some_and(|first| first.concepts.contains(&Concept::Indefinite));
        let named = if preposition.is_indefinite || has_indefinite {
            None
        } else {
            kind_with_name(text, end)
        };
        // "im Supermarkt am Ostbahnhof": a shop has no name with "am" in it.
        let named = named.filter(|&named| is_nameable(concepts) || named == end + 1);
        return match named {
            Some(named) => Some((end_of(text, at, named), false)),
            None => preposition.is_closer.then_some((end, true)),
        };
    }
    // "T Nagar"
    let is_letter = word.key.len() == 1 && word.is_capital && text.has_telling_capitals;
    if is_letter && is_name_like(text, at + 1) && text.words[at + 1].is_capital {
        return Some((end_of(text, at, at + 2), false));
    }
    // "terminal 1 do aeroporto de Lisboa"
    if is_nth_street(text, at) || is_numbered {
        return Some((end_of(text, at, at + 2), false));
    }
    if let Some(name) = crossing_of_nth(text, at) {
        return Some((end_of(text, at, name + 1), false));
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
                    | Concept::Word
                    | Concept::Wish(Parameter::Fee, _)
            )
        });
    let has_capital = text.has_telling_capitals
        && word.is_capital
        && (word.key.len() > 1 || is_name_like(text, next) && text.words[next].is_capital);
    if let Some(len) = extent::shown_phrase(text, at) {
        return Some((end_of(text, at, at + len), false));
    }
    if concepts.contains(&Concept::Article) {
        return after_article(text, at, has_capital);
    }
    // A name the gazetteer knows, of more words than mean something else together.
    let known_end = known(text, at).unwrap_or(at);
    let is_bank = concepts.contains(&Concept::Bank);
    let is_word = concepts.contains(&Concept::Word) || is_bank;
    // "in Essen", and not "beim Essen"
    let is_contracted =
        at.checked_sub(1).is_some_and(|before| text.lexicon.is_contracted(&text.words[before].key));
    // "de un banco en Lima", "der Bank in Ulm"
    let is_noun = is_bank && text.language.capitalises_nouns();
    let tells_capital = word.is_capital && !is_contracted && !is_noun;
    let is_word_place =
        !is_word || tells_capital || (preposition.is_sure && ends_clause(text, next));
    if known_end > next || (known_end == next && is_plain && is_word_place) {
        return Some((end_of(text, at, known_end), false));
    }
    // "Bank station", "Free Street", "New Malden", and "Cash" where capitals tell.
    let is_named = concepts.contains(&Concept::Adjective) && is_name_like(text, next)
        || extent::is_shown_adjective(text, at);
    if is_plain && !preposition.has_article && (is_tail(text, next) || is_named) {
        return Some((end_of(text, at, next + 1), false));
    }
    // "entre a Sé e a República"
    let is_named_so = is_plain || found.len == 1 && concepts == [Concept::Clause];
    (is_named_so && has_capital).then(|| (end_of(text, at, next), false))
}

/// Whether nothing follows in the same part of the sentence.
fn ends_clause(text: &Text<'_>, at: usize) -> bool {
    text.words.get(at).is_none_or(|word| matches!(word.gap, Gap::Comma | Gap::Stop))
}

/// Where the place ends that begins with an article, as "La Habana" does and "la tour Eiffel" does
/// not: where the article has a capital, or the gazetteer knows the name with it and no kind of
/// place is meant.
fn after_article(text: &Text<'_>, at: usize, has_capital: bool) -> Option<(usize, bool)> {
    let next = at + 1;
    if has_capital && is_name_like(text, next) {
        return Some((end_of(text, at, next + 1), false));
    }
    // "la calle 50"
    if text.phrase(next).is_some_and(|found| is_location(found.concepts))
        || is_address_word(text, next)
    {
        return None;
    }
    let end = known(text, at).filter(|&end| end > next && !is_name_like(text, end))?;
    Some((end_of(text, at, end), false))
}

/// A second place the first lies in: "Victoria in London".
fn second(text: &Text<'_>, at: usize) -> Option<usize> {
    let found = text.phrase(at)?;
    let is_of =
        found.concepts.contains(&Concept::Of) && !text.lexicon.is_relative(&text.words[at].key);
    let is_in = found.concepts.contains(&Concept::In) || is_of;
    let next = at + found.len;
    let word = text.words.get(next)?;
    let is_near = matches!(text.words[at].gap, Gap::Space) && matches!(word.gap, Gap::Space);
    if !is_in
        || !is_near
        || text.phrase(next).is_some() && !extent::is_shown_name(text, next)
        || word.number.is_some()
        || text.name(next).is_some()
    {
        return None;
    }
    Some(end_of(text, next, next + 1))
}

/// Where the second of two streets ends, as their kinds say: "(calle 85) con carrera 15".
fn meeting(text: &Text<'_>, start: usize, end: usize) -> Option<usize> {
    let is_street =
        |at: usize| text.words.get(at).is_some_and(|word| text.lexicon.is_street(&word.key));
    let joined = text.phrase(end)?.len;
    let is_joined = text.words[end].gap == Gap::Space && is_street(end + joined);
    let is_both = is_joined && (start..end).any(is_street);
    is_both.then(|| crossing(text, end)).flatten()
}

/// The street or place that meets the one before: "(Corrientes) y Callao", "(Rua Augusta) com a
/// Oscar Freire". Where it ends.
fn crossing(text: &Text<'_>, at: usize) -> Option<usize> {
    let found = text.phrase(at)?;
    let joins = found.concepts.iter().any(|concept| {
        matches!(concept, Concept::And | Concept::Or | Concept::Clause | Concept::Of)
    });
    let mut next = at + found.len;
    // "com a Oscar Freire"
    let is_small =
        |concept: &Concept| matches!(concept, Concept::Article | Concept::To | Concept::In);
    if text.phrase(next).is_some_and(|found| found.len == 1 && found.concepts.iter().any(is_small))
    {
        next += 1;
    }
    let begins = is_name_like(text, next)
        || text.words.get(next).is_some_and(|word| {
            word.number.is_some()
                || word.key.starts_with(|first: char| first.is_ascii_digit())
                || text.lexicon.is_street(&word.key)
        })
        || extent::is_shown_name(text, next);
    (joins && begins).then(|| end_of(text, next, next + 1))
}

/// The words of a place, with a comma for the "in" between two.
fn phrase(text: &Text<'_>, words: Range<usize>) -> String {
    for at in words.start + 1..words.end.saturating_sub(1) {
        let is_joined = text
            .phrase(at - 1)
            .is_some_and(|found| found.len == 1 && found.concepts.contains(&Concept::And));
        let is_in = text.phrase(at).is_some_and(|found| {
            found.len == 1
                && found.concepts.contains(&Concept::In)
                && !is_joined
                && !text.lexicon.is_inner(&text.words[at].key)
                && !text.lexicon.is_contracted(&text.words[at].key)
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
    // "cash machine 58 station road", "free cashpoint high street warwick"
    let hyphenated = || street::hyphenated(text, at).filter(|&end| street::ends_street(text, end));
    let shown = || street::shown_by_small_word(text, at);
    if let Some(end) = street::address(text, at).or_else(hyphenated).or_else(shown) {
        let end = end_of(text, at, end);
        let end = second(text, end).unwrap_or(end);
        let text = phrase(text, at..end);
        let (is_kind, is_sure, has_article) = (false, false, false);
        return Some((PlacePiece { text, is_kind, is_sure, weight: 20, has_article }, end));
    }
    let is_number = word.is_digits() && is_address_word(text, at + 1);
    let street = if is_number { at + 1 } else { at };
    if !text.lexicon.is_street(&text.words.get(street)?.key) {
        return None;
    }
    let named = kind_with_name(text, street + 1)?;
    let end = end_of(text, at, named);
    let end = second(text, end).unwrap_or(end);
    let text = phrase(text, at..end);
    let has_article = false;
    Some((PlacePiece { text, is_kind: false, is_sure: false, weight: 20, has_article }, end))
}

/// A station or the like by its name, where no word before says that a place follows: "estación de
/// tren de Huelva".
pub(super) fn named_kind(
    text: &Text<'_>,
    at: usize,
    before: &[Piece<'_>],
) -> Option<(PlacePiece, usize)> {
    let found = text.phrase(at)?;
    let is_any = before.last().is_some_and(|piece| piece.is(&Concept::Indefinite));
    if is_any || !is_nameable(found.concepts) {
        return None;
    }
    let named = kind_with_name(text, at + found.len)?;
    // "station Leeds" may be two things; "estación de Huelva" is one.
    if named == at + found.len + 1 {
        return None;
    }
    let end = end_of(text, at, named);
    let text = phrase(text, at..end);
    let (is_kind, is_sure, has_article) = (false, false, false);
    Some((PlacePiece { text, is_kind, is_sure, weight: 20, has_article }, end))
}

/// Whether a number begins an address or is a postcode.
fn begins_with_number(text: &Text<'_>, at: usize) -> bool {
    let word = &text.words[at];
    if word.is_digits() && word.key.len() >= POSTCODE_FIGURES_MIN {
        return !counts(text, at + 1);
    }
    let is_alone = word.number.is_none() || word.key.bytes().any(|byte| byte.is_ascii_alphabetic());
    // "25 de Março"
    let is_dated = |at: usize| {
        text.words.get(at).is_some_and(|word| text.lexicon.is_inner(&word.key))
            && text.words.get(at + 1).is_some_and(|word| word.is_capital)
            && (is_name_like(text, at + 1) || extent::is_shown_name(text, at + 1))
    };
    let is_counted = |at| is_nth_street(text, at) || is_name_like(text, at) || is_dated(at);
    is_alone || (word.is_digits() && (is_counted(at + 1) || is_address_word(text, at + 1)))
}

/// Where the name of another street begins that a counted one meets: "5th and (Main)".
fn crossing_of_nth(text: &Text<'_>, at: usize) -> Option<usize> {
    let is_ordinal = text.words[at].key.starts_with(|first: char| first.is_ascii_digit())
        && text.phrase(at).is_some_and(|found| {
            found.len == 1
                && found.concepts.iter().any(|concept| matches!(concept, Concept::Ordinal(_)))
        });
    let next = text.words.get(at + 1)?;
    let is_and = text.phrase(at + 1).is_some_and(|found| found.concepts.contains(&Concept::And));
    let is_sign = text.whole[text.words[at].span.end..next.span.start].contains('&');
    let name = if is_sign { at + 1 } else { at + 2 };
    let is_name = is_name_like(text, name) || extent::is_shown_name(text, name);
    (is_ordinal && (is_and || is_sign) && is_name).then_some(name)
}

/// Whether a counted street begins at a word: "Fifth Avenue", "42nd Street".
fn is_nth_street(text: &Text<'_>, at: usize) -> bool {
    let is_ordinal = text.phrase(at).is_some_and(|found| {
        found.len == 1
            && found.concepts.iter().any(|concept| matches!(concept, Concept::Ordinal(_)))
    });
    is_ordinal && is_address_word(text, at + 1)
}

/// Whether a street or square has a name after its kind: "(calle) Ocho", "(Rua) de Santa Catarina".
pub(super) fn is_named_after(text: &Text<'_>, street: usize) -> bool {
    kind_with_name(text, street + 1).is_some()
        || extent::is_shown_name(text, street + 1)
        || text.words.get(street + 1).is_some_and(|word| {
            word.gap == Gap::Space
                && (word.is_digits() || word.is_capital && text.has_telling_capitals)
        })
}
