//! Answers as JSON and GeoJSON, written straight from what the snapshot lends.
//!
//! What is not stated is left out, except where its absence could be read as a no: `cash_out`,
//! `cash_in` and `fee` are always there, if need be as `unknown`.

use std::collections::BTreeSet;

use serde::ser::{SerializeMap, Serializer};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::{
    Access, Atm, AtmFilter, Attribute, AttributeGroup, BoundingBox, Found, LocationType,
    Neighbour, Position, Row, Source, TextField, Tri, initial_bearing_deg,
};
use crate::snapshot::{Snapshot, SnapshotId};

/// A number with at most this many decimals.
fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (number * scale).round() / scale
}

/// A position with at most 7 decimals, about a centimetre.
#[derive(Serialize)]
struct LatLon {
    lat: f64,
    lon: f64,
}

impl From<Position> for LatLon {
    fn from(position: Position) -> Self {
        Self { lat: rounded(position.lat_deg(), 7), lon: rounded(position.lon_deg(), 7) }
    }
}

/// A GeoJSON point, longitude first.
#[derive(Serialize)]
struct Point {
    r#type: &'static str,
    coordinates: [f64; 2],
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        let LatLon { lat, lon } = position.into();
        Self { r#type: "Point", coordinates: [lon, lat] }
    }
}

#[derive(Serialize)]
struct SnapshotJson<'s> {
    #[serde(serialize_with = "display")]
    id: SnapshotId,
    as_of: Option<&'s str>,
}

fn display<S: Serializer>(value: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn snapshot_json(snapshot: &Snapshot) -> SnapshotJson<'_> {
    SnapshotJson { id: snapshot.id(), as_of: snapshot.as_of() }
}

#[derive(Serialize)]
struct Address<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    house_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subdivision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
}

impl<'a> Address<'a> {
    fn of(atm: &'a Atm<'_>, country: Option<&'a str>) -> Self {
        Self {
            lines: atm.list(TextField::AddressLines).collect(),
            house_number: atm.text(TextField::HouseNumber),
            street: atm.text(TextField::Street),
            city: atm.text(TextField::City),
            subdivision: atm.text(TextField::Subdivision),
            postcode: atm.text(TextField::Postcode),
            country,
        }
    }
}

/// Attributes of one group: those stated, and those whose absence could mislead.
struct AttributesJson<'a> {
    atm: &'a Atm<'a>,
    group: AttributeGroup,
    with_unknown: bool,
}

impl AttributesJson<'_> {
    fn shown(&self) -> impl Iterator<Item = (Attribute, &'static str)> {
        Attribute::of_group(self.group).filter_map(|attribute| {
            let value = self.atm.attributes.get(attribute);
            let is_limited = attribute == Attribute::Wheelchair
                && self.atm.attributes.get(Attribute::WheelchairLimited) == Tri::Yes;
            let always = self.with_unknown
                || matches!(attribute, Attribute::CashOut | Attribute::CashIn);
            match value {
                _ if is_limited => Some((attribute, "limited")),
                Tri::Unknown if !always => None,
                value => Some((attribute, value.as_str())),
            }
        })
    }

    fn is_empty(&self) -> bool {
        self.shown().next().is_none()
    }
}

impl Serialize for AttributesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (attribute, value) in self.shown() {
            map.serialize_entry(attribute.code(), value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct SourceJson<'s> {
    name: &'s str,
    as_of: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<&'s str>,
}

/// One ATM, in a list or by itself.
struct AtmJson<'a> {
    atm: &'a Atm<'a>,
    source: &'a Source,
    /// Shown where the ATM stands by itself.
    position: Option<Position>,
    /// Shown where the ATM is a hit.
    distance_m: Option<f64>,
    /// What the filter said of it.
    verdicts: Option<Verdicts>,
    /// Whether everything there is is shown.
    whole: Option<Whole<'a>>,
}

/// What is shown of an ATM asked for by id.
struct Whole<'a> {
    address: Address<'a>,
    site_id: String,
    licence: Option<&'a str>,
}

/// Which conditions of a filter an ATM fulfils, and of which the data does not say.
struct Verdicts {
    matched_on: Vec<String>,
    unknown: Vec<String>,
}

impl Verdicts {
    fn of(atm: &Atm<'_>, country: Option<&str>, filter: &AtmFilter) -> Self {
        let labels = |wanted: Tri| {
            let holds = filter.conditions.iter().filter(|c| c.verdict(atm, country) == wanted);
            holds.map(crate::domain::Condition::label).collect()
        };
        Self { matched_on: labels(Tri::Yes), unknown: labels(Tri::Unknown) }
    }
}

