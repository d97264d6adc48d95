//! From names and values to a valid status report.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::{OperationalStatus, StatusReport, Tri};

use super::params::{InvalidParameters, Params, is_at_most};

/// How far the clock of whoever reports may be ahead.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Most characters a report's source, and its note, may have.
pub(super) const SOURCE_CHARS_MAX: usize = 100;
pub(super) const NOTE_CHARS_MAX: usize = 500;

/// The source of a report that names none.
const SOURCE_DEFAULT: &str = "administrator";

const INSTANT: &str = "an instant as RFC 3339 writes it, such as 2026-08-20T16:00:00Z";

/// How long what is reported counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusLimits {
    /// How long a report counts that does not say, in seconds.
    pub expiry_default_s: u32,
    /// The longest a report may count, in seconds.
    pub expiry_max_s: u32,
    /// How long the status of an ATM that has left the data is kept for its return, in seconds.
    pub keep_absent_s: u32,
}

impl Default for StatusLimits {
    fn default() -> Self {
        Self {
            expiry_default_s: 4 * 3600,
            expiry_max_s: 30 * 24 * 3600,
            keep_absent_s: 7 * 24 * 3600,
        }
    }
}

/// A page of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// Only entries of smaller numbers; `None` begins with the latest.
    pub before: Option<i64>,
    /// How many entries.
    pub limit: u32,
}

/// A reload as administrators ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedReload {
    /// The name of the source to reload; all without it.
    pub source: Option<String>,
    /// Whether to tell what would happen, and do nothing.
    pub dry_run: bool,
    /// Whether to publish against the guard.
    pub force: bool,
}

/// Entries a page of the audit log holds at most, and when the question does not say.
pub(super) const AUDIT_LIMIT_MAX: u32 = 1000;
pub(super) const AUDIT_LIMIT_DEFAULT: u32 = 100;

