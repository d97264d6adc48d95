//! Machines that are open at the same times: the same hours, read by the same clocks and calendar.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Timelike as _};
use chrono_tz::Tz;
use jiff::Timestamp;

use crate::domain::{HoursOf, LocalTime, OpenAt, Openness, Tri};
use crate::json::Json as _;

use super::clock::{clock_change_s, offset_s};
use super::expression::DAY_MIN;
use super::reading::Readings;
use super::seen::Seen;

/// How far ahead a change is looked for. What does not change in a year is said not to change.
const HORIZON_S: i64 = 366 * 86_400;

/// Later than any instant that is asked for.
pub(super) const FOREVER_S: i64 = 100 * 366 * 86_400 * 2;

/// An instant that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Seconds since 1970.
    pub(super) at_s: i64,
    /// Whether it is another than now. What is found out for the two is kept apart, so that
    /// questions about other times do not make those about now cost more.
    pub(super) is_apart: bool,
}

impl Asked {
    /// `None` for hours round the clock.
    pub(super) fn of(when: OpenAt, now: Timestamp) -> Option<Self> {
        match when {
            OpenAt::Always => None,
            OpenAt::Now => Some(Self { at_s: now.as_second(), is_apart: false }),
            OpenAt::At(at) => Some(Self { at_s: at.as_second(), is_apart: true }),
        }
    }
}

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
    /// Where it is the same at all times, what answers say of it, in JSON.
    constant: Box<[u8]>,
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
    /// The same in JSON.
    written: Box<[u8]>,
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
        let mut constant = Vec::new();
        if let Plan::Constant(is_open) = plan {
            always_so(is_open, zone, hours_of).write(&mut constant);
        }
        let (constant, shown) = (constant.into(), ArcSwapOption::empty());
        Self { plan, constant, always, zone, hours_of, seen, shown }
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
        match Asked::of(when, now) {
            None => self.always,
            Some(asked) => self.verdict(asked).0,
        }
    }

    /// Whether the machines are open at an instant, and a second since 1970 until which they are.
    pub(super) fn verdict(&self, asked: Asked) -> (Tri, i64) {
        match &self.plan {
            Plan::Constant(is_open) => (*is_open, FOREVER_S),
            Plan::Hours(zone, readings) => {
                let seen = &self.seen[usize::from(asked.is_apart)];
                seen.get(asked.at_s).unwrap_or_else(|| {
                    let Stretch { is_open, until_s, .. } = stretch(*zone, readings, asked.at_s);
                    seen.set(asked.at_s, until_s, is_open);
                    (is_open, until_s)
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
        match &self.plan {
            Plan::Constant(is_open) => always_so(*is_open, self.zone, self.hours_of),
            Plan::Hours(zone, readings) => {
                self.shown_at(*zone, readings, at, |shown| shown.openness.clone())
            }
        }
    }

    /// Appends the same as JSON, which is kept with it.
    pub(super) fn write_openness(&self, at: Timestamp, out: &mut Vec<u8>) {
        match &self.plan {
            Plan::Constant(_) => out.extend_from_slice(&self.constant),
            Plan::Hours(zone, readings) => {
                self.shown_at(*zone, readings, at, |shown| out.extend_from_slice(&shown.written));
            }
        }
    }

    /// Gives what is to be shown at an instant to `take`, and keeps it for the next who asks.
    fn shown_at<T>(
        &self,
        zone: Tz,
        readings: &Readings,
        at: Timestamp,
        take: impl FnOnce(&Shown) -> T,
    ) -> T {
        let at_s = at.as_second();
        if let Some(shown) = self.shown.load().as_ref()
            && (shown.from_s..shown.until_s).contains(&at_s)
        {
            return take(shown);
        }
        let shown = Arc::new(look_ahead(zone, readings, at_s, self.hours_of));
        self.shown.store(Some(Arc::clone(&shown)));
        take(&shown)
    }
}

/// What is the same at all times.
fn always_so(is_open: Tri, zone: Option<Tz>, hours_of: HoursOf) -> Openness {
    Openness { is_open, changes: None, time_zone: zone.map(Tz::name), hours_of, comment: None }
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
    let mut written = Vec::new();
    openness.write(&mut written);
    let until_s = same_words_until_s.unwrap_or(until_s);
    Shown { from_s: at_s, until_s, openness, written: written.into() }
}
