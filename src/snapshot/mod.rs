//! A snapshot: ATMs, sites and index under one id, immutable, built whole or not at all.

mod assembly;
mod counts;
mod draft;
mod filter;
mod hours;
mod ids;
mod names;
mod sites;
mod table;
mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::domain::{
    Area, Atm, Attribute, Attributes, Ecef, Found, IngestReport, Metres, Name, NamedField,
    Openness, Position, RejectedRow, Row, SiteIndex, Source, SourceIndex, SpaceBox, WithinAnswer,
    Work,
};
use crate::index::{Index, NearestSearch, WithinSearch};
use crate::ingest::{CountryCode, IngestError, Ingestion, SourceFiles};
use crate::places::{Gazetteer, Landmark, LocalPlaces};

pub use sites::{SAME_ADDRESS_M, SAME_PLACE_M, SAME_SPOT_M};

pub use filter::CompiledFilter;
pub use hours::Zone;
pub use written::WRITTEN_BYTES_MAX;

pub(crate) use crate::ingest::packed::{Codes, Reader, Tag, push_text, tags};
pub(crate) use assembly::{Columns, Inconsistent};
pub(crate) use written::{AtmPart, Described};

use counts::Counts;
use draft::Draft;
use hours::Hours;
use names::Names;
use sites::Sites;
use table::Table;
use written::Written;

/// Estates of fewer rows are mostly in a cache, some 200 bytes a row.
const FETCHED_FROM_ROWS: usize = 1 << 16;

/// Names a snapshot by its content: two snapshots of one id hold the same ATMs, word for word,
/// from sources described the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotId([u8; 16]);

impl SnapshotId {
    /// The id with these 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let digits: &[u8; 32] = digits.as_bytes().try_into().ok()?;
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(id))
    }

    /// Its text: 32 hexadecimal digits in ASCII. Every answer holds it, so it is made without a
    /// formatter.
    #[must_use]
    pub fn digits(&self) -> [u8; 32] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 32];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        }
        digits
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

/// The ATMs of all sources at one time, with everything needed to answer from them.
pub struct Snapshot {
    id: SnapshotId,
    sources: Vec<Source>,
    report: IngestReport,
    table: Table,
    names: Names,
    sites: Sites,
    index: Index,
    counts: Counts,
    hours: Hours,
    /// Rows in the order of their ids.
    by_id: Vec<Row>,
    /// Follows from all else, at some cost; see [`Purpose`].
    places: OnceLock<LocalPlaces>,
    /// What answers say of each ATM, where it is written beforehand.
    written: OnceLock<Option<Written>>,
}

/// What a snapshot is made for.
#[derive(Clone, Copy, Debug, Default)]
pub enum Purpose<'l> {
    /// To be looked at. What follows from it at some cost is built when it is first asked for.
    #[default]
    Inspection,
    /// To be served: all of that is there at once, so that no request waits for it, or works it out
    /// while others wait.
    Service {
        /// The administrator's own places, found beside those the ATMs name. They are no part of
        /// the snapshot's id.
        landmarks: &'l [Landmark],
    },
}

/// What a snapshot is assembled from: one part a configured source.
#[derive(Clone, Copy, Debug)]
pub enum Part<'p> {
    /// Read from its files.
    Read {
        /// The configured source's name.
        name: &'p str,
        /// Its files.
        files: &'p [SourceFiles],
    },
    /// Kept as it is in an earlier snapshot.
    Kept {
        /// The configured source's name.
        name: &'p str,
        /// The snapshot to keep it from.
        from: &'p Snapshot,
    },
}

/// Fields whose names make up the vocabulary, and what the vocabulary calls them.
pub const VOCABULARY_FIELDS: [(&str, NamedField); 5] = [
    ("operators", NamedField::Operator),
    ("networks", NamedField::Network),
    ("brands", NamedField::Brand),
    ("countries", NamedField::Country),
    ("currencies", NamedField::Currency),
];

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({}, {} ATMs)", self.id, self.len())
    }
}

