//! Live status: who reported what of which machine, kept beside the data and outliving reloads.
//!
//! The [`Ledger`] holds the report that counts of every machine, by id. What of it is fresh lies
//! over each snapshot as a [`StatusOverlay`](crate::index::StatusOverlay), by row.

mod ledger;

pub use ledger::{Ledger, Merge, Retention};
