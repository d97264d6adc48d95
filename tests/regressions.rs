//! One test for each defect ever found.

use std::ops::ControlFlow;

use nearest_atm::ingest::{Format, Input, ReadOptions, formats};
use nearest_atm::places::Reference;
use rayon::prelude::*;

/// How many events a format hands over when it is asked to stop at the first, and whether it then
/// ends without an error.
fn stopped_at_the_first(format: Format, bytes: &[u8]) -> (usize, bool) {
    let mut events = 0;
    let input = Input::memory("bytes", bytes);
    let outcome = formats::read(format, &input, &ReadOptions::default(), &mut |_| {
        events += 1;
        ControlFlow::Break(())
    });
    (events, outcome.is_ok())
}

#[test]
fn a_reader_asked_to_stop_says_nothing_more_of_the_file_as_a_whole() {
    let mut utf_16 = vec![0xff, 0xfe];
    let text = "{\"id\":1,\"lat\":1,\"lon\":2}\n{\"id\":2,\"lat\":1,\"lon\":2}\n";
    utf_16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(stopped_at_the_first(Format::Ndjson, &utf_16), (1, true));
}

#[test]
fn a_reader_asked_to_stop_within_a_list_does_not_miss_the_list() {
    let features = br#"{"type":"FeatureCollection","features":[
        {"type":"Feature","geometry":{"type":"Point","coordinates":[24.9,60.1]},"properties":{}},
        {"type":"Feature","geometry":{"type":"Point","coordinates":[24.8,60.2]},"properties":{}}]}"#;
    assert_eq!(stopped_at_the_first(Format::Geojson, features), (1, true));
}

#[test]
fn reference_data_that_all_threads_of_shared_work_ask_for_at_once_is_read() {
    // Whoever comes first reads it; the others wait, on the very threads that reading must not need.
    let places = std::thread::spawn(|| Reference::shared().counts().0);
    let asked = (0..64).into_par_iter().map(|_| Reference::shared().counts().0);
    assert!(asked.min() > Some(0));
    assert!(places.join().unwrap() > 0);
}
