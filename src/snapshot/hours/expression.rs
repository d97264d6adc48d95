//! Hours as written, taken apart so that every part means what people mean by it.
//!
//! The crate `opening-hours` reads the grammar and knows which rules hold on a day. Three things
//! are done around it:
//!
//! - What is open past midnight belongs to the day it begins on: `Fr 22:00-02:00; Sa 10:00-14:00`
//!   is open on Saturday at one in the morning, whatever the rule for Saturday says.
//! - A fallback (`Mo-Fr 09:00-17:00 || "call us"`) holds at every time nothing before it does.
//! - An open end (`18:00+`) says when it opens and not until when.

use std::sync::Arc;

use opening_hours::{OpeningHours, RuleKind};
use opening_hours_syntax::ExtendedTime;
use opening_hours_syntax::rules::day::{HolidayKind, WeekDayRange};
use opening_hours_syntax::rules::time::{Time, TimeSelector, TimeSpan};
use opening_hours_syntax::rules::{OpeningHoursExpression, RuleOperator, RuleSequence};

use super::week::Week;

/// Minutes of a day.
pub(super) const DAY_MIN: u16 = 24 * 60;

/// How far past midnight an open end may reach: few places that say "18:00+" are open at five.
const OPEN_END_MIN: u16 = 5 * 60;

/// Latest time the grammar knows: midnight of the day after next.
const LATEST_MIN: u16 = 2 * DAY_MIN;

/// The comment of a rule that holds on a day without opening it. No text of a source has it, for
/// ingest takes control characters out.
const NO_HOURS: &str = "\u{1}";

/// Hours as they are evaluated: of each group that of the first that is not closed counts.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    /// What may be meant. More than one where the text leaves open how long it is open.
    pub(super) variants: Vec<Vec<Days>>,
    /// Whether public holidays matter.
    pub(super) uses_public_holidays: bool,
    /// Whether school holidays matter.
    pub(super) uses_school_holidays: bool,
    /// Whether sunrise or sunset matter.
    pub(super) uses_sun: bool,
    /// After which time the hours come again.
    pub(super) period: Period,
    /// Whether on days that are no holidays every week is like any other.
    pub(super) weeks: Weeks,
    /// What they say in such a week, once that was read; shared by all that state these hours.
    pub(super) week: Option<Arc<Week>>,
}

/// After which time hours come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// Every week is like any other.
    Week,
    /// Every year is much like any other.
    Year,
    /// They speak of single years.
    Never,
}

/// How weeks are to each other, on days that are no holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weeks {
    /// Each is like any other.
    Alike,
    /// The sun or the season makes a difference.
    Different,
}

/// The rules of a day, apart from what the day before has left.
#[derive(Clone, Debug)]
pub(super) struct Days {
    /// Up to midnight.
    pub(super) today: OpeningHours,
    /// Past midnight, counted from midnight on.
    pub(super) past_midnight: Option<OpeningHours>,
}

