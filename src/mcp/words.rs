//! Short texts for models: what an answer says, what it leaves open, and what to do next.

use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::Metres;
use crate::http::Problem;
use crate::places::{Candidate, Match};
use crate::service::{InvalidParameter, InvalidParameters};

use super::asking::{Choice, Question};
use super::tools::Tool;

/// What a model must know before it calls anything.
pub(super) const INSTRUCTIONS: &str = "\
Finds cash machines (ATMs) from ATM location data. Ask the person where they are, and call \
find_nearest_atms with near (a postcode, town, street, station, airport); do not guess a position. \
Before a person's own position (lat, lon) is used the first time in a conversation, ask whether it \
may be, and then pass position_consent=true. A value that is unknown, or a member that is missing, \
means that the data does not say: tell it as not known, never as no. Distances are metres in a \
straight line over the ground, not walking distances. The words filters take are in \
atm://vocabulary.";

/// What must be said whenever a value is not stated.
const UNKNOWN: &str = "\"not stated\": the data does not say; it is not a no.";

/// What is said when a position was used that nobody said may be.
pub(super) const CONSENT_NOTE: &str = "\
The position was used for this answer and not kept. If it is the person's own, ask whether it may \
be used before using it again, and pass position_consent=true once they agree.";

/// A prompt for the common question.
pub(super) fn prompt(place: Option<&str>, need: Option<&str>) -> String {
    let asked = match (place, need) {
        (Some(place), Some(need)) => format!("Find the nearest ATM to {place} for this: {need}."),
        (Some(place), None) => format!("Find the nearest ATM to {place}."),
        (None, Some(need)) => format!("Find the nearest ATM for this: {need}. Ask me where I am."),
        (None, None) => "Find the nearest ATM. Ask me where I am.".to_owned(),
    };
    format!(
        "{asked} Use find_nearest_atms with near, and filters only for what I need. Tell me name, \
         address, distance, and whether it is open. Where the data does not say something I need, \
         say that it is not known."
    )
}

/// The answer of a tool in a few lines.
pub(super) fn of_answer(tool: Tool, json: &Value) -> String {
    match tool {
        Tool::FindNearest => nearest(json),
        Tool::FindWithin => within(json),
        Tool::ResolvePlace => places(json),
        Tool::GetAtm => one(json),
        Tool::ReportStatus => reported(json),
    }
}

fn items<'j>(json: &'j Value, name: &str) -> &'j [Value] {
    json[name].as_array().map_or(&[], Vec::as_slice)
}

fn texts<'j>(json: &'j Value, name: &str) -> Vec<&'j str> {
    items(json, name).iter().filter_map(Value::as_str).collect()
}

/// Metres as people say them.
fn distance(metres: &Value) -> String {
    let metres = metres.as_f64().and_then(Metres::new);
    metres.map_or_else(|| "unknown distance".to_owned(), |metres| metres.to_string())
}

fn nearest(json: &Value) -> String {
    let neighbours = items(json, "neighbours");
    let mut text = String::new();
    if let Some(place) = json["origin"]["place"]["label"].as_str() {
        let _ = writeln!(text, "Near {place}:");
    }
    for (number, neighbour) in (1..).zip(neighbours) {
        let machines = items(neighbour, "atms");
        let name = neighbour["site"]["name"].as_str().unwrap_or("ATM without a name");
        let _ = write!(text, "{number}. {}: {name}", distance(&neighbour["distance_m"]));
        if let Some(address) = address(&neighbour["site"]["address"]) {
            let _ = write!(text, ", {address}");
        }
        match machines {
            [one] => {
                let _ = writeln!(text, "; {}", machine(one));
            }
            many => {
                let _ = writeln!(text, "; {} machines:", many.len());
                add_machines(&mut text, many);
            }
        }
    }
    if neighbours.is_empty() {
        text.push_str("No ATM is known to match.\n");
    } else {
        let _ = writeln!(text, "Distances are straight lines over the ground. {UNKNOWN}");
    }
    for relaxation in items(json, "relaxations") {
        let more = if relaxation["more"].as_bool() == Some(true) { " or more" } else { "" };
        let _ = writeln!(
            text,
            "Without {}: {}{more} match, the nearest {} away.",
            texts(relaxation, "drop").join(" and "),
            relaxation["matches"],
            distance(&relaxation["nearest_m"]),
        );
    }
    if json["next"].is_string() {
        text.push_str("There are more: call again with cursor set to next.\n");
    }
    add_tail(&mut text, json);
    text
}

