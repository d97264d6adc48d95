//! Classes against truths written by hand.

use super::*;
use crate::domain::{LocalTime, Outlook};

/// A machine with these hours, where clocks go by `zone` and holidays by `country`.
fn class(text: &str, zone: Tz, country: &str) -> Class {
    at(text, zone, country, None)
}

fn at(text: &str, zone: Tz, country: &str, sun_at: Option<Position>) -> Class {
    let mut parsed = Expression::parse(text);
    if let Some(hours) = &mut parsed {
        hours.week = Readings::week(hours);
    }
    let means = match &parsed {
        None => Means::Nothing,
        Some(hours) if hours.is_round_the_clock() => Means::Always,
        Some(_) => Means::Hours(1),
    };
    let key = Key {
        means,
        zone: Some(zone),
        country: CountryCode::new(country),
        sun_cell: sun_at.map(sun_cell),
        hours_of: HoursOf::Machine,
    };
    let needed = parsed.iter().map(|hours| (hours, key.country));
    key.class(|_| parsed.as_ref(), &Calendars::of(needed))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Checks what hours say at instants: `yes`, `no` or `unknown`, then the change told.
fn check(text: &str, zone: Tz, country: &str, truths: &[(&str, &str, &str)]) {
    let class = class(text, zone, country);
    for (instant, is_open, change) in truths {
        let openness = class.openness(time(instant));
        let told = openness.changes.map(|change| change.to_string()).unwrap_or_default();
        assert_eq!((openness.is_open.as_str(), &*told), (*is_open, *change), "{text} {instant}");
        for when in [OpenAt::Now, OpenAt::At(time(instant)), OpenAt::At(time(instant))] {
            assert_eq!(class.is_open(when, time(instant)), openness.is_open, "{text} {instant}");
        }
    }
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_begin_on() {
    let zone = Tz::Europe__Helsinki;
    // 2026-08-21 is a Friday; Helsinki is three hours ahead.
    check(
        "Mo-Th 06:00-02:00; Fr 06:00-03:00; Sa 10:00-14:00; Su off",
        zone,
        "FI",
        &[
            ("2026-08-20T22:30:00Z", "yes", "2026-08-21T02:00:00+03:00"),
            ("2026-08-20T23:30:00Z", "no", "2026-08-21T06:00:00+03:00"),
            ("2026-08-21T03:00:00Z", "yes", "2026-08-22T03:00:00+03:00"),
            ("2026-08-21T23:59:00Z", "yes", "2026-08-22T03:00:00+03:00"),
            ("2026-08-22T00:00:00Z", "no", "2026-08-22T10:00:00+03:00"),
            ("2026-08-22T11:00:00Z", "no", "2026-08-24T06:00:00+03:00"),
        ],
    );
    check(
        "Fr 22:00-26:00; Sa off",
        zone,
        "FI",
        &[
            ("2026-08-21T19:00:00Z", "yes", "2026-08-22T02:00:00+03:00"),
            ("2026-08-21T22:59:00Z", "yes", "2026-08-22T02:00:00+03:00"),
            ("2026-08-21T23:00:00Z", "no", "2026-08-28T22:00:00+03:00"),
        ],
    );
}

#[test]
fn a_rule_for_a_day_holds_instead_of_those_before_it() {
    check(
        "Mo-Su 08:00-20:00; We 10:00-12:00",
        Tz::Asia__Tokyo,
        "JP",
        &[
            ("2026-08-19T00:00:00Z", "no", "2026-08-19T10:00:00+09:00"),
            ("2026-08-19T01:00:00Z", "yes", "2026-08-19T12:00:00+09:00"),
            ("2026-08-19T03:00:00Z", "no", "2026-08-20T08:00:00+09:00"),
        ],
    );
    // The shorter Wednesday opens into the night of neither day.
    check(
        "Mo-Su 08:00-01:00; We 10:00-12:00",
        Tz::Asia__Tokyo,
        "JP",
        &[
            ("2026-08-18T15:30:00Z", "yes", "2026-08-19T01:00:00+09:00"),
            ("2026-08-19T15:30:00Z", "no", "2026-08-20T08:00:00+09:00"),
        ],
    );
}

#[test]
fn what_is_said_in_words_or_left_open_is_unknown() {
    let zone = Tz::Europe__Paris;
    // Paris is two hours ahead; 2026-08-19 is a Wednesday.
    for text in [
        "Mo-Fr 09:00-17:00 \"by appointment\"",
        "Mo-Fr 09:00-17:00 unknown",
        "\"ring the bell\"",
        "Mo-Fr 09:00+",
        "Mo 09:00-17:00 || \"ask inside\"",
    ] {
        check(text, zone, "FR", &[("2026-08-19T10:00:00Z", "unknown", "")]);
    }
    check(
        "Mo-Fr 09:00-12:00 || \"ask inside\"",
        zone,
        "FR",
        &[
            ("2026-08-19T09:00:00Z", "yes", "2026-08-19T12:00:00+02:00"),
            ("2026-08-19T11:00:00Z", "unknown", ""),
        ],
    );
    check(
        "Mo-Fr 09:00-12:00+",
        zone,
        "FR",
        &[
            ("2026-08-19T06:00:00Z", "no", "2026-08-19T09:00:00+02:00"),
            ("2026-08-19T09:00:00Z", "yes", "2026-08-19T12:00:00+02:00"),
            ("2026-08-19T11:00:00Z", "unknown", ""),
        ],
    );
    let commented = class("Mo-Fr 09:00-17:00 \"by appointment\"", zone, "FR");
    let openness = commented.openness(time("2026-08-19T10:00:00Z"));
    assert_eq!(openness.comment.as_deref(), Some("by appointment"));
    // What cannot be evaluated is never anything else than unknown.
    for text in ["gibberish", "Mo-Fr 10:00-16:00/90", "Mo-Fr sunset+"] {
        let class = class(text, zone, "FR");
        assert_eq!(class.constant(), Some(Tri::Unknown), "{text}");
        assert_eq!(class.openness(time("2026-08-19T10:00:00Z")).is_open, Tri::Unknown, "{text}");
        assert_eq!(class.is_open(OpenAt::Always, Timestamp::UNIX_EPOCH), Tri::Unknown, "{text}");
    }
}

#[test]
fn public_holidays_are_those_of_the_country() {
    // 14 July 2026 is a Tuesday. Midsummer's eve does not shut Finland by law, New Year does.
    let text = "Mo-Fr 09:00-17:00; PH off";
    check(
        text,
        Tz::Europe__Paris,
        "FR",
        &[("2026-07-14T10:00:00Z", "no", "2026-07-15T09:00:00+02:00")],
    );
    check(
        text,
        Tz::Europe__Berlin,
        "DE",
        &[
            ("2026-07-14T10:00:00Z", "yes", "2026-07-14T17:00:00+02:00"),
            // German Unity, all over the country, is a Saturday in 2026 and a Friday in 2025.
            ("2025-10-03T10:00:00Z", "no", "2025-10-06T09:00:00+02:00"),
            // Corpus Christi is a holiday in some of its states.
            ("2026-06-04T10:00:00Z", "unknown", ""),
            ("2026-06-04T20:00:00Z", "no", "2026-06-05T09:00:00+02:00"),
        ],
    );
    // Nobody told us the holidays of this country: closed is closed, and by day there is no knowing.
    check(
        text,
        Tz::Asia__Kathmandu,
        "NP",
        &[("2026-07-14T06:00:00Z", "unknown", ""), ("2026-07-13T23:00:00Z", "no", "")],
    );
    // Hours that say nothing of holidays hold on them.
    check(
        "Mo-Fr 09:00-17:00",
        Tz::Europe__Paris,
        "FR",
        &[("2026-07-14T10:00:00Z", "yes", "2026-07-14T17:00:00+02:00")],
    );
}

#[test]
fn school_holidays_that_are_not_known_leave_it_open() {
    check(
        "Mo-Fr 09:00-17:00; SH 10:00-12:00",
        Tz::Europe__London,
        "GB",
        &[
            ("2026-08-19T09:30:00Z", "yes", "2026-08-19T12:00:00+01:00"),
            ("2026-08-19T13:30:00Z", "unknown", ""),
            ("2026-08-19T20:30:00Z", "no", ""),
        ],
    );
}

#[test]
fn years_count_where_hours_speak_of_them() {
    let zone = Tz::Europe__Vienna;
    check(
        "2026 Mo-Fr 09:00-17:00; 2027+ Mo-Fr 10:00-12:00",
        zone,
        "AT",
        &[
            ("2025-08-20T10:00:00Z", "no", "2026-01-01T09:00:00+01:00"),
            ("2026-08-19T07:30:00Z", "yes", "2026-08-19T17:00:00+02:00"),
            ("2027-08-18T07:30:00Z", "no", "2027-08-18T10:00:00+02:00"),
        ],
    );
    let ended = class("2020 Mo-Su 00:00-24:00", zone, "AT");
    assert_eq!(ended.is_open(OpenAt::Always, Timestamp::UNIX_EPOCH), Tri::No);
}

#[test]
fn the_sun_rises_where_the_machine_stands() {
    let quito = Position::from_lat_lon(-0.18, -78.47).unwrap();
    let class = at("sunrise-sunset", Tz::America__Guayaquil, "EC", Some(quito));
    // On the equator the sun is up from six to six all year, give or take the equation of time.
    for (instant, is_open) in [
        ("2026-08-19T10:45:00Z", Tri::No),
        ("2026-08-19T11:45:00Z", Tri::Yes),
        ("2026-08-19T23:00:00Z", Tri::Yes),
        ("2026-08-20T00:00:00Z", Tri::No),
    ] {
        assert_eq!(class.openness(time(instant)).is_open, is_open, "{instant}");
    }
    let tromso = Position::from_lat_lon(69.65, 18.96).unwrap();
    let class = at("sunrise-sunset", Tz::Europe__Oslo, "NO", Some(tromso));
    assert_eq!(class.openness(time("2026-06-21T12:00:00Z")).is_open, Tri::Unknown);
}

#[test]
fn round_the_clock_is_every_hour_of_every_day() {
    for (text, always) in [
        ("24/7", Tri::Yes),
        ("Mo-Su 00:00-24:00", Tri::Yes),
        ("00:00-24:00; PH 00:00-24:00", Tri::Yes),
        ("Mo-Fr 00:00-24:00, Sa-Su 00:00-24:00", Tri::Yes),
        ("24/7; Su off", Tri::No),
        ("24/7; PH off", Tri::No),
        ("24/7; Dec 25 off", Tri::No),
        ("Mo-Sa 00:00-24:00; Su unknown", Tri::Unknown),
        ("24/7 \"for members\"", Tri::Unknown),
        ("Mo-Su 00:00-23:59", Tri::No),
        ("24/7 off", Tri::No),
    ] {
        let class = class(text, Tz::Europe__Paris, "FR");
        assert_eq!(class.is_open(OpenAt::Always, Timestamp::UNIX_EPOCH), always, "{text}");
    }
    let never_closes = class("Mo-Su 00:00-24:00", Tz::Europe__Paris, "FR");
    let openness = never_closes.openness(time("2026-08-19T10:00:00Z"));
    assert_eq!((openness.is_open, openness.changes), (Tri::Yes, None));
    assert_eq!(openness.outlook(time("2026-08-19T10:00:00Z")), Outlook::Open);
}

#[test]
fn clocks_put_forward_skip_an_hour_and_put_back_repeat_it() {
    // Paris, 29 March 2026: at 01:00 UTC clocks go from 02:00 to 03:00.
    check(
        "Su 01:30-03:30",
        Tz::Europe__Paris,
        "FR",
        &[
            ("2026-03-29T00:29:59Z", "no", "2026-03-29T01:30:00+01:00"),
            ("2026-03-29T00:30:00Z", "yes", "2026-03-29T03:30:00+02:00"),
            ("2026-03-29T01:00:00Z", "yes", "2026-03-29T03:30:00+02:00"),
            ("2026-03-29T01:30:00Z", "no", "2026-04-05T01:30:00+02:00"),
        ],
    );
    // Hours within the skipped hour never come.
    check(
        "Su 02:15-02:45; Su 12:00-13:00",
        Tz::Europe__Paris,
        "FR",
        &[("2026-03-29T00:50:00Z", "no", "2026-03-29T12:00:00+02:00")],
    );
    // 25 October 2026: at 01:00 UTC clocks go from 03:00 back to 02:00.
    check(
        "Su 02:15-02:45",
        Tz::Europe__Paris,
        "FR",
        &[
            ("2026-10-25T00:10:00Z", "no", "2026-10-25T02:15:00+02:00"),
            ("2026-10-25T00:15:00Z", "yes", "2026-10-25T02:45:00+02:00"),
            ("2026-10-25T00:50:00Z", "no", "2026-10-25T02:15:00+01:00"),
            ("2026-10-25T01:15:00Z", "yes", "2026-10-25T02:45:00+01:00"),
            ("2026-10-25T01:45:00Z", "no", "2026-11-01T02:15:00+01:00"),
        ],
    );
    // Open until 02:30: closed at the first half past two, and open again when clocks go back.
    check(
        "Sa 20:00-26:30",
        Tz::Europe__Paris,
        "FR",
        &[
            ("2026-10-24T23:00:00Z", "yes", "2026-10-25T02:30:00+02:00"),
            ("2026-10-25T00:30:00Z", "no", "2026-10-25T02:00:00+01:00"),
            ("2026-10-25T01:00:00Z", "yes", "2026-10-25T02:30:00+01:00"),
        ],
    );
    // Lord Howe moves by half an hour: 4 October 2026, at 15:30 UTC from 02:00 to 02:30.
    check(
        "Su 01:00-02:30",
        Tz::Australia__Lord_Howe,
        "AU",
        &[("2026-10-03T15:00:00Z", "yes", "2026-10-04T02:30:00+11:00")],
    );
}

#[test]
fn a_verdict_once_found_holds_until_it_does_not_and_not_before() {
    let class = class("Mo-Fr 09:00-17:00", Tz::UTC, "FR");
    let mut order: Vec<i64> = (0..7 * 24 * 4).map(|quarter| quarter * 7 % (7 * 24 * 4)).collect();
    order.extend((0..7 * 24 * 4).rev());
    // 2026-08-17 is a Monday.
    let monday_s = time("2026-08-17T00:00:00Z").as_second();
    for quarter in order {
        let at = Timestamp::from_second(monday_s + quarter * 900 + 37).unwrap();
        let (day, hour) = (quarter / 96, quarter % 96 / 4);
        let truth = Tri::from(day < 5 && (9..17).contains(&hour));
        assert_eq!(class.is_open(OpenAt::Now, at), truth, "{at}");
        assert_eq!(class.openness(at).is_open, truth, "{at}");
    }
}

#[test]
fn a_change_is_told_by_the_clocks_it_happens_by() {
    // The offset told is that of the change, not that of the question.
    let class = class("Mo 09:00-17:00", Tz::Europe__Paris, "FR");
    let asked = time("2026-10-24T12:00:00Z");
    let change = LocalTime::new(time("2026-10-26T08:00:00Z"), 3600);
    assert_eq!(class.openness(asked).outlook(asked), Outlook::OpensAt(change));
}
