//! Machines that are open at the same times: the same hours, read by the same clocks and calendar.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Timelike as _};
use chrono_tz::Tz;
use jiff::Timestamp;

use crate::domain::{HoursOf, LocalTime, OpenAt, Openness, Tri};

use super::clock::{clock_change_s, offset_s};
use super::expression::DAY_MIN;
use super::reading::Readings;

/// How far ahead a change is looked for. What does not change in a year is said not to change.
const HORIZON_S: i64 = 366 * 86_400;

/// What is known of when the machines of a class are open.
#[derive(Debug)]
pub(super) enum Plan {
    /// The same at all times: round the clock, or never known.
    Constant(Tri),
    /// By hours, where these clocks go.
    Hours(Tz, Readings),
}

/// Machines that are open at the same times.
#[derive(Debug)]
pub(super) struct Class {
    plan: Plan,
    /// Whether they are open round the clock.
    always: Tri,
    zone: Option<Tz>,
    hours_of: HoursOf,
    /// What was last found out for questions about now, and about other instants.
    seen: [Seen; 2],
    /// What was last shown.
    shown: ArcSwapOption<Shown>,
}

/// An [`Openness`] and the instants it holds for.
#[derive(Debug)]
struct Shown {
    from_s: i64,
    until_s: i64,
    openness: Openness,
}

/// What hours say from an instant on.
struct Stretch {
    is_open: Tri,
    until_s: i64,
    comment: Option<Arc<str>>,
}

impl Class {
    pub(super) fn new(plan: Plan, always: Tri, zone: Option<Tz>, hours_of: HoursOf) -> Self {
        let seen = [Seen::default(), Seen::default()];
        Self { plan, always, zone, hours_of, seen, shown: ArcSwapOption::empty() }
    }

    /// What holds of the machines at all times; `None` where that changes.
    pub(super) fn constant(&self) -> Option<Tri> {
        match self.plan {
            Plan::Constant(is_open) => Some(is_open),
            Plan::Hours(..) => None,
        }
    }

    /// Whether the machines are open round the clock.
    pub(super) fn always(&self) -> Tri {
        self.always
    }

    /// Whether the machines are open when asked for, in three values.
    ///
    /// # Cost
    ///
    /// Some nanoseconds while what was last found out holds, else some microseconds. No lock.
    pub(super) fn is_open(&self, when: OpenAt, now: Timestamp) -> Tri {
        let (seen, at) = match when {
            OpenAt::Always => return self.always,
            OpenAt::Now => (&self.seen[0], now),
            OpenAt::At(at) => (&self.seen[1], at),
        };
        match &self.plan {
            Plan::Constant(is_open) => *is_open,
            Plan::Hours(zone, readings) => {
                let at_s = at.as_second();
                seen.get(at_s).unwrap_or_else(|| {
                    let Stretch { is_open, until_s, .. } = stretch(*zone, readings, at_s);
                    seen.set(at_s, until_s, is_open);
                    is_open
                })
            }
        }
    }

    /// Whether the machines are open at an instant, and what follows.
    ///
    /// # Cost
    ///
    /// Some nanoseconds while what was last shown holds, else some microseconds for every change
    /// of state or day until the next change. No lock.
    pub(super) fn openness(&self, at: Timestamp) -> Openness {
        let (zone, readings) = match &self.plan {
            Plan::Constant(is_open) => {
                return Openness {
                    is_open: *is_open,
                    changes: None,
                    time_zone: self.zone.map(Tz::name),
                    hours_of: self.hours_of,
                    comment: None,
                };
            }
            Plan::Hours(zone, readings) => (*zone, readings),
        };
        let at_s = at.as_second();
        if let Some(shown) = self.shown.load().as_ref()
            && (shown.from_s..shown.until_s).contains(&at_s)
        {
            return shown.openness.clone();
        }
        let shown = Arc::new(look_ahead(zone, readings, at_s, self.hours_of));
        self.shown.store(Some(Arc::clone(&shown)));
        shown.openness.clone()
    }
}

/// What hours say from an instant until the next time their state, the day, or the clocks change.
fn stretch(zone: Tz, readings: &Readings, at_s: i64) -> Stretch {
    let offset_here_s = offset_s(zone, at_s);
    let local = DateTime::from_timestamp(at_s + i64::from(offset_here_s), 0).unwrap_or_default();
    let second = i64::from(local.num_seconds_from_midnight());
    let minute = u16::try_from(second / 60).unwrap_or(DAY_MIN - 1);
    let here = readings.at(local.date_naive(), minute);
    let until_min = here.until_min.max(minute + 1);
    let by_clock_s = at_s - second + i64::from(until_min) * 60;
    let until_s = clock_change_s(zone, at_s, by_clock_s).unwrap_or(by_clock_s);
    Stretch { is_open: here.is_open, until_s, comment: here.comment }
}

fn look_ahead(zone: Tz, readings: &Readings, at_s: i64, hours_of: HoursOf) -> Shown {
    let now = stretch(zone, readings, at_s);
    let (mut until_s, mut same_words_until_s) = (now.until_s, None);
    let mut next = None;
    while until_s - at_s <= HORIZON_S {
        let after = stretch(zone, readings, until_s);
        if after.comment != now.comment {
            same_words_until_s.get_or_insert(until_s);
        }
        if after.is_open != now.is_open {
            next = Some(after.is_open);
            break;
        }
        until_s = after.until_s;
    }
    // Open is open until whatever follows; closed is closed until what follows is open.
    let is_told = match now.is_open {
        Tri::Yes => next.is_some(),
        Tri::No => next == Some(Tri::Yes),
        Tri::Unknown => false,
    };
    let change = Timestamp::from_second(until_s).ok().filter(|_| is_told);
    let openness = Openness {
        is_open: now.is_open,
        changes: change.map(|change| LocalTime::new(change, offset_s(zone, until_s))),
        time_zone: Some(zone.name()),
        hours_of,
        comment: now.comment,
    };
    Shown { from_s: at_s, until_s: same_words_until_s.unwrap_or(until_s), openness }
}

/// A verdict and the minutes since 1970 it holds from and until, in one word: whoever reads it sees
/// all of it or nothing.
#[derive(Debug, Default)]
struct Seen(AtomicU64);

/// Bits of a number of minutes: enough for 4,000 years.
const MINUTES_BITS: u32 = 31;

impl Seen {
    fn get(&self, at_s: i64) -> Option<Tri> {
        let word = self.0.load(Ordering::Relaxed);
        let minutes = |shift: u32| (word >> shift) & ((1 << MINUTES_BITS) - 1);
        let minute = u64::try_from(at_s.div_euclid(60)).ok()?;
        let holds = minutes(2) <= minute && minute < minutes(2 + MINUTES_BITS);
        match word & 0b11 {
            1 if holds => Some(Tri::Yes),
            2 if holds => Some(Tri::No),
            3 if holds => Some(Tri::Unknown),
            _ => None,
        }
    }

    /// Keeps a verdict. States change at whole minutes, so it holds from the start of its own.
    fn set(&self, from_s: i64, until_s: i64, verdict: Tri) {
        let minute = |at_s: i64| {
            let minute = u64::try_from(at_s.div_euclid(60)).ok()?;
            (minute < 1 << MINUTES_BITS).then_some(minute)
        };
        let (Some(from), Some(until)) = (minute(from_s), minute(until_s)) else { return };
        let verdict = match verdict {
            Tri::Yes => 1,
            Tri::No => 2,
            Tri::Unknown => 3,
        };
        self.0.store(verdict | from << 2 | until << (2 + MINUTES_BITS), Ordering::Relaxed);
    }
}
