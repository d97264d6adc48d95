//! What the rule asks of a machine.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU64;

use rayon::prelude::*;

use crate::domain::{LIST_SEPARATOR, Row, TextField, name_key};
use crate::ingest::packed::Piece;
use crate::snapshot::table::Table;

use super::{SAME_ADDRESS_M, SAME_PLACE_M, SAME_SPOT_M};

/// What the rule asks of a machine, as digests of names' keys: only whether two are equal matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::snapshot) struct Standing {
    operator: Option<KeyDigest>,
    /// Street and house number together.
    street: Option<KeyDigest>,
    postcode: Option<KeyDigest>,
}

/// A digest of a [`name_key`], never zero, so that `Option` takes no room.
type KeyDigest = NonZeroU64;

fn digest(key: &str) -> Option<KeyDigest> {
    if key.is_empty() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    NonZeroU64::new(hasher.finish().max(1))
}

fn key_digest(text: Option<&str>) -> Option<KeyDigest> {
    text.and_then(|text| digest(&name_key(text)))
}

/// A digest of street and house number, else of the first line of the address.
fn address_digest(
    street: Option<&str>,
    number: Option<&str>,
    address: Option<&str>,
) -> Option<KeyDigest> {
    match (street, number) {
        (Some(street), Some(number)) => {
            // Written in either order: "50 High Street", "Hauptstraße 7".
            let mut parts = [name_key(street), name_key(number)];
            parts.sort_unstable();
            digest(&parts.concat())
        }
        (Some(street), None) => key_digest(Some(street)),
        (None, _) => key_digest(address.and_then(|lines| lines.split(LIST_SEPARATOR).next())),
    }
}

/// What the rule asks of every row.
pub(in crate::snapshot) fn standing(table: &Table) -> Vec<Standing> {
    let digests: Vec<Option<KeyDigest>> = [None]
        .into_par_iter()
        .chain(table.symbols().texts().par_iter().map(|text| key_digest(Some(text))))
        .collect();
    let rows = (0..u32::try_from(table.len()).unwrap_or(u32::MAX)).into_par_iter();
    rows.map(|row| Standing::of_row(table, Row(row), &digests)).collect()
}

impl Standing {
    /// What the rule asks of a row, given the digests of the keys of texts that recur.
    fn of_row(table: &Table, row: Row, digests: &[Option<KeyDigest>]) -> Self {
        let [mut brand, mut operator] = [None; 2];
        let [mut postcode, mut address, mut street, mut number] = [None; 4];
        for piece in table.pieces(row) {
            match piece {
                Piece::Number(TextField::Brand, text) => brand = Some(text),
                Piece::Number(TextField::Operator, text) => operator = Some(text),
                Piece::Text(TextField::Postcode, text) => postcode = Some(text),
                Piece::Text(TextField::AddressLines, text) => address = Some(text),
                Piece::Text(TextField::Street, text) => street = Some(text),
                Piece::Text(TextField::HouseNumber, text) => number = Some(text),
                Piece::Number(..) | Piece::Text(..) | Piece::Extra(_) => {}
            }
        }
        let named =
            brand.or(operator).and_then(|text| digests.get(text as usize).copied().flatten());
        Self {
            operator: named,
            street: address_digest(street, number, address),
            postcode: key_digest(postcode),
        }
    }

    fn same_operator(&self, other: &Self) -> bool {
        self.operator.is_some() && self.operator == other.operator
    }

    fn addresses_contradict(&self, other: &Self) -> bool {
        let differ =
            |a: Option<KeyDigest>, b: Option<KeyDigest>| a.zip(b).is_some_and(|(a, b)| a != b);
        differ(self.street, other.street) || differ(self.postcode, other.postcode)
    }

    fn same_address(&self, other: &Self) -> bool {
        self.street.is_some() && self.street == other.street && !self.addresses_contradict(other)
    }

    /// The rule for two machines `distance_m` apart.
    pub(super) fn stands_with(&self, other: &Self, distance_m: f64) -> bool {
        distance_m <= SAME_SPOT_M
            || self.same_operator(other)
                && (distance_m <= SAME_PLACE_M && !self.addresses_contradict(other)
                    || distance_m <= SAME_ADDRESS_M && self.same_address(other))
    }
}
