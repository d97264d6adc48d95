//! A bounded memory of what was lately: it forgets by age, and sooner when it is full.

use std::hash::Hash;
use std::time::{Duration, Instant};

use hashbrown::HashMap;

/// Keeps a value for at least `lifetime` and at most twice that, unless more than `capacity` others
/// come within it.
///
/// Two generations: what is new goes to the young one; when that is full or old it becomes the old
/// one, and the old one is forgotten whole. No entry has a time of its own, and none is looked for.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    young_since: Instant,
    lifetime: Duration,
    capacity: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    pub(super) fn new(capacity: usize, lifetime: Duration, now: Instant) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_since: now, lifetime, capacity }
    }

    /// The value of a key, if it is remembered.
    pub(super) fn get(&mut self, key: &K, now: Instant) -> Option<&V> {
        self.age(now);
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Takes the value of a key out.
    pub(super) fn remove(&mut self, key: &K, now: Instant) -> Option<V> {
        self.age(now);
        let old = self.old.remove(key);
        self.young.remove(key).or(old)
    }

    /// Remembers a value.
    pub(super) fn insert(&mut self, key: K, value: V, now: Instant) {
        self.age(now);
        if self.young.len() >= self.capacity {
            self.turn_over(now);
        }
        self.young.insert(key, value);
    }

    fn age(&mut self, now: Instant) {
        let age = now.saturating_duration_since(self.young_since);
        if age >= 2 * self.lifetime {
            self.turn_over(now);
        }
        if age >= self.lifetime {
            self.turn_over(now);
        }
    }

    fn turn_over(&mut self, now: Instant) {
        self.old = std::mem::take(&mut self.young);
        self.young_since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_forgotten_after_its_lifetime_and_before_twice_that() {
        let (start, lifetime) = (Instant::now(), Duration::from_secs(10));
        let mut recent = Recent::new(100, lifetime, start);
        recent.insert(1, 'a', start);
        recent.insert(2, 'b', start + lifetime / 2);
        assert_eq!(recent.get(&1, start + lifetime * 3 / 2), Some(&'a'));
        assert_eq!(recent.get(&2, start + lifetime * 3 / 2), Some(&'b'));
        recent.insert(3, 'c', start + lifetime * 2);
        assert_eq!(recent.get(&1, start + lifetime * 5 / 2), None);
        assert_eq!(recent.get(&3, start + lifetime * 5 / 2), Some(&'c'));
        assert_eq!(recent.get(&3, start + lifetime * 9), None);
    }

    #[test]
    fn it_holds_at_most_twice_its_capacity_and_the_latest_always() {
        let now = Instant::now();
        let mut recent = Recent::new(10, Duration::from_secs(10), now);
        for key in 0..1000 {
            recent.insert(key, key, now);
            assert!(recent.young.len() + recent.old.len() <= 20);
            assert!((key - 9..=key).all(|k| k < 0 || recent.get(&k, now).is_some()), "{key}");
        }
        assert_eq!(recent.remove(&999, now), Some(999));
        assert_eq!(recent.get(&999, now), None);
    }
}
