//! Dates.

use jiff::civil::Date;

/// English names of months by their first three letters, as exports write them.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// An ISO 8601 date (a day, a month or a year) out of a date or a time stamp.
///
/// `3/4/2024` is not guessed at, `13/4/2024` and `4/13/2024` have one reading each, and a date with
/// points is day, month, year.
pub(super) fn iso_date(text: &str) -> Option<String> {
    let date = match text.split_once(['T', ' ']) {
        Some((date, time))
            if time.trim_start().starts_with(|c: char| c.is_ascii_digit()) && is_time(time) =>
        {
            date
        }
        _ => text,
    };
    let parts: Vec<&str> = date
        .split(['-', '/', '.', ' ', ',', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [compact] if compact.len() == 8 => {
            day(compact.get(..4)?, compact.get(4..6)?, compact.get(6..)?)
        }
        [year] => Some(format!("{:04}", self::year(year)?)),
        [year, month] => Some(format!("{:04}-{:02}", self::year(year)?, self::month(month)?)),
        [year, month, day] if year.len() == 4 => self::day(year, month, day),
        [one, two, year] if date.contains('.') => day(year, two, one),
        [one, two, year] => match (number(one), number(two)) {
            (Some(first), Some(second)) if first == second || first > 12 => day(year, two, one),
            (Some(_), Some(second)) if second > 12 => day(year, one, two),
            (Some(_), Some(_)) | (None, None) => None,
            (Some(_), None) => day(year, two, one),
            (None, Some(_)) => day(year, one, two),
        },
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    text.contains(':')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '+' | '-' | ' '))
}

fn day(year: &str, month: &str, day: &str) -> Option<String> {
    let month = i8::try_from(self::month(month)?).ok()?;
    let date = Date::new(self::year(year)?, month, i8::try_from(number(day)?).ok()?).ok()?;
    Some(date.to_string())
}

fn year(text: &str) -> Option<i16> {
    let year = i16::try_from(number(text)?).ok()?;
    (1900..=2199).contains(&year).then_some(year)
}

fn month(text: &str) -> Option<u32> {
    if let Some(month) = number(text) {
        return (1..=12).contains(&month).then_some(month);
    }
    let start = text.get(..3)?.to_ascii_lowercase();
    (1..).zip(MONTHS).find(|(_, name)| *name == start).map(|(month, _)| month)
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::iso_date;

    #[test]
    fn dates_of_one_reading_become_iso_dates_and_others_are_refused() {
        for (text, iso) in [
            ("2024-05-01", "2024-05-01"),
            ("2024-05-01T10:15:00Z", "2024-05-01"),
            ("2024/5/1 10:15", "2024-05-01"),
            ("20240501", "2024-05-01"),
            ("2024-05", "2024-05"),
            ("2024", "2024"),
            ("01.05.2024", "2024-05-01"),
            ("13/04/2024", "2024-04-13"),
            ("04/13/2024", "2024-04-13"),
            ("5/5/2024", "2024-05-05"),
            ("1 May 2024", "2024-05-01"),
            ("Mar 15, 2024", "2024-03-15"),
            ("2024年5月1日", "2024-05-01"),
        ] {
            assert_eq!(iso_date(text).as_deref(), Some(iso), "{text}");
        }
        for text in [
            "03/04/2024",
            "MAR-15",
            "2024-02-30",
            "2024-13-01",
            "15",
            "1714521600",
            "soon",
            "1/2",
            "",
        ] {
            assert_eq!(iso_date(text), None, "{text}");
        }
    }
}
