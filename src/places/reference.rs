//! The places of the whole Earth that come with the program: see `data/README.md`.

use std::sync::{LazyLock, mpsc};

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::domain::{Ecef, Metres, Position};

use super::fold::{fold, fold_as_two, postcode_key};
use super::names::{NameKind, Names, NamesDraft};
use super::place::{Area, PlaceKind};

/// See `data/README.md` for sources and licences.
const PLACES_CSV: &str = include_str!("../../data/reference/populated-places.csv");
const PLACE_NAMES_TSV: &str = include_str!("../../data/reference/place-names.tsv");
const CITY_NAMES_TSV: &str = include_str!("../../data/reference/city-names.tsv");
const REGIONS_TSV: &str = include_str!("../../data/reference/regions.tsv");
const COUNTRIES_TSV: &str = include_str!("../../data/reference/countries.tsv");
const AIRPORTS_TSV: &str = include_str!("../../data/reference/airports.tsv");
const US_POSTCODES_TSV: &str = include_str!("../../data/reference/us-postcodes.tsv");

/// People an airport or a postcode counts as when something else has the same name.
const AIRPORT_PROMINENCE: u32 = 60_000;
const POSTCODE_PROMINENCE: u32 = 30_000;

/// People per square metre that a populated place's radius is estimated by: 3,000 a square
/// kilometre, an ordinary density of cities.
const PEOPLE_PER_M2: f64 = 0.003;

/// Farthest a populated place may be to say in which region something lies.
const NEAREST_CITY_MAX_M: f64 = 60_000.0;

/// Marks that a place's region is not known.
pub(super) const NO_REGION: u16 = u16::MAX;

/// A place of the reference data.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReferencePlace {
    pub(super) kind: PlaceKind,
    pub(super) name: &'static str,
    /// Of an airport, the town it serves.
    pub(super) city: &'static str,
    /// Number of its country; of a country, its own.
    pub(super) country: u16,
    /// Number of its region, [`NO_REGION`] where that is not known; of a region, its own.
    pub(super) region: u16,
    /// Of an airport and a postcode, what they count as.
    pub(super) population: u32,
    /// `None` for a region or country in which no populated place lies.
    pub(super) position: Option<Position>,
    /// South, west, north and east edge in degrees, of regions and countries.
    pub(super) edges_deg: Option<[f32; 4]>,
}

/// A country.
#[derive(Debug)]
pub(super) struct Country {
    pub(super) code: &'static str,
    /// Language and name, as `en` and `Finland`.
    names: Vec<(&'static str, &'static str)>,
}

/// A first-level part of a country.
#[derive(Debug)]
pub(super) struct Region {
    /// ISO 3166-2, empty where `GeoNames` has a region that ISO has not.
    pub(super) code: &'static str,
    pub(super) name: &'static str,
}

/// All of it, indexed. There is one, made when it is first asked for.
#[derive(Debug, Default)]
pub struct Reference {
    pub(super) names: Names,
    pub(super) places: Vec<ReferencePlace>,
    pub(super) countries: Vec<Country>,
    pub(super) regions: Vec<Region>,
    country_numbers: HashMap<&'static str, u16>,
    /// For some places, their names in some languages.
    translated: HashMap<u32, Vec<(&'static str, &'static str)>>,
    /// Populated places by the square degree they lie in, sorted.
    grid: Vec<((i16, i16), u32)>,
}

/// Read on threads of its own. While those that all work shares wait for each other they take up
/// whatever else is to be done; if that asked for the reference data, it would wait for itself.
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel();
    let threads = rayon::ThreadPoolBuilder::new().thread_name(|_number| "reference".to_owned());
    let read = threads.build().ok().and_then(|threads| {
        threads.spawn(move || drop(sender.send(Reference::read())));
        receiver.recv().ok()
    });
    read.unwrap_or_else(Reference::read)
});

