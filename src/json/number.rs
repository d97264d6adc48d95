//! Numbers as people write them.

use super::{Json, PAIRS, SHORT_BYTES, Short};

/// A number written with at most `PLACES` decimals, without exponent, and never as minus zero.
/// Exact for numbers of up to 15 digits, decimals included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<const PLACES: u32>(pub(crate) f64);

/// A number as it is written, for one that is written more than once: a sign, up to twenty digits, a
/// point, and decimals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits(Short);

impl Json for Digits {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        self.0.append(out);
    }
}

/// Writes the last two digits of a number to a place of its letters.
#[inline]
fn put_pair(letters: &mut [u8; SHORT_BYTES], place: usize, number: u64) {
    let pair = 2 * (number % 100) as usize;
    letters[place..place + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
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
        let (mut whole, mut decimals) = (all / scale, all % scale);
        let mut letters = [0; SHORT_BYTES];
        let is_negative = self.0 < 0.0 && all > 0;
        letters[0] = b'-';
        let start = usize::from(is_negative);
        let point = start + whole.checked_ilog10().map_or(1, |tens| tens as usize + 1);
        let mut place = point;
        while whole >= 10 {
            place -= 2;
            put_pair(&mut letters, place, whole);
            whole /= 100;
        }
        if place > start {
            letters[start] = b'0' + (whole % 10) as u8;
        }
        letters[point] = b'.';
        let mut end = point + 1 + PLACES as usize;
        place = end;
        while place > point + 2 {
            place -= 2;
            put_pair(&mut letters, place, decimals);
            decimals /= 100;
        }
        if place > point + 1 {
            letters[place - 1] = b'0' + (decimals % 10) as u8;
        }
        while end > point + 2 && letters[end - 1] == b'0' {
            end -= 1;
        }
        Digits(Short::of(letters, end))
    }
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
