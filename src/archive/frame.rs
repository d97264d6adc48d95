//! Sections and their digests: what holds an archive together, whatever is in it.

use std::io::{self, BufWriter, Read, Write};

use super::{ArchiveError, FORMAT_VERSION};

const MAGIC: [u8; 8] = *b"ATMSNAP\n";

const DIGEST_BYTES: usize = 32;

/// Name of the section that ends an archive.
const END: &str = "end";

/// Bytes written at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// A section's name as it stands in the file.
fn name_bytes(name: &str) -> [u8; 8] {
    std::array::from_fn(|place| name.as_bytes().get(place).copied().unwrap_or(b' '))
}

/// The beginning of a section's digest.
fn section_hasher(name: &str, length: u64) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&name_bytes(name)).update(&length.to_le_bytes());
    hasher
}

/// An archive while it is written.
pub(super) struct Writing<'w> {
    out: &'w mut dyn Write,
    whole: blake3::Hasher,
}

impl<'w> Writing<'w> {
    /// Writes what every archive begins with.
    pub(super) fn begin(out: &'w mut dyn Write) -> io::Result<Self> {
        let version = FORMAT_VERSION.to_le_bytes();
        out.write_all(&MAGIC)?;
        out.write_all(&version)?;
        let mut whole = blake3::Hasher::new();
        whole.update(&MAGIC).update(&version);
        Ok(Self { out, whole })
    }

    /// Writes a section.
    pub(super) fn section(&mut self, name: &'static str, data: &[u8]) -> io::Result<()> {
        self.section_by(name, data.len() as u64, |out| out.write_all(data))
    }

    /// Writes a section of `length` bytes, all of which `fill` writes.
    pub(super) fn section_by(
        &mut self,
        name: &'static str,
        length: u64,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.out.write_all(&name_bytes(name))?;
        self.out.write_all(&length.to_le_bytes())?;
        let digesting =
            Digesting { out: &mut *self.out, hasher: section_hasher(name, length), left: length };
        let mut buffered = BufWriter::with_capacity(BUFFER_BYTES, digesting);
        fill(&mut buffered)?;
        let Digesting { out, hasher, left } =
            buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        if left > 0 {
            return Err(io::Error::other("a section is shorter than was said"));
        }
        let digest = hasher.finalize();
        out.write_all(digest.as_bytes())?;
        self.whole.update(digest.as_bytes());
        Ok(())
    }

    /// Writes the end.
    pub(super) fn end(mut self) -> io::Result<()> {
        let whole = self.whole.finalize();
        self.section(END, whole.as_bytes())
    }
}

/// Passes bytes on and digests them.
struct Digesting<'w> {
    out: &'w mut dyn Write,
    hasher: blake3::Hasher,
    left: u64,
}

impl Write for Digesting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("a section is longer than was said"))?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An archive while it is read.
pub(super) struct Reading<'r> {
    input: &'r mut dyn Read,
    /// Bytes of the archive not read yet.
    left: u64,
    version: u32,
    whole: blake3::Hasher,
}

impl<'r> Reading<'r> {
    /// Reads what every archive of `bytes` bytes begins with.
    pub(super) fn begin(input: &'r mut dyn Read, bytes: u64) -> Result<Self, ArchiveError> {
        let mut reading = Self { input, left: bytes, version: 0, whole: blake3::Hasher::new() };
        let magic: [u8; 8] = reading.array("magic")?;
        if magic != MAGIC {
            return Err(ArchiveError::NotAnArchive);
        }
        let version: [u8; 4] = reading.array("version")?;
        reading.version = u32::from_le_bytes(version);
        if !(1..=FORMAT_VERSION).contains(&reading.version) {
            return Err(ArchiveError::Version { found: reading.version });
        }
        reading.whole.update(&magic).update(&version);
        Ok(reading)
    }

    /// The version of the format.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// The data of the next section, which must have this name and be what was written.
    pub(super) fn section(&mut self, name: &'static str) -> Result<Vec<u8>, ArchiveError> {
        let length = self.open(name)?;
        let mut data = Vec::new();
        let room = usize::try_from(length).ok();
        let room = room.filter(|&room| data.try_reserve_exact(room).is_ok());
        let room = room.ok_or(ArchiveError::OutOfMemory)?;
        (&mut *self.input).take(length).read_to_end(&mut data)?;
        if data.len() < room {
            return Err(ArchiveError::CutShort { section: name });
        }
        let mut hasher = section_hasher(name, length);
        hasher.update_rayon(&data);
        self.close(name, length, &hasher)?;
        Ok(data)
    }

