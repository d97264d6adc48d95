//! What a person wants, in the words of a nearest question.

use jiff::civil::Time;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::LocalTime;
use crate::snapshot::Zone;

/// What a turn is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// ATMs are looked for.
    FindAtms,
    /// More of the same list.
    More,
    /// Everything about one of those shown.
    Details,
    /// The way to one of those shown, or to the nearest.
    Directions,
    /// When one of those shown, or the nearest, is open.
    OpeningHours,
    /// What the service can do.
    Help,
    /// A greeting.
    Greeting,
    /// Thanks, or a farewell.
    Thanks,
    /// Something that is the bank's: balance, transfers, cards, fraud, loans.
    OutOfScope,
    /// Nothing the service understands.
    #[default]
    Unclear,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 10] = [
        Self::FindAtms,
        Self::More,
        Self::Details,
        Self::Directions,
        Self::OpeningHours,
        Self::Help,
        Self::Greeting,
        Self::Thanks,
        Self::OutOfScope,
        Self::Unclear,
    ];

    /// The word used in answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FindAtms => "find_atms",
            Self::More => "more",
            Self::Details => "details",
            Self::Directions => "directions",
            Self::OpeningHours => "opening_hours",
            Self::Help => "help",
            Self::Greeting => "greeting",
            Self::Thanks => "thanks",
            Self::OutOfScope => "out_of_scope",
            Self::Unclear => "unclear",
        }
    }

    /// Whether it is about ATMs that were found, or are to be.
    #[must_use]
    pub const fn is_about_atms(self) -> bool {
        matches!(
            self,
            Self::FindAtms | Self::More | Self::Details | Self::Directions | Self::OpeningHours
        )
    }
}

/// A language the service understands and answers in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// German.
    De,
    /// Portuguese.
    Pt,
}

impl Language {
    /// Every language, in the order of its discriminant.
    pub const ALL: &'static [Self] = &[Self::En, Self::Es, Self::Fr, Self::De, Self::Pt];

    /// Its subtag in BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Pt => "pt",
        }
    }

    /// Whether its speakers count the hours of either half of the day to twelve.
    #[must_use]
    pub const fn counts_twelve(self) -> bool {
        matches!(self, Self::En | Self::Es)
    }

    /// Whether every noun is written with a capital, so that what has none is no name.
    #[must_use]
    pub const fn capitalises_nouns(self) -> bool {
        matches!(self, Self::De)
    }

    /// The language of a BCP 47 tag (`pt-BR`, `en_GB`), when it is one of these.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        let subtag = locale.split(['-', '_']).next()?;
        Self::ALL.iter().copied().find(|language| subtag.eq_ignore_ascii_case(language.tag()))
    }
}

/// A parameter of nearest that a sentence can fill with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameter {
    /// What can be done at the machine.
    Service,
    /// Who can use it.
    Accessibility,
    /// Where and how it stands.
    Feature,
    /// What using it costs.
    Fee,
    /// Who runs it.
    Operator,
    /// The name customers see, where the data has it as no operator.
    Brand,
    /// The network it belongs to.
    Network,
    /// What it dispenses.
    Currency,
    /// The kind of place it stands at.
    LocationType,
}

impl Parameter {
    /// Every parameter, in the order of its discriminant.
    pub const ALL: &'static [Self] = &[
        Self::Service,
        Self::Accessibility,
        Self::Feature,
        Self::Fee,
        Self::Operator,
        Self::Brand,
        Self::Network,
        Self::Currency,
        Self::LocationType,
    ];

    /// Its name in a nearest question.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Accessibility => "accessibility",
            Self::Feature => "feature",
            Self::Fee => "fee",
            Self::Operator => "operator",
            Self::Brand => "brand",
            Self::Network => "network",
            Self::Currency => "currency",
            Self::LocationType => "location_type",
        }
    }

    /// The parameter of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|parameter| parameter.name() == name)
    }
}

/// One value a person wants, or does not want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Which parameter.
    #[serde(rename = "p")]
    pub parameter: Parameter,
    /// The value, without sign.
    #[serde(rename = "v")]
    pub value: String,
    /// Whether ATMs that have it are not wanted.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_excluding: bool,
}

/// When an ATM must be open, as it was said: the clock it is read by is that of the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At the time of asking.
    Now,
    /// Round the clock.
    Always,
    /// So many minutes after the time of asking.
    In {
        /// Minutes.
        minutes: u16,
    },
    /// On a day at a time.
    At {
        /// Which day.
        day: Day,
        /// Minutes after midnight.
        minute: u16,
        /// Whether the hour may be meant in either half of the day.
        either_half: bool,
    },
}

