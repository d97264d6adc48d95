//! What writing an answer costs beside `serde_json` writing the same bytes.

use std::borrow::Cow;
use std::fmt;
use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use nearest_atm::domain::{NearestQuery, Position};
use nearest_atm::publication::View;
use nearest_atm::render::{self, Envelope};
use nearest_atm::service;
use nearest_atm::snapshot::Snapshot;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Rounds over the questions, the best of which counts.
const ROUNDS: usize = 7;

/// Microseconds an answer takes in the mean.
pub(crate) struct Costs {
    /// Finding what is to be written.
    pub(crate) lookup_us: f64,
    /// Writing it, from the packed records of the snapshot.
    pub(crate) ours_us: f64,
    /// Finding and writing it, one after the other.
    pub(crate) both_us: f64,
    /// Writing it, from what is written beforehand, where that is done.
    pub(crate) copied_us: Option<f64>,
    /// Finding it, and writing it so.
    pub(crate) both_copied_us: Option<f64>,
    /// `serde_json` writing it, from structs that lie there ready.
    pub(crate) serde_us: f64,
    /// How many bytes it has.
    pub(crate) bytes: usize,
}

/// Measures all of them for the ten nearest of each origin.
pub(crate) fn compare(snapshot: &Snapshot, origins: &[Position]) -> Costs {
    let view = View::of(snapshot, Timestamp::now());
    let envelope = Envelope { next: None, warnings: Vec::new(), explain: None, place: None };
    let queries: Vec<NearestQuery> =
        origins.iter().map(|&origin| NearestQuery::new(origin, 10)).collect();
    let found: Vec<_> = queries.iter().map(|query| service::nearest(view, query)).collect();
    let write = |place: usize| {
        let query = &queries[place];
        render::nearest_json(view, query.origin, &query.filter, &found[place], &envelope)
    };
    let texts: Vec<Vec<u8>> = (0..queries.len()).map(write).collect();
    let answers: Vec<Answer<'_>> =
        texts.iter().map(|text| serde_json::from_slice(text).unwrap()).collect();
    let bytes = texts.iter().map(Vec::len).sum::<usize>() / texts.len();
    let write_by_serde = |place: usize| {
        let mut out = Vec::with_capacity(texts[place].len());
        serde_json::to_writer(&mut out, &answers[place]).unwrap();
        out
    };
    for (place, text) in texts.iter().enumerate() {
        assert_eq!(write_by_serde(place), *text, "the structs do not say the same");
    }
    let best_us = |work: &dyn Fn(usize)| {
        let round = |_| {
            let begin = Instant::now();
            (0..queries.len()).for_each(work);
            begin.elapsed().as_secs_f64() * 1e6 / queries.len() as f64
        };
        (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
    };
    let lookup_us = best_us(&|place| drop(black_box(service::nearest(view, &queries[place]))));
    let ours_us = best_us(&|place| drop(black_box(write(place))));
    let both = |place: usize| {
        let query = &queries[place];
        let found = service::nearest(view, query);
        let (origin, filter) = (query.origin, &query.filter);
        drop(black_box(render::nearest_json(view, origin, filter, &found, &envelope)));
    };
    let both_us = best_us(&both);
    snapshot.write_beforehand();
    let is_kept = snapshot.len() < 400_000;
    Costs {
        lookup_us,
        ours_us,
        both_us,
        copied_us: is_kept.then(|| best_us(&|place| drop(black_box(write(place))))),
        both_copied_us: is_kept.then(|| best_us(&both)),
        serde_us: best_us(&|place| drop(black_box(write_by_serde(place)))),
        bytes,
    }
}

/// Members of an object in their order, all of them texts.
struct Texts<'t>(Vec<(Text<'t>, Text<'t>)>);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

impl<'de: 't, 't> Deserialize<'de> for Texts<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Texts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts<'de>, A::Error> {
                let mut texts = Vec::new();
                while let Some(member) = map.next_entry()? {
                    texts.push(member);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A text, lent unless something in it was escaped.
#[derive(Serialize, Deserialize)]
struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

/// A position.
#[derive(Serialize, Deserialize)]
struct LatLon {
    lat: f64,
    lon: f64,
}

/// An answer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer<'t> {
    origin: LatLon,
    #[serde(borrow)]
    neighbours: Vec<Neighbour<'t>>,
    relaxations: Vec<()>,
    #[serde(borrow)]
    next: Option<Text<'t>>,
    #[serde(borrow)]
    warnings: Vec<Text<'t>>,
    #[serde(borrow)]
    snapshot: Origin<'t>,
    #[serde(borrow)]
    attribution: Vec<Text<'t>>,
}

/// Where data is from.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin<'t> {
    #[serde(borrow)]
    id: Text<'t>,
    #[serde(borrow)]
    as_of: Option<Text<'t>>,
}

/// A site.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Neighbour<'t> {
    distance_m: f64,
    bearing_deg: f64,
    position: LatLon,
    #[serde(borrow)]
    site: Site<'t>,
    #[serde(borrow)]
    atms: Vec<Atm<'t>>,
}

/// What a site is called and where it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Site<'t> {
    #[serde(borrow)]
    id: Text<'t>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    name: Option<Text<'t>>,
    #[serde(borrow)]
    address: Texts<'t>,
}

/// A machine.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Atm<'t> {
    #[serde(borrow)]
    id: Text<'t>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    name: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    operator: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    brand: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    networks: Option<Vec<Text<'t>>>,
    distance_m: f64,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    location_type: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    level: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    access: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    services: Option<Texts<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    accessibility: Option<Texts<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    features: Option<Texts<'t>>,
    #[serde(borrow)]
    fee: Text<'t>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    charges: Option<Vec<Text<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    surcharge_free_networks: Option<Vec<Text<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    currencies: Option<Vec<Text<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    denominations: Option<Vec<Text<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    schemes: Option<Vec<Text<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    languages: Option<Vec<Text<'t>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    min_amount: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    opening_hours: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    always_open: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    chip: Option<Text<'t>>,
    #[serde(borrow)]
    open: Texts<'t>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    machine_count: Option<Text<'t>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    checked_at: Option<Text<'t>>,
    #[serde(borrow)]
    source: Source<'t>,
}

/// Whose record it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source<'t> {
    #[serde(borrow)]
    name: Text<'t>,
    #[serde(borrow)]
    as_of: Option<Text<'t>>,
}
