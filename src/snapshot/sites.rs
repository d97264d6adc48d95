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

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::domain::{Ecef, LIST_SEPARATOR, Position, Row, SiteIndex, TextField, name_key};
use crate::ingest::packed::Piece;

use super::table::Table;

/// Below the accuracy of any survey of ATMs: positions this close tell nothing apart.
pub const SAME_SPOT_M: f64 = 5.0;

/// The width of a branch's front or a station hall's corner.
pub const SAME_PLACE_M: f64 = 25.0;

/// The length of a large building: machines of one bank at one stated address.
pub const SAME_ADDRESS_M: f64 = 75.0;

/// Edge of the cells machines are sorted into; a pair to be compared lies in touching cells.
const CELL_M: f64 = SAME_ADDRESS_M;

/// Most different operators and addresses of one spot that are compared with other spots, the first
/// by rows. No real place has more; without the bound, a file of a million rows on one point would
/// take hours.
const COMPARED_PER_SPOT_MAX: usize = 64;

/// Spots whose neighbours are looked for together.
const CHUNK_SPOTS: usize = 1 << 12;

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

fn key_digest(text: Option<&str>) -> Option<KeyDigest> {
    text.and_then(|text| digest(&name_key(text)))
}

/// A digest of street and house number, else of the first line of the address.
fn address_digest(
    street: Option<&str>,
    number: Option<&str>,
    address: Option<&str>,
) -> Option<KeyDigest> {
    match (street, number) {
        (Some(street), Some(number)) => {
            // Written in either order: "50 High Street", "Hauptstraße 7".
            let mut parts = [name_key(street), name_key(number)];
            parts.sort_unstable();
            digest(&parts.concat())
        }
        (Some(street), None) => key_digest(Some(street)),
        (None, _) => key_digest(address.and_then(|lines| lines.split(LIST_SEPARATOR).next())),
    }
}

/// What the rule asks of every row.
pub(super) fn standing(table: &Table) -> Vec<Standing> {
    let digests: Vec<Option<KeyDigest>> = [None]
        .into_par_iter()
        .chain(table.symbols().texts().par_iter().map(|text| key_digest(Some(text))))
        .collect();
    let rows = (0..u32::try_from(table.len()).unwrap_or(u32::MAX)).into_par_iter();
    rows.map(|row| Standing::of_row(table, Row(row), &digests)).collect()
}

