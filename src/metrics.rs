//! What the service counts of itself, for Prometheus.
//!
//! Every label has few values, all known beforehand or named in the configuration; none is made of
//! what clients send. Counting costs an addition: every counter is found before the first request.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::Plan;

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The nearest.
    Nearest,
    /// Everything in an area.
    Within,
}

impl Lookup {
    const ALL: [Self; 2] = [Self::Nearest, Self::Within];

    const fn code(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Within => "within",
        }
    }
}

/// What happens to a message of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelEvent {
    /// A request was refused: not genuine, too large, or not to be read.
    Refused,
    /// It was taken, to be answered.
    Taken,
    /// It had come before.
    Repeated,
    /// It was said too long ago to be answered.
    Stale,
    /// It was passed over: its sender writes faster than can be answered.
    PassedOver,
    /// There was no room for it; the platform sends it again.
    Full,
    /// A message of a reply was sent.
    Sent,
    /// An attempt to send one was repeated.
    Retried,
    /// A message of a reply was not sent.
    Failed,
}

impl ChannelEvent {
    const ALL: [Self; 9] = [
        Self::Refused,
        Self::Taken,
        Self::Repeated,
        Self::Stale,
        Self::PassedOver,
        Self::Full,
        Self::Sent,
        Self::Retried,
        Self::Failed,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Taken => "taken",
            Self::Repeated => "repeated",
            Self::Stale => "stale",
            Self::PassedOver => "passed_over",
            Self::Full => "full",
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::Failed => "failed",
        }
    }
}

/// The routes that are told apart; any other counts as `other`.
const ROUTES: [&str; 13] = [
    "/v1/atms/nearest",
    "/v1/atms/nearest/batch",
    "/v1/atms/within",
    "/v1/atms/{*id}",
    "/v1/places",
    "/v1/vocabulary",
    "/v1/chat",
    "/mcp",
    "/channels/messenger",
    "/channels/whatsapp",
    "/channels/telegram",
    "/livez",
    "/readyz",
];

/// How requests end, by their status.
const OUTCOMES: [&str; 5] = ["ok", "not_modified", "refused", "unavailable", "failed"];

/// Bounds of the latency histograms, in seconds: a lookup takes microseconds, a time-out ten
/// seconds.
const LATENCY_BOUNDS_S: [f64; 16] = [
    2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0, 5.0,
    10.0,
];

fn latencies() -> Histogram {
    Histogram::new(LATENCY_BOUNDS_S)
}