/// A day as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// The next day on which the time is still to come.
    Next,
    /// So many days from today.
    In(i8),
    /// The next day of the week that the time is still to come on, 1 for Monday to 7 for Sunday.
    Weekday(i8),
    /// The next such day of a month on which the time is still to come.
    Date {
        /// 1 for January; any month where none was said.
        month: Option<i8>,
        /// Of the month, from 1.
        day: i8,
    },
}

/// How far ahead a day of a month is looked for: a leap day may be eight years away.
const DAYS_AHEAD_MAX: i64 = 8 * 366;

/// Minutes of half a day.
const HALF_DAY_MIN: u16 = 12 * 60;

impl When {
    /// What it is at `now` by the clocks of a place.
    #[must_use]
    pub fn resolve(self, now: Timestamp, zone: Zone) -> Moment {
        if let Self::In { minutes } = self {
            let at = now.checked_add(Span::new().minutes(i64::from(minutes)));
            return at.map_or(Moment::Now, |at| Moment::At(zone.local(at)));
        }
        let Self::At { day, minute, either_half } = self else {
            return if self == Self::Always { Moment::Always } else { Moment::Now };
        };
        let minutes: &[u16] = if either_half && minute < HALF_DAY_MIN {
            &[minute, minute + HALF_DAY_MIN]
        } else {
            &[minute]
        };
        let candidates = minutes.iter().filter_map(|&minute| instant(day, minute, now, zone));
        let soonest = match day {
            Day::In(_) => candidates.clone().find(|&at| at >= now),
            Day::Next | Day::Weekday(_) | Day::Date { .. } => candidates.clone().min(),
        };
        let at = soonest.or_else(|| candidates.max());
        at.map_or(Moment::Now, |at| Moment::At(zone.local(at)))
    }
}

/// The instant a day and a time name, seen from `now`.
fn instant(day: Day, minute: u16, now: Timestamp, zone: Zone) -> Option<Timestamp> {
    let hour = i8::try_from(minute / 60 % 24).ok()?;
    let time = Time::new(hour, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
    // Midnight that ends a day is written 24:00.
    let carry = i64::from(minute / (2 * HALF_DAY_MIN));
    let today = zone.local(now).date();
    let on = |days: i64| {
        let date = today.checked_add(Span::new().try_days(days + carry).ok()?).ok()?;
        zone.instant(date.to_datetime(time))
    };
    let coming = |days: i64| on(days).filter(|&at| at >= now);
    match day {
        Day::In(days) => on(i64::from(days)),
        Day::Next => coming(0).or_else(|| on(1)),
        Day::Date { month, day } => (0..=DAYS_AHEAD_MAX)
            .filter(|&ahead| {
                today.checked_add(Span::new().days(ahead)).is_ok_and(|date| {
                    date.day() == day && month.is_none_or(|month| date.month() == month)
                })
            })
            .find_map(coming),
        Day::Weekday(weekday) => {
            let ahead = (weekday - today.weekday().to_monday_one_offset()).rem_euclid(7);
            coming(i64::from(ahead)).or_else(|| on(i64::from(ahead) + 7))
        }
    }
}

/// A [`When`] at a place and a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// At the time of asking.
    Now,
    /// Round the clock.
    Always,
    /// That instant, as the clocks of the place show it.
    At(LocalTime),
}

impl Moment {
    /// The value of `open_at`: `now`, `always`, or RFC 3339.
    #[must_use]
    pub fn parameter(self) -> String {
        match self {
            Self::Now => "now".to_owned(),
            Self::Always => "always".to_owned(),
            Self::At(at) => at.to_string(),
        }
    }
}

/// Which of the ATMs shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Counted from 1.
    Number(usize),
    /// The last one.
    Last,
}

impl Choice {
    /// Its place in a list of so many, when the list is that long.
    #[must_use]
    pub fn index(self, len: usize) -> Option<usize> {
        match self {
            Self::Number(number) => number.checked_sub(1).filter(|&index| index < len),
            Self::Last => len.checked_sub(1),
        }
    }
}

