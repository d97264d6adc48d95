//! Finding the nearest: what it takes from a place in words, or no place at all, to an answer.

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::answers::{self, Form};
use crate::http::Problem;
use crate::places::{Candidate, written_position};
use crate::publication::View;
use crate::service::{NearError, Params};

use super::arguments::{has, params, take_consent};
use super::asking::{Choice, Question, Told};

/// Parameters of the HTTP interface that no tool has.
pub(super) const HIDDEN: [&str; 1] = ["explain"];

/// What came of an attempt to answer.
#[derive(Debug)]
pub(super) enum Attempt {
    /// It is answered.
    Answered {
        /// The JSON of the HTTP interface.
        json: Vec<u8>,
        /// Whether a position was used that nobody said may be.
        lacks_consent: bool,
    },
    /// The person must tell something first.
    Ask(Question, Vec<Candidate>),
    /// It cannot be answered.
    Refused(Problem),
}

impl<E: Into<Problem>> From<E> for Attempt {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Answers a question for the nearest from its arguments and what the person told beside. Arguments
/// that are not acceptable are refused before anything is asked.
pub(super) fn attempt(
    view: View<'_>,
    arguments: &JsonObject,
    told: &Told,
    can_ask: bool,
) -> Attempt {
    tried(view, arguments.clone(), told, can_ask).unwrap_or_else(|ended| ended)
}

fn tried(
    view: View<'_>,
    mut arguments: JsonObject,
    told: &Told,
    can_ask: bool,
) -> Result<Attempt, Attempt> {
    let has_consent = take_consent(&mut arguments)? || told.has_consented;
    if let Some(near) = &told.near {
        arguments.insert("near".to_owned(), near.as_str().into());
    }
    if !["lat", "lon", "near"].iter().any(|name| has(&arguments, name)) {
        check(view, &arguments)?;
        return Ok(Attempt::Ask(Question::Where, Vec::new()));
    }
    // What the person wrote in answer is theirs to use.
    let is_position = (has(&arguments, "lat") || has(&arguments, "lon"))
        || (told.near.is_none() && is_written_position(&arguments));
    let located = match &told.chosen {
        Some(chosen) => located_at(view, &mut arguments, chosen),
        None => params(&arguments, &HIDDEN).locate(view),
    };
    let (params, place) = match located {
        Ok(located) => located,
        Err(NearError::Ambiguous(places)) => {
            check(view, &arguments)?;
            return Ok(Attempt::Ask(Question::which(&places), places));
        }
        Err(error) => return Err(error.into()),
    };
    let question = params.nearest()?;
    if is_position && !has_consent && can_ask {
        return Ok(Attempt::Ask(Question::Consent, Vec::new()));
    }
    let json = answers::nearest(view, question, place, Form::Json)?;
    Ok(Attempt::Answered { json, lacks_consent: is_position && !has_consent })
}

/// The parameters with the place that was chosen as their origin: by its label, if that alone leads
/// there, so that the answer names it.
fn located_at(
    view: View<'_>,
    arguments: &mut JsonObject,
    chosen: &Choice,
) -> Result<(Params<'static>, Option<Candidate>), NearError> {
    arguments.insert("near".to_owned(), chosen.label.as_str().into());
    let by_label = params(arguments, &HIDDEN).locate(view);
    if let Ok((params, Some(place))) = by_label
        && is_at(&place, chosen)
    {
        return Ok((params, Some(place)));
    }
    arguments.remove("near");
    arguments.insert("lat".to_owned(), chosen.lat.into());
    arguments.insert("lon".to_owned(), chosen.lon.into());
    params(arguments, &HIDDEN).locate(view)
}

fn is_at(place: &Candidate, chosen: &Choice) -> bool {
    let apart_deg = |one: f64, other: f64| (one - other).abs();
    apart_deg(place.position.lat_deg(), chosen.lat) < 1e-9
        && apart_deg(place.position.lon_deg(), chosen.lon) < 1e-9
}

/// Whether the label of a place leads to it when it is asked for.
pub(super) fn leads_there(view: View<'_>, place: &Candidate) -> bool {
    let mut arguments = JsonObject::new();
    arguments.insert("near".to_owned(), place.label().into());
    let located = params(&arguments, &HIDDEN).locate(view);
    matches!(located, Ok((_, Some(found))) if found.position == place.position)
}

/// Refuses arguments that are not acceptable, whatever the place.
fn check(view: View<'_>, arguments: &JsonObject) -> Result<(), Attempt> {
    let mut arguments = arguments.clone();
    arguments.remove("near");
    for name in ["lat", "lon"] {
        arguments.entry(name).or_insert_with(|| 0.into());
    }
    // A language is looked at where the place is.
    let (params, _no_place) = params(&arguments, &HIDDEN).locate(view)?;
    params.nearest()?;
    Ok(())
}

/// Whether the place is a position, in any written form.
fn is_written_position(arguments: &JsonObject) -> bool {
    let near = arguments.get("near").and_then(Value::as_str).unwrap_or_default();
    matches!(written_position(near), Some(Ok(_)))
}
