//! Knowing a file's format by its content.

use super::formats::{json, osm};
use super::input::Input;
use super::options::{Format, ReadOptions};
use super::record::FormatError;

/// How much of a file is looked at, in bytes after decompression.
const HEAD_BYTES: usize = 1 << 16;

/// The format of a file: the configured one, else by its first bytes. Names are not trusted:
/// feeds serve JSON as `.txt` and XML as `.json`.
pub(super) fn detect(input: &Input, options: &ReadOptions) -> Result<Format, FormatError> {
    if let Some(format) = options.format {
        return Ok(format);
    }
    let head = input.head(HEAD_BYTES)?;
    osm::detect(&head)
        .or_else(|| json::detect::detect(&head))
        .or_else(|| looks_like_table(&head).then_some(Format::Csv))
        .ok_or(FormatError::UnknownFormat)
}

/// Whether the bytes are text with a delimiter in one of the first lines. UTF-16 has a byte order
/// mark; other texts have no zero bytes.
fn looks_like_table(head: &[u8]) -> bool {
    let is_utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    if !is_utf16 && head.contains(&0) {
        return false;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if matches!(text.first(), None | Some(b'{' | b'[' | b'<')) {
        return false;
    }
    let lines = || head.split(|&byte| byte == b'\n');
    let is_ruled = |line: &[u8]| {
        let line = line.trim_ascii();
        line.starts_with(b"|-") && line.iter().all(|byte| b"|-: ".contains(byte))
    };
    // A table drawn in a document about the data is not the data.
    if lines().any(is_ruled) {
        return false;
    }
    lines().take(20).any(|line| line.iter().any(|byte| matches!(byte, b',' | b';' | b'\t' | b'|')))
}
