//! What was found out, for as long as it holds.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::Tri;

/// A verdict and the minutes since 1970 it holds from and until, in one word: whoever reads it sees
/// all of it or nothing.
#[derive(Debug, Default)]
pub(super) struct Seen(AtomicU64);

/// Bits of a number of minutes: enough for 4,000 years.
const MINUTES_BITS: u32 = 31;

impl Seen {
    /// What was found out and holds at an instant, and the second since 1970 it holds until.
    pub(super) fn get(&self, at_s: i64) -> Option<(Tri, i64)> {
        let word = self.0.load(Ordering::Relaxed);
        let minutes = |shift: u32| (word >> shift) & ((1 << MINUTES_BITS) - 1);
        let minute = u64::try_from(at_s.div_euclid(60)).ok()?;
        let holds = minutes(2) <= minute && minute < minutes(2 + MINUTES_BITS);
        let verdict = match word & 0b11 {
            1 if holds => Tri::Yes,
            2 if holds => Tri::No,
            3 if holds => Tri::Unknown,
            _ => return None,
        };
        Some((verdict, i64::try_from(minutes(2 + MINUTES_BITS)).unwrap_or(0) * 60))
    }

    /// Keeps a verdict found for `from_s`. States change at whole minutes, so it holds from the start of its own.
    pub(super) fn set(&self, from_s: i64, until_s: i64, verdict: Tri) {
        let minute = |at_s: i64| {
            let minute = u64::try_from(at_s.div_euclid(60)).ok()?;
            (minute < 1 << MINUTES_BITS).then_some(minute)
        };
        let (Some(from), Some(until)) = (minute(from_s), minute(until_s)) else { return };
        let verdict = match verdict {
            Tri::Yes => 1,
            Tri::No => 2,
            Tri::Unknown => 3,
        };
        self.0.store(verdict | from << 2 | until << (2 + MINUTES_BITS), Ordering::Relaxed);
    }
}
