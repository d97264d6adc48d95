//! Which members belong together.

use std::sync::atomic::{AtomicU32, Ordering};

/// Disjoint sets that many threads join at once, with path halving; the smaller number is the
/// root, so the outcome does not depend on the order of joins.
pub(super) struct Groups {
    parents: Vec<AtomicU32>,
}

impl Groups {
    pub(super) fn singles(count: usize) -> Self {
        let members = (0..count).filter_map(|member| u32::try_from(member).ok());
        Self { parents: members.map(AtomicU32::new).collect() }
    }

    fn parent(&self, member: u32) -> u32 {
        self.parents[member as usize].load(Ordering::Relaxed)
    }

    /// A member's root, for as long as nobody joins it to another.
    pub(super) fn root(&self, mut member: u32) -> u32 {
        loop {
            let parent = self.parent(member);
            if parent == member {
                return member;
            }
            let grandparent = self.parent(parent);
            // Parents only ever become smaller: what another thread has set meanwhile is as good.
            self.parents[member as usize].fetch_min(grandparent, Ordering::Relaxed);
            member = grandparent;
        }
    }

    pub(super) fn join(&self, a: u32, b: u32) {
        let (mut a, mut b) = (a, b);
        loop {
            (a, b) = (self.root(a), self.root(b));
            let (smaller, larger) = (a.min(b), a.max(b));
            // Only a root is given a parent; where it has become a member meanwhile, once more.
            let joined = self.parents[larger as usize].compare_exchange(
                larger,
                smaller,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            if smaller == larger || joined.is_ok() {
                return;
            }
        }
    }
}
