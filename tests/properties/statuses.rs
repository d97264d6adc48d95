//! Live statuses against their definition: whatever order reports come in, whenever one looks, and
//! whatever is reloaded between, an answer is that of brute force over what holds at that instant.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nearest_atm::domain::{
    AtmFilter, Attribute, BoundingBox, Certainty, Condition, Group, Metres, NearestQuery,
    OperationalStatus, OutOfService, Position, Row, StatusReport, Tri, UnknownPolicy, WithinQuery,
    geodesic_distance,
};
use nearest_atm::publication::{Publication, View};
use nearest_atm::service::{nearest, within};
use nearest_atm::snapshot::Snapshot;
use nearest_atm::status::{Merge, Retention};

use crate::draw::{Draw, anywhere};
use crate::lookup::estate;

/// The first moment of every history here.
const START: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

fn report(draw: &mut Draw, snapshot: &Snapshot, machines: usize) -> StatusReport {
    let row = snapshot.rows_by_id()[draw.below(machines)];
    let reported_s = i64::try_from(draw.below(1_000)).unwrap();
    let tri = |draw: &mut Draw| [Tri::Yes, Tri::No, Tri::Unknown][draw.below(3)];
    StatusReport {
        atm: snapshot.id_of(row).into(),
        state: [
            OperationalStatus::InService,
            OperationalStatus::OutOfService,
            OperationalStatus::InService,
            OperationalStatus::Unknown,
        ][draw.below(4)],
        cash_out: tri(draw),
        cash_in: tri(draw),
        reported_at: at(reported_s),
        expires_at: at(reported_s + 1 + i64::try_from(draw.below(400)).unwrap()),
        source: "draw".into(),
        note: None,
    }
}

/// What holds of each machine at `now`, by definition: its report of the latest time, of equals the
/// last that came, if it is fresh and states something.
fn holding(history: &[StatusReport], now: Timestamp) -> BTreeMap<&str, &StatusReport> {
    let mut latest: BTreeMap<&str, &StatusReport> = BTreeMap::new();
    for report in history {
        let entry = latest.entry(&report.atm).or_insert(report);
        if report.reported_at >= entry.reported_at {
            *entry = report;
        }
    }
    latest.retain(|_, r| now < r.expires_at && r.state != OperationalStatus::Unknown);
    latest
}

fn admitted(
    snapshot: &Snapshot,
    holding: &BTreeMap<&str, &StatusReport>,
    filter: &AtmFilter,
    row: Row,
) -> bool {
    let mut atm = snapshot.atm(row);
    if let Some(report) = holding.get(snapshot.id_of(row)) {
        if report.state == OperationalStatus::OutOfService
            && filter.out_of_service == OutOfService::Exclude
        {
            return false;
        }
        report.amend(&mut atm.attributes);
    }
    filter.admits(&atm, snapshot.country(row))
}

fn assert_answers(
    view: View<'_>,
    holding: &BTreeMap<&str, &StatusReport>,
    origin: Position,
    filter: &AtmFilter,
) -> usize {
    let snapshot = view.snapshot;
    let certainty = |row: Row| {
        holding.get(snapshot.id_of(row)).map_or(Certainty::Unknown, |report| report.certainty())
    };
    let mut expected: Vec<(Metres, Certainty, Row)> = snapshot
        .rows_by_id()
        .iter()
        .filter(|&&row| admitted(snapshot, holding, filter, row))
        .map(|&row| (geodesic_distance(origin, snapshot.position(row)), certainty(row), row))
        .collect();
    expected.sort_by_key(|&(distance, certainty, _)| (distance, certainty));
    let query =
        NearestQuery { group: Group::Atm, filter: filter.clone(), ..NearestQuery::new(origin, 20) };
    let answer = nearest(view, &query);
    let rows: Vec<Row> = answer.neighbours.iter().map(|n| n.atms[0].row).collect();
    let expected_rows: Vec<Row> = expected.iter().take(20).map(|&(_, _, row)| row).collect();
    assert_eq!(rows, expected_rows, "{filter:?} from {origin}");
    assert_eq!(answer.more, expected.len() > 20);

    let bbox = BoundingBox::from_edges(-180.0, -90.0, 180.0, 90.0).unwrap();
    let all =
        WithinQuery { area: bbox.into(), limit: usize::MAX, filter: filter.clone(), from_row: 0 };
    let mut inside = within(view, &all).rows;
    inside.sort_unstable();
    let mut expected_inside: Vec<Row> = expected.iter().map(|&(_, _, row)| row).collect();
    expected_inside.sort_unstable();
    assert_eq!(inside, expected_inside, "{filter:?}");

    for &row in snapshot.rows_by_id() {
        assert_eq!(view.status(row), holding.get(snapshot.id_of(row)).copied());
    }
    expected.len()
}

fn filter(draw: &mut Draw) -> AtmFilter {
    let attribute = [Attribute::CashIn, Attribute::CashOut, Attribute::Wheelchair][draw.below(3)];
    let condition = match draw.below(3) {
        0 | 1 => Condition::Has(attribute),
        _ => Condition::Lacks(attribute),
    };
    let mut conditions = vec![condition];
    conditions.truncate(draw.below(4));
    AtmFilter {
        conditions,
        unknown: [UnknownPolicy::Exclude, UnknownPolicy::Include, UnknownPolicy::Only]
            [draw.below(3)],
        out_of_service: [OutOfService::Exclude, OutOfService::Include][draw.below(2)],
    }
}

