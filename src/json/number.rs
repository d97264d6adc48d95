//! Numbers as people write them.

use super::Json;

/// A number written with at most `PLACES` decimals, without exponent, and never as minus zero.
/// Exact for numbers of up to 15 digits, decimals included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<const PLACES: u32>(pub(crate) f64);

/// Most letters of a number: a sign, twenty digits, a point, and decimals.
const LETTERS_MAX: usize = 32;

/// A number as it is written, for one that is written more than once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    /// Its letters stand at the end.
    letters: [u8; LETTERS_MAX],
    start: usize,
}

impl Json for Digits {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.letters[self.start..]);
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
        let (mut whole, mut decimals, mut places) = (all / scale, all % scale, PLACES);
        while places > 1 && decimals.is_multiple_of(10) {
            decimals /= 10;
            places -= 1;
        }
        let (mut letters, mut start) = ([0; LETTERS_MAX], LETTERS_MAX);
        let mut put = |letter: u8| {
            start -= 1;
            letters[start] = letter;
        };
        for _ in 0..places {
            put(b'0' + (decimals % 10) as u8);
            decimals /= 10;
        }
        put(b'.');
        loop {
            put(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.0 < 0.0 && all > 0 {
            put(b'-');
        }
        Digits { letters, start }
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
