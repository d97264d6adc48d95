//! Whole lookups, as every adapter makes them: a question compiled, sites found, hours read.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;

use jiff::Timestamp;
use nearest_atm::domain::{
    AtmFilter, Attribute, Condition, Name, NamedField, NearestQuery, OpenAt, Position, TextField,
};
use nearest_atm::export::{self, ExportFormat};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::publication::View;
use nearest_atm::service::nearest;
use nearest_atm::snapshot::Snapshot;
use nearest_atm::synth::{synthetic_atms, synthetic_source};

use crate::timing::{Draw, Lookup, measure};

/// The ten nearest sites by some questions a person asks, each with all it takes but the rendering.
pub(crate) fn whole_lookups(
    count: u64,
    kinds: &[(&str, &[Position])],
    wanted: impl Fn(&str) -> bool,
) {
    let snapshot = snapshot(count);
    // A Tuesday, half past ten in Helsinki, half past three in New York.
    let now: Timestamp = "2026-11-24T08:30:00Z".parse().unwrap();
    println!("\n| origins | question | p50 µs | p99 µs | mean µs | p99 / unfiltered |");
    println!("|---|---|---|---|---|---|");
    let mut questions = questions();
    questions.retain(|(name, _)| *name == "everything" || wanted(name));
    for &(kind, origins) in kinds {
        let view = View::of(&snapshot, now);
        let mut lookups: Vec<Lookup<'_>> = Vec::new();
        for (name, filter) in &questions {
            lookups.push((
                name,
                Box::new(move |place| {
                    let mut query = NearestQuery::new(origins[place], 10);
                    query.filter = filter.clone();
                    nearest(view, &query).neighbours.len()
                }),
            ));
        }
        let times = measure(&mut lookups);
        for ((name, _), time) in questions.iter().zip(&times) {
            println!(
                "| {kind} | {name} | {:.2} | {:.2} | {:.2} | {:.2} |",
                time.p50,
                time.p99,
                time.mean,
                time.p99 / times[0].p99,
            );
        }
    }
}

/// The first is the unfiltered one; open now is asked twice, the second time of what was found out.
fn questions() -> Vec<(&'static str, AtmFilter)> {
    let operator = Name::new("Harbour Bank CN").unwrap();
    let open = || Condition::Open(OpenAt::Now);
    let new_zealand = Condition::Named(NamedField::Country, vec![Name::new("NZ").unwrap()]);
    [
        ("everything", Vec::new()),
        ("open_at=now, asked first", vec![open()]),
        ("open_at=now, asked again", vec![open()]),
        ("open_at=now and cash_in", vec![open(), Condition::Has(Attribute::CashIn)]),
        ("open_at=now in New Zealand", vec![open(), new_zealand]),
        ("open_at=now and free", vec![open(), Condition::Free]),
        ("open_at=always", vec![Condition::Open(OpenAt::Always)]),
        ("cash_in", vec![Condition::Has(Attribute::CashIn)]),
        ("wheelchair", vec![Condition::Has(Attribute::Wheelchair)]),
        ("free", vec![Condition::Free]),
        ("drive_through and free", vec![Condition::Has(Attribute::DriveThrough), Condition::Free]),
        ("an operator", vec![Condition::Named(NamedField::Operator, vec![operator])]),
    ]
    .map(|(name, conditions)| (name, AtmFilter { conditions, ..AtmFilter::default() }))
    .into()
}

/// The synthetic estate, but with hours as different as people write them: of the machines that
/// state hours and are not open round the clock nearly every one has its own.
fn snapshot(count: u64) -> Snapshot {
    let folder = std::env::temp_dir().join(format!("nearest-atm-lookup-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let csv = folder.join("estate.csv");
    let mut out = BufWriter::new(File::create(&csv).unwrap());
    let mut draw = Draw(3);
    let machines = synthetic_atms(count, 1).map(|mut atm| {
        if atm.text(TextField::OpeningHours).is_some_and(|hours| hours != "24/7") {
            atm.set_text(TextField::OpeningHours, Some(Cow::Owned(hours(&mut draw))));
        }
        atm
    });
    export::write_stream(&mut out, machines, &synthetic_source(1), ExportFormat::Csv).unwrap();
    drop(out);
    let source = SourceFiles {
        name: "estate".to_owned(),
        inputs: vec![Input::file(&csv)],
        options: ReadOptions::default(),
        found_in_directory: false,
    };
    let snapshot = Snapshot::ingest(&[source], &mut |_| {}).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    snapshot
}

/// Hours on weekdays and on Saturday, in quarters of an hour, with a break or without, closed on
/// public holidays or not.
fn hours(draw: &mut Draw) -> String {
    let mut quarter = |from: u64, to: u64| {
        let minutes = 15 * (from * 4 + draw.next() % ((to - from) * 4));
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    };
    let (open, close, saturday) = (quarter(6, 11), quarter(15, 23), quarter(11, 15));
    let weekdays = match quarter(0, 1).as_str() {
        "00:00" => format!("Mo-Fr {open}-12:30,13:30-{close}"),
        _ => format!("Mo-Fr {open}-{close}"),
    };
    let holidays = if quarter(0, 1) == "00:00" { "; PH off" } else { "" };
    format!("{weekdays}; Sa {open}-{saturday}{holidays}")
}
