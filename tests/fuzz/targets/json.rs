#![no_main]

use nearest_atm::ingest::Format;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nearest_atm_fuzz::read(Format::Json, bytes));
