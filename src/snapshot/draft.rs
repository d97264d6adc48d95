//! Building a snapshot: ATMs come in one by one, then everything over them is built at once.

use rayon::prelude::*;

use crate::domain::{IngestReport, Position, RejectedRow, Row, Source, SourceIndex};
use crate::index::spatial_order;
use crate::ingest::packed::{self, Codes, NOT_STATED, Symbol, Symbols};
use crate::ingest::{Admitted, NameNumbers, Receiving, RecordDigest, source_digest};

use super::assembly::Given;
use super::ids::rows_by_id;
use super::names::NameSymbols;
use super::sites::{self, Sites};
use super::table::Table;
use super::{Snapshot, SnapshotId};

/// Rows whose digests are digested together.
const HASHED_ROWS: usize = 1 << 15;

/// Rows that are brought into their final order together.
const CHUNK_ROWS: usize = 1 << 13;

/// Bytes of records that are kept together. What comes in is never moved to make room for more.
const PIECE_BYTES: usize = 1 << 20;

/// Rows that are kept together.
const BLOCK_ROWS: usize = 1 << 12;

/// What is known of a row, together because it is looked at together.
struct Admission {
    position: Position,
    codes: Codes,
    names: NameNumbers,
    digest: RecordDigest,
    /// Where its packed record lies: piece, first byte and length.
    record: [u32; 3],
}

/// A snapshot while ATMs are still coming in, in the order they come.
pub(super) struct Draft<'r> {
    symbols: Symbols,
    rows: Rows,
    on_reject: &'r mut dyn FnMut(&str, &RejectedRow),
}

/// The rows that came in.
#[derive(Default)]
struct Rows {
    blocks: Vec<Vec<Admission>>,
    pieces: Vec<Vec<u8>>,
}

impl Receiving for Draft<'_> {
    fn number(&mut self, text: &str) -> Symbol {
        self.symbols.intern(text)
    }

    fn admit(&mut self, admitted: Admitted<'_>) {
        self.rows.add(&admitted);
    }

    fn id(&self, place: u32) -> &str {
        packed::Unpacking::begin(self.rows.record(place)).map_or("", |record| record.id())
    }

    fn reject(&mut self, configured: &str, row: &RejectedRow) {
        (self.on_reject)(configured, row);
    }
}

impl<'r> Draft<'r> {
    /// A snapshot with nothing in it yet.
    pub(super) fn new(on_reject: &'r mut dyn FnMut(&str, &RejectedRow)) -> Self {
        Self { symbols: Symbols::default(), rows: Rows::default(), on_reject }
    }

    /// Brings the rows into the index's order and builds everything over them.
    pub(super) fn finish(self, sources: Vec<Source>, report: IngestReport) -> Snapshot {
        let Self { symbols, mut rows, .. } = self;
        let sources = rows.retain_sources(sources);
        let order = spatial_order(&rows.positions());
        let positions = order.par_iter().map(|&place| rows.row(place).position).collect();
        let codes = order.par_iter().map(|&place| rows.row(place).codes).collect();
        let (names, lengths) = rows.columns(&order);
        let (records, starts) = rows.records(&order, &lengths);
        rows.pieces = Vec::new();
        drop(lengths);
        let table = Table::of_packed(symbols.into_texts(), records, starts, positions, codes);
        let by_id = rows_by_id(table.len(), |row| table.id(row));
        let digest = |row: Row| rows.row(order[row.index()]).digest;
        let id = content_id(&table, &by_id, digest, &sources);
        drop(order);
        drop(rows);
        let sites = Sites::build(table.positions(), &sites::standing(&table), &by_id);
        Given { id, sources, report, table, names, sites, by_id }.into()
    }
}

impl Rows {
    /// Adds a row.
    fn add(&mut self, admitted: &Admitted<'_>) {
        let room = 2 * (admitted.record.len() + admitted.id.len());
        let is_full = |piece: &Vec<u8>| piece.len() + room > PIECE_BYTES;
        if self.pieces.last().is_none_or(is_full) {
            self.pieces.push(Vec::with_capacity(PIECE_BYTES));
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let place = number(self.pieces.len() - 1);
        let Some(piece) = self.pieces.last_mut() else { return };
        let start = piece.len();
        // Packed by this crate, from which it comes whole.
        let _ = packed::renumber(piece, admitted);
        let record = [place, number(start), number(piece.len() - start)];
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK_ROWS) {
            self.blocks.push(Vec::with_capacity(BLOCK_ROWS));
        }
        let Admitted { position, codes, names, digest, .. } = *admitted;
        if let Some(block) = self.blocks.last_mut() {
            block.push(Admission { position, codes, names, digest, record });
        }
    }

