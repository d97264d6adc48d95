//! Numbers as people write them.

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Numbers nearer to zero than this, zero apart, the JSON writer gives an exponent.
const EXPONENT_BELOW: f64 = 1e-5;

/// A number written with at most `PLACES` decimals, without exponent, and never as minus zero.
/// Exact for numbers of up to 15 digits, decimals included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<const PLACES: i32>(pub(super) f64);

impl<const PLACES: i32> Decimal<PLACES> {
    /// The number as it is written.
    pub(super) fn rounded(self) -> f64 {
        let scale = 10_f64.powi(PLACES);
        // Adding zero turns minus zero into zero and changes nothing else.
        (self.0 * scale).round() / scale + 0.0
    }
}

impl<const PLACES: i32> Serialize for Decimal<PLACES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded = self.rounded();
        if rounded.abs() >= EXPONENT_BELOW || rounded.to_bits() == 0 {
            return serializer.serialize_f64(rounded);
        }
        let plain =
            RawValue::from_string(rounded.to_string()).map_err(serde::ser::Error::custom)?;
        plain.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(degrees: f64) -> String {
        serde_json::to_string(&Decimal::<7>(degrees)).unwrap()
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
