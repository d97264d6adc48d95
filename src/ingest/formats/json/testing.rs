//! What the tests of the JSON formats share.

use std::fmt::Write;
use std::ops::ControlFlow;

use proptest::prelude::*;

use crate::domain::{Field, RejectReason};
use crate::ingest::{Event, FileFacts, FormatError, Input, RawRecord, ReadOptions, Sink};

pub(crate) type Read = fn(&Input, &ReadOptions, &mut Sink<'_>) -> Result<FileFacts, FormatError>;

/// What one reading found.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) events: Vec<Event>,
    pub(crate) outcome: Result<FileFacts, FormatError>,
}

/// Reads `bytes` with the default options.
pub(crate) fn reading(read: Read, bytes: impl AsRef<[u8]>) -> Reading {
    reading_with(read, bytes, &ReadOptions::default())
}

pub(crate) fn reading_with(read: Read, bytes: impl AsRef<[u8]>, options: &ReadOptions) -> Reading {
    let input = Input::memory("atms.json", bytes.as_ref().to_vec());
    let mut events = Vec::new();
    let outcome = read(&input, options, &mut |event| {
        events.push(event);
        ControlFlow::Continue(())
    });
    Reading { events, outcome }
}

impl Reading {
    /// The records, of a reading that came to its end.
    pub(crate) fn records(&self) -> Vec<&RawRecord> {
        assert!(self.outcome.is_ok(), "{:?}", self.outcome);
        self.events.iter().filter_map(record_of).collect()
    }

    /// The only record.
    pub(crate) fn record(&self) -> &RawRecord {
        let records = self.records();
        assert_eq!(records.len(), 1, "{:?}", self.events);
        records[0]
    }

    /// Line and reason of each rejection.
    pub(crate) fn rejected(&self) -> Vec<(String, RejectReason)> {
        let rejection = |event: &Event| match event {
            Event::Rejected { row, reason, .. } => Some((row.to_string(), *reason)),
            Event::Record(_) | Event::NotAtms(_) | Event::FileWarning(..) => None,
        };
        self.events.iter().filter_map(rejection).collect()
    }

    /// How many elements became an event.
    pub(crate) fn accounted(&self) -> u64 {
        let count = |event: &Event| match event {
            Event::Record(_) | Event::Rejected { .. } => 1,
            Event::NotAtms(count) => *count,
            Event::FileWarning(..) => 0,
        };
        self.events.iter().map(count).sum()
    }

    /// The line of the error, of a reading that failed for its syntax.
    pub(crate) fn syntax_line(&self) -> u64 {
        match &self.outcome {
            Err(FormatError::Syntax { line, .. }) => *line,
            other => panic!("{other:?}"),
        }
    }
}

fn record_of(event: &Event) -> Option<&RawRecord> {
    match event {
        Event::Record(record) => Some(record),
        Event::Rejected { .. } | Event::NotAtms(_) | Event::FileWarning(..) => None,
    }
}

/// `field=value` for each value, in their order, separated by blanks.
pub(crate) fn values(record: &RawRecord) -> String {
    let mut text = String::new();
    for (field, value) in &record.values {
        write!(text, "{}={value} ", field.code()).unwrap();
    }
    text.trim_end().to_owned()
}

/// The values of one field.
pub(crate) fn value<'r>(record: &'r RawRecord, code: &str) -> Vec<&'r str> {
    let field = Field::from_code(code).unwrap();
    let values = record.values.iter().filter(|(stated, _)| *stated == field);
    values.map(|(_, value)| value.as_str()).collect()
}

/// The value `extra` has under `name`.
pub(crate) fn extra<'r>(record: &'r RawRecord, name: &str) -> Option<&'r str> {
    record.extra.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Any JSON value with keys that readers look for.
pub(crate) fn any_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    const KEYS: &[&str] = &[
        "id",
        "lat",
        "lon",
        "location",
        "coordinates",
        "type",
        "geometry",
        "properties",
        "tags",
        "amenity",
        "hours",
        "openingHours",
        "monday",
        "sunday",
        "services",
        "atmId",
        "attributes",
        "x",
        "y",
        "bank",
        "currencies",
        "nearest_atm_id",
        "extra",
        "Identification",
        "ATMServices",
        "Location",
        "PostalAddress",
        "NearestATM",
        "bank_id",
        "address",
        "dayOfWeek",
        "open",
    ];
    const TEXTS: &[&str] = &[
        "", "null", "51,5", "Point", "Feature", "atm", "24 hours", "9-5", "true", "[1]", "{", "é",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop::sample::select(KEYS).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Asserts that `read` takes any bytes without panic, and any elements `wrap` puts into a
/// document with one event each.
pub(crate) fn assert_total(read: Read, wrap: fn(&str) -> String) {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[\\[\\]{}\",:0-9a-z\\\\ \n\u{1e}]{0,200}".prop_map(String::into_bytes),
    ];
    proptest!(ProptestConfig::with_cases(300), |(bytes in bytes, cut in 0_usize..400,
            elements in prop::collection::vec(any_json(), 1..6))| {
        reading(read, &bytes);
        let list: Vec<String> = elements.iter().map(ToString::to_string).collect();
        let document = wrap(&list.join(",\n"));
        let whole = reading(read, &document);
        prop_assert!(whole.outcome.is_ok(), "{document}: {:?}", whole.outcome);
        prop_assert_eq!(whole.accounted(), elements.len() as u64, "{}", document);
        let mut bytes = document.into_bytes();
        bytes.truncate(cut);
        reading(read, &bytes);
    });
}
