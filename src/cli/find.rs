//! `nearest-atm find`

use std::io::{self, BufWriter, Write};
use std::time::Instant;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::answers::{self, Form};
use crate::domain::{
    Demand, HoursOf, LocalTime, Neighbour, Openness, Outlook, Relaxation, TextField,
    initial_bearing_deg,
};
use crate::places::Candidate;
use crate::publication::View;
use crate::render::Explain;
use crate::service::{self, NearError, NearestQuestion, Params};
use crate::snapshot::Snapshot;

use super::table::Table;
use super::{Failure, SourceArgs};

#[derive(Debug, Args)]
pub(super) struct FindArgs {
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    question: QuestionArgs,
    /// A table for people, or what the HTTP service answers.
    #[arg(long, value_enum, default_value_t = AnswerFormat::Table)]
    format: AnswerFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AnswerFormat {
    Table,
    Json,
    Geojson,
}

/// The parameters of `/v1/atms/nearest`, by the same names.
#[derive(Debug, Args)]
struct QuestionArgs {
    /// Latitude of the origin, decimal degrees.
    #[arg(long, allow_hyphen_values = true)]
    lat: Option<String>,
    /// Longitude of the origin, decimal degrees.
    #[arg(long, allow_hyphen_values = true)]
    lon: Option<String>,
    /// A place instead of latitude and longitude: a town, postcode, street, map link, plus code.
    #[arg(long)]
    near: Option<String>,
    /// How many sites to find, 1 to 100 [default: 10].
    #[arg(long)]
    limit: Option<String>,
    /// How far to look, metres.
    #[arg(long, alias = "max_distance_m")]
    max_distance_m: Option<String>,
    /// site: one neighbour a place; atm: one a machine [default: site].
    #[arg(long)]
    group: Option<String>,
    /// Any of these operators; here and below, a leading - excludes.
    #[arg(long, allow_hyphen_values = true)]
    operator: Option<String>,
    /// Any of these networks.
    #[arg(long, allow_hyphen_values = true)]
    network: Option<String>,
    /// Any of these brands.
    #[arg(long, allow_hyphen_values = true)]
    brand: Option<String>,
    /// Any of these countries, ISO 3166-1 alpha-2.
    #[arg(long, allow_hyphen_values = true)]
    country: Option<String>,
    /// Any of these currencies, ISO 4217.
    #[arg(long, allow_hyphen_values = true)]
    currency: Option<String>,
    /// Any of these kinds of place, such as `transport_station`.
    #[arg(long, allow_hyphen_values = true)]
    location_type: Option<String>,
    /// All of these services, such as `cash_in`.
    #[arg(long, allow_hyphen_values = true)]
    service: Option<String>,
    /// All of these kinds of accessibility, such as `wheelchair`.
    #[arg(long, allow_hyphen_values = true)]
    accessibility: Option<String>,
    /// All of these features, such as `drive_through`.
    #[arg(long, allow_hyphen_values = true)]
    feature: Option<String>,
    /// free: free for everyone.
    #[arg(long)]
    fee: Option<String>,
    /// now, always (round the clock), or a time such as 2026-08-22T09:00:00+03:00.
    #[arg(long, alias = "open_at")]
    open_at: Option<String>,
    /// What to do where the data does not say: exclude, include or only [default: exclude].
    #[arg(long)]
    unknown: Option<String>,
    /// true: machines known to be out of service too [default: false].
    #[arg(long, alias = "include_out_of_service")]
    include_out_of_service: Option<String>,
    /// Tell how the answer was found: plan, nodes visited, ATMs tested, time taken.
    #[arg(long)]
    explain: bool,
}

impl QuestionArgs {
    fn params(&self) -> Params {
        let given = [
            ("near", &self.near),
            ("lat", &self.lat),
            ("lon", &self.lon),
            ("limit", &self.limit),
            ("max_distance_m", &self.max_distance_m),
            ("group", &self.group),
            ("operator", &self.operator),
            ("network", &self.network),
            ("brand", &self.brand),
            ("country", &self.country),
            ("currency", &self.currency),
            ("location_type", &self.location_type),
            ("service", &self.service),
            ("accessibility", &self.accessibility),
            ("feature", &self.feature),
            ("fee", &self.fee),
            ("open_at", &self.open_at),
            ("unknown", &self.unknown),
            ("include_out_of_service", &self.include_out_of_service),
        ];
        let text = |(name, value): (&str, &Option<String>)| Some((name.to_owned(), value.clone()?));
        let explain = self.explain.then(|| ("explain".to_owned(), "true".to_owned()));
        Params::from_texts(given.into_iter().filter_map(text).chain(explain))
    }
}

impl FindArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let params = self.question.params();
        // What is wrong with the question is said before anything is read.
        if self.question.near.is_none() {
            self.question
                .params()
                .nearest()
                .map_err(|faults| Failure::Usage(faults.to_string()))?;
        }
        let snapshot = self.sources.ingest()?;
        let view = View::of(&snapshot, Timestamp::now());
        let (params, place) = params.locate(view).map_err(|error| unlocated(&error))?;
        let question = params.nearest().map_err(|faults| Failure::Usage(faults.to_string()))?;
        let mut out = BufWriter::new(io::stdout().lock());
        let form = match self.format {
            AnswerFormat::Table => {
                write_answer(&mut out, view, question, place.as_ref())?;
                return Ok(out.flush()?);
            }
            AnswerFormat::Json => Form::Json,
            AnswerFormat::Geojson => Form::Geojson,
        };
        let body = answers::nearest(view, question, place, form)
            .map_err(|error| Failure::Usage(error.to_string()))?;
        out.write_all(&body)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }
}