    /// Shows `take` the data of the next section piece by piece, each of `piece_bytes` bytes but
    /// the last, so that the whole is never held. That it is what was written is known at the end
    /// alone.
    pub(super) fn section_in_pieces(
        &mut self,
        name: &'static str,
        piece_bytes: usize,
        mut take: impl FnMut(&[u8]) + Send,
    ) -> Result<(), ArchiveError> {
        let length = self.open(name)?;
        let mut hasher = section_hasher(name, length);
        let mut buffer = vec![0; piece_bytes];
        let mut left = length;
        while left > 0 {
            let count = usize::try_from(left).map_or(piece_bytes, |left| left.min(piece_bytes));
            let piece = buffer.get_mut(..count).unwrap_or_default();
            read_exact(self.input, piece, name)?;
            rayon::join(|| hasher.update(piece), || take(piece));
            left -= count as u64;
        }
        self.close(name, length, &hasher)
    }

    /// Begins the next section, which must have this name: bytes of its data.
    fn open(&mut self, name: &'static str) -> Result<u64, ArchiveError> {
        if self.array::<8>(name)? != name_bytes(name) {
            return Err(ArchiveError::Damaged { section: name });
        }
        let length = u64::from_le_bytes(self.array(name)?);
        let cut_short = || ArchiveError::CutShort { section: name };
        // The digest follows, so a length is never more than what is left without it.
        let most = self.left.checked_sub(DIGEST_BYTES as u64).ok_or_else(cut_short)?;
        if length > most {
            return Err(cut_short());
        }
        Ok(length)
    }

    /// Ends a section of `length` bytes of data, all of which have been read.
    fn close(
        &mut self,
        name: &'static str,
        length: u64,
        hasher: &blake3::Hasher,
    ) -> Result<(), ArchiveError> {
        self.left -= length;
        let digest: [u8; DIGEST_BYTES] = self.array(name)?;
        if hasher.finalize() != digest {
            return Err(ArchiveError::Damaged { section: name });
        }
        self.whole.update(&digest);
        Ok(())
    }

    /// The end, behind which nothing follows.
    pub(super) fn end(mut self) -> Result<(), ArchiveError> {
        let whole = self.whole.finalize();
        if self.section(END)? != whole.as_bytes() {
            return Err(ArchiveError::Damaged { section: END });
        }
        if self.left > 0 {
            return Err(ArchiveError::Longer { bytes: self.left });
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self, section: &'static str) -> Result<[u8; N], ArchiveError> {
        let cut_short = || ArchiveError::CutShort { section };
        self.left = self.left.checked_sub(N as u64).ok_or_else(cut_short)?;
        let mut bytes = [0; N];
        read_exact(self.input, &mut bytes, section)?;
        Ok(bytes)
    }
}

fn read_exact(
    input: &mut dyn Read,
    bytes: &mut [u8],
    section: &'static str,
) -> Result<(), ArchiveError> {
    input.read_exact(bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            ArchiveError::CutShort { section }
        } else {
            ArchiveError::Io(error)
        }
    })
}

/// The archive with the digest of every section, and of the whole, made to fit its bytes again:
/// what someone could forge. `None` when its sections do not fit together.
#[cfg(test)]
pub(super) fn resealed(archive: &[u8]) -> Option<Vec<u8>> {
    let mut whole = blake3::Hasher::new();
    let mut sealed = archive.get(..12)?.to_vec();
    whole.update(&sealed);
    let mut rest = archive.get(12..)?;
    while !rest.is_empty() {
        let (name, behind) = rest.split_at_checked(8)?;
        let (length, behind) = behind.split_at_checked(8)?;
        let length = u64::from_le_bytes(length.try_into().ok()?);
        let (data, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
        let (_, behind) = behind.split_at_checked(DIGEST_BYTES)?;
        let end = whole.finalize();
        let data = if name == name_bytes(END) { end.as_bytes() } else { data };
        let mut hasher = blake3::Hasher::new();
        hasher.update(name).update(&length.to_le_bytes()).update(data);
        let digest = hasher.finalize();
        whole.update(digest.as_bytes());
        for part in [name, &length.to_le_bytes(), data, digest.as_bytes()] {
            sealed.extend_from_slice(part);
        }
        rest = behind;
    }
    Some(sealed)
}
