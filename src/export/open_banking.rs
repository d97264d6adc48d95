//! UK Open Banking ATM 2.3.
//!
//! What the standard has a member for is written there, so that any consumer of the standard can
//! read it. What it has no word for, or would say differently, stands in the member `NearestATM`
//! by the names of the record's fields; a null there takes back what a standard member says.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::domain::{
    Atm, Attribute, AttributeGroup, Field, LIST_SEPARATOR, LocationType, Source, TextField, Tri,
};
use crate::ingest::formats::open_banking::{OWN_MEMBER, codes};

/// What reading the standard members alone would give, by field.
type Said = BTreeMap<&'static str, String>;

pub(super) fn write<'a>(
    out: &mut impl Write,
    atms: impl Iterator<Item = (Atm<'a>, &'a Source)>,
) -> io::Result<()> {
    let mut brands: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut total = 0_u64;
    let mut as_of: Option<&str> = None;
    let mut is_as_of_known = true;
    for (atm, source) in atms {
        // The standard wants every machine under a brand; one without is listed by its source.
        let brand = atm.brand_or_operator().unwrap_or(&source.name).to_owned();
        let member = member(&atm, source, &brand);
        brands.entry(brand).or_default().push(member);
        total += 1;
        match source.as_of.as_deref() {
            Some(time) => as_of = Some(as_of.map_or(time, |oldest| oldest.min(time))),
            None => is_as_of_known = false,
        }
    }
    let last_updated = as_of.filter(|_| is_as_of_known);
    let meta = json!({ "LastUpdated": last_updated, "TotalResults": total });
    write!(out, "{{\"meta\":{meta},\n\"data\":[{{\"Brand\":[")?;
    for (place, (name, atms)) in brands.into_iter().enumerate() {
        let separator = if place == 0 { "" } else { "," };
        write!(out, "{separator}\n{{\"BrandName\":{},\"ATM\":[", Value::String(name))?;
        for (place, atm) in atms.into_iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            write!(out, "{separator}\n{atm}")?;
        }
        write!(out, "]}}")?;
    }
    writeln!(out, "]}}]}}")
}

/// One ATM.
fn member(atm: &Atm<'_>, source: &Source, brand: &str) -> Value {
    let mut said = Said::new();
    for field in [TextField::Operator, TextField::Brand] {
        said.insert(field.code(), brand.to_owned());
    }
    let mut member = Map::new();
    let native_id = atm.id.split_once(':').map_or(&*atm.id, |(_, native_id)| native_id);
    member.insert("Identification".to_owned(), native_id.into());
    put(&mut member, "SupportedLanguages", list(atm, TextField::Languages, &mut said));
    put(
        &mut member,
        "ATMServices",
        stated_yes(atm, codes::SERVICES, AttributeGroup::Service, &mut said),
    );
    put(&mut member, "Accessibility", accessibility(atm, &mut said));
    // The standard's true and false are not the record's words, so `own` says it once more.
    let always_open = match atm.attributes.get(Attribute::AlwaysOpen) {
        Tri::Yes => Some(Value::Bool(true)),
        Tri::No => Some(Value::Bool(false)),
        Tri::Unknown => None,
    };
    put(&mut member, "Access24HoursIndicator", always_open);
    put(&mut member, "SupportedCurrencies", list(atm, TextField::Currencies, &mut said));
    put(&mut member, "MinimumPossibleAmount", text(atm, TextField::MinAmount, &mut said));
    let branch_id = text(atm, TextField::BranchId, &mut said);
    put(&mut member, "Branch", object([("Identification", branch_id)]));
    put(&mut member, "Location", location(atm, &mut said));
    member.insert(OWN_MEMBER.to_owned(), own(atm, source, &said));
    Value::Object(member)
}

