//! The words that occur in the data.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::domain::{Attribute, AttributeGroup};
use crate::snapshot::{Snapshot, VOCABULARY_FIELDS};

use super::{snapshot_json, to_bytes};

/// The words that occur in the data, with how many ATMs each has.
///
/// # Errors
///
/// None in practice: writing to memory does not fail.
pub fn vocabulary(snapshot: &Snapshot) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Counted<'s> {
        name: &'s str,
        atms: u32,
    }
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
                let names: Vec<_> = snapshot
                    .vocabulary(field)
                    .iter()
                    .map(|(name, atms)| Counted { name, atms: *atms })
                    .collect();
                map.serialize_entry(key, &names)?;
            }
            for (key, counts) in snapshot.code_counts() {
                let names: Vec<_> =
                    counts.into_iter().map(|(name, atms)| Counted { name, atms }).collect();
                map.serialize_entry(key, &names)?;
            }
            for (key, group) in [
                ("services", AttributeGroup::Service),
                ("accessibility", AttributeGroup::Accessibility),
                ("features", AttributeGroup::Feature),
            ] {
                let counts: Vec<_> = Attribute::of_group(group)
                    .map(|attribute| {
                        let [yes, no, unknown] = snapshot.attribute_counts(attribute);
                        CountedTri { code: attribute.code(), yes, no, unknown }
                    })
                    .collect();
                map.serialize_entry(key, &counts)?;
            }
            map.serialize_entry("snapshot", &snapshot_json(snapshot))?;
            map.end()
        }
    }
    to_bytes(&Body(snapshot))
}
