//! How a file of separated values is laid out, found by looking at its beginning.

use super::rows::cells_of;
use crate::ingest::columns::{COMPLETE_ID, Columns, Role};
use crate::ingest::record::FormatError;

/// What may separate cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Bytes looked at.
pub(super) const HEAD_BYTES: usize = 1 << 16;

/// A header stands within these many rows of the beginning; portals put titles before it.
const PREAMBLE_ROWS_MAX: usize = 30;

/// What separates cells, where the header stands and what its columns hold.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// How many rows stand before the header.
    pub(super) preamble_rows: usize,
    /// Name of each column, made up where the header has none or has one twice.
    pub(super) names: Vec<String>,
    /// Names that occur twice.
    pub(super) repeated: Vec<String>,
    /// What each column holds; `None` is for `extra`.
    pub(super) roles: Vec<Option<Role>>,
    /// Whether `convert` wrote the file.
    pub(super) is_of_convert: bool,
}

impl Layout {
    /// Looks at the beginning of a file. The header is the first row whose names say where the
    /// position is; the delimiter the one that shows such a row, and of several the one that
    /// makes most of its names known.
    ///
    /// # Errors
    ///
    /// [`FormatError::NoPositionColumn`] when no row says it, [`FormatError::NoRecords`] when the
    /// file has no header at all.
    pub(super) fn of(head: &[u8], is_all: bool, columns: &Columns) -> Result<Self, FormatError> {
        let best = DELIMITERS
            .iter()
            .filter_map(|&delimiter| Self::with(delimiter, head, is_all, columns))
            // The first of equals, which is why the order is turned around.
            .rev()
            .max_by_key(|layout| layout.roles.iter().flatten().count());
        best.ok_or_else(|| no_header(head, is_all))
    }

    fn with(delimiter: u8, head: &[u8], is_all: bool, columns: &Columns) -> Option<Self> {
        rows_of(delimiter, head, is_all)
            .into_iter()
            .take(PREAMBLE_ROWS_MAX)
            .enumerate()
            .find_map(|(preamble_rows, cells)| Self::at(delimiter, preamble_rows, &cells, columns))
    }

    /// The layout if the header is this row.
    fn at(
        delimiter: u8,
        preamble_rows: usize,
        cells: &[String],
        columns: &Columns,
    ) -> Option<Self> {
        let named = cells.iter().rposition(|cell| !cell.trim().is_empty())? + 1;
        let cells: Vec<&str> = cells.iter().take(named).map(|cell| cell.trim()).collect();
        let is_of_convert = cells.contains(&COMPLETE_ID);
        let paths: Vec<Vec<&str>> = cells.iter().map(|cell| vec![*cell]).collect();
        let roles = if is_of_convert {
            Columns::of_convert().assign(&paths)
        } else {
            columns.assign(&paths)
        };
        let holds = |role| roles.contains(&Some(role));
        let is_header = holds(Role::Position) || holds(Role::Latitude) && holds(Role::Longitude);
        is_header.then_some(())?;
        let mut unique_names = Vec::with_capacity(cells.len());
        let mut repeated = Vec::new();
        for (number, cell) in (1..).zip(&cells) {
            let name = if cell.is_empty() {
                format!("column {number}")
            } else if unique_names.iter().any(|name| name == cell) {
                repeated.push((*cell).to_owned());
                format!("{cell} (column {number})")
            } else {
                (*cell).to_owned()
            };
            unique_names.push(name);
        }
        Some(Self { delimiter, preamble_rows, names: unique_names, repeated, roles, is_of_convert })
    }

    /// How many cells a row may have: one a column. Empty ones behind the last do not count.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }
}

/// The rows of the beginning, without one that the beginning cuts in two.
fn rows_of(delimiter: u8, head: &[u8], is_all: bool) -> Vec<Vec<String>> {
    let end = if is_all {
        head.len()
    } else {
        head.iter().rposition(|b| *b == b'\n').unwrap_or(head.len())
    };
    cells_of(head.get(..end).unwrap_or_default(), delimiter)
}

/// Why no row is a header: the columns of the likeliest, unless it holds numbers as data does.
fn no_header(head: &[u8], is_all: bool) -> FormatError {
    let first = DELIMITERS
        .iter()
        .filter_map(|&delimiter| rows_of(delimiter, head, is_all).into_iter().next())
        .rev()
        .max_by_key(Vec::len)
        .unwrap_or_default();
    let columns: Vec<String> = first.iter().map(|cell| cell.trim().to_owned()).collect();
    let is_data = columns.iter().any(|cell| cell.replace(',', ".").parse::<f64>().is_ok());
    if is_data || columns.iter().all(String::is_empty) {
        return FormatError::NoRecords {
            format: "csv",
            detail: "its first line should name the columns".to_owned(),
        };
    }
    FormatError::NoPositionColumn { columns }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::options::ReadOptions;

    fn layout(head: &str) -> Result<Layout, FormatError> {
        let columns = Columns::new(&ReadOptions::default()).unwrap();
        Layout::of(head.as_bytes(), true, &columns)
    }

    #[test]
    fn the_delimiter_is_the_one_that_shows_a_header() {
        for (head, delimiter) in [
            ("id,lat,lon\n1,2,3\n", b','),
            ("ID;LAT;LNG;DOM\n1;-34,6;-58,4;a,b,c\n", b';'),
            ("@id\t@lat\t@lon\tname\n1\t2\t3\tA, B\n", b'\t'),
            ("id|lat|lon\n1|2|3\n", b'|'),
            ("\"Name; of bank\",\"Location 1\"\n", b','),
            ("wkt\nPOINT (1 2)\n", b','),
        ] {
            assert_eq!(layout(head).unwrap().delimiter, delimiter, "{head}");
        }
    }

    #[test]
    fn titles_before_the_header_are_passed_over() {
        let found = layout("ATMs of the city, 2024\nsource;city\n\nID;LAT;LNG\n1;2;3\n").unwrap();
        assert_eq!((found.preamble_rows, found.width()), (2, 3));
        assert_eq!(layout("sep=;\nID;LAT;LNG\n").unwrap().preamble_rows, 1);
    }

    #[test]
    fn names_are_unique_even_where_the_header_is_not() {
        let found = layout(",id,lat,lon,note,note,,\n").unwrap();
        assert_eq!(found.names, ["column 1", "id", "lat", "lon", "note", "note (column 6)"]);
        assert_eq!(found.repeated, ["note"]);
    }

    #[test]
    fn a_file_without_header_or_position_says_so() {
        let Err(FormatError::NoPositionColumn { columns }) = layout("bank,city\nA,B\n") else {
            panic!()
        };
        assert_eq!(columns, ["bank", "city"]);
        for head in ["", "\n\n", "1;-34,6;-58,4\n2;-34,7;-58,5\n"] {
            assert!(matches!(layout(head), Err(FormatError::NoRecords { .. })), "{head}");
        }
    }
}
