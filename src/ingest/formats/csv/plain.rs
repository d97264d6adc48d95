//! Rows that can be told apart without reading them.

use memchr::{memchr, memchr2};

use crate::ingest::record::ROW_BYTES_MAX;

/// Where the last of the rows ends that `text` begins with and that are certainly rows by
/// themselves; zero when the first is not certain to be one, or not all here.
///
/// A row is certain when its quotation marks leave no doubt: it is on one line, or they come in
/// pairs. Where a mark is missing, what comes after depends on how the row is understood, which is
/// for whoever reads it. A mark opens a cell only at the beginning of one.
///
/// # Cost
///
/// One pass in vector instructions, with a step for every quotation mark and line.
pub(super) fn rows_end(text: &[u8], delimiter: u8) -> usize {
    let mut end = 0;
    while let Some(next) = row_end(text, end, delimiter) {
        end = next;
    }
    end
}

/// Most bytes of a row whose end is looked for here: long before a row is too large, it is looked at
/// more closely.
const LOOKED_AT_MAX: usize = ROW_BYTES_MAX / 4;

/// Where the row that begins at `start` ends, behind the end of its line.
fn row_end(text: &[u8], start: usize, delimiter: u8) -> Option<usize> {
    let mut line_end = find_line_end(text, start)?;
    let (mut at, mut marks, mut has_more_lines) = (start, 0_usize, false);
    while let Some(mark) = memchr(b'"', text.get(at..line_end)?) {
        let mark = at + mark;
        marks += 1;
        at = mark + 1;
        if mark > start && text.get(mark - 1) != Some(&delimiter) {
            continue;
        }
        // Two marks within a cell stand for one.
        loop {
            let close = at + memchr(b'"', text.get(at..)?)?;
            marks += 1;
            at = close + 1;
            // Cells that open and close one another line by line could go on to the end.
            if at - start > LOOKED_AT_MAX {
                return None;
            }
            if text.get(at)? != &b'"' {
                break;
            }
            marks += 1;
            at += 1;
        }
        if at > line_end {
            has_more_lines = true;
            line_end = find_line_end(text, at)?;
        }
    }
    let is_certain = !has_more_lines || marks.is_multiple_of(2);
    let end = match text.get(line_end..)? {
        // A line feed may follow that is not here yet.
        [b'\r'] => return None,
        [b'\r', b'\n', ..] => line_end + 2,
        _ => line_end + 1,
    };
    (is_certain && end - start < LOOKED_AT_MAX).then_some(end)
}

fn find_line_end(text: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr2(b'\n', b'\r', text.get(from..)?)?)
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Row, Rows};
    use super::*;

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
            assert_eq!(rows_end(text.as_bytes(), b','), end, "{text:?}");
        }
        let long = format!("1,2\n{},3\n", "x".repeat(ROW_BYTES_MAX));
        assert_eq!(rows_end(long.as_bytes(), b','), 4);
    }

    proptest::proptest! {
        #[test]
        fn rows_told_apart_are_the_rows_that_are_read(
            text in proptest::collection::vec("[ab,\"\r\n]{0,3}|\"[a,\"\n]{0,4}\",?|a,b\n|\r\n", 0..40),
        ) {
            let text = text.concat();
            let end = rows_end(text.as_bytes(), b',');
            let (plain, rest) = text.split_at(end);
            proptest::prop_assert_eq!(
                [read(plain), read(rest)].concat(),
                read(&text)
            );
        }
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
