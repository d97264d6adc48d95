//! The guard: whether what was ingested may be published.

use crate::domain::IngestReport;

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
    report
        .files
        .iter()
        .filter_map(|file| {
            let (rejected, rows) = (file.rejected_total(), file.rows);
            #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
            let is_too_many = rejected as f64 > rows as f64 * rejected_share_max;
            is_too_many.then(|| GuardReason::TooManyRejected {
                file: file.file.clone(),
                rejected,
                rows,
            })
        })
        .collect()
}
