//! Weekly hours given day by day, turned into the grammar of `OpenStreetMap`.
//!
//! A day of which nothing is stated is written `unknown`: the grammar takes a day that is not
//! mentioned for closed, and nobody said so.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::name_key;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Day {
    Mo,
    Tu,
    We,
    Th,
    Fr,
    Sa,
    Su,
}

impl Day {
    /// Every day, Monday first.
    pub(crate) const ALL: [Self; 7] =
        [Self::Mo, Self::Tu, Self::We, Self::Th, Self::Fr, Self::Sa, Self::Su];

    /// Its name in the grammar.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Mo => "Mo",
            Self::Tu => "Tu",
            Self::We => "We",
            Self::Th => "Th",
            Self::Fr => "Fr",
            Self::Sa => "Sa",
            Self::Su => "Su",
        }
    }

    /// The day with this name in one of the languages known, also as a `schema.org` address.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let key = name_key(name.rsplit('/').next().unwrap_or(name));
        DAYS_BY_NAME.get(key.as_str()).copied()
    }

    /// The days this text names: one day, a run of days (`Mon-Fri`, `Monday to Friday`), a list
    /// of those, or a word for several (`weekdays`).
    pub(crate) fn several_by_name(text: &str) -> Option<Vec<Self>> {
        let key = name_key(text);
        if let Some((_, days)) = SEVERAL_DAYS.iter().find(|(names, _)| names.contains(&&*key)) {
            return Some(days.to_vec());
        }
        let mut days = Vec::new();
        for part in text.split([',', ';', '&', '+']) {
            if let Some(day) = Self::by_name(part) {
                days.push(day);
                continue;
            }
            let (first, last) = split_once_at(part, RANGE_MARKS, RANGE_WORDS)?;
            let (first, last) = (Self::by_name(first)?, Self::by_name(last)?);
            let from_first = Self::ALL.iter().cycle().skip_while(move |day| **day != first);
            let run = from_first.take(7).copied();
            let length = (7 + last as usize - first as usize) % 7 + 1;
            days.extend(run.take(length));
        }
        Some(days)
    }
}

/// Names of days as [`name_key`] leaves them: English, Spanish, French, German, Portuguese,
/// Italian, Dutch, Polish, Russian, Japanese, Chinese.
#[rustfmt::skip]
const DAY_NAMES: &[(Day, &[&str])] = &[
    (Day::Mo, &[
        "mo", "mon", "monday", "lun", "lunes", "lundi", "montag", "segunda", "segundafeira",
        "lunedi", "maandag", "poniedzialek", "понедельник", "пн", "月", "月曜", "月曜日", "星期一", "周一",
    ]),
    (Day::Tu, &[
        "tu", "tue", "tues", "tuesday", "martes", "mardi", "dienstag", "terca", "tercafeira",
        "martedi", "dinsdag", "wtorek", "вторник", "вт", "火", "火曜", "火曜日", "星期二", "周二",
    ]),
    (Day::We, &[
        "we", "wed", "weds", "wednesday", "miercoles", "mercredi", "mittwoch", "quarta",
        "quartafeira", "mercoledi", "woensdag", "sroda", "среда", "ср", "水", "水曜", "水曜日", "星期三",
        "周三",
    ]),
    (Day::Th, &[
        "th", "thu", "thur", "thurs", "thursday", "jueves", "jeudi", "donnerstag", "quinta",
        "quintafeira", "giovedi", "donderdag", "czwartek", "четверг", "чт", "木", "木曜", "木曜日",
        "星期四", "周四",
    ]),
    (Day::Fr, &[
        "fr", "fri", "friday", "viernes", "vendredi", "freitag", "sexta", "sextafeira", "venerdi",
        "vrijdag", "piatek", "пятница", "пт", "金", "金曜", "金曜日", "星期五", "周五",
    ]),
    (Day::Sa, &[
        "sa", "sat", "saturday", "sabado", "samedi", "samstag", "sonnabend", "sabato", "zaterdag",
        "sobota", "суббота", "сб", "土", "土曜", "土曜日", "星期六", "周六",
    ]),
    (Day::Su, &[
        "su", "sun", "sunday", "domingo", "dimanche", "sonntag", "domenica", "zondag", "niedziela",
        "воскресенье", "вс", "日", "日曜", "日曜日", "星期日", "星期天", "周日",
    ]),
];

static DAYS_BY_NAME: LazyLock<HashMap<&str, Day>> = LazyLock::new(|| {
    let named = |(day, names): &(Day, &'static [&'static str])| {
        let day = *day;
        names.iter().map(move |name| (*name, day))
    };
    DAY_NAMES.iter().flat_map(named).collect()
});

