//! An index of names: exact, by beginning, and misspelt.
//!
//! Keys lie sorted in one text. A name's beginning is a range of them, in which the weightiest are
//! found by a tree of maxima. A misspelt name of one slip still begins or ends as the right one
//! does up to its middle, and one of two slips often up to a third, so that candidates are found in
//! the same sorted keys, read forwards or backwards, and no index of misspellings is needed.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use rayon::prelude::*;

use super::distance::{LETTERS_MAX, slips};

/// Longest key that is kept, in bytes.
const KEY_BYTES_MAX: usize = 120;

/// Most keys a misspelt name is compared with. What lies beyond is not found; with places of the
/// whole Earth fewer than a tenth of it are ever compared.
const COMPARED_MAX: usize = 20_000;

/// How a place came by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NameKind {
    /// Its own name.
    Own,
    /// Another of its names, such as that in another language.
    Also,
    /// A code, such as an airport's.
    Code,
    /// The end of a name, from the beginning of a word.
    Part,
}

/// A place that has a name, and how it came by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting(u32);

impl Posting {
    fn new(place: u32, kind: NameKind) -> Self {
        Self(place << 2 | kind as u32)
    }

    /// The place's number.
    pub(super) fn place(self) -> u32 {
        self.0 >> 2
    }

    /// How it came by the name.
    pub(super) fn kind(self) -> NameKind {
        match self.0 & 3 {
            0 => NameKind::Own,
            1 => NameKind::Also,
            2 => NameKind::Code,
            _ => NameKind::Part,
        }
    }
}

/// Names on their way into an index.
#[derive(Debug, Default)]
pub(super) struct NamesDraft {
    text: String,
    named: Vec<(u32, u16, Posting)>,
}

impl NamesDraft {
    /// Names a place by a key. Empty keys and those longer than any name are left out, and all once
    /// four gigabytes are reached.
    pub(super) fn push(&mut self, key: &str, place: u32, kind: NameKind) {
        let Ok(start) = u32::try_from(self.text.len()) else { return };
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return;
        }
        // Names of one place often come one after another, and its parts with them.
        self.text.push_str(key);
        self.named.push((start, u16::try_from(key.len()).unwrap_or(0), Posting::new(place, kind)));
    }

    /// Appends another draft.
    pub(super) fn append(&mut self, other: Self) {
        let Ok(by) = u32::try_from(self.text.len()) else { return };
        if u32::try_from(self.text.len() + other.text.len()).is_err() {
            return;
        }
        self.text.push_str(&other.text);
        let moved = other.named.into_iter().map(|(start, length, p)| (start + by, length, p));
        self.named.extend(moved);
    }

    /// Sorts everything. `weight` is how prominent a place is among those of one beginning.
    pub(super) fn index(mut self, weight: impl Fn(u32) -> u8) -> Names {
        let text = self.text;
        let key = |start: u32, length: u16| &text[start as usize..][..usize::from(length)];
        self.named.par_sort_unstable_by(|a, b| {
            key(a.0, a.1).cmp(key(b.0, b.1)).then_with(|| a.2.cmp(&b.2))
        });
        let mut names = Names::default();
        let mut weights = Vec::new();
        for &(start, length, posting) in &self.named {
            let key = key(start, length);
            let heavy = weight(posting.place());
            if names.len() == 0 || names.key(names.last()) != key {
                names.text.push_str(key);
                names.ends.push(u32::try_from(names.text.len()).unwrap_or(u32::MAX));
                names.postings_end.push(0);
                weights.push(heavy);
            } else if names.postings.last().is_some_and(|last| last.place() == posting.place()) {
                // The same place twice by one name; the better way to come by it is first.
                continue;
            }
            names.postings.push(posting);
            if let (Some(end), Some(known)) = (names.postings_end.last_mut(), weights.last_mut()) {
                *end = u32::try_from(names.postings.len()).unwrap_or(u32::MAX);
                *known = heavy.max(*known);
            }
        }
        drop(self.named);
        names.heaviest = maxima(&weights);
        let mut by_end: Vec<u32> = (0..u32::try_from(names.len()).unwrap_or(u32::MAX)).collect();
        by_end.par_sort_unstable_by(|&a, &b| backwards(names.key(a), names.key(b)));
        names.by_end = by_end;
        names.text.shrink_to_fit();
        names.ends.shrink_to_fit();
        names.postings.shrink_to_fit();
        names.postings_end.shrink_to_fit();
        names
    }
}

fn backwards(a: &str, b: &str) -> Ordering {
    a.bytes().rev().cmp(b.bytes().rev())
}

