//! Sending: at the pace a platform takes, again when it could not take it, and without a word of
//! what is sent in any log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::options::ChannelsOptions;
use super::platforms::{Call, Platform};
use crate::retries::{self, Retries};

/// How many requests may be under way at once.
const UNDER_WAY_MAX: usize = 64;

/// How much is read of what a platform answers: an error is far smaller.
const ANSWER_BYTES_MAX: usize = 64 << 10;

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
    retries: Retries,
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
            .user_agent(retries::USER_AGENT)
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
            retries: Retries {
                attempts: options.send_attempts.max(1),
                backoff: Duration::from_millis(options.send_backoff_ms),
            },
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
            let pause = self.retries.pause_after(attempt, wanted);
            let Some(pause) = pause.filter(|_| error.is_passing()) else { return Err(error) };
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
        let wanted = answer.headers().get(RETRY_AFTER);
        let wanted = wanted.and_then(|header| retries::retry_after(header.as_bytes()));
        let told = read(answer).await.map_err(unreachable)?;
        if status.is_success() && told["ok"] != Value::Bool(false) {
            return Ok(());
        }
        let wanted = told["parameters"]["retry_after"].as_u64().map(Duration::from_secs).or(wanted);
        let code = [&told["error"]["code"], &told["error_code"]];
        let code = code.into_iter().find_map(Value::as_i64).unwrap_or_default();
        let status = status.as_u16();
        let is_passing = retries::is_passing(status) || platform.is_throttling(code);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_leave_no_faster_than_the_platform_takes_them() {
        let outbox = Outbox::new(&ChannelsOptions::default(), 30).unwrap();
        let start = Instant::now();
        let last = (0..=60).map(|_| outbox.slot()).last().unwrap();
        assert!(last >= start + Duration::from_millis(1990));
        // Sixty times the pause after the slowest machine has come to it, and no more.
        assert!(last <= Instant::now() + Duration::from_secs(2));
    }
}
