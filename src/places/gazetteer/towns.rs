//! The town that a place is said to be in which is not known itself.

use super::super::place::{Candidate, Match, PlaceKind};
use super::super::query::{Words, is_between, is_number};
use super::{CANDIDATES_MAX, Gazetteer, Hit, Wanted};

/// Most words of a town's name.
const TOWN_WORDS_MAX: usize = 4;

/// Least letters of a town that no comma sets apart from the rest.
const TOWN_LETTERS_MIN: usize = 3;

/// Most parts between commas that are looked at; a full address has about five.
const PARTS_MAX: usize = 6;

impl Gazetteer<'_> {
    /// The towns that the parts between commas name, where the whole names no place: Leeds for
    /// "12 Foo Street, Leeds", with or without the county or country behind it. What comes after a
    /// comma tells before what begins the text.
    ///
    /// # Cost
    ///
    /// That of [`Gazetteer::named`] for every run of parts, 20 times at most.
    #[must_use]
    pub fn towns_apart(&self, text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
        let parts: Vec<&str> = text
            .split([',', ';', '\n'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .take(PARTS_MAX)
            .collect();
        let count = parts.len();
        let after = (1..count).flat_map(|from| (from + 1..=count).rev().map(move |to| (from, to)));
        let before = (1..count).rev().map(|to| (0, to));
        let named = after.chain(before).map(|(from, to)| {
            let words = Words::of(&parts[from..to].join(" "));
            words.map_or_else(Vec::new, |words| self.towns(self.named_by(&words)))
        });
        let hits = named.into_iter().find(|hits| !hits.is_empty()).unwrap_or_default();
        self.candidates(hits, wanted, CANDIDATES_MAX)
    }

    /// The towns whose names the words end or begin with, where the whole names no place: Helsinki
    /// for "Helsinki central station". The longest names alone; a word that is also a town somewhere
    /// is among them.
    ///
    /// # Cost
    ///
    /// Some tens of microseconds.
    #[must_use]
    pub fn towns_at_ends(&self, text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
        let Some(words) = Words::of(text) else { return Vec::new() };
        let count = words.len();
        let is_name = |from: usize, to: usize| {
            let last = words.word(to - 1);
            let letters: usize = (from..to).map(|at| words.word(at).chars().count()).sum();
            !is_between(last) && !is_number(last) && letters >= TOWN_LETTERS_MIN
        };
        let hits = (1..count.min(TOWN_WORDS_MAX + 1)).rev().find_map(|length| {
            let spans = [(count - length, count), (0, length)];
            let named = spans.into_iter().filter(|&(from, to)| is_name(from, to));
            let hits: Vec<Hit> =
                named.flat_map(|(from, to)| self.towns(self.whole(&words, from, to))).collect();
            (!hits.is_empty()).then_some(hits)
        });
        self.candidates(hits.unwrap_or_default(), wanted, CANDIDATES_MAX)
    }

    /// Those of the places that others lie in and that are searched from their middle.
    fn towns(&self, hits: Vec<Hit>) -> Vec<Hit> {
        let is_town = |hit: &Hit| {
            let kind = self.kind(hit.which);
            matches!(kind, PlaceKind::City | PlaceKind::District | PlaceKind::Postcode)
                && hit.matched <= Match::Part
        };
        let around = |hit: Hit| Hit { matched: Match::Around, ..hit };
        hits.into_iter().filter(is_town).map(around).collect()
    }
}
