//! Digests of what records say: equal digests are equal content.

use crate::domain::{Atm, Source};

/// 128 bits of a record's content, its source apart. Two records of one digest are the same.
pub type RecordDigest = [u8; 16];

/// Digest of everything an ATM states, its id and source apart.
pub(super) fn content_digest(atm: &Atm<'_>) -> RecordDigest {
    let mut digest = Digest::default();
    // Adding zero makes -0.0 plain, which a text format may or may not keep.
    digest.feed(&(atm.position.lat_deg() + 0.0).to_le_bytes());
    digest.feed(&(atm.position.lon_deg() + 0.0).to_le_bytes());
    for (field, value) in atm.values() {
        digest.feed(field.code().as_bytes());
        digest.feed(value.as_bytes());
    }
    digest.feed(atm.extra.as_deref().unwrap_or_default().as_bytes());
    digest.finish()
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
#[derive(Default)]
struct Digest(Vec<u8>);

impl Digest {
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
