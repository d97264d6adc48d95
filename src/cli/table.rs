//! Columns that line up on a terminal.

use std::io::{self, Write};

/// Widest a cell may be, in characters.
const CELL_CHARS_MAX: usize = 40;

/// A table of `N` columns, written once all rows are known.
pub(super) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with these headings.
    pub(super) fn new(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_owned)] }
    }

    /// Appends a row.
    pub(super) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| {
            let is_long = cell.chars().count() > CELL_CHARS_MAX;
            if !is_long {
                return cell;
            }
            let mut short: String = cell.chars().take(CELL_CHARS_MAX - 1).collect();
            short.push('…');
            short
        }));
    }

    /// Writes headings and rows; a column nobody filled is left out.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let width = |column: usize, rows: &[[String; N]]| {
            rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        };
        let body = self.rows.get(1..).unwrap_or_default();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                if width(column, body) == 0 {
                    continue;
                }
                let width = width(column, &self.rows);
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
