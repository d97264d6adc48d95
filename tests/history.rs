//! The list one bank published over two and a half years, brought to the service version by
//! version: what is broken is refused, what is sound is served.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it does not expect, and tells what it did"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nearest_atm::ingest::transports::{Access, Location};
use nearest_atm::service::Service;
use nearest_atm::service::reload::{
    Condition, ConfiguredSource, Decision, Event, ReloadError, ReloadOptions, ReloadOutcome,
    ReloadRequest, Reloader, Trigger,
};

/// A service on one file of a bank, with a clock that is set by hand.
struct Bank {
    service: Service,
    reloader: Arc<Reloader>,
    clock: &'static AtomicI64,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Bank {
    fn open(clock: &'static AtomicI64, now: fn() -> Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bank.data");
        let service = Service::with_clock(now);
        let source =
            ConfiguredSource::new("bank", Access::to(Location::new(file.to_str().unwrap())));
        let state_dir = Some(folder.path().join("state"));
        let options = ReloadOptions {
            sources: vec![source],
            state_dir,
            snapshots_kept: 2,
            ..ReloadOptions::default()
        };
        let reloader = Arc::new(Reloader::open(service.clone(), options).unwrap());
        Self { service, reloader, clock, file, _folder: folder }
    }

    fn publish(&self, bytes: &[u8]) {
        // Put in place at once, as careful publishers do.
        let unfinished = self.file.with_extension("unfinished");
        std::fs::write(&unfinished, bytes).unwrap();
        std::fs::rename(&unfinished, &self.file).unwrap();
    }

    /// What comes of a reload at an instant.
    async fn reload(&self, at: Timestamp, trigger: Trigger) -> Box<ReloadOutcome> {
        self.clock.store(at.as_second(), Ordering::Relaxed);
        match self.reloader.reload(ReloadRequest::unattended(trigger, None)).await {
            Ok(outcome) => Box::new(outcome),
            Err(ReloadError::Refused(outcome) | ReloadError::Unreadable(outcome)) => outcome,
            Err(error) => unreachable!("{error}"),
        }
    }

    fn served(&self) -> usize {
        self.service.published().unwrap().snapshot.len()
    }

    /// Until when a loss must last, while there is one.
    fn held_until(&self) -> Option<Timestamp> {
        let Condition::Held { until, .. } = self.reloader.sources()[0].condition else {
            return None;
        };
        Some(until)
    }
}

fn history() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = data.join("open-banking/hsbc-history");
    if folder.is_dir() {
        return Some(folder);
    }
    // The variable is set where the files are promised to be; then their absence is a failure.
    let promised = std::env::vars().any(|(name, _)| name == "REAL_ATM_DATA_PROMISED");
    assert!(!promised, "the real data is not at {}", folder.display());
    println!("skipped: no real data at {}", folder.display());
    None
}

#[tokio::test]
async fn of_the_real_versions_in_order_the_truncated_are_refused_and_the_sound_are_served() {
    static NOW_S: AtomicI64 = AtomicI64::new(0);
    let Some(folder) = history() else { return };
    let bank =
        Bank::open(&NOW_S, || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap());
    for (file, decision, refused_for, served) in [
        ("2024-05-14-28c03a10", Decision::Published, &[][..], 1_093),
        ("2024-05-15-f90604da", Decision::Refused, &["shrank", "vanished"], 1_093),
        ("2024-05-16-50c602b4", Decision::Published, &[], 1_084),
        ("2024-10-16-81f1fe38", Decision::Published, &[], 1_031),
        ("2024-10-17-9f73bddc", Decision::Refused, &["shrank", "vanished"], 1_031),
        ("2024-10-18-b9acce85", Decision::Published, &[], 1_031),
        ("2024-12-18-711550d5", Decision::Published, &[], 1_233),
        ("2026-08-22-c442f052", Decision::Published, &[], 1_234),
    ] {
        bank.publish(&std::fs::read(folder.join(format!("{file}.json.gz"))).unwrap());
        let at: Timestamp = format!("{}T03:00:00Z", &file[..10]).parse().unwrap();
        let outcome = bank.reload(at, Trigger::Change).await;
        let reasons: Vec<&str> = outcome.refusals().map(|(_, reason)| reason.code()).collect();
        if let Some(difference) = &outcome.difference {
            let (added, removed) = (difference.added.count, difference.removed.count);
            let (moved, changed) = (difference.moved.count, difference.changed.count);
            println!(
                "{file}: {} ({}), {} served; {added} added, {removed} removed, {moved} moved, \
                 {changed} changed, {} as before",
                outcome.decision.code(),
                reasons.join(", "),
                bank.served(),
                difference.unchanged
            );
        }
        assert_eq!((outcome.decision, reasons), (decision, refused_for.to_vec()), "{file}");
        assert_eq!(bank.served(), served, "{file}");
    }
    let events: Vec<Event> = bank.reloader.history().iter().map(|entry| entry.event).collect();
    assert_eq!(events.iter().filter(|&&event| event == Event::Refused).count(), 2, "{events:?}");
}

