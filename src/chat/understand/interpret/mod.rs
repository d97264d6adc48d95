//! From pieces to what was said: wishes with their sign, a place, a time, a count, an act.

mod count;
mod time;
mod wish;

use super::lexicon::{Act, Concept, Letting, Sureness};
use super::scan::{Element, Piece, Text};
use super::words::Gap;
use time::{is_aside, is_of_the_question, is_told_before};
use wish::{follows_wish, is_answer, is_before_place, is_foreign, is_inside_something};

use crate::chat::meaning::{Choice, Day, Parameter, PlacePhrase, Topic, When, Wish};

/// Everything one text says, before it is put together with what was said earlier.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what was said or not said, each by itself")]
pub(super) struct Said {
    pub(super) wishes: Vec<Wish>,
    /// Wishes made earlier that are let go of.
    pub(super) dropped: Vec<(Parameter, String)>,
    pub(super) lettings: Vec<Letting>,
    pub(super) place: Option<PlacePhrase>,
    /// Whether the place stands where only places do, or is known as one.
    pub(super) place_is_sure: bool,
    pub(super) is_here: bool,
    pub(super) open_at: Option<When>,
    pub(super) limit: Option<usize>,
    pub(super) max_distance_m: Option<f64>,
    pub(super) choice: Option<Choice>,
    pub(super) acts: Vec<Act>,
    pub(super) bankers: Option<(Topic, Sureness)>,
    pub(super) has_atm: bool,
    /// Whether it is any one: "an ATM".
    pub(super) has_some_atm: bool,
    pub(super) has_cash: bool,
    pub(super) has_where: bool,
    pub(super) has_find: bool,
    pub(super) has_nearest: bool,
    pub(super) has_closer: bool,
    pub(super) has_near: bool,
    /// Whether it goes on with what was said before: "only", "and".
    pub(super) goes_on: bool,
    /// Whether nothing but what is wished for is wanted.
    pub(super) has_only: bool,
    /// Whether the word "open" stands in it.
    pub(super) has_open: bool,
    /// Whether what was said last is taken back.
    pub(super) undoes: bool,
    /// Which words gave what.
    pub(super) because: Vec<(String, String)>,
}

/// What is done with the next wish.
#[derive(Clone, Copy, PartialEq)]
enum Polarity {
    Want,
    Refuse,
    Drop,
}

/// Reads the pieces of a text from left to right.
struct Reader<'t, 'a> {
    text: &'t Text<'a>,
    said: Said,
    polarity: Polarity,
    /// Whether the polarity has been used by a wish, and holds for another only after "or".
    is_spent: bool,
    /// Whether costs were spoken of since the last sentence began.
    has_fee: bool,
    last_wish: Option<(Parameter, String, usize)>,
    day: Option<Day>,
    part: Option<(u16, bool)>,
    clock: Option<(u16, bool)>,
    later: Option<u16>,
    is_always: bool,
}

/// What the pieces of a text say.
pub(super) fn interpret<'a>(text: &Text<'a>, pieces: &[Piece<'a>]) -> Said {
    let mut reader = Reader {
        text,
        said: Said::default(),
        polarity: Polarity::Want,
        is_spent: false,
        has_fee: false,
        last_wish: None,
        day: None,
        part: None,
        clock: None,
        later: None,
        is_always: false,
    };
    for at in 0..pieces.len() {
        reader.read(pieces, at);
    }
    reader.finish()
}

