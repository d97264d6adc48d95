//! Dictionaries: phrases of a language and what each means, read from `../lexicon/*.toml`.
//!
//! A key of the file is one or more concepts, its value the phrases that have that meaning, written
//! as [`Pattern`] explains. Words are compared without case and accents; `ä`, `ö` and `ü` may also
//! be written `ae`, `oe` and `ue`.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

mod concept;
mod language;
mod pattern;
mod roles;
mod spelling;

use super::words::{Word, fold};
use concept::ConceptError;
use pattern::{Fit, Pattern, Step, bit_of};
use roles::{Role, Roles};

use crate::chat::meaning::Language;
pub(super) use concept::{Act, Concept, Letting, Sureness};
pub(super) use spelling::{Spellings, correct};

/// Phrases every language shares: codes, names of units, words of scripts of their own.
const COMMON: &str = include_str!("../../lexicon/common.toml");

/// What an ATM is called in all languages of the iD editor; see `data/README.md`.
const ATM_WORDS: &str = include_str!("../../../../data/reference/atm-words.csv");

/// The phrases of one language.
const fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../../lexicon/en.toml"),
        Language::Es => include_str!("../../lexicon/es.toml"),
        Language::Fr => include_str!("../../lexicon/fr.toml"),
        Language::De => include_str!("../../lexicon/de.toml"),
        Language::Pt => include_str!("../../lexicon/pt.toml"),
    }
}

/// Words of daily life of one language, that mean nothing to a lookup.
const fn everyday(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../../lexicon/everyday/en.txt"),
        Language::Es => include_str!("../../lexicon/everyday/es.txt"),
        Language::Fr => include_str!("../../lexicon/everyday/fr.txt"),
        Language::De => include_str!("../../lexicon/everyday/de.txt"),
        Language::Pt => include_str!("../../lexicon/everyday/pt.txt"),
    }
}

/// The greatest number one of a list is called by.
const NTH_MAX: f64 = 100.0;

