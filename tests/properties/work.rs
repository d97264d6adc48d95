//! How much a search looks at, counted. Counts repeat exactly, so these ceilings hold or fail the
//! same everywhere: whatever is asked for, however rare, wherever it is, and in estates of every
//! size.

use std::collections::HashMap;
use std::ops::ControlFlow;

use nearest_atm::domain::{Atm, Ecef, Plan, Position, TextField, Work};
use nearest_atm::index::{
    Clause, Entry, Index, Mask, NearestSearch, Part, Requirement, RowSet, States, spatial_order,
};
use nearest_atm::synth::synthetic_atms;

use crate::draw::{Draw, anywhere, at};

/// Sizes of the estates, each of them with ATMs where people live.
const SIZES: [usize; 3] = [10_000, 100_000, 300_000];

/// Most nodes a search may visit for ten ATMs, and most ATMs it may look at. Half more than was
/// seen when this was written, in the largest estate and the smallest.
const NODES_MAX: u32 = 290;
const ATMS_MAX: u32 = 750;

const YES: States = States { yes: !0, no: 0, unknown: 0 };

/// Shares drawn by lot, each the bit of its place.
const SHARES: [f64; 5] = [0.5, 0.05, 0.005, 0.000_5, 0.000_05];

/// Bits that go by place, and two that never meet though every second row has one of them.
const EAST: u64 = 1 << 5;
const EUROPE: u64 = 1 << 6;
const AROUND_ONE_TOWN: u64 = 1 << 7;
const EVEN: u64 = 1 << 8;
const ODD: u64 = 1 << 9;

struct Estate {
    index: Index,
    /// The rows of each operator, the largest first.
    operators: Vec<RowSet>,
    new_zealand: RowSet,
    china: RowSet,
}

impl Estate {
    fn new(size: usize) -> Self {
        let mut draw = Draw(43);
        let mut positions = Vec::with_capacity(size);
        let mut names: [Vec<Option<String>>; 2] = Default::default();
        for atm in synthetic_atms(size as u64, 11) {
            positions.push(atm.position);
            let text = |atm: &Atm<'_>, field| atm.text(field).map(str::to_owned);
            names[0].push(text(&atm, TextField::Operator));
            names[1].push(text(&atm, TextField::Country));
        }
        let town = Ecef::from(positions[0]);
        let order = spatial_order(&positions);
        let index = (0..)
            .zip(&order)
            .map(|(row, &place)| {
                let position = positions[place as usize];
                let mut yes: u64 = (0..)
                    .zip(SHARES)
                    .map(|(bit, share)| u64::from(draw.unit() < share) << bit)
                    .sum();
                let (lat_deg, lon_deg) = (position.lat_deg(), position.lon_deg());
                let in_europe = (35.0..71.0).contains(&lat_deg) && (-10.0..40.0).contains(&lon_deg);
                for (bit, holds) in [
                    (EAST, lon_deg > 0.0),
                    (EUROPE, in_europe && draw.unit() < 0.5),
                    (AROUND_ONE_TOWN, town.chord2_m2(position.into()).sqrt() < 300_000.0),
                    (EVEN, row % 2 == 0),
                    (ODD, row % 2 == 1),
                ] {
                    yes |= if holds { bit } else { 0 };
                }
                Entry { position, mask: Mask { yes, no: 0 }, tie_rank: row }
            })
            .collect();
        let [operators, mut countries] = names.map(|names| {
            let mut rows: HashMap<String, Vec<u32>> = HashMap::new();
            for (row, &place) in (0..).zip(&order) {
                if let Some(name) = &names[place as usize] {
                    rows.entry(name.clone()).or_default().push(row);
                }
            }
            let set = |(name, rows)| (name, RowSet::from_ascending(rows, size));
            rows.into_iter().map(set).collect::<HashMap<String, RowSet>>()
        });
        let mut operators: Vec<RowSet> = operators.into_values().collect();
        operators.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        let mut country = |code| countries.remove(code).unwrap_or_default();
        let (new_zealand, china) = (country("NZ"), country("CN"));
        Self { index, operators, new_zealand, china }
    }