impl Standing {
    /// What the rule asks of a row, given the digests of the keys of texts that recur.
    fn of_row(table: &Table, row: Row, digests: &[Option<KeyDigest>]) -> Self {
        let [mut brand, mut operator] = [None; 2];
        let [mut postcode, mut address, mut street, mut number] = [None; 4];
        for piece in table.pieces(row) {
            match piece {
                Piece::Number(TextField::Brand, text) => brand = Some(text),
                Piece::Number(TextField::Operator, text) => operator = Some(text),
                Piece::Text(TextField::Postcode, text) => postcode = Some(text),
                Piece::Text(TextField::AddressLines, text) => address = Some(text),
                Piece::Text(TextField::Street, text) => street = Some(text),
                Piece::Text(TextField::HouseNumber, text) => number = Some(text),
                Piece::Number(..) | Piece::Text(..) | Piece::Extra(_) => {}
            }
        }
        let named =
            brand.or(operator).and_then(|text| digests.get(text as usize).copied().flatten());
        Self {
            operator: named,
            street: address_digest(street, number, address),
            postcode: key_digest(postcode),
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

/// Machines on exactly one position are one spot, so that a lobby of twelve costs as much as one.
/// Spots are numbered in the order of their cells.
struct Spots<'s> {
    /// What the rule asks of each row.
    standing_of_row: &'s [Standing],
    /// Every row behind the cell it lies in, spot by spot.
    rows: Vec<(Cell, u32)>,
    /// Where each spot begins in `rows`; one more than there are spots.
    starts: Vec<u32>,
    /// ECEF metres of each spot.
    places: Vec<Ecef>,
    of_row: Vec<u32>,
    /// What stands at spots of more machines than are compared, each but once.
    crowded: HashMap<u32, Vec<Standing>>,
}

impl<'s> Spots<'s> {
    fn gather(positions: &[Position], standing_of_row: &'s [Standing]) -> Self {
        let bits = |row: u32| {
            let position = positions[row as usize];
            [position.lat_deg().to_bits(), position.lon_deg().to_bits()]
        };
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let cell = |(row, &position): (usize, &Position)| (Cell::of(position.into()), number(row));
        let mut rows: Vec<(Cell, u32)> = positions.par_iter().enumerate().map(cell).collect();
        rows.par_sort_unstable_by(|one, other| {
            let by_place = || bits(one.1).cmp(&bits(other.1)).then(one.1.cmp(&other.1));
            one.0.cmp(&other.0).then_with(by_place)
        });
        let (mut of_row, mut starts) = (vec![0; rows.len()], Vec::with_capacity(rows.len() + 1));
        let (mut start, mut crowded) = (0, HashMap::new());
        for same in rows.chunk_by(|one, other| one.0 == other.0 && bits(one.1) == bits(other.1)) {
            for &(_, row) in same {
                of_row[row as usize] = number(starts.len());
            }
            if same.len() > COMPARED_PER_SPOT_MAX {
                let mut different: Vec<Standing> = Vec::new();
                for &(_, row) in same {
                    let standing = standing_of_row[row as usize];
                    if different.len() < COMPARED_PER_SPOT_MAX && !different.contains(&standing) {
                        different.push(standing);
                    }
                }
                crowded.insert(number(starts.len()), different);
            }
            starts.push(number(start));
            start += same.len();
        }
        let place = |&start: &u32| Ecef::from(positions[rows[start as usize].1 as usize]);
        let places = starts.par_iter().map(place).collect();
        starts.push(number(start));
        Self { standing_of_row, rows, starts, places, of_row, crowded }
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn cell(&self, spot: usize) -> Cell {
        self.rows[self.starts[spot] as usize].0
    }

    /// What stands at a spot.
    fn standing(&self, spot: u32) -> impl Iterator<Item = &Standing> {
        let [from, to] = [self.starts[spot as usize], self.starts[spot as usize + 1]];
        let crowded = self.crowded.get(&spot);
        let rows = if crowded.is_some() { 0..0 } else { from as usize..to as usize };
        let rows = self.rows[rows].iter().map(|&(_, row)| &self.standing_of_row[row as usize]);
        rows.chain(crowded.into_iter().flatten())
    }

    fn stand_together(&self, a: u32, b: u32, distance_m: f64) -> bool {
        self.standing(a).any(|here| self.standing(b).any(|one| here.stands_with(one, distance_m)))
    }

    /// Calls `pair` once for every two spots at most [`CELL_M`] apart, on all cores and in no
    /// order. Over such distances the chord is the geodesic to a micrometre.
    fn each_close_pair(&self, pair: impl Fn(u32, u32, f64) + Sync) {
        (0..self.len().div_ceil(CHUNK_SPOTS)).into_par_iter().for_each(|chunk| {
            let spots = chunk * CHUNK_SPOTS..self.len().min((chunk + 1) * CHUNK_SPOTS);
            self.each_pair_from(spots, &pair);
        });
    }

    /// The same for the pairs of which the first is among `spots`.
    fn each_pair_from(&self, spots: Range<usize>, pair: &impl Fn(u32, u32, f64)) {
        // Of the 26 cells around a cell, those after it in the order lie on five lines of three
        // (its own line: one). Each line is one run in the sorted list, found by a cursor that
        // only moves forward.
        let lines = [(0, 1), (1, -1), (1, 0), (1, 1)];
        let first = self.cell(spots.start);
        let mut cursors = lines.map(|(dz, dy)| {
            let line = first.moved(dz, dy, -1);
            let row = self.rows.partition_point(|(cell, _)| *cell < line);
            self.starts.partition_point(|&start| (start as usize) < row)
        });
        for spot in spots {
            let cell = self.cell(spot);
            let compare_run = |from: usize, last: Cell| {
                for other in from..self.len() {
                    if self.cell(other) > last {
                        break;
                    }
                    let distance_m = self.places[spot].chord2_m2(self.places[other]).sqrt();
                    if distance_m <= CELL_M
                        && let (Ok(a), Ok(b)) = (u32::try_from(spot), u32::try_from(other))
                    {
                        pair(a, b, distance_m);
                    }
                }
            };
            compare_run(spot + 1, cell.moved(0, 0, 1));
            for (cursor, (dz, dy)) in cursors.iter_mut().zip(lines) {
                let [first, last] = [cell.moved(dz, dy, -1), cell.moved(dz, dy, 1)];
                while *cursor < self.len() && self.cell(*cursor) < first {
                    *cursor += 1;
                }
                compare_run(*cursor, last);
            }
        }
    }
}

/// A cube of [`CELL_M`] in ECEF space, by its number along each axis in one word: ordered by z, y,
/// x, and comparable at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell(u64);

/// Bits of a cell's number along one axis. An ECEF coordinate is at most 6.4e6 m.
const AXIS_BITS: u32 = 21;

impl Cell {
    fn of(place: Ecef) -> Self {
        Self([place.z_m, place.y_m, place.x_m].into_iter().fold(0, |cell, metres| {
            let middle = f64::from(1_u32 << (AXIS_BITS - 1));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "positive and below two to the number of bits"
            )]
            let number = ((metres / CELL_M).floor() + middle) as u64;
            cell << AXIS_BITS | number
        }))
    }

    /// The cell so many cells away, no more than one along each axis.
    fn moved(self, dz: i64, dy: i64, dx: i64) -> Self {
        let away = (dz << (2 * AXIS_BITS)) + (dy << AXIS_BITS) + dx;
        Self(self.0.wrapping_add_signed(away))
    }
}

/// Disjoint sets that many threads join at once, with path halving; the smaller number is the
/// root, so the outcome does not depend on the order of joins.
struct Groups {
    parents: Vec<AtomicU32>,
}

impl Groups {
    fn singles(count: usize) -> Self {
        let members = (0..count).filter_map(|member| u32::try_from(member).ok());
        Self { parents: members.map(AtomicU32::new).collect() }
    }

