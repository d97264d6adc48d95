//! Written places: the reference data is found by its own names, misspellings are, what is
//! ambiguous asks, and real files add what they name.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use nearest_atm::config::Config;
use nearest_atm::domain::{Position, geodesic_distance};
use nearest_atm::places::{Candidate, PlaceKind, Reference, Wanted};
use nearest_atm::publication::View;
use nearest_atm::service::{self, Located, locate};
use nearest_atm::snapshot::Snapshot;

/// The snapshot of the ATMs compiled in: Helsinki's centre and Monaco.
fn compiled_in() -> Snapshot {
    Snapshot::ingest(&Config::default().source_files().unwrap(), &mut |_| {}).unwrap()
}

fn view(snapshot: &Snapshot) -> View<'_> {
    View::of(snapshot, Timestamp::UNIX_EPOCH)
}

fn wanted() -> Wanted<'static> {
    Wanted { hint: None, language: "en" }
}

/// "Name, Region, Country (kind)" of the one place, or of those asked about.
fn told(snapshot: &Snapshot, text: &str) -> String {
    match locate(view(snapshot), text, wanted()) {
        Ok(Located::One(one)) => one.label(),
        Ok(Located::Ambiguous(some)) => {
            let labels: Vec<String> = some.iter().map(Candidate::label).collect();
            format!("? {}", labels.join(" | "))
        }
        Ok(Located::Unknown(similar)) => {
            let labels: Vec<String> = similar.iter().map(Candidate::label).collect();
            format!("- {}", labels.join(" | "))
        }
        Err(error) => format!("! {error}"),
    }
}

#[test]
fn what_is_clearly_meant_is_found_and_what_is_not_is_asked_about() {
    let snapshot = compiled_in();
    for (text, expected) in [
        ("Helsinki", "Helsinki, Uusimaa, Finland"),
        ("helsingfors", "Helsinki, Uusimaa, Finland"),
        ("Paris", "Paris, Île-de-France, France"),
        ("Paris Texas", "Paris, Texas, United States"),
        ("texas, paris", "Paris, Texas, United States"),
        ("springfield il", "Springfield, Illinois, United States"),
        ("USA Springfield Illinois", "Springfield, Illinois, United States"),
        ("london ontario canada", "London, Ontario, Canada"),
        ("Cambridge UK", "Cambridge, England, United Kingdom"),
        ("Koeln", "Köln, Nordrhein-Westfalen, Germany"),
        ("Москва", "Moscow, Moskva, Russia"),
        ("München", "Munich, Bayern, Germany"),
        ("東京", "Tokyo, Japan"),
        ("LHR", "London Heathrow Airport, London, England, United Kingdom"),
        ("aeropuerto helsinki", "Helsinki Vantaa Airport, Helsinki, Uusimaa, Finland"),
        ("Suomi", "Finland"),
        ("Mannerheimintie", "Mannerheimintie, Helsinki, Uusimaa, Finland"),
        ("Helsinky", "Helsinki, Uusimaa, Finland"),
        ("Springfield Ilinois", "Springfield, Illinois, United States"),
    ] {
        assert_eq!(told(&snapshot, text), expected, "{text}");
    }
    for text in ["Springfield", "Cambridge", "Georgia", "San José", "Richmond", "Saint Louis"] {
        assert!(told(&snapshot, text).starts_with('?'), "{text}: {}", told(&snapshot, text));
    }
    for text in ["xyzzy", "kamppi", "EC1A 1BB", "Nowhere in Particular", ""] {
        assert!(told(&snapshot, text).starts_with('-'), "{text}: {}", told(&snapshot, text));
    }
}

