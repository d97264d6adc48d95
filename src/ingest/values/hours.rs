//! Opening hours in the grammar of OpenStreetMap.

use std::borrow::Cow;

use crate::domain::name_key;

/// The grammar's own word for day and night.
const ALWAYS: &str = "24/7";

/// Longest text given to the grammar, in bytes. OpenStreetMap stops at 255 characters.
const HOURS_BYTES_MAX: usize = 2048;

/// Ways of saying "day and night".
#[rustfmt::skip]
const ALWAYS_NAMES: &[&str] = &[
    "24/7", "7/24", "24x7", "24/7/365", "24h/7", "24 h / 7 j", "7j/7 24h/24", "24h/24", "24h/24 7j/7", "24/24", "24/24 7/7",
    "24h", "24hr", "24hrs", "24 hour", "24 hours", "24 hours a day", "24 hours 7 days", "24 hours 7 days a week",
    "24 hours a day 7 days a week", "24 hours daily", "open 24 hours", "open 24/7", "open 24h", "all day", "all day every day", "always", "always open",
    "always available", "around the clock", "round the clock",
    "24 horas", "las 24 horas", "24 horas al día", "abierto 24 horas", "24hs", "las 24 hs", "24 heures", "24 heures sur 24", "24h sur 24", "24h sur 24 7j sur 7",
    "24 stunden", "24 std", "rund um die uhr", "durchgehend", "24 ore", "24 ore su 24", "h24", "24 uur", "24 uur per dag",
    "całodobowo", "całą dobę", "24h na dobę", "круглосуточно", "24 часа", "всегда", "24時間", "24時間営業", "終日", "24小時", "24小时", "全天", "全天24小時", "24시간",
];

/// Ways of saying that it is closed on a day.
#[rustfmt::skip]
const CLOSED_NAMES: &[&str] = &[
    "closed", "off", "cerrado", "fermé", "ferme", "geschlossen", "ruhetag", "fechado", "chiuso", "gesloten", "zamknięte", "nieczynne",
    "закрыто", "выходной", "休業", "定休日", "休み", "休息", "休",
];

const WEEK: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

fn is_one_of(text: &str, names: &[&str]) -> bool {
    let key = name_key(text);
    !key.is_empty() && names.iter().any(|name| name_key(name) == key)
}

/// Whether the text says "day and night".
pub(super) fn is_always(text: &str) -> bool {
    is_one_of(text, ALWAYS_NAMES)
}

/// The text if it follows the grammar, as it stands; [`ALWAYS`] for what says so in other words.
pub(super) fn opening_hours(text: &str) -> Option<Cow<'_, str>> {
    if is_always(text) {
        return Some(Cow::Borrowed(ALWAYS));
    }
    let short = text.len() <= HOURS_BYTES_MAX;
    (short && opening_hours_syntax::parse(text).is_ok()).then_some(Cow::Borrowed(text))
}

/// What a cell of one weekday says, in the grammar and without the day: `off`, `09:00-17:00`,
/// `00:00-24:00`. `None` when it cannot be read.
pub(crate) fn hours_on(text: &str) -> Option<String> {
    let text = text.trim();
    if is_one_of(text, CLOSED_NAMES) {
        return Some("off".to_owned());
    }
    if is_always(text) {
        return Some("00:00-24:00".to_owned());
    }
    let spans: Option<Vec<String>> =
        text.split([',', ';', '/', '、', '\n']).map(|span| self::span(span.trim())).collect();
    spans.map(|spans| spans.join(","))
}

/// A span of times such as `9:00 AM - 5:00 PM`, `09h00-17h00`, `9 to 17`.
fn span(text: &str) -> Option<String> {
    const TO: &[&str] = &[
        "-", "–", "—", "~", "～", "〜", " to ", " until ", " a ", " à ", " bis ", " até ", " tot ",
        " do ", " до ",
    ];
    let (from, to) = TO.iter().find_map(|to| text.split_once(to))?;
    let (from, to) = (time(from)?, time(to)?);
    // Midnight ends a day as well as it begins one.
    let to = if to == (0, 0) { (24, 0) } else { to };
    Some(format!("{:02}:{:02}-{:02}:{:02}", from.0, from.1, to.0, to.1))
}

