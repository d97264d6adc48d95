//! What is asked: an origin, a filter, how many.

use super::answer::Row;
use super::area::{Area, Corridor};
use super::atm::{Atm, TextField};
use super::attribute::{Attribute, Fee, LocationType, Tri};
use super::distance::Metres;
use super::openness::OpenAt;
use super::position::Position;
use super::text::name_key;

/// Most neighbours one answer holds.
pub const LIMIT_MAX: usize = 100;

/// Neighbours an answer holds when the question does not say.
pub const LIMIT_DEFAULT: usize = 10;

/// What counts as one neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Group {
    /// A place with all its machines.
    #[default]
    Site,
    /// A single machine.
    Atm,
}

/// What to do with ATMs of which the data does not say whether they match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnknownPolicy {
    /// Leave them out.
    #[default]
    Exclude,
    /// Take them beside those that match.
    Include,
    /// Take only them.
    Only,
}

impl UnknownPolicy {
    /// Whether an ATM for which the filter holds `verdict` is in the answer.
    #[must_use]
    pub fn admits(self, verdict: Tri) -> bool {
        matches!(
            (self, verdict),
            (Self::Exclude | Self::Include, Tri::Yes) | (Self::Include | Self::Only, Tri::Unknown)
        )
    }
}

/// What to do with machines known to be out of service right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutOfService {
    /// Leave them out.
    #[default]
    Exclude,
    /// Take them like others.
    Include,
}

/// A field compared by name: without case, accents and punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedField {
    /// Who runs the machine.
    Operator,
    /// What customers call it.
    Brand,
    /// Networks it belongs to.
    Network,
    /// Country it stands in: the stated one, else the one its position lies in.
    Country,
    /// Currencies it dispenses.
    Currency,
}

impl NamedField {
    /// Every named field.
    pub const ALL: &'static [Self] =
        &[Self::Operator, Self::Brand, Self::Network, Self::Country, Self::Currency];

    /// Name of the parameter that asks by it.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Brand => "brand",
            Self::Network => "network",
            Self::Country => "country",
            Self::Currency => "currency",
        }
    }

    /// The field of the record it is kept in.
    #[must_use]
    pub const fn field(self) -> TextField {
        match self {
            Self::Operator => TextField::Operator,
            Self::Brand => TextField::Brand,
            Self::Network => TextField::Networks,
            Self::Country => TextField::Country,
            Self::Currency => TextField::Currencies,
        }
    }
}

/// One condition of a filter. All conditions of a filter must hold together.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Condition {
    /// The attribute is yes.
    Has(Attribute),
    /// The attribute is no.
    Lacks(Attribute),
    /// The field is, or for a list contains, any of these names.
    Named(NamedField, Vec<Name>),
    /// The field is, and for a list contains, none of these names.
    NotNamed(NamedField, Vec<Name>),
    /// The machine stands at any of these kinds of place.
    At(Vec<LocationType>),
    /// The machine stands at none of these kinds of place.
    NotAt(Vec<LocationType>),
    /// Free for everyone. That some customers pay says nothing about this customer: unknown.
    Free,
    /// Open at an instant, or round the clock.
    Open(OpenAt),
}

/// A name as asked and the key it is compared by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// As written in the question.
    pub written: String,
    /// What it is compared by, see [`name_key`].
    pub key: String,
}

impl Name {
    /// A name; `None` when it has no letter or digit to compare by.
    #[must_use]
    pub fn new(written: &str) -> Option<Self> {
        let key = name_key(written);
        (!key.is_empty()).then(|| Self { written: written.trim().to_owned(), key })
    }
}

impl Condition {
    /// Whether the condition holds for `atm`, which stands in `country` (ISO 3166-1 alpha-2; the
    /// stated one, else the one its position lies in).
    ///
    /// A stated list that lacks a name is a no: the source listed the machine's networks and this
    /// is none of them. A list that is not stated is unknown.
    ///
    /// Of opening hours only what needs no calendar, time zone or reading of hours is known here:
    /// that a machine states that it never closes, or that it does. The rest is unknown; a
    /// snapshot knows more, see `Snapshot::verdict`.
    #[must_use]
    pub fn verdict(&self, atm: &Atm<'_>, country: Option<&str>) -> Tri {
        match self {
            Self::Has(attribute) => atm.attributes.get(*attribute),
            Self::Lacks(attribute) => !atm.attributes.get(*attribute),
            Self::Named(field, names) => named(*field, names, atm, country),
            Self::NotNamed(field, names) => !named(*field, names, atm, country),
            Self::At(kinds) => at(kinds, atm.location_type),
            Self::NotAt(kinds) => !at(kinds, atm.location_type),
            Self::Free => free(atm.fee),
            Self::Open(when) => match atm.attributes.get(Attribute::AlwaysOpen) {
                Tri::Yes => Tri::Yes,
                Tri::No if *when == OpenAt::Always => Tri::No,
                Tri::No | Tri::Unknown => Tri::Unknown,
            },
        }
    }

