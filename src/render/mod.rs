//! Answers as JSON and GeoJSON, written straight from what the snapshot lends: what HTTP, the
//! command line and other adapters hand out alike.
//!
//! What is not stated is left out, except where its absence could be read as a no: `cash_out`,
//! `cash_in` and `fee` are always there, if need be as `unknown`.

mod atm;
mod nearest;
mod place;
mod ready;
pub mod schema;
mod vocabulary;
mod within;

use std::time::Duration;

use crate::domain::{Plan, Row, SourceIndex, StaleSource, Work};
use crate::json::{Decimal, Json, List, Members, Point, object};
use crate::places::Candidate;
use crate::publication::View;
use crate::snapshot::{Snapshot, SnapshotId};

pub use atm::{atm_geojson, atm_json, status_json};
pub use nearest::{nearest_geojson, nearest_json};
pub use place::{candidates_json, places_json};
pub use ready::ready;
pub use vocabulary::vocabulary;
pub use within::{along_geojson, along_json, within_geojson, within_json};

/// Degrees with at most 7 decimals, about a centimetre.
type Degrees = Decimal<7>;

/// What an answer holds beside its hits.
#[derive(Debug)]
pub struct Envelope {
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What was done to the question, or may be wrong with it.
    pub warnings: Vec<String>,
    /// How the answer was found, when that was asked.
    pub explain: Option<Explain>,
    /// The place that was named as the origin.
    pub place: Option<Candidate>,
}

/// How an answer was found.
#[derive(Clone, Copy, Debug)]
pub struct Explain {
    /// The plan that was chosen.
    pub plan: Plan,
    /// What it cost, in counts that repeat exactly.
    pub work: Work,
    /// How long finding took, relaxations included.
    pub took: Duration,
}

impl Explain {
    /// Adds what is told of how an answer was found, and from which snapshot.
    fn add_to(&self, members: &mut Members<'_>, snapshot: &Snapshot) {
        let Work { nodes_visited, atms_tested, geodesics } = self.work;
        members.add_object("explain", |members| {
            members.add("plan", self.plan.code());
            members.add("nodes_visited", nodes_visited);
            members.add("atms_tested", atms_tested);
            members.add("geodesics", geodesics);
            members.add("snapshot", snapshot.id());
            members.add("took_us", Decimal::<1>(self.took.as_secs_f64() * 1e6));
        });
    }
}

/// Adds the end of every answer that lists hits: the next page, warnings, and where it all is from.
fn add_tail(
    members: &mut Members<'_>,
    view: View<'_>,
    rows: impl Iterator<Item = Row>,
    envelope: &Envelope,
) {
    members.add("next", envelope.next.as_deref());
    members.add("warnings", envelope.warnings.as_slice());
    if let Some(explain) = envelope.explain {
        explain.add_to(members, view.snapshot);
    }
    add_origin(members, view, rows);
}

/// Adds which data an answer is made from, and whom to credit for it: the credits of the sources
/// of `rows`, each once, in order.
fn add_origin(members: &mut Members<'_>, view: View<'_>, rows: impl Iterator<Item = Row>) {
    let snapshot = view.snapshot;
    members.add_object("snapshot", |members| {
        add_snapshot_name(members, snapshot);
        // Left out where there is none, as almost always.
        members.add_some("stale", (!view.stale.is_empty()).then_some(view.stale));
    });
    let mut sources = rows.map(|row| snapshot.source_of(row));
    // Most answers are from one source.
    let (first, mut others) = (sources.next(), Vec::new());
    for source in sources {
        if Some(source) != first && !others.contains(&source) {
            others.push(source);
        }
    }
    let credit = |source: SourceIndex| snapshot.source(source).attribution.as_deref();
    let first = first.and_then(credit);
    if others.is_empty() {
        members.add("attribution", List(first));
        return;
    }
    let mut credits: Vec<&str> =
        first.into_iter().chain(others.into_iter().filter_map(credit)).collect();
    credits.sort_unstable();
    credits.dedup();
    members.add("attribution", credits.as_slice());
}

fn add_snapshot(members: &mut Members<'_>, snapshot: &Snapshot) {
    members.add_object("snapshot", |members| add_snapshot_name(members, snapshot));
}

fn add_snapshot_name(members: &mut Members<'_>, snapshot: &Snapshot) {
    members.add("id", snapshot.id());
    members.add("as_of", snapshot.as_of());
}

/// A source whose data may be older than what it says by now.
impl Json for StaleSource {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| {
            members.add("source", self.name.as_str());
            members.add("reason", self.reason);
            members.add("confirmed_at", self.confirmed_at.map(|at| at.to_string()).as_deref());
        });
    }
}

impl Json for SnapshotId {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend_from_slice(&self.digits());
        out.push(b'"');
    }
}

/// Adds the members of a GeoJSON feature at a row's position, named after its ATM.
fn add_feature(members: &mut Members<'_>, snapshot: &Snapshot, row: Row, properties: impl Json) {
    members.add("type", "Feature");
    members.add("id", snapshot.id_of(row));
    members.add("geometry", Point(snapshot.position(row)));
    members.add("properties", properties);
}

/// A GeoJSON feature at a row's position.
struct Feature<'s, P> {
    snapshot: &'s Snapshot,
    row: Row,
    properties: P,
}

impl<P: Json> Json for Feature<'_, P> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |members| add_feature(members, self.snapshot, self.row, &self.properties));
    }
}

/// The bytes of an answer about so many ATMs.
fn answer(atms: usize, fill: impl FnOnce(&mut Members<'_>)) -> Vec<u8> {
    /// Bytes of an ordinary ATM with its place, and of everything around the hits; rounded up.
    const PER_ATM: usize = 768;
    const AROUND: usize = 512;
    let mut out = Vec::with_capacity(AROUND + PER_ATM * atms);
    object(&mut out, fill);
    out
}
