//! One bounded walk over the tree: the nearest rows beyond those already handed out, and every row
//! that may compete with them.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::num::NonZero;

use hashbrown::HashSet;

use super::catch::{Catch, MARGIN_M, Reach, Seen};
use super::measure::{Measured, Ruler};
use super::select::{Known, Selection, WORD_ROWS};
use super::tree::{Around, FAN, Node};
use super::{BLOCK_ROWS, Index, NearestSearch};
use crate::domain::{Ecef, FarBound, Margin, Plan, Row, Work};

const _: () = assert!(WORD_ROWS.is_multiple_of(BLOCK_ROWS), "a block lies in one word");

// The numbers below decide how much is looked at, and never what is found. Each was halved and doubled
// over 3,000,000 ATMs, globe origins, six filters; what that changed is said of each.

/// From this distance on, chords are too loose a bound on distances to choose nodes by them alone:
/// they leave 70 m open. From 700 to 3,000 km the same within noise.
const FAR_M2: f32 = 1.5e6 * 1.5e6;

/// From this distance on, nodes are bounded from the other side of the Earth too. The same at
/// 10,000 km; 5 % slower at 5,000 km; a p99 a fifth greater without.
const OPPOSITE_M2: f32 = 8e6 * 8e6;

/// The longest chord for which a row's distance is bounded by
/// [`distance2_at_most_m2`](crate::domain::distance2_at_most_m2), which does not hold beyond.
const CHORD_RANGE_M2: f64 = 4e6 * 4e6;

/// Rows whose distances the view of their block may tell wrong by more than this are looked at by one
/// of their own. The same from 50 m to 1 km; at 12 m twice as many are, and take a tenth more.
const LOOSE_M: f64 = 250.0;

/// Square of the diagonal from which on nodes are bounded by their chord alone: no view tells more of
/// them. The same from a quarter to five times of it.
const LARGE_M2: f64 = 2e6 * 2e6;

/// Nodes for which the view they have leaves open more than this, and this share of their diagonal,
/// are given another: boxes are looser than that themselves. The same from 50 to 400 m and from 0.03
/// to 0.3; without the share, and views that hold less far, p99 was a third greater.
const ENOUGH_M: f64 = 100.0;
const ENOUGH_OF_SIZE: f64 = 0.1;

/// Most views that are tried before another is made, which takes as long as trying some thirty. The
/// same from 1 to 20.
const VIEWS_TRIED_MAX: usize = 8;

/// Rows farther than this are told apart by views before they are measured, where there are more of
/// them than are wanted: a view costs as much as measuring two, and saves measuring three of four. The
/// same from 100 to 1,000 km; p99 of a large country a sixth greater without.
const FINE_FROM_M2: f64 = 5e5 * 5e5;

/// What such a view may leave open: the same from 0.3 to 50 m.
const FINE_M: f64 = 2.0;

/// Walks the tree in rings around one origin.
pub(super) struct Seeker<'a, A> {
    index: &'a Index,
    pub(super) ruler: Ruler<'a>,
    selection: &'a Selection<'a>,
    /// Whether masks are asked for anything; not to ask spares looking at them.
    asks_masks: bool,
    admit: A,
    /// Rows of earlier rings.
    known: HashSet<u32>,
    /// How far the maximum distance lets the search look.
    ceiling: Reach,
    /// The origin, as boxes are compared with it.
    around: Around,
    /// The point opposite to it.
    opposite: Around,
    /// What bounds far nodes and the rows below them.
    views: Vec<FarBound>,
    /// The view last made for a single row.
    near: Option<FarBound>,
    pub(super) work: Work,
}

