//! The words that occur in the data.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::domain::{Attribute, AttributeGroup};
use crate::snapshot::{Snapshot, VOCABULARY_FIELDS};

use super::{List, snapshot_json, to_bytes};

/// A name and how many ATMs have it.
#[derive(Serialize)]
struct Counted<'s> {
    name: &'s str,
    atms: u32,
}

/// An attribute and how many ATMs state what of it.
#[derive(Serialize)]
struct CountedTri {
    code: &'static str,
    yes: u32,
    no: u32,
    unknown: u32,
}

struct Body<'s>(&'s Snapshot);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("atms", &snapshot.len())?;
        map.serialize_entry("sites", &snapshot.site_count())?;
        for (key, field) in VOCABULARY_FIELDS {
            let names = snapshot.vocabulary(field).iter();
            let counted = names.map(|(name, atms)| Counted { name, atms: *atms });
            map.serialize_entry(key, &List(counted))?;
        }
        for (key, counts) in snapshot.code_counts() {
            let counted = counts.iter().map(|&(name, atms)| Counted { name, atms });
            map.serialize_entry(key, &List(counted))?;
        }
        for (key, group) in [
            ("services", AttributeGroup::Service),
            ("accessibility", AttributeGroup::Accessibility),
            ("features", AttributeGroup::Feature),
        ] {
            let codes = Attribute::ALL.iter().filter(|attribute| attribute.group() == group);
            let counted = codes.map(|&attribute| {
                let [yes, no, unknown] = snapshot.attribute_counts(attribute);
                CountedTri { code: attribute.code(), yes, no, unknown }
            });
            map.serialize_entry(key, &List(counted))?;
        }
        map.serialize_entry("snapshot", &snapshot_json(snapshot))?;
        map.end()
    }
}

/// The words that occur in the data, with how many ATMs each has.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn vocabulary(snapshot: &Snapshot) -> serde_json::Result<Vec<u8>> {
    to_bytes(&Body(snapshot))
}
