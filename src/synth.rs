//! A synthetic estate for load tests: ATMs that do not exist, spread as real ones are.
//!
//! Machines stand in sites, sites in districts, districts around populated places in proportion to
//! their population. Four of five sites say as little about themselves as map data does; the rest
//! state their services fully, as the lists of banks do. Positions are of no real machine, and
//! names of operators are made up.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use iso_currency::{Country, Currency};

use crate::domain::{
    Access, Atm, Attribute, Attributes, Fee, LIST_SEPARATOR, LocationType, Position, Source,
    SourceIndex, TextField, Tri,
};

/// Populated places with their population; see `data/README.md` for source and licence.
const PLACES_CSV: &str = include_str!("../data/reference/populated-places.csv");

/// Most machines of one estate: ten times as many as there are on Earth.
pub const SYNTHETIC_COUNT_MAX: u64 = 30_000_000;

/// What answers say about the origin of synthetic records: `synthetic (seed S)`, nothing else.
#[must_use]
pub fn synthetic_source(seed: u64) -> Source {
    Source { name: format!("synthetic (seed {seed})"), ..Source::default() }
}

/// An estate of `count` machines, [`SYNTHETIC_COUNT_MAX`] at most, whose source is
/// [`synthetic_source`] at [`SourceIndex`] 0.
///
/// The same seed always gives the same machines in the same order, and a larger count only adds
/// more at the end. Ids are `synthetic:SEED-NUMBER`.
///
/// # Units
///
/// Positions are WGS-84 degrees, rounded to 7 decimals.
///
/// # Cost
///
/// Reads the compiled-in places once; then about a microsecond and a handful of small allocations a
/// machine. Nothing is kept of machines handed out.
///
/// # Example
///
/// ```
/// use nearest_atm::synth::synthetic_atms;
///
/// let first: Vec<_> = synthetic_atms(3, 42).map(|atm| atm.id.into_owned()).collect();
/// assert_eq!(first, ["synthetic:42-0", "synthetic:42-1", "synthetic:42-2"]);
/// ```
pub fn synthetic_atms(count: u64, seed: u64) -> impl Iterator<Item = Atm<'static>> {
    let mut estate = Estate::new(seed);
    let mut site = Site::default();
    (0..count.min(SYNTHETIC_COUNT_MAX)).filter_map(move |number| {
        if site.machines_left == 0 {
            site = estate.site()?;
        }
        site.machines_left -= 1;
        estate.machine(&site, number)
    })
}

/// Pseudo-random numbers of sufficient quality in a few instructions, the same on every machine.
///
/// Source: `SplitMix64` of Steele, Lea and Flood (2014), *Fast splittable pseudorandom number
/// generators*, OOPSLA '14, doi:10.1145/2660193.2660195, figure 16.
#[derive(Clone, Copy, Debug)]
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to 1, without 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are all an f64 holds")]
    fn fraction(&mut self) -> f64 {
        (self.throw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to `end`, without it; 0 when it is 0.
    #[expect(clippy::cast_possible_truncation, reason = "less than `end`")]
    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.throw()) * end as u128) >> 64) as usize
    }

    fn chance(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len())).copied()
    }

    /// A place in a list in which the second occurs half as often as the first, the third a third,
    /// and so on (Zipf), for `end` up to some hundreds.
    fn rank(&mut self, end: usize) -> usize {
        #[expect(clippy::cast_precision_loss, reason = "hundreds at most")]
        let weight = |rank: usize| 1.0 / (rank + 1) as f64;
        let mut left = self.fraction() * (0..end).map(weight).sum::<f64>();
        (0..end)
            .find(|&rank| {
                left -= weight(rank);
                left < 0.0
            })
            .unwrap_or(0)
    }

    /// Bell-shaped around 0 with a standard deviation of 1. The sum of four uniform numbers: it
    /// needs no logarithm, whose last digit differs between platforms, and has no far outliers.
    fn bell(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.fraction()).sum();
        (sum - 2.0) * 3.0_f64.sqrt()
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    name: &'static str,
    country: &'static str,
    admin1: &'static str,
    position: Position,
    population: u64,
}