impl Snapshot {
    /// Ingests every source and builds a snapshot of what is admitted. `on_reject` is shown every
    /// rejected row, not only the examples the report keeps.
    ///
    /// # Errors
    ///
    /// [`IngestError`] when a source cannot be read to its end; there is no snapshot then.
    pub fn ingest(
        sources: &[SourceFiles],
        on_reject: &mut dyn FnMut(&RejectedRow),
    ) -> Result<Self, IngestError> {
        let parts: Vec<Part<'_>> = sources
            .iter()
            .map(|source| Part::Read { name: &source.name, files: std::slice::from_ref(source) })
            .collect();
        Self::assemble(&parts, Purpose::Inspection, &mut |_configured, row| on_reject(row))
    }

    /// Builds a snapshot of parts in the order of the configuration, each read from its files or
    /// kept as an earlier snapshot has it. Reading a part of which nothing has changed and keeping
    /// it give the same snapshot.
    ///
    /// # Errors
    ///
    /// [`IngestError`] when a part cannot be read to its end; there is no snapshot then.
    pub fn assemble(
        parts: &[Part<'_>],
        purpose: Purpose<'_>,
        on_reject: &mut dyn FnMut(&str, &RejectedRow),
    ) -> Result<Self, IngestError> {
        let mut draft = Draft::new(on_reject);
        let mut ingestion = Ingestion::new(&mut draft);
        for part in parts {
            match *part {
                Part::Read { name, files } => {
                    files.iter().try_for_each(|source| ingestion.read(name, source))?;
                }
                Part::Kept { name, from } => {
                    let files = &from.report.files;
                    let files = files.iter().filter(|file| file.configured == name).cloned();
                    ingestion.keep(name, files, from.atms_of(name));
                }
            }
        }
        let ingested = ingestion.finish();
        Ok(draft.finish(ingested.sources, ingested.report, purpose))
    }

    /// The ATMs of one configured source, with source and country.
    fn atms_of(
        &self,
        configured: &str,
    ) -> impl Iterator<Item = (Atm<'_>, &Source, Option<CountryCode>)> {
        let is_asked: Vec<bool> =
            self.sources.iter().map(|source| source.configured == configured).collect();
        let rows = self.by_id.iter().copied();
        rows.filter(move |&row| is_asked[self.source_of(row).0 as usize]).map(|row| {
            let country = self.country(row).and_then(CountryCode::new);
            (self.atm(row), self.source(self.source_of(row)), country)
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SnapshotId {
        self.id
    }

    /// When its data was current: the oldest time any of its sources states, RFC 3339 in UTC.
    /// `None` when a source does not say.
    #[must_use]
    pub fn as_of(&self) -> Option<&str> {
        let (first, others) = self.sources.split_first()?;
        others.iter().try_fold(first.as_of.as_deref()?, |oldest, source| {
            Some(oldest.min(source.as_of.as_deref()?))
        })
    }

    /// The places the ATMs name, over those of the whole Earth.
    ///
    /// # Cost
    ///
    /// The first call builds them, in proportion to the ATMs and on all cores, unless the snapshot
    /// was made to be served.
    #[must_use]
    pub fn gazetteer(&self) -> Gazetteer<'_> {
        Gazetteer::new(self.places())
    }

    /// The places the ATMs name. Costs what [`Snapshot::gazetteer`] does.
    #[must_use]
    pub fn places(&self) -> &LocalPlaces {
        self.places.get_or_init(|| assembly::gather_places(&self.table, &self.names, &[]))
    }

    /// What ingest found.
    #[must_use]
    pub fn report(&self) -> &IngestReport {
        &self.report
    }

    /// How many ATMs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is no ATM.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many sites there are.
    #[must_use]
    pub fn site_count(&self) -> usize {
        self.sites.len()
    }

    /// How many rows, nearest first, so many sites are mostly among: what so many have in the mean
    /// and some three deviations more.
    #[must_use]
    pub fn rows_of_sites(&self, sites: usize) -> usize {
        let others = sites * (self.len() - self.site_count());
        let beside = others.div_ceil(self.site_count().max(1));
        sites + beside + 3 * beside.isqrt()
    }

    /// Every ATM's row, in the order of ids.
    #[must_use]
    pub fn rows_by_id(&self) -> &[Row] {
        &self.by_id
    }

    /// The ATM of a row, its texts lent.
    #[must_use]
    pub fn atm(&self, row: Row) -> Atm<'_> {
        self.table.atm(row)
    }

    /// The id of a row's ATM.
    #[must_use]
    pub fn id_of(&self, row: Row) -> &str {
        self.table.id(row)
    }

    /// The row of the ATM with this id. Takes some twenty comparisons.
    #[must_use]
    pub fn row_of(&self, id: &str) -> Option<Row> {
        let place = self.by_id.binary_search_by(|&row| self.table.id(row).cmp(id)).ok()?;
        Some(self.by_id[place])
    }

    /// Where a row's ATM stands.
    #[must_use]
    pub fn position(&self, row: Row) -> Position {
        self.table.positions()[row.index()]
    }

    /// The point in space where a row's ATM stands: that of its position, computed beforehand.
    #[must_use]
    pub fn point(&self, row: Row) -> Ecef {
        self.index.point_of(row).unwrap_or_else(|| self.position(row).into())
    }

    /// The country a row's ATM stands in, ISO 3166-1 alpha-2: the stated one, else the one its
    /// position lies in.
    #[must_use]
    pub fn country(&self, row: Row) -> Option<&str> {
        self.table.symbols().text(self.names.country(row))
    }

    /// The source of that number.
    #[must_use]
    pub fn source(&self, index: SourceIndex) -> &Source {
        &self.sources[index.0 as usize]
    }

    /// Every yes/no of a row's ATM.
    #[must_use]
    pub fn attributes(&self, row: Row) -> Attributes {
        self.table.stated(row).0
    }

    /// Which source a row's ATM comes from.
    #[must_use]
    pub fn source_of(&self, row: Row) -> SourceIndex {
        self.table.source(row)
    }

    /// Every source, in the order ATMs count them.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// How many ATMs each configured source has, and since when its data is what it is: the oldest
    /// time it states, `None` when a part of it states none.
    #[must_use]
    pub fn counts_by_configured_source(&self) -> BTreeMap<String, (u64, Option<String>)> {
        let mut atms = vec![0_u64; self.sources.len()];
        for codes in self.table.codes() {
            atms[codes.source.0 as usize] += 1;
        }
        let mut counts = BTreeMap::new();
        for (source, atms) in self.sources.iter().zip(atms) {
            let as_of = source.as_of.clone();
            let (sum, oldest) =
                counts.entry(source.configured.clone()).or_insert((0, as_of.clone()));
            *sum += atms;
            *oldest = oldest.take().min(as_of);
        }
        counts
    }

    /// The site a row's ATM stands at.
    #[must_use]
    pub fn site_of(&self, row: Row) -> SiteIndex {
        self.sites.of_row(row)
    }

    /// The machines of a site, by id; never empty. The first names the site.
    #[must_use]
    pub fn site_rows(&self, site: SiteIndex) -> &[Row] {
        self.sites.rows(site)
    }

    /// The id of a site: that of the machine it is named after, marked as a site's.
    #[must_use]
    pub fn site_id(&self, site: SiteIndex) -> String {
        format!("site:{}", self.id_of(self.site_rows(site)[0]))
    }

    /// Whether a row's ATM is open at an instant, and what follows.
    ///
    /// # Cost
    ///
    /// Some nanoseconds where the same was asked shortly before, else some microseconds; takes no
    /// lock.
    #[must_use]
    pub fn openness(&self, row: Row, at: Timestamp) -> Openness {
        self.hours.openness(row, at)
    }

    /// Appends the same as an answer has it, in JSON.
    pub(crate) fn write_openness(&self, row: Row, at: Timestamp, out: &mut Vec<u8>) {
        self.hours.write_openness(row, at, out);
    }

    /// Whether any ATM is known to be open at some times and not at others, so that answers depend
    /// on when they are given.
    #[must_use]
    pub fn has_changing_hours(&self) -> bool {
        self.hours.has_changing()
    }

    /// Has what is known of sites fetched from memory, that of all of them at once: of a large estate
    /// hardly any is in a cache, and who reads it site by site waits for each. It changes nothing but
    /// the time.
    ///
    /// # Cost
    ///
    /// Nothing for small estates, which caches hold; else about a microsecond for ten sites, where
    /// one by one would take several.
    pub fn fetch(&self, sites: impl Iterator<Item = SiteIndex> + Clone) {
        if self.len() < FETCHED_FROM_ROWS {
            return;
        }
        let rows = sites.clone().flat_map(|site| self.sites.rows(site).iter().copied());
        let glances = [
            sites.fold(0, |sum, site| sum ^ self.sites.glance(site)),
            rows.clone().fold(0, |sum, row| {
                let country = u64::from(self.names.country(row));
                sum ^ self.table.glance(row) ^ self.hours.glance(row) ^ country
            }),
            rows.fold(0, |sum, row| sum ^ self.table.glance_packed(row)),
        ];
        // Or the reads would be left out, for nobody needs what they gave.
        std::hint::black_box(glances);
    }

    /// Hands `emit` the rows that pass `filter` one by one, nearest first and equal distances by
    /// id, until it breaks or none is left within `max_distance`. `expected` is how many rows the
    /// caller is likely to take; only the cost depends on it.
    pub fn each_nearest(
        &self,
        origin: Position,
        filter: &CompiledFilter<'_>,
        max_distance: Option<Metres>,
        expected: usize,
        emit: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Work {
        let selection = filter.selection();
        let search = NearestSearch { origin, selection, max_distance, expected };
        self.index.nearest(&search, |_| true, emit)
    }

    /// The rows in an area that pass `filter`, at most `limit` of them from `from_row` on.
    #[must_use]
    pub fn within(
        &self,
        area: &Area,
        filter: &CompiledFilter<'_>,
        from_row: Row,
        limit: usize,
    ) -> WithinAnswer {
        let selection = filter.selection();
        self.index.within(&WithinSearch { area, selection, from_row, limit }, |_| true)
    }

    /// Hands `visit` every row in a box in space that passes `filter`, with its point.
    pub fn each_in_space(
        &self,
        space: &SpaceBox,
        filter: &CompiledFilter<'_>,
        visit: impl FnMut(Row, Ecef),
    ) -> Work {
        self.index.each_in_space(space, filter.selection(), visit)
    }

    /// The names of a field with the number of ATMs that have each, most frequent first.
    #[must_use]
    pub fn vocabulary(&self, field: NamedField) -> &[(Box<str>, u32)] {
        self.names.column(field).vocabulary()
    }

    /// Whether any ATM has a name.
    #[must_use]
    pub fn has_name(&self, field: NamedField, name: &Name) -> bool {
        self.names.column(field).has(name)
    }

    /// How many ATMs state yes, no and nothing of an attribute.
    #[must_use]
    pub fn attribute_counts(&self, attribute: Attribute) -> [u32; 3] {
        self.counts.attributes[attribute as usize]
    }

    /// How many ATMs have each code of location type, fee and access, codes that occur only.
    pub fn code_counts(&self) -> impl Iterator<Item = (&'static str, Vec<(&'static str, u32)>)> {
        self.counts.codes()
    }
}
