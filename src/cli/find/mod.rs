//! `nearest-atm find`

mod shape;
mod shown;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::answers::{self, Form};
use crate::places::Candidate;
use crate::publication::View;
use crate::service::{
    AlongQuestion, CursorError, InvalidParameters, NearError, NearestQuestion, Params,
    ShapeQuestion, WithinQuestion,
};

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

/// The parameters of `/v1/atms/nearest` and `/v1/atms/within`, by the same names.
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
    /// Language of the names of places, a tag such as en or pt-BR [default: en].
    #[arg(long)]
    lang: Option<String>,
    /// Everything in an area instead of the nearest: west,south,east,north in degrees, or a GeoJSON
    /// file of a Polygon or `MultiPolygon`.
    #[arg(long, value_name = "BBOX|FILE", allow_hyphen_values = true)]
    within: Option<String>,
    /// Everything along a line, in its order: a GeoJSON file of one `LineString`.
    #[arg(long, value_name = "FILE", requires = "buffer_m", conflicts_with = "within")]
    along: Option<PathBuf>,
    /// How far from the line, metres.
    #[arg(long, alias = "buffer_m", value_name = "METRES", requires = "along")]
    buffer_m: Option<String>,
    /// How many sites to find, 1 to 100 [default: 10]; of an area or a line how many ATMs, 1 to 1000
    /// [default: 100].
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
    /// The next page: what the page before gave as its cursor.
    #[arg(long)]
    cursor: Option<String>,
    /// Tell how the answer was found: plan, nodes visited, ATMs tested, time taken.
    #[arg(long)]
    explain: bool,
}

/// A question of any kind.
enum Asked {
    Nearest(NearestQuestion, Option<Candidate>),
    Within(WithinQuestion),
    Along(AlongQuestion),
}

impl QuestionArgs {
    /// The parameters that are texts.
    fn texts(&self) -> Params<'static> {
        let given = [
            ("near", &self.near),
            ("lang", &self.lang),
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
            ("buffer_m", &self.buffer_m),
            ("cursor", &self.cursor),
        ];
        let text = |(name, value): (&str, &Option<String>)| Some((name.to_owned(), value.clone()?));
        let explain = self.explain.then(|| ("explain".to_owned(), "true".to_owned()));
        Params::from_texts(given.into_iter().filter_map(text).chain(explain))
    }

    fn asks_for_shape(&self) -> bool {
        self.within.is_some() || self.along.is_some()
    }

    /// All parameters, shapes read from their files.
    fn params(&self) -> Result<Params<'static>, Failure> {
        let mut params = self.texts();
        if let Some(within) = &self.within {
            shape::add_within(&mut params, within)?;
        }
        if let Some(along) = &self.along {
            shape::add_along(&mut params, along)?;
        }
        Ok(params)
    }

    /// The question, where it does not need the data to be understood.
    fn understood(&self) -> Result<Option<Asked>, Failure> {
        if self.asks_for_shape() {
            let question = self.params()?.shape().map_err(|faults| refused(&faults))?;
            return Ok(Some(match question {
                ShapeQuestion::Within(question) => Asked::Within(question),
                ShapeQuestion::Along(question) => Asked::Along(question),
            }));
        }
        if self.near.is_some() {
            return Ok(None);
        }
        let question = self.params()?.nearest().map_err(|faults| refused(&faults))?;
        Ok(Some(Asked::Nearest(question, None)))
    }

    /// The question, its place found in the data.
    fn located(&self, view: View<'_>) -> Result<Asked, Failure> {
        let (params, place) = self.params()?.locate(view).map_err(|error| unlocated(&error))?;
        Ok(Asked::Nearest(params.nearest().map_err(|faults| refused(&faults))?, place))
    }
}

impl FindArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        // What is wrong with the question is said before anything is read.
        let understood = self.question.understood()?;
        let snapshot = match understood {
            Some(_) => self.sources.ingest()?,
            None => self.sources.ingest_with_places()?,
        };
        let view = View::of(&snapshot, Timestamp::now());
        let asked = match understood {
            Some(asked) => asked,
            None => self.question.located(view)?,
        };
        let mut out = BufWriter::new(io::stdout().lock());
        let form = match self.format {
            AnswerFormat::Table => {
                show(&mut out, view, asked)?;
                return Ok(out.flush()?);
            }
            AnswerFormat::Json => Form::Json,
            AnswerFormat::Geojson => Form::Geojson,
        };
        let body = match asked {
            Asked::Nearest(question, place) => answers::nearest(view, question, place, form),
            Asked::Within(question) => answers::within(view, question, form),
            Asked::Along(question) => answers::along(view, question, form),
        };
        out.write_all(&body.map_err(continues_nothing)?)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }
}

/// The answer as people read it: the table to `out`, what is to be said about it beside.
fn show(out: &mut impl Write, view: View<'_>, asked: Asked) -> Result<(), Failure> {
    match asked {
        Asked::Nearest(question, place) => {
            let answered =
                answers::Nearest::find(view, question, place).map_err(continues_nothing)?;
            shown::nearest(out, view, &answered)?;
        }
        Asked::Within(question) => {
            let answered = answers::Within::find(view, question).map_err(continues_nothing)?;
            shown::within(out, view, &answered)?;
        }
        Asked::Along(question) => {
            let answered = answers::Along::find(view, question).map_err(continues_nothing)?;
            shown::along(out, view, &answered)?;
        }
    }
    Ok(())
}

fn refused(faults: &InvalidParameters) -> Failure {
    Failure::Usage(faults.to_string())
}

fn continues_nothing(error: CursorError) -> Failure {
    Failure::Usage(format!("cursor {error}"))
}

/// Why a place is no origin, with what else may be meant.
fn unlocated(error: &NearError) -> Failure {
    let listed =
        |places: &[Candidate]| places.iter().map(Candidate::label).collect::<Vec<_>>().join("\n  ");
    Failure::Usage(match error {
        NearError::Invalid(faults) => faults.to_string(),
        NearError::Ambiguous(places) => format!("several places fit:\n  {}", listed(places)),
        NearError::Unknown(places) if places.is_empty() => "no place fits".to_owned(),
        NearError::Unknown(places) if places.iter().any(Candidate::is_around) => {
            format!(
                "no place fits; it names the town, to look from whose middle:\n  {}",
                listed(places)
            )
        }
        NearError::Unknown(places) => format!("no place fits; similar:\n  {}", listed(places)),
    })
}