#[test]
fn what_is_not_known_leaves_the_town_it_is_said_to_be_in_and_is_never_sent_there() {
    let snapshot = compiled_in();
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("Helsinki central station", "- Helsinki, Uusimaa, Finland"),
        ("the big clock in Helsinki", "- Helsinki, Uusimaa, Finland"),
        ("12 Foo Street, Leeds", "- Leeds, England, United Kingdom"),
        ("12 Foo Street, Leeds, UK", "- Leeds, England, United Kingdom"),
        ("12 Foo Street Leeds", "- Leeds, England, United Kingdom"),
        ("Foo Street 12, 00100 Helsinki", "- 00100, Helsinki, Uusimaa, Finland"),
        ("Parque de la 93, Bogotá", "- Bogotá, Distrito Capital de Bogotá, Colombia"),
        ("Avenida Boa Viagem 1200, Recife", "- Recife, Pernambuco, Brazil"),
        ("Avenida Boa Viagem 1200, Recife - PE, Brasil", "- Recife, Pernambuco, Brazil"),
        ("Old Mill, Harrogate, North Yorkshire", "- Harrogate, England, United Kingdom"),
        ("Foo Street, Springfield, Illinois", "- Springfield, Illinois, United States"),
        ("Otto-Unbekannt-Straße 5, München", "- Munich, Bayern, Germany"),
        ("東京スカイツリー, 東京", "- Tokyo, Japan"),
        // A whole country has no middle anyone looks from, nor is a word a town far away.
        ("12 Foo Street, France", "- "),
        ("the old mill", "- "),
    ] {
        let told = told(&snapshot, text);
        wrong.extend((told != expected).then(|| format!("{text}: {told}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let told = told(&snapshot, "12 Foo Street, Cambridge");
    assert!(told.starts_with("- Cambridge, ") && told.contains(" | Cambridge, "), "{told}");
}

/// Whether a candidate is a populated place of the reference data at a position.
fn is_at(candidate: &Candidate, position: Position) -> bool {
    geodesic_distance(candidate.position, position).get() < 1_000.0
}

#[test]
fn every_populated_place_is_found_by_its_own_name_within_its_country() {
    let snapshot = compiled_in();
    let places: Vec<_> = Reference::shared().populated_places().collect();
    assert!(places.len() > 30_000);
    let missed: Vec<String> = places
        .iter()
        .filter(|(name, country, position, _)| {
            let text = format!("{name}, {country}");
            let candidates = match locate(view(&snapshot), &text, wanted()) {
                Ok(Located::One(one)) => vec![*one],
                Ok(Located::Ambiguous(some)) => some,
                Ok(Located::Unknown(_)) | Err(_) => Vec::new(),
            };
            let is_it = |candidate: &Candidate| is_at(candidate, *position);
            let listed = || places_of(&snapshot, &text).iter().any(is_it);
            !candidates.iter().any(is_it) && !listed()
        })
        .map(|(name, country, ..)| format!("{name}, {country}"))
        .collect();
    println!("{} of {} not found: {missed:?}", missed.len(), places.len());
    assert!(missed.is_empty());
}

/// Everything a text may mean, as many as are ever listed.
fn places_of(snapshot: &Snapshot, text: &str) -> Vec<Candidate> {
    service::places(view(snapshot), text, wanted(), service::PLACES_LIMIT_MAX).unwrap_or_default()
}

#[test]
fn the_fifty_most_ambiguous_names_are_asked_about() {
    let snapshot = compiled_in();
    let mut namesakes: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (name, _, _, people) in Reference::shared().populated_places() {
        namesakes.entry(name).or_default().push(people);
    }
    let mut names: Vec<(&str, usize)> = namesakes
        .into_iter()
        .filter(|(_, people)| {
            // A name of which one place has five times the people of the next is that place.
            let mut people = people.clone();
            people.sort_unstable();
            people.reverse();
            people.len() > 1 && people[0] < people[1].saturating_mul(5)
        })
        .map(|(name, people)| (name, people.len()))
        .collect();
    // "Lebanon" is a country before it is any of five towns.
    let is_country = |candidate: &Candidate| candidate.kind == PlaceKind::Country;
    names.retain(|(name, _)| !places_of(&snapshot, name).iter().any(is_country));
    names.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    let answered: Vec<String> = names
        .iter()
        .take(50)
        .filter(|(name, _)| !told(&snapshot, name).starts_with('?'))
        .map(|(name, count)| format!("{name} ({count}): {}", told(&snapshot, name)))
        .collect();
    println!("asked about: {:?}", &names[..50]);
    assert!(answered.is_empty(), "{answered:?}");
}

/// A name with one slip of the finger, always the same for the same name: two letters exchanged, one
/// left out, doubled, or another.
fn misspelt(name: &str, seed: usize) -> Option<String> {
    let letters: Vec<char> = name.chars().collect();
    // The first letter is seldom the wrong one, and short names resemble too many others.
    if letters.len() < 6 {
        return None;
    }
    let at = 1 + seed % (letters.len() - 2);
    if !letters[at].is_alphabetic() || !letters[at + 1].is_alphabetic() {
        return None;
    }
    let mut wrong = letters.clone();
    match seed % 4 {
        0 => wrong.swap(at, at + 1),
        1 => {
            wrong.remove(at);
        }
        2 => wrong.insert(at, letters[at]),
        _ => wrong[at] = if letters[at] == 'e' { 'r' } else { 'e' },
    }
    (wrong != letters).then(|| wrong.into_iter().collect())
}

#[test]
fn names_with_a_slip_of_the_finger_are_found_within_their_country() {
    const FOUND_MIN: f64 = 0.95;
    let snapshot = compiled_in();
    let (mut found, mut total, mut missed) = (0_u32, 0_u32, Vec::new());
    for (seed, (name, country, position, _)) in Reference::shared().populated_places().enumerate() {
        let Some(wrong) = misspelt(name, seed) else { continue };
        total += 1;
        let text = format!("{wrong}, {country}");
        if places_of(&snapshot, &text).iter().any(|candidate| is_at(candidate, position)) {
            found += 1;
        } else {
            missed.push(format!("{name} as {text}"));
        }
    }
    println!("{found} of {total} found");
    assert!(f64::from(found) >= FOUND_MIN * f64::from(total), "{found} of {total}: {missed:?}");
}
