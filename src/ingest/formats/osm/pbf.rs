//! `OpenStreetMap` in protocol buffers (`.osm.pbf`).
//!
//! A file is a header block and then blocks of objects, each compressed by itself, so blocks are
//! decoded in parallel. A block whose strings do not mention an ATM is only counted. Further
//! readings decode only blocks that can hold an object looked for.
//!
//! Source: *PBF Format*, <https://wiki.openstreetmap.org/wiki/PBF_Format>.

use std::io::{BufRead, Read};

use rayon::prelude::*;

use super::primitives::{Contents, Found, Objects};
use super::wire::{Damaged, Fields, Value};
use super::{Scanned, Search, Take};
use crate::ingest::{FileFacts, FormatError, Input, ReadOptions, Sink};

const FORMAT: &str = "OpenStreetMap PBF";
/// Largest block header, in bytes. Source: the format's own rule.
const BLOCK_HEADER_BYTES_MAX: usize = 64 << 10;
/// Largest block, in bytes, before and after decompression. Source: the format's own rule.
const BLOCK_BYTES_MAX: usize = 32 << 20;
/// Most bytes of blocks read before they are decoded together.
const BATCH_BYTES_MAX: usize = 64 << 20;
/// Blocks decoded together per core: enough to even out their sizes.
const BATCH_BLOCKS_PER_CORE: usize = 16;
/// What a file may ask its reader to know.
const FEATURES_KNOWN: &[&str] = &["OsmSchema-V0.6", "DenseNodes", "LocationsOnWays"];

/// Whether a file that begins with `head` is of this format.
pub(super) fn looks_like_it(head: &[u8]) -> bool {
    let length = head.first_chunk().map(|bytes| u32::from_be_bytes(*bytes) as usize);
    length.is_some_and(|length| length <= BLOCK_HEADER_BYTES_MAX)
        && head.get(4..).is_some_and(|header| header.starts_with(b"\x0a\x09OSMHeader"))
}

/// Reads an `.osm.pbf` file.
///
/// # Errors
///
/// [`FormatError::Io`] when the bytes cannot be read; [`FormatError::Syntax`] when they do not
/// follow the format to the end of the file, or ask for a feature that is not known. The history of
/// objects is such a feature: of several versions only one is a machine that stands.
///
/// # Cost
///
/// One reading when every ATM is a node; up to three more, of the blocks concerned, when some are
/// ways or relations. Memory: at most 64 MiB of compressed blocks and, a core, one block of up to
/// 32 MiB decompressed; beside that, the ATMs and what their outlines refer to.
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
    let mut blocks = Blocks { bytes: input.open()?, number: 0 };
    let header = blocks.next()?.filter(|block| block.kind == b"OSMHeader");
    let header = header.ok_or_else(|| damaged(0, "the first block is no OSMHeader"))?;
    let facts = facts(&header.decompressed()?).map_err(|detail| damaged(0, &detail))?;
    let first_reading = matches!(search, Search::Atms);
    let batch_blocks = BATCH_BLOCKS_PER_CORE * rayon::current_num_threads();
    loop {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < batch_blocks && bytes < BATCH_BYTES_MAX {
            let Some(block) = blocks.next()? else { break };
            let known = contents.get(block.number);
            if block.kind == b"OSMData" && known.is_none_or(|known| known.may_hold(search)) {
                bytes += block.message.len();
                batch.push(block);
            }
        }
        if batch.is_empty() {
            return Ok(facts);
        }
        let found: Vec<_> = batch.into_par_iter().map(|block| block.search(search)).collect();
        for block in found {
            let (number, found) = block?;
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

fn damaged(block: usize, detail: &str) -> FormatError {
    FormatError::Syntax { format: FORMAT, line: 0, detail: format!("block {block}: {detail}") }
}

/// The blocks of a file, one after the other.
struct Blocks<R> {
    bytes: R,
    number: usize,
}

/// One block as stored.
struct Block {
    number: usize,
    kind: Vec<u8>,
    message: Vec<u8>,
}

impl<R: BufRead> Blocks<R> {
    /// The next block, `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Block>, FormatError> {
        if self.bytes.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let number = self.number;
        self.number += 1;
        let length = self.exactly(4)?;
        let length = length.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes) as usize);
        if length > BLOCK_HEADER_BYTES_MAX {
            return Err(damaged(number, "its header is larger than 64 KiB"));
        }
        let header = self.exactly(length)?;
        let (mut kind, mut length) = (Vec::new(), None);
        for field in Fields::of(&header) {
            match field.map_err(|Damaged| damaged(number, "its header is not well-formed"))? {
                (1, Value::Bytes(name)) => kind = name.to_vec(),
                (3, size) => length = size.int().ok().and_then(|size| usize::try_from(size).ok()),
                _ => {}
            }
        }
        match length {
            Some(length) if length <= BLOCK_BYTES_MAX => {
                Ok(Some(Block { number, kind, message: self.exactly(length)? }))
            }
            Some(_) => Err(damaged(number, "it is larger than 32 MiB")),
            None => Err(damaged(number, "its header states no size")),
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, FormatError> {
        let mut bytes = Vec::new();
        self.bytes.by_ref().take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err(damaged(self.number.saturating_sub(1), "the file ends inside it"))
        }
    }
}

