//! Lengths of time as an administrator writes them: `15m`, `1h 30m`, `2 days`.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time of at least one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(Duration);

impl Interval {
    /// So many seconds, at least one.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(if seconds == 0 { 1 } else { seconds }))
    }

    /// The length.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// The length, to be added to an instant.
    #[must_use]
    pub fn signed(self) -> SignedDuration {
        SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.signed())
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // A day here is 24 hours.
        let text = text.trim();
        let days = ["days", "day", "d"].iter().find_map(|unit| text.strip_suffix(unit));
        let length = match days.and_then(|count| count.trim().parse::<u32>().ok()) {
            Some(days) => Some(Duration::from_secs(u64::from(days) * 86_400)),
            None => text.parse::<SignedDuration>().ok().and_then(|it| Duration::try_from(it).ok()),
        };
        length.filter(|length| *length >= Duration::from_secs(1)).map(Self).ok_or_else(|| {
            de::Error::custom("a length of time from 1s on, such as 90s, 15m, 12h or 2d")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        let read = |text: &str| serde_json::from_value::<Interval>(text.into());
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("1h 30m", 5_400), ("2 days", 172_800), ("1d", 86_400)]
        {
            assert_eq!(read(text).unwrap(), Interval::seconds(seconds), "{text}");
            assert_eq!(read(&read(text).unwrap().to_string()).unwrap(), Interval::seconds(seconds));
        }
        for text in ["", "0s", "-1h", "15", "soon"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
