//! The index against brute force: every row measured with GeographicLib's method and sorted.
//!
//! Estates and origins are drawn from fixed seeds, so a failure repeats; its message names the
//! estate and the origin.

use std::ops::ControlFlow;
use std::sync::Arc;

use nearest_atm::domain::{Area, BoundingBox, Metres, Position, Row, Work, geodesic_distance};
use nearest_atm::index::{
    Clause, Entry, Index, Mask, NearestSearch, Part, Requirement, RowSet, States, SymbolColumn,
    WithinSearch, spatial_order,
};

use crate::draw::{Draw, anywhere, at, near};

/// Estates whose shapes are known to break planar or approximate indexes.
fn estates() -> Vec<(&'static str, Vec<Position>)> {
    let mut draw = Draw(7);
    let globe = (0..2_000).map(|_| anywhere(&mut draw)).collect();
    let centres: Vec<Position> = (0..25).map(|_| anywhere(&mut draw)).collect();
    let clustered = (0..3_000)
        .map(|_| {
            let centre = centres[draw.below(centres.len())];
            near(&mut draw, centre, 0.05)
        })
        .collect();
    let poles = (0..1_500)
        .map(|count| {
            let lat = draw.between(89.0, 90.0) * if count % 2 == 0 { 1.0 } else { -1.0 };
            if count % 50 == 0 {
                at(90.0_f64.copysign(lat), draw.between(-180.0, 180.0))
            } else {
                at(lat, draw.between(-180.0, 180.0))
            }
        })
        .collect();
    let antimeridian = (0..1_500)
        .map(|count| {
            let lon = if count % 10 == 0 { 180.0 } else { draw.between(179.5, 180.0) };
            at(draw.between(-20.0, -15.0), if count % 2 == 0 { lon } else { -lon })
        })
        .collect();
    let mut coincident: Vec<Position> = vec![at(48.85, 2.35); 1_200];
    coincident.extend((0..300).map(|_| near(&mut draw, at(48.85, 2.35), 0.001)));
    coincident.extend(std::iter::repeat_n(at(-0.0, 180.0), 20));
    coincident.extend(std::iter::repeat_n(at(0.0, -180.0), 20));
    let lattice = (-20..20)
        .flat_map(|lat| (-20..20).map(move |lon| at(f64::from(lat) * 0.25, f64::from(lon) * 0.25)))
        .collect();
    let few = vec![at(10.0, 10.0), at(-10.0, -170.0), at(90.0, 0.0)];
    vec![
        ("globe", globe),
        ("clustered", clustered),
        ("poles", poles),
        ("antimeridian", antimeridian),
        ("coincident", coincident),
        ("lattice", lattice),
        ("few", few),
        ("one", vec![at(1.0, 1.0)]),
        ("none", Vec::new()),
    ]
}

/// Rows in the index's own order, with masks and ranks drawn at random.
fn index_of(positions: &[Position], draw: &mut Draw) -> (Index, Vec<Entry>) {
    let order = spatial_order(positions);
    let mut ranks: Vec<u32> = (0..).take(positions.len()).collect();
    for count in (1..ranks.len()).rev() {
        ranks.swap(count, draw.below(count + 1));
    }
    let entries: Vec<Entry> = order
        .iter()
        .zip(ranks)
        .map(|(&place, tie_rank)| Entry {
            position: positions[place as usize],
            mask: mask(draw),
            tie_rank,
        })
        .collect();
    (entries.iter().copied().collect(), entries)
}

/// Bit b is stated in one row of 2ᵇ: yes and no alike.
fn mask(draw: &mut Draw) -> Mask {
    (0..12).fold(Mask::default(), |mask, bit| match draw.next() % (2 << bit) {
        0 => Mask { yes: mask.yes | 1 << bit, ..mask },
        1 => Mask { no: mask.no | 1 << bit, ..mask },
        _ => mask,
    })
}

/// What the index is asked and, said bit by bit, what it means.
type Filter = (Requirement, fn(Mask) -> bool);

fn is_yes(mask: Mask, bit: u32) -> bool {
    mask.yes >> bit & 1 == 1
}

