//! The best of what was found.

use crate::domain::Ecef;

use super::super::fold::fold;
use super::super::place::{Area, Candidate, PlaceKind};
use super::super::reference::NO_REGION;
use super::hits::NAMESAKES_MAX;
use super::{Gazetteer, Hit, Wanted, Which};

/// Distance at which a hint has lost half of what it is worth.
const HINT_HALF_M: f64 = 20_000.0;
/// What a hint at the place itself is worth: as much as a thousand times the people.
const HINT_WORTH: f64 = 3.0;

impl Gazetteer<'_> {
    /// The best of the hits, each place once, with all that is known of it.
    pub(super) fn candidates(
        &self,
        hits: Vec<Hit>,
        wanted: Wanted<'_>,
        limit: usize,
    ) -> Vec<Candidate> {
        let hint = wanted.hint.map(Ecef::from);
        let score = |hit: &Hit| {
            let near = hint.zip(self.position(hit.which)).map_or(0.0, |(hint, position)| {
                let distance_m = hint.chord2_m2(position.into()).sqrt();
                HINT_WORTH / (1.0 + distance_m / HINT_HALF_M)
            });
            hit.matched.worth() + self.prominence(hit.which).log10() + near
        };
        let mut scored: Vec<(f64, Hit)> =
            hits.into_iter().take(2 * NAMESAKES_MAX).map(|hit| (score(&hit), hit)).collect();
        // The sort is stable: places of one score stay in the order of their lists.
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut seen: Vec<Which> = Vec::new();
        for (score, hit) in scored {
            if candidates.len() == limit {
                break;
            }
            if seen.contains(&hit.which) {
                continue;
            }
            seen.push(hit.which);
            candidates.extend(self.candidate(hit, score, wanted.language));
        }
        candidates
    }

    fn candidate(&self, hit: Hit, score: f64, language: &str) -> Option<Candidate> {
        let Hit { which, matched } = hit;
        let position = self.position(which)?;
        let kind = self.kind(which);
        let around = self.reference.nearest_city(position);
        let country = self.reference.country_area(self.country(which), language);
        let prominence = self.prominence(which);
        let region = match self.region(which) {
            NO_REGION => None,
            region => self.reference.region_area(region),
        };
        let [name, city] = match which {
            Which::Reference(number) => {
                let name = self.reference.name_of(number, language).to_owned();
                let town = self.reference.places[number as usize].city;
                let near = around.map_or("", |city| city.name);
                let is_in_town = matches!(kind, PlaceKind::Airport | PlaceKind::Postcode);
                let city = match town {
                    "" if is_in_town => near,
                    town => town,
                };
                [name, city.to_owned()]
            }
            Which::Local(number) => {
                let place = &self.local.places[number as usize];
                let stated = self.local.city(place);
                let near = around.filter(|city| city.country == place.country);
                let city = match stated {
                    _ if kind == PlaceKind::City => "",
                    "" => near.map_or("", |city| city.name),
                    stated => stated,
                };
                [self.local.name(place).to_owned(), city.to_owned()]
            }
        };
        let stated_region = match which {
            Which::Local(number) if region.is_none() => {
                let stated = self.local.region(&self.local.places[number as usize]);
                let named = !stated.is_empty() && fold(stated) != fold(&city);
                named.then(|| Area { code: String::new(), name: stated.to_owned() })
            }
            Which::Local(_) | Which::Reference(_) => None,
        };
        let is_country = kind == PlaceKind::Country;
        let is_region = kind == PlaceKind::Region;
        Some(Candidate {
            city: (!city.is_empty() && city != name).then_some(city),
            region: region.or(stated_region).filter(|_| !is_country && !is_region),
            country: country.filter(|_| !is_country),
            kind,
            position,
            extent: self.extent(which, kind),
            population: self.population(which),
            atms: self.atms(which),
            matched,
            score,
            prominence,
            code: match which {
                Which::Reference(number) => self.reference.code_of(number).map(str::to_owned),
                Which::Local(_) => None,
            },
            name,
        })
    }
}