/// One version of the list, as the summary of its history tells of it.
#[derive(serde::Deserialize)]
struct Version {
    commit_time: Timestamp,
    commit: String,
    rows: usize,
    added: usize,
    removed: usize,
    modified: usize,
}

fn versions(folder: &Path) -> Vec<Version> {
    let mut summary = csv::Reader::from_path(folder.join("history-summary.csv")).unwrap();
    summary.deserialize().map(Result::unwrap).collect()
}

/// A list that changes by the counts of the summary, which does not say which machines it means:
/// those that vanished within the last ten days come back first, the latest first, as those of the
/// broken versions did.
#[derive(Default)]
struct List {
    /// Numbers of the machines, each with how often it was changed.
    live: BTreeMap<u32, u32>,
    gone: Vec<(Timestamp, u32)>,
    next: u32,
}

impl List {
    fn become_(&mut self, version: &Version, is_first: bool) {
        let removed: Vec<u32> = self.live.keys().rev().take(version.removed).copied().collect();
        for number in &removed {
            self.live.remove(number);
        }
        let since = version.commit_time - jiff::SignedDuration::from_hours(10 * 24);
        let added = if is_first { version.rows } else { version.added };
        for _ in 0..added {
            let back = self.gone.pop_if(|(at, _)| *at > since).map(|(_, number)| number);
            let number = back.unwrap_or_else(|| {
                self.next += 1;
                self.next
            });
            self.live.insert(number, 0);
        }
        for times_changed in self.live.values_mut().take(version.modified) {
            *times_changed += 1;
        }
        self.gone.extend(removed.into_iter().rev().map(|number| (version.commit_time, number)));
        assert_eq!(self.live.len(), version.rows, "{}", version.commit);
    }

    fn csv(&self) -> String {
        let mut text = "id,lat,lon,name\n".to_owned();
        for (number, times_changed) in &self.live {
            let (lat, lon) = (number / 60, number % 60);
            let _ = writeln!(text, "{number},51.{lat:03},-0.{lon:03},Branch {times_changed}");
        }
        text
    }
}

/// What came of bringing every version to a service.
#[derive(Default)]
struct Replay {
    /// Versions refused, by their commit.
    refused: BTreeSet<String>,
    /// The number of machines served, whenever it changed.
    served: Vec<(Timestamp, usize)>,
    /// How long a sound version was there and not served, at most, in seconds.
    longest_wait_s: i64,
}

/// Brings every version to the service at its time, and again when a loss has lasted.
async fn replay(bank: &Bank, versions: &[Version], trigger: Trigger) -> Replay {
    let (mut list, mut replay) = (List::default(), Replay::default());
    let mut served = 0;
    for (place, version) in versions.iter().enumerate() {
        let is_first = place == 0;
        list.become_(version, is_first);
        if is_first || version.added + version.removed + version.modified > 0 {
            bank.publish(list.csv().as_bytes());
        }
        let mut at = version.commit_time;
        let next = versions.get(place + 1).map_or(Timestamp::MAX, |next| next.commit_time);
        loop {
            let outcome = bank.reload(at, trigger).await;
            if outcome.refusals().next().is_some() {
                replay.refused.insert(version.commit.clone());
            }
            if bank.served() != served {
                served = bank.served();
                replay.served.push((at, served));
                let waited = at.duration_since(version.commit_time).as_secs();
                replay.longest_wait_s = replay.longest_wait_s.max(waited);
            }
            match bank.held_until() {
                Some(until) if until < next => at = until,
                Some(_) | None => break,
            }
        }
        let lasts = next.duration_since(version.commit_time) > jiff::SignedDuration::from_hours(1);
        let is_refused = replay.refused.contains(&version.commit);
        assert!(
            bank.served() == version.rows || is_refused || !lasts,
            "{} of {} rows is not served but {}",
            version.commit,
            version.rows,
            bank.served()
        );
    }
    replay
}

