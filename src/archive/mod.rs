//! Saved snapshots: one self-checking file each, for restart and rollback.
//!
//! # The format, version 1
//!
//! All numbers are little-endian.
//!
//! ```text
//! magic        8 bytes   "ATMSNAP\n"
//! version      u32       1
//! section …              in the order below, nothing between them
//! end                    a section that holds the digest of everything before it
//! ```
//!
//! A section is its name (8 ASCII bytes, padded with spaces), the length of its data (u64), the
//! data, and the BLAKE3 digest of those three (32 bytes). The data of the last section, `end`, is
//! the BLAKE3 digest of magic, version and the digests of all sections before. Nothing follows.
//! Every byte of a file is under a digest, and a length is believed only as far as the file goes.
//!
//! | section | data |
//! |---|---|
//! | `about` | JSON: release, snapshot id, time of building, numbers of rows and texts, what the codes below stand for, sources, report |
//! | `texts` | every text that recurs, each behind its length in LEB128; they are counted from 1 |
//! | `lengths` | bytes of each row's record, u32 a row |
//! | `records` | packed records, row by row: id, number of fields, then of each field its tag (255 is `extra`) and its text behind its length, or the number of a text that recurs, both in LEB128 |
//! | `position` | latitude and longitude in degrees, two f64 a row |
//! | `stated` | attributes stated yes and stated no, two u64 a row |
//! | `kinds` | location type, fee and access, three bytes a row |
//! | `sources` | source of each row, u32 a row |
//! | `country` | number of the country the ATM stands in, zero for none, u32 a row |
//! | `by id` | the rows in the order of their ids, u32 each |
//! | `sites` | site of each row, u32 a row; sites are counted in the order of their smallest ids |
//!
//! Fields, attributes and codes are numbers that may change between releases, so `about` names
//! what they stand for. What follows from these columns (the index, vocabularies, counts) is built
//! when the file is read, and is that of the release that reads it.
//!
//! Nothing is compressed: reading is what a restart waits for.

mod about;
mod columns;
mod folder;
mod frame;

use std::io::{self, Read, Write};

use jiff::Timestamp;

use crate::snapshot::{Inconsistent, Purpose, Snapshot};

use about::About;
use frame::{Reading, Writing};

pub use folder::{Saved, list, load, prune, save};

/// The version of the format this release writes. It reads all versions up to it.
pub const FORMAT_VERSION: u32 = 1;

/// What an archive says of itself beside the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Version of the format.
    pub format_version: u32,
    /// The release that wrote it.
    pub release: String,
    /// When the snapshot was built.
    pub built_at: Timestamp,
}

/// Why an archive cannot be read, or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system refuses.
    #[error("cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It does not begin as an archive does.
    #[error("is no saved snapshot")]
    NotAnArchive,
    /// It is in a format of a later release.
    #[error("is in format version {found}, and this release reads up to {FORMAT_VERSION}")]
    Version {
        /// The version it states.
        found: u32,
    },
    /// It ends before it is complete.
    #[error("is cut short in its section {section:?}")]
    CutShort {
        /// The section it ends in.
        section: &'static str,
    },
    /// It is complete and something follows.
    #[error("has {bytes} bytes behind its end")]
    Longer {
        /// How many.
        bytes: u64,
    },
    /// A section is not what was written.
    #[error("is damaged in its section {section:?}")]
    Damaged {
        /// The section.
        section: &'static str,
    },
    /// A section is as it was written, and cannot be of any snapshot.
    #[error("is not consistent in its section {section:?}")]
    Inconsistent {
        /// The section.
        section: &'static str,
    },
    /// It was written by a release that knows more.
    #[error("knows the {kind} {word:?}, which this release does not")]
    UnknownWord {
        /// What kind of word: a field, an attribute, a code.
        kind: &'static str,
        /// The word.
        word: String,
    },
    /// There is not enough memory to read it.
    #[error("needs more memory than there is")]
    OutOfMemory,
}

impl From<Inconsistent> for ArchiveError {
    fn from(Inconsistent(section): Inconsistent) -> Self {
        Self::Inconsistent { section }
    }
}

