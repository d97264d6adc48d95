//! Instants as publishers write them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::rfc2822};

/// The instant `text` names, RFC 3339 in UTC: ISO 8601 with or without an offset, a date alone, or
/// the style of HTTP and mail. Without an offset it is taken to be UTC, without a time the day's
/// beginning. `None` for everything else; a date whose order of day and month is anyone's guess is
/// such.
pub(crate) fn to_utc(text: &str) -> Option<String> {
    let text = text.trim();
    let offset = || text.parse::<Timestamp>().ok();
    let local =
        || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    let mail = || rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    offset().or_else(local).or_else(day).or_else(mail).map(|instant| instant.to_string())
}

#[cfg(test)]
mod tests {
    use super::to_utc;

    #[test]
    fn every_style_of_the_publishers_becomes_utc() {
        for (written, utc) in [
            ("2019-03-24T06:30:09+0000", "2019-03-24T06:30:09Z"),
            ("2020-02-24T14:59:58.000Z", "2020-02-24T14:59:58Z"),
            ("2020-01-14T07:43:46.101+0100", "2020-01-14T06:43:46.101Z"),
            ("2024-05-13T07:15:36.085Z", "2024-05-13T07:15:36.085Z"),
            ("2018-11-02T10:15:00", "2018-11-02T10:15:00Z"),
            ("2018-11-02 10:15:00", "2018-11-02T10:15:00Z"),
            ("2018-11-02", "2018-11-02T00:00:00Z"),
            ("Sun, 24 Mar 2019 06:30:09 GMT", "2019-03-24T06:30:09Z"),
        ] {
            assert_eq!(to_utc(written).as_deref(), Some(utc), "{written}");
        }
        for no_instant in ["", "03/04/2019", "yesterday", "2019-13-01"] {
            assert_eq!(to_utc(no_instant), None, "{no_instant}");
        }
    }
}