/// Reads the compiled-in places. Cells are borrowed; only names are ever quoted, and none contains
/// a quote itself, which a test makes sure of.
fn places() -> impl Iterator<Item = Place> {
    PLACES_CSV.lines().skip(1).filter_map(|line| {
        let (_, rest) = line.split_once(',')?;
        let (name, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once("\",")?,
            None => rest.split_once(',')?,
        };
        let mut cells = rest.split(',');
        let (lat, lon) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
        let position = Position::from_lat_lon(lat, lon).ok()?;
        let (country, admin1) = (cells.next()?, cells.next()?);
        let population = cells.next()?.parse().ok()?;
        Some(Place { name, country, admin1, position, population })
    })
}

/// What the machines of one country have in common.
#[derive(Clone, Debug)]
struct Market {
    operators: Vec<String>,
    network: String,
    currency: Option<&'static str>,
}

const BANKS: &[&str] = &[
    "First",
    "Union",
    "Harbour",
    "Meridian",
    "People's",
    "Northern",
    "Commerce",
    "Granite",
    "Cooperative",
    "Valley",
    "Old Town",
    "Pioneer",
    "Crown",
    "Lakeside",
    "Republic",
    "Summit",
];
const BANK_KINDS: &[&str] = &["Bank", "Savings Bank", "Credit Union", "Cash", "Trust"];
const OPERATORS_PER_COUNTRY: usize = 40;

impl Market {
    fn new(country: &str, dice: &mut Dice) -> Self {
        let mut operators = Vec::with_capacity(OPERATORS_PER_COUNTRY);
        while operators.len() < OPERATORS_PER_COUNTRY {
            let [bank, kind] = [BANKS, BANK_KINDS].map(|list| dice.pick(list).unwrap_or_default());
            let name = format!("{bank} {kind} {country}");
            if !operators.contains(&name) {
                operators.push(name);
            }
        }
        let currencies = Country::from_str(country).map(Currency::from_country);
        let currency = currencies.ok().and_then(|list| list.first().map(Currency::code));
        Self { operators, network: format!("{country} Cash Network"), currency }
    }
}

/// How much a site says about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Manner {
    /// As little as map data: most is unknown.
    #[default]
    Map,
    /// As the list of a bank: services and access are stated.
    BankList,
}

/// Of sites, those described in the manner of a bank's list.
const BANK_LIST_SHARE: f64 = 0.2;

/// Shares of records in map data that state a field, measured over 5,316 ATMs of OpenStreetMap.
mod known_in_map {
    pub(super) const OPERATOR: f64 = 0.79;
    pub(super) const BRAND: f64 = 0.23;
    pub(super) const HOURS: f64 = 0.17;
    pub(super) const CASH_IN: f64 = 0.07;
    pub(super) const WHEELCHAIR: f64 = 0.03;
    pub(super) const FEE: f64 = 0.005;
}

/// Of sites, those with so many machines, from one to eight.
const SITE_SIZES: &[(u32, f64)] =
    &[(1, 0.66), (2, 0.18), (3, 0.07), (4, 0.05), (5, 0.02), (6, 0.01), (7, 0.006), (8, 0.004)];

const LOCATION_TYPES: &[LocationType] = &[
    LocationType::BranchExternal,
    LocationType::BranchExternal,
    LocationType::BranchLobby,
    LocationType::BranchInternal,
    LocationType::Retail,
    LocationType::Supermarket,
    LocationType::Supermarket,
    LocationType::Convenience,
    LocationType::Convenience,
    LocationType::Fuel,
    LocationType::TransportStation,
    LocationType::Airport,
    LocationType::Hospital,
    LocationType::Hotel,
    LocationType::Education,
];

/// Four in seven open day and night, about as many as in the lists of banks.
const HOURS: &[&str] = &[
    "24/7",
    "24/7",
    "24/7",
    "24/7",
    "Mo-Fr 08:00-20:00; Sa 09:00-18:00",
    "Mo-Su 06:00-23:00",
    "Mo-Fr 09:00-17:00; PH off",
];

const STREETS: &[&str] = &[
    "Station Road",
    "High Street",
    "Market Square",
    "Church Street",
    "Main Street",
    "Park Avenue",
    "Bridge Street",
    "Mill Lane",
    "Harbour Street",
    "School Road",
    "King Street",
    "Station Square",
];

