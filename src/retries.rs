//! When something asked over a network is asked again: the one policy for sources that are fetched
//! and messages that are sent.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// How the service calls itself where it asks others.
pub const USER_AGENT: &str = concat!("nearest-atm/", env!("CARGO_PKG_VERSION"));

/// The longest pause between two attempts. Who is told to wait longer than that gives up: a person
/// has asked elsewhere by then, and a source is asked again at its next time.
pub const PAUSE_MAX: Duration = Duration::from_mins(1);

/// How often something is tried, and how long it is left alone in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often it is tried at most, the first time included.
    pub attempts: u32,
    /// About how long the first pause is; each further one is twice as long.
    pub backoff: Duration,
}

impl Retries {
    /// The pause after attempt `attempt`, counted from 1, when the other side has `asked_for` one of
    /// its own; `None` when it is not to be tried again.
    ///
    /// A pause of the service's own is by chance half to once and a half of what it would be, so
    /// that what failed together does not come again together. One that is asked for is kept, and by
    /// chance up to half longer.
    #[must_use]
    pub fn pause_after(&self, attempt: u32, asked_for: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts || asked_for.is_some_and(|pause| pause > PAUSE_MAX) {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(16);
        let middle = self.backoff.saturating_mul(1 << doublings).min(PAUSE_MAX * 2 / 3);
        let own = middle / 2 + middle.mul_f64(chance());
        let asked_for = asked_for.map(|pause| pause + pause.mul_f64(chance() / 2.0));
        Some(own.max(asked_for.unwrap_or_default()))
    }
}

/// Whether an HTTP status says that another attempt may end otherwise: no room, no time, or a fault
/// of the server's own.
#[must_use]
pub fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// How long a `Retry-After` header asks to be left alone, in seconds; its form with a date is not
/// used by those the service asks.
#[must_use]
pub fn retry_after(header: &[u8]) -> Option<Duration> {
    std::str::from_utf8(header).ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// A number from 0 to 1 that is another one each time; the standard library seeds its hash maps by
/// chance.
fn chance() -> f64 {
    f64::from((RandomState::new().hash_one(()) >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFTEN: Retries = Retries { attempts: u32::MAX, backoff: Duration::from_millis(100) };

    #[test]
    fn pauses_double_with_chance_in_them_and_never_exceed_the_longest() {
        for (attempt, middle_ms) in [(1, 100), (2, 200), (3, 400), (10, 40_000), (99, 40_000)] {
            let middle = Duration::from_millis(middle_ms);
            let pauses: Vec<_> =
                (0..50).map(|_| OFTEN.pause_after(attempt, None).unwrap()).collect();
            assert!(pauses.iter().all(|&pause| pause >= middle / 2 && pause <= middle * 3 / 2));
            assert!(pauses.iter().any(|&pause| pause != pauses[0]));
            assert!(pauses.iter().all(|&pause| pause <= PAUSE_MAX));
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_and_one_too_long_is_the_end() {
        let asked_for = Duration::from_secs(20);
        for _ in 0..50 {
            let pause = OFTEN.pause_after(1, Some(asked_for)).unwrap();
            assert!(pause >= asked_for && pause <= asked_for * 3 / 2, "{pause:?}");
        }
        assert_eq!(OFTEN.pause_after(1, Some(Duration::from_secs(61))), None);
        assert_eq!(retry_after(b" 61 "), Some(Duration::from_secs(61)));
        assert_eq!(retry_after(b"Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }

    #[test]
    fn it_is_tried_as_often_as_allowed() {
        let twice = Retries { attempts: 2, ..OFTEN };
        assert!(twice.pause_after(1, None).is_some());
        assert_eq!(twice.pause_after(2, None), None);
        assert!([408, 425, 429, 500, 503].into_iter().all(is_passing));
        assert!(![200, 304, 400, 401, 403, 404, 409].into_iter().any(is_passing));
    }
}
