//! From pieces to what was said: wishes with their sign, a place, a time, a count, an act.

use super::lexicon::{Act, Concept, Letting, Sureness};
use super::numbers;
use super::scan::{Element, Piece, Text};
use super::words::Gap;
use crate::chat::meaning::{Choice, Day, Language, Parameter, PlacePhrase, Topic, When, Wish};
use crate::domain::LIMIT_MAX;

/// Minutes after midnight that stand for a day of which no time is said: noon.
const NOON_MIN: u16 = 12 * 60;

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
    pub(super) has_cash: bool,
    pub(super) has_where: bool,
    pub(super) has_find: bool,
    pub(super) has_nearest: bool,
    pub(super) has_closer: bool,
    pub(super) has_near: bool,
    /// Whether it goes on with what was said before: "only", "and".
    pub(super) goes_on: bool,
    /// Whether the word "open" stands in it.
    pub(super) has_open: bool,
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
            Gap::Comma if self.is_spent => self.polarity = Polarity::Want,
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
            Element::Radius(metres) => self.radius(piece, *metres),
            Element::Clock(minute, either_half) => {
                self.because(piece, "open_at");
                self.clock = Some((*minute, *either_half));
            }
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
                let is_for_what_follows = !piece.is(&Concept::Dropped) || follows_wish(pieces, at);
                if is_for_what_follows {
                    self.turn(Polarity::Drop);
                }
            }
            Concept::Dropped => {
                if !(piece.is(&Concept::Drop) && follows_wish(pieces, at)) {
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
            Concept::Only => self.said.goes_on = true,
            Concept::FeeNoun => self.fee(pieces, at),
            Concept::Wish(parameter, value) => {
                let is_inside = *parameter == Parameter::Feature
                    && &**value == "indoor"
                    && piece.is(&Concept::In)
                    && is_inside_something(pieces, at);
                let is_beside = piece.is(&Concept::Near) && is_before_place(self.text, pieces, at);
                if !is_inside && !is_beside {
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
            Concept::Part(hour, is_second_half) => self.part = Some((*hour, *is_second_half)),
            Concept::Day(days) => self.day = Some(Day::In(*days)),
            Concept::Weekday(weekday) => self.day = Some(Day::Weekday(*weekday)),
            Concept::Act(act) => {
                self.because(piece, "what is asked");
                self.said.acts.push(*act);
            }
            Concept::Bankers(topic, sureness) => {
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
            | Concept::Bank
            | Concept::Unit(_)
            | Concept::Within
            | Concept::Minutes
            | Concept::Walk
            | Concept::Drive
            | Concept::Number(_)
            | Concept::Duration(_)
            | Concept::Span(_)
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

    /// Whether what follows "and" is of the kind that was just refused: "not HSBC and Barclays".
    fn refuses_another(&self, pieces: &[Piece<'a>], at: usize) -> bool {
        let Some((parameter, ..)) = &self.last_wish else { return false };
        let is_alike = pieces.get(at + 1).is_some_and(|next| match &next.element {
            Element::Name(named) => named.parameter == *parameter,
            Element::Phrase(concepts) => concepts.iter().any(|concept| {
                matches!(concept, Concept::Wish(Parameter::LocationType, _))
                    && *parameter == Parameter::LocationType
            }),
            Element::Place(_)
            | Element::Number(_)
            | Element::Radius(_)
            | Element::Clock(..)
            | Element::Amount(_)
            | Element::Nth(_)
            | Element::Unknown => false,
        });
        is_alike && self.polarity == Polarity::Refuse
    }

    fn turn(&mut self, polarity: Polarity) {
        self.polarity = polarity;
        self.is_spent = false;
    }

    /// The polarity for the next wish.
    fn spend(&mut self) -> Polarity {
        if self.is_spent && self.polarity == Polarity::Refuse {
            self.polarity = Polarity::Want;
        }
        self.is_spent = true;
        self.polarity
    }

    fn fee(&mut self, pieces: &[Piece<'a>], at: usize) {
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

    fn wish(&mut self, pieces: &[Piece<'a>], at: usize, parameter: Parameter, value: &str) {
        let piece = &pieces[at];
        let polarity = self.spend();
        if polarity == Polarity::Drop {
            self.said.dropped.push((parameter, value.to_owned()));
            if matches!(parameter, Parameter::Fee | Parameter::LocationType) {
                self.said.lettings.push(Letting::Of(parameter));
            }
            return;
        }
        let is_refusing = polarity == Polarity::Refuse;
        // No machine is refused for what it can do besides: that is just not needed.
        if is_refusing && parameter == Parameter::Service {
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
    fn is_same_deposit(&mut self, pieces: &[Piece<'a>], at: usize, value: &str) -> bool {
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

    fn set(&mut self, parameter: Parameter, value: &str, is_excluding: bool) {
        self.said.wishes.retain(|wish| wish.parameter != parameter || wish.value != value);
        self.said.wishes.push(Wish { parameter, value: value.to_owned(), is_excluding });
    }

    fn drop_last(&mut self) {
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

    fn radius(&mut self, piece: &Piece<'_>, metres: f64) {
        self.because(piece, "max_distance_m");
        self.said.max_distance_m = Some(metres);
    }

    /// A number: of ATMs, or which of those shown, or nothing.
    fn number(&mut self, pieces: &[Piece<'a>], at: usize, number: f64) {
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
        let asked_for = before
            .is_some_and(|before| before.is(&Concept::Find) || before.is(&Concept::Only))
            && after.first().is_none_or(|next| {
                next.is(&Concept::Stop) || next.is(&Concept::Near) || next.is(&Concept::In)
            });
        if counts_atms || beside_nearest || asked_for {
            self.because(&pieces[at], "limit");
            self.said.limit = Some(count);
        } else if pieces.len() == 1 {
            self.because(&pieces[at], "choice");
            self.said.choice = Some(Choice::Number(count));
        }
    }

    fn finish(mut self) -> Said {
        let has_time = self.clock.is_some() || self.part.is_some() || self.day.is_some();
        self.said.open_at = if self.is_always {
            Some(When::Always)
        } else if has_time {
            Some(self.time())
        } else if self.said.has_open {
            Some(When::Now)
        } else {
            None
        };
        self.said
    }

    fn time(&self) -> When {
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

/// Whether the first piece is followed by a comma or a full stop.
fn is_answer(text: &Text<'_>, pieces: &[Piece<'_>]) -> bool {
    pieces.get(1).is_some_and(|next| {
        matches!(text.words[next.words.start].gap, Gap::Comma | Gap::Stop)
            && pieces[0].words.len() == 1
    })
}

/// Whether a wish, or what stands for one, follows in the same sentence.
fn follows_wish(pieces: &[Piece<'_>], at: usize) -> bool {
    pieces[at + 1..].iter().any(|piece| {
        matches!(piece.element, Element::Name(_))
            || piece.concepts().iter().any(|concept| {
                matches!(
                    concept,
                    Concept::Wish(..) | Concept::FeeNoun | Concept::OpenNow | Concept::OpenAlways
                )
            })
    })
}

/// Whether "outside" is said of a place.
fn is_before_place(text: &Text<'_>, pieces: &[Piece<'_>], at: usize) -> bool {
    let next = pieces[at + 1..].iter().find(|piece| !piece.is(&Concept::Article));
    next.is_some_and(|piece| {
        let is_joined = matches!(text.words[piece.words.start].gap, Gap::Space | Gap::Glued);
        is_joined && matches!(&piece.element, Element::Place(place) if !place.is_kind)
    })
}

/// Whether "inside" is said of a place or a kind of place.
fn is_inside_something(pieces: &[Piece<'_>], at: usize) -> bool {
    let next = pieces[at + 1..].iter().find(|piece| {
        !piece.is(&Concept::Article) && !piece.is(&Concept::Indefinite) && !piece.is(&Concept::Of)
    });
    next.is_some_and(|piece| {
        matches!(piece.element, Element::Place(_) | Element::Radius(_))
            || piece
                .concepts()
                .iter()
                .any(|concept| matches!(concept, Concept::Wish(Parameter::LocationType, _)))
    })
}

/// Whether money of that currency is foreign where the language is mostly spoken: a person who
/// names it wants it, and not just money.
fn is_foreign(code: &str, language: Language) -> bool {
    let native: &[&str] = match language {
        Language::En => &["GBP", "USD", "CAD", "AUD", "NZD", "INR", "SGD", "HKD", "ZAR"],
        Language::Es => &["EUR", "USD", "MXN", "ARS", "COP", "CLP", "PEN"],
        Language::Fr => &["EUR", "CHF", "CAD", "XOF", "MAD"],
        Language::De => &["EUR", "CHF"],
        Language::Pt => &["EUR", "BRL"],
    };
    !native.contains(&code)
}
