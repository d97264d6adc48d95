//! What only the person can tell: where they are, which of several places they mean, and whether
//! their position may be used. How it is asked for, and how it travels with the client meanwhile.

use jiff::{SignedDuration, Timestamp};
use rmcp::model::{
    ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    EnumSchema, InputRequest, InputRequiredResult, InputResponses, JsonObject,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::places::Candidate;
use crate::sealed::Sealer;

/// How long a question may stay unanswered.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// Most characters of a place a person is asked to write.
const PLACE_CHARS_MAX: u32 = 200;

/// A question to the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Question {
    /// Where are you?
    Where,
    /// Which of these do you mean?
    Which(Vec<Choice>),
    /// May your position be used?
    Consent,
}

/// A place to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Choice {
    /// What tells it from the others.
    pub(super) label: String,
    /// Where it is, degrees.
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// What the person has told so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Where they are, in words.
    pub(super) near: Option<String>,
    /// The place they chose.
    pub(super) chosen: Option<Choice>,
    /// That their position may be used.
    pub(super) has_consented: bool,
}

/// The person, or their client, does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declined;

/// What a client carries between the rounds of one call.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Round {
    /// What was asked last.
    pub(super) asked: Question,
    /// What was told before.
    pub(super) told: Told,
}

impl Question {
    /// The question which of these places is meant. Each gets a label of its own: namesakes within
    /// one region are told by where they are and how many people live there.
    pub(super) fn which(candidates: &[Candidate]) -> Self {
        let is_shared =
            |label: &str| candidates.iter().filter(|other| other.label() == label).count() > 1;
        let choice = |place: &Candidate| {
            let (lat, lon) = (place.position.lat_deg(), place.position.lon_deg());
            let mut label = place.label();
            if is_shared(&label) {
                let people =
                    place.population.map(|people| format!(", {people} people")).unwrap_or_default();
                label = format!("{label} (at {lat:.3}, {lon:.3}{people})");
            }
            Choice { label, lat, lon }
        };
        Self::Which(candidates.iter().map(choice).collect())
    }

    /// The name of the question and of its answer.
    const fn key(&self) -> &'static str {
        match self {
            Self::Where => "near",
            Self::Which(_) => "place",
            Self::Consent => "consent",
        }
    }

    /// The question as a form.
    pub(super) fn form(&self) -> ElicitRequestParams {
        let key = self.key();
        let schema = ElicitationSchema::builder();
        let (message, schema) = match self {
            Self::Where => (
                "Where should ATMs be looked for?",
                schema.required_string_with(key, |text| {
                    text.title("Place")
                        .description("A postcode, town, street, station or airport.")
                        .length(1, PLACE_CHARS_MAX)
                }),
            ),
            Self::Which(choices) => {
                let labels = choices.iter().map(|choice| choice.label.clone()).collect();
                let places = EnumSchema::builder(labels).title("Place").build();
                ("Several places have this name. Which one is meant?", {
                    schema.required_enum_schema(key, places)
                })
            }
            Self::Consent => (
                "May your position be used to find ATMs near you? It is used for this answer and \
                 not kept.",
                schema.required_bool_with(key, |flag| flag.title("Use my position")),
            ),
        };
        ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: message.to_owned(),
            requested_schema: schema.build_unchecked(),
        }
    }

    /// Adds what the person answered to what they told before.
    fn answered(&self, response: ElicitResult, mut told: Told) -> Result<Told, Declined> {
        if response.action != ElicitationAction::Accept {
            return Err(Declined);
        }
        let content = response.content.unwrap_or_default();
        let value = &content[self.key()];
        match self {
            Self::Where => {
                let near = value.as_str().map(str::trim).filter(|near| !near.is_empty());
                told.near = Some(near.ok_or(Declined)?.to_owned());
            }
            Self::Which(choices) => {
                let label = value.as_str().ok_or(Declined)?;
                let chosen = choices.iter().find(|choice| choice.label == label);
                told.chosen = Some(chosen.ok_or(Declined)?.clone());
            }
            Self::Consent => {
                told.has_consented = value.as_bool().unwrap_or_default();
                if !told.has_consented {
                    return Err(Declined);
                }
            }
        }
        Ok(told)
    }
}

impl Round {
    /// What the person told, their answer to this round included.
    pub(super) fn answered(self, response: ElicitResult) -> Result<Told, (Question, Declined)> {
        let Self { asked, told } = self;
        asked.answered(response, told).map_err(|declined| (asked, declined))
    }

