//! What the words around a name say about where it is.

use crate::domain::{Ecef, Position};

use super::super::place::{Match, PlaceKind};
use super::super::query::{Words, is_between, is_number};
use super::super::reference::radius_of;
use super::hits::{NAMESAKES_MAX, ONE_SLIP_LETTERS_MIN};
use super::{Gazetteer, Hit, Which};

/// What words around a name say about where it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Around {
    Country(u16),
    Region(u16),
    /// A place so large, with so many people.
    Place(Position, f64, f64),
    HouseNumber,
}

/// All that one span of words may say; one of it must hold.
pub(super) type Said = Vec<Around>;

impl Gazetteer<'_> {
    /// A name written right in a region or country written wrong: "Springfield, Ilinois".
    pub(super) fn around_misspelt(&self, words: &Words) -> Vec<Hit> {
        let count = words.len();
        for split in (1..count).rev() {
            let named = self.span(words, 0, split);
            let key = words.key(split, count);
            if named.is_empty() || key.chars().count() < ONE_SLIP_LETTERS_MIN {
                continue;
            }
            let said: Said =
                self.near(&key).into_iter().filter_map(|hit| self.around(hit.which)).collect();
            let fits = |hit: &Hit| said.iter().any(|around| self.lies(hit.which, around));
            let hits: Vec<Hit> = named
                .into_iter()
                .filter(fits)
                .map(|hit| Hit { matched: Match::Misspelt, ..hit })
                .collect();
            if !hits.is_empty() {
                return hits;
            }
        }
        Vec::new()
    }

    /// What the words outside a name say, each span of them; `None` when some say nothing.
    pub(super) fn said(&self, words: &Words, outside: &[(usize, usize)]) -> Option<Vec<Said>> {
        let mut all = Vec::new();
        for &(from, to) in outside {
            self.said_from(words, from, to, &mut all).then_some(())?;
        }
        Some(all)
    }

    fn said_from(&self, words: &Words, from: usize, to: usize, all: &mut Vec<Said>) -> bool {
        if from == to {
            return true;
        }
        let said_before = all.len();
        for end in (from + 1..=to.min(from + 4)).rev() {
            let said = self.said_by(words, from, end);
            if said.is_empty() {
                continue;
            }
            all.push(said);
            if self.said_from(words, end, to, all) {
                return true;
            }
            all.truncate(said_before);
        }
        is_between(words.word(from)) && self.said_from(words, from + 1, to, all)
    }

    fn said_by(&self, words: &Words, from: usize, to: usize) -> Said {
        let mut said: Said = self
            .whole(words, from, to)
            .iter()
            .filter(|hit| hit.matched <= Match::Alternative)
            .take(NAMESAKES_MAX)
            .filter_map(|hit| self.around(hit.which))
            .collect();
        if to == from + 1 && is_number(words.word(from)) {
            said.push(Around::HouseNumber);
        }
        said
    }

    /// What a place says when it stands beside another's name.
    pub(super) fn around(&self, which: Which) -> Option<Around> {
        let reach_m = match (self.kind(which), which) {
            (PlaceKind::Country, _) => return Some(Around::Country(self.country(which))),
            (PlaceKind::Region, _) => return Some(Around::Region(self.region(which))),
            (PlaceKind::City, Which::Reference(number)) => {
                let people = self.reference.places[number as usize].population;
                radius_of(people).get() * 1.5 + 5_000.0
            }
            (PlaceKind::City, Which::Local(_)) => 12_000.0,
            (PlaceKind::District, _) => 40_000.0,
            (PlaceKind::Postcode, Which::Reference(_)) => 20_000.0,
            (PlaceKind::Postcode, Which::Local(_)) => 8_000.0,
            (PlaceKind::Station | PlaceKind::Landmark, _) => 2_000.0,
            (PlaceKind::Street | PlaceKind::Airport | PlaceKind::Site | PlaceKind::Position, _) => {
                return None;
            }
        };
        Some(Around::Place(self.position(which)?, reach_m, self.prominence(which)))
    }

    pub(super) fn fits(&self, hit: &Hit, said: &[Said]) -> bool {
        said.iter().all(|said| said.iter().any(|around| self.lies(hit.which, around)))
    }

    /// Whether a place lies where the words around its name say.
    pub(super) fn lies(&self, which: Which, around: &Around) -> bool {
        let kind = self.kind(which);
        match *around {
            Around::HouseNumber => kind == PlaceKind::Street,
            Around::Country(country) => {
                self.country(which) == country && kind != PlaceKind::Country
            }
            Around::Region(region) => {
                kind != PlaceKind::Country
                    && kind != PlaceKind::Region
                    && self.region(which) == region
            }
            Around::Place(position, reach_m, people) => {
                let is_smaller = !matches!(kind, PlaceKind::City | PlaceKind::District)
                    || self.prominence(which) < people;
                let reach_m = if kind == PlaceKind::Airport { reach_m + 50_000.0 } else { reach_m };
                !matches!(kind, PlaceKind::Country | PlaceKind::Region)
                    && is_smaller
                    && self.position(which).is_some_and(|here| {
                        Ecef::from(here).chord2_m2(position.into()) <= reach_m * reach_m
                    })
            }
        }
    }
}
