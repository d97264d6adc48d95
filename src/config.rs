//! The configuration: one documented type, read from a TOML file, then the environment, then flags.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::channels::ChannelsOptions;
use crate::chat::ChatOptions;
use crate::http::HttpOptions;
use crate::http::admin::{AdminOptions, Credential, Credentials, CredentialsError, Role};
use crate::ingest::transports::{FetchError, FetchOptions};
use crate::mcp::McpOptions;
use crate::places::{Landmark, LandmarkError};
use crate::secret::Secret;
use crate::service::{GuardOptions, StatusLimits};
use crate::store::StorePlace;

pub use sources::SourceConfig;

/// The complete default configuration with a comment per key, as `nearest-atm config` prints it.
pub const DEFAULT_TOML: &str = include_str!("config.toml");

/// What the service is told. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address of the public listener.
    pub listen: SocketAddr,
    /// Address of the administration listener, which is open only with a credential.
    pub admin_listen: SocketAddr,
    /// A token of every right, whose holder the audit log calls `admin`. Empty is none.
    pub admin_token: Secret,
    /// The directory for what outlives the process: snapshots and their history, statuses and audit
    /// log. Without one they end with it.
    pub state_dir: Option<PathBuf>,
    /// How many snapshots are kept, to go back to.
    pub snapshots_kept: NonZeroUsize,
    /// A CSV file of places that written places may mean beside those of the reference data.
    pub landmarks: Option<PathBuf>,
    /// How long requests under way may take to finish once the service is told to stop.
    pub shutdown_timeout_ms: u64,
    /// How the public listener treats requests.
    pub http: HttpOptions,
    /// How language models are served.
    pub mcp: McpOptions,
    /// What is logged and how.
    pub log: LogOptions,
    /// Conversation.
    pub chat: ChatOptions,
    /// Administration.
    pub admin: AdminOptions,
    /// Live statuses.
    pub status: StatusOptions,
    /// Channels people write on.
    pub channels: ChannelsOptions,
    /// Limits on fetching sources that are not files of this machine.
    pub fetch: FetchOptions,
    /// What is refused.
    pub guard: GuardOptions,
    /// Where ATMs come from.
    pub sources: Vec<SourceConfig>,
    /// Settings of object stores found in the environment, such as `AWS_REGION`.
    #[serde(skip)]
    pub storage: BTreeMap<String, Secret>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 8081)),
            admin_token: Secret::from(String::new()),
            state_dir: None,
            snapshots_kept: const { NonZeroUsize::new(5).unwrap() },
            landmarks: None,
            shutdown_timeout_ms: 30_000,
            http: HttpOptions::default(),
            mcp: McpOptions::default(),
            log: LogOptions::default(),
            chat: ChatOptions::default(),
            admin: AdminOptions::default(),
            status: StatusOptions::default(),
            channels: ChannelsOptions::default(),
            fetch: FetchOptions::default(),
            guard: GuardOptions::default(),
            sources: Vec::new(),
            storage: BTreeMap::new(),
        }
    }
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogOptions {
    /// `error`, `warn`, `info`, `debug` or `trace`; or directives such as `info,nearest_atm=debug`.
    pub level: String,
    /// As lines for people or as JSON for programs.
    pub format: LogFormat,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How long live statuses count, and where they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusOptions {
    /// How long a report counts that does not say, in seconds.
    pub expiry_default_s: u32,
    /// The longest a report may count, in seconds.
    pub expiry_max_s: u32,
    /// How long the status of an ATM that has left the data is kept for its return, in seconds.
    pub keep_absent_s: u32,
    /// Address of the PostgreSQL database that replicas share; without one, each keeps its own.
    pub store: Option<Secret>,
}

impl Default for StatusOptions {
    fn default() -> Self {
        let StatusLimits { expiry_default_s, expiry_max_s, keep_absent_s } =
            StatusLimits::default();
        Self { expiry_default_s, expiry_max_s, keep_absent_s, store: None }
    }
}

impl StatusOptions {
    /// How long they count.
    #[must_use]
    pub fn limits(&self) -> StatusLimits {
        let Self { expiry_default_s, expiry_max_s, keep_absent_s, store: _ } = *self;
        StatusLimits { expiry_default_s, expiry_max_s, keep_absent_s }
    }
}

/// Why a configuration is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// The text is not TOML, or a key is unknown or of the wrong type.
    #[error("{origin}: {}{}", place(*line), error.message())]
    Toml {
        /// The file, or the environment variable.
        origin: String,
        /// The line of the file.
        line: Option<usize>,
        /// What. It is told by its message alone: shown whole, it quotes the line, which may hold a
        /// secret.
        error: Box<toml::de::Error>,
    },
    /// The list of landmarks is not acceptable.
    #[error("{path}: {error}")]
    Landmarks {
        /// The file.
        path: String,
        /// What is wrong with it, and where.
        #[source]
        error: LandmarkError,
    },
    /// A key has a value that cannot be.
    #[error("{key} accepts {accepted}")]
    Value {
        /// The key.
        key: String,
        /// What it accepts.
        accepted: &'static str,
    },
    /// A source leads nowhere.
    #[error(transparent)]
    Source(#[from] FetchError),
    /// A credential of administration is none.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

fn place(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

/// Prefix of the environment variables the service reads; `NEAREST_ATM_HTTP__REQUEST_TIMEOUT_MS`
/// is the key `request_timeout_ms` of table `http`.
pub const ENVIRONMENT_PREFIX: &str = "NEAREST_ATM_";

/// Prefixes of environment variables that hold settings of object stores.
const STORAGE_PREFIXES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

impl Config {
    /// The configuration of a TOML file, if there is one, overlaid by environment variables.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the file or variable, and the key.
    pub fn load(
        file: Option<&std::path::Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut tree = toml::Table::new();
        let mut origin = "the configuration".to_owned();
        if let Some(path) = file {
            origin = path.display().to_string();
            let written = std::fs::read_to_string(path)
                .map_err(|error| ConfigError::Io { path: origin.clone(), error })?;
            let toml = |error: toml::de::Error| {
                let before = error.span().and_then(|span| written.get(..span.start));
                let line = before.map(|text| text.matches('\n').count() + 1);
                ConfigError::Toml { origin: origin.clone(), line, error: Box::new(error) }
            };
            // Read once as the type itself, whose errors point into the text.
            toml::from_str::<Self>(&written).map_err(toml)?;
            tree = written.parse().map_err(toml)?;
        }
        let mut storage = BTreeMap::new();
        for (name, value) in environment {
            if STORAGE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
                storage.insert(name, Secret::from(value));
                continue;
            }
            let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            let key = key.to_lowercase();
            let before = tree.clone();
            overlay(&mut tree, &key, as_toml(&value));
            let overlaid: Result<Self, _> = tree.clone().try_into();
            let Err(error) = overlaid else { continue };
            // A token may look like a number, or like any other TOML.
            tree = before;
            overlay(&mut tree, &key, toml::Value::String(value));
            let as_text: Result<Self, _> = tree.clone().try_into();
            as_text.map_err(|_the_same| ConfigError::Toml {
                origin: name,
                line: None,
                error: Box::new(error),
            })?;
        }
        let config: Self = tree.try_into().map_err(|error| ConfigError::Toml {
            origin,
            line: None,
            error: Box::new(error),
        })?;
        Self { storage, ..config }.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let refuse =
            |key: &str, accepted| Err(ConfigError::Value { key: key.to_owned(), accepted });
        if let Some((key, accepted)) = self.guard.fault() {
            return refuse(&format!("guard.{key}"), accepted);
        }
        if let Some((key, accepted)) = self.chat.fault() {
            return refuse(&format!("chat.{key}"), accepted);
        }
        let mut names = BTreeSet::new();
        for (place, source) in self.sources.iter().enumerate() {
            if let Some((key, accepted)) = self.guard.overridden(&source.guard).fault() {
                return refuse(&format!("sources[{place}].guard.{key}"), accepted);
            }
            if source.name.as_ref().is_some_and(|name| !names.insert(name)) {
                return refuse(&format!("sources[{place}].name"), "a name no other source has");
            }
            if source.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
                return refuse(&format!("sources[{place}].name"), "a name, or to be left out");
            }
            if source.table.is_some() && source.query.is_some() {
                return refuse(&format!("sources[{place}]"), "either table or query");
            }
        }
        if self.http.request_timeout_ms == 0 {
            return refuse("http.request_timeout_ms", "a number of milliseconds of at least 1");
        }
        if self.admin.request_timeout_ms == 0 {
            return refuse("admin.request_timeout_ms", "a number of milliseconds of at least 1");
        }
        let status = &self.status;
        if status.expiry_default_s == 0 || status.expiry_default_s > status.expiry_max_s {
            return refuse("status.expiry_default_s", "1 to status.expiry_max_s");
        }
        if let Some((key, accepted)) = self.channels.fault() {
            return refuse(key, accepted);
        }
        self.credentials()?;
        Ok(self)
    }

    /// The administrator's own places.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the file, and the first line that is not acceptable.
    pub fn landmarks(&self) -> Result<Vec<Landmark>, ConfigError> {
        let Some(file) = &self.landmarks else { return Ok(Vec::new()) };
        let path = file.display().to_string();
        let list =
            std::fs::read(file).map_err(|error| ConfigError::Io { path: path.clone(), error })?;
        Landmark::read(&list).map_err(|error| ConfigError::Landmarks { path, error })
    }

    /// Who may administer the service. Without anyone, the listener stays closed.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] names the credential that is not acceptable.
    pub fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let every_right = Credential {
            name: "admin".to_owned(),
            role: Role::Publisher,
            token: Some(self.admin_token.clone()),
            sha256: None,
        };
        let mut all = self.admin.tokens.clone();
        all.push(every_right);
        Credentials::new(&all)
    }

    /// Where statuses and audit log are kept.
    #[must_use]
    pub fn store_place(&self) -> StorePlace {
        match (&self.status.store, &self.state_dir) {
            (Some(address), _) => StorePlace::Postgres(address.clone()),
            (None, Some(directory)) => StorePlace::Directory(directory.clone()),
            (None, None) => StorePlace::Memory,
        }
    }
}

