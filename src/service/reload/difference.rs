//! What differs between two snapshots.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::domain::{Atm, Field, Position, Row, geodesic_distance};
use crate::service::guard::{MOVED_FAR_M, SourceChange};
use crate::snapshot::Snapshot;

/// Machines of each kind named as examples.
const EXAMPLES: usize = 20;

/// How many stretches of the ids are compared side by side.
const STRETCHES: usize = 64;

/// Closer than this, in metres, a machine has not moved: sources round.
const MOVED_M: f64 = 1.0;

/// How the machines of two snapshots differ. Counts are exact; examples are the first by id.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Difference {
    /// Machines whose id is new.
    pub added: Differing,
    /// Machines whose id is gone.
    pub removed: Differing,
    /// Machines that kept their id and stand elsewhere, by more than a metre.
    pub moved: Differing,
    /// Machines that kept their id and say something else of themselves, position apart.
    pub changed: Differing,
    /// Machines that kept their id and everything they say.
    pub unchanged: u64,
    /// For each field that changed, in how many machines.
    pub fields: BTreeMap<&'static str, u64>,
    /// The same by configured source.
    pub sources: BTreeMap<String, SourceChange>,
}

/// Machines that differ in one way.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Differing {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// One machine that differs.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// The configured source it comes from, or came from.
    pub source: String,
    /// How far it moved, in metres, to the centimetre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_m: Option<f64>,
    /// What it says and said of itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// One field before and after; `None` is "not stated".
#[derive(Clone, Debug, Serialize)]
pub struct FieldChange {
    /// The field's name.
    pub field: &'static str,
    /// What it said.
    pub before: Option<String>,
    /// What it says.
    pub after: Option<String>,
}

impl Differing {
    fn note(&mut self, example: impl FnOnce() -> Example) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }

    fn append(&mut self, later: Self) {
        self.count += later.count;
        let room = EXAMPLES - self.examples.len().min(EXAMPLES);
        self.examples.extend(later.examples.into_iter().take(room));
    }
}

impl Difference {
    /// Compares what is served, if anything is, with what would be.
    ///
    /// # Cost
    ///
    /// About 1 µs a machine, shared by all cores; hardly anything where nothing is served.
    #[must_use]
    pub fn between(before: Option<&Snapshot>, after: &Snapshot) -> Self {
        let mut whole = Self::default();
        for source in after.sources() {
            whole.sources.entry(source.configured.clone()).or_default();
        }
        let Some(before) = before else {
            whole.all_added(after);
            return whole;
        };
        for source in before.sources() {
            whole.sources.entry(source.configured.clone()).or_default();
        }
        let stretches = stretches(before, after);
        let parts: Vec<Self> = stretches
            .into_par_iter()
            .map(|(old, new)| {
                let mut part = Self::default();
                part.merge(before, old, after, new);
                part
            })
            .collect();
        for part in parts {
            whole.append(part);
        }
        whole.note_renumbered(before, after);
        whole
    }

    /// How the machines of one configured source differ.
    #[must_use]
    pub fn of_source(&self, configured: &str) -> SourceChange {
        self.sources.get(configured).cloned().unwrap_or_default()
    }

    /// How the machines of all sources together differ.
    #[must_use]
    pub fn total(&self) -> SourceChange {
        let mut total = SourceChange::default();
        for change in self.sources.values() {
            total.add(change.clone());
        }
        total
    }

