//! How many machines, and how far they may be.

use super::super::lexicon::{Act, Concept};
use super::super::numbers;
use super::super::scan::{Element, Piece};
use super::Reader;
use crate::chat::meaning::Choice;
use crate::domain::LIMIT_MAX;

/// The greatest number that says how many in the middle of a conversation.
const TOLD_MAX: usize = 20;

impl<'a> Reader<'_, 'a> {
    /// A number: of ATMs, or which of those shown, or nothing.
    pub(super) fn number(&mut self, pieces: &[Piece<'a>], at: usize, number: f64) {
        let Some(count) = numbers::whole(number).filter(|count| (1..=LIMIT_MAX).contains(count))
        else {
            return;
        };
        let is_passed = |piece: &&Piece<'_>| {
            matches!(piece.element, Element::Name(_))
                || piece.concepts().iter().any(|concept| {
                    matches!(
                        concept,
                        Concept::Nearest
                            | Concept::Closer
                            | Concept::Wish(..)
                            | Concept::Only
                            | Concept::Adjective
                            | Concept::Article
                            | Concept::OpenNow
                            | Concept::Ordinal(_)
                            | Concept::OpenAlways
                            | Concept::Act(Act::More)
                            | Concept::Of
                            | Concept::Bank
                    )
                })
        };
        let after = &pieces[at + 1..];
        let counts_atms = after
            .iter()
            .take(5)
            .find(|piece| !is_passed(piece))
            .is_some_and(|piece| piece.is(&Concept::Atm));
        let is_nearest = |piece: &Piece<'_>| {
            piece
                .concepts()
                .iter()
                .any(|concept| matches!(concept, Concept::Nearest | Concept::Closer))
        };
        let before = pieces[..at].iter().rev().find(|piece| !piece.is(&Concept::Article));
        let beside_nearest =
            after.first().is_some_and(is_nearest) || before.is_some_and(is_nearest);
        let is_named =
            |piece: &&Piece<'_>| matches!(piece.element, Element::Unknown | Element::Place(_));
        let asked_for = before.is_some_and(|before| {
            [Concept::Find, Concept::Only, Concept::Within].iter().any(|it| before.is(it))
        }) && !after.first().is_some_and(|next| is_named(&next));
        // "five of them", "make it three"
        let is_told = self.text.is_conversation
            && pieces.len() > 1
            && count <= TOLD_MAX
            && !after.first().is_some_and(|next| is_named(&next));
        // "details for 2"
        let asks_of_one = self.text.is_conversation
            && !counts_atms
            && pieces.iter().any(|piece| {
                [Act::Details, Act::Directions, Act::Hours]
                    .iter()
                    .any(|act| piece.is(&Concept::Act(*act)))
            });
        if asks_of_one {
            self.because(&pieces[at], "choice");
            self.said.choice = Some(Choice::Number(count));
            return;
        }
        if counts_atms || beside_nearest || asked_for || is_told {
            self.because(&pieces[at], "limit");
            self.said.limit = Some(count);
        } else if pieces.len() == 1 {
            self.because(&pieces[at], "choice");
            self.said.choice = Some(Choice::Number(count));
        }
    }

    /// Whether a distance is told as a way that is walked or driven.
    pub(super) fn is_walked(&self, piece: &Piece<'_>) -> bool {
        piece.words.clone().any(|at| {
            self.text.phrase(at).is_some_and(|found| {
                found.concepts.contains(&Concept::Walk) || found.concepts.contains(&Concept::Drive)
            })
        })
    }

    pub(super) fn radius(&mut self, piece: &Piece<'_>, metres: f64) {
        self.because(piece, "max_distance_m");
        self.said.max_distance_m = Some(metres);
    }
}
