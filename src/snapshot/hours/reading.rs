//! What an expression says of a minute of a day at one place, under every reading it allows.
//!
//! Where it is not known whether a day is a holiday there, both are read; where a text leaves its
//! end open, the shortest and the longest are. What all readings agree on is known, and the rest
//! is unknown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr as _;
use std::sync::{Arc, LazyLock};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use hashbrown::HashMap;
use opening_hours::localization::{Coordinates, Country, Localize};
use opening_hours::schedule::Schedule;
use opening_hours::{Context, ContextHolidays, OpeningHours, RuleKind};
use opening_hours_syntax::rules::time::TimeEvent;

use crate::domain::{Position, Tri};
use crate::ingest::CountryCode;

use super::expression::{DAY_MIN, Days, Expression, Period, Weeks, is_without_hours};
use super::week::Week;

/// Beyond this latitude the sun or its twilight does not rise and set every day.
const SUN_LATITUDE_MAX_DEG: f64 = 60.0;

/// A year whose every kind of day stands for those of other years: it is a leap year.
const ANY_YEAR: i32 = 2024;

/// Years an expression that speaks of years is looked through for a closed day.
const YEARS: std::ops::Range<i32> = 2020..2040;

/// Where hours are read: how the sun moves there, by the clocks there.
#[derive(Clone, Debug)]
struct Place {
    zone: Tz,
    coordinates: Option<Coordinates>,
}

/// Everything is evaluated in local time, without offsets: those are for [`super::class`].
impl Localize for Place {
    type DateTime = NaiveDateTime;

    fn naive(&self, local: NaiveDateTime) -> NaiveDateTime {
        local
    }

    fn datetime(&self, local: NaiveDateTime) -> NaiveDateTime {
        local
    }

    fn event_time(&self, date: NaiveDate, event: TimeEvent) -> Option<NaiveTime> {
        let at = self.coordinates?.event_time(date, event)?;
        Some(self.zone.from_utc_datetime(&at.naive_utc()).time())
    }
}

/// What hours say from a minute of a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Whether it is open.
    pub(super) is_open: Tri,
    /// The minute of the day it holds until, midnight at the latest.
    pub(super) until_min: u16,
    /// What is said of it in words.
    pub(super) comment: Option<Arc<str>>,
}

/// An expression at one place.
#[derive(Debug)]
pub(super) struct Readings {
    /// The groups of rules of each.
    all: Vec<Vec<Group>>,
    /// What they all say of days that cannot be holidays, where every week is like any other but for
    /// holidays.
    week: Option<Arc<Week>>,
    /// The calendars they are read under.
    calendars: Vec<ContextHolidays>,
}

/// One group of rules in one reading.
#[derive(Debug)]
struct Group {
    today: OpeningHours<Place>,
    past_midnight: Option<OpeningHours<Place>>,
}

/// A calendar that holds every day there may be a holiday on.
static EVERY_DAY: LazyLock<ContextHolidays> = LazyLock::new(|| {
    let mut days = ContextHolidays::default().get_public().clone();
    let first = NaiveDate::from_ymd_opt(1999, 1, 1).unwrap_or_default();
    for date in first.iter_days().take_while(|date| *date < LAST_DAY) {
        days.insert(date);
    }
    let days = Arc::new(days);
    ContextHolidays::new(Arc::clone(&days), days)
});

/// A day beyond all that are asked for.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2078, 1, 1).unwrap();

/// The calendars of holidays that may hold in each country, made once for all who share them.
#[derive(Debug, Default)]
pub(super) struct Calendars(HashMap<CalendarKey, Vec<ContextHolidays>>);

/// A country, and whether public and school holidays matter there.
type CalendarKey = (Option<CountryCode>, bool, bool);

impl Calendars {
    /// The calendars these hours need where they are kept.
    pub(super) fn of<'e>(
        needed: impl Iterator<Item = (&'e Expression, Option<CountryCode>)>,
    ) -> Self {
        let mut calendars = Self::default();
        for (hours, country) in needed {
            let key = key(hours, country);
            calendars.0.entry(key).or_insert_with(|| possible_calendars(key));
        }
        calendars
    }

