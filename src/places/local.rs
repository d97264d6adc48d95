//! The places that ATMs name themselves: towns, districts, postcodes, streets, stations, sites; and
//! the administrator's landmarks.

mod gathering;

use rayon::prelude::*;

use crate::domain::{BoundingBox, LocationType, Position};

use super::fold::{fold, fold_as_two, postcode_key, transliterated};
use super::landmarks::Landmark;
use super::names::{NameKind, Names, NamesDraft};
use super::place::PlaceKind;
use super::reference::{Reference, parts, weight};
use super::street;
use gathering::{Gathering, TextNumber, Texts, edges};

/// A place that ATMs name.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalPlace {
    pub(super) kind: PlaceKind,
    name: TextNumber,
    city: TextNumber,
    region: TextNumber,
    /// Number of its country in the reference data, `u16::MAX` where that is not known.
    pub(super) country: u16,
    /// How many ATMs name it; of a landmark, none.
    pub(super) atms: u32,
    pub(super) position: Position,
    edges_deg: [f32; 4],
}

impl LocalPlace {
    /// The box of the ATMs that name it; `None` when they stand on one spot.
    pub(super) fn bbox(&self) -> Option<BoundingBox> {
        let [south, west, north, east] = self.edges_deg.map(f64::from);
        let bbox = BoundingBox::from_edges(west, south, east, north).ok()?;
        (south < north || west < east).then_some(bbox)
    }

    /// People it counts as when something else has the same name.
    pub(super) fn prominence(&self) -> f64 {
        let atms = f64::from(self.atms);
        match self.kind {
            PlaceKind::Landmark => 200_000.0,
            PlaceKind::City => 10_000.0 + 2_000.0 * atms,
            PlaceKind::District => 20_000.0 + 2_000.0 * atms,
            PlaceKind::Airport => 60_000.0,
            PlaceKind::Station => 40_000.0,
            PlaceKind::Postcode => 30_000.0,
            PlaceKind::Region
            | PlaceKind::Country
            | PlaceKind::Street
            | PlaceKind::Site
            | PlaceKind::Position => 2_000.0 + 500.0 * atms,
        }
    }
}

/// What an ATM says of where it stands; a text that it does not state is empty.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// Where it stands.
    pub position: Position,
    /// What kind of place it stands at.
    pub location_type: LocationType,
    /// The country it stands in, ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// Its town.
    pub city: &'a str,
    /// The state, county or district.
    pub subdivision: &'a str,
    /// Its postcode.
    pub postcode: &'a str,
    /// Its street.
    pub street: &'a str,
    /// The name of its site.
    pub name: &'a str,
    /// Names that are no place's: its brand and who runs it.
    pub brand_and_operator: [&'a str; 2],
}

/// The places a snapshot's ATMs name, indexed.
#[derive(Debug, Default)]
pub struct LocalPlaces {
    pub(super) names: Names,
    pub(super) places: Vec<LocalPlace>,
    texts: Vec<Box<str>>,
}