/// What about the bank, or about the service itself, was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How much money there is.
    Balance,
    /// Money sent to someone.
    Transfer,
    /// A card lost, stolen or kept by a machine: to be blocked at once.
    CardLost,
    /// A payment not recognised, a machine that did not pay out, a fraud.
    Fraud,
    /// What was spent, on what.
    Spending,
    /// Loans, accounts, rates.
    Products,
    /// A PIN forgotten or blocked.
    Pin,
    /// Branches and their hours, appointments, a person to speak to.
    Branch,
    /// Nothing a bank is for either.
    Other,
    /// Which network's machines cost a card's holder nothing.
    FreeNetwork,
}

/// A place as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacePhrase {
    /// The words.
    pub text: String,
    /// Whether it is a kind of place ("the station") near whatever was spoken of before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_kind: bool,
}

/// What a turn means, follow-ups merged with what was said before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meaning {
    /// What it is about.
    pub intent: Intent,
    /// Near which place; `None` near where the person is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlacePhrase>,
    /// What the ATMs must have and must not have, in the order it was said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<Wish>,
    /// When they must be open; of a question about opening hours, the time it asks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_at: Option<When>,
    /// When they must be open once a question about opening hours has been answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_at_else: Option<When>,
    /// How many are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How far they may be, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_distance_m: Option<f64>,
    /// Which of those shown is spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// What the bank, or help, is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// The question before the last change to it, to which it can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Self>>,
}

impl Meaning {
    /// The values of a parameter as nearest takes them: separated by commas, excluded ones with a
    /// leading `-`. `None` when nothing was said of it.
    #[must_use]
    pub fn values(&self, parameter: Parameter) -> Option<String> {
        let wishes = self.wishes.iter().filter(|wish| wish.parameter == parameter);
        let values: Vec<String> = wishes
            .map(|wish| format!("{}{}", if wish.is_excluding { "-" } else { "" }, wish.value))
            .collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// When ATMs that are looked for must be open.
    #[must_use]
    pub fn wanted_open_at(&self) -> Option<When> {
        if self.intent == Intent::OpeningHours { self.open_at_else } else { self.open_at }
    }

    /// The time a question about opening hours asks about, where it asks about one.
    #[must_use]
    pub fn asked_open_at(&self) -> Option<When> {
        let is_asked = self.intent == Intent::OpeningHours && self.open_at != self.open_at_else;
        self.open_at.filter(|_| is_asked)
    }

    /// Adds a wish; the opposite wish, if there was one, gives way.
    pub fn wish(&mut self, parameter: Parameter, value: &str, is_excluding: bool) {
        self.wishes.retain(|wish| wish.parameter != parameter || wish.value != value);
        self.wishes.push(Wish { parameter, value: value.to_owned(), is_excluding });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Position;

    fn at(day: Day, hour: u16, either_half: bool) -> When {
        When::At { day, minute: hour * 60, either_half }
    }

    #[test]
    fn a_time_is_the_next_one_the_clock_of_the_place_shows() {
        let madrid = Zone::at(Position::from_lat_lon(40.4, -3.7).unwrap());
        let noon = "2026-11-24T12:00:00+01:00".parse().unwrap();
        for (when, expected) in [
            (at(Day::Next, 10, true), "2026-11-24T22:00:00+01:00"),
            (at(Day::Next, 10, false), "2026-11-25T10:00:00+01:00"),
            (at(Day::In(0), 10, true), "2026-11-24T22:00:00+01:00"),
            (at(Day::In(1), 9, false), "2026-11-25T09:00:00+01:00"),
            (at(Day::Weekday(7), 12, false), "2026-11-29T12:00:00+01:00"),
            (at(Day::Weekday(2), 13, false), "2026-11-24T13:00:00+01:00"),
            (at(Day::Weekday(2), 11, false), "2026-12-01T11:00:00+01:00"),
            (at(Day::In(0), 24, false), "2026-11-25T00:00:00+01:00"),
            (
                When::At {
                    day: Day::Date { month: Some(12), day: 25 },
                    minute: 600,
                    either_half: false,
                },
                "2026-12-25T10:00:00+01:00",
            ),
            (When::In { minutes: 120 }, "2026-11-24T14:00:00+01:00"),
            (When::Now, "now"),
            (When::Always, "always"),
        ] {
            assert_eq!(when.resolve(noon, madrid).parameter(), expected, "{when:?}");
        }
    }

    #[test]
    fn an_opposite_wish_gives_way() {
        let mut meaning = Meaning::default();
        meaning.wish(Parameter::LocationType, "retail", false);
        meaning.wish(Parameter::LocationType, "retail", true);
        assert_eq!(meaning.values(Parameter::LocationType).as_deref(), Some("-retail"));
    }
}
