//! What is known of a place, whichever list it is of.

use crate::domain::{BoundingBox, Metres, Position};

use super::super::place::{Extent, PlaceKind};
use super::super::reference::{NO_REGION, radius_of};
use super::{Gazetteer, Which};

/// How much a region or country counts for less than its people when it has the name of a city:
/// who looks for an ATM is in a city.
const AREA_DISCOUNT: f64 = 10.0;

impl Gazetteer<'_> {
    pub(super) fn kind(&self, which: Which) -> PlaceKind {
        match which {
            Which::Reference(number) => self.reference.places[number as usize].kind,
            Which::Local(number) => self.local.places[number as usize].kind,
        }
    }

    pub(super) fn position(&self, which: Which) -> Option<Position> {
        match which {
            Which::Reference(number) => self.reference.places[number as usize].position,
            Which::Local(number) => Some(self.local.places[number as usize].position),
        }
    }

    pub(super) fn country(&self, which: Which) -> u16 {
        match which {
            Which::Reference(number) => self.reference.places[number as usize].country,
            Which::Local(number) => self.local.places[number as usize].country,
        }
    }

    /// The region a place lies in: its own, else that of the nearest populated place.
    pub(super) fn region(&self, which: Which) -> u16 {
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

    pub(super) fn prominence(&self, which: Which) -> f64 {
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

    pub(super) fn extent(&self, which: Which, kind: PlaceKind) -> Extent {
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

    pub(super) fn population(&self, which: Which) -> Option<u32> {
        let Which::Reference(number) = which else { return None };
        let place = &self.reference.places[number as usize];
        (place.kind == PlaceKind::City && place.population > 0).then_some(place.population)
    }

    pub(super) fn atms(&self, which: Which) -> Option<u32> {
        let Which::Local(number) = which else { return None };
        Some(self.local.places[number as usize].atms).filter(|&atms| atms > 0)
    }
}
