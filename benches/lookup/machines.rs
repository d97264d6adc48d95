//! The project's own index over a synthetic estate, and the filters it is asked.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::ops::ControlFlow;

use nearest_atm::domain::{Atm, Ecef, Position, TextField, Work};
use nearest_atm::index::{
    Clause, Entry, Index, Mask, NearestSearch, Part, Requirement, RowSet, Selection, States,
    spatial_order,
};
use nearest_atm::synth::synthetic_atms;

use crate::timing::Draw;

/// Distances and order as every adapter gets them: exact, on the ellipsoid.
pub(crate) fn nearest(
    index: &Index,
    origin: Position,
    selection: &Selection<'_>,
    k: usize,
) -> (usize, Work) {
    let search = NearestSearch { origin, selection, max_distance: None, expected: k };
    let mut found = Vec::with_capacity(k);
    let work = index.nearest(
        &search,
        |_| true,
        |one| {
            found.push(one);
            if found.len() < k { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    (black_box(&found).len(), work)
}

/// What the benchmark needs to know of every machine; texts by number.
pub(crate) struct Machines {
    /// Where each is.
    pub(crate) positions: Vec<Position>,
    operators: Column,
    countries: Column,
}

/// A text a machine, each different one kept once; the first is none.
struct Column {
    of_machine: Vec<u32>,
    numbers: HashMap<Box<str>, u32>,
}

impl Column {
    fn new(count: usize) -> Self {
        Self {
            of_machine: Vec::with_capacity(count),
            numbers: HashMap::from([(Box::default(), 0)]),
        }
    }

    fn push(&mut self, atm: &Atm<'_>, field: TextField) {
        let text = atm.text(field).unwrap_or_default();
        let next = u32::try_from(self.numbers.len()).unwrap();
        let number = match self.numbers.get(text) {
            Some(&number) => number,
            None => *self.numbers.entry(text.into()).or_insert(next),
        };
        self.of_machine.push(number);
    }

    /// The rows of each text.
    fn row_sets(&self, order: &[u32]) -> BTreeMap<&str, RowSet> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.numbers.len()];
        for (row, &place) in (0..).zip(order) {
            rows[self.of_machine[place as usize] as usize].push(row);
        }
        let mut set = |number: u32| {
            RowSet::from_ascending(std::mem::take(&mut rows[number as usize]), order.len())
        };
        self.numbers.iter().map(|(text, &number)| (&**text, set(number))).collect()
    }
}

impl Machines {
    /// So many of the synthetic estate.
    pub(crate) fn synthetic(count: usize) -> Self {
        let mut machines = Self {
            positions: Vec::with_capacity(count),
            operators: Column::new(count),
            countries: Column::new(count),
        };
        for atm in synthetic_atms(count as u64, 1) {
            machines.positions.push(atm.position);
            machines.operators.push(&atm, TextField::Operator);
            machines.countries.push(&atm, TextField::Country);
        }
        machines
    }
}

/// The project's index with sets of rows as a snapshot has them for names.
pub(crate) struct Ours {
    /// The index itself.
    pub(crate) index: Index,
    /// The rows of each operator, the one with the most rows first, and those without one.
    operators: Vec<RowSet>,
    without_operator: RowSet,
    countries: BTreeMap<Box<str>, RowSet>,
}

/// What is asked for under a name.
pub(crate) struct Filter<'s> {
    /// How the table calls it.
    pub(crate) name: String,
    requirement: Requirement,
    clauses: Vec<Clause<'s>>,
}

