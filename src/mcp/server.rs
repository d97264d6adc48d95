//! The server: what clients of either revision ask, and who answers it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::request::Parts;
use jiff::Timestamp;
use rmcp::model::{CacheScope, JsonObject};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ErrorData,
    GetPromptRequestParams, GetPromptResponse, Implementation, InitializeRequestParams,
    InitializeResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ResourceUpdatedNotificationParam, ServerCapabilities,
    ServerConfig, SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::{Peer, QuitReason, RequestContext, ServerInitializeError, SubscriptionContext};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{RoleServer, ServerHandler, ServiceExt as _};
use tokio::sync::{Semaphore, watch};

use crate::answers::{self, Form};
use crate::http::{Problem, admin};
use crate::places::Wanted;
use crate::publication::Published;
use crate::render;
use crate::sealed::Sealer;
use crate::service::{self, PlacesQuestion, Service, ShapeQuestion, Statuses};

use super::arguments::{params, take_id};
use super::asking::{self, Question, Round, Told};
use super::library::{self, Mark};
use super::nearest::{self, Attempt, HIDDEN};
use super::tools::{self, Tool};
use super::words;

/// How long lists of tools, prompts and resources hold: they change with the release alone.
const LISTS_HOLD_MS: u64 = 300_000;

/// How long the vocabulary holds. It says which snapshot it is of.
const VOCABULARY_HOLDS_MS: u64 = 60_000;

/// Most resources one client may follow, and most clients that may follow any at once.
const FOLLOWED_MAX: usize = 100;
const FOLLOWERS_MAX: usize = 1_000;

/// How long a person may take to answer a client that waits.
const ANSWERED_WITHIN: Duration = Duration::from_mins(15);

/// Most rounds of questions in one call: where, which, and whether it may be used; and some that
/// lead nowhere.
const ROUNDS_MAX: usize = 6;

/// Longest time a call over standard input waits for the first ATMs to be loaded.
const LOADED_WITHIN: Duration = Duration::from_mins(1);

/// Most bytes of one message over standard input.
const LINE_BYTES_MAX: usize = 1 << 20;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Somebody who may look.
    Anyone,
    /// An administrator who may change things, by the name the audit log gives.
    Publisher(Arc<str>),
}

/// Answers one client, or over HTTP one request; cloning shares what it answers from.
#[derive(Clone, Debug)]
pub(super) struct AtmServer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    service: Service,
    statuses: Option<Statuses>,
    sealer: Sealer,
    /// Whoever holds the other end lets it go when the service stops.
    stopping: watch::Receiver<()>,
    followers: Semaphore,
    /// The one client at the other end of standard input.
    local: Option<Local>,
}

