//! Building a snapshot: ATMs come in one by one, then everything over them is built at once.

use rayon::prelude::*;

use crate::domain::{IngestReport, Position, RejectedRow, Row, Source, SourceIndex};
use crate::index::spatial_order;
use crate::ingest::packed::{self, Codes, Symbol, Symbols};
use crate::ingest::{Admitted, NameNumbers, Receiving, RecordDigest, source_digest};

use super::assembly::Given;
use super::ids::rows_by_id;
use super::names;
use super::table::Table;
use super::{Purpose, Snapshot, SnapshotId};

/// Rows whose digests are digested together.
const HASHED_ROWS: usize = 1 << 15;

/// Rows that are brought into their final order together.
const CHUNK_ROWS: usize = 1 << 13;

/// Bytes of records that are kept together. What comes in is never moved to make room for more.
const PIECE_BYTES: usize = 1 << 20;

/// Rows that are kept together.
const BLOCK_ROWS: usize = 1 << 12;

/// What is known of a row that came in, together because it is looked at together.
struct Arrival {
    position: Position,
    codes: Codes,
    names: NameNumbers,
    digest: RecordDigest,
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
    arrivals: Vec<Vec<Arrival>>,
    /// Where the packed record of each lies: piece, first byte and length.
    places: Vec<Vec<[u32; 3]>>,
    pieces: Vec<Vec<u8>>,
    /// Whether a row comes from each source, as far as any does.
    is_source_used: Vec<bool>,
}

impl Receiving for Draft<'_> {
    fn number(&mut self, text: &str) -> Symbol {
        self.symbols.intern(text)
    }

    fn admit(&mut self, admitted: Admitted<'_>) {
        self.rows.add(&admitted);
    }

    fn id(&self, place: u32) -> &str {
        self.rows.id(place)
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
    pub(super) fn finish(
        self,
        sources: Vec<Source>,
        report: IngestReport,
        purpose: Purpose<'_>,
    ) -> Snapshot {
        let Self { symbols, mut rows, .. } = self;
        let sources = rows.retain_sources(sources);
        // Neither follows from the other, and the first has stretches that only one core works at.
        let (order, (places_by_id, id)) = rayon::join(
            || spatial_order(&rows.positions()),
            || {
                let by_id = rows_by_id(rows.len(), |place| rows.id(place.0));
                let id = content_id(&rows, &by_id, &sources);
                (by_id, id)
            },
        );
        let (mut positions, mut codes) = (Vec::new(), Vec::new());
        let of_place = |&place: &u32| (rows.row(place).position, rows.row(place).codes);
        order.par_iter().map(of_place).unzip_into_vecs(&mut positions, &mut codes);
        let names_of = |&place: &u32| Some(rows.row(place).names);
        let names = names::gather(order.par_iter(), names_of).unwrap_or_default();
        // Only their records are still to come: the room is needed for these.
        rows.arrivals = Vec::new();
        let (records, starts) = rows.records(&order);
        drop(rows);
        let by_id = in_order(places_by_id, &order);
        drop(order);
        let table = Table::of_packed(symbols.into_texts(), records, starts, positions, codes);
        Given { id, sources, report, table, names, sites: None, by_id }.built(purpose)
    }
}

/// Adds to blocks of [`BLOCK_ROWS`].
fn push<T>(blocks: &mut Vec<Vec<T>>, one: T) {
    if blocks.last().is_none_or(|block| block.len() == BLOCK_ROWS) {
        blocks.push(Vec::with_capacity(BLOCK_ROWS));
    }
    if let Some(block) = blocks.last_mut() {
        block.push(one);
    }
}

/// The rows of places among what came in, given the place of each row.
fn in_order(places: Vec<Row>, order: &[u32]) -> Vec<Row> {
    let mut rows = vec![0; order.len()];
    for (row, &place) in (0..).zip(order) {
        rows[place as usize] = row;
    }
    places.into_par_iter().map(|place| Row(rows[place.index()])).collect()
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
        let Admitted { position, codes, names, digest, .. } = *admitted;
        push(&mut self.arrivals, Arrival { position, codes, names, digest });
        push(&mut self.places, record);
        let source = codes.source.0 as usize;
        if self.is_source_used.len() <= source {
            self.is_source_used.resize(source + 1, false);
        }
        self.is_source_used[source] = true;
    }

    /// How many rows came in.
    fn len(&self) -> usize {
        let last = self.places.last().map_or(0, Vec::len);
        self.places.len().saturating_sub(1) * BLOCK_ROWS + last
    }

    /// The id of the row that came in as number `place`.
    fn id(&self, place: u32) -> &str {
        packed::Unpacking::begin(self.record(place)).map_or("", |record| record.id())
    }

    /// The row that came in as number `place`.
    fn row(&self, place: u32) -> &Arrival {
        &self.arrivals[place as usize / BLOCK_ROWS][place as usize % BLOCK_ROWS]
    }

    /// Where the packed record of that row lies.
    fn place(&self, place: u32) -> [u32; 3] {
        self.places[place as usize / BLOCK_ROWS][place as usize % BLOCK_ROWS]
    }

    /// The packed record of that row.
    fn record(&self, place: u32) -> &[u8] {
        let [piece, start, length] = self.place(place).map(|number| number as usize);
        &self.pieces[piece][start..start + length]
    }

    /// Every position, in the order the rows came in.
    fn positions(&self) -> Vec<Position> {
        let places = (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).into_par_iter();
        places.map(|place| self.row(place).position).collect()
    }

    /// Drops sources no row comes from and renumbers the rest; answers with those that stay.
    fn retain_sources(&mut self, sources: Vec<Source>) -> Vec<Source> {
        let mut is_used = std::mem::take(&mut self.is_source_used);
        is_used.resize(sources.len(), false);
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
        for row in self.arrivals.iter_mut().flatten() {
            row.codes.source = numbers[row.codes.source.0 as usize];
        }
        sources.into_iter().zip(is_used).filter_map(|(s, is_used)| is_used.then_some(s)).collect()
    }

    /// The records one behind the other, and where each begins.
    fn records(&self, order: &[u32]) -> (Vec<u8>, Vec<u64>) {
        let lengths: Vec<u32> = order.par_iter().map(|&place| self.place(place)[2]).collect();
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
fn content_id(rows: &Rows, by_id: &[Row], sources: &[Source]) -> SnapshotId {
    let sources: Vec<RecordDigest> = sources.iter().map(source_digest).collect();
    let mut hasher = blake3::Hasher::new();
    for places in by_id.chunks(HASHED_ROWS) {
        let of_row = |place: &Row| {
            let row = rows.row(place.0);
            [row.digest, sources[row.codes.source.0 as usize]]
        };
        let digests: Vec<[RecordDigest; 2]> = places.par_iter().map(of_row).collect();
        hasher.update_rayon(digests.as_flattened().as_flattened());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    SnapshotId(id)
}
