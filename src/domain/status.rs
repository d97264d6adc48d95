//! What is known of a machine beside its data: whether it works right now.

use jiff::Timestamp;

use super::attribute::{Attribute, Attributes, Tri};

/// Whether a machine works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OperationalStatus {
    /// Known to work.
    InService,
    /// Known not to work.
    OutOfService,
    /// Not known. A report says so when it withdraws what was reported before.
    #[default]
    Unknown,
}

impl OperationalStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::InService, Self::OutOfService, Self::Unknown];

    /// The code used in JSON and in stores.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InService => "in_service",
            Self::OutOfService => "out_of_service",
            Self::Unknown => "unknown",
        }
    }

    /// The status with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// What someone reported of one machine. It holds from when it is told until it expires; from then
/// on nothing is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// Id of the ATM.
    pub atm: Box<str>,
    /// Whether it works.
    pub state: OperationalStatus,
    /// Whether it gives cash now; unknown leaves what the data says.
    pub cash_out: Tri,
    /// Whether it takes cash now; unknown leaves what the data says.
    pub cash_in: Tri,
    /// When this was so. A report never replaces one of a later time.
    pub reported_at: Timestamp,
    /// The first instant at which it no longer counts.
    pub expires_at: Timestamp,
    /// Who found out, in the reporter's own words: a monitoring system, a branch, a person.
    pub source: Box<str>,
    /// A remark for people.
    pub note: Option<Box<str>>,
}

/// How sure one can be to be served, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Known to work, and not known to be out of cash.
    Working,
    /// Nothing is known.
    Unknown,
    /// Works but gives no cash.
    OutOfCash,
    /// Known not to work.
    OutOfService,
}

impl StatusReport {
    /// Whether it still counts at `now`: before, and not at, the instant it expires.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether it tells anything at `now`: it is fresh and withdraws nothing.
    #[must_use]
    pub fn is_shown(&self, now: Timestamp) -> bool {
        self.is_fresh(now) && self.state != OperationalStatus::Unknown
    }

    /// What it says of the attributes it can tell of: live state beats the data.
    pub fn amend(&self, attributes: &mut Attributes) {
        for (attribute, value) in
            [(Attribute::CashOut, self.cash_out), (Attribute::CashIn, self.cash_in)]
        {
            if value != Tri::Unknown {
                attributes.set(attribute, value);
            }
        }
    }

    /// How sure one can be to be served by the machine, while the report is fresh.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        match self.state {
            OperationalStatus::OutOfService => Certainty::OutOfService,
            _ if self.cash_out == Tri::No => Certainty::OutOfCash,
            OperationalStatus::InService => Certainty::Working,
            OperationalStatus::Unknown => Certainty::Unknown,
        }
    }
}