/// The answer as people read it: the table to `out`, what is to be said about it beside.
fn write_answer(
    out: &mut impl Write,
    view: View<'_>,
    question: NearestQuestion,
    place: Option<&Candidate>,
) -> io::Result<()> {
    let NearestQuestion { query, warnings, explain, .. } = question;
    let started = Instant::now();
    let found = service::nearest(view, &query);
    let took = started.elapsed();
    if let Some(place) = place {
        writeln!(io::stderr(), "near {}", place.label())?;
    }
    for warning in warnings.into_iter().chain(view.snapshot.unknown_names(&query.filter)) {
        writeln!(io::stderr(), "note: {warning}")?;
    }
    write_table(out, view, query.origin, &found.neighbours)?;
    write_relaxations(out, &found.relaxations)?;
    out.flush()?;
    if explain {
        let explain = Explain { plan: found.plan, work: found.work, took };
        writeln!(io::stderr(), "{}", explained(explain, view.snapshot))?;
    }
    Ok(())
}

/// Why a place is no origin, with what else may be meant.
fn unlocated(error: &NearError) -> Failure {
    let listed =
        |places: &[Candidate]| places.iter().map(Candidate::label).collect::<Vec<_>>().join("\n  ");
    Failure::Usage(match error {
        NearError::Invalid(faults) => faults.to_string(),
        NearError::Ambiguous(places) => format!("several places fit:\n  {}", listed(places)),
        NearError::Unknown(places) if places.is_empty() => "no place fits".to_owned(),
        NearError::Unknown(places) => format!("no place fits; similar:\n  {}", listed(places)),
    })
}

/// What to give up for more, a line each.
fn write_relaxations(out: &mut impl Write, relaxations: &[Relaxation]) -> io::Result<()> {
    for Relaxation { drop, matches, more, nearest } in relaxations {
        let dropped: Vec<String> = drop.iter().map(Demand::label).collect();
        let more = if *more { " or more" } else { "" };
        let nearest = distance(nearest.get());
        writeln!(
            out,
            "without {}: {matches}{more}, the nearest {nearest} away",
            dropped.join(" and ")
        )?;
    }
    Ok(())
}

fn explained(explain: Explain, snapshot: &Snapshot) -> String {
    let Explain { plan, work, took } = explain;
    format!(
        "explain: {}, {} nodes visited, {} ATMs tested, {} geodesics, {:.1} µs, snapshot {}",
        plan.code(),
        work.nodes_visited,
        work.atms_tested,
        work.geodesics,
        took.as_secs_f64() * 1e6,
        snapshot.id(),
    )
}

