//! The columns of a snapshot as sections of an archive.

use std::io;

use rayon::prelude::*;

use crate::domain::{Access, Fee, LocationType, Position, Row, SiteIndex, SourceIndex};
use crate::snapshot::{Codes, Columns, Reader, Snapshot, SnapshotId, push_text};

use super::ArchiveError;
use super::about::About;
use super::frame::{Reading, Writing};

/// Rows of a column that are read at a time.
const PIECE_ROWS: usize = 1 << 15;

/// Writes every column.
pub(super) fn write(snapshot: &Snapshot, writing: &mut Writing<'_>) -> io::Result<()> {
    let rows = u32::try_from(snapshot.len()).unwrap_or(u32::MAX);
    let count = snapshot.len() as u64;
    let mut texts = Vec::new();
    snapshot.recurring_texts().iter().for_each(|text| push_text(&mut texts, text));
    writing.section("texts", &texts)?;
    drop(texts);

    // A record is some hundred bytes.
    let length = |row| u32::try_from(snapshot.packed(Row(row)).len()).unwrap_or(u32::MAX);
    let lengths: Vec<u32> = (0..rows).into_par_iter().map(length).collect();
    let records_bytes = lengths.iter().map(|&length| u64::from(length)).sum();
    write_numbers(writing, "lengths", lengths.into_iter())?;
    writing.section_by("records", records_bytes, |out| {
        (0..rows).try_for_each(|row| out.write_all(snapshot.packed(Row(row))))
    })?;
    writing.section_by("position", count * 16, |out| {
        snapshot.positions().iter().try_for_each(|position| {
            out.write_all(&position.lat_deg().to_le_bytes())?;
            out.write_all(&position.lon_deg().to_le_bytes())
        })
    })?;
    writing.section_by("stated", count * 16, |out| {
        snapshot.codes().iter().try_for_each(|codes| {
            out.write_all(&codes.attributes.yes_bits().to_le_bytes())?;
            out.write_all(&codes.attributes.no_bits().to_le_bytes())
        })
    })?;
    writing.section_by("kinds", count * 3, |out| {
        snapshot.codes().iter().try_for_each(|codes| {
            out.write_all(&[codes.location_type as u8, codes.fee as u8, codes.access as u8])
        })
    })?;
    write_numbers(writing, "sources", snapshot.codes().iter().map(|codes| codes.source.0))?;
    write_numbers(writing, "country", snapshot.country_symbols().iter().copied())?;
    write_numbers(writing, "by id", snapshot.rows_by_id().iter().map(|row| row.0))?;
    write_numbers(writing, "sites", snapshot.sites_by_id().into_iter().map(|site| site.0))
}

fn write_numbers(
    writing: &mut Writing<'_>,
    name: &'static str,
    numbers: impl ExactSizeIterator<Item = u32>,
) -> io::Result<()> {
    writing.section_by(name, numbers.len() as u64 * 4, |out| {
        let mut numbers = numbers;
        numbers.try_for_each(|number| out.write_all(&number.to_le_bytes()))
    })
}

