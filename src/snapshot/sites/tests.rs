use super::groups::Groups;
use super::*;
use crate::domain::{Atm, Ecef, SourceIndex, TextField};
use crate::ingest::packed::{self, Codes, Symbols};
use crate::snapshot::table::Table;

/// One machine: metres north and east of a corner of London, brand, street, postcode.
type Machine = (f64, f64, &'static str, &'static str, &'static str);

fn atm(id: usize, (north_m, east_m, brand, street, postcode): Machine) -> Atm<'static> {
    let (lat_deg, lon_deg) = (51.5 + north_m / 111_250.0, -0.1 + east_m / 69_470.0);
    let position = Position::from_lat_lon(lat_deg, lon_deg).unwrap();
    let mut atm = Atm::new(format!("t:{id:04}"), position, SourceIndex::default());
    atm.set_text(TextField::Brand, Some(brand.into()));
    atm.set_text(TextField::Street, Some(street.into()));
    atm.set_text(TextField::Postcode, Some(postcode.into()));
    atm
}

/// What the rule asks of each machine.
fn standing_of(atms: &[Atm<'_>]) -> Vec<Standing> {
    let (mut symbols, mut arena, mut starts) = (Symbols::default(), Vec::new(), Vec::new());
    for atm in atms {
        starts.push(arena.len() as u64);
        packed::pack(&mut arena, atm, |_field, text| symbols.intern(text));
    }
    let positions = atms.iter().map(|atm| atm.position).collect();
    let codes = atms.iter().map(Codes::from).collect();
    standing(&Table::of_packed(symbols.into_texts(), arena, starts, positions, codes))
}

/// The sites as lists of ids, whatever the order the machines come in.
fn sites_of(atms: &[Atm<'_>]) -> Vec<Vec<String>> {
    let positions: Vec<Position> = atms.iter().map(|atm| atm.position).collect();
    let standing = standing_of(atms);
    let mut by_id: Vec<Row> = (0..u32::try_from(atms.len()).unwrap()).map(Row).collect();
    by_id.sort_by(|&a, &b| atms[a.index()].id.cmp(&atms[b.index()].id));
    let sites = Sites::build(&positions, &standing, &by_id);
    let back = Sites::of(sites.by_id(&by_id), &by_id).unwrap();
    assert_eq!(
        (&back.of_row, &back.rows, &back.starts),
        (&sites.of_row, &sites.rows, &sites.starts)
    );
    assert!(
        sites.rows.chunk_by(|a, b| sites.of_row(*a) == sites.of_row(*b)).count() == sites.len()
    );
    let rows = |site| {
        let rows = sites.rows(SiteIndex(u32::try_from(site).unwrap()));
        rows.iter().map(|row| atms[row.index()].id.to_string()).collect()
    };
    let mut found: Vec<Vec<String>> = (0..sites.len()).map(rows).collect();
    found.sort();
    found
}

fn count(machines: &[Machine]) -> usize {
    let atms: Vec<_> = machines.iter().enumerate().map(|(id, &m)| atm(id, m)).collect();
    sites_of(&atms).len()
}

#[test]
fn the_rule_holds_at_each_of_its_distances() {
    for (sites, there, why) in [
        (1, (0.0, 4.9, "B", "other street", "X"), "one spot, whoever runs it"),
        (2, (0.0, 5.2, "B", "", ""), "two banks a few steps apart"),
        (1, (0.0, 24.0, "a", "", ""), "one bank, nothing contradicts"),
        (2, (0.0, 26.0, "A", "", ""), "too far without an address"),
        (2, (0.0, 24.0, "A", "Low Street", ""), "one bank, two streets"),
        (2, (0.0, 24.0, "A", "HIGH STREET", "N2"), "one bank, two postcodes"),
        (1, (74.0, 0.0, "A", "High street.", "N1"), "one bank at one address"),
        (2, (76.0, 0.0, "A", "High Street", "N1"), "too far even at one address"),
        (2, (0.0, 24.0, "", "High Street", "N1"), "nobody known to run it"),
    ] {
        assert_eq!(count(&[(0.0, 0.0, "A", "High Street", "N1"), there]), sites, "{why}");
    }
}

#[test]
fn a_machine_joins_through_any_machine_of_a_site() {
    let row = |east_m| (0.0, east_m, "A", "", "");
    assert_eq!(count(&[row(0.0), row(20.0), row(40.0), row(60.0), row(90.0)]), 2);
}

#[test]
fn a_machine_among_many_on_one_spot_joins_as_it_would_alone() {
    let one_of_b = || (0.0, 0.0, "B", "", "");
    let beside_of_b = || (0.0, 24.0, "B", "", "");
    assert_eq!(count(&[one_of_b(), beside_of_b()]), 1);
    let mut crowd = vec![(0.0, 0.0, "A", "", ""); 70];
    crowd.extend([one_of_b(), beside_of_b()]);
    assert_eq!(count(&crowd), 1);
}

#[test]
fn sites_depend_on_the_machines_and_not_on_their_order() {
    // A lattice of spots around the corners of many cells, some shared, from a fixed seed.
    let mut state = 42_u64;
    let mut next = |below: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).unwrap() % below
    };
    let brands = ["A", "B", ""];
    let machines: Vec<Atm<'_>> = (0..400)
        .map(|id| {
            let [north_m, east_m] = [f64::from(next(60)) * 9.0, f64::from(next(60)) * 9.0];
            let brand = brands[next(3) as usize];
            atm(id, (north_m, east_m, brand, "", ""))
        })
        .collect();
    let expected = sites_of(&machines);
    let mut shuffled = machines.clone();
    for place in (1..shuffled.len()).rev() {
        let other = next(u32::try_from(place).unwrap() + 1);
        shuffled.swap(place, other as usize);
    }
    assert_eq!(sites_of(&shuffled), expected);

    // The same by comparing every machine with every other.
    let standing = standing_of(&machines);
    let groups = Groups::singles(machines.len());
    for a in 0..machines.len() {
        for b in 0..a {
            let chord2 = Ecef::from(machines[a].position).chord2_m2(machines[b].position.into());
            if standing[a].stands_with(&standing[b], chord2.sqrt()) {
                groups.join(u32::try_from(a).unwrap(), u32::try_from(b).unwrap());
            }
        }
    }
    let roots: std::collections::BTreeSet<u32> =
        (0..machines.len()).map(|m| groups.root(u32::try_from(m).unwrap())).collect();
    assert_eq!(roots.len(), expected.len());
}