/// Words for several days.
#[rustfmt::skip]
const SEVERAL_DAYS: &[(&[&str], &[Day])] = &[
    (&["weekday", "weekdays", "workdays", "werktags", "будни", "平日"], &[Day::Mo, Day::Tu, Day::We, Day::Th, Day::Fr]),
    (&["weekend", "weekends", "wochenende", "выходные"], &[Day::Sa, Day::Su]),
    (&["daily", "everyday", "alldays", "allweek", "taglich", "dagelijks", "ежедневно", "毎日"], &Day::ALL),
];

/// Words that say a day is closed.
#[rustfmt::skip]
const CLOSED: &[&str] = &[
    "closed", "off", "cerrado", "ferme", "geschlossen", "ruhetag", "gesloten", "fechado", "chiuso",
    "nieczynne", "zamkniete", "закрыто", "выходнои", "休業", "休み", "定休日", "休息",
];

/// Words that say a day is open from midnight to midnight.
#[rustfmt::skip]
const WHOLE_DAY: &[&str] = &[
    "24h", "24hr", "24hrs", "24hs", "24hour", "24hours", "247", "24hours7days", "open24h",
    "open24hours", "open24hrs", "allday", "24horas", "24heures", "24heuressur24", "24stunden",
    "24uur", "24ore", "24godziny", "24часа", "круглосуточно", "24時間", "24小時", "24小时",
];

/// Words that state nothing.
const NOTHING: &[&str] = &["", "na", "null", "none", "unknown", "notavailable", "tbc"];

const RANGE_MARKS: &[char] = &['-', '–', '—', '−', '~', '〜', '～'];
const RANGE_WORDS: &[&str] = &[" to ", " until ", " bis ", " tot ", " a ", " à ", " às ", " do "];
const LIST_MARKS: &[char] = &[',', ';', '/', '&', '+', '|'];
const LIST_WORDS: &[&str] = &[" and ", " y ", " et ", " und ", " e ", " en ", " i "];

const DAY_MIN: u16 = 24 * 60;

/// A time of the day in minutes, 0 to 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time {
    min: u16,
}

/// From a time to a later one, which is on the next day when it is the smaller number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    from: Time,
    to: Time,
}

/// What is stated of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stated {
    /// Nothing.
    #[default]
    Unknown,
    /// That it is closed.
    Closed,
    /// When it is open.
    Open(Vec<Span>),
}

/// What is stated of each day of a week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Week {
    days: [Stated; 7],
}

impl Time {
    /// The beginning of a day.
    pub(crate) const MIDNIGHT: Self = Self { min: 0 };

    /// The time written in `text`: `9:00`, `09.00`, `0900`, `9 am`, `9h30`, `T09:00:00`, `9`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.strip_prefix('t').unwrap_or(&text);
        let text = ["uhr", "uur", "hrs", "hs"]
            .iter()
            .find_map(|word| text.strip_suffix(word))
            .unwrap_or(text);
        let (digits, half) = split_half(text);
        let mut parts: Vec<&str> = digits.split([':', '.', 'h']).collect();
        if parts.len() > 1 && parts.last() == Some(&"") {
            parts.pop();
        }
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u16>().ok().filter(|_| digits)
        };
        let (hour, minute) = match parts[..] {
            [hour] if hour.len() <= 2 => (number(hour)?, 0),
            [both] if both.len() <= 4 => (number(both)? / 100, number(both)? % 100),
            [hour, minute] => (number(hour)?, number(minute)?),
            [hour, minute, second] if number(second)? < 60 => (number(hour)?, number(minute)?),
            _ => return None,
        };
        let hour = match half {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(Half::Am) => hour % 12,
            Some(Half::Pm) => hour % 12 + 12,
        };
        Self::from_hour_minute(hour, minute)
    }

    /// The time `hour:minute`, up to 24:00.
    pub(crate) fn from_hour_minute(hour: u16, minute: u16) -> Option<Self> {
        let min = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && min <= DAY_MIN).then_some(Self { min })
    }
}

#[derive(Clone, Copy)]
enum Half {
    Am,
    Pm,
}

/// Splits `am` or `pm` in any spelling off the end of a time.
fn split_half(text: &str) -> (&str, Option<Half>) {
    let am = ["a.m.", "am"].iter().find_map(|half| text.strip_suffix(half));
    let pm = ["p.m.", "pm"].iter().find_map(|half| text.strip_suffix(half));
    match (am, pm) {
        (Some(rest), _) => (rest, Some(Half::Am)),
        (_, Some(rest)) => (rest, Some(Half::Pm)),
        (None, None) => (text, None),
    }
}

