//! What a service that is ready says of what it serves.

use jiff::Timestamp;

use crate::publication::Published;

use super::{add_snapshot_name, answer};

/// That a snapshot is published, which, how old it is, and which of its sources are stale. A probe
/// needs none of it but the status of the answer.
///
/// `age_s` counts from when all sources were last known to say what is served; it is `null` where
/// nothing is known.
#[must_use]
pub fn ready(published: &Published, now: Timestamp) -> Vec<u8> {
    let freshness = &published.freshness;
    let age_s = freshness.confirmed_at().map(|confirmed_at| {
        let age = now.duration_since(confirmed_at).as_secs();
        // Clocks are set back now and then.
        usize::try_from(age).unwrap_or(0)
    });
    answer(0, |members| {
        members.add("status", "ready");
        members.add_object("snapshot", |members| {
            add_snapshot_name(members, &published.snapshot);
            members.add("age_s", age_s);
            members.add("stale", freshness.stale());
        });
    })
}
