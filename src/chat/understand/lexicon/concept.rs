//! What a phrase of a dictionary means by itself.

use crate::chat::meaning::{Choice, Parameter, Topic};
use crate::domain::{Attribute, LocationType};

/// A key of a dictionary that names no concept.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no concept")]
pub struct ConceptError(String);

/// Something done in a conversation that is not looking for ATMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Act {
    More,
    Details,
    Directions,
    Hours,
    /// Asking whether something is open.
    Open,
    Help,
    Greeting,
    Thanks,
    /// Words that are not to be answered in kind.
    Insult,
}

/// How sure it is that a phrase speaks of a matter of the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Sureness {
    /// Where nothing in the text looks for a machine.
    Alone,
    /// Where the text names no machine.
    WithoutMachine,
    /// Whatever else is said.
    Always,
}

/// What a wish that was made before is let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Letting {
    /// Every filter and limit.
    All,
    /// How far.
    Distance,
    /// When open.
    Hours,
    /// Values of a parameter.
    Of(Parameter),
}

/// What a phrase means by itself.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Concept {
    /// The machine.
    Atm,
    /// What one goes to it for.
    Cash,
    /// Looking for something: "show me", "I need".
    Find,
    /// Asking where.
    Where,
    /// The nearest.
    Nearest,
    /// Nearer than what was shown.
    Closer,
    /// Before a place, and hardly before anything else: "near".
    Near,
    /// Before a place, or a time, or anything: "in", "at".
    In,
    /// Before a name or a place that the word before belongs to: "of".
    Of,
    /// Before a place, where something before it is near or close "to".
    To,
    /// What may begin a name: "new", "old".
    Adjective,
    /// Where the person is.
    Here,
    /// Not.
    Not,
    /// The wish that follows is let go of.
    Drop,
    /// The wish before is let go of.
    Dropped,
    /// What was refused earlier in the conversation is no longer: "is fine".
    Accepted,
    /// Lets go of something by itself.
    Letting(Letting),
    /// What using a machine costs.
    FeeNoun,
    Or,
    And,
    But,
    Only,
    /// What comes next says more of the ATM, as "that" and "with" do.
    Clause,
    /// The, a.
    Article,
    /// A, some: what follows is a kind of thing, and no name.
    Indefinite,
    /// A word that means nothing here.
    Stop,
    /// A word for something of daily life that means nothing here, but may stand in a name.
    Word,
    /// Another than the one named: what follows, or what is replaced.
    Other,
    /// What follows is what something else takes the place of.
    Instead,
    /// The wish before is refused.
    Excluded,
    /// What some want to be spared, such as stairs: to refuse it is to wish for this.
    Spared(Parameter, Box<str>),
    /// A kind of place that has a name of its own where its parameter says it is none: a shopping
    /// centre has one, a shop none that finds it.
    Named,
    /// Before the name of the bank that something belongs to: "run by".
    Belongs,
    /// Takes back what was said last.
    Undo,
    /// What was said before it is taken back: "no sorry".
    Correction,
    /// So many ATMs, by itself: "one will do".
    Count(usize),
    /// Before two places that meet: "at the corner of".
    Corner,
    /// Value of a parameter.
    Wish(Parameter, Box<str>),
    /// ISO 4217 code.
    Money(Box<str>),
    /// The network of something named.
    Network,
    /// The bank of something named.
    Bank,
    OpenNow,
    OpenAlways,
    /// Metres of one.
    Unit(f64),
    /// Metres, by themselves.
    Radius(f64),
    /// What makes of a number and a unit a greatest distance, and may stand before a place.
    Within,
    Minutes,
    Walk,
    Drive,
    /// So many.
    Number(f64),
    /// So many minutes, by themselves: "a quarter of an hour".
    Duration(f64),
    /// A unit of time of so many minutes.
    Span(u16),
    /// A month, 1 for January.
    Month(i8),
    /// A day of the year by its name: month and day of the month.
    Date(i8, i8),
    /// Before so much time, counted from now: "in", "dans".
    Later,
    /// The one counted so.
    Ordinal(Choice),
    /// The one counted by the number among the words.
    Nth,
    /// A part of the day by its hour, and whether hours said with it are of the second half.
    Part(u16, bool),
    /// So many days from today.
    Day(i8),
    /// 1 for Monday.
    Weekday(i8),
    /// Before a time.
    At,
    Am,
    Pm,
    /// After the hour of a clock of 24.
    Hour,
    /// Before an hour: so many minutes past it ("half past"), or to it.
    Past(i16),
    /// After an hour: so many minutes past it ("y media"), or to it; after anything else counted,
    /// so many sixtieths of it ("and a half").
    And60ths(i16),
    Act(Act),
    /// The bank's, not the service's, and how sure that is.
    Bankers(Topic, Sureness),
}

impl Concept {
    /// The concept a key of a dictionary names.
    pub(in super::super) fn parse(key: &str) -> Result<Self, ConceptError> {
        let error = || ConceptError(key.to_owned());
        let concept = match key.split_once('=') {
            None => Self::plain(key),
            Some((name, value)) => Self::valued(name, value),
        };
        concept.ok_or_else(error)
    }

