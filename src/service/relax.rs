//! What to give up when a question finds too little.

use crate::domain::{Demand, Metres, NearestQuery, Relaxation};
use crate::publication::View;

use super::lookup::seen;

/// Most demands that are tried one by one, in the order of [`NearestQuery::demands`].
const TRIED_MAX: usize = 16;

/// Of how many demands every pair is tried.
const PAIRED_MAX: usize = 6;

/// Most relaxations an answer holds.
const HELD_MAX: usize = 8;

/// Every demand of `query` that it could do without to find more than the `found` neighbours it
/// has, and every pair of demands that together give more than either does, where neither alone
/// gives enough.
///
/// A promise holds exactly: the question without what is dropped, asked of the same view, has
/// `matches` neighbours, the first of them `nearest` away.
///
/// # Cost
///
/// A lookup for each demand, 16 at most, and for each pair tried, 15 at most.
pub(super) fn relaxations(view: View<'_>, query: &NearestQuery, found: usize) -> Vec<Relaxation> {
    let mut demands = query.demands();
    if !view.has_statuses() {
        demands.retain(|demand| *demand != Demand::InService);
    }
    demands.truncate(TRIED_MAX);
    let promise = |drop: &[Demand], least: usize| {
        let relaxed = seen(view, &query.without(drop));
        let nearest = relaxed.nearest.first()?.1.distance;
        let matches = relaxed.nearest.len().min(query.limit);
        let more = relaxed.nearest.len() > query.limit;
        (matches > least).then(|| Relaxation { drop: drop.to_vec(), matches, more, nearest })
    };
    let alone: Vec<Option<Relaxation>> =
        demands.iter().map(|demand| promise(std::slice::from_ref(demand), found)).collect();
    let matches = |place: usize| {
        alone.get(place).and_then(Option::as_ref).map_or(found, |relaxation| relaxation.matches)
    };
    let mut held: Vec<Relaxation> = Vec::new();
    for (first, one) in demands.iter().enumerate().take(PAIRED_MAX) {
        for (second, other) in demands.iter().enumerate().take(PAIRED_MAX).skip(first + 1) {
            let best = matches(first).max(matches(second));
            if best < query.limit {
                held.extend(promise(&[one.clone(), other.clone()], best));
            }
        }
    }
    held.extend(alone.into_iter().flatten());
    let order = |relaxation: &Relaxation| -> (bool, usize, Metres) {
        (relaxation.matches < query.limit, relaxation.drop.len(), relaxation.nearest)
    };
    held.sort_by_key(order);
    held.truncate(HELD_MAX);
    held
}
