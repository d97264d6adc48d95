//! How much patience fetching has, and how much it takes.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits on fetching sources that are not files of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchOptions {
    /// Longest time to wait for a connection, in milliseconds.
    pub connect_timeout_ms: NonZeroU64,
    /// Longest time without a single byte, in milliseconds.
    pub idle_timeout_ms: NonZeroU64,
    /// Longest time one attempt may take, in milliseconds.
    pub timeout_ms: NonZeroU64,
    /// How often a fetch is tried before the source counts as failed, the first time included.
    pub attempts: NonZeroU64,
    /// Pause before the second attempt, in milliseconds; it doubles with every further one.
    pub backoff_ms: NonZeroU64,
    /// Most bytes of one file as sent, before decompression.
    pub bytes_max: NonZeroU64,
    /// Where fetched files wait to be read; without it, the system's directory for temporary files.
    #[serde(skip)]
    pub spool: Option<PathBuf>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            connect_timeout_ms: const { NonZeroU64::new(10_000).unwrap() },
            idle_timeout_ms: const { NonZeroU64::new(30_000).unwrap() },
            timeout_ms: const { NonZeroU64::new(3_600_000).unwrap() },
            attempts: const { NonZeroU64::new(4).unwrap() },
            backoff_ms: const { NonZeroU64::new(1_000).unwrap() },
            bytes_max: const { NonZeroU64::new(16 << 30).unwrap() },
            spool: None,
        }
    }
}

/// Longest pause between two attempts, whatever a server asks for.
const BACKOFF_MAX: Duration = Duration::from_mins(1);

impl FetchOptions {
    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms.get())
    }

    pub(super) fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms.get())
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.get())
    }

    /// The pause before attempt `attempt` (from 1): doubling, with up to half of it by chance so
    /// that replicas do not come back all at once; longer when the server asks for longer.
    pub(super) fn pause_before(&self, attempt: u64, asked_for: Option<Duration>) -> Duration {
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        let pause = Duration::from_millis(self.backoff_ms.get()).saturating_mul(1 << doublings);
        let pause = pause.max(asked_for.unwrap_or_default()).min(BACKOFF_MAX);
        pause + pause.mul_f64(chance() / 2.0)
    }
}

/// A number from 0 to 1 that is another one each time; the standard library seeds its hash maps by
/// chance.
fn chance() -> f64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from((random >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_heed_the_server_within_bounds() {
        let options = FetchOptions::default();
        let between = |pause: Duration, low: u64, high: u64| {
            assert!((u128::from(low)..=u128::from(high)).contains(&pause.as_millis()), "{pause:?}");
        };
        between(options.pause_before(1, None), 1_000, 1_500);
        between(options.pause_before(3, None), 4_000, 6_000);
        between(options.pause_before(1, Some(Duration::from_secs(20))), 20_000, 30_000);
        between(options.pause_before(60, Some(Duration::from_secs(999_999))), 60_000, 90_000);
    }
}
