//! From what a person wrote to a place: candidates while typing, and one place or a question back
//! when it matters.

use crate::domain::{AtmFilter, Ecef, Metres};
use crate::places::{
    Candidate, Match, PlaceKind, Reference, Wanted, WrittenPosition, WrittenPositionError, fold,
    written_position,
};
use crate::publication::View;

/// Most candidates an answer about places lists.
pub const PLACES_LIMIT_MAX: usize = 50;

/// Candidates an answer about places lists when the question does not say.
pub const PLACES_LIMIT_DEFAULT: usize = 10;

/// Most candidates a question back offers, and most similar places that are named.
const OFFERED_MAX: usize = 8;

/// By how much the likeliest of several must exceed the next: five times the people, or as much by
/// nearness. Who means the place a fifth of the size of its namesake knows of the namesake and says
/// so: "Paris" is Paris and "Oxford" is not in Mississippi, but "Cambridge" and "Birmingham" are
/// asked about.
const CLEARLY: f64 = 0.699;

/// By how much less likely a place may be than the likeliest and still be offered: one with a
/// fiftieth of the people is not.
const OFFERED_WITHIN: f64 = 1.7;

/// People a place must have to be meant by a misspelt name, or by a word beside others, where the
/// service does not work.
const LARGE_PEOPLE_MIN: u32 = 250_000;

/// How far beyond a place an ATM may stand for the place to be where the service works.
const SERVED_M: f64 = 30_000.0;

/// Farthest a region's most populous place lies from its namesake that is the same.
const SAME_SPOT_M: f64 = 15_000.0;

/// Has the reference data read on a thread of its own, so that nobody waits for it later. What it
/// is needed for comes after sources are read.
pub fn read_reference() {
    let thread = std::thread::Builder::new().name("reference".to_owned());
    if let Err(error) = thread.spawn(Reference::shared) {
        tracing::warn!("Reference data is read when it is first asked for: {error}");
    }
}

/// What a written place turns out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Located {
    /// One place is clearly meant.
    One(Box<Candidate>),
    /// Several fit about equally, likeliest first; at least two. The person must choose.
    Ambiguous(Vec<Candidate>),
    /// None fits. These are similar, perhaps none; or they all are towns it is said to be in, see
    /// [`Candidate::is_around`]. Nobody is sent to any unasked.
    Unknown(Vec<Candidate>),
}

