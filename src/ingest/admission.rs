//! Admitting sound records one after another: ids derived from content, and duplicates.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};

use crate::domain::{Position, RejectReason, Source, SourceIndex, WarningKind};

use super::Receiving;
use super::digest::{Digest, RecordDigest};
use super::judge::Unsound;
use super::packed::{Codes, Symbol};
use super::parcel::{NameNumbers, Parcel, SoundRow, Verdict};

/// Stands between source and digest in ids derived from content.
const DERIVED_ID_MARK: &str = ":~";

/// Whether a record of this id, empty where it is to be derived from content, may be suspiciously
/// like another: nobody gave it an id, or everybody may add one.
pub(super) fn may_be_alike(id: &str) -> bool {
    id.is_empty() || id.starts_with("osm:") || id.contains(DERIVED_ID_MARK)
}

/// An ATM that is in, with what the snapshot needs to know of it.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'p> {
    /// Its id.
    pub(crate) id: &'p str,
    /// Its packed record, without its id perhaps, and with numbers of texts of the parcel's own.
    pub(crate) record: &'p [u8],
    /// What the receiver's numbers are for these.
    pub(crate) numbers: &'p [Symbol],
    /// Where it stands.
    pub(crate) position: Position,
    /// Its closed values. Its source counts the sources in the order they are listed in the
    /// outcome.
    pub(crate) codes: Codes,
    /// The names it goes by and the country it stands in, by the receiver's numbers: the country
    /// is the stated one, else the one its position lies in.
    pub(crate) names: NameNumbers,
    /// Digest of everything stated, id included, source apart.
    pub(crate) digest: RecordDigest,
}

/// Digests that were seen. A digest needs no hashing: its bits are as good as random.
type Digests = HashSet<RecordDigest, BuildHasherDefault<FirstBytes>>;

/// Takes the first bytes of a digest for its hash.
#[derive(Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length of a digest is always the same.
    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The ids of the records that are in, each by 32 bits of its hash and its place among them; the
