//! What a check compares with: a saved snapshot, or another state of the source.

use std::io::{self, Write};
use std::path::Path;

use crate::archive;
use crate::config::{Config, SourceConfig};
use crate::ingest::transports::Location;
use crate::service::reload::{Difference, Differing};
use crate::snapshot::{Purpose, Snapshot};

use super::Failure;
use super::table::grouped;

/// How the name of a saved snapshot's file ends.
const SAVED_ENDING: &str = "atms";

/// Examples of each kind of difference shown to people; the JSON has more.
const EXAMPLES_SHOWN: usize = 3;

/// Reads what to compare with. Ids begin with the name of their source: where one list is compared
/// with one list, both are read under one name.
pub(super) fn baseline(against: &str, config: &mut Config) -> Result<Snapshot, Failure> {
    if Path::new(against).extension().is_some_and(|ending| ending == SAVED_ENDING) {
        let loaded = archive::load(Path::new(against), Purpose::Inspection);
        let (snapshot, _meta) =
            loaded.map_err(|error| Failure::Unreadable(format!("{against}: it {error}")))?;
        let mut names = snapshot.counts_by_configured_source().into_keys();
        if let ([source], Some(only), None) =
            (config.sources.as_mut_slice(), names.next(), names.next())
        {
            source.name.get_or_insert(only);
        }
        return Ok(snapshot);
    }
    let [source] = config.sources.as_mut_slice() else {
        let wanted = "--against takes the file of a saved snapshot (.atms) unless exactly one \
                      SOURCE is checked";
        return Err(Failure::Usage(wanted.to_owned()));
    };
    let name = source.name.clone().unwrap_or_else(|| source.location.stem());
    source.name = Some(name);
    let before = SourceConfig { location: Location::new(against), ..source.clone() };
    let config = Config { sources: vec![before], ..config.clone() };
    super::assemble(&config, Purpose::Inspection, &mut |_row| {})
}

/// Tells how two states differ.
pub(super) fn write_difference(out: &mut impl Write, difference: &Difference) -> io::Result<()> {
    let Difference { added, removed, moved, changed, unchanged, fields, sources: _ } = difference;
    writeln!(
        out,
        "against it: {} added, {} removed, {} moved, {} changed, {} as before",
        grouped(added.count),
        grouped(removed.count),
        grouped(moved.count),
        grouped(changed.count),
        grouped(*unchanged)
    )?;
    let kinds: [(&str, &Differing); 4] =
        [("added", added), ("removed", removed), ("moved", moved), ("changed", changed)];
    for (kind, differing) in kinds {
        for example in differing.examples.iter().take(EXAMPLES_SHOWN) {
            write!(out, "  {kind:<8} {}", example.id)?;
            if let Some(moved_m) = example.moved_m {
                write!(out, " by {moved_m} m")?;
            }
            let names: Vec<&str> = example.fields.iter().map(|field| field.field).collect();
            if !names.is_empty() {
                write!(out, ": {}", names.join(", "))?;
            }
            writeln!(out)?;
        }
    }
    if !fields.is_empty() {
        let counts: Vec<String> =
            fields.iter().map(|(field, count)| format!("{field} {}", grouped(*count))).collect();
        writeln!(out, "  fields changed: {}", counts.join(", "))?;
    }
    Ok(())
}
