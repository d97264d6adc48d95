//! One ATM, in a list or by itself.

use serde_json::value::RawValue;

use crate::domain::{AtmFilter, Condition, OnLine, Row, StatusReport, TextField, Tri};
use crate::json::{Decimal, Digits, Joined, Json, LatLon, List, Members, object};
use crate::publication::View;
use crate::snapshot::{AtmPart, Described};

use super::{add_feature, add_origin, answer};

/// What is known of a machine right now. What it says of cash is left out where it says nothing.
impl Json for StatusReport {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("state", self.state.code());
            members.add("reported_at", self.reported_at.to_string().as_str());
            members.add("expires_at", self.expires_at.to_string().as_str());
            for (name, value) in [("cash_out", self.cash_out), ("cash_in", self.cash_in)] {
                members.add_some(name, (value != Tri::Unknown).then(|| value.as_str()));
            }
            members.add_some("note", self.note.as_deref());
            members.add("source", &*self.source);
        });
    }
}

/// A report as answers show it, as JSON.
#[must_use]
pub fn status_json(report: &StatusReport) -> String {
    let mut out = Vec::new();
    report.write(&mut out);
    String::from_utf8(out).unwrap_or_else(|_never| "null".to_owned())
}

/// Whether a row's machine is open, until when or when it opens, and by whose hours and clocks.
struct Open<'v>(View<'v>, Row);

impl Json for Open<'_> {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let Self(view, row) = *self;
        view.snapshot.write_openness(row, view.now, out);
    }
}

/// Where a hit is as seen from what was asked.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// So far from an origin, in metres.
    Distance(Digits),
    /// Beside a line.
    Line(OnLine),
    /// Somewhere inside.
    Inside,
}

impl At {
    fn add(self, members: &mut Members<'_>) {
        match self {
            Self::Distance(metres) => members.add("distance_m", metres),
            Self::Line(OnLine { along, distance, .. }) => {
                members.add("along_m", Decimal::<1>(along.get()));
                members.add("distance_m", Decimal::<1>(distance.get()));
            }
            Self::Inside => {}
        }
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

    /// Adds what the filter says of a hit, which went by live state before data.
    fn add_verdict(&self, members: &mut Members<'_>, row: Row, status: Option<&StatusReport>) {
        if self.conditions.is_empty() {
            return;
        }
        let view = self.view;
        let mut live = view.snapshot.attributes(row);
        if let Some(report) = status {
            report.amend(&mut live);
        }
        let verdict = |(condition, _): &(&Condition, _)| {
            view.snapshot.verdict_of(condition, row, live, view.now)
        };
        let verdicts: Vec<Tri> = self.conditions.iter().map(verdict).collect();
        for (name, wanted) in [("matched_on", Tri::Yes), ("unknown", Tri::Unknown)] {
            let labels = self.conditions.iter().zip(&verdicts);
            let labels = labels.filter(|(_, verdict)| **verdict == wanted);
            members.add(name, List(labels.map(|((_, label), _)| label.as_str())));
        }
    }
}

/// An ATM in an answer to a question.
pub(super) struct Hit<'s> {
    pub(super) context: &'s Context<'s>,
    pub(super) row: Row,
    /// The same as it is to be described, where that is known already.
    pub(super) described: Option<&'s Described<'s>>,
    pub(super) at: At,
    pub(super) with_position: bool,
}

impl Json for Hit<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { context, row, described, at, with_position } = *self;
        let view = context.view;
        let own;
        let described = if let Some(described) = described {
            described
        } else {
            own = view.snapshot.described(row);
            &own
        };
        let status = view.status(row);
        object(out, |members| {
            described.add(AtmPart::Identity, members);
            if with_position {
                described.add(AtmPart::Position, members);
            }
            at.add(members);
            described.add(AtmPart::Abilities, members);
            members.add("open", Open(view, row));
            if status.is_none() && context.conditions.is_empty() {
                described.add_all(AtmPart::Survey, AtmPart::Source, members);
                return;
            }
            described.add(AtmPart::Survey, members);
            members.add_some("status", status);
            context.add_verdict(members, row, status);
            described.add(AtmPart::Source, members);
        });
    }
}

/// One ATM with everything known of it, and what its source says beside.
struct WholeAtm<'s> {
    view: View<'s>,
    row: Row,
    with_position: bool,
}

impl Json for WholeAtm<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { view, row, with_position } = *self;
        let snapshot = view.snapshot;
        let atm = snapshot.record(row);
        let anchor = snapshot.site_rows(snapshot.site_of(row))[0];
        // Ingest wrote this text as a JSON object; it is passed on as it stands.
        let extra = atm.extra().and_then(|text| serde_json::from_slice::<&RawValue>(text).ok());
        object(out, |members| {
            atm.add_identity(members);
            members.add_some("position", with_position.then_some(LatLon(atm.position)));
            members.add_object("address", |members| atm.add_address(members));
            members.add("site_id", Joined([b"site:", snapshot.id_of(anchor).as_bytes()]));
            atm.add_text(members, TextField::Sponsor);
            atm.add_text(members, TextField::SiteRef);
            atm.add_text(members, TextField::BranchId);
            atm.add_abilities(members, true);
            members.add("open", Open(view, row));
            atm.add_survey(members);
            members.add_some("status", view.status(row));
            if let Some(extra) = extra {
                members.add_written("extra", extra.get());
            }
            members.add_object("source", |members| {
                atm.add_source(members);
                members.add_some("licence", atm.source.licence.as_deref());
            });
        });
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
