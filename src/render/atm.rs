//! One ATM, in a list or by itself.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::domain::{
    Access, Atm, AtmFilter, Attribute, AttributeGroup, Condition, HoursOf, LocationType, Metres,
    OnLine, Openness, Position, Row, Source, StatusReport, TextField, Tri,
};
use crate::publication::View;

use super::json::{Joined, Json, List, Members, object};
use super::{Decimal, LatLon, add_feature, add_origin, answer};

/// Adds the members of an address.
pub(super) fn add_address(members: &mut Members<'_>, atm: &Atm<'_>, country: Option<&str>) {
    add_list(members, "lines", atm, TextField::AddressLines);
    for field in [
        TextField::HouseNumber,
        TextField::Street,
        TextField::City,
        TextField::Subdivision,
        TextField::Postcode,
    ] {
        add_text(members, atm, field);
    }
    members.add_some("country", country);
}

/// Adds a text field, if it is stated.
#[inline]
fn add_text(members: &mut Members<'_>, atm: &Atm<'_>, field: TextField) {
    members.add_some(field.code(), atm.text(field));
}

/// Adds a list field under a name, if it is stated.
#[inline]
fn add_list(members: &mut Members<'_>, name: &'static str, atm: &Atm<'_>, field: TextField) {
    if atm.text(field).is_some() {
        members.add(name, Items(atm, field));
    }
}

/// The items of a list field.
struct Items<'a>(&'a Atm<'a>, TextField);

impl Json for Items<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (place, item) in self.0.list(self.1).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            item.write(out);
        }
        out.push(b']');
    }
}

/// The bits of the attributes of one group.
const fn bits_of(group: AttributeGroup) -> u64 {
    let (mut bits, mut place) = (0, 0);
    while place < Attribute::ALL.len() {
        if Attribute::ALL[place].group() as u8 == group as u8 {
            bits |= Attribute::ALL[place].bit();
        }
        place += 1;
    }
    bits
}

/// Groups of attributes, by what answers call them.
const GROUPS: [(&str, u64); 3] = [
    ("services", bits_of(AttributeGroup::Service)),
    ("accessibility", bits_of(AttributeGroup::Accessibility)),
    ("features", bits_of(AttributeGroup::Feature)),
];

/// Attributes whose absence could be read as a no.
const ALWAYS_SHOWN: u64 = Attribute::CashOut.bit() | Attribute::CashIn.bit();

/// Adds the groups of attributes: those stated, and those whose absence could mislead.
fn add_attributes(members: &mut Members<'_>, atm: &Atm<'_>, with_unknown: bool) {
    let stated = atm.attributes.yes_bits() | atm.attributes.no_bits();
    let is_limited = atm.attributes.get(Attribute::WheelchairLimited) == Tri::Yes;
    let limited = if is_limited { Attribute::Wheelchair.bit() } else { 0 };
    let shown = if with_unknown { u64::MAX } else { stated | ALWAYS_SHOWN | limited };
    for (name, group) in GROUPS {
        if shown & group == 0 {
            continue;
        }
        members.add_object(name, |members| {
            let mut rest = shown & group;
            while rest != 0 {
                let attribute = Attribute::ALL[rest.trailing_zeros() as usize];
                rest &= rest - 1;
                let is_limited = attribute.bit() & limited != 0;
                let value =
                    if is_limited { "limited" } else { atm.attributes.get(attribute).as_str() };
                members.add(attribute.code(), value);
            }
        });
    }
}

/// Adds what is known of a machine right now. What it says of cash is left out where it says
/// nothing.
fn add_status(members: &mut Members<'_>, report: &StatusReport) {
    members.add_object("status", |members| {
        members.add("state", report.state.code());
        members.add("reported_at", report.reported_at.to_string().as_str());
        members.add("expires_at", report.expires_at.to_string().as_str());
        for (name, value) in [("cash_out", report.cash_out), ("cash_in", report.cash_in)] {
            members.add_some(name, (value != Tri::Unknown).then(|| value.as_str()));
        }
        members.add_some("note", report.note.as_deref());
        members.add("source", &*report.source);
    });
}