/// A value as TOML where it is TOML, and as text where not.
fn as_toml(value: &str) -> toml::Value {
    format!("value = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

/// Sets the key `a__b`, or one deeper down, to a value.
fn overlay(tree: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once("__") {
        None => {
            tree.insert(key.to_owned(), value);
        }
        Some((table, key)) => {
            let table = tree.entry(table).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(table) = table {
                overlay(table, key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn the_printed_default_is_the_default() {
        assert_eq!(toml::from_str::<Config>(DEFAULT_TOML).unwrap(), Config::default());
    }

    #[test]
    fn every_key_of_the_default_has_a_comment() {
        let mut is_commented = false;
        for line in DEFAULT_TOML.lines() {
            let is_key = line.contains(" = ") && !line.starts_with('#');
            assert!(!is_key || is_commented, "{line} has no comment");
            is_commented = line.starts_with('#') || (is_commented && line.starts_with('['));
        }
    }

    #[test]
    fn the_environment_goes_over_the_file_and_names_what_it_cannot_be() {
        let config = Config::load(
            None,
            environment(&[
                ("NEAREST_ATM_LISTEN", "127.0.0.1:0"),
                ("NEAREST_ATM_HTTP__REQUEST_TIMEOUT_MS", "250"),
                ("NEAREST_ATM_HTTP__CORS_ORIGINS", "[\"https://bank.example\"]"),
                ("PATH", "/bin"),
            ]),
        )
        .unwrap();
        assert_eq!(config.listen.port(), 0);
        assert_eq!(config.http.request_timeout_ms, 250);
        assert_eq!(config.http.cors_origins, ["https://bank.example"]);

        let error = Config::load(None, environment(&[("NEAREST_ATM_LISTNE", "x")])).unwrap_err();
        assert!(error.to_string().starts_with("NEAREST_ATM_LISTNE"), "{error}");
    }

    #[test]
    fn a_channel_is_configured_by_the_environment_alone_and_its_secrets_are_texts() {
        let config = Config::load(
            None,
            environment(&[
                ("NEAREST_ATM_CHANNELS__TELEGRAM__TOKEN", "123456:AA"),
                ("NEAREST_ATM_CHANNELS__TELEGRAM__SECRET_TOKEN", "12345"),
                ("NEAREST_ATM_CHANNELS__SEND_ATTEMPTS", "2"),
            ]),
        )
        .unwrap();
        assert_eq!(config.channels.telegram.secret_token.expose(), "12345");
        assert_eq!(config.channels.send_attempts, 2);
        assert!(!config.channels.messenger.is_on());
        let half = environment(&[("NEAREST_ATM_CHANNELS__TELEGRAM__TOKEN", "123456:AA")]);
        let error = Config::load(None, half).unwrap_err().to_string();
        assert!(error.starts_with("channels.telegram.secret_token accepts"), "{error}");
        assert!(!error.contains("123456"), "{error}");
    }

    #[test]
    fn landmarks_are_read_or_refused_with_their_file_and_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("landmarks.csv");
        let config = Config { landmarks: Some(path.clone()), ..Config::default() };
        assert!(matches!(config.landmarks(), Err(ConfigError::Io { .. })));
        std::fs::write(&path, "name,lat,lon\nHead Office,60.1,24.9\n").unwrap();
        assert_eq!(config.landmarks().unwrap()[0].name, "Head Office");
        std::fs::write(&path, "name,lat,lon\nHead Office,60.1,24.9\nMoon,200,0\n").unwrap();
        let error = config.landmarks().unwrap_err().to_string();
        assert!(error.contains("landmarks.csv: line 3"), "{error}");
        assert!(Config::default().landmarks().unwrap().is_empty());
    }

    #[test]
    fn what_chat_cannot_do_with_a_value_is_refused_by_its_key() {
        let short = environment(&[("NEAREST_ATM_CHAT__SECRET", "short")]);
        let error = Config::load(None, short).unwrap_err().to_string();
        assert!(error.starts_with("chat.secret accepts"), "{error}");
        assert!(!error.contains("short"), "{error}");
    }

    #[test]
    fn a_file_with_an_unknown_key_is_refused_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nearest-atm.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[http]\ntime_out = 1\n").unwrap();
        let error = Config::load(Some(&path), Vec::new()).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("time_out"), "{error}");
    }

    #[test]
    fn a_token_is_a_text_whatever_it_looks_like_and_no_error_repeats_it() {
        for token in ["s3cret", "12345678", "1e5", "true", "[x]", "2026-08-20"] {
            let config =
                Config::load(None, environment(&[("NEAREST_ATM_ADMIN_TOKEN", token)])).unwrap();
            assert_eq!(config.admin_token.expose(), token);
            assert!(!config.credentials().unwrap().is_empty());
            assert!(!format!("{:?}", config.admin_token).contains(token));
        }
        assert!(Config::default().credentials().unwrap().is_empty());

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nearest-atm.toml");
        for text in [
            "admin_token = \"hunter2\nlisten = 1",
            "admin_token = 77777",
            "admin_token = [\"hunter2\"]",
            "[[admin.tokens]]\nname = \"a\"\nrole = \"viewer\"\nsha256 = \"hunter2\"",
            "[[admin.tokens]]\nname = \"a\"\nrole = \"owner\"\ntoken = \"hunter2\"",
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Config::load(Some(&path), Vec::new()).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && !error.contains("77777"), "{error}");
        }
    }
}