impl Params<'_> {
    /// Which page of the audit log is asked for.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn audit_page(mut self) -> Result<AuditPage, InvalidParameters> {
        let number = |text: String| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|_| is_number)
        };
        let before = self.text("cursor").map(number);
        if before == Some(None) {
            self.fault("cursor", "is no cursor", "the `next` of the page before");
        }
        let limit = self.text("limit").map(|text| text.parse::<u32>().unwrap_or(0));
        let limit = limit.unwrap_or(AUDIT_LIMIT_DEFAULT);
        if !(1..=AUDIT_LIMIT_MAX).contains(&limit) {
            self.fault("limit", "is out of range", "a whole number from 1 to 1000");
        }
        self.finish(Some(AuditPage { before: before.flatten(), limit }))
    }

    /// A report of one machine; of the one its member `id` names where `atm` does not.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every member that is not acceptable.
    pub fn status_report(
        mut self,
        atm: Option<&str>,
        limits: &StatusLimits,
        now: Timestamp,
    ) -> Result<StatusReport, InvalidParameters> {
        let atm = atm.map(str::to_owned).or_else(|| self.required_text("id", "the id of an ATM"));
        let state = self.one_of(
            "state",
            &[
                ("in_service", OperationalStatus::InService),
                ("out_of_service", OperationalStatus::OutOfService),
            ],
        );
        if state == OperationalStatus::Unknown {
            // Of two faults of one parameter the first is kept.
            self.fault("state", "is missing", "in_service, out_of_service");
        }
        let words = [("unknown", Tri::Unknown), ("yes", Tri::Yes), ("no", Tri::No)];
        let [cash_out, cash_in] = ["cash_out", "cash_in"].map(|name| self.one_of(name, &words));
        let reported_at = self.instant("reported_at").unwrap_or_else(|| whole_microseconds(now));
        if now.checked_add(AHEAD_MAX).is_ok_and(|most| reported_at > most) {
            self.fault("reported_at", "lies in the future", "an instant that has been");
        }
        let after = |seconds: u32| {
            let end = reported_at.checked_add(SignedDuration::from_secs(seconds.into()));
            end.unwrap_or(Timestamp::MAX)
        };
        let expires_at = self
            .instant("expires_at")
            .unwrap_or_else(|| after(limits.expiry_default_s.min(limits.expiry_max_s)));
        if !(reported_at < expires_at && expires_at <= after(limits.expiry_max_s)) {
            let accepted =
                format!("an instant after reported_at, at most {} s after", limits.expiry_max_s);
            self.fault("expires_at", "is not within what is accepted", &accepted);
        }
        let source = self.remark("source", SOURCE_CHARS_MAX);
        let note = self.remark("note", NOTE_CHARS_MAX);
        let atm = self.finish(atm)?;
        Ok(StatusReport {
            atm: atm.into(),
            state,
            cash_out,
            cash_in,
            reported_at,
            expires_at,
            source: source.map_or_else(|| SOURCE_DEFAULT.into(), Into::into),
            note: note.map(Into::into),
        })
    }

    /// Which reload is asked for.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn reload(mut self) -> Result<AskedReload, InvalidParameters> {
        let source = self.text("source");
        let (dry_run, force) = (self.flag("dry_run"), self.flag("force"));
        self.finish(Some(AskedReload { source, dry_run, force }))
    }

    fn required_text(&mut self, name: &'static str, accepted: &str) -> Option<String> {
        let text = self.text(name).filter(|text| !text.is_empty());
        if text.is_none() {
            self.fault(name, "is missing", accepted);
        }
        text
    }

    fn instant(&mut self, name: &'static str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let instant = text.trim().parse::<Timestamp>().ok();
        if instant.is_none() {
            self.fault(name, "is not an instant", INSTANT);
        }
        instant.map(whole_microseconds)
    }

    /// A short text for people, on one line; `None` when it is empty.
    fn remark(&mut self, name: &'static str, chars_max: usize) -> Option<String> {
        let text = self.text(name)?;
        if !is_at_most(&text, chars_max) || text.chars().any(char::is_control) {
            let accepted = format!("one line of at most {chars_max} characters");
            self.fault(name, "is too long or not one line", &accepted);
        }
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// Stores keep microseconds; what is finer is dropped here, so that memory and store agree.
fn whole_microseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn report(members: &[(&str, &str)]) -> Result<StatusReport, Vec<String>> {
        let texts = members.iter().map(|&(name, text)| (name.to_owned(), text.to_owned()));
        let now = Timestamp::from_second(NOW).unwrap();
        Params::from_texts(texts)
            .status_report(None, &StatusLimits::default(), now)
            .map_err(|faults| faults.0.into_iter().map(|fault| fault.parameter).collect())
    }

    #[test]
    fn what_is_left_out_is_now_and_a_few_hours_by_the_administrator() {
        let report = report(&[("id", "a:1"), ("state", "out_of_service")]).unwrap();
        assert_eq!(report.reported_at.as_second(), NOW);
        assert_eq!(report.expires_at.as_second(), NOW + 4 * 3600);
        assert_eq!((report.cash_out, report.cash_in), (Tri::Unknown, Tri::Unknown));
        assert_eq!((&*report.source, report.note), ("administrator", None));
    }

    #[test]
    fn every_fault_of_a_report_is_named() {
        let long = "x".repeat(501);
        for (members, faults) in [
            (&[][..], &["id", "state"][..]),
            (&[("id", "a"), ("state", "broken")], &["state"]),
            (&[("id", "a"), ("state", "unknown")], &["state"]),
            (&[("id", "a"), ("state", "in_service"), ("cash_out", "maybe")], &["cash_out"]),
            (&[("id", "a"), ("state", "in_service"), ("reported_at", "noon")], &["reported_at"]),
            (
                &[("id", "a"), ("state", "in_service"), ("reported_at", "2027-01-15T08:06:00Z")],
                &["reported_at"],
            ),
            (
                &[("id", "a"), ("state", "in_service"), ("expires_at", "2027-01-15T08:00:00Z")],
                &["expires_at"],
            ),
            (
                &[("id", "a"), ("state", "in_service"), ("expires_at", "2028-01-15T08:00:00Z")],
                &["expires_at"],
            ),
            (&[("id", "a"), ("state", "in_service"), ("note", &long)], &["note"]),
            (&[("id", "a"), ("state", "in_service"), ("source", "a\nb")], &["source"]),
            (&[("id", "a"), ("state", "in_service"), ("until", "x")], &["until"]),
        ] {
            assert_eq!(report(members).unwrap_err(), faults, "{members:?}");
        }
    }
}