impl Serialize for AtmJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let atm = self.atm;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &atm.id)?;
        let text = |map: &mut S::SerializeMap, field: TextField| match atm.text(field) {
            Some(value) => map.serialize_entry(field.code(), value),
            None => Ok(()),
        };
        let list = |map: &mut S::SerializeMap, field: TextField| match atm.text(field) {
            Some(_) => map.serialize_entry(field.code(), &Items(atm, field)),
            None => Ok(()),
        };
        let group = |map: &mut S::SerializeMap, name: &'static str, group| {
            let attributes = AttributesJson { atm, group, with_unknown: self.whole.is_some() };
            if attributes.is_empty() { Ok(()) } else { map.serialize_entry(name, &attributes) }
        };
        for field in [TextField::Name, TextField::Operator, TextField::Brand] {
            text(&mut map, field)?;
        }
        list(&mut map, TextField::Networks)?;
        if let Some(position) = self.position {
            map.serialize_entry("position", &LatLon::from(position))?;
        }
        if let Some(distance_m) = self.distance_m {
            map.serialize_entry("distance_m", &rounded(distance_m, 1))?;
        }
        if let Some(whole) = &self.whole {
            map.serialize_entry("address", &whole.address)?;
            map.serialize_entry("site_id", &whole.site_id)?;
            for field in [TextField::Sponsor, TextField::SiteRef, TextField::BranchId] {
                text(&mut map, field)?;
            }
        }
        if atm.location_type != LocationType::Unknown || self.whole.is_some() {
            map.serialize_entry("location_type", atm.location_type.code())?;
        }
        text(&mut map, TextField::Level)?;
        if atm.access != Access::Unknown || self.whole.is_some() {
            map.serialize_entry("access", atm.access.code())?;
        }
        group(&mut map, "services", AttributeGroup::Service)?;
        group(&mut map, "accessibility", AttributeGroup::Accessibility)?;
        group(&mut map, "features", AttributeGroup::Feature)?;
        map.serialize_entry("fee", atm.fee.code())?;
        for field in [
            TextField::Charges,
            TextField::SurchargeFreeNetworks,
            TextField::Currencies,
            TextField::Denominations,
            TextField::Schemes,
            TextField::Languages,
        ] {
            list(&mut map, field)?;
        }
        text(&mut map, TextField::MinAmount)?;
        text(&mut map, TextField::OpeningHours)?;
        for attribute in [Attribute::AlwaysOpen, Attribute::Chip] {
            let value = atm.attributes.get(attribute);
            if value != Tri::Unknown || self.whole.is_some() {
                map.serialize_entry(attribute.code(), value.as_str())?;
            }
        }
        text(&mut map, TextField::MachineCount)?;
        text(&mut map, TextField::CheckedAt)?;
        if let Some(verdicts) = &self.verdicts {
            map.serialize_entry("matched_on", &verdicts.matched_on)?;
            map.serialize_entry("unknown", &verdicts.unknown)?;
        }
        if let (Some(_), Some(extra)) = (&self.whole, atm.extra.as_deref()) {
            // Ingest wrote this text as a JSON object; it is passed on as it stands.
            if let Ok(extra) = serde_json::from_str::<&RawValue>(extra) {
                map.serialize_entry("extra", extra)?;
            }
        }
        let source = SourceJson {
            name: &self.source.name,
            as_of: self.source.as_of.as_deref(),
            licence: self.whole.as_ref().and_then(|whole| whole.licence),
        };
        map.serialize_entry("source", &source)?;
        map.end()
    }
}

/// The items of a list field.
struct Items<'a>(&'a Atm<'a>, TextField);

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.list(self.1))
    }
}

/// What every hit of one answer shares.
struct Context<'s> {
    snapshot: &'s Snapshot,
    filter: &'s AtmFilter,
}

impl Context<'_> {
    /// A hit in a list.
    fn with_hit<T>(
        &self,
        row: Row,
        distance_m: Option<f64>,
        position: Option<Position>,
        show: impl FnOnce(&AtmJson<'_>) -> T,
    ) -> T {
        let atm = self.snapshot.atm(row);
        let has_filter = !self.filter.conditions.is_empty();
        let verdicts =
            has_filter.then(|| Verdicts::of(&atm, self.snapshot.country(row), self.filter));
        let source = self.snapshot.source(atm.source);
        show(&AtmJson { atm: &atm, source, position, distance_m, verdicts, whole: None })
    }
}

/// The machines of a neighbour.
struct Machines<'s> {
    context: &'s Context<'s>,
    found: &'s [Found],
}

impl Serialize for Machines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(Some(self.found.len()))?;
        for found in self.found {
            let distance_m = Some(found.distance.get());
            self.context.with_hit(found.row, distance_m, None, |atm| list.serialize_element(atm))?;
        }
        list.end()
    }
}

