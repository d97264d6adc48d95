//! Building a snapshot: ATMs come in one by one, then everything over them is built at once.

use rayon::prelude::*;

use crate::domain::{IngestReport, NamedField, RejectedRow, Row, Source};
use crate::index::{Entry, Mask, spatial_order};
use crate::ingest::{Admitted, CountryCode, Receiving, RecordDigest, source_digest};

use super::counts::Counts;
use super::hours::Hours;
use super::names::Names;
use super::sites::{Sites, Standing};
use super::table::{NOT_STATED, Table};
use super::{Snapshot, SnapshotId, filter};

/// A snapshot while ATMs are still coming in, in the order they come.
pub(super) struct Draft<'r> {
    table: Table,
    names: Names,
    counts: Counts,
    masks: Vec<Mask>,
    digests: Vec<RecordDigest>,
    on_reject: &'r mut dyn FnMut(&RejectedRow),
}

impl Receiving for Draft<'_> {
    fn admit(&mut self, admitted: Admitted<'_>) {
        let Admitted { atm, country, digest } = admitted;
        self.table.push(&atm);
        self.counts.add(&atm);
        self.masks.push(filter::mask_of(&atm));
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
            let symbol = text.map_or(NOT_STATED, |text| symbols.intern(text));
            self.names.column_mut(field).push(symbol);
        }
    }

    fn reject(&mut self, row: &RejectedRow) {
        (self.on_reject)(row);
    }
}

impl<'r> Draft<'r> {
    /// A snapshot with nothing in it yet.
    pub(super) fn new(on_reject: &'r mut dyn FnMut(&RejectedRow)) -> Self {
        Self {
            table: Table::default(),
            names: Names::default(),
            counts: Counts::default(),
            masks: Vec::new(),
            digests: Vec::new(),
            on_reject,
        }
    }

    /// Brings the rows into the index's order and builds everything over them.
    pub(super) fn finish(mut self, sources: Vec<Source>, report: IngestReport) -> Snapshot {
        let sources = self.table.retain_sources(sources);
        let order = spatial_order(self.table.positions());
        self.table.reorder(&order);
        self.table.shrink();
        self.names.index(&order, self.table.symbols());
        let digests: Vec<_> = order.iter().map(|&row| self.digests[row as usize]).collect();
        let mut by_id: Vec<Row> =
            (0..u32::try_from(order.len()).unwrap_or(u32::MAX)).map(Row).collect();
        let standing: Vec<Standing> =
            by_id.par_iter().map(|&row| Standing::of(&self.table.atm(row))).collect();
        by_id.par_sort_unstable_by(|&a, &b| self.table.id(a).cmp(self.table.id(b)));
        let mut id_rank = vec![0_u32; by_id.len()];
        for (rank, row) in by_id.iter().enumerate() {
            id_rank[row.index()] = u32::try_from(rank).unwrap_or(u32::MAX);
        }
        let id = self.content_id(&by_id, &digests, &sources);
        let sites = Sites::build(self.table.positions(), &standing, &id_rank);
        let hours = Hours::build(&self.table, &self.names, &sites);
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
            hours,
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
            hasher.update(&sources[self.table.source(row).0 as usize]);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        SnapshotId(id)
    }
}
