//! Admitting sound records one after another: ids derived from content, and duplicates.

use std::borrow::Cow;
use std::fmt::Write as _;

use hashbrown::{HashMap, HashSet};

use crate::domain::{Atm, RejectReason, RowRef, Source, SourceIndex, TextField, WarningKind};

use super::country::CountryCode;
use super::digest::{RecordDigest, content_digest, digest_of_texts, record_digest};
use super::judge::{RowWarnings, Sound, Unsound};

/// Stands between source and digest in ids derived from content.
const DERIVED_ID_MARK: &str = ":~";

/// An ATM that is in, with what the snapshot needs to know of it.
#[derive(Clone, Debug)]
pub struct Admitted<'a> {
    /// The ATM. Its source counts the sources in the order they are listed in the outcome.
    pub atm: Atm<'a>,
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
    /// Name of the configured source being read.
    configured: String,
    /// Sources that records brought with them.
    known_sources: HashMap<Source, SourceIndex>,
    /// The one that the last of these records brought.
    last_source: Option<(Source, SourceIndex)>,
}

impl Admission {
    /// Every source seen, in the order [`SourceIndex`] counts them.
    pub(super) fn into_sources(self) -> Vec<Source> {
        self.sources
    }

    /// Everything from here on belongs to the configured source of this name.
    pub(super) fn begin(&mut self, configured: &str) {
        configured.clone_into(&mut self.configured);
    }

    /// Name of the configured source being read.
    pub(super) fn configured(&self) -> &str {
        &self.configured
    }

    /// Takes over an ATM of an earlier snapshot, `None` when its id is taken by now.
    pub(super) fn keep<'a>(&mut self, atm: Atm<'a>) -> Option<Admitted<'a>> {
        if !self.ids.insert(digest_of_texts([&*atm.id])) {
            return None;
        }
        let content = content_digest(&atm);
        // As if it had been read: what follows may resemble it.
        if atm.id.starts_with("osm:") || atm.id.contains(DERIVED_ID_MARK) {
            self.contents.insert(content);
        }
        let digest = record_digest(&atm.id, content);
        Some(Admitted { atm, country: None, digest })
    }

    /// Takes over the description of a source of an earlier snapshot.
    pub(super) fn keep_source(&mut self, source: Source) -> SourceIndex {
        let index = self.open_source(&source.name);
        self.describe_source(index, source);
        index
    }

    /// The number of `source`, a new one if it is seen for the first time.
    fn source(&mut self, mut source: Source) -> SourceIndex {
        source.configured.clone_from(&self.configured);
        // Rows of one source mostly stand together.
        if let Some((last, index)) = &self.last_source
            && *last == source
        {
            return *index;
        }
        let index = self.known_source(&source);
        self.last_source = Some((source, index));
        index
    }

    fn known_source(&mut self, source: &Source) -> SourceIndex {
        if let Some(&known) = self.known_sources.get(source) {
            return known;
        }
        let index = self.open_source(&source.name);
        self.describe_source(index, source.clone());
        self.known_sources.insert(source.clone(), index);
        index
    }

    /// Gives a file a source of its own that is described when the file has been read.
    pub(super) fn open_source(&mut self, name: &str) -> SourceIndex {
        let configured = self.configured.clone();
        self.sources.push(Source { configured, name: name.to_owned(), ..Source::default() });
        SourceIndex(u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX))
    }

    /// Describes a source opened before.
    pub(super) fn describe_source(&mut self, index: SourceIndex, source: Source) {
        if let Some(place) = self.sources.get_mut(index.0 as usize) {
            *place = source;
        }
    }

    /// Admits a sound record, or rejects it as a duplicate.
    pub(super) fn admit(
        &mut self,
        sound: Sound,
        source: SourceIndex,
        source_name: &str,
    ) -> Result<(Admitted<'static>, RowRef, RowWarnings), Box<Unsound>> {
        let Sound { mut atm, content, country, row, original, source: own_source, mut warnings } =
            sound;
        atm.source = own_source.map_or(source, |own| self.source(own));
        // Banks list machines of one lobby alike and tell them apart by id alone, so likeness is
        // suspicious only where nobody gave an id, or where everybody may add a machine.
        let likeness = match () {
            () if atm.id.is_empty() => Some(WarningKind::SameRowTwice),
            () if atm.id.starts_with("osm:") => Some(WarningKind::SameMachineTwice),
            () => None,
        };
        let is_alike = likeness.is_some() && !self.contents.insert(content);
        if atm.id.is_empty() {
            atm.id = Cow::Owned(self.derived_id(&atm, source_name));
        }
        warnings.extend(likeness.filter(|_| is_alike).map(|kind| (kind, atm.id.to_string())));
        let digest = record_digest(&atm.id, content);
        if !self.ids.insert(digest_of_texts([&*atm.id])) {
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
        let position = atm.position.to_string();
        let texts = IDENTIFYING.map(|field| atm.text(field).unwrap_or_default());
        let digest = digest_of_texts([source_name, &position].into_iter().chain(texts));
        let occurrence = self.derived.entry(digest).and_modify(|count| *count += 1).or_insert(1);
        let mut id = format!("{source_name}{DERIVED_ID_MARK}");
        for byte in &digest[..8] {
            let _ = write!(id, "{byte:02x}");
        }
        if *occurrence > 1 {
            let _ = write!(id, "-{occurrence}");
        }
        id
    }
}
