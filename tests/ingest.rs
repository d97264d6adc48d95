//! Ingest: one fixture for each reject reason and warning, rows accounted for, and the real files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nearest_atm::archive;
use nearest_atm::domain::{FileReport, RejectReason, TextField, WarningKind};
use nearest_atm::export::{self, ExportFormat};
use nearest_atm::ingest::transports::locate;
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::snapshot::Snapshot;

fn source(input: Input) -> SourceFiles {
    SourceFiles {
        name: input.stem().to_owned(),
        inputs: vec![input],
        options: ReadOptions::default(),
        found_in_directory: false,
    }
}

fn ingest(name: &str, text: &str) -> Snapshot {
    let input = Input::memory(name, text.as_bytes().to_vec());
    Snapshot::ingest(&[source(input)], &mut |_| {}).unwrap()
}

fn only_file(snapshot: &Snapshot) -> &FileReport {
    let [file] = snapshot.report().files.as_slice() else { panic!("expected one file") };
    file
}

/// Every row is counted exactly once.
fn assert_accounted(file: &FileReport) {
    assert_eq!(file.rows, file.admitted + file.rejected_total(), "{}", file.file);
}

#[test]
fn every_reject_reason_has_a_row_that_meets_it() {
    let feature = |geometry: &str, id: &str| {
        format!(
            r#"{{"type":"Feature","geometry":{geometry},"properties":{{"id":"{id}","country":"FI"}}}}"#
        )
    };
    let collection = |features: &[String]| {
        format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"))
    };
    let point = |lon: &str, lat: &str| format!(r#"{{"type":"Point","coordinates":[{lon},{lat}]}}"#);
    let good = feature(&point("24.9414", "60.1719"), "1");
    let foreign_crs = format!(
        r#"{{"type":"FeatureCollection","crs":{{"type":"name","properties":{{"name":"EPSG:3067"}}}},"features":[{good}]}}"#
    );
    let huge = format!("id,lat,lon,name\n1,60.1719,24.9414,{}\n", "x".repeat((1 << 20) + 1));
    let long_id = format!("id,lat,lon\n{},60.1719,24.9414\n", "x".repeat(300));
    let dangling =
        r#"<osm version="0.6"><way id="7"><nd ref="1"/><tag k="amenity" v="atm"/></way></osm>"#;
    let cases: Vec<(RejectReason, &str, String)> = vec![
        (RejectReason::MissingPosition, "a.csv", "id,lat,lon\n1,,\n".into()),
        (RejectReason::UnreadablePosition, "a.csv", "id,lat,lon\n1,north,east\n".into()),
        (RejectReason::NotFinite, "a.csv", "id,lat,lon\n1,NaN,24.9\n".into()),
        (RejectReason::LatitudeOutOfRange, "a.csv", "id,lat,lon\n1,95.5,190.5\n".into()),
        (RejectReason::LongitudeOutOfRange, "a.csv", "id,lat,lon\n1,60.1719,204.9414\n".into()),
        (RejectReason::AxesExchanged, "a.csv", "id,lat,lon\n1,139.7671,35.6812\n".into()),
        (RejectReason::ProjectedCoordinates, "a.csv", "id,lat,lon\n1,6672000.5,385000.25\n".into()),
        (RejectReason::NullIsland, "a.csv", "id,lat,lon\n1,0.0,0.0\n".into()),
        (
            RejectReason::DuplicateId,
            "a.csv",
            "id,lat,lon\n1,60.1719,24.9414\n1,60.1720,24.9415\n".into(),
        ),
        (RejectReason::MalformedRow, "a.csv", "id,lat,lon\n1,60.1719,24.9414,more,cells\n".into()),
        (RejectReason::RowTooLarge, "a.csv", huge),
        (RejectReason::IdTooLong, "a.csv", long_id),
        (RejectReason::UnsupportedCrs, "a.geojson", foreign_crs),
        (RejectReason::DanglingReference, "a.osm", dangling.into()),
        // What only the row's own country, or any country, tells.
        (
            RejectReason::AxesExchanged,
            "a.geojson",
            collection(&[feature(&point("60.1719", "24.9414"), "1")]),
        ),
    ];
    let met: std::collections::BTreeSet<_> = cases.iter().map(|(reason, ..)| *reason).collect();
    assert_eq!(met.len(), RejectReason::ALL.len(), "a reason has no fixture");
    for (reason, name, text) in cases {
        let mut rejected = Vec::new();
        let input = Input::memory(name, text.into_bytes());
        let snapshot =
            Snapshot::ingest(&[source(input)], &mut |row| rejected.push(row.clone())).unwrap();
        let file = only_file(&snapshot);
        assert_accounted(file);
        assert_eq!(
            file.rejected.keys().copied().collect::<Vec<_>>(),
            [reason],
            "{:?}",
            file.rejected_examples
        );
        assert_eq!(rejected.len() as u64, file.rejected_total());
        assert!(!rejected[0].original.is_empty(), "{reason:?} lost the row's text");
    }
}

#[test]
fn suspicious_rows_are_admitted_with_a_warning_that_says_what_was_found() {
    let cases: [(WarningKind, &str, &str); 11] = [
        (WarningKind::OutsideCountry, "a.csv", "id,lat,lon,country\n1,41.1537,-81.3579,UK\n"),
        (WarningKind::InNoCountry, "a.csv", "id,lat,lon\n1,20.1234,-50.1234\n"),
        (
            WarningKind::SameRowTwice,
            "a.csv",
            "bank,lat,lon\nOtto,60.1719,24.9414\nOtto,60.1719,24.9414\n",
        ),
        (
            WarningKind::SameMachineTwice,
            "a.osm",
            r#"<osm version="0.6"><node id="1" lat="60.1719" lon="24.9414"><tag k="amenity" v="atm"/></node>
               <node id="2" lat="60.1719" lon="24.9414"><tag k="amenity" v="atm"/></node></osm>"#,
        ),
        (
            WarningKind::UnparsableHours,
            "a.csv",
            "id,lat,lon,opening_hours\n1,60.1719,24.9414,whenever\n",
        ),
        (WarningKind::UnrecognisedValue, "a.csv", "id,lat,lon,cash_in\n1,60.1719,24.9414,purple\n"),
        (WarningKind::CoarsePosition, "a.csv", "id,lat,lon\n1,60.2,24.9\n"),
        (WarningKind::NoMachines, "a.csv", "ID;LAT;LNG;TERMINALES\n1;-34,6201;-58,4110;0\n"),
        (WarningKind::UnknownCountry, "a.csv", "id,lat,lon,country\n1,60.1719,24.9414,Atlantis\n"),
        (WarningKind::HtmlEntities, "a.csv", "id,lat,lon,name\n1,60.1719,24.9414,M&amp;T\n"),
        (
            WarningKind::CoordinatesAsText,
            "a.geojson",
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":
               {"type":"Point","coordinates":["24.9414","60.1719"]},"properties":{"id":1}}]}"#,
        ),
    ];
    for (kind, name, text) in cases {
        let snapshot = ingest(name, text);
        let file = only_file(&snapshot);
        assert_accounted(file);
        assert_eq!(file.rejected_total(), 0, "{:?}", file.rejected_examples);
        assert_eq!(
            file.warned.keys().copied().collect::<Vec<_>>(),
            [kind],
            "{:?}",
            file.warning_examples
        );
    }
}

