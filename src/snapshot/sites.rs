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

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU64;

use hashbrown::HashMap;

use crate::domain::{Atm, Ecef, Position, Row, SiteIndex, TextField, name_key};

/// Below the accuracy of any survey of ATMs: positions this close tell nothing apart.
pub const SAME_SPOT_M: f64 = 5.0;

/// The width of a branch's front or a station hall's corner.
pub const SAME_PLACE_M: f64 = 25.0;

/// The length of a large building: machines of one bank at one stated address.
pub const SAME_ADDRESS_M: f64 = 75.0;

/// Edge of the cells machines are sorted into; a pair to be compared lies in touching cells.
const CELL_M: f64 = SAME_ADDRESS_M;

/// Most machines of one spot whose operator and address are compared with other spots. No real
/// place has more; without the bound, a file of a million rows on one point would take hours.
const COMPARED_PER_SPOT_MAX: usize = 64;

/// What the rule asks of a machine, as digests of names' keys: only whether two are equal matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    operator: Option<KeyDigest>,
    /// Street and house number together.
    street: Option<KeyDigest>,
    postcode: Option<KeyDigest>,
}

/// A digest of a [`name_key`], never zero, so that `Option` takes no room.
type KeyDigest = NonZeroU64;

fn digest(key: &str) -> Option<KeyDigest> {
    if key.is_empty() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    NonZeroU64::new(hasher.finish().max(1))
}

impl Standing {
    /// What the rule asks of `atm`.
    pub(super) fn of(atm: &Atm<'_>) -> Self {
        let key = |text: Option<&str>| text.and_then(|text| digest(&name_key(text)));
        let street = match (atm.text(TextField::Street), atm.text(TextField::HouseNumber)) {
            (Some(street), Some(number)) => {
                // Written in either order: "50 High Street", "Hauptstraße 7".
                let mut parts = [name_key(street), name_key(number)];
                parts.sort_unstable();
                digest(&parts.concat())
            }
            (Some(street), None) => key(Some(street)),
            (None, _) => key(atm.list(TextField::AddressLines).next()),
        };
        Self {
            operator: key(atm.brand_or_operator()),
            street,
            postcode: key(atm.text(TextField::Postcode)),
        }
    }

    fn same_operator(&self, other: &Self) -> bool {
        self.operator.is_some() && self.operator == other.operator
    }

    fn addresses_contradict(&self, other: &Self) -> bool {
        let differ =
            |a: Option<KeyDigest>, b: Option<KeyDigest>| a.zip(b).is_some_and(|(a, b)| a != b);
        differ(self.street, other.street) || differ(self.postcode, other.postcode)
    }

    fn same_address(&self, other: &Self) -> bool {
        self.street.is_some() && self.street == other.street && !self.addresses_contradict(other)
    }

    /// The rule for two machines `distance_m` apart.
    fn stands_with(&self, other: &Self, distance_m: f64) -> bool {
        distance_m <= SAME_SPOT_M
            || self.same_operator(other)
                && (distance_m <= SAME_PLACE_M && !self.addresses_contradict(other)
                    || distance_m <= SAME_ADDRESS_M && self.same_address(other))
    }
}

