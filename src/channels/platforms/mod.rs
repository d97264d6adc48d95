//! What platforms have of their own: one file each.
//!
//! A new channel is a file that says how its requests are known to be genuine, what they hold, how
//! a reply looks and where it is sent; its options; and a line in [`super::Channels::open`].

mod fit;
mod messenger;
mod telegram;
#[cfg(test)]
mod testing;
mod whatsapp;

use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::chat::{Card, Labels, Reply, SharedPosition};
use crate::domain::{Metres, Position};

pub(super) use messenger::Messenger;
pub(super) use telegram::Telegram;
pub(super) use whatsapp::Whatsapp;

use super::memory::Token;

/// A platform people write from.
pub(super) trait Platform: Send + Sync + 'static {
    /// Its name in paths and counts.
    const CODE: &'static str;
    /// The path of its webhook.
    const PATH: &'static str;
    /// The header that proves where a request comes from.
    const PROOF: &'static str;
    /// The most messages it takes a second.
    const PER_SECOND: u32;
    /// Whether it verifies an address before it sends anything there.
    const HAS_CHALLENGE: bool;

    /// Whether what stands in [`Self::PROOF`] proves that the platform sent these bytes.
    fn is_proven(&self, proof: &[u8], body: &[u8]) -> bool;

    /// What is answered to a request that verifies the address, by its query; `None` when it does
    /// not know the word.
    fn challenge(&self, query: &[(String, String)]) -> Option<String>;

    /// What people said, in the order it stands. Whatever is not understood is left out: platforms
    /// add kinds of events without notice.
    fn read(&self, body: &Value) -> Vec<Incoming>;

    /// A request to the platform's API.
    fn request(&self, client: &Client, method: &'static str) -> RequestBuilder;

    /// What is sent at once when something comes, before it is thought about.
    fn receipt(&self, incoming: &Incoming) -> Option<Call>;

    /// The messages a reply is told by, in their order, with buttons that say these words.
    fn render(&self, reply: &Reply, labels: &Labels, to: &Incoming, token: Token) -> Vec<Call>;

    /// The pause between two messages to one address.
    fn pause(&self, to: &Incoming) -> Duration;

    /// Whether an error of this code is one of sending too fast, whatever its status.
    fn is_throttling(&self, code: i64) -> bool;

    /// The locale of people of whom the platform tells none.
    fn locale(&self) -> &str;
}

/// One thing a person said, as far as a conversation wants to know. It holds words and a position,
/// and therefore shows nothing of itself.
pub(super) struct Incoming {
    /// By what the platform would tell it again.
    pub(super) id: String,
    /// Whose conversation it belongs to.
    pub(super) person: String,
    /// Where the reply goes.
    pub(super) address: String,
    /// Whether nobody else reads there.
    pub(super) is_private: bool,
    /// What the platform tells of the person's locale.
    pub(super) locale: Option<String>,
    /// When it was said.
    pub(super) at: Option<Timestamp>,
    /// What was said.
    pub(super) said: Said,
    /// What has to be told the platform by this name when it has come.
    pub(super) receipt: Option<String>,
}

/// What a person said.
pub(super) enum Said {
    /// Words.
    Text(String),
    /// What a button of an earlier reply sends.
    Button(String),
    /// Where they are.
    Position(SharedPosition),
    /// That they are here.
    Start,
    /// That they want help.
    Help,
    /// Something that cannot be read, such as a voice message.
    Unreadable,
}

/// A request to a platform's API. It says to whom, and is never written to a log.
pub(super) struct Call {
    /// Its path below the base address.
    pub(super) method: &'static str,
    /// What it says. Never where a person is, nor the place they named but in the reply's own words.
    pub(super) body: Value,
}

/// A text of an event, when it is there and not empty.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

/// An id of an event, which platforms write as texts and as numbers.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The position of a latitude and a longitude in decimal degrees.
fn position(lat: &Value, lon: &Value, accuracy_m: &Value) -> Option<Said> {
    let position = Position::from_lat_lon(lat.as_f64()?, lon.as_f64()?).ok()?;
    let accuracy = accuracy_m.as_f64().and_then(Metres::new);
    Some(Said::Position(SharedPosition { position, accuracy }))
}

/// The values of an array; none of what is no array.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The address of a map with the way to an ATM, if it is one that a button can open.
fn web_address(card: &Card) -> Option<&str> {
    let url = card.directions_url.as_str();
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

/// What Meta asks an address to prove that it knows the word.
fn meta_challenge(word: &crate::secret::Secret, query: &[(String, String)]) -> Option<String> {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let is_subscribing = value("hub.mode").is_some_and(|mode| mode == "subscribe");
    let presented = value("hub.verify_token")?;
    let is_known = super::signature::is_word(word, presented.as_bytes());
    value("hub.challenge").filter(|_| is_subscribing && is_known).cloned()
}

/// Codes by which Meta says that too much is sent: for the app, the page, the number, or one person.
fn is_meta_throttling(code: i64) -> bool {
    matches!(code, 4 | 32 | 613 | 80_006 | 80_007 | 130_429 | 131_056)
}

/// The proof of where a request comes from, if its headers hold one.
pub(super) fn proof<P: Platform>(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(P::PROOF).map(axum::http::HeaderValue::as_bytes)
}
