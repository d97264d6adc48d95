//! Rows that can be told apart without reading them.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::rows::{count_lines, is_line_end};
use crate::ingest::record::ROW_BYTES_MAX;

/// Rows that a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    /// Where the last of them ends; zero when the first is not certain to be a row, or not all here.
    pub(super) end: usize,
    /// Bytes behind them that were looked at in vain.
    pub(super) looked_at: usize,
}

/// The rows that `text` begins with and that are certainly rows by themselves.
///
/// A row is certain when its quotation marks leave no doubt: it is on one line, or they come in
/// pairs. Where a mark is missing, what comes after depends on how the row is understood, which is
/// for whoever reads it. A mark opens a cell only at the beginning of one. No more than `most`
/// bytes are looked at for the end of a row that goes on behind its first line.
///
/// # Cost
///
/// One pass in vector instructions, with a step for every quotation mark and line.
pub(super) fn rows_at(text: &[u8], delimiter: u8, most: usize) -> Beginning {
    let mut end = 0;
    // What ends with a carriage return may go on with a line feed that is not here yet.
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    loop {
        match row_end(text, end, delimiter, most.min(LOOKED_AT_MAX)) {
            Ok(next) => end = next,
            Err(looked_at) => return Beginning { end, looked_at },
        }
    }
}

/// Most bytes of a row whose end is looked for here: long before a row is too large, it is looked at
/// more closely.
const LOOKED_AT_MAX: usize = ROW_BYTES_MAX / 4;

/// Where the row that begins at `start` ends, behind the end of its line; else how many bytes were
/// looked at.
fn row_end(text: &[u8], start: usize, delimiter: u8, most: usize) -> Result<usize, usize> {
    let all = text.len().saturating_sub(start);
    let first_end = find_line_end(text, start).ok_or(all)?;
    // Cells that open and close one another line by line could go on to the end.
    let reach = text.len().min((start + most).max(first_end + 1));
    let near = text.get(..reach).unwrap_or_default();
    marked_row_end(text, near, start, first_end, delimiter)
        .filter(|end| end - start < LOOKED_AT_MAX)
        .ok_or(reach - start)
}

/// The same for a row whose first line ends at `line_end`, of which no more than `near` is looked
/// at.
fn marked_row_end(
    text: &[u8],
    near: &[u8],
    start: usize,
    mut line_end: usize,
    delimiter: u8,
) -> Option<usize> {
    let (mut at, mut marks, mut has_more_lines) = (start, 0_usize, false);
    while let Some(mark) = memchr(b'"', near.get(at..line_end)?) {
        let mark = at + mark;
        marks += 1;
        at = mark + 1;
        if mark > start && near.get(mark - 1) != Some(&delimiter) {
            continue;
        }
        // Two marks within a cell stand for one.
        loop {
            let close = at + memchr(b'"', near.get(at..)?)?;
            marks += 1;
            at = close + 1;
            if text.get(at)? != &b'"' {
                break;
            }
            marks += 1;
            at += 1;
        }
        if at > line_end {
            has_more_lines = true;
            line_end = find_line_end(near, at)?;
        }
    }
    let is_certain = !has_more_lines || marks.is_multiple_of(2);
    let ends_with_two = text.get(line_end..)?.starts_with(b"\r\n");
    is_certain.then_some(line_end + if ends_with_two { 2 } else { 1 })
}

fn find_line_end(text: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr2(b'\n', b'\r', text.get(from..)?)?)
}

/// The rows of a text that [`rows_at`] has found to be rows, taken apart where they lie.
pub(super) struct WholeRows<'t> {
    text: &'t str,
    delimiter: u8,
    /// Where the next row begins, perhaps behind blank lines.
    at: usize,
    /// Line that `at` stands on.
    line: u64,
    cells: Cells,
}

/// The cells of a row that are not empty.
#[derive(Default)]
struct Cells {
    found: Vec<Cell>,
    /// Texts that do not stand in the file as they are meant.
    copied: String,
}

struct Cell {
    place: usize,
    text: Range<usize>,
    /// Whether its text is among those that were copied.
    is_copied: bool,
}

/// One row, or rows that have to be looked at more closely.
pub(super) enum WholeRow<'t> {
    /// The row is at this place of the text; its cells are looked at through [`WholeRows`].
    Cells {
        line: u64,
        /// Without the end of its line.
        place: Range<usize>,
        /// How many cells it has.
        count: usize,
        /// Whether every cell stands in the text as it is meant.
        is_lent: bool,
    },
    /// Rows that are not made as they should be, from this line on.
    Unread { line: u64, text: &'t str },
}

impl<'t> WholeRows<'t> {
    /// The rows of a text that begins on this line of its file.
    pub(super) fn new(text: &'t str, line: u64, delimiter: u8) -> Self {
        Self { text, delimiter, at: 0, line, cells: Cells::default() }
    }