/// Reads every column.
pub(super) fn read(about: About, reading: &mut Reading<'_>) -> Result<Columns, ArchiveError> {
    let inconsistent = |section| ArchiveError::Inconsistent { section };
    let About { snapshot, rows, texts, words, sources, report, .. } = about;
    let id = SnapshotId::from_digits(&snapshot).ok_or(inconsistent("about"))?;
    let meanings = words.meanings()?;
    let texts = texts_of(&reading.section("texts")?, texts).ok_or(inconsistent("texts"))?;
    let lengths = numbers(reading, "lengths", rows, |length| length)?;
    let records = reading.section("records")?;
    let positions = column(reading, "position", rows, |bytes: &[u8; 16]| {
        let [lat_deg, lon_deg] = halves(bytes)?.map(f64::from_le_bytes);
        Position::from_lat_lon(lat_deg, lon_deg).ok()
    })?;
    let mut codes = column(reading, "stated", rows, |bytes: &[u8; 16]| {
        let [yes, no] = halves(bytes)?.map(u64::from_le_bytes);
        Some(Codes {
            attributes: meanings.attributes(yes, no)?,
            location_type: LocationType::Unknown,
            fee: Fee::Unknown,
            access: Access::Unknown,
            source: SourceIndex::default(),
        })
    })?;
    each_row(reading, "kinds", rows, |row, bytes: &[u8; 3]| {
        let codes = codes.get_mut(row)?;
        (codes.location_type, codes.fee, codes.access) = meanings.kinds(*bytes)?;
        Some(())
    })?;
    each_row(reading, "sources", rows, |row, bytes: &[u8; 4]| {
        codes.get_mut(row)?.source = SourceIndex(u32::from_le_bytes(*bytes));
        Some(())
    })?;
    let countries = numbers(reading, "country", rows, |country| country)?;
    let by_id = numbers(reading, "by id", rows, Row)?;
    let site_of = numbers(reading, "sites", rows, SiteIndex)?;
    Ok(Columns {
        id,
        sources,
        report,
        texts,
        tags: meanings.tags,
        records,
        lengths,
        positions,
        codes,
        countries,
        by_id,
        site_of,
    })
}

/// A column of `N` bytes a row.
fn column<const N: usize, T: Send>(
    reading: &mut Reading<'_>,
    name: &'static str,
    rows: u32,
    value: impl Fn(&[u8; N]) -> Option<T> + Send + Sync,
) -> Result<Vec<T>, ArchiveError> {
    let (mut values, mut has_room) = (Vec::new(), true);
    let read = each_row(reading, name, rows, |row, bytes| {
        if row == 0 {
            has_room = values.try_reserve_exact(rows as usize).is_ok();
        }
        values.push(has_room.then(|| value(bytes))??);
        Some(())
    });
    if !has_room {
        return Err(ArchiveError::OutOfMemory);
    }
    read.map(|()| values)
}

/// Hands `take` the `N` bytes of every row, until it refuses one.
fn each_row<const N: usize>(
    reading: &mut Reading<'_>,
    name: &'static str,
    rows: u32,
    mut take: impl FnMut(usize, &[u8; N]) -> Option<()> + Send,
) -> Result<(), ArchiveError> {
    let (mut row, mut is_sound) = (0, true);
    reading.section_in_pieces(name, N * PIECE_ROWS, |piece| {
        let (values, rest) = piece.as_chunks::<N>();
        is_sound &= rest.is_empty() && values.len() <= rows as usize - row;
        for bytes in values {
            is_sound = is_sound && take(row, bytes).is_some();
            row += usize::from(is_sound);
        }
    })?;
    let is_whole = is_sound && row == rows as usize;
    is_whole.then_some(()).ok_or(ArchiveError::Inconsistent { section: name })
}

/// A column of numbers.
fn numbers<T: Send>(
    reading: &mut Reading<'_>,
    name: &'static str,
    rows: u32,
    value: impl Fn(u32) -> T + Send + Sync,
) -> Result<Vec<T>, ArchiveError> {
    column(reading, name, rows, |bytes: &[u8; 4]| Some(value(u32::from_le_bytes(*bytes))))
}

fn halves(bytes: &[u8; 16]) -> Option<[[u8; 8]; 2]> {
    bytes.as_chunks().0.try_into().ok()
}

/// The texts of a section that holds `count` of them and nothing else.
fn texts_of(data: &[u8], count: u32) -> Option<Vec<Box<str>>> {
    let mut reader = Reader { bytes: data };
    // Each takes a byte at least, so that no more is claimed than there is.
    let mut texts = Vec::with_capacity((count as usize).min(data.len()));
    for _ in 0..count {
        texts.push(reader.text()?.into());
    }
    reader.bytes.is_empty().then_some(texts)
}