/// Candidates for a written place, best first, at most `limit`: places named so, and those whose
/// names begin so, as a person types; misspelt ones where those do not fill the list. Where there is
/// none of these, the towns that the text says it is in.
///
/// # Errors
///
/// [`WrittenPositionError`] when the text is a position, plus code or map link that cannot be read.
///
/// # Cost
///
/// Some tens of microseconds; some hundreds with misspelt names. Does not block.
pub fn places(
    view: View<'_>,
    text: &str,
    wanted: Wanted<'_>,
    limit: usize,
) -> Result<Vec<Candidate>, WrittenPositionError> {
    let limit = limit.clamp(1, PLACES_LIMIT_MAX);
    if let Some(written) = written_position(text) {
        return Ok(match at_position(view, written?, wanted) {
            Ok(position) => vec![position],
            Err(Located::One(one)) => vec![*one],
            Err(Located::Ambiguous(mut some) | Located::Unknown(mut some)) => {
                some.truncate(limit);
                some
            }
        });
    }
    let gazetteer = view.snapshot.gazetteer();
    let mut found = gazetteer.named(text, wanted);
    let add = |found: &mut Vec<Candidate>, more: Vec<Candidate>| {
        for candidate in more {
            let is_known = |known: &Candidate| {
                known.kind == candidate.kind
                    && known.name == candidate.name
                    && known.position == candidate.position
            };
            if !found.iter().any(is_known) {
                found.push(candidate);
            }
        }
    };
    add(&mut found, gazetteer.beginning(text, wanted, limit));
    if found.len() < limit.min(OFFERED_MAX) {
        add(&mut found, gazetteer.misspelt(text, wanted));
    }
    if found.is_empty() {
        found = towns(view, text, wanted);
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(limit);
    Ok(found)
}

/// The one place that is clearly meant, or a question back.
///
/// # The rule
///
/// 1. A written position is itself.
/// 2. Otherwise the places named so count, by any of their names; those of which it is a part of
///    the name only when there is none; misspelt names only when there is neither.
/// 3. A misspelt name counts only where the service works, or of a city of 250,000 people, or if
///    only the words around it are misspelt.
/// 4. Of places of one name those count where the snapshot has ATMs, if there are any: a British
///    bank's "Cambridge" is not in Massachusetts.
/// 5. A region or country is passed over for a city of its name at the same spot.
/// 6. What is left is one place, or the likeliest is so by five times the people (its own name
///    counting six times another of its names, and what is near `wanted.hint` up to a thousand
///    times), or all are offered and none is taken.
/// 7. Where nothing fits, the towns it is said to be in are offered in its stead: Leeds for "12 Foo
///    Street, Leeds". None is taken, not even the only one: its middle may be far from there.
///
/// # Errors
///
/// [`WrittenPositionError`] when the text is a position, plus code or map link that cannot be read.
///
/// # Cost
///
/// As [`places`], and one lookup for each namesake.
pub fn locate(
    view: View<'_>,
    text: &str,
    wanted: Wanted<'_>,
) -> Result<Located, WrittenPositionError> {
    if let Some(written) = written_position(text) {
        return Ok(match at_position(view, written?, wanted) {
            Ok(position) => Located::One(Box::new(position)),
            Err(other) => other,
        });
    }
    Ok(locate_name(view, text, wanted))
}

/// A written position as a candidate; for a short plus code, what its place turned out to be where
/// that is not one place.
fn at_position(
    view: View<'_>,
    written: WrittenPosition,
    wanted: Wanted<'_>,
) -> Result<Candidate, Located> {
    match written {
        WrittenPosition::At { position, uncertainty } => Ok(Candidate::at(position, uncertainty)),
        WrittenPosition::Near { code, place } => {
            let near = match (place.as_str(), wanted.hint) {
                ("", Some(hint)) => hint,
                (place, _) => match locate_name(view, place, wanted) {
                    Located::One(one) => one.position,
                    other @ (Located::Ambiguous(_) | Located::Unknown(_)) => return Err(other),
                },
            };
            let (position, uncertainty) = code.nearest_to(near);
            Ok(Candidate::at(position, uncertainty))
        }
    }
}

fn locate_name(view: View<'_>, text: &str, wanted: Wanted<'_>) -> Located {
    let gazetteer = view.snapshot.gazetteer();
    let (whole, parts): (Vec<_>, Vec<_>) = gazetteer
        .named(text, wanted)
        .into_iter()
        .partition(|candidate| candidate.matched <= Match::Alternative);
    if whole.is_empty() && parts.is_empty() {
        let misspelt = gazetteer.misspelt(text, wanted);
        let similar = match decide_misspelt(view, &fold(text), &misspelt) {
            Located::Unknown(similar) => similar,
            fits @ (Located::One(_) | Located::Ambiguous(_)) => return fits,
        };
        return Located::Unknown(match towns(view, text, wanted) {
            towns if !towns.is_empty() => towns,
            _ if similar.is_empty() => gazetteer.beginning(text, wanted, OFFERED_MAX),
            _ => similar,
        });
    }
    if whole.is_empty() {
        return decide(view, &parts);
    }
    // A station of that name where the service works may be meant before a city where it does not.
    if !whole.iter().any(|place| is_served(view, place)) {
        let mut served: Vec<_> =
            parts.into_iter().filter(|part| is_served(view, part)).take(OFFERED_MAX / 2).collect();
        if !served.is_empty() {
            served.extend(whole);
            served.truncate(OFFERED_MAX);
            return Located::Ambiguous(served);
        }
    }
    decide(view, &whole)
}

/// The towns that an unknown place is said to be in, likeliest first: those that commas set apart,
/// else those it begins or ends with, of which a word of daily life may be one far away.
fn towns(view: View<'_>, text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
    let gazetteer = view.snapshot.gazetteer();
    let mut towns = gazetteer.towns_apart(text, wanted);
    if towns.is_empty() {
        towns = gazetteer.towns_at_ends(text, wanted);
        towns.retain(|town| is_large(town) || is_served(view, town));
    }
    match decide(view, &towns) {
        Located::One(town) => vec![*town],
        Located::Ambiguous(towns) | Located::Unknown(towns) => towns,
    }
}

/// Whether so many live there that the place is meant wherever it is.
fn is_large(place: &Candidate) -> bool {
    place.population.is_some_and(|people| people >= LARGE_PEOPLE_MIN)
}

/// Steps 4 to 6 of the rule.
fn decide(view: View<'_>, candidates: &[Candidate]) -> Located {
    let mut left = without_doubles(candidates);
    if left.len() > 1 {
        let served: Vec<bool> = left.iter().map(|place| is_served(view, place)).collect();
        if served.contains(&true) {
            let mut served = served.into_iter();
            left.retain(|_| served.next().unwrap_or_default());
        }
    }
    let is_clear = match left.as_slice() {
        [first, second, ..] => first.score - second.score >= CLEARLY,
        [] | [_] => true,
    };
    if is_clear {
        return match left.into_iter().next() {
            Some(first) => Located::One(Box::new(first)),
            None => Located::Unknown(Vec::new()),
        };
    }
    offer(left)
}

/// A question back with the likely ones of several, at least two.
fn offer(mut candidates: Vec<Candidate>) -> Located {
    let least = candidates.first().map_or(0.0, |first| first.score - OFFERED_WITHIN);
    let likely = candidates.iter().take_while(|place| place.score >= least).count();
    candidates.truncate(likely.clamp(2, OFFERED_MAX));
    Located::Ambiguous(candidates)
}

/// Of misspelt names the likeliest is decided among its namesakes, and must exceed the others.
fn decide_misspelt(view: View<'_>, written: &str, candidates: &[Candidate]) -> Located {
    let Some(best) = candidates.first() else { return Located::Unknown(Vec::new()) };
    let key = fold(&best.name);
    let (namesakes, others): (Vec<_>, Vec<_>) =
        candidates.iter().cloned().partition(|candidate| fold(&candidate.name) == key);
    let has_rival = others.first().is_some_and(|other| best.score - other.score < CLEARLY);
    let offered = without_doubles(candidates);
    let decided = match offered.len() {
        2.. if has_rival => offer(offered),
        _ => decide(view, &namesakes),
    };
    // "Kamppi" is a part of Helsinki and not a town in India of nearly the same name.
    let is_plausible = |place: &Candidate| {
        is_large(place) || written.contains(&fold(&place.name)) || is_served(view, place)
    };
    match decided {
        Located::One(one) if !is_plausible(&one) => Located::Unknown(vec![*one]),
        Located::Ambiguous(some) if !some.iter().any(is_plausible) => Located::Unknown(some),
        other @ (Located::One(_) | Located::Ambiguous(_) | Located::Unknown(_)) => other,
    }
}

/// The candidates without those that are another one under another kind: a region beside its city
/// of the same name, the town of ATMs' addresses beside the same of the reference data.
fn without_doubles(candidates: &[Candidate]) -> Vec<Candidate> {
    let is_area = |place: &Candidate| matches!(place.kind, PlaceKind::Region | PlaceKind::Country);
    let apart_m = |one: &Candidate, other: &Candidate| {
        Ecef::from(one.position).chord2_m2(other.position.into()).sqrt()
    };
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let is_double = if is_area(candidate) {
            candidates
                .iter()
                .any(|other| !is_area(other) && apart_m(other, candidate) <= SAME_SPOT_M)
        } else {
            kept.iter().any(|other| {
                let reach_m = other.reach().get().clamp(500.0, 25_000.0);
                !is_area(other) && apart_m(other, candidate) <= reach_m
            })
        };
        if !is_double {
            kept.push(candidate.clone());
        }
    }
    kept
}

/// Whether an ATM stands in a place or not far from it.
fn is_served(view: View<'_>, place: &Candidate) -> bool {
    let max_m = place.reach().get() + SERVED_M;
    let filter = AtmFilter::default();
    let filter = view.compile(&filter);
    let mut is_served = false;
    view.snapshot.each_nearest(place.position, &filter, Metres::new(max_m), 1, |_| {
        is_served = true;
        std::ops::ControlFlow::Break(())
    });
    is_served
}
