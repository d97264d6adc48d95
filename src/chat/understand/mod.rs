//! Understanding: a text in, its meaning out.
//!
//! Deterministic, and by dictionaries: the words are compared with the phrases of
//! `../lexicon/*.toml`, the names of banks and networks, and the gazetteer; what they are of is
//! read from left to right; of the places that may be spoken of the one asked for is weighed out;
//! what was said before is put together with it. Words of daily life (`../lexicon/everyday`) are
//! known for meaning nothing, so that a word that is not known is likely a name. No word of the
//! text is kept or passed on.

mod banks;
mod follow;
mod interpret;
mod lexicon;
mod meant;
mod names;
mod numbers;
mod place;
mod scan;
mod words;

use follow::Before;
use lexicon::{Act, Concept, Lexicons};
use scan::{Looked, Text};

pub use lexicon::LexiconError;
pub use names::NameBook;

use super::meaning::{Language, Meaning, Parameter, PlacePhrase};

/// Most characters of a text that are read; of longer texts the rest is left out.
pub const TEXT_CHARS_MAX: usize = 4096;

/// What a text is understood by beside itself.
#[derive(Clone, Copy)]
pub struct Hints<'h> {
    /// BCP 47 tag of the person's device or account.
    pub locale: Option<&'h str>,
    /// The language of the conversation so far.
    pub language: Option<Language>,
    /// The last question of the conversation.
    pub before: Option<&'h Meaning>,
    /// Whether the last reply asked for a place, so that the text may be one.
    pub awaits_place: bool,
    /// Banks and networks.
    pub names: &'h NameBook,
    /// Whether the gazetteer knows a place of exactly that name.
    pub is_place: &'h dyn Fn(&str) -> bool,
}

impl std::fmt::Debug for Hints<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hints").field("language", &self.language).finish_non_exhaustive()
    }
}

/// What a text was understood to mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Understanding {
    /// The meaning, merged with what was said before.
    pub meaning: Meaning,
    /// The language it is written in, as far as it can be told.
    pub language: Language,
    /// Which words gave what, for `explain`.
    pub because: Vec<(String, String)>,
    /// Whether it answers a question by yes or no, and says nothing more.
    pub answer: Option<Answer>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// "Yes, please."
    Yes,
    /// "No, thanks."
    No,
}

/// Understands texts. Immutable; made once and shared.
#[derive(Debug)]
pub struct Understander(Lexicons);

impl Understander {
    /// Reads the dictionaries. Takes some tenths of a second.
    ///
    /// # Errors
    ///
    /// [`LexiconError`] when a dictionary is defective; tests see to it that none is.
    pub fn new() -> Result<Self, LexiconError> {
        Lexicons::load().map(Self)
    }

    /// What a text means.
    ///
    /// # Cost
    ///
    /// In proportion to the words, of which the first 96 are read: tens of microseconds for a
    /// sentence, most of which the gazetteer takes. Does not block.
    #[must_use]
    pub fn understand(&self, text: &str, hints: &Hints<'_>) -> Understanding {
        let text = within_limit(text);
        let position = place::position(text);
        let written = position.clone().map(|span| text[span].to_owned());
        let around = match position {
            Some(span) => format!("{} {}", &text[..span.start], &text[span.end..]),
            None => text.to_owned(),
        };
        let mut words = words::words(&around, &self.0.unspaced);
        let locale = hints.locale.and_then(Language::of_locale);
        let likely: Vec<Language> = hints.language.into_iter().chain(locale).collect();
        let is_name = known_names(&around, &words, hints.is_place);
        let language = self.0.language_of(&around, &words, &is_name, hints.is_place, &likely);
        let lexicon = self.0.of(language);
        let has_small = words.iter().any(|word| !word.is_capital && word.number.is_none());
        let has_telling_capitals = !language.capitalises_nouns() && has_small;
        lexicon::correct(&mut words, lexicon, hints.names, hints.is_place, has_telling_capitals);
        let found = words.iter().map(|_| Looked::default()).collect();
        let text = Text {
            found,
            whole: &around,
            words,
            language,
            lexicon,
            names: hints.names,
            is_place: hints.is_place,
            has_telling_capitals,
            awaits_place: hints.awaits_place,
            is_conversation: hints.before.is_some(),
            has_bank_before: hints
                .before
                .is_some_and(|before| before.values(Parameter::Operator).is_some()),
        };
        let answer = answer(&text);
        let pieces = text.pieces();
        let mut said = interpret::interpret(&text, &pieces);
        if let Some(written) = written {
            said.because.push((written.clone(), "place".to_owned()));
            // What else looks like a place is the place a short plus code is near.
            let near =
                said.place.take().filter(|_| written.contains('+') && !written.contains('/'));
            let text = near.map_or(written.clone(), |near| format!("{written} {}", near.text));
            said.place = Some(PlacePhrase { text, is_kind: false });
            said.place_is_sure = true;
        }
        let before = Before { meaning: hints.before, awaits_place: hints.awaits_place };
        let because = std::mem::take(&mut said.because);
        let meaning = follow::follow(said, before);
        Understanding { meaning, language, because, answer }
    }
}

/// Whether a text is no more than yes or no, with words of courtesy around.
fn answer(text: &Text<'_>) -> Option<Answer> {
    let mut answer = None;
    let mut at = 0;
    while let Some(word) = text.words.get(at) {
        let found = text.phrase(at);
        let concepts = found.map_or(&[] as &[Concept], |found| found.concepts);
        let from = at;
        at += found.map_or(1, |found| found.len);
        // "no thanks" is a farewell where nothing was asked.
        let refuses = (from..at).any(|at| text.lexicon.is_no(&text.words[at].key));
        let is_little = |concept: &Concept| {
            matches!(
                concept,
                Concept::Stop | Concept::Word | Concept::Clause | Concept::Act(Act::Thanks)
            )
        };
        if refuses {
            answer = Some(Answer::No);
        } else if text.lexicon.is_yes(&word.key) {
            answer = answer.or(Some(Answer::Yes));
        } else if concepts.is_empty() || !concepts.iter().all(is_little) {
            return None;
        }
    }
    answer
}

/// Which words belong to places of two or three words: "las vegas" makes no text Spanish.
fn known_names(text: &str, words: &[words::Word], is_place: &dyn Fn(&str) -> bool) -> Vec<bool> {
    let mut is_name = vec![false; words.len()];
    for start in 0..words.len() {
        for end in start + 2..=words.len().min(start + 3) {
            let is_joined = words[start + 1..end]
                .iter()
                .all(|word| matches!(word.gap, words::Gap::Space | words::Gap::Glued));
            if is_joined && is_place(&text[words[start].span.start..words[end - 1].span.end]) {
                is_name[start..end].fill(true);
            }
        }
    }
    is_name
}

/// The part of a text that is read.
#[must_use]
pub fn within_limit(text: &str) -> &str {
    let end = text.char_indices().nth(TEXT_CHARS_MAX).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