impl<'s> Filter<'s> {
    /// Prepares a search, which every lookup does for itself.
    pub(crate) fn select(&self, index: &'s Index) -> Selection<'s> {
        index.select(self.requirement.clone(), self.clauses.clone(), None)
    }
}

/// What the bits of a mask stand for: shares of all rows drawn by lot, then rows of one place, then
/// every other row each, which never meet.
const BITS: [&str; 10] = [
    "50 %",
    "5 %",
    "0.5 %",
    "0.05 %",
    "0.005 %",
    "one hemisphere",
    "half of Europe",
    "300 km around one town",
    "even rows",
    "odd rows",
];

fn mask(draw: &mut Draw, row: u32, position: Position, town: Position) -> Mask {
    let chord_m = Ecef::from(position).chord2_m2(town.into()).sqrt();
    let lots = [0.5, 0.05, 0.005, 0.000_5, 0.000_05].map(|share| draw.unit() < share);
    let (lat_deg, lon_deg) = (position.lat_deg(), position.lon_deg());
    let in_europe = (35.0..71.0).contains(&lat_deg) && (-10.0..40.0).contains(&lon_deg);
    let places = [
        lon_deg > 0.0,
        in_europe && draw.unit() < 0.5,
        chord_m < 300_000.0,
        row.is_multiple_of(2),
        row % 2 == 1,
    ];
    let yes = (0..).zip(lots.into_iter().chain(places)).map(|(bit, is)| u64::from(is) << bit).sum();
    Mask { yes, no: 0 }
}

impl Ours {
    /// Orders and indexes these machines.
    pub(crate) fn build(machines: &Machines) -> Self {
        let Machines { positions, operators, countries } = machines;
        let order = spatial_order(positions);
        let mut draw = Draw(2);
        let index: Index = (0..)
            .zip(&order)
            .map(|(row, &place)| {
                let position = positions[place as usize];
                Entry {
                    position,
                    mask: mask(&mut draw, row, position, positions[0]),
                    tie_rank: row,
                }
            })
            .collect();
        let mut operators = operators.row_sets(&order);
        let without_operator = operators.remove("").unwrap_or_default();
        let mut operators: Vec<RowSet> = operators.into_values().collect();
        operators.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        let countries = countries.row_sets(&order);
        let countries = countries.into_iter().map(|(code, rows)| (code.into(), rows)).collect();
        Self { index, operators, without_operator, countries }
    }

    /// Filters of every selectivity, correlated with place and not.
    pub(crate) fn filters(&self) -> Vec<Filter<'_>> {
        let yes = States { yes: !0, ..States::default() };
        let bit_of = |name: &str| 1 << BITS.iter().position(|bit| *bit == name).unwrap();
        let masks = |names: &[&str]| {
            let bits = names.iter().fold(0, |bits, name| bits | bit_of(name));
            Requirement::default().all_of(bits, yes)
        };
        let mut filters = vec![("everything".to_owned(), Requirement::default(), Vec::new())];
        for name in &BITS[..8] {
            filters.push(((*name).to_owned(), masks(&[name]), Vec::new()));
        }
        for both in [["50 %", "5 %"], ["5 %", "one hemisphere"], ["half of Europe", "0.5 %"]] {
            filters.push((both.join(" and "), masks(&both), Vec::new()));
        }
        let never = ["even rows", "odd rows"];
        filters.push(("two common ones that never meet".to_owned(), masks(&never), Vec::new()));
        let rows = |name: &str| Part::Rows(&self.countries[name]);
        let operator = |least: usize| {
            Part::Rows(self.operators.iter().rev().find(|rows| rows.len() >= least).unwrap())
        };
        let mut all: Vec<(String, Requirement, Vec<Clause<'_>>)> = filters;
        all.extend([
            named("New Zealand", Clause::any_of(vec![rows("NZ")])),
            named("China", Clause::any_of(vec![rows("CN")])),
            named("outside China", Clause::none_of(vec![rows("CN")])),
            named("the largest operator", Clause::any_of(vec![Part::Rows(&self.operators[0])])),
            named("an operator of 30,000", Clause::any_of(vec![operator(30_000)])),
            named("an operator of 3,000", Clause::any_of(vec![operator(3_000)])),
            named("an operator of 300", Clause::any_of(vec![operator(300)])),
            named("an operator of 30", Clause::any_of(vec![operator(30)])),
            named(
                "any of 20 operators",
                Clause::any_of(self.operators.iter().rev().take(20).map(Part::Rows).collect()),
            ),
            named(
                "another operator than the largest",
                Clause::none_of(vec![
                    Part::Rows(&self.operators[0]),
                    Part::Rows(&self.without_operator),
                ]),
            ),
        ]);
        let abroad = vec![Clause::any_of(vec![operator(30_000)]), Clause::any_of(vec![rows("NZ")])];
        let elsewhere = "an operator of 30,000 in a country where it is not".to_owned();
        all.push((elsewhere, Requirement::default(), abroad));
        let mix = vec![Clause::any_of(vec![operator(30_000)])];
        all.push(("an operator of 30,000 and 5 %".to_owned(), masks(&["5 %"]), mix));
        let filter = |(name, requirement, clauses)| Filter { name, requirement, clauses };
        all.into_iter().map(filter).collect()
    }
}

/// A filter on names alone.
fn named<'s>(name: &str, clause: Clause<'s>) -> (String, Requirement, Vec<Clause<'s>>) {
    (name.to_owned(), Requirement::default(), vec![clause])
}
