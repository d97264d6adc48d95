//! How much patience fetching has, and how much it takes.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::retries::Retries;

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
    /// About how long the pause before the second attempt is, in milliseconds; it doubles with every
    /// further one.
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

    /// How often and when a fetch is tried again.
    pub(super) fn retries(&self) -> Retries {
        let backoff = Duration::from_millis(self.backoff_ms.get());
        let attempts = u32::try_from(self.attempts.get()).unwrap_or(u32::MAX);
        Retries { attempts, backoff }
    }
}