    /// The calendars by which hours may be read in a country. None unless they were asked for
    /// before.
    pub(super) fn get(
        &self,
        hours: &Expression,
        country: Option<CountryCode>,
    ) -> &[ContextHolidays] {
        self.0.get(&key(hours, country)).map_or(&[], Vec::as_slice)
    }
}

fn key(hours: &Expression, country: Option<CountryCode>) -> CalendarKey {
    (country, hours.uses_public_holidays, hours.uses_school_holidays)
}

/// The calendars that may hold in a country: for each kind of holiday that matters, the days known
/// to be holidays all over it, and beside them those that are somewhere in it. Of a country whose
/// holidays are not known every day may be one.
fn possible_calendars((country, uses_public, uses_school): CalendarKey) -> Vec<ContextHolidays> {
    if !uses_public && !uses_school {
        return vec![ContextHolidays::default()];
    }
    let country = country.and_then(|code| Country::from_str(code.as_str()).ok());
    let everywhere = country.map(Country::holidays).unwrap_or_default();
    let somewhere = country.map(Country::holidays_regional).unwrap_or_default();
    macro_rules! kind {
        ($get:ident, $uses:expr) => {{
            let certain = Arc::new(everywhere.$get().clone());
            if !$uses {
                vec![certain]
            } else if everywhere.$get().count() == 0 {
                // Where only some are known to be somewhere, others may be anywhere.
                vec![certain, Arc::new(EVERY_DAY.$get().clone())]
            } else if somewhere.$get().count() == 0 {
                vec![certain]
            } else {
                let mut possible = everywhere.$get().clone();
                for date in somewhere.$get().iter() {
                    possible.insert(date);
                }
                vec![certain, Arc::new(possible)]
            }
        }};
    }
    let public = kind!(get_public, uses_public);
    let school = kind!(get_school, uses_school);
    let mut calendars = Vec::new();
    for public in &public {
        for school in &school {
            calendars.push(ContextHolidays::new(Arc::clone(public), Arc::clone(school)));
        }
    }
    calendars
}

impl Readings {
    /// The readings of an expression where a machine stands, under each of `calendars`. `None` where the sun rules the hours and does not rise and set every day.
    pub(super) fn of(
        expression: &Expression,
        zone: Tz,
        calendars: &[ContextHolidays],
        sun_at: Option<Position>,
    ) -> Option<Self> {
        let coordinates = match sun_at {
            Some(at) if at.lat_deg().abs() > SUN_LATITUDE_MAX_DEG => return None,
            Some(at) => Some(Coordinates::new(at.lat_deg(), at.lon_deg())?),
            None => None,
        };
        let mut readings = Vec::new();
        for holidays in calendars {
            let here = |hours: &OpeningHours| {
                let place = Place { zone, coordinates };
                let context = Context::default().with_holidays(holidays.clone());
                hours.clone().with_context(context.with_locale(place))
            };
            readings.extend(expression.variants.iter().map(|groups| {
                let group = |days: &Days| Group {
                    today: here(&days.today),
                    past_midnight: days.past_midnight.as_ref().map(here),
                };
                groups.iter().map(group).collect()
            }));
        }
        let calendars = calendars.to_vec();
        Some(Self { all: readings, week: expression.week.clone(), calendars })
    }

    /// What an expression says in any week without holidays, where all such weeks are alike.
    ///
    /// # Cost
    ///
    /// Some ten microseconds.
    pub(super) fn week(expression: &Expression) -> Option<Arc<Week>> {
        if expression.weeks == Weeks::Different {
            return None;
        }
        let anywhere = Self::of(expression, Tz::UTC, &[ContextHolidays::default()], None)?;
        Week::read(|date, minute| anywhere.at(date, minute)).map(Arc::new)
    }

    /// Whether a day may be a holiday of any kind that matters.
    fn may_be_holiday(&self, date: NaiveDate) -> bool {
        self.calendars
            .iter()
            .any(|days| days.get_public().contains(date) || days.get_school().contains(date))
    }

    /// What all readings agree on from a minute of a day on.
    ///
    /// # Cost
    ///
    /// Some nanoseconds in a week like any other, else some microseconds.
    pub(super) fn at(&self, date: NaiveDate, minute: u16) -> Stretch {
        // What is open past midnight goes by the day before.
        if let (Some(week), Some(yesterday)) = (&self.week, date.pred_opt())
            && !self.may_be_holiday(date)
            && !self.may_be_holiday(yesterday)
        {
            return week.at(date, minute);
        }
        // The crate stops in its tracks at some expressions nobody would write. Nothing of it is
        // kept, so nothing can be left half done.
        let agreed = catch_unwind(AssertUnwindSafe(|| self.agreed(date, minute)));
        agreed.unwrap_or(Stretch { is_open: Tri::Unknown, until_min: DAY_MIN, comment: None })
    }

