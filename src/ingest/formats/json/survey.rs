//! Where in a document the list of records is, found by looking at all of it once.

use crate::domain::name_key;
use crate::ingest::crs::Declared;
use crate::ingest::formats::geojson::declared_crs;

use super::node::Node;
use super::scan::{Scanner, Stop};

/// Deepest object that is searched for lists.
const DEPTH_MAX: usize = 5;

/// Most lists that are told apart; a file that has more is keyed by something else than names.
const LISTS_MAX: usize = 64;

/// Keys of a list of ATMs.
const ATM_LISTS: &[&str] = &[
    "atm",
    "atms",
    "atmlist",
    "atmslist",
    "cajeros",
    "cajerosautomaticos",
    "geldautomaten",
    "automaten",
    "distributeurs",
    "dab",
    "gab",
    "bancomat",
    "bankomaty",
    "банкоматы",
    "caixaseletronicos",
    "geldautomaat",
    "atmlocations",
    "cashpoints",
];

/// Keys of lists that describe a document and are not what it lists.
const NO_LISTS: &[&str] = &[
    "columns",
    "cols",
    "fields",
    "headers",
    "links",
    "errors",
    "warnings",
    "messages",
    "facets",
    "facetgroups",
    "aggregations",
    "filters",
    "sort",
    "fieldaliases",
    "tags",
];

/// A step from an object into one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The member with this key.
    Key(String),
    /// The JSON a string holds.
    Embedded,
}

/// How the rows of a list stand in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As items of an array.
    Array,
    /// As members of an object, their keys the ids.
    Map,
}

/// A list of records and how to come to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) path: Vec<Step>,
    pub(crate) shape: Shape,
    objects: u64,
    rows_of_cells: u64,
    others: u64,
}

/// What a document holds.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    lists: Vec<List>,
    /// Names of the cells of rows that are arrays.
    pub(crate) columns: Vec<Column>,
    /// The reference system it declares.
    pub(crate) crs: Option<Declared>,
}

/// A column of rows that are arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Names of the items of a cell that is a list itself.
    pub(crate) parts: Vec<String>,
    /// Whether the publisher's software keeps it for itself.
    pub(crate) is_bookkeeping: bool,
}

impl Survey {
    /// Looks at the document that follows.
    ///
    /// # Errors
    ///
    /// [`FormatError::Syntax`] where it is not well-formed.
    pub(crate) fn of(scanner: &mut Scanner<'_>) -> Result<Self, Stop> {
        let mut survey = Self::default();
        survey.look(scanner, &mut Vec::new())?;
        Ok(survey)
    }

    /// The list of records: one that is named like ATMs, else the longest; a map of objects only
    /// where there is no list.
    pub(crate) fn list(&self) -> Option<&List> {
        let rank = |list: &&List| {
            let key = list.path.iter().rev().find_map(|step| match step {
                Step::Key(key) => Some(name_key(key)),
                Step::Embedded => None,
            });
            let named = |names: &[&str]| key.as_deref().is_some_and(|key| names.contains(&key));
            let cells = if self.columns.is_empty() { 0 } else { list.rows_of_cells };
            let rows = list.objects + cells;
            if named(NO_LISTS) || (rows == 0 && list.others + list.rows_of_cells > 0) {
                return None;
            }
            Some((list.shape == Shape::Array, named(ATM_LISTS), rows))
        };
        // Of equals the first: `max_by_key` would take the last.
        self.lists.iter().rev().filter(|list| rank(list).is_some()).max_by_key(rank)
    }

    fn look(&mut self, scanner: &mut Scanner<'_>, path: &mut Vec<Step>) -> Result<(), Stop> {
        match scanner.peek()? {
            Some(b'[') => self.look_at_array(scanner, path),
            Some(b'{') if path.len() < DEPTH_MAX => self.look_at_object(scanner, path),
            Some(b'"') if !path.contains(&Step::Embedded) && path.len() < DEPTH_MAX => {
                self.look_at_string(scanner, path)
            }
            _ => Ok(scanner.skip()?),
        }
    }

