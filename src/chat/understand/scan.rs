//! From words to pieces: phrases of the dictionary, names, numbers with what they count, places.

use std::cell::OnceCell;
use std::ops::Range;

use super::lexicon::{Concept, Found, Lexicon};
use super::names::{NameBook, Named};
use super::words::{Gap, Word};
use super::{banks, numbers, place};
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
        let is_cut = self.names.reaches(&self.words, last) >= 2
            || (self.lexicon.is_street(&self.words[last].key) && place::is_named_after(self, last));
        if is_cut { self.lexicon.longest(&self.words, at, found.len - 1) } else { Some(found) }
    }

    fn concepts_at(&self, at: usize) -> &'a [Concept] {
        self.phrase(at).map_or(&[], |found| found.concepts)
    }

    /// The name that begins at a word, unless the words mean something else.
    pub(super) fn name(&self, at: usize) -> Option<(usize, &'a Named)> {
        let cell = &self.found.get(at)?.name;
        if let Some(found) = cell.get() {
            return *found;
        }
        let found = self.look_for_name(at);
        let _ = cell.set(found);
        found
    }

    fn look_for_name(&self, at: usize) -> Option<(usize, &'a Named)> {
        let (len, named) = self.names.longest(&self.words, at)?;
        let is_other_word = len == 1 && self.phrase(at).is_some();
        if is_other_word && !self.is_told_as_name(at, named) {
            return None;
        }
        let is_joined = |at: usize| {
            self.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued))
        };
        // "a bank": no name where capitals do not say so.
        let begins_small =
            self.concepts_at(at).iter().any(|concept| matches!(concept, Concept::Indefinite));
        if begins_small && !(self.has_telling_capitals && self.words[at].is_capital) {
            return None;
        }
        // "plaza Santander"
        if at > 0 && is_joined(at) && self.lexicon.is_street(&self.words[at - 1].key) {
            return None;
        }
        let says_bank = |concepts: &[Concept]| {
            concepts.contains(&Concept::Atm) || concepts.contains(&Concept::Bank)
        };
        let next = self.concepts_at(at + len);
        // "cajero del Santander en Santander"
        let is_small = |at: usize| {
            let small = |concept: &Concept| matches!(concept, Concept::Of | Concept::Article);
            self.concepts_at(at).iter().any(small)
        };
        let mut before = at;
        while before > 0 && at - before < 2 && is_small(before - 1) {
            before -= 1;
        }
        let concepts_before = before.checked_sub(1).map_or(&[] as &[Concept], |before| {
            // The last word of a phrase of several stands for it.
            (before.saturating_sub(2)..=before)
                .filter_map(|start| {
                    let max = before + 1 - start;
                    Some((start, self.lexicon.longest(&self.words, start, max)?))
                })
                .find(|(start, found)| start + found.len == before + 1)
                .map_or(&[], |(_, found)| found.concepts)
        });
        let is_first = at == 0 || self.words[at].gap == Gap::Stop;
        let is_place = (self.is_place)(self.written(at..at + len));
        let has_before = |wanted: fn(&Concept) -> bool| concepts_before.iter().any(wanted);
        let stands_between = says_bank(concepts_before)
            && next.iter().any(|concept| {
                matches!(concept, Concept::In | Concept::Near | Concept::Or | Concept::And)
            });
        // "solo los de Sabadell", "nur die der Sparkasse", "todos menos Santander"
        let is_only = has_before(|concept| matches!(concept, Concept::Only));
        let is_same_part = |from: usize| {
            (from + 1..=at).all(|it| !matches!(self.words[it].gap, Gap::Comma | Gap::Stop))
        };
        let is_refused = (before.saturating_sub(4)..before).any(|earlier| {
            is_same_part(earlier)
                && self
                    .concepts_at(earlier)
                    .iter()
                    .any(|concept| matches!(concept, Concept::Not | Concept::Other))
        }) && !has_before(|concept| {
            matches!(concept, Concept::In | Concept::Near | Concept::To)
        });
        // "Santander or Barclays"
        let is_listed = next.contains(&Concept::Or)
            && self.names.longest(&self.words, at + len + 1).is_some()
            || has_before(|concept| matches!(concept, Concept::Or)) && before == at;
        let takes_turns = self.has_bank_before
            && !has_before(|concept| {
                matches!(concept, Concept::In | Concept::Near | Concept::To | Concept::Of)
            });
        let belongs = has_before(|concept| matches!(concept, Concept::Belongs));
        let is_told =
            stands_between || is_only || is_refused || is_listed || takes_turns || belongs;
        // A short form of a bank that is not here is a name beside what says so.
        if named.is_short && !named.is_loaded {
            let stands_alone = is_first && (at + len == self.words.len() || !is_joined(at + len));
            let is_beside = says_bank(next) || says_bank(concepts_before) || stands_alone;
            let is_lone_word = at > 0 && is_joined(at) && concepts_before.is_empty();
            if !is_beside
                && !is_told
                && (is_place || is_lone_word || place::is_name_like(self, at + len))
            {
                return None;
            }
        }
        // "around Skipton", of which there is also a building society
        let is_where =
            !belongs && has_before(|it| matches!(it, Concept::Near | Concept::In | Concept::To));
        if named.is_short
            && is_where
            && !says_bank(next)
            && (!named.is_loaded || (self.is_place)(self.written(at..at + len)))
        {
            return None;
        }
        // A place of that name, where nothing says that the bank is meant.
        if named.is_loaded || says_bank(next) || !(self.is_place)(self.written(at..at + len)) {
            return Some((len, named));
        }
        is_told.then_some((len, named))
    }

    /// Whether a word that is also another word is a name here.
    fn is_told_as_name(&self, at: usize, named: &Named) -> bool {
        let next_is_network =
            self.phrase(at + 1).is_some_and(|found| found.concepts.contains(&Concept::Network));
        let last_is_network = at > 0
            && self.phrase(at - 1).is_some_and(|found| found.concepts.contains(&Concept::Network));
        let is_shown = self.has_telling_capitals && at > 0 && self.words[at].is_capital;
        next_is_network
            || last_is_network
            || (is_shown && (named.is_loaded || named.value.len() > 3))
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
            if phrase.is_none_or(|found| found.len == 1)
                && let Some((piece, end)) = place::street(self, at)
            {
                pieces.push(Piece { element: Element::Place(piece), words: at..end });
                preposition = None;
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