impl Block {
    fn decompressed(&self) -> Result<Vec<u8>, FormatError> {
        self.message_inside().map_err(|detail| damaged(self.number, &detail))
    }

    fn message_inside(&self) -> Result<Vec<u8>, String> {
        let (mut stated, mut inside) = (None, None);
        for field in Fields::of(&self.message) {
            match field.map_err(|Damaged| "it is not well-formed")? {
                (2, size) => stated = size.int().ok().and_then(|size| usize::try_from(size).ok()),
                (1, Value::Bytes(bytes)) => return Ok(bytes.to_vec()),
                (3, Value::Bytes(bytes)) => inside = Some(Compressed::Zlib(bytes)),
                (7, Value::Bytes(bytes)) => inside = Some(Compressed::Zstd(bytes)),
                (4..=6, _) => {
                    return Err("it is compressed with LZMA, bzip2 or LZ4; only zlib and \
                                          Zstandard are read"
                        .to_owned());
                }
                _ => {}
            }
        }
        let mut message = Vec::new();
        let most = stated.unwrap_or(BLOCK_BYTES_MAX).min(BLOCK_BYTES_MAX) as u64 + 1;
        match inside.ok_or("it holds no data")? {
            Compressed::Zlib(bytes) => {
                flate2::bufread::ZlibDecoder::new(bytes).take(most).read_to_end(&mut message)
            }
            Compressed::Zstd(bytes) => zstd::Decoder::with_buffer(bytes)
                .and_then(|decoder| decoder.take(most).read_to_end(&mut message)),
        }
        .map_err(|error| format!("it cannot be decompressed: {error}"))?;
        if stated.is_some_and(|stated| stated != message.len()) || message.len() > BLOCK_BYTES_MAX {
            return Err("its data has another size than it states".to_owned());
        }
        Ok(message)
    }

    fn search(self, search: Search<'_>) -> Result<(usize, Found), FormatError> {
        let message = self.decompressed()?;
        let found = Objects::of(&message).and_then(|objects| objects.search(search));
        let found =
            found.map_err(|Damaged| damaged(self.number, "its objects are not well-formed"))?;
        Ok((self.number, found))
    }
}

enum Compressed<'m> {
    Zlib(&'m [u8]),
    Zstd(&'m [u8]),
}

/// What the header block says.
fn facts(message: &[u8]) -> Result<FileFacts, String> {
    let mut facts = FileFacts::default();
    for field in Fields::of(message) {
        match field.map_err(|Damaged| "the header is not well-formed")? {
            (4, Value::Bytes(feature)) => {
                let feature = String::from_utf8_lossy(feature);
                if feature == "HistoricalInformation" {
                    return Err("the file holds the history of objects, not one state of them; \
                                extract the state of one day first"
                        .to_owned());
                }
                if !FEATURES_KNOWN.contains(&&*feature) {
                    return Err(format!(
                        "the file needs the feature {feature}, which is not known"
                    ));
                }
            }
            (32, replicated_s) => {
                let time =
                    replicated_s.int().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
                facts.as_of = time.map(|time| time.to_string());
            }
            _ => {}
        }
    }
    Ok(facts)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::super::tests::{events, others, records};
    use super::super::wire::tests::Message;
    use super::*;
    use crate::domain::{TextField, WarningKind};
    use crate::ingest::RawPosition;

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
        let info = Message::default().packed(6, visible);
        let dense = Message::default()
            .deltas(1, &column(|node| node.0))
            .bytes(5, &info.0)
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
        let outlines = Message::default()
            .bytes(4, &relation.0)
            .bytes(3, &way(20, &[1, 2, 3, 4, 1]).packed(2, &[9, 2]).packed(3, &[10, 6]).0)
            .bytes(3, &way(21, &[1, 2, 3]).0)
            .bytes(3, &way(22, &[1, 4, 3]).0);
        let raw = Message::default().bytes(1, &primitives(&outlines).0);
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
    fn zstandard_is_read_and_what_is_not_says_so() {
        let message = primitives(&dense(&[1, 2, 0], &[(1, 10, 10)], &[]));
        let stored = zstd::encode_all(message.0.as_slice(), 1).unwrap();
        assert_eq!(records(read, &with_block(&Message::default().bytes(7, &stored))).len(), 1);
        let lzma = with_block(&Message::default().bytes(4, b"..."));
        assert!(error(&lzma).contains("only zlib and Zstandard"), "{}", error(&lzma));
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
    fn a_block_larger_than_it_states_is_an_error() {
        let message = primitives(&dense(&[1, 2, 0], &[(1, 10, 10)], &[]));
        let mut blob = Message::default().int(2, 5);
        blob.0.extend(zlib(&message).0.into_iter().skip(2 + usize::from(message.0.len() > 127)));
        assert!(
            error(&with_block(&blob)).contains("another size"),
            "{}",
            error(&with_block(&blob))
        );
    }

    #[test]
    fn places_outside_the_string_table_are_damage() {
        let group = dense(&[1, 99, 0], &[(1, 10, 10)], &[]);
        assert!(error(&with_block(&zlib(&primitives(&group)))).contains("block 1"));
    }
}
