//! Opening times and ages as people say them.

use jiff::Timestamp;

use crate::domain::{LocalTime, Openness, Outlook, Tri};

use super::Voice;
use super::length::region;

/// Regions whose speakers of English read clocks of twelve hours.
const TWELVE_HOURS: [&str; 6] = ["US", "CA", "AU", "NZ", "IN", "PH"];

/// How many days ahead a day of the week names one day.
const WEEK_DAYS: i32 = 7;

pub(super) fn counts_twelve(locale: Option<&str>) -> bool {
    let region = locale.and_then(region);
    region.is_some_and(|region| TWELVE_HOURS.iter().any(|one| one.eq_ignore_ascii_case(region)))
}

impl Voice<'_> {
    /// A time of day as clocks there show it.
    fn clock(&self, time: LocalTime) -> String {
        let (hour, minute) = time.hour_minute();
        if !self.counts_twelve {
            return format!("{hour:02}:{minute:02}");
        }
        let half = if hour < 12 { "am" } else { "pm" };
        let hour = match hour % 12 {
            0 => 12,
            hour => hour,
        };
        if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
    }

    /// A time as it is said at `now`: with its day where that is not today.
    pub(in crate::chat) fn at(&self, time: LocalTime, now: Timestamp) -> String {
        let clock = self.clock(time);
        match time.days_after(now) {
            0 => self.tell("at-time", &[("time", clock.into())]),
            1 => self.tell("tomorrow-at", &[("time", clock.into())]),
            2..WEEK_DAYS => {
                let day = self.say(&format!("day-{}", time.weekday().to_monday_one_offset()));
                self.tell("at-day-time", &[("day", day.into()), ("time", clock.into())])
            }
            _ => {
                let day = time.date().to_string();
                self.tell("at-day-time", &[("day", day.into()), ("time", clock.into())])
            }
        }
    }

    /// Whether a machine is open, until when or when it opens.
    pub(in crate::chat) fn openness(
        &self,
        openness: &Openness,
        always_open: Tri,
        now: Timestamp,
    ) -> String {
        let minutes = |id, minutes: u16| self.tell(id, &[("minutes", minutes.into())]);
        let time = |id, time| self.tell(id, &[("time", self.at(time, now).into())]);
        match openness.outlook(now) {
            Outlook::Open if always_open == Tri::Yes => self.say("open-always"),
            Outlook::Open => self.say("open-now"),
            Outlook::ClosesIn(soon) => minutes("open-closes-in", soon),
            Outlook::ClosesAt(at) => time("open-closes-at", at),
            Outlook::Closed => self.say("closed-now"),
            Outlook::OpensIn(soon) => minutes("closed-opens-in", soon),
            Outlook::OpensAt(at) => time("closed-opens-at", at),
            Outlook::Unknown => self.say("open-unknown"),
        }
    }

    /// How long ago something was.
    pub(in crate::chat) fn age(&self, since: Timestamp, now: Timestamp) -> String {
        let minutes = (now.as_second() - since.as_second()).max(0) / 60;
        match minutes {
            0 => self.say("age-now"),
            1..60 => self.tell("age-minutes", &[("n", minutes.into())]),
            60..2880 => self.tell("age-hours", &[("n", (minutes / 60).into())]),
            _ => self.tell("age-days", &[("n", (minutes / 1440).into())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Phrases, Units};
    use super::*;
    use crate::chat::Language;

    #[test]
    fn times_are_said_with_their_day_by_the_clock_of_the_person() {
        let phrases = Phrases::load().unwrap();
        let say = |language, locale, time: &str| {
            let voice = phrases.voice(language, Some(locale), Units::Metric);
            let now = "2026-11-24T12:00:00Z".parse().unwrap();
            voice.at(LocalTime::new(time.parse().unwrap(), 3600), now)
        };
        assert_eq!(say(Language::En, "en-GB", "2026-11-24T17:00:00Z"), "at 18:00");
        assert_eq!(say(Language::En, "en-US", "2026-11-24T17:00:00Z"), "at 6 pm");
        assert_eq!(say(Language::En, "en-US", "2026-11-24T23:30:00Z"), "tomorrow at 12:30 am");
        assert_eq!(say(Language::De, "de-US", "2026-11-27T08:00:00Z"), "Freitag um 09:00 Uhr");
        assert_eq!(say(Language::En, "", "2026-12-24T08:00:00Z"), "2026-12-24 at 09:00");
    }

    #[test]
    fn ages_are_said_in_the_largest_unit_that_tells() {
        let phrases = Phrases::load().unwrap();
        let voice = phrases.voice(Language::En, None, Units::Metric);
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (seconds, said) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7199, "1 hour ago"),
            (172_800, "2 days ago"),
        ] {
            let since = Timestamp::from_second(1_000_000 - seconds).unwrap();
            assert_eq!(voice.age(since, now), said);
        }
    }
}
