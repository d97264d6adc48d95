//! The guard: whether what was ingested of a source may be published.
//!
//! Official sources break as perfectly valid data. The shares below are grounded in 828 versions of
//! one bank's own list: from one sound version to the next it lost at most 6 % of its machines and
//! gained at most 36 %, 29 % of ids were others after five months, and 0.6 % of machines moved more
//! than 500 m; its broken versions lost 21 % to 100 %.

use serde::{Deserialize, Serialize};

use crate::domain::{FileReport, RejectReason, WarningKind};

use super::interval::Interval;

/// Distance from which a machine has moved far, in metres: more than any correction of where
/// exactly it stands on its street.
pub const MOVED_FAR_M: f64 = 500.0;

/// How many machines any list may lose, or ids it may change, whatever the shares: of a list of
/// five, one is a fifth.
const ALWAYS_ALLOWED: u64 = 2;

/// What the guard allows. Shares are of the machines the source has in what is served now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuardOptions {
    /// Greatest share of a file's rows that may be rejected, duplicates apart, 0 to 1.
    pub rejected_share_max: f64,
    /// Fewest machines a source may have.
    pub count_min: u64,
    /// Greatest share by which the number of machines may shrink, 0 to 1.
    pub shrink_share_max: f64,
    /// Greatest share by which the number of machines may grow; 1 is to double.
    pub growth_share_max: f64,
    /// Greatest share of ids that may vanish, replaced or not, 0 to 1.
    pub vanished_share_max: f64,
    /// Greatest share of machines that may move more than 500 m, 0 to 1.
    pub moved_share_max: f64,
    /// Share of ids that may vanish at once when a source that is asked by itself (on a schedule,
    /// or when a database says so) loses them; more must stay away for `settle`.
    pub settle_share: f64,
    /// How long a loss must last before it is believed.
    pub settle: Interval,
    /// How long a machine that vanished and came back is remembered: when it vanishes again within
    /// this time, the source is flapping.
    pub flap_memory: Interval,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self {
            rejected_share_max: 0.5,
            count_min: 1,
            shrink_share_max: 0.15,
            growth_share_max: 1.0,
            vanished_share_max: 0.4,
            moved_share_max: 0.1,
            settle_share: 0.01,
            settle: Interval::seconds(3_600),
            flap_memory: Interval::seconds(86_400),
        }
    }
}

/// What one source's table overrides of the guard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the field of GuardOptions of the same name")]
pub struct GuardOverrides {
    pub rejected_share_max: Option<f64>,
    pub count_min: Option<u64>,
    pub shrink_share_max: Option<f64>,
    pub growth_share_max: Option<f64>,
    pub vanished_share_max: Option<f64>,
    pub moved_share_max: Option<f64>,
    pub settle_share: Option<f64>,
    pub settle: Option<Interval>,
    pub flap_memory: Option<Interval>,
}

impl GuardOptions {
    /// These options with what `over` sets in their place.
    #[must_use]
    pub fn overridden(&self, over: &GuardOverrides) -> Self {
        Self {
            rejected_share_max: over.rejected_share_max.unwrap_or(self.rejected_share_max),
            count_min: over.count_min.unwrap_or(self.count_min),
            shrink_share_max: over.shrink_share_max.unwrap_or(self.shrink_share_max),
            growth_share_max: over.growth_share_max.unwrap_or(self.growth_share_max),
            vanished_share_max: over.vanished_share_max.unwrap_or(self.vanished_share_max),
            moved_share_max: over.moved_share_max.unwrap_or(self.moved_share_max),
            settle_share: over.settle_share.unwrap_or(self.settle_share),
            settle: over.settle.unwrap_or(self.settle),
            flap_memory: over.flap_memory.unwrap_or(self.flap_memory),
        }
    }

    /// The first key whose value cannot be, with what it accepts.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let shares = [
            ("rejected_share_max", self.rejected_share_max),
            ("shrink_share_max", self.shrink_share_max),
            ("vanished_share_max", self.vanished_share_max),
            ("moved_share_max", self.moved_share_max),
            ("settle_share", self.settle_share),
        ];
        if let Some((key, _)) = shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Some((key, "a share from 0 to 1"));
        }
        let is_growth = self.growth_share_max >= 0.0;
        (!is_growth).then_some(("growth_share_max", "a share of at least 0; 1 is to double"))
    }
}