impl Reference {
    /// The reference data. The first call reads it, in a fraction of a second.
    #[must_use]
    pub fn shared() -> &'static Self {
        &REFERENCE
    }

    /// How many places, and how many names they are found by.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.places.len(), self.names.len())
    }

    /// Every populated place as name, country code, position and population.
    pub fn populated_places(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, Position, u32)> {
        self.places.iter().filter(|place| place.kind == PlaceKind::City).filter_map(|place| {
            let country = self.country_code(place.country);
            Some((place.name, country, place.position?, place.population))
        })
    }

    fn read() -> Self {
        let mut reference = Self::default();
        let mut drafts = vec![reference.read_countries()];
        let regions_by_code = reference.read_regions(&mut drafts[0]);
        drafts.append(&mut reference.read_cities(&regions_by_code));
        drafts.push(reference.read_airports());
        drafts.push(reference.read_postcodes());
        reference.spread_areas();
        let mut draft = NamesDraft::default();
        for part in drafts {
            draft.append(part);
        }
        reference.names = draft.index(|place| {
            let people = reference.places.get(place as usize).map_or(0, |place| place.population);
            weight(f64::from(people))
        });
        reference
    }

    fn read_countries(&mut self) -> NamesDraft {
        let mut draft = NamesDraft::default();
        for [code, alpha3, language, names] in rows(COUNTRIES_TSV) {
            let number = *self.country_numbers.entry(code).or_insert_with(|| {
                let number = u16::try_from(self.countries.len()).unwrap_or(u16::MAX);
                self.countries.push(Country { code, names: Vec::new() });
                let place = self.places.len();
                self.places.push(ReferencePlace {
                    kind: PlaceKind::Country,
                    name: code,
                    city: "",
                    country: number,
                    region: NO_REGION,
                    population: 0,
                    position: None,
                    edges_deg: None,
                });
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                draft.push(&fold(code), place, NameKind::Code);
                draft.push(&fold(alpha3), place, NameKind::Code);
                number
            });
            // Countries come first, so that a place's number is its country's.
            let place = u32::from(number);
            for (rank, name) in names.split('|').enumerate() {
                // The longer names of countries are all theirs; of the short ones only those in
                // English are no word of another language.
                if rank == 0 {
                    self.countries[usize::from(number)].names.push((language, name));
                }
                if language == "en" && rank == 0 {
                    self.places[place as usize].name = name;
                }
                let kind = if language == "en" { NameKind::Own } else { NameKind::Also };
                push_name(&mut draft, name, place, kind);
            }
        }
        draft
    }

    fn read_regions(
        &mut self,
        draft: &mut NamesDraft,
    ) -> HashMap<(&'static str, &'static str), u16> {
        let mut numbers = HashMap::new();
        for [country, admin1, code, name, names] in rows(REGIONS_TSV) {
            let Some(&country_number) = self.country_numbers.get(country) else { continue };
            let number = u16::try_from(self.regions.len()).unwrap_or(NO_REGION);
            self.regions.push(Region { code, name });
            numbers.insert((country, admin1), number);
            let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            self.places.push(ReferencePlace {
                kind: PlaceKind::Region,
                name,
                city: "",
                country: country_number,
                region: number,
                population: 0,
                position: None,
                edges_deg: None,
            });
            push_name(draft, name, place, NameKind::Own);
            for name in names.split('|').filter(|name| !name.is_empty()) {
                push_name(draft, name, place, NameKind::Also);
            }
            if let Some((_, short)) = code.split_once('-') {
                draft.push(&fold(code), place, NameKind::Code);
                // Numbers are no names.
                if short.bytes().all(|letter| letter.is_ascii_alphabetic()) {
                    draft.push(&fold(short), place, NameKind::Code);
                }
            }
        }
        numbers
    }

    fn read_cities(
        &mut self,
        regions: &HashMap<(&'static str, &'static str), u16>,
    ) -> Vec<NamesDraft> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let first = self.places.len();
        for line in PLACES_CSV.lines().skip(1) {
            let [id, name, lat, lon, country, admin1, population, _] = csv_cells(line);
            let (Some(position), Some(&country_number)) =
                (read_position(lat, lon), self.country_numbers.get(country))
            else {
                continue;
            };
            let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            numbers.insert(id, number);
            self.places.push(ReferencePlace {
                kind: PlaceKind::City,
                name,
                city: "",
                country: country_number,
                region: regions.get(&(country, admin1)).copied().unwrap_or(NO_REGION),
                population: population.parse().unwrap_or(0),
                position: Some(position),
                edges_deg: None,
            });
            self.grid.push((square(position), number));
        }
        self.grid.sort_unstable();
        for [id, language, name] in rows(CITY_NAMES_TSV) {
            if let Some(&number) = numbers.get(id) {
                self.translated.entry(number).or_default().push((language, name));
            }
        }
        // Most of the time goes into folding names; every core takes a share.
        let own = self.places[first..].par_iter().enumerate().fold(
            NamesDraft::default,
            |mut draft, (place, city)| {
                let place = u32::try_from(first + place).unwrap_or(u32::MAX);
                push_name(&mut draft, city.name, place, NameKind::Own);
                // "Misato, Saitama" is called Misato.
                if let Some((short, _)) = city.name.split_once(',') {
                    push_name(&mut draft, short, place, NameKind::Own);
                }
                draft
            },
        );
        let also: Vec<[&str; 2]> = rows(PLACE_NAMES_TSV).collect();
        let also = also.par_iter().fold(NamesDraft::default, |mut draft, [id, names]| {
            if let Some(&number) = numbers.get(id) {
                for name in names.split('|') {
                    push_name(&mut draft, name, number, NameKind::Also);
                }
            }
            draft
        });
        own.chain(also).collect()
    }

    fn read_airports(&mut self) -> NamesDraft {
        let mut draft = NamesDraft::default();
        for [iata, name, city, _region, country, lat, lon] in rows(AIRPORTS_TSV) {
            let (Some(position), Some(&country)) =
                (read_position(lat, lon), self.country_numbers.get(country))
            else {
                continue;
            };
            let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            let region = self.nearest_city(position).map_or(NO_REGION, |city| city.region);
            self.places.push(ReferencePlace {
                kind: PlaceKind::Airport,
                name,
                city,
                country,
                region,
                population: AIRPORT_PROMINENCE,
                position: Some(position),
                edges_deg: None,
            });
            let key = fold(name);
            draft.push(&key, place, NameKind::Own);
            for part in parts(&key) {
                draft.push(part, place, NameKind::Part);
            }
            let code = fold(iata);
            draft.push(&code, place, NameKind::Code);
            draft.push(&format!("{code} airport"), place, NameKind::Code);
            draft.push(&format!("airport {code}"), place, NameKind::Code);
            let city = fold(city);
            if !city.is_empty() {
                draft.push(&format!("{city} airport"), place, NameKind::Also);
                draft.push(&format!("airport {city}"), place, NameKind::Also);
            }
        }
        draft
    }

    fn read_postcodes(&mut self) -> NamesDraft {
        let mut draft = NamesDraft::default();
        let Some(&country) = self.country_numbers.get("US") else { return draft };
        for [postcode, lat, lon] in rows(US_POSTCODES_TSV) {
            let Some(position) = read_position(lat, lon) else { continue };
            let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            self.places.push(ReferencePlace {
                kind: PlaceKind::Postcode,
                name: postcode,
                city: "",
                country,
                region: NO_REGION,
                population: POSTCODE_PROMINENCE,
                position: Some(position),
                edges_deg: None,
            });
            draft.push(&postcode_key(postcode), place, NameKind::Own);
        }
        draft
    }

    /// Gives regions and countries people, a middle and edges from the populated places in them.
    fn spread_areas(&mut self) {
        let first_region = self.countries.len();
        let mut most: Vec<u32> = vec![0; first_region + self.regions.len()];
        for number in 0..self.places.len() {
            let city = self.places[number];
            let (PlaceKind::City, Some(position)) = (city.kind, city.position) else { continue };
            let region =
                (city.region != NO_REGION).then_some(first_region + usize::from(city.region));
            for area in [Some(usize::from(city.country)), region].into_iter().flatten() {
                let place = &mut self.places[area];
                place.population = place.population.saturating_add(city.population);
                if place.edges_deg.is_none() || city.population > most[area] {
                    most[area] = city.population;
                    place.position = Some(position);
                }
                place.edges_deg = Some(widened(place.edges_deg, position));
            }
        }
    }

    /// The populated place nearest to a position, within 60 km.
    pub(super) fn nearest_city(&self, position: Position) -> Option<&ReferencePlace> {
        let here = Ecef::from(position);
        let (lat, lon) = square(position);
        // A degree of longitude is narrower towards the poles.
        let columns = if position.lat_deg().abs() > 56.0 { 2 } else { 1 };
        let around = (lat - 1..=lat + 1).flat_map(|row| {
            (lon - columns..=lon + columns)
                .map(move |column| (row, (column + 540).rem_euclid(360) - 180))
        });
        let cities = around.flat_map(|square| {
            let first = self.grid.partition_point(|(other, _)| *other < square);
            self.grid[first..].iter().take_while(move |(other, _)| *other == square)
        });
        let near = cities.filter_map(|&(_, number)| {
            let city = self.places.get(number as usize)?;
            let distance2_m2 = here.chord2_m2(Ecef::from(city.position?));
            (distance2_m2 <= NEAREST_CITY_MAX_M.powi(2)).then_some((distance2_m2, city))
        });
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, city)| city)
    }

    /// The number of a country by its ISO 3166-1 alpha-2 code.
    pub(super) fn country_number(&self, code: &str) -> Option<u16> {
        self.country_numbers.get(code).copied()
    }

    /// The ISO 3166-1 alpha-2 code of a country.
    pub(super) fn country_code(&self, number: u16) -> &'static str {
        self.countries.get(usize::from(number)).map_or("", |country| country.code)
    }

    /// A country by code and by name in a language, in English where that is not known.
    pub(super) fn country_area(&self, number: u16, language: &str) -> Option<Area> {
        let country = self.countries.get(usize::from(number))?;
        let name = in_language(&country.names, language).unwrap_or(country.code);
        Some(Area { code: country.code.to_owned(), name: name.to_owned() })
    }

    /// A region by code and name.
    pub(super) fn region_area(&self, number: u16) -> Option<Area> {
        let region = self.regions.get(usize::from(number))?;
        Some(Area { code: region.code.to_owned(), name: region.name.to_owned() })
    }

    /// The name of a place in a language, where that is known; else its own.
    pub(super) fn name_of(&self, number: u32, language: &str) -> &str {
        let Some(place) = self.places.get(number as usize) else { return "" };
        let names = if place.kind == PlaceKind::Country {
            self.countries.get(usize::from(place.country)).map(|country| &country.names)
        } else {
            self.translated.get(&number)
        };
        names.and_then(|names| in_language(names, language)).unwrap_or(place.name)
    }

    /// The ISO code of a region or country; `None` where it has none.
    pub(super) fn code_of(&self, number: u32) -> Option<&'static str> {
        let place = self.places.get(number as usize)?;
        let code = if place.kind == PlaceKind::Country {
            self.country_code(place.country)
        } else if place.kind == PlaceKind::Region {
            self.regions.get(usize::from(place.region))?.code
        } else {
            ""
        };
        (!code.is_empty()).then_some(code)
    }

    /// How many bytes the index of names takes.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        self.names.bytes()
    }
}

