//! Conversation: from a sentence to an answer a person can use.
//!
//! [`Understander`] turns a text into a [`Meaning`], by dictionaries and names alone.

mod meaning;
mod turn;
mod understand;

pub use meaning::{
    Choice, Day, Intent, Language, Meaning, Moment, Parameter, PlacePhrase, Topic, When, Wish,
};
pub use turn::{
    Because, CONTEXT_BYTES_MAX, Card, CardPosition, Reply, ResolvedPlace, SharedPosition,
    Suggestion, Turn, TurnError, Understood, UnderstoodPlace,
};
pub use understand::{Hints, LexiconError, NameBook, TEXT_BYTES_MAX, Understander, Understanding};