/// receiver has them whole.
#[derive(Debug, Default)]
struct Ids {
    known: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

/// What the table takes for a hash is made of the bits that it keeps.
const fn spread(bits: u32) -> u64 {
    (bits as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Ids {
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    fn bits(&self, id: &str) -> u32 {
        self.hasher.hash_one(id) as u32
    }

    /// Whether there may be this id.
    fn may_have(&self, id: &str) -> bool {
        let bits = self.bits(id);
        self.known.find(spread(bits), |&(other, _)| other == bits).is_some()
    }

    /// Adds the id of the record that comes in next; `false` when one before has it.
    fn insert(&mut self, id: &str, receiver: &dyn Receiving) -> bool {
        let bits = self.bits(id);
        let is_it = |&(other, place): &(u32, u32)| other == bits && receiver.id(place) == id;
        if self.known.find(spread(bits), is_it).is_some() {
            return false;
        }
        let place = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.insert_unique(spread(bits), (bits, place), |&(bits, _)| spread(bits));
        true
    }
}

/// What admission remembers of the records before.
#[derive(Debug, Default)]
pub(super) struct Admission {
    ids: Ids,
    /// How many records share a derived id.
    derived: HashMap<RecordDigest, u32>,
    /// Contents without id, of records whose likeness would be suspicious.
    contents: Digests,
    sources: Vec<Source>,
    /// Name of the configured source being read.
    configured: String,
    /// Sources that records brought with them.
    known_sources: HashMap<Source, SourceIndex>,
    /// The one that the last of these records brought.
    last_source: Option<(Arc<Source>, SourceIndex)>,
}

impl Admission {
    /// Every source seen, in the order [`SourceIndex`] counts them.
    pub(super) fn into_sources(self) -> Vec<Source> {
        self.sources
    }

    /// Everything from here on belongs to the configured source of this name.
    pub(super) fn begin(&mut self, configured: &str) {
        configured.clone_into(&mut self.configured);
        self.last_source = None;
    }

    /// Name of the configured source being read.
    pub(super) fn configured(&self) -> &str {
        &self.configured
    }

    /// Has what is known of a parcel's ids fetched from memory, that of all of them at once: in a
    /// large table hardly any lies in a cache, and row by row each would be waited for. It changes
    /// nothing but the time.
    pub(super) fn foresee(&self, parcel: &Parcel) {
        let may_have = |verdict: &&Verdict| matches!(verdict, Verdict::Sound(row) if self.ids.may_have(parcel.id(row)));
        // Or the looks would be left out, for nobody needs what they gave.
        std::hint::black_box(parcel.verdicts.iter().filter(may_have).count());
    }

    /// Takes over an ATM of an earlier snapshot; `false` when its id is taken by now.
    pub(super) fn keep(&mut self, row: &SoundRow, id: &str, receiver: &dyn Receiving) -> bool {
        if !self.ids.insert(id, receiver) {
            return false;
        }
        // As if it had been read: what follows may resemble it.
        self.contents.extend(row.content);
        true
    }

    /// Takes over the description of a source of an earlier snapshot.
    pub(super) fn keep_source(&mut self, source: Source) -> SourceIndex {
        let index = self.open_source(&source.name);
        self.describe_source(index, source);
        index
    }

    /// The number of `source`, a new one if it is seen for the first time.
    fn source(&mut self, source: &Arc<Source>) -> SourceIndex {
        // Rows of one source mostly stand together, and share it.
        if let Some((last, index)) = &mut self.last_source
            && (Arc::ptr_eq(last, source) || last == source)
        {
            // The next row may well share it.
            last.clone_from(source);
            return *index;
        }
        let own = Source { configured: self.configured.clone(), ..Source::clone(source) };
        let index = self.known_source(&own);
        self.last_source = Some((Arc::clone(source), index));
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

    /// Admits a sound row of a parcel under the id it gives, or rejects it as a duplicate.
    pub(super) fn admit<'p>(
        &mut self,
        row: &mut SoundRow,
        parcel: &'p Parcel,
        (source, source_name): (SourceIndex, &str),
        receiver: &dyn Receiving,
    ) -> Result<Cow<'p, str>, Box<Unsound>> {
        row.codes.source = parcel.source(row).map_or(source, |own| self.source(own));
        let mut id = Cow::Borrowed(parcel.id(row));
        // Banks list machines of one lobby alike and tell them apart by id alone, so likeness is
        // suspicious only where nobody gave an id, or where everybody may add a machine.
        let likeness = match () {
            () if row.identity.is_some() => Some(WarningKind::SameRowTwice),
            () if id.starts_with("osm:") => Some(WarningKind::SameMachineTwice),
            () => None,
        };
        let compared = row.content.filter(|_| likeness.is_some());
        let is_alike = compared.is_some_and(|content| !self.contents.insert(content));
        if let Some((identity, content)) = row.identity.zip(row.content) {
            id = Cow::Owned(self.derived_id(identity, source_name));
            row.digest = Digest::default().of_record(&id, content);
        }
        row.warnings.extend(likeness.filter(|_| is_alike).map(|kind| (kind, id.to_string())));
        if !self.ids.insert(&id, receiver) {
            return Err(Box::new(Unsound {
                row: row.row.clone(),
                original: parcel.original(row).to_owned(),
                reason: RejectReason::DuplicateId,
                detail: id.into_owned(),
            }));
        }
        Ok(id)
    }

    /// An id made of what tells a machine from others. It stays when services, hours or fees
    /// change. Rows alike in all of that are numbered in file order.
    fn derived_id(&mut self, identity: RecordDigest, source_name: &str) -> String {
        let occurrence = self.derived.entry(identity).and_modify(|count| *count += 1).or_insert(1);
        let mut id = format!("{source_name}{DERIVED_ID_MARK}");
        for byte in &identity[..8] {
            let _ = write!(id, "{byte:02x}");
        }
        if *occurrence > 1 {
            let _ = write!(id, "-{occurrence}");
        }
        id
    }
}