/// Machines of one place, those of which the same is to be said together.
fn add_machines(text: &mut String, machines: &[Value]) {
    let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
    for one in machines {
        let (said, id) = (what_counts(one), one["id"].as_str().unwrap_or_default());
        match alike.iter_mut().find(|(other, _)| *other == said) {
            Some((_, ids)) => ids.push(id),
            None => alike.push((said, vec![id])),
        }
    }
    for (said, ids) in alike {
        let _ = match ids.as_slice() {
            [id] => writeln!(text, "   - {said}; id {id}"),
            ids => writeln!(text, "   - {} alike: {said}; ids {}", ids.len(), ids.join(", ")),
        };
    }
}

fn within(json: &Value) -> String {
    let atms = items(json, "atms");
    let mut text = String::new();
    for atm in atms {
        let along = &atm["along_m"];
        let along = if along.is_null() {
            String::new()
        } else {
            format!("after {}, {} beside: ", distance(along), distance(&atm["distance_m"]))
        };
        let _ = writeln!(text, "- {along}{}; {}", name(atm), machine(atm));
    }
    let count = atms.len();
    let _ = match (count, json["next"].is_string()) {
        (0, false) => writeln!(text, "No ATM is known to match."),
        (_, false) => writeln!(text, "These {count} are all there are from here on. {UNKNOWN}"),
        (_, true) => {
            writeln!(text, "There are more: call again with cursor set to next. {UNKNOWN}")
        }
    };
    add_tail(&mut text, json);
    text
}

fn places(json: &Value) -> String {
    let places = items(json, "places");
    if places.is_empty() {
        return "No place of this name is known. Ask the person for another, such as a town or a \
                postcode.\n"
            .to_owned();
    }
    let mut text = String::new();
    if places.iter().all(|place| place["match"] == Match::Around.code()) {
        text.push_str(
            "No place of this name is known, but the town it names. Ask the person whether to look \
             from the middle of that town:\n",
        );
    }
    for place in places {
        let label = place["label"].as_str().unwrap_or_default();
        let kind = place["kind"].as_str().unwrap_or("place");
        let (lat, lon) = (&place["position"]["lat"], &place["position"]["lon"]);
        let _ = writeln!(text, "- {label} ({kind}) at lat {lat}, lon {lon}");
    }
    text
}

fn one(json: &Value) -> String {
    let atm = &json["atm"];
    let mut text = name(atm).to_owned();
    if let Some(address) = address(&atm["address"]) {
        let _ = write!(text, ", {address}");
    }
    let _ = writeln!(text, "; {}.\n{UNKNOWN}", machine(atm));
    add_tail(&mut text, json);
    text
}

fn reported(json: &Value) -> String {
    let id = json["id"].as_str().unwrap_or_default();
    let state = json["status"]["state"].as_str().unwrap_or("unknown").replace('_', " ");
    let until = json["status"]["expires_at"].as_str().unwrap_or("it expires");
    let kept = if json["durable"].as_bool() == Some(true) {
        ""
    } else {
        " It is kept in memory alone and ends with the service."
    };
    format!("Recorded: {id} is {state}, until {until}.{kept}\n")
}

fn name(atm: &Value) -> &str {
    let named = ["name", "brand", "operator"].into_iter().find_map(|key| atm[key].as_str());
    named.unwrap_or("ATM without a name")
}

/// What counts of one machine, and which it is.
fn machine(atm: &Value) -> String {
    format!("{}; id {}", what_counts(atm), atm["id"].as_str().unwrap_or_default())
}

/// What counts of one machine.
fn what_counts(atm: &Value) -> String {
    let stated = |value: &Value| match value.as_str() {
        None | Some("unknown") => "not stated".to_owned(),
        Some(stated) => stated.replace('_', " "),
    };
    let mut parts = vec![
        format!("withdrawals: {}", stated(&atm["services"]["cash_out"])),
        format!("deposits of notes: {}", stated(&atm["services"]["cash_in"])),
        format!("fee: {}", stated(&atm["fee"])),
        open(atm),
    ];
    if let Some(state) = atm["status"]["state"].as_str() {
        let when = atm["status"]["reported_at"].as_str().unwrap_or("an unknown time");
        parts.push(format!("reported {} at {when}", state.replace('_', " ")));
    }
    let matched = texts(atm, "matched_on");
    if !matched.is_empty() {
        parts.push(format!("matches {}", matched.join(", ")));
    }
    let open = texts(atm, "unknown");
    if !open.is_empty() {
        parts.push(format!("not known whether {}", open.join(", ")));
    }
    parts.join("; ")
}

/// Whether a machine is open, and what changes when, by its own clocks.
fn open(atm: &Value) -> String {
    let open = &atm["open"];
    let said = match (open["state"].as_str(), open["until"].as_str(), open["opens_at"].as_str()) {
        (Some("open"), Some(until), _) => format!("open until {until}"),
        (Some("open"), None, _) => "open".to_owned(),
        (Some("closed"), _, Some(opens_at)) => format!("closed, opens {opens_at}"),
        (Some("closed"), _, None) => "closed".to_owned(),
        _ => "open now: not stated".to_owned(),
    };
    match open["hours_of"].as_str() {
        Some(whose) => format!("{said} (by the hours of the {whose})"),
        None => said,
    }
}