/// The name in a language: of the same tag, else of the same first part, else in English.
fn in_language(names: &[(&'static str, &'static str)], language: &str) -> Option<&'static str> {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let find = |wanted: &str| {
        names.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted)).map(|(_, name)| *name)
    };
    let norwegian = if matches!(primary, "no" | "nn") { find("nb") } else { None };
    find(language).or_else(|| find(primary)).or(norwegian).or_else(|| find("en"))
}

fn push_name(draft: &mut NamesDraft, name: &str, place: u32, kind: NameKind) {
    draft.push(&fold(name), place, kind);
    if let Some(key) = fold_as_two(name) {
        draft.push(&key, place, kind);
    }
}

/// The ends of a key from the beginning of each of its words but the first, three at most.
pub(super) fn parts(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices(' ').take(3).map(|(space, _)| &key[space + 1..])
}

/// How prominent so many people make a place, on a scale of 25 for each power of ten.
pub(super) fn weight(people: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 250")]
    let weight = (people.max(1.0).log10() * 25.0).clamp(0.0, 255.0) as u8;
    weight
}

/// The radius of a populated place, estimated.
pub(super) fn radius_of(population: u32) -> Metres {
    let area_m2 = f64::from(population) / PEOPLE_PER_M2;
    let radius_m = (area_m2 / std::f64::consts::PI).sqrt().max(1_000.0);
    Metres::new(radius_m.round()).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "-180 to 180")]
