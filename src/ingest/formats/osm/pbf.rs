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