fn address(address: &Value) -> Option<String> {
    let text = |name: &str| address[name].as_str();
    let street: Vec<&str> = [text("house_number"), text("street")].into_iter().flatten().collect();
    let street = street.join(" ");
    let mut parts = texts(address, "lines");
    if !street.is_empty() {
        parts.push(&street);
    }
    parts.extend([text("city"), text("postcode")].into_iter().flatten());
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn add_tail(text: &mut String, json: &Value) {
    for warning in texts(json, "warnings") {
        let _ = writeln!(text, "Note: {warning}.");
    }
    let as_of = json["snapshot"]["as_of"].as_str();
    let credits = texts(json, "attribution");
    if let Some(as_of) = as_of {
        let _ = writeln!(text, "The data is of {as_of}.");
    }
    if !credits.is_empty() {
        let _ = writeln!(text, "Source: {}.", credits.join("; "));
    }
}

/// What a model shall ask the person, where their client cannot.
pub(super) fn ask_the_person(
    question: &Question,
    places: &[Candidate],
    leads_there: impl Fn(&Candidate) -> bool,
) -> String {
    match question {
        Question::Where => {
            "No place was given. Ask the person where they are, and call again with \
                            near set to what they say: a postcode, town, street, station or \
                            airport. Do not guess a position."
                .to_owned()
        }
        Question::Consent => "Ask the person whether their position may be used, and call again \
                              with position_consent=true once they agree."
            .to_owned(),
        Question::Which(choices) => {
            let mut text = "Several places fit what near says. Ask the person which one is meant, \
                            and call again as it says behind the place:\n"
                .to_owned();
            for (place, Choice { label, lat, lon }) in places.iter().zip(choices) {
                let _ = write!(text, "- {label}, a {}: ", place.kind.code());
                let _ = if leads_there(place) {
                    writeln!(text, "near={:?}", place.label())
                } else {
                    writeln!(text, "lat={lat:.6}, lon={lon:.6}, position_consent=true")
                };
            }
            text
        }
    }
}

/// What is said when the person does not answer.
pub(super) const fn of_declined(question: &Question) -> &'static str {
    match question {
        Question::Where => {
            "The person did not say where they are, so that nothing was looked for. Do not guess \
             a position."
        }
        Question::Which(_) => {
            "The person did not say which of the places is meant, so that nothing was looked for."
        }
        Question::Consent => {
            "The person does not want their position to be used. Ask for a place in words, such \
             as a postcode or a town, and call again with near."
        }
    }
}

/// Why a call cannot be answered, and what to do about it.
pub(super) fn of_problem(problem: &Problem) -> String {
    if let Problem::InvalidParameters(faults) = problem {
        return of_faults(faults);
    }
    if let Problem::UnknownPlace { similar, is_around } = problem {
        return of_unknown_place(similar, *is_around);
    }
    match problem.code() {
        "unknown_atm" => "No ATM has this id. Take ids from what find_nearest_atms or \
                          find_atms_within answered."
            .to_owned(),
        "not_ready" => "The ATMs are still being loaded; call again in a moment.".to_owned(),
        "snapshot_changed" => {
            "The data has changed since the page before; call again without cursor.".to_owned()
        }
        _ => problem.detail().into_owned(),
    }
}

fn of_faults(faults: &InvalidParameters) -> String {
    let mut text = "The arguments are not acceptable; call again with these mended:\n".to_owned();
    for InvalidParameter { parameter, detail, accepted } in &faults.0 {
        let _ = writeln!(text, "- {parameter} {detail}. Accepted: {accepted}.");
    }
    text
}

fn of_unknown_place(similar: &str, is_around: bool) -> String {
    let similar: Value = serde_json::from_str(similar).unwrap_or_default();
    let places = similar.as_array().map_or(&[][..], Vec::as_slice);
    let labels: Vec<&str> = places.iter().filter_map(|place| place["label"].as_str()).collect();
    let text = "No place fits what near says. Ask the person for another, such as a town or a \
                postcode.";
    match labels.as_slice() {
        [] => text.to_owned(),
        labels if is_around => format!(
            "No place fits what near says as a whole, but it names a town: {}. Ask the person \
             whether to look from the middle of that town, and call again with near naming it, or \
             ask for another place, such as a postcode.",
            labels.join("; ")
        ),
        labels => format!("{text} Similar: {}.", labels.join("; ")),
    }
}