fn square(position: Position) -> (i16, i16) {
    (position.lat_deg().floor() as i16, position.lon_deg().floor() as i16)
}

#[expect(clippy::cast_possible_truncation, reason = "a box to a metre")]
fn widened(edges_deg: Option<[f32; 4]>, position: Position) -> [f32; 4] {
    let (lat_deg, lon_deg) = (position.lat_deg() as f32, position.lon_deg() as f32);
    let [south, west, north, east] = edges_deg.unwrap_or([lat_deg, lon_deg, lat_deg, lon_deg]);
    [south.min(lat_deg), west.min(lon_deg), north.max(lat_deg), east.max(lon_deg)]
}

fn read_position(lat_deg: &str, lon_deg: &str) -> Option<Position> {
    Position::from_lat_lon(lat_deg.parse().ok()?, lon_deg.parse().ok()?).ok()
}

/// The rows of a table of tabs below its first line, cells that are missing empty.
fn rows<const CELLS: usize>(
    table: &'static str,
) -> impl Iterator<Item = [&'static str; CELLS]> + Clone {
    table.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
}

/// The cells of a line of CSV in which only cells with a comma are quoted and no cell has a quote.
fn csv_cells<const CELLS: usize>(line: &'static str) -> [&'static str; CELLS] {
    let mut rest = line;
    std::array::from_fn(|_| {
        let (cell, after) = match rest.strip_prefix('"').and_then(|open| open.split_once('"')) {
            Some((cell, after)) => (cell, after.strip_prefix(',').unwrap_or(after)),
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        rest = after;
        cell
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_reference_data_is_read() {
        let reference = Reference::shared();
        let of = |kind| reference.places.iter().filter(|place| place.kind == kind).count();
        assert_eq!(of(PlaceKind::City), PLACES_CSV.lines().count() - 1);
        assert_eq!(of(PlaceKind::Postcode), US_POSTCODES_TSV.lines().count() - 1);
        assert_eq!(of(PlaceKind::Airport), AIRPORTS_TSV.lines().count() - 1);
        assert!(of(PlaceKind::Country) > 240);
        let known = |id: &&str| PLACES_CSV.contains(&format!("\n{id},"));
        let ids: Vec<&str> = rows(CITY_NAMES_TSV).map(|[id, _, _]| id).collect();
        assert!(ids.iter().step_by(500).all(known));
    }

    #[test]
    fn a_place_knows_its_region_country_and_names() {
        let reference = Reference::shared();
        let near = |lat, lon| {
            let city = reference.nearest_city(Position::from_lat_lon(lat, lon).unwrap()).unwrap();
            (
                city.name,
                reference.region_area(city.region).unwrap().code,
                reference.country_area(city.country, "de").unwrap().name,
            )
        };
        assert_eq!(near(60.17, 24.94), ("Helsinki", "FI-18".to_owned(), "Finnland".to_owned()));
        assert_eq!(near(39.8, -89.65).1, "US-IL");
        assert_eq!(near(-16.45, 179.4).2, "Fidschi");
        assert!(reference.nearest_city(Position::from_lat_lon(0.0, -30.0).unwrap()).is_none());

        let finland = u32::from(reference.country_number("FI").unwrap());
        assert_eq!(reference.name_of(finland, "sv-FI"), "Finland");
        assert_eq!(reference.name_of(finland, "fr"), "Finlande");
        assert_eq!(reference.name_of(finland, "xx"), "Finland");
        let helsinki = &reference.names.exact("helsinki")[0];
        assert_eq!(reference.name_of(helsinki.place(), "fi-FI"), "Helsinki");
        assert_eq!(reference.name_of(helsinki.place(), "ru"), "Хельсинки");
    }
}
