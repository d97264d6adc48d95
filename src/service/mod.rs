//! Use cases without transport: what HTTP, chat and command line have in common.

pub mod catalogue;
mod cursor;
mod guard;
mod interval;
mod lookup;
mod near;
mod params;
mod places;
mod question;
mod relax;
pub mod reload;
#[cfg(feature = "postgres")]
mod replicas;
mod report;
mod said;
mod shapes;
mod statuses;
mod workers;

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use crate::metrics::Metrics;
use crate::publication::{Publication, Published};

pub use cursor::{Cursor, CursorError, OFFSET_MAX, asks_for_now, fix_now};
pub use guard::{GuardOptions, GuardOverrides, GuardReason, MOVED_FAR_M, SourceChange, judge};
pub use interval::Interval;
pub use lookup::{along, nearest, within};
pub use near::{NearError, PlacesQuestion};
pub use params::{
    Given, InvalidParameter, InvalidParameters, LANGUAGE_BYTES_MAX, NO_PARAMETER, Params,
    VALUE_CHARS_MAX, VALUES_MAX,
};
pub use places::{Located, PLACES_LIMIT_DEFAULT, PLACES_LIMIT_MAX, locate, places, read_reference};
pub use question::{
    AlongQuestion, NearestQuestion, Question, ShapeQuestion, WITHIN_LIMIT_DEFAULT,
    WITHIN_LIMIT_MAX, WithinQuestion,
};
pub use report::{AskedReload, AuditPage, StatusLimits};
pub use said::Said;
pub use statuses::{StatusError, StatusOutcome, Statuses};
pub use workers::{WorkFailed, Workers};

/// Why the service cannot answer. Closed, and ignorant of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No snapshot has been published yet.
    #[error("no ATMs are loaded yet")]
    NotReady,
}

/// The service, shared by all adapters; cloning shares it.
#[derive(Clone, Debug)]
pub struct Service {
    publication: Arc<Publication>,
    workers: Arc<OnceLock<Workers>>,
    clock: fn() -> Timestamp,
}

impl Default for Service {
    /// A service by the system's clock.
    fn default() -> Self {
        Self::with_clock(Timestamp::now)
    }
}

impl Service {
    /// A service with nothing published yet that takes the time from `clock`.
    #[must_use]
    pub fn with_clock(clock: fn() -> Timestamp) -> Self {
        Self { publication: Arc::default(), workers: Arc::default(), clock }
    }

    /// What time it is. Read once per request, as what is published is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What to answer one request from. Load it once per request.
    ///
    /// # Errors
    ///
    /// [`ServiceError::NotReady`] until the first snapshot is published.
    pub fn published(&self) -> Result<Arc<Published>, ServiceError> {
        self.publication.current().ok_or(ServiceError::NotReady)
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        self.publication.metrics()
    }

    /// Who does long work beside lookups; the threads are started when they are first needed.
    #[must_use]
    pub fn workers(&self) -> &Workers {
        self.workers.get_or_init(Workers::default)
    }

    /// The cell new snapshots are published in.
    #[must_use]
    pub fn publication(&self) -> &Publication {
        &self.publication
    }
}
