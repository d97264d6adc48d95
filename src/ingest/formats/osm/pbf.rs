//! `OpenStreetMap` in protocol buffers (`.osm.pbf`).
//!
//! A file is a header block and then blocks of objects, each compressed by itself, so blocks are
//! decoded in parallel. Further readings decode only blocks that can hold an object looked for.
//!
//! Source: *PBF Format*, <https://wiki.openstreetmap.org/wiki/PBF_Format>.

mod objects;
#[cfg(test)]
mod testing;

use std::fmt::Display;
use std::io::{self, BufRead, Read};
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use osmpbf::{
    Blob, BlobError, BlobReader, BlobType, ErrorKind, MAX_BLOB_HEADER_SIZE, MAX_BLOB_MESSAGE_SIZE,
};
use rayon::prelude::*;

use super::{Scanned, Search, Take};
use crate::ingest::{FileFacts, FormatError, Input, ReadOptions, Sink};
use objects::{Contents, Damaged, Found};

const FORMAT: &str = "OpenStreetMap PBF";
/// Most bytes of blocks read before they are decoded together.
const BATCH_BYTES_MAX: u64 = 64 << 20;
/// Blocks decoded together per core: enough to even out their sizes.
const BATCH_BLOCKS_PER_CORE: usize = 16;
/// What a file may ask its reader to know.
const FEATURES_KNOWN: &[&str] = &["OsmSchema-V0.6", "DenseNodes", "LocationsOnWays"];

/// Whether a file that begins with `head` is of this format.
pub(super) fn looks_like_it(head: &[u8]) -> bool {
    let length = head.first_chunk().map(|bytes| u64::from(u32::from_be_bytes(*bytes)));
    length.is_some_and(|length| length <= MAX_BLOB_HEADER_SIZE)
        && head.get(4..).is_some_and(|header| header.starts_with(b"\x0a\x09OSMHeader"))
}

/// Reads an `.osm.pbf` file.
///
/// # Errors
///
/// [`FormatError::Io`] when the bytes cannot be read; [`FormatError::Syntax`] when they do not
/// follow the format to the end of the file, are compressed by anything but zlib, or ask for a
/// feature that is not known. The history of objects is such a feature: of several versions only
/// one is a machine that stands.
///
/// # Cost
///
/// One reading when every ATM is a node; up to three more, of the blocks concerned, when some are
/// ways or relations. Memory: at most 64 MiB of compressed blocks and, a core, the objects of one
/// block of up to 32 MiB decompressed; beside that, the ATMs and what their outlines refer to.
pub fn read(
    input: &Input,
    _options: &ReadOptions,
    sink: &mut Sink<'_>,
) -> Result<FileFacts, FormatError> {
    let mut contents = Vec::new();
    super::read(&mut |search, take| scan(input, search, &mut contents, take), sink)
}

fn scan(
    input: &Input,
    search: Search<'_>,
    contents: &mut Vec<Contents>,
    take: &mut Take<'_>,
) -> Result<FileFacts, FormatError> {
    let mut blocks = Blocks::of(input.open()?);
    let header = blocks.next()?.filter(|block| block.blob.get_type() == BlobType::OsmHeader);
    let header = header.ok_or_else(|| damaged(0, "the first block is no OSMHeader"))?;
    let facts = header.facts()?;
    let first_reading = matches!(search, Search::Atms);
    let batch_blocks = BATCH_BLOCKS_PER_CORE * rayon::current_num_threads();
    loop {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < batch_blocks && bytes < BATCH_BYTES_MAX {
            let Some(block) = blocks.next()? else { break };
            let known = contents.get(block.number);
            if block.blob.get_type() == BlobType::OsmData
                && known.is_none_or(|known| known.may_hold(search))
            {
                bytes += block.bytes;
                batch.push(block);
            }
        }
        if batch.is_empty() {
            return Ok(facts);
        }
        let found: Vec<_> =
            batch.into_par_iter().map(|block| (block.number, block.search(search))).collect();
        for (number, found) in found {
            let found = found?;
            if first_reading {
                // Blocks of other types hold nothing to look for.
                contents.resize(number, Contents::default());
                contents.push(found.contents);
            }
            for object in found.objects {
                if take(Scanned::Object(object)).is_break() {
                    return Ok(facts);
                }
            }
            if found.others > 0 && take(Scanned::Others(found.others)).is_break() {
                return Ok(facts);
            }
        }
    }
}

