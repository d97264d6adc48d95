//! A snapshot: ATMs, sites and index under one id, immutable, built whole or not at all.

mod filter;
mod names;
mod sites;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

use rayon::slice::ParallelSliceMut;

use crate::domain::{
    Access, Atm, AtmFilter, Attribute, BoundingBox, Condition, Fee, Found, IngestReport,
    LocationType, Metres, NamedField, Position, RejectedRow, Row, SiteIndex, Source, SourceIndex,
    WithinAnswer, Work,
};
use crate::index::{Entry, Index, Mask, NearestSearch, WithinSearch, spatial_order};
use crate::ingest::{
    Admitted, CountryCode, IngestError, Receiving, RecordDigest, SourceFiles, ingest, source_digest,
};

pub use sites::{SAME_ADDRESS_M, SAME_PLACE_M, SAME_SPOT_M};

pub use filter::CompiledFilter;

use names::Names;
use sites::{Sites, Standing};
use table::Table;

/// Names a snapshot by its content: two snapshots of one id hold the same ATMs, word for word,
/// from sources described the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotId([u8; 16]);

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
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
    /// Rows in the order of their ids.
    by_id: Vec<Row>,
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
        let mut draft = Draft::new(on_reject);
        let ingested = ingest(sources, &mut draft)?;
        Ok(draft.finish(ingested.sources, ingested.report))
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
        let times: Option<Vec<&str>> =
            self.sources.iter().map(|source| source.as_of.as_deref()).collect();
        times?.into_iter().min()
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

    /// The country a row's ATM stands in, ISO 3166-1 alpha-2: the stated one, else the one its
    /// position lies in.
    #[must_use]
    pub fn country(&self, row: Row) -> Option<&str> {
        self.table.symbols().text(self.names.column(NamedField::Country).symbol(row))
    }

    /// The source of that number.
    #[must_use]
    pub fn source(&self, index: SourceIndex) -> &Source {
        &self.sources[usize::from(index.0)]
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

    /// Prepares a filter for this snapshot.
    #[must_use]
    pub fn compile(&self, filter: &AtmFilter) -> CompiledFilter<'_> {
        CompiledFilter::new(filter, &self.names)
    }

    /// Whether a row passes a filter.
    #[must_use]
    pub fn passes(&self, filter: &CompiledFilter<'_>, row: Row) -> bool {
        self.index.entry(row).is_some_and(|entry| {
            filter.requirement().may_match(entry.mask.into())
                && filter.admits_names(row, entry.mask)
        })
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
        let requirement = filter.requirement();
        let search = NearestSearch { origin, requirement, max_distance, expected };
        self.index.nearest(&search, |row| self.admits_names(filter, row), emit)
    }

    /// The rows in a box that pass `filter`, at most `limit` of them from `from_row` on.
    #[must_use]
    pub fn within(
        &self,
        bbox: BoundingBox,
        filter: &CompiledFilter<'_>,
        from_row: Row,
        limit: usize,
    ) -> WithinAnswer {
        let requirement = filter.requirement();
        let search = WithinSearch { bbox, requirement, from_row, limit };
        self.index.within(&search, |row| self.admits_names(filter, row))
    }

    fn admits_names(&self, filter: &CompiledFilter<'_>, row: Row) -> bool {
        self.index.entry(row).is_some_and(|entry| filter.admits_names(row, entry.mask))
    }

    /// The names of a field with the number of ATMs that have each, most frequent first.
    #[must_use]
    pub fn vocabulary(&self, field: NamedField) -> &[(Box<str>, u32)] {
        self.names.column(field).vocabulary()
    }

    /// For every name in `filter` that no ATM has, a sentence that says so and what is similar.
    #[must_use]
    pub fn unknown_names(&self, filter: &AtmFilter) -> Vec<String> {
        let named = filter.conditions.iter().filter_map(|condition| match condition {
            Condition::Named(field, names) | Condition::NotNamed(field, names) => {
                Some((*field, names))
            }
            _ => None,
        });
        let missing = named.flat_map(|(field, names)| {
            names
                .iter()
                .map(move |name| (field, name))
                .filter(|(field, name)| !self.names.column(*field).has(name))
        });
        missing
            .map(|(field, name)| {
                let similar: Vec<_> = self
                    .names
                    .column(field)
                    .similar(name)
                    .take(3)
                    .map(|n| format!("{n:?}"))
                    .collect();
                let hint = match similar.as_slice() {
                    [] => "see /v1/vocabulary".to_owned(),
                    names => format!("similar: {}", names.join(", ")),
                };
                format!("no ATM here has {} {:?}; {hint}", field.parameter(), name.written)
            })
            .collect()
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

/// How often attributes and codes occur.
#[derive(Debug)]
struct Counts {
    attributes: [[u32; 3]; Attribute::ALL.len()],
    location_types: BTreeMap<LocationType, u32>,
    fees: BTreeMap<Fee, u32>,
    accesses: BTreeMap<Access, u32>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            attributes: [[0; 3]; Attribute::ALL.len()],
            location_types: BTreeMap::new(),
            fees: BTreeMap::new(),
            accesses: BTreeMap::new(),
        }
    }
}