impl LocalPlaces {
    /// Gathers the places of `count` ATMs, each given by number, and adds the landmarks. It is
    /// fastest where near ATMs have near numbers.
    ///
    /// # Cost
    ///
    /// Some hundred nanoseconds an ATM, on all cores; memory in proportion to the places named,
    /// which are fewer than the ATMs, and bounded.
    #[must_use]
    pub fn gather<'a>(
        count: u32,
        naming: impl Fn(u32) -> Naming<'a> + Sync,
        landmarks: &[Landmark],
    ) -> Self {
        let reference = Reference::shared();
        let share = count.div_ceil(u32::try_from(rayon::current_num_threads()).unwrap_or(1)).max(1);
        let gathered = (0..count.div_ceil(share)).into_par_iter().map(|part| {
            let mut gathering = Gathering::default();
            for number in part * share..count.min((part + 1) * share) {
                gathering.add(reference, &naming(number));
            }
            gathering.settled()
        });
        let mut gathering = gathered.reduce(Gathering::default, Gathering::joined_with);
        gathering.join_neighbours();
        let mut groups = gathering.groups_worth_keeping(reference);
        let mut texts = gathering.texts;
        groups.extend(
            landmarks.iter().map(|landmark| landmark_group(reference, &mut texts, landmark)),
        );
        Self::index(groups, texts.all, landmarks)
    }

    fn index(groups: Vec<LocalPlace>, texts: Vec<Box<str>>, landmarks: &[Landmark]) -> Self {
        let mut local = Self { names: Names::default(), places: groups, texts };
        local.places.shrink_to_fit();
        let first_landmark = local.places.len() - landmarks.len();
        let drafts: Vec<NamesDraft> = local
            .places
            .par_iter()
            .enumerate()
            .fold(NamesDraft::default, |mut draft, (number, place)| {
                let number_u32 = u32::try_from(number).unwrap_or(u32::MAX);
                local.name_place(&mut draft, number_u32, place);
                let aliases = number.checked_sub(first_landmark).and_then(|at| landmarks.get(at));
                for alias in aliases.into_iter().flat_map(|landmark| &landmark.aliases) {
                    draft.push(&fold(alias), number_u32, NameKind::Also);
                }
                draft
            })
            .collect();
        let mut draft = NamesDraft::default();
        for part in drafts {
            draft.append(part);
        }
        local.names = draft.index(|place| weight(local.places[place as usize].prominence()));
        local
    }

    fn name_place(&self, draft: &mut NamesDraft, number: u32, place: &LocalPlace) {
        let name = self.name(place);
        if place.kind == PlaceKind::Postcode {
            draft.push(&postcode_key(name), number, NameKind::Own);
            return;
        }
        let key = fold(name);
        draft.push(&key, number, NameKind::Own);
        if let Some(two) = fold_as_two(name) {
            draft.push(&two, number, NameKind::Own);
        }
        if let Some(latin) = transliterated(&key) {
            draft.push(&latin, number, NameKind::Also);
        }
        match place.kind {
            PlaceKind::Street => {
                if let Some(bare) = street::without_type(&key) {
                    draft.push(bare, number, NameKind::Part);
                }
            }
            PlaceKind::Station | PlaceKind::Airport | PlaceKind::Site | PlaceKind::Landmark => {
                for part in parts(&key) {
                    draft.push(part, number, NameKind::Part);
                }
            }
            PlaceKind::City
            | PlaceKind::District
            | PlaceKind::Region
            | PlaceKind::Country
            | PlaceKind::Postcode
            | PlaceKind::Position => {}
        }
    }

    fn text(&self, number: TextNumber) -> &str {
        (number as usize)
            .checked_sub(1)
            .and_then(|place| self.texts.get(place))
            .map_or("", AsRef::as_ref)
    }

    /// A place's name as written.
    pub(super) fn name(&self, place: &LocalPlace) -> &str {
        self.text(place.name)
    }

    /// The town ATMs there state, empty where none does.
    pub(super) fn city(&self, place: &LocalPlace) -> &str {
        self.text(place.city)
    }

    /// The state, county or district ATMs there state, empty where none does.
    pub(super) fn region(&self, place: &LocalPlace) -> &str {
        self.text(place.region)
    }

    /// How many places there are, and how many names they are found by.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.places.len(), self.names.len())
    }

    /// How many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| text.len() + size_of::<Box<str>>()).sum();
        self.names.bytes() + self.places.capacity() * size_of::<LocalPlace>() + texts
    }
}

fn landmark_group(reference: &Reference, texts: &mut Texts, landmark: &Landmark) -> LocalPlace {
    let city = reference.nearest_city(landmark.position);
    LocalPlace {
        kind: landmark.kind,
        name: texts.number(&landmark.name).0,
        city: city.map_or(0, |city| texts.number(city.name).0),
        region: 0,
        country: city.map_or(u16::MAX, |city| city.country),
        atms: 0,
        position: landmark.position,
        edges_deg: edges(landmark.position),
    }
}
