//! Calls of tools: from arguments to an answer, by way of the person where only they know.

use std::sync::Arc;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ErrorData,
    JsonObject, ProtocolVersion,
};
use rmcp::service::{Peer, RequestContext};

use crate::answers::{self, Form};
use crate::http::{Problem, admin};
use crate::places::Wanted;
use crate::render;
use crate::service::{self, PlacesQuestion, ShapeQuestion, Statuses};

use super::super::arguments::{params, take_id};
use super::super::asking::{self, Question, Round, Told};
use super::super::nearest::{self, Attempt, HIDDEN};
use super::super::tools::{self, Tool};
use super::super::words;
use super::{AtmServer, defect};

/// How long a person may take to answer a client that waits.
const ANSWERED_WITHIN: Duration = Duration::from_mins(15);

/// Most rounds of questions in one call: where, which, and whether it may be used; and some that
/// lead nowhere.
const ROUNDS_MAX: usize = 6;

/// Where a question to the person can be put.
enum Asks {
    /// Nowhere: the model must ask.
    Nobody,
    /// To the client, which calls again with the answer.
    Again,
    /// To the client, while the call waits.
    Waiting(Peer<RoleServer>),
}

impl AtmServer {
    fn asks(&self, context: &RequestContext<RoleServer>) -> Asks {
        if !context.client_capabilities().is_some_and(|client| can_fill_forms(&client)) {
            return Asks::Nobody;
        }
        match context.protocol_version() {
            Some(version) if version >= ProtocolVersion::V_2026_07_28 => Asks::Again,
            Some(_) if self.0.local.is_some() => Asks::Waiting(context.peer.clone()),
            _ => Asks::Nobody,
        }
    }

    pub(super) async fn find_nearest(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = Tool::FindNearest;
        let arguments = request.arguments.unwrap_or_default();
        let call = asking::call(tool.name(), &arguments);
        let arguments = tools::with_limit(arguments, tools::NEAREST_LIMIT);
        let asks = self.asks(&context);
        let mut told = Told::default();
        if let Some(state) = &request.request_state {
            let now = self.0.service.now();
            let round = Round::opened(&self.0.sealer, state, &call, now).ok_or_else(|| {
                let message = "requestState is none that was given for this call, or has expired; \
                               call again without it";
                ErrorData::invalid_params(message, None)
            })?;
            let answer = request.input_responses.as_ref().and_then(|all| round.answer_in(all));
            told = match answer {
                // Whoever does not answer is asked again.
                None => round.told,
                Some(answer) => match round.answered(answer) {
                    Ok(told) => told,
                    Err((question, _declined)) => return Ok(declined(&question).into()),
                },
            };
        }
        for _round in 0..ROUNDS_MAX {
            let (published, now) = match self.published().await {
                Ok(published) => published,
                Err(problem) => return Ok(refused(tool, &problem).into()),
            };
            let view = published.at(now);
            let can_ask = !matches!(asks, Asks::Nobody);
            let (question, places) = match nearest::attempt(view, &arguments, &told, can_ask) {
                Attempt::Answered { json, lacks_consent } => {
                    let note = lacks_consent.then_some(words::CONSENT_NOTE);
                    return Ok(answered(tool, json, note).into());
                }
                Attempt::Refused(problem) => return Ok(refused(tool, &problem).into()),
                Attempt::Ask(question, places) => (question, places),
            };
            match &asks {
                Asks::Nobody => {
                    let leads_there = |place: &_| nearest::leads_there(view, place);
                    let text = words::ask_the_person(&question, &places, leads_there);
                    return Ok(tools::failed(text, None).into());
                }
                Asks::Again => {
                    let round = Round { asked: question, told };
                    let carried = round.carried(&self.0.sealer, &call, now);
                    return Ok(carried.ok_or_else(defect)?.into());
                }
                Asks::Waiting(peer) => {
                    let form = question.form();
                    let asked = peer.create_elicitation_with_timeout(form, Some(ANSWERED_WITHIN));
                    let Ok(answer) = asked.await else { return Ok(declined(&question).into()) };
                    told = match (Round { asked: question, told }).answered(answer) {
                        Ok(told) => told,
                        Err((question, _declined)) => return Ok(declined(&question).into()),
                    };
                }
            }
        }
        Ok(declined(&Question::Where).into())
    }

    /// Answers a call of a tool that asks nothing back.
    pub(super) async fn answer(
        &self,
        tool: Tool,
        arguments: JsonObject,
        reporting: Option<(&Statuses, Arc<str>)>,
    ) -> Result<Vec<u8>, Problem> {
        Ok(match tool {
            Tool::FindNearest => return Err(Problem::Internal),
            Tool::FindWithin => {
                let arguments = tools::with_limit(arguments, tools::WITHIN_LIMIT);
                let params = params(&arguments, &HIDDEN);
                let (published, now) = self.published().await?;
                // Shapes may have thousands of corners: they are answered beside short questions.
                let answer = self.0.service.workers().run(move || {
                    let view = published.at(now);
                    Ok::<_, Problem>(match params.shape()? {
                        ShapeQuestion::Within(asked) => answers::within(view, asked, Form::Json)?,
                        ShapeQuestion::Along(asked) => answers::along(view, asked, Form::Json)?,
                    })
                });
                answer.await??
            }
            Tool::ResolvePlace => {
                let params = params(&arguments, &["lat", "lon"]);
                let PlacesQuestion { text, hint, language, limit } = params.places()?;
                let (published, now) = self.published().await?;
                let wanted = Wanted { hint, language: &language };
                let found = service::places(published.at(now), &text, wanted, limit);
                let found = found.map_err(|error| {
                    service::Params::refusal("text", &format!("is no position: {error}"))
                })?;
                render::places_json(&published.snapshot, &found)
            }
            Tool::GetAtm => {
                let id = take_id(arguments)?;
                let (published, now) = self.published().await?;
                let row = published.snapshot.row_of(&id).ok_or(Problem::UnknownAtm)?;
                render::atm_json(published.at(now), row)
            }
            Tool::ReportStatus => {
                let (statuses, who) = reporting.ok_or(Problem::Forbidden)?;
                admin::report(statuses, params(&arguments, &[]), None, &who).await?
            }
        })
    }
}

/// Whether a client can put a form to the person.
fn can_fill_forms(client: &ClientCapabilities) -> bool {
    // A client that names no mode has the one of the time before there were two.
    client.elicitation.as_ref().is_some_and(|can| can.form.is_some() || can.url.is_none())
}

pub(super) fn answered(tool: Tool, json: Vec<u8>, note: Option<&str>) -> CallToolResult {
    match (serde_json::from_slice(&json), String::from_utf8(json)) {
        (Ok(value), Ok(text)) => tools::told(tool, value, text, note),
        _ => refused(tool, &Problem::Internal),
    }
}

pub(super) fn refused(tool: Tool, problem: &Problem) -> CallToolResult {
    let problem = tool.in_its_terms(problem.clone());
    tools::failed(words::of_problem(&problem), Some(problem.to_json()))
}

fn declined(question: &Question) -> CallToolResult {
    tools::failed(words::of_declined(question).to_owned(), None)
}
