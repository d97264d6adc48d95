//! Answers against brute force: every ATM measured with GeographicLib's method and sorted.
//!
//! Estates, filters and origins are drawn from fixed seeds, so a failure repeats; its message names
//! them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

mod answers;
mod archive;
mod draw;
mod hours;
mod index;
mod lookup;
mod relaxations;
mod shapes;
mod statuses;
mod work;