/// The place of a neighbour.
struct SiteJson<'s> {
    context: &'s Context<'s>,
    neighbour: &'s Neighbour,
}

impl Serialize for SiteJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.context.snapshot;
        // The site speaks through the machine it is named after.
        let anchor = snapshot.site_rows(self.neighbour.site)[0];
        let atm = snapshot.atm(anchor);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &snapshot.site_id(self.neighbour.site))?;
        if let Some(name) = atm.text(TextField::Name).or_else(|| atm.brand_or_operator()) {
            map.serialize_entry("name", name)?;
        }
        map.serialize_entry("address", &Address::of(&atm, snapshot.country(anchor)))?;
        map.end()
    }
}

/// A neighbour's own members, shared by JSON and GeoJSON.
struct NeighbourJson<'s> {
    context: &'s Context<'s>,
    origin: Position,
    neighbour: &'s Neighbour,
    with_position: bool,
}

impl Serialize for NeighbourJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nearest = self.neighbour.atms[0];
        let position = self.context.snapshot.position(nearest.row);
        let bearing_deg = rounded(initial_bearing_deg(self.origin, position), 1) % 360.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("distance_m", &rounded(nearest.distance.get(), 1))?;
        map.serialize_entry("bearing_deg", &bearing_deg)?;
        if self.with_position {
            map.serialize_entry("position", &LatLon::from(position))?;
        }
        let (context, neighbour) = (self.context, self.neighbour);
        map.serialize_entry("site", &SiteJson { context, neighbour })?;
        map.serialize_entry("atms", &Machines { context, found: &neighbour.atms })?;
        map.end()
    }
}

/// The credits of the sources that contributed to an answer, each once, in order.
fn attribution(snapshot: &Snapshot, rows: impl Iterator<Item = Row>) -> Vec<&str> {
    let sources: BTreeSet<_> = rows.map(|row| snapshot.source_of(row)).collect();
    let credits: BTreeSet<&str> = sources
        .into_iter()
        .filter_map(|source| snapshot.source(source).attribution.as_deref())
        .collect();
    credits.into_iter().collect()
}

/// What an answer holds beside its hits.
#[derive(Debug)]
pub struct Envelope {
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What was done to the question, or may be wrong with it.
    pub warnings: Vec<String>,
}

/// The answer to a nearest question, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn nearest_json(
    snapshot: &Snapshot,
    origin: Position,
    filter: &AtmFilter,
    neighbours: &[Neighbour],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        origin: LatLon,
        neighbours: Vec<NeighbourJson<'s>>,
        next: Option<&'s str>,
        warnings: &'s [String],
        snapshot: SnapshotJson<'s>,
        attribution: Vec<&'s str>,
    }
    let context = Context { snapshot, filter };
    let rows = neighbours.iter().flat_map(|n| n.atms.iter().map(|found| found.row));
    to_bytes(&Body {
        origin: origin.into(),
        neighbours: neighbours
            .iter()
            .map(|neighbour| NeighbourJson { context: &context, origin, neighbour, with_position: true })
            .collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows),
    })
}

/// A GeoJSON feature at a position.
#[derive(Serialize)]
struct Feature<P> {
    r#type: &'static str,
    id: String,
    geometry: Point,
    properties: P,
}

/// A collection with the envelope as foreign members (RFC 7946 § 6.1).
#[derive(Serialize)]
struct FeatureCollection<'s, P> {
    r#type: &'static str,
    features: Vec<Feature<P>>,
    next: Option<&'s str>,
    warnings: &'s [String],
    snapshot: SnapshotJson<'s>,
    attribution: Vec<&'s str>,
}

/// The answer to a nearest question, as a GeoJSON `FeatureCollection` of its neighbours.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn nearest_geojson(
    snapshot: &Snapshot,
    origin: Position,
    filter: &AtmFilter,
    neighbours: &[Neighbour],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    let context = Context { snapshot, filter };
    let rows = neighbours.iter().flat_map(|n| n.atms.iter().map(|found| found.row));
    let feature = |neighbour| {
        let nearest: &Neighbour = neighbour;
        Feature {
            r#type: "Feature",
            id: snapshot.id_of(nearest.atms[0].row).to_owned(),
            geometry: snapshot.position(nearest.atms[0].row).into(),
            properties: NeighbourJson { context: &context, origin, neighbour, with_position: false },
        }
    };
    to_bytes(&FeatureCollection {
        r#type: "FeatureCollection",
        features: neighbours.iter().map(feature).collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows),
    })
}

