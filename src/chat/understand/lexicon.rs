//! Dictionaries: phrases of a language and what each means, read from `../lexicon/*.toml`.
//!
//! A key of the file is one or more concepts, its value the phrases that have that meaning. In a
//! phrase `word*` stands for every word that begins so, `(a|b)` for either, `word?` for a word that
//! may be left out, `#` for a number and `_` for any word. Words are compared without case and
//! accents; `ä`, `ö` and `ü` may also be written `ae`, `oe` and `ue`.

use hashbrown::{HashMap, HashSet};

use super::concept::{Concept, ConceptError};
use super::words::{Gap, Word, fold};
use crate::chat::meaning::Language;

/// Phrases every language shares: codes, names of units, words of scripts of their own.
const COMMON: &str = include_str!("../lexicon/common.toml");

/// What an ATM is called in all languages of the iD editor; see `data/README.md`.
const ATM_WORDS: &str = include_str!("../../../data/reference/atm-words.csv");

/// The phrases of one language.
const fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../lexicon/en.toml"),
        Language::Es => include_str!("../lexicon/es.toml"),
        Language::Fr => include_str!("../lexicon/fr.toml"),
        Language::De => include_str!("../lexicon/de.toml"),
        Language::Pt => include_str!("../lexicon/pt.toml"),
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

/// One word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Word(Box<str>),
    Prefix(Box<str>),
    Number,
    Any,
}

impl Step {
    fn of(written: &str) -> Self {
        match written {
            "#" => Self::Number,
            "_" => Self::Any,
            _ => match written.strip_suffix('*') {
                Some(stem) => Self::Prefix(fold(stem).into()),
                None => Self::Word(fold(written).into()),
            },
        }
    }

    fn fits(&self, word: &Word) -> bool {
        match self {
            Self::Word(key) => word.key == **key,
            Self::Prefix(stem) => word.key.starts_with(&**stem),
            Self::Number => word.number.is_some(),
            Self::Any => true,
        }
    }
}

#[derive(Clone, Debug)]
struct Phrase {
    steps: Vec<Step>,
    /// Index of what it means.
    meaning: u16,
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
    /// Words that a misspelt word may have been meant for; true for a stem.
    content: Vec<(Box<str>, bool)>,
    /// Every word of every phrase.
    known: HashSet<Box<str>>,
    stems: HashSet<Box<str>>,
    /// The words of this language alone, without those common to all.
    own: HashSet<Box<str>>,
    /// Words between the words of a name: "upon", "de la".
    inner: HashSet<Box<str>>,
    /// Words that stand in the names of streets and squares.
    street: HashSet<Box<str>>,
    /// Kinds of place that belong to a name next to them: "centre", "north".
    kind: HashSet<Box<str>>,
}

/// Words that are kept as words, and not as phrases.
fn word_set<'l>(lexicon: &'l mut Lexicon, key: &str) -> Option<&'l mut HashSet<Box<str>>> {
    match key {
        "inner" => Some(&mut lexicon.inner),
        "street" => Some(&mut lexicon.street),
        "kind" => Some(&mut lexicon.kind),
        _ => None,
    }
}

impl Lexicon {
    fn add(&mut self, name: &'static str, text: &str, is_own: bool) -> Result<(), LexiconError> {
        let table: toml::Table =
            toml::from_str(text).map_err(|error| LexiconError::Toml(name, Box::new(error)))?;
        for (key, phrases) in table {
            if let Some(set) = word_set(self, &key) {
                let words = phrases.as_str().into_iter().flat_map(str::split_whitespace);
                set.extend(words.map(|word| fold(word).into_boxed_str()));
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
                for steps in expand(phrase) {
                    self.add_phrase(name, phrase, steps, meaning, is_content, is_own)?;
                }
            }
        }
        Ok(())
    }

    fn add_phrase(
        &mut self,
        name: &'static str,
        written: &str,
        steps: Vec<Step>,
        meaning: u16,
        is_content: bool,
        is_own: bool,
    ) -> Result<(), LexiconError> {
        for step in &steps {
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
            if is_content && word.len() >= 5 {
                let entry = (word.clone(), is_stem);
                if !self.content.contains(&entry) {
                    self.content.push(entry);
                }
            }
        }
        let index = match steps.first() {
            Some(Step::Word(word)) => self.by_word.entry(word.clone()),
            Some(Step::Prefix(stem)) => self.by_stem.entry(stem.clone()),
            // Phrases that begin with a number are few enough to be looked at for each.
            Some(Step::Number) => self.by_word.entry("#".into()),
            Some(Step::Any) | None => {
                return Err(LexiconError::Phrase(name, written.to_owned()));
            }
        };
        index.or_default().push(Phrase { steps, meaning });
        Ok(())
    }

