//! Wishes and their sign: wanted, refused, let go of.

use super::super::lexicon::{Concept, Letting};
use super::super::scan::{Element, Piece, Text};
use super::super::words::Gap;
use super::{Polarity, Reader};
use crate::chat::meaning::{Language, Parameter, Wish};

impl<'a> Reader<'_, 'a> {
    /// Whether what follows "and" is of the kind that was just refused: "not HSBC and Barclays".
    pub(super) fn refuses_another(&self, pieces: &[Piece<'a>], at: usize) -> bool {
        let Some((parameter, ..)) = &self.last_wish else { return false };
        let is_alike = pieces.get(at + 1).is_some_and(|next| match &next.element {
            Element::Name(named) => named.parameter == *parameter,
            Element::Phrase(concepts) => concepts.iter().any(|concept| {
                matches!(concept, Concept::Wish(Parameter::LocationType, _))
                    && *parameter == Parameter::LocationType
            }),
            Element::Place(_)
            | Element::Bank(_)
            | Element::Network(_)
            | Element::Date(..)
            | Element::Later(_)
            | Element::Number(_)
            | Element::Radius(_)
            | Element::Clock(..)
            | Element::Amount(_)
            | Element::Nth(_)
            | Element::Unknown => false,
        });
        is_alike && self.polarity != Polarity::Want
    }

    pub(super) fn turn(&mut self, polarity: Polarity) {
        self.polarity = polarity;
        self.is_spent = false;
    }

    /// The polarity for the next wish.
    pub(super) fn spend(&mut self) -> Polarity {
        if self.is_spent && self.polarity != Polarity::Want {
            self.polarity = Polarity::Want;
        }
        self.is_spent = true;
        self.polarity
    }

    pub(super) fn fee(&mut self, pieces: &[Piece<'a>], at: usize) {
        self.has_fee = true;
        match self.polarity {
            Polarity::Want => {}
            Polarity::Refuse => {
                self.because(&pieces[at], "fee=free");
                self.set(Parameter::Fee, "free", false);
                self.is_spent = true;
            }
            Polarity::Drop => {
                self.said.lettings.push(Letting::Of(Parameter::Fee));
                self.is_spent = true;
            }
        }
    }

    /// Notes a wish, whatever was refused.
    pub(super) fn wish_for(
        &mut self,
        pieces: &[Piece<'a>],
        at: usize,
        parameter: Parameter,
        value: &str,
    ) {
        self.because(&pieces[at], &format!("{}={value}", parameter.name()));
        self.set(parameter, value, false);
        self.is_spent = true;
    }

    pub(super) fn wish(
        &mut self,
        pieces: &[Piece<'a>],
        at: usize,
        parameter: Parameter,
        value: &str,
    ) {
        let piece = &pieces[at];
        let polarity = self.spend();
        if polarity == Polarity::Drop {
            self.said.dropped.push((parameter, value.to_owned()));
            self.last_wish = Some((parameter, value.to_owned(), at));
            if matches!(parameter, Parameter::Fee | Parameter::LocationType) {
                self.said.lettings.push(Letting::Of(parameter));
            }
            return;
        }
        let is_refusing = polarity == Polarity::Refuse;
        // No machine is refused for what it can do besides: that is just not needed.
        let is_no_matter = matches!(parameter, Parameter::Service | Parameter::Currency);
        if is_refusing && is_no_matter {
            self.said.dropped.push((parameter, value.to_owned()));
            return;
        }
        // That something costs is no wish.
        if is_refusing && parameter == Parameter::Fee {
            return;
        }
        if parameter == Parameter::Service && self.is_same_deposit(pieces, at, value) {
            return;
        }
        let label = format!("{}={}{value}", parameter.name(), if is_refusing { "-" } else { "" });
        self.because(piece, &label);
        self.set(parameter, value, is_refusing);
        self.last_wish = Some((parameter, value.to_owned(), at));
    }

    /// Whether a bare "deposit" and the cheques or coins it is said of are one wish: the deposit
    /// that was noted is taken back, or the one that would be is left out.
    pub(super) fn is_same_deposit(&mut self, pieces: &[Piece<'a>], at: usize, value: &str) -> bool {
        const OTHERS: [&str; 3] = ["cheque_in", "coins_in", "envelope_in"];
        let Some((Parameter::Service, last, place)) = self.last_wish.clone() else { return false };
        let between = pieces.get(place + 1..at).unwrap_or_default();
        let is_one =
            between.iter().all(|piece| !piece.is(&Concept::And) && !piece.is(&Concept::Or));
        let is_bare = |place: usize| pieces[place].words.len() <= 2;
        if is_one && last == "cash_in" && OTHERS.contains(&value) && is_bare(place) {
            self.said.wishes.retain(|wish| wish.value != "cash_in");
            return false;
        }
        is_one && value == "cash_in" && OTHERS.contains(&last.as_str()) && is_bare(at)
    }

    pub(super) fn set(&mut self, parameter: Parameter, value: &str, is_excluding: bool) {
        self.said.wishes.retain(|wish| wish.parameter != parameter || wish.value != value);
        self.said.wishes.push(Wish { parameter, value: value.to_owned(), is_excluding });
    }

    pub(super) fn drop_last(&mut self) {
        if let Some((parameter, value, _)) = self.last_wish.take() {
            self.said.wishes.retain(|wish| wish.parameter != parameter || wish.value != value);
            self.said.dropped.push((parameter, value));
        } else if self.has_fee {
            self.said.lettings.push(Letting::Of(Parameter::Fee));
        } else if self.said.has_open {
            self.said.has_open = false;
            self.said.lettings.push(Letting::Hours);
        }
    }
}

/// Whether the first piece is followed by a comma or a full stop.
pub(super) fn is_answer(text: &Text<'_>, pieces: &[Piece<'_>]) -> bool {
    pieces.get(1).is_some_and(|next| {
        matches!(text.words[next.words.start].gap, Gap::Comma | Gap::Stop)
            && pieces[0].words.len() == 1
    })
}

/// Whether a wish, or what stands for one, follows in the same sentence.
pub(super) fn follows_wish(pieces: &[Piece<'_>], at: usize) -> bool {
    pieces[at + 1..].iter().any(|piece| {
        matches!(piece.element, Element::Name(_))
            || piece.concepts().iter().any(|concept| {
                matches!(
                    concept,
                    Concept::Wish(..)
                        | Concept::FeeNoun
                        | Concept::Spared(..)
                        | Concept::Money(_)
                        | Concept::OpenNow
                        | Concept::OpenAlways
                )
            })
    })
}

/// Whether "outside" is said of a place.
pub(super) fn is_before_place(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> bool {
    let next = pieces[at + 1..].iter().find(|piece| !piece.is(&Concept::Article));
    next.is_some_and(|piece| {
        let is_joined = matches!(text.words[piece.words.start].gap, Gap::Space | Gap::Glued);
        is_joined && matches!(&piece.element, Element::Place(place) if !place.is_kind)
    })
}

/// Whether "inside" is said of a place or a kind of place.
pub(super) fn is_inside_something(pieces: &[Piece<'_>], at: usize) -> bool {
    let next = pieces[at + 1..].iter().find(|piece| {
        !piece.is(&Concept::Article) && !piece.is(&Concept::Indefinite) && !piece.is(&Concept::Of)
    });
    next.is_some_and(|piece| {
        matches!(piece.element, Element::Place(_) | Element::Radius(_) | Element::Later(_))
            || piece
                .concepts()
                .iter()
                .any(|concept| matches!(concept, Concept::Wish(Parameter::LocationType, _)))
    })
}

/// Whether money of that currency is foreign where the language is mostly spoken: a person who
/// names it wants it, and not just money.
pub(super) fn is_foreign(code: &str, language: Language) -> bool {
    let native: &[&str] = match language {
        Language::En => &["GBP", "USD", "CAD", "AUD", "NZD", "INR", "SGD", "HKD", "ZAR"],
        Language::Es => &["EUR", "USD", "MXN", "ARS", "COP", "CLP", "PEN"],
        Language::Fr => &["EUR", "CHF", "CAD", "XOF", "MAD"],
        Language::De => &["EUR", "CHF"],
        Language::Pt => &["EUR", "BRL"],
    };
    !native.contains(&code)
}
