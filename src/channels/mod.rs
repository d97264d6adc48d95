//! Channels people write on: Facebook Messenger, `WhatsApp` and Telegram.
//!
//! Each is off until it is configured. They share one conversation, and what surrounds it: a request
//! is proven and acknowledged (`webhook`), known again when it comes twice (`memory`), worked on
//! in the order of its conversation (`lanes`), and answered at the pace the platform takes
//! (`outbox`). What a platform has of its own is one file of `platforms`.
//!
//! # Privacy
//!
//! Of a person's words and position nothing is kept but the conversation's own context, encrypted and
//! in memory; addresses are kept as keyed hashes. Nothing of them is logged or counted. What is sent
//! is the reply, to where the question came from, and nothing else.

mod options;

#[cfg(feature = "channels")]
mod lanes;
#[cfg(feature = "channels")]
mod memory;
#[cfg(feature = "channels")]
mod open;
#[cfg(feature = "channels")]
mod outbox;
#[cfg(feature = "channels")]
mod platforms;
#[cfg(feature = "channels")]
mod recent;
#[cfg(feature = "channels")]
mod signature;
#[cfg(feature = "channels")]
mod webhook;

#[cfg(feature = "channels")]
pub use open::{Channels, ChannelsError};
pub use options::{ChannelsOptions, MessengerOptions, TelegramOptions, WhatsappOptions};
