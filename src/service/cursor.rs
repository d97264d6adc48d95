//! Cursors: where the next page of an answer starts.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use jiff::Timestamp;

use crate::domain::{AtmFilter, Condition, OpenAt};
use crate::snapshot::SnapshotId;

/// How many nearer neighbours a page may pass over. A page is found by finding all before it too,
/// so that without a bound one request could cost as much as sorting every ATM.
pub const OFFSET_MAX: usize = 10_000;

/// Digits of a cursor, without and with an instant.
const WITHOUT_INSTANT: usize = 56;
const WITH_INSTANT: usize = WITHOUT_INSTANT + 10;

/// Where a next page starts, valid for the snapshot and the question it came from. It holds no
/// position, so that a cursor in a URL or a log tells nothing of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The snapshot the earlier pages were answered from.
    pub snapshot: SnapshotId,
    /// Digest of the filter, the grouping and the area, see [`Cursor::question`].
    pub question: u64,
    /// How many results the earlier pages held, or the row they ended before.
    pub from: u32,
    /// When the first page was asked for, to the second, if the question is what is open now: pages
    /// go on with what was open then, or machines that open and close would move between them.
    pub asked_at: Option<Timestamp>,
}

/// Why a cursor does not continue an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// It is none that this service gave.
    #[error("is not a cursor of this service; pass `next` of the page before, unchanged")]
    Malformed,
    /// The question is not the one it was given for.
    #[error("belongs to another question; repeat the parameters of the page before")]
    OtherQuestion,
    /// The data has changed since, so a next page might repeat or miss ATMs.
    #[error("the data has changed since the page before; ask again from the first page")]
    SnapshotChanged,
}

/// Appends the last digits of a number, hexadecimal; without a formatter, for every full page has a
/// cursor.
fn push_hex(text: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = (number >> (4 * place)) & 15;
        text.push(char::from(b"0123456789abcdef"[digit as usize]));
    }
}

impl Cursor {
    /// Digest of everything about a question but its position and page.
    #[must_use]
    pub fn question(described: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        described.hash(&mut hasher);
        hasher.finish()
    }

    /// The opaque text handed to clients.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(WITH_INSTANT);
        text.push_str(std::str::from_utf8(&self.snapshot.digits()).unwrap_or_default());
        push_hex(&mut text, self.question, 16);
        push_hex(&mut text, u64::from(self.from), 8);
        if let Some(asked_at) = self.asked_at {
            // Instants that questions may ask for are later than 1970.
            push_hex(&mut text, asked_at.as_second().unsigned_abs(), 10);
        }
        text
    }

    /// Reads a cursor back and checks that it continues this question on this snapshot.
    ///
    /// # Errors
    ///
    /// [`CursorError`] says why it does not.
    pub fn resume(text: &str, snapshot: SnapshotId, question: u64) -> Result<Self, CursorError> {
        let number = |from: usize, to: usize| {
            text.get(from..to).and_then(|hex| u64::from_str_radix(hex, 16).ok())
        };
        let is_whole = matches!(text.len(), WITHOUT_INSTANT | WITH_INSTANT)
            && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (Some(of_question), Some(from)) = (number(32, 48), number(48, WITHOUT_INSTANT)) else {
            return Err(CursorError::Malformed);
        };
        if !is_whole {
            return Err(CursorError::Malformed);
        }
        if of_question != question {
            return Err(CursorError::OtherQuestion);
        }
        if text.as_bytes().get(..32) != Some(&snapshot.digits()) {
            return Err(CursorError::SnapshotChanged);
        }
        let asked_at = if text.len() == WITH_INSTANT {
            let second = number(WITHOUT_INSTANT, WITH_INSTANT).and_then(|s| i64::try_from(s).ok());
            let instant = second.and_then(|second| Timestamp::from_second(second).ok());
            Some(instant.filter(OpenAt::accepts).ok_or(CursorError::Malformed)?)
        } else {
            None
        };
        let from = u32::try_from(from).map_err(|_too_large| CursorError::Malformed)?;
        Ok(Self { snapshot, question, from, asked_at })
    }
}

/// Whether a filter asks what is open at the instant of the question.
#[must_use]
pub fn asks_for_now(filter: &AtmFilter) -> bool {
    filter.conditions.contains(&Condition::Open(OpenAt::Now))
}

/// The filter asking for what is open at an instant where it asks for what is open now.
pub fn fix_now(filter: &mut AtmFilter, asked_at: Timestamp) {
    for condition in &mut filter.conditions {
        if *condition == Condition::Open(OpenAt::Now) {
            *condition = Condition::Open(OpenAt::At(asked_at));
        }
    }
}