/// The sites of a snapshot and the machines of each.
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
    /// `standing` is what the rule asks of a row and `id_rank` the place of each row's id among
    /// all ids. Takes time in proportion to the number of machines where these are spread as
    /// people are.
    pub(super) fn build(positions: &[Position], standing: &[Standing], id_rank: &[u32]) -> Self {
        let spots = Spots::gather(positions, standing);
        let mut groups = Groups::singles(spots.places.len());
        spots.each_close_pair(|a, b, distance_m| {
            if groups.root(a) != groups.root(b) && spots.stand_together(a, b, distance_m) {
                groups.join(a, b);
            }
        });

        let mut rows: Vec<Row> =
            (0..positions.len()).filter_map(|row| u32::try_from(row).ok()).map(Row).collect();
        let site_root: Vec<u32> = spots.of_row.iter().map(|&spot| groups.root(spot)).collect();
        // The smallest id of each group names and orders it.
        let mut anchor = vec![u32::MAX; spots.places.len()];
        for row in &rows {
            let root = site_root[row.index()] as usize;
            anchor[root] = anchor[root].min(id_rank[row.index()]);
        }
        rows.sort_unstable_by_key(|row| {
            (anchor[site_root[row.index()] as usize], id_rank[row.index()])
        });
        let mut of_row = vec![SiteIndex(0); positions.len()];
        let mut starts = Vec::new();
        let mut current = None;
        for (place, row) in rows.iter().enumerate() {
            let root = site_root[row.index()];
            if current != Some(root) {
                current = Some(root);
                starts.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
            of_row[row.index()] = SiteIndex(u32::try_from(starts.len() - 1).unwrap_or(u32::MAX));
        }
        starts.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        Self { of_row, rows, starts }
    }

    /// Sites of which it is known who stands where. Each row has its site in `of_row`, and sites
    /// are counted in the order of their smallest ids; `None` when they are not.
    pub(super) fn of(of_row: Vec<SiteIndex>, by_id: &[Row]) -> Option<Self> {
        let mut sizes: Vec<u32> = Vec::new();
        for &row in by_id {
            let site = of_row.get(row.index())?.index();
            if site == sizes.len() {
                sizes.push(0);
            }
            *sizes.get_mut(site)? += 1;
        }
        let mut next = 0;
        let mut ends: Vec<u32> = sizes
            .iter()
            .map(|size| {
                let start = next;
                next += size;
                start
            })
            .collect();
        let mut rows = vec![Row(0); by_id.len()];
        for &row in by_id {
            let end = &mut ends[of_row[row.index()].index()];
            rows[*end as usize] = row;
            *end += 1;
        }
        let starts = std::iter::once(0).chain(ends).collect();
        Some(Self { of_row, rows, starts })
    }

    /// How many sites there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
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

/// Machines on exactly one position are one spot, so that a lobby of twelve costs as much as one.
struct Spots {
    of_row: Vec<u32>,
    /// ECEF metres of each spot.
    places: Vec<Ecef>,
    /// What stands at each spot, each once.
    standing: Vec<Vec<Standing>>,
}

impl Spots {
    fn gather(positions: &[Position], standing: &[Standing]) -> Self {
        let mut numbers: HashMap<(u64, u64), u32> = HashMap::with_capacity(positions.len());
        let mut spots = Self {
            of_row: Vec::with_capacity(positions.len()),
            places: Vec::new(),
            standing: Vec::new(),
        };
        for (position, standing) in positions.iter().zip(standing) {
            let key = (position.lat_deg().to_bits(), position.lon_deg().to_bits());
            let spot = *numbers.entry(key).or_insert_with(|| {
                spots.places.push(Ecef::from(*position));
                spots.standing.push(Vec::new());
                u32::try_from(spots.places.len() - 1).unwrap_or(u32::MAX)
            });
            let here = &mut spots.standing[spot as usize];
            if here.len() < COMPARED_PER_SPOT_MAX && !here.contains(standing) {
                here.push(*standing);
            }
            spots.of_row.push(spot);
        }
        spots
    }

    fn stand_together(&self, a: u32, b: u32, distance_m: f64) -> bool {
        self.standing[a as usize].iter().any(|here| {
            self.standing[b as usize].iter().any(|there| here.stands_with(there, distance_m))
        })
    }

    /// Calls `pair` once for every two spots at most [`CELL_M`] apart. Over such distances the
    /// chord is the geodesic to a micrometre.
    fn each_close_pair(&self, mut pair: impl FnMut(u32, u32, f64)) {
        let mut cells: Vec<(Cell, u32)> = self
            .places
            .iter()
            .enumerate()
            .filter_map(|(spot, &place)| Some((Cell::of(place), u32::try_from(spot).ok()?)))
            .collect();
        cells.sort_unstable();
        // Of the 26 cells around a cell, those after it in the order lie on five lines of three
        // (its own line: one). Each line is one run in the sorted list, found by a cursor that
        // only moves forward.
        let mut cursors = [0_usize; 4];
        for (place, &(cell, spot)) in cells.iter().enumerate() {
            let mut compare = |other: &(Cell, u32)| {
                let chord2_m2 = self.places[spot as usize].chord2_m2(self.places[other.1 as usize]);
                let distance_m = chord2_m2.sqrt();
                if distance_m <= CELL_M {
                    pair(spot, other.1, distance_m);
                }
            };
            let own_line_end = cell.moved(0, 0, 1);
            cells[place + 1..]
                .iter()
                .take_while(|other| other.0 <= own_line_end)
                .for_each(&mut compare);
            for (cursor, (dz, dy)) in cursors.iter_mut().zip([(0, 1), (1, -1), (1, 0), (1, 1)]) {
                let [first, last] = [cell.moved(dz, dy, -1), cell.moved(dz, dy, 1)];
                while cells.get(*cursor).is_some_and(|other| other.0 < first) {
                    *cursor += 1;
                }
                cells[*cursor..].iter().take_while(|other| other.0 <= last).for_each(&mut compare);
            }
        }
    }
}

/// A cube of [`CELL_M`] in ECEF space; ordered by z, y, x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell([i32; 3]);

impl Cell {
    fn of(place: Ecef) -> Self {
        // An ECEF coordinate is at most 6.4e6 m, so the cell number fits with room to spare.
        #[expect(clippy::cast_possible_truncation, reason = "bounded by the Earth's radius")]
        let number = |metres: f64| (metres / CELL_M).floor() as i32;
        Self([number(place.z_m), number(place.y_m), number(place.x_m)])
    }

    fn moved(self, dz: i32, dy: i32, dx: i32) -> Self {
        let Self([z, y, x]) = self;
        Self([z + dz, y + dy, x + dx])
    }
}

/// Disjoint sets with path halving; the smaller number is the root, so the outcome does not
/// depend on the order of joins.
struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    fn singles(count: usize) -> Self {
        Self { parents: (0..count).filter_map(|member| u32::try_from(member).ok()).collect() }
    }

    fn root(&mut self, mut member: u32) -> u32 {
        while self.parents[member as usize] != member {
            let grandparent = self.parents[self.parents[member as usize] as usize];
            self.parents[member as usize] = grandparent;
            member = grandparent;
        }
        member
    }

    fn join(&mut self, a: u32, b: u32) {
        let [a, b] = [self.root(a), self.root(b)];
        self.parents[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceIndex;

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

    /// The sites as lists of ids, whatever the order the machines come in.
    fn sites_of(atms: &[Atm<'_>]) -> Vec<Vec<String>> {
        let positions: Vec<Position> = atms.iter().map(|atm| atm.position).collect();
        let standing: Vec<Standing> = atms.iter().map(Standing::of).collect();
        let mut by_id: Vec<usize> = (0..atms.len()).collect();
        by_id.sort_by(|&a, &b| atms[a].id.cmp(&atms[b].id));
        let mut id_rank = vec![0; atms.len()];
        for (rank, &row) in by_id.iter().enumerate() {
            id_rank[row] = u32::try_from(rank).unwrap();
        }
        let sites = Sites::build(&positions, &standing, &id_rank);
        let rows = |site| {
            let rows = sites.rows(SiteIndex(u32::try_from(site).unwrap()));
            rows.iter().map(|row| atms[row.index()].id.to_string()).collect()
        };
        (0..sites.len()).map(rows).collect()
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
    fn sites_depend_on_the_machines_and_not_on_their_order() {
        // A lattice of spots around the corners of many cells, some shared, from a fixed seed.
        let mut state = 42_u64;
        let mut next = |below: u32| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
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
        let mut groups = Groups::singles(machines.len());
        for a in 0..machines.len() {
            for b in 0..a {
                let chord2 =
                    Ecef::from(machines[a].position).chord2_m2(machines[b].position.into());
                let [one, other] = [Standing::of(&machines[a]), Standing::of(&machines[b])];
                if one.stands_with(&other, chord2.sqrt()) {
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
}
