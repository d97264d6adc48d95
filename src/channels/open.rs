//! Opening the channels that are configured.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use super::options::ChannelsOptions;
use super::platforms::{Messenger, Platform, Telegram, Whatsapp};
use super::webhook::Channel;
use crate::chat::Conversation;
use crate::service::Service;

/// Why channels cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("no connection can be secured: the system has no certificates to trust")]
pub struct ChannelsError(#[source] reqwest::Error);

type Draining = Pin<Box<dyn Future<Output = usize> + Send>>;
type Drain = Box<dyn FnOnce(Duration) -> Draining + Send>;

/// The channels that are configured.
#[derive(Default)]
pub struct Channels {
    routes: Router,
    drains: Vec<(&'static str, Drain)>,
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.drains.iter().map(|(code, _)| code)).finish()
    }
}

impl Channels {
    /// Opens those that are configured. They answer 503 until a snapshot is published.
    ///
    /// # Errors
    ///
    /// When the system has no certificates to trust.
    pub fn open(
        options: &ChannelsOptions,
        service: &Service,
        conversation: &Conversation,
    ) -> Result<Self, ChannelsError> {
        let mut channels = Self::default();
        if options.messenger.is_on() {
            channels.add(Messenger(options.messenger.clone()), options, service, conversation)?;
        }
        if options.whatsapp.is_on() {
            channels.add(Whatsapp(options.whatsapp.clone()), options, service, conversation)?;
        }
        if options.telegram.is_on() {
            channels.add(Telegram(options.telegram.clone()), options, service, conversation)?;
        }
        Ok(channels)
    }

    fn add<P: Platform>(
        &mut self,
        platform: P,
        options: &ChannelsOptions,
        service: &Service,
        conversation: &Conversation,
    ) -> Result<(), ChannelsError> {
        service.metrics().show_channel(P::CODE);
        let channel = Channel::new(platform, options, service.clone(), conversation.clone());
        let channel = Arc::new(channel.map_err(ChannelsError)?);
        let routes = std::mem::take(&mut self.routes);
        self.routes = routes.merge(Arc::clone(&channel).router());
        let drain = move |time| -> Draining { Box::pin(async move { channel.drain(time).await }) };
        self.drains.push((P::CODE, Box::new(drain)));
        tracing::info!(channel = P::CODE, "Answers on {}", P::CODE);
        Ok(())
    }

    /// The webhooks, if a channel is open. Each takes requests of up to 3 MiB, whatever other paths
    /// take.
    #[must_use]
    pub fn router(&self) -> Option<Router> {
        (!self.drains.is_empty()).then(|| self.routes.clone())
    }

    /// Waits until what was acknowledged is answered, all channels at once. What is not after `time`
    /// is lost, and told in the log.
    pub async fn drain(self, time: Duration) {
        let draining = self.drains.into_iter().map(|(code, drain)| async move {
            let left = drain(time).await;
            if left > 0 {
                tracing::warn!(channel = code, left, "Stopped with {left} messages not answered");
            }
        });
        futures_util::future::join_all(draining).await;
    }
}