fn damaged(block: usize, detail: impl Display) -> FormatError {
    FormatError::Syntax { format: FORMAT, line: 0, detail: format!("block {block}: {detail}") }
}

/// The blocks of a file, one after the other.
struct Blocks {
    blobs: BlobReader<Gauged>,
    gauge: Arc<Mutex<Gauge>>,
    number: usize,
}

/// One block as stored.
struct Block {
    number: usize,
    blob: Blob,
    bytes: u64,
}

impl Blocks {
    fn of(bytes: Box<dyn BufRead + Send>) -> Self {
        let gauge = Arc::<Mutex<Gauge>>::default();
        let gauged = Gauged { inner: bytes, gauge: Arc::clone(&gauge) };
        Self { blobs: BlobReader::new(gauged), gauge, number: 0 }
    }

    /// The next block, `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Block>, FormatError> {
        let number = self.number;
        self.number += 1;
        locked(&self.gauge).bytes = 0;
        let blob = self.blobs.next();
        let mut gauge = locked(&self.gauge);
        if let Some(error) = gauge.error.take() {
            return Err(error.into());
        }
        match blob {
            Some(Ok(blob)) => Ok(Some(Block { number, blob, bytes: gauge.bytes })),
            Some(Err(error)) => Err(damaged(number, error)),
            None if gauge.bytes == 0 => Ok(None),
            None => Err(damaged(number, "the file ends inside it")),
        }
    }
}

impl Block {
    /// What the header block says.
    fn facts(&self) -> Result<FileFacts, FormatError> {
        let header = self.blob.to_headerblock().map_err(|error| self.unreadable(&error))?;
        for feature in header.required_features() {
            if feature == "HistoricalInformation" {
                let detail = "the file holds the history of objects, not one state of them; \
                              extract the state of one day first";
                return Err(damaged(self.number, detail));
            }
            if !FEATURES_KNOWN.contains(&feature.as_str()) {
                let detail = format!("the file needs the feature {feature}, which is not known");
                return Err(damaged(self.number, detail));
            }
        }
        let replicated_s = header.osmosis_replication_timestamp();
        let as_of = replicated_s.and_then(|s| jiff::Timestamp::from_second(s).ok());
        Ok(FileFacts { as_of: as_of.map(|time| time.to_string()), ..FileFacts::default() })
    }

    /// Decodes the block and looks through it.
    ///
    /// The crate adds up the differences a block is made of and unwraps what kind a member is,
    /// trusting both. A panic over a damaged block ends here, as an error of the file. Where the
    /// crate is built without overflow checks, sums wrap instead, and nothing worse follows than
    /// from any other wrong number: a position outside the Earth is rejected, and a member that
    /// does not exist is missing from its outline.
    fn search(&self, search: Search<'_>) -> Result<Found, FormatError> {
        let found = catch_unwind(|| {
            let block = self.blob.to_primitiveblock().map_err(|error| self.unreadable(&error))?;
            objects::search(&block, search)
                .map_err(|Damaged| damaged(self.number, "its objects are not well-formed"))
        });
        found.unwrap_or_else(|_panic| Err(damaged(self.number, "its numbers are not plausible")))
    }

    fn unreadable(&self, error: &osmpbf::Error) -> FormatError {
        if matches!(error.kind(), ErrorKind::Blob(BlobError::Empty)) {
            // The crate does not say which other compression it met.
            let detail = "its data is neither plain nor compressed with zlib, and only zlib is \
                          read; rewrite the file with: osmium cat -f pbf,pbf_compression=zlib";
            damaged(self.number, detail)
        } else {
            damaged(self.number, error)
        }
    }
}

/// What became of the bytes of one block.
#[derive(Default)]
struct Gauge {
    bytes: u64,
    error: Option<io::Error>,
}

/// Bytes on their way to the crate, which takes a stated size on trust, a few bytes too many for
/// the end of the file, and a failure to read where a block should begin for that end too.
struct Gauged {
    inner: Box<dyn BufRead + Send>,
    gauge: Arc<Mutex<Gauge>>,
}

