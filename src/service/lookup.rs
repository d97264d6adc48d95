//! Finding ATMs: nearest first, or all in a box.

use std::ops::ControlFlow;

use crate::domain::{
    Found, Group, NearestAnswer, NearestQuery, Neighbour, WithinAnswer, WithinQuery,
};
use crate::snapshot::Snapshot;

/// Finds the sites or ATMs nearest to `query.origin` that pass `query.filter`.
///
/// The answer is exact: it has the same neighbours, in the same order, as measuring every ATM of
/// the snapshot along the geodesic and sorting by distance, then id. `tests/properties.rs` checks
/// this against that brute force, with origins on the antimeridian and at both poles.
///
/// # Answer
///
/// - At most `query.limit` neighbours after the first `query.offset`, nearest first. Equal
///   distances are ordered by id, so the same query on the same snapshot always gives the same
///   answer.
/// - Shorter when fewer match within `query.max_distance`, and empty when none does.
/// - With [`Group::Site`], a site is as near as its nearest matching machine, and lists all its
///   machines that match and are within `query.max_distance`.
///
/// # Cost
///
/// Does not block, perform I/O or take a lock. Without a filter some microseconds; with one that
/// no attribute mask can express, in proportion to the ATMs that must be passed over.
///
/// # References
///
/// - Order of traversal: Hjaltason and Samet (1999), *Distance browsing in spatial databases*,
///   ACM TODS 24(2), doi:10.1145/320248.320255.
/// - Distance: Karney (2013), *Algorithms for geodesics*, J. Geodesy 87,
///   doi:10.1007/s00190-012-0578-z.
#[must_use]
pub fn nearest(snapshot: &Snapshot, query: &NearestQuery) -> NearestAnswer {
    let filter = snapshot.compile(&query.filter);
    let wanted = query.offset + query.limit;
    let mut seen = Vec::with_capacity(wanted.min(1024) + 1);
    let work = snapshot.each_nearest(query.origin, &filter, query.max_distance, wanted + 1, |found| {
        let site = snapshot.site_of(found.row);
        if query.group == Group::Atm || !seen.iter().any(|&(known, _)| known == site) {
            seen.push((site, found));
        }
        if seen.len() > wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let more = seen.len() > wanted;
    let neighbours = seen
        .into_iter()
        .take(wanted)
        .skip(query.offset)
        .map(|(site, nearest)| match query.group {
            Group::Atm => Neighbour { site, atms: vec![nearest] },
            Group::Site => Neighbour { site, atms: machines(snapshot, query, &filter, nearest) },
        })
        .collect();
    NearestAnswer { neighbours, more, work }
}
