//! A turn of a conversation: what goes in, what comes out. Channels take what they can show.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::meaning::{Intent, Parameter};
use crate::domain::{Metres, Position};

/// Most bytes of a `context` that are taken.
pub const CONTEXT_BYTES_MAX: usize = 8192;

/// What a person said and shared, and what the conversation was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn<'t> {
    /// The person's words, or what a button of an earlier reply sends ([`Suggestion::send`]).
    pub text: Option<&'t str>,
    /// Where the person is, as shared with this turn.
    pub position: Option<SharedPosition>,
    /// BCP 47 tag of the person's device or account: its language is a hint, its region decides
    /// the units of length.
    pub locale: Option<&'t str>,
    /// What [`Reply::context`] of the turn before held.
    pub context: Option<&'t str>,
    /// Whether the reply shall tell which words gave what.
    pub explain: bool,
}

/// A position as a person's device shares it.
#[derive(Clone, Copy, PartialEq)]
pub struct SharedPosition {
    /// Where.
    pub position: Position,
    /// How far from there the person may be, where the device says so.
    pub accuracy: Option<Metres>,
}

/// A position is never written to a log.
impl std::fmt::Debug for SharedPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedPosition")
    }
}

/// Why a turn is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// There is neither a text nor a position.
    #[error("a turn needs a text or a position")]
    Empty,
    /// The text is longer than [`super::TEXT_CHARS_MAX`].
    #[error("the text is too long")]
    TextTooLong,
    /// The context is longer than [`CONTEXT_BYTES_MAX`].
    #[error("the context is too long")]
    ContextTooLong,
    /// No snapshot has been published yet.
    #[error("no ATMs are loaded yet")]
    NotReady,
}

/// The answer to a turn.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// What was understood.
    pub understood: Understood,
    /// What to tell the person: plain text, a few short lines.
    pub reply: String,
    /// The same as SSML, for a voice.
    pub speech: String,
    /// BCP 47 tag of the language of the reply.
    pub language: &'static str,
    /// The first time a position is shared: what it is used for. It is part of `reply` too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// Whether the reply asks where the person is: a channel that can share a position offers it.
    pub asks_location: bool,
    /// A card for each place found, nearest first.
    pub cards: Vec<Card>,
    /// What the person may want to say next, best first.
    pub suggestions: Vec<Suggestion>,
    /// The answer to the nearest question that was asked, in its own form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<RawValue>>,
    /// Which words gave what, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Vec<Because>>,
    /// Returned with the next turn. Encrypted, and of no use after a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// Words of the text and what they gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The words as they were written.
    pub words: String,
    /// What they mean, in the words of a nearest question.
    pub means: String,
}

/// What was understood, in the words of a nearest question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Understood {
    /// What the turn is about.
    pub intent: Intent,
    /// The place that was written.
    pub place: Option<UnderstoodPlace>,
    /// Values of parameters as nearest takes them, separated by commas.
    pub values: Vec<(Parameter, String)>,
    /// `now`, `always`, or an instant by RFC 3339.
    pub open_at: Option<String>,
    /// How many are wanted.
    pub limit: Option<usize>,
    /// How far they may be, metres.
    pub max_distance_m: Option<f64>,
}

impl Serialize for Understood {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("intent", self.intent.code())?;
        if let Some(place) = &self.place {
            map.serialize_entry("place", place)?;
        }
        for (parameter, values) in &self.values {
            map.serialize_entry(parameter.name(), values)?;
        }
        if let Some(open_at) = &self.open_at {
            map.serialize_entry("open_at", open_at)?;
        }
        if let Some(limit) = self.limit {
            map.serialize_entry("limit", &limit)?;
        }
        if let Some(metres) = self.max_distance_m {
            map.serialize_entry("max_distance_m", &metres)?;
        }
        map.end()
    }
}

/// A place that was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnderstoodPlace {
    /// As it was written.
    pub text: String,
    /// Which place that is, once it is clear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<ResolvedPlace>,
}

/// A place a person meant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResolvedPlace {
    /// Its name with what tells it from others of that name.
    pub name: String,
    /// What kind of place it is.
    pub kind: String,
    /// Its middle.
    pub position: CardPosition,
}

/// A position in answers: decimal degrees with at most 7 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CardPosition {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

impl From<Position> for CardPosition {
    fn from(position: Position) -> Self {
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
        Self { lat: rounded(position.lat_deg()), lon: rounded(position.lon_deg()) }
    }
}

/// One place where ATMs stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Card {
    /// Id of its nearest machine, for `/v1/atms/{id}`.
    pub atm_id: String,
    /// Who runs it, or what it is called.
    pub title: String,
    /// Distance and direction, whether it is open, whether it is known to work.
    pub subtitle: String,
    /// Street and town, as far as they are stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What else is known, and what that was asked for is not, one fact a line.
    pub facts: Vec<String>,
    /// How far it is.
    pub distance_m: f64,
    /// Where it stands.
    pub position: CardPosition,
    /// A map that shows the way there. It holds the machine's position and not the person's.
    pub directions_url: String,
    /// Its place in the list, from 1.
    pub number: usize,
}

/// Something the person may say next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What a button says, in the person's language. Channels cut it as they must.
    pub text: String,
    /// What pressing it sends as the text of the next turn, at most 64 bytes.
    pub send: String,
}
