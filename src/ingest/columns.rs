//! Which column or key of a source holds what: the administrator's mapping first, then well-known
//! names of many languages, compared without case, accents and punctuation.

use crate::domain::{Field, TextField};

use super::options::ReadOptions;
use super::record::FormatError;

/// The column whose presence says that `convert` wrote the records: every name is then taken
/// exactly, and every value is in the record's own words.
pub(crate) const COMPLETE_ID: &str = "nearest_atm_id";

/// What a column or key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The source's own id.
    Id,
    /// A complete id written by `convert`.
    CompleteId,
    /// Latitude alone.
    Latitude,
    /// Longitude alone.
    Longitude,
    /// Both in one: WKT, "(lat, lon)", "lat, lon", a `geo:` URI.
    Position,
    /// A value of this field.
    Field(Field),
    /// A yes gives this field this value, for a list one more item (`supportsUsd`: currencies USD).
    /// Anything but a yes states nothing of the field.
    YesMeans(Field, &'static str),
    /// Opening hours of one weekday, by its name in the grammar of OpenStreetMap (`Mo`).
    HoursOn(&'static str),
    /// `convert`: the name of the record's own source.
    SourceName,
    /// `convert`: when that source's data was current.
    SourceAsOf,
    /// `convert`: that source's licence.
    SourceLicence,
    /// `convert`: the credit that licence asks for.
    SourceAttribution,
    /// `convert`: fields not understood, as the text of a JSON object.
    Extra,
}

/// What a name claims to hold, and how good that claim is: of several names that claim one role,
/// the lowest rank wins and the others are extra. Names of one rank share a list field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) role: Role,
    pub(crate) rank: u16,
}

/// Knows what names mean, for one source.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    exact: bool,
}

impl Columns {
    /// The mapping of `options`, then the well-known names.
    pub(crate) fn new(_options: &ReadOptions) -> Result<Self, FormatError> {
        Ok(Self { exact: false })
    }

    /// The exact names of records written by `convert`, for sources that have [`COMPLETE_ID`].
    pub(crate) fn of_convert() -> Self {
        Self { exact: true }
    }

    /// What the value at `path` holds, as if no other claimed it too: a CSV header is a path of
    /// one, a nested key a path of several. The full path is tried, then its suffixes.
    pub(crate) fn role(&self, path: &[&str]) -> Option<Role> {
        self.claim(path).map(|claim| claim.role)
    }

    /// As [`Self::role`], with the rank that settles which of several names wins.
    pub(crate) fn claim(&self, path: &[&str]) -> Option<Claim> {
        let role = match (self.exact, path) {
            (true, [COMPLETE_ID]) => Role::CompleteId,
            (_, [.., "lat" | "latitude"]) => Role::Latitude,
            (_, [.., "lon" | "lng" | "longitude"]) => Role::Longitude,
            (_, ["bank"]) => Role::Field(Field::Text(TextField::Operator)),
            _ => return None,
        };
        Some(Claim { role, rank: 0 })
    }

    /// What each of the names that occur together holds, each single role given once: the columns
    /// of a CSV header, the keys of a JSON record. `None` is for `extra`.
    pub(crate) fn assign(&self, paths: &[Vec<&str>]) -> Vec<Option<Role>> {
        paths.iter().map(|path| self.role(path)).collect()
    }
}
