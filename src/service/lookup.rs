//! Finding ATMs: nearest first, all in an area, or all along a line.

use std::ops::ControlFlow;

use hashbrown::HashSet;

use crate::domain::{
    AlongAnswer, AlongQuery, Beside, Ecef, Found, Group, LIMIT_MAX, Machines, Metres,
    NearestAnswer, NearestQuery, Neighbour, Row, SiteIndex, WithinAnswer, WithinQuery, Work,
    estimate_distance_m, estimate_error_m, geodesic_distance,
};
use crate::metrics::Lookup;
use crate::publication::View;
use crate::snapshot::CompiledFilter;

use super::relax::relaxations;

/// Finds the sites or ATMs nearest to `query.origin` that pass `query.filter`.
///
/// The answer is exact: it has the same neighbours, in the same order, as measuring every ATM of
/// the snapshot along the geodesic and sorting by distance, then id. `tests/properties.rs` checks
/// this against that brute force, with origins on the antimeridian and at both poles.
///
/// # Answer
///
/// - At most `query.limit` neighbours after the first `query.offset`, nearest first. Of machines
///   at one distance those known to work come first, then those nothing is known of, then those
///   out of cash; equals are ordered by id, so the same query on the same state always gives the
///   same answer.
/// - Machines known to be out of service are left out unless the filter asks for them, and a fresh
///   live report of `cash_out` or `cash_in` counts before the data.
/// - Shorter when fewer match within `query.max_distance`, and empty when none does.
/// - With [`Group::Site`], a site is as near as its nearest matching machine, and lists all its
///   machines that match and are within `query.max_distance`.
/// - When the first page is not full, `relaxations` say what to give up for more.
///
/// # Cost
///
/// Does not block, perform I/O or take a lock. Some microseconds, whatever the filter and wherever
/// it is asked; see [`Index::select`](crate::index::Index::select) for how, and for the worst case.
///
/// # References
///
/// - Order of traversal: Hjaltason and Samet (1999), *Distance browsing in spatial databases*,
///   ACM TODS 24(2), doi:10.1145/320248.320255.
/// - Distance: Karney (2013), *Algorithms for geodesics*, J. Geodesy 87,
///   doi:10.1007/s00190-012-0578-z.
#[must_use]
pub fn nearest(view: View<'_>, query: &NearestQuery) -> NearestAnswer {
    let Seen { filter, nearest: seen, work } = seen(view, query);
    let wanted = query.offset + query.limit;
    let more = seen.len() > wanted;
    let shown = seen.iter().take(wanted).skip(query.offset);
    view.snapshot.fetch(shown.map(|(site, _)| *site));
    let neighbours: Vec<Neighbour> = seen
        .into_iter()
        .take(wanted)
        .skip(query.offset)
        .map(|(site, nearest)| match query.group {
            Group::Atm => Neighbour { site, atms: nearest.into() },
            Group::Site => {
                Neighbour { site, atms: machines(view, query, &filter, (site, nearest)) }
            }
        })
        .collect();
    let relaxations = if neighbours.len() < query.limit && query.offset == 0 {
        relaxations(view, query, neighbours.len())
    } else {
        Vec::new()
    };
    let plan = filter.plan();
    view.count(Lookup::Nearest, plan, neighbours.is_empty());
    NearestAnswer { neighbours, more, relaxations, plan, work }
}

/// The nearest machine of each neighbour.
pub(super) struct Seen<'p> {
    filter: CompiledFilter<'p>,
    /// Those of all pages up to the one asked for, and of the first neighbour after it.
    pub(super) nearest: Vec<(SiteIndex, Found)>,
    work: Work,
}

/// The sites that have been met. Those of an ordinary page are found faster in a row than by their
/// hashes.
struct Sites {
    first: [SiteIndex; Self::FIRST_MAX],
    first_count: usize,
    others: HashSet<SiteIndex>,
}

impl Sites {
    const FIRST_MAX: usize = 32;

    fn none() -> Self {
        let first = [SiteIndex(0); Self::FIRST_MAX];
        Self { first, first_count: 0, others: HashSet::new() }
    }

    /// Whether a site is met for the first time.
    fn insert(&mut self, site: SiteIndex) -> bool {
        let (known, free) = self.first.split_at_mut(self.first_count);
        if known.contains(&site) {
            return false;
        }
        let Some(next) = free.first_mut() else { return self.others.insert(site) };
        *next = site;
        self.first_count += 1;
        true
    }
}