/// Hour and minute of a time.
fn time(text: &str) -> Option<(u8, u8)> {
    let text = text.trim().to_ascii_lowercase().replace('.', ":");
    let (clock, half) = ["am", "a:m:", "pm", "p:m:"]
        .iter()
        .find_map(|half| text.strip_suffix(half).map(|clock| (clock.trim_end(), Some(half))))
        .unwrap_or((text.as_str(), None));
    let clock = clock.trim_end_matches("uhr").trim_end_matches("hs").trim_end();
    let (hour, minute) = match clock.split_once([':', 'h', '時']) {
        Some((hour, minute)) => (hour, minute.trim_end_matches([':', 'h', '分'])),
        None if clock.len() == 4 => (clock.get(..2)?, clock.get(2..)?),
        None => (clock, ""),
    };
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() <= 2);
    // Seconds are nought in any opening hours.
    let minute = minute.strip_suffix(":00").unwrap_or(minute);
    let minute = if minute.is_empty() { 0 } else { number(minute)? };
    let hour = number(hour.trim())?;
    let hour = match half.map(|half| half.as_bytes().first()) {
        Some(Some(b'a')) if (1..=12).contains(&hour) => hour % 12,
        Some(Some(b'p')) if (1..=12).contains(&hour) => hour % 12 + 12,
        Some(_) => return None,
        None => hour,
    };
    (minute < 60 && (hour < 24 || (hour, minute) == (24, 0))).then_some((hour, minute))
}

/// A week out of its days, each as [`hours_on`] gives it; days nothing is said about are
/// `unknown`, which the grammar keeps apart from closed. `None` when nothing is said at all.
pub(crate) fn week(days: &[(&str, String)]) -> Option<String> {
    if days.is_empty() {
        return None;
    }
    let said = |day: &str| days.iter().find(|(name, _)| *name == day).map(|(_, h)| h.as_str());
    if WEEK.iter().all(|day| said(day) == Some("00:00-24:00")) {
        return Some(ALWAYS.to_owned());
    }
    // Days that follow one another with the same hours are one rule.
    let mut rules: Vec<(&str, &str, &str)> = Vec::new();
    for day in WEEK {
        let hours = said(day).unwrap_or("unknown");
        match rules.last_mut() {
            Some((_, last, same)) if *same == hours => *last = day,
            _ => rules.push((day, day, hours)),
        }
    }
    let rules: Vec<String> = rules
        .into_iter()
        .map(|(first, last, hours)| {
            if first == last {
                format!("{first} {hours}")
            } else {
                format!("{first}-{last} {hours}")
            }
        })
        .collect();
    Some(rules.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_follow_the_grammar_stay_as_they_are() {
        for text in [
            "Mo-Fr 09:00-17:00",
            "24/7",
            "Mo-Fr 08:00-20:00; Sa 09:00-13:00; PH off",
            "09:00-17:00",
        ] {
            assert_eq!(opening_hours(text).as_deref(), Some(text));
        }
        for text in [
            "24 hours",
            "24h",
            "Open 24 Hours",
            "24時間",
            "круглосуточно",
            "ALWAYS_AVAILABLE",
            "24h/24",
        ] {
            assert_eq!(opening_hours(text).as_deref(), Some("24/7"), "{text}");
        }
        for text in ["BUSINESS_HOURS", "see website", "Mo-Xx 9-17", "平日9時から15時"] {
            assert_eq!(opening_hours(text), None, "{text}");
        }
        assert_eq!(opening_hours(&"Mo 09:00-17:00; ".repeat(500)), None);
    }

    #[test]
    fn hours_of_a_day_are_read_as_people_write_them() {
        for (text, hours) in [
            ("09:00-17:00", "09:00-17:00"),
            ("9:00 AM - 5:30 PM", "09:00-17:30"),
            ("9h00 - 12h30, 14h-18h", "09:00-12:30,14:00-18:00"),
            ("closed", "off"),
            ("24 hours", "00:00-24:00"),
            ("0900-1700", "09:00-17:00"),
            ("10 to 16", "10:00-16:00"),
            ("12:00 am - 12:00 am", "00:00-24:00"),
            ("08:00:00-20:00:00", "08:00-20:00"),
            ("8 Uhr bis 18 Uhr", "08:00-18:00"),
        ] {
            assert_eq!(hours_on(text).as_deref(), Some(hours), "{text}");
        }
        for text in ["", "1", "9-25", "9:70-10", "13 pm - 2 pm", "morning", "9-"] {
            assert_eq!(hours_on(text), None, "{text}");
        }
    }

    #[test]
    fn a_week_says_unknown_where_a_day_says_nothing() {
        let day = |day, hours: &str| (day, hours.to_owned());
        let days = [day("Mo", "09:00-17:00"), day("Tu", "09:00-17:00"), day("Su", "off")];
        let text = week(&days).unwrap();
        assert_eq!(text, "Mo-Tu 09:00-17:00; We-Sa unknown; Su off");
        assert!(opening_hours_syntax::parse(&text).is_ok());
        assert_eq!(week(&WEEK.map(|name| day(name, "00:00-24:00"))).as_deref(), Some("24/7"));
        assert_eq!(week(&[]), None);
    }
}