impl Span {
    /// The whole day.
    pub(crate) const WHOLE_DAY: Self = Self { from: Time { min: 0 }, to: Time { min: DAY_MIN } };

    /// From one time to another, midnight at the end being 24:00. A day to its last minute
    /// (00:00 to 23:59) is how many programs write a whole day. `None` when both are the same
    /// time, which some sources mean as a whole day and others as closed.
    pub(crate) fn new(from: Time, to: Time) -> Option<Self> {
        let to = match (from.min, to.min) {
            (from, to) if from == to => return None,
            (0, to) if to == DAY_MIN - 1 => DAY_MIN,
            (_, 0) => DAY_MIN,
            (_, to) => to,
        };
        (from.min < DAY_MIN).then_some(Self { from, to: Time { min: to } })
    }

    fn parse(text: &str) -> Option<Self> {
        let (from, to) = split_once_at(text, RANGE_MARKS, RANGE_WORDS)?;
        let lower = to.trim().to_lowercase();
        // "1:00 – 5:00 PM" gives the half of the day once.
        let shared = match (split_half(&from.trim().to_lowercase()).1, split_half(&lower).1) {
            (None, Some(Half::Am)) => "am",
            (None, Some(Half::Pm)) => "pm",
            _ => "",
        };
        Self::new(Time::parse(&format!("{from}{shared}"))?, Time::parse(to)?)
    }
}

impl Stated {
    /// What `text` says of a day: `09:00-12:00, 13:00-17:00`, `9am to 5pm`, `closed`, `24 hours`.
    /// `None` when it says something that is not understood.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let key = name_key(text);
        if NOTHING.contains(&key.as_str()) {
            return Some(Self::Unknown);
        }
        if CLOSED.contains(&key.as_str()) {
            return Some(Self::Closed);
        }
        if WHOLE_DAY.contains(&key.as_str()) {
            return Some(Self::Open(vec![Span::WHOLE_DAY]));
        }
        let mut spans = Vec::new();
        let mut rest = text;
        loop {
            let (part, more) = match split_once_at(rest, LIST_MARKS, LIST_WORDS) {
                Some((part, more)) => (part, Some(more)),
                None => (rest, None),
            };
            if !part.trim().is_empty() {
                spans.push(Span::parse(part)?);
            }
            match more {
                Some(more) => rest = more,
                None => return (!spans.is_empty()).then_some(Self::Open(spans)),
            }
        }
    }

    fn grammar(&self) -> String {
        match self {
            Self::Unknown => "unknown".to_owned(),
            Self::Closed => "off".to_owned(),
            Self::Open(spans) => {
                let spans: Vec<String> = spans
                    .iter()
                    .map(|Span { from, to }| {
                        let (from, to) = (from.min, to.min);
                        format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
                    })
                    .collect();
                spans.join(",")
            }
        }
    }
}

impl Week {
    /// What is stated of `day`.
    pub(crate) fn day(&self, day: Day) -> &Stated {
        &self.days[day as usize]
    }

    /// Adds what is stated of `day` to what already is: further spans; closed only counts alone.
    pub(crate) fn state(&mut self, day: Day, stated: Stated) {
        let slot = &mut self.days[day as usize];
        match (&mut *slot, stated) {
            (_, Stated::Unknown) | (Stated::Open(_), Stated::Closed) => {}
            (Stated::Open(spans), Stated::Open(more)) => {
                for span in more {
                    if !spans.contains(&span) {
                        spans.push(span);
                    }
                }
            }
            (_, stated) => *slot = stated,
        }
    }

    /// Takes every day of which nothing is stated for closed, where the source's own format says
    /// that it lists all hours there are.
    pub(crate) fn close_the_rest(&mut self) {
        for day in &mut self.days {
            if *day == Stated::Unknown {
                *day = Stated::Closed;
            }
        }
    }

    /// Whether any day is said to be open.
    pub(crate) fn is_open_somewhen(&self) -> bool {
        self.days.iter().any(|day| matches!(day, Stated::Open(_)))
    }

    /// The week in the grammar of `OpenStreetMap`, equal days together; `None` when nothing is
    /// stated of any day.
    pub(crate) fn grammar(&self) -> Option<String> {
        if self.days.iter().all(|day| *day == Stated::Unknown) {
            return None;
        }
        let whole_day = Stated::Open(vec![Span::WHOLE_DAY]);
        if self.days.iter().all(|day| *day == whole_day) {
            return Some("24/7".to_owned());
        }
        let mut rules: Vec<(&Stated, Vec<Day>)> = Vec::new();
        for day in Day::ALL {
            let stated = self.day(day);
            match rules.iter_mut().find(|(other, _)| *other == stated) {
                Some((_, days)) => days.push(day),
                None => rules.push((stated, vec![day])),
            }
        }
        let rules: Vec<String> = rules
            .iter()
            .map(|(stated, days)| format!("{} {}", day_selector(days), stated.grammar()))
            .collect();
        Some(rules.join("; "))
    }
}

