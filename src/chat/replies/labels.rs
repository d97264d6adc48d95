//! The few words that buttons of channels say of themselves.

use super::Voice;

/// What buttons say in one language, each at most 20 characters, and what they send: words that a
/// conversation understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Shows the way; also what is sent to ask for it.
    pub directions: String,
    /// Tells more of one ATM.
    pub details: String,
    /// What is sent, with its number, to ask for the details of an ATM of the list last shown.
    details_of: String,
    /// Takes one of several.
    pub choose: String,
    /// Shares a position.
    pub share: String,
    /// Opens a list.
    pub list: String,
    /// Heads what else can be said.
    pub further: String,
    /// What a person says who opens a conversation.
    pub greeting: String,
    /// What a person says who wants help.
    pub help: String,
}

impl Labels {
    /// Those of a voice's language.
    pub(super) fn of(voice: Voice<'_>) -> Self {
        Self {
            directions: voice.say("say-directions"),
            details: voice.say("say-details"),
            details_of: voice.say("say-details-of"),
            choose: voice.say("label-choose"),
            share: voice.say("label-share"),
            list: voice.say("label-list"),
            further: voice.say("label-further"),
            greeting: voice.say("say-hello"),
            help: voice.say("say-help"),
        }
    }

    /// What is sent to ask for the details of the ATM of this number in the list last shown, from 1.
    #[must_use]
    pub fn details_of(&self, number: usize) -> String {
        format!("{} {number}", self.details_of)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Phrases;
    use super::*;
    use crate::chat::{Choice, Hints, Intent, Language, NameBook, Understander};
    use crate::snapshot::Snapshot;

    #[test]
    fn what_buttons_send_is_understood_and_what_they_say_fits() {
        let (understander, phrases) = (Understander::new().unwrap(), Phrases::load().unwrap());
        let files = crate::config::Config::default().source_files().unwrap();
        let names = NameBook::of(&Snapshot::ingest(&files, &mut |_| {}).unwrap());
        for &language in Language::ALL {
            let tag = language.tag();
            let labels = phrases.labels(language);
            let Labels { directions, details, choose, share, list, further, .. } = &labels;
            for text in [directions, details, choose, share, list, further] {
                assert!((1..=20).contains(&text.chars().count()), "{text}");
            }
            let hints = Hints {
                locale: Some(tag),
                language: None,
                before: None,
                awaits_place: false,
                names: &names,
                is_place: &|_| false,
            };
            let meaning = |text: &str| understander.understand(text, &hints).meaning;
            assert_eq!(meaning(&labels.greeting).intent, Intent::Greeting, "{tag}");
            assert_eq!(meaning(&labels.help).intent, Intent::Help, "{tag}");
            assert_eq!(meaning(directions).intent, Intent::Directions, "{tag}");
            let third = meaning(&labels.details_of(3));
            assert_eq!(third.intent, Intent::Details, "{tag}");
            assert_eq!(third.choice, Some(Choice::Number(3)), "{tag}");
        }
    }
}