type Labels<const N: usize> = [(&'static str, &'static str); N];
/// A label whose value is a name of the configuration.
type Named = Vec<(&'static str, String)>;
type Number = Gauge<f64, AtomicU64>;

/// What is counted of one route.
struct Route {
    outcomes: [Counter; OUTCOMES.len()],
    latency: Histogram,
}

/// What is true at the moment it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Id of the snapshot that is served.
    pub snapshot: Option<String>,
    /// How long it has been served.
    pub published_for: Option<Duration>,
    /// How old its data is, in seconds, where its sources say.
    pub data_age_s: Option<f64>,
    /// ATMs and sites in it.
    pub atms: usize,
    /// Sites in it.
    pub sites: usize,
    /// Rows rejected when it was ingested, by reason.
    pub rejected: Vec<(&'static str, u64)>,
    /// Machines whose status is known, by state.
    pub statuses: Vec<(&'static str, u64)>,
    /// Each configured source.
    pub sources: Vec<ObservedSource>,
}

/// One configured source at the moment.
#[derive(Clone, Debug)]
pub struct ObservedSource {
    /// Its name.
    pub name: String,
    /// ATMs of it that are served.
    pub atms: u64,
    /// How long ago it was known to say what is served, in seconds.
    pub age_s: Option<u64>,
    /// Whether what is served of it may be older than what it says.
    pub is_stale: bool,
}

#[derive(Default)]
struct Gauges {
    snapshot: Family<Named, Gauge>,
    published_for: Family<Labels<0>, Number>,
    data_age: Family<Labels<0>, Number>,
    atms: Gauge,
    sites: Gauge,
    rejected: Family<Labels<1>, Gauge>,
    statuses: Family<Labels<1>, Gauge>,
    source_atms: Family<Named, Gauge>,
    source_stale: Family<Named, Gauge>,
    source_age: Family<Named, Gauge>,
}

/// Every counter of a service.
pub struct Metrics {
    lookups: Vec<[Counter; 2]>,
    routes: Vec<Route>,
    refused_credentials: Counter,
    reloads: Family<Labels<2>, Counter>,
    guard_refusals: Counter,
    channels: Family<Labels<2>, Counter>,
    /// Whoever reads takes turns: what is true at the moment is written first.
    registry: Mutex<(Registry, Gauges)>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let lookups = Family::<Labels<3>, Counter>::default();
        registry.register(
            "atm_lookups",
            "Lookups, by what was looked up, how it was found, and whether anything was",
            lookups.clone(),
        );
        let requests = Family::<Labels<2>, Counter>::default();
        registry.register(
            "atm_requests",
            "Public requests, by route and outcome",
            requests.clone(),
        );
        let latency = Family::<Labels<1>, Histogram>::new_with_constructor(latencies);
        registry.register_with_unit(
            "atm_request_duration",
            "Time from a public request to the head of its answer, by route",
            Unit::Seconds,
            latency.clone(),
        );
        let refused_credentials = Counter::default();
        registry.register(
            "atm_admin_refused_credentials",
            "Requests for administration without a valid credential",
            refused_credentials.clone(),
        );
        let reloads = Family::<Labels<2>, Counter>::default();
        registry.register("atm_reloads", "Reloads, by what asked and outcome", reloads.clone());
        let guard_refusals = Counter::default();
        registry.register(
            "atm_guard_refusals",
            "Reasons the guard gave against publishing",
            guard_refusals.clone(),
        );
        let channels = Family::<Labels<2>, Counter>::default();
        registry.register(
            "atm_channel_events",
            "Messages of channels, by channel and what happened to them",
            channels.clone(),
        );
        let gauges = Gauges::registered(&mut registry);
        let counters_of_lookup = |lookup: Lookup, plan: Plan| {
            ["found", "empty"].map(|outcome| {
                let labels =
                    [("lookup", lookup.code()), ("plan", plan.code()), ("outcome", outcome)];
                lookups.get_or_create_owned(&labels)
            })
        };
        let counters_of_route = |route: &'static str| Route {
            outcomes: OUTCOMES.map(|outcome| {
                requests.get_or_create_owned(&[("route", route), ("outcome", outcome)])
            }),
            latency: latency.get_or_create_owned(&[("route", route)]),
        };
        Self {
            lookups: Lookup::ALL
                .into_iter()
                .flat_map(|lookup| Plan::ALL.iter().map(move |&plan| (lookup, plan)))
                .map(|(lookup, plan)| counters_of_lookup(lookup, plan))
                .collect(),
            routes: ROUTES.into_iter().chain(["other"]).map(counters_of_route).collect(),
            refused_credentials,
            reloads,
            guard_refusals,
            channels,
            registry: Mutex::new((registry, gauges)),
        }
    }
}

impl Gauges {
    fn registered(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        let Self { source_atms, source_stale, source_age, .. } = &gauges;
        registry.register("atm_source_atms", "ATMs served of each source", source_atms.clone());
        registry.register(
            "atm_source_stale",
            "1 where what is served of a source may be older than what it says",
            source_stale.clone(),
        );
        registry.register_with_unit(
            "atm_source_age",
            "How long ago a source was known to say what is served",
            Unit::Seconds,
            source_age.clone(),
        );
        let Self { snapshot, published_for, data_age, atms, sites, rejected, statuses, .. } =
            &gauges;
        registry.register("atm_snapshot", "1 for the snapshot that is served", snapshot.clone());
        registry.register_with_unit(
            "atm_snapshot_published_for",
            "How long the snapshot has been served",
            Unit::Seconds,
            published_for.clone(),
        );
        registry.register_with_unit(
            "atm_snapshot_data_age",
            "Age of the oldest of its sources, where all state their time",
            Unit::Seconds,
            data_age.clone(),
        );
        registry.register("atm_atms", "ATMs in the snapshot", atms.clone());
        registry.register("atm_sites", "Sites in the snapshot", sites.clone());
        registry.register("atm_rejected_rows", "Rows rejected, by reason", rejected.clone());
        registry.register("atm_statuses", "Machines whose status is known", statuses.clone());
        gauges
    }