fn location(atm: &Atm<'_>, said: &mut Said) -> Option<Value> {
    let category = codes::location_code(atm.location_type)
        .filter(|_| atm.location_type != LocationType::Unknown);
    if category.is_some() {
        said.insert(Field::LocationType.code(), atm.location_type.code().to_owned());
    }
    let position = json!({ "GeographicCoordinates": {
        "Latitude": decimal(atm.position.lat_deg()),
        "Longitude": decimal(atm.position.lon_deg()),
    }});
    let site = object([
        ("Identification", text(atm, TextField::SiteRef, said)),
        ("Name", text(atm, TextField::Name, said)),
    ]);
    let subdivision = text(atm, TextField::Subdivision, said).map(|name| json!([name]));
    let address = object([
        ("AddressLine", list(atm, TextField::AddressLines, said)),
        ("BuildingNumber", text(atm, TextField::HouseNumber, said)),
        ("StreetName", text(atm, TextField::Street, said)),
        ("TownName", text(atm, TextField::City, said)),
        ("CountrySubDivision", subdivision),
        ("Country", text(atm, TextField::Country, said)),
        ("PostCode", text(atm, TextField::Postcode, said)),
        ("GeoLocation", Some(position)),
    ]);
    object([
        ("LocationCategory", category.map(|code| json!([code]))),
        ("Site", site),
        ("PostalAddress", address),
    ])
}

/// What the standard members do not say, or say otherwise.
fn own(atm: &Atm<'_>, source: &Source, said: &Said) -> Value {
    let mut own = Map::new();
    own.insert("nearest_atm_id".to_owned(), (&*atm.id).into());
    own.insert("source".to_owned(), source.name.as_str().into());
    for (name, value) in [
        ("source_as_of", &source.as_of),
        ("source_licence", &source.licence),
        ("source_attribution", &source.attribution),
    ] {
        put(&mut own, name, value.as_deref().map(Value::from));
    }
    for field in Field::all() {
        let value = match (atm.value(field), said.get(field.code())) {
            (Some(stated), Some(said)) if stated == said => continue,
            (None, None) => continue,
            (None, Some(_)) => Value::Null,
            (Some(list), _) if matches!(field, Field::Text(text) if text.is_list()) => {
                list.split(LIST_SEPARATOR).map(Value::from).collect()
            }
            (Some(stated), _) => stated.into(),
        };
        own.insert(field.code().to_owned(), value);
    }
    let extra = atm.extra.as_deref().map(serde_json::from_str);
    put(&mut own, "extra", extra.and_then(Result::ok));
    Value::Object(own)
}

fn put(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value);
    }
}

/// An object of the members that are there; none when none is.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Option<Value> {
    let there: Map<String, Value> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    (!there.is_empty()).then_some(Value::Object(there))
}

fn text(atm: &Atm<'_>, field: TextField, said: &mut Said) -> Option<Value> {
    let text = atm.text(field)?;
    said.insert(field.code(), text.to_owned());
    Some(text.into())
}

fn list(atm: &Atm<'_>, field: TextField, said: &mut Said) -> Option<Value> {
    let text = atm.text(field)?;
    said.insert(field.code(), text.to_owned());
    Some(text.split(LIST_SEPARATOR).map(Value::from).collect())
}

/// The codes of the attributes of a group that are stated yes.
fn stated_yes(
    atm: &Atm<'_>,
    table: &[(&'static str, Attribute)],
    group: AttributeGroup,
    said: &mut Said,
) -> Option<Value> {
    let stated = Attribute::of_group(group)
        .filter(|&attribute| atm.attributes.get(attribute) == Tri::Yes)
        .filter_map(|attribute| Some((attribute, codes::code(table, attribute)?)));
    let codes: Vec<Value> = stated
        .map(|(attribute, code)| {
            said.insert(attribute.code(), Tri::Yes.as_str().to_owned());
            code.into()
        })
        .collect();
    (!codes.is_empty()).then_some(Value::Array(codes))
}

fn accessibility(atm: &Atm<'_>, said: &mut Said) -> Option<Value> {
    stated_yes(atm, codes::ACCESSIBILITY, AttributeGroup::Accessibility, said)
}

/// Degrees as the standard writes them: a text with a decimal point.
fn decimal(degrees: f64) -> String {
    let text = degrees.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}