/// Why a dictionary cannot be read: a defect of the program, found by its tests.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// It is not TOML of the expected form.
    #[error("lexicon {0}: {1}")]
    Toml(&'static str, #[source] Box<toml::de::Error>),
    /// A key names no concept.
    #[error("lexicon {0}: {1}")]
    Concept(&'static str, #[source] ConceptError),
    /// A phrase is no phrase.
    #[error("lexicon {0}: phrase {1:?} has no word to begin with")]
    Phrase(&'static str, String),
    /// The table of ATM words cannot be read.
    #[error("ATM words: {0}")]
    AtmWords(#[from] csv::Error),
}

/// A pattern and the index of what it means.
#[derive(Clone, Debug)]
struct Phrase {
    pattern: Arc<Pattern>,
    meaning: u16,
    /// What can come second, as [`Pattern::second`] tells.
    second: u64,
    /// Whether one word is enough.
    is_single: bool,
}

/// A phrase found in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'l> {
    /// How many words it takes.
    pub(super) len: usize,
    /// What it means.
    pub(super) concepts: &'l [Concept],
}

/// The phrases of one language, those common to all included.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    meanings: Vec<Vec<Concept>>,
    by_word: HashMap<Box<str>, Vec<Phrase>>,
    by_stem: HashMap<Box<str>, Vec<Phrase>>,
    /// Words that a misspelt word may have been meant for.
    content: Spellings,
    /// Every word of every phrase.
    known: HashSet<Box<str>>,
    stems: HashSet<Box<str>>,
    /// The words of this language alone, without those common to all.
    own: HashSet<Box<str>>,
    /// Words that are kept as words, and not as phrases.
    roles: Roles,
}

impl Lexicon {
    fn add(&mut self, name: &'static str, text: &str, is_own: bool) -> Result<(), LexiconError> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| LexiconError::Toml(name, Box::new(error)))?;
        for (key, phrases) in table {
            if let Some(role) = Role::of_key(&key) {
                let words = phrases.as_str().into_iter().flat_map(str::split_whitespace);
                for word in words.map(fold) {
                    // "avenida" tells the language as any other word does.
                    if matches!(role, Role::Street | Role::Tail) {
                        self.own.insert(word.as_str().into());
                    }
                    self.roles.add(role, word);
                }
                continue;
            }
            let concepts: Result<Vec<Concept>, _> =
                key.split_whitespace().map(Concept::parse).collect();
            let concepts = concepts.map_err(|error| LexiconError::Concept(name, error))?;
            let is_content = concepts.iter().any(Concept::is_content);
            let written: Vec<&str> = match (phrases.as_str(), phrases.as_array()) {
                (Some(words), _) => words.split_whitespace().collect(),
                (None, phrases) => {
                    phrases.into_iter().flatten().filter_map(toml::Value::as_str).collect()
                }
            };
            let meaning = u16::try_from(self.meanings.len()).unwrap_or(u16::MAX);
            self.meanings.push(concepts);
            for phrase in written {
                for pattern in Pattern::parse(phrase) {
                    self.add_phrase(name, phrase, pattern, meaning, is_content, is_own)?;
                }
            }
        }
        Ok(())
    }

    /// Adds the words of daily life, those apart that have a place in names.
    fn add_everyday(&mut self, language: Language) -> Result<(), LexiconError> {
        let meaning = u16::try_from(self.meanings.len()).unwrap_or(u16::MAX);
        self.meanings.push(vec![Concept::Word]);
        let lines = everyday(language).lines().filter(|line| !line.starts_with('#'));
        for word in lines.flat_map(str::split_whitespace) {
            let key = fold(word);
            if self.is_street(&key) || self.is_kind(&key) {
                continue;
            }
            let pattern = Pattern::plain([Step::of(word)]);
            self.add_phrase(language.tag(), word, pattern, meaning, false, true)?;
        }
        Ok(())
    }

    fn add_phrase(
        &mut self,
        name: &'static str,
        written: &str,
        pattern: Pattern,
        meaning: u16,
        is_content: bool,
        is_own: bool,
    ) -> Result<(), LexiconError> {
        for step in pattern.steps() {
            let (word, is_stem) = match step {
                Step::Word(word) => (word, false),
                Step::Prefix(stem) => (stem, true),
                Step::Number | Step::Any => continue,
            };
            let set = if is_stem { &mut self.stems } else { &mut self.known };
            set.insert(word.clone());
            if is_own {
                self.own.insert(word.clone());
            }
            if is_content {
                self.content.add(word, is_stem);
            }
        }
        let pattern = Arc::new(pattern);
        let (second, is_single) = pattern.second();
        let phrase = Phrase { pattern: Arc::clone(&pattern), meaning, second, is_single };
        let mut is_indexed = false;
        for step in pattern.first_steps() {
            let index = match step {
                Step::Word(word) => self.by_word.entry(word.clone()),
                Step::Prefix(stem) => self.by_stem.entry(stem.clone()),
                // Phrases that begin with a number are few enough to be looked at for each.
                Step::Number => self.by_word.entry("#".into()),
                Step::Any => continue,
            };
            index.or_default().push(phrase.clone());
            is_indexed = true;
        }
        if is_indexed { Ok(()) } else { Err(LexiconError::Phrase(name, written.to_owned())) }
    }

    /// The longest phrase that begins at `at`; of equally long ones, the one with more whole words,
    /// then one that means something.
    ///
    /// Phrases of more than `max` words are passed over.
    pub(super) fn longest(&self, words: &[Word], at: usize, max: usize) -> Option<Found<'_>> {
        let first = words.get(at)?;
        let next = words.get(at + 1).map_or(0, |word| bit_of(&word.key));
        let mut best: Option<((Fit, bool), u16)> = None;
        let mut consider = |phrases: Option<&Vec<Phrase>>| {
            for phrase in phrases.into_iter().flatten() {
                if !phrase.is_single && phrase.second & next == 0 {
                    continue;
                }
                let Some(fit) = phrase.pattern.fit(words, at, max) else { continue };
                let meaning = &self.meanings[usize::from(phrase.meaning)];
                // "atm 94103" is none of a list.
                let is_beyond = |word: &Word| word.number.is_some_and(|it| it > NTH_MAX);
                if meaning.contains(&Concept::Nth) && words[at..at + fit.len].iter().any(is_beyond)
                {
                    continue;
                }
                let is_empty = |concept| matches!(concept, &Concept::Stop | &Concept::Word);
                let rank = (fit, !meaning.iter().any(is_empty));
                if best.is_none_or(|(held, _)| rank > held) {
                    best = Some((rank, phrase.meaning));
                }
            }
        };
        consider(self.by_word.get(first.key.as_str()));
        if first.number.is_some() {
            consider(self.by_word.get("#"));
        }
        for (end, letter) in first.key.char_indices() {
            let end = end + letter.len_utf8();
            if end >= 3 {
                consider(self.by_stem.get(&first.key[..end]));
            }
        }
        let ((fit, _), meaning) = best?;
        Some(Found { len: fit.len, concepts: &self.meanings[usize::from(meaning)] })
    }

    /// Whether the word occurs in any phrase.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.known.contains(key) || self.has_stem_of(key, &self.stems)
    }

    /// Whether the word occurs in a phrase of this language that is not common to all.
    fn owns(&self, key: &str) -> bool {
        self.own.contains(key) || self.has_stem_of(key, &self.own)
    }

    fn has_stem_of(&self, key: &str, stems: &HashSet<Box<str>>) -> bool {
        key.char_indices()
            .map(|(end, letter)| end + letter.len_utf8())
            .any(|end| end >= 3 && self.stems.contains(&key[..end]) && stems.contains(&key[..end]))
    }
}

