//! From words to pieces: phrases of the dictionary, names, numbers with what they count, places.

use std::cell::OnceCell;
use std::ops::Range;

use super::lexicon::{Concept, Found, Lexicon};
use super::names::{NameBook, Named};
use super::words::{Gap, Word};
use super::{banks, meant, numbers, place};
use crate::chat::meaning::Language;

/// What one piece of a text is.
#[derive(Clone, Debug)]
pub(super) enum Element<'a> {
    /// A phrase of the dictionary.
    Phrase(&'a [Concept]),
    /// A place, written after a word that places stand after.
    Place(PlacePiece),
    /// A bank or a network.
    Name(&'a Named),
    /// A number that counts nothing that was understood.
    Number(f64),
    /// How far, metres.
    Radius(f64),
    /// A time of day: minutes after midnight, and whether either half of the day may be meant.
    Clock(u16, bool),
    /// So much money, of a currency that may have been named.
    Amount(Option<&'a str>),
    /// One of those shown, counted from 1.
    Nth(usize),
    /// So many minutes from now.
    Later(u16),
    /// A day of a month, 1 for January; of the coming one where none is said.
    Date(Option<i8>, i8),
    /// A bank that no list has, as it is written.
    Bank(&'a str),
    /// A network that no list has, as it is written.
    Network(&'a str),
    /// A word of no dictionary.
    Unknown,
}

/// A place as it stands in the text.
#[derive(Clone, Debug)]
pub(super) struct PlacePiece {
    /// The words.
    pub(super) text: String,
    /// Whether it is a kind of place, and no name.
    pub(super) is_kind: bool,
    /// Whether the word before stands before hardly anything but places.
    pub(super) is_sure: bool,
    /// How much the word before says that it is the place asked for.
    pub(super) weight: i32,
    /// Whether an article stands before it.
    pub(super) has_article: bool,
}

/// A piece with the words it is made of.
#[derive(Clone, Debug)]
pub(super) struct Piece<'a> {
    pub(super) element: Element<'a>,
    pub(super) words: Range<usize>,
}

impl<'a> Piece<'a> {
    /// The concepts of a phrase, none of anything else.
    pub(super) fn concepts(&self) -> &'a [Concept] {
        match self.element {
            Element::Phrase(concepts) => concepts,
            Element::Place(_)
            | Element::Name(_)
            | Element::Number(_)
            | Element::Radius(_)
            | Element::Clock(..)
            | Element::Amount(_)
            | Element::Nth(_)
            | Element::Later(_)
            | Element::Date(..)
            | Element::Bank(_)
            | Element::Network(_)
            | Element::Unknown => &[],
        }
    }

    pub(super) fn is(&self, concept: &Concept) -> bool {
        self.concepts().contains(concept)
    }
}

/// The word a place may stand after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(super) struct Preposition {
    /// Whether hardly anything but a place stands after it.
    pub(super) is_sure: bool,
    /// Whether it asks for something nearer to what follows.
    pub(super) is_closer: bool,
    /// Whether what follows is a kind of thing ("a station").
    pub(super) is_indefinite: bool,
    /// Whether an article was passed.
    pub(super) has_article: bool,
    /// Whether it stands before two places that meet: "at the corner of".
    pub(super) joins_two: bool,
    /// How much it says that the place asked for follows.
    pub(super) weight: i32,
}

/// A text with everything it is read by.
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(super) struct Text<'a> {
    pub(super) whole: &'a str,
    pub(super) words: Vec<Word>,
    pub(super) language: Language,
    pub(super) lexicon: &'a Lexicon,
    pub(super) names: &'a NameBook,
    pub(super) is_place: &'a dyn Fn(&str) -> bool,
    /// Whether capitals tell names from other words here.
    pub(super) has_telling_capitals: bool,
    /// Whether a place was asked for.
    pub(super) awaits_place: bool,
    /// Whether a bank was named earlier in the conversation, which another may take the place of.
    pub(super) has_bank_before: bool,
    /// Whether something was asked before.
    pub(super) is_conversation: bool,
    /// What was found of each word, as it is asked for again and again.
    pub(super) found: Vec<Looked<'a>>,
}

