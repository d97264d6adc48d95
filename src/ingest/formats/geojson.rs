//! `GeoJSON` (RFC 7946): a `FeatureCollection` or one `Feature`, with the `crs` member of the 2008
//! specification.
//!
//! Properties that are tags of `OpenStreetMap` are read by its rules, so that a bank without an
//! ATM is no ATM; other properties by the names of columns.

use crate::domain::{RejectReason, WarningKind};
use crate::ingest::crs::Declared;
use crate::ingest::{Event, FileFacts, FormatError, Input, ReadOptions, Sink};

use super::json::geometry::Located;
use super::json::node::{Members, Node};
use super::json::osm_style::{self, Tagged};
use super::json::records::{Place, Records, as_pairs};
use super::json::rows::Row;
use super::json::scan::{Scanner, Stop, document};
use super::json::time::to_utc;

const FORMAT: &str = "GeoJSON";

/// Reads the features of `input` in their order, one event each.
///
/// A point is the position as it stands, any other geometry gives its centroid; without geometry
/// the position is looked for among the properties. Coordinates declared to be Web Mercator are
/// converted, with a warning on each row; another reference system rejects each row.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::Syntax`] where the JSON breaks off or is not well-formed, and where a reference
///   system that is not degrees is declared behind the features it is for
/// - [`FormatError::NoRecords`] when there is neither a list of features nor one feature
///
/// # Cost
///
/// One pass; memory for one feature, 1 MiB at most.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut records = Records::new(options)?;
    let mut facts = FileFacts::default();
    let mut rows = None;
    let mut is_feature = false;
    let mut timestamp = None;
    document(input, FORMAT, |scanner| {
        if scanner.peek()? == Some(b'[') {
            let count = scanner.each_row(sink, |row| feature(&mut records, &row))?;
            rows = Some(count);
            return Ok(());
        }
        scanner.each_member(|scanner, key| {
            match key {
                "features" => {
                    let count = scanner.each_row(sink, |row| feature(&mut records, &row))?;
                    rows = Some(rows.unwrap_or(0) + count);
                }
                "crs" => declare(scanner, &mut records, rows)?,
                "type" => {
                    is_feature =
                        scanner.value(|kind| kind.as_str() == Some("Feature"))? == Some(true);
                }
                "timestamp" => {
                    timestamp = scanner.value(|time| to_utc(time.as_str()?))?.flatten();
                }
                _ => {
                    scanner.value(|value| take_fact(&mut facts, key, value))?;
                }
            }
            Ok(())
        })
    })?;
    if rows.is_none() {
        if !is_feature {
            let detail = "neither a member `features` nor a Feature".to_owned();
            return Err(FormatError::NoRecords { format: FORMAT, detail });
        }
        document(input, FORMAT, |scanner| {
            scanner.one_row(&mut Vec::new(), sink, &mut |row| feature(&mut records, &row))
        })?;
    }
    // Of other files it is the time of writing, not of the data.
    if facts.attribution.as_deref() == Some(osm_style::ATTRIBUTION) {
        facts.as_of = timestamp;
    }
    facts.unused_fields = records.into_unused_fields();
    Ok(facts)
}

/// Takes the reference system the file declares.
fn declare(
    scanner: &mut Scanner<'_>,
    records: &mut Records,
    rows: Option<u64>,
) -> Result<(), Stop> {
    let declared = scanner.value(declared_crs)?.unwrap_or(Declared::Degrees);
    let before = records.crs().clone();
    records.declare_crs(declared);
    if rows.is_some_and(|count| count > 0) && *records.crs() != before {
        let detail = "the member `crs` stands behind the features it is for; name the reference \
                      system in the configuration with crs = \"EPSG:3857\"";
        return Err(scanner.syntax(detail).into());
    }
    Ok(())
}

/// The reference system of a `crs` member, in the styles of the 2008 specification and before.
pub(crate) fn declared_crs(crs: &Node<'_>) -> Declared {
    let properties = crs.get("properties").unwrap_or(crs);
    if crs.is_blank() {
        return Declared::Degrees;
    }
    if let Some(code) = properties.get("code").and_then(Node::as_u64) {
        return u32::try_from(code)
            .map_or_else(|_| Declared::Unsupported(code.to_string()), Declared::by_code);
    }
    match crs.as_str().or_else(|| properties.get("name")?.as_str()) {
        Some(name) => Declared::by_name(name),
        None => Declared::Unsupported(crs.to_string()),
    }
}

/// What members beside the features say of the file: overpass-turbo's, and plain words.
fn take_fact(facts: &mut FileFacts, key: &str, value: &Node<'_>) {
    let Some(text) = value.as_str() else { return };
    match key {
        "generator" if text.starts_with("overpass") => {
            facts.licence.get_or_insert_with(|| osm_style::LICENCE.to_owned());
            facts.attribution.get_or_insert_with(|| osm_style::ATTRIBUTION.to_owned());
        }
        "licence" | "license" => facts.licence = Some(text.to_owned()),
        "attribution" => facts.attribution = Some(text.to_owned()),
        _ => {}
    }
}

/// The event of one feature.
pub(crate) fn feature(records: &mut Records, row: &Row<'_>) -> Event {
    let Some(members) = row.node.members() else { return row.no_object() };
    if !is_feature(members) {
        return row.rejected(RejectReason::MalformedRow, "is no Feature");
    }
    let geometry = row.node.get("geometry").filter(|geometry| !matches!(geometry, Node::Null));
    let located = geometry.map(Located::read);
    let id = row.node.get("id").filter(|id| !id.is_blank());
    let properties = row.node.get("properties").and_then(Node::members);
    let mut pairs: Vec<(&str, &Node<'_>)> = properties.into_iter().flat_map(as_pairs).collect();
    if let Some(tagged) = Tagged::of(&pairs) {
        return tagged.event(records, row, located, id);
    }
    let foreign = |(key, _): &(&str, &Node<'_>)| !OWN_MEMBERS.contains(key);
    pairs.extend(as_pairs(members).filter(foreign));

    let mut record = row.record();
    // The feature's id goes before one among the properties, unless it is a bare number: that is
    // most often the row's place in the table it was written from.
    let (first, last) = match id {
        Some(Node::Number(_)) | None => (None, id),
        Some(_) => (id, None),
    };
    if let Some(id) = first {
        records.take_id(&mut record, "id", id);
    }
    let place = if located.is_some() { Place::Outside } else { Place::Inside };
    records.fill(&mut record, &pairs, place);
    if let Some(located) = located {
        located.put_into(&mut record);
    }
    if let Some(id) = last {
        records.take_id(&mut record, "id", id);
    }
    records.finish(row, record)
}

/// The members a feature has of its own; others beside them are as good as properties.
const OWN_MEMBERS: &[&str] = &["type", "geometry", "properties", "id", "bbox"];

/// Whether an object is a feature. Several writers leave the type out.
pub(crate) fn is_feature(members: &Members<'_>) -> bool {
    let has = |key: &str| members.iter().any(|(name, _)| name == key);
    let kind = members.iter().find(|(key, _)| key == "type").and_then(|(_, kind)| kind.as_str());
    match kind {
        Some(kind) => kind.eq_ignore_ascii_case("Feature"),
        None => has("geometry") && has("properties"),
    }
}
