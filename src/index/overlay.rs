//! Live statuses by row, in the form a search goes by: a tree over rows whose every node knows
//! what the statuses below it change, so that neither writing one nor searching among a hundred
//! thousand costs more than a few microseconds.

use std::sync::Arc;

use jiff::Timestamp;

use super::select::{Mask, States};
use crate::domain::{Attributes, OperationalStatus, Row, StatusReport};

/// How many rows a leaf covers, and how many leaves a branch: with both, changing one status of
/// three million rows copies some 500 pointers at most.
const LEAF_ROWS: u32 = 256;
const BRANCH_LEAVES: u32 = 64;
const BRANCH_ROWS: u32 = LEAF_ROWS * BRANCH_LEAVES;

/// What one row's status changes.
#[derive(Clone, Debug)]
struct Entry {
    expires_us: i64,
    /// Attributes it states.
    amended: Mask,
    is_out: bool,
    report: Arc<StatusReport>,
}

/// What the statuses below a node can change: values they state, and when the first expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summary {
    states: States,
    first_expiry_us: i64,
}

impl Summary {
    const NONE: Self =
        Self { states: States { yes: 0, no: 0, unknown: 0 }, first_expiry_us: i64::MAX };

    fn and(self, other: Self) -> Self {
        Self {
            states: self.states.union(other.states),
            first_expiry_us: self.first_expiry_us.min(other.first_expiry_us),
        }
    }
}

#[derive(Clone, Debug)]
struct Leaf {
    /// A bit for each row that has a status.
    present: [u64; 4],
    /// Their entries, in the order of rows.
    entries: Vec<Entry>,
    summary: Summary,
}

impl Leaf {
    const EMPTY: Self = Self { present: [0; 4], entries: Vec::new(), summary: Summary::NONE };

    /// Whether the row at `place` has a status, and where in `entries` it is or would be.
    fn find(&self, place: u32) -> (bool, usize) {
        let (word, bit) = ((place / 64) as usize, place % 64);
        let Some(&here) = self.present.get(word) else { return (false, self.entries.len()) };
        let before: u32 = self.present[..word].iter().map(|word| word.count_ones()).sum();
        let rank = before + (here & ((1 << bit) - 1)).count_ones();
        (here & (1 << bit) != 0, rank as usize)
    }

    fn set(&mut self, place: u32, entry: Option<Entry>) {
        let (is_present, at) = self.find(place);
        let bit = 1 << (place % 64);
        match (is_present, entry) {
            (true, Some(entry)) => self.entries[at] = entry,
            (false, Some(entry)) => {
                self.entries.insert(at, entry);
                self.present[(place / 64) as usize] |= bit;
            }
            (true, None) => {
                self.entries.remove(at);
                self.present[(place / 64) as usize] &= !bit;
            }
            (false, None) => {}
        }
        self.summary = self.entries.iter().fold(Summary::NONE, |summary, entry| {
            let Mask { yes, no } = entry.amended;
            let states = States { yes, no, unknown: 0 };
            summary.and(Summary { states, first_expiry_us: entry.expires_us })
        });
    }
}

#[derive(Clone, Debug)]
struct Branch {
    leaves: Vec<Option<Arc<Leaf>>>,
    summary: Summary,
}

/// The statuses of a snapshot's rows. Cheap to change and never changed in place: whoever holds
/// one keeps seeing it as it was.
#[derive(Clone, Debug)]
pub struct StatusOverlay {
    branches: Vec<Option<Arc<Branch>>>,
    len: usize,
    summary: Summary,
    /// Sum of the digests of all reports: the same for the same reports, whatever their order.
    digest: [u64; 2],
}

impl Default for StatusOverlay {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl StatusOverlay {
    /// No status at all.
    pub const EMPTY: Self =
        Self { branches: Vec::new(), len: 0, summary: Summary::NONE, digest: [0; 2] };

    /// How many rows have a status, fresh or not yet removed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no row has a status.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Names the reports by their content: two overlays of one digest hold the same.
    #[must_use]
    pub fn digest(&self) -> u128 {
        (u128::from(self.digest[0]) << 64) | u128::from(self.digest[1])
    }

    /// The first instant at which one of its reports no longer counts.
    #[must_use]
    pub fn first_expiry(&self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.summary.first_expiry_us).ok()
    }

    /// The report of a row, whether fresh or not.
    #[must_use]
    pub fn report(&self, row: Row) -> Option<&Arc<StatusReport>> {
        self.entry(row).map(|entry| &entry.report)
    }

    /// Every report, whether fresh or not.
    pub fn reports(&self) -> impl Iterator<Item = &StatusReport> {
        let leaves = self.branches.iter().flatten().flat_map(|branch| &branch.leaves).flatten();
        leaves.flat_map(|leaf| leaf.entries.iter().map(|entry| &*entry.report))
    }

