//! Lengths and directions as people say them.

use crate::domain::Metres;

use super::Voice;

/// Metres of a mile, a yard and a foot, by the international agreement of 1959.
const MILE_M: f64 = 1609.344;
const YARD_M: f64 = 0.9144;
const FOOT_M: f64 = 0.3048;

/// What is nearer than this is where the person is, as far as anyone's position is known.
const SPOT_M: f64 = 10.0;

/// The units a person counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::chat) enum Units {
    /// Metres and kilometres.
    #[default]
    Metric,
    /// Yards and miles.
    Yards,
    /// Feet and miles.
    Feet,
}

impl Units {
    /// Those of a country, by its ISO 3166-1 alpha-2 code.
    pub(in crate::chat) fn of_country(code: &str) -> Self {
        match code.to_ascii_uppercase().as_str() {
            "GB" => Self::Yards,
            "US" | "LR" | "PR" | "GU" | "VI" | "AS" | "MP" => Self::Feet,
            _ => Self::Metric,
        }
    }

    /// Those of a BCP 47 tag's region; `None` where it names none.
    pub(in crate::chat) fn of_locale(locale: &str) -> Option<Self> {
        region(locale).map(Self::of_country)
    }
}

/// The region of a BCP 47 tag: `GB` of `en-GB`, `US` of `en-Latn-US`.
pub(super) fn region(locale: &str) -> Option<&str> {
    let subtags = locale.split(['-', '_']).skip(1);
    let mut plain = subtags.take_while(|subtag| subtag.len() > 1);
    plain.find(|subtag| subtag.len() == 2 && subtag.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Rounded to two figures that a person can do something with: to 5 below 100, to 10 above.
fn handy(number: f64) -> f64 {
    let step = if number < 100.0 { 5.0 } else { 10.0 };
    (number / step).round().max(1.0) * step
}

impl Voice<'_> {
    /// A length as it is said: two figures are enough for a walk.
    pub(in crate::chat) fn length(&self, length: Metres) -> String {
        let metres = length.get();
        let (small, small_m, id, large_from_m) = match self.units {
            Units::Metric => (metres, 1.0, "distance-m", 995.0),
            Units::Yards => (metres / YARD_M, YARD_M, "distance-yd", MILE_M / 2.0),
            Units::Feet => (metres / FOOT_M, FOOT_M, "distance-ft", 1000.0 * FOOT_M),
        };
        if metres < large_from_m && handy(small) * small_m < large_from_m {
            let number = self.decimal(handy(small), 0);
            return self.tell(id, &[("n", number.into())]);
        }
        let (large, id) = match self.units {
            Units::Metric => (metres / 1000.0, "distance-km"),
            Units::Yards | Units::Feet => (metres / MILE_M, "distance-mi"),
        };
        // One decimal, but "2 miles" and not "2.0 miles".
        let tenths = (large * 10.0).round() / 10.0;
        let is_whole = large >= 9.95 || (tenths - tenths.round()).abs() < 0.05;
        let number =
            self.decimal(if is_whole { large.round() } else { tenths }, usize::from(!is_whole));
        let one = if number == "1" { "yes" } else { "no" };
        match self.units {
            Units::Metric => self.tell(id, &[("n", number.into())]),
            Units::Yards | Units::Feet => {
                self.tell(id, &[("n", number.into()), ("one", one.into())])
            }
        }
    }

    /// How far and in which direction, degrees clockwise from north.
    pub(in crate::chat) fn way(&self, length: Metres, bearing_deg: f64) -> String {
        if length.get() < SPOT_M {
            return self.say("distance-spot");
        }
        let sector = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 8")]
        let place = (bearing_deg.rem_euclid(360.0) / 45.0).round() as usize % sector.len();
        let direction = self.say(&format!("direction-{}", sector[place]));
        let values = [("distance", self.length(length).into()), ("direction", direction.into())];
        self.tell("distance-direction", &values)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Phrases;
    use super::*;
    use crate::chat::Language;

    #[test]
    fn units_are_those_of_the_region() {
        for (locale, units) in [
            ("en-GB", Some(Units::Yards)),
            ("en_US", Some(Units::Feet)),
            ("es-US", Some(Units::Feet)),
            ("zh-Hant-TW", Some(Units::Metric)),
            ("en-Latn-US", Some(Units::Feet)),
            ("en-x-us", None),
            ("de-AT", Some(Units::Metric)),
            ("en", None),
            ("", None),
        ] {
            assert_eq!(Units::of_locale(locale), units, "{locale}");
        }
    }

    #[test]
    fn lengths_are_said_in_few_figures() {
        let phrases = Phrases::load().unwrap();
        let say = |language, units, metres| {
            phrases.voice(language, None, units).length(Metres::new(metres).unwrap())
        };
        for (units, metres, said) in [
            (Units::Metric, 3.0, "5 m"),
            (Units::Metric, 214.6, "210 m"),
            (Units::Metric, 994.0, "990 m"),
            (Units::Metric, 996.0, "1 km"),
            (Units::Metric, 1250.0, "1.3 km"),
            (Units::Metric, 12_340.0, "12 km"),
            (Units::Yards, 214.6, "230 yards"),
            (Units::Yards, 804.0, "0.5 miles"),
            (Units::Yards, 1609.0, "1 mile"),
            (Units::Feet, 214.6, "700 feet"),
            (Units::Feet, 500.0, "0.3 miles"),
            (Units::Feet, 3218.7, "2 miles"),
        ] {
            assert_eq!(say(Language::En, units, metres), said);
        }
        assert_eq!(say(Language::De, Units::Metric, 1250.0), "1,3 km");
        assert_eq!(say(Language::Fr, Units::Feet, 500.0), "0,3 miles");
    }

    #[test]
    fn directions_are_the_nearest_of_eight() {
        let phrases = Phrases::load().unwrap();
        let voice = phrases.voice(Language::En, None, Units::Metric);
        let metres = |metres| Metres::new(metres).unwrap();
        assert_eq!(voice.way(metres(200.0), 350.0), "200 m north");
        assert_eq!(voice.way(metres(200.0), 60.0), "200 m north-east");
        assert_eq!(voice.way(metres(200.0), 270.0), "200 m west");
        assert_eq!(voice.way(metres(4.0), 270.0), "right here");
    }
}
