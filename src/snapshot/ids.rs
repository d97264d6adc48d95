//! Rows in the order of their ids.

use rayon::prelude::*;

use crate::domain::Row;

/// Bytes of an id that are compared at once.
const PIECE_BYTES: usize = 8;

/// Fewer rows than this are sorted by comparing their ids as they are.
const FEW_ROWS: usize = 16;

/// A row behind the piece of its id that is looked at.
type Keyed = (u64, Row);

/// The rows `0..count` in the order of their ids, byte by byte. All ids differ.
///
/// # Cost
///
/// Ids mostly begin alike and lie scattered in memory, so that comparing them two by two waits for
/// memory at every step. Here each is fetched once for every [`PIECE_BYTES`] bytes it takes to tell
/// it from all others, and only numbers are sorted, on all cores.
pub(super) fn rows_by_id<'t>(count: usize, id: impl Fn(Row) -> &'t str + Sync) -> Vec<Row> {
    let skipped = bytes_in_common(count, &id);
    let mut keyed: Vec<Keyed> = rows(count).map(|row| (piece(id(row), skipped), row)).collect();
    sort(&mut keyed, skipped, &id);
    keyed.into_par_iter().map(|(_, row)| row).collect()
}

/// Whether the ids of these rows ascend, no two being the same. Costs no more than looking at each
/// id once where few of them begin alike.
pub(super) fn ascend<'t>(by_id: &[Row], id: impl Fn(Row) -> &'t str + Sync) -> bool {
    let skipped = bytes_in_common(by_id.len(), &id);
    let pieces: Vec<u64> = rows(by_id.len()).map(|row| piece(id(row), skipped)).collect();
    by_id.par_windows(2).all(|two| {
        let (one, other) = (two[0], two[1]);
        let by_piece = pieces[one.index()].cmp(&pieces[other.index()]);
        by_piece.then_with(|| id(one).cmp(id(other))).is_lt()
    })
}

fn rows(count: usize) -> impl IndexedParallelIterator<Item = Row> {
    (0..u32::try_from(count).unwrap_or(u32::MAX)).into_par_iter().map(Row)
}

/// How many bytes all ids begin with.
fn bytes_in_common<'t>(count: usize, id: &(impl Fn(Row) -> &'t str + Sync)) -> usize {
    let first = if count > 0 { id(Row(0)) } else { "" };
    rows(count).map(|row| shared_bytes(first, id(row))).min().unwrap_or(0)
}

/// Sorts rows whose ids are the same up to `from`, and whose pieces from there on are their keys.
fn sort<'t>(keyed: &mut [Keyed], from: usize, id: &(impl Fn(Row) -> &'t str + Sync)) {
    keyed.par_sort_unstable_by_key(|&(key, _)| key);
    let same = keyed.par_chunk_by_mut(|one, other| one.0 == other.0);
    same.filter(|rows| rows.len() > 1).for_each(|rows| {
        let next = from + PIECE_BYTES;
        // An id that ends within the piece has been filled up with zeros, which others may hold.
        let is_done = rows.len() < FEW_ROWS || rows.iter().any(|&(_, row)| id(row).len() <= next);
        if is_done {
            rows.sort_unstable_by(|one, other| id(one.1).cmp(id(other.1)));
            return;
        }
        for (key, row) in rows.iter_mut() {
            *key = piece(id(*row), next);
        }
        sort(rows, next, id);
    });
}

/// The bytes of an id from a place on, as a number that compares as they do.
fn piece(id: &str, from: usize) -> u64 {
    let mut bytes = [0; PIECE_BYTES];
    for (to, byte) in bytes.iter_mut().zip(id.as_bytes().get(from..).unwrap_or_default()) {
        *to = *byte;
    }
    u64::from_be_bytes(bytes)
}

fn shared_bytes(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn rows_come_in_the_order_of_their_ids(
            ids in proptest::collection::hash_set(
                "(osm:node/|osm:nodes/|a-name-as-long-as-two-pieces-of-an-id:)?[ab\0é]{0,5}[01]{0,20}",
                0..200,
            ),
        ) {
            let ids: Vec<String> = ids.into_iter().collect();
            let rows = rows_by_id(ids.len(), |row| &ids[row.index()]);
            let sorted: Vec<&String> = rows.iter().map(|row| &ids[row.index()]).collect();
            proptest::prop_assert_eq!(sorted.len(), ids.len());
            proptest::prop_assert!(sorted.is_sorted());
            let id = |row: Row| ids[row.index()].as_str();
            proptest::prop_assert!(ascend(&rows, id));
            let turned: Vec<Row> = rows.iter().rev().copied().collect();
            proptest::prop_assert_eq!(ascend(&turned, id), ids.len() < 2);
        }
    }

    #[test]
    fn each_id_is_fetched_a_few_times_however_many_there_are() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        let ids: Vec<String> = (0..50_000).map(|n| format!("network:{:x}", n * 40_503)).collect();
        let fetched = AtomicUsize::new(0);
        rows_by_id(ids.len(), |row| {
            fetched.fetch_add(1, Ordering::Relaxed);
            ids[row.index()].as_str()
        });
        assert!(fetched.into_inner() <= 3 * ids.len());
    }
}
