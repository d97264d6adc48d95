//! Sentences as people write them, and what they mean.
//!
//! A file of `sentences/` holds one a line: the text, the intent, then whatever else was said, as
//! `name=value` in the words of a nearest question, `|` between. A line that begins with `>` goes
//! on with the conversation of the line before. It is Tuesday, 24 November 2026, 12:00 UTC.
//! `choice` is which of those shown is spoken of. The set was written before the rules. The first
//! lines of the files held out say how many of their sentences were understood when they were first
//! run, before the rules learnt from them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and says what it found"
)]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use nearest_atm::chat::{
    Choice, Hints, Language, Meaning, NameBook, Parameter, Understander, When,
};
use nearest_atm::config::Config;
use nearest_atm::domain::name_key;
use nearest_atm::snapshot::{Snapshot, Zone};

/// Least share of sentences understood exactly.
const EXACT_MIN: f64 = 0.97;

struct Line {
    text: String,
    goes_on: bool,
    expected: BTreeMap<String, String>,
}

fn lines(file: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(file).unwrap();
    let sentences = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    sentences
        .map(|line| {
            let goes_on = line.starts_with("> ");
            let mut parts = line.trim_start_matches("> ").split(" | ");
            let text = parts.next().unwrap().to_owned();
            let mut expected =
                BTreeMap::from([("intent".to_owned(), parts.next().unwrap().to_owned())]);
            for part in parts {
                let (name, value) = part.split_once('=').unwrap();
                expected.insert(name.to_owned(), comparable(name, value));
            }
            Line { text, goes_on, expected }
        })
        .collect()
}

/// A value as it is compared: places without case and punctuation, lists without order.
fn comparable(name: &str, value: &str) -> String {
    match name {
        "place" => name_key(value),
        "operator" | "network" => {
            let sign = if value.starts_with('-') { "-" } else { "" };
            format!("{sign}{}", name_key(value))
        }
        _ => {
            let mut values: Vec<&str> = value.split(',').collect();
            values.sort_unstable();
            values.join(",")
        }
    }
}

fn found(meaning: &Meaning, now: Timestamp) -> BTreeMap<String, String> {
    let mut found = BTreeMap::from([("intent".to_owned(), meaning.intent.code().to_owned())]);
    let mut put =
        |name: &str, value: String| found.insert(name.to_owned(), comparable(name, &value));
    if let Some(place) = &meaning.place {
        put("place", place.text.clone());
    }
    for &parameter in Parameter::ALL {
        if let Some(values) = meaning.values(parameter) {
            put(parameter.name(), values);
        }
    }
    if let Some(when) = meaning.open_at {
        let moment = when.resolve(now, Zone::UTC).parameter();
        let is_instant = matches!(when, When::At { .. } | When::In { .. });
        put("open_at", if is_instant { moment[..16].to_owned() } else { moment });
    }
    if let Some(limit) = meaning.limit {
        put("limit", limit.to_string());
    }
    if let Some(metres) = meaning.max_distance_m {
        put("max_distance_m", ((metres * 1000.0).round() / 1000.0).to_string());
    }
    match meaning.choice {
        Some(Choice::Number(number)) => put("choice", number.to_string()),
        Some(Choice::Last) => put("choice", "last".to_owned()),
        None => None,
    };
    found
}

/// How many sentences of a file are understood exactly, of how many; the others are printed.
fn score(file: &Path) -> (usize, usize) {
    let understander = Understander::new().unwrap();
    let snapshot =
        Snapshot::ingest(&Config::default().source_files().unwrap(), &mut |_| {}).unwrap();
    let names = NameBook::of(&snapshot);
    let is_place = |text: &str| snapshot.gazetteer().knows(text);
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let (mut exact, mut total) = (0, 0);
    let (mut before, mut language, mut awaits_place) = (None, None, false);
    for line in lines(file) {
        if !line.goes_on {
            (before, language, awaits_place) = (None, None, false);
        }
        let hints = Hints {
            locale: None,
            language,
            before: before.as_ref(),
            awaits_place,
            names: &names,
            is_place: &is_place,
        };
        let understood = understander.understand(&line.text, &hints);
        let found = found(&understood.meaning, now);
        total += 1;
        if found == line.expected {
            exact += 1;
        } else {
            println!(
                "{}{}\n    expected {:?}\n    found    {:?} ({})",
                if line.goes_on { "> " } else { "" },
                line.text,
                line.expected,
                found,
                understood.language.tag(),
            );
        }
        language = Some(understood.language);
        if understood.meaning.intent.is_about_atms() {
            awaits_place = understood.meaning.place.is_none();
            before = Some(understood.meaning);
        }
    }
    (exact, total)
}

fn check(files: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sentences");
    let (mut exact, mut total) = (0, 0);
    for file in files {
        let (file_exact, file_total) = score(&folder.join(file));
        println!("{file}: {file_exact} of {file_total}");
        exact += file_exact;
        total += file_total;
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
    let share = exact as f64 / total as f64;
    assert!(share >= EXACT_MIN, "{exact} of {total} exactly right; the others are above");
}

#[test]
fn sentences_that_were_measured_before_the_rules_learnt_from_them_are_understood() {
    check(&[
        "held-out-en.txt",
        "held-out-es.txt",
        "held-out-fr.txt",
        "held-out-de.txt",
        "held-out-pt.txt",
        "held-out-second.txt",
        "held-out-third.txt",
        "held-out-4-en.txt",
        "held-out-4-espt.txt",
        "held-out-4-frde.txt",
        "held-out-4-mix.txt",
        "held-out-5-en.txt",
        "held-out-5-espt.txt",
        "held-out-5-frde.txt",
        "held-out-5-mix.txt",
        "held-out-6-en.txt",
        "held-out-6-espt.txt",
        "held-out-6-frde.txt",
        "held-out-6-mix.txt",
        "held-out-7.txt",
        "held-out-8.txt",
        "held-out-9.txt",
        "held-out-10.txt",
        "held-out-11.txt",
        "held-out-12-en.txt",
        "held-out-12-espt.txt",
        "held-out-12-frde.txt",
        "held-out-13-en.txt",
        "held-out-13-espt.txt",
        "held-out-13-frde.txt",
        "held-out-14-en.txt",
        "held-out-14-espt.txt",
        "held-out-14-frde.txt",
        "held-out-15.txt",
        "held-out-16-en.txt",
        "held-out-16-espt.txt",
        "held-out-16-frde.txt",
        "held-out-17-en.txt",
        "held-out-17-espt.txt",
        "held-out-17-frde.txt",
    ]);
}

#[test]
fn sentences_of_every_language_are_understood() {
    let files = ["en.txt", "es.txt", "fr.txt", "de.txt", "pt.txt", "other.txt"];
    assert_eq!(Language::ALL.len() + 1, files.len());
    check(&files);
}

#[test]
fn names_of_words_of_daily_life_second_thoughts_and_slips_are_understood() {
    check(&["streets.txt", "second-thoughts.txt", "slips.txt"]);
}
