//! Answers as bytes, whichever way they come about.

use jiff::Timestamp;
use nearest_atm::answers::{self, Form};
use nearest_atm::config::Config;
use nearest_atm::domain::Row;
use nearest_atm::publication::View;
use nearest_atm::render;
use nearest_atm::service::Params;
use nearest_atm::snapshot::Snapshot;

use crate::draw::{Draw, near};
use crate::lookup::estate;

/// Filters of every kind of condition, and none.
const FILTERS: [&str; 5] = [
    "",
    "&service=cash_in&unknown=include",
    "&accessibility=-wheelchair&fee=free&open_at=now&unknown=include&group=atm",
    "&location_type=-retail&open_at=always&unknown=only&max_distance_m=2000000",
    "&country=FI,MC&limit=100&group=atm",
];

fn params(query: &str) -> Params<'static> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Params::from_texts(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())))
}

/// Answers of every kind, to questions asked from beside machines all over the estate.
fn answers(snapshot: &Snapshot) -> Vec<Vec<u8>> {
    let view = View::of(snapshot, Timestamp::from_second(1_790_000_000).unwrap());
    let (mut draw, mut answers) = (Draw(43), Vec::new());
    for form in [Form::Json, Form::Geojson] {
        for filter in FILTERS {
            for _ in 0..40 {
                let row = Row(u32::try_from(draw.below(snapshot.len())).unwrap());
                let origin = near(&mut draw, snapshot.position(row), 0.05);
                let (lat, lon) = (origin.lat_deg(), origin.lon_deg());
                let question = params(&format!("lat={lat}&lon={lon}{filter}")).nearest().unwrap();
                answers.push(answers::nearest(view, question, None, form).unwrap());
            }
        }
        let everywhere = params("bbox=-180,-90,180,90&limit=1000").within().unwrap();
        answers.push(answers::within(view, everywhere, form).unwrap());
    }
    answers.extend((0..20).map(|row| render::atm_json(view, Row(row))));
    answers
}

#[test]
fn what_is_written_beforehand_changes_no_byte_of_an_answer() {
    let data = Snapshot::ingest(&Config::default().source_files().unwrap(), &mut |_| {}).unwrap();
    for snapshot in [data, estate(3_000, 41)] {
        let before = answers(&snapshot);
        snapshot.write_beforehand();
        for (before, after) in before.iter().zip(answers(&snapshot)) {
            let [before, after] = [before, &after].map(|bytes| String::from_utf8_lossy(bytes));
            assert_eq!(before, after);
            assert!(serde_json::from_str::<serde_json::Value>(&after).is_ok(), "{after}");
        }
    }
}