/// A binary tree of maxima over `weights`, root at 1, leaves from the power of two up that holds
/// them all.
fn maxima(weights: &[u8]) -> Vec<u8> {
    let leaves = weights.len().next_power_of_two();
    let mut tree = vec![0; leaves];
    tree.extend_from_slice(weights);
    tree.resize(2 * leaves, 0);
    for node in (1..leaves).rev() {
        tree[node] = tree[2 * node].max(tree[2 * node + 1]);
    }
    tree
}

/// The index. A key is known by its place in the order of keys.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    /// Where each key ends in `text`.
    ends: Vec<u32>,
    postings: Vec<Posting>,
    /// Where the postings of each key end.
    postings_end: Vec<u32>,
    /// Keys in the order of their last letters.
    by_end: Vec<u32>,
    /// See [`maxima`].
    heaviest: Vec<u8>,
}

impl Names {
    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes the index takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.capacity()
            + 4 * (self.ends.capacity()
                + self.postings.capacity()
                + self.postings_end.capacity()
                + self.by_end.capacity())
            + self.heaviest.capacity()
    }

    fn last(&self) -> u32 {
        u32::try_from(self.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    fn start(ends: &[u32], place: u32) -> usize {
        (place as usize)
            .checked_sub(1)
            .and_then(|before| ends.get(before))
            .map_or(0, |e| *e as usize)
    }

    /// A key.
    pub(super) fn key(&self, place: u32) -> &str {
        let start = Self::start(&self.ends, place);
        let end = self.ends.get(place as usize).map_or(start, |end| *end as usize);
        self.text.get(start..end).unwrap_or_default()
    }

    fn key_bytes(&self, place: u32) -> usize {
        let start = Self::start(&self.ends, place);
        self.ends.get(place as usize).map_or(0, |end| *end as usize - start)
    }

    /// The places a key names.
    pub(super) fn postings(&self, place: u32) -> &[Posting] {
        let start = Self::start(&self.postings_end, place);
        let end = self.postings_end.get(place as usize).map_or(start, |end| *end as usize);
        self.postings.get(start..end).unwrap_or_default()
    }

    /// The places named exactly so. Some twenty comparisons.
    pub(super) fn exact(&self, key: &str) -> &[Posting] {
        let place = self.lower_bound(|known| known < key);
        if self.key(place) == key { self.postings(place) } else { &[] }
    }

    fn lower_bound(&self, is_before: impl Fn(&str) -> bool) -> u32 {
        let (mut low, mut high) = (0, u32::try_from(self.len()).unwrap_or(u32::MAX));
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(self.key(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The keys that begin with `beginning`.
    fn beginning_with(&self, beginning: &str) -> Range<u32> {
        let first = self.lower_bound(|known| known < beginning);
        let end = self.lower_bound(|known| known < beginning || known.starts_with(beginning));
        first..end
    }

    /// Places in `by_end` of the keys that end with `ending`.
    fn ending_with(&self, ending: &str) -> &[u32] {
        let first =
            self.by_end.partition_point(|&key| backwards(self.key(key), ending) == Ordering::Less);
        let rest = &self.by_end[first..];
        let count = rest.partition_point(|&key| self.key(key).ends_with(ending));
        &rest[..count]
    }

    /// The weightiest keys that begin with `beginning`, itself included, at most `limit`.
    ///
    /// # Cost
    ///
    /// In proportion to `limit` and the logarithm of the number of keys, however short the
    /// beginning is.
    pub(super) fn completions(&self, beginning: &str, limit: usize) -> Vec<u32> {
        let range = self.beginning_with(beginning);
        let leaves = self.heaviest.len() / 2;
        let (mut left, mut right) = (range.start as usize + leaves, range.end as usize + leaves);
        let mut queue = BinaryHeap::new();
        let add = |queue: &mut BinaryHeap<_>, node: usize| {
            queue.push((self.heaviest.get(node).copied().unwrap_or(0), Reverse(node)));
        };
        // The range as whole subtrees.
        while left < right {
            if left % 2 == 1 {
                add(&mut queue, left);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                add(&mut queue, right);
            }
            left /= 2;
            right /= 2;
        }
        let mut found = Vec::new();
        while let Some((_, Reverse(node))) = queue.pop() {
            if node >= leaves {
                found.extend(u32::try_from(node - leaves));
                if found.len() == limit {
                    break;
                }
            } else {
                add(&mut queue, 2 * node);
                add(&mut queue, 2 * node + 1);
            }
        }
        found
    }

    /// The keys at most `most` slips away from `key`, 2 at most, each with their number; itself
    /// not included. With two slips, those are found that leave the first or the last third whole.
    ///
    /// # Cost
    ///
    /// At most 20,000 keys are compared, in some tens of nanoseconds each.
    pub(super) fn misspelt(&self, key: &str, most: u8) -> Vec<(u32, u8)> {
        let letters: Vec<char> = key.chars().collect();
        let parts = usize::from(most) + 1;
        if most == 0 || letters.len() <= parts || letters.len() > LETTERS_MAX {
            return Vec::new();
        }
        let byte_of =
            |letter: usize| key.char_indices().nth(letter).map_or(key.len(), |(at, _)| at);
        let beginning = &key[..byte_of(letters.len() / parts)];
        let ending = &key[byte_of(letters.len() - letters.len().div_ceil(parts))..];
        let candidates = self
            .beginning_with(beginning)
            .chain(self.ending_with(ending).iter().copied())
            .filter(|&place| self.key_bytes(place).abs_diff(key.len()) <= 4 * usize::from(most));
        let mut found = Vec::new();
        let mut other = Vec::with_capacity(LETTERS_MAX);
        for place in candidates.take(COMPARED_MAX) {
            other.clear();
            other.extend(self.key(place).chars().take(LETTERS_MAX + 1));
            if let Some(distance @ 1..) = slips(&letters, &other, most) {
                found.push((place, distance));
            }
        }
        // Two letters exchanged across the middle leave neither half whole.
        if most == 1 {
            let middle = letters.len() / parts;
            let mut exchanged = letters;
            exchanged.swap(middle - 1, middle);
            let exchanged: String = exchanged.into_iter().collect();
            let place = self.lower_bound(|known| known < exchanged.as_str());
            if exchanged != key && self.key(place) == exchanged {
                found.push((place, 1));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(keys: &[String]) -> Names {
        let mut draft = NamesDraft::default();
        for (place, key) in (0..).zip(keys) {
            draft.push(key, place, NameKind::Own);
        }
        draft.index(|place| u8::try_from(place % 251).unwrap())
    }

    fn word() -> impl Strategy<Value = String> {
        proptest::collection::vec(prop_oneof![Just('a'), Just('b'), Just('c'), Just('é')], 1..8)
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_looking_at_every_key_finds(
            keys in proptest::collection::vec(word(), 1..60),
            asked in word(),
        ) {
            let names = index(&keys);
            let all: Vec<u32> = (0..u32::try_from(names.len()).unwrap()).collect();

            let exact: Vec<u32> = names.exact(&asked).iter().map(|p| p.place()).collect();
            let expected: Vec<u32> =
                (0..).zip(&keys).filter(|(_, key)| **key == asked).map(|(n, _)| n).collect();
            prop_assert_eq!(exact, expected);

            let mut found = names.completions(&asked, usize::MAX);
            found.sort_unstable();
            let begin: Vec<u32> =
                all.iter().copied().filter(|&key| names.key(key).starts_with(&asked)).collect();
            prop_assert_eq!(found, begin.clone());

            let weight = |key: u32| names.heaviest[names.heaviest.len() / 2 + key as usize];
            let heaviest = names.completions(&asked, 2);
            let mut weights: Vec<u8> = begin.iter().map(|&key| weight(key)).collect();
            weights.sort_unstable_by_key(|&w| Reverse(w));
            weights.truncate(2);
            prop_assert_eq!(heaviest.into_iter().map(weight).collect::<Vec<_>>(), weights);

            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            if asked.chars().count() > 2 {
                let near: Vec<u32> = all
                    .iter()
                    .copied()
                    .filter(|&k| slips(&letters(&asked), &letters(names.key(k)), 1) == Some(1))
                    .collect();
                let found: Vec<u32> =
                    names.misspelt(&asked, 1).into_iter().map(|(key, _)| key).collect();
                prop_assert_eq!(found, near, "one slip leaves one half whole");
            }
        }
    }

    #[test]
    fn two_slips_are_found_where_one_end_is_whole() {
        let names = index(&["birmingham".to_owned(), "buckingham".to_owned()]);
        let found = |key| {
            names.misspelt(key, 2).into_iter().map(|(k, n)| (names.key(k), n)).collect::<Vec<_>>()
        };
        assert_eq!(found("birmnigam"), [("birmingham", 2)]);
        assert_eq!(found("bremingham"), [("birmingham", 2)]);
        assert_eq!(found("liverpool"), []);
    }

    #[test]
    fn a_place_is_listed_once_by_one_name_in_the_best_way() {
        let mut draft = NamesDraft::default();
        draft.push("paris", 7, NameKind::Also);
        draft.push("paris", 7, NameKind::Own);
        draft.push("", 7, NameKind::Own);
        let names = draft.index(|_| 0);
        assert_eq!(names.len(), 1);
        assert_eq!(names.exact("paris").len(), 1);
        assert_eq!(names.exact("paris")[0].kind(), NameKind::Own);
        assert_eq!(names.exact("pari"), []);
        assert_eq!(Names::default().completions("a", 3), [0; 0]);
    }
}
