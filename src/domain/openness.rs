//! When an ATM can be used: what is asked, and what is answered.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;

use super::attribute::Tri;

/// Most minutes ahead that are better said as a number of minutes than as a time of day.
pub const SOON_MINUTES: u16 = 60;

/// When a machine is asked to be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenAt {
    /// At the instant the question is answered for.
    Now,
    /// Round the clock, every day.
    Always,
    /// At this instant.
    At(Timestamp),
}

impl OpenAt {
    /// The instants that can be asked for: those the calendars of public holidays cover.
    pub const ACCEPTED: &'static str = "now, always, or a time by RFC 3339 with its offset from \
                                        UTC, of the years 2000 to 2075, such as 2026-08-22T09:00:00+03:00";

    /// Reads `now`, `always` or an instant by RFC 3339; `None` for anything else, and for
    /// instants outside the years 2000 to 2075.
    ///
    /// A plus sign that a query string has turned into a space is read as the plus sign: nothing
    /// else can stand there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "now" => return Some(Self::Now),
            "always" => return Some(Self::Always),
            _ => {}
        }
        let is_cut = |at: usize| text.as_bytes().get(at) == Some(&b' ');
        let spaced = text.len().checked_sub("+00:00".len()).filter(|&at| is_cut(at));
        let text = match spaced {
            Some(at) => format!("{}+{}", &text[..at], &text[at + 1..]),
            None => text.to_owned(),
        };
        let is_rfc_3339 = text.len() >= "2026-08-22T09:00:00Z".len()
            && matches!(text.as_bytes()[10], b'T' | b't' | b' ')
            && !text.contains(['[', ',']);
        let at: Timestamp = text.parse().ok().filter(|_| is_rfc_3339)?;
        Self::accepts(&at).then_some(Self::At(at))
    }

    /// Whether an instant can be asked for.
    #[must_use]
    pub fn accepts(at: &Timestamp) -> bool {
        (2000..=2075).contains(&Offset::UTC.to_datetime(*at).year())
    }
}

impl fmt::Display for OpenAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Always => f.write_str("always"),
            Self::At(at) => at.fmt(f),
        }
    }
}

/// Whose hours they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HoursOf {
    /// Stated of the machine itself.
    #[default]
    Machine,
    /// Of the building or business the machine stands inside of, which its source describes: an
    /// inference.
    Host,
    /// Of the place: the one thing all who state hours there and stand inside agree on, while the
    /// machine itself states none: an inference.
    Site,
}

impl HoursOf {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Host => "host",
            Self::Site => "site",
        }
    }
}

/// An instant as the clocks of a place show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    at: Timestamp,
    offset: Offset,
}

impl LocalTime {
    /// The instant `at` where clocks are `offset_s` seconds ahead of UTC. Offsets no place has
    /// count as none.
    #[must_use]
    pub fn new(at: Timestamp, offset_s: i32) -> Self {
        Self { at, offset: Offset::from_seconds(offset_s).unwrap_or(Offset::UTC) }
    }

    /// The instant.
    #[must_use]
    pub fn instant(self) -> Timestamp {
        self.at
    }

    /// What clocks and calendars show there.
    #[must_use]
    pub fn shown(self) -> DateTime {
        self.offset.to_datetime(self.at)
    }

    /// How many seconds clocks there are ahead of UTC.
    #[must_use]
    pub fn offset_s(self) -> i32 {
        self.offset.seconds()
    }

    /// The date there.
    #[must_use]
    pub fn date(self) -> Date {
        self.shown().date()
    }

    /// The day of the week there.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        self.date().weekday()
    }

    /// The hour (0 to 23) and minute that clocks show there.
    #[must_use]
    pub fn hour_minute(self) -> (i8, i8) {
        let there = self.shown();
        (there.hour(), there.minute())
    }

    /// How many calendar days ahead of `now` it is there: 0 is the same day, 1 the next.
    #[must_use]
    pub fn days_after(self, now: Timestamp) -> i32 {
        let today = self.offset.to_datetime(now).date();
        self.date().since(today).map_or(0, |span| span.get_days())
    }
}

/// By RFC 3339, with the place's own offset.
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.display_with_offset(self.offset).fmt(f)
    }
}

/// Whether a machine is open at an instant, and what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Openness {
    /// Whether it is open.
    pub is_open: Tri,
    /// When an open machine closes, or a closed one opens. `None` when that is not known, or not
    /// within a year. Of a machine of which it is not known whether it is open always `None`.
    pub changes: Option<LocalTime>,
    /// The name of its time zone, of the IANA database. `None` where no zone covers its position.
    pub time_zone: Option<&'static str>,
    /// Whose hours they are.
    pub hours_of: HoursOf,
    /// What the hours say of this time in words, such as "by appointment". It is not understood,
    /// so that a machine open under a comment is of unknown state.
    pub comment: Option<Arc<str>>,
}

