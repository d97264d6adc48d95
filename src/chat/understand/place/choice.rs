//! Which of the places a sentence may speak of is the one asked for.
//!
//! Every place after a word such as "near" is a candidate, and so is every run of words of no
//! dictionary. Each is weighed by what speaks for it: the word before, the gazetteer, capitals, and
//! how near it stands to the words that ask for a machine. "I spent it all at the casino, any
//! cashpoint near Leicester Square?" asks for the second.

use std::ops::Range;

use super::super::lexicon::{Act, Concept};
use super::super::scan::{Element, Piece, PlacePiece, Text};
use super::super::words::Gap;
use super::extent::{
    end_of, is_address_word, is_name_like, is_nameable, is_shown_adjective, kind_with_name,
};
use super::{POSTCODE_FIGURES_MIN, crossing_of_nth, is_nth_street, phrase};

/// That the gazetteer knows the name, or its beginning, speaks for a place.
const KNOWN: i32 = 25;
/// A capital speaks for a name.
const CAPITAL: i32 = 10;
/// A street, a station, a postcode: what is a place by its form.
const FORM: i32 = 15;
/// Small letters after an article speak against a name: "the casino".
const ARTICLE: i32 = -20;
/// Each comma or full stop between a place and what asks for a machine speaks against it.
const APART: i32 = -12;
/// Standing right behind the machine or its bank speaks for a place without a preposition.
const BESIDE: i32 = 20;

/// A place after "no, sorry" takes the place of one before.
const CORRECTED: i32 = 60;

/// What a place without a preposition must weigh at least where only money is spoken of.
const DOUBTFUL: i32 = -15;

/// A place that may be the one asked for.
struct Candidate {
    words: Range<usize>,
    /// Whether it is a piece already.
    is_piece: bool,
    is_known: bool,
    weight: i32,
}

/// Decides which place is asked for, and leaves it as the only one among the pieces.
pub(in super::super) fn choose(text: &Text<'_>, pieces: &mut Vec<Piece<'_>>) {
    let mut best: Option<Candidate> = None;
    let mut taken = 0;
    for at in 0..pieces.len() {
        if pieces[at].words.start < taken {
            continue;
        }
        let Some(candidate) = candidate(text, pieces, at) else { continue };
        taken = candidate.words.end;
        let rank = |candidate: &Candidate| {
            let len = if candidate.is_piece { 0 } else { candidate.words.len() };
            (candidate.weight, candidate.is_piece, len)
        };
        if best.as_ref().is_none_or(|best| rank(&candidate) > rank(best)) {
            best = Some(candidate);
        }
    }
    let Some(best) = best else { return };
    if best.is_piece {
        for piece in pieces.iter_mut() {
            if matches!(piece.element, Element::Place(_)) && piece.words != best.words {
                piece.element = Element::Unknown;
            }
        }
        return;
    }
    let is_corrected = text.is_conversation
        && best.weight > DOUBTFUL
        && pieces.iter().any(|piece| {
            [Concept::Correction, Concept::Instead, Concept::Only].iter().any(|it| piece.is(it))
        });
    let has_reason = best.is_known
        || is_corrected
        || text.awaits_place
        || pieces
            .iter()
            .any(|piece| piece.is(&Concept::Atm) || matches!(piece.element, Element::Name(_)))
            && (best.weight > 0 || pieces.iter().any(|piece| piece.is(&Concept::Atm)))
        || best.weight > DOUBTFUL
            && pieces.iter().any(|piece| {
                [Concept::Cash, Concept::Where, Concept::Find].iter().any(|it| piece.is(it))
                    || !text.is_conversation
                        && piece.concepts().iter().any(|it| matches!(it, Concept::Wish(..)))
            });
    if !has_reason {
        return;
    }
    let words = best.words;
    let place = PlacePiece {
        text: phrase(text, words.clone()),
        is_kind: false,
        is_sure: best.is_known,
        weight: best.weight,
        has_article: false,
    };
    pieces.retain(|piece| {
        let is_apart = piece.words.end <= words.start || piece.words.start >= words.end;
        is_apart && !matches!(piece.element, Element::Place(_))
    });
    let at = pieces.iter().take_while(|piece| piece.words.start < words.start).count();
    pieces.insert(at, Piece { element: Element::Place(place), words });
}