#[test]
fn an_id_derived_from_content_stays_when_services_and_order_change() {
    let before =
        ingest("bank.csv", "bank,lat,lon,cash_in\nOtto,60.1719,24.9414,yes\nNosto,60.17,24.941,\n");
    let after =
        ingest("bank.csv", "bank,lat,lon,cash_in\nNosto,60.17,24.941,\nOtto,60.1719,24.9414,no\n");
    let ids = |snapshot: &Snapshot| -> Vec<String> {
        snapshot.rows_by_id().iter().map(|&row| snapshot.id_of(row).to_owned()).collect()
    };
    assert_eq!(ids(&before), ids(&after));
    assert_ne!(before.id(), after.id(), "but the content is not the same");
}

#[test]
fn the_snapshot_id_does_not_depend_on_the_order_of_rows_or_the_way_they_are_stored() {
    let rows = ["1,60.1719,24.9414,Otto", "2,60.1800,24.9500,Nosto", "3,60.1600,24.9300,Otto"];
    let text = |order: [usize; 3]| {
        format!("id,lat,lon,operator\n{}\n", order.map(|place| rows[place]).join("\n"))
    };
    let id = ingest("a.csv", &text([0, 1, 2])).id();
    assert_eq!(ingest("a.csv", &text([2, 0, 1])).id(), id);
    let semicolons = text([1, 2, 0]).replace(',', ";");
    assert_eq!(ingest("a.csv", &semicolons).id(), id);
    assert_ne!(ingest("b.csv", &text([0, 1, 2])).id(), id, "another source is another content");
}