#[test]
fn reports_in_any_order_over_reloads_hold_to_the_instant_they_expire() {
    let [snapshot, smaller] = [estate(2_000, 41), estate(1_200, 41)].map(std::sync::Arc::new);
    let mut draw = Draw(43);
    let mut shown = 0;
    for round in 0..6 {
        let publication = Publication::default();
        let mut history = Vec::new();
        publication.publish(std::sync::Arc::clone(&snapshot));
        for step in 0..120 {
            let now = at(step * 10);
            let report = report(&mut draw, &snapshot, 300);
            let before = holding(&history, now).get(&*report.atm).map(|r| r.reported_at);
            let [merge] = &publication.record([report.clone()], now)[..] else { panic!() };
            if let Merge::Superseded(standing) = merge {
                assert!(standing.reported_at > report.reported_at);
            } else if let Some(before) = before {
                assert!(before <= report.reported_at);
            }
            history.push(report);
            match draw.below(12) {
                0 => drop(publication.publish(std::sync::Arc::clone(&smaller))),
                1 | 2 => drop(publication.publish(std::sync::Arc::clone(&snapshot))),
                3..6 => publication.sweep(now),
                _ => {}
            }
            // Looked at in the past of the last sweep, nothing that was swept may be asked of it.
            let looked_at = now + SignedDuration::from_secs(i64::try_from(draw.below(50)).unwrap());
            if step % 10 == 9 {
                let published = publication.current().unwrap();
                let held = holding(&history, looked_at);
                shown += held.len();
                let (origin, filter) = (anywhere(&mut draw), filter(&mut draw));
                assert_answers(published.at(looked_at), &held, origin, &filter);
            }
        }
        assert!(history.len() == 120, "round {round}");
    }
    assert!(shown > 300, "too few statuses to prove anything: {shown}");
}

#[test]
fn a_report_holds_to_the_last_microsecond_and_changes_the_tag_of_answers() {
    let snapshot = estate(50, 47);
    let atm = snapshot.id_of(Row(7)).to_owned();
    let publication = Publication::default();
    publication.publish(snapshot);
    let bare = publication.current().unwrap();
    assert_eq!(bare.status_tag(at(0)), "");
    let report = StatusReport {
        atm: atm.as_str().into(),
        state: OperationalStatus::OutOfService,
        cash_out: Tri::Unknown,
        cash_in: Tri::Unknown,
        reported_at: at(0),
        expires_at: at(60),
        source: "test".into(),
        note: None,
    };
    publication.record([report.clone()], at(0));
    let published = publication.current().unwrap();
    let last = at(60) - SignedDuration::from_micros(1);
    assert_eq!(published.at(last).status(Row(7)), Some(&report));
    assert_eq!(published.at(at(60)).status(Row(7)), None);
    assert_ne!(published.status_tag(last), "");
    assert_ne!(published.status_tag(last), published.status_tag(at(60)));
    publication.sweep(last);
    assert_eq!(publication.current().unwrap().status_tag(last), published.status_tag(last));
    publication.sweep(at(60));
    assert_eq!(publication.current().unwrap().status_tag(at(60)), "");

    // An older report does not come back when a newer one expires.
    let older = StatusReport { reported_at: at(-5), expires_at: at(999), ..report };
    let merged = publication.record([older], at(70));
    assert!(matches!(&merged[..], [Merge::Superseded(_)]));
    assert_eq!(publication.current().unwrap().at(at(70)).status(Row(7)), None);
}

#[test]
fn a_machine_that_leaves_the_data_keeps_its_status_for_a_while() {
    let [whole, without] = [estate(60, 53), estate(50, 53)].map(std::sync::Arc::new);
    let gone: Vec<Row> = whole
        .rows_by_id()
        .iter()
        .copied()
        .filter(|&row| without.row_of(whole.id_of(row)).is_none())
        .collect();
    let retention = Retention {
        absent: SignedDuration::from_hours(1),
        superseding: SignedDuration::from_hours(24 * 30),
    };
    for (waited_s, is_kept) in [(3_599, true), (3_600, false)] {
        let publication = Publication::default();
        publication.publish(std::sync::Arc::clone(&whole));
        let report = StatusReport {
            atm: whole.id_of(gone[0]).into(),
            state: OperationalStatus::InService,
            cash_out: Tri::Unknown,
            cash_in: Tri::Yes,
            reported_at: at(0),
            expires_at: at(100_000),
            source: "test".into(),
            note: None,
        };
        publication.record([report], at(0));
        publication.publish(std::sync::Arc::clone(&without));
        assert!(!publication.current().unwrap().at(at(1)).has_statuses());
        assert!(publication.prune_statuses(at(10), retention).is_empty());
        let dropped = publication.prune_statuses(at(10 + waited_s), retention);
        assert_eq!(dropped.is_empty(), is_kept);
        publication.publish(std::sync::Arc::clone(&whole));
        let published = publication.current().unwrap();
        assert_eq!(published.at(at(5_000)).status(gone[0]).is_some(), is_kept);
    }
}
