//! When machines must be open: a day, a part of it, a time.

use std::ops::Range;

use super::super::lexicon::{Act, Concept};
use super::super::scan::{Element, Piece, Text};
use super::super::words::Gap;
use super::Reader;
use crate::chat::meaning::{Day, When};

/// Minutes after midnight that stand for a day of which no time is said: noon.
const NOON_MIN: u16 = 12 * 60;

impl Reader<'_, '_> {
    pub(super) fn when(&mut self, concept: &Concept) {
        if let Concept::Part(hour, is_second_half) = concept {
            self.part = Some((*hour, *is_second_half));
        }
        if let Concept::Day(days) = concept {
            self.day = Some(Day::In(*days));
        }
        if let Concept::Weekday(weekday) = concept {
            self.day = Some(Day::Weekday(*weekday));
        }
    }

    pub(super) fn time(&self) -> When {
        let (minute, either_half) = match (self.clock, self.part) {
            (Some((minute, _)), Some((_, is_second_half))) => {
                let is_shifted = is_second_half && (60..NOON_MIN).contains(&minute);
                (if is_shifted { minute + NOON_MIN } else { minute }, false)
            }
            (Some((minute, either_half)), None) => (minute, either_half),
            (None, Some((hour, _))) => (hour * 60, false),
            // "Open today" is open now or later; what can be told is now.
            (None, None) if self.day == Some(Day::In(0)) => return When::Now,
            (None, None) => (NOON_MIN, false),
        };
        When::At { day: self.day.unwrap_or(Day::Next), minute, either_half }
    }
}

/// Whether a kind of place is spoken of in a part of the sentence that tells a story, and asks for
/// nothing: "the shop takes no cards, is there a cashpoint in Leeds?"
pub(super) fn is_aside(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> bool {
    let part = part(text, pieces, at);
    let tells = pieces[part.clone()]
        .iter()
        .any(|piece| matches!(piece.element, Element::Unknown) || piece.is(&Concept::Word));
    let asks = |pieces: &[Piece<'_>]| {
        pieces.iter().any(|piece| {
            matches!(piece.element, Element::Name(_) | Element::Bank(_))
                || [Concept::Atm, Concept::Find, Concept::Where, Concept::Nearest, Concept::Cash]
                    .iter()
                    .any(|concept| piece.is(concept))
        })
    };
    let is_refused = pieces[part.start..at].iter().any(|piece| piece.is(&Concept::Not));
    let mut elsewhere = pieces[..part.start].iter().chain(&pieces[part.end..]);
    let asks_elsewhere = elsewhere
        .any(|piece| [Concept::Atm, Concept::Cash, Concept::Where].iter().any(|it| piece.is(it)));
    tells && !is_refused && !asks(&pieces[part]) && asks_elsewhere
}

/// The pieces between the commas and full stops around one.
fn part(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> Range<usize> {
    let starts =
        |piece: &Piece<'_>| matches!(text.words[piece.words.start].gap, Gap::Comma | Gap::Stop);
    let from = (0..=at).rev().find(|&place| starts(&pieces[place])).unwrap_or(0);
    let to = (at + 1..pieces.len()).find(|&place| starts(&pieces[place])).unwrap_or(pieces.len());
    from..to
}

/// Whether a time is said of the machine: the part of the sentence it stands in speaks of machines,
/// or of nothing but the time. "My daughter marries on Saturday, I need cash" says no time.
pub(super) fn is_of_the_question(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> bool {
    let part = part(text, pieces, at);
    if part == (0..pieces.len()) {
        return true;
    }
    let part = &pieces[part];
    let asks = part.iter().any(|piece| {
        matches!(
            piece.element,
            Element::Name(_) | Element::Bank(_) | Element::Place(_) | Element::Clock(..)
        ) || piece.concepts().iter().any(|concept| {
            matches!(
                concept,
                Concept::Atm
                    | Concept::Find
                    | Concept::Where
                    | Concept::Nearest
                    | Concept::Cash
                    | Concept::OpenNow
                    | Concept::Wish(..)
                    | Concept::Not
                    | Concept::Act(Act::Hours)
            )
        })
    });
    asks || !part
        .iter()
        .any(|piece| matches!(piece.element, Element::Unknown) || piece.is(&Concept::Word))
}

/// Whether something is told in a part of the sentence of its own, and a machine is asked for in
/// another: "the bank is shut, where can I get cash in Ely?"
pub(super) fn is_told_before(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> bool {
    let part = part(text, pieces, at);
    let asks = |pieces: &[Piece<'_>]| {
        let is_any = |concepts: &[Concept]| {
            pieces.iter().any(|piece| concepts.iter().any(|concept| piece.is(concept)))
        };
        is_any(&[Concept::Atm, Concept::Where])
            || is_any(&[Concept::Find]) && is_any(&[Concept::Cash])
    };
    let asks_elsewhere = asks(&pieces[..part.start]) || asks(&pieces[part.end..]);
    asks_elsewhere && !asks(&pieces[part])
}
