//! Which runs of rows have a machine that is open, so that a search passes by those that have none
//! without looking at their classes again.

use crate::domain::Tri;
use crate::index::Judge;

use super::class::{Asked, Class, FOREVER_S};
use super::seen::Seen;

/// What was last found out of every run.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// For questions about now and about other instants, whether a run has a machine that is open,
    /// and whether it has one of which that is not known.
    seen: [[Box<[Seen]>; 2]; 2],
}

impl Runs {
    /// Nothing found out yet of so many runs.
    pub(super) fn new(count: usize) -> Self {
        let none = || std::iter::repeat_with(Seen::default).take(count).collect();
        Self { seen: std::array::from_fn(|_| std::array::from_fn(|_| none())) }
    }
}

/// Accepts the classes whose verdict, whether they are open at an instant, is among some. What
/// holds of machines at all times is not its matter: those it refuses.
pub(super) struct IsOpen<'s> {
    pub(super) classes: &'s [Class],
    pub(super) runs: &'s Runs,
    pub(super) asked: Asked,
    pub(super) wanted: &'static [Tri],
}

impl IsOpen<'_> {
    fn changing(&self, class: u32) -> Option<&Class> {
        self.classes.get(class as usize).filter(|class| class.constant().is_none())
    }

    /// Whether a class of a run has this verdict, and until when that is known to hold: while one
    /// that was found keeps it, or until one of all changes.
    fn find(&self, classes: &[u32], verdict: Tri) -> (Tri, i64) {
        let mut until_s = FOREVER_S;
        for class in classes.iter().filter_map(|&class| self.changing(class)) {
            let (is_open, class_until_s) = class.verdict(self.asked);
            if is_open == verdict {
                return (Tri::Yes, class_until_s);
            }
            until_s = until_s.min(class_until_s);
        }
        (Tri::No, until_s)
    }
}

impl Judge for IsOpen<'_> {
    fn accepts(&self, class: u32) -> bool {
        self.changing(class).is_some_and(|class| self.wanted.contains(&class.verdict(self.asked).0))
    }

    fn accepts_any(&self, run: usize, classes: &[u32]) -> bool {
        let at_s = self.asked.at_s;
        let kinds = &self.runs.seen[usize::from(self.asked.is_apart)];
        [Tri::Yes, Tri::Unknown].into_iter().zip(kinds).any(|(verdict, seen)| {
            if !self.wanted.contains(&verdict) {
                return false;
            }
            let Some(seen) = seen.get(run) else {
                return self.find(classes, verdict).0 == Tri::Yes;
            };
            let (is_there, _) = seen.get(at_s).unwrap_or_else(|| {
                let found = self.find(classes, verdict);
                seen.set(at_s, found.1, found.0);
                found
            });
            is_there == Tri::Yes
        })
    }
}
