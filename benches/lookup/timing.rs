//! Timing lookups, and the origins they start from.

use std::hint::black_box;
use std::time::{Duration, Instant};

use nearest_atm::domain::Position;

/// Origins of each kind.
pub(crate) const ORIGINS: usize = 20_000;

/// In microseconds.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// Half of all lookups take no longer.
    pub(crate) p50: f64,
    /// Of a hundred, 99 take no longer.
    pub(crate) p99: f64,
    /// All together by their number.
    pub(crate) mean: f64,
}

/// A way to look up the origin of this number.
pub(crate) type Lookup<'a> = (&'a str, Box<dyn Fn(usize) -> usize + 'a>);

/// Times every lookup by itself, all ways in turn, so that what else the machine does meets all.
pub(crate) fn measure(lookups: &mut [Lookup<'_>]) -> Vec<Times> {
    const TURN: usize = 500;
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(ORIGINS); lookups.len()];
    for first in (0..ORIGINS).step_by(TURN) {
        for ((_, lookup), times) in lookups.iter().zip(&mut times) {
            for place in first..(first + TURN).min(ORIGINS) {
                let start = Instant::now();
                black_box(lookup(place));
                times.push(start.elapsed());
            }
        }
    }
    times.into_iter().map(Times::of).collect()
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        let total: Duration = times.iter().sum();
        Self {
            p50: us(times[times.len() / 2]),
            p99: us(times[times.len() - times.len() / 100]),
            mean: us(total / u32::try_from(times.len()).unwrap()),
        }
    }
}

/// `SplitMix64`: the same origins every time, without a dependency.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform over the globe.
    pub(crate) fn anywhere(&mut self) -> Position {
        let lat_deg = (2.0 * self.unit() - 1.0).asin().to_degrees();
        Position::from_lat_lon(lat_deg, 360.0 * self.unit() - 180.0).unwrap()
    }
}