    fn entry(&self, row: Row) -> Option<&Entry> {
        let leaf = self.leaf(row.0)?;
        let (is_present, at) = leaf.find(row.0 % LEAF_ROWS);
        if is_present { leaf.entries.get(at) } else { None }
    }

    fn leaf(&self, row: u32) -> Option<&Leaf> {
        let branch = self.branches.get((row / BRANCH_ROWS) as usize)?.as_deref()?;
        branch.leaves.get((row % BRANCH_ROWS / LEAF_ROWS) as usize)?.as_deref()
    }

    /// Gives a row a report, or none.
    ///
    /// # Cost
    ///
    /// Microseconds: what is shared with other overlays is copied along one path.
    pub fn set(&mut self, row: Row, report: Option<Arc<StatusReport>>) {
        let before = self.report(row).map(|report| digest(report));
        if before.is_none() && report.is_none() {
            return;
        }
        for (sum, place) in self.digest.iter_mut().zip(0..) {
            let part = |digest: Option<[u64; 2]>| digest.map_or(0, |digest| digest[place]);
            *sum = sum.wrapping_sub(part(before)).wrapping_add(part(report.as_deref().map(digest)));
        }
        match (before.is_some(), report.is_some()) {
            (false, true) => self.len += 1,
            (true, false) => self.len -= 1,
            _ => {}
        }
        let entry = report.map(|report| {
            let mut stated = Attributes::default();
            report.amend(&mut stated);
            Entry {
                expires_us: report.expires_at.as_microsecond(),
                amended: Mask { yes: stated.yes_bits(), no: stated.no_bits() },
                is_out: report.state == OperationalStatus::OutOfService,
                report,
            }
        });
        let place = (row.0 / BRANCH_ROWS) as usize;
        if self.branches.len() <= place {
            self.branches.resize(place + 1, None);
        }
        let branch = self.branches[place].get_or_insert_with(|| {
            let leaves = vec![None; BRANCH_LEAVES as usize];
            Arc::new(Branch { leaves, summary: Summary::NONE })
        });
        let branch = Arc::make_mut(branch);
        let leaf = &mut branch.leaves[(row.0 % BRANCH_ROWS / LEAF_ROWS) as usize];
        let changed = leaf.get_or_insert_with(|| Arc::new(Leaf::EMPTY));
        Arc::make_mut(changed).set(row.0 % LEAF_ROWS, entry);
        if changed.entries.is_empty() {
            *leaf = None;
        }
        branch.summary = summary_of(branch.leaves.iter().flatten().map(|leaf| leaf.summary));
        self.summary = summary_of(self.branches.iter().flatten().map(|branch| branch.summary));
    }
}

fn summary_of(summaries: impl Iterator<Item = Summary>) -> Summary {
    summaries.fold(Summary::NONE, Summary::and)
}

/// Names one report by its content.
fn digest(report: &StatusReport) -> [u64; 2] {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text(&report.atm);
    text(report.state.code());
    text(report.cash_out.as_str());
    text(report.cash_in.as_str());
    text(&report.source);
    text(report.note.as_deref().unwrap_or_default());
    hasher.update(&report.reported_at.as_microsecond().to_le_bytes());
    hasher.update(&report.expires_at.as_microsecond().to_le_bytes());
    let hash = hasher.finalize();
    let word = |from: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&hash.as_bytes()[from..from + 8]);
        u64::from_le_bytes(word)
    };
    [word(0), word(8)]
}

/// The statuses as they are at one instant, as a search takes them.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    overlay: &'a StatusOverlay,
    now_us: i64,
    leaves_out: bool,
}

impl<'a> Live<'a> {
    /// The statuses that are fresh at `now`; `None` when there is none at all.
    #[must_use]
    pub fn at(overlay: &'a StatusOverlay, now: Timestamp) -> Option<Self> {
        let now_us = now.as_microsecond();
        (!overlay.is_empty()).then_some(Self { overlay, now_us, leaves_out: false })
    }

    /// Leaves out rows known to be out of service.
    #[must_use]
    pub fn leaving_out(mut self) -> Self {
        self.leaves_out = true;
        self
    }

