//! How many slips of the finger lie between two words.

/// Most letters of a word that is compared.
pub(super) const LETTERS_MAX: usize = 48;

/// How many slips (a letter too many, too few, another, or two exchanged) turn one word into the
/// other, `None` when more than `most`, which is 2 at most. No letter takes part in two slips
/// (optimal string alignment).
///
/// # Cost
///
/// In proportion to the length: only a band around the diagonal is looked at.
///
/// # References
///
/// - Damerau (1964), *A technique for computer detection and correction of spelling errors*,
///   Communications of the ACM 7(3), doi:10.1145/363958.363994.
pub(super) fn slips(one: &[char], other: &[char], most: u8) -> Option<u8> {
    /// More than any distance asked for.
    const FAR: u8 = 100;
    let most = most.min(2);
    let band = usize::from(most);
    if one.len().abs_diff(other.len()) > band || other.len() > LETTERS_MAX {
        return None;
    }
    let mut before_last = [FAR; LETTERS_MAX + 1];
    let mut last = [FAR; LETTERS_MAX + 1];
    for (column, cell) in (0_u8..).zip(last.iter_mut().take(band + 1)) {
        *cell = column;
    }
    for row in 1..=one.len() {
        let mut here = [FAR; LETTERS_MAX + 1];
        let first = row.saturating_sub(band);
        let end = (row + band).min(other.len());
        if first == 0 {
            here[0] = u8::try_from(row).unwrap_or(FAR);
        }
        let mut fewest = here[0];
        for column in first.max(1)..=end {
            let is_other = u8::from(one[row - 1] != other[column - 1]);
            let mut cell = last[column - 1]
                .saturating_add(is_other)
                .min(last[column].saturating_add(1))
                .min(here[column - 1].saturating_add(1));
            if row > 1
                && column > 1
                && one[row - 1] == other[column - 2]
                && one[row - 2] == other[column - 1]
            {
                cell = cell.min(before_last[column - 2].saturating_add(1));
            }
            here[column] = cell;
            fewest = fewest.min(cell);
        }
        if fewest > most {
            return None;
        }
        before_last = last;
        last = here;
    }
    let distance = last[other.len()];
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn between(one: &str, other: &str, most: u8) -> Option<u8> {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        slips(&letters(one), &letters(other), most)
    }

    /// The whole table, by definition.
    fn by_definition(one: &[char], other: &[char]) -> usize {
        let mut table = vec![vec![0; other.len() + 1]; one.len() + 1];
        for row in 0..=one.len() {
            for column in 0..=other.len() {
                table[row][column] = if row == 0 || column == 0 {
                    row + column
                } else {
                    let same = usize::from(one[row - 1] != other[column - 1]);
                    let mut cell = (table[row - 1][column - 1] + same)
                        .min(table[row - 1][column] + 1)
                        .min(table[row][column - 1] + 1);
                    if row > 1
                        && column > 1
                        && one[row - 1] == other[column - 2]
                        && one[row - 2] == other[column - 1]
                    {
                        cell = cell.min(table[row - 2][column - 2] + 1);
                    }
                    cell
                };
            }
        }
        table[one.len()][other.len()]
    }

    #[test]
    fn slips_are_counted_up_to_the_limit() {
        for (one, other, expected) in [
            ("london", "london", Some(0)),
            ("lodnon", "london", Some(1)),
            ("lndon", "london", Some(1)),
            ("londdon", "london", Some(1)),
            ("lpndon", "london", Some(1)),
            ("lpndo", "london", Some(2)),
            ("paris", "london", None),
            ("", "ab", Some(2)),
        ] {
            assert_eq!(between(one, other, 2), expected, "{one} {other}");
        }
        assert_eq!(between("lpndo", "london", 1), None);
    }

    proptest! {
        #[test]
        fn the_band_finds_what_the_whole_table_does(
            one in proptest::collection::vec(prop_oneof![Just('a'), Just('b'), Just('c')], 0..9),
            other in proptest::collection::vec(prop_oneof![Just('a'), Just('b'), Just('c')], 0..9),
            most in 0_u8..3,
        ) {
            let distance = by_definition(&one, &other);
            let expected = u8::try_from(distance).ok().filter(|&distance| distance <= most);
            prop_assert_eq!(slips(&one, &other, most), expected);
        }
    }
}
