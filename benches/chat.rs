//! A turn of conversation and a place lookup beside the nearest lookup inside them, as one table.
//!
//! `cargo bench --bench chat [-- ATMS]`; see `benches/README.md`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use nearest_atm::answers::{Form, Nearest};
use nearest_atm::chat::{
    ChatOptions, Conversation, Hints, NameBook, SharedPosition, Turn, Understander,
};
use nearest_atm::config::Config;
use nearest_atm::domain::{NearestQuery, Position};
use nearest_atm::places::Wanted;
use nearest_atm::publication::View;
use nearest_atm::service::{self, Params, Service};
use nearest_atm::snapshot::Snapshot;

/// Sentences of five languages, one of each kind.
const SENTENCES: [&str; 10] = [
    "Nearest ATM to Kamppi that takes deposits, open now?",
    "free cash machines near Helsinki central station",
    "cajeros sin comisión en Mónaco abiertos ahora",
    "los 3 cajeros más cercanos a Helsinki",
    "distributeur sans frais à Monaco",
    "les deux distributeurs les plus proches de Monte-Carlo",
    "Geldautomaten in Helsinki, rollstuhlgerecht",
    "kostenloser Geldautomat in Monaco",
    "caixa eletrônico aberto agora em Helsinki",
    "multibanco perto de 43.7384, 7.4246",
];

/// Places: towns, a street, a misspelling, one of many.
const PLACES: [&str; 8] = [
    "Helsinki",
    "Monaco",
    "Mannerheimintie",
    "Springfield, Illinois",
    "Helsinky",
    "London",
    "San José",
    "60.17, 24.94",
];

const ROUNDS: usize = 400;

fn main() {
    let sources = Config::default().source_files().unwrap();
    let snapshot = Snapshot::ingest(&sources, &mut |_| {}).unwrap();
    let atms = snapshot.len();
    let service = Service::default();
    service.publication().publish(snapshot);
    let published = service.published().unwrap();
    let view = published.at(service.now());
    let conversation = Conversation::new(service.clone(), &ChatOptions::default()).unwrap();
    let helsinki = Position::from_lat_lon(60.17, 24.94).unwrap();

    println!("{atms} ATMs, {ROUNDS} rounds\n\n| what | p50 µs | p99 µs |\n|---|---|---|");
    row("nearest 10, found", &[()], |()| {
        black_box(service::nearest(view, &NearestQuery::new(black_box(helsinki), 10)));
    });
    row("nearest 10, found and written", &[()], |()| {
        black_box(answer(view, helsinki));
    });
    row("a place found", &PLACES, |text| {
        let wanted = Wanted { hint: None, language: "en" };
        black_box(service::locate(view, text, wanted).is_ok());
    });
    let understander = Understander::new().unwrap();
    let names = NameBook::of(view.snapshot);
    row("a sentence understood", &SENTENCES, |text| {
        let gazetteer = view.snapshot.gazetteer();
        let hints = Hints {
            locale: None,
            language: None,
            before: None,
            awaits_place: false,
            names: &names,
            is_place: &|text| gazetteer.knows(text),
        };
        black_box(understander.understand(text, &hints));
    });
    row("a turn, by words", &SENTENCES, |text| {
        let turn = Turn { text: Some(text), ..Turn::default() };
        black_box(conversation.turn(&turn).unwrap());
    });
    row("a turn, by a shared position", &[()], |()| {
        let position = Some(SharedPosition { position: helsinki, accuracy: None });
        black_box(conversation.turn(&Turn { position, ..Turn::default() }).unwrap());
    });
}

/// The nearest ten from a position, as bytes.
fn answer(view: View<'_>, origin: Position) -> Vec<u8> {
    let texts = [("lat", origin.lat_deg()), ("lon", origin.lon_deg())];
    let texts = texts.map(|(name, degrees)| (name.to_owned(), degrees.to_string()));
    let question = Params::from_texts(texts).nearest().unwrap();
    Nearest::find(view, question, None).unwrap().write(view, Form::Json)
}

/// Measures each of `inputs` in turn, so that no cache has just the one.
fn row<T>(what: &str, inputs: &[T], mut run: impl FnMut(&T)) {
    let mut times: Vec<Duration> = Vec::new();
    for round in 0..=ROUNDS {
        for input in inputs {
            let started = Instant::now();
            run(input);
            if round > 0 {
                times.push(started.elapsed());
            }
        }
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e6;
    println!("| {what} | {:.1} | {:.1} |", at(50), at(99));
}
