#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nearest_atm_fuzz::ingest(bytes));
