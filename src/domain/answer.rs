//! What is answered. Answers name rows of the snapshot they were found in; an adapter that holds
//! the same snapshot turns them into texts.

use std::ops::Deref;

use super::area::OnLine;
use super::distance::Metres;
use super::query::Demand;

/// Place of an ATM in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row(pub u32);

impl Row {
    /// The row as an index into the snapshot's columns.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Place of a site in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteIndex(pub u32);

impl SiteIndex {
    /// The site as an index into the snapshot's sites.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One machine of an answer with its own distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Which ATM.
    pub row: Row,
    /// Geodesic distance from the origin.
    pub distance: Metres,
}

/// One result: a site with the machines that match, or a single machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// The site the machines stand at.
    pub site: SiteIndex,
    /// The machines that match, nearest first, equal distances by id; never empty. The
    /// neighbour's own distance and position are those of the first.
    pub atms: Machines,
}

/// The machines of a neighbour, as a list. Most have one, which takes no memory of its own.
#[derive(Clone, Debug)]
pub enum Machines {
    /// The only one.
    One([Found; 1]),
    /// Several.
    Many(Vec<Found>),
}

impl Deref for Machines {
    type Target = [Found];

    fn deref(&self) -> &[Found] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

impl PartialEq for Machines {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Found> for Machines {
    fn from(one: Found) -> Self {
        Self::One([one])
    }
}

impl From<Vec<Found>> for Machines {
    fn from(machines: Vec<Found>) -> Self {
        Self::Many(machines)
    }
}

/// The answer to a nearest query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NearestAnswer {
    /// At most `limit` neighbours, nearest first, equal distances by id. Shorter when fewer match.
    pub neighbours: Vec<Neighbour>,
    /// Whether more neighbours follow on a next page.
    pub more: bool,
    /// What to give up for more, when fewer than `limit` were found: what gives enough first,
    /// then what gives up least, then what is nearest.
    pub relaxations: Vec<Relaxation>,
    /// How the neighbours were found, for `explain`.
    pub plan: Plan,
    /// Work done, for `explain`.
    pub work: Work,
}

/// A promise: the same question without some of its demands has so many neighbours.
#[derive(Clone, Debug, PartialEq)]
pub struct Relaxation {
    /// What to give up, one demand or two.
    pub drop: Vec<Demand>,
    /// How many neighbours the question then has, its `limit` at most.
    pub matches: usize,
    /// Whether there are more than that.
    pub more: bool,
    /// How far the nearest of them is.
    pub nearest: Metres,
}

/// The answer to a within query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WithinAnswer {
    /// The ATMs in the area, in the snapshot's own order.
    pub rows: Vec<Row>,
    /// Where the next page starts, when there is one.
    pub next_row: Option<Row>,
    /// How they were found, for `explain`.
    pub plan: Plan,
    /// Work done, for `explain`.
    pub work: Work,
}

/// How an answer was found. Closed, so that it may be counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Plan {
    /// Nothing was asked for but the place: a walk over the tree.
    #[default]
    Walk,
    /// A walk over the tree that passes by subtrees in whose mask a wanted value does not occur.
    MaskedWalk,
    /// A walk over the tree that asks of each node it opens whether a row below it fulfils every
    /// condition.
    CheckedWalk,
    /// So few ATMs fulfil one of the conditions that each of them was looked at.
    Scan,
    /// No ATM fulfils one of the conditions.
    Nothing,
}

impl Plan {
    /// Every plan there is.
    pub const ALL: &'static [Self] =
        &[Self::Walk, Self::MaskedWalk, Self::CheckedWalk, Self::Scan, Self::Nothing];

    /// Its stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::MaskedWalk => "masked_walk",
            Self::CheckedWalk => "checked_walk",
            Self::Scan => "scan",
            Self::Nothing => "nothing",
        }
    }
}

/// A machine beside a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beside {
    /// Which ATM.
    pub row: Row,
    /// Where it is as seen from the line.
    pub on_line: OnLine,
}

/// The answer to a question along a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlongAnswer {
    /// The ATMs of the corridor in the order of the line, equal places along it by id.
    pub found: Vec<Beside>,
    /// The ATM the next page starts with, when there is one.
    pub next_row: Option<Row>,
    /// How they were found.
    pub plan: Plan,
    /// Work done, for `explain`.
    pub work: Work,
}

/// What finding an answer cost, in counts that repeat exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Tree nodes taken from the queue, leaves included.
    pub nodes_visited: u32,
    /// ATMs whose distance from the origin was bounded or whose position was tested.
    pub atms_tested: u32,
    /// Exact geodesics computed by Karney's method.
    pub geodesics: u32,
}