impl Expression {
    /// Takes `text` apart; `None` when it is not understood, or would not be evaluated as it is
    /// meant.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rules = opening_hours_syntax::parse(text).ok()?.rules;
        let spans = || rules.iter().flat_map(|rule| &rule.time_selector.spans);
        let is_sun = |time: &Time| matches!(time, Time::Variable(_));
        let uses_sun = spans().any(|span| is_sun(&span.range.start) || is_sun(&span.range.end));
        let has_open_end = spans().any(|span| span.open_end);
        let repeats = spans().any(|span| span.repeats.is_some());
        if repeats || uses_sun && has_open_end {
            return None;
        }
        let holidays = |wanted: HolidayKind| {
            rules
                .iter()
                .flat_map(|rule| &rule.day_selector.weekday)
                .any(|range| matches!(range, WeekDayRange::Holiday { kind, .. } if *kind == wanted))
        };
        let [uses_public_holidays, uses_school_holidays] =
            [HolidayKind::Public, HolidayKind::School].map(holidays);
        let uses_years = rules.iter().any(|rule| {
            let day = &rule.day_selector;
            !day.year.is_empty() || day.monthday.iter().any(has_year)
        });
        let is_weekly = rules.iter().all(|rule| {
            let day = &rule.day_selector;
            let is_wide = day.monthday.is_empty() && day.week.is_empty();
            is_wide && day.weekday.iter().all(is_every_week)
        });
        let is_alike = !uses_sun
            && rules.iter().all(|rule| {
                let day = &rule.day_selector;
                let is_wide = day.year.is_empty() && day.monthday.is_empty() && day.week.is_empty();
                is_wide && day.weekday.iter().all(|days| is_every_week(days) || is_holiday(days))
            });
        let period = match (uses_years, is_weekly && !uses_sun) {
            (true, _) => Period::Never,
            (false, true) => Period::Week,
            (false, false) => Period::Year,
        };
        let kinds: &[OpenEnd] =
            if has_open_end { &[OpenEnd::Shortest, OpenEnd::Longest] } else { &[OpenEnd::Longest] };
        let groups: Vec<Vec<RuleSequence>> = groups(rules);
        let variants: Option<Vec<Vec<Days>>> = kinds
            .iter()
            .map(|&open_end| {
                if let [only] = groups.as_slice()
                    && is_plain(only, open_end)
                {
                    let today = text.parse().ok()?;
                    return Some(vec![Days { today, past_midnight: None }]);
                }
                groups.iter().map(|rules| Days::of(rules, open_end)).collect()
            })
            .collect();
        Some(Self {
            variants: variants?,
            uses_public_holidays,
            uses_school_holidays,
            uses_sun,
            period,
            weeks: if is_alike { Weeks::Alike } else { Weeks::Different },
            week: None,
        })
    }

    /// Whether it says "open" of every day and time, without comment or condition.
    pub(super) fn is_round_the_clock(&self) -> bool {
        let [groups] = self.variants.as_slice() else { return false };
        let [Days { today, past_midnight: None }] = groups.as_slice() else { return false };
        let expression = today.get_expression();
        let last = expression.rules.last();
        expression.is_constant()
            && last.is_some_and(|rule| rule.kind == RuleKind::Open && rule.comment.is_empty())
    }
}

fn has_year(range: &opening_hours_syntax::rules::day::MonthdayRange) -> bool {
    use opening_hours_syntax::rules::day::MonthdayRange::{Date, Month};
    match range {
        Month { year, .. } => year.is_some(),
        Date { start: (start, _), end: (end, _) } => start.year().is_some() || end.year().is_some(),
    }
}

fn is_every_week(range: &WeekDayRange) -> bool {
    match range {
        WeekDayRange::Fixed { nth_from_start, nth_from_end, .. } => {
            !nth_from_start.contains(&false) && !nth_from_end.contains(&false)
        }
        WeekDayRange::Holiday { .. } => false,
    }
}

/// Whether a range is of holidays themselves, and not of days before or after them.
fn is_holiday(range: &WeekDayRange) -> bool {
    matches!(range, WeekDayRange::Holiday { offset: 0, .. })
}

/// Rules split before every fallback.
fn groups(rules: Vec<RuleSequence>) -> Vec<Vec<RuleSequence>> {
    let mut groups: Vec<Vec<RuleSequence>> = Vec::new();
    for mut rule in rules {
        match groups.last_mut() {
            Some(group) if rule.operator != RuleOperator::Fallback => group.push(rule),
            _ => {
                rule.operator = RuleOperator::Normal;
                groups.push(vec![rule]);
            }
        }
    }
    groups
}

/// How an open end is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OpenEnd {
    /// As if it closed at the end given, or a minute after it opens.
    Shortest,
    /// As if it were open far into the night.
    Longest,
}

/// Minutes from midnight a span begins and ends; `None` when the sun rules it.
fn minutes(span: &TimeSpan, open_end: OpenEnd) -> Option<(u16, u16)> {
    let (Time::Fixed(from), Time::Fixed(to)) = (span.range.start, span.range.end) else {
        return None;
    };
    let (from, to) = (from.mins_from_midnight(), to.mins_from_midnight());
    let to = if to > from { to } else { to + DAY_MIN };
    let to = match (span.open_end, open_end) {
        (true, OpenEnd::Shortest) if to == DAY_MIN => from + 1,
        (false, _) | (true, OpenEnd::Shortest) => to,
        (true, OpenEnd::Longest) => to.max(DAY_MIN) + OPEN_END_MIN,
    };
    Some((from, to.min(LATEST_MIN)))
}

