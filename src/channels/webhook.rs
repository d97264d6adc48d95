//! A channel at work: a request is proven, read, acknowledged; then, one conversation at a time,
//! turned into a reply that is sent.
//!
//! A request is acknowledged within milliseconds, before anything is answered. What was acknowledged
//! is answered as long as the process lives; what there is no room for is refused whole, with 503, so
//! that the platform sends it again.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::lanes::{LaneId, Lanes};
use super::memory::{MESSAGE_LIFETIME, Memory};
use super::options::ChannelsOptions;
use super::outbox::{Outbox, SendError};
use super::platforms::{Call, Incoming, Platform, Said, proof};
use crate::chat::{Conversation, Labels, SharedPosition, Turn, within_limit};
use crate::http::{Problem, is_too_long};
use crate::metrics::{ChannelEvent, Metrics};
use crate::service::Service;

/// The largest request that is read: Meta sends up to 3 MB.
const BODY_BYTES_MAX: usize = 3 << 20;

/// How many turns of conversation are worked on at once: however many came together, other requests
/// have their share of the processor.
const TURNS_MAX: usize = 2;

/// What stands for a message that cannot be read: it is not understood either.
const UNREADABLE: &str = "?";

/// One channel, shared by its requests and what follows them.
pub(super) struct Channel<P> {
    platform: P,
    service: Service,
    conversation: Conversation,
    memory: Memory,
    outbox: Outbox,
    lanes: Lanes<Incoming>,
    turns: Semaphore,
}

impl<P: Platform> Channel<P> {
    /// # Errors
    ///
    /// When the system has no certificates to trust.
    pub(super) fn new(
        platform: P,
        options: &ChannelsOptions,
        service: Service,
        conversation: Conversation,
    ) -> reqwest::Result<Self> {
        let outbox = Outbox::new(options, P::PER_SECOND)?;
        let (memory, lanes, turns) =
            (Memory::default(), Lanes::default(), Semaphore::new(TURNS_MAX));
        Ok(Self { platform, service, conversation, memory, outbox, lanes, turns })
    }

    /// Its routes.
    pub(super) fn router(self: Arc<Self>) -> Router {
        let routes =
            if P::HAS_CHALLENGE { get(verify::<P>).post(receive::<P>) } else { post(receive::<P>) };
        Router::new().route(P::PATH, routes).with_state(self)
    }

    /// Waits until everything acknowledged is answered; how much is not after `time`.
    pub(super) async fn drain(&self, time: Duration) -> usize {
        self.lanes.drain(time).await
    }

    fn count(&self, event: ChannelEvent, count: usize) {
        self.metrics().count_channel(P::CODE, event, count as u64);
    }

    fn metrics(&self) -> &Metrics {
        self.service.metrics()
    }

    /// Takes what came, and acknowledges it.
    fn take(self: &Arc<Self>, mut came: Vec<Incoming>) -> Result<(), Problem> {
        // Of one batch, what was said first comes first.
        came.sort_by_key(|incoming| incoming.at);
        let oldest =
            self.service.now() - SignedDuration::try_from(MESSAGE_LIFETIME).unwrap_or_default();
        let read = came.len();
        came.retain(|incoming| incoming.at.is_none_or(|at| at > oldest));
        self.count(ChannelEvent::Stale, read - came.len());
        let ids: Vec<String> = came.iter().map(|incoming| incoming.id.clone()).collect();
        let lane = |incoming: Incoming| {
            let lane = self.memory.hash(&incoming.address);
            (lane, self.platform.pause(&incoming), incoming)
        };
        let work = ids.iter().map(String::as_str).zip(came.into_iter().map(lane)).collect();
        let handle = {
            let channel = Arc::clone(self);
            Arc::new(move |incoming| {
                let channel = Arc::clone(&channel);
                async move { channel.reply(incoming).await }
            })
        };
        let taken = self.memory.once(work, |fresh| {
            let count = fresh.len();
            self.lanes.take(fresh, &handle).map(|passed_over| (count, passed_over))
        });
        let Ok((known, (fresh, passed_over))) = taken else {
            self.count(ChannelEvent::Full, ids.len());
            tracing::warn!(
                channel = P::CODE,
                "Too much is waiting: {} is asked to send again",
                P::CODE
            );
            return Err(Problem::Busy);
        };
        self.count(ChannelEvent::Repeated, known);
        self.count(ChannelEvent::PassedOver, passed_over);
        self.count(ChannelEvent::Taken, fresh - passed_over);
        if passed_over > 0 {
            tracing::warn!(
                channel = P::CODE,
                passed_over,
                "Passed over {passed_over} messages of somebody who writes faster than they are answered"
            );
        }
        Ok(())
    }