/// A client that is connected for as long as the process runs.
#[derive(Debug)]
struct Local {
    caller: Caller,
    /// What it follows, as clients of older revisions say it.
    follows: Mutex<BTreeSet<String>>,
    /// Whether a task tells it of changes.
    is_told: AtomicBool,
}

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
    /// A server whose every request stands by itself.
    pub(super) fn over_http(
        service: Service,
        statuses: Option<Statuses>,
        sealer: Sealer,
        stopping: watch::Receiver<()>,
    ) -> Self {
        Self::new(service, statuses, sealer, stopping, None)
    }

    fn new(
        service: Service,
        statuses: Option<Statuses>,
        sealer: Sealer,
        stopping: watch::Receiver<()>,
        local: Option<Local>,
    ) -> Self {
        let followers = Semaphore::new(FOLLOWERS_MAX);
        Self(Arc::new(Shared { service, statuses, sealer, stopping, followers, local }))
    }

    /// Who sends a request, as the door noted.
    fn caller(&self, context: &RequestContext<RoleServer>) -> Caller {
        if let Some(local) = &self.0.local {
            return local.caller.clone();
        }
        let parts = context.extensions.get::<Parts>();
        let caller = parts.and_then(|parts| parts.extensions.get::<Caller>());
        caller.cloned().unwrap_or(Caller::Anyone)
    }

    /// The statuses a caller may report, with their name.
    fn reporting(&self, caller: Caller) -> Option<(&Statuses, Arc<str>)> {
        match caller {
            Caller::Publisher(who) => Some((self.0.statuses.as_ref()?, who)),
            Caller::Anyone => None,
        }
    }

    /// What to answer from, and the instant it is asked. A client that started the process waits
    /// for the first ATMs.
    async fn published(&self) -> Result<(Arc<Published>, Timestamp), Problem> {
        let service = &self.0.service;
        if let (Err(_), Some(_)) = (service.published(), &self.0.local) {
            let mut changes = service.publication().changes();
            let loaded =
                async { while service.published().is_err() && changes.changed().await.is_ok() {} };
            // Whatever came of waiting, what is there now is the answer.
            let _ = tokio::time::timeout(LOADED_WITHIN, loaded).await;
        }
        Ok((service.published()?, service.now()))
    }

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

    async fn find_nearest(
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
    async fn answer(
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

    /// Tells of changes of what is followed until nobody listens any more, or the service stops.
    async fn follow<F: Future<Output = bool>>(
        &self,
        uris: impl Fn() -> Vec<String>,
        tell: impl Fn(String) -> F,
    ) {
        let service = &self.0.service;
        let mut stopping = self.0.stopping.clone();
        let mut changes = service.publication().changes();
        let mut seen = Mark::of_all(service, &uris());
        loop {
            tokio::select! {
                told = changes.changed() => if told.is_err() { return },
                ended = stopping.changed() => if ended.is_err() { return },
            }
            let now = Mark::of_all(service, &uris());
            for (uri, mark) in &now {
                // What has just begun to be followed is told of once too often rather than too late.
                if seen.get(uri) != Some(mark) && !tell(uri.clone()).await {
                    return;
                }
            }
            seen = now;
        }
    }
}

/// Whether a client can put a form to the person.
fn can_fill_forms(client: &ClientCapabilities) -> bool {
    // A client that names no mode has the one of the time before there were two.
    client.elicitation.as_ref().is_some_and(|can| can.form.is_some() || can.url.is_none())
}

fn answered(tool: Tool, json: Vec<u8>, note: Option<&str>) -> CallToolResult {
    match (serde_json::from_slice(&json), String::from_utf8(json)) {
        (Ok(value), Ok(text)) => tools::told(tool, value, text, note),
        _ => refused(tool, &Problem::Internal),
    }
}

fn refused(tool: Tool, problem: &Problem) -> CallToolResult {
    let problem = tool.in_its_terms(problem.clone());
    tools::failed(words::of_problem(&problem), Some(problem.to_json()))
}

fn declined(question: &Question) -> CallToolResult {
    tools::failed(words::of_declined(question).to_owned(), None)
}

fn defect() -> ErrorData {
    ErrorData::internal_error("the service failed", None)
}

/// Lists have one page, so that no cursor was ever given.
fn first_page(request: Option<&PaginatedRequestParams>) -> Result<(), ErrorData> {
    match request.and_then(|request| request.cursor.as_ref()) {
        None => Ok(()),
        Some(_) => Err(ErrorData::invalid_params("cursor is none that was given", None)),
    }
}

impl ServerHandler for AtmServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_tools()
            .build();
        let own = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .with_title("Nearest ATM")
            .with_description(env!("CARGO_PKG_DESCRIPTION"));
        ServerConfig::new(capabilities).with_server_info(own).with_instructions(words::INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        let mut info = self.negotiate_initialize(&request)?;
        // Older clients follow resources over a connection that stays; over HTTP none does.
        if let (None, Some(resources)) = (&self.0.local, &mut info.capabilities.resources) {
            resources.subscribe = None;
        }
        Ok(info)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        first_page(request.as_ref())?;
        let may_report = self.reporting(self.caller(&context)).is_some();
        let scope = if may_report { CacheScope::Private } else { CacheScope::Public };
        let tools = ListToolsResult::with_all_items(tools::list(may_report));
        Ok(tools.with_ttl_ms(LISTS_HOLD_MS).with_cache_scope(scope))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let reporting = self.reporting(self.caller(&context));
        let tool = Tool::named(&request.name, reporting.is_some());
        let tool = tool.ok_or_else(|| ErrorData::invalid_params("no tool has this name", None))?;
        if tool == Tool::FindNearest {
            return self.find_nearest(request, context).await;
        }
        let arguments = request.arguments.unwrap_or_default();
        Ok(match self.answer(tool, arguments, reporting).await {
            Ok(json) => answered(tool, json, None).into(),
            Err(problem) => refused(tool, &problem).into(),
        })
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        first_page(request.as_ref())?;
        let resources = ListResourcesResult::with_all_items(library::resources());
        Ok(resources.with_ttl_ms(LISTS_HOLD_MS).with_cache_scope(CacheScope::Public))
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        first_page(request.as_ref())?;
        let templates = ListResourceTemplatesResult::with_all_items(library::templates());
        Ok(templates.with_ttl_ms(LISTS_HOLD_MS).with_cache_scope(CacheScope::Public))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let (published, now) = self
            .published()
            .await
            .map_err(|problem| ErrorData::internal_error(problem.detail().into_owned(), None))?;
        let view = published.at(now);
        let (json, holds_ms) = match library::resource(&request.uri) {
            Some(library::Resource::Vocabulary) => {
                (render::vocabulary(view.snapshot), VOCABULARY_HOLDS_MS)
            }
            // Whether a machine is open, and works, may change at any moment.
            Some(library::Resource::Atm(id)) => match view.snapshot.row_of(&id) {
                Some(row) => (render::atm_json(view, row), 0),
                None => return Err(library::unknown(&request.uri)),
            },
            None => return Err(library::unknown(&request.uri)),
        };
        let contents = library::contents(json, request.uri).ok_or_else(defect)?;
        let read = ReadResourceResult::new(vec![contents]).with_ttl_ms(holds_ms);
        Ok(read.with_cache_scope(CacheScope::Public).into())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        let uris = requested.resource_subscriptions.iter().flatten();
        let known = uris.filter(|uri| library::resource(uri).is_some()).take(FOLLOWED_MAX);
        let known: Vec<&String> = known.collect();
        let filter = SubscriptionFilter::builder();
        Some(if known.is_empty() {
            filter.build()
        } else {
            filter.resource_subscriptions(known).build()
        })
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let Ok(_place) = self.0.followers.try_acquire() else { return Ok(()) };
        let uris: Vec<String> =
            context.accepted().resource_subscriptions.clone().unwrap_or_default();
        let sink = context.sink();
        let following = self.follow(
            || uris.clone(),
            |uri| async move { sink.notify_resource_updated(uri).await.is_ok() },
        );
        tokio::select! {
            () = following => {}
            () = context.cancelled() => {}
        }
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let Some(local) = &self.0.local else {
            let message = "a client that follows resources over HTTP listens by the revision \
                           2026-07-28";
            return Err(ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, message, None));
        };
        if library::resource(&request.uri).is_none() {
            return Err(library::unknown(&request.uri));
        }
        {
            let mut follows = local.follows();
            if follows.len() >= FOLLOWED_MAX && !follows.contains(&request.uri) {
                let message = "no more than 100 resources can be followed at once";
                return Err(ErrorData::invalid_params(message, None));
            }
            follows.insert(request.uri);
        }
        if !local.is_told.swap(true, Ordering::Relaxed) {
            let (server, peer) = (self.clone(), context.peer);
            tokio::spawn(async move {
                let follows = || server.0.local.iter().flat_map(|local| local.follows().clone());
                let tell = |uri| {
                    let told =
                        peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri));
                    async move { told.await.is_ok() }
                };
                server.follow(|| follows().collect(), tell).await;
            });
        }
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if let Some(local) = &self.0.local {
            local.follows().remove(&request.uri);
        }
        Ok(())
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        first_page(request.as_ref())?;
        let prompts = ListPromptsResult::with_all_items(library::prompts());
        Ok(prompts.with_ttl_ms(LISTS_HOLD_MS).with_cache_scope(CacheScope::Public))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        library::prompt(&request.name, request.arguments.unwrap_or_default()).map(Into::into)
    }
}