    fn agreed(&self, date: NaiveDate, minute: u16) -> Stretch {
        let mut stretches = self.all.iter().map(|groups| stretch(groups, date, minute));
        let first = stretches.next();
        let Some(first) = first else {
            return Stretch { is_open: Tri::Unknown, until_min: DAY_MIN, comment: None };
        };
        stretches.fold(first, |agreed, other| {
            let is_open =
                if agreed.is_open == other.is_open { agreed.is_open } else { Tri::Unknown };
            Stretch {
                is_open,
                until_min: agreed.until_min.min(other.until_min),
                comment: agreed.comment.or(other.comment),
            }
        })
    }

    /// Whether it is open round the clock, every day of every year.
    pub(super) fn is_always_open(&self, expression: &Expression) -> Tri {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let (from, to) = match expression.period {
            Period::Week => (day(ANY_YEAR, 1, 1), day(ANY_YEAR, 1, 9)),
            Period::Year => (day(ANY_YEAR, 1, 1), day(ANY_YEAR + 1, 1, 2)),
            Period::Never => (day(YEARS.start, 1, 1), day(YEARS.end, 1, 1)),
        };
        let mut always = Tri::Yes;
        for date in from.iter_days().take_while(|date| *date < to) {
            let mut minute = 0;
            while minute < DAY_MIN {
                let stretch = self.at(date, minute);
                always = always.and(stretch.is_open);
                if always == Tri::No {
                    return always;
                }
                minute = stretch.until_min.max(minute + 1);
            }
        }
        always
    }
}

/// What one reading says: the first group of rules that is not closed counts.
fn stretch(groups: &[Group], date: NaiveDate, minute: u16) -> Stretch {
    let mut until_min = DAY_MIN;
    let mut closed_comment = None;
    for group in groups {
        let Stretch { is_open, until_min: until, comment } = group.at(date, minute);
        until_min = until_min.min(until);
        if is_open != Tri::No {
            return Stretch { is_open, until_min, comment };
        }
        closed_comment = closed_comment.or(comment);
    }
    Stretch { is_open: Tri::No, until_min, comment: closed_comment }
}

impl Group {
    fn at(&self, date: NaiveDate, minute: u16) -> Stretch {
        let today = read(self.today.schedule_at(date), minute);
        let Some(past_midnight) = &self.past_midnight else { return today };
        let Some(yesterday) = date.pred_opt() else { return today };
        let left_over = read(past_midnight.schedule_at(yesterday), minute);
        let until_min = today.until_min.min(left_over.until_min);
        let more_open = match (today.is_open, left_over.is_open) {
            (Tri::Yes, _) | (Tri::Unknown, Tri::No | Tri::Unknown) | (Tri::No, Tri::No) => today,
            (Tri::No | Tri::Unknown, _) => left_over,
        };
        Stretch { until_min, ..more_open }
    }
}

/// What a day's schedule says from a minute on.
///
/// A comment says under which condition a place is open, or for whom; nobody here understands it.
fn read(schedule: Schedule, minute: u16) -> Stretch {
    let mut ranges = schedule.into_iter();
    let here = ranges.find(|range| range.range.end.mins_from_midnight() > minute);
    let Some(here) = here else {
        return Stretch { is_open: Tri::No, until_min: DAY_MIN, comment: None };
    };
    let is_commented = !here.comment.is_empty();
    let is_open = match here.kind {
        _ if is_without_hours(&here.comment) => Tri::No,
        RuleKind::Open if !is_commented => Tri::Yes,
        RuleKind::Open | RuleKind::Unknown => Tri::Unknown,
        RuleKind::Closed => Tri::No,
    };
    let comment =
        (is_commented && !is_without_hours(&here.comment)).then(|| Arc::clone(&here.comment));
    Stretch { is_open, until_min: here.range.end.mins_from_midnight().min(DAY_MIN), comment }
}
