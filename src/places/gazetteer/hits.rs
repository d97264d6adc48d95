//! Which places bear a name, and the spans of words that are one.

use super::super::names::{NameKind, Posting};
use super::super::place::{Match, PlaceKind};
use super::super::postcode::british_outward;
use super::super::query::{Words, is_between};
use super::{Gazetteer, Hit, Which};

/// Most places of one name that are looked at: more than any name has on Earth, streets apart.
pub(super) const NAMESAKES_MAX: usize = 5_000;

/// Most misspelt names looked for in one search; each costs some tens of microseconds.
const MISSPELT_SEARCHES_MAX: usize = 3;

/// Least letters of a name with one slip, and with two: shorter ones resemble too many others.
pub(super) const ONE_SLIP_LETTERS_MIN: usize = 4;
const TWO_SLIPS_LETTERS_MIN: usize = 8;

impl Gazetteer<'_> {
    pub(super) fn named_by(&self, words: &Words) -> Vec<Hit> {
        let hits = self.named_among(words, false);
        // "Tô, Burkina Faso": a name that is also a word between places, where nothing else fits.
        if hits.is_empty() { self.named_among(words, true) } else { hits }
    }

    fn named_among(&self, words: &Words, with_between: bool) -> Vec<Hit> {
        let count = words.len();
        for length in (1..=count).rev() {
            let mut hits = Vec::new();
            for from in 0..=count - length {
                let to = from + length;
                if length == 1 && count > 1 && is_between(words.word(from)) && !with_between {
                    continue;
                }
                let named = self.span(words, from, to);
                if named.is_empty() {
                    continue;
                }
                let Some(said) = self.said(words, &[(0, from), (to, count)]) else { continue };
                let is_whole = length == count;
                hits.extend(named.into_iter().filter(|hit| {
                    (is_whole || !Self::is_short_code(hit, words, from, to))
                        && self.fits(hit, &said)
                }));
            }
            if !hits.is_empty() {
                return hits;
            }
        }
        Vec::new()
    }

    /// Codes of two letters mean a region or country only beside another name, or alone.
    fn is_short_code(hit: &Hit, words: &Words, from: usize, to: usize) -> bool {
        hit.matched != Match::Exact && to == from + 1 && words.word(from).len() <= 2
    }

    /// Every place that a span of words names, whole or by a part of its name.
    pub(super) fn span(&self, words: &Words, from: usize, to: usize) -> Vec<Hit> {
        let mut hits = self.whole(words, from, to);
        let is_named = !hits.is_empty();
        self.add_parts(&mut hits, &words.key(from, to), is_named);
        hits
    }

    /// Every place whose whole name or postcode a span of words is.
    pub(super) fn whole(&self, words: &Words, from: usize, to: usize) -> Vec<Hit> {
        let key = words.key(from, to);
        let mut hits = Vec::new();
        for (names, which) in self.lists() {
            add(&mut hits, names.exact(&key), which);
        }
        if let Some(postcode) = words.postcode(from, to) {
            self.add_postcodes(&mut hits, &postcode, &key);
        }
        hits
    }

    fn add_postcodes(&self, hits: &mut Vec<Hit>, postcode: &str, key: &str) {
        let mut look = |postcode: &str, matched: Match| {
            let found = hits.len();
            for (names, which) in self.lists() {
                for posting in names.exact(postcode) {
                    let which = which(posting.place());
                    if self.kind(which) == PlaceKind::Postcode {
                        hits.push(Hit { which, matched });
                    }
                }
            }
            hits.len() > found
        };
        if postcode != key && look(postcode, Match::Exact) || !postcode.is_ascii() {
            return;
        }
        if postcode == key && !self.local.names.exact(key).is_empty() {
            return;
        }
        if let Some(outward) = british_outward(postcode) {
            look(outward, Match::Part);
        } else if postcode.len() == 9
            && postcode.bytes().all(|byte| byte.is_ascii_digit())
            && let Some(five) = postcode.get(..5)
        {
            look(five, Match::Part);
        }
    }

    /// Adds the places of which the key is the beginning in whole words. Where something bears the
    /// whole name, only what stands out beside it.
    fn add_parts(&self, hits: &mut Vec<Hit>, key: &str, is_named: bool) {
        let mut begun = format!("{key} ");
        // Of the reference data it would be every airport of a city.
        let lists = &self.lists()[..if is_named { 1 } else { 2 }];
        for (names, which) in lists {
            for place in names.completions(&begun, 12) {
                for posting in names.postings(place).iter().take(12) {
                    let which = which(posting.place());
                    let stands_out = matches!(
                        self.kind(which),
                        PlaceKind::Station
                            | PlaceKind::Airport
                            | PlaceKind::Landmark
                            | PlaceKind::City
                            | PlaceKind::District
                    );
                    if !is_named || stands_out {
                        hits.push(Hit { which, matched: Match::Part });
                    }
                }
            }
        }
        // Chinese and Japanese write what kind of place it is as the last character.
        begun.pop();
        if begun.is_ascii() {
            return;
        }
        for kind in ["区", "區", "市", "県", "縣", "省", "都", "府", "町", "村", "駅", "站"]
        {
            let longer = format!("{begun}{kind}");
            for (names, which) in self.lists() {
                let part =
                    |posting: &Posting| Hit { which: which(posting.place()), matched: Match::Part };
                hits.extend(names.exact(&longer).iter().map(part));
            }
        }
    }

    pub(super) fn misspelt_by(&self, words: &Words) -> Vec<Hit> {
        let count = words.len();
        let mut searches = 0;
        for length in (1..=count).rev() {
            let mut hits = Vec::new();
            for from in 0..=count - length {
                let to = from + length;
                let Some(said) = self.said(words, &[(0, from), (to, count)]) else { continue };
                let key = words.key(from, to);
                if searches == MISSPELT_SEARCHES_MAX || key.chars().count() < ONE_SLIP_LETTERS_MIN {
                    continue;
                }
                searches += 1;
                hits.extend(self.near(&key).into_iter().filter(|hit| self.fits(hit, &said)));
            }
            if !hits.is_empty() {
                return hits;
            }
        }
        self.around_misspelt(words)
    }

    /// The places whose names are near a key: one slip, and only where there is none two.
    pub(super) fn near(&self, key: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for most in [1, 2] {
            if most == 2 && (!hits.is_empty() || key.chars().count() < TWO_SLIPS_LETTERS_MIN) {
                break;
            }
            for (names, which) in self.lists() {
                for (place, slips) in names.misspelt(key, most) {
                    let matched = if slips == 1 { Match::Misspelt } else { Match::MisspeltTwice };
                    for posting in names.postings(place).iter().take(NAMESAKES_MAX) {
                        // Nobody misspells a code, and parts are too many.
                        let kind = posting.kind();
                        if !matches!(kind, NameKind::Code | NameKind::Part) {
                            hits.push(Hit { which: which(posting.place()), matched });
                        }
                    }
                }
            }
        }
        hits
    }
}

fn add(hits: &mut Vec<Hit>, postings: &[Posting], which: fn(u32) -> Which) {
    hits.extend(postings.iter().take(NAMESAKES_MAX).map(|posting| Hit {
        which: which(posting.place()),
        matched: match posting.kind() {
            NameKind::Own => Match::Exact,
            NameKind::Also | NameKind::Code => Match::Alternative,
            NameKind::Part => Match::Part,
        },
    }));
}