#[test]
fn a_file_that_ends_before_it_is_complete_is_an_error_and_no_snapshot() {
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","geometry":{"type":"Point","coordinates":[24.9414,60.1719]},"properties":{"id":1}},
        {"type":"Feature","geom"#;
    let input = Input::memory("a.geojson", text.as_bytes().to_vec());
    let error = Snapshot::ingest(&[source(input)], &mut |_| {}).unwrap_err().to_string();
    assert!(error.starts_with("a.geojson") && error.contains("line 3"), "{error}");
}

// The real files, where they are.

fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    // The variable is set where the files are promised to be; then their absence is a failure.
    let promised = std::env::vars().any(|(name, _)| name == "REAL_ATM_DATA_PROMISED");
    assert!(!promised, "the real data is not at {}", folder.display());
    println!("skipped: no real data at {}", folder.display());
    None
}

struct Expected {
    file: &'static str,
    admitted: u64,
    rejected: &'static [(&'static str, u64)],
    warned: &'static [(&'static str, u64)],
}

const REAL_FILES: &[Expected] = &[
    Expected {
        file: "csv/new-york-2025.csv",
        admitted: 4914,
        rejected: &[("missing_position", 99)],
        warned: &[("same_row_twice", 6)],
    },
    Expected {
        file: "csv/new-york-2020.csv",
        admitted: 4688,
        rejected: &[("missing_position", 924)],
        warned: &[("html_entities", 2), ("same_row_twice", 13)],
    },
    Expected {
        file: "csv/buenos-aires.csv",
        admitted: 1099,
        rejected: &[],
        warned: &[("no_machines", 407)],
    },
    Expected {
        file: "csv/washington-dc-web-mercator.csv",
        admitted: 0,
        rejected: &[("projected_coordinates", 276)],
        warned: &[],
    },
    Expected {
        file: "json/geldmaat-nl.geojson",
        admitted: 3789,
        rejected: &[("duplicate_id", 2)],
        warned: &[],
    },
    Expected {
        file: "json/banamex-jalisco-mx.geojson",
        admitted: 159,
        rejected: &[],
        warned: &[("coordinates_as_text", 159), ("several_ids", 53)],
    },
    Expected {
        file: "json/ing-nl-double-encoded.json",
        admitted: 3427,
        rejected: &[],
        warned: &[],
    },
    Expected {
        file: "json/vtb-ru.json",
        admitted: 2399,
        rejected: &[],
        warned: &[("same_row_twice", 390)],
    },
    Expected {
        file: "osm/japan.geojson",
        admitted: 13_733,
        rejected: &[],
        warned: &[("in_no_country", 1), ("same_machine_twice", 3), ("unparsable_hours", 46)],
    },
    Expected { file: "osm/sf-downtown.osm.pbf", admitted: 143, rejected: &[], warned: &[] },
    Expected { file: "osm/helsinki.osm.pbf", admitted: 20, rejected: &[], warned: &[] },
    Expected { file: "osm/moorgate.osm.pbf", admitted: 7, rejected: &[], warned: &[] },
    Expected { file: "osm/monaco-2015.osm.pbf", admitted: 11, rejected: &[], warned: &[] },
    Expected { file: "osm/monaco-later.osm.pbf", admitted: 17, rejected: &[], warned: &[] },
    Expected { file: "osm/neubrandenburg.osm.bz2", admitted: 22, rejected: &[], warned: &[] },
    Expected { file: "osm/neukolln.osm", admitted: 4, rejected: &[], warned: &[] },
    Expected { file: "osm/angola-overpass.json", admitted: 75, rejected: &[], warned: &[] },
    Expected {
        file: "open-banking/barclays-2019.json.gz",
        admitted: 1979,
        rejected: &[("duplicate_id", 2)],
        warned: &[("coarse_position", 1), ("outside_country", 1)],
    },
    Expected {
        file: "open-banking/nationwide-2020.json.gz",
        admitted: 1349,
        rejected: &[],
        warned: &[],
    },
    Expected {
        file: "open-banking/danske-2020.json.gz",
        admitted: 196,
        rejected: &[],
        warned: &[],
    },
    Expected {
        file: "open-banking/hsbc-history/2026-08-22-c442f052.json.gz",
        admitted: 1234,
        rejected: &[],
        warned: &[],
    },
    Expected {
        file: "open-banking/hsbc-history/2024-10-17-9f73bddc.json.gz",
        admitted: 62,
        rejected: &[],
        warned: &[],
    },
];

