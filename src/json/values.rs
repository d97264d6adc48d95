//! How the domain's own values are written.

use std::io::Write as _;

use crate::domain::{HoursOf, LocalTime, Openness, Position, Tri};

use super::{Decimal, Json, object, write_digits};

/// A position as an object of latitude and longitude.
pub(crate) struct LatLon(pub(crate) Position);

impl Json for LatLon {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("lat", Decimal::<7>(self.0.lat_deg()));
            members.add("lon", Decimal::<7>(self.0.lon_deg()));
        });
    }
}

/// A GeoJSON point, longitude first.
pub(crate) struct Point(pub(crate) Position);

impl Json for Point {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("type", "Point");
            members.add("coordinates", [self.0.lon_deg(), self.0.lat_deg()].map(Decimal::<7>));
        });
    }
}

/// By RFC 3339, as the type itself shows it; put together from digits, for most machines with
/// hours have one.
impl Json for LocalTime {
    fn write(&self, out: &mut Vec<u8>) {
        let (time, offset_s) = (self.shown(), self.offset_s());
        if time.second() != 0 || time.subsec_nanosecond() != 0 || offset_s % 60 != 0 {
            // Writing to memory does not fail.
            let _ = write!(out, "\"{self}\"");
            return;
        }
        let offset_min = offset_s.unsigned_abs() / 60;
        let sign = if offset_s < 0 { b'-' } else { b'+' };
        let two = |out: &mut Vec<u8>, before: u8, number: i8| {
            out.push(before);
            write_digits(out, u64::from(number.unsigned_abs()), 2);
        };
        out.push(b'"');
        write_digits(out, u64::from(time.year().unsigned_abs()), 4);
        two(out, b'-', time.month());
        two(out, b'-', time.day());
        two(out, b'T', time.hour());
        two(out, b':', time.minute());
        out.extend_from_slice(b":00");
        out.push(sign);
        write_digits(out, u64::from(offset_min / 60), 2);
        out.push(b':');
        write_digits(out, u64::from(offset_min % 60), 2);
        out.push(b'"');
    }
}

/// Whether a machine is open, until when or when it opens, and by whose hours and clocks.
impl Json for Openness {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("state", self.state());
            let name = if self.is_open == Tri::Yes { "until" } else { "opens_at" };
            members.add_some(name, self.changes);
            members.add_some("time_zone", self.time_zone);
            if self.hours_of != HoursOf::Machine {
                members.add("hours_of", self.hours_of.as_str());
            }
            members.add_some("comment", self.comment.as_deref());
        });
    }
}
