//! Telling a loss from a source that flaps.
//!
//! A list of 780 machines was once published with 45 of them missing, and whole again minutes
//! later, seven times in a day. No share can tell such a loss from a real one; time can. A source
//! that is asked by itself must keep a noticeable loss for a while before it is believed. Where
//! somebody asked for the reload, a loss is believed the first time, and refused once the very
//! machines came back and are to vanish again.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::service::guard::{GuardOptions, GuardReason, SourceChange, is_always_allowed, share};

/// Most ids remembered of a source; beyond them it is told by the shares alone.
const REMEMBERED_MAX: usize = 1 << 20;

/// Who asks for a loss to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// The schedule or a database's notification: nobody looks on.
    Unattended,
    /// A file that was put in place: somebody did it, and may do it again by mistake.
    Watching,
    /// An administrator.
    Person,
}

/// What becomes of a loss.
#[derive(Clone, Debug, PartialEq)]
pub enum Patience {
    /// Nothing speaks against it.
    Publish,
    /// It must last until then.
    Hold(Timestamp),
    /// It is refused.
    Refuse(GuardReason),
}

/// What one source lost lately.
#[derive(Clone, Debug, Default)]
pub struct Steadiness {
    held_since: Option<Timestamp>,
    lost: HashMap<u64, Timestamp>,
    returned: HashMap<u64, Timestamp>,
}

impl Steadiness {
    /// Decides on a change the guard has nothing against.
    pub fn consider(
        &mut self,
        change: &SourceChange,
        options: &GuardOptions,
        asking: Asking,
        now: Timestamp,
    ) -> Patience {
        self.forget(options, now);
        let vanished = change.vanished;
        let is_small =
            is_always_allowed(vanished) || share(vanished, change.before) <= options.settle_share;
        if is_small {
            self.held_since = None;
            return Patience::Publish;
        }
        let again = change.vanished_ids.iter().filter(|id| self.returned.contains_key(id)).count();
        let again = again as u64;
        let is_flapping = again * 2 >= vanished;
        let must_last = match asking {
            Asking::Unattended => true,
            Asking::Watching => is_flapping,
            Asking::Person if is_flapping => {
                return Patience::Refuse(GuardReason::Flapping { vanished, again });
            }
            Asking::Person => false,
        };
        if !must_last {
            return Patience::Publish;
        }
        let since = *self.held_since.get_or_insert(now);
        let until = since.checked_add(options.settle.signed()).unwrap_or(Timestamp::MAX);
        if now < until { Patience::Hold(until) } else { Patience::Publish }
    }

    /// The source is as it is served: a loss it may have had is undone. `true` when it had one.
    pub fn is_whole_again(&mut self) -> bool {
        self.held_since.take().is_some()
    }

    /// What was published lost and brought back these machines.
    pub fn published(&mut self, change: &SourceChange, now: Timestamp) {
        self.held_since = None;
        for id in &change.added_ids {
            if self.lost.remove(id).is_some() && self.returned.len() < REMEMBERED_MAX {
                self.returned.insert(*id, now);
            }
        }
        for id in &change.vanished_ids {
            if self.lost.len() < REMEMBERED_MAX {
                self.lost.insert(*id, now);
            }
        }
    }

    fn forget(&mut self, options: &GuardOptions, now: Timestamp) {
        let memory = options.flap_memory.signed();
        let is_recent = |at: &Timestamp| now.duration_since(*at) <= memory;
        self.lost.retain(|_, at| is_recent(at));
        self.returned.retain(|_, at| is_recent(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn loss(ids: std::ops::Range<u64>) -> SourceChange {
        let vanished_ids: Vec<u64> = ids.collect();
        let vanished = vanished_ids.len() as u64;
        SourceChange {
            before: 780,
            after: 780 - vanished,
            vanished,
            vanished_ids,
            ..SourceChange::default()
        }
    }

    fn back(ids: std::ops::Range<u64>) -> SourceChange {
        SourceChange { added_ids: ids.collect(), ..SourceChange::default() }
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn an_unattended_loss_is_believed_once_it_has_lasted() {
        let (options, mut steadiness) = (GuardOptions::default(), Steadiness::default());
        let mut consider =
            |minutes| steadiness.consider(&loss(0..45), &options, Asking::Unattended, at(minutes));
        assert_eq!(consider(0), Patience::Hold(at(60)));
        assert_eq!(consider(59), Patience::Hold(at(60)));
        assert_eq!(consider(60), Patience::Publish);
    }

    #[test]
    fn a_loss_undone_in_between_starts_anew() {
        let (options, mut steadiness) = (GuardOptions::default(), Steadiness::default());
        let hold = |steadiness: &mut Steadiness, minutes| {
            steadiness.consider(&loss(0..45), &options, Asking::Unattended, at(minutes))
        };
        assert_eq!(hold(&mut steadiness, 0), Patience::Hold(at(60)));
        assert!(steadiness.is_whole_again());
        assert_eq!(hold(&mut steadiness, 61), Patience::Hold(at(121)));
    }

    #[test]
    fn a_person_is_believed_until_the_machines_come_back_and_vanish_again() {
        let (options, mut steadiness) = (GuardOptions::default(), Steadiness::default());
        let ask = |steadiness: &mut Steadiness, minutes| {
            steadiness.consider(&loss(0..45), &options, Asking::Person, at(minutes))
        };
        assert_eq!(ask(&mut steadiness, 0), Patience::Publish);
        steadiness.published(&loss(0..45), at(0));
        steadiness.published(&back(0..45), at(6));
        let flapping = Patience::Refuse(GuardReason::Flapping { vanished: 45, again: 45 });
        assert_eq!(ask(&mut steadiness, 40), flapping);
        assert_eq!(ask(&mut steadiness, 6 + 24 * 60 + 1), Patience::Publish, "a day later");
    }

    #[test]
    fn a_few_machines_go_at_once() {
        let (options, mut steadiness) = (GuardOptions::default(), Steadiness::default());
        for count in [1, 2, 7] {
            let patience =
                steadiness.consider(&loss(0..count), &options, Asking::Unattended, at(0));
            assert_eq!(patience, Patience::Publish, "{count} of 780");
        }
    }
}