/// Adds whether a machine is open, until when or when it opens, and by whose hours and clocks.
fn add_openness(members: &mut Members<'_>, openness: &Openness) {
    members.add("state", openness.state());
    let name = if openness.is_open == Tri::Yes { "until" } else { "opens_at" };
    members.add_some(name, openness.changes);
    members.add_some("time_zone", openness.time_zone);
    if openness.hours_of != HoursOf::Machine {
        members.add("hours_of", openness.hours_of.as_str());
    }
    members.add_some("comment", openness.comment.as_deref());
}

/// One ATM, in a list or by itself.
struct AtmJson<'a> {
    view: View<'a>,
    row: Row,
    atm: &'a Atm<'a>,
    source: &'a Source,
    /// What is known of it right now.
    status: Option<&'a StatusReport>,
    /// Shown where nothing around the ATM does.
    position: Option<Position>,
    shown_as: ShownAs<'a>,
}

/// What is shown of an ATM beside itself.
enum ShownAs<'a> {
    /// In an answer to a question: how far it is, and what the filter says of it.
    Hit { at: At, context: &'a Context<'a> },
    /// By itself, with all there is.
    Whole { country: Option<&'a str>, site: &'a str },
}

impl Json for AtmJson<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            self.add_identity(members);
            self.add_abilities(members);
            self.add_verdict(members);
            members.add_object("source", |members| {
                members.add("name", self.source.name.as_str());
                members.add("as_of", self.source.as_of.as_deref());
                if self.is_whole() {
                    members.add_some("licence", self.source.licence.as_deref());
                }
            });
        });
    }
}

impl AtmJson<'_> {
    fn is_whole(&self) -> bool {
        matches!(self.shown_as, ShownAs::Whole { .. })
    }

    /// Adds which machine it is and where it stands.
    fn add_identity(&self, members: &mut Members<'_>) {
        let atm = self.atm;
        members.add("id", atm.id.as_ref());
        for field in [TextField::Name, TextField::Operator, TextField::Brand] {
            add_text(members, atm, field);
        }
        add_list(members, TextField::Networks.code(), atm, TextField::Networks);
        members.add_some("position", self.position.map(LatLon));
        match self.shown_as {
            ShownAs::Hit { at, .. } => at.add(members),
            ShownAs::Whole { country, site } => {
                members.add_object("address", |members| add_address(members, atm, country));
                members.add("site_id", Joined(["site:", site]));
                for field in [TextField::Sponsor, TextField::SiteRef, TextField::BranchId] {
                    add_text(members, atm, field);
                }
            }
        }
        if atm.location_type != LocationType::Unknown || self.is_whole() {
            members.add("location_type", atm.location_type.code());
        }
        add_text(members, atm, TextField::Level);
        if atm.access != Access::Unknown || self.is_whole() {
            members.add("access", atm.access.code());
        }
    }

    /// Adds what can be done at it, by whom, when and for how much.
    fn add_abilities(&self, members: &mut Members<'_>) {
        let atm = self.atm;
        add_attributes(members, atm, self.is_whole());
        members.add("fee", atm.fee.code());
        for field in [
            TextField::Charges,
            TextField::SurchargeFreeNetworks,
            TextField::Currencies,
            TextField::Denominations,
            TextField::Schemes,
            TextField::Languages,
        ] {
            add_list(members, field.code(), atm, field);
        }
        add_text(members, atm, TextField::MinAmount);
        add_text(members, atm, TextField::OpeningHours);
        for attribute in [Attribute::AlwaysOpen, Attribute::Chip] {
            let value = atm.attributes.get(attribute);
            if value != Tri::Unknown || self.is_whole() {
                members.add(attribute.code(), value.as_str());
            }
        }
        let openness = self.view.snapshot.openness(self.row, self.view.now);
        members.add_object("open", |members| add_openness(members, &openness));
        add_text(members, atm, TextField::MachineCount);
        add_text(members, atm, TextField::CheckedAt);
        if let Some(report) = self.status {
            add_status(members, report);
        }
    }

    /// Adds what the filter says of a hit; of an ATM by itself, what its source says beside.
    fn add_verdict(&self, members: &mut Members<'_>) {
        match &self.shown_as {
            ShownAs::Hit { context, .. } if !context.conditions.is_empty() => {
                let conditions = &context.conditions;
                // The filter went by live state before data.
                let mut live = Cow::Borrowed(self.atm);
                if let Some(report) = self.status {
                    report.amend(&mut live.to_mut().attributes);
                }
                let view = self.view;
                let verdict = |(condition, _): &(&Condition, _)| {
                    view.snapshot.verdict_of(condition, self.row, &live, view.now)
                };
                let verdicts: Vec<Tri> = conditions.iter().map(verdict).collect();
                for (name, wanted) in [("matched_on", Tri::Yes), ("unknown", Tri::Unknown)] {
                    let labels = conditions.iter().zip(&verdicts);
                    let labels = labels.filter(|(_, verdict)| **verdict == wanted);
                    members.add(name, List(labels.map(|((_, label), _)| label.as_str())));
                }
            }
            ShownAs::Hit { .. } => {}
            ShownAs::Whole { .. } => {
                // Ingest wrote this text as a JSON object; it is passed on as it stands.
                let extra = self.atm.extra.as_deref();
                let extra = extra.and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
                if let Some(extra) = extra {
                    members.add_written("extra", extra.get());
                }
            }
        }
    }
}

