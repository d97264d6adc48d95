//! Members of a known standard, by a table of paths.

use hashbrown::HashSet;

use crate::domain::WarningKind;
use crate::ingest::RawRecord;

use super::node::Node;

/// A table of the members a standard has: the path to each and what it means.
pub(crate) type Table<M> = &'static [(&'static [&'static str], M)];

/// What was found of a record by a table.
pub(crate) struct Found<'n, 't, M> {
    /// Members of the table that state something, in the order of the text.
    pub(crate) known: Vec<(M, String, &'n Node<'t>)>,
    /// Members beyond the table that state something, by their dotted paths.
    pub(crate) others: Vec<(String, &'n Node<'t>)>,
}

/// Takes the object `node` apart by `table`. A member of the table is taken whole, an object
/// beyond it by its members. A repeated key counts once and is warned of.
pub(crate) fn take_apart<'n, 't, M: Copy>(
    node: &'n Node<'t>,
    table: Table<M>,
    record: &mut RawRecord,
) -> Found<'n, 't, M> {
    let mut found = Found { known: Vec::new(), others: Vec::new() };
    visit(node, table, &mut Vec::new(), record, &mut found);
    found
}

fn visit<'n, 't, M: Copy>(
    node: &'n Node<'t>,
    table: Table<M>,
    path: &mut Vec<&'n str>,
    record: &mut RawRecord,
    found: &mut Found<'n, 't, M>,
) {
    let mut seen = HashSet::new();
    for (key, value) in node.members().into_iter().flatten() {
        if value.is_blank() {
            continue;
        }
        path.push(key);
        let name = || path.join(".");
        if !seen.insert(&**key) {
            record.warnings.push((WarningKind::RepeatedField, format!("{} = {value}", name())));
        } else if let Some((_, meaning)) = table.iter().find(|(known, _)| *known == path.as_slice())
        {
            found.known.push((*meaning, name(), value));
        } else if value.members().is_some() {
            visit(value, table, path, record, found);
        } else {
            found.others.push((name(), value));
        }
        path.pop();
    }
}