    fn observe(&self, observed: &Observed) {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.snapshot.clear();
        if let Some(id) = &observed.snapshot {
            self.snapshot.get_or_create_owned(&vec![("id", id.clone())]).set(1);
        }
        for (family, seconds) in [
            (&self.published_for, observed.published_for.map(|time| time.as_secs_f64())),
            (&self.data_age, observed.data_age_s),
        ] {
            family.clear();
            if let Some(seconds) = seconds {
                family.get_or_create_owned(&[]).set(seconds);
            }
        }
        self.atms.set(whole(observed.atms as u64));
        self.sites.set(whole(observed.sites as u64));
        for family in [&self.source_atms, &self.source_stale, &self.source_age] {
            family.clear();
        }
        for source in &observed.sources {
            let label = vec![("source", source.name.clone())];
            self.source_atms.get_or_create_owned(&label).set(whole(source.atms));
            self.source_stale.get_or_create_owned(&label).set(source.is_stale.into());
            if let Some(age_s) = source.age_s {
                self.source_age.get_or_create_owned(&label).set(whole(age_s));
            }
        }
        for (family, label, counts) in [
            (&self.rejected, "reason", &observed.rejected),
            (&self.statuses, "state", &observed.statuses),
        ] {
            family.clear();
            for &(value, count) in counts {
                family.get_or_create_owned(&[(label, value)]).set(whole(count));
            }
        }
    }
}

impl Metrics {
    /// Counts a lookup.
    pub fn count_lookup(&self, lookup: Lookup, plan: Plan, is_empty: bool) {
        let plan = Plan::ALL.iter().position(|&known| known == plan).unwrap_or_default();
        if let Some(counters) = self.lookups.get(lookup as usize * Plan::ALL.len() + plan) {
            counters[usize::from(is_empty)].inc();
        }
    }

    /// Counts a public request that was answered with this HTTP status after this time. `route` is
    /// the pattern of its path.
    pub fn count_request(&self, route: &str, status: u16, took: Duration) {
        let place = ROUTES.iter().position(|&known| known == route).unwrap_or(ROUTES.len());
        let outcome = match status {
            304 => 1,
            0..400 => 0,
            400..500 => 2,
            503 => 3,
            _ => 4,
        };
        if let Some(route) = self.routes.get(place) {
            route.outcomes[outcome].inc();
            route.latency.observe(took.as_secs_f64());
        }
    }

    /// Counts a reload by the codes of what asked for it and of what was decided, and the guard's
    /// reasons against it.
    pub fn count_reload(&self, trigger: &'static str, decision: &'static str, refusals: u64) {
        self.reloads.get_or_create_owned(&[("trigger", trigger), ("outcome", decision)]).inc();
        self.guard_refusals.inc_by(refusals);
    }

    /// Shows a channel with nothing counted yet.
    pub fn show_channel(&self, channel: &'static str) {
        for event in ChannelEvent::ALL {
            self.count_channel(channel, event, 0);
        }
    }

    /// Counts what happened to messages of a channel.
    pub fn count_channel(&self, channel: &'static str, event: ChannelEvent, count: u64) {
        let labels = [("channel", channel), ("event", event.code())];
        self.channels.get_or_create_owned(&labels).inc_by(count);
    }

    /// Counts a request for administration without a valid credential.
    pub fn count_refused_credential(&self) {
        self.refused_credentials.inc();
    }

    /// Everything counted and observed, in the text form of `OpenMetrics`.
    #[must_use]
    pub fn to_text(&self, observed: &Observed) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let (registry, gauges) = &*registry;
        gauges.observe(observed);
        let mut text = String::with_capacity(16 << 10);
        // Writing to memory does not fail.
        let _ = encode(&mut text, registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_and_requests_are_counted_under_bounded_labels() {
        let metrics = Metrics::default();
        metrics.count_lookup(Lookup::Within, Plan::Scan, true);
        for route in ["/v1/atms/nearest", "/60.1,24.9", "/60.2,24.9"] {
            metrics.count_request(route, 200, Duration::from_micros(60));
        }
        metrics.count_request("/v1/atms/nearest", 503, Duration::from_secs(20));
        let observed = Observed { statuses: vec![("in_service", 3)], ..Observed::default() };
        let text = metrics.to_text(&observed);
        for line in [
            "atm_lookups_total{lookup=\"within\",plan=\"scan\",outcome=\"empty\"} 1",
            "atm_lookups_total{lookup=\"nearest\",plan=\"walk\",outcome=\"found\"} 0",
            "atm_requests_total{route=\"/v1/atms/nearest\",outcome=\"ok\"} 1",
            "atm_requests_total{route=\"/v1/atms/nearest\",outcome=\"unavailable\"} 1",
            "atm_requests_total{route=\"other\",outcome=\"ok\"} 2",
            "atm_request_duration_seconds_count{route=\"other\"} 2",
            "atm_statuses{state=\"in_service\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert!(!text.contains("60.1"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
