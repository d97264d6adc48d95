//! The guard: whether what was ingested may be published.

use crate::domain::{IngestReport, RejectReason, WarningKind};

/// Greatest share of rejected rows that is still published. Real official files with many rows
/// that were never geocoded reject up to a sixth; a file read with exchanged axes or in metres
/// rejects nearly all.
pub const REJECTED_SHARE_MAX: f64 = 0.5;

/// Why the guard refuses.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
}

/// Every reason not to publish what `report` tells of; none when it may be published.
#[must_use]
pub fn refusals(report: &IngestReport, rejected_share_max: f64) -> Vec<GuardReason> {
    if report.admitted() == 0 {
        return vec![GuardReason::NothingAdmitted];
    }
    let incomplete = report
        .files
        .iter()
        .filter(|file| file.warned.contains_key(&WarningKind::Truncated))
        .map(|file| GuardReason::Incomplete { file: file.file.clone() });
    let too_many_rejected = report.files.iter().filter_map(|file| {
        // A duplicate is no loss: the machine is in. Extracts that overlap hold many.
        let duplicates = file.rejected.get(&RejectReason::DuplicateId).copied().unwrap_or(0);
        let (rejected, rows) = (file.rejected_total() - duplicates, file.rows);
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
        let is_too_many = rejected as f64 > rows as f64 * rejected_share_max;
        is_too_many.then(|| GuardReason::TooManyRejected {
            file: file.file.clone(),
            rejected,
            rows,
        })
    });
    incomplete.chain(too_many_rejected).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FileReport, Warning};

    fn report(admitted: u64, rejected: u64) -> IngestReport {
        let rejected_counts = [(RejectReason::MissingPosition, rejected)];
        let file = FileReport {
            file: "a.csv".to_owned(),
            rows: admitted + rejected,
            admitted,
            rejected: rejected_counts.into_iter().filter(|(_, count)| *count > 0).collect(),
            ..FileReport::default()
        };
        IngestReport { files: vec![file] }
    }

    #[test]
    fn what_lost_no_more_than_the_allowed_share_passes() {
        assert_eq!(refusals(&report(50, 50), 0.5), []);
        assert_eq!(refusals(&report(49, 51), 0.5).len(), 1);
        assert_eq!(refusals(&report(0, 0), 1.0), [GuardReason::NothingAdmitted]);
    }

    #[test]
    fn duplicates_are_no_loss() {
        let mut overlapping = report(10, 90);
        let rejected = &mut overlapping.files[0].rejected;
        rejected.clear();
        rejected.insert(RejectReason::DuplicateId, 90);
        assert_eq!(refusals(&overlapping, 0.5), []);
    }

    #[test]
    fn what_says_itself_that_it_is_incomplete_is_refused() {
        let mut report = report(100, 0);
        report.files[0].warn(Warning {
            file: "a.csv".to_owned(),
            row: None,
            kind: WarningKind::Truncated,
            detail: "query timed out".to_owned(),
        });
        let refused = GuardReason::Incomplete { file: "a.csv".to_owned() };
        assert_eq!(refusals(&report, 0.5), [refused]);
    }
}
