//! JSON of no particular standard: an array of records, or a document that holds one somewhere.
//!
//! Understood are objects with nested members, rows of cells beside a list of column names
//! (Socrata, CKAN, pandas), ESRI's features, `GeoJSON` features and `OpenStreetMap` elements that
//! stand in a plain array, maps from id to record, and documents that are JSON within a string.
//! What all readers of JSON share lives in the modules below.

pub(crate) mod geometry;
pub(crate) mod members;
pub(crate) mod node;
pub(crate) mod osm_style;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod scan;
mod survey;
pub(crate) mod time;
pub(crate) mod week;

use crate::domain::RejectReason;
use crate::ingest::{Event, FileFacts, FormatError, Input, RawPosition, ReadOptions, Sink};

use self::geometry::Located;
use self::node::{Members, Node, member};
use self::osm_style::Tagged;
use self::records::{Place, Records, as_pairs};
use self::rows::{Row, hand_over};
use self::scan::{Scanner, Stop, document};
use self::survey::{Column, Shape, Survey, descend};
use super::geojson;

const FORMAT: &str = "JSON";

/// Reads the records of `input` in their order, one event each.
///
/// Of several lists in one document the one named like ATMs is read, else the longest.
///
/// # Errors
///
/// - [`FormatError::Io`], [`FormatError::Options`]
/// - [`FormatError::Syntax`] where the JSON breaks off or is not well-formed
/// - [`FormatError::NoRecords`] when the document holds neither a list of objects nor one record
///
/// # Cost
///
/// One pass over an array, two over an object that holds one; memory for one record, 1 MiB at most.
pub fn read(
    input: &Input,
    options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut records = Records::new(options)?;
    let mut survey = None;
    let mut is_array = false;
    document(input, FORMAT, |scanner| {
        match scanner.peek()? {
            Some(b'[') => {
                is_array = true;
                scanner.each_row(sink, |row| event(&mut records, row, &[]))?;
            }
            Some(b'{') => survey = Some(Survey::of(scanner)?),
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    if let Some(survey) = survey {
        read_list(input, &survey, &mut records, sink)?;
    } else if !is_array {
        return Err(no_list());
    }
    Ok(FileFacts { unused_fields: records.into_unused_fields(), ..FileFacts::default() })
}

fn no_list() -> FormatError {
    let detail = "no array of objects under any key".to_owned();
    FormatError::NoRecords { format: FORMAT, detail }
}

fn read_list(
    input: &Input,
    survey: &Survey,
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<(), FormatError> {
    let Some(list) = survey.list() else { return read_one(input, records, sink) };
    if let Some(declared) = &survey.crs {
        records.declare_crs(declared.clone());
    }
    document(input, FORMAT, |scanner| {
        descend(scanner, &list.path, &mut |scanner| match list.shape {
            Shape::Array => {
                scanner.each_row(sink, |row| event(records, row, &survey.columns)).map(|_| ())
            }
            Shape::Map => each_keyed_row(scanner, records, sink),
        })
    })
}

/// Reads a document that is one record.
fn read_one(input: &Input, records: &mut Records, sink: &mut Sink<'_>) -> Result<(), FormatError> {
    let mut found = None;
    document(input, FORMAT, |scanner| {
        let mut take = |one: Event| {
            found = Some(one);
            std::ops::ControlFlow::Continue(())
        };
        scanner.one_row(&mut Vec::new(), &mut take, &mut |row| event(records, row, &[]))
    })?;
    match found {
        Some(Event::Record(record)) if record.position != RawPosition::Missing => {
            // Nothing follows that a `Break` could spare.
            let _ = sink(Event::Record(record));
            Ok(())
        }
        _ => Err(no_list()),
    }
}

/// Reads the members of an object as records whose ids are the keys.
fn each_keyed_row(
    scanner: &mut Scanner<'_>,
    records: &mut Records,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let mut text = Vec::new();
    scanner.each_member(|scanner, key| {
        let mut made = None;
        let mut take = |one: Event| {
            made = Some(one);
            std::ops::ControlFlow::Continue(())
        };
        scanner.one_row(&mut text, &mut take, &mut |row| event(records, row, &[]))?;
        if let Some(Event::Record(record)) = &mut made {
            record.native_id.get_or_insert_with(|| key.to_owned());
        }
        made.map_or(Ok(()), |event| hand_over(sink, event))
    })
}

/// The event of one row, by what it looks like.
pub(crate) fn event(records: &mut Records, mut row: Row<'_>, columns: &[Column]) -> Event {
    let mut fallback_id = None;
    if let Node::List(cells) = &row.node
        && !columns.is_empty()
    {
        if cells.len() != columns.len() {
            let detail = format!("{} cells for {} columns", cells.len(), columns.len());
            return row.rejected(RejectReason::MalformedRow, detail);
        }
        let own_id = columns.iter().position(|column| column.is_bookkeeping && column.name == "id");
        fallback_id = own_id.and_then(|at| Some(cells.get(at)?.scalar()?.into_owned()));
        let members = columns.iter().zip(cells).filter(|(column, _)| !column.is_bookkeeping);
        row.node = Node::Object(
            members
                .map(|(column, cell)| (column.name.clone().into(), with_parts(column, cell)))
                .collect(),
        );
    }
    let Some(members) = row.node.members() else { return row.no_object() };
    if geojson::is_feature(members) {
        return geojson::feature(records, &row);
    }
    if let Some(attributes) = member(members, "attributes").and_then(Node::members) {
        return esri_feature(records, &row, attributes);
    }
    let pairs: Vec<(&str, &Node<'_>)> = as_pairs(members).collect();
    if let Some(tagged) = Tagged::of(&pairs) {
        return tagged.event(records, &row, None, None);
    }
    let mut record = row.record();
    records.fill(&mut record, &pairs, Place::Inside);
    record.native_id = record.native_id.or(fallback_id);
    records.finish(&row, record)
}

/// The cell with names for its items, where the column names them.
fn with_parts<'t>(column: &Column, cell: &Node<'t>) -> Node<'t> {
    match cell {
        Node::List(items) if items.len() == column.parts.len() => {
            let named = column.parts.iter().zip(items);
            Node::Object(named.map(|(name, item)| (name.clone().into(), item.clone())).collect())
        }
        _ => cell.clone(),
    }
}

/// A feature of ESRI's JSON: `{"attributes": {…}, "geometry": {"x": …, "y": …}}`.
fn esri_feature(records: &mut Records, row: &Row<'_>, attributes: &Members<'_>) -> Event {
    let mut pairs: Vec<(&str, &Node<'_>)> = as_pairs(attributes).collect();
    let own = ["attributes", "geometry"];
    let others = row.node.members().into_iter().flat_map(as_pairs);
    pairs.extend(others.filter(|(key, _)| !own.contains(key)));
    let located = row.node.get("geometry").and_then(esri_geometry);
    let mut record = row.record();
    let place = if located.is_some() { Place::Outside } else { Place::Inside };
    records.fill(&mut record, &pairs, place);
    if let Some(located) = located {
        record.position = located.position;
    }
    records.finish(row, record)
}

/// The position of ESRI's geometry; `None` without one.
fn esri_geometry(geometry: &Node<'_>) -> Option<Located> {
    if let (Some(x), Some(y)) = (geometry.get("x"), geometry.get("y")) {
        let nothing = x.is_blank() && y.is_blank();
        let pair = Node::List(vec![x.clone(), y.clone()]);
        return (!nothing).then(|| Located::read_pair(&pair, true));
    }
    let shapes = [("points", "MultiPoint"), ("paths", "MultiLineString"), ("rings", "Polygon")];
    shapes.iter().find_map(|(key, kind)| {
        let coordinates = geometry.get(key)?.clone();
        Some(Located::read(&Node::Object(vec![
            ("type".into(), Node::Text((*kind).into())),
            ("coordinates".into(), coordinates),
        ])))
    })
}