#[test]
fn machines_across_the_antimeridian_and_at_a_pole_stand_together() {
    let at = |id: usize, lat: f64, lon: f64| {
        let position = Position::from_lat_lon(lat, lon).unwrap();
        Atm::new(format!("t:{id}"), position, SourceIndex::default())
    };
    let atms = [at(0, 0.0, 180.0), at(1, 0.0, -180.0), at(2, 90.0, 10.0), at(3, 90.0, -120.0)];
    assert_eq!(sites_of(&atms), [["t:0", "t:1"], ["t:2", "t:3"]]);
}

#[test]
fn sites_that_are_not_counted_by_their_ids_are_refused() {
    let by_id = [2, 0, 1].map(Row);
    let of = |of_row: [u32; 3]| Sites::of(of_row.map(SiteIndex).to_vec(), &by_id);
    assert!(of([1, 0, 0]).is_some());
    assert!(of([1, 2, 0]).is_some());
    assert!(of([0, 1, 1]).is_none());
    assert!(of([2, 1, 0]).is_none());
    // They are numbered by their rows.
    let sites = of([1, 2, 0]).unwrap();
    assert_eq!(sites.of_row, [0, 1, 2].map(SiteIndex));
    assert_eq!(sites.by_id(&by_id), [1, 2, 0].map(SiteIndex));
}
