//! Gathering the places ATMs name: the ATMs that name one place are one group.

use std::hash::{BuildHasher as _, DefaultHasher, Hash, Hasher};

use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use rayon::prelude::*;

use super::super::fold::{fold, postcode_key};
use super::super::names::Posting;
use super::super::place::PlaceKind;
use super::super::postcode;
use super::super::reference::Reference;
use super::super::street;
use super::{LocalPlace, Naming};
use crate::domain::{Ecef, LocationType, Position};

/// Most places ATMs name that are kept, so that no estate can take more memory for their names
/// than some 200 MB, by reckoning. Beyond, those that fewest ATMs name are left out; no real estate
/// comes near.
const LOCAL_PLACES_MAX: usize = 1_000_000;

/// A site's name that so many places bear is a chain's and tells none of them.
const CHAIN_SITES_MIN: usize = 30;

/// How close a town of the reference data must be to be the one an ATM names.
const SAME_TOWN_M: f64 = 40_000.0;

/// A text, by number. Zero is none.
pub(super) type TextNumber = u32;

/// A text by number, and a digest of its key.
type Known = (TextNumber, u64);

/// Texts by number, and a digest of each one's key.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) all: Vec<Box<str>>,
    known: HashTable<Known>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    /// The number of a text, a new one if it is seen for the first time.
    pub(super) fn number(&mut self, text: &str) -> Known {
        let Self { all, known, hasher } = self;
        let of_number = |number: TextNumber| all.get(number as usize - 1).map(AsRef::as_ref);
        let hash = hasher.hash_one(text);
        if let Some(&known) = known.find(hash, |known| of_number(known.0) == Some(text)) {
            return known;
        }
        let mut key_hasher = DefaultHasher::new();
        fold(text).hash(&mut key_hasher);
        let number = TextNumber::try_from(all.len() + 1).unwrap_or(TextNumber::MAX);
        let new = (number, key_hasher.finish());
        let rehash = |known: &Known| of_number(known.0).map_or(0, |text| hasher.hash_one(text));
        known.insert_unique(hash, new, rehash);
        all.push(text.into());
        new
    }

    /// The same where the text is likely to be the one of `last`, which then is what was found;
    /// nothing of an empty text.
    fn number_like(&mut self, text: &str, last: &mut Known) -> Known {
        if text.is_empty() {
            return Known::default();
        }
        let before = (last.0 as usize).checked_sub(1).and_then(|place| self.all.get(place));
        if before.is_none_or(|before| **before != *text) {
            *last = self.number(text);
        }
        *last
    }
}

/// What tells one named place from another: kind, name, town, and where about on Earth.
type GroupKey = (PlaceKind, u64, u64, (i16, i16));

/// ATMs that name one place.
#[derive(Clone, Copy, Debug)]
struct Group {
    name: TextNumber,
    city: TextNumber,
    region: TextNumber,
    country: u16,
    atms: u32,
    /// Sum of the ATMs' positions, in degrees.
    sum_deg: [f64; 2],
    edges_deg: [f32; 4],
}

impl Group {
    fn add(&mut self, other: &Self) {
        self.atms += other.atms;
        self.sum_deg[0] += other.sum_deg[0];
        self.sum_deg[1] += other.sum_deg[1];
        let [south, west, north, east] = other.edges_deg;
        let [s, w, n, e] = self.edges_deg;
        self.edges_deg = [s.min(south), w.min(west), n.max(north), e.max(east)];
        self.city = if self.city == 0 { other.city } else { self.city };
        self.region = if self.region == 0 { other.region } else { self.region };
        if self.country == u16::MAX {
            self.country = other.country;
        }
    }