/// The candidate a piece is, or is the first of.
fn candidate(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> Option<Candidate> {
    let piece = &pieces[at];
    if let Element::Place(place) = &piece.element {
        let words = piece.words.clone();
        if place.is_kind {
            return Some(Candidate { words, is_piece: true, is_known: false, weight: 35 });
        }
        let is_known = is_known(text, &words);
        let mut weight = place.weight + form(text, &words, is_known);
        let first = &text.words[words.start];
        let is_shown = first.is_capital && text.has_telling_capitals;
        if place.has_article && !is_known && !is_shown && words.len() == 1 {
            weight += ARTICLE;
        }
        weight += APART * boundaries(text, pieces, &words);
        if pieces[..at].iter().any(|piece| piece.is(&Concept::Correction)) {
            weight += CORRECTED;
        }
        if is_replaced(pieces, at, &words) {
            weight -= CORRECTED;
        }
        return Some(Candidate { words, is_piece: true, is_known, weight });
    }
    let is_polite = |piece: &Piece<'_>| {
        piece.is(&Concept::Act(Act::Thanks)) || piece.is(&Concept::Act(Act::Greeting))
    };
    let asks = |piece: &Piece<'_>| {
        matches!(piece.element, Element::Name(_))
            || [Concept::Atm, Concept::Cash, Concept::Find, Concept::Where]
                .iter()
                .any(|concept| piece.is(concept))
    };
    let is_mere_courtesy = pieces.iter().any(is_polite) && !pieces.iter().any(asks);
    if is_mere_courtesy || pieces.iter().any(|piece| piece.is(&Concept::Here)) {
        return None;
    }
    let start = start_of_rest(text, pieces, at)?;
    let first_end = crossing_of_nth(text, start).unwrap_or(piece.words.start) + 1;
    let end = end_of(text, start, first_end);
    // "I meant Hove in Sussex"
    let is_correction = pieces[..at].iter().any(|piece| piece.is(&Concept::Correction));
    let end = super::second(text, end).filter(|_| is_correction).unwrap_or(end);
    let words = start..end;
    let is_known = is_known(text, &words);
    let mut weight = form(text, &words, is_known) + APART * boundaries(text, pieces, &words);
    let is_beside = pieces[..at].last().is_some_and(|before| {
        (before.is(&Concept::Atm) || matches!(before.element, Element::Name(_)))
            && before.words.end == start
    });
    if is_beside {
        weight += BESIDE;
    }
    if is_replaced(pieces, at, &words) {
        weight -= CORRECTED;
    }
    Some(Candidate { words, is_piece: false, is_known, weight })
}