    /// The first operator, from the largest down, with no more rows than one in `share`.
    fn operator(&self, share: usize) -> Part<'_> {
        let rows = self.operators.iter().find(|rows| rows.len() * share <= self.index.len());
        Part::Rows(rows.unwrap())
    }

    fn questions(&self) -> Vec<(&'static str, Requirement, Vec<Clause<'_>>)> {
        let masks = |bits| Requirement::default().all_of(bits, YES);
        let any = |part| Clause::any_of(vec![part]);
        let (new_zealand, china) = (Part::Rows(&self.new_zealand), Part::Rows(&self.china));
        vec![
            ("everything", Requirement::default(), Vec::new()),
            ("half", masks(1), Vec::new()),
            ("5 %", masks(1 << 1), Vec::new()),
            ("0.5 %", masks(1 << 2), Vec::new()),
            ("0.05 %", masks(1 << 3), Vec::new()),
            ("0.005 %", masks(1 << 4), Vec::new()),
            ("a hemisphere", masks(EAST), Vec::new()),
            ("half of Europe", masks(EUROPE), Vec::new()),
            ("around one town", masks(AROUND_ONE_TOWN), Vec::new()),
            ("half and 5 %", masks(0b11), Vec::new()),
            ("5 % of a hemisphere", masks(EAST | 1 << 1), Vec::new()),
            ("0.5 % of half of Europe", masks(EUROPE | 1 << 2), Vec::new()),
            ("what never meets", masks(EVEN | ODD), Vec::new()),
            ("three that never meet", masks(EVEN | ODD | 1), Vec::new()),
            ("a small country", Requirement::default(), vec![any(new_zealand.clone())]),
            ("a large country", Requirement::default(), vec![any(china.clone())]),
            ("not there", Requirement::default(), vec![Clause::none_of(vec![china])]),
            ("a large operator", Requirement::default(), vec![any(self.operator(1))]),
            ("1 %", Requirement::default(), vec![any(self.operator(100))]),
            ("0.1 %", Requirement::default(), vec![any(self.operator(1_000))]),
            ("one row of 5,000", Requirement::default(), vec![any(self.operator(5_000))]),
            (
                "operator of another country",
                Requirement::default(),
                vec![any(self.operator(1)), any(new_zealand)],
            ),
            ("5 % of an operator", masks(1 << 1), vec![any(self.operator(100))]),
            ("even rows of an operator", masks(EVEN), vec![any(self.operator(1))]),
        ]
    }
}

fn ten_nearest(index: &Index, search: &NearestSearch<'_>) -> (usize, Work) {
    let mut taken = 0;
    let work = index.nearest(
        search,
        |_| true,
        |_| {
            taken += 1;
            if taken < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    (taken, work)
}

/// Where people live, anywhere, and opposite to where people live.
fn origins() -> Vec<Position> {
    let mut draw = Draw(47);
    let mut origins: Vec<Position> = synthetic_atms(60, 12).map(|atm| atm.position).collect();
    origins.extend((0..80).map(|_| anywhere(&mut draw)));
    origins.extend(synthetic_atms(20, 13).map(|atm| {
        let lon_deg = atm.position.lon_deg();
        at(-atm.position.lat_deg(), if lon_deg > 0.0 { lon_deg - 180.0 } else { lon_deg + 180.0 })
    }));
    origins.extend([at(90.0, 0.0), at(-90.0, 0.0), at(0.0, 180.0)]);
    origins
}

#[test]
fn a_search_looks_at_little_whatever_it_asks_for_wherever_and_in_estates_of_every_size() {
    let origins = origins();
    for size in SIZES {
        let estate = Estate::new(size);
        let index = &estate.index;
        for (name, requirement, clauses) in estate.questions() {
            let selection = index.select(requirement, clauses, None);
            let accepted = (0..).take(size).filter(|&row| selection.accepts(row)).count();
            for &origin in &origins {
                let search = NearestSearch {
                    origin,
                    selection: &selection,
                    max_distance: None,
                    expected: 10,
                };
                let (found, work) = ten_nearest(index, &search);
                assert_eq!(found, accepted.min(10), "{name} of {size} from {origin}");
                assert!(
                    work.nodes_visited <= NODES_MAX && work.atms_tested <= ATMS_MAX,
                    "{work:?} for {name} ({accepted}) of {size} from {origin}"
                );
            }
        }
    }
}

#[test]
fn conditions_that_never_meet_are_known_not_to_before_anything_is_searched() {
    for size in SIZES {
        let estate = Estate::new(size);
        for bits in [EVEN | ODD, EVEN | ODD | 1] {
            let requirement = Requirement::default().all_of(bits, YES);
            let selection = estate.index.select(requirement, Vec::new(), None);
            assert_eq!(selection.plan(), Plan::Nothing, "{bits:b} of {size}");
        }
    }
}
