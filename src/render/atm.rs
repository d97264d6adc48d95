//! One ATM, in a list or by itself.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::domain::{
    Access, Atm, AtmFilter, Attribute, AttributeGroup, Condition, LocationType, Metres, Position,
    Row, Source, TextField, Tri,
};
use crate::publication::View;
use crate::snapshot::Snapshot;

use super::{Decimal, Feature, LatLon, List, Origin, to_bytes};

#[derive(Serialize)]
pub(super) struct Address<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Items<'a>>,
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
    pub(super) fn of(atm: &'a Atm<'a>, country: Option<&'a str>) -> Self {
        Self {
            lines: Items::of(atm, TextField::AddressLines),
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
            let is_always_shown =
                self.with_unknown || matches!(attribute, Attribute::CashOut | Attribute::CashIn);
            if is_limited {
                return Some((attribute, "limited"));
            }
            (is_always_shown || value != Tri::Unknown).then(|| (attribute, value.as_str()))
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
    /// Shown where nothing around the ATM does.
    position: Option<Position>,
    shown_as: ShownAs<'a>,
}

/// What is shown of an ATM beside itself.
enum ShownAs<'a> {
    /// In an answer to a question: how far it is, and what the filter says of it.
    Hit { distance: Option<Metres>, context: &'a Context<'a>, country: Option<&'a str> },
    /// By itself, with all there is.
    Whole { address: Address<'a>, site_id: String },
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
        let list = |map: &mut S::SerializeMap, field: TextField| match Items::of(atm, field) {
            Some(items) => map.serialize_entry(field.code(), &items),
            None => Ok(()),
        };
        let is_whole = matches!(self.shown_as, ShownAs::Whole { .. });
        let group = |map: &mut S::SerializeMap, name: &'static str, group| {
            let attributes = AttributesJson { atm, group, with_unknown: is_whole };
            if attributes.is_empty() { Ok(()) } else { map.serialize_entry(name, &attributes) }
        };
        for field in [TextField::Name, TextField::Operator, TextField::Brand] {
            text(&mut map, field)?;
        }
        list(&mut map, TextField::Networks)?;
        if let Some(position) = self.position {
            map.serialize_entry("position", &LatLon::from(position))?;
        }
        match &self.shown_as {
            ShownAs::Hit { distance: Some(distance), .. } => {
                map.serialize_entry("distance_m", &Decimal::<1>(distance.get()))?;
            }
            ShownAs::Hit { distance: None, .. } => {}
            ShownAs::Whole { address, site_id } => {
                map.serialize_entry("address", address)?;
                map.serialize_entry("site_id", site_id)?;
                for field in [TextField::Sponsor, TextField::SiteRef, TextField::BranchId] {
                    text(&mut map, field)?;
                }
            }
        }
        if atm.location_type != LocationType::Unknown || is_whole {
            map.serialize_entry("location_type", atm.location_type.code())?;
        }
        text(&mut map, TextField::Level)?;
        if atm.access != Access::Unknown || is_whole {
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
            if value != Tri::Unknown || is_whole {
                map.serialize_entry(attribute.code(), value.as_str())?;
            }
        }
        text(&mut map, TextField::MachineCount)?;
        text(&mut map, TextField::CheckedAt)?;
        match &self.shown_as {
            ShownAs::Hit { context, country, .. } if !context.conditions.is_empty() => {
                let verdicts: Vec<Tri> = context
                    .conditions
                    .iter()
                    .map(|(condition, _)| condition.verdict(atm, *country))
                    .collect();
                for (name, wanted) in [("matched_on", Tri::Yes), ("unknown", Tri::Unknown)] {
                    let labels = context.conditions.iter().zip(&verdicts);
                    let labels = labels.filter(|(_, verdict)| **verdict == wanted);
                    map.serialize_entry(name, &List(labels.map(|((_, label), _)| label)))?;
                }
            }
            ShownAs::Hit { .. } => {}
            ShownAs::Whole { .. } => {
                // Ingest wrote this text as a JSON object; it is passed on as it stands.
                let extra = atm.extra.as_deref();
                if let Some(extra) = extra.and_then(|text| serde_json::from_str(text).ok()) {
                    map.serialize_entry::<_, &RawValue>("extra", &extra)?;
                }
            }
        }
        let source = SourceJson {
            name: &self.source.name,
            as_of: self.source.as_of.as_deref(),
            licence: self.source.licence.as_deref().filter(|_| is_whole),
        };
        map.serialize_entry("source", &source)?;
        map.end()
    }
}

/// The items of a list field.
struct Items<'a>(&'a Atm<'a>, TextField);

impl<'a> Items<'a> {
    /// `None` when the field is not stated.
    fn of(atm: &'a Atm<'a>, field: TextField) -> Option<Self> {
        atm.text(field).is_some().then_some(Self(atm, field))
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.list(self.1))
    }
}

/// What every hit of one answer shares.
pub(super) struct Context<'s> {
    pub(super) view: View<'s>,
    /// The conditions of the filter with their labels.
    conditions: Vec<(&'s Condition, String)>,
}

impl<'s> Context<'s> {
    pub(super) fn new(view: View<'s>, filter: &'s AtmFilter) -> Self {
        let labelled = |condition: &'s Condition| (condition, condition.label());
        Self { view, conditions: filter.conditions.iter().map(labelled).collect() }
    }
}

/// An ATM in an answer to a question.
pub(super) struct Hit<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) row: Row,
    /// How far it is from the origin, where there is one.
    pub(super) distance: Option<Metres>,
    pub(super) with_position: bool,
}

impl Serialize for Hit<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { context, row, distance, with_position } = *self;
        let snapshot = context.view.snapshot;
        let atm = snapshot.atm(row);
        let country = snapshot.country(row);
        let json = AtmJson {
            atm: &atm,
            source: snapshot.source(atm.source),
            position: with_position.then_some(atm.position),
            shown_as: ShownAs::Hit { distance, context, country },
        };
        json.serialize(serializer)
    }
}

/// One ATM with everything known of it.
struct WholeAtm<'s> {
    snapshot: &'s Snapshot,
    row: Row,
    with_position: bool,
}

impl Serialize for WholeAtm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { snapshot, row, with_position } = *self;
        let atm = snapshot.atm(row);
        let json = AtmJson {
            atm: &atm,
            source: snapshot.source(atm.source),
            position: with_position.then_some(atm.position),
            shown_as: ShownAs::Whole {
                address: Address::of(&atm, snapshot.country(row)),
                site_id: snapshot.site_id(snapshot.site_of(row)),
            },
        };
        json.serialize(serializer)
    }
}

/// One ATM with everything known of it, as JSON.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn atm_json(view: View<'_>, row: Row) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        atm: WholeAtm<'s>,
        #[serde(flatten)]
        origin: Origin<'s>,
    }
    let snapshot = view.snapshot;
    to_bytes(&Body {
        atm: WholeAtm { snapshot, row, with_position: true },
        origin: Origin::new(snapshot, std::iter::once(row)),
    })
}

/// One ATM with everything known of it, as a GeoJSON `Feature`; snapshot and attribution are
/// foreign members (RFC 7946 § 6.1).
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn atm_geojson(view: View<'_>, row: Row) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'s> {
        #[serde(flatten)]
        feature: Feature<'s, WholeAtm<'s>>,
        #[serde(flatten)]
        origin: Origin<'s>,
    }
    let snapshot = view.snapshot;
    let whole = WholeAtm { snapshot, row, with_position: false };
    to_bytes(&Body {
        feature: Feature::new(snapshot, row, whole),
        origin: Origin::new(snapshot, std::iter::once(row)),
    })
}
