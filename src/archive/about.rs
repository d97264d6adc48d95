//! What an archive says of itself, and what the numbers in its columns stand for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Access, Attribute, Attributes, Fee, Field, IngestReport, LocationType, Source, TextField,
};
use crate::snapshot::{Snapshot, Tag, tags};

use super::ArchiveError;

/// The section `about`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) release: String,
    pub(super) snapshot: String,
    pub(super) built_at: String,
    pub(super) rows: u32,
    pub(super) texts: u32,
    pub(super) words: Words,
    pub(super) sources: Vec<Source>,
    pub(super) report: IngestReport,
}

/// What numbers stand for: each list is in the order of the numbers, from zero.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Words {
    fields: Vec<FieldWord>,
    attributes: Vec<String>,
    location_types: Vec<String>,
    fees: Vec<String>,
    accesses: Vec<String>,
}

/// A text field, and whether its texts are given by number.
#[derive(Debug, Serialize, Deserialize)]
struct FieldWord {
    code: String,
    recurs: bool,
}

impl About {
    /// What the archive of `snapshot` says.
    pub(super) fn of(snapshot: &Snapshot, built_at: Timestamp) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            release: env!("CARGO_PKG_VERSION").to_owned(),
            snapshot: snapshot.id().to_string(),
            built_at: built_at.to_string(),
            rows: count(snapshot.len()),
            texts: count(snapshot.recurring_texts().len()),
            words: Words::of_this_release(),
            sources: snapshot.sources().to_vec(),
            report: snapshot.report().clone(),
        }
    }
}

impl Words {
    fn of_this_release() -> Self {
        let field = |tag: Tag| FieldWord { code: tag.field.code().to_owned(), recurs: tag.recurs };
        let own = |code: &'static str| code.to_owned();
        Self {
            fields: tags().into_iter().map(field).collect(),
            attributes: Attribute::ALL.iter().map(|attribute| own(attribute.code())).collect(),
            location_types: values(LocationType::STATED, LocationType::Unknown)
                .map(|kind| own(kind.code()))
                .collect(),
            fees: values(Fee::STATED, Fee::Unknown).map(|fee| own(fee.code())).collect(),
            accesses: values(Access::STATED, Access::Unknown)
                .map(|access| own(access.code()))
                .collect(),
        }
    }
}

/// Every value in the order of its number; the one for what is not stated is the last.
fn values<T: Copy>(stated: &[T], unknown: T) -> impl Iterator<Item = T> {
    stated.iter().copied().chain([unknown])
}

/// What the numbers of an archive mean to this release.
#[derive(Debug)]
pub(super) struct Meanings {
    pub(super) tags: Vec<Tag>,
    attributes: Vec<Attribute>,
    /// Whether the attributes have the bits they have in this release.
    has_own_bits: bool,
    location_types: Vec<LocationType>,
    fees: Vec<Fee>,
    accesses: Vec<Access>,
}

impl Words {
    /// What the numbers mean.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::UnknownWord`] when this release has no such thing.
    pub(super) fn meanings(self) -> Result<Meanings, ArchiveError> {
        fn all<T>(
            kind: &'static str,
            words: Vec<String>,
            meaning: impl Fn(&str) -> Option<T>,
        ) -> Result<Vec<T>, ArchiveError> {
            let known =
                |word: String| meaning(&word).ok_or(ArchiveError::UnknownWord { kind, word });
            words.into_iter().map(known).collect()
        }
        let text_field = |code: &str| match Field::from_code(code)? {
            Field::Text(field) => Some(field),
            Field::Attribute(_) | Field::LocationType | Field::Fee | Field::Access => None,
        };
        let (codes, recur): (_, Vec<bool>) =
            self.fields.into_iter().map(|field| (field.code, field.recurs)).unzip();
        let fields: Vec<TextField> = all("field", codes, text_field)?;
        let attributes = all("attribute", self.attributes, Attribute::from_code)?;
        Ok(Meanings {
            tags: fields
                .into_iter()
                .zip(recur)
                .map(|(field, recurs)| Tag { field, recurs })
                .collect(),
            has_own_bits: Attribute::ALL.starts_with(&attributes),
            attributes,
            location_types: all("location type", self.location_types, LocationType::from_code)?,
            fees: all("fee", self.fees, Fee::from_code)?,
            accesses: all("access", self.accesses, Access::from_code)?,
        })
    }
}

impl Meanings {
    /// The attributes with these bits; `None` when one has no meaning.
    pub(super) fn attributes(&self, yes: u64, no: u64) -> Option<Attributes> {
        let known = u64::MAX.checked_shr(64 - u32::try_from(self.attributes.len()).ok()?)?;
        if (yes | no) & !known != 0 || yes & no != 0 {
            return None;
        }
        if self.has_own_bits {
            return Some(Attributes::from_bits(yes, no));
        }
        let own = |bits: u64| {
            let numbered = (0..64).zip(&self.attributes);
            let set = numbered.filter(|(number, _)| bits >> number & 1 == 1);
            set.fold(0, |own, (_, attribute)| own | attribute.bit())
        };
        Some(Attributes::from_bits(own(yes), own(no)))
    }

    /// The codes with these numbers; `None` when one has no meaning.
    pub(super) fn kinds(
        &self,
        [kind, fee, access]: [u8; 3],
    ) -> Option<(LocationType, Fee, Access)> {
        Some((
            *self.location_types.get(usize::from(kind))?,
            *self.fees.get(usize::from(fee))?,
            *self.accesses.get(usize::from(access))?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Tri;

    #[test]
    fn numbers_of_this_release_mean_what_they_do() {
        let meanings = Words::of_this_release().meanings().unwrap();
        assert!(meanings.has_own_bits);
        assert_eq!(meanings.tags, tags());
        let kinds = (LocationType::Unknown, Fee::Everyone, Access::Private);
        assert_eq!(meanings.kinds([kinds.0 as u8, kinds.1 as u8, kinds.2 as u8]), Some(kinds));
        assert_eq!(meanings.kinds([0, 0, 9]), None);
        assert_eq!(meanings.attributes(1 << 63, 0), None, "a bit without a meaning");
        assert_eq!(meanings.attributes(1, 1), None, "yes and no at once");
    }

    #[test]
    fn numbers_of_another_release_are_told_by_their_words() {
        let mut words = Words::of_this_release();
        words.attributes.reverse();
        words.fees.reverse();
        let last = words.attributes.len() - 1;
        let meanings = words.meanings().unwrap();
        let attributes = meanings.attributes(1, 1 << last).unwrap();
        assert_eq!(attributes.get(Attribute::ALL[last]), Tri::Yes);
        assert_eq!(attributes.get(Attribute::ALL[0]), Tri::No);
        assert_eq!(meanings.kinds([0, 0, 0]).unwrap().1, Fee::Unknown);
    }

    #[test]
    fn a_word_this_release_does_not_know_is_named() {
        let mut words = Words::of_this_release();
        words.attributes.push("teleports".to_owned());
        let error = words.meanings().unwrap_err();
        assert_eq!(
            error.to_string(),
            "knows the attribute \"teleports\", which this release does not"
        );
    }
}