    fn plain(key: &str) -> Option<Self> {
        Some(match key {
            "atm" => Self::Atm,
            "cash" => Self::Cash,
            "find" => Self::Find,
            "where" => Self::Where,
            "nearest" => Self::Nearest,
            "closer" => Self::Closer,
            "near" => Self::Near,
            "in" => Self::In,
            "of" => Self::Of,
            "to" => Self::To,
            "adjective" => Self::Adjective,
            "here" => Self::Here,
            "not" => Self::Not,
            "drop" => Self::Drop,
            "dropped" => Self::Dropped,
            "accepted" => Self::Accepted,
            "fee" => Self::FeeNoun,
            "or" => Self::Or,
            "and" => Self::And,
            "but" => Self::But,
            "only" => Self::Only,
            "clause" => Self::Clause,
            "the" => Self::Article,
            "a" => Self::Indefinite,
            "stop" => Self::Stop,
            "word" => Self::Word,
            "other" => Self::Other,
            "corner" => Self::Corner,
            "correction" => Self::Correction,
            "excluded" => Self::Excluded,
            "instead" => Self::Instead,
            "named" => Self::Named,
            "belongs" => Self::Belongs,
            "undo" => Self::Undo,
            "network" => Self::Network,
            "bank" => Self::Bank,
            "within" => Self::Within,
            "minutes" => Self::Minutes,
            "later" => Self::Later,
            "walk" => Self::Walk,
            "drive" => Self::Drive,
            "at" => Self::At,
            "am" => Self::Am,
            "pm" => Self::Pm,
            "hour" => Self::Hour,
            "nth" => Self::Nth,
            _ => return None,
        })
    }

    fn valued(name: &str, value: &str) -> Option<Self> {
        Some(match name {
            "open" => match value {
                "now" => Self::OpenNow,
                "always" => Self::OpenAlways,
                _ => return None,
            },
            "money" => Self::Money(value.into()),
            "unit" => Self::Unit(value.parse().ok()?),
            "radius" => Self::Radius(value.parse().ok()?),
            "number" => Self::Number(value.parse().ok()?),
            "count" => Self::Count(value.parse().ok()?),
            "duration" => Self::Duration(value.parse().ok()?),
            "month" => Self::Month(value.parse().ok()?),
            "date" => {
                let written: i16 = value.parse().ok()?;
                Self::Date(i8::try_from(written / 100).ok()?, i8::try_from(written % 100).ok()?)
            }
            "span" => Self::Span(value.parse().ok()?),
            "ordinal" if value == "last" => Self::Ordinal(Choice::Last),
            "ordinal" => Self::Ordinal(Choice::Number(value.parse().ok()?)),
            "part" => {
                let hour: u16 = value.parse().ok()?;
                Self::Part(hour, hour >= 12)
            }
            "day" => Self::Day(value.parse().ok()?),
            "past" => Self::Past(value.parse().ok()?),
            "and" => Self::And60ths(value.parse().ok()?),
            "weekday" => Self::Weekday(value.parse().ok()?),
            "act" => Self::Act(match value {
                "more" => Act::More,
                "details" => Act::Details,
                "directions" => Act::Directions,
                "hours" => Act::Hours,
                "open" => Act::Open,
                "help" => Act::Help,
                "greeting" => Act::Greeting,
                "thanks" => Act::Thanks,
                "insult" => Act::Insult,
                _ => return None,
            }),
            "bankers" | "bankers!" | "bankers!!" => {
                let topic = match value {
                    "balance" => Topic::Balance,
                    "transfer" => Topic::Transfer,
                    "card_lost" => Topic::CardLost,
                    "fraud" => Topic::Fraud,
                    "spending" => Topic::Spending,
                    "products" => Topic::Products,
                    "pin" => Topic::Pin,
                    "branch" => Topic::Branch,
                    "other" => Topic::Other,
                    "free_network" => Topic::FreeNetwork,
                    _ => return None,
                };
                let sureness = match name {
                    "bankers!!" => Sureness::Always,
                    "bankers!" => Sureness::WithoutMachine,
                    _ => Sureness::Alone,
                };
                Self::Bankers(topic, sureness)
            }
            "let" => Self::Letting(match value {
                "all" => Letting::All,
                "max_distance_m" => Letting::Distance,
                "open_at" => Letting::Hours,
                _ => Letting::Of(Parameter::of_name(value)?),
            }),
            "spared" => {
                let (parameter, value) = wished(value.split_once(':')?)?;
                Self::Spared(parameter, value)
            }
            _ => {
                let (parameter, value) = wished((name, value))?;
                Self::Wish(parameter, value)
            }
        })
    }

    /// Whether a misspelt word may be one that means this.
    pub(in super::super) const fn is_content(&self) -> bool {
        matches!(
            self,
            Self::Atm
                | Self::Nearest
                | Self::Wish(..)
                | Self::FeeNoun
                | Self::OpenNow
                | Self::OpenAlways
                | Self::Act(_)
                | Self::Bankers(..)
                | Self::Day(_)
                | Self::Walk
                | Self::Not
                | Self::Near
                | Self::Within
                | Self::Only
                | Self::Minutes
                | Self::Money(_)
                | Self::Number(_)
                | Self::Count(_)
        ) || self.is_measure()
    }

    /// Whether it is a time or a length, which stands after the words that places stand after too:
    /// "on friday", "in the morning".
    pub(in super::super) const fn is_measure(&self) -> bool {
        matches!(
            self,
            Self::Weekday(_) | Self::Part(..) | Self::Month(_) | Self::Date(..) | Self::Unit(_)
        )
    }
}

/// The parameter of nearest and its value that a key names.
fn wished((name, value): (&str, &str)) -> Option<(Parameter, Box<str>)> {
    let parameter = Parameter::of_name(name)?;
    is_value(parameter, value).then(|| (parameter, value.into()))
}

/// Whether nearest takes that value.
fn is_value(parameter: Parameter, value: &str) -> bool {
    match parameter {
        Parameter::Service | Parameter::Accessibility | Parameter::Feature => {
            Attribute::from_code(value).is_some()
        }
        Parameter::LocationType => LocationType::from_code(value).is_some(),
        Parameter::Fee => value == "free",
        Parameter::Operator | Parameter::Brand | Parameter::Network | Parameter::Currency => true,
    }
}
