//! Sites: the machines standing at one place.
//!
//! # The rule
//!
//! Two machines stand at one site when they are
//!
//! 1. at most [`SAME_SPOT_M`] apart, whoever runs them; or
//! 2. at most [`SAME_PLACE_M`] apart, run by the same operator, and their addresses do not
//!    contradict each other; or
//! 3. at most [`SAME_ADDRESS_M`] apart, run by the same operator, at the same stated address.
//!
//! A machine joins a site when it stands at one site with any of its machines. Who runs a machine
//! is its brand, else its operator; machines of which neither is stated fall under rule 1 alone.
//! The outcome depends on nothing but the machines themselves, not on their order, so a reload of
//! the same data gives the same sites. A site is named after the smallest id among its machines.

mod groups;
mod spots;
mod standing;

use std::num::NonZeroU32;

use rayon::prelude::*;

use crate::domain::{Position, Row, SiteIndex};

use groups::Groups;
use spots::Spots;

pub(super) use standing::{Standing, standing};

/// Below the accuracy of any survey of ATMs: positions this close tell nothing apart.
pub const SAME_SPOT_M: f64 = 5.0;

/// The width of a branch's front or a station hall's corner.
pub const SAME_PLACE_M: f64 = 25.0;

/// The length of a large building: machines of one bank at one stated address.
pub const SAME_ADDRESS_M: f64 = 75.0;

/// The sites of a snapshot and the machines of each. Sites are counted in the order of their first
/// rows, so that what is known of sites near each other lies together.
#[derive(Debug, Default)]
pub(super) struct Sites {
    of_row: Vec<SiteIndex>,
    /// Machines of all sites, site by site, each site's machines by id.
    rows: Vec<Row>,
    /// Where each site's machines begin in `rows`; one more than there are sites.
    starts: Vec<u32>,
}

impl Sites {
    /// Groups machines by the rule.
    ///
    /// `standing` is what the rule asks of a row and `by_id` the rows in the order of their ids.
    ///
    /// # Cost
    ///
    /// Time in proportion to the number of machines where these are spread as people are, on all
    /// cores; some 60 bytes a machine while it runs.
    pub(super) fn build(positions: &[Position], standing: &[Standing], by_id: &[Row]) -> Self {
        let spots = Spots::gather(positions, standing);
        let groups = Groups::singles(spots.len());
        spots.each_close_pair(|a, b, distance_m| {
            if groups.root(a) != groups.root(b) && spots.stand_together(a, b, distance_m) {
                groups.join(a, b);
            }
        });
        // The smallest id of each group names and orders it: it is met first.
        let mut numbers = vec![u32::MAX; spots.len()];
        let mut next = 0;
        let mut of_row = vec![SiteIndex(0); positions.len()];
        let root = |row: &Row| groups.root(spots.of_row[row.index()]);
        let roots: Vec<u32> = by_id.par_iter().map(root).collect();
        for (row, root) in by_id.iter().zip(roots) {
            let number = &mut numbers[root as usize];
            if *number == u32::MAX {
                *number = next;
                next += 1;
            }
            of_row[row.index()] = SiteIndex(*number);
        }
        Self::of(of_row, by_id).unwrap_or_default()
    }

    /// Sites of which it is known who stands where. Each row has its site in `of_row`, and sites
    /// are counted in the order of their smallest ids; `None` when they are not.
    pub(super) fn of(mut of_row: Vec<SiteIndex>, by_id: &[Row]) -> Option<Self> {
        let mut count = 0;
        for &row in by_id {
            let site = of_row.get(row.index())?.0;
            count += u32::from(site == count);
            if site >= count {
                return None;
            }
        }
        let mut numbering = Numbering::of(count);
        for site in &mut of_row {
            *site = numbering.number(*site);
        }
        let mut starts = vec![0_u32; count as usize + 1];
        for site in &of_row {
            starts[site.index() + 1] += 1;
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        // Each site's place moves behind its machines as they are put there, to where the next begins.
        let mut rows = vec![Row(0); by_id.len()];
        for &row in by_id {
            let place = &mut starts[of_row[row.index()].index()];
            rows[*place as usize] = row;
            *place += 1;
        }
        starts.rotate_right(1);
        starts[0] = 0;
        Some(Self { of_row, rows, starts })
    }

    /// The site of each row, sites being counted in the order of their smallest ids.
    pub(super) fn by_id(&self, by_id: &[Row]) -> Vec<SiteIndex> {
        let mut numbering = Numbering::of(u32::try_from(self.len()).unwrap_or(u32::MAX));
        let mut numbers = vec![SiteIndex(0); self.of_row.len()];
        for &row in by_id {
            numbers[row.index()] = numbering.number(self.of_row(row));
        }
        numbers
    }

    /// How many sites there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Where a site's machines begin: a glance at what [`Self::rows`] will read.
    #[inline]
    pub(super) fn glance(&self, site: SiteIndex) -> u64 {
        self.starts.get(site.index()).copied().map_or(0, u64::from)
    }

    /// The site a machine stands at.
    pub(super) fn of_row(&self, row: Row) -> SiteIndex {
        self.of_row[row.index()]
    }

    /// The machines of a site, by id.
    pub(super) fn rows(&self, site: SiteIndex) -> &[Row] {
        let [start, end] = [self.starts[site.index()], self.starts[site.index() + 1]];
        &self.rows[start as usize..end as usize]
    }
}

/// Numbers sites anew, in the order they are met.
struct Numbering {
    /// The new number of each, where it has one.
    numbers: Vec<Option<NonZeroU32>>,
    next: NonZeroU32,
}

impl Numbering {
    fn of(count: u32) -> Self {
        Self { numbers: vec![None; count as usize], next: NonZeroU32::MIN }
    }

    fn number(&mut self, site: SiteIndex) -> SiteIndex {
        let next = self.next;
        let number = *self.numbers[site.index()].get_or_insert(next);
        if number == next {
            self.next = next.saturating_add(1);
        }
        SiteIndex(number.get() - 1)
    }
}

#[cfg(test)]
mod tests;
