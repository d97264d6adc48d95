//! A place where ATMs stand, in words: what is known, and what is not.

use crate::chat::meaning::{Moment, When};
use crate::chat::turn::Card;
use crate::domain::{
    Access, Atm, Attribute, AttributeGroup, Certainty, Condition, Fee, HoursOf, Metres, Row,
    StatusReport, TextField, Tri, rounded_bearing_deg,
};
use crate::domain::{LIST_SEPARATOR, Position};
use crate::publication::View;
use crate::snapshot::Zone;

use super::Voice;

/// Countries that write the number of a house before its street.
const NUMBER_FIRST: [&str; 8] = ["GB", "US", "IE", "CA", "AU", "NZ", "FR", "ZA"];

/// A machine as it is shown to a person somewhere.
pub(in crate::chat) struct Shown<'v> {
    voice: Voice<'v>,
    view: View<'v>,
    row: Row,
    /// As it is right now.
    atm: Atm<'v>,
    status: Option<&'v StatusReport>,
    /// From where, and how far from there.
    origin: Position,
    distance: Metres,
}

impl<'v> Shown<'v> {
    /// A machine as seen from an origin.
    pub(in crate::chat) fn new(
        voice: Voice<'v>,
        view: View<'v>,
        row: Row,
        origin: Position,
        distance: Metres,
    ) -> Self {
        let status = view.status(row).filter(|report| report.is_shown(view.now));
        Self { voice, view, row, atm: view.atm(row), status, origin, distance }
    }

    /// Who runs it, or what it is called.
    pub(in crate::chat) fn title(&self) -> String {
        let name = self.atm.text(TextField::Name);
        let title = self.atm.brand_or_operator().or(name);
        title.map_or_else(|| self.voice.say("nameless"), str::to_owned)
    }

    /// The title with the street, which tells one bank's machines apart.
    pub(in crate::chat) fn name(&self) -> String {
        match self.street().or_else(|| self.atm.text(TextField::Name).map(str::to_owned)) {
            Some(street) if street != self.title() => format!("{}, {street}", self.title()),
            _ => self.title(),
        }
    }

    /// How far it is and in which direction.
    pub(in crate::chat) fn way(&self) -> String {
        let bearing_deg = rounded_bearing_deg(self.origin, self.atm.position);
        self.voice.way(self.distance, bearing_deg)
    }

    /// Whether it is open, until when or when it opens.
    pub(in crate::chat) fn openness(&self) -> String {
        let openness = self.view.snapshot.openness(self.row, self.view.now);
        let always_open = self.atm.attributes.get(Attribute::AlwaysOpen);
        self.voice.openness(&openness, always_open, self.view.now)
    }

    /// Whether it is open at a time that was asked about: yes, no, or not known.
    pub(in crate::chat) fn openness_at(&self, when: When) -> String {
        let zone = Zone::at(self.view.snapshot.position(self.row));
        let at = match when.resolve(self.view.now, zone) {
            Moment::At(at) => at,
            Moment::Always => {
                return match self.atm.attributes.get(Attribute::AlwaysOpen) {
                    Tri::Yes => self.voice.say("open-always"),
                    Tri::No => self.voice.say("not-open-always"),
                    Tri::Unknown => self.voice.say("open-unknown"),
                };
            }
            Moment::Now => return self.openness(),
        };
        let id = match self.view.snapshot.openness(self.row, at.instant()).is_open {
            Tri::Yes => "open-then",
            Tri::No => "closed-then",
            Tri::Unknown => "open-then-unknown",
        };
        self.voice.tell(id, &[("time", self.voice.at(at, self.view.now).into())])
    }

    /// Whether it is known to work, and since when.
    pub(in crate::chat) fn status(&self) -> Option<String> {
        let report = self.status?;
        let id = match report.certainty() {
            Certainty::Working => "status-working",
            Certainty::OutOfCash => "status-no-cash",
            Certainty::OutOfService => "status-out",
            Certainty::Unknown => return None,
        };
        let age = self.voice.age(report.reported_at, self.view.now);
        Some(self.voice.tell(id, &[("age", age.into())]))
    }