/// How a source's machines differ from those it has in what is served.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SourceChange {
    /// Machines it has in what is served.
    pub before: u64,
    /// Machines it would have.
    pub after: u64,
    /// Machines whose id is new.
    pub added: u64,
    /// Machines whose id is gone.
    pub vanished: u64,
    /// Of those, how many have a machine with a new id on the very spot.
    pub renumbered: u64,
    /// Machines that kept their id and moved more than 500 m.
    pub moved_far: u64,
    /// What ids that came and went are known by; none where nothing was served before.
    #[serde(skip)]
    pub added_ids: Vec<u64>,
    /// See `added_ids`.
    #[serde(skip)]
    pub vanished_ids: Vec<u64>,
}

impl SourceChange {
    /// Takes in the change of other machines.
    pub(super) fn add(&mut self, other: Self) {
        self.before += other.before;
        self.after += other.after;
        self.added += other.added;
        self.vanished += other.vanished;
        self.renumbered += other.renumbered;
        self.moved_far += other.moved_far;
        self.added_ids.extend(other.added_ids);
        self.vanished_ids.extend(other.vanished_ids);
    }
}

/// Why the guard refuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum GuardReason {
    /// Nothing was admitted.
    #[error("no ATM was admitted")]
    NothingAdmitted,
    /// A file says itself that it ends before it is complete.
    #[error("{file}: it ends before it is complete")]
    Incomplete {
        /// The file.
        file: String,
    },
    /// A file lost too many of its rows.
    #[error("{file}: {rejected} of {rows} rows were rejected, more than the guard allows")]
    TooManyRejected {
        /// The file.
        file: String,
        /// Rows rejected.
        rejected: u64,
        /// Rows found.
        rows: u64,
    },
    /// There are fewer machines than there must be.
    #[error("{count} ATMs, fewer than the {count_min} there must be")]
    TooFew {
        /// Machines there would be.
        count: u64,
        /// What the guard asks for.
        count_min: u64,
    },
    /// The list shrank too much at once.
    #[error("{before} ATMs would become {after}, a loss of {:.0} % where at most {:.0} % are allowed", share * 100.0, share_max * 100.0)]
    Shrank {
        /// Machines served now.
        before: u64,
        /// Machines there would be.
        after: u64,
        /// The loss, as a share.
        share: f64,
        /// What the guard allows.
        share_max: f64,
    },
    /// The list grew too much at once.
    #[error("{before} ATMs would become {after}, a growth of {:.0} % where at most {:.0} % are allowed", share * 100.0, share_max * 100.0)]
    Grew {
        /// Machines served now.
        before: u64,
        /// Machines there would be.
        after: u64,
        /// The growth, as a share.
        share: f64,
        /// What the guard allows.
        share_max: f64,
    },
    /// Too many ids are gone.
    #[error("{vanished} of {before} ids would vanish, {renumbered} of them with another ATM on the spot: {:.0} % where at most {:.0} % are allowed", share * 100.0, share_max * 100.0)]
    Vanished {
        /// Ids that would vanish.
        vanished: u64,
        /// Machines served now.
        before: u64,
        /// Of the vanished, those with a machine of a new id on the very spot.
        renumbered: u64,
        /// The loss, as a share.
        share: f64,
        /// What the guard allows.
        share_max: f64,
    },
    /// Too many machines moved far.
    #[error("{moved} of {kept} ATMs would move more than 500 m: {:.0} % where at most {:.0} % are allowed", share * 100.0, share_max * 100.0)]
    Moved {
        /// Machines that would move far.
        moved: u64,
        /// Machines that keep their id.
        kept: u64,
        /// The moved, as a share.
        share: f64,
        /// What the guard allows.
        share_max: f64,
    },
    /// Machines that vanished and came back are about to vanish again.
    #[error(
        "{vanished} ids would vanish of which {again} vanished and came back a short while ago: the source is flapping"
    )]
    Flapping {
        /// Ids that would vanish.
        vanished: u64,
        /// Of those, how many did so before.
        again: u64,
    },
}