/// An ATM of a list without an origin.
struct ListedAtm<'s> {
    context: &'s Context<'s>,
    row: Row,
    with_position: bool,
}

impl Serialize for ListedAtm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = self.with_position.then(|| self.context.snapshot.position(self.row));
        self.context.with_hit(self.row, None, position, |atm| atm.serialize(serializer))
    }
}

/// The answer to a within question, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn within_json(
    snapshot: &Snapshot,
    bbox: &BoundingBox,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        bbox: [f64; 4],
        atms: Vec<ListedAtm<'s>>,
        next: Option<&'s str>,
        warnings: &'s [String],
        snapshot: SnapshotJson<'s>,
        attribution: Vec<&'s str>,
    }
    let context = Context { snapshot, filter };
    to_bytes(&Body {
        bbox: [bbox.west_deg(), bbox.south_deg(), bbox.east_deg(), bbox.north_deg()],
        atms: rows
            .iter()
            .map(|&row| ListedAtm { context: &context, row, with_position: true })
            .collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows.iter().copied()),
    })
}

/// The answer to a within question, as a GeoJSON `FeatureCollection` of its ATMs.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn within_geojson(
    snapshot: &Snapshot,
    filter: &AtmFilter,
    rows: &[Row],
    envelope: &Envelope,
) -> serde_json::Result<Vec<u8>> {
    let context = Context { snapshot, filter };
    let feature = |&row| Feature {
        r#type: "Feature",
        id: snapshot.id_of(row).to_owned(),
        geometry: snapshot.position(row).into(),
        properties: ListedAtm { context: &context, row, with_position: false },
    };
    to_bytes(&FeatureCollection {
        r#type: "FeatureCollection",
        features: rows.iter().map(feature).collect(),
        next: envelope.next.as_deref(),
        warnings: &envelope.warnings,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, rows.iter().copied()),
    })
}

/// One ATM with everything known of it, as JSON or as a GeoJSON feature.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn atm(snapshot: &Snapshot, row: Row, as_geojson: bool) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        atm: AtmJson<'s>,
        snapshot: SnapshotJson<'s>,
        attribution: Vec<&'s str>,
    }
    let atm = snapshot.atm(row);
    let source = snapshot.source(atm.source);
    let position = snapshot.position(row);
    let json = AtmJson {
        atm: &atm,
        source,
        position: (!as_geojson).then_some(position),
        distance_m: None,
        verdicts: None,
        whole: Some(Whole {
            address: Address::of(&atm, snapshot.country(row)),
            site_id: snapshot.site_id(snapshot.site_of(row)),
            licence: source.licence.as_deref(),
        }),
    };
    if as_geojson {
        let id = atm.id.to_string();
        return to_bytes(&Feature { r#type: "Feature", id, geometry: position.into(), properties: json });
    }
    to_bytes(&Body {
        atm: json,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, std::iter::once(row)),
    })
}

/// The words that occur in the data, with how many ATMs each has.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn vocabulary(snapshot: &Snapshot) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Counted<'s> {
        name: &'s str,
        atms: u32,
    }
    #[derive(Serialize)]
    struct CountedTri {
        code: &'static str,
        yes: u32,
        no: u32,
        unknown: u32,
    }
    struct Body<'s>(&'s Snapshot);
    impl Serialize for Body<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let snapshot = self.0;
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("atms", &snapshot.len())?;
            map.serialize_entry("sites", &snapshot.site_count())?;
            for (key, field) in crate::snapshot::VOCABULARY_FIELDS {
                let names: Vec<_> = snapshot
                    .vocabulary(field)
                    .iter()
                    .map(|(name, atms)| Counted { name, atms: *atms })
                    .collect();
                map.serialize_entry(key, &names)?;
            }
            for (key, counts) in snapshot.code_counts() {
                let names: Vec<_> =
                    counts.into_iter().map(|(name, atms)| Counted { name, atms }).collect();
                map.serialize_entry(key, &names)?;
            }
            for (key, group) in [
                ("services", AttributeGroup::Service),
                ("accessibility", AttributeGroup::Accessibility),
                ("features", AttributeGroup::Feature),
            ] {
                let counts: Vec<_> = Attribute::of_group(group)
                    .map(|attribute| {
                        let [yes, no, unknown] = snapshot.attribute_counts(attribute);
                        CountedTri { code: attribute.code(), yes, no, unknown }
                    })
                    .collect();
                map.serialize_entry(key, &counts)?;
            }
            map.serialize_entry("snapshot", &snapshot_json(snapshot))?;
            map.end()
        }
    }
    to_bytes(&Body(snapshot))
}

fn to_bytes(body: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    serde_json::to_writer(&mut bytes, body)?;
    Ok(bytes)
}

