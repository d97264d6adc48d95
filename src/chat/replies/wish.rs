//! What is wanted, in words.

use jiff::Timestamp;

use crate::domain::{Attribute, AttributeGroup, Condition, LocationType, Metres, Name, OpenAt};
use crate::snapshot::Zone;

use super::Voice;

/// The message that names an attribute; `None` of those that are asked by none of the three.
fn attribute_id(attribute: Attribute) -> Option<String> {
    let group = match attribute.group() {
        AttributeGroup::Service => "service",
        AttributeGroup::Accessibility => "accessibility",
        AttributeGroup::Feature => "feature",
        AttributeGroup::Other => return None,
    };
    Some(format!("{group}-{}", attribute.code()))
}

/// The ids of all messages named after codes.
#[cfg(test)]
pub(super) fn every_code() -> impl Iterator<Item = String> {
    let attributes = Attribute::ALL.iter().filter_map(|&attribute| attribute_id(attribute));
    let kinds = LocationType::STATED.iter().map(|kind| format!("location_type-{}", kind.code()));
    attributes.chain(kinds)
}

impl Voice<'_> {
    /// What an attribute is called; `None` of those that are asked by no parameter of their own.
    pub(in crate::chat) fn attribute(&self, attribute: Attribute) -> Option<String> {
        attribute_id(attribute).map(|id| self.say(&id))
    }

    /// A condition in words, its times by the clocks of `zone`.
    pub(in crate::chat) fn condition(
        &self,
        condition: &Condition,
        zone: Zone,
        now: Timestamp,
    ) -> String {
        let not = |what: String| self.tell("wish-not", &[("what", what.into())]);
        let names = |names: &[Name]| {
            names.iter().map(|name| name.written.as_str()).collect::<Vec<_>>().join(", ")
        };
        let kinds = |kinds: &[LocationType]| {
            let said = kinds.iter().map(|kind| self.say(&format!("location_type-{}", kind.code())));
            said.collect::<Vec<_>>().join(", ")
        };
        match condition {
            Condition::Has(attribute) => self.attribute(*attribute).unwrap_or_default(),
            Condition::Lacks(attribute) => not(self.attribute(*attribute).unwrap_or_default()),
            Condition::Named(_, written) => names(written),
            Condition::NotNamed(_, written) => not(names(written)),
            Condition::At(at) => kinds(at),
            Condition::NotAt(at) => not(kinds(at)),
            Condition::Free => self.say("fee-free"),
            Condition::Open(OpenAt::Now) => self.say("wish-open-now"),
            Condition::Open(OpenAt::Always) => self.say("wish-open-always"),
            Condition::Open(OpenAt::At(at)) => {
                let time = self.at(zone.local(*at), now);
                self.tell("wish-open-at", &[("time", time.into())])
            }
        }
    }

    /// A greatest distance in words.
    pub(in crate::chat) fn within(&self, distance: Metres) -> String {
        self.tell("within", &[("distance", self.length(distance).into())])
    }
}