/// `Mo-We,Fr` of days in ascending order.
fn day_selector(days: &[Day]) -> String {
    let runs = days.chunk_by(|one, next| *one as usize + 1 == *next as usize);
    let runs: Vec<String> = runs
        .map(|run| match run {
            [] => String::new(),
            [day] => day.code().to_owned(),
            [one, other] => format!("{},{}", one.code(), other.code()),
            [first, .., last] => format!("{}-{}", first.code(), last.code()),
        })
        .collect();
    runs.join(",")
}

/// Splits `text` at the first of `marks`, or else at the first of `words`.
fn split_once_at<'t>(text: &'t str, marks: &[char], words: &[&str]) -> Option<(&'t str, &'t str)> {
    let at_word = || words.iter().find_map(|word| text.split_once(word));
    text.split_once(marks).or_else(at_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(texts: [&str; 7]) -> Option<String> {
        let mut week = Week::default();
        for (day, text) in Day::ALL.into_iter().zip(texts) {
            week.state(day, Stated::parse(text).unwrap());
        }
        let hours = week.grammar();
        if let Some(hours) = &hours {
            opening_hours_syntax::parse(hours).unwrap_or_else(|e| panic!("{hours}: {e}"));
        }
        hours
    }

    #[test]
    fn equal_days_stand_together() {
        let [work, short] = ["09:00-17:00", "10:00-14:00"];
        assert_eq!(
            week([work, work, work, work, work, short, "closed"]).unwrap(),
            "Mo-Fr 09:00-17:00; Sa 10:00-14:00; Su off"
        );
        assert_eq!(
            week([work, short, work, short, work, "cerrado", "Fermé"]).unwrap(),
            "Mo,We,Fr 09:00-17:00; Tu,Th 10:00-14:00; Sa,Su off"
        );
        assert_eq!(week([work; 7]).unwrap(), "Mo-Su 09:00-17:00");
    }

    #[test]
    fn nothing_stated_is_unknown_and_never_closed() {
        assert_eq!(week([""; 7]), None);
        let open = "07:00-23:00";
        assert_eq!(
            week([open, open, open, open, open, open, ""]).unwrap(),
            "Mo-Sa 07:00-23:00; Su unknown"
        );
    }

    #[test]
    fn whole_days_are_known_in_every_spelling() {
        let texts = [
            "24h",
            "00:00-24:00",
            "0:00–23:59",
            "Open 24 hours",
            "24 Stunden",
            "24/7",
            "круглосуточно",
        ];
        assert_eq!(week(texts).unwrap(), "24/7");
    }

    #[test]
    fn several_spans_and_spans_past_midnight() {
        let text = "9.00 - 12.30 / 1:30 – 5:00 PM";
        assert_eq!(
            week([text, "22:00-02:00", "9am to 5pm", "18:00-00:00", "0900-1700", "9h-12h30", ""])
                .unwrap(),
            "Mo 09:00-12:30,13:30-17:00; Tu 22:00-02:00; We,Fr 09:00-17:00; Th 18:00-24:00; \
             Sa 09:00-12:30; Su unknown"
        );
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        for text in ["by appointment", "09:00", "25:00-26:00", "13pm-14pm", "09:00-09:00"] {
            assert_eq!(Stated::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_named_in_many_ways() {
        assert_eq!(Day::by_name("https://schema.org/Wednesday"), Some(Day::We));
        assert_eq!(Day::by_name("Miércoles"), Some(Day::We));
        assert_eq!(Day::by_name("someday"), None);
        for names in ["Mon-Fri", "monday to friday", "Weekdays", "Mo,Tu,We-Fr"] {
            assert_eq!(Day::several_by_name(names).unwrap(), Day::ALL[..5], "{names}");
        }
        assert_eq!(Day::several_by_name("Sat–Mon").unwrap(), [Day::Sa, Day::Su, Day::Mo]);
    }

    #[test]
    fn every_name_is_written_as_it_is_compared() {
        let days = DAY_NAMES.iter().flat_map(|(_, names)| names.iter());
        let several = SEVERAL_DAYS.iter().flat_map(|(names, _)| names.iter());
        for name in days.chain(several).chain(CLOSED).chain(WHOLE_DAY).chain(NOTHING) {
            assert_eq!(name_key(name), *name);
        }
    }
}