/// Metres of a city's radius per square root of its people: 600 m for 15,000, 16 km for 10 million.
const RADIUS_M_PER_SQRT_PERSON: f64 = 5.0;
/// Standard deviation of sites around the middle of their district, in metres.
const DISTRICT_SPREAD_M: f64 = 250.0;
/// Metres in a degree of latitude; good to a percent everywhere, which is all an estate needs.
const METRES_PER_DEGREE: f64 = 111_200.0;

/// Machines that stand at one place, and what they share.
#[derive(Clone, Debug, Default)]
struct Site {
    machines_left: u32,
    place: usize,
    position: Option<Position>,
    manner: Manner,
    operator: Option<String>,
    brand: bool,
    hours: Option<&'static str>,
    location_type: LocationType,
    fee: Fee,
    wheelchair: Tri,
    street: Option<&'static str>,
    house_number: usize,
}

/// Everything sites are drawn from.
struct Estate {
    seed: u64,
    dice: Dice,
    places: Vec<Place>,
    /// For each place, the people in it and in all before it.
    people: Vec<u64>,
    markets: BTreeMap<&'static str, Market>,
}

impl Estate {
    fn new(seed: u64) -> Self {
        let places: Vec<Place> = places().collect();
        let mut sum = 0;
        let mut people = Vec::with_capacity(places.len());
        let mut markets = BTreeMap::new();
        for place in &places {
            sum += place.population;
            people.push(sum);
            markets.entry(place.country).or_insert_with(|| {
                let letters =
                    place.country.bytes().fold(0, |sum, byte| sum * 256 + u64::from(byte));
                Market::new(place.country, &mut Dice(letters))
            });
        }
        Self { seed, dice: Dice(seed), places, people, markets }
    }

    /// `None` only if no place was compiled in.
    fn site(&mut self) -> Option<Site> {
        let people = usize::try_from(*self.people.last()?).unwrap_or(usize::MAX);
        let person = self.dice.below(people) as u64;
        let index = self.people.partition_point(|&sum| sum <= person);
        let place = *self.places.get(index)?;
        let position = self.position(index, place);
        let dice = &mut self.dice;
        let manner = if dice.chance(BANK_LIST_SHARE) { Manner::BankList } else { Manner::Map };
        let states = |dice: &mut Dice, share| manner == Manner::BankList || dice.chance(share);
        let market = self.markets.get(place.country)?;
        let operator = market.operators.get(dice.rank(market.operators.len()))?.clone();
        let hours = dice.pick(HOURS).filter(|_| states(dice, known_in_map::HOURS));
        let fee = dice.pick(&[Fee::Free, Fee::Free, Fee::SomeCustomers, Fee::Everyone])?;
        let wheelchair = if dice.chance(0.8) { Tri::Yes } else { Tri::No };
        Some(Site {
            machines_left: site_size(dice),
            place: index,
            position: Some(position),
            manner,
            operator: states(dice, known_in_map::OPERATOR).then_some(operator),
            brand: states(dice, known_in_map::BRAND),
            hours,
            location_type: dice
                .pick(LOCATION_TYPES)
                .filter(|_| states(dice, 0.3))
                .unwrap_or_default(),
            fee: if states(dice, known_in_map::FEE) { fee } else { Fee::Unknown },
            wheelchair: if states(dice, known_in_map::WHEELCHAIR) {
                wheelchair
            } else {
                Tri::Unknown
            },
            street: dice.pick(STREETS).filter(|_| states(dice, 0.4)),
            house_number: 1 + dice.below(150),
        })
    }

