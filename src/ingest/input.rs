//! The bytes of one file, decompressed, from the beginning as often as a format wants them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempPath;

/// Most bytes one file may have after decompression, 64 GiB: a planet extract fits, a
/// decompression bomb ends with an error.
pub const FILE_BYTES_MAX: u64 = 64 << 30;

/// One file of a source.
#[derive(Clone, Debug)]
pub struct Input {
    name: String,
    bytes: Bytes,
    read: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
enum Bytes {
    File(PathBuf),
    Spooled(Arc<TempPath>),
    Memory(Arc<[u8]>),
    Static(&'static [u8]),
}

/// How a file is compressed, known from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
}

impl Input {
    /// A file on disk, named by the last part of its path.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Self { name, bytes: Bytes::File(path), read: Arc::default() }
    }

    /// A file on disk under a name of its own, such as its path within a directory.
    #[must_use]
    pub fn file_as(name: &str, path: impl Into<PathBuf>) -> Self {
        Self { name: name.to_owned(), bytes: Bytes::File(path.into()), read: Arc::default() }
    }

    /// A fetched file under the name it has where it was fetched from; deleted with the last input
    /// that refers to it.
    pub(super) fn spooled(name: &str, path: Arc<TempPath>) -> Self {
        Self { name: name.to_owned(), bytes: Bytes::Spooled(path), read: Arc::default() }
    }

    /// Bytes in memory under a file name.
    #[must_use]
    pub fn memory(name: &str, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { name: name.to_owned(), bytes: Bytes::Memory(bytes.into()), read: Arc::default() }
    }

    /// Bytes compiled into the program under a file name.
    #[must_use]
    pub fn compiled_in(name: &str, bytes: &'static [u8]) -> Self {
        Self { name: name.to_owned(), bytes: Bytes::Static(bytes), read: Arc::default() }
    }

    /// The file's name, for a file found in a directory its path within it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's name without directory and extensions: `atms` of `atms.csv.gz`.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name);
        let start = usize::from(name.starts_with('.'));
        let end = name[start..].find('.').map_or(name.len(), |dot| start + dot);
        &name[..end]
    }

    /// The file's size as stored, in bytes.
    ///
    /// # Errors
    ///
    /// When the file cannot be looked at.
    pub fn stored_bytes(&self) -> io::Result<u64> {
        Ok(match &self.bytes {
            Bytes::File(path) => std::fs::metadata(path)?.len(),
            Bytes::Spooled(path) => std::fs::metadata(path.as_ref())?.len(),
            Bytes::Memory(bytes) => bytes.len() as u64,
            Bytes::Static(bytes) => bytes.len() as u64,
        })
    }

    /// A counter of stored bytes read so far, over all times the file was opened; for progress.
    #[must_use]
    pub fn read_counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Opens the file at its beginning, decompressed by its first bytes, whatever its name says.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened. Damage further on shows as an error while reading.
    pub fn open(&self) -> io::Result<Box<dyn BufRead + Send>> {
        let stored: Box<dyn Read + Send> = match &self.bytes {
            Bytes::File(path) => Box::new(File::open(path)?),
            Bytes::Spooled(path) => Box::new(File::open(path.as_ref())?),
            Bytes::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Bytes::Static(bytes) => Box::new(Cursor::new(*bytes)),
        };
        let mut stored =
            BufReader::with_capacity(1 << 17, Counted { inner: stored, read: self.read_counter() });
        let compression = Compression::of(stored.fill_buf()?);
        let plain: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(stored),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stored)),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(stored)?),
            Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stored)),
        };
        let limited = Limited { inner: plain, left: FILE_BYTES_MAX };
        Ok(Box::new(BufReader::with_capacity(1 << 17, limited)))
    }

    /// The first bytes after decompression, at most `count`; fewer when the file is shorter.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or its beginning cannot be decompressed.
    pub fn head(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(count);
        self.open()?.take(count as u64).read_to_end(&mut head)?;
        Ok(head)
    }
}

impl Compression {
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            _ => Self::None,
        }
    }
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Ends with an error, rather than with an end of file, past its limit: partial is never complete.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other(format!("larger than {FILE_BYTES_MAX} bytes after decompression"))
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_all(input: &Input) -> io::Result<String> {
        let mut text = String::new();
        input.open()?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn any_compression_is_known_by_its_first_bytes() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"id,lat,lon\n").unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip.write_all(b"id,lat,lon\n").unwrap();
        for bytes in [
            b"id,lat,lon\n".to_vec(),
            gzip.finish().unwrap(),
            bzip.finish().unwrap(),
            zstd::encode_all(&b"id,lat,lon\n"[..], 1).unwrap(),
        ] {
            let input = Input::memory("atms.csv", bytes);
            assert_eq!(read_all(&input).unwrap(), "id,lat,lon\n");
            assert_eq!(read_all(&input).unwrap(), "id,lat,lon\n", "from the beginning again");
            assert_eq!(input.head(2).unwrap(), b"id");
        }
    }

    #[test]
    fn a_truncated_archive_is_an_error_not_an_end() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&b"1,60.1,24.9\n".repeat(1000)).unwrap();
        let mut bytes = gzip.finish().unwrap();
        bytes.truncate(bytes.len() - 9);
        assert!(read_all(&Input::memory("atms.csv.gz", bytes)).is_err());
    }

    #[test]
    fn the_stem_is_the_name_without_extensions() {
        assert_eq!(Input::file("/data/hsbc.2024.json.gz").stem(), "hsbc");
        assert_eq!(Input::file("/data/.hidden.csv").stem(), ".hidden");
        assert_eq!(Input::file("/data/atms").stem(), "atms");
    }
}
