//! From a written place to the places it may mean, best first.

mod around;
mod candidates;
mod hits;
mod known;
mod towns;

use crate::domain::Position;

use super::local::LocalPlaces;
use super::names::{NameKind, Names, Posting};
use super::place::{Candidate, Match};
use super::query::Words;
use super::reference::Reference;

use around::{Around, Said};

/// Most candidates one search answers with.
pub const CANDIDATES_MAX: usize = 50;

/// The places of the whole Earth and those a snapshot's ATMs name.
#[derive(Clone, Copy, Debug)]
pub struct Gazetteer<'a> {
    reference: &'a Reference,
    local: &'a LocalPlaces,
}

/// How places are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'q> {
    /// Where the person may be: what is near is likelier meant.
    pub hint: Option<Position>,
    /// BCP 47 tag of the language names are answered in.
    pub language: &'q str,
}

/// A place of one of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Reference(u32),
    Local(u32),
}

/// From a number of one list to a place of either.
type AsOne = fn(u32) -> Which;

/// A place and how it fits.
#[derive(Clone, Copy, Debug)]
struct Hit {
    which: Which,
    matched: Match,
}

impl<'a> Gazetteer<'a> {
    /// The gazetteer of a snapshot's own places over the reference data.
    #[must_use]
    pub fn new(local: &'a LocalPlaces) -> Self {
        Self { reference: Reference::shared(), local }
    }

    /// The places named so, or by the end or beginning of a longer name in whole words; with the
    /// words around the name, in any order, saying in which town, region or country.
    ///
    /// # Cost
    ///
    /// Some tens of microseconds; in proportion to the number of namesakes.
    #[must_use]
    pub fn named(&self, text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
        let Some(words) = Words::of(text) else { return Vec::new() };
        let mut hits = self.named_by(&words);
        if hits.is_empty()
            && let Some(latin) = words.in_latin()
        {
            hits = self.named_by(&latin);
        }
        self.candidates(hits, wanted, CANDIDATES_MAX)
    }

    /// Whether a place bears exactly this name, in any language; codes and parts of names do not
    /// count. With a comma, whether the first part is a name that what follows says the place of.
    ///
    /// # Cost
    ///
    /// A fraction of a microsecond a word; with a comma that of [`Gazetteer::named`].
    #[must_use]
    pub fn knows(&self, text: &str) -> bool {
        let Some(words) = Words::of(text) else { return false };
        if text.contains(',') {
            let is_whole = |hit: &Hit| hit.matched <= Match::Alternative;
            return self.named_by(&words).iter().any(is_whole);
        }
        let key = words.key(0, words.len());
        let is_name =
            |posting: &Posting| !matches!(posting.kind(), NameKind::Code | NameKind::Part);
        let is_known = self.lists().iter().any(|(names, _)| names.exact(&key).iter().any(is_name));
        is_known
            || words.postcode(0, words.len()).is_some_and(|code| {
                self.lists().iter().any(|(names, _)| !names.exact(&code).is_empty())
            })
    }

    /// The places whose names are one or two slips away from what is written.
    ///
    /// # Cost
    ///
    /// Up to some hundred microseconds.
    #[must_use]
    pub fn misspelt(&self, text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
        let Some(words) = Words::of(text) else { return Vec::new() };
        let mut hits = self.misspelt_by(&words);
        if hits.is_empty()
            && let Some(latin) = words.in_latin()
        {
            hits = self.misspelt_by(&latin);
        }
        self.candidates(hits, wanted, CANDIDATES_MAX)
    }

    /// The most prominent places whose names begin with what is written, or where the last words
    /// begin the name of a region or country around: for answering while a person types.
    #[must_use]
    pub fn beginning(&self, text: &str, wanted: Wanted<'_>, limit: usize) -> Vec<Candidate> {
        let Some(words) = Words::of(text) else { return Vec::new() };
        let whole = words.key(0, words.len());
        let mut hits = Vec::new();
        // More than asked for, since several keys may name one place.
        let most = 2 * limit + 10;
        self.each_beginning(&whole, most, |which, _| {
            hits.push(Hit { which, matched: Match::Beginning });
        });
        for split in (1..words.len()).rev() {
            let named = self.span(&words, 0, split);
            if named.is_empty() {
                continue;
            }
            let mut said = Said::new();
            self.each_beginning(&words.key(split, words.len()), 8, |which, _| {
                said.extend(
                    self.around(which)
                        .filter(|around| matches!(around, Around::Country(_) | Around::Region(_))),
                );
            });
            let fits = |hit: &Hit| said.iter().any(|around| self.lies(hit.which, around));
            hits.extend(
                named.into_iter().filter(fits).map(|hit| Hit { matched: Match::Beginning, ..hit }),
            );
            break;
        }
        self.candidates(hits, wanted, limit)
    }

    fn each_beginning(&self, key: &str, limit: usize, mut each: impl FnMut(Which, NameKind)) {
        for (names, which) in self.lists() {
            for place in names.completions(key, limit) {
                for posting in names.postings(place).iter().take(limit) {
                    // Codes are known or not; nobody wants them completed.
                    if posting.kind() != NameKind::Code {
                        each(which(posting.place()), posting.kind());
                    }
                }
            }
        }
    }

    /// Both lists of names, and how a number of each is told from one of the other.
    fn lists(&self) -> [(&'a Names, AsOne); 2] {
        [(&self.local.names, Which::Local), (&self.reference.names, Which::Reference)]
    }
}