    /// The condition in the words of the query string, such as `service=cash_in`.
    #[must_use]
    pub fn label(&self) -> String {
        let names = |field: &NamedField, names: &[Name], sign: &str| {
            let values: Vec<_> =
                names.iter().map(|name| format!("{sign}{}", name.written)).collect();
            format!("{}={}", field.parameter(), values.join(","))
        };
        let kinds = |kinds: &[LocationType], sign: &str| {
            let codes: Vec<_> = kinds.iter().map(|kind| format!("{sign}{}", kind.code())).collect();
            format!("location_type={}", codes.join(","))
        };
        match self {
            Self::Has(attribute) => format!("{}={}", parameter(*attribute), attribute.code()),
            Self::Lacks(attribute) => format!("{}=-{}", parameter(*attribute), attribute.code()),
            Self::Named(field, values) => names(field, values, ""),
            Self::NotNamed(field, values) => names(field, values, "-"),
            Self::At(values) => kinds(values, ""),
            Self::NotAt(values) => kinds(values, "-"),
            Self::Free => "fee=free".to_owned(),
            Self::Open(when) => format!("open_at={when}"),
        }
    }
}

/// The parameter an attribute is asked by.
fn parameter(attribute: Attribute) -> &'static str {
    use super::attribute::AttributeGroup::{Accessibility, Feature, Other, Service};
    match attribute.group() {
        Service => "service",
        Accessibility => "accessibility",
        Feature => "feature",
        Other => attribute.code(),
    }
}

/// Whether a text that may be a list is, or contains, one of `names`; unknown when not stated.
fn named(field: NamedField, names: &[Name], atm: &Atm<'_>, country: Option<&str>) -> Tri {
    let is_any = |text: &str| {
        let key = name_key(text);
        names.iter().any(|name| name.key == key)
    };
    match field {
        NamedField::Country => country.map_or(Tri::Unknown, |code| Tri::from(is_any(code))),
        NamedField::Operator | NamedField::Brand | NamedField::Network | NamedField::Currency
            if atm.text(field.field()).is_none() =>
        {
            Tri::Unknown
        }
        NamedField::Operator | NamedField::Brand | NamedField::Network | NamedField::Currency => {
            Tri::from(atm.list(field.field()).any(is_any))
        }
    }
}

fn at(kinds: &[LocationType], kind: LocationType) -> Tri {
    if kind == LocationType::Unknown { Tri::Unknown } else { Tri::from(kinds.contains(&kind)) }
}

fn free(fee: Fee) -> Tri {
    match fee {
        Fee::Free => Tri::Yes,
        Fee::Everyone => Tri::No,
        Fee::SomeCustomers | Fee::Unknown => Tri::Unknown,
    }
}

/// Which ATMs count, applied before counting. The default filter admits every ATM.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct AtmFilter {
    /// All of these must hold.
    pub conditions: Vec<Condition>,
    /// What to do where the data does not say.
    pub unknown: UnknownPolicy,
    /// What to do with machines known to be out of service.
    pub out_of_service: OutOfService,
}

impl AtmFilter {
    /// Whether the whole filter holds for `atm`: all conditions, in three values.
    #[must_use]
    pub fn verdict(&self, atm: &Atm<'_>, country: Option<&str>) -> Tri {
        self.conditions
            .iter()
            .fold(Tri::Yes, |verdict, condition| verdict.and(condition.verdict(atm, country)))
    }

    /// Whether `atm` is in the answer.
    #[must_use]
    pub fn admits(&self, atm: &Atm<'_>, country: Option<&str>) -> bool {
        self.unknown.admits(self.verdict(atm, country))
    }
}

/// A question for the nearest ATMs, valid by construction.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestQuery {
    /// Where the person stands.
    pub origin: Position,
    /// How many neighbours to answer with, 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// How far to look, boundary included; `None` looks everywhere.
    pub max_distance: Option<Metres>,
    /// What counts as one neighbour.
    pub group: Group,
    /// Which ATMs count.
    pub filter: AtmFilter,
    /// How many nearer neighbours to pass over: those of earlier pages.
    pub offset: usize,
}

impl NearestQuery {
    /// A question for the `limit` nearest sites, whatever their attributes. `limit` is brought
    /// into 1 to [`LIMIT_MAX`].
    #[must_use]
    pub fn new(origin: Position, limit: usize) -> Self {
        Self {
            origin,
            limit: limit.clamp(1, LIMIT_MAX),
            max_distance: None,
            group: Group::default(),
            filter: AtmFilter::default(),
            offset: 0,
        }
    }
}

