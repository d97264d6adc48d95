//! Hours of a week that is like any other, in a form that is read in nanoseconds.

use chrono::{Datelike as _, NaiveDate};

use crate::domain::Tri;

use super::expression::DAY_MIN;
use super::reading::Stretch;

/// Minutes of a week.
const WEEK_MIN: u16 = 7 * DAY_MIN;

/// A Monday; which one does not matter to hours that come again every week.
const A_MONDAY: NaiveDate = NaiveDate::from_ymd_opt(2024, 1, 8).unwrap();

/// What hours say of every minute of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    /// The stretches of one verdict, in order: the minute of the week each ends at, and in the two
    /// lowest bits the verdict.
    stretches: Box<[u16]>,
}

impl Week {
    /// Reads a week by `at`, which says what holds from a minute of a day on. `None` when something
    /// is said in words: what is kept here has no place for it.
    pub(super) fn read(at: impl Fn(NaiveDate, u16) -> Stretch) -> Option<Self> {
        let mut stretches: Vec<u16> = Vec::new();
        for (date, day_from) in A_MONDAY.iter_days().zip((0..WEEK_MIN).step_by(DAY_MIN.into())) {
            let mut minute = 0;
            while minute < DAY_MIN {
                let Stretch { is_open, until_min, comment: None } = at(date, minute) else {
                    return None;
                };
                minute = until_min.clamp(minute + 1, DAY_MIN);
                let verdict = match is_open {
                    Tri::Yes => 1,
                    Tri::No => 2,
                    Tri::Unknown => 3,
                };
                let packed = (day_from + minute) << 2 | verdict;
                match stretches.last_mut() {
                    Some(last) if *last & 0b11 == verdict => *last = packed,
                    _ => stretches.push(packed),
                }
            }
        }
        Some(Self { stretches: stretches.into() })
    }

    /// What holds from a minute of a day on, until midnight at the latest.
    pub(super) fn at(&self, date: NaiveDate, minute: u16) -> Stretch {
        let days = u16::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        let day_from = days * DAY_MIN;
        let now = day_from + minute.min(DAY_MIN - 1);
        let place = self.stretches.partition_point(|packed| packed >> 2 <= now);
        let packed = self.stretches.get(place).copied().unwrap_or(WEEK_MIN << 2 | 3);
        let is_open = match packed & 0b11 {
            1 => Tri::Yes,
            2 => Tri::No,
            _ => Tri::Unknown,
        };
        let until_min = ((packed >> 2) - day_from).min(DAY_MIN);
        Stretch { is_open, until_min, comment: None }
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::Expression;
    use super::super::reading::Readings;
    use super::*;

    use chrono_tz::Tz;
    use opening_hours::ContextHolidays;

    fn readings(text: &str) -> Readings {
        let expression = Expression::parse(text).unwrap();
        Readings::of(&expression, Tz::UTC, &[ContextHolidays::default()], None).unwrap()
    }

    #[test]
    fn a_week_says_of_every_minute_what_the_rules_say() {
        for text in [
            "Mo-Fr 09:00-17:00",
            "Mo-Fr 08:00-12:00,13:00-18:00; Sa 10:00-14:00; PH off",
            "Mo-Th 06:00-02:00; Fr 06:00-03:00; Sa 10:00-14:00; Su off",
            "Mo-Su 06:00-23:00; PH,Su 10:00-18:00",
            "Fr 18:00+",
            "Mo-Sa 00:00-24:00",
            "Su 23:59-24:00",
        ] {
            let by_rules = readings(text);
            let week = Week::read(|date, minute| by_rules.at(date, minute)).unwrap();
            // Two weeks that are not the one it was read from.
            for date in NaiveDate::from_ymd_opt(2026, 5, 4).unwrap().iter_days().take(14) {
                for minute in 0..DAY_MIN {
                    let (read, told) = (week.at(date, minute), by_rules.at(date, minute));
                    assert_eq!(read.is_open, told.is_open, "{text}, {date}, {minute}");
                    // It may hold longer than the rules see, but nothing changes before.
                    assert!(read.until_min >= told.until_min, "{text}, {date}, {minute}");
                    let end = read.until_min;
                    let after = by_rules.at(date, (end - 1).max(minute)).is_open;
                    assert_eq!(after, read.is_open, "{text}, {date}, {minute}");
                }
            }
        }
    }

    #[test]
    fn words_have_no_place_in_a_week() {
        let by_rules = readings("Mo-Fr 09:00-17:00 \"ring the bell\"");
        assert_eq!(Week::read(|date, minute| by_rules.at(date, minute)), None);
    }
}