/// An [`Openness`] as a person would be told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Open; when it closes is not known, or is never.
    Open,
    /// Open, and closes in so many minutes, at most [`SOON_MINUTES`].
    ClosesIn(u16),
    /// Open, and closes at this time.
    ClosesAt(LocalTime),
    /// Closed; when it opens is not known.
    Closed,
    /// Closed, and opens in so many minutes, at most [`SOON_MINUTES`].
    OpensIn(u16),
    /// Closed, and opens at this time.
    OpensAt(LocalTime),
    /// Not known.
    Unknown,
}

impl Openness {
    /// The word used in JSON.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self.is_open {
            Tri::Yes => "open",
            Tri::No => "closed",
            Tri::Unknown => "unknown",
        }
    }

    /// What to tell a person at `now`, the instant this was judged for.
    #[must_use]
    pub fn outlook(&self, now: Timestamp) -> Outlook {
        let soon = self.changes.and_then(|change| {
            let seconds = change.instant().as_second() - now.as_second();
            let minutes = u16::try_from((seconds + 59) / 60).ok()?;
            (minutes <= SOON_MINUTES).then_some(minutes)
        });
        match (self.is_open, soon, self.changes) {
            (Tri::Unknown, ..) => Outlook::Unknown,
            (Tri::Yes, Some(minutes), _) => Outlook::ClosesIn(minutes),
            (Tri::Yes, None, Some(change)) => Outlook::ClosesAt(change),
            (Tri::Yes, None, None) => Outlook::Open,
            (Tri::No, Some(minutes), _) => Outlook::OpensIn(minutes),
            (Tri::No, None, Some(change)) => Outlook::OpensAt(change),
            (Tri::No, None, None) => Outlook::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_read_with_their_offset_or_refused() {
        let morning = OpenAt::At(at("2026-08-22T06:00:00Z"));
        for text in [
            "2026-08-22T09:00:00+03:00",
            "2026-08-22T09:00:00 03:00",
            "2026-08-22T06:00:00Z",
            "2026-08-22t06:00:00z",
            "2026-08-22T06:00:00.000Z",
            "2026-08-21T23:30:00-06:30",
        ] {
            assert_eq!(OpenAt::parse(text), Some(morning), "{text}");
        }
        assert_eq!(OpenAt::parse("now"), Some(OpenAt::Now));
        assert_eq!(OpenAt::parse("always"), Some(OpenAt::Always));
        for text in [
            "",
            "Now",
            "today",
            "09:00",
            "2026-08-22",
            "2026-08-22T09:00:00",
            "2026-08-22T09:00+03:00[Europe/Helsinki]",
            "2026-13-22T09:00:00Z",
            "2026-08-22T25:00:00Z",
            "1999-12-31T23:59:59Z",
            "2076-01-01T00:00:00Z",
            "1766300400",
            "時時時時時時時時時",
        ] {
            assert_eq!(OpenAt::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_is_told_in_minutes_when_it_is_near_and_by_the_clock_when_it_is_not() {
        let change = LocalTime::new(at("2026-08-22T12:30:00Z"), 19_800);
        let open = Openness { is_open: Tri::Yes, changes: Some(change), ..Openness::default() };
        let closed = Openness { is_open: Tri::No, ..open.clone() };
        for (now, openness, outlook) in [
            ("2026-08-22T12:10:00Z", &open, Outlook::ClosesIn(20)),
            ("2026-08-22T12:10:01Z", &open, Outlook::ClosesIn(20)),
            ("2026-08-22T12:29:59Z", &open, Outlook::ClosesIn(1)),
            ("2026-08-22T11:29:00Z", &open, Outlook::ClosesAt(change)),
            ("2026-08-22T11:30:00Z", &closed, Outlook::OpensIn(60)),
            ("2026-08-21T18:00:00Z", &closed, Outlook::OpensAt(change)),
        ] {
            assert_eq!(openness.outlook(at(now)), outlook, "{now}");
        }
        assert_eq!(change.to_string(), "2026-08-22T18:00:00+05:30");
        assert_eq!(change.hour_minute(), (18, 0));
        assert_eq!(change.weekday(), Weekday::Saturday);
        assert_eq!(change.days_after(at("2026-08-21T18:29:00Z")), 1);
        assert_eq!(change.days_after(at("2026-08-21T18:30:00Z")), 0);
        let unknown = Openness { is_open: Tri::Unknown, ..open };
        assert_eq!(unknown.outlook(at("2026-08-22T12:10:00Z")), Outlook::Unknown);
        assert_eq!(Openness::default().outlook(at("2026-08-22T12:10:00Z")), Outlook::Unknown);
    }
}