impl<'a, A: FnMut(Row) -> bool> Seeker<'a, A> {
    pub(super) fn new(index: &'a Index, search: &NearestSearch<'a>, admit: A) -> Self {
        let ruler = Ruler::new(index, search);
        Self {
            index,
            around: ruler.point.into(),
            opposite: ruler.point.opposite().into(),
            ruler,
            selection: search.selection,
            asks_masks: search.selection.asks_masks(),
            admit,
            known: HashSet::new(),
            ceiling: search
                .max_distance
                .map_or(Reach::EVERYWHERE, |most| Reach::of(most.get().powi(2))),
            views: Vec::new(),
            near: None,
            work: Work::default(),
        }
    }

    /// Adds to `found` the `wanted` nearest of the rows not known yet, if there are so many, and
    /// every row that may be as near as one of those.
    ///
    /// Returns the distance in metres up to which nothing is missing, or `None` when no matching
    /// row is left outside.
    pub(super) fn ring(&mut self, wanted: usize, found: &mut Vec<Measured>) -> Option<f64> {
        let mut catch = Catch::new(wanted, self.ceiling);
        match self.selection.plan() {
            Plan::Nothing => {}
            Plan::Scan => self.go_through(&mut catch),
            Plan::Walk | Plan::MaskedWalk | Plan::CheckedWalk => self.walk(&mut catch),
        }
        if catch.undecided(FINE_FROM_M2) / 5 > wanted / 4 {
            self.refine(&mut catch);
        }
        found.reserve(wanted.min(catch.rows.len()) + BLOCK_ROWS);
        for seen in &catch.rows {
            if seen.is_within(catch.reach) {
                found.extend(seen.measured.or_else(|| self.ruler.measure(seen.row)));
            }
        }
        Some(catch.settled_m2()?.sqrt() + 0.5 * MARGIN_M)
    }

    /// Looks at every accepted row, those with the shortest chords first, so that of the others
    /// most are known to be out of reach.
    fn go_through(&mut self, catch: &mut Catch) {
        let rows = self.selection.listed();
        let chords = rows
            .iter()
            .filter_map(|&row| Some((self.index.point(row)?.chord2_m2(self.ruler.point), row)));
        let mut chords: Vec<(f64, u32)> = chords.collect();
        self.work.atms_tested += u32::try_from(chords.len()).unwrap_or(u32::MAX);
        if let Some(last) = catch.wanted.checked_sub(1).filter(|&last| last < chords.len()) {
            chords.select_nth_unstable_by(last, |one, other| one.0.total_cmp(&other.0));
        }
        for (chord2_m2, row) in chords {
            if chord2_m2 <= catch.reach.chord2_m2 && !self.known.contains(&row) {
                if chord2_m2 > f64::from(FAR_M2) {
                    self.consider_alone(row, catch);
                } else {
                    self.consider(row, chord2_m2, catch);
                }
            }
        }
    }

    /// Tells far rows within reach apart by views from among them, which costs a tenth of measuring
    /// them all.
    #[inline(never)]
    fn refine(&mut self, catch: &mut Catch) {
        let mut finer = Catch::new(catch.wanted, catch.reach);
        for seen in catch.rows.drain(..).filter(|seen| seen.is_within(catch.reach)) {
            let is_open = seen.is_undecided(FINE_FROM_M2);
            let Some(point) = self.index.point(seen.row).filter(|_| is_open) else {
                finer.keep(seen);
                continue;
            };
            let (estimate_m, margin) = self.closely(point, FINE_M);
            if margin.unsure_m.is_finite() {
                finer.keep(Seen::between(seen.row, estimate_m, &margin));
            } else {
                finer.keep(seen);
            }
        }
        catch.narrow(finer);
    }

