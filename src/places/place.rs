//! What a written place may turn out to be.

use crate::domain::{BoundingBox, Metres, Position};

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// A populated place.
    City,
    /// A part of a city or county, as ATMs' addresses name it.
    District,
    /// A first-level part of a country.
    Region,
    /// A country.
    Country,
    /// A postal code, or the part of one that stands for an area.
    Postcode,
    /// A street.
    Street,
    /// A railway, underground or bus station.
    Station,
    /// An airport.
    Airport,
    /// A shop, mall, branch or other site where ATMs stand.
    Site,
    /// A place from the administrator's own list.
    Landmark,
    /// A position, written in degrees, as a plus code or in a map link.
    Position,
}

impl PlaceKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::City,
        Self::District,
        Self::Region,
        Self::Country,
        Self::Postcode,
        Self::Street,
        Self::Station,
        Self::Airport,
        Self::Site,
        Self::Landmark,
        Self::Position,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::Region => "region",
            Self::Country => "country",
            Self::Postcode => "postcode",
            Self::Street => "street",
            Self::Station => "station",
            Self::Airport => "airport",
            Self::Site => "site",
            Self::Landmark => "landmark",
            Self::Position => "position",
        }
    }

    /// How far from its middle a place of this kind reaches where nothing better is known.
    pub(super) const fn reach_m(self) -> f64 {
        match self {
            Self::Position => 0.0,
            Self::Site | Self::Landmark => 150.0,
            Self::Station => 300.0,
            Self::Street => 500.0,
            Self::Postcode => 1_000.0,
            Self::Airport => 3_000.0,
            Self::City | Self::District => 4_000.0,
            Self::Region | Self::Country => 100_000.0,
        }
    }
}

/// How well a place fits what was written, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// A written position, or the place's own name.
    Exact,
    /// Another name of it, such as that in another language, or its code.
    Alternative,
    /// A part of its name, in whole words: "Euston" for London Euston station.
    Part,
    /// Its name with one slip of the finger.
    Misspelt,
    /// The beginning of its name.
    Beginning,
    /// Its name with two slips.
    MisspeltTwice,
    /// Not itself: the town it is said to be in, where what was written names no place.
    Around,
}

impl Match {
    /// Every one, best first.
    pub const ALL: &'static [Self] = &[
        Self::Exact,
        Self::Alternative,
        Self::Part,
        Self::Misspelt,
        Self::Beginning,
        Self::MisspeltTwice,
        Self::Around,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Alternative => "alternative",
            Self::Part => "part",
            Self::Misspelt => "misspelt",
            Self::Beginning => "beginning",
            Self::MisspeltTwice => "misspelt_twice",
            Self::Around => "around",
        }
    }

    /// What it is worth in the ranking, on the scale of a power of ten of people.
    pub(super) const fn worth(self) -> f64 {
        match self {
            Self::Exact => 8.0,
            Self::Alternative => 7.2,
            Self::Part => 5.0,
            Self::Misspelt => 3.5,
            Self::Beginning => 3.0,
            Self::MisspeltTwice => 0.5,
            Self::Around => 0.0,
        }
    }
}

/// How far a place extends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// About so far from its position. Of a populated place estimated from the number of people.
    Radius(Metres),
    /// The box of what is known to lie in it, which may be less than the whole.
    Box(BoundingBox),
}

/// A country or region by code and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// ISO 3166-1 alpha-2, or ISO 3166-2. Empty where a region has none.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// One place that what was written may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its name, in the language asked for where that is known.
    pub name: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// Of a country its ISO 3166-1 alpha-2 code, of a region its ISO 3166-2 code.
    pub code: Option<String>,
    /// The populated place a smaller one lies in or near.
    pub city: Option<String>,
    /// The first-level part of the country.
    pub region: Option<Area>,
    /// The country.
    pub country: Option<Area>,
    /// Its middle. Of a region or country the middle of its most populous place, since the middle
    /// of the area is often nowhere.
    pub position: Position,
    /// How far it extends.
    pub extent: Extent,
    /// How many people live there, where that is known.
    pub population: Option<u32>,
    /// How many ATMs of the snapshot gave it this name, for places named by ATMs.
    pub atms: Option<u32>,
    /// How well it fits.
    pub matched: Match,
    /// What it is worth in the ranking; comparable within one answer only.
    pub score: f64,
    /// People who live there, or as many as make a place of its kind as likely to be meant.
    pub(crate) prominence: f64,
}

impl Candidate {
    /// A written position.
    #[must_use]
    pub fn at(position: Position, uncertainty: Metres) -> Self {
        Self {
            name: position.to_string(),
            kind: PlaceKind::Position,
            code: None,
            city: None,
            region: None,
            country: None,
            position,
            extent: Extent::Radius(uncertainty),
            population: None,
            atms: None,
            matched: Match::Exact,
            score: Match::Exact.worth(),
            prominence: 0.0,
        }
    }

    /// Whether it is a whole country or region.
    #[must_use]
    pub fn is_an_area(&self) -> bool {
        matches!(self.kind, PlaceKind::Region | PlaceKind::Country)
    }

    /// Whether it is not what was written, but the town that is said to be in.
    #[must_use]
    pub fn is_around(&self) -> bool {
        self.matched == Match::Around
    }

    /// Name, city, region and country, as much as tells it from others of its name: "Springfield,
    /// Illinois, United States".
    #[must_use]
    pub fn label(&self) -> String {
        let mut parts = vec![self.name.as_str()];
        let around = [
            self.city.as_deref(),
            self.region.as_ref().map(|region| region.name.as_str()),
            self.country.as_ref().map(|country| country.name.as_str()),
        ];
        for part in around.into_iter().flatten() {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.join(", ")
    }

    /// How far from its position it reaches, about.
    #[must_use]
    pub fn reach(&self) -> Metres {
        match self.extent {
            Extent::Radius(radius) => radius,
            Extent::Box(bbox) => {
                let corners = [
                    (bbox.south_deg(), bbox.west_deg()),
                    (bbox.south_deg(), bbox.east_deg()),
                    (bbox.north_deg(), bbox.west_deg()),
                    (bbox.north_deg(), bbox.east_deg()),
                ];
                let far = corners.into_iter().filter_map(|(lat_deg, lon_deg)| {
                    let corner = Position::from_lat_lon(lat_deg, lon_deg).ok()?;
                    Some(crate::domain::geodesic_distance(self.position, corner))
                });
                far.max().unwrap_or_default()
            }
        }
    }
}
