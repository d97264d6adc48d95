//! Rows of separated values out of a stream, each with its line, in bounded memory.

use std::io::{self, BufRead};

use super::plain;
use crate::ingest::record::ROW_BYTES_MAX;

/// Most bytes read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Bytes that may be looked at in vain for each byte that is passed. A quotation mark that is not
/// closed costs a look at all that may belong to its row; where every line has one, a file is
/// looked at so many times and not once a line.
const LOOKS_PER_BYTE: usize = 16;

/// Bytes shown of a line that is too large.
const SHOWN_BYTES: usize = 1 << 12;

/// Reads rows one after the other; the row read last is looked at through the reader.
///
/// The window is kept from the first byte of that row on, so that a row can be shown as it stands
/// and be read again in another way.
pub(super) struct Rows<R> {
    reader: R,
    core: csv_core::Reader,
    delimiter: u8,
    window: Vec<u8>,
    at_end: bool,
    /// Where the row last read begins in the window.
    row_start: usize,
    /// Where the next one begins.
    next_start: usize,
    /// Line that `row_start` stands on, from 1.
    line: u64,
    cells: Vec<u8>,
    cell_ends: Vec<usize>,
    cell_count: usize,
    is_open: bool,
    /// Bytes that a row may go on behind its first line.
    patience: usize,
}

/// How a row came out of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// With these many cells.
    Cells(usize),
    /// Larger than [`ROW_BYTES_MAX`]; its cells are not known.
    TooLarge,
}

impl Rows<io::Empty> {
    /// Reads a text that begins on this line of its file.
    pub(super) fn of_text(text: Vec<u8>, line: u64, delimiter: u8) -> Self {
        Self { window: text, at_end: true, line, ..Self::new(io::empty(), delimiter) }
    }
}