    fn walk(&mut self, catch: &mut Catch) {
        let Some(root) = self.index.tree.root() else { return };
        // Straight down to the nearest block first: after it, little of what was passed by is
        // within reach still, and only that is worth a place in the queue.
        let mut passed: Vec<Waiting> = Vec::with_capacity(64);
        let everything = Waiting { bound_m2: 0.0, node: root, view: None, known: Known::All };
        let mut nearest = Some(everything);
        while let Some(next) = nearest.filter(|next| !next.node.is_block()) {
            let before = passed.len();
            self.open(&next, self.ceiling, &mut passed);
            nearest = self.take_nearest(&mut passed, before);
        }
        if let Some(mut block) = nearest {
            if block.is_far() {
                self.look_again(&mut block);
            }
            self.scan(&block, catch);
        }
        passed.retain(|waiting| waiting.bound_m2 <= catch.reach.node_m2);
        let mut queue = BinaryHeap::from(passed);
        let mut opened: Vec<Waiting> = Vec::with_capacity(FAN);
        while let Some(mut next) = queue.pop() {
            if next.bound_m2 > catch.reach.node_m2 {
                break;
            }
            // A block tells when it is looked at, which costs no more unless it is far.
            let is_costly = !next.node.is_block() || next.is_far();
            if is_costly && !self.may_hold(&next) {
                self.work.nodes_visited += 1;
                continue;
            }
            next.known = Known::All;
            if next.is_far() && self.look_again(&mut next) {
                queue.push(next);
            } else if next.node.is_block() {
                self.scan(&next, catch);
            } else {
                self.open(&next, catch.reach, &mut opened);
                for waiting in opened.drain(..) {
                    queue.push(waiting);
                }
            }
        }
    }

    /// Whether a row below a node may be accepted, as far as it is not known yet.
    #[inline]
    fn may_hold(&self, waiting: &Waiting) -> bool {
        let run = || self.index.tree.run(waiting.node);
        match waiting.known {
            Known::All => true,
            Known::Each => {
                let (first_row, end_row) = run();
                self.selection.may_meet(first_row, end_row)
            }
            Known::ByMasks => {
                let (first_row, end_row) = run();
                self.selection.may_hold(first_row, end_row)
            }
        }
    }

    /// Keeps rows out of the rings to come.
    pub(super) fn remember(&mut self, rows: &[Measured]) {
        self.known.extend(rows.iter().map(|measured| measured.row));
    }

    /// Gives a far node a view from which it is bounded closely, where it has none and one pays. Says
    /// whether it is known to be farther now. Of the largest nodes no view tells more than the chord.
    fn look_again(&mut self, waiting: &mut Waiting) -> bool {
        let Some(sides) = self.index.tree.sides(waiting.node) else { return false };
        let size2_m2 = sides.diagonal2_m2();
        let enough_m = ENOUGH_M + ENOUGH_OF_SIZE * size2_m2.sqrt();
        let unsure = |view: &FarBound| {
            let apart2_m2 = sides.farthest_chord2_m2(view.middle());
            (view.margin(apart2_m2.sqrt()).unsure_m, apart2_m2)
        };
        if let Some((unsure_m, apart2_m2)) = self.view(waiting.view).map(unsure) {
            // One of its own leaves half as much open, or a quarter, only where it is so much smaller.
            if unsure_m <= enough_m || size2_m2 > 0.25 * apart2_m2 {
                return false;
            }
        } else if size2_m2 >= LARGE_M2 && !waiting.node.is_block() {
            return false;
        }
        let last = self.views.iter().enumerate().rev().take(VIEWS_TRIED_MAX);
        let known = last.into_iter().find(|(_, view)| unsure(view).0 <= enough_m);
        let known = known.map(|(place, _)| place);
        let place = known.unwrap_or(self.views.len());
        if known.is_none() {
            self.views.push(FarBound::new(self.ruler.point, sides.middle_of_surface()));
        }
        waiting.view = u32::try_from(place + 1).ok().and_then(NonZero::new);
        let Some(view) = self.views.get(place) else { return false };
        let [least_m] =
            view.least_in_boxes_m(&sides.lower.map(|side| [side]), &sides.upper.map(|side| [side]));
        let least2_m2 = square_rounded_down(least_m);
        let is_farther = least2_m2 > waiting.bound_m2;
        if is_farther {
            waiting.bound_m2 = least2_m2;
        }
        is_farther
    }