impl Local {
    fn follows(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.follows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why speaking over standard input and output ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeakError {
    /// What came first is no beginning of the protocol.
    #[error("standard input does not speak the Model Context Protocol")]
    NotTheProtocol,
    /// A task failed.
    #[error("serving standard input failed")]
    Defect,
}

/// Speaks the protocol over standard input and output until the client hangs up. With `reporting`
/// the client may report what it finds, under that name in the audit log.
///
/// # Errors
///
/// [`SpeakError`] when the client does not speak the protocol.
pub async fn speak(
    service: Service,
    reporting: Option<(Statuses, Arc<str>)>,
    stopping: watch::Receiver<()>,
) -> Result<(), SpeakError> {
    let (statuses, caller) = match reporting {
        Some((statuses, who)) => (Some(statuses), Caller::Publisher(who)),
        None => (None, Caller::Anyone),
    };
    let local = Local { caller, follows: Mutex::default(), is_told: AtomicBool::new(false) };
    let server = AtmServer::new(service, statuses, Sealer::default(), stopping, Some(local));
    let transport =
        AsyncRwTransport::<RoleServer, _, _>::new(tokio::io::stdin(), tokio::io::stdout())
            .with_max_line_length(LINE_BYTES_MAX);
    let session = match server.serve(transport).await {
        Ok(session) => session,
        // A client may look whether the program starts, and leave.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(_) => return Err(SpeakError::NotTheProtocol),
    };
    match session.waiting().await {
        Ok(QuitReason::JoinError(_)) | Err(_) => Err(SpeakError::Defect),
        Ok(_) => Ok(()),
    }
}
