//! Use cases without transport: what HTTP, chat and command line have in common.

mod cursor;
mod guard;
mod lookup;
mod params;
mod question;

use std::sync::Arc;

use crate::publication::{Publication, Published};

pub use cursor::{Cursor, CursorError, OFFSET_MAX};
pub use guard::{GuardReason, REJECTED_SHARE_MAX, refusals};
pub use lookup::{nearest, within};
pub use params::{Given, InvalidParameter, InvalidParameters, Params};
pub use question::{NearestQuestion, WITHIN_LIMIT_DEFAULT, WITHIN_LIMIT_MAX, WithinQuestion};

/// Why the service cannot answer. Closed, and ignorant of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No snapshot has been published yet.
    #[error("no ATMs are loaded yet")]
    NotReady,
}

/// The service, shared by all adapters; cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Service {
    publication: Arc<Publication>,
}

impl Service {
    /// What to answer one request from. Load it once per request.
    ///
    /// # Errors
    ///
    /// [`ServiceError::NotReady`] until the first snapshot is published.
    pub fn published(&self) -> Result<Arc<Published>, ServiceError> {
        self.publication.current().ok_or(ServiceError::NotReady)
    }

    /// The cell new snapshots are published in.
    #[must_use]
    pub fn publication(&self) -> &Publication {
        &self.publication
    }
}
