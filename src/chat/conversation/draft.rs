//! A reply in the making.

use serde_json::value::RawValue;

use crate::chat::turn::{Card, Suggestion};

/// Most bytes a button may send: what the narrowest channel takes.
const SEND_BYTES_MAX: usize = 64;

/// Most suggestions of one reply; the person has other words.
const SUGGESTIONS_MAX: usize = 10;

/// What a reply will say.
#[derive(Default)]
pub(super) struct Draft {
    lines: Vec<Line>,
    pub(super) asks_location: bool,
    pub(super) cards: Vec<Card>,
    pub(super) suggestions: Vec<Suggestion>,
    pub(super) answer: Option<Box<RawValue>>,
}

/// A line of a reply.
struct Line {
    text: String,
    /// Whether a voice says it too; an address of the web no one can listen to.
    is_spoken: bool,
}

impl Draft {
    /// Adds a line.
    pub(super) fn line(&mut self, text: String) {
        self.lines.push(Line { text, is_spoken: true });
    }

    /// Adds a line that is read only.
    pub(super) fn silent_line(&mut self, text: String) {
        self.lines.push(Line { text, is_spoken: false });
    }

    /// Adds a line for each text.
    pub(super) fn lines_from(&mut self, texts: impl IntoIterator<Item = String>) {
        for text in texts {
            self.line(text);
        }
    }

    /// Suggests what the person may say by the same words a button shows.
    pub(super) fn suggest(&mut self, text: String) {
        let send = text.clone();
        self.suggest_as(text, send);
    }

    /// Suggests what a button shows by other words.
    pub(super) fn suggest_as(&mut self, text: String, send: String) {
        let is_new = !self.suggestions.iter().any(|suggestion| suggestion.text == text);
        if is_new && send.len() <= SEND_BYTES_MAX && self.suggestions.len() < SUGGESTIONS_MAX {
            self.suggestions.push(Suggestion { text, send });
        }
    }

    /// Suggests number `number` of a list: by its words where a button can send them.
    pub(super) fn suggest_numbered(&mut self, number: usize, text: String) {
        let send = if text.len() <= SEND_BYTES_MAX { text.clone() } else { number.to_string() };
        self.suggest_as(text, send);
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n")
    }

    /// What a voice says of it, line by line.
    pub(super) fn spoken(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|line| line.is_spoken).map(|line| line.text.as_str())
    }
}
