//! Repeatable draws: the same seed gives the same estates and origins.

use nearest_atm::domain::Position;

/// `SplitMix64`: repeatable draws without a dependency.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }
}

pub(crate) fn at(lat_deg: f64, lon_deg: f64) -> Position {
    Position::from_lat_lon(lat_deg, lon_deg).unwrap()
}

/// Near `centre` in degrees, brought back into range the way the globe closes.
pub(crate) fn near(draw: &mut Draw, centre: Position, spread_deg: f64) -> Position {
    let lat = (centre.lat_deg() + draw.between(-spread_deg, spread_deg)).clamp(-90.0, 90.0);
    let lon = centre.lon_deg() + draw.between(-spread_deg, spread_deg);
    at(
        lat,
        if lon > 180.0 {
            lon - 360.0
        } else if lon < -180.0 {
            lon + 360.0
        } else {
            lon
        },
    )
}

pub(crate) fn anywhere(draw: &mut Draw) -> Position {
    at(draw.between(-1.0, 1.0).asin().to_degrees(), draw.between(-180.0, 180.0))
}