/// Writes a snapshot that was built at `built_at`. The same snapshot and time always give the same
/// bytes.
///
/// # Errors
///
/// [`ArchiveError::Io`] when `out` takes no more.
pub fn write(
    snapshot: &Snapshot,
    built_at: Timestamp,
    out: &mut dyn Write,
) -> Result<(), ArchiveError> {
    let mut writing = Writing::begin(out)?;
    let about = About::of(snapshot, built_at);
    writing.section("about", &serde_json::to_vec(&about).map_err(io::Error::from)?)?;
    columns::write(snapshot, &mut writing)?;
    writing.end()?;
    Ok(())
}

/// Reads a snapshot from an archive of `bytes` bytes; no more than about as many are held at a
/// time, whatever the archive claims.
///
/// # Errors
///
/// [`ArchiveError`]; whatever the bytes, there is no other outcome than the snapshot that was
/// written, or an error.
///
/// # Cost
///
/// One pass, most of it on all cores: about a second for 3,000,000 ATMs on two.
pub fn read(
    input: &mut dyn Read,
    bytes: u64,
    purpose: Purpose<'_>,
) -> Result<(Snapshot, Meta), ArchiveError> {
    let mut reading = Reading::begin(input, bytes)?;
    let about = reading.section("about")?;
    let about: Option<About> = serde_json::from_slice(&about).ok();
    let time = |about: About| Some((about.built_at.parse().ok()?, about));
    let (built_at, about) = about.and_then(time).ok_or(Inconsistent("about"))?;
    let release = about.release.clone();
    let meta = Meta { format_version: reading.version(), release, built_at };
    let columns = columns::read(about, &mut reading)?;
    reading.end()?;
    Ok((Snapshot::from_columns(columns, purpose)?, meta))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::ingest::{Input, ReadOptions, SourceFiles};

    const CSV: &str = "id,lat,lon,operator,brand,network,city,street,opening_hours,currency,fee,wheelchair,note\n\
    1,60.1719,24.9414,Example Bank,Example,LINK;Plus,Helsinki,Main Street,24/7,EUR;SEK,no,yes,a\n\
    2,60.1719,24.9415,Example Bank,Example,LINK,Helsinki,Main Street,Mo-Fr 09:00-17:00,EUR,,limited,\n\
    3,43.7396,7.4269,Other Bank,,,Monaco,,,,yes,no,b\n\
    4,,,,,,,,,,,,\n";

    fn small() -> Snapshot {
        let source = SourceFiles {
            name: "small".to_owned(),
            inputs: vec![Input::memory("small.csv", CSV.as_bytes())],
            options: ReadOptions::default(),
            found_in_directory: false,
        };
        let snapshot = Snapshot::ingest(&[source], &mut |_| {}).unwrap();
        assert_eq!((snapshot.len(), snapshot.report().rows()), (3, 4));
        snapshot
    }

    fn written(snapshot: &Snapshot) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(snapshot, Timestamp::UNIX_EPOCH, &mut bytes).unwrap();
        bytes
    }

    fn read_bytes(bytes: &[u8]) -> Result<(Snapshot, Meta), ArchiveError> {
        read(&mut &bytes[..], bytes.len() as u64, Purpose::Inspection)
    }

    #[test]
    fn what_was_written_reads_back_and_writes_the_same_again() {
        let snapshot = small();
        let bytes = written(&snapshot);
        let (back, meta) = read_bytes(&bytes).unwrap();
        assert_eq!(back.id(), snapshot.id());
        assert_eq!(back.report(), snapshot.report());
        assert_eq!(written(&back), bytes);
        let release = env!("CARGO_PKG_VERSION").to_owned();
        let built_at = Timestamp::UNIX_EPOCH;
        assert_eq!(meta, Meta { format_version: FORMAT_VERSION, release, built_at });
    }

    #[test]
    fn a_snapshot_of_nothing_is_a_snapshot() {
        let empty = Snapshot::ingest(&[], &mut |_| {}).unwrap();
        let (back, _) = read_bytes(&written(&empty)).unwrap();
        assert_eq!((back.id(), back.len(), back.site_count()), (empty.id(), 0, 0));
    }

    #[test]
    fn a_bit_flipped_anywhere_is_an_error() {
        let bytes = written(&small());
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            assert!(read_bytes(&damaged).is_err(), "byte {place} of {}", bytes.len());
        }
    }

    #[test]
    fn an_archive_cut_short_or_gone_on_with_anywhere_is_an_error() {
        let bytes = written(&small());
        for end in 0..bytes.len() {
            let error = read_bytes(&bytes[..end]).map(|_| ()).unwrap_err();
            assert!(matches!(error, ArchiveError::CutShort { .. }), "{end}: {error}");
            // The same where the file claims to be whole and ends while it is read.
            let error = read(&mut &bytes[..end], bytes.len() as u64, Purpose::Inspection)
                .map(|_| ())
                .unwrap_err();
            assert!(matches!(error, ArchiveError::CutShort { .. }), "{end}: {error}");
            let torn = [&bytes[..end], &vec![0; bytes.len() - end][..]].concat();
            assert!(torn == bytes || read_bytes(&torn).is_err(), "zeros from {end}");
        }
        let longer = [&bytes[..], b"\0"].concat();
        assert!(matches!(read_bytes(&longer), Err(ArchiveError::Longer { bytes: 1 })));
    }

    #[test]
    fn a_forged_archive_is_an_error_or_a_sound_snapshot() {
        let bytes = written(&small());
        let (mut refused, mut taken) = (0, 0);
        for place in 0..bytes.len() {
            for change in [1_u8, 0x80, 0xff] {
                let mut forged = bytes.clone();
                forged[place] ^= change;
                let Some(forged) = frame::resealed(&forged) else { continue };
                let Ok((snapshot, _)) = read_bytes(&forged) else {
                    refused += 1;
                    continue;
                };
                taken += 1;
                for &row in snapshot.rows_by_id() {
                    let atm = snapshot.atm(row);
                    assert_eq!(snapshot.row_of(&atm.id), Some(row), "byte {place}");
                    assert!(snapshot.site_rows(snapshot.site_of(row)).contains(&row));
                    let _ = (snapshot.country(row), snapshot.source(atm.source));
                }
            }
        }
        assert!(refused > 1_000 && taken > 1_000, "{refused} refused, {taken} taken");
    }

    #[test]
    fn other_files_and_later_versions_are_named_as_such() {
        let mut bytes = written(&small());
        assert!(matches!(read_bytes(b"id,lat,lon\n1,2,3\n"), Err(ArchiveError::NotAnArchive)));
        bytes[8] = 2;
        assert!(matches!(read_bytes(&bytes), Err(ArchiveError::Version { found: 2 })));
    }

    #[test]
    fn a_folder_lists_its_archives_newest_first_and_keeps_the_last_few() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("made/when/needed");
        assert_eq!(list(&folder).unwrap(), []);
        let snapshot = small();
        let times =
            [1_750_000_000_123_456_789, 1_749_000_000_000_000_000, 1_760_000_000_999_999_999];
        let saved: Vec<Saved> = times
            .iter()
            .map(|&time| {
                save(&folder, &snapshot, Timestamp::from_nanosecond(time).unwrap()).unwrap()
            })
            .collect();
        std::fs::write(folder.join("notes.txt"), "no archive").unwrap();
        std::fs::write(folder.join("20260101T000000.000Z-x.atms"), "no id").unwrap();
        std::fs::write(folder.join("crashed.atms.part"), "half").unwrap();

        let listed = list(&folder).unwrap();
        assert_eq!(listed, [saved[2].clone(), saved[0].clone(), saved[1].clone()]);
        assert_eq!(listed[1].built_at.as_nanosecond(), 1_750_000_000_123_000_000);
        let (back, meta) = load(&listed[1].path, Purpose::Inspection).unwrap();
        assert_eq!(back.id(), listed[1].id);
        assert_eq!(meta.built_at.as_nanosecond(), 1_750_000_000_123_456_789, "exact inside");

        prune(&folder, NonZeroUsize::new(2).unwrap()).unwrap();
        assert_eq!(list(&folder).unwrap(), listed[..2]);
        assert!(folder.join("notes.txt").exists(), "what is none of ours stays");
        assert!(!folder.join("crashed.atms.part").exists());
    }

    #[test]
    fn a_save_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("file");
        std::fs::write(&in_the_way, "no folder").unwrap();
        assert!(matches!(
            save(&in_the_way, &small(), Timestamp::UNIX_EPOCH),
            Err(ArchiveError::Io(_))
        ));
        // A folder where the archive is to be: the rename is what fails.
        let snapshot = small();
        let taken = folder.path().join(format!("19700101T000000.000Z-{}.atms", snapshot.id()));
        std::fs::create_dir_all(taken.join("full")).unwrap();
        assert!(save(folder.path(), &snapshot, Timestamp::UNIX_EPOCH).is_err());
        assert_eq!(list(folder.path()).unwrap(), []);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