    /// Distance and direction, whether it is open, whether it is known to work.
    pub(in crate::chat) fn summary(&self) -> String {
        let parts = [Some(self.way()), Some(self.openness()), self.status()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn street(&self) -> Option<String> {
        let street = self.atm.text(TextField::Street)?;
        let Some(number) = self.atm.text(TextField::HouseNumber) else {
            return Some(street.to_owned());
        };
        let country = self.view.snapshot.country(self.row).unwrap_or_default();
        if NUMBER_FIRST.contains(&country) {
            Some(format!("{number} {street}"))
        } else {
            Some(format!("{street} {number}"))
        }
    }

    /// Street and town, as far as they are stated.
    pub(in crate::chat) fn address(&self) -> Option<String> {
        let text = |field| self.atm.text(field).map(str::to_owned);
        let lines = || text(TextField::AddressLines).map(|t| t.replace(LIST_SEPARATOR, ", "));
        let town = [text(TextField::Postcode), text(TextField::City)];
        let town = town.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let parts = [self.street().or_else(lines), Some(town).filter(|town| !town.is_empty())];
        let address = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        (!address.is_empty()).then_some(address)
    }

    fn fact(&self, what: String, value: Tri) -> String {
        let id = match value {
            Tri::Yes => "fact-yes",
            Tri::No => "fact-no",
            Tri::Unknown => "fact-unknown",
        };
        self.voice.tell(id, &[("what", what.into())])
    }

    fn attribute(&self, attribute: Attribute) -> Option<String> {
        let what = self.voice.attribute(attribute)?;
        let is_limited = attribute == Attribute::Wheelchair
            && self.atm.attributes.get(Attribute::WheelchairLimited) == Tri::Yes;
        if is_limited {
            return Some(self.voice.tell("fact-limited", &[("what", what.into())]));
        }
        Some(self.fact(what, self.atm.attributes.get(attribute)))
    }

    fn fee(&self) -> String {
        match self.atm.fee {
            Fee::Free => self.voice.say("fact-fee-free"),
            Fee::SomeCustomers => self.voice.say("fact-fee-some"),
            Fee::Everyone => self.voice.say("fact-fee-everyone"),
            Fee::Unknown => self.fact(self.voice.say("fee-free"), Tri::Unknown),
        }
    }

    fn list(&self, id: &str, value: &'static str, field: TextField) -> Option<String> {
        let text = self.atm.text(field)?.replace(LIST_SEPARATOR, ", ");
        Some(self.voice.tell(id, &[(value, text.into())]))
    }

    fn source(&self) -> String {
        let source = self.view.snapshot.source(self.atm.source);
        let name = source.name.as_str();
        let Some(as_of) = &source.as_of else {
            return self.voice.tell("fact-source", &[("source", name.into())]);
        };
        let date = as_of.get(..10).unwrap_or(as_of);
        let values = [("source", name.into()), ("date", date.into())];
        self.voice.tell("fact-source-as-of", &values)
    }

    /// Who may not reach it; `None` where anyone may, or nothing is stated.
    fn access(&self) -> Option<String> {
        match self.atm.access {
            Access::Customers => Some(self.voice.say("access-customers")),
            Access::Private => Some(self.voice.say("access-private")),
            Access::Public | Access::Unknown => None,
        }
    }

    /// Whose hours are told, where they are not the machine's own.
    fn hours_of(&self) -> Option<String> {
        match self.view.snapshot.openness(self.row, self.view.now).hours_of {
            HoursOf::Machine => None,
            HoursOf::Host => Some(self.voice.say("hours-of-host")),
            HoursOf::Site => Some(self.voice.say("hours-of-site")),
        }
    }

    /// What is known of it, and what that was asked for is not, one fact a line.
    pub(in crate::chat) fn facts(&self, asked: &[Condition]) -> Vec<String> {
        let attributes = asked.iter().filter_map(|condition| match condition {
            Condition::Has(attribute) | Condition::Lacks(attribute) => Some(*attribute),
            Condition::Named(..)
            | Condition::NotNamed(..)
            | Condition::At(_)
            | Condition::NotAt(_)
            | Condition::Free
            | Condition::Open(_) => None,
        });
        let mut told: Vec<Attribute> = attributes.collect();
        if self.atm.attributes.get(Attribute::CashOut) == Tri::No {
            told.push(Attribute::CashOut);
        }
        told.push(Attribute::CashIn);
        let is_limited = self.atm.attributes.get(Attribute::WheelchairLimited) == Tri::Yes;
        if is_limited || self.atm.attributes.get(Attribute::Wheelchair) != Tri::Unknown {
            told.push(Attribute::Wheelchair);
        }
        let mut facts: Vec<String> = self.access().into_iter().collect();
        let mut seen: Vec<Attribute> = Vec::new();
        for attribute in told {
            if !seen.contains(&attribute) {
                seen.push(attribute);
                facts.extend(self.attribute(attribute));
            }
        }
        facts.push(self.fee());
        facts.extend(self.list("fact-networks", "networks", TextField::Networks));
        facts.extend(self.hours_of());
        facts.push(self.source());
        facts
    }

    /// The opening hours as they are stated, and whose they are where they are not its own.
    pub(in crate::chat) fn hours(&self) -> Vec<String> {
        let stated = self.list("hours-stated", "hours", TextField::OpeningHours);
        stated.into_iter().chain(self.hours_of()).collect()
    }

    /// Everything that is stated of it, one fact a line, and of what people ask most that it is not.
    pub(in crate::chat) fn details(&self) -> Vec<String> {
        let mut facts: Vec<String> = self.access().into_iter().collect();
        let address = self.address();
        facts.extend(address.map(|it| self.voice.tell("fact-address", &[("address", it.into())])));
        facts.extend(self.hours());
        let asked_most = [Attribute::CashOut, Attribute::CashIn, Attribute::Wheelchair];
        let is_stated = |attribute: &Attribute| self.atm.attributes.get(*attribute) != Tri::Unknown;
        let attributes = Attribute::ALL.iter().copied().filter(|attribute| {
            attribute.group() != AttributeGroup::Other
                && (is_stated(attribute) || asked_most.contains(attribute))
        });
        facts.extend(attributes.filter_map(|attribute| self.attribute(attribute)));
        facts.push(self.fee());
        facts.extend(self.list("fact-charges", "charges", TextField::Charges));
        facts.extend(self.list("fact-networks", "networks", TextField::Networks));
        facts.extend(self.list("fact-currencies", "currencies", TextField::Currencies));
        facts.push(self.source());
        facts
    }

    /// The card of the machine, number `number` of the list, of `machines` at its place.
    pub(in crate::chat) fn card(
        &self,
        number: usize,
        machines: usize,
        asked: &[Condition],
        directions_url: String,
    ) -> Card {
        let mut facts = self.facts(asked);
        if machines > 1 {
            facts.insert(0, self.voice.tell("fact-machines", &[("count", machines.into())]));
        }
        Card {
            atm_id: self.atm.id.clone().into_owned(),
            title: self.title(),
            subtitle: self.summary(),
            address: self.address(),
            facts,
            distance_m: (self.distance.get() * 10.0).round() / 10.0,
            position: self.atm.position.into(),
            directions_url,
            number,
        }
    }
}