    fn parent(&self, member: u32) -> u32 {
        self.parents[member as usize].load(Ordering::Relaxed)
    }

    /// A member's root, for as long as nobody joins it to another.
    fn root(&self, mut member: u32) -> u32 {
        loop {
            let parent = self.parent(member);
            if parent == member {
                return member;
            }
            let grandparent = self.parent(parent);
            // Parents only ever become smaller: what another thread has set meanwhile is as good.
            self.parents[member as usize].fetch_min(grandparent, Ordering::Relaxed);
            member = grandparent;
        }
    }

    fn join(&self, a: u32, b: u32) {
        let (mut a, mut b) = (a, b);
        loop {
            (a, b) = (self.root(a), self.root(b));
            let (smaller, larger) = (a.min(b), a.max(b));
            // Only a root is given a parent; where it has become a member meanwhile, once more.
            let joined = self.parents[larger as usize].compare_exchange(
                larger,
                smaller,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            if smaller == larger || joined.is_ok() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Atm, SourceIndex};
    use crate::ingest::packed::{self, Codes, Symbols};

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
        let standing = standing_of(&machines);
        let groups = Groups::singles(machines.len());
        for a in 0..machines.len() {
            for b in 0..a {
                let chord2 =
                    Ecef::from(machines[a].position).chord2_m2(machines[b].position.into());
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
}
