//! From a written place to the places it may mean, best first.

use crate::domain::{BoundingBox, Ecef, Metres, Position};

use super::fold::fold;
use super::local::LocalPlaces;
use super::names::{NameKind, Names, Posting};
use super::place::{Area, Candidate, Extent, Match, PlaceKind};
use super::postcode::british_outward;
use super::query::{Words, is_between, is_number};
use super::reference::{NO_REGION, Reference, radius_of};

/// Most candidates one search answers with.
pub const CANDIDATES_MAX: usize = 50;

/// Most places of one name that are looked at: more than any name has on Earth, streets apart.
const NAMESAKES_MAX: usize = 5_000;

/// Most misspelt names looked for in one search; each costs some tens of microseconds.
const MISSPELT_SEARCHES_MAX: usize = 3;

/// Least letters of a name with one slip, and with two: shorter ones resemble too many others.
const ONE_SLIP_LETTERS_MIN: usize = 4;
const TWO_SLIPS_LETTERS_MIN: usize = 8;

/// How much a region or country counts for less than its people when it has the name of a city:
/// who looks for an ATM is in a city.
const AREA_DISCOUNT: f64 = 10.0;

/// Distance at which a hint has lost half of what it is worth.
const HINT_HALF_M: f64 = 20_000.0;
/// What a hint at the place itself is worth: as much as a thousand times the people.
const HINT_WORTH: f64 = 3.0;

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

/// What words around a name say about where it is.
#[derive(Clone, Copy, Debug)]
enum Around {
    Country(u16),
    Region(u16),
    /// A place so large, with so many people.
    Place(Position, f64, f64),
    HouseNumber,
}

/// All that one span of words may say; one of it must hold.
type Said = Vec<Around>;

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

    fn named_by(&self, words: &Words) -> Vec<Hit> {
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

    /// Every place that a span of words names.
    fn span(&self, words: &Words, from: usize, to: usize) -> Vec<Hit> {
        let key = words.key(from, to);
        let mut hits = Vec::new();
        for (names, which) in self.lists() {
            add(&mut hits, names.exact(&key), which);
        }
        if let Some(postcode) = words.postcode(from, to) {
            self.add_postcodes(&mut hits, &postcode, &key);
        }
        let is_named = !hits.is_empty();
        self.add_parts(&mut hits, &key, is_named);
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

    fn misspelt_by(&self, words: &Words) -> Vec<Hit> {
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
    fn near(&self, key: &str) -> Vec<Hit> {
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

    /// A name written right in a region or country written wrong: "Springfield, Ilinois".
    fn around_misspelt(&self, words: &Words) -> Vec<Hit> {
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
    fn said(&self, words: &Words, outside: &[(usize, usize)]) -> Option<Vec<Said>> {
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
        let key = words.key(from, to);
        let mut hits = Vec::new();
        for (names, which) in self.lists() {
            add(&mut hits, names.exact(&key), which);
        }
        if let Some(postcode) = words.postcode(from, to) {
            self.add_postcodes(&mut hits, &postcode, &key);
        }
        let mut said: Said = hits
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
    fn around(&self, which: Which) -> Option<Around> {
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

    fn fits(&self, hit: &Hit, said: &[Said]) -> bool {
        said.iter().all(|said| said.iter().any(|around| self.lies(hit.which, around)))
    }

    /// Whether a place lies where the words around its name say.
    fn lies(&self, which: Which, around: &Around) -> bool {
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

    fn kind(&self, which: Which) -> PlaceKind {
        match which {
            Which::Reference(number) => self.reference.places[number as usize].kind,
            Which::Local(number) => self.local.places[number as usize].kind,
        }
    }

    fn position(&self, which: Which) -> Option<Position> {
        match which {
            Which::Reference(number) => self.reference.places[number as usize].position,
            Which::Local(number) => Some(self.local.places[number as usize].position),
        }
    }

    fn country(&self, which: Which) -> u16 {
        match which {
            Which::Reference(number) => self.reference.places[number as usize].country,
            Which::Local(number) => self.local.places[number as usize].country,
        }
    }

    /// The region a place lies in: its own, else that of the nearest populated place.
    fn region(&self, which: Which) -> u16 {
        let own = match which {
            Which::Reference(number) => self.reference.places[number as usize].region,
            Which::Local(_) => NO_REGION,
        };
        if own != NO_REGION || matches!(self.kind(which), PlaceKind::Country) {
            return own;
        }
        let city = self.position(which).and_then(|position| self.reference.nearest_city(position));
        city.filter(|city| city.country == self.country(which))
            .map_or(NO_REGION, |city| city.region)
    }

    fn prominence(&self, which: Which) -> f64 {
        match which {
            Which::Reference(number) => {
                let place = &self.reference.places[number as usize];
                let people = f64::from(place.population.max(1_000));
                let is_area = matches!(place.kind, PlaceKind::Country | PlaceKind::Region);
                if is_area { people / AREA_DISCOUNT } else { people }
            }
            Which::Local(number) => self.local.places[number as usize].prominence(),
        }
    }

    /// The best of the hits, each place once, with all that is known of it.
    fn candidates(&self, hits: Vec<Hit>, wanted: Wanted<'_>, limit: usize) -> Vec<Candidate> {
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

    fn extent(&self, which: Which, kind: PlaceKind) -> Extent {
        let radius = |metres: f64| Extent::Radius(Metres::new(metres).unwrap_or_default());
        match which {
            Which::Reference(number) => {
                let place = &self.reference.places[number as usize];
                let bbox = place.edges_deg.and_then(|edges_deg| {
                    let [south, west, north, east] = edges_deg.map(f64::from);
                    // Whatever is wider crosses the antimeridian, and is not the whole Earth.
                    let bbox = BoundingBox::from_edges(west, south, east, north).ok()?;
                    (east - west < 180.0 && south < north).then_some(bbox)
                });
                match (bbox, kind) {
                    (Some(bbox), _) => Extent::Box(bbox),
                    (None, PlaceKind::City) => Extent::Radius(radius_of(place.population)),
                    (None, _) => radius(kind.reach_m()),
                }
            }
            Which::Local(number) => match self.local.places[number as usize].bbox() {
                Some(bbox) => Extent::Box(bbox),
                None => radius(kind.reach_m()),
            },
        }
    }

    fn population(&self, which: Which) -> Option<u32> {
        let Which::Reference(number) = which else { return None };
        let place = &self.reference.places[number as usize];
        (place.kind == PlaceKind::City && place.population > 0).then_some(place.population)
    }

    fn atms(&self, which: Which) -> Option<u32> {
        let Which::Local(number) = which else { return None };
        Some(self.local.places[number as usize].atms).filter(|&atms| atms > 0)
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