    /// The row that came in as number `place`.
    fn row(&self, place: u32) -> &Admission {
        &self.blocks[place as usize / BLOCK_ROWS][place as usize % BLOCK_ROWS]
    }

    /// The packed record of that row.
    fn record(&self, place: u32) -> &[u8] {
        let [piece, start, length] = self.row(place).record.map(|number| number as usize);
        &self.pieces[piece][start..start + length]
    }

    /// Every position, in the order the rows came in.
    fn positions(&self) -> Vec<Position> {
        let of_block = |block: &Vec<Admission>| -> Vec<Position> {
            block.iter().map(|row| row.position).collect()
        };
        self.blocks.par_iter().flat_map_iter(of_block).collect()
    }

    /// Drops sources no row comes from and renumbers the rest; answers with those that stay.
    fn retain_sources(&mut self, sources: Vec<Source>) -> Vec<Source> {
        let mut is_used = vec![false; sources.len()];
        for row in self.blocks.iter().flatten() {
            is_used[row.codes.source.0 as usize] = true;
        }
        if is_used.iter().all(|&is_used| is_used) {
            return sources;
        }
        let mut next = 0;
        let numbers: Vec<SourceIndex> = is_used
            .iter()
            .map(|&is_used| {
                let number = SourceIndex(next);
                next += u32::from(is_used);
                number
            })
            .collect();
        for row in self.blocks.iter_mut().flatten() {
            row.codes.source = numbers[row.codes.source.0 as usize];
        }
        sources.into_iter().zip(is_used).filter_map(|(s, is_used)| is_used.then_some(s)).collect()
    }

    /// The names of every row, and the length of its record.
    fn columns(&self, order: &[u32]) -> (NameSymbols, Vec<u32>) {
        let mut names: NameSymbols = std::array::from_fn(|_| vec![NOT_STATED; order.len()]);
        let mut lengths = vec![0; order.len()];
        let [operator, brand, network, country, currency] =
            names.each_mut().map(|column| column.par_chunks_mut(CHUNK_ROWS));
        let columns = (operator, brand, network, country, currency).into_par_iter();
        let chunks = order.par_chunks(CHUNK_ROWS).zip(lengths.par_chunks_mut(CHUNK_ROWS));
        chunks.zip(columns).for_each(
            |((order, lengths), (operator, brand, network, country, currency))| {
                let mut here = [operator, brand, network, country, currency];
                for (place, (&from, length)) in order.iter().zip(lengths).enumerate() {
                    let row = self.row(from);
                    *length = row.record[2];
                    here.iter_mut().zip(row.names).for_each(|(column, name)| column[place] = name);
                }
            },
        );
        (names, lengths)
    }

    /// The records one behind the other, and where each begins.
    fn records(&self, order: &[u32], lengths: &[u32]) -> (Vec<u8>, Vec<u64>) {
        let mut bytes = 0;
        let mut starts = Vec::with_capacity(lengths.len());
        starts.extend(lengths.iter().map(|&length| {
            let start = bytes;
            bytes += u64::from(length);
            start
        }));
        let mut records = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        let mut parts = Vec::new();
        let mut rest = records.as_mut_slice();
        for (order, lengths) in order.chunks(CHUNK_ROWS).zip(lengths.chunks(CHUNK_ROWS)) {
            let (part, behind) = rest.split_at_mut(lengths.iter().map(|&n| n as usize).sum());
            parts.push((order, part));
            rest = behind;
        }
        parts.into_par_iter().for_each(|(order, mut part)| {
            for &place in order {
                let record = self.record(place);
                let (copy, rest) = part.split_at_mut(record.len());
                copy.copy_from_slice(record);
                part = rest;
            }
        });
        (records, starts)
    }
}

/// The id: a digest over every record and its source's description, in the order of ids, so that
/// neither the order of rows nor the way they were stored matters.
fn content_id(
    table: &Table,
    by_id: &[Row],
    digest: impl Fn(Row) -> RecordDigest + Sync,
    sources: &[Source],
) -> SnapshotId {
    let sources: Vec<RecordDigest> = sources.iter().map(source_digest).collect();
    let mut hasher = blake3::Hasher::new();
    for rows in by_id.chunks(HASHED_ROWS) {
        let of_row = |&row: &Row| [digest(row), sources[table.source(row).0 as usize]];
        let digests: Vec<[RecordDigest; 2]> = rows.par_iter().map(of_row).collect();
        hasher.update_rayon(digests.as_flattened().as_flattened());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    SnapshotId(id)
}