/// Where a hit is as seen from what was asked.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// So far from an origin.
    Distance(Metres),
    /// Beside a line.
    Line(OnLine),
    /// Somewhere inside.
    Inside,
}

impl At {
    fn add(self, members: &mut Members<'_>) {
        let (along, distance) = match self {
            Self::Distance(distance) => (None, distance),
            Self::Line(on_line) => (Some(on_line.along), on_line.distance),
            Self::Inside => return,
        };
        members.add_some("along_m", along.map(|along| Decimal::<1>(along.get())));
        members.add("distance_m", Decimal::<1>(distance.get()));
    }
}

/// What every hit of one answer shares.
pub(super) struct Context<'s> {
    pub(super) view: View<'s>,
    /// The conditions of the filter with their labels.
    conditions: Vec<(&'s Condition, String)>,
}

impl<'s> Context<'s> {
    pub(super) fn new(view: View<'s>, filter: &'s AtmFilter) -> Self {
        let labelled = |condition: &'s Condition| (condition, condition.label());
        Self { view, conditions: filter.conditions.iter().map(labelled).collect() }
    }
}

/// An ATM in an answer to a question.
pub(super) struct Hit<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) row: Row,
    /// The same taken apart, where that has been done already.
    pub(super) atm: Option<&'s Atm<'s>>,
    pub(super) at: At,
    pub(super) with_position: bool,
}

impl Json for Hit<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { context, row, atm, at, with_position } = *self;
        let snapshot = context.view.snapshot;
        let own;
        let atm = if let Some(atm) = atm {
            atm
        } else {
            own = snapshot.atm(row);
            &own
        };
        let json = AtmJson {
            view: context.view,
            row,
            atm,
            source: snapshot.source(atm.source),
            status: context.view.status(row),
            position: with_position.then_some(atm.position),
            shown_as: ShownAs::Hit { at, context },
        };
        json.write(out);
    }
}

/// One ATM with everything known of it.
struct WholeAtm<'s> {
    view: View<'s>,
    row: Row,
    with_position: bool,
}

impl Json for WholeAtm<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { view, row, with_position } = *self;
        let snapshot = view.snapshot;
        let atm = snapshot.atm(row);
        let anchor = snapshot.site_rows(snapshot.site_of(row))[0];
        let json = AtmJson {
            view,
            row,
            atm: &atm,
            source: snapshot.source(atm.source),
            status: view.status(row),
            position: with_position.then_some(atm.position),
            shown_as: ShownAs::Whole {
                country: snapshot.country(row),
                site: snapshot.id_of(anchor),
            },
        };
        json.write(out);
    }
}

/// One ATM with everything known of it, as JSON.
#[must_use]
pub fn atm_json(view: View<'_>, row: Row) -> Vec<u8> {
    answer(1, |members| {
        members.add("atm", WholeAtm { view, row, with_position: true });
        add_origin(members, view, std::iter::once(row));
    })
}

/// One ATM with everything known of it, as a GeoJSON `Feature`; snapshot and attribution are
/// foreign members (RFC 7946 § 6.1).
#[must_use]
pub fn atm_geojson(view: View<'_>, row: Row) -> Vec<u8> {
    answer(1, |members| {
        add_feature(members, view.snapshot, row, WholeAtm { view, row, with_position: false });
        add_origin(members, view, std::iter::once(row));
    })
}