    /// Walks both lists, sorted by id, side by side.
    fn merge(&mut self, before: &Snapshot, old: &[Row], after: &Snapshot, new: &[Row]) {
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(&&old), Some(&&new)) => before.id_of(old).cmp(after.id_of(new)),
            };
            let gone = if order.is_le() { old.next().copied() } else { None };
            let come = if order.is_ge() { new.next().copied() } else { None };
            match (gone, come) {
                (Some(gone), Some(come)) => self.kept(before, gone, after, come),
                (Some(gone), None) => self.removed(before, gone),
                (None, Some(come)) => self.added(after, come),
                (None, None) => {}
            }
        }
    }

    /// Counts every machine as new. Of none an id is kept: where nothing was, nothing has come back.
    fn all_added(&mut self, after: &Snapshot) {
        for (name, (atms, _)) in after.counts_by_configured_source() {
            let change = self.source(&name);
            (change.after, change.added) = (atms, atms);
        }
        self.added.count = after.len() as u64;
        let first = after.rows_by_id().iter().take(EXAMPLES);
        self.added.examples.extend(first.map(|&row| example(after, row)));
    }

    fn added(&mut self, after: &Snapshot, row: Row) {
        let source = configured(after, row);
        let change = self.source(source);
        change.after += 1;
        change.added += 1;
        change.added_ids.push(id_key(after.id_of(row)));
        self.added.note(|| example(after, row));
    }

    fn removed(&mut self, before: &Snapshot, row: Row) {
        let source = configured(before, row);
        let change = self.source(source);
        change.before += 1;
        change.vanished += 1;
        change.vanished_ids.push(id_key(before.id_of(row)));
        self.removed.note(|| example(before, row));
    }

    fn kept(&mut self, before: &Snapshot, old: Row, after: &Snapshot, new: Row) {
        let (was, is) = (before.atm(old), after.atm(new));
        let moved_m = if was.position == is.position {
            0.0
        } else {
            geodesic_distance(was.position, is.position).get()
        };
        self.source(configured(before, old)).before += 1;
        let change = self.source(configured(after, new));
        change.after += 1;
        change.moved_far += u64::from(moved_m > MOVED_FAR_M);
        let has_moved = moved_m > MOVED_M;
        if has_moved {
            let moved_m = Some((moved_m * 100.0).round() / 100.0);
            self.moved.note(|| Example { moved_m, ..example(after, new) });
        }
        let fields = changed_fields(&was, &is);
        for field in &fields {
            *self.fields.entry(field.field).or_default() += 1;
        }
        if fields.is_empty() {
            self.unchanged += u64::from(!has_moved);
        } else {
            self.changed.note(|| Example { fields, ..example(after, new) });
        }
    }

    fn source(&mut self, configured: &str) -> &mut SourceChange {
        if !self.sources.contains_key(configured) {
            self.sources.insert(configured.to_owned(), SourceChange::default());
        }
        self.sources.entry(configured.to_owned()).or_default()
    }

    fn append(&mut self, later: Self) {
        self.added.append(later.added);
        self.removed.append(later.removed);
        self.moved.append(later.moved);
        self.changed.append(later.changed);
        self.unchanged += later.unchanged;
        for (field, count) in later.fields {
            *self.fields.entry(field).or_default() += count;
        }
        for (name, change) in later.sources {
            self.sources.entry(name).or_default().add(change);
        }
    }

    /// Counts vanished machines on whose spot one with a new id stands.
    fn note_renumbered(&mut self, before: &Snapshot, after: &Snapshot) {
        if self.added.count == 0 || self.removed.count == 0 {
            return;
        }
        let spots: HashSet<[u64; 2]> = after
            .rows_by_id()
            .iter()
            .filter(|&&row| before.row_of(after.id_of(row)).is_none())
            .map(|&row| spot(after.position(row)))
            .collect();
        for &row in before.rows_by_id() {
            let is_gone = after.row_of(before.id_of(row)).is_none();
            if is_gone && spots.contains(&spot(before.position(row))) {
                self.source(configured(before, row)).renumbered += 1;
            }
        }
    }
}

/// Both lists in stretches that hold the same ids, so that each can be compared by itself.
fn stretches<'s>(before: &'s Snapshot, after: &'s Snapshot) -> Vec<(&'s [Row], &'s [Row])> {
    let (mut old, mut new) = (before.rows_by_id(), after.rows_by_id());
    let length = (new.len() / STRETCHES).max(1024);
    let mut stretches = Vec::with_capacity(STRETCHES + 1);
    while new.len() > length {
        let first_after = after.id_of(new[length]);
        let cut = old.partition_point(|&row| before.id_of(row) < first_after);
        stretches.push((&old[..cut], &new[..length]));
        (old, new) = (&old[cut..], &new[length..]);
    }
    stretches.push((old, new));
    stretches
}

fn configured(snapshot: &Snapshot, row: Row) -> &str {
    &snapshot.source(snapshot.source_of(row)).configured
}

fn example(snapshot: &Snapshot, row: Row) -> Example {
    let (id, source) = (snapshot.id_of(row).to_owned(), configured(snapshot, row).to_owned());
    Example { id, source, moved_m: None, fields: Vec::new() }
}

fn changed_fields(was: &Atm<'_>, is: &Atm<'_>) -> Vec<FieldChange> {
    let change = |field, before: Option<&str>, after: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        (before != after).then(|| FieldChange { field, before: owned(before), after: owned(after) })
    };
    let fields =
        Field::all().filter_map(|field| change(field.code(), was.value(field), is.value(field)));
    fields.chain(change("extra", was.extra.as_deref(), is.extra.as_deref())).collect()
}

/// What an id is known by where keeping it whole would cost too much.
fn id_key(id: &str) -> u64 {
    let mut key = [0; 8];
    key.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(key)
}

/// A spot to the bit of its coordinates: renumbered lists keep them as they are.
fn spot(position: Position) -> [u64; 2] {
    [(position.lat_deg() + 0.0).to_bits(), (position.lon_deg() + 0.0).to_bits()]
}