fn is_no(mask: Mask, bit: u32) -> bool {
    mask.no >> bit & 1 == 1
}

fn is_unknown(mask: Mask, bit: u32) -> bool {
    !is_yes(mask, bit) && !is_no(mask, bit)
}

/// One filter for each way of accepting: values of one bit, of several, one of several, at
/// selectivities from every row to one of thousands and none.
fn filters() -> Vec<Filter> {
    let yes = States { yes: !0, ..States::default() };
    let no = States { no: !0, ..States::default() };
    let unknown = States { unknown: !0, ..States::default() };
    vec![
        (Requirement::default(), |_| true),
        (Requirement::default().all_of(0b110, yes.union(unknown)), |mask| {
            !is_no(mask, 1) && !is_no(mask, 2)
        }),
        (Requirement::default().all_of(0b1, no).all_of(0b10, yes), |mask| {
            is_no(mask, 0) && is_yes(mask, 1)
        }),
        (Requirement::default().any_of(States { yes: 0b11_0000, ..States::default() }), |mask| {
            is_yes(mask, 4) || is_yes(mask, 5)
        }),
        (
            Requirement::default()
                .all_of(0b111, yes.union(unknown))
                .any_of(States { unknown: 0b111, ..States::default() }),
            |mask| (0..3).all(|bit| !is_no(mask, bit)) && (0..3).any(|bit| is_unknown(mask, bit)),
        ),
        (Requirement::default().all_of(1 << 11, unknown), |mask| is_unknown(mask, 11)),
        (Requirement::default().all_of(1 << 2, yes), |mask| is_yes(mask, 2)),
        (Requirement::default().all_of(1 << 5, yes), |mask| is_yes(mask, 5)),
        (Requirement::default().all_of(1 << 8, no), |mask| is_no(mask, 8)),
        (Requirement::default().all_of(1 << 11, yes), |mask| is_yes(mask, 11)),
        (Requirement::default().all_of(1 << 8, yes).all_of(1 << 3, yes), |mask| {
            is_yes(mask, 8) && is_yes(mask, 3)
        }),
        (Requirement::default().all_of(1 << 60, yes), |_| false),
        (Requirement::default().all_of(0b1, States::default()), |_| false),
        (Requirement::default().any_of(States::default()), |_| false),
    ]
}

fn origins(positions: &[Position], draw: &mut Draw, count: usize) -> Vec<Position> {
    let mut origins = vec![at(90.0, 0.0), at(-90.0, 77.0), at(0.0, 180.0), at(0.0, 0.0)];
    origins.extend((0..count).map(|_| anywhere(draw)));
    if !positions.is_empty() {
        for _ in 0..count {
            let some = positions[draw.below(positions.len())];
            origins.push(some);
            origins.push(near(draw, some, 0.02));
            origins.push(near(draw, at(-some.lat_deg(), some.lon_deg() / 2.0), 1.0));
        }
    }
    origins
}

fn brute_force(entries: &[Entry], origin: Position) -> Vec<(Metres, u32, Row)> {
    let mut measured: Vec<_> = (0..)
        .zip(entries)
        .map(|(row, entry)| (geodesic_distance(origin, entry.position), entry.tie_rank, Row(row)))
        .collect();
    measured.sort_unstable();
    measured
}