fn span(from: u16, to: u16) -> Option<TimeSpan> {
    let time = ExtendedTime::from_mins_from_midnight;
    (from < to).then_some(())?;
    Some(TimeSpan::fixed_range(time(from)?, time(to)?))
}

impl Days {
    fn of(rules: &[RuleSequence], open_end: OpenEnd) -> Option<Self> {
        if is_plain(rules, open_end) {
            return Some(Self { today: written_out(rules.to_vec())?, past_midnight: None });
        }
        let today = rules.iter().map(|rule| {
            with_spans(rule, |written| match minutes(written, open_end) {
                Some((from, to)) => span(from, to.min(DAY_MIN)),
                None => Some(written.clone()),
            })
            .unwrap_or_else(|| without_hours(rule))
        });
        let today = written_out(today.collect())?;
        let past = rules.iter().filter_map(|rule| {
            let is_whole_day = rule.time_selector == TimeSelector::default();
            if rule.kind == RuleKind::Closed && is_whole_day {
                return Some(rule.clone());
            }
            let past = with_spans(rule, |written| {
                let (from, to) = minutes(written, open_end)?;
                span(from.max(DAY_MIN) - DAY_MIN, to.max(DAY_MIN) - DAY_MIN)
            });
            // A rule that adds to others, or takes from them, does nothing without hours; any
            // other still holds instead of those before it.
            let is_instead = rule.operator == RuleOperator::Normal && rule.kind != RuleKind::Closed;
            past.or_else(|| is_instead.then(|| without_hours(rule)))
        });
        let past: Vec<RuleSequence> = past.collect();
        let opens = past
            .iter()
            .any(|rule| rule.kind != RuleKind::Closed && rule.comment.as_ref() != NO_HOURS);
        let past_midnight = if opens { Some(written_out(past)?) } else { None };
        Some(Self { today, past_midnight })
    }
}

/// Whether rules have no open end and open no day past its midnight.
fn is_plain(rules: &[RuleSequence], open_end: OpenEnd) -> bool {
    let reaches_past =
        |span: &TimeSpan| minutes(span, open_end).is_some_and(|(_, to)| to > DAY_MIN);
    let mut spans = rules.iter().flat_map(|rule| &rule.time_selector.spans);
    spans.all(|span| !span.open_end && !reaches_past(span))
}

/// The rule with other spans; `None` when none is left.
fn with_spans(
    rule: &RuleSequence,
    change: impl Fn(&TimeSpan) -> Option<TimeSpan>,
) -> Option<RuleSequence> {
    let spans: Vec<TimeSpan> = rule.time_selector.spans.iter().filter_map(change).collect();
    let time_selector = TimeSelector { spans };
    (!time_selector.spans.is_empty()).then(|| RuleSequence { time_selector, ..rule.clone() })
}

/// The rule holding on its days without opening them.
fn without_hours(rule: &RuleSequence) -> RuleSequence {
    RuleSequence {
        time_selector: TimeSelector { spans: span(0, 1).into_iter().collect() },
        kind: RuleKind::Unknown,
        comment: NO_HOURS.into(),
        ..rule.clone()
    }
}

/// Whether a rule's comment marks it as one without hours.
pub(super) fn is_without_hours(comment: &str) -> bool {
    comment == NO_HOURS
}

/// Rules as the crate evaluates them. It takes them as text alone, so they are written out, and
/// compared with what is read back.
fn written_out(rules: Vec<RuleSequence>) -> Option<OpeningHours> {
    let expression = OpeningHoursExpression { rules };
    let hours: OpeningHours = expression.to_string().parse().ok()?;
    let read = hours.get_expression();
    let is_same = |written: &RuleSequence, read: &RuleSequence| {
        // A rule that adds hours to every day is written "Mo-Su".
        let same_days = written.day_selector == read.day_selector
            || written.operator == RuleOperator::Additional && written.day_selector.is_empty();
        same_days
            && written.time_selector == read.time_selector
            && written.kind == read.kind
            && written.operator == read.operator
            && written.comment == read.comment
    };
    let pairs = || expression.rules.iter().zip(&read.rules);
    (expression.rules.len() == read.rules.len() && pairs().all(|(w, r)| is_same(w, r)))
        .then_some(hours)
}