impl<'a> Reader<'_, 'a> {
    fn read(&mut self, pieces: &[Piece<'a>], at: usize) {
        let piece = &pieces[at];
        match self.text.words[piece.words.start].gap {
            Gap::Stop => {
                self.polarity = Polarity::Want;
                self.has_fee = false;
                self.last_wish = None;
            }
            // A refusal of nothing that was understood ends with its part of the sentence.
            Gap::Comma
                if self.is_spent
                    || self.polarity == Polarity::Drop
                    || at > 0 && !pieces[at - 1].is(&Concept::Not) =>
            {
                self.polarity = Polarity::Want;
            }
            Gap::Comma | Gap::Space | Gap::Glued => {}
        }
        match &piece.element {
            Element::Phrase(concepts) => {
                for concept in *concepts {
                    self.concept(pieces, at, concept);
                }
            }
            Element::Place(place) => {
                if self.said.place.is_none() {
                    self.because(piece, "place");
                    self.said.place =
                        Some(PlacePhrase { text: place.text.clone(), is_kind: place.is_kind });
                    self.said.place_is_sure = place.is_sure;
                }
                self.polarity = Polarity::Want;
            }
            Element::Name(named) => {
                self.wish(pieces, at, named.parameter, &named.value);
            }
            Element::Number(number) => self.number(pieces, at, *number),
            // "My train leaves in ten minutes, ..." says no distance.
            Element::Radius(metres) => {
                if self.is_walked(piece) || is_of_the_question(self.text, pieces, at) {
                    self.radius(piece, *metres);
                }
            }
            Element::Clock(minute, either_half) => {
                self.because(piece, "open_at");
                self.clock = Some((*minute, *either_half));
            }
            Element::Later(minutes) => {
                self.because(piece, "open_at");
                self.later = Some(*minutes);
            }
            Element::Date(month, day) => {
                self.because(piece, "open_at");
                self.day = Some(Day::Date { month: *month, day: *day });
            }
            Element::Network(name) => self.wish(pieces, at, Parameter::Network, name),
            Element::Bank(name) => self.wish(pieces, at, Parameter::Operator, name),
            Element::Amount(currency) => {
                if let Some(code) = currency.filter(|code| is_foreign(code, self.text.language)) {
                    self.wish(pieces, at, Parameter::Currency, code);
                }
                self.said.has_cash = true;
            }
            Element::Nth(number) => {
                self.because(piece, "choice");
                self.said.choice = Some(Choice::Number(*number));
            }
            Element::Unknown => {}
        }
    }

    fn because(&mut self, piece: &Piece<'_>, meaning: &str) {
        let words = self.text.written(piece.words.clone()).to_owned();
        self.said.because.push((words, meaning.to_owned()));
    }

    #[expect(clippy::too_many_lines, reason = "one arm a concept")]
    fn concept(&mut self, pieces: &[Piece<'a>], at: usize, concept: &Concept) {
        let piece = &pieces[at];
        match concept {
            Concept::Atm => {
                self.said.has_atm = true;
                // "an ATM", "a free ATM"
                self.said.has_some_atm |= pieces[at.saturating_sub(2)..at]
                    .iter()
                    .any(|before| before.is(&Concept::Indefinite));
                self.because(piece, "atm");
            }
            Concept::Cash => self.said.has_cash = true,
            Concept::Find => self.said.has_find = true,
            Concept::Where => self.said.has_where = true,
            Concept::Nearest => self.said.has_nearest = true,
            Concept::Closer => self.said.has_closer = true,
            Concept::Near => {
                self.said.has_near |=
                    !piece.concepts().iter().any(|other| matches!(other, Concept::Wish(..)));
            }
            Concept::Here => {
                self.because(piece, "here");
                self.said.is_here = true;
            }
            // "no, Barclays" answers, and refuses nothing.
            Concept::Not if at == 0 && is_answer(self.text, pieces) => {}
            Concept::Not => self.turn(Polarity::Refuse),
            Concept::Drop => {
                if follows_wish(pieces, at) {
                    self.turn(Polarity::Drop);
                } else if !piece.is(&Concept::Dropped) {
                    // "dollars I no longer need"
                    self.drop_last();
                }
            }
            Concept::Excluded => {
                if let Some((parameter, value, _)) = self.last_wish.clone() {
                    self.set(parameter, &value, true);
                } else if self.has_fee {
                    self.wish_for(pieces, at, Parameter::Fee, "free");
                }
            }
            Concept::Instead => self.turn(Polarity::Drop),
            Concept::Spared(parameter, value) => {
                if self.polarity != Polarity::Want {
                    self.wish_for(pieces, at, *parameter, value);
                }
            }
            Concept::Undo => {
                self.because(piece, "what was said last is taken back");
                self.said.undoes = true;
            }
            Concept::Dropped => {
                if !(piece.is(&Concept::Drop) && follows_wish(pieces, at)) {
                    self.drop_last();
                }
            }
            // In a first question "Barclays is fine" asks for it.
            Concept::Accepted => {
                if self.text.is_conversation {
                    self.drop_last();
                }
            }
            Concept::But => self.turn(Polarity::Want),
            Concept::And => {
                self.said.goes_on |= at == 0;
                if self.refuses_another(pieces, at) {
                    self.is_spent = false;
                } else if self.is_spent {
                    self.polarity = Polarity::Want;
                }
            }
            Concept::Or => self.is_spent = false,
            Concept::Clause => {
                if self.is_spent {
                    self.polarity = Polarity::Want;
                }
                self.said.goes_on |= at == 0;
            }
            Concept::Only => {
                self.said.goes_on = true;
                self.said.has_only = true;
            }
            Concept::FeeNoun => self.fee(pieces, at),
            Concept::Wish(parameter, value) => {
                let is_indoor = *parameter == Parameter::Feature && &**value == "indoor";
                // "im Laden drin" says one thing twice.
                let is_twice = at > 0
                    && pieces[at - 1]
                        .concepts()
                        .iter()
                        .any(|it| matches!(it, Concept::Wish(Parameter::LocationType, _)));
                let is_inside = is_indoor
                    && (is_twice || piece.is(&Concept::In) && is_inside_something(pieces, at));
                let is_beside = piece.is(&Concept::Near) && is_before_place(self.text, pieces, at);
                let is_aside = *parameter == Parameter::LocationType
                    && self.polarity == Polarity::Want
                    && is_aside(self.text, pieces, at);
                if !is_inside && !is_beside && !is_aside {
                    self.wish(pieces, at, *parameter, value);
                }
            }
            Concept::Money(code) => self.wish(pieces, at, Parameter::Currency, code),
            Concept::OpenNow => {
                if self.polarity == Polarity::Drop {
                    self.said.lettings.push(Letting::Hours);
                    self.is_spent = true;
                } else {
                    self.because(piece, "open_at");
                    self.said.has_open = true;
                }
            }
            Concept::OpenAlways => {
                if self.polarity == Polarity::Drop {
                    self.said.lettings.push(Letting::Hours);
                } else {
                    self.because(piece, "open_at");
                    self.is_always = true;
                }
            }
            Concept::Letting(letting) => {
                self.because(piece, "less is wanted");
                self.said.lettings.push(*letting);
            }
            Concept::Radius(metres) => self.radius(piece, *metres),
            Concept::Count(count) => {
                self.because(piece, "limit");
                self.said.limit = Some(*count);
            }
            Concept::Ordinal(choice) => {
                self.because(piece, "choice");
                self.said.choice = Some(*choice);
            }
            Concept::Date(month, day) => {
                self.day = Some(Day::Date { month: Some(*month), day: *day });
            }
            Concept::Part(..) | Concept::Day(_) | Concept::Weekday(_)
                if self.polarity == Polarity::Drop =>
            {
                self.said.lettings.push(Letting::Hours);
            }
            Concept::Part(..) | Concept::Day(_) | Concept::Weekday(_) => {
                if is_of_the_question(self.text, pieces, at) {
                    self.when(concept);
                }
            }
            Concept::Act(Act::Hours | Act::Open) if is_told_before(self.text, pieces, at) => {}
            Concept::Act(act) => {
                self.because(piece, "what is asked");
                self.said.acts.push(*act);
            }
            Concept::Bankers(topic, sureness) => {
                let is_story = matches!(topic, Topic::Branch | Topic::Other | Topic::Products)
                    && *sureness != Sureness::Always
                    && is_told_before(self.text, pieces, at);
                if is_story {
                    return;
                }
                self.because(piece, "the bank's");
                if self.said.bankers.is_none_or(|(_, held)| held <= *sureness) {
                    self.said.bankers = Some((*topic, *sureness));
                }
            }
            // These say something together with others, which read them.
            Concept::In
            | Concept::Of
            | Concept::To
            | Concept::Adjective
            | Concept::Article
            | Concept::Indefinite
            | Concept::Stop
            | Concept::Word
            | Concept::Other
            | Concept::Corner
            | Concept::Correction
            | Concept::Network
            | Concept::Named
            | Concept::Belongs
            | Concept::Bank
            | Concept::Unit(_)
            | Concept::Within
            | Concept::Minutes
            | Concept::Walk
            | Concept::Drive
            | Concept::Number(_)
            | Concept::Duration(_)
            | Concept::Span(_)
            | Concept::Month(_)
            | Concept::Later
            | Concept::Nth
            | Concept::At
            | Concept::Am
            | Concept::Pm
            | Concept::Past(_)
            | Concept::And60ths(_)
            | Concept::Hour => {}
        }
    }

    fn finish(mut self) -> Said {
        let has_time = self.clock.is_some() || self.part.is_some() || self.day.is_some();
        self.said.open_at = if self.is_always {
            Some(When::Always)
        } else if let Some(minutes) = self.later {
            Some(When::In { minutes })
        } else if has_time {
            Some(self.time())
        } else if self.said.has_open {
            Some(When::Now)
        } else {
            None
        };
        self.said
    }
}