impl Counts {
    fn add(&mut self, atm: &Atm<'_>) {
        for (&attribute, counts) in Attribute::ALL.iter().zip(&mut self.attributes) {
            counts[atm.attributes.get(attribute) as usize] += 1;
        }
        *self.location_types.entry(atm.location_type).or_default() += 1;
        *self.fees.entry(atm.fee).or_default() += 1;
        *self.accesses.entry(atm.access).or_default() += 1;
    }

    fn codes(&self) -> impl Iterator<Item = (&'static str, Vec<(&'static str, u32)>)> {
        let location_types =
            self.location_types.iter().map(|(kind, n)| (kind.code(), *n)).collect();
        let fees = self.fees.iter().map(|(fee, n)| (fee.code(), *n)).collect();
        let accesses = self.accesses.iter().map(|(access, n)| (access.code(), *n)).collect();
        [("location_types", location_types), ("fees", fees), ("accesses", accesses)].into_iter()
    }
}

/// A snapshot while ATMs are still coming in, in the order they come.
struct Draft<'r> {
    table: Table,
    names: Names,
    counts: Counts,
    masks: Vec<Mask>,
    standing: Vec<Standing>,
    digests: Vec<RecordDigest>,
    on_reject: &'r mut dyn FnMut(&RejectedRow),
}

impl Receiving for Draft<'_> {
    fn admit(&mut self, admitted: Admitted) {
        let Admitted { atm, country, digest } = admitted;
        self.table.push(&atm);
        self.counts.add(&atm);
        self.masks.push(filter::mask_of(&atm));
        self.standing.push(Standing::of(&atm));
        self.digests.push(digest);
        for &field in NamedField::ALL {
            let text = match field {
                NamedField::Country => country.as_ref().map(CountryCode::as_str),
                NamedField::Operator
                | NamedField::Brand
                | NamedField::Network
                | NamedField::Currency => atm.text(field.field()),
            };
            let symbols = self.table.symbols_mut();
            let symbol = text.map_or(table::NOT_STATED, |text| symbols.intern(text));
            self.names.column_mut(field).push(symbol);
        }
    }

    fn reject(&mut self, row: &RejectedRow) {
        (self.on_reject)(row);
    }
}

impl<'r> Draft<'r> {
    fn new(on_reject: &'r mut dyn FnMut(&RejectedRow)) -> Self {
        Self {
            table: Table::default(),
            names: Names::default(),
            counts: Counts::default(),
            masks: Vec::new(),
            standing: Vec::new(),
            digests: Vec::new(),
            on_reject,
        }
    }

    /// Brings the rows into the index's order and builds everything over them.
    fn finish(mut self, sources: Vec<Source>, report: IngestReport) -> Snapshot {
        let sources = self.table.retain_sources(sources);
        let order = spatial_order(self.table.positions());
        self.table.reorder(&order);
        self.table.shrink();
        for column in self.names.columns_mut() {
            column.reorder(&order);
            column.index_names(self.table.symbols());
        }
        let digests: Vec<_> = order.iter().map(|&row| self.digests[row as usize]).collect();
        let standing: Vec<Standing> =
            order.iter().map(|&row| self.standing[row as usize]).collect();

        let mut by_id: Vec<Row> =
            (0..u32::try_from(order.len()).unwrap_or(u32::MAX)).map(Row).collect();
        by_id.par_sort_unstable_by(|&a, &b| self.table.id(a).cmp(self.table.id(b)));
        let mut id_rank = vec![0_u32; by_id.len()];
        for (rank, row) in by_id.iter().enumerate() {
            id_rank[row.index()] = u32::try_from(rank).unwrap_or(u32::MAX);
        }
        let id = self.content_id(&by_id, &digests, &sources);
        let sites = Sites::build(self.table.positions(), &standing, &id_rank);
        let index = order
            .iter()
            .zip(self.table.positions().iter().zip(&id_rank))
            .map(|(&row, (&position, &tie_rank))| Entry {
                position,
                mask: self.masks[row as usize],
                tie_rank,
            })
            .collect();
        Snapshot {
            id,
            sources,
            report,
            table: self.table,
            names: self.names,
            counts: self.counts,
            sites,
            index,
            by_id,
        }
    }

    /// The id: a digest over every record and its source's description, in the order of ids, so
    /// that neither the order of rows nor the way they were stored matters.
    fn content_id(
        &self,
        by_id: &[Row],
        digests: &[RecordDigest],
        sources: &[Source],
    ) -> SnapshotId {
        let sources: Vec<RecordDigest> = sources.iter().map(source_digest).collect();
        let mut hasher = blake3::Hasher::new();
        for &row in by_id {
            hasher.update(&digests[row.index()]);
            hasher.update(&sources[usize::from(self.table.source(row).0)]);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        SnapshotId(id)
    }
}
