//! One ATM, in a list or by itself.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::domain::{
    Access, Atm, AtmFilter, Attribute, AttributeGroup, Condition, LocationType, Position, Row,
    Source, TextField, Tri,
};
use crate::snapshot::Snapshot;

use super::{Feature, LatLon, SnapshotJson, attribution, rounded, snapshot_json, to_bytes};

#[derive(Serialize)]
pub(super) struct Address<'a> {
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
    pub(super) fn of(atm: &'a Atm<'_>, country: Option<&'a str>) -> Self {
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
            let always =
                self.with_unknown || matches!(attribute, Attribute::CashOut | Attribute::CashIn);
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
pub(super) struct AtmJson<'a> {
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
            holds.map(Condition::label).collect()
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
pub(super) struct Context<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) filter: &'s AtmFilter,
}

impl Context<'_> {
    /// A hit in a list.
    pub(super) fn with_hit<T>(
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
        return to_bytes(&Feature {
            r#type: "Feature",
            id,
            geometry: position.into(),
            properties: json,
        });
    }
    to_bytes(&Body {
        atm: json,
        snapshot: snapshot_json(snapshot),
        attribution: attribution(snapshot, std::iter::once(row)),
    })
}