    fn look_at_array(&mut self, scanner: &mut Scanner<'_>, path: &[Step]) -> Result<(), Stop> {
        let mut list = List {
            path: path.to_vec(),
            shape: Shape::Array,
            objects: 0,
            rows_of_cells: 0,
            others: 0,
        };
        let names_columns = matches!(path.last(), Some(Step::Key(key))
            if ["columns", "fields", "cols", "headers"].contains(&name_key(key).as_str()));
        if names_columns {
            let columns = scanner.value(|node| node.items().iter().filter_map(column).collect())?;
            self.columns = columns.unwrap_or_default();
            return Ok(());
        }
        let mut text = Vec::new();
        scanner.each_item(|scanner| {
            match scanner.peek()? {
                Some(b'{') => list.objects += 1,
                Some(b'[') => list.rows_of_cells += 1,
                _ => list.others += 1,
            }
            scanner.capture(&mut text)?;
            Ok(())
        })?;
        self.add(list);
        Ok(())
    }

    fn look_at_object(
        &mut self,
        scanner: &mut Scanner<'_>,
        path: &mut Vec<Step>,
    ) -> Result<(), Stop> {
        let (mut objects, mut others) = (0, 0);
        scanner.each_member(|scanner, key| {
            match scanner.peek()? {
                Some(b'{') => objects += 1,
                _ => others += 1,
            }
            match key {
                "crs" => self.crs = scanner.value(declared_crs)?,
                "spatialReference" => self.crs = scanner.value(esri_reference)?,
                _ => {
                    path.push(Step::Key(key.to_owned()));
                    self.look(scanner, path)?;
                    path.pop();
                }
            }
            Ok(())
        })?;
        if objects > 1 && others == 0 {
            let shape = Shape::Map;
            self.add(List { path: path.clone(), shape, objects, rows_of_cells: 0, others });
        }
        Ok(())
    }

    /// Looks whether a string holds JSON, as some services answer; a string that only begins like
    /// it is left alone.
    fn look_at_string(
        &mut self,
        scanner: &mut Scanner<'_>,
        path: &mut Vec<Step>,
    ) -> Result<(), Stop> {
        let known = self.lists.len();
        let mut inner = scanner.embedded()?;
        if matches!(inner.peek()?, Some(b'[' | b'{')) {
            path.push(Step::Embedded);
            let found = self.look(&mut inner, path).and_then(|()| Ok(inner.end()?));
            path.pop();
            if found.is_err() {
                self.lists.truncate(known);
            }
        }
        Ok(inner.drain()?)
    }

    fn add(&mut self, list: List) {
        if self.lists.len() < LISTS_MAX {
            self.lists.push(list);
        }
    }
}

/// The reference system of ESRI's JSON: `{"wkid": 102100, "latestWkid": 3857}`.
pub(crate) fn esri_reference(reference: &Node<'_>) -> Declared {
    let code = |key: &str| u32::try_from(reference.get(key)?.as_u64()?).ok();
    match code("latestWkid").or_else(|| code("wkid")) {
        Some(code) => Declared::by_code(code),
        None if reference.is_blank() => Declared::Degrees,
        None => Declared::Unsupported(reference.to_string()),
    }
}

/// A column by its name, or by the object that describes it (Socrata, CKAN).
fn column(node: &Node<'_>) -> Option<Column> {
    let name = node.scalar().or_else(|| {
        ["name", "id", "title", "label", "field"].iter().find_map(|key| node.get(key)?.scalar())
    })?;
    let parts = node.get("subColumnTypes").map(Node::items).unwrap_or_default();
    Some(Column {
        name: name.into_owned(),
        parts: parts.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        is_bookkeeping: node.get("dataTypeName").and_then(Node::as_str) == Some("meta_data"),
    })
}

/// Goes to the list at `path` and hands it to `read`, passing over everything else.
///
/// # Errors
///
/// [`FormatError::Syntax`] where the document is not well-formed; what `read` returns.
pub(crate) fn descend(
    scanner: &mut Scanner<'_>,
    path: &[Step],
    read: &mut dyn FnMut(&mut Scanner<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    match path {
        [] => read(scanner),
        [Step::Embedded, rest @ ..] => {
            let mut inner = scanner.embedded()?;
            descend(&mut inner, rest, read)?;
            Ok(inner.end()?)
        }
        [Step::Key(wanted), rest @ ..] => scanner.each_member(|scanner, key| {
            if key == wanted { descend(scanner, rest, read) } else { Ok(scanner.skip()?) }
        }),
    }
}
