//! What an administrator says of the channels. Each is off until it has its credentials.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::secret::Secret;

/// Settings of every channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelsOptions {
    /// Longest time one attempt to send may take, in milliseconds.
    pub send_timeout_ms: u64,
    /// How often a message is tried to be sent, the first time included.
    pub send_attempts: u32,
    /// Pause before the second attempt, in milliseconds; it doubles with every further one.
    pub send_backoff_ms: u64,
    /// Facebook Messenger.
    pub messenger: MessengerOptions,
    /// The Cloud API of `WhatsApp`.
    pub whatsapp: WhatsappOptions,
    /// Telegram.
    pub telegram: TelegramOptions,
}

impl Default for ChannelsOptions {
    fn default() -> Self {
        Self {
            send_timeout_ms: 10_000,
            send_attempts: 5,
            send_backoff_ms: 500,
            messenger: MessengerOptions::default(),
            whatsapp: WhatsappOptions::default(),
            telegram: TelegramOptions::default(),
        }
    }
}

/// A page on Facebook Messenger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessengerOptions {
    /// The app's secret, by which requests are signed.
    pub app_secret: Secret,
    /// The word by which the address of the webhook is verified.
    pub verify_token: Secret,
    /// The page's access token, by which messages are sent.
    pub access_token: Secret,
    /// Base address of the Graph API.
    pub api: String,
    /// BCP 47 tag where the platform tells none: a hint of the language, and the units of length.
    pub locale: String,
}

/// A number on the Cloud API of `WhatsApp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhatsappOptions {
    /// The app's secret, by which requests are signed.
    pub app_secret: Secret,
    /// The word by which the address of the webhook is verified.
    pub verify_token: Secret,
    /// The access token by which messages are sent.
    pub access_token: Secret,
    /// The id of the number that is written to and that answers.
    pub phone_number_id: String,
    /// Base address of the Graph API.
    pub api: String,
    /// BCP 47 tag where the platform tells none: a hint of the language, and the units of length.
    pub locale: String,
}

/// A bot on Telegram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelegramOptions {
    /// The bot's token, by which messages are sent.
    pub token: Secret,
    /// The word that every request brings, as it was given to `setWebhook`.
    pub secret_token: Secret,
    /// Base address of the Bot API.
    pub api: String,
    /// BCP 47 tag where the platform tells none: a hint of the language, and the units of length.
    pub locale: String,
}

/// The Graph API of Meta, of the version whose messages are written here.
const GRAPH_API: &str = "https://graph.facebook.com/v25.0";

fn nothing() -> Secret {
    Secret::from(String::new())
}

impl Default for MessengerOptions {
    fn default() -> Self {
        Self {
            app_secret: nothing(),
            verify_token: nothing(),
            access_token: nothing(),
            api: GRAPH_API.to_owned(),
            locale: String::new(),
        }
    }
}

impl Default for WhatsappOptions {
    fn default() -> Self {
        Self {
            app_secret: nothing(),
            verify_token: nothing(),
            access_token: nothing(),
            phone_number_id: String::new(),
            api: GRAPH_API.to_owned(),
            locale: String::new(),
        }
    }
}

impl Default for TelegramOptions {
    fn default() -> Self {
        Self {
            token: nothing(),
            secret_token: nothing(),
            api: "https://api.telegram.org".to_owned(),
            locale: String::new(),
        }
    }
}

/// A key that has a value that cannot be, and what it accepts.
type Fault = Option<(&'static str, &'static str)>;

const NEEDED: &str = "a text that is not empty, as this channel is configured";
const ADDRESS: &str = "an http or https address without user, query and fragment";

impl ChannelsOptions {
    /// Whether any channel is configured.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.messenger.is_on() || self.whatsapp.is_on() || self.telegram.is_on()
    }

    /// The first key whose value cannot be, and what it accepts.
    #[must_use]
    pub fn fault(&self) -> Fault {
        if self.send_timeout_ms == 0 {
            return Some(("channels.send_timeout_ms", "a number of milliseconds of at least 1"));
        }
        if self.send_attempts == 0 {
            return Some(("channels.send_attempts", "a number of at least 1"));
        }
        self.messenger.fault().or_else(|| self.whatsapp.fault()).or_else(|| self.telegram.fault())
    }
}

impl MessengerOptions {
    /// Whether any of its credentials is given.
    #[must_use]
    pub fn is_on(&self) -> bool {
        let secrets = [&self.app_secret, &self.verify_token, &self.access_token];
        secrets.into_iter().any(|secret| !secret.is_empty())
    }