    /// Somewhere in a district of the place. Districts are the same for every site of an estate,
    /// and the first ones hold the most.
    fn position(&mut self, index: usize, place: Place) -> Position {
        #[expect(clippy::cast_precision_loss, reason = "a city has fewer than 2^53 people")]
        let radius_m = RADIUS_M_PER_SQRT_PERSON * (place.population as f64).sqrt();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few dozen at most"
        )]
        let districts = 1 + (radius_m / 600.0) as usize;
        let district = self.dice.rank(districts) as u64;
        let mut fixed = Dice(self.seed ^ ((index as u64) << 16) ^ (district << 1) ^ 1);
        let [mut north_m, mut east_m] = [0.0, 0.0];
        if district > 0 {
            (north_m, east_m) = (fixed.bell() * radius_m / 2.0, fixed.bell() * radius_m / 2.0);
        }
        north_m += self.dice.bell() * DISTRICT_SPREAD_M;
        east_m += self.dice.bell() * DISTRICT_SPREAD_M;
        moved(place.position, north_m, east_m)
    }

    fn machine(&mut self, site: &Site, number: u64) -> Option<Atm<'static>> {
        let place = self.places.get(site.place)?;
        let market = self.markets.get(place.country)?;
        let dice = &mut self.dice;
        // Machines of one lobby stand side by side, and many lists give them one position.
        let beside_m = if dice.chance(0.5) { 0.0 } else { dice.bell() };
        let position = moved(site.position?, beside_m, beside_m);
        let id = format!("synthetic:{}-{number}", self.seed);
        let mut atm = Atm::new(id, position, SourceIndex::default());
        atm.location_type = site.location_type;
        atm.fee = site.fee;
        atm.set_text(TextField::Operator, site.operator.clone().map(Cow::Owned));
        if site.brand {
            atm.set_text(TextField::Brand, site.operator.clone().map(Cow::Owned));
        }
        atm.set_text(TextField::OpeningHours, site.hours.map(Cow::Borrowed));
        atm.set_text(TextField::City, Some(Cow::Borrowed(place.name)));
        atm.set_text(TextField::Subdivision, Some(Cow::Borrowed(place.admin1)));
        atm.set_text(TextField::Country, Some(Cow::Borrowed(place.country)));
        if let Some(street) = site.street {
            atm.set_text(TextField::Street, Some(Cow::Borrowed(street)));
            atm.set_text(TextField::HouseNumber, Some(Cow::Owned(site.house_number.to_string())));
        }
        atm.attributes = attributes(site, dice);
        if site.manner == Manner::BankList {
            atm.access = Access::Public;
            atm.set_text(TextField::Currencies, market.currency.map(Cow::Borrowed));
            let networks = format!("{}{LIST_SEPARATOR}Visa Plus", market.network);
            atm.set_text(TextField::Networks, Some(Cow::Owned(networks)));
        }
        Some(atm)
    }
}

fn site_size(dice: &mut Dice) -> u32 {
    let mut left = dice.fraction();
    for &(size, share) in SITE_SIZES {
        left -= share;
        if left < 0.0 {
            return size;
        }
    }
    1
}

/// What a machine can do and how it is reached.
fn attributes(site: &Site, dice: &mut Dice) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.set(Attribute::CashOut, Tri::Yes);
    attributes.set(Attribute::Wheelchair, site.wheelchair);
    if let Some(hours) = site.hours {
        attributes.set(Attribute::AlwaysOpen, (hours == "24/7").into());
    }
    match site.manner {
        Manner::Map => {
            if dice.chance(known_in_map::CASH_IN) {
                attributes.set(Attribute::CashIn, dice.chance(0.8).into());
            }
            if dice.chance(0.1) {
                attributes.set(Attribute::DriveThrough, dice.chance(0.1).into());
            }
        }
        Manner::BankList => {
            for (attribute, share) in [
                (Attribute::CashIn, 0.3),
                (Attribute::ChequeIn, 0.1),
                (Attribute::Balance, 0.95),
                (Attribute::MiniStatement, 0.6),
                (Attribute::PinChange, 0.7),
                (Attribute::PhoneTopUp, 0.5),
                (Attribute::Charity, 0.1),
                (Attribute::Audio, 0.6),
                (Attribute::Braille, 0.4),
                (Attribute::LevelAccess, 0.7),
                (Attribute::Contactless, 0.4),
                (Attribute::Chip, 0.98),
            ] {
                attributes.set(attribute, dice.chance(share).into());
            }
        }
    }
    attributes
}

