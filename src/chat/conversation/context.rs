//! What a conversation remembers between turns. The client carries it, encrypted; the service
//! keeps nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chat::meaning::{Language, Meaning};
use crate::chat::turn::{CONTEXT_BYTES_MAX, SharedPosition};
use crate::domain::{Metres, Position};
use crate::places::Candidate;

/// Most machines a list remembers.
const SHOWN_MAX: usize = 100;

/// Everything a conversation remembers. It holds where a person is, and what they wrote of it: it
/// leaves the service in encrypted form only, and never shows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// The language of the last turn that told it.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<Language>,
    /// The last question about ATMs.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(super) meaning: Option<Meaning>,
    /// Where the person is, as they shared it.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub(super) here: Option<Spot>,
    /// From where the list was made.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<Spot>,
    /// Which place the place of the last question turned out to be.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) settled: Option<Settled>,
    /// Places the person was asked to choose from.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) choices: Vec<Choosable>,
    /// What was offered to give up, by the text of its button.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) drops: Vec<(String, Vec<String>)>,
    /// Ids of the machines shown, in the order of their numbers.
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) shown: Vec<String>,
    /// How many places the last reply passed over: its list begins with the next.
    #[serde(rename = "p", default)]
    pub(super) page: usize,
    /// How many places all replies of the list have shown.
    #[serde(rename = "q", default)]
    pub(super) passed: usize,
    /// When the first part of the list was asked for: of what is open now, all parts are of then.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) asked_at: Option<Timestamp>,
    /// The snapshot the list was made from, by its digits: in another its places have moved.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(super) listed_from: Option<String>,
    /// Whether the last reply asked for a place.
    #[serde(rename = "w", default)]
    pub(super) awaits_place: bool,
    /// Whether it was said what a shared position is used for.
    #[serde(rename = "k", default)]
    pub(super) has_consented: bool,
}

/// A position with what is known of its accuracy.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Spot {
    #[serde(rename = "y")]
    lat_deg: f64,
    #[serde(rename = "x")]
    lon_deg: f64,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    accuracy_m: Option<f64>,
}

impl Spot {
    pub(super) fn at(position: Position) -> Self {
        Self { lat_deg: position.lat_deg(), lon_deg: position.lon_deg(), accuracy_m: None }
    }

    pub(super) fn position(self) -> Option<Position> {
        Position::from_lat_lon(self.lat_deg, self.lon_deg).ok()
    }

    pub(super) fn accuracy(self) -> Option<Metres> {
        self.accuracy_m.and_then(Metres::new)
    }
}

impl From<SharedPosition> for Spot {
    fn from(shared: SharedPosition) -> Self {
        Self { accuracy_m: shared.accuracy.map(Metres::get), ..Self::at(shared.position) }
    }
}

/// A written place and which one it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settled {
    /// As it was written.
    #[serde(rename = "t")]
    pub(super) text: String,
    /// Which place.
    #[serde(flatten)]
    pub(super) place: Choosable,
}

/// A place that can be chosen.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Choosable {
    /// Its name with what tells it from others of that name.
    #[serde(rename = "n")]
    pub(super) label: String,
    /// What kind of place it is.
    #[serde(rename = "k")]
    pub(super) kind: String,
    /// Where its middle is.
    #[serde(flatten)]
    pub(super) spot: Spot,
}

impl From<&Candidate> for Choosable {
    fn from(candidate: &Candidate) -> Self {
        Self {
            label: candidate.label(),
            kind: candidate.kind.code().to_owned(),
            spot: Spot::at(candidate.position),
        }
    }
}

impl State {
    /// Reads a state back; `None` when it is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The state as bytes that, sealed and written as text, are not longer than a context may be:
    /// of a list too long for that its end is left out.
    pub(super) fn write(&mut self) -> Option<Vec<u8>> {
        // Nonce, expiry and tag, then three bytes for four letters.
        const BYTES_MAX: usize = CONTEXT_BYTES_MAX / 4 * 3 - 64;
        self.shown.truncate(SHOWN_MAX);
        loop {
            let bytes = serde_json::to_vec(self).ok()?;
            if bytes.len() <= BYTES_MAX {
                return Some(bytes);
            }
            if self.shown.is_empty() {
                return None;
            }
            self.shown.truncate(self.shown.len() / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_back_and_never_outgrows_a_context() {
        let mut state = State {
            shown: (0..100).map(|number| format!("osm:node/{number:0120}")).collect(),
            here: Some(Spot::at(Position::from_lat_lon(60.1, 24.9).unwrap())),
            ..State::default()
        };
        let bytes = state.write().unwrap();
        assert!(bytes.len() * 4 / 3 + 64 <= CONTEXT_BYTES_MAX);
        let read = State::read(&bytes).unwrap();
        assert_eq!(read.shown, state.shown);
        assert!(!read.shown.is_empty());
        assert!(read.here == state.here);
    }
}