    /// The longest phrase that begins at `at`; of equally long ones, the one with more whole words,
    /// then one that means something.
    pub(super) fn longest(&self, words: &[Word], at: usize) -> Option<Found<'_>> {
        let first = words.get(at)?;
        let mut best: Option<((usize, usize, bool), u16)> = None;
        let mut consider = |phrases: Option<&Vec<Phrase>>| {
            for phrase in phrases.into_iter().flatten() {
                let len = phrase.steps.len();
                let Some(span) = words.get(at..at + len) else { continue };
                let is_whole =
                    span[1..].iter().all(|word| matches!(word.gap, Gap::Glued | Gap::Space));
                if is_whole && phrase.steps.iter().zip(span).all(|(step, word)| step.fits(word)) {
                    let exact = phrase.steps.iter().filter(|step| matches!(step, Step::Word(_)));
                    let meaning = &self.meanings[usize::from(phrase.meaning)];
                    // "atm 94103" is none of a list.
                    let is_beyond = |word: &Word| word.number.is_some_and(|it| it > NTH_MAX);
                    if meaning.contains(&Concept::Nth) && span.iter().any(is_beyond) {
                        continue;
                    }
                    let is_said = !meaning.contains(&Concept::Stop);
                    let rank = (len, exact.count(), is_said);
                    if best.is_none_or(|(held, _)| rank > held) {
                        best = Some((rank, phrase.meaning));
                    }
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
        let ((len, ..), meaning) = best?;
        Some(Found { len, concepts: &self.meanings[usize::from(meaning)] })
    }

    /// Whether the word stands between the words of a name.
    pub(super) fn is_inner(&self, key: &str) -> bool {
        self.inner.contains(key)
    }

    /// Whether the word stands in the names of streets and squares.
    pub(super) fn is_street(&self, key: &str) -> bool {
        self.street.contains(key)
    }

    /// Whether the word is a kind of place that belongs to a name next to it.
    pub(super) fn is_kind(&self, key: &str) -> bool {
        self.kind.contains(key)
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

    /// The word of a phrase that `key` looks misspelt from: one edit away, two for long words, with
    /// the same first letter. The nearest, of equally near ones the first of the file.
    pub(super) fn corrected(&self, key: &str) -> Option<String> {
        let letters: Vec<char> = key.chars().collect();
        let allowed = match letters.len() {
            0..=4 => return None,
            5..=7 => 1,
            _ => 2,
        };
        let mut best: Option<(usize, String)> = None;
        for (word, is_stem) in &self.content {
            if !word.starts_with(letters[0]) {
                continue;
            }
            let target: Vec<char> = word.chars().collect();
            if *is_stem && letters.len() > target.len() + 3 {
                continue;
            }
            let compared =
                if *is_stem { &letters[..letters.len().min(target.len())] } else { &letters };
            if compared.len().abs_diff(target.len()) > allowed {
                continue;
            }
            let distance = edits(compared, &target);
            if distance <= allowed && best.as_ref().is_none_or(|(held, _)| distance < *held) {
                let rest: String = letters[compared.len()..].iter().collect();
                best = Some((distance, format!("{word}{rest}")));
            }
        }
        best.map(|(_, word)| word)
    }
}

/// Edits from one word to the other: letters put in, left out, replaced, or two exchanged.
fn edits(from: &[char], to: &[char]) -> usize {
    let width = to.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, &letter) in from.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, &wanted) in to.iter().enumerate() {
            let mut cost = (last[column] + usize::from(letter != wanted))
                .min(last[column + 1] + 1)
                .min(current[column] + 1);
            let is_exchanged =
                row > 0 && column > 0 && letter == to[column - 1] && from[row - 1] == wanted;
            if is_exchanged {
                cost = cost.min(before_last[column - 1] + 1);
            }
            current[column + 1] = cost;
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[width - 1]
}

/// A phrase as written, word by word, choices in one.
fn tokens(written: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = written.trim_start();
    while !rest.is_empty() {
        let ends_choice = if rest.starts_with('(') { rest.find(')').unwrap_or(0) } else { 0 };
        let end = rest[ends_choice..].find(' ').map_or(rest.len(), |space| ends_choice + space);
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

/// A phrase as written, as the sequences of words it stands for.
fn expand(written: &str) -> Vec<Vec<Step>> {
    let mut spellings = vec![written.to_owned()];
    if written.contains(['ä', 'ö', 'ü']) {
        spellings.push(written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue"));
    }
    let mut all = Vec::new();
    for spelling in spellings {
        let mut sequences: Vec<Vec<Step>> = vec![Vec::new()];
        for token in tokens(&spelling) {
            let (token, is_optional) = match token.strip_suffix('?') {
                Some(token) => (token, true),
                None => (token, false),
            };
            let choices: Vec<&str> =
                match token.strip_prefix('(').and_then(|token| token.strip_suffix(')')) {
                    Some(choices) => choices.split('|').collect(),
                    None => vec![token],
                };
            let mut grown = if is_optional { sequences.clone() } else { Vec::new() };
            for sequence in &sequences {
                for choice in &choices {
                    let mut sequence = sequence.clone();
                    sequence.extend(choice.split_whitespace().map(Step::of));
                    grown.push(sequence);
                }
            }
            sequences = grown;
        }
        all.extend(sequences);
    }
    all
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
                lexicon.add_phrase("ATM words", "", steps.clone(), meaning, false, false)?;
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

    /// The language most words of a text are of, names apart. Each word counts for the languages
    /// that have it, the less the more they are; of equal ones the first of `likely` wins, then the
    /// first of all.
    pub(super) fn language_of(
        &self,
        words: &[Word],
        is_name: &[bool],
        likely: &[Language],
    ) -> Language {
        /// The weight of a word of one language alone.
        const WEIGHT: usize = 120;
        let mut scores = [0_usize; Language::ALL.len()];
        for (word, _) in words.iter().zip(is_name).filter(|(_, is_name)| !**is_name) {
            let whole = self
                .lexicons
                .iter()
                .filter(|lexicon| lexicon.own.contains(word.key.as_str()))
                .count();
            for (score, lexicon) in scores.iter_mut().zip(&self.lexicons) {
                let is_whole = lexicon.own.contains(word.key.as_str());
                if is_whole {
                    *score += WEIGHT / (2 * whole - 1);
                } else if whole == 0 && lexicon.owns(&word.key) {
                    *score += WEIGHT / 4;
                }
            }
        }
        let rank = |language: Language| {
            let likelihood =
                likely.iter().rev().position(|&other| other == language).map_or(0, |at| at + 1);
            (scores[language as usize], likelihood)
        };
        let mut best = Language::En;
        for &language in Language::ALL {
            if rank(language) > rank(best) {
                best = language;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::understand::words::words;

    #[test]
    fn every_dictionary_reads() {
        Lexicons::load().unwrap();
    }

    #[test]
    fn a_pattern_stands_for_each_of_its_sequences() {
        assert_eq!(expand("(a|b) c? d*").len(), 4);
        assert_eq!(expand("card (was|has been) lost")[1].len(), 4);
        assert_eq!(expand("nächst*").len(), 2);
    }

    #[test]
    fn misspelt_words_are_found_and_short_ones_left_alone() {
        let lexicons = Lexicons::load().unwrap();
        let english = lexicons.of(Language::En);
        assert_eq!(english.corrected("depsoits").as_deref(), Some("deposits"));
        assert_eq!(english.corrected("mashine").as_deref(), Some("machine"));
        assert_eq!(english.corrected("hull"), None);
    }

    #[test]
    fn the_language_is_that_of_most_words() {
        let lexicons = Lexicons::load().unwrap();
        for (text, language) in [
            ("where is the nearest cash machine", Language::En),
            ("dónde está el cajero más cercano", Language::Es),
            ("où est le distributeur le plus proche", Language::Fr),
            ("wo ist der nächste Geldautomat", Language::De),
            ("onde fica o multibanco mais próximo", Language::Pt),
        ] {
            let words = words(text, &lexicons.unspaced);
            assert_eq!(
                lexicons.language_of(&words, &vec![false; words.len()], &[]),
                language,
                "{text}"
            );
        }
        assert_eq!(lexicons.language_of(&[], &[], &[Language::Pt, Language::Es]), Language::Pt);
    }
}
