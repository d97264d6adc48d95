//! Records with one value a field: CSV and GeoJSON.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::domain::{Atm, Field, LIST_SEPARATOR, Source};

/// Names of the columns that are no fields, in front of those that are.
const OWN_COLUMNS: [&str; 7] = [
    "nearest_atm_id",
    "lat",
    "lon",
    "source",
    "source_as_of",
    "source_licence",
    "source_attribution",
];

/// Whether a field holds a list.
fn is_list(field: Field) -> bool {
    matches!(field, Field::Text(text) if text.is_list())
}

pub(super) fn write_csv<'a>(
    out: &mut impl Write,
    atms: impl Iterator<Item = (Atm<'a>, &'a Source)>,
) -> io::Result<()> {
    let fields: Vec<Field> = Field::all().collect();
    let mut writer = csv::Writer::from_writer(out);
    let header = OWN_COLUMNS.into_iter().chain(fields.iter().map(|field| field.code()));
    writer.write_record(header.chain(["extra"]))?;
    for (atm, source) in atms {
        let position = atm.position;
        let own: [&str; 7] = [
            &atm.id,
            &position.lat_deg().to_string(),
            &position.lon_deg().to_string(),
            &source.name,
            source.as_of.as_deref().unwrap_or_default(),
            source.licence.as_deref().unwrap_or_default(),
            source.attribution.as_deref().unwrap_or_default(),
        ];
        for cell in own {
            writer.write_field(cell)?;
        }
        for &field in &fields {
            match atm.value(field) {
                Some(list) if is_list(field) => {
                    let items: Vec<&str> = list.split(LIST_SEPARATOR).collect();
                    writer.write_field(serde_json::to_string(&items)?)?;
                }
                value => writer.write_field(value.unwrap_or_default())?,
            }
        }
        writer.write_field(atm.extra.as_deref().unwrap_or_default())?;
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

pub(super) fn write_geojson<'a>(
    out: &mut impl Write,
    atms: impl Iterator<Item = (Atm<'a>, &'a Source)>,
) -> io::Result<()> {
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
    let mut separator: &[u8] = b"\n";
    for (atm, source) in atms {
        out.write_all(separator)?;
        separator = b",\n";
        serde_json::to_writer(&mut *out, &Feature { atm: &atm, source })?;
    }
    out.write_all(b"\n]}\n")
}

pub(super) fn write_ndjson<'a>(
    out: &mut impl Write,
    atms: impl Iterator<Item = (Atm<'a>, &'a Source)>,
) -> io::Result<()> {
    for (atm, source) in atms {
        serde_json::to_writer(&mut *out, &Feature { atm: &atm, source })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

struct Feature<'a> {
    atm: &'a Atm<'a>,
    source: &'a Source,
}

impl Serialize for Feature<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Point {
            r#type: &'static str,
            coordinates: [f64; 2],
        }
        let position = self.atm.position;
        let coordinates = [position.lon_deg(), position.lat_deg()];
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("type", "Feature")?;
        map.serialize_entry("geometry", &Point { r#type: "Point", coordinates })?;
        map.serialize_entry("properties", &Properties { atm: self.atm, source: self.source })?;
        map.end()
    }
}

/// The members of one record by the names of its fields, stated ones only.
struct Properties<'a> {
    atm: &'a Atm<'a>,
    source: &'a Source,
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        own_members(&mut map, self.atm, self.source)?;
        for (field, value) in self.atm.values() {
            member(&mut map, field, value)?;
        }
        extra_member(&mut map, self.atm)?;
        map.end()
    }
}

/// The id and what is known of the source.
pub(super) fn own_members<M: SerializeMap>(
    map: &mut M,
    atm: &Atm<'_>,
    source: &Source,
) -> Result<(), M::Error> {
    map.serialize_entry("nearest_atm_id", &atm.id)?;
    map.serialize_entry("source", &source.name)?;
    for (name, value) in [
        ("source_as_of", &source.as_of),
        ("source_licence", &source.licence),
        ("source_attribution", &source.attribution),
    ] {
        if let Some(value) = value {
            map.serialize_entry(name, value)?;
        }
    }
    Ok(())
}

/// One field; a list as an array.
pub(super) fn member<M: SerializeMap>(
    map: &mut M,
    field: Field,
    value: &str,
) -> Result<(), M::Error> {
    if is_list(field) {
        let items: Vec<&str> = value.split(LIST_SEPARATOR).collect();
        map.serialize_entry(field.code(), &items)
    } else {
        map.serialize_entry(field.code(), value)
    }
}

/// What no field takes.
pub(super) fn extra_member<M: SerializeMap>(map: &mut M, atm: &Atm<'_>) -> Result<(), M::Error> {
    match atm.extra.as_deref().map(serde_json::from_str::<&RawValue>) {
        Some(Ok(extra)) => map.serialize_entry("extra", extra),
        _ => Ok(()),
    }
}