/// Versions that lost a fifth of the list and more, to get it back: 21 % to 100 %.
const BROKEN: [&str; 8] = [
    "f90604da", "65553cd6", "182e11f4", "9f73bddc", "fa622667", "6e5839dc", "74435edd", "fdbe29d4",
];

#[tokio::test]
async fn of_828_versions_asked_for_by_schedule_the_broken_are_refused_and_a_flapping_day_shows_nothing()
 {
    static NOW_S: AtomicI64 = AtomicI64::new(0);
    let Some(folder) = history() else { return };
    let bank =
        Bank::open(&NOW_S, || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap());
    let versions = versions(&folder);
    assert_eq!(versions.len(), 828);
    let replay = replay(&bank, &versions, Trigger::Schedule).await;
    println!(
        "{} versions: {} refused; the number of machines served changed {} times, at most {} s \
         after the version was there",
        versions.len(),
        replay.refused.len(),
        replay.served.len(),
        replay.longest_wait_s
    );
    let first_of_each: BTreeSet<&str> = replay.refused.iter().map(String::as_str).collect();
    for broken in BROKEN {
        assert!(first_of_each.contains(broken), "{broken} is served");
    }
    // The broken versions stood for days, under commits of their own.
    let broken_rows = [454, 420, 343, 62, 813, 229, 61, 0];
    for version in versions.iter().filter(|version| replay.refused.contains(&version.commit)) {
        assert!(broken_rows.contains(&version.rows), "{} is refused", version.commit);
    }
    assert!(!replay.served.iter().any(|(_, served)| broken_rows.contains(served)));
    assert_eq!(replay.longest_wait_s, 3_600, "a loss is believed when it has lasted");
    let flapping_day = "2024-01-27".parse::<jiff::civil::Date>().unwrap();
    let on_the_day = replay
        .served
        .iter()
        .filter(|(at, _)| at.to_zoned(jiff::tz::TimeZone::UTC).date() == flapping_day);
    assert_eq!(on_the_day.count(), 0, "780, whatever the list said");
}

#[tokio::test]
async fn files_put_in_place_are_believed_at_once_until_the_list_flaps() {
    static NOW_S: AtomicI64 = AtomicI64::new(0);
    let Some(folder) = history() else { return };
    let bank =
        Bank::open(&NOW_S, || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap());
    let versions = versions(&folder);
    let end: Timestamp = "2024-02-01T00:00:00Z".parse().unwrap();
    let until = versions.iter().position(|version| version.commit_time > end).unwrap();
    let replay = replay(&bank, &versions[..until], Trigger::Change).await;
    let served: Vec<usize> = replay.served.iter().map(|(_, served)| *served).collect();
    assert_eq!(served, [780, 735, 780], "believed once, and not six times more");
    assert_eq!(bank.served(), 780);
}

#[tokio::test]
async fn a_version_that_changes_every_record_and_loses_none_is_served() {
    static NOW_S: AtomicI64 = AtomicI64::new(0);
    let Some(folder) = history() else { return };
    let bank =
        Bank::open(&NOW_S, || Timestamp::from_second(NOW_S.load(Ordering::Relaxed)).unwrap());
    // The version of 2024-12-18 and the one before it, as far as the summary tells: every one of
    // its records changed, and five came.
    let all = versions(&folder);
    let place = all.iter().position(|version| version.commit == "711550d5").unwrap();
    let (before, after) = (&all[place - 1], &all[place]);
    let mut list = List::default();
    list.become_(before, true);
    bank.publish(list.csv().as_bytes());
    bank.reload(before.commit_time, Trigger::Schedule).await;
    list.become_(after, false);
    bank.publish(list.csv().as_bytes());
    let outcome = bank.reload(after.commit_time, Trigger::Schedule).await;
    assert_eq!(outcome.decision, Decision::Published);
    let difference = outcome.difference.as_ref().unwrap();
    let counts = [&difference.added, &difference.removed, &difference.changed].map(|it| it.count);
    assert_eq!(counts, [5, 0, 1_228]);
    assert_eq!((difference.unchanged, bank.served()), (0, 1_233));
}