/// Finds the nearest machine of each neighbour.
pub(super) fn seen<'p>(view: View<'p>, query: &NearestQuery) -> Seen<'p> {
    let snapshot = view.snapshot;
    let filter = view.compile(&query.filter);
    let wanted = query.offset + query.limit;
    // Machines at one distance come by certainty, so the last of them decides who is among the
    // first.
    let by_certainty = query.group == Group::Atm && view.has_statuses();
    let expected = match query.group {
        Group::Atm => wanted + 1 + usize::from(by_certainty),
        Group::Site => snapshot.rows_of_sites(wanted + 1),
    };
    let mut nearest: Vec<(SiteIndex, Found)> = Vec::with_capacity(wanted.min(LIMIT_MAX) + 1);
    let mut sites = Sites::none();
    let work =
        snapshot.each_nearest(query.origin, &filter, query.max_distance, expected, |found| {
            if let Some((_, last)) = nearest.get(wanted)
                && !(by_certainty && found.distance == last.distance)
            {
                return ControlFlow::Break(());
            }
            let site = snapshot.site_of(found.row);
            if query.group == Group::Atm || sites.insert(site) {
                nearest.push((site, found));
            }
            if nearest.len() > wanted && !by_certainty {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
    if by_certainty {
        // The order by id is kept among equals.
        nearest.sort_by_key(|(_, found)| (found.distance, view.certainty(found.row)));
    }
    Seen { filter, nearest, work }
}

/// The machines of a site that pass the filter within reach, nearest first, equal distances by
/// certainty, then id.
fn machines(
    view: View<'_>,
    query: &NearestQuery,
    filter: &CompiledFilter<'_>,
    (site, nearest): (SiteIndex, Found),
) -> Machines {
    let snapshot = view.snapshot;
    let rows = snapshot.site_rows(site);
    if rows.len() == 1 {
        return nearest.into();
    }
    let here = snapshot.position(nearest.row);
    if rows.iter().all(|&row| snapshot.position(row) == here) && !view.has_statuses() {
        // One spot has one distance, and rows of a site come by id.
        let passing = rows.iter().filter(|&&row| snapshot.passes(filter, row));
        return passing.map(|&row| Found { row, ..nearest }).collect::<Vec<Found>>().into();
    }
    let origin = Ecef::from(query.origin);
    let measured = |by_estimate: bool| -> Vec<Found> {
        let passing = rows.iter().filter(|&&row| snapshot.passes(filter, row));
        let found = passing.map(|&row| {
            let position = snapshot.position(row);
            // Machines on one spot have one distance, to the last bit.
            let distance = if position == here {
                nearest.distance
            } else {
                let estimate = || estimate(origin, snapshot.point(row), query.max_distance);
                by_estimate
                    .then(estimate)
                    .flatten()
                    .unwrap_or_else(|| geodesic_distance(query.origin, position))
                    .max(nearest.distance)
            };
            Found { row, distance }
        });
        let is_within = |found: &Found| {
            found.row == nearest.row || query.max_distance.is_none_or(|max| found.distance <= max)
        };
        let mut machines: Vec<Found> = found.filter(is_within).collect();
        // Rows of a site come by id, and the sort keeps that order among equals.
        machines.sort_by_key(|found| (found.distance, view.certainty(found.row)));
        machines
    };
    let machines = measured(true);
    // Estimates may leave the order of two places open, though they hardly ever do.
    let is_open = machines.windows(2).any(|pair| {
        let [one, other] = [pair[0], pair[1]].map(|found| found.distance.get());
        other - one <= 2.0 * estimate_error_m(other)
            && snapshot.position(pair[0].row) != snapshot.position(pair[1].row)
    });
    if is_open { measured(false).into() } else { machines.into() }
}

/// The distance of a place by estimate, unless it leaves open whether that is within reach.
fn estimate(origin: Ecef, place: Ecef, max_distance: Option<Metres>) -> Option<Metres> {
    let estimate = estimate_distance_m(origin, place).and_then(Metres::new)?;
    let error_m = estimate_error_m(estimate.get());
    let is_settled = max_distance.is_none_or(|max| (estimate.get() - max.get()).abs() > error_m);
    is_settled.then_some(estimate)
}

/// Finds every ATM in an area that passes `query.filter`, page by page, in the snapshot's own
/// order.
///
/// # Cost
///
/// In proportion to the page and, for an area cut out of a dense region, to what lies along its
/// boundary.
#[must_use]
pub fn within(view: View<'_>, query: &WithinQuery) -> WithinAnswer {
    let filter = view.compile(&query.filter);
    let answer = view.snapshot.within(&query.area, &filter, Row(query.from_row), query.limit);
    view.count(Lookup::Within, answer.plan, answer.rows.is_empty());
    answer
}

/// Finds every ATM in a corridor that passes `query.filter`, page by page, in the order in which
/// the line comes by; ATMs at one place along it are ordered by id.
///
/// The answer is that of measuring every ATM of the snapshot; see
/// [`Corridor`](crate::domain::Corridor) for its accuracy.
///
/// # Cost
///
/// In proportion to the part of the corridor that the page covers.
#[must_use]
pub fn along(view: View<'_>, query: &AlongQuery) -> AlongAnswer {
    let snapshot = view.snapshot;
    let corridor = &query.corridor;
    let filter = view.compile(&query.filter);
    let order = |one: &Beside, other: &Beside| {
        let ids = || snapshot.id_of(one.row).cmp(snapshot.id_of(other.row));
        one.on_line.along.cmp(&other.on_line.along).then_with(ids)
    };
    let locate = |row| corridor.locate(snapshot.position(row).into());
    let first = query.from.and_then(|row| Some(Beside { row, on_line: locate(row)? }));
    let from_m = first.map_or(0.0, |first| first.on_line.along.get());
    let mut answer = AlongAnswer { plan: filter.plan(), ..AlongAnswer::default() };
    let mut seen = HashSet::new();
    for stretch in corridor.stretches().iter().filter(|stretch| stretch.end_m >= from_m) {
        let work = snapshot.each_in_space(&stretch.space, &filter, |row, point| {
            if !seen.insert(row) {
                return;
            }
            let Some(on_line) = corridor.locate(point) else { return };
            let beside = Beside { row, on_line };
            if first.is_none_or(|first| order(&beside, &first).is_ge()) {
                answer.found.push(beside);
            }
        });
        answer.work.nodes_visited += work.nodes_visited;
        answer.work.atms_tested += work.atms_tested;
        // What the line passes before the end of this stretch has been seen by now.
        let is_settled = |beside: &&Beside| beside.on_line.along.get() < stretch.end_m;
        if answer.found.iter().filter(is_settled).count() > query.limit {
            break;
        }
    }
    answer.found.sort_unstable_by(order);
    answer.next_row = answer.found.get(query.limit).map(|beside| beside.row);
    answer.found.truncate(query.limit);
    view.count(Lookup::Within, answer.plan, answer.found.is_empty());
    answer
}