fn write_table(
    out: &mut impl Write,
    view: View<'_>,
    origin: crate::domain::Position,
    neighbours: &[Neighbour],
) -> io::Result<()> {
    if neighbours.is_empty() {
        return writeln!(out, "No ATM matches.");
    }
    let mut table =
        Table::new(["distance", "", "site", "address", "machines", "cash in", "fee", "open"]);
    let snapshot = view.snapshot;
    for neighbour in neighbours {
        let nearest = neighbour.atms[0];
        let atm = snapshot.atm(nearest.row);
        let bearing_deg = initial_bearing_deg(origin, snapshot.position(nearest.row));
        let name = atm.text(TextField::Name);
        let known_as = atm.brand_or_operator();
        let site = match (known_as, name) {
            (Some(known_as), Some(name)) if known_as != name => format!("{known_as}, {name}"),
            (Some(only), _) | (None, Some(only)) => only.to_owned(),
            (None, None) => atm.id.to_string(),
        };
        let street: Vec<&str> = [
            atm.list(TextField::AddressLines).next(),
            atm.text(TextField::Street),
            atm.text(TextField::HouseNumber),
            atm.text(TextField::City),
        ]
        .into_iter()
        .flatten()
        .collect();
        table.row([
            distance(nearest.distance.get()),
            compass(bearing_deg).to_owned(),
            site,
            street.join(" "),
            neighbour.atms.len().to_string(),
            atm.attributes.get(crate::domain::Attribute::CashIn).as_str().to_owned(),
            atm.fee.code().to_owned(),
            openness(&snapshot.openness(nearest.row, view.now), view.now),
        ]);
    }
    table.write(out)
}

fn distance(metres: f64) -> String {
    if metres < 999.5 {
        format!("{metres:.0} m")
    } else if metres < 99_950.0 {
        format!("{:.1} km", metres / 1000.0)
    } else {
        format!("{:.0} km", metres / 1000.0)
    }
}

/// Whether a machine is open and what follows, as people say it.
fn openness(openness: &Openness, now: Timestamp) -> String {
    let clock = |change: LocalTime| {
        let (hour, minute) = change.hour_minute();
        match change.days_after(now) {
            0 => format!("{hour:02}:{minute:02}"),
            1 => format!("tomorrow {hour:02}:{minute:02}"),
            2..=6 => format!("{:?} {hour:02}:{minute:02}", change.weekday()),
            _ => format!("{} {hour:02}:{minute:02}", change.date()),
        }
    };
    let said = match openness.outlook(now) {
        Outlook::Open => "open".to_owned(),
        Outlook::ClosesIn(minutes) => format!("open, closes in {minutes} min"),
        Outlook::ClosesAt(change) => format!("open until {}", clock(change)),
        Outlook::Closed => "closed".to_owned(),
        Outlook::OpensIn(minutes) => format!("closed, opens in {minutes} min"),
        Outlook::OpensAt(change) => format!("closed, opens {}", clock(change)),
        Outlook::Unknown => "unknown".to_owned(),
    };
    let inferred = match openness.hours_of {
        HoursOf::Machine => "",
        HoursOf::Host => " (hours of the building)",
        HoursOf::Site => " (hours of the site)",
    };
    match &openness.comment {
        Some(comment) => format!("{said}{inferred}: {comment}"),
        None => format!("{said}{inferred}"),
    }
}

/// The nearest of the eight points of the compass.
fn compass(bearing_deg: f64) -> &'static str {
    const POINTS: [&str; 8] = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 8")]
    let eighth = (bearing_deg / 45.0).round() as usize;
    POINTS[eighth % POINTS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_directions_are_said_as_people_do() {
        assert_eq!(distance(0.4), "0 m");
        assert_eq!(distance(999.4), "999 m");
        assert_eq!(distance(999.6), "1.0 km");
        assert_eq!(distance(12_345_678.0), "12346 km");
        assert_eq!(compass(0.0), "N");
        assert_eq!(compass(359.0), "N");
        assert_eq!(compass(136.0), "SE");
    }
}
