//! Conversation: from a sentence to an answer a person can use.
//!
//! [`Understander`] turns a text into a [`Meaning`], by dictionaries and names alone.
//! [`Conversation`] takes a [`Turn`], puts what it means together with what was said before, asks
//! the service as any other adapter does, and gives a [`Reply`]. It keeps nothing: what it must
//! remember travels in [`Reply::context`], encrypted.

mod conversation;
mod meaning;
mod options;
mod replies;
mod turn;
mod understand;

pub use conversation::{Conversation, ConversationError};
pub use meaning::{
    Choice, Day, Intent, Language, Meaning, Moment, Parameter, PlacePhrase, Topic, When, Wish,
};
pub use options::ChatOptions;
pub use replies::{Labels, PhraseError};
pub use turn::{
    Because, CONTEXT_BYTES_MAX, Card, CardPosition, Reply, ResolvedPlace, SharedPosition,
    Suggestion, Turn, TurnError, Understood, UnderstoodPlace,
};
pub use understand::{
    Answer, Hints, LexiconError, NameBook, TEXT_CHARS_MAX, Understander, Understanding,
    within_limit,
};
