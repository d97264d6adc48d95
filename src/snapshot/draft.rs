//! Building a snapshot: ATMs come in one by one, then everything over them is built at once.

use rayon::prelude::*;

use crate::domain::{IngestReport, NamedField, RejectedRow, Row, Source};
use crate::index::spatial_order;
use crate::ingest::{Admitted, CountryCode, Receiving, RecordDigest, source_digest};

use super::assembly::{Given, id_ranks};
use super::names::NameSymbols;
use super::packed::NOT_STATED;
use super::sites::{Sites, Standing};
use super::table::Table;
use super::{Snapshot, SnapshotId};

/// A snapshot while ATMs are still coming in, in the order they come.
pub(super) struct Draft<'r> {
    table: Table,
    names: NameSymbols,
    digests: Vec<RecordDigest>,
    on_reject: &'r mut dyn FnMut(&str, &RejectedRow),
}

impl Receiving for Draft<'_> {
    fn admit(&mut self, admitted: Admitted<'_>) {
        let Admitted { atm, country, digest } = admitted;
        self.table.push(&atm);
        self.digests.push(digest);
        for (&field, names) in NamedField::ALL.iter().zip(&mut self.names) {
            let text = match field {
                NamedField::Country => country.as_ref().map(CountryCode::as_str),
                NamedField::Operator
                | NamedField::Brand
                | NamedField::Network
                | NamedField::Currency => atm.text(field.field()),
            };
            let symbols = self.table.symbols_mut();
            names.push(text.map_or(NOT_STATED, |text| symbols.intern(text)));
        }
    }

    fn reject(&mut self, configured: &str, row: &RejectedRow) {
        (self.on_reject)(configured, row);
    }
}

impl<'r> Draft<'r> {
    /// A snapshot with nothing in it yet.
    pub(super) fn new(on_reject: &'r mut dyn FnMut(&str, &RejectedRow)) -> Self {
        Self {
            table: Table::default(),
            names: NameSymbols::default(),
            digests: Vec::new(),
            on_reject,
        }
    }

    /// Brings the rows into the index's order and builds everything over them.
    pub(super) fn finish(self, sources: Vec<Source>, report: IngestReport) -> Snapshot {
        let Self { mut table, names, digests, .. } = self;
        let sources = table.retain_sources(sources);
        let order = spatial_order(table.positions());
        table.reorder(&order);
        table.shrink();
        let names = names.map(|names| order.iter().map(|&row| names[row as usize]).collect());
        let digests: Vec<_> = order.iter().map(|&row| digests[row as usize]).collect();
        let mut by_id: Vec<Row> =
            (0..u32::try_from(order.len()).unwrap_or(u32::MAX)).map(Row).collect();
        let standing: Vec<Standing> =
            by_id.par_iter().map(|&row| Standing::of(&table.atm(row))).collect();
        by_id.par_sort_unstable_by(|&a, &b| table.id(a).cmp(table.id(b)));
        let id = content_id(&table, &by_id, &digests, &sources);
        let sites = Sites::build(table.positions(), &standing, &id_ranks(&by_id));
        Given { id, sources, report, table, names, sites, by_id }.into()
    }
}

/// The id: a digest over every record and its source's description, in the order of ids, so that
/// neither the order of rows nor the way they were stored matters.
fn content_id(
    table: &Table,
    by_id: &[Row],
    digests: &[RecordDigest],
    sources: &[Source],
) -> SnapshotId {
    let sources: Vec<RecordDigest> = sources.iter().map(source_digest).collect();
    let mut hasher = blake3::Hasher::new();
    for &row in by_id {
        hasher.update(&digests[row.index()]);
        hasher.update(&sources[table.source(row).0 as usize]);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    SnapshotId(id)
}
