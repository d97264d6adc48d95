//! Nested members to a list of values, each with the path of keys that leads to it.

use std::collections::HashMap;

use hashbrown::HashSet;

use crate::domain::{Field, TextField, WarningKind, name_key};
use crate::ingest::RawRecord;
use crate::ingest::columns::{Columns, Role};

use super::geometry::{self, Located};
use super::node::Node;
use super::records::as_pairs;
use super::week;

/// Most values of one record that are looked at for what they hold; the others stay in `extra`.
/// The richest real record has 60.
const LEAVES_MAX: usize = 2000;

/// Most paths remembered for what they hold as a whole.
const CONTAINERS_MAX: usize = 4096;

/// Keys under which a bare pair of numbers has a known order, and whether longitude is first.
const PAIRS: &[(&str, bool)] = &[
    ("coordinates", true),
    ("lonlat", true),
    ("lnglat", true),
    ("longlat", true),
    ("lonlatitude", true),
    ("latlon", false),
    ("latlng", false),
    ("latlong", false),
    ("geopoint2d", false),
];

/// One value of a record and the keys that lead to it.
pub(super) struct Leaf<'n, 't> {
    pub(super) path: Vec<&'n str>,
    pub(super) value: Value<'n, 't>,
}

pub(super) enum Value<'n, 't> {
    /// A scalar, or a list.
    Plain(&'n Node<'t>),
    /// A position that needs no name to be known.
    Located(Located, &'n Node<'t>),
    /// Hours that could be read, if any are stated.
    Hours(Option<String>),
    /// Hours that could not be read.
    UnreadableHours(&'n Node<'t>),
    /// For `extra`, whatever its name.
    Aside(&'n Node<'t>),
}

/// Flattens the records of one file.
#[derive(Default)]
pub(super) struct Flattener {
    containers: HashMap<String, Option<Role>>,
}

impl Flattener {
    /// The values of `members` and of all members within, in the order of the text. Positions and
    /// hours are kept together; of keys that are repeated the first counts, which `record` is
    /// warned of.
    pub(super) fn leaves<'n, 't: 'n>(
        &mut self,
        columns: &Columns,
        members: &[(&'n str, &'n Node<'t>)],
        record: &mut RawRecord,
    ) -> Vec<Leaf<'n, 't>> {
        let mut leaves = Vec::with_capacity(members.len());
        self.object(columns, &mut Vec::new(), members, record, &mut leaves);
        leaves
    }

    fn object<'n, 't: 'n>(
        &mut self,
        columns: &Columns,
        path: &mut Vec<&'n str>,
        members: &[(&'n str, &'n Node<'t>)],
        record: &mut RawRecord,
        leaves: &mut Vec<Leaf<'n, 't>>,
    ) {
        let mut seen = HashSet::with_capacity(members.len());
        for &(key, node) in members {
            path.push(key);
            if seen.insert(key) {
                self.value(columns, path, node, record, leaves);
            } else if !node.is_blank() {
                let detail = format!("{} = {node}", path.join("."));
                record.warnings.push((WarningKind::RepeatedField, detail));
            }
            path.pop();
        }
    }

    fn value<'n, 't: 'n>(
        &mut self,
        columns: &Columns,
        path: &mut Vec<&'n str>,
        node: &'n Node<'t>,
        record: &mut RawRecord,
        leaves: &mut Vec<Leaf<'n, 't>>,
    ) {
        let leaf = |value| Leaf { path: path.clone(), value };
        if leaves.len() >= LEAVES_MAX {
            leaves.push(leaf(Value::Aside(node)));
            return;
        }
        if node.is_scalar() {
            leaves.push(leaf(Value::Plain(node)));
            return;
        }
        if node.is_blank() {
            return;
        }
        if geometry::is_geometry(node) {
            leaves.push(leaf(Value::Located(Located::read(node), node)));
            return;
        }
        let hours_expected = self.container_role(columns, path)
            == Some(Role::Field(Field::Text(TextField::OpeningHours)));
        match node {
            Node::Object(members) if hours_expected || week::is_week(members) => {
                match if hours_expected { week::read(node) } else { week::of_members(members) } {
                    Some(read) => {
                        leaves.push(leaf(Value::Hours(read.text)));
                        self.object(columns, path, &read.left, record, leaves);
                    }
                    None => leaves.push(leaf(Value::UnreadableHours(node))),
                }
            }
            Node::Object(members) => {
                let members: Vec<(&str, &Node<'t>)> = as_pairs(members).collect();
                self.object(columns, path, &members, record, leaves);
            }
            Node::List(items) => {
                let pair = path.last().and_then(|key| {
                    let key = name_key(key);
                    PAIRS.iter().find(|(name, _)| *name == key)
                });
                let numbers = (2..=3).contains(&items.len()) && items.iter().all(Node::is_scalar);
                let value = match pair {
                    Some((_, longitude_first)) if numbers => {
                        Value::Located(Located::read_pair(node, *longitude_first), node)
                    }
                    _ if hours_expected => match week::read(node) {
                        Some(read) => Value::Hours(read.text),
                        None => Value::UnreadableHours(node),
                    },
                    _ => Value::Plain(node),
                };
                leaves.push(leaf(value));
            }
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {}
        }
    }

    /// What an object or a list holds as a whole.
    fn container_role(&mut self, columns: &Columns, path: &[&str]) -> Option<Role> {
        let name = path.join("\u{1f}");
        if let Some(role) = self.containers.get(&name) {
            return *role;
        }
        if self.containers.len() >= CONTAINERS_MAX {
            self.containers.clear();
        }
        let role = columns.role(path);
        self.containers.insert(name, role);
        role
    }
}