    fn middle(&self) -> Option<Position> {
        let atms = f64::from(self.atms.max(1));
        let round = |degrees: f64| (degrees / atms * 1e7).round() / 1e7;
        Position::from_lat_lon(round(self.sum_deg[0]), round(self.sum_deg[1])).ok()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a box to a metre")]
pub(super) fn edges(position: Position) -> [f32; 4] {
    let (lat_deg, lon_deg) = (position.lat_deg() as f32, position.lon_deg() as f32);
    [lat_deg, lon_deg, lat_deg, lon_deg]
}

/// Edge of the cells in which ATMs that name a place of this kind alike mean the same, in degrees.
const fn cell_deg(kind: PlaceKind) -> f64 {
    match kind {
        PlaceKind::Street | PlaceKind::Site | PlaceKind::Station | PlaceKind::Airport => 0.1,
        PlaceKind::City => 0.5,
        PlaceKind::District
        | PlaceKind::Postcode
        | PlaceKind::Region
        | PlaceKind::Country
        | PlaceKind::Landmark
        | PlaceKind::Position => 2.0,
    }
}

/// The places of some ATMs.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    pub(super) texts: Texts,
    groups: HashMap<GroupKey, Group>,
    /// Of each kind of place the one named last, while its ATMs are not among its group's yet: the
    /// next ATM, which is near, mostly names it too.
    last: [Option<(GroupKey, Group)>; PlaceKind::ALL.len()],
    last_city: Known,
    last_region: Known,
    last_area: Known,
}

impl Gathering {
    /// Takes in what an ATM names.
    pub(super) fn add(&mut self, reference: &Reference, atm: &Naming<'_>) {
        let country = (!atm.country.is_empty()).then_some(atm.country);
        let country_number =
            country.and_then(|code| reference.country_number(code)).unwrap_or(u16::MAX);
        let city = self.texts.number_like(atm.city, &mut self.last_city);
        let region = self.texts.number_like(atm.subdivision, &mut self.last_region);
        let context =
            Context { position: atm.position, city, region: region.0, country: country_number };
        if !atm.city.is_empty() {
            self.name(PlaceKind::City, city, &context);
        }
        if !atm.subdivision.is_empty() {
            self.name(PlaceKind::District, region, &context);
        }
        if !atm.postcode.is_empty() {
            let full = self.texts.number(atm.postcode);
            self.name(PlaceKind::Postcode, full, &context);
            if let Some(area) = postcode::area(atm.postcode, country) {
                let area = self.texts.number_like(&area, &mut self.last_area);
                self.name(PlaceKind::Postcode, area, &context);
            }
        }
        let street = (!atm.street.is_empty()).then_some(atm.street);
        if let Some(bare) = street.and_then(street::without_number) {
            let street = self.texts.number(bare);
            self.name(PlaceKind::Street, street, &context);
        }
        let is_no_place = |other: &str| !other.is_empty() && is_same(other, atm.name);
        if !atm.name.is_empty() && !atm.brand_and_operator.into_iter().any(is_no_place) {
            let at = atm.location_type;
            let kind = if at == LocationType::TransportStation {
                PlaceKind::Station
            } else if at == LocationType::Airport {
                PlaceKind::Airport
            } else {
                PlaceKind::Site
            };
            let site = self.texts.number(atm.name);
            self.name(kind, site, &context);
        }
    }

    fn name(&mut self, kind: PlaceKind, (name, digest): Known, at: &Context) {
        let is_in_town = matches!(
            kind,
            PlaceKind::Street | PlaceKind::Site | PlaceKind::Station | PlaceKind::Airport
        );
        let town = if is_in_town { at.city.1 } else { 0 };
        let size_deg = cell_deg(kind);
        #[expect(clippy::cast_possible_truncation, reason = "at most 1800 cells")]
        let cell = (
            (at.position.lat_deg() / size_deg).floor() as i16,
            (at.position.lon_deg() / size_deg).floor() as i16,
        );
        let group = Group {
            name,
            city: if kind == PlaceKind::City { 0 } else { at.city.0 },
            region: if kind == PlaceKind::District { 0 } else { at.region },
            country: at.country,
            atms: 1,
            sum_deg: [at.position.lat_deg(), at.position.lon_deg()],
            edges_deg: edges(at.position),
        };
        let key = (kind, digest, town, cell);
        match &mut self.last[kind as usize] {
            Some((last, known)) if *last == key => known.add(&group),
            last => {
                if let Some((key, group)) = last.replace((key, group)) {
                    self.put(key, &group);
                }
            }
        }
    }