/// Whether another place takes the place of this one: "instead of Leeds".
fn is_replaced(pieces: &[Piece<'_>], at: usize, words: &Range<usize>) -> bool {
    pieces[..at]
        .iter()
        .rev()
        .take(2)
        .any(|piece| piece.is(&Concept::Instead) && piece.words.end + 1 >= words.start)
}

/// Whether the gazetteer knows the words, or those they begin with: "mannheim hbf".
fn is_known(text: &Text<'_>, words: &Range<usize>) -> bool {
    (words.start + 1..=words.end).rev().any(|to| (text.is_place)(text.written(words.start..to)))
}

/// What the words themselves say.
fn form(text: &Text<'_>, words: &Range<usize>, is_known: bool) -> i32 {
    let first = &text.words[words.start];
    let is_noun = first.is_capital && text.language.capitalises_nouns();
    let is_shown =
        (first.is_capital && text.has_telling_capitals || is_noun) && first.gap != Gap::Stop;
    let has_form = text.words[words.clone()].iter().any(|word| {
        text.lexicon.is_street(&word.key)
            || word.key.len() >= POSTCODE_FIGURES_MIN && word.is_digits()
    }) || text.phrase(words.start).is_some_and(|found| is_nameable(found.concepts));
    i32::from(is_known) * KNOWN + i32::from(is_shown) * CAPITAL + i32::from(has_form) * FORM
}

/// How many commas and full stops stand between a place and the nearest words that ask for a
/// machine: those that name it, or where none do, those that look for something.
fn boundaries(text: &Text<'_>, pieces: &[Piece<'_>], words: &Range<usize>) -> i32 {
    let is_machine =
        |piece: &&Piece<'_>| piece.is(&Concept::Atm) || matches!(piece.element, Element::Name(_));
    let is_search = |piece: &&Piece<'_>| {
        [Concept::Find, Concept::Where, Concept::Nearest, Concept::Cash]
            .iter()
            .any(|concept| piece.is(concept))
    };
    let apart = |piece: &Piece<'_>| {
        let (from, to) = if piece.words.start < words.start {
            (piece.words.end, words.start + 1)
        } else {
            (words.end, piece.words.start + 1)
        };
        let between = text.words.get(from..to).unwrap_or_default();
        between.iter().filter(|word| matches!(word.gap, Gap::Comma | Gap::Stop)).count()
    };
    let nearest = pieces.iter().filter(is_machine).map(apart).min();
    let nearest = nearest.or_else(|| pieces.iter().filter(is_search).map(apart).min());
    nearest.and_then(|count| i32::try_from(count).ok()).unwrap_or(0)
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
                && (is_name_like(text, first + 1)
                    || is_nth_street(text, first + 1)
                    || is_address_word(text, first + 1));
            return (is_code || is_house).then_some(first);
        }
        Element::Phrase(concepts) => {
            // A word of the dictionary that is a place as it stands alone: "Nice", "Reading".
            let is_alone = pieces.len() == 1
                && concepts
                    .iter()
                    .any(|concept| matches!(concept, Concept::Adjective | Concept::Bank));
            let is_street = text.lexicon.is_street(&text.words[first].key)
                && kind_with_name(text, first + 1).is_some();
            let is_named_kind = is_nameable(concepts)
                && kind_with_name(text, piece.words.end).is_some()
                && !before.is_some_and(|before| before.is(&Concept::Indefinite));
            let is_adjective =
                concepts.contains(&Concept::Adjective) && is_name_like(text, first + 1);
            let is_known = is_adjective && (text.is_place)(text.written(first..first + 2));
            // "Geldautomat Essen"
            let is_beside = before.is_some_and(|before| before.is(&Concept::Atm))
                && text.words.get(first + 1).is_none_or(|next| next.gap != Gap::Space);
            let is_word_place = concepts.contains(&Concept::Word)
                && (is_beside
                    || !text.language.capitalises_nouns()
                        && text.words[first].is_capital
                        && text.words[first].gap != Gap::Stop)
                && (text.is_place)(text.written(first..first + 1));
            let is_place = is_street
                || is_nth_street(text, first)
                || crossing_of_nth(text, first).is_some()
                || is_word_place
                || is_named_kind
                || is_known
                || (is_alone && (text.is_place)(text.written(piece.words.clone())));
            return is_place.then_some(first);
        }
        Element::Place(_)
        | Element::Name(_)
        | Element::Radius(_)
        | Element::Bank(_)
        | Element::Network(_)
        | Element::Later(_)
        | Element::Date(..)
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
    // "(distributeur) Les Sables-d'Olonne", "(Geldautomat) Schöne Aussicht"
    if let Some(earlier) = before.filter(|before| {
        let word = &text.words[before.words.start];
        let is_article = before.is(&Concept::Article)
            && text.has_telling_capitals
            && word.is_capital
            && word.gap != Gap::Stop
            && text.words[first].is_capital
            && text.lexicon.is_inner(&word.key);
        before.words.len() == 1
            && before.words.end == first
            && is_joined(text.words[first].gap)
            && (is_article || is_shown_adjective(text, before.words.start))
    }) {
        return Some(earlier.words.start);
    }
    // "bairro Moema", "quartier Limoilou": the kind of place before.
    if let Some(kind) = before.filter(|before| {
        let word = &text.words[before.words.start];
        before.words.len() == 1
            && before.words.end == first
            && is_joined(text.words[first].gap)
            && (text.lexicon.is_kind(&word.key) || text.lexicon.is_street(&word.key))
            && !matches!(before.element, Element::Place(_))
    }) {
        return Some(kind.words.start);
    }
    let number = before.filter(|before| {
        matches!(before.element, Element::Number(_))
            && is_joined(text.words[first].gap)
            && text.words[before.words.start].is_digits()
    });
    Some(number.map_or(first, |before| before.words.start))
}