    fn view(&self, place: Option<NonZero<u32>>) -> Option<&FarBound> {
        self.views.get(place?.get() as usize - 1)
    }

    /// Takes from `passed`, of what was added after `before`, the nearest node below which a row may
    /// be accepted.
    fn take_nearest(&mut self, passed: &mut Vec<Waiting>, before: usize) -> Option<Waiting> {
        loop {
            let candidates = passed.iter().enumerate().skip(before);
            let (place, _) = candidates.max_by(|one, other| one.1.cmp(other.1))?;
            let nearest = passed.swap_remove(place);
            if self.may_hold(&nearest) {
                return Some(Waiting { known: Known::All, ..nearest });
            }
            self.work.nodes_visited += 1;
        }
    }

    /// Adds the children of a node within reach below which a row may match.
    #[inline]
    fn open(&mut self, above: &Waiting, reach: Reach, waiting: &mut Vec<Waiting>) {
        self.work.nodes_visited += 1;
        let tree = &self.index.tree;
        let Some(boxes) = tree.boxes(above.node) else { return };
        let first = above.node.child(0);
        let (lanes, known) = self.selection.lanes(first.height(), first.place());
        if lanes == 0 {
            return;
        }
        let mut bounds_m2 = boxes.least2_m2(&self.around);
        if bounds_m2.iter().any(|&bound_m2| bound_m2 > OPPOSITE_M2) {
            for (bound_m2, least2_m2) in
                bounds_m2.iter_mut().zip(boxes.least2_by_opposite_m2(&self.opposite))
            {
                if least2_m2 > *bound_m2 {
                    *bound_m2 = least2_m2;
                }
            }
        }
        if let Some(view) = self.view(above.view) {
            let least_m = view.least_in_boxes_m(&boxes.lower, &boxes.upper);
            for (bound_m2, least_m) in bounds_m2.iter_mut().zip(least_m) {
                let least2_m2 = square_rounded_down(least_m);
                if least2_m2 > *bound_m2 {
                    *bound_m2 = least2_m2;
                }
            }
        }
        // Of one condition that sets decide, masks say no more.
        let asks_masks = self.asks_masks && known != Known::All;
        let states = if asks_masks { tree.states(above.node) } else { None };
        for (lane, bound_m2) in bounds_m2.into_iter().enumerate() {
            if bound_m2 > reach.node_m2 || lanes >> lane & 1 == 0 {
                continue;
            }
            let node = above.node.child(lane);
            let states = states.and_then(|states| states.get(lane));
            if states.is_none_or(|&states| self.selection.may_match(states, || tree.run(node))) {
                waiting.push(Waiting { bound_m2, node, view: above.view, known });
            }
        }
    }

    /// Looks at every row of a block, by the view it has or else by chords.
    fn scan(&mut self, block: &Waiting, catch: &mut Catch) {
        self.work.nodes_visited += 1;
        let index = self.index;
        let Some(points) = index.points.get(block.node.place()) else { return };
        let (first_row, end_row) = index.tree.run(block.node);
        let mut accepted = !0;
        if self.selection.plan() != Plan::Walk {
            accepted = self.selection.accepted_from(first_row);
            if accepted == 0 {
                return;
            }
        }
        self.work.atms_tested += end_row - first_row;
        if let Some(&view) = self.view(block.view).filter(|_| block.is_far()) {
            let apart2_m2 =
                index.tree.sides(block.node).map(|sides| sides.farthest_chord2_m2(view.middle()));
            let margin = view.margin(apart2_m2.map_or(f64::MAX, f64::sqrt));
            let estimates_m = points.estimates_m(&view);
            for (row, estimate_m) in (first_row..end_row).zip(estimates_m) {
                let is_accepted = accepted & 1 == 1;
                accepted >>= 1;
                if is_accepted && !self.known.contains(&row) {
                    self.consider_far(row, estimate_m, &margin, catch);
                }
            }
            return;
        }
        let chords2_m2 = points.chords2_m2(self.ruler.point);
        for (row, chord2_m2) in (first_row..end_row).zip(chords2_m2) {
            let is_accepted = accepted & 1 == 1;
            accepted >>= 1;
            if chord2_m2 <= catch.reach.chord2_m2 && is_accepted && !self.known.contains(&row) {
                self.consider(row, chord2_m2, catch);
            }
        }
    }

