//! Banks and networks by the names people use: those of the loaded ATMs, and those commonly known.

use hashbrown::HashMap;

use super::lexicon::Spellings;
use super::words::{Gap, Word, fold};
use crate::chat::meaning::Parameter;
use crate::domain::NamedField;
use crate::snapshot::{Snapshot, SnapshotId};

/// Names of banks and of companies that run ATMs; see `data/README.md`.
const REFERENCE: &str = include_str!("../../../data/reference/bank-names.csv");

/// Networks by the names their signs and cards show.
const NETWORKS: &str = include_str!("../lexicon/networks.csv");

/// Short forms of the names of banks that no rule makes of them.
const ALIASES: &str = include_str!("../lexicon/bank-aliases.csv");

/// Most names of one field that are taken from a snapshot, the most frequent first.
const LOADED_NAMES_MAX: usize = 20_000;

/// Letters a name has at least that a misspelt word is taken for.
const SPELT_MIN: usize = 7;

/// Letters a short form of a bank has at least that is one wherever it stands.
const SHORT_MIN: usize = 5;

/// Most words a name has.
const NAME_WORDS_MAX: usize = 7;

/// Words that people leave out of a bank's name.
const GENERIC: [&str; 32] = [
    "bank",
    "banco",
    "banca",
    "banque",
    "banka",
    "plc",
    "uk",
    "ltd",
    "limited",
    "sa",
    "ag",
    "eg",
    "nv",
    "inc",
    "corp",
    "corporation",
    "group",
    "gruppe",
    "groupe",
    "na",
    "co",
    "spa",
    "bv",
    "gmbh",
    "ab",
    "oyj",
    "asa",
    "building",
    "society",
    "the",
    "national",
    "association",
];

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Which parameter it is a value of.
    pub(super) parameter: Parameter,
    /// The value, as the data writes it.
    pub(super) value: Box<str>,
    /// Whether a loaded ATM has it.
    pub(super) is_loaded: bool,
    /// Whether it is a name without the words people leave out.
    pub(super) is_short: bool,
    /// Whether it is the first letters of a name's words, or as short, and as often something else.
    pub(super) is_initials: bool,
    /// How many words it is written with.
    words: usize,
}

impl Named {
    /// Whether it is that of a bank, and not of a network.
    pub(super) fn is_bank(&self) -> bool {
        matches!(self.parameter, Parameter::Operator | Parameter::Brand)
    }
}

/// The names known while one snapshot is published.
#[derive(Debug)]
pub struct NameBook {
    snapshot: SnapshotId,
    by_key: HashMap<Box<str>, Named>,
    /// Names of one long word, which a misspelt word may have been meant for.
    spellings: Spellings,
}