    fn fault(&self) -> Fault {
        let needed = [
            ("channels.messenger.app_secret", &self.app_secret),
            ("channels.messenger.verify_token", &self.verify_token),
            ("channels.messenger.access_token", &self.access_token),
        ];
        missing(self.is_on(), &needed)
            .or_else(|| no_token(&[needed[2]]))
            .or_else(|| no_address("channels.messenger.api", &self.api))
            .or_else(|| no_locale("channels.messenger.locale", &self.locale))
    }
}

impl WhatsappOptions {
    /// Whether any of its credentials is given.
    #[must_use]
    pub fn is_on(&self) -> bool {
        let secrets = [&self.app_secret, &self.verify_token, &self.access_token];
        secrets.into_iter().any(|secret| !secret.is_empty())
    }

    fn fault(&self) -> Fault {
        let needed = [
            ("channels.whatsapp.app_secret", &self.app_secret),
            ("channels.whatsapp.verify_token", &self.verify_token),
            ("channels.whatsapp.access_token", &self.access_token),
        ];
        let number = &self.phone_number_id;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = ("channels.whatsapp.phone_number_id", "the id of a number, digits in quotes");
        missing(self.is_on(), &needed)
            .or_else(|| no_token(&[needed[2]]))
            .or_else(|| (self.is_on() && !is_number).then_some(number))
            .or_else(|| no_address("channels.whatsapp.api", &self.api))
            .or_else(|| no_locale("channels.whatsapp.locale", &self.locale))
    }
}

impl TelegramOptions {
    /// Whether any of its credentials is given.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.token.is_empty() || !self.secret_token.is_empty()
    }

    fn fault(&self) -> Fault {
        let needed = [
            ("channels.telegram.token", &self.token),
            ("channels.telegram.secret_token", &self.secret_token),
        ];
        let is_word = |text: &str| {
            text.len() <= 256
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        };
        let word = (needed[1].0, "1 to 256 of A-Z, a-z, 0-9, _ and -");
        missing(self.is_on(), &needed)
            .or_else(|| no_token(&[needed[0]]))
            .or_else(|| (!is_word(self.secret_token.expose())).then_some(word))
            .or_else(|| no_address("channels.telegram.api", &self.api))
            .or_else(|| no_locale("channels.telegram.locale", &self.locale))
    }
}

/// The first of the credentials that is missing, where the channel is on.
fn missing(is_on: bool, needed: &[(&'static str, &Secret)]) -> Fault {
    let (key, _) = needed.iter().find(|(_, secret)| is_on && secret.is_empty())?;
    Some((key, NEEDED))
}

/// The first credential that no address or header could carry.
fn no_token(tokens: &[(&'static str, &Secret)]) -> Fault {
    let is_token = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let (key, _) = tokens.iter().find(|(_, token)| !is_token(token.expose()))?;
    Some((key, "printable ASCII without spaces"))
}

fn no_address(key: &'static str, text: &str) -> Fault {
    let is_base = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    let url = Url::parse(text).ok();
    (!url.is_some_and(|url| is_base(&url))).then_some((key, ADDRESS))
}

fn no_locale(key: &'static str, text: &str) -> Fault {
    let is_tag = text.len() <= 35
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (!is_tag).then_some((key, "a BCP 47 tag such as en-GB, or nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    #[test]
    fn a_channel_is_off_until_it_has_a_credential_and_then_needs_all() {
        assert_eq!(ChannelsOptions::default().fault(), None);
        assert!(!ChannelsOptions::default().is_any());
        let mut options = ChannelsOptions::default();
        options.telegram.token = secret("1:a");
        assert!(options.is_any());
        assert_eq!(options.fault().unwrap().0, "channels.telegram.secret_token");
        options.telegram.secret_token = secret("with space");
        assert_eq!(options.fault().unwrap().0, "channels.telegram.secret_token");
        options.telegram.secret_token = secret("with_none");
        assert_eq!(options.fault(), None);
        options.whatsapp.app_secret = secret("a");
        options.whatsapp.verify_token = secret("b");
        assert_eq!(options.fault().unwrap().0, "channels.whatsapp.access_token");
        options.whatsapp.access_token = secret("c d");
        assert_eq!(options.fault().unwrap().0, "channels.whatsapp.access_token");
        options.whatsapp.access_token = secret("c");
        assert_eq!(options.fault().unwrap().0, "channels.whatsapp.phone_number_id");
        options.whatsapp.phone_number_id = "123".to_owned();
        options.messenger.api = "graph.facebook.com".to_owned();
        assert_eq!(options.fault().unwrap().0, "channels.messenger.api");
    }
}