impl Read for Gauged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut gauge = locked(&self.gauge);
        if gauge.bytes > MAX_BLOB_HEADER_SIZE + MAX_BLOB_MESSAGE_SIZE {
            return Err(io::Error::other("it is larger than 32 MiB"));
        }
        match self.inner.read(buffer) {
            Ok(count) => {
                gauge.bytes += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                gauge.error = Some(error);
                Err(kind.into())
            }
        }
    }
}

fn locked(gauge: &Mutex<Gauge>) -> MutexGuard<'_, Gauge> {
    gauge.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::super::tests::{events, others, records};
    use super::testing::Message;
    use super::*;
    use crate::domain::{RejectReason, TextField, WarningKind};
    use crate::ingest::{Event, ROW_BYTES_MAX, RawPosition};

    fn block(kind: &str, blob: &Message) -> Vec<u8> {
        let length = i64::try_from(blob.0.len()).unwrap();
        let header = Message::default().bytes(1, kind.as_bytes()).int(3, length).0;
        let mut bytes = u32::try_from(header.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(&blob.0);
        bytes
    }

    fn header(feature: &str) -> Vec<u8> {
        let header = Message::default()
            .bytes(4, b"OsmSchema-V0.6")
            .bytes(4, feature.as_bytes())
            .int(32, 1_711_804_110);
        block("OSMHeader", &Message::default().bytes(1, &header.0))
    }

    fn zlib(message: &Message) -> Message {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&message.0).unwrap();
        let length = i64::try_from(message.0.len()).unwrap();
        Message::default().int(2, length).bytes(3, &zlib.finish().unwrap())
    }

    /// Strings by their place; place 0 stands for no string.
    const STRINGS: &[&[u8]] = &[
        b"",
        b"amenity",
        b"atm",
        b"operator",
        b"Smith & Sons",
        b"bank",
        b"yes",
        b"name",
        b"Banco Sol",
        b"shop",
        b"supermarket",
        b"railway",
        b"station",
        b"type",
        b"multipolygon",
        b"outer",
        b"Caf\xe9",
    ];

    fn primitives(group: &Message) -> Message {
        let table = STRINGS.iter().fold(Message::default(), |table, string| table.bytes(1, string));
        Message::default().bytes(1, &table.0).bytes(2, &group.0)
    }

    fn dense(keys_values: &[i64], nodes: &[(i64, i64, i64)], visible: &[i64]) -> Message {
        let column = |of: fn(&(i64, i64, i64)) -> i64| nodes.iter().map(of).collect::<Vec<_>>();
        let ones = vec![1; nodes.len()];
        let info = (2..=5)
            .fold(Message::default().packed(1, &ones), |info, field| info.deltas(field, &ones));
        let dense = Message::default()
            .deltas(1, &column(|node| node.0))
            .bytes(5, &info.packed(6, visible).0)
            .deltas(8, &column(|node| node.1))
            .deltas(9, &column(|node| node.2))
            .packed(10, keys_values);
        Message::default().bytes(2, &dense.0)
    }

    fn way(id: i64, nodes: &[i64]) -> Message {
        Message::default().int(1, id).deltas(8, nodes)
    }

    /// The map of the tests beside this file, in two blocks, one compressed and one not.
    pub(in super::super) fn map() -> Vec<u8> {
        let node = Message::default()
            .sint(1, 10)
            .packed(2, &[1, 3])
            .packed(3, &[2, 4])
            .sint(8, 601_719_001)
            .sint(9, 249_414_000);
        let mut nodes = dense(
            &[0, 0, 0, 0, 1, 5, 2, 6, 7, 8, 0],
            &[
                (1, 600_000_000, 250_000_000),
                (2, 600_000_000, 252_000_000),
                (3, 602_000_000, 252_000_000),
                (4, 602_000_000, 250_000_000),
                (11, -335_000_000, -706_000_000),
            ],
            &[],
        );
        nodes =
            Message(Message::default().bytes(1, &node.0).0.into_iter().chain(nodes.0).collect());
        let relation = Message::default()
            .int(1, 7)
            .packed(2, &[11, 2, 13])
            .packed(3, &[12, 6, 14])
            .packed(8, &[15, 15])
            .deltas(9, &[21, 22])
            .packed(10, &[1, 1]);
        let relations = Message::default().bytes(4, &relation.0);
        let ways = Message::default()
            .bytes(3, &way(20, &[1, 2, 3, 4, 1]).packed(2, &[9, 2]).packed(3, &[10, 6]).0)
            .bytes(3, &way(21, &[1, 2, 3]).0)
            .bytes(3, &way(22, &[1, 4, 3]).0);
        let raw = Message::default().bytes(1, &primitives(&relations).bytes(2, &ways.0).0);
        [header("DenseNodes"), block("OSMData", &zlib(&primitives(&nodes))), block("OSMData", &raw)]
            .concat()
    }

    fn with_block(blob: &Message) -> Vec<u8> {
        [header("DenseNodes"), block("OSMData", blob)].concat()
    }

    fn error(bytes: &[u8]) -> String {
        events(read, bytes).1.unwrap_err().to_string()
    }

    #[test]
    fn objects_that_are_not_visible_do_not_count() {
        let nodes = [(1, 10, 10), (2, 10, 10)];
        let group = dense(&[1, 2, 0, 1, 2, 0], &nodes, &[0, 1]);
        let bytes = with_block(&zlib(&primitives(&group)));
        let records = records(read, &bytes);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].native_id.as_deref(), Some("node/2"));
        assert_eq!(others(read, &bytes), 1);
    }

    #[test]
    fn a_position_has_the_digits_that_were_entered() {
        let group = dense(&[1, 2, 0], &[(1, 601_711_234, -1)], &[]);
        let records = records(read, &with_block(&zlib(&primitives(&group))));
        let position = RawPosition::LatLon { lat: 60.171_123_4, lon: -0.000_000_1 };
        assert_eq!(records[0].position, position);
    }

    #[test]
    fn text_that_is_not_utf8_is_decoded_with_a_warning() {
        let group = dense(&[1, 2, 3, 16, 0], &[(1, 10, 10)], &[]);
        let record = records(read, &with_block(&zlib(&primitives(&group)))).remove(0);
        assert_eq!(record.warnings[0].0, WarningKind::DecodedText);
        let operator = crate::domain::Field::Text(TextField::Operator);
        assert!(record.values.contains(&(operator, "Caf\u{fffd}".to_owned())));
    }

    #[test]
    fn a_compression_that_is_not_read_is_named_an_error_with_a_way_out() {
        for (field, name) in [(4, "LZMA"), (5, "bzip2"), (6, "LZ4"), (7, "Zstandard")] {
            let error = error(&with_block(&Message::default().bytes(field, b"...")));
            assert!(error.contains("block 1") && error.contains("only zlib"), "{name}: {error}");
        }
    }

    #[test]
    fn features_that_are_not_known_and_histories_are_refused() {
        assert!(error(&header("HistoricalInformation")).contains("history"));
        assert!(error(&header("Sort.By_Hand")).contains("Sort.By_Hand"));
    }

    #[test]
    fn a_file_that_ends_inside_a_block_is_an_error() {
        let whole = map();
        let first_blocks = header("DenseNodes").len();
        for cut in [1, 3, 10, first_blocks + 2, first_blocks + 40, whole.len() - 1] {
            assert!(events(read, &whole[..cut]).1.is_err(), "{cut} bytes");
        }
        assert!(error(b"").contains("OSMHeader"));
    }

    #[test]
    fn an_archive_that_ends_between_two_blocks_is_an_error_and_not_the_end() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&map()).unwrap();
        let mut archive = gzip.finish().unwrap();
        archive.truncate(archive.len() - 8);
        assert!(matches!(events(read, &archive).1, Err(FormatError::Io(_))));
    }

    #[test]
    fn bytes_after_the_last_block_are_an_error() {
        assert!(error(&[map(), vec![0; 3]].concat()).contains("the file ends inside it"));
    }

    #[test]
    fn a_block_larger_than_the_format_allows_is_an_error() {
        let mut group = Message::default();
        group.0.resize(33 << 20, 0);
        let message = primitives(&group);
        assert!(error(&with_block(&Message::default().bytes(1, &message.0))).contains("32 MiB"));
        assert!(error(&with_block(&zlib(&message))).contains("block 1"));
        // What a block states is only believed as far as bytes follow.
        let lies = Message::default().bytes(1, b"OSMData").int(3, -1).0;
        let size = [0, 0, 0, u8::try_from(lies.len()).unwrap()];
        let endless = [header("DenseNodes"), size.to_vec(), lies, vec![0x0a, 0xff, 0x7f]].concat();
        assert!(error(&endless).contains("block 1"));
    }

    #[test]
    fn an_object_of_more_tags_than_a_row_may_hold_is_rejected_and_not_kept() {
        let tags: Vec<i64> = [1, 2].into_iter().chain([3, 4].repeat(100_000)).chain([0]).collect();
        let group = dense(&tags, &[(1, 10, 10)], &[]);
        let (events, facts) = events(read, &with_block(&zlib(&primitives(&group))));
        assert!(facts.is_ok());
        let [Event::Rejected { reason, original, .. }] = events.as_slice() else {
            panic!("{} events", events.len())
        };
        assert_eq!(*reason, RejectReason::RowTooLarge);
        assert!(original.starts_with("node/1 (") && original.len() <= ROW_BYTES_MAX);
    }

    #[test]
    fn places_outside_the_string_table_are_damage() {
        let group = dense(&[1, 99, 0], &[(1, 10, 10)], &[]);
        assert!(error(&with_block(&zlib(&primitives(&group)))).contains("block 1"));
    }

    #[test]
    fn numbers_that_no_block_can_hold_are_damage() {
        let node = Message::default().packed(2, &[1]).packed(3, &[2]);
        let far = node.clone().sint(1, 1).sint(8, i64::MAX).sint(9, i64::MAX);
        let group = Message::default().bytes(1, &far.0);
        assert!(error(&with_block(&zlib(&primitives(&group)))).contains("not plausible"));

        let relation = Message::default().int(1, 7).packed(2, &[2]).packed(3, &[6]);
        let unknown_kind = relation.packed(8, &[15]).deltas(9, &[21]).packed(10, &[9]);
        let group = Message::default().bytes(4, &unknown_kind.0);
        assert!(error(&with_block(&zlib(&primitives(&group)))).contains("not plausible"));
    }

    #[test]
    fn lists_that_should_be_of_one_length_and_are_not_are_damage() {
        let tagged = |id: i64| Message::default().int(1, id).packed(2, &[2]).packed(3, &[6]);
        let nodes = Message::default().deltas(1, &[1, 2]).deltas(8, &[10]).deltas(9, &[10, 10]);
        let keys = Message::default().int(1, 7).packed(2, &[2, 7]).packed(3, &[6]);
        let kinds = tagged(7).packed(8, &[15, 15]).deltas(9, &[21, 22]).packed(10, &[1]);
        for group in [
            Message::default().bytes(2, &nodes.0),
            Message::default().bytes(3, &keys.0),
            Message::default().bytes(4, &kinds.0),
        ] {
            let bytes = with_block(&zlib(&primitives(&group)));
            assert!(error(&bytes).contains("not well-formed"), "{}", error(&bytes));
        }
    }

    #[test]
    fn places_stated_with_a_way_are_its_outline_but_for_those_unknown_to_the_writer() {
        let unknown = 2_147_483_647;
        let shop = way(20, &[1, 2, 3]).packed(2, &[2]).packed(3, &[6]);
        let placed = shop
            .deltas(9, &[600_000_000, unknown, 600_000_000])
            .deltas(10, &[250_000_000, unknown, 252_000_000]);
        let group = Message::default().bytes(3, &placed.0);
        let record = records(read, &with_block(&zlib(&primitives(&group)))).remove(0);
        let RawPosition::LatLon { lat, lon } = record.position else { panic!("no position") };
        assert!((lat - 60.0).abs() < 1e-3 && (lon - 25.1).abs() < 1e-6, "{lat} {lon}");
        let missing = ("missing_from_outline".to_owned(), "1 of 3 parts".to_owned());
        assert!(record.extra.contains(&missing));
    }
}
