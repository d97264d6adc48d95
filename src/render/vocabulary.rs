//! The words that occur in the data.

use crate::domain::{Attribute, AttributeGroup};
use crate::json::{Json, List, object};
use crate::snapshot::{Snapshot, VOCABULARY_FIELDS};

use super::{add_snapshot, answer};

/// A name and how many ATMs have it.
struct Counted<'s> {
    name: &'s str,
    atms: u32,
}

impl Json for Counted<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("name", self.name);
            members.add("atms", self.atms);
        });
    }
}

/// An attribute and how many ATMs state what of it.
struct CountedTri {
    code: &'static str,
    counts: [u32; 3],
}

impl Json for CountedTri {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("code", self.code);
            for (name, count) in ["yes", "no", "unknown"].into_iter().zip(self.counts) {
                members.add(name, count);
            }
        });
    }
}

/// The words that occur in the data, with how many ATMs each has.
#[must_use]
pub fn vocabulary(snapshot: &Snapshot) -> Vec<u8> {
    answer(0, |members| {
        members.add("atms", snapshot.len());
        members.add("sites", snapshot.site_count());
        for (key, field) in VOCABULARY_FIELDS {
            let names = snapshot.vocabulary(field).iter();
            members.add(key, List(names.map(|(name, atms)| Counted { name, atms: *atms })));
        }
        for (key, counts) in snapshot.code_counts() {
            members.add(key, List(counts.iter().map(|&(name, atms)| Counted { name, atms })));
        }
        for (key, group) in [
            ("services", AttributeGroup::Service),
            ("accessibility", AttributeGroup::Accessibility),
            ("features", AttributeGroup::Feature),
        ] {
            let codes = Attribute::ALL.iter().filter(|attribute| attribute.group() == group);
            let counted = codes.map(|&attribute| {
                let counts = snapshot.attribute_counts(attribute);
                CountedTri { code: attribute.code(), counts }
            });
            members.add(key, List(counted));
        }
        add_snapshot(members, snapshot);
    })
}
