//! A snapshot read back from its archive answers every question byte for byte as it did.

use jiff::Timestamp;
use nearest_atm::archive;
use nearest_atm::domain::{
    AtmFilter, BoundingBox, Group, NearestQuery, Position, UnknownPolicy, WithinQuery,
};
use nearest_atm::publication::View;
use nearest_atm::render::{
    Envelope, atm_json, nearest_geojson, nearest_json, vocabulary, within_json,
};
use nearest_atm::service::{nearest, within};
use nearest_atm::snapshot::{Purpose, Snapshot};

use crate::draw::{Draw, anywhere};
use crate::lookup::{condition, estate};

const NO_MORE: Envelope = Envelope { next: None, warnings: Vec::new(), explain: None, place: None };

fn through_an_archive(snapshot: &Snapshot) -> Snapshot {
    let mut bytes = Vec::new();
    archive::write(snapshot, Timestamp::UNIX_EPOCH, &mut bytes).unwrap();
    let (back, _) =
        archive::read(&mut bytes.as_slice(), bytes.len() as u64, Purpose::Inspection).unwrap();
    let mut again = Vec::new();
    archive::write(&back, Timestamp::UNIX_EPOCH, &mut again).unwrap();
    assert!(bytes == again, "written again it is other bytes");
    back
}

fn nearest_answers(snapshot: &Snapshot, query: &NearestQuery) -> [Vec<u8>; 2] {
    let view = View::of(snapshot, Timestamp::UNIX_EPOCH);
    let answer = nearest(view, query);
    let envelope = NO_MORE;
    let (origin, filter) = (query.origin, &query.filter);
    [
        nearest_json(view, origin, filter, &answer, &envelope),
        nearest_geojson(view, origin, filter, &answer, &envelope),
    ]
}

fn within_answer(snapshot: &Snapshot, query: &WithinQuery) -> Vec<u8> {
    let view = View::of(snapshot, Timestamp::UNIX_EPOCH);
    let answer = within(view, query);
    within_json(view, &query.area.bounding_box(), &query.filter, &answer.rows, &NO_MORE)
}

#[test]
fn answers_from_an_archive_are_the_same_bytes() {
    for (count, seed) in [(1, 2), (17, 3), (3_000, 5)] {
        let snapshot = estate(count, seed);
        let back = through_an_archive(&snapshot);
        assert_eq!(back.id(), snapshot.id());
        assert_eq!(back.report(), snapshot.report());
        assert_eq!(back.sources(), snapshot.sources());
        assert_eq!(back.rows_by_id(), snapshot.rows_by_id());
        assert_eq!(vocabulary(&back), vocabulary(&snapshot));
        for &row in snapshot.rows_by_id() {
            let now = Timestamp::UNIX_EPOCH;
            let (one, other) = (View::of(&snapshot, now), View::of(&back, now));
            assert_eq!(atm_json(other, row), atm_json(one, row));
        }
        let mut draw = Draw(seed);
        for _ in 0..60 {
            let conditions = (0..draw.below(3)).map(|_| condition(&snapshot, &mut draw)).collect();
            let unknown = [UnknownPolicy::Exclude, UnknownPolicy::Include][draw.below(2)];
            let filter = AtmFilter { conditions, unknown, ..AtmFilter::default() };
            let origin = anywhere(&mut draw);
            let group = [Group::Site, Group::Atm][draw.below(2)];
            let query = NearestQuery { group, filter, ..NearestQuery::new(origin, 20) };
            assert_eq!(nearest_answers(&back, &query), nearest_answers(&snapshot, &query));
            let bbox = around(origin);
            let query =
                WithinQuery { area: bbox.into(), limit: 200, filter: query.filter, from_row: 0 };
            assert_eq!(within_answer(&back, &query), within_answer(&snapshot, &query));
        }
    }
}

fn around(origin: Position) -> BoundingBox {
    let [south, north] = [-20.0, 20.0].map(|by| (origin.lat_deg() + by).clamp(-90.0, 90.0));
    let [west, east] = [-30.0, 30.0].map(|by| (origin.lon_deg() + by).clamp(-180.0, 180.0));
    BoundingBox::from_edges(west, south, east, north).unwrap()
}