    /// The answer to this round among those of a client, if it is there.
    pub(super) fn answer_in(&self, responses: &InputResponses) -> Option<ElicitResult> {
        let response: &Value = responses.get(self.asked.key())?;
        serde_json::from_value(response.clone()).ok()
    }

    /// This round as a client of the revision 2026-07-28 carries it, bound to the call; `None` when
    /// it cannot be sealed.
    pub(super) fn carried(
        &self,
        sealer: &Sealer,
        call: &[u8],
        now: Timestamp,
    ) -> Option<InputRequiredResult> {
        let state = serde_json::to_vec(self).ok()?;
        let state = sealer.seal(&state, call, now.checked_add(ANSWERED_WITHIN).ok()?)?;
        let request = InputRequest::Elicitation(ElicitRequest::new(self.asked.form()));
        let requests = [(self.asked.key().to_owned(), request)].into();
        Some(InputRequiredResult::new(Some(requests), Some(state)))
    }

    /// The round a client brings back; `None` when it is none that was given for this call, or its
    /// time is over.
    pub(super) fn opened(sealer: &Sealer, text: &str, call: &[u8], now: Timestamp) -> Option<Self> {
        let state = sealer.open(text, call, now).ok()?;
        serde_json::from_slice(&state).ok()
    }
}

/// What a state is bound to: the tool and its arguments, in any order.
pub(super) fn call(tool: &str, arguments: &JsonObject) -> Vec<u8> {
    let mut members: Vec<(&String, &Value)> = arguments.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let mut call = format!("mcp {tool}\n").into_bytes();
    for (name, value) in members {
        call.extend(format!("{name:?}: {value}\n").into_bytes());
    }
    call
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use serde_json::json;

    use super::*;

    fn accepted(content: Value) -> ElicitResult {
        ElicitResult::new(ElicitationAction::Accept).with_content(content)
    }

    fn choices() -> Question {
        let choice = |label: &str, lat| Choice { label: label.to_owned(), lat, lon: 0.0 };
        Question::Which(vec![choice("Cambridge, England", 52.2), choice("Cambridge, US", 42.4)])
    }

    #[test]
    fn answers_are_taken_only_where_they_fit_the_question() {
        let taken = |question: Question, response| {
            Round { asked: question, told: Told::default() }.answered(response).ok()
        };
        let told = taken(Question::Where, accepted(json!({"near": " Euston "}))).unwrap();
        assert_eq!(told.near.as_deref(), Some("Euston"));
        let told = taken(choices(), accepted(json!({"place": "Cambridge, US"}))).unwrap();
        assert_eq!(told.chosen.unwrap().label, "Cambridge, US");
        assert!(
            taken(Question::Consent, accepted(json!({"consent": true}))).unwrap().has_consented
        );
        for (question, response) in [
            (Question::Where, accepted(json!({"near": " "}))),
            (Question::Where, accepted(json!({"place": "Euston"}))),
            (choices(), accepted(json!({"place": "Paris"}))),
            (Question::Consent, accepted(json!({"consent": false}))),
            (Question::Consent, accepted(json!({"consent": "true"}))),
            (Question::Consent, ElicitResult::new(ElicitationAction::Decline)),
            (Question::Where, ElicitResult::new(ElicitationAction::Cancel)),
        ] {
            assert_eq!(taken(question, response), None);
        }
    }

    #[test]
    fn a_round_comes_back_for_its_own_call_in_its_time() {
        let sealer = Sealer::default();
        let now = Timestamp::UNIX_EPOCH;
        let arguments = |text: &str| -> JsonObject { serde_json::from_str(text).unwrap() };
        let own = call("find", &arguments(r#"{"near": "Cambridge", "limit": 3}"#));
        let round = Round { asked: choices(), told: Told::default() };
        let state = round.carried(&sealer, &own, now).unwrap().request_state.unwrap();
        assert!(!state.contains("Cambridge"));
        let same = call("find", &arguments(r#"{"limit": 3, "near": "Cambridge"}"#));
        assert_eq!(Round::opened(&sealer, &state, &same, now).unwrap().asked, choices());
        let other = call("find", &arguments(r#"{"near": "Oxford", "limit": 3}"#));
        assert!(Round::opened(&sealer, &state, &other, now).is_none());
        assert!(Round::opened(&sealer, &state, &own, now + 16.minutes()).is_none());
        assert!(Round::opened(&sealer, &state[1..], &own, now).is_none());
    }
}