    fn put(&mut self, key: GroupKey, group: &Group) {
        match self.groups.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(*group);
            }
            Entry::Occupied(mut known) => known.get_mut().add(group),
        }
    }

    /// The same with every ATM among its group's.
    pub(super) fn settled(mut self) -> Self {
        for (key, group) in std::mem::take(&mut self.last).into_iter().flatten() {
            self.put(key, &group);
        }
        self
    }

    /// The same with those of other ATMs.
    pub(super) fn joined_with(mut self, other: Self) -> Self {
        if self.groups.is_empty() {
            return other;
        }
        let numbers: Vec<TextNumber> =
            other.texts.all.iter().map(|text| self.texts.number(text).0).collect();
        let renumbered = |number: TextNumber| {
            (number as usize).checked_sub(1).and_then(|at| numbers.get(at)).copied().unwrap_or(0)
        };
        for (key, mut group) in other.groups {
            group.name = renumbered(group.name);
            group.city = renumbered(group.city);
            group.region = renumbered(group.region);
            self.put(key, &group);
        }
        self
    }

    /// Joins groups that a border between cells parts.
    pub(super) fn join_neighbours(&mut self) {
        let mut keys: Vec<GroupKey> = self.groups.keys().copied().collect();
        keys.par_sort_unstable();
        // Most places have a name of their own and stand in one cell.
        let by_name =
            keys.chunk_by(|one, other| (one.0, one.1, one.2) == (other.0, other.1, other.2));
        let of_several_cells = by_name.filter(|same| same.len() > 1).flatten();
        for &key @ (kind, name, town, (row, column)) in of_several_cells {
            for (up, right) in [(0, 1), (1, -1), (1, 0), (1, 1)] {
                let beside = (kind, name, town, (row + up, column + right));
                let (Some(here), Some(there)) = (self.groups.get(&key), self.groups.get(&beside))
                else {
                    continue;
                };
                let apart = here.middle().zip(there.middle()).is_some_and(|(one, other)| {
                    let apart_m = Ecef::from(one).chord2_m2(Ecef::from(other)).sqrt();
                    apart_m > cell_deg(kind) * 111_000.0 * 0.8
                });
                if apart {
                    continue;
                }
                let mut joined = *there;
                joined.add(here);
                self.groups.remove(&key);
                self.groups.insert(beside, joined);
                break;
            }
        }
    }

    /// The groups that make places, in an order that depends on nothing but what they are: those
    /// the reference data does not have, no chains, and not too many.
    pub(super) fn groups_worth_keeping(&self, reference: &Reference) -> Vec<LocalPlace> {
        let mut sites_of_name: HashMap<u64, usize> = HashMap::new();
        for (kind, name, _, _) in self.groups.keys() {
            if *kind == PlaceKind::Site {
                *sites_of_name.entry(*name).or_default() += 1;
            }
        }
        let text = |number: TextNumber| self.texts.all[number as usize - 1].as_ref();
        let groups: Vec<(&GroupKey, &Group)> = self.groups.iter().collect();
        let mut kept: Vec<(GroupKey, LocalPlace)> = groups
            .into_par_iter()
            .filter(|((kind, name, _, _), group)| {
                let is_chain = *kind == PlaceKind::Site
                    && sites_of_name.get(name).is_some_and(|&sites| sites >= CHAIN_SITES_MIN);
                !is_chain && !is_in_reference(reference, *kind, text(group.name), group)
            })
            .filter_map(|(&key, group)| {
                let place = LocalPlace {
                    kind: key.0,
                    name: group.name,
                    city: group.city,
                    region: group.region,
                    country: group.country,
                    atms: group.atms,
                    position: group.middle()?,
                    edges_deg: group.edges_deg,
                };
                Some((key, place))
            })
            .collect();
        if kept.len() > LOCAL_PLACES_MAX {
            kept.par_sort_unstable_by_key(|(key, place)| (std::cmp::Reverse(place.atms), *key));
            kept.truncate(LOCAL_PLACES_MAX);
        }
        kept.par_sort_unstable_by_key(|(key, _)| *key);
        kept.into_iter().map(|(_, place)| place).collect()
    }
}

/// What the places one ATM names have in common.
struct Context {
    position: Position,
    city: (TextNumber, u64),
    region: TextNumber,
    country: u16,
}

/// Whether two names are one, found without folding where they are written alike.
fn is_same(one: &str, other: &str) -> bool {
    one == other || (one.len().abs_diff(other.len()) < 8 && fold(one) == fold(other))
}

/// Whether the reference data has the town, region or postcode that ATMs name.
fn is_in_reference(reference: &Reference, kind: PlaceKind, name: &str, group: &Group) -> bool {
    if !matches!(kind, PlaceKind::City | PlaceKind::District | PlaceKind::Postcode) {
        return false;
    }
    let wanted = if kind == PlaceKind::District { PlaceKind::Region } else { kind };
    let key = if kind == PlaceKind::Postcode { postcode_key(name) } else { fold(name) };
    let Some(middle) = group.middle().map(Ecef::from) else { return false };
    let is_it = |posting: &Posting| {
        let Some(place) = reference.places.get(posting.place() as usize) else { return false };
        let Some(position) = place.position else { return false };
        place.kind == wanted
            && place.country == group.country
            && (wanted == PlaceKind::Region
                || middle.chord2_m2(Ecef::from(position)) <= SAME_TOWN_M.powi(2))
    };
    reference.names.exact(&key).iter().any(is_it)
}