    /// The next row; blank lines are none.
    pub(super) fn next(&mut self) -> Option<WholeRow<'t>> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.at..)?;
        let blank = rest.iter().take_while(|byte| is_line_end(**byte)).count();
        self.line += count_lines(rest.get(..blank)?);
        let (start, line) = (self.at + blank, self.line);
        if start == bytes.len() {
            return None;
        }
        // To be found, it has been found before.
        let Ok(end) = row_end(bytes, start, self.delimiter, LOOKED_AT_MAX) else {
            self.at = bytes.len();
            return Some(WholeRow::Unread { line, text: self.text.get(start..)? });
        };
        let text = self.text.get(start..end)?;
        self.at = end;
        let row = text.trim_end_matches(['\n', '\r']);
        let place = start..start + row.len();
        self.cells.found.clear();
        if memchr(b'"', row.as_bytes()).is_none() {
            self.line += 1;
            let count = self.cells.of_plain(row.as_bytes(), start, self.delimiter);
            return Some(WholeRow::Cells { line, place, count, is_lent: true });
        }
        self.line += count_lines(text.as_bytes());
        self.cells.copied.clear();
        Some(match self.cells.of_quoted(row, start, self.delimiter) {
            Some(count) => {
                let is_lent = self.cells.copied.is_empty();
                WholeRow::Cells { line, place, count, is_lent }
            }
            None => WholeRow::Unread { line, text },
        })
    }

    /// The cells of a row that is lent which are not empty, each with its place.
    pub(super) fn lent_cells(&self) -> impl Iterator<Item = (usize, &'t str)> + Clone {
        let text = self.text;
        let cells = self.cells.found.iter();
        cells.map(move |cell| (cell.place, text.get(cell.text.clone()).unwrap_or_default()))
    }

    /// The cells of any row that are not empty, each with its place.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, &str)> + Clone {
        self.cells.found.iter().map(|cell| {
            let text = if cell.is_copied { &self.cells.copied } else { self.text };
            (cell.place, text.get(cell.text.clone()).unwrap_or_default())
        })
    }
}

impl Cells {
    /// Takes apart a row without quotation marks that begins at `start`; how many cells it has.
    fn of_plain(&mut self, row: &[u8], start: usize, delimiter: u8) -> usize {
        let (mut from, mut place) = (0, 0);
        delimiters(row, delimiter).chain([row.len()]).for_each(|end| {
            if end > from {
                let text = start + from..start + end;
                self.found.push(Cell { place, text, is_copied: false });
            }
            place += 1;
            from = end + 1;
        });
        place
    }

    /// Takes apart a row with quotation marks that begins at `start`; how many cells it has. `None`
    /// where a cell goes on behind its marks.
    fn of_quoted(&mut self, row: &str, start: usize, delimiter: u8) -> Option<usize> {
        let bytes = row.as_bytes();
        let mut from = 0;
        for place in 0.. {
            let end = if bytes.get(from) == Some(&b'"') {
                self.of_marks(row, place, start, from + 1)?
            } else {
                let rest = bytes.get(from..)?;
                let end = from + memchr(delimiter, rest).unwrap_or(rest.len());
                if end > from {
                    let text = start + from..start + end;
                    self.found.push(Cell { place, text, is_copied: false });
                }
                end
            };
            match bytes.get(end) {
                None => return Some(place + 1),
                Some(next) if *next == delimiter => from = end + 1,
                Some(_) => return None,
            }
        }
        None
    }

    /// Takes a cell within quotation marks, of which the first stands before `from`; where it ends.
    fn of_marks(&mut self, row: &str, place: usize, start: usize, from: usize) -> Option<usize> {
        let bytes = row.as_bytes();
        let mut close = from + memchr(b'"', bytes.get(from..)?)?;
        if bytes.get(close + 1) != Some(&b'"') {
            if close > from {
                let text = start + from..start + close;
                self.found.push(Cell { place, text, is_copied: false });
            }
            return Some(close + 1);
        }
        let (copied_from, mut from) = (self.copied.len(), from);
        // Two marks stand for one, and the first of them is copied.
        while bytes.get(close + 1) == Some(&b'"') {
            self.copied.push_str(row.get(from..=close)?);
            from = close + 2;
            close = from + memchr(b'"', bytes.get(from..)?)?;
        }
        self.copied.push_str(row.get(from..close)?);
        let text = copied_from..self.copied.len();
        self.found.push(Cell { place, text, is_copied: true });
        Some(close + 1)
    }
}

