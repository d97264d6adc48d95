//! Opening hours: days by the hour against truths written by hand, and the three values of
//! `open_at` against each other.

use std::fmt::Write as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nearest_atm::domain::{
    AtmFilter, Condition, NearestQuery, OpenAt, Position, Row, TextField, Tri, UnknownPolicy,
};
use nearest_atm::ingest::{Input, ReadOptions, SourceFiles};
use nearest_atm::publication::View;
use nearest_atm::service::nearest;
use nearest_atm::snapshot::Snapshot;

use crate::draw::{Draw, anywhere, at};

fn source(input: Input) -> SourceFiles {
    SourceFiles {
        name: "hours".to_owned(),
        inputs: vec![input],
        options: ReadOptions::default(),
        found_in_directory: false,
    }
}

fn ingest(csv: String) -> Snapshot {
    let input = Input::memory("hours.csv", csv.into_bytes());
    Snapshot::ingest(&[source(input)], &mut |row| panic!("{row:?}")).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// One machine, and one day of it.
struct Day {
    place: (f64, f64),
    country: &'static str,
    zone: &'static str,
    hours: &'static str,
    /// When the day begins there.
    midnight: &'static str,
    /// What holds at each full hour from then on: runs of open (`o`), closed (`c`), unknown (`u`).
    truth: &'static [(usize, char)],
}

/// Every day as long as it is there: 23 hours in spring, 25 in autumn.
const DAYS: &[Day] = &[
    // A Sunday in March, when clocks go from three to four.
    Day {
        place: (60.1719, 24.9414),
        country: "FI",
        zone: "Europe/Helsinki",
        hours: "Mo-Fr 08:00-18:00; Sa-Su 01:00-05:00; PH off",
        midnight: "2026-03-28T22:00:00Z",
        truth: &[(1, 'c'), (3, 'o'), (19, 'c')],
    },
    // A Friday, but the first of May.
    Day {
        place: (60.1719, 24.9414),
        country: "FI",
        zone: "Europe/Helsinki",
        hours: "Mo-Fr 08:00-18:00; Sa-Su 01:00-05:00; PH off",
        midnight: "2026-04-30T21:00:00Z",
        truth: &[(24, 'c')],
    },
    // Clocks half an hour off, all year.
    Day {
        place: (28.6139, 77.2090),
        country: "IN",
        zone: "Asia/Kolkata",
        hours: "Mo-Su 09:30-21:30",
        midnight: "2026-08-19T18:30:00Z",
        truth: &[(10, 'c'), (12, 'o'), (2, 'c')],
    },
    // An autumn Sunday in April, when clocks go from three back to two.
    Day {
        place: (-33.8688, 151.2093),
        country: "AU",
        zone: "Australia/Sydney",
        hours: "Su 01:30-02:30",
        midnight: "2026-04-04T13:00:00Z",
        truth: &[(2, 'c'), (2, 'o'), (21, 'c')],
    },
    // Thanksgiving, all over the country.
    Day {
        place: (40.7128, -74.0060),
        country: "US",
        zone: "America/New_York",
        hours: "Mo-Su 06:00-24:00; PH off",
        midnight: "2026-11-26T05:00:00Z",
        truth: &[(24, 'c')],
    },
    // The day of its battle is a holiday in Northern Ireland alone.
    Day {
        place: (54.5973, -5.9301),
        country: "GB",
        zone: "Europe/London",
        hours: "Mo-Su 06:00-24:00; PH off",
        midnight: "2026-07-12T23:00:00Z",
        truth: &[(6, 'c'), (18, 'u')],
    },
    // A Sunday in November, when clocks go from two back to one.
    Day {
        place: (40.7128, -74.0060),
        country: "US",
        zone: "America/New_York",
        hours: "Sa-Su 08:00-01:30",
        midnight: "2026-11-01T04:00:00Z",
        truth: &[(3, 'o'), (6, 'c'), (16, 'o')],
    },
    // Half an hour off and daylight saving: from two to three.
    Day {
        place: (47.5615, -52.7126),
        country: "CA",
        zone: "America/St_Johns",
        hours: "Mo-Su 07:15-19:45",
        midnight: "2026-03-08T03:30:00Z",
        truth: &[(7, 'c'), (12, 'o'), (4, 'c')],
    },
    // Spring is in September here.
    Day {
        place: (-36.8485, 174.7633),
        country: "NZ",
        zone: "Pacific/Auckland",
        hours: "Su 00:00-02:30,12:00-13:00",
        midnight: "2026-09-26T12:00:00Z",
        truth: &[(2, 'o'), (9, 'c'), (1, 'o'), (11, 'c')],
    },
    // Waitangi Day.
    Day {
        place: (-36.8485, 174.7633),
        country: "NZ",
        zone: "Pacific/Auckland",
        hours: "Mo-Fr 09:00-16:30; PH off",
        midnight: "2026-02-05T11:00:00Z",
        truth: &[(24, 'c')],
    },
    // The day of the May revolution has hours of its own.
    Day {
        place: (-34.6037, -58.3816),
        country: "AR",
        zone: "America/Argentina/Buenos_Aires",
        hours: "Mo-Fr 10:00-15:00; PH 12:00-13:00",
        midnight: "2026-05-25T03:00:00Z",
        truth: &[(12, 'c'), (1, 'o'), (11, 'c')],
    },
];

#[test]
fn by_the_hour_a_machine_is_open_when_its_hours_say_so() {
    let mut csv = "id,lat,lon,country,opening_hours\n".to_owned();
    for (number, Day { place: (lat, lon), country, hours, .. }) in DAYS.iter().enumerate() {
        writeln!(csv, "{number},{lat},{lon},{country},\"{hours}\"").unwrap();
    }
    let snapshot = ingest(csv);
    let row_of = |number: usize| {
        let ends = format!(":{number}");
        let rows = snapshot.rows_by_id().iter().copied();
        rows.filter(|&row| snapshot.id_of(row).ends_with(&ends)).collect::<Vec<Row>>()[0]
    };
    for (number, day) in DAYS.iter().enumerate() {
        let row = row_of(number);
        let truth = day.truth.iter().flat_map(|&(hours, state)| std::iter::repeat_n(state, hours));
        for (hour, state) in (0_i64..).zip(truth) {
            let now = time(day.midnight) + SignedDuration::from_hours(hour);
            let message = || format!("{} at {now}", day.hours);
            let is_open = match state {
                'o' => Tri::Yes,
                'c' => Tri::No,
                _ => Tri::Unknown,
            };
            let openness = snapshot.openness(row, now);
            assert_eq!(openness.is_open, is_open, "{}", message());
            assert_eq!(openness.time_zone, Some(day.zone), "{}", message());
            let elsewhen = time("2026-01-01T00:00:00Z");
            for (when, now) in [(OpenAt::Now, now), (OpenAt::At(now), elsewhen)] {
                let condition = Condition::Open(when);
                assert_eq!(snapshot.verdict(&condition, row, now), is_open, "{}", message());
                for (unknown, wanted) in
                    [(UnknownPolicy::Exclude, Tri::Yes), (UnknownPolicy::Only, Tri::Unknown)]
                {
                    let mut query = NearestQuery::new(at(day.place.0, day.place.1), 1);
                    query.max_distance = nearest_atm::domain::Metres::new(1.0);
                    query.group = nearest_atm::domain::Group::Atm;
                    query.limit = 100;
                    let conditions = vec![condition.clone()];
                    query.filter = AtmFilter { conditions, unknown, ..AtmFilter::default() };
                    let found = nearest(View::of(&snapshot, now), &query);
                    let is_found = found.neighbours.iter().any(|n| n.atms[0].row == row);
                    assert_eq!(is_found, is_open == wanted, "{}", message());
                }
            }
        }
    }
}

/// Hours as they are written, beside some that are not understood.
const WRITTEN: [&str; 14] = [
    "",
    "",
    "24/7",
    "Mo-Fr 09:00-17:00",
    "Mo-Fr 08:30-12:00,13:00-18:00; Sa 09:00-13:00; PH off",
    "Mo-Su 06:00-24:00",
    "Mo-Su 05:00-02:00",
    "Mo-Fr 09:00-17:00 \"by appointment\"",
    "Mo-Sa 07:00-23:00; Su unknown",
    "sunrise-sunset",
    "Apr-Oct Mo-Su 10:00-18:00",
    "Mo-Fr 10:00+",
    "Mo-Fr 09:00-17:00; SH off",
    "week 1-53/2 Fr 09:00-12:00",
];

/// Machines all over the globe, at the poles, on the antimeridian and at sea.
fn scattered(count: usize, seed: u64) -> Snapshot {
    let mut draw = Draw(seed);
    let mut csv = "id,lat,lon,opening_hours,always_open\n".to_owned();
    let ends = [at(90.0, 0.0), at(-90.0, 0.0), at(0.0, 180.0), at(0.0, -180.0), at(30.0, -40.0)];
    let mut places: Vec<Position> = ends.to_vec();
    places.extend(std::iter::repeat_with(|| anywhere(&mut draw)).take(count - ends.len()));
    for (number, place) in places.iter().enumerate() {
        let hours = WRITTEN[draw.below(WRITTEN.len())].replace('"', "\"\"");
        let always = ["", "", "yes", "no"][draw.below(4)];
        writeln!(csv, "{number},{},{},\"{hours}\",{always}", place.lat_deg(), place.lon_deg())
            .unwrap();
    }
    let input = Input::memory("scattered.csv", csv.into_bytes());
    Snapshot::ingest(&[source(input)], &mut |_| {}).unwrap()
}

#[test]
fn open_closed_and_unknown_partition_every_answer() {
    let snapshot = scattered(3_000, 7);
    assert!(snapshot.len() > 500, "{}", snapshot.len());
    let mut draw = Draw(8);
    let mut seen = [0; 3];
    for round in 0..24 {
        let seconds = 1_735_689_600 + i64::try_from(draw.below(2 * 366 * 86_400)).unwrap();
        let now = Timestamp::from_second(seconds).unwrap();
        let when = match round % 3 {
            0 => OpenAt::Now,
            1 => OpenAt::Always,
            _ => OpenAt::At(now - SignedDuration::from_hours(40)),
        };
        let condition = Condition::Open(when);
        let rows = |unknown| {
            let mut query = NearestQuery::new(anywhere(&mut Draw(9)), 1);
            query.group = nearest_atm::domain::Group::Atm;
            query.limit = snapshot.len();
            let conditions = vec![condition.clone()];
            query.filter = AtmFilter { conditions, unknown, ..AtmFilter::default() };
            let found = nearest(View::of(&snapshot, now), &query);
            let mut rows: Vec<Row> = found.neighbours.iter().map(|n| n.atms[0].row).collect();
            rows.sort_unstable();
            rows
        };
        let [yes, both, unknown] =
            [UnknownPolicy::Exclude, UnknownPolicy::Include, UnknownPolicy::Only].map(rows);
        for &row in snapshot.rows_by_id() {
            let verdict = snapshot.verdict(&condition, row, now);
            seen[verdict as usize] += 1;
            let found = [&yes, &both, &unknown].map(|rows| rows.binary_search(&row).is_ok());
            let expected = match verdict {
                Tri::Yes => [true, true, false],
                Tri::Unknown => [false, true, true],
                Tri::No => [false; 3],
            };
            assert_eq!(found, expected, "{condition:?} {now}");
            match when {
                OpenAt::Now => assert_eq!(snapshot.openness(row, now).is_open, verdict),
                OpenAt::At(at) => assert_eq!(snapshot.openness(row, at).is_open, verdict),
                OpenAt::Always if verdict == Tri::Yes => {
                    assert_eq!(snapshot.openness(row, now).is_open, Tri::Yes);
                }
                OpenAt::Always => {}
            }
        }
    }
    assert!(seen.iter().all(|&count| count > 100), "{seen:?}");
}

#[test]
fn a_state_holds_until_the_change_that_is_told_and_no_longer() {
    let snapshot = scattered(400, 11);
    let mut draw = Draw(12);
    let mut told = 0;
    for &row in snapshot.rows_by_id() {
        let seconds = 1_735_689_600 + i64::try_from(draw.below(366 * 86_400)).unwrap();
        let now = Timestamp::from_second(seconds).unwrap();
        let openness = snapshot.openness(row, now);
        let Some(change) = openness.changes else { continue };
        told += 1;
        let change = change.instant();
        assert!(change > now);
        let length_s = change.as_second() - now.as_second();
        for part in 0..8 {
            let within = now + SignedDuration::from_secs(length_s * part / 8);
            let state = snapshot.verdict(&Condition::Open(OpenAt::At(within)), row, now);
            assert_eq!(state, openness.is_open, "{within} between {now} and {change}");
        }
        let after = snapshot.openness(row, change);
        assert_ne!(after.is_open, openness.is_open);
        assert!(openness.is_open == Tri::Yes || after.is_open == Tri::Yes);
    }
    assert!(told > 50, "{told}");
}

#[test]
fn hours_of_a_host_or_site_count_for_a_machine_inside_and_are_said_to() {
    let node = |id: u32, east: u32, tags: &[(&str, &str)]| {
        let mut xml = format!("<node id=\"{id}\" lat=\"60.17\" lon=\"24.9{east:05}\">");
        for (key, value) in tags {
            write!(xml, "<tag k=\"{key}\" v=\"{value}\"/>").unwrap();
        }
        xml + "</node>\n"
    };
    let atm = ("amenity", "atm");
    let bank = [("amenity", "bank"), ("atm", "yes"), ("opening_hours", "Mo-Fr 10:00-16:30")];
    let inside = [&bank[..], &[("atm:indoor", "yes")]].concat();
    let nodes = [
        // A bank's own machine inside, one in its wall, and one of which nothing is known.
        node(1, 0, &inside),
        node(2, 1000, &[&bank[..], &[("atm:indoor", "no")]].concat()),
        node(3, 2000, &bank),
        // A machine inside, on the spot of a bank that states hours; one outside there.
        node(4, 3000, &inside),
        node(5, 3002, &[atm, ("indoor", "yes")]),
        node(6, 3003, &[atm, ("indoor", "no")]),
        node(7, 3004, &[atm]),
        // Two that stand inside one place and disagree, and one that states nothing.
        node(8, 5000, &[atm, ("indoor", "yes"), ("opening_hours", "Mo-Su 08:00-20:00")]),
        node(9, 5001, &[atm, ("indoor", "yes"), ("opening_hours", "Mo-Su 08:00-22:00")]),
        node(10, 5002, &[atm, ("indoor", "yes")]),
    ];
    let xml = format!("<osm version=\"0.6\">{}</osm>", nodes.concat());
    let input = Input::memory("site.osm", xml.into_bytes());
    let snapshot = Snapshot::ingest(&[source(input)], &mut |row| panic!("{row:?}")).unwrap();
    // A Wednesday, noon there.
    let now = time("2026-08-19T09:00:00Z");
    let states: Vec<_> = (1..=10)
        .map(|id| {
            let row = snapshot.row_of(&format!("osm:node/{id}")).unwrap();
            let openness = snapshot.openness(row, now);
            (openness.is_open.as_str(), openness.hours_of.as_str())
        })
        .collect();
    assert_eq!(
        states,
        [
            ("yes", "host"),
            ("unknown", "machine"),
            ("unknown", "machine"),
            ("yes", "host"),
            ("yes", "site"),
            ("unknown", "machine"),
            ("unknown", "machine"),
            ("yes", "machine"),
            ("yes", "machine"),
            ("unknown", "machine"),
        ]
    );
}

/// Real hours, and how many of those who state some are known to be open or closed on a Wednesday
/// morning there.
#[test]
fn hours_of_real_files_are_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !folder.is_dir() {
        let promised = std::env::vars().any(|(name, _)| name == "REAL_ATM_DATA_PROMISED");
        assert!(!promised, "the real data is not at {}", folder.display());
        println!("skipped: no real data at {}", folder.display());
        return;
    }
    let (mut all_stated, mut all_known) = (0, 0);
    for file in [
        "osm/sf-downtown.osm.pbf",
        "osm/helsinki.osm.pbf",
        "osm/angola-overpass.json",
        "osm/japan.geojson",
        "json/ing-nl-double-encoded.json",
        "json/vtb-ru.json",
        "json/geldmaat-nl.geojson",
        "open-banking/barclays-2019.json.gz",
    ] {
        let input = Input::file(folder.join(file));
        let snapshot = Snapshot::ingest(&[source(input)], &mut |_| {}).unwrap();
        let (mut stated, mut known, mut rest) = (0, 0, std::collections::BTreeMap::new());
        for &row in snapshot.rows_by_id() {
            let atm = snapshot.atm(row);
            let Some(text) = atm.text(TextField::OpeningHours) else { continue };
            stated += 1;
            let lon_h = snapshot.position(row).lon_deg() / 15.0;
            #[expect(clippy::cast_possible_truncation, reason = "at most twelve")]
            let midday = SignedDuration::from_hours(11 - lon_h.round() as i64);
            let wednesday = time("2026-08-19T00:00:00Z") + midday;
            match snapshot.openness(row, wednesday).is_open {
                Tri::Yes | Tri::No => known += 1,
                Tri::Unknown => *rest.entry(text.to_owned()).or_insert(0) += 1,
            }
        }
        let rest: Vec<_> = rest.into_iter().take(12).collect();
        println!("{file}: {known} of {stated} that state hours; not {rest:?}");
        all_stated += stated;
        all_known += known;
    }
    assert!(all_known * 100 >= all_stated * 95, "{all_known} of {all_stated}");
}
