//! Wiring of the channels people write on: they answer by the conversation.

use std::sync::Arc;

use anyhow::Context as _;

use crate::channels::{Answer, Channels};
use crate::chat::Conversation;
use crate::config::Config;
use crate::service::Service;

/// Opens the channels that are configured; none where no conversations are held.
///
/// # Errors
///
/// When no connection to a platform can be secured.
pub(super) fn open(
    config: &Config,
    service: &Service,
    conversation: Option<&Conversation>,
) -> anyhow::Result<Channels> {
    let Some(conversation) = conversation.cloned() else {
        if config.channels.is_any() {
            tracing::warn!("Channels are configured, and chat.enabled switches them off");
        }
        return Ok(Channels::default());
    };
    let answer: Answer = Arc::new(move |turn| conversation.turn(turn));
    Channels::open(&config.channels, service, &answer).context("channels cannot be opened")
}