/// Takes `take` rows and compares each with what brute force says comes there.
fn check_nearest(
    index: &Index,
    entries: &[Entry],
    truth: &[(Metres, u32, Row)],
    (search, accepts): (&NearestSearch<'_>, fn(Mask) -> bool),
    take: usize,
    context: &str,
) {
    let mut truth = truth.iter().filter(|(distance, _, row)| {
        search.max_distance.is_none_or(|most| *distance <= most)
            && accepts(entries[row.index()].mask)
    });
    let mut taken = 0;
    let mut before = Metres::default();
    index.nearest(
        search,
        |_| true,
        |found| {
            let context = format!("{context}, {} taken, {}", taken, search.origin);
            let (distance, _, row) = truth.next().unwrap_or_else(|| panic!("too many: {context}"));
            assert_eq!(found.row, *row, "{context}: {found:?} for {distance:?}");
            assert!((found.distance.get() - distance.get()).abs() <= 1e-3, "{context}");
            assert!(found.distance >= before, "{context}");
            before = found.distance;
            taken += 1;
            if taken < take { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    assert!(taken >= take || truth.next().is_none(), "too few: {context}, {}", search.origin);
}

#[test]
fn nearest_equals_brute_force() {
    let mut draw = Draw(11);
    for (name, positions) in estates() {
        let (index, entries) = index_of(&positions, &mut draw);
        let everything = index.select(Requirement::default(), Vec::new(), None);
        for origin in origins(&positions, &mut draw, 12) {
            let truth = brute_force(&entries, origin);
            for (expected, take) in [(1, 1), (10, 10), (3, 40), (10, usize::MAX), (usize::MAX, 7)] {
                let search =
                    NearestSearch { origin, selection: &everything, max_distance: None, expected };
                check_nearest(&index, &entries, &truth, (&search, |_| true), take, name);
            }
        }
    }
}

#[test]
fn nearest_with_a_requirement_equals_filtered_brute_force() {
    let mut draw = Draw(13);
    for (name, positions) in estates() {
        let (index, entries) = index_of(&positions, &mut draw);
        for origin in origins(&positions, &mut draw, 2) {
            let truth = brute_force(&entries, origin);
            for (requirement, accepts) in &filters() {
                let selection = &index.select(requirement.clone(), Vec::new(), None);
                let search = NearestSearch { origin, selection, max_distance: None, expected: 10 };
                check_nearest(&index, &entries, &truth, (&search, *accepts), 15, name);
            }
        }
    }
}

#[test]
fn the_maximum_distance_includes_its_boundary() {
    let mut draw = Draw(17);
    for (name, positions) in estates() {
        let (index, entries) = index_of(&positions, &mut draw);
        let everything = index.select(Requirement::default(), Vec::new(), None);
        for origin in origins(&positions, &mut draw, 4) {
            let truth = brute_force(&entries, origin);
            for _ in 0..3.min(truth.len()) {
                let boundary = truth[draw.below(truth.len())].0;
                for max_distance in [boundary.get(), boundary.get().next_down(), 0.0, 1e9] {
                    let search = NearestSearch {
                        origin,
                        selection: &everything,
                        max_distance: Metres::new(max_distance),
                        expected: 10,
                    };
                    check_nearest(&index, &entries, &truth, (&search, |_| true), usize::MAX, name);
                }
            }
        }
    }
}

#[test]
fn admit_has_the_last_word() {
    let mut draw = Draw(19);
    let (_, positions) = estates().swap_remove(1);
    let (index, entries) = index_of(&positions, &mut draw);
    let everything = index.select(Requirement::default(), Vec::new(), None);
    for origin in origins(&positions, &mut draw, 5) {
        let odd: Vec<Row> = brute_force(&entries, origin)
            .into_iter()
            .map(|(_, _, row)| row)
            .filter(|row| row.0 % 97 == 5)
            .collect();
        let mut found = Vec::new();
        let search =
            NearestSearch { origin, selection: &everything, max_distance: None, expected: 4 };
        index.nearest(
            &search,
            |row| row.0 % 97 == 5,
            |one| {
                found.push(one.row);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(found, odd);
    }
}

#[test]
fn within_equals_brute_force_page_by_page() {
    let mut draw = Draw(23);
    for (name, positions) in estates() {
        let (index, entries) = index_of(&positions, &mut draw);
        for _ in 0..60 {
            let centre = match positions.len() {
                0 => anywhere(&mut draw),
                count => positions[draw.below(count)],
            };
            let size_deg = 10_f64.powf(draw.between(-3.0, 2.3));
            let wrap = |lon: f64| if lon > 180.0 { lon - 360.0 } else { lon };
            let bbox = BoundingBox::from_edges(
                (centre.lon_deg() - size_deg * draw.unit()).max(-180.0),
                (centre.lat_deg() - size_deg * draw.unit()).max(-90.0),
                wrap((centre.lon_deg() + size_deg * draw.unit()).min(539.0)).clamp(-180.0, 180.0),
                (centre.lat_deg() + size_deg * draw.unit()).min(90.0),
            )
            .unwrap();
            for (requirement, accepts) in &filters()[..6] {
                let truth: Vec<Row> = (0..)
                    .map(Row)
                    .zip(&entries)
                    .filter(|(_, entry)| bbox.contains(entry.position) && accepts(entry.mask))
                    .map(|(row, _)| row)
                    .collect();
                let mut found = Vec::new();
                let mut from_row = Row(0);
                loop {
                    let selection = &index.select(requirement.clone(), Vec::new(), None);
                    let area = &Area::from(bbox);
                    let search = WithinSearch { area, selection, from_row, limit: 100 };
                    let mut answer = index.within(&search, |_| true);
                    assert!(answer.rows.len() <= 100);
                    found.append(&mut answer.rows);
                    match answer.next_row {
                        Some(row) => from_row = row,
                        None => break,
                    }
                }
                assert_eq!(found, truth, "{name}, {bbox:?}");
            }
        }
    }
}

#[test]
fn a_search_visits_few_nodes_wherever_it_starts_and_whatever_it_asks() {
    /// Nodes visited for the ten nearest among 100,000, unfiltered and filtered: twice what was
    /// seen when this was written.
    const CEILINGS: (u32, u32) = (26, 700);
    let mut draw = Draw(29);
    let positions: Vec<Position> = (0..100_000).map(|_| anywhere(&mut draw)).collect();
    let (index, _) = index_of(&positions, &mut draw);
    for (requirement, _) in &filters() {
        let selection = &index.select(requirement.clone(), Vec::new(), None);
        let ceiling = if requirement.accepts_everything() { CEILINGS.0 } else { CEILINGS.1 };
        for _ in 0..50 {
            let origin = anywhere(&mut draw);
            let search = NearestSearch { origin, selection, max_distance: None, expected: 10 };
            let work = ten_nearest(&index, &search);
            assert!(work.nodes_visited <= ceiling, "{work:?} for {requirement:?} from {origin}");
        }
    }
}

#[test]
fn a_box_visits_few_nodes_beside_its_rows() {
    let mut draw = Draw(31);
    let positions: Vec<Position> = (0..100_000).map(|_| anywhere(&mut draw)).collect();
    let (index, _) = index_of(&positions, &mut draw);
    let everything = index.select(Requirement::default(), Vec::new(), None);
    for _ in 0..50 {
        let south_west = at(draw.between(-80.0, 70.0), draw.between(-180.0, 170.0));
        let (west, south) = (south_west.lon_deg(), south_west.lat_deg());
        let bbox = BoundingBox::from_edges(west, south, west + 5.0, south + 5.0).unwrap();
        let area = &Area::from(bbox);
        let search = WithinSearch { area, selection: &everything, from_row: Row(0), limit: 50 };
        let answer = index.within(&search, |_| true);
        assert!(answer.work.nodes_visited <= 36, "{:?} for {bbox:?}", answer.work);
    }
}

fn ten_nearest(index: &Index, search: &NearestSearch<'_>) -> Work {
    let mut taken = 0;
    index.nearest(
        search,
        |_| true,
        |_| {
            taken += 1;
            if taken < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    )
}

const YES: States = States { yes: !0, no: 0, unknown: 0 };

/// Conditions that are common each and never or hardly meet, in every block of the tree: masks
/// cannot tell, and a walk by masks alone would open everything.
#[test]
fn conditions_that_never_meet_cost_no_more_than_others() {
    let mut draw = Draw(37);
    for count in [20_000_u32, 200_000] {
        let positions: Vec<Position> = (0..count).map(|_| anywhere(&mut draw)).collect();
        let order = spatial_order(&positions);
        let last = count - 1;
        let index: Index = (0..)
            .zip(&order)
            .map(|(row, &place)| {
                // Bits 0 and 1 in turn, bit 2 in every row, bit 3 in one row of 32 of bit 0; bits
                // 4 and 5 meet in the last row alone.
                let yes = 1 << (row % 2)
                    | 0b100
                    | u64::from(row % 64 == 2) << 3
                    | u64::from(row % 2 == 0 || row == last) << 4
                    | u64::from(row % 2 == 1) << 5;
                let mask = Mask { yes, no: 0 };
                Entry { position: positions[place as usize], mask, tie_rank: row }
            })
            .collect();
        for (bits, matching) in [
            (0b11, 0),
            (0b1011, 0),
            (0b1010, 0),
            (0b11_0000, 1),
            (0b101, count.div_ceil(2)),
            (0b1101, (count - 2).div_ceil(64)),
        ] {
            let selection =
                index.select(Requirement::default().all_of(bits, YES), Vec::new(), None);
            let accepted = (0..count).filter(|&row| selection.accepts(row)).count();
            assert_eq!(accepted, matching as usize, "{bits:b}");
            for _ in 0..20 {
                let origin = anywhere(&mut draw);
                let search = NearestSearch {
                    origin,
                    selection: &selection,
                    max_distance: None,
                    expected: 10,
                };
                let work = ten_nearest(&index, &search);
                assert!(work.nodes_visited <= 250, "{work:?} for {bits:b} of {count}");
                assert!(work.atms_tested <= 1_500, "{work:?} for {bits:b} of {count}");
            }
        }
    }
}

/// Sets of rows and symbols in every combination, against what each says of a row by itself.
#[test]
fn clauses_of_sets_and_symbols_equal_brute_force() {
    let mut draw = Draw(41);
    for (name, positions) in estates() {
        let (index, entries) = index_of(&positions, &mut draw);
        let row_count = entries.len();
        let rows = || 0..u32::try_from(row_count).unwrap();
        let sets: Vec<RowSet> = [2, 5, 40, 400, 3_000]
            .into_iter()
            .map(|share| {
                let some = rows().filter(|_| draw.below(share) == 0).collect();
                RowSet::from_ascending(some, row_count)
            })
            .collect();
        let column = SymbolColumn::new(rows().map(|row| row / 700 % 5 + row % 3).collect());
        for round in 0..40 {
            let mut clauses = Vec::new();
            for _ in 0..=draw.below(3) {
                let mut parts: Vec<Part<'_>> = (0..=draw.below(2))
                    .map(|_| Part::Rows(&sets[draw.below(sets.len())]))
                    .collect();
                if draw.below(3) == 0 {
                    let wanted = u32::try_from(draw.below(8)).unwrap();
                    parts.push(Part::Symbols(
                        &column,
                        Arc::new(move |symbol: u32| symbol == wanted),
                    ));
                }
                clauses.push(if draw.below(3) == 0 {
                    Clause::none_of(parts)
                } else {
                    Clause::any_of(parts)
                });
            }
            let (requirement, by_mask) = filters().swap_remove(draw.below(6));
            let accepts = |row: u32| {
                by_mask(entries[row as usize].mask)
                    && clauses.iter().all(|clause| clause.accepts(row))
            };
            let selection = index.select(requirement, clauses.clone(), None);
            let expected: Vec<bool> = rows().map(accepts).collect();
            let found: Vec<bool> = rows().map(|row| selection.accepts(row)).collect();
            assert_eq!(found, expected, "{name} {round}");
            let origin = anywhere(&mut draw);
            let truth: Vec<Row> = brute_force(&entries, origin)
                .into_iter()
                .map(|(_, _, row)| row)
                .filter(|row| expected[row.index()])
                .collect();
            let search =
                NearestSearch { origin, selection: &selection, max_distance: None, expected: 4 };
            let mut answer = Vec::new();
            index.nearest(
                &search,
                |_| true,
                |one| {
                    answer.push(one.row);
                    if answer.len() < 30 {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                },
            );
            assert_eq!(answer, truth[..truth.len().min(30)], "{name} {round} {selection:?}");
            let area = BoundingBox::from_edges(-180.0, -90.0, 180.0, 90.0).unwrap().into();
            let search =
                WithinSearch { area: &area, selection: &selection, from_row: Row(7), limit: 9_999 };
            let inside = rows().skip(7).map(Row).filter(|row| expected[row.index()]);
            assert!(index.within(&search, |_| true).rows.into_iter().eq(inside), "{name} {round}");
        }
    }
}