    /// Keeps a row with this estimate of its distance, if it is accepted and may be near enough.
    #[inline]
    fn consider_far(&mut self, row: u32, estimate_m: f64, margin: &Margin, catch: &mut Catch) {
        let least_m = margin.least_m(estimate_m);
        let bound_m2 = least_m * least_m;
        if bound_m2 > catch.reach.distance2_m2 || !self.admits(row) {
            return;
        }
        if margin.unsure_m <= LOOSE_M {
            catch.keep(Seen::between(row, estimate_m, margin));
        } else {
            self.keep_closely(row, catch);
        }
    }

    /// Keeps an accepted row whose distance is not known closely yet.
    #[inline(never)]
    fn keep_closely(&mut self, row: u32, catch: &mut Catch) {
        let Some(point) = self.index.point(row) else { return };
        let (estimate_m, margin) = self.closely(point, LOOSE_M);
        if margin.unsure_m.is_finite() {
            catch.keep(Seen::between(row, estimate_m, &margin));
        } else if let Some(measured) = self.ruler.measure(row) {
            catch.keep(Seen::measured(measured));
        }
    }

    /// The distance of a point within a margin: by the view last made for a single point where that
    /// leaves no more open than is enough, or else by one of its own.
    fn closely(&mut self, point: Ecef, enough_m: f64) -> (f64, Margin) {
        let origin = self.ruler.point;
        let view = self.near.get_or_insert_with(|| FarBound::new(origin, point));
        let mut margin = view.margin(view.middle().chord2_m2(point).sqrt());
        if margin.unsure_m > enough_m {
            *view = FarBound::new(origin, point);
            margin = view.margin(0.0);
        }
        (view.estimate_m(point.x_m, point.y_m, point.z_m), margin)
    }

    /// Keeps a row whose chord is within reach, if it is accepted and may be near enough.
    #[inline]
    fn consider(&mut self, row: u32, chord2_m2: f64, catch: &mut Catch) {
        if chord2_m2 > CHORD_RANGE_M2 {
            self.consider_alone(row, catch);
        } else if self.admits(row) {
            catch.keep(Seen::at_chord(row, chord2_m2));
        }
    }

    /// The same of a row by itself that is far.
    #[inline(never)]
    fn consider_alone(&mut self, row: u32, catch: &mut Catch) {
        let Some(point) = self.index.point(row) else { return };
        let (estimate_m, margin) = self.closely(point, LOOSE_M);
        self.consider_far(row, estimate_m, &margin, catch);
    }

    fn admits(&mut self, row: u32) -> bool {
        !self.selection.leaves_out(row)
            && self.selection.accepts_late(row)
            && (self.admit)(Row(row))
    }
}

/// The square of a distance in metres, or less; nothing for what is not positive.
#[expect(clippy::cast_possible_truncation, reason = "less by more than the rounding")]
fn square_rounded_down(metres: f64) -> f32 {
    if metres > 0.0 { (metres * metres * (1.0 - 1e-6)) as f32 } else { 0.0 }
}

/// A node in the queue, the nearest first.
#[derive(Clone, Copy)]
struct Waiting {
    /// Square of a distance over the ground that no row below is nearer than.
    bound_m2: f32,
    node: Node,
    /// The place of the view that bounds it, if there is one.
    view: Option<NonZero<u32>>,
    known: Known,
}

impl Waiting {
    fn is_far(&self) -> bool {
        self.bound_m2 > FAR_M2
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        // The bits of numbers that are not negative order as the numbers do.
        other.bound_m2.to_bits().cmp(&self.bound_m2.to_bits())
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}