/// Where the delimiters of a row stand.
///
/// # Cost
///
/// Rows have a delimiter every few bytes, so that looking for the next one each time is slower than
/// comparing eight bytes at once and going from one found to the next.
fn delimiters(row: &[u8], delimiter: u8) -> impl Iterator<Item = usize> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let pattern = u64::from_ne_bytes([delimiter; 8]);
    // The high bit of each byte that is the delimiter.
    let found = move |bytes: [u8; 8]| {
        let differences = u64::from_le_bytes(bytes) ^ pattern;
        !(((differences & LOW) + LOW) | differences | LOW)
    };
    let (words, rest) = row.as_chunks::<8>();
    let mut last = [!delimiter; 8];
    if let Some(last) = last.get_mut(..rest.len()) {
        last.copy_from_slice(rest);
    }
    let masks = words.iter().copied().chain([last]).map(found).enumerate();
    masks.flat_map(|(word, mask)| {
        let mut left = mask;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(8 * word + bit / 8)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Row, Rows};
    use super::*;

    fn rows_end(text: &str) -> usize {
        rows_at(text.as_bytes(), b',', usize::MAX).end
    }

    #[test]
    fn rows_end_where_their_quotation_marks_leave_no_doubt() {
        for (text, end) in [
            ("", 0),
            ("1,2", 0),
            ("1,2\n3,4\n5", 8),
            ("1,2\r\n3,4\r", 5),
            ("1,2\r3,4\n", 8),
            ("\n\n1,2\n", 6),
            ("1,\"a\nb\"\n2,c\n", 12),
            ("1,\"a \"\"b\"\"\nc\",d\n2", 16),
            ("1,5\" pipe\n2,c\n", 14),
            ("1,\"a\" b\n2,c\n", 12),
            // Not closed: anything may follow from it.
            ("1,a\n2,\"b\n3,c\n", 4),
            ("1,\"a\nb\"x\",c\n2,d\n", 0),
        ] {
            assert_eq!(rows_end(text), end, "{text:?}");
        }
        let long = format!("1,2\n{},3\n", "x".repeat(ROW_BYTES_MAX));
        assert_eq!(rows_end(&long), 4);
    }

    #[test]
    fn no_more_is_looked_at_than_is_allowed_but_for_the_first_line() {
        let text = format!("1,2\n1,\"{}\n3\"\n", "x".repeat(1000));
        for (most, end, looked_at) in
            [(0, 4, 1004), (1003, 4, 1004), (1006, 4, 1006), (1007, text.len(), 0)]
        {
            let found = rows_at(text.as_bytes(), b',', most);
            assert_eq!(found, Beginning { end, looked_at }, "{most}");
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_told_apart_are_the_rows_that_are_read(
            text in proptest::collection::vec("[ab,\"\r\n]{0,3}|\"[a,\"\n]{0,4}\",?|a,b\n|\r\n", 0..40),
        ) {
            let text = text.concat();
            let end = rows_end(&text);
            let (plain, rest) = text.split_at(end);
            proptest::prop_assert_eq!(
                [read(plain), read(rest)].concat(),
                read(&text)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_taken_apart_where_they_lie_are_those_read_cell_by_cell(
            text in proptest::collection::vec(
                "[ab,;\"\r\n]{0,3}|\"[aé,\"\n]{0,4}\",?|[a,]{0,20}é,b\n|\"a\",b,,\"\"\r\n|\"[\"\"é\"\",\"\"\"\"]\",b\n|\r\n",
                0..40,
            ),
        ) {
            let text = text.concat();
            let text = &text[..rows_end(&text)];
            let (mut taken, mut rows) = (Vec::new(), WholeRows::new(text, 1, b','));
            while let Some(row) = rows.next() {
                match row {
                    WholeRow::Cells { line, place, count, is_lent } => {
                        let owned = |(at, cell): (usize, &str)| (at, cell.to_owned());
                        let cells: Vec<_> = rows.cells().map(owned).collect();
                        if is_lent {
                            proptest::prop_assert!(rows.lent_cells().map(owned).eq(cells.clone()));
                        }
                        taken.push((line, text[place].to_owned(), count, cells));
                    }
                    WholeRow::Unread { line, text } => taken.extend(read_cells(text, line)),
                }
            }
            proptest::prop_assert_eq!(taken, read_cells(text, 1));
        }
    }

    #[test]
    fn delimiters_are_found_wherever_they_stand() {
        for length in 0..40 {
            for at in 0..length {
                let mut row = vec![b'-'; length];
                row[at] = b',';
                assert_eq!(delimiters(&row, b',').collect::<Vec<_>>(), [at]);
            }
            let all: Vec<usize> = (0..length).collect();
            assert_eq!(delimiters(&vec![b','; length], b',').collect::<Vec<_>>(), all);
            assert_eq!(delimiters(&vec![0xac; length], b',').count(), 0);
        }
    }

    /// A row's line, text, count of cells, and cells that are not empty.
    type ReadRow = (u64, String, usize, Vec<(usize, String)>);

    /// Every row of a text cell by cell.
    fn read_cells(text: &str, line: u64) -> Vec<ReadRow> {
        let mut rows = Rows::of_text(text.as_bytes().to_vec(), line, b',');
        let mut all = Vec::new();
        while let Some(Row::Cells(count)) = rows.next().unwrap() {
            let cells = rows.cells().unwrap().map(|(at, cell)| (at, cell.to_owned()));
            all.push((rows.line(), rows.original().to_owned(), count, cells.collect()));
        }
        all
    }

    /// Every row of a text as it stands there.
    fn read(text: &str) -> Vec<(usize, String)> {
        let mut rows = Rows::new(text.as_bytes(), b',');
        let mut all = Vec::new();
        while let Some(Row::Cells(count)) = rows.next().unwrap() {
            all.push((count, rows.original().to_owned()));
        }
        all
    }
}
