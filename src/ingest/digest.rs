//! Digests of what records say: equal digests are equal content.

use super::packed::push_number;
use crate::domain::{Atm, Source, TextField};

/// 128 bits of a record's content, its source apart. Two records of one digest are the same.
pub type RecordDigest = [u8; 16];

/// Gathers what is digested, each piece with its length, so that no two sequences of pieces are
/// the same bytes. Records are short, and one call for the whole is faster than one a piece.
#[derive(Debug, Default)]
pub(super) struct Digest(Vec<u8>);

impl Digest {
    /// Digest of everything an ATM states, its id and source apart. Fields and codes count by their
    /// numbers, so that it is that of one release.
    pub(super) fn of_content(&mut self, atm: &Atm<'_>) -> RecordDigest {
        self.feed_content(atm);
        self.finish()
    }

    /// Digest of everything an ATM states, its source apart.
    pub(super) fn of_whole(&mut self, atm: &Atm<'_>) -> RecordDigest {
        self.feed(atm.id.as_bytes());
        self.feed_content(atm);
        self.finish()
    }

    fn feed_content(&mut self, atm: &Atm<'_>) {
        // Adding zero makes -0.0 plain, which a text format may or may not keep.
        self.feed_fixed(&(atm.position.lat_deg() + 0.0).to_le_bytes());
        self.feed_fixed(&(atm.position.lon_deg() + 0.0).to_le_bytes());
        self.feed_fixed(&atm.attributes.yes_bits().to_le_bytes());
        self.feed_fixed(&atm.attributes.no_bits().to_le_bytes());
        self.feed_fixed(&[atm.location_type as u8, atm.fee as u8, atm.access as u8]);
        for &field in TextField::ALL {
            if let Some(text) = atm.text(field) {
                self.feed_fixed(&[field as u8]);
                self.feed_short(text.as_bytes());
            }
        }
        self.feed_fixed(&[NO_FIELD]);
        self.feed_short(atm.extra.as_deref().unwrap_or_default().as_bytes());
    }

    /// Digest of a record of which the content is digested already.
    pub(super) fn of_record(&mut self, id: &str, content: RecordDigest) -> RecordDigest {
        self.feed(id.as_bytes());
        self.feed(&content);
        self.finish()
    }

    /// Digest of what tells a machine from others, its id apart: its position, names and address.
    pub(super) fn of_identity(&mut self, atm: &Atm<'_>, source_name: &str) -> RecordDigest {
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
        self.of_texts([source_name, &position].into_iter().chain(texts))
    }

    /// Digest of a sequence of texts.
    fn of_texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> RecordDigest {
        texts.into_iter().for_each(|text| self.feed(text.as_bytes()));
        self.finish()
    }

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

    /// Digests what was gathered, and begins anew.
    fn finish(&mut self) -> RecordDigest {
        let mut digest = RecordDigest::default();
        digest.copy_from_slice(&blake3::hash(&self.0).as_bytes()[..16]);
        self.0.clear();
        digest
    }
}

/// Stands behind the last field; no text field has this number.
const NO_FIELD: u8 = u8::MAX;

/// Digest of a source's description.
pub(crate) fn source_digest(source: &Source) -> RecordDigest {
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let [as_of, licence, attribution] =
        [&source.as_of, &source.licence, &source.attribution].map(text);
    Digest::default().of_texts([source.name.as_str(), &as_of, &licence, &attribution])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_sequences_of_texts_digest_the_same_bytes() {
        let mut digest = Digest::default();
        let mut digest_of_texts = |texts: [&str; 2]| digest.of_texts(texts);
        assert_ne!(digest_of_texts(["ab", "c"]), digest_of_texts(["a", "bc"]));
        assert_ne!(digest_of_texts(["a", ""]), Digest::default().of_texts(["a"]));
        assert_eq!(digest_of_texts(["a", "b"]), digest_of_texts(["a", "b"]));
    }
}
