//! What an answer promises for giving something up, against asking again without it.

use nearest_atm::domain::{
    AtmFilter, Demand, Group, Metres, NearestAnswer, NearestQuery, OutOfService, UnknownPolicy,
};
use nearest_atm::service::nearest;
use nearest_atm::snapshot::Snapshot;

use crate::draw::{Draw, anywhere};
use crate::lookup::{condition, estate, view};

fn query(snapshot: &Snapshot, draw: &mut Draw) -> NearestQuery {
    let somewhere = snapshot.position(snapshot.rows_by_id()[draw.below(snapshot.len())]);
    let origin = if draw.below(2) == 0 { somewhere } else { anywhere(draw) };
    NearestQuery {
        max_distance: [None, Metres::new(10_f64.powf(draw.between(2.0, 6.5)))][draw.below(2)],
        group: [Group::Site, Group::Atm][draw.below(2)],
        filter: AtmFilter {
            conditions: (0..draw.below(5)).map(|_| condition(snapshot, draw)).collect(),
            unknown: [UnknownPolicy::Exclude, UnknownPolicy::Include, UnknownPolicy::Only]
                [draw.below(3)],
            out_of_service: OutOfService::Exclude,
        },
        ..NearestQuery::new(origin, 1 + draw.below(20))
    }
}

#[test]
fn every_promise_holds_when_the_question_is_asked_again() {
    let snapshot = estate(3_000, 61);
    let mut draw = Draw(67);
    let mut promises = [0; 3];
    for _ in 0..800 {
        let query = query(&snapshot, &mut draw);
        let answer = nearest(view(&snapshot), &query);
        if answer.neighbours.len() == query.limit {
            assert!(answer.relaxations.is_empty());
            continue;
        }
        for relaxation in &answer.relaxations {
            let again = nearest(view(&snapshot), &query.without(&relaxation.drop));
            assert_eq!(relaxation.matches, again.neighbours.len(), "{relaxation:?} of {query:?}");
            assert_eq!(relaxation.more, again.more, "{relaxation:?} of {query:?}");
            assert_eq!(relaxation.nearest, again.neighbours[0].atms[0].distance);
            assert!(relaxation.matches > answer.neighbours.len(), "gives nothing: {relaxation:?}");
            promises[relaxation.drop.len()] += 1;
        }
        assert_complete(&snapshot, &query, &answer);
        let gives_enough: Vec<bool> =
            answer.relaxations.iter().map(|one| one.matches == query.limit).collect();
        assert!(gives_enough.is_sorted_by(|one, other| one >= other), "best first");
    }
    assert!(promises[1] > 200 && promises[2] > 50, "too few to prove anything: {promises:?}");
}

/// No single demand that could be given up for more is missing, unless better ones took its place;
/// and pairs are there only for what neither gives.
fn assert_complete(snapshot: &Snapshot, query: &NearestQuery, answer: &NearestAnswer) {
    let alone = |demand: &Demand| {
        let dropped = query.without(std::slice::from_ref(demand));
        nearest(view(snapshot), &dropped).neighbours.len()
    };
    for demand in query.demands() {
        let is_promised =
            answer.relaxations.iter().any(|one| one.drop == std::slice::from_ref(&demand));
        let is_useful = alone(&demand) > answer.neighbours.len();
        assert!(is_promised == is_useful || answer.relaxations.len() == 8, "{demand:?}");
    }
    for pair in answer.relaxations.iter().filter(|one| one.drop.len() == 2) {
        let best = pair.drop.iter().map(alone).max().unwrap();
        assert!(best < query.limit && pair.matches > best, "{pair:?} of {query:?}");
    }
}
