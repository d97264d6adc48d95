//! Digests of what records say: equal digests are equal content.

use super::packed::push_number;
use crate::domain::{Atm, Source, TextField};

/// 128 bits of a record's content, its source apart. Two records of one digest are the same.
pub type RecordDigest = [u8; 16];

/// Digest of everything an ATM states, its id and source apart. Fields and codes count by their
/// numbers, so that it is that of one release.
pub(super) fn content_digest(atm: &Atm<'_>) -> RecordDigest {
    let mut digest = Digest::default();
    // Adding zero makes -0.0 plain, which a text format may or may not keep.
    digest.feed_fixed(&(atm.position.lat_deg() + 0.0).to_le_bytes());
    digest.feed_fixed(&(atm.position.lon_deg() + 0.0).to_le_bytes());
    digest.feed_fixed(&atm.attributes.yes_bits().to_le_bytes());
    digest.feed_fixed(&atm.attributes.no_bits().to_le_bytes());
    digest.feed_fixed(&[atm.location_type as u8, atm.fee as u8, atm.access as u8]);
    for &field in TextField::ALL {
        if let Some(text) = atm.text(field) {
            digest.feed_fixed(&[field as u8]);
            digest.feed_short(text.as_bytes());
        }
    }
    digest.feed_fixed(&[NO_FIELD]);
    digest.feed_short(atm.extra.as_deref().unwrap_or_default().as_bytes());
    digest.finish()
}

/// Stands behind the last field; no text field has this number.
const NO_FIELD: u8 = u8::MAX;

/// Digest of an id alone.
pub(super) fn id_digest(id: &str) -> RecordDigest {
    digest_of_texts([id])
}

/// Digest of a record: its id and its content.
pub(super) fn record_digest(id: &str, content: RecordDigest) -> RecordDigest {
    let mut digest = Digest::default();
    digest.feed(id.as_bytes());
    digest.feed(&content);
    digest.finish()
}

/// Digest of a source's description.
pub(crate) fn source_digest(source: &Source) -> RecordDigest {
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let [as_of, licence, attribution] =
        [&source.as_of, &source.licence, &source.attribution].map(text);
    digest_of_texts([source.name.as_str(), &as_of, &licence, &attribution])
}

/// Digest of a sequence of texts.
pub(super) fn digest_of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> RecordDigest {
    let mut digest = Digest::default();
    texts.into_iter().for_each(|text| digest.feed(text.as_bytes()));
    digest.finish()
}

/// Gathers what is digested, each piece with its length, so that no two sequences of pieces are
/// the same bytes. Records are short, and one call for the whole is faster than one a piece.
struct Digest(Vec<u8>);

impl Default for Digest {
    fn default() -> Self {
        Self(Vec::with_capacity(256))
    }
}

impl Digest {
    /// A piece that has the same length in every sequence, and needs none before it.
    fn feed_fixed(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }

    /// A piece behind its length in LEB128, which is mostly one byte.
    fn feed_short(&mut self, piece: &[u8]) {
        push_number(&mut self.0, piece.len() as u64);
        self.0.extend_from_slice(piece);
    }

    fn feed(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(&(piece.len() as u64).to_le_bytes());
        self.0.extend_from_slice(piece);
    }

    fn finish(&self) -> RecordDigest {
        let mut digest = RecordDigest::default();
        digest.copy_from_slice(&blake3::hash(&self.0).as_bytes()[..16]);
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_sequences_of_texts_digest_the_same_bytes() {
        assert_ne!(digest_of_texts(["ab", "c"]), digest_of_texts(["a", "bc"]));
        assert_ne!(digest_of_texts(["a", ""]), digest_of_texts(["a"]));
        assert_eq!(digest_of_texts(["a", "b"]), digest_of_texts(["a", "b"]));
    }
}
