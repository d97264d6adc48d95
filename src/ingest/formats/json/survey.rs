//! Where in a document the list of records is, found by looking at all of it once.

use hashbrown::HashSet;

use crate::domain::name_key;
use crate::ingest::crs::Declared;
use crate::ingest::formats::geojson::declared_crs;

use super::node::Node;
use super::scan::{Scanner, Stop};

/// Deepest object that is searched for lists.
const DEPTH_MAX: usize = 5;

/// Most lists that are told apart; a file that has more is keyed by something else than names.
const LISTS_MAX: usize = 64;

/// Most keys of one object that are compared with those of another.
const KEYS_MAX: usize = 256;

/// Keys of a list of ATMs.
#[rustfmt::skip]
const ATM_LISTS: &[&str] = &[
    "atm", "atms", "atmlist", "atmslist", "cajeros", "cajerosautomaticos", "geldautomaten",
    "automaten", "distributeurs", "dab", "gab", "bancomat", "bankomaty", "банкоматы",
    "caixaseletronicos", "geldautomaat", "atmlocations", "cashpoints",
];

/// Keys of lists that describe a document and are not what it lists.
#[rustfmt::skip]
const NO_LISTS: &[&str] = &[
    "columns", "cols", "fields", "headers", "links", "errors", "warnings", "messages", "facets",
    "facetgroups", "aggregations", "filters", "sort", "fieldaliases", "tags",
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
    /// As items of several arrays that are the members of an object, by region or bank.
    Groups,
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

impl List {
    fn new(path: &[Step], shape: Shape) -> Self {
        Self { path: path.to_vec(), shape, objects: 0, rows_of_cells: 0, others: 0 }
    }

    /// Its keys, separated by dots.
    pub(crate) fn name(&self) -> String {
        let keys: Vec<&str> = self.path.iter().filter_map(Step::key).collect();
        keys.join(".")
    }

    fn is_called(&self, names: &[&str]) -> bool {
        let last = self.path.iter().rev().find_map(Step::key).map(name_key);
        last.is_some_and(|key| names.contains(&key.as_str()))
    }

    fn lies_in(&self, other: &Self) -> bool {
        self.path.len() > other.path.len() && self.path.starts_with(&other.path)
    }
}

impl Step {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Embedded => None,
        }
    }
}

/// What a document holds.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    lists: Vec<List>,
    /// The keys of the object that was looked at last.
    last_keys: HashSet<String>,
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
    /// [`Stop::Failed`] where it is not well-formed.
    pub(crate) fn of(scanner: &mut Scanner<'_>) -> Result<Self, Stop> {
        let mut survey = Self::default();
        survey.look(scanner, &mut Vec::new())?;
        Ok(survey)
    }

    /// The list of records: one that is named like ATMs, else the longest; a map of records only
    /// where there is no list beside it.
    pub(crate) fn list(&self) -> Option<&List> {
        // Of equals the first: `max_by_key` would take the last.
        let candidates = self.lists.iter().rev().filter(|list| self.is_candidate(list));
        candidates.max_by_key(|list| {
            (list.shape != Shape::Map, list.is_called(ATM_LISTS), self.rows(list))
        })
    }

    /// The lists of objects beside `chosen`, which are not read.
    pub(crate) fn other_lists(&self, chosen: &List) -> impl Iterator<Item = &List> {
        self.lists.iter().filter(move |list| {
            list.shape == Shape::Array
                && self.rows(list) > 0
                && *list != chosen
                && !list.lies_in(chosen)
        })
    }

    fn rows(&self, list: &List) -> u64 {
        list.objects + if self.columns.is_empty() { 0 } else { list.rows_of_cells }
    }

    fn is_candidate(&self, list: &List) -> bool {
        let is_empty = list.objects + list.rows_of_cells + list.others == 0;
        let is_of_a_record =
            || self.lists.iter().any(|map| map.shape == Shape::Map && list.lies_in(map));
        !list.is_called(NO_LISTS)
            && (is_empty || self.rows(list) > 0)
            && (list.is_called(ATM_LISTS) || !is_of_a_record())
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
        let mut list = List::new(path, Shape::Array);
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
        let mut members = Members::default();
        scanner.each_member(|scanner, key| {
            let first = scanner.peek()?;
            match key {
                "crs" => self.crs = scanner.value(declared_crs)?,
                "spatialReference" => self.crs = scanner.value(esri_reference)?,
                _ => {
                    let known = self.lists.len();
                    self.last_keys.clear();
                    path.push(Step::Key(key.to_owned()));
                    self.look(scanner, path)?;
                    path.pop();
                    let list = self.lists.get(known).filter(|list| list.path.len() > path.len());
                    members.add(first, &mut self.last_keys, list);
                }
            }
            if members.keys.len() < KEYS_MAX {
                members.keys.insert(key.to_owned());
            }
            Ok(())
        })?;
        if members.objects > 1 && members.are_alike() {
            let objects = members.objects;
            self.add(List { objects, ..List::new(path, Shape::Map) });
        }
        if members.groups > 1 && members.groups == members.count {
            let objects = members.rows;
            self.add(List { objects, ..List::new(path, Shape::Groups) });
        }
        self.last_keys = members.keys;
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

    /// Adds a list that may be the one looked for; of too many the shortest is forgotten.
    fn add(&mut self, list: List) {
        if list.others > 0 && list.objects + list.rows_of_cells == 0 {
            return;
        }
        self.lists.push(list);
        if self.lists.len() > LISTS_MAX
            && let Some((shortest, _)) =
                self.lists.iter().enumerate().min_by_key(|(_, list)| self.rows(list))
        {
            self.lists.remove(shortest);
        }
    }
}

/// What the members of one object are.
#[derive(Default)]
struct Members {
    keys: HashSet<String>,
    count: u64,
    objects: u64,
    /// Objects that share half of their keys with the first.
    alike: u64,
    first_keys: HashSet<String>,
    /// Arrays of objects, and how many objects they hold.
    groups: u64,
    rows: u64,
}

impl Members {
    fn add(&mut self, first: Option<u8>, keys: &mut HashSet<String>, list: Option<&List>) {
        self.count += 1;
        match (first, list) {
            (Some(b'{'), _) => {
                self.objects += 1;
                if self.objects == 1 {
                    std::mem::swap(&mut self.first_keys, keys);
                    self.alike += 1;
                } else {
                    let shared = keys.intersection(&self.first_keys).count();
                    self.alike += u64::from(shared > 0 && 2 * shared >= keys.len());
                }
            }
            (Some(b'['), Some(list)) => {
                let is_group = list.objects > 0
                    && list.others + list.rows_of_cells == 0
                    && !list.is_called(ATM_LISTS)
                    && !list.is_called(NO_LISTS);
                self.groups += u64::from(is_group);
                self.rows += list.objects;
            }
            _ => {}
        }
    }

    fn are_alike(&self) -> bool {
        self.objects == self.count && self.alike == self.objects
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
/// [`Stop::Failed`] where the document is not well-formed; what `read` returns.
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
