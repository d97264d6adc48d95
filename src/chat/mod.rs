//! Conversation: from a sentence to an answer a person can use.

mod meaning;
mod understand;

pub use meaning::{
    Choice, Day, Intent, Language, Meaning, Moment, Parameter, PlacePhrase, Topic, When, Wish,
};
pub use understand::{Hints, LexiconError, NameBook, TEXT_BYTES_MAX, Understander, Understanding};
