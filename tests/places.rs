//! Written places: the reference data is found by its own names, misspellings are, what is
//! ambiguous asks, and real files add what they name.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use jiff::Timestamp;
use nearest_atm::config::Config;
use nearest_atm::places::{Candidate, Wanted};
use nearest_atm::publication::View;
use nearest_atm::service::{Located, locate};
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