impl GuardReason {
    /// Every code there is.
    pub const CODES: [&'static str; 9] = [
        "nothing_admitted",
        "incomplete",
        "too_many_rejected",
        "too_few",
        "shrank",
        "grew",
        "vanished",
        "moved",
        "flapping",
    ];

    /// The stable code programs go by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NothingAdmitted => "nothing_admitted",
            Self::Incomplete { .. } => "incomplete",
            Self::TooManyRejected { .. } => "too_many_rejected",
            Self::TooFew { .. } => "too_few",
            Self::Shrank { .. } => "shrank",
            Self::Grew { .. } => "grew",
            Self::Vanished { .. } => "vanished",
            Self::Moved { .. } => "moved",
            Self::Flapping { .. } => "flapping",
        }
    }
}

/// Every reason not to publish what was read of a source; none when it may be published. `files`
/// are the reports of its files. A source of which nothing is served yet is judged by itself alone.
pub fn judge<'f>(
    change: &SourceChange,
    files: impl Iterator<Item = &'f FileReport>,
    options: &GuardOptions,
) -> Vec<GuardReason> {
    if change.after == 0 {
        return vec![GuardReason::NothingAdmitted];
    }
    let mut reasons: Vec<GuardReason> =
        files.flat_map(|file| file_reasons(file, options.rejected_share_max)).collect();
    reasons.extend(change_reasons(change, options));
    reasons
}

/// What one file says against itself.
fn file_reasons(
    file: &FileReport,
    rejected_share_max: f64,
) -> impl Iterator<Item = GuardReason> + use<> {
    let is_incomplete = file.warned.contains_key(&WarningKind::Truncated);
    let incomplete = is_incomplete.then(|| GuardReason::Incomplete { file: file.file.clone() });
    // A duplicate is no loss: the machine is in. Extracts that overlap hold many.
    let duplicates = file.rejected.get(&RejectReason::DuplicateId).copied().unwrap_or(0);
    let (rejected, rows) = (file.rejected_total() - duplicates, file.rows);
    let too_many_rejected = (share(rejected, 1) > share(rows, 1) * rejected_share_max)
        .then(|| GuardReason::TooManyRejected { file: file.file.clone(), rejected, rows });
    incomplete.into_iter().chain(too_many_rejected)
}

/// What speaks against the change from what is served.
fn change_reasons(
    change: &SourceChange,
    options: &GuardOptions,
) -> impl Iterator<Item = GuardReason> + use<> {
    let SourceChange { before, after, vanished, renumbered, moved_far, .. } = *change;
    let too_few = (after < options.count_min)
        .then_some(GuardReason::TooFew { count: after, count_min: options.count_min });
    let beyond = |count: u64, of: u64, share_max: f64| {
        let share = share(count, of);
        (of > 0 && count > ALWAYS_ALLOWED && share > share_max).then_some((share, share_max))
    };
    let shrank = beyond(before.saturating_sub(after), before, options.shrink_share_max)
        .map(|(share, share_max)| GuardReason::Shrank { before, after, share, share_max });
    let grew = beyond(after.saturating_sub(before), before, options.growth_share_max)
        .map(|(share, share_max)| GuardReason::Grew { before, after, share, share_max });
    let vanished =
        beyond(vanished, before, options.vanished_share_max).map(|(share, share_max)| {
            GuardReason::Vanished { vanished, before, renumbered, share, share_max }
        });
    let kept = before - change.vanished.min(before);
    let moved = beyond(moved_far, kept, options.moved_share_max)
        .map(|(share, share_max)| GuardReason::Moved { moved: moved_far, kept, share, share_max });
    [too_few, shrank, grew, vanished, moved].into_iter().flatten()
}

/// A count as a share of another.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
pub(super) fn share(count: u64, of: u64) -> f64 {
    count as f64 / of.max(1) as f64
}