fn ingest_real(folder: &Path, file: &str) -> Snapshot {
    let input = Input::file(folder.join(file));
    Snapshot::ingest(&[source(input)], &mut |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn real_files_give_the_expected_counts() {
    let Some(folder) = shared_data() else { return };
    for expected in REAL_FILES {
        let snapshot = ingest_real(&folder, expected.file);
        let file = only_file(&snapshot);
        assert_accounted(file);
        let counts = |counted: &[(&'static str, u64)]| -> BTreeMap<&'static str, u64> {
            counted.iter().copied().collect()
        };
        let rejected: Vec<_> =
            file.rejected.iter().map(|(reason, n)| (reason.code(), *n)).collect();
        let warned: Vec<_> = file.warned.iter().map(|(kind, n)| (kind.code(), *n)).collect();
        assert_eq!(file.admitted, expected.admitted, "{}: {rejected:?}", expected.file);
        assert_eq!(counts(&rejected), counts(expected.rejected), "{}", expected.file);
        assert_eq!(
            counts(&warned),
            counts(expected.warned),
            "{}: {:?}",
            expected.file,
            file.warning_examples
        );
    }
}

#[test]
fn the_whole_folder_of_real_files_is_one_snapshot_and_lists_what_it_passed_over() {
    let Some(folder) = shared_data() else { return };
    let located = locate(&folder.to_string_lossy()).unwrap();
    let sources: Vec<_> = located
        .inputs
        .into_iter()
        .map(|input| SourceFiles { found_in_directory: true, ..source(input) })
        .collect();
    let snapshot = Snapshot::ingest(&sources, &mut |_| {}).unwrap();
    let passed_over: Vec<&str> = snapshot
        .report()
        .files
        .iter()
        .filter(|file| file.passed_over.is_some())
        .map(|file| file.file.as_str())
        .collect();
    assert_eq!(passed_over, ["README.md", "open-banking/hsbc-history/history-summary.csv"]);
    snapshot.report().files.iter().for_each(assert_accounted);
    assert!(snapshot.len() > 39_000, "{}", snapshot.len());
}

#[test]
fn projected_metres_are_converted_when_and_only_when_their_system_is_declared() {
    use nearest_atm::domain::{Position, geodesic_distance};
    use nearest_atm::ingest::Crs;

    let text = "X,Y,NAME\n-8574442.664,4713229.0689,7-Eleven\n";
    let input = || Input::memory("dc.csv", text.as_bytes().to_vec());
    let undeclared = Snapshot::ingest(&[source(input())], &mut |_| {}).unwrap();
    assert_eq!(only_file(&undeclared).rejected[&RejectReason::ProjectedCoordinates], 1);

    let options = ReadOptions { crs: Some(Crs::WebMercator), ..ReadOptions::default() };
    let declared = SourceFiles { options, ..source(input()) };
    let snapshot = Snapshot::ingest(&[declared], &mut |_| {}).unwrap();
    assert_eq!(only_file(&snapshot).warned[&WarningKind::Reprojected], 1);
    // Where the machine's street crosses in Washington.
    let expected = Position::from_lat_lon(38.941_04, -77.025_53).unwrap();
    let found = snapshot.position(snapshot.rows_by_id()[0]);
    assert!(geodesic_distance(found, expected).get() < 1.0, "{found}");
}

#[test]
fn a_real_file_in_metres_is_admitted_whole_once_its_system_is_declared() {
    let Some(folder) = shared_data() else { return };
    let input = Input::file(folder.join("csv/washington-dc-web-mercator.csv"));
    let crs = Some(nearest_atm::ingest::Crs::WebMercator);
    let declared =
        SourceFiles { options: ReadOptions { crs, ..ReadOptions::default() }, ..source(input) };
    let snapshot = Snapshot::ingest(&[declared], &mut |row| panic!("{row:?}")).unwrap();
    assert_eq!(snapshot.len(), 276);
    assert_eq!(only_file(&snapshot).warned[&WarningKind::Reprojected], 276);
    for &row in snapshot.rows_by_id() {
        assert_eq!(snapshot.country(row), Some("US"));
    }
}

#[test]
fn five_sites_near_any_branch_of_a_real_feed_are_five_places() {
    use nearest_atm::domain::NearestQuery;
    use nearest_atm::publication::View;
    use nearest_atm::service::nearest;

    let Some(folder) = shared_data() else { return };
    let snapshot = ingest_real(&folder, "open-banking/hsbc-history/2026-08-22-c442f052.json.gz");
    let mut machines = 0;
    for &row in snapshot.rows_by_id() {
        let origin = snapshot.position(row);
        let answer =
            nearest(View::of(&snapshot, Timestamp::UNIX_EPOCH), &NearestQuery::new(origin, 5));
        assert_eq!(answer.neighbours.len(), 5);
        let mut places: Vec<_> = answer
            .neighbours
            .iter()
            .map(|neighbour| {
                let position = snapshot.position(neighbour.atms[0].row);
                (position.lat_deg().to_bits(), position.lon_deg().to_bits())
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 5, "near {}", snapshot.id_of(row));
        let here = &answer.neighbours[0];
        assert!(here.atms.iter().any(|found| found.row == row), "a site lists all its machines");
        machines = machines.max(here.atms.len());
    }
    assert!(machines >= 12, "the largest site has {machines}");
}

#[test]
fn fields_of_real_files_are_filled() {
    let Some(folder) = shared_data() else { return };
    for (file, fields) in [
        ("csv/new-york-2025.csv", &[TextField::Operator, TextField::City, TextField::Postcode][..]),
        (
            "csv/buenos-aires.csv",
            &[TextField::Operator, TextField::Networks, TextField::Postcode][..],
        ),
        (
            "json/ing-nl-double-encoded.json",
            &[TextField::Street, TextField::HouseNumber, TextField::City][..],
        ),
        ("json/geldmaat-nl.geojson", &[TextField::City, TextField::Postcode][..]),
        (
            "open-banking/danske-2020.json.gz",
            &[
                TextField::Operator,
                TextField::Street,
                TextField::Currencies,
                TextField::Languages,
                TextField::MinAmount,
            ][..],
        ),
    ] {
        let snapshot = ingest_real(&folder, file);
        for &field in fields {
            let rows = snapshot.rows_by_id();
            let filled =
                rows.iter().filter(|&&row| snapshot.atm(row).text(field).is_some()).count();
            assert!(
                filled * 100 >= rows.len() * 95,
                "{file}: {} in {filled} of {}",
                field.code(),
                rows.len()
            );
        }
    }
}

// What `convert` writes.

/// Writes a snapshot in a format and reads it back under another file's name.
fn written_and_read(snapshot: &Snapshot, ending: &str) -> Snapshot {
    let format = ExportFormat::from_ending(ending).unwrap();
    let mut bytes = Vec::new();
    export::write(&mut bytes, snapshot, format).unwrap();
    let input = Input::memory(&format!("converted.{ending}"), bytes);
    Snapshot::ingest(&[source(input)], &mut |row| panic!("{row:?}")).unwrap()
}

const WRITTEN: [&str; 4] = ["csv", "geojson", "ndjson", "json"];

/// The first fields in which two snapshots differ, for a message.
fn difference(before: &Snapshot, after: &Snapshot) -> String {
    for &row in before.rows_by_id() {
        let atm = before.atm(row);
        let Some(other) = after.row_of(&atm.id) else { return format!("{} is gone", atm.id) };
        let other = after.atm(other);
        let values = |atm: &nearest_atm::domain::Atm<'_>| -> Vec<String> {
            atm.values().map(|(field, value)| format!("{}={value:?}", field.code())).collect()
        };
        if values(&atm) != values(&other)
            || atm.extra != other.extra
            || atm.position != other.position
        {
            return format!(
                "{:#?}\n{:?}\n{:#?}\n{:?}",
                values(&atm),
                atm.extra,
                values(&other),
                other.extra
            );
        }
        let sources = (before.source(atm.source), after.source(other.source));
        if sources.0 != sources.1 {
            return format!("{sources:?}");
        }
    }
    format!("{} and {} ATMs", before.len(), after.len())
}

#[test]
fn what_convert_writes_reads_back_to_the_same_snapshot_whatever_the_texts_hold() {
    let text = concat!(
        "id,lat,lon,operator,brand,name,street,city,address,country,networks,currencies,languages,cash_in,wheelchair,fee,opening_hours,note\n",
        "\"a/1;:\u{20ac} x\",-0.5,100.25,\"Bank \"\"B\"\", Inc.\",,\"Mall; Level 2, [north]\",\"-1 O'Hara \\\\ St\",Zürich,\"Shop 4; Level 2\",,\"LINK;Visa Plus\",\"GBP;EUR\",en;fr,no,limited,free,Mo-Fr 09:00-17:00,\"{\"\"not\"\": \"\"json\"\"}\"\n",
        ",60.1719000001,24.9414,,Otto,=1+1,,,,FI,,,,unknown,yes,,24/7,\n",
        "3,89.9999999,-179.9999999,null,N/A,銀行,,,,,,,,,,,,\n",
    );
    let before = ingest("nasty.csv", text);
    assert_eq!(before.len(), 3, "{:?}", before.report());
    for ending in WRITTEN {
        let after = written_and_read(&before, ending);
        assert_eq!(after.id(), before.id(), "{ending}: {}", difference(&before, &after));
    }
}

#[test]
fn every_real_file_converts_to_every_format_and_back_to_the_same_snapshot() {
    let Some(folder) = shared_data() else { return };
    for expected in REAL_FILES {
        let before = ingest_real(&folder, expected.file);
        for ending in WRITTEN {
            if before.is_empty() {
                continue;
            }
            let after = written_and_read(&before, ending);
            assert_eq!(
                after.id(),
                before.id(),
                "{} as {ending}: {}",
                expected.file,
                difference(&before, &after)
            );
        }
    }
}

/// The rows of a large file are taken apart by as many cores as there are, or by one beside lookups.
#[test]
fn however_many_cores_read_a_file_every_row_is_judged_the_same() {
    let mut csv = "id,lat,lon,operator,city,street,networks,note\r\n".to_owned();
    for row in 0..40_000 {
        let (lat, lon) = (40.0 + f64::from(row % 199) / 64.0, -3.0 - f64::from(row % 211) / 64.0);
        let rest = match row % 1_000 {
            7 => "\"Bank\nof two lines\",Madrid,,\"A;B\",".to_owned(),
            // Costs its own line and no other.
            8 => "\"never closed,Madrid,,,".to_owned(),
            9 => "5\" pipe,Madrid,\"Calle \"\"Mayor\"\" 1\",,x".to_owned(),
            10 => "too,many,cells,in,this,row,here".to_owned(),
            11 => "\r\n\r\n".to_owned(),
            _ => format!("Bank {},Town {},Street {row},\"A;B\",", row % 7, row % 300),
        };
        // Some ids come again.
        write!(csv, "{},{lat},{lon},{rest}\r\n", row - row % 4_001 / 4_000).unwrap();
    }
    csv.push_str("last,40.5,-3.5,Bank,,,,no line end");
    let read_by = |cores: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build().unwrap();
        pool.install(|| {
            let mut rejected = Vec::new();
            let input = Input::memory("estate.csv", csv.as_bytes());
            let snapshot =
                Snapshot::ingest(&[source(input)], &mut |row| rejected.push(row.clone())).unwrap();
            let mut saved = Vec::new();
            archive::write(&snapshot, Timestamp::UNIX_EPOCH, &mut saved).unwrap();
            (snapshot, rejected, saved)
        })
    };
    let (one, rejected_by_one, saved_by_one) = read_by(1);
    let reasons = &only_file(&one).rejected;
    assert!(reasons.len() == 2 && reasons.contains_key(&RejectReason::MalformedRow), "{reasons:?}");
    let last = one.row_of("estate:last").unwrap();
    assert_eq!(one.atm(last).extra.as_deref(), Some("{\"note\":\"no line end\"}"));
    for cores in [2, 5] {
        let (many, rejected, saved) = read_by(cores);
        assert_eq!(many.id(), one.id());
        assert_eq!(many.report(), one.report());
        assert_eq!(rejected, rejected_by_one);
        assert!(saved == saved_by_one, "{cores} cores");
    }
}
