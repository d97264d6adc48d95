//! The configuration: one documented type, read from a TOML file, then the environment, then flags.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::http::HttpOptions;
use crate::ingest::transports::{LocateError, locate};
use crate::ingest::{Input, ReadOptions, SourceFiles};

/// The complete default configuration with a comment per key, as `nearest-atm config` prints it.
pub const DEFAULT_TOML: &str = include_str!("config.toml");

/// What the service is told. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address of the public listener.
    pub listen: SocketAddr,
    /// How long requests under way may take to finish once the service is told to stop.
    pub shutdown_timeout_ms: u64,
    /// How the public listener treats requests.
    pub http: HttpOptions,
    /// What is logged and how.
    pub log: LogOptions,
    /// What is refused.
    pub guard: GuardOptions,
    /// Where ATMs come from.
    pub sources: Vec<SourceConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            shutdown_timeout_ms: 30_000,
            http: HttpOptions::default(),
            log: LogOptions::default(),
            guard: GuardOptions::default(),
            sources: Vec::new(),
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

/// What the guard refuses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuardOptions {
    /// Greatest share of a file's rows that may be rejected, 0 to 1.
    pub rejected_share_max: f64,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self { rejected_share_max: crate::service::REJECTED_SHARE_MAX }
    }
}

/// One source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Its name; without one, each of its files is a source named after it.
    #[serde(default)]
    pub name: Option<String>,
    /// A file or a directory.
    pub location: String,
    /// How to read it.
    #[serde(default)]
    pub read: ReadOptions,
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
    #[error("{origin}: {error}")]
    Toml {
        /// The file, or the environment variable.
        origin: String,
        /// Where and what.
        #[source]
        error: Box<toml::de::Error>,
    },
    /// A key has a value that cannot be.
    #[error("{key} accepts {accepted}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it accepts.
        accepted: &'static str,
    },
    /// A source leads nowhere.
    #[error(transparent)]
    Source(#[from] LocateError),
}

/// Prefix of the environment variables the service reads; `NEAREST_ATM_HTTP__REQUEST_TIMEOUT_MS`
/// is the key `request_timeout_ms` of table `http`.
pub const ENVIRONMENT_PREFIX: &str = "NEAREST_ATM_";

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
            let toml = |error| ConfigError::Toml { origin: origin.clone(), error: Box::new(error) };
            // Read once as the type itself, whose errors point into the text.
            toml::from_str::<Self>(&written).map_err(toml)?;
            tree = written.parse().map_err(toml)?;
        }
        for (name, value) in environment {
            let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            overlay(&mut tree, &key.to_lowercase(), &value);
            let overlaid: Result<Self, _> = tree.clone().try_into();
            overlaid.map_err(|error| ConfigError::Toml { origin: name, error: Box::new(error) })?;
        }
        let config: Self = tree
            .try_into()
            .map_err(|error| ConfigError::Toml { origin, error: Box::new(error) })?;
        config.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let refuse = |key, accepted| Err(ConfigError::Value { key, accepted });
        if !(0.0..=1.0).contains(&self.guard.rejected_share_max) {
            return refuse("guard.rejected_share_max", "a share from 0 to 1");
        }
        if self.http.request_timeout_ms == 0 {
            return refuse("http.request_timeout_ms", "a number of milliseconds of at least 1");
        }
        Ok(self)
    }

    /// The files of every source; the ATMs compiled in when no source is configured.
    ///
    /// # Errors
    ///
    /// [`LocateError`] when a location leads to no file.
    pub fn source_files(&self) -> Result<Vec<SourceFiles>, LocateError> {
        if self.sources.is_empty() {
            return Ok(compiled_in());
        }
        let mut files = Vec::new();
        for source in &self.sources {
            let located = locate(&source.location)?;
            let found_in_directory = located.found_in_directory;
            let options = source.read.clone();
            match &source.name {
                Some(name) => files.push(SourceFiles {
                    name: name.clone(),
                    inputs: located.inputs,
                    options,
                    found_in_directory,
                }),
                None => files.extend(located.inputs.into_iter().map(|input| SourceFiles {
                    name: input.stem().to_owned(),
                    inputs: vec![input],
                    options: options.clone(),
                    found_in_directory,
                })),
            }
        }
        Ok(files)
    }
}

/// The real ATMs the service answers from when it is given no source; see `data/README.md`.
fn compiled_in() -> Vec<SourceFiles> {
    let files: [(&str, &'static [u8]); 2] = [
        ("helsinki-centre.geojson", include_bytes!("../data/helsinki-centre.geojson")),
        ("monaco.geojson", include_bytes!("../data/monaco.geojson")),
    ];
    let source = |(name, bytes)| {
        let input = Input::compiled_in(name, bytes);
        SourceFiles {
            name: input.stem().to_owned(),
            inputs: vec![input],
            options: ReadOptions::default(),
            found_in_directory: false,
        }
    };
    files.into_iter().map(source).collect()
}

/// Sets the key `a__b` to a value, read as TOML where it is TOML and as text where not.
fn overlay(tree: &mut toml::Table, key: &str, value: &str) {
    let value = format!("value = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    match key.split_once("__") {
        None => {
            tree.insert(key.to_owned(), value);
        }
        Some((table, key)) => {
            let table = tree.entry(table).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(table) = table {
                table.insert(key.to_owned(), value);
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
    fn a_file_with_an_unknown_key_is_refused_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nearest-atm.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[http]\ntime_out = 1\n").unwrap();
        let error = Config::load(Some(&path), Vec::new()).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("time_out"), "{error}");
    }

    #[test]
    fn a_source_is_configured_with_its_mapping() {
        let text = r#"
            [[sources]]
            name = "city"
            location = "atms.csv"
            [sources.read]
            format = "csv"
            columns = { lat = "Y", lon = "X" }
            defaults = { country = "US" }
            crs = "EPSG:3857"
        "#;
        let config: Config = toml::from_str(text).unwrap();
        let source = &config.sources[0];
        assert_eq!(source.read.columns["lat"], "Y");
        assert_eq!(source.read.crs, Some(crate::ingest::Crs::WebMercator));
    }
}