/// Whether a loss is so small that no rule about shares applies to it.
pub(super) const fn is_always_allowed(count: u64) -> bool {
    count <= ALWAYS_ALLOWED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Warning;

    fn file(admitted: u64, rejected: u64) -> FileReport {
        let rejected_counts = [(RejectReason::MissingPosition, rejected)];
        FileReport {
            file: "a.csv".to_owned(),
            rows: admitted + rejected,
            admitted,
            rejected: rejected_counts.into_iter().filter(|(_, count)| *count > 0).collect(),
            ..FileReport::default()
        }
    }

    fn refused(file: &FileReport) -> Vec<GuardReason> {
        let change = SourceChange { after: file.admitted, ..SourceChange::default() };
        judge(&change, [file].into_iter(), &GuardOptions::default())
    }

    fn codes(change: &SourceChange) -> Vec<&'static str> {
        let reasons = judge(change, std::iter::empty(), &GuardOptions::default());
        reasons.iter().map(GuardReason::code).collect()
    }

    #[test]
    fn what_lost_no_more_than_the_allowed_share_passes() {
        assert_eq!(refused(&file(50, 50)), []);
        assert_eq!(refused(&file(49, 51)).len(), 1);
        assert_eq!(refused(&file(0, 0)), [GuardReason::NothingAdmitted]);
    }

    #[test]
    fn duplicates_are_no_loss() {
        let mut overlapping = file(10, 90);
        overlapping.rejected.clear();
        overlapping.rejected.insert(RejectReason::DuplicateId, 90);
        assert_eq!(refused(&overlapping), []);
    }

    #[test]
    fn what_says_itself_that_it_is_incomplete_is_refused() {
        let mut truncated = file(100, 0);
        truncated.warn(Warning {
            file: "a.csv".to_owned(),
            row: None,
            kind: WarningKind::Truncated,
            detail: "query timed out".to_owned(),
        });
        assert_eq!(refused(&truncated), [GuardReason::Incomplete { file: "a.csv".to_owned() }]);
    }

    #[test]
    fn each_rule_about_change_has_a_side_it_passes_and_one_it_refuses() {
        let sound = SourceChange { before: 1_000, after: 1_000, ..SourceChange::default() };
        assert_eq!(codes(&sound), [""; 0]);
        for (change, code) in [
            (SourceChange { after: 849, vanished: 151, ..sound.clone() }, "shrank"),
            (SourceChange { after: 2_001, added: 1_001, ..sound.clone() }, "grew"),
            (SourceChange { vanished: 401, added: 401, ..sound.clone() }, "vanished"),
            (SourceChange { moved_far: 101, ..sound.clone() }, "moved"),
        ] {
            assert_eq!(codes(&change), [code]);
        }
        for change in [
            SourceChange { after: 850, vanished: 150, ..sound.clone() },
            SourceChange { after: 2_000, added: 1_000, ..sound.clone() },
            SourceChange { vanished: 400, added: 400, ..sound.clone() },
            SourceChange { moved_far: 100, ..sound.clone() },
        ] {
            assert_eq!(codes(&change), [""; 0], "{change:?}");
        }
    }

    #[test]
    fn a_short_list_may_lose_a_machine_or_two() {
        let change = |after, vanished| SourceChange {
            before: 5,
            after,
            vanished,
            ..SourceChange::default()
        };
        assert_eq!(codes(&change(3, 2)), [""; 0]);
        assert_eq!(codes(&change(2, 3)), ["shrank", "vanished"]);
        assert_eq!(codes(&change(0, 5)), ["nothing_admitted"]);
    }

    #[test]
    fn what_is_served_for_the_first_time_is_judged_by_itself() {
        assert_eq!(codes(&SourceChange { after: 5, added: 5, ..SourceChange::default() }), [""; 0]);
        let options = GuardOptions { count_min: 6, ..GuardOptions::default() };
        let change = SourceChange { after: 5, ..SourceChange::default() };
        let reasons = judge(&change, std::iter::empty(), &options);
        assert_eq!(reasons, [GuardReason::TooFew { count: 5, count_min: 6 }]);
    }

    #[test]
    fn what_a_source_does_not_override_stays() {
        let over = GuardOverrides { count_min: Some(100), ..GuardOverrides::default() };
        let options = GuardOptions::default().overridden(&over);
        assert_eq!(options, GuardOptions { count_min: 100, ..GuardOptions::default() });
        assert_eq!(options.fault(), None);
        let mut wrong = options;
        wrong.shrink_share_max = 1.5;
        assert_eq!(wrong.fault().map(|(key, _)| key), Some("shrink_share_max"));
    }
}
