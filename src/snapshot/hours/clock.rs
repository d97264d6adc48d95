//! What clocks show where a machine stands.

use std::sync::LazyLock;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use jiff::Timestamp;
use tzf_rs::EmbeddedFinder;

use crate::domain::{LocalTime, Position};

/// Boundaries of the time zones, © OpenStreetMap contributors, ODbL, read where they are compiled
/// in. A border is right to 112 m.
static FINDER: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);

/// The clocks of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone(Option<Tz>);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(None);

    /// The clocks at a position; those of UTC where no zone reaches.
    ///
    /// # Cost
    ///
    /// About a microsecond, some more near a border.
    #[must_use]
    pub fn at(position: Position) -> Self {
        Self(zone_at(position))
    }

    /// An instant as these clocks show it.
    #[must_use]
    pub fn local(self, at: Timestamp) -> LocalTime {
        LocalTime::new(at, self.0.map_or(0, |zone| offset_s(zone, at.as_second())))
    }

    /// The instant at which these clocks show a time: the first of two in the hour they show
    /// twice, and as much later as they are put forward in the hour they skip.
    #[must_use]
    pub fn instant(self, shown: jiff::civil::DateTime) -> Option<Timestamp> {
        const DAY_S: i64 = 86_400;
        let as_utc = shown.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        let Some(zone) = self.0 else { return Some(as_utc) };
        let at = |offset_s: i32| as_utc.as_second() - i64::from(offset_s);
        // Of the offsets around that time, one at which the clocks show it.
        let around =
            [as_utc.as_second() - DAY_S, as_utc.as_second() + DAY_S].map(|s| offset_s(zone, s));
        let fitting = around
            .into_iter()
            .map(at)
            .find(|&s| i64::from(offset_s(zone, s)) == as_utc.as_second() - s);
        Timestamp::from_second(fitting.unwrap_or(at(around[0]))).ok()
    }
}

/// The time zone at a position, at sea that of its meridian. `None` where no zone reaches.
///
/// # Cost
///
/// About a microsecond, some more near a border.
pub(super) fn zone_at(position: Position) -> Option<Tz> {
    FINDER.get_tz_name(position.lon_deg(), position.lat_deg()).parse().ok()
}

/// Finds the time zones of positions of which many follow one that is near, or the same.
#[derive(Debug, Default)]
pub(super) struct Zones {
    here: Option<(Position, Option<Tz>)>,
    name: &'static str,
    zone: Option<Tz>,
}

impl Zones {
    /// As [`zone_at`].
    pub(super) fn at(&mut self, position: Position) -> Option<Tz> {
        if let Some((here, zone)) = self.here
            && here == position
        {
            return zone;
        }
        let name = FINDER.get_tz_name(position.lon_deg(), position.lat_deg());
        if name != self.name {
            (self.name, self.zone) = (name, name.parse().ok());
        }
        self.here = Some((position, self.zone));
        self.zone
    }
}

/// How far clocks are ahead of UTC at an instant, in seconds.
pub(super) fn offset_s(zone: Tz, at_s: i64) -> i32 {
    DateTime::from_timestamp(at_s, 0)
        .map_or(0, |at| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The first instant after `from_s` and no later than `to_s` at which clocks are put forward or
/// back. The two are no more than some days apart, in which clocks change once at most.
pub(super) fn clock_change_s(zone: Tz, from_s: i64, to_s: i64) -> Option<i64> {
    let before = offset_s(zone, from_s);
    if offset_s(zone, to_s) == before {
        return None;
    }
    let (mut unchanged, mut changed) = (from_s, to_s);
    while changed - unchanged > 1 {
        let middle = unchanged + (changed - unchanged) / 2;
        if offset_s(zone, middle) == before { unchanged = middle } else { changed = middle }
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(lat_deg: f64, lon_deg: f64) -> Option<&'static str> {
        zone_at(Position::from_lat_lon(lat_deg, lon_deg).unwrap()).map(Tz::name)
    }

    #[test]
    fn clocks_show_each_time_once_but_in_the_hours_of_change() {
        let berlin = Zone::at(Position::from_lat_lon(52.5, 13.4).unwrap());
        for (shown, instant) in [
            ("2026-07-01T22:00", "2026-07-01T20:00:00Z"),
            ("2026-12-01T22:00", "2026-12-01T21:00:00Z"),
            ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
        ] {
            let at = berlin.instant(shown.parse().unwrap()).unwrap();
            assert_eq!(at.to_string(), instant, "{shown}");
        }
    }

    #[test]
    fn positions_lie_in_their_zones_at_the_ends_of_the_earth_too() {
        for (lat_deg, lon_deg, name) in [
            (60.171_9, 24.941_4, "Europe/Helsinki"),
            (28.613_9, 77.209_0, "Asia/Kolkata"),
            (27.717_2, 85.324_0, "Asia/Kathmandu"),
            (-34.603_7, -58.381_6, "America/Argentina/Buenos_Aires"),
            (-31.557_1, 159.082_1, "Australia/Lord_Howe"),
            (33.448_4, -112.074_0, "America/Phoenix"),
            // The land of the Navajo, by other clocks than Arizona, and that of the Hopi within it.
            (36.134, -111.239, "America/Denver"),
            (35.877, -110.62, "America/Phoenix"),
            // Two islands a day apart, on either side of the antimeridian.
            (-18.141_6, 178.441_9, "Pacific/Fiji"),
            (-16.85, -179.98, "Pacific/Fiji"),
            (-14.275_6, -170.702, "Pacific/Pago_Pago"),
            (-13.833, -171.766_7, "Pacific/Apia"),
            // A border town: two zones across a street.
            (42.345, 1.509, "Europe/Madrid"),
            (42.506, 1.521, "Europe/Andorra"),
            (30.0, -40.0, "Etc/GMT+3"),
            (0.0, 180.0, "Etc/GMT-12"),
            (0.0, -180.0, "Etc/GMT+12"),
        ] {
            assert_eq!(zone(lat_deg, lon_deg), Some(name), "{lat_deg} {lon_deg}");
        }
        assert!(zone(90.0, 0.0).is_some());
        assert!(zone(-90.0, 0.0).is_some());
    }

    #[test]
    fn every_zone_that_is_found_is_one_whose_clocks_are_known() {
        let unknown: Vec<&str> =
            FINDER.timezonenames().into_iter().filter(|name| name.parse::<Tz>().is_err()).collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }

    #[test]
    fn clocks_change_when_the_law_says() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let [before, after] = [at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")];
        let change = at("2026-03-29T01:00:00Z");
        assert_eq!(clock_change_s(Tz::Europe__Paris, before, after), Some(change));
        assert_eq!(clock_change_s(Tz::Europe__Paris, before, change), Some(change));
        assert_eq!(clock_change_s(Tz::Europe__Paris, before, change - 1), None);
        assert_eq!(clock_change_s(Tz::Europe__Paris, change, after), None);
        assert_eq!(clock_change_s(Tz::Asia__Tokyo, before, after), None);
    }
}