impl<R: BufRead> Rows<R> {
    /// Reads from `reader`, whose bytes are UTF-8.
    pub(super) fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            core: core(delimiter),
            delimiter,
            window: Vec::new(),
            at_end: false,
            row_start: 0,
            next_start: 0,
            line: 1,
            cells: vec![0; 1 << 12],
            cell_ends: vec![0; 1 << 6],
            cell_count: 0,
            is_open: false,
            patience: ROW_BYTES_MAX,
        }
    }

    /// Takes whole rows of about so many bytes off the stream, with the line the first stands on;
    /// `None` where it is not certain that the next row is one, or at the end. `room` takes what
    /// comes behind them.
    pub(super) fn take_plain(
        &mut self,
        bytes: usize,
        room: impl FnOnce() -> Vec<u8>,
    ) -> io::Result<Option<(u64, Vec<u8>)>> {
        self.pass_row();
        if self.window.len() - self.row_start < bytes / 2 && !self.at_end {
            self.make_room();
            while self.window.len() < bytes && !self.at_end {
                self.fill()?;
            }
        }
        let rest = self.between(self.row_start, self.window.len());
        let found = plain::rows_at(rest, self.delimiter, self.patience);
        self.look_in_vain(found.looked_at);
        let end = self.row_start + found.end;
        if end == self.row_start {
            return Ok(None);
        }
        self.pass(found.end);
        let line = self.line;
        self.line += count_lines(self.between(self.row_start, end));
        self.core.reset();
        let behind = self.window.len() - end;
        if behind > self.window.len() / 2 {
            // Among rows that are not certain there are few of them; the rest stays where it is.
            let text = self.between(self.row_start, end).to_vec();
            (self.row_start, self.next_start) = (end, end);
            return Ok(Some((line, text)));
        }
        let mut window = room();
        window.clear();
        window.extend_from_slice(self.between(end, self.window.len()));
        let mut text = std::mem::replace(&mut self.window, window);
        text.truncate(end);
        text.drain(..self.row_start);
        (self.row_start, self.next_start) = (0, 0);
        Ok(Some((line, text)))
    }

    /// The stream the rows come from.
    pub(super) fn reader(&self) -> &R {
        &self.reader
    }

    /// The beginning of the stream, up to `count` bytes, and whether that is all of it. Only
    /// before the first row.
    pub(super) fn head(&mut self, count: usize) -> io::Result<(&[u8], bool)> {
        while self.window.len() < count && !self.at_end {
            self.fill()?;
        }
        Ok((&self.window, self.at_end))
    }

    /// Sets what separates cells. Only before the first row.
    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
        self.core = core(delimiter);
    }

    /// Reads the next row; blank lines are none.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        self.pass_row();
        let (mut at, mut written, mut cells) = (self.row_start, 0, 0);
        let mut reach = self.row_start + self.patience;
        loop {
            if at == self.window.len() && !self.at_end {
                self.skip_blank_lines();
                if at - self.row_start > ROW_BYTES_MAX {
                    return self.too_large(at).map(Some);
                }
                let moved = self.make_room();
                (at, reach) = (at - moved, reach.saturating_sub(moved));
                self.fill()?;
                continue;
            }
            if at >= reach && at < self.window.len() {
                self.skip_blank_lines();
                if self.between(self.row_start, at).iter().any(|byte| is_line_end(*byte)) {
                    return self.too_large(at).map(Some);
                }
                // The first line is read whatever its length.
                let rest = self.between(at, self.window.len());
                let line_end = rest.iter().position(|byte| is_line_end(*byte));
                reach = line_end.map_or(self.window.len(), |end| at + end + 1);
            }
            // At the end a line feed first: only within quotation marks does it not end a row.
            let ends_file = at == self.window.len();
            let input = match (ends_file, self.is_open) {
                (true, false) => b"\n",
                (true, true) => &[][..],
                (false, _) => self.window.get(at..reach.min(self.window.len())).unwrap_or_default(),
            };
            let (result, read, bytes, ends) = self.core.read_record(
                input,
                self.cells.get_mut(written..).unwrap_or_default(),
                self.cell_ends.get_mut(cells..).unwrap_or_default(),
            );
            self.is_open |=
                ends_file && read > 0 && result == csv_core::ReadRecordResult::InputEmpty;
            at += if ends_file { 0 } else { read };
            written += bytes;
            cells += ends;
            match result {
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::OutputFull => {
                    self.cells.resize(2 * self.cells.len(), 0);
                }
                csv_core::ReadRecordResult::OutputEndsFull => {
                    self.cell_ends.resize(2 * self.cell_ends.len(), 0);
                }
                csv_core::ReadRecordResult::Record => {
                    self.next_start = at;
                    self.cell_count = cells;
                    self.take_line_feed()?;
                    self.skip_blank_lines();
                    if at - self.row_start > ROW_BYTES_MAX {
                        return self.too_large(at).map(Some);
                    }
                    return Ok(Some(Row::Cells(cells)));
                }
                csv_core::ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Leaves the row that was read last behind.
    fn pass_row(&mut self) {
        self.line += count_lines(self.between(self.row_start, self.next_start));
        self.pass(self.next_start.saturating_sub(self.row_start));
        self.row_start = self.next_start;
        self.is_open = false;
    }

    /// Notes that so many bytes are passed.
    fn pass(&mut self, bytes: usize) {
        let more = bytes.saturating_mul(LOOKS_PER_BYTE);
        self.patience = self.patience.saturating_add(more).min(ROW_BYTES_MAX);
    }

    /// Notes that so many bytes were looked at, and will be again.
    fn look_in_vain(&mut self, bytes: usize) {
        self.patience = self.patience.saturating_sub(bytes);
    }

    /// The cells of the row that are not empty, each with its place.
    pub(super) fn cells(&self) -> io::Result<impl Iterator<Item = (usize, &str)> + Clone> {
        let ends = self.cell_ends.get(..self.cell_count).unwrap_or_default();
        let bytes = self.cells.get(..ends.last().copied().unwrap_or(0)).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        let mut start = 0;
        Ok(ends.iter().enumerate().filter_map(move |(place, &end)| {
            let from = std::mem::replace(&mut start, end);
            (from < end).then(|| (place, text.get(from..end).unwrap_or_default()))
        }))
    }

    /// Every cell of the row.
    fn all_cells(&self) -> io::Result<Vec<String>> {
        let mut all = vec![String::new(); self.cell_count];
        for (place, cell) in self.cells()? {
            cell.clone_into(&mut all[place]);
        }
        Ok(all)
    }

    /// The row as it stands in the file, without the end of its line.
    pub(super) fn original(&self) -> &str {
        let row = self.between(self.row_start, self.next_start);
        let text = std::str::from_utf8(row).unwrap_or_else(|error| {
            // A line too large to be kept may be cut inside a character.
            row.get(..error.valid_up_to())
                .and_then(|row| std::str::from_utf8(row).ok())
                .unwrap_or_default()
        });
        text.trim_end_matches(['\n', '\r'])
    }

    /// The line the row begins on.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the file ends within quotation marks in this row.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the quotation marks of the row come in pairs, as those around cells do.
    pub(super) fn has_paired_quotes(&self) -> bool {
        has_paired_quotes(self.between(self.row_start, self.next_start))
    }

    /// Whether the second line of the row would by itself be a row of `width` cells.
    pub(super) fn second_line_is_row(&self, width: usize) -> bool {
        let Some(start) = self.second_line() else { return false };
        let rest = self.between(start, self.next_start);
        let end = rest.iter().position(|byte| is_line_end(*byte)).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        has_paired_quotes(line)
            && cells_of(line, self.delimiter).first().is_some_and(|row| row.len() == width)
    }

    /// Cuts the row down to its first line; the next row begins on its second.
    pub(super) fn cut_to_first_line(&mut self) {
        if let Some(start) = self.second_line() {
            self.look_in_vain(self.next_start - start);
            self.next_start = start;
            self.core.reset();
        }
    }

    /// Where the second line of the row begins in the window.
    fn second_line(&self) -> Option<usize> {
        let row = self.between(self.row_start, self.next_start);
        let end = row.iter().position(|byte| is_line_end(*byte))?;
        let next = end + if row.get(end..)?.starts_with(b"\r\n") { 2 } else { 1 };
        (next < row.len()).then_some(self.row_start + next)
    }

    /// Gives up on a row that is too large: on its first line if it has several, since a quotation
    /// mark that is not closed is likelier than a cell of that size; else on the whole line, of
    /// which the beginning is kept to be shown. It has been looked at up to `at`.
    fn too_large(&mut self, at: usize) -> io::Result<Row> {
        self.look_in_vain(at - self.row_start);
        self.cell_count = 0;
        self.core.reset();
        self.next_start = self.next_start.max(self.row_start);
        if self.next_start == self.row_start {
            self.next_start = self.window.len();
        }
        if let Some(start) = self.second_line() {
            self.next_start = start;
            return Ok(Row::TooLarge);
        }
        let shown = self.row_start + SHOWN_BYTES;
        self.next_start = shown;
        loop {
            let rest = self.between(shown, self.window.len());
            if let Some(end) = rest.iter().position(|byte| is_line_end(*byte)) {
                self.window.drain(shown..shown + end);
                return Ok(Row::TooLarge);
            }
            self.window.truncate(shown);
            if self.at_end {
                return Ok(Row::TooLarge);
            }
            self.fill()?;
        }
    }

    /// Moves the beginning of the row behind blank lines, however many there are.
    fn skip_blank_lines(&mut self) {
        let text = self.between(self.row_start, self.window.len());
        let blank = text.iter().take_while(|byte| is_line_end(**byte)).count();
        self.line += count_lines(text.get(..blank).unwrap_or_default());
        self.row_start += blank;
    }

    fn between(&self, start: usize, end: usize) -> &[u8] {
        self.window.get(start..end).unwrap_or_default()
    }

    /// The line feed of a CRLF belongs to the row it ends.
    fn take_line_feed(&mut self) -> io::Result<()> {
        if self.next_start == 0 || self.window.get(self.next_start - 1) != Some(&b'\r') {
            return Ok(());
        }
        if self.next_start == self.window.len() && !self.at_end {
            self.fill()?;
        }
        if self.window.get(self.next_start) == Some(&b'\n') {
            self.next_start += 1;
        }
        Ok(())
    }

    /// Moves the row to the beginning of the window; by how much.
    fn make_room(&mut self) -> usize {
        let moved = self.row_start;
        self.window.drain(..moved);
        self.row_start = 0;
        self.next_start = 0;
        moved
    }

    fn fill(&mut self) -> io::Result<()> {
        let bytes = self.reader.fill_buf()?;
        let bytes = bytes.get(..CHUNK_BYTES).unwrap_or(bytes);
        self.window.extend_from_slice(bytes);
        let count = bytes.len();
        self.at_end = count == 0;
        self.reader.consume(count);
        Ok(())
    }
}

fn core(delimiter: u8) -> csv_core::Reader {
    csv_core::ReaderBuilder::new().delimiter(delimiter).build()
}

pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn has_paired_quotes(bytes: &[u8]) -> bool {
    count(bytes, b'"').is_multiple_of(2)
}

fn count(bytes: &[u8], wanted: u8) -> u64 {
    // Sums of one byte are added side by side; no more than 255 of them fit.
    let in_chunk = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(*byte == wanted)).sum::<u8>();
    bytes.chunks(255).map(|chunk| u64::from(in_chunk(chunk))).sum()
}

/// Ends of lines of any kind.
pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    let returns = count(bytes, b'\r');
    let both =
        if returns == 0 { 0 } else { bytes.windows(2).filter(|two| *two == b"\r\n").count() };
    count(bytes, b'\n') + returns - both as u64
}

/// The rows of a short text, cell by cell.
pub(super) fn cells_of(text: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut rows = Rows::new(text, delimiter);
    let mut all = Vec::new();
    while let Ok(Some(Row::Cells(_))) = rows.next() {
        let Ok(cells) = rows.all_cells() else { break };
        all.push(cells);
    }
    all
}