/// What a word was found to begin.
#[derive(Debug, Default)]
pub(super) struct Looked<'a> {
    phrase: OnceCell<Option<Found<'a>>>,
    name: OnceCell<Option<(usize, &'a Named)>>,
}

impl<'a> Text<'a> {
    /// The text of some words as it was written.
    pub(super) fn written(&self, words: Range<usize>) -> &'a str {
        match (self.words.get(words.start), self.words.get(words.end.wrapping_sub(1))) {
            (Some(first), Some(last)) => &self.whole[first.span.start..last.span.end],
            _ => "",
        }
    }

    /// The phrase that begins at a word. It gives way to a bank or a street whose name begins
    /// within it: "der Erste" of "der Erste Bank", "de calle" of "de Calle Ocho".
    pub(super) fn phrase(&self, at: usize) -> Option<Found<'a>> {
        let cell = &self.found.get(at)?.phrase;
        if let Some(found) = cell.get() {
            return *found;
        }
        let found = self.look_for_phrase(at);
        // Whoever came first found the same.
        let _ = cell.set(found);
        found
    }

    fn look_for_phrase(&self, at: usize) -> Option<Found<'a>> {
        let found = self.lexicon.longest(&self.words, at, usize::MAX)?;
        // "vers Le Mans"
        let last = &self.words[at + found.len - 1];
        let is_shown = self.has_telling_capitals
            && last.is_capital
            && found.len > 1
            && !self.words[at].is_capital
            && self
                .lexicon
                .longest(std::slice::from_ref(last), 0, 1)
                .is_some_and(|small| small.concepts.contains(&Concept::Article));
        if is_shown {
            return self.lexicon.longest(&self.words, at, found.len - 1);
        }
        if found.len < 2 || found.concepts.contains(&Concept::Near) {
            return Some(found);
        }
        let last = at + found.len - 1;
        // "pas dans une agence": what is refused begins with the last word.
        let reaches_on = |from: usize| {
            self.lexicon.longest(&self.words, from, usize::MAX).is_some_and(|next| {
                from + next.len > last + 1
                    && next.concepts.iter().any(|it| matches!(it, Concept::Wish(..)))
            })
        };
        if found.concepts.contains(&Concept::Not)
            && let Some(from) = (at + 1..=last).find(|&from| reaches_on(from))
        {
            return self.lexicon.longest(&self.words, at, from - at);
        }
        // "Cunliffe Drive in Kettering"
        let word = &self.words[at];
        let ends_name = at > 0
            && self.has_telling_capitals
            && word.is_capital
            && self.words[at - 1].is_capital
            && self.lexicon.is_tail(&word.key);
        if ends_name {
            return self.lexicon.longest(&self.words, at, 1);
        }
        let is_cut = self.names.reaches(&self.words, last) >= 2
            || banks::heads_name(self, last)
            || !found.concepts.contains(&Concept::Named)
                && self.lexicon.is_street(&self.words[last].key)
                && place::is_named_after(self, last);
        if is_cut { self.lexicon.longest(&self.words, at, found.len - 1) } else { Some(found) }
    }

    pub(super) fn concepts_at(&self, at: usize) -> &'a [Concept] {
        self.phrase(at).map_or(&[], |found| found.concepts)
    }

    /// The name that begins at a word, unless the words mean something else.
    pub(super) fn name(&self, at: usize) -> Option<(usize, &'a Named)> {
        let cell = &self.found.get(at)?.name;
        if let Some(found) = cell.get() {
            return *found;
        }
        let found = meant::name(self, at);
        let _ = cell.set(found);
        found
    }

    /// Takes the whole text apart.
    pub(super) fn pieces(&self) -> Vec<Piece<'a>> {
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        let mut preposition: Option<Preposition> = None;
        let mut has_nearest = false;
        let mut at = 0;
        while at < self.words.len() {
            if at > 0 && self.words[at].gap == Gap::Stop {
                preposition = None;
            }
            if let Some((len, is_network)) = banks::alone(self, at, &pieces) {
                let name = self.written(at..at + len);
                let element = if is_network { Element::Network(name) } else { Element::Bank(name) };
                pieces.push(Piece { element, words: at..at + len });
                preposition = None;
                at += len;
                continue;
            }
            if let Some(preposition_before) = preposition
                && let Some((piece, end)) = place::after(self, at, preposition_before)
            {
                pieces.push(Piece { element: Element::Place(piece), words: at..end });
                preposition = None;
                at = end;
                continue;
            }
            if let Some((element, len)) = numbers::at(self, at, &pieces)
                && !(matches!(element, Element::Number(_)) && place::street(self, at).is_some())
            {
                pieces.push(Piece { element, words: at..at + len });
                preposition = None;
                at += len;
                continue;
            }
            let phrase = self.phrase(at);
            let is_single = phrase.is_none_or(|found| found.len == 1);
            if (is_single || self.words[at].is_capital && self.language.capitalises_nouns())
                && let Some((piece, end)) = place::street(self, at)
            {
                pieces.push(Piece { element: Element::Place(piece), words: at..end });
                preposition = None;
                at = end;
                continue;
            }
            if preposition.is_none()
                && let Some((piece, end)) = place::named_kind(self, at, &pieces)
            {
                pieces.push(Piece { element: Element::Place(piece), words: at..end });
                at = end;
                continue;
            }
            let name = self.name(at);
            let phrase_len = phrase.map_or(0, |found| found.len);
            if let Some((len, named)) = name.filter(|(len, _)| *len >= phrase_len) {
                pieces.push(Piece { element: Element::Name(named), words: at..at + len });
                preposition = None;
                at += len;
                continue;
            }
            if let Some(len) = banks::by_form(self, at) {
                let name = self.written(at..at + len);
                pieces.push(Piece { element: Element::Bank(name), words: at..at + len });
                preposition = None;
                at += len;
                continue;
            }
            let Some(found) = phrase else {
                pieces.push(Piece { element: Element::Unknown, words: at..at + 1 });
                preposition = None;
                at += 1;
                continue;
            };
            has_nearest |= found.concepts.iter().any(|concept| {
                matches!(
                    concept,
                    Concept::Nearest | Concept::Closer | Concept::Act(_) | Concept::Within
                )
            });
            preposition = preposition_after(found.concepts, preposition, has_nearest, &pieces);
            pieces.push(Piece {
                element: Element::Phrase(found.concepts),
                words: at..at + found.len,
            });
            at += found.len;
        }
        place::choose(self, &mut pieces);
        banks::beside(self, &mut pieces);
        pieces
    }
}

