//! Opening hours in the grammar of OpenStreetMap.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::domain::name_key;

/// The grammar's own word for day and night.
const ALWAYS: &str = "24/7";

/// Longest text given to the grammar, in bytes. OpenStreetMap stops at 255 characters.
const HOURS_BYTES_MAX: usize = 2048;

/// Ways of saying "day and night".
#[rustfmt::skip]
const ALWAYS_NAMES: &[&str] = &[
    "24/7", "7/24", "24x7", "24/7/365", "24h/7", "24 h / 7 j", "7j/7 24h/24", "24h/24",
        "24h/24 7j/7", "24/24", "24/24 7/7",
    "24h", "24hr", "24hrs", "24 hour", "24 hours", "24 hours a day", "24 hours 7 days",
        "24 hours 7 days a week",
    "24 hours a day 7 days a week", "24 hours daily", "open 24 hours", "open 24/7", "open 24h",
        "all day", "all day every day", "always", "always open",
    "always available", "around the clock", "round the clock",
    "24 horas", "las 24 horas", "24 horas al día", "abierto 24 horas", "24hs", "las 24 hs",
        "24 heures", "24 heures sur 24", "24h sur 24", "24h sur 24 7j sur 7",
    "24 stunden", "24 std", "rund um die uhr", "durchgehend", "24 ore", "24 ore su 24", "h24",
        "24 uur", "24 uur per dag",
    "całodobowo", "całą dobę", "24h na dobę", "круглосуточно", "24 часа", "всегда", "24時間",
        "24時間営業", "終日", "24小時", "24小时", "全天", "全天24小時", "24시간",
];

static ALWAYS_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| ALWAYS_NAMES.iter().map(|name| name_key(name)).collect());

/// Whether the text says "day and night".
pub(super) fn is_always(text: &str) -> bool {
    ALWAYS_KEYS.contains(&name_key(text))
}

/// The text if it follows the grammar, as it stands; [`ALWAYS`] for what says so in other words.
pub(super) fn opening_hours(text: &str) -> Option<Cow<'_, str>> {
    if is_always(text) {
        return Some(Cow::Borrowed(ALWAYS));
    }
    let short = text.len() <= HOURS_BYTES_MAX;
    (short && opening_hours_syntax::parse(text).is_ok()).then_some(Cow::Borrowed(text))
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
}