impl NameBook {
    /// The names of a snapshot and those commonly known. Takes some milliseconds a thousand names.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut book = Self {
            snapshot: snapshot.id(),
            by_key: HashMap::new(),
            spellings: Spellings::default(),
        };
        // What is added first stays.
        for (parameter, field) in [
            (Parameter::Operator, NamedField::Operator),
            (Parameter::Network, NamedField::Network),
            (Parameter::Brand, NamedField::Brand),
        ] {
            let names = snapshot.vocabulary(field).iter().take(LOADED_NAMES_MAX);
            for (name, _) in names {
                book.add(name, name, parameter, true);
            }
        }
        for (parameter, field) in
            [(Parameter::Operator, NamedField::Operator), (Parameter::Brand, NamedField::Brand)]
        {
            for (name, _) in snapshot.vocabulary(field).iter().take(LOADED_NAMES_MAX) {
                if let Some(short) = shortened(name) {
                    book.add_short(&short, name, parameter, true);
                }
            }
        }
        for name in NETWORKS.lines().skip(1) {
            book.add(name, name, Parameter::Network, false);
        }
        let mut reader = csv::Reader::from_reader(REFERENCE.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().flatten().collect();
        for row in &rows {
            book.add(&row[0], &row[0], Parameter::Operator, false);
        }
        for row in &rows {
            // A short form of a bank that is not even here must be longer than most words are, or
            // is a name only where the machine stands beside it: "PNC ATM".
            let Some(short) = shortened(&row[0]) else { continue };
            if short.chars().count() >= SHORT_MIN {
                book.add_short(&short, &row[0], Parameter::Operator, false);
            } else {
                book.put_initials(key_of(&short), &row[0], Parameter::Operator, false);
            }
        }
        for line in ALIASES.lines().skip(1) {
            let Some((alias, name)) = line.split_once(',') else { continue };
            // As the loaded data writes it, where it has it.
            let known = book.by_key.get(key_of(name).as_str()).cloned();
            let value = known.as_ref().map_or(name, |named| &*named.value).to_owned();
            let is_loaded = known.as_ref().is_some_and(|named| named.is_loaded);
            let parameter = known.map_or(Parameter::Operator, |named| named.parameter);
            book.add(alias, &value, parameter, is_loaded);
        }
        book.add_initials(snapshot);
        let mut long: Vec<&str> = book
            .by_key
            .iter()
            .filter(|(key, named)| named.words == 1 && key.chars().count() >= SPELT_MIN)
            .map(|(key, _)| &**key)
            .collect();
        long.sort_unstable();
        for key in long {
            book.spellings.add_new(key);
        }
        book
    }

    /// Which snapshot's names it has.
    #[must_use]
    pub fn snapshot(&self) -> SnapshotId {
        self.snapshot
    }

    /// Adds the first letters of the words of loaded banks: "RBC", "CGD".
    fn add_initials(&mut self, snapshot: &Snapshot) {
        for (parameter, field) in
            [(Parameter::Operator, NamedField::Operator), (Parameter::Brand, NamedField::Brand)]
        {
            for (name, _) in snapshot.vocabulary(field).iter().take(LOADED_NAMES_MAX) {
                if name.contains(',') {
                    continue;
                }
                for key in initials(name) {
                    self.put_initials(key, name, parameter, true);
                }
            }
        }
    }

    fn put_initials(&mut self, key: String, value: &str, parameter: Parameter, is_loaded: bool) {
        let (is_short, is_initials) = (true, true);
        let value = value.into();
        let named = Named { parameter, value, is_loaded, is_short, is_initials, words: 1 };
        self.by_key.entry(key.into_boxed_str()).or_insert(named);
    }

    fn add(&mut self, written: &str, value: &str, parameter: Parameter, is_loaded: bool) {
        self.put(written, value, parameter, is_loaded, false);
    }

    fn add_short(&mut self, written: &str, value: &str, parameter: Parameter, is_loaded: bool) {
        self.put(written, value, parameter, is_loaded, true);
    }

    fn put(
        &mut self,
        written: &str,
        value: &str,
        parameter: Parameter,
        is_loaded: bool,
        is_short: bool,
    ) {
        let key = key_of(written);
        // A value with a comma cannot be told from two in a question.
        if key.chars().count() >= 2 && !value.contains(',') && !value.starts_with('-') {
            let words = words_of(written);
            let value = value.into();
            let named = Named { parameter, value, is_loaded, is_short, is_initials: false, words };
            self.by_key.entry(key.into_boxed_str()).or_insert(named);
        }
    }

    /// The name of one word that a word looks misspelt from by one slip.
    pub(super) fn nearest(&self, key: &str) -> Option<String> {
        let is_long = key.chars().count() + 1 >= SPELT_MIN;
        is_long.then(|| self.spellings.nearest_by_one(key)).flatten()
    }

    /// How many words the longest name takes that begins at a word and has a word like "bank".
    pub(super) fn reaches(&self, words: &[Word], at: usize) -> usize {
        self.longest(words, at)
            .filter(|(len, _)| {
                words[at..at + len].iter().any(|word| GENERIC.contains(&word.key.as_str()))
            })
            .map_or(0, |(len, _)| len)
    }

    /// The longest name that begins at a word: how many words it takes, and what it stands for.
    pub(super) fn longest(&self, words: &[Word], at: usize) -> Option<(usize, &Named)> {
        let mut key = String::new();
        // German inflects: "der Deutschen Bank".
        let mut plain = String::new();
        let mut best = None;
        for (before, word) in words[at..].iter().take(NAME_WORDS_MAX).enumerate() {
            if before > 0 && !matches!(word.gap, Gap::Glued | Gap::Space) {
                break;
            }
            key.push_str(&word.key);
            plain.push_str(
                word.key.strip_suffix('n').filter(|stem| stem.ends_with('e')).unwrap_or(&word.key),
            );
            let found = self.by_key.get(key.as_str()).or_else(|| self.by_key.get(plain.as_str()));
            // "argent à" is no Argenta.
            let is_run_together = |named: &Named| before + 1 > named.words && word.key.len() <= 2;
            if let Some(named) = found.filter(|named| !is_run_together(named)) {
                best = Some((before + 1, named));
            }
        }
        best
    }
}

/// How many words a name is written with.
fn words_of(name: &str) -> usize {
    name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).count()
}

/// What a name is compared by.
fn key_of(name: &str) -> String {
    fold(name).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Whether a word is a name of a bank or of a company that runs ATMs.
pub(super) fn is_commonly_known(word: &str) -> bool {
    REFERENCE.lines().any(|line| line.split(',').next().is_some_and(|name| fold(name) == word))
}

/// A name without the words people leave out; `None` when that changes nothing or leaves nothing.
fn shortened(name: &str) -> Option<String> {
    let folded = fold(name);
    let words: Vec<&str> =
        folded.split(|letter: char| !letter.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let kept: Vec<&str> = words.iter().copied().filter(|word| !GENERIC.contains(word)).collect();
    let short = kept.concat();
    let begins_within = kept.first().is_some_and(|word| ["of", "de", "do", "da"].contains(word));
    (!kept.is_empty() && !begins_within && kept.len() < words.len() && short.chars().count() >= 3)
        .then(|| kept.join(" "))
}

/// The first letters of a name's words, and those of its longer words: "boa" of "Bank of America",
/// "cgd" of "Caixa Geral de Depósitos".
fn initials(name: &str) -> impl Iterator<Item = String> {
    const LETTERS: std::ops::RangeInclusive<usize> = 3..=5;
    let folded = fold(name);
    let of = |least: usize| -> String {
        let words = folded.split(|letter: char| !letter.is_alphanumeric());
        words
            .filter(|word| word.chars().count() >= least)
            .filter_map(|word| word.chars().next())
            .collect()
    };
    let is_plain = |key: &String| key.bytes().all(|byte| byte.is_ascii_lowercase());
    [of(1), of(4)].into_iter().filter(move |key| LETTERS.contains(&key.len()) && is_plain(key))
}
