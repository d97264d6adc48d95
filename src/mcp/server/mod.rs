//! The server: what clients of either revision ask, and who answers it.

mod calls;
mod stdio;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::request::Parts;
use jiff::Timestamp;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, ErrorData, GetPromptRequestParams,
    GetPromptResponse, Implementation, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    ResourceUpdatedNotificationParam, ServerCapabilities, ServerConfig, SubscribeRequestParams,
    SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{RoleServer, ServerHandler};
use tokio::sync::{Semaphore, watch};

use crate::http::Problem;
use crate::publication::Published;
use crate::render;
use crate::sealed::Sealer;
use crate::service::{Service, Statuses};

use super::library::{self, Mark};
use super::tools::{self, Tool};
use super::words;
use calls::{answered, refused};
use stdio::Local;

pub use stdio::{SpeakError, speak};

/// How long lists of tools, prompts and resources hold: they change with the release alone.
const LISTS_HOLD_MS: u64 = 300_000;

/// How long the vocabulary holds. It says which snapshot it is of.
const VOCABULARY_HOLDS_MS: u64 = 60_000;

/// Most resources one client may follow, and most clients that may follow any at once.
const FOLLOWED_MAX: usize = 100;
const FOLLOWERS_MAX: usize = 1_000;

/// Longest time a call over standard input waits for the first ATMs to be loaded.
const LOADED_WITHIN: Duration = Duration::from_mins(1);

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