    /// Answers what a person said.
    async fn reply(&self, incoming: Incoming) {
        if let Some(receipt) = self.platform.receipt(&incoming) {
            // Without it a button only looks pressed for longer.
            let _ = self.outbox.send(&self.platform, &receipt).await;
        }
        let calls = {
            // Never closed.
            let _turn = self.turns.acquire().await;
            self.calls(&incoming)
        };
        let pause = self.platform.pause(&incoming);
        for (place, call) in calls.iter().enumerate() {
            if place > 0 {
                tokio::time::sleep(pause).await;
            }
            if !self.send(call).await {
                return;
            }
        }
    }

    /// The messages that answer what a person said. Nothing of it is held any longer.
    fn calls(&self, incoming: &Incoming) -> Vec<Call> {
        let person = self.memory.hash(&incoming.person);
        let locale = self.locale(incoming);
        let labels = self.conversation.labels(&locale);
        let (text, position, context) = self.said(incoming, person, labels);
        let turn = Turn {
            text,
            position,
            locale: (!locale.is_empty()).then_some(&*locale),
            context: context.as_deref(),
            ..Turn::default()
        };
        match self.conversation.turn(&turn) {
            Ok(reply) => {
                let token = self.memory.remember(person, reply.context.as_deref());
                let labels = self.conversation.labels(reply.language);
                self.platform.render(&reply, labels, incoming, token)
            }
            // None of the errors can be: what is said is never empty and is cut to what is taken.
            Err(error) => {
                tracing::error!(channel = P::CODE, "A message was not answered: {error}");
                Vec::new()
            }
        }
    }

    fn said<'i>(
        &self,
        incoming: &'i Incoming,
        person: LaneId,
        labels: &'i Labels,
    ) -> (Option<&'i str>, Option<SharedPosition>, Option<String>) {
        let context = || self.memory.last_context(person);
        match &incoming.said {
            Said::Text(text) => (Some(within_limit(text)), None, context()),
            Said::Button(payload) => {
                let (send, context) = self.memory.pressed(person, payload);
                (Some(within_limit(send)), None, context)
            }
            Said::Position(position) => (None, Some(*position), context()),
            Said::Start => (Some(&labels.greeting), None, context()),
            Said::Help => (Some(&labels.help), None, context()),
            Said::Unreadable => (Some(UNREADABLE), None, context()),
        }
    }

    /// The person's locale: as configured where the platform tells none, or only its language.
    fn locale(&self, incoming: &Incoming) -> String {
        let configured = self.platform.locale();
        let Some(told) = &incoming.locale else { return configured.to_owned() };
        let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let is_bare = !told.contains(['-', '_']);
        if is_bare && language(told) == language(configured) { configured } else { told }.to_owned()
    }

    /// Sends a message; whether it was taken.
    async fn send(&self, call: &Call) -> bool {
        let method = call.method;
        match self.outbox.send(&self.platform, call).await {
            Ok(attempts) => {
                self.count(ChannelEvent::Sent, 1);
                self.count(ChannelEvent::Retried, attempts.saturating_sub(1) as usize);
                true
            }
            Err(error) => {
                self.count(ChannelEvent::Failed, 1);
                let is_gone = matches!(error, SendError::Refused { status: 403, .. });
                if is_gone {
                    // Whoever blocks a bot after writing to it is not a fault.
                    tracing::debug!(channel = P::CODE, method, "A reply was not sent: {error}");
                } else {
                    tracing::warn!(channel = P::CODE, method, "A reply was not sent: {error}");
                }
                false
            }
        }
    }
}

/// Answers a platform that wants to know whether this is the right address.
async fn verify<P: Platform>(
    State(channel): State<Arc<Channel<P>>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    match channel.platform.challenge(&query) {
        Some(challenge) => {
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, challenge).into_response()
        }
        None => Problem::NotGenuine.into_response(),
    }
}

/// Takes what a platform brings.
async fn receive<P: Platform>(
    State(channel): State<Arc<Channel<P>>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(), Problem> {
    let refuse = |problem: Problem| {
        channel.count(ChannelEvent::Refused, 1);
        Err(problem)
    };
    // Without a proof nothing is read.
    let Some(proof) = proof::<P>(&headers) else { return refuse(Problem::NotGenuine) };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_BYTES_MAX {
        return refuse(Problem::BodyTooLarge);
    }
    let body = match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) if is_too_long(&error) => return refuse(Problem::BodyTooLarge),
        Err(_broken_off) => return refuse(Problem::MalformedBody { place: None }),
    };
    if !channel.platform.is_proven(proof, &body) {
        return refuse(Problem::NotGenuine);
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return refuse(Problem::MalformedBody { place: None });
    };
    channel.service.published()?;
    channel.take(channel.platform.read(&event))
}