/// What the next words stand after, once these concepts have been read.
fn preposition_after(
    concepts: &[Concept],
    before: Option<Preposition>,
    has_nearest: bool,
    pieces: &[Piece<'_>],
) -> Option<Preposition> {
    let has = |concept: &Concept| concepts.contains(concept);
    let plain = Preposition {
        is_sure: false,
        is_closer: false,
        is_indefinite: false,
        has_article: false,
        joins_two: false,
        weight: 0,
    };
    if has(&Concept::Near) {
        return Some(Preposition {
            is_sure: true,
            is_closer: has(&Concept::Closer),
            joins_two: has(&Concept::Corner),
            weight: 40,
            ..plain
        });
    }
    let after_distance = pieces.last().is_some_and(|piece| {
        let is_radius = |concept: &Concept| matches!(concept, Concept::Radius(_));
        matches!(piece.element, Element::Radius(_)) || piece.concepts().iter().any(is_radius)
    });
    if has(&Concept::In) || has(&Concept::Within) || has(&Concept::Of) {
        // "in the centre of Leeds": what one stands before, the other goes on with.
        let weight = match () {
            () if after_distance => 40,
            () if has(&Concept::In) => 30,
            () => before.map_or(15, |before| before.weight.max(15)),
        };
        return Some(Preposition { is_sure: after_distance, weight, ..plain });
    }
    if has(&Concept::To) {
        return (has_nearest || after_distance || has(&Concept::Closer)).then_some(Preposition {
            is_sure: true,
            weight: 30,
            ..plain
        });
    }
    if has(&Concept::Article) || has(&Concept::Indefinite) {
        let is_indefinite = has(&Concept::Indefinite);
        return before.map(|before| Preposition {
            is_indefinite: is_indefinite || before.is_indefinite,
            has_article: true,
            ..before
        });
    }
    None
}
