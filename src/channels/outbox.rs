//! Sending: at the pace a platform takes, again when it could not take it, and without a word of
//! what is sent in any log.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::options::ChannelsOptions;
use super::platforms::{Call, Platform};

const USER_AGENT: &str = concat!("nearest-atm/", env!("CARGO_PKG_VERSION"));

/// How many requests may be under way at once.
const UNDER_WAY_MAX: usize = 64;

/// How much is read of what a platform answers: an error is far smaller.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// The longest pause between two attempts. Who is told to wait longer than that gives up: by then
/// the person has asked elsewhere.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Why a message was not sent. Neither says to whom or where, and none holds an address, which for
/// Telegram holds the bot's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SendError {
    /// The platform will not take it.
    #[error("the platform refuses it with status {status} and code {code}")]
    Refused { status: u16, code: i64 },
    /// The platform has no room for it, or fails, or asks for a longer wait than is sensible.
    #[error("the platform could not take it: status {status} and code {code}")]
    Unavailable { status: u16, code: i64 },
    /// There is no connection, or no answer in time.
    #[error("the platform did not answer")]
    Unreachable,
}

impl SendError {
    /// Whether another attempt may end otherwise.
    fn is_passing(self) -> bool {
        !matches!(self, Self::Refused { .. })
    }
}

/// Sends what is said on one channel.
#[derive(Debug)]
pub(super) struct Outbox {
    client: Client,
    under_way: Semaphore,
    /// When the next message may leave.
    next: Mutex<Instant>,
    interval: Duration,
    attempts: u32,
    backoff: Duration,
}

impl Outbox {
    /// Sends at most `per_second` messages a second.
    ///
    /// # Errors
    ///
    /// When the system has no certificates to trust.
    pub(super) fn new(options: &ChannelsOptions, per_second: u32) -> reqwest::Result<Self> {
        // The first choice stays, and all choose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = Duration::from_millis(options.send_timeout_ms);
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(timeout)
            .timeout(timeout)
            // Nothing leads a credential elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            under_way: Semaphore::new(UNDER_WAY_MAX),
            next: Mutex::new(Instant::now()),
            interval: Duration::from_secs(1) / per_second.max(1),
            attempts: options.send_attempts.max(1),
            backoff: Duration::from_millis(options.send_backoff_ms),
        })
    }

    /// Sends a message, several times if need be, and gives how many attempts it took.
    ///
    /// No attempt follows one that was refused. One that was not answered in time is repeated, though
    /// the platform may have taken it: a message twice is better than none.
    ///
    /// # Errors
    ///
    /// [`SendError`] of the last attempt.
    pub(super) async fn send<P: Platform>(
        &self,
        platform: &P,
        call: &Call,
    ) -> Result<u32, SendError> {
        let mut attempt = 1;
        loop {
            let (error, wanted) = match self.attempt(platform, call).await {
                Ok(()) => return Ok(attempt),
                Err(failure) => failure,
            };
            let pause = wanted.unwrap_or_else(|| self.pause_after(attempt));
            if !error.is_passing() || attempt >= self.attempts || pause > PAUSE_MAX {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// One attempt; how long the platform wants to be left alone, where it says.
    async fn attempt<P: Platform>(
        &self,
        platform: &P,
        call: &Call,
    ) -> Result<(), (SendError, Option<Duration>)> {
        // Never closed. The moment to leave is taken last, so that none is taken and then waited past.
        let _place = self.under_way.acquire().await;
        tokio::time::sleep(self.slot().saturating_duration_since(Instant::now())).await;
        let request = platform.request(&self.client, call.method).json(&call.body);
        // An error of the client names the address; only that there was one is told.
        let unreachable = |_error: reqwest::Error| (SendError::Unreachable, None);
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let wanted = retry_after(answer.headers());
        let told = read(answer).await.map_err(unreachable)?;
        if status.is_success() && told["ok"] != Value::Bool(false) {
            return Ok(());
        }
        let wanted = told["parameters"]["retry_after"].as_u64().map(Duration::from_secs).or(wanted);
        let code = [&told["error"]["code"], &told["error_code"]];
        let code = code.into_iter().find_map(Value::as_i64).unwrap_or_default();
        let is_passing = status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            || platform.is_throttling(code);
        let status = status.as_u16();
        let error = if is_passing {
            SendError::Unavailable { status, code }
        } else {
            SendError::Refused { status, code }
        };
        Err((error, wanted))
    }

    /// Takes the next moment at which a message may leave.
    fn slot(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = (*next).max(Instant::now());
        *next = slot + self.interval;
        slot
    }

    /// Twice as long after every attempt, and by chance half to once and a half of that, so that
    /// what failed together does not come again together.
    fn pause_after(&self, attempt: u32) -> Duration {
        let doubled = self.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(16));
        let chance = RandomState::new().hash_one(()) % 1024;
        let chance = u32::try_from(chance).unwrap_or_default();
        doubled.min(PAUSE_MAX * 2 / 3) / 2 + doubled.min(PAUSE_MAX * 2 / 3) * chance / 1024
    }
}

/// What a platform answers, as far as it is JSON.
async fn read(mut answer: Response) -> reqwest::Result<Value> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > ANSWER_BYTES_MAX {
            return Ok(Value::Null);
        }
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

/// How long a platform wants to be left alone. The form with a date is not used by any.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_with_chance_in_them_and_never_exceed_the_longest() {
        let options = ChannelsOptions { send_backoff_ms: 100, ..ChannelsOptions::default() };
        let outbox = Outbox::new(&options, 30).unwrap();
        for (attempt, middle_ms) in [(1, 100), (2, 200), (3, 400), (10, 40_000), (99, 40_000)] {
            let middle = Duration::from_millis(middle_ms);
            let pauses: Vec<_> = (0..50).map(|_| outbox.pause_after(attempt)).collect();
            assert!(pauses.iter().all(|&pause| pause >= middle / 2 && pause <= middle * 3 / 2));
            assert!(pauses.iter().any(|&pause| pause != pauses[0]));
            assert!(pauses.iter().all(|&pause| pause <= PAUSE_MAX));
        }
    }

    #[test]
    fn messages_leave_no_faster_than_the_platform_takes_them() {
        let outbox = Outbox::new(&ChannelsOptions::default(), 30).unwrap();
        let start = Instant::now();
        let last = (0..=60).map(|_| outbox.slot()).last().unwrap();
        assert!(last >= start + Duration::from_millis(1990));
        assert!(last <= start + Duration::from_millis(2500));
    }
}