    fn fresh(&self, row: Row) -> Option<&'a Entry> {
        self.overlay.entry(row).filter(|entry| self.now_us < entry.expires_us)
    }

    /// What a row states now, given what its data states: live state beats the data.
    #[must_use]
    pub fn mask(&self, row: Row, mask: Mask) -> Mask {
        self.fresh(row).map_or(mask, |entry| {
            let Mask { yes, no } = entry.amended;
            Mask { yes: (mask.yes & !no) | yes, no: (mask.no & !yes) | no }
        })
    }

    /// Whether a row is left out: known to be out of service, and such rows are not wanted.
    #[must_use]
    pub fn is_left_out(&self, row: Row) -> bool {
        self.leaves_out && self.fresh(row).is_some_and(|entry| entry.is_out)
    }

    /// The rows of a word of 64 that may state otherwise than their data, bit by bit.
    pub(super) fn amended_in(&self, word: usize) -> u64 {
        let first_row = u32::try_from(word * 64).unwrap_or(u32::MAX);
        let place = first_row % LEAF_ROWS / 64;
        self.overlay.leaf(first_row).map_or(0, |leaf| leaf.present[place as usize])
    }

    /// Values that a status may state of any row: those of all rows together.
    pub(super) fn states(&self) -> States {
        self.overlay.summary.states
    }

    /// Values that a status may state of the rows from `first_row` to before `end_row`.
    pub(super) fn states_of(&self, first_row: u32, end_row: u32) -> States {
        let mut states = States::default();
        let mut row = first_row;
        while row < end_row {
            let branch_end = (row / BRANCH_ROWS + 1).saturating_mul(BRANCH_ROWS);
            let branch = self.overlay.branches.get((row / BRANCH_ROWS) as usize);
            let Some(branch) = branch else { break };
            let Some(branch) = branch else {
                row = branch_end;
                continue;
            };
            if row.is_multiple_of(BRANCH_ROWS) && branch_end <= end_row {
                states = states.union(branch.summary.states);
                row = branch_end;
                continue;
            }
            let leaf = branch.leaves.get((row % BRANCH_ROWS / LEAF_ROWS) as usize);
            if let Some(leaf) = leaf.and_then(Option::as_ref) {
                states = states.union(leaf.summary.states);
            }
            row = (row / LEAF_ROWS + 1).saturating_mul(LEAF_ROWS);
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attribute, Tri};

    fn report(atm: u32, cash_in: Tri, expires_s: i64) -> Arc<StatusReport> {
        Arc::new(StatusReport {
            atm: format!("a:{atm}").into(),
            state: OperationalStatus::InService,
            cash_out: Tri::Unknown,
            cash_in,
            reported_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::from_second(expires_s).unwrap(),
            source: "test".into(),
            note: None,
        })
    }

    #[test]
    fn rows_keep_their_own_reports_and_copies_see_nothing_of_later_changes() {
        let mut overlay = StatusOverlay::EMPTY;
        let rows = [0, 1, 63, 64, 255, 256, 16_383, 16_384, 2_999_999];
        for row in rows {
            overlay.set(Row(row), Some(report(row, Tri::Yes, i64::from(row) + 10)));
        }
        assert_eq!(overlay.len(), rows.len());
        assert_eq!(overlay.first_expiry(), Timestamp::from_second(10).ok());
        let before = overlay.clone();
        overlay.set(Row(64), None);
        overlay.set(Row(0), Some(report(0, Tri::No, 99)));
        for row in rows {
            assert_eq!(before.report(Row(row)).unwrap().atm, format!("a:{row}").into());
        }
        assert!(overlay.report(Row(64)).is_none() && overlay.report(Row(65)).is_none());
        assert_eq!(overlay.first_expiry(), Timestamp::from_second(11).ok());
    }

    #[test]
    fn the_digest_is_that_of_the_content_whatever_led_to_it() {
        let (mut one, mut other) = (StatusOverlay::EMPTY, StatusOverlay::EMPTY);
        for row in 0..300 {
            one.set(Row(row), Some(report(row, Tri::Yes, 10)));
            other.set(Row(299 - row), Some(report(299 - row, Tri::No, 10)));
        }
        assert_ne!(one.digest(), other.digest());
        for row in 0..300 {
            other.set(Row(row), Some(report(row, Tri::Yes, 10)));
        }
        assert_eq!(one.digest(), other.digest());
        for row in 0..300 {
            one.set(Row(row), None);
        }
        assert_eq!((one.digest(), one.len(), one.first_expiry()), (0, 0, None));
    }

    #[test]
    fn a_node_knows_every_value_that_a_status_below_it_states() {
        let mut overlay = StatusOverlay::EMPTY;
        overlay.set(Row(20_000), Some(report(1, Tri::Yes, 10)));
        overlay.set(Row(40_000), Some(report(2, Tri::No, 10)));
        let live = Live::at(&overlay, Timestamp::UNIX_EPOCH).unwrap();
        let bit = Attribute::CashIn.bit();
        for (first, end, yes, no) in [
            (0, 19_000, false, false),
            (0, 20_001, true, false),
            (20_000, 20_016, true, false),
            (39_990, 40_010, false, true),
            (0, 50_000, true, true),
            (50_000, 3_000_000, false, false),
        ] {
            let states = live.states_of(first, end);
            assert_eq!((states.yes & bit != 0, states.no & bit != 0), (yes, no), "{first}..{end}");
        }
    }
}