/// A position some metres north and east of another, over the antimeridian where need be.
fn moved(from: Position, north_m: f64, east_m: f64) -> Position {
    let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let lat = from.lat_deg() + north_m / METRES_PER_DEGREE;
    let east_deg = east_m / (METRES_PER_DEGREE * from.lat_deg().to_radians().cos().max(0.01));
    let lon = (from.lon_deg() + east_deg + 180.0).rem_euclid(360.0) - 180.0;
    Position::from_lat_lon(rounded(lat), rounded(lon)).unwrap_or(from)
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "counts of some thousands")]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::domain::{Metres, geodesic_distance};

    fn share(atms: &[Atm<'_>], holds: impl Fn(&Atm<'_>) -> bool) -> f64 {
        let count = atms.iter().filter(|atm| holds(atm)).count();
        count as f64 / atms.len() as f64
    }

    #[test]
    fn one_seed_gives_one_estate_and_more_of_it_only_adds() {
        let few: Vec<_> = synthetic_atms(500, 7).collect();
        let more: Vec<_> = synthetic_atms(600, 7).take(500).collect();
        assert_eq!(few, more);
        let other: Vec<_> = synthetic_atms(500, 8).collect();
        assert!(few.iter().zip(&other).all(|(one, another)| one.position != another.position));
        assert_eq!(synthetic_source(7).name, "synthetic (seed 7)");
    }

    #[test]
    fn the_estate_has_as_many_machines_as_asked_for() {
        assert_eq!(synthetic_atms(12_345, 2).count(), 12_345);
    }

    #[test]
    fn the_generator_gives_its_published_numbers() {
        let mut dice = Dice(1_234_567);
        assert_eq!(dice.throw(), 6_457_827_717_110_365_317);
        assert_eq!(dice.throw(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn every_place_is_read() {
        assert_eq!(places().count(), PLACES_CSV.lines().count() - 1);
        assert!(!PLACES_CSV.contains("\"\""));
        assert!(places().all(|place| place.country.len() == 2));
        assert!(places().any(|place| place.name == "Sant Pere, Santa Caterina i La Ribera"));
    }

    #[test]
    fn unknown_is_as_common_as_in_real_data() {
        let atms: Vec<_> = synthetic_atms(60_000, 1).collect();
        let of_map: Vec<_> = atms
            .iter()
            .filter(|atm| atm.attributes.get(Attribute::Balance) == Tri::Unknown)
            .cloned()
            .collect();
        assert!((share(&atms, |atm| atm.access == Access::Public) - 0.2).abs() < 0.02);
        for (field, known, expected) in [
            ("operator", share(&of_map, |atm| atm.text(TextField::Operator).is_some()), 0.79),
            ("hours", share(&of_map, |atm| atm.text(TextField::OpeningHours).is_some()), 0.17),
            (
                "cash_in",
                share(&of_map, |atm| atm.attributes.get(Attribute::CashIn) != Tri::Unknown),
                0.07,
            ),
            (
                "wheelchair",
                share(&of_map, |atm| atm.attributes.get(Attribute::Wheelchair) != Tri::Unknown),
                0.03,
            ),
            ("fee", share(&of_map, |atm| atm.fee != Fee::Unknown), 0.005),
        ] {
            assert!((known - expected).abs() < 0.015, "{field}: {known} instead of {expected}");
        }
        assert!(atms.iter().all(|atm| atm.attributes.get(Attribute::CashOut) == Tri::Yes));
    }

    #[test]
    fn machines_stand_in_sites_and_sites_in_cities() {
        let atms: Vec<_> = synthetic_atms(20_000, 3).collect();
        let beside = atms
            .windows(2)
            .filter(|pair| {
                geodesic_distance(pair[0].position, pair[1].position) < Metres::new(20.0).unwrap()
            })
            .count() as f64
            / atms.len() as f64;
        assert!((0.3..0.6).contains(&beside), "{beside}");
        let mut by_country: HashMap<&str, usize> = HashMap::new();
        for atm in &atms {
            *by_country.entry(atm.text(TextField::Country).unwrap()).or_default() += 1;
        }
        assert!(by_country["CN"] > by_country["DE"] && by_country["DE"] > by_country["FI"]);
        assert!(by_country.len() > 100);
    }

    #[test]
    fn a_few_operators_have_most_machines_and_many_have_some() {
        let mut machines: HashMap<String, usize> = HashMap::new();
        for atm in
            synthetic_atms(100_000, 5).filter(|atm| atm.text(TextField::Country) == Some("IN"))
        {
            if let Some(operator) = atm.text(TextField::Operator) {
                *machines.entry(operator.to_owned()).or_default() += 1;
            }
        }
        let total: usize = machines.values().sum();
        let largest = *machines.values().max().unwrap();
        assert!(largest * 6 > total && largest * 3 < total, "{largest} of {total}");
        assert!(machines.len() > 30, "{}", machines.len());
    }
}
