//! What must hold whatever the bytes: no panic, and everything found is accounted for.

use std::ops::ControlFlow;
use std::sync::Once;

use nearest_atm::domain::RowRef;
use nearest_atm::ingest::{Event, Format, Input, ROW_BYTES_MAX, ReadOptions, SourceFiles, formats};
use nearest_atm::snapshot::Snapshot;

/// Reads `bytes` in one format. Every event is one that a report can show, and a reader that is
/// asked to stop hands over nothing more and ends without an error.
///
/// # Panics
///
/// When one of these does not hold.
pub fn read(format: Format, bytes: &[u8]) {
    let_caught_panics_pass();
    let input = Input::memory("bytes", bytes);
    let options = ReadOptions::default();
    let mut events = 0_u64;
    let _ = formats::read(format, &input, &options, &mut |event| {
        events += 1;
        shows(&event);
        ControlFlow::Continue(())
    });
    let mut until_stopped = 0;
    let stopped = formats::read(format, &input, &options, &mut |_| {
        until_stopped += 1;
        ControlFlow::Break(())
    });
    assert_eq!(until_stopped, events.min(1), "events of a reader asked to stop at the first");
    assert!(stopped.is_ok() || events == 0, "an error of a reader that was asked to stop");
}

/// Whether a report can show where the event stands and what it is about.
fn shows(event: &Event) {
    let (row, original) = match event {
        Event::Record(record) => (&record.row, &record.original),
        Event::Rejected { row, original, .. } => (row, original),
        Event::NotAtms(_) | Event::FileWarning(..) => return,
    };
    assert!(original.len() <= ROW_BYTES_MAX, "{} bytes of original text", original.len());
    match row {
        RowRef::Line(line) => assert!(*line > 0, "lines count from 1"),
        RowRef::Element(id) => assert!(!id.is_empty(), "an element without a name"),
    }
}

/// Ingests `bytes` in whatever format they look like. Every row is admitted or rejected, every
/// rejected row is shown, every admitted one is found by its id, and the same bytes make the same
/// snapshot again.
///
/// # Panics
///
/// When one of these does not hold.
pub fn ingest(bytes: &[u8]) {
    let_caught_panics_pass();
    let source = SourceFiles {
        name: "bytes".to_owned(),
        inputs: vec![Input::memory("bytes", bytes)],
        options: ReadOptions::default(),
        found_in_directory: false,
    };
    let mut shown = 0;
    let Ok(snapshot) = Snapshot::ingest(std::slice::from_ref(&source), &mut |_| shown += 1) else {
        return;
    };
    let rejected = snapshot.report().files.iter().map(|file| file.rejected_total()).sum::<u64>();
    assert_eq!(shown, rejected, "rejected rows shown and counted");
    assert_eq!(snapshot.report().rows(), snapshot.report().admitted() + rejected);
    assert_eq!(snapshot.report().admitted(), snapshot.len() as u64);
    for &row in snapshot.rows_by_id() {
        assert_eq!(snapshot.row_of(snapshot.id_of(row)), Some(row));
    }
    let again = Snapshot::ingest(&[source], &mut |_| {}).map(|snapshot| snapshot.id());
    assert_eq!(again.ok(), Some(snapshot.id()), "the same bytes make the same snapshot");
}

/// The fuzzer ends at the first panic, caught or not. Those of the crate that decodes OSM PBF are
/// part of how damage is found there, and are caught; if one were not, the fuzzer would still see
/// it arrive.
fn let_caught_panics_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let end = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", std::panic::Location::file);
            if !["/osmpbf-", "/protobuf-"].iter().any(|crate_name| file.contains(crate_name)) {
                end(panic);
            }
        }));
    });
}
