//! Columns that line up on a terminal.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Widest a cell may be, in columns of the terminal; a Chinese or Japanese character takes two.
const CELL_WIDTH_MAX: usize = 40;

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
        self.rows.push(cells.map(shortened));
    }

    /// Writes headings and rows; a column nobody filled is left out.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let width = |column: usize, rows: &[[String; N]]| {
            rows.iter().map(|row| row[column].width()).max().unwrap_or(0)
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
                line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A cell cut to the width it may have.
fn shortened(cell: String) -> String {
    if cell.width() <= CELL_WIDTH_MAX {
        return cell;
    }
    let mut width = 1;
    let mut short: String = cell
        .chars()
        .take_while(|letter| {
            width += letter.width().unwrap_or(0);
            width <= CELL_WIDTH_MAX
        })
        .collect();
    short.push('…');
    short
}

/// A count with its thousands apart: `13,733`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_thousands() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (13_733_000, "13,733,000")] {
            assert_eq!(grouped(count), text);
        }
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(["site", "", "fee"]);
        for site in ["7-ELEVEN, セブン-イレブン", "Otto", &"長".repeat(50)] {
            table.row([site.to_owned(), String::new(), "free".to_owned()]);
        }
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let starts: Vec<usize> =
            text.lines().map(|line| line[..line.find('f').unwrap()].width()).collect();
        assert_eq!(starts, [41, 41, 41, 41], "{text}");
    }
}
