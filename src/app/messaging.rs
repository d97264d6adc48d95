//! Wiring of the channels people write on: they answer by the conversation.

use anyhow::Context as _;

use crate::channels::Channels;
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
    let Some(conversation) = conversation else {
        if config.channels.is_any() {
            tracing::warn!("Channels are configured, and chat.enabled switches them off");
        }
        return Ok(Channels::default());
    };
    Channels::open(&config.channels, service, conversation).context("channels cannot be opened")
}
