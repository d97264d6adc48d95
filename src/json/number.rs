//! Numbers as people write them.

use super::{Json, PAIRS, write_digits};

/// A number written with at most `PLACES` decimals, without exponent, and never as minus zero.
/// Exact for numbers of up to 15 digits, decimals included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<const PLACES: u32>(pub(crate) f64);

/// A number as it is written, for one that is written more than once: a sign, up to twenty digits, a
/// point, and decimals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    /// The letters, the first lowest, as they leave a register in one move: what is stored letter by
    /// letter and fetched at once makes a processor wait.
    first: u128,
    /// Those beyond [`FEW`].
    others: u128,
    length: usize,
}

/// Letters that a register holds.
const FEW: usize = 16;

/// Numbers below this have no more than [`FEW`] letters: thirteen digits, a zero before the point, the
/// point and a sign.
const FEW_BELOW: u64 = 10_u64.pow(13);

impl Json for Digits {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.length;
        out.extend_from_slice(&self.first.to_le_bytes());
        if self.length > FEW {
            out.extend_from_slice(&self.others.to_le_bytes());
        }
        out.truncate(end);
    }
}

impl<const PLACES: u32> Decimal<PLACES> {
    /// The number as it is written.
    #[inline]
    pub(crate) fn digits(self) -> Digits {
        let scale = const { 10_u64.pow(PLACES) };
        #[expect(clippy::cast_precision_loss, reason = "a power of ten well below 2⁵³")]
        let scaled = self.0.abs() * scale as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "no length or angle comes near 2⁵³"
        )]
        let all = {
            // As `round` does, halves away from zero, without a call.
            let whole = scaled as u64;
            whole + u64::from(scaled - whole as f64 >= 0.5)
        };
        let is_negative = self.0 < 0.0 && all > 0;
        if all >= FEW_BELOW {
            return Self::many(is_negative, all);
        }
        let (mut whole, mut decimals, mut places) = (all / scale, all % scale, PLACES);
        while places > 1 && decimals.is_multiple_of(10) {
            decimals /= 10;
            places -= 1;
        }
        let mut length = places as usize + 2 + usize::from(is_negative);
        // From the last letter to the first, each before those that are there.
        let mut letters = 0_u128;
        if places % 2 == 1 {
            letters = digit(decimals);
            decimals /= 10;
        }
        for _ in 0..places / 2 {
            letters = letters << 16 | pair(decimals);
            decimals /= 100;
        }
        letters = letters << 8 | u128::from(b'.');
        while whole >= 100 {
            letters = letters << 16 | pair(whole);
            whole /= 100;
            length += 2;
        }
        if whole >= 10 {
            letters = letters << 16 | pair(whole);
            length += 1;
        } else {
            letters = letters << 8 | digit(whole);
        }
        if is_negative {
            letters = letters << 8 | u128::from(b'-');
        }
        Digits { first: letters, others: 0, length }
    }

    /// A number of more letters than a register holds; no length or angle on the Earth is one.
    #[cold]
    fn many(is_negative: bool, all: u64) -> Digits {
        let scale = 10_u64.pow(PLACES);
        let mut text = Vec::with_capacity(2 * FEW);
        if is_negative {
            text.push(b'-');
        }
        write_digits(&mut text, all / scale, 1);
        let point = text.len();
        text.push(b'.');
        write_digits(&mut text, all % scale, PLACES as usize);
        while text.len() > point + 2 && text.last() == Some(&b'0') {
            text.pop();
        }
        let length = text.len();
        text.resize(2 * FEW, 0);
        let (halves, _) = text.as_chunks();
        let [first, others] = [0, 1].map(|half| halves.get(half).copied().unwrap_or_default());
        Digits { first: u128::from_le_bytes(first), others: u128::from_le_bytes(others), length }
    }
}

/// The last digit of a number.
#[inline]
fn digit(number: u64) -> u128 {
    u128::from(b'0') + u128::from(number % 10)
}

/// The last two digits of a number, the first of them lowest.
#[inline]
fn pair(number: u64) -> u128 {
    let place = 2 * (number % 100) as usize;
    u16::from_le_bytes([PAIRS[place], PAIRS[place + 1]]).into()
}

impl<const PLACES: u32> Json for Decimal<PLACES> {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        self.digits().write(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(degrees: f64) -> String {
        let mut out = Vec::new();
        Decimal::<7>(degrees).write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_number_has_an_exponent_or_a_negative_zero() {
        for (degrees, expected) in [
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (-0.000_000_04, "0.0"),
            (0.000_000_05, "0.0000001"),
            (-0.000_001_2, "-0.0000012"),
            (0.000_009_9, "0.0000099"),
            (0.000_01, "0.00001"),
            (60.170_000_049, "60.17"),
            (-179.999_999_99, "-180.0"),
            (24.938_412_345, "24.9384123"),
        ] {
            assert_eq!(written(degrees), expected);
        }
    }

    #[test]
    fn numbers_of_any_size_have_all_their_digits() {
        let steps = (0..16).flat_map(|power| [1, 9, 10, 11, 42].map(|n| n * 10_u64.pow(power)));
        for number in steps.chain([123_456_789_012, 9_999_999_999_999, 10_000_000_000_001]) {
            #[expect(clippy::cast_precision_loss, reason = "below 2⁵³")]
            let tenths = number as f64 / 10.0;
            for (tenths, sign) in [(tenths, ""), (-tenths, "-")] {
                let mut out = Vec::new();
                Decimal::<1>(tenths).write(&mut out);
                let expected = format!("{sign}{}.{}", number / 10, number % 10);
                assert_eq!(String::from_utf8(out).unwrap(), expected);
            }
        }
    }

    #[test]
    fn every_ten_millionth_of_a_degree_is_written_as_it_is() {
        for step in (-1_800_000_000_i64..=1_800_000_000).step_by(1_234_567).chain(-200..=200) {
            #[expect(clippy::cast_precision_loss, reason = "well below 2⁵³")]
            let text = written(step as f64 / 1e7);
            let (whole, decimals) = text.trim_start_matches('-').split_once('.').unwrap();
            let digits: i64 = format!("{whole}{decimals:0<7}").parse().unwrap();
            assert_eq!(digits, step.abs(), "{text}");
            assert_eq!(text.starts_with('-'), step < 0, "{text}");
        }
    }
}