/// Something a nearest question demands and could do without.
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    /// A condition of the filter.
    Condition(Condition),
    /// That neighbours are within the maximum distance.
    MaxDistance,
    /// That machines are not known to be out of service.
    InService,
}

impl Demand {
    /// The demand in the words of the query string; of `max_distance_m` the name alone, and of
    /// what is demanded unless said otherwise what would say it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Condition(condition) => condition.label(),
            Self::MaxDistance => "max_distance_m".to_owned(),
            Self::InService => "include_out_of_service=false".to_owned(),
        }
    }
}

impl NearestQuery {
    /// Everything the question demands, each once: the distance, then its conditions in order,
    /// then that machines are in service.
    #[must_use]
    pub fn demands(&self) -> Vec<Demand> {
        let mut demands: Vec<Demand> =
            self.max_distance.map(|_| Demand::MaxDistance).into_iter().collect();
        for condition in &self.filter.conditions {
            let demand = Demand::Condition(condition.clone());
            if !demands.contains(&demand) {
                demands.push(demand);
            }
        }
        if self.filter.out_of_service == OutOfService::Exclude {
            demands.push(Demand::InService);
        }
        demands
    }

    /// The same question without some of its demands.
    #[must_use]
    pub fn without(&self, demands: &[Demand]) -> Self {
        let mut query = self.clone();
        for demand in demands {
            match demand {
                Demand::Condition(dropped) => {
                    query.filter.conditions.retain(|condition| condition != dropped);
                }
                Demand::MaxDistance => query.max_distance = None,
                Demand::InService => query.filter.out_of_service = OutOfService::Include,
            }
        }
        query
    }
}

/// A question for every ATM in an area.
#[derive(Clone, Debug, PartialEq)]
pub struct WithinQuery {
    /// The area, its boundary included.
    pub area: Area,
    /// How many ATMs a page holds.
    pub limit: usize,
    /// Which ATMs count.
    pub filter: AtmFilter,
    /// The row the page starts at: 0, or what the page before gave as next.
    pub from_row: u32,
}

/// A question for every ATM along a line.
#[derive(Clone, Debug, PartialEq)]
pub struct AlongQuery {
    /// The line and how far from it an ATM may be, boundary included.
    pub corridor: Corridor,
    /// How many ATMs a page holds.
    pub limit: usize,
    /// Which ATMs count.
    pub filter: AtmFilter,
    /// The ATM the page starts with: what the page before gave as next. `None` starts with the line.
    pub from: Option<Row>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceIndex;

    fn atm() -> Atm<'static> {
        let mut atm =
            Atm::new("a:1", Position::from_lat_lon(0.0, 1.0).unwrap(), SourceIndex::default());
        atm.set_text(TextField::Operator, Some("Crédit Agricole".into()));
        atm.set_text(TextField::Networks, Some("LINK\u{1f}Visa Plus".into()));
        atm.attributes.set(Attribute::CashIn, Tri::No);
        atm
    }

    fn names(names: &[&str]) -> Vec<Name> {
        names.iter().map(|name| Name::new(name).unwrap()).collect()
    }

    #[test]
    fn a_condition_is_yes_no_or_unknown_and_never_takes_unknown_for_no() {
        let atm = atm();
        for (condition, verdict) in [
            (Condition::Named(NamedField::Operator, names(&["credit agricole"])), Tri::Yes),
            (Condition::NotNamed(NamedField::Operator, names(&["CREDIT-AGRICOLE"])), Tri::No),
            (Condition::Named(NamedField::Network, names(&["x", "visa plus"])), Tri::Yes),
            (Condition::Named(NamedField::Brand, names(&["x"])), Tri::Unknown),
            (Condition::NotNamed(NamedField::Brand, names(&["x"])), Tri::Unknown),
            (Condition::Named(NamedField::Country, names(&["fi"])), Tri::Yes),
            (Condition::Has(Attribute::CashIn), Tri::No),
            (Condition::Lacks(Attribute::CashIn), Tri::Yes),
            (Condition::Has(Attribute::CashOut), Tri::Unknown),
            (Condition::NotAt(vec![LocationType::Retail]), Tri::Unknown),
            (Condition::Free, Tri::Unknown),
        ] {
            assert_eq!(condition.verdict(&atm, Some("FI")), verdict, "{}", condition.label());
        }
    }

    #[test]
    fn the_three_policies_partition_the_atms() {
        for verdict in [Tri::Yes, Tri::No, Tri::Unknown] {
            let exclude = UnknownPolicy::Exclude.admits(verdict);
            let only = UnknownPolicy::Only.admits(verdict);
            assert_eq!(UnknownPolicy::Include.admits(verdict), exclude || only);
            assert!(!(exclude && only));
        }
    }
}
