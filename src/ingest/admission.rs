//! Admitting sound records one after another: ids derived from content, duplicates, and the
//! digest the snapshot's id is made of.

use std::borrow::Cow;
use std::fmt::Write as _;

use hashbrown::{HashMap, HashSet};

use crate::domain::{
    Atm, Field, RejectReason, RowRef, Source, SourceIndex, TextField, WarningKind,
};

use super::country::CountryCode;
use super::judge::{RowWarnings, Sound, Unsound};

/// 128 bits of a record's content, its source apart. Two records of one digest are the same.
pub type RecordDigest = [u8; 16];

/// An ATM that is in, with what the snapshot needs to know of it.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The ATM. Its source counts the sources in the order they are listed in the outcome.
    pub atm: Atm<'static>,
    /// The country it stands in: the stated one, else the one its position lies in.
    pub country: Option<CountryCode>,
    /// Digest of everything stated, id included, source apart.
    pub digest: RecordDigest,
}

/// What admission remembers of the records before.
#[derive(Debug, Default)]
pub(super) struct Admission {
    ids: HashSet<RecordDigest>,
    /// How many records share a derived id.
    derived: HashMap<RecordDigest, u32>,
    /// Contents without id, of records whose likeness would be suspicious.
    contents: HashSet<RecordDigest>,
    sources: Vec<Source>,
}

impl Admission {
    /// Every source seen, in the order [`SourceIndex`] counts them.
    pub(super) fn into_sources(self) -> Vec<Source> {
        self.sources
    }

    /// The number of `source`, a new one if it is seen for the first time.
    pub(super) fn source(&mut self, source: &Source) -> SourceIndex {
        // The same few sources come again and again, the newest most of all.
        let place = self.sources.iter().rposition(|known| known == source).unwrap_or_else(|| {
            self.sources.push(source.clone());
            self.sources.len() - 1
        });
        SourceIndex(u16::try_from(place).unwrap_or(u16::MAX))
    }

    /// Gives a file a source of its own that is described when the file has been read.
    pub(super) fn open_source(&mut self, name: &str) -> SourceIndex {
        self.sources.push(Source { name: name.to_owned(), ..Source::default() });
        SourceIndex(u16::try_from(self.sources.len() - 1).unwrap_or(u16::MAX))
    }

    /// Describes a source opened before.
    pub(super) fn describe_source(&mut self, index: SourceIndex, source: Source) {
        if let Some(place) = self.sources.get_mut(usize::from(index.0)) {
            *place = source;
        }
    }

    /// Admits a sound record, or rejects it as a duplicate.
    pub(super) fn admit(
        &mut self,
        sound: Sound,
        source: SourceIndex,
        source_name: &str,
    ) -> Result<(Admitted, RowRef, RowWarnings), Box<Unsound>> {
        let Sound { mut atm, country, row, original, source: own_source, mut warnings } = sound;
        atm.source = own_source.map_or(source, |own| self.source(&own));
        // Banks list machines of one lobby alike and tell them apart by id alone, so likeness is
        // suspicious only where nobody gave an id, or where everybody may add a machine.
        let likeness = match () {
            () if atm.id.is_empty() => Some(WarningKind::SameRowTwice),
            () if atm.id.starts_with("osm:") => Some(WarningKind::SameMachineTwice),
            () => None,
        };
        let is_alike = likeness.is_some() && !self.contents.insert(content_digest(&atm));
        if atm.id.is_empty() {
            atm.id = Cow::Owned(self.derived_id(&atm, source_name));
        }
        warnings.extend(likeness.filter(|_| is_alike).map(|kind| (kind, atm.id.to_string())));
        let digest = record_digest(&atm);
        if !self.ids.insert(truncated(blake3::hash(atm.id.as_bytes()))) {
            let detail = atm.id.into_owned();
            let reason = RejectReason::DuplicateId;
            return Err(Box::new(Unsound { row, original, reason, detail }));
        }
        Ok((Admitted { atm, country, digest }, row, warnings))
    }

    /// An id made of what tells a machine from others: its position, names and address. It stays
    /// when services, hours or fees change. Rows alike in all of that are numbered in file order.
    fn derived_id(&mut self, atm: &Atm<'_>, source_name: &str) -> String {
        const IDENTIFYING: [TextField; 8] = [
            TextField::Operator,
            TextField::Brand,
            TextField::Name,
            TextField::Street,
            TextField::HouseNumber,
            TextField::AddressLines,
            TextField::City,
            TextField::Postcode,
        ];
        let mut hasher = blake3::Hasher::new();
        feed_position(&mut hasher, atm);
        for field in IDENTIFYING {
            feed_text(&mut hasher, field.code());
            feed_text(&mut hasher, atm.text(field).unwrap_or_default());
        }
        feed_text(&mut hasher, source_name);
        let digest = truncated(hasher.finalize());
        let occurrence = self.derived.entry(digest).and_modify(|count| *count += 1).or_insert(1);
        let mut id = format!("{source_name}:~");
        for byte in &digest[..8] {
            let _ = write!(id, "{byte:02x}");
        }
        if *occurrence > 1 {
            let _ = write!(id, "-{occurrence}");
        }
        id
    }
}

/// Digest of a source's description.
pub(crate) fn source_digest(source: &Source) -> RecordDigest {
    let mut hasher = blake3::Hasher::new();
    feed_text(&mut hasher, &source.name);
    for text in [&source.as_of, &source.licence, &source.attribution] {
        feed_text(&mut hasher, text.as_deref().unwrap_or_default());
    }
    truncated(hasher.finalize())
}

fn record_digest(atm: &Atm<'_>) -> RecordDigest {
    let mut hasher = blake3::Hasher::new();
    feed_text(&mut hasher, &atm.id);
    feed_content(&mut hasher, atm);
    truncated(hasher.finalize())
}

fn content_digest(atm: &Atm<'_>) -> RecordDigest {
    let mut hasher = blake3::Hasher::new();
    feed_content(&mut hasher, atm);
    truncated(hasher.finalize())
}

fn feed_content(hasher: &mut blake3::Hasher, atm: &Atm<'_>) {
    feed_position(hasher, atm);
    for (field, value) in atm.values() {
        feed_field(hasher, field, value);
    }
    feed_text(hasher, atm.extra.as_deref().unwrap_or_default());
}

fn feed_position(hasher: &mut blake3::Hasher, atm: &Atm<'_>) {
    // Adding zero makes -0.0 plain, which a text format may or may not keep.
    hasher.update(&(atm.position.lat_deg() + 0.0).to_le_bytes());
    hasher.update(&(atm.position.lon_deg() + 0.0).to_le_bytes());
}

fn feed_field(hasher: &mut blake3::Hasher, field: Field, value: &str) {
    feed_text(hasher, field.code());
    feed_text(hasher, value);
}

/// Feeds a text with its length, so that no two sequences of texts feed the same bytes.
fn feed_text(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

fn truncated(hash: blake3::Hash) -> RecordDigest {
    let mut digest = RecordDigest::default();
    digest.copy_from_slice(&hash.as_bytes()[..16]);
    digest
}