/// The dictionaries of all languages.
#[derive(Debug)]
pub(super) struct Lexicons {
    lexicons: Vec<Lexicon>,
    /// Words that are found inside runs of scripts without spaces.
    pub(super) unspaced: Vec<Box<str>>,
}

impl Lexicons {
    /// Reads every dictionary.
    pub(super) fn load() -> Result<Self, LexiconError> {
        let mut lexicons = Vec::new();
        for &language in Language::ALL {
            let mut lexicon = Lexicon::default();
            lexicon.add(language.tag(), source(language), true)?;
            lexicon.add("common", COMMON, false)?;
            lexicon.add_everyday(language)?;
            lexicons.push(lexicon);
        }
        let mut unspaced = Vec::new();
        let mut others: Vec<Vec<Step>> = Vec::new();
        for row in csv::Reader::from_reader(ATM_WORDS.as_bytes()).records() {
            let row = row?;
            let (tag, word) = (&row[0], &row[1]);
            if Language::of_locale(tag).is_some() {
                continue;
            }
            let key = fold(word);
            if !key.is_ascii() && !key.contains(' ') {
                unspaced.push(key.clone().into_boxed_str());
            }
            let steps: Vec<Step> = super::words::words(&key, &[])
                .into_iter()
                .map(|word| Step::Word(word.key.into()))
                .collect();
            // A single word that means anything in a language spoken here means that, and one that
            // is the name of an ATM company is a name.
            let is_taken = match steps.as_slice() {
                [Step::Word(word)] => {
                    word.chars().count() < 4 && word.is_ascii()
                        || lexicons.iter().any(|lexicon: &Lexicon| lexicon.knows(word))
                        || super::names::is_commonly_known(word)
                }
                steps => steps.is_empty(),
            };
            if !is_taken && !others.contains(&steps) {
                others.push(steps);
            }
        }
        for lexicon in &mut lexicons {
            let meaning = u16::try_from(lexicon.meanings.len()).unwrap_or(u16::MAX);
            lexicon.meanings.push(vec![Concept::Atm]);
            for steps in &others {
                let pattern = Pattern::plain(steps.iter().cloned());
                lexicon.add_phrase("ATM words", "", pattern, meaning, false, false)?;
            }
        }
        unspaced.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        unspaced.dedup();
        Ok(Self { lexicons, unspaced })
    }

    /// The dictionary of a language.
    pub(super) fn of(&self, language: Language) -> &Lexicon {
        &self.lexicons[language as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dictionary_reads() {
        Lexicons::load().unwrap();
    }

    #[test]
    fn misspelt_words_are_found_and_short_ones_left_alone() {
        let lexicons = Lexicons::load().unwrap();
        let english = lexicons.of(Language::En);
        assert_eq!(english.content.nearest("depsoits").as_deref(), Some("deposits"));
        assert_eq!(english.content.nearest("mashine").as_deref(), Some("machine"));
        // Of four letters one may be missing, and of three none.
        assert_eq!(english.content.nearest("opn"), None);
        let german = lexicons.of(Language::De);
        assert_eq!(german.content.nearest("knto").as_deref(), Some("konto"));
    }
}
