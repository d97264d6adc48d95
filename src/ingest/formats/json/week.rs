//! Weekly hours in the shapes JSON gives them: a member a day, a list of days, a list of periods
//! (Google Places), a list of specifications or texts (schema.org).

use crate::domain::name_key;
use crate::ingest::hours::{Day, Span, Stated, Time, Week};

use super::node::{Members, Node};

/// Hours as far as they could be read.
#[derive(Debug, PartialEq)]
pub(crate) struct Hours<'n, 't> {
    /// In the grammar of `OpenStreetMap`; `None` when nothing is stated.
    pub(crate) text: Option<String>,
    /// Members that say something else: holidays, notes.
    pub(crate) left: Vec<(&'n str, &'n Node<'t>)>,
}

/// Keys under which the day stands in a list of days.
#[rustfmt::skip]
const DAY: &[&str] = &[
    "dayofweek", "day", "days", "weekday", "dayname", "weekdayname", "dia", "jour", "giorno",
    "name",
];

/// Keys of the time a span begins.
#[rustfmt::skip]
const FROM: &[&str] = &[
    "opens", "open", "opening", "openingtime", "opentime", "opensat", "openat", "from", "start",
    "starttime", "hourfrom", "timefrom", "fromtime", "openfrom", "begin", "begintime", "starthour",
    "desde", "von",
];

/// Keys of the time a span ends.
#[rustfmt::skip]
const TO: &[&str] = &[
    "closes", "close", "closing", "closingtime", "closetime", "closesat", "closeat", "to", "end",
    "endtime", "hourto", "timeto", "totime", "until", "till", "endhour", "hasta", "bis",
];

/// Keys under which the spans of a day, or the days of a week, are listed.
#[rustfmt::skip]
const LISTS: &[&str] = &[
    "hours", "periods", "times", "spans", "intervals", "openintervals", "slots", "timeslots",
    "ranges", "openinghours", "openinghoursspecification", "days", "schedule", "regularhours",
    "regular", "weekly", "weekdaytext", "weekdaydescriptions", "schedules", "standardavailability",
    "day",
];

/// Keys whose yes, or whose no, says that a day is closed or open all day.
const FLAGS: &[(&[&str], bool, Flag)] = &[
    (&["closed", "isclosed", "closedallday"], true, Flag::Closed),
    (&["open", "isopen", "opened"], false, Flag::Closed),
    (
        &["allday", "isallday", "open24hours", "isopen24hours", "is24hours", "24hours"],
        true,
        Flag::WholeDay,
    ),
];

#[derive(Clone, Copy)]
enum Flag {
    Closed,
    WholeDay,
}

/// Least number of days a record has to name before its members are taken for a week.
const DAYS_OF_A_WEEK_MIN: usize = 5;

/// Whether so many members are named like days that the object is a week.
pub(crate) fn is_week(members: &Members<'_>) -> bool {
    if members.len() < DAYS_OF_A_WEEK_MIN {
        return false;
    }
    let named: Vec<Day> = members.iter().filter_map(|(key, _)| Day::by_name(key)).collect();
    Day::ALL.iter().filter(|day| named.contains(day)).count() >= DAYS_OF_A_WEEK_MIN
}

/// Reads the hours a list or an object states; `None` when they are in none of the known shapes.
pub(crate) fn read<'n, 't>(node: &'n Node<'t>) -> Option<Hours<'n, 't>> {
    match node {
        Node::Object(members) => of_members(members),
        Node::List(items) => of_list(items),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => None,
    }
}

/// Reads the members that are named like days and leaves the others.
pub(crate) fn of_members<'n, 't>(members: &'n Members<'t>) -> Option<Hours<'n, 't>> {
    let mut days = Vec::new();
    let mut left = Vec::new();
    for (key, value) in members {
        match Day::several_by_name(key) {
            Some(named) => days.extend(named.into_iter().map(|day| (day, value))),
            None if value.is_blank() => {}
            None => left.push((&**key, value)),
        }
    }
    if days.is_empty() {
        return in_a_list_of(members);
    }
    Some(Hours { text: week_of(&days)?.grammar(), left })
}

/// Hours one level down: `{"periods": […]}`.
fn in_a_list_of<'n, 't>(members: &'n Members<'t>) -> Option<Hours<'n, 't>> {
    let (name, hours) = LISTS.iter().find_map(|name| {
        let (key, value) = members.iter().find(|(key, _)| name_key(key) == *name)?;
        Some((&**key, read(value)?))
    })?;
    let others = members.iter().filter(|(key, value)| key != name && !value.is_blank());
    let left = others.map(|(key, value)| (&**key, value)).chain(hours.left).collect();
    Some(Hours { text: hours.text, left })
}

/// The week of days that may be named several times. An empty list says closed where another day
/// of the same week is open; alone it says nothing.
fn week_of(days: &[(Day, &Node<'_>)]) -> Option<Week> {
    let mut week = Week::default();
    for &(day, value) in days {
        week.state(day, day_value(value)?);
    }
    if week.is_open_somewhen() {
        for (day, _) in days.iter().filter(|(_, value)| is_empty_list(value)) {
            week.state(*day, Stated::Closed);
        }
    }
    Some(week)
}

fn is_empty_list(value: &Node<'_>) -> bool {
    match value {
        Node::List(items) => items.is_empty(),
        Node::Object(members) => member_of(members, LISTS).is_some_and(is_empty_list),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => false,
    }
}

/// What the value of one day says.
fn day_value(value: &Node<'_>) -> Option<Stated> {
    match value {
        _ if value.is_blank() => Some(Stated::Unknown),
        Node::Text(text) => Stated::parse(text),
        Node::Bool(false) => Some(Stated::Closed),
        Node::Bool(true) => Some(Stated::Unknown),
        Node::List(items) => {
            let mut week = Week::default();
            for item in items {
                week.state(Day::Mo, day_value(item)?);
            }
            Some(week.day(Day::Mo).clone())
        }
        Node::Object(members) => day_members(members),
        Node::Null | Node::Number(_) => None,
    }
}

/// What an object says of one day: flags, a span, or a list of spans.
fn day_members(members: &Members<'_>) -> Option<Stated> {
    for (names, when, flag) in FLAGS {
        if member_of(members, names).and_then(flag_value) == Some(*when) {
            return Some(match flag {
                Flag::Closed => Stated::Closed,
                Flag::WholeDay => Stated::Open(vec![Span::WHOLE_DAY]),
            });
        }
    }
    let stated = |names| member_of(members, names).filter(|value| !value.is_blank());
    match (stated(FROM), stated(TO)) {
        (Some(from), Some(to)) => span_of(from, to),
        (None, None) => match member_of(members, LISTS) {
            Some(spans) => day_value(spans),
            None => Some(Stated::Unknown),
        },
        _ => None,
    }
}

fn span_of(from: &Node<'_>, to: &Node<'_>) -> Option<Stated> {
    if let (Some(from), Some(to)) = (time_of(from), time_of(to)) {
        return Some(Stated::Open(vec![Span::new(from, to)?]));
    }
    // "closed" in place of both times.
    let word = |node: &Node<'_>| Stated::parse(node.as_str()?);
    let both = word(from)?;
    (Some(&both) == word(to).as_ref()).then_some(both)
}

fn time_of(node: &Node<'_>) -> Option<Time> {
    let number = |node: &Node<'_>| u16::try_from(node.as_u64()?).ok();
    match node {
        Node::Text(text) => Time::parse(text),
        Node::Number(_) => Time::parse(&node.scalar()?),
        Node::Object(members) => {
            if let Some(time) = member_of(members, &["time"]) {
                return time_of(time);
            }
            let hour = member_of(members, &["hour", "hours"]).map_or(Some(0), number)?;
            let minute = member_of(members, &["minute", "minutes"]).map_or(Some(0), number)?;
            Time::from_hour_minute(hour, minute)
        }
        Node::Null | Node::Bool(_) | Node::List(_) => None,
    }
}

fn flag_value(node: &Node<'_>) -> Option<bool> {
    match node {
        Node::Bool(stated) => Some(*stated),
        Node::Text(text) => match name_key(text).as_str() {
            "true" | "yes" | "y" => Some(true),
            "false" | "no" | "n" => Some(false),
            _ => None,
        },
        Node::Null | Node::Number(_) | Node::List(_) | Node::Object(_) => None,
    }
}

/// The member whose key is the first of `names` that there is.
fn member_of<'n, 't>(members: &'n Members<'t>, names: &[&str]) -> Option<&'n Node<'t>> {
    let ranked = members.iter().filter_map(|(key, value)| {
        let key = name_key(key);
        Some((names.iter().position(|name| *name == key)?, value))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, value)| value)
}

fn of_list(items: &[Node<'_>]) -> Option<Hours<'static, 'static>> {
    let complete = |text| Hours { text, left: Vec::new() };
    let texts: Option<Vec<&str>> = items.iter().map(Node::as_str).collect();
    if let Some(texts) = texts {
        return Some(complete(of_texts(&texts)));
    }
    let entries: Vec<&Members<'_>> = items.iter().map(Node::members).collect::<Option<_>>()?;
    if entries.iter().all(|entry| period(entry).is_some()) {
        return of_periods(&entries).map(|week| complete(week.grammar()));
    }
    // Hours of a season hold for a part of the year only, which a week cannot say.
    let season = |entry: &&Members<'_>| {
        member_of(entry, &["validfrom", "validthrough"]).is_some_and(|date| !date.is_blank())
    };
    if entries.iter().any(season) {
        return None;
    }
    let named: Option<Vec<(&Node<'_>, &Node<'_>)>> = entries
        .iter()
        .zip(items)
        .map(|(entry, whole)| Some((member_of(entry, DAY)?, whole)))
        .collect();
    of_named_days(&named?).map(|week| complete(week.grammar()))
}

/// `["Mo-Fr 09:00-17:00", "Sa 10:00-14:00"]`, which is the grammar already, or one text a day
/// (`"Monday: 9:00 AM – 5:00 PM"`). What is neither is left for the judge.
fn of_texts(texts: &[&str]) -> Option<String> {
    let joined = texts.join("; ");
    if joined.is_empty() || opening_hours_syntax::parse(&joined).is_ok() {
        return Some(joined).filter(|text| !text.is_empty());
    }
    let mut week = Week::default();
    for text in texts {
        let parts = text.split_once(": ").or_else(|| text.split_once(' '));
        let stated = parts
            .and_then(|(names, hours)| Some((Day::several_by_name(names)?, Stated::parse(hours)?)));
        let Some((days, stated)) = stated else { return Some(joined) };
        for day in days {
            week.state(day, stated.clone());
        }
    }
    week.grammar()
}

/// One entry a day or several days, each with a name or a number.
fn of_named_days(entries: &[(&Node<'_>, &Node<'_>)]) -> Option<Week> {
    let numbers: Option<Vec<u64>> = entries.iter().map(|(day, _)| day.as_u64()).collect();
    if let Some(numbers) = numbers {
        let values: Vec<&Node<'_>> = entries.iter().map(|&(_, value)| value).collect();
        return of_numbered_days(&numbers, &values);
    }
    let mut days = Vec::new();
    for (names, value) in entries {
        for name in names.items() {
            let named = Day::several_by_name(name.as_str()?)?;
            days.extend(named.into_iter().map(|day| (day, *value)));
        }
    }
    week_of(&days)
}

/// The ways in which days are numbered: the number of Monday and the number of Sunday.
///
/// ISO 8601 counts from Monday, 1, to Sunday, 7. Java's `Calendar`, SQL and several banks (ING's
/// list runs 2, 3, 4, 5, 6, 7, 1 and closes its 1 in 841 of 3,427 places) count from Sunday, 1.
/// JavaScript, .NET and Google count from Sunday, 0; Python from Monday, 0.
const NUMBERINGS: &[(u64, u64)] = &[(1, 7), (2, 1), (1, 0), (0, 6)];

/// The week of numbered days. A list that is not in the order of its numbers is in the order of
/// the week, which tells the numbering; otherwise the first that fits and is credible is taken.
fn of_numbered_days(numbers: &[u64], values: &[&Node<'_>]) -> Option<Week> {
    let week = |&(monday, sunday): &(u64, u64)| {
        let day = |number: u64| {
            if number == sunday {
                return Some(Day::Su);
            }
            let place = number.checked_sub(monday).filter(|place| *place < 6)?;
            Day::ALL.get(usize::try_from(place).ok()?).copied()
        };
        let days: Option<Vec<Day>> = numbers.iter().map(|&number| day(number)).collect();
        let days: Vec<(Day, &Node<'_>)> = days?.into_iter().zip(values.iter().copied()).collect();
        week_of(&days)
    };
    let from_monday = |&&(monday, sunday): &&(u64, u64)| {
        !numbers.is_sorted() && numbers.first() == Some(&monday) && numbers.last() == Some(&sunday)
    };
    match NUMBERINGS.iter().find(from_monday) {
        Some(written_so) => week(written_so),
        None => NUMBERINGS.iter().filter_map(week).find(is_credible),
    }
}

/// Whether Monday is open whenever a day of the weekend is. A numbering that says otherwise is
/// off by one far more often than it is right.
fn is_credible(week: &Week) -> bool {
    let open = |day| matches!(week.day(day), Stated::Open(_));
    open(Day::Mo) || !(open(Day::Sa) || open(Day::Su))
}

/// A day, Sunday being 0, and a time.
type Point = (usize, Time);

/// A period of Google Places, `{"open": {"day": 1, "time": "0900"}, "close": {…}}`: the day and
/// time it opens and closes. Without an end it never closes.
fn period(entry: &Members<'_>) -> Option<(Point, Option<Point>)> {
    let point = |node: &Node<'_>| {
        let day = usize::try_from(node.get("day")?.as_u64()?).ok().filter(|day| *day < 7)?;
        Some((day, time_of(node)?))
    };
    let open = point(member_of(entry, &["open"])?)?;
    match member_of(entry, &["close"]).filter(|close| !close.is_blank()) {
        Some(close) => Some((open, Some(point(close)?))),
        None => Some((open, None)),
    }
}

/// The week of all periods there are: the format lists no closed days.
fn of_periods(entries: &[&Members<'_>]) -> Option<Week> {
    let mut week = Week::default();
    for entry in entries {
        let ((open_day, from), close) = period(entry)?;
        let Some((close_day, to)) = close else {
            for day in Day::ALL {
                week.state(day, Stated::Open(vec![Span::WHOLE_DAY]));
            }
            return (entries.len() == 1).then_some(week);
        };
        let span = match (close_day + 7 - open_day) % 7 {
            0 if from < to => Span::new(from, to)?,
            1 if to < from => Span::new(from, to)?,
            1 if to == from && from == Time::MIDNIGHT => Span::WHOLE_DAY,
            _ => return None,
        };
        week.state(*Day::ALL.get((open_day + 6) % 7)?, Stated::Open(vec![span]));
    }
    if !entries.is_empty() {
        week.close_the_rest();
    }
    Some(week)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hours, "" where nothing is stated; `None` where they are not understood.
    fn hours(json: &str) -> Option<String> {
        let node = Node::parse(json.as_bytes()).unwrap();
        let text = read(&node)?.text;
        if let Some(text) = &text {
            opening_hours_syntax::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        }
        Some(text.unwrap_or_default())
    }

    fn known(json: &str) -> String {
        hours(json).unwrap()
    }

    #[test]
    fn a_member_a_day() {
        assert_eq!(
            known(
                r#"{"monday":{"opening_time":"09:00","closing_time":"17:00"},
                    "tuesday":"9am - 5pm","wednesday":["09:00-17:00"],
                    "thursday":[{"from":"09:00","to":"17:00"}],"friday":{"open":900,"close":1700},
                    "saturday":{"isClosed":true},"sunday":{"opening_time":"","closing_time":""}}"#
            ),
            "Mo-Fr 09:00-17:00; Sa off; Su unknown"
        );
        assert_eq!(
            known(r#"{"mon-fri":"08:00-20:00","weekend":"closed"}"#),
            "Mo-Fr 08:00-20:00; Sa,Su off"
        );
        assert_eq!(hours(r#"{"monday":"","sunday":null}"#), Some(String::new()));
        assert_eq!(hours(r#"{"monday":"ask inside"}"#), None);
    }

    #[test]
    fn other_members_are_left_for_the_record() {
        let node = Node::parse(br#"{"sat":"9-12","holidays":"closed","note":""}"#).unwrap();
        let hours = read(&node).unwrap();
        assert_eq!(hours.left.len(), 1);
        assert_eq!(hours.left[0].0, "holidays");
    }

    #[test]
    fn numbered_days_count_from_the_day_that_makes_sense() {
        let list = |numbers: &[(u64, &str)]| {
            let day = |(day, span): &(u64, &str)| {
                let times: Vec<&str> = span.split('-').collect();
                let hours = match times[..] {
                    [from, to] => format!(r#"{{"hourFrom":"{from}","hourTo":"{to}"}}"#),
                    _ => String::new(),
                };
                format!(r#"{{"dayOfWeek":{day},"hours":[{hours}]}}"#)
            };
            let days: Vec<String> = numbers.iter().map(day).collect();
            known(&format!("[{}]", days.join(",")))
        };
        let (work, short) = ("09:00-18:00", "10:00-17:00");
        // Sunday is 1, as the list's own order says.
        assert_eq!(
            list(&[(2, work), (3, work), (4, work), (5, work), (6, work), (7, short), (1, "")]),
            "Mo-Fr 09:00-18:00; Sa 10:00-17:00; Su off"
        );
        assert_eq!(
            list(&[(2, work), (3, work), (4, work), (5, work), (6, work), (7, work), (1, short)]),
            "Mo-Sa 09:00-18:00; Su 10:00-17:00"
        );
        // Monday is 1.
        assert_eq!(
            list(&[(1, work), (2, work), (3, work), (4, work), (5, work), (6, short), (7, "")]),
            "Mo-Fr 09:00-18:00; Sa 10:00-17:00; Su off"
        );
        // Closed on 1 and open on 7: Sunday is 1.
        assert_eq!(
            list(&[(1, ""), (2, work), (3, work), (4, work), (5, work), (6, work), (7, short)]),
            "Mo-Fr 09:00-18:00; Sa 10:00-17:00; Su off"
        );
        assert_eq!(
            list(&[(0, ""), (1, work), (2, work), (3, work), (4, work), (5, work), (6, short)]),
            "Mo-Fr 09:00-18:00; Sa 10:00-17:00; Su off"
        );
        assert_eq!(
            hours(r#"[{"dayOfWeek":1,"hours":[]},{"dayOfWeek":2,"hours":[]}]"#),
            Some(String::new())
        );
        assert_eq!(hours(r#"[{"dayOfWeek":9,"hours":["9-5"]}]"#), None);
    }

    #[test]
    fn periods_of_google_places_list_all_there_is() {
        assert_eq!(
            known(
                r#"{"open_now":true,"periods":[
                    {"open":{"day":1,"time":"0900"},"close":{"day":1,"time":"1700"}},
                    {"open":{"day":5,"hour":22,"minute":0},"close":{"day":6,"hour":2,"minute":30}}],
                    "weekday_text":["Monday: 9:00 AM – 5:00 PM"]}"#
            ),
            "Mo 09:00-17:00; Tu-Th,Sa,Su off; Fr 22:00-02:30"
        );
        assert_eq!(known(r#"{"periods":[{"open":{"day":0,"time":"0000"}}]}"#), "24/7");
        let period = |open: (u64, &str), close: (u64, &str)| {
            hours(&format!(
                r#"[{{"open":{{"day":{},"time":"{}"}},"close":{{"day":{},"time":"{}"}}}}]"#,
                open.0, open.1, close.0, close.1
            ))
        };
        assert_eq!(period((6, "0000"), (0, "0000")).unwrap(), "Mo-Fr,Su off; Sa 00:00-24:00");
        assert_eq!(period((6, "0900"), (0, "0000")).unwrap(), "Mo-Fr,Su off; Sa 09:00-24:00");
        assert_eq!(period((6, "0900"), (0, "1000")), None, "longer than a day");
        assert_eq!(period((u64::MAX, "0900"), (0, "1000")), None);
        assert_eq!(
            known(r#"{"weekday_text":["Monday: 9:00 AM – 5:00 PM","Tuesday: Closed"]}"#),
            "Mo 09:00-17:00; Tu off; We-Su unknown"
        );
    }

    #[test]
    fn specifications_and_texts_of_schema_org() {
        assert_eq!(
            known(
                r#"[{"@type":"OpeningHoursSpecification","opens":"09:00:00","closes":"17:00:00",
                     "dayOfWeek":["Monday","http://schema.org/Tuesday"]},
                    {"dayOfWeek":"https://schema.org/Saturday","opens":"10:00","closes":"14:00"}]"#
            ),
            "Mo,Tu 09:00-17:00; We-Fr,Su unknown; Sa 10:00-14:00"
        );
        assert_eq!(known(r#"["Mo-Fr 09:00-17:00","PH off"]"#), "Mo-Fr 09:00-17:00; PH off");
        assert_eq!(
            known(r#"["Mo-Fr 09:00-17:00","Sa 10:00-14:00"]"#),
            "Mo-Fr 09:00-17:00; Sa 10:00-14:00"
        );
        assert_eq!(
            hours(
                r#"[{"dayOfWeek":"Monday","opens":"09:00","closes":"17:00","validFrom":"2024-07-01"}]"#
            ),
            None
        );
    }

    #[test]
    fn a_span_without_a_day_or_an_end_is_not_guessed() {
        assert_eq!(hours(r#"{"openingTime":"09:00","closingTime":"17:00"}"#), None);
        assert_eq!(hours(r#"{"monday":{"open":"09:00"}}"#), None);
        assert_eq!(hours(r#"[{"hours":["9-5"]}]"#), None);
        assert_eq!(hours("[]"), Some(String::new()));
    }
}
